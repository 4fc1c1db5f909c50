"""Outcomes whose reasons are asked for: the pieces, the outcomes for the alliance, and costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float, Shaped

from liptako.errors import InputError
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.counted import allies_of
from liptako.outcomes.cut import until
from liptako.outcomes.endings import has_endings, horizons_of
from liptako.outcomes.measures import OUTCOMES, countries_of

PIECES = ("pact_alive", "regimes_held", "rolled_back")
LEADING = (*PIECES, *ENDINGS)
"""The three pieces, then what they make."""

COSTS = ("deaths", "civilians_killed", "displaced", "besieged")
"""What they cost, as far as it is asked beside them."""


def last_horizon(run: xr.Dataset) -> int:
    """Return the last month at which endings are counted.

    Raises:
        InputError: no pact at the start, or a run shorter than a year.
    """
    if not has_endings(run):
        allowed = "a year or more, of a theatre with a pact at the start"
        raise InputError(
            "no endings in this run", field="months", value=run.sizes["month"], allowed=allowed
        )
    return horizons_of(run)[-1]


def outcomes_at(
    run: xr.Dataset, names: Sequence[str] | None = None, months: int | None = None
) -> dict[str, Float[np.ndarray, " member"]]:
    """Return outcomes of each member at a horizon.

    Args:
        run: a run's dataset.
        names: of `liptako.outcomes.measures.OUTCOMES`; `LEADING` if not given.
        months: the horizon; the last if not given.

    Raises:
        InputError: no such outcome, one that the run cannot have, no endings.
    """
    cut, allies = until(run, months or last_horizon(run)), allies_of(run)
    found = {}
    for name in names or LEADING:
        if name not in OUTCOMES:
            allowed = ", ".join(OUTCOMES)
            raise InputError("no such outcome", field="outcome", value=name, allowed=allowed)
        row = OUTCOMES[name]
        where = list(allies) if row.where == "pact" else countries_of(name, row, run, [])
        found[name] = np.asarray(row.measure(cut, where), float)
    return found


def halves(sets: Shaped[np.ndarray, " member"]) -> Shaped[np.ndarray, " member"]:
    """Return which members are in the half that something is found on; the rest report it.

    Whole sets of assumptions go to one half or the other, so that no draw is in both.
    """
    numbers = np.unique(sets)
    chosen = np.random.default_rng(SPLIT).permutation(numbers)[: len(numbers) // 2]
    return np.isin(sets, chosen)


SPLIT = 20231231
"""Seed of the halves: the same for every run and outcome."""
