r"""Alliance: how far the pact comes, as past pacts did.

A plain Markov chain of stages with monthly rates: paper, consultative, operational, integrated,
dissolved; each member may leave, more likely just after its regime was replaced. Joint acts (a
joint field operation, troops on a partner's soil, an activated command, pooled money paid out)
come at a rate that depends on the stage; reaching a stage from operational on is one itself.

An operational pact moves one lever of the theatre in its members: joint operations near their
borders.

Assumption: this pact is a draw from past ones. Evidence: `liptako.inference.pact_fit`. Test:
`tests/unit/test_alliance.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.emit import Emit
from liptako.model.laws import Categorical
from liptako.model.outcomes import Exit, Stage
from liptako.model.params import Params
from liptako.model.random import Site
from liptako.model.state import State
from liptako.model.structure import Structure

PACT = np.zeros(1, np.uint32)
"""The one pact, as a place for random numbers."""

MOST_ACTS = 8
"""Most joint acts in a month; a Poisson number otherwise."""


def commit(
    structure: Structure, params: Params, state: State, emit: Emit
) -> tuple[State, Float[Array, ""]]:
    """Return the state with the pact a month on, and the month's joint acts."""
    pact = state.pact
    left = _leave(structure, params, state, emit)
    moved = emit(Site.PACT_STAGE, Categorical(_moves(params, pact.stage)[:, None]), PACT, PACT)[0]
    stage = jnp.where(moved == len(Stage) - 1, float(Stage.DISSOLVED), pact.stage)
    rises = (moved > 0) & (moved < len(Stage) - 1)
    stage = jnp.where(rises, moved, stage)
    few = structure.member.sum() - (left * structure.member).sum() < 2.0
    stage = jnp.where(few, float(Stage.DISSOLVED), stage)
    acts = _acts(params, stage, emit) + (rises & (stage >= Stage.OPERATIONAL))
    return replace(state, pact=replace(pact, stage=stage, left=left)), acts


def operations(structure: Structure, params: Params, state: State) -> Float[Array, "lever country"]:
    """Return what an operational pact adds to the levers."""
    lever = structure.pact_lever[:, None]
    runs = (state.pact.stage >= Stage.OPERATIONAL) & (state.pact.stage < Stage.DISSOLVED)
    inside = structure.member * (1.0 - state.pact.left)
    return lever * inside * params.alliance.effort * params.alliance.active * runs


def _moves(params: Params, stage: Array) -> Float[Array, " stage"]:
    """Return monthly probabilities of reaching consultative, ..., dissolved."""
    pact = params.alliance
    idle = stage < Stage.OPERATIONAL
    rates = jnp.stack(
        [
            pact.to_consultative * (stage == Stage.PAPER),
            pact.to_operational * idle,
            pact.to_integrated * (stage == Stage.OPERATIONAL),
            pact.end * (stage < Stage.DISSOLVED),
        ]
    )
    return -jnp.expm1(-rates) * pact.active


def _leave(structure: Structure, params: Params, state: State, emit: Emit) -> Array:
    """Return who is out by the end of the month."""
    pact = params.alliance
    overthrown = state.regime.exit == float(Exit.COUP_OTHER_CAMP)
    each = pact.leave / structure.member.sum() + pact.leave_after_coup * overthrown
    going = each * (1.0 - state.pact.left) * structure.member * pact.active
    zero = np.zeros(len(structure.countries), np.uint32)
    gone = emit(Site.PACT_LEAVE, Categorical(going[None]), structure.country_ids, zero)
    return jnp.maximum(state.pact.left, gone)


def _acts(params: Params, stage: Array, emit: Emit) -> Array:
    pact = params.alliance
    yearly = jnp.where(stage >= Stage.OPERATIONAL, pact.acts_operational, pact.acts_consultative)
    meets = (stage >= Stage.CONSULTATIVE) & (stage < Stage.DISSOLVED)
    mean = yearly / 12.0 * meets * pact.active
    count = np.arange(1, MOST_ACTS + 1, dtype=np.float32)
    poisson = jnp.exp(-mean) * mean**count / np.cumprod(count)
    return emit(Site.JOINT_ACTS, Categorical(poisson[:, None]), PACT, PACT)[0]
