"""The only switch of the model: are a month's values drawn, or observed?

`Draw` simulates, `Observed` assimilates (no draw is compiled), `Mixed` does the one up to a
month and the other from then on. All three are called as `emit(site, law, first, second)`,
where `first` and `second` are the permanent ids of what is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import jax
import jax.numpy as jnp
from jax import Array

from liptako.model import random
from liptako.model.random import Ids, Key, Site


@runtime_checkable
class Emit(Protocol):
    """What the processes of a step call for every value that the world decides."""

    def __call__(self, site: Site, law: Any, first: Ids, second: Ids) -> Array:
        """Return the value at `site`."""
        ...


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Draw:
    """Values are drawn from the distributions: a simulation."""

    key: Key
    """The member's key, see `liptako.model.random.member_key`."""
    month: Array

    def __call__(self, site: Site, law: Any, first: Ids, second: Ids) -> Array:
        """Return the law's quantile at the draw's own uniform."""
        u = random.uniform(random.at(self.key, self.month, site), first, second)
        return law.quantile(u)


class Observed:
    """Values come from the record: an assimilation. One object serves one month.

    Args:
        values: what was observed, by site.
    """

    def __init__(self, values: Mapping[int, Array]) -> None:
        self.values = values
        self.log_probs: dict[int, Array] = {}

    def __call__(self, site: Site, law: Any, first: Ids, second: Ids) -> Array:
        """Return what was observed at `site` and keep its log probability."""
        value = self.values[int(site)]
        self.log_probs[int(site)] = law.log_prob(value)
        return value


@dataclass(frozen=True)
class Mixed:
    """Observed where `mask` is true, drawn elsewhere: hindcast, then forecast."""

    observed: Observed
    draw: Draw
    mask: Array

    def __call__(self, site: Site, law: Any, first: Ids, second: Ids) -> Array:
        """Return the observed or the drawn value."""
        drawn = self.draw(site, law, first, second)
        return jnp.where(self.mask, self.observed(site, law, first, second), drawn)
