"""Levers in force: where each stands this month, whoever moved it.

A lever is moved by the scenario, by the regime's own choices (unless the scenario fixes it), by
what patrons supply and by a pact at work. Each part is relative to what history already contains,
so all parts zero means "as history has it".
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes import alliance, patrons
from liptako.model.state import Background, Forcing, State, set_at_home
from liptako.model.structure import Structure


def in_force(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "lever country"]:
    """Return where each lever stands in each country, less its default.

    Parts add up, but to no more than full use; what patrons take away may be as much.
    """
    stands = (
        set_at_home(state, forcing)
        + patrons.levers(structure, background, params, state)
        + alliance.operations(structure, params, state)
    )
    full = np.abs(structure.lever_room).max(axis=0)[:, None]
    return jnp.clip(stands, -full, full)
