r"""Presence: a state moves what presence it has toward where it is needed, and thins it elsewhere.

Each country has a budget of one. The share that need calls for in region $r$ is
$q_r = (1 - a)\,p_r + a\, E_r / \sum E$, with $p_r$ the starting share, $E_r$ last months'
insurgent events and $a$ the weight of need; presence follows with inertia.

Assumption, not estimate: there is no data on where garrisons are. Test: budgets are conserved
(`tests/unit/test_processes.py`).
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp

from liptako.model.params import Params
from liptako.model.state import Background, State
from liptako.model.structure import Structure

MIDDLE = 1
"""Which half-life stands for recent months."""


def allocate(
    structure: Structure, background: Background, params: Params, state: State
) -> State:
    """Return the state with presence moved toward need; shares sum to one in each country."""
    attacks = structure.members_of_pressure[0] @ state.traces[:, MIDDLE, :]
    by_region = attacks @ structure.region_matrix
    countries = structure.region_country
    total = jnp.zeros(len(structure.countries)).at[countries].add(by_region)[countries]
    start = background.presence_start
    need = jnp.where(total > 0, by_region / jnp.maximum(total, 1e-9), start)
    target = (1.0 - params.presence.need) * start + params.presence.need * need
    keep = params.presence.inertia
    return replace(state, presence=keep * state.presence + (1.0 - keep) * target)
