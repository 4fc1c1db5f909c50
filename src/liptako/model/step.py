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
    blocs,
    choices,
    contingent,
    dates,
    displacement,
    grievance,
    influence,
    ladders,
    means,
    memory,
    patrons,
    presence,
    recruitment,
    regime,
    severity,
    shocks,
    sides,
    territory,
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
    items: Float[Array, " item"]
    means: Float[Array, " country"]
    left: Float[Array, " country"]
    joint_acts: Float[Array, ""]
    provided: Float[Array, ""]
    support: Float[Array, "instrument country"]
    toll: Float[Array, " patron"]
    rung: Float[Array, " dyad"]
    threat: Float[Array, " country"]
    outside: Float[Array, " country"]
    act: Float[Array, " country"]
    due: Float[Array, " country"]
    missed: Float[Array, " country"]
    grievance: Float[Array, " country"]
    besieged: Float[Array, " region"]
    reached: Float[Array, " country"]
    ruled: Float[Array, " country"]


def step(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> tuple[State, Month]:
    """Return the state a month later and what was seen of the month.

    In order: the policy's rules are read; last month's events enter the memory; each country's
    level wanders; patrons give what they can; regimes choose what to do, and dates are remembered;
    allies commit and the pact moves on; blocs threaten or stand down; disputes climb or calm down;
    means follow; states move their presence; sieges begin and end, and forces that left are
    remembered; events follow from memory, neighbours and level; deaths from events, shared out over
    sides; the ranks take grievances; regimes survive or not; people flee.

    Args:
        structure: the theatre as static arrays.
        background: what all members share.
        params: this member's parameters.
        state: at the end of last month.
        forcing: calendar, levers, rules and the law of the level.
        emit: draws or observes, see `liptako.model.emit`.
    """
    state, forcing = contingent.answer(structure, state, forcing)
    state = recruitment.absorb(structure, params, memory.absorb(params, state))
    state = shocks.walk(structure, background, params, state, forcing, emit)
    state = patrons.supply(structure, background, params, state, forcing, emit)
    before = state.conduct
    state = choices.decide(structure, background, params, state, forcing, emit)
    state = dates.remember(params, before, state)
    state, joint_acts = alliance.commit(structure, background, params, state, forcing, emit)
    state = blocs.threaten(structure, params, state, forcing, emit)
    state = ladders.escalate(structure, background, params, state, forcing, emit)
    state = means.spend(structure, background, params, state, forcing)
    state = presence.allocate(structure, background, params, state, forcing)
    state = territory.move(structure, background, params, state, forcing, emit)
    events_law, expected, change = violence.law(structure, background, params, state, forcing)
    ids, gid = structure.stream_ids[:, None], structure.gid[None, :]
    counts = emit(Site.EVENTS, events_law, ids, gid)
    reference = emit(Site.REFERENCE, Certain(expected), ids, structure.country_ids[None, :])
    deaths = emit(Site.DEATHS, severity.law(background, params, counts), ids, gid)
    dead = sides.share_out(structure, background, deaths @ structure.country_matrix, emit)
    state = grievance.feel(structure, background, params, state, forcing)
    state = regime.survive(structure, background, params, state, forcing, dead[sides.STATE], emit)
    region_deaths = deaths.sum(axis=0) @ structure.region_matrix
    state, displaced = displacement.move(
        structure, background, params, state, forcing, region_deaths, emit
    )
    brought = recruitment.brought(structure, counts, change)
    state = replace(state, counts=counts, brought=brought, reference_counts=reference)
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
        items=state.pact.items,
        means=state.means,
        left=state.pact.left,
        joint_acts=joint_acts,
        provided=state.pact.provided,
        support=state.patronage.support,
        toll=state.patronage.toll,
        rung=state.rung,
        threat=blocs.threat(state),
        outside=blocs.outside(structure, state),
        act=state.conduct.act * timing.chooses(forcing),
        due=state.conduct.due,
        missed=state.conduct.missed,
        grievance=grievance.level(structure, background, params, state),
        besieged=state.territory.besieged,
        reached=state.territory.reached,
        ruled=state.answers.held.max(axis=0),
    )
    return state, seen
