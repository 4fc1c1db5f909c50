"""Pressure: where violence has lately been, pooled by who did it.

The pressure of insurgents is what other processes ask for most: as attacks anywhere, in border
cells, near capitals. Test: `tests/unit/test_held_numbers.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.state import State
from liptako.model.structure import Structure
from liptako.theatre.roles import BY_INSURGENTS

MIDDLE = 1
"""Which half-life stands for recent months."""


def pooled(structure: Structure, events: Float[Array, "stream place"]) -> Array:
    """Return events pooled by pressure, `[pressure, place]`.

    Rows are added one by one: as a matrix product, the compiler would copy them all first.
    """
    streams = [np.flatnonzero(row) for row in structure.members_of_pressure]
    none = jnp.zeros_like(events[0])
    return jnp.stack([sum((events[s] for s in which), none) for which in streams])


def attacks(
    structure: Structure, traces: Float[Array, "stream half_life place"]
) -> Float[Array, " place"]:
    """Return the fading mean of insurgent events a month."""
    return pooled(structure, traces[:, MIDDLE, :])[BY_INSURGENTS]


def border_attacks(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return the fading mean of insurgent events a month in each country's border cells."""
    return attacks(structure, state.traces) @ (
        structure.country_matrix * structure.border_cell[:, None]
    )


def near_capital(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return the fading mean of insurgent events a month near each capital."""
    near = structure.near_capital.any(axis=1)
    return attacks(structure, state.traces)[near] @ structure.near_capital[near]
