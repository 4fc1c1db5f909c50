"""Levers: where each stands this month, read in two ways.

*Set at home*: what the scenario sets and, where it fixes nothing, what the regime itself has
chosen. Politics reads levers so (what others do about a regime, and what it asks of them, follows
what is decided there), and patrons and the pact need it before they can say what they add.

*In force*: with what patrons supply and a pact at work. Violence reads levers so, for in the field
it does not matter who moved one.

Each part is relative to what history already contains, so all parts zero means "as history has
it".
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.state import Forcing, State
from liptako.model.structure import Structure


def set_at_home(state: State, forcing: Forcing) -> Float[Array, "lever country"]:
    """Return what the scenario and, where it fixes nothing, the regimes themselves set."""
    return forcing.levers + (1.0 - forcing.fixed) * state.conduct.stance


def in_force(
    structure: Structure,
    at_home: Float[Array, "lever country"],
    *added: Float[Array, "lever country"],
) -> Float[Array, "lever country"]:
    """Return where each lever stands in each country, less its default.

    Parts add up, but to no more than full use; what patrons take away may be as much.

    Args:
        structure: how far each lever may be set.
        at_home: from `set_at_home`.
        added: what patrons and the pact add.
    """
    stands = at_home
    for part in added:
        stands = stands + part
    full = np.abs(structure.lever_room).max(axis=0)[:, None]
    return jnp.clip(stands, -full, full)


def no_view(
    effect: Float[Array, "..."], variance: Float[Array, "..."], moved: Float[Array, "..."]
) -> Float[Array, "..."]:
    """Return a log rate ratio times what moves it, less what convexity would add to the mean.

    Args:
        effect: log rate ratio at full use, drawn from a normal prior.
        variance: of that prior; zero where the effect is held.
        moved: by how much it is used.
    """
    return effect * moved - 0.5 * variance * jnp.square(moved)
