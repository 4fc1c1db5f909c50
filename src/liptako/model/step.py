"""One month of the model: the same function assimilates, simulates and answers "what if"."""

from __future__ import annotations

from dataclasses import dataclass, replace

import jax
from jaxtyping import Array, Float

from liptako.model.distributions import Certain
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import (
    alliance,
    choices,
    displacement,
    influence,
    ladders,
    memory,
    patrons,
    presence,
    regime,
    severity,
    shocks,
    sides,
    timing,
    violence,
)
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Month:
    """What is seen of a month."""

    events: Float[Array, "stream cell"]
    deaths: Float[Array, "stream cell"]
    level: Float[Array, "block country"]
    region_deaths: Float[Array, " region"]
    dead: Float[Array, "side country"]
    displaced: Float[Array, " country"]
    influence: Float[Array, " region"]
    exits: Float[Array, " country"]
    stage: Float[Array, ""]
    left: Float[Array, " country"]
    joint_acts: Float[Array, ""]
    provided: Float[Array, ""]
    support: Float[Array, "patron country"]
    rung: Float[Array, " dyad"]
    act: Float[Array, " country"]
    due: Float[Array, " country"]
    missed: Float[Array, " country"]


def step(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> tuple[State, Month]:
    """Return the state a month later and what was seen of the month.

    In order: last month's events enter the memory; each country's level wanders; patrons give what
    they can; regimes choose what to do; allies commit and the pact moves on; disputes climb or calm
    down; states move their presence; events follow from memory, neighbours and level; deaths from
    events, shared out over sides; regimes survive or not; people flee.

    Args:
        structure: the theatre as static arrays.
        background: what all members share.
        params: this member's parameters.
        state: at the end of last month.
        forcing: calendar, levers and the law of the level.
        emit: draws or observes, see `liptako.model.emit`.
    """
    state = memory.absorb(params, state)
    state = shocks.walk(structure, background, params, state, forcing, emit)
    state = patrons.supply(structure, background, params, state, forcing, emit)
    state = choices.decide(structure, background, params, state, forcing, emit)
    state, joint_acts = alliance.commit(structure, background, params, state, forcing, emit)
    state = ladders.escalate(structure, background, params, state, forcing, emit)
    state = presence.allocate(structure, background, params, state, forcing)
    events_law, expected = violence.law(structure, background, params, state, forcing)
    ids, gid = structure.stream_ids[:, None], structure.gid[None, :]
    counts = emit(Site.EVENTS, events_law, ids, gid)
    reference = emit(Site.REFERENCE, Certain(expected), ids, structure.country_ids[None, :])
    deaths = emit(Site.DEATHS, severity.law(background, params, counts), ids, gid)
    dead = sides.share_out(structure, background, deaths @ structure.country_matrix, emit)
    state = regime.survive(structure, background, params, state, forcing, dead[sides.STATE], emit)
    region_deaths = deaths.sum(axis=0) @ structure.region_matrix
    state, displaced = displacement.move(
        structure, background, params, state, forcing, region_deaths, emit
    )
    state = replace(state, counts=counts, reference_counts=reference)
    seen = Month(
        events=counts,
        deaths=deaths,
        level=state.level,
        region_deaths=region_deaths,
        dead=dead,
        displaced=displaced,
        influence=influence.share(structure, params, state),
        exits=state.regime.exit,
        stage=state.pact.stage,
        left=state.pact.left,
        joint_acts=joint_acts,
        provided=state.pact.provided,
        support=state.patronage.support,
        rung=state.rung,
        act=state.conduct.act * timing.chooses(forcing),
        due=state.conduct.due,
        missed=state.conduct.missed,
    )
    return state, seen
