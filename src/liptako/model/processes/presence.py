r"""Presence: a state moves what presence it has toward where it is needed, and thins it elsewhere.

Each country has a budget of one. The share that need calls for in region $r$ is
$q_r = (1 - a)\,p_r + a\, E_r / \sum E$, with $p_r$ the starting share, $E_r$ last months'
insurgent events and $a$ the weight of need; presence follows with inertia. An offensive throws a
share of the whole budget at the country's front and loses part of it on the longer road, so that
it is missed everywhere else.

Assumption, not estimate: there is no data on where garrisons are. Test: budgets are conserved
(`tests/unit/test_processes.py`).
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes.levers import set_at_home
from liptako.model.processes.pressure import attacks
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure

NEGLIGIBLE = 1e-6
"""Insurgent events a month in a country below which it counts as having seen none."""


def allocate(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> State:
    """Return the state with presence moved toward need and front.

    Shares sum to one in each country, less what an offensive loses on the road.
    """
    start = background.presence_start
    need = shares_of_attacks(structure, state.traces, start)
    keep = params.presence.inertia
    called_for = toward(params, start, need)
    drive = jnp.clip(structure.roles["offensive"] @ set_at_home(state, forcing), 0.0, 1.0)
    thrown = (params.presence.offensive * drive)[structure.region_country]
    at_front = np.zeros(len(structure.regions), np.float32)
    at_front[structure.front[np.unique(structure.region_country)]] = 1.0
    arrives = thrown * (1.0 - params.presence.supply_loss) * at_front
    called_for = (1.0 - thrown) * called_for + arrives
    return replace(state, presence=keep * state.presence + (1.0 - keep) * called_for)


def toward(
    params: Params, start: Float[Array, " region"], need: Float[Array, " region"]
) -> Float[Array, " region"]:
    """Return the presence that need calls for, $q_r$ above."""
    return (1.0 - params.presence.need) * start + params.presence.need * need


def shares_of_attacks(
    structure: Structure,
    traces: Float[Array, "stream half_life cell"],
    otherwise: Float[Array, " region"],
) -> Float[Array, " region"]:
    """Return each region's share of its country's recent insurgent events.

    Args:
        structure: the theatre.
        traces: of events.
        otherwise: shares of a country that has seen none.
    """
    by_region = attacks(structure, traces) @ structure.region_matrix
    total = (by_region @ structure.region_country_matrix)[structure.region_country]
    share = by_region / jnp.maximum(total, NEGLIGIBLE)
    return jnp.where(total > NEGLIGIBLE, share, otherwise)


def change(
    params: Params,
    background: Background,
    state: State,
    counts_for: Float[Array, " region"] | float = 1.0,
) -> Float[Array, " region"]:
    """Return how far presence is from where it stood at the start, bounded to -1 to 1.

    At the start states have already answered the attacks that history holds.

    Args:
        params: this member's parameters.
        background: where presence stood.
        state: where it stands.
        counts_for: share of it that counts, over that at the start.
    """
    stood = toward(params, background.presence_start, background.attack_share)
    return jnp.tanh(counts_for * state.presence / jnp.maximum(stood, 1e-6) - 1.0)
