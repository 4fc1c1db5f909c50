r"""Alliance: how far the pact comes, what it then does, and who leaves it.

Stages are paper, consultative, operational, integrated, dissolved; joint acts (a joint field
operation, troops on a partner's soil, an activated command, pooled money paid out) come at a rate
that depends on the stage; reaching a stage from operational on is one itself. Two models give the
monthly rates, and every draw is shared between them:

- the *game* (`liptako.model.processes.commitment`): a first operation comes at a rate in
  proportion to the public good that commitments provide, and so do acts; a pact that provides
  little stalls or lapses; a member leaves when staying is worth less than the outside option;
- the *Markov* baseline (`alliance.markov` = 1): the rates of past pacts, whatever members do; it
  knows no commitments.

A pact that operates moves one lever of the theatre in its members (joint operations near their
borders), closes the borders between them in part, and takes force away from home; allies'
commitments guard one another's regimes. Where a member leaves, the pact may end with it.

Assumption: of the game all; of the baseline that this pact is a draw from past ones
(`liptako.inference.past_cases.pacts`). Test: `tests/unit/test_alliance.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from liptako.model.codes import Exit, Stage
from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import choices, commitment, patrons, presence
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, Pact, State
from liptako.model.structure import Structure

PACT = np.zeros(1, np.uint32)
"""The one pact, as a place for random numbers."""

ENDS = np.array([False, False, False, True])
"""Which of the moves dissolves the pact."""

MOST_ACTS = 8
"""Most joint acts in a month; a Poisson number otherwise."""


def commit(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> tuple[State, Float[Array, ""]]:
    """Return the state with the pact a month on, and the month's joint acts."""
    if not len(structure.allies):
        return state, jnp.zeros(())
    state = commitment.decide(structure, background, params, state, forcing, emit)
    good = commitment.provided(structure, background, params, state, forcing)
    pact = replace(state.pact, provided=good)
    left = _leave(structure, background, params, state, emit)
    past = params.alliance.markov > 0
    moves = jnp.where(past, past_moves(params, pact), game_moves(params, pact))
    gone = (left > pact.left) | choices.leaves(structure, state, forcing)
    gone = gone.any() & (pact.stage < Stage.DISSOLVED)
    follows = jnp.where(gone & ENDS, -jnp.log1p(-params.alliance.follow), 0.0)
    moves = -jnp.expm1(-(moves + follows)) * params.alliance.active
    moved = emit(Site.PACT_STAGE, Categorical(moves[:, None]), PACT, PACT)[0]
    stage = jnp.where(moved > 0, moved, pact.stage)
    few = structure.member.sum() - (left * structure.member).sum() < 2.0
    stage = jnp.where(few, float(Stage.DISSOLVED), stage)
    rises = (stage > pact.stage) & (stage < Stage.DISSOLVED) & (stage >= Stage.OPERATIONAL)
    acts = _acts(params, replace(pact, stage=stage), emit) + rises
    return replace(state, pact=replace(pact, stage=stage, left=left)), acts


def strength(params: Params, state: State) -> Float[Array, ""]:
    """Return how far the pact is at work: what it provides while it operates; of the baseline 1."""
    alliance = params.alliance
    at_work = jnp.where(alliance.markov > 0, 1.0, state.pact.provided)
    return operates(state) * alliance.active * at_work


def operates(state: State) -> Bool[Array, ""]:
    """Return whether the pact is operational or integrated."""
    return (state.pact.stage >= Stage.OPERATIONAL) & (state.pact.stage < Stage.DISSOLVED)


def operations(structure: Structure, params: Params, state: State) -> Float[Array, "lever country"]:
    """Return what the pact adds to the levers."""
    lever = structure.roles["joint_operations"][:, None]
    inside = structure.member * (1.0 - state.pact.left)
    return jnp.asarray(lever * inside * params.alliance.effort * strength(params, state))


def permeability(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, " border"]:
    """Return what of violence crosses each border.

    Less between allies at work together; less, too, where an ally's presence along the border of
    another country has grown since the start, and more where it has thinned: neighbours gain from
    its effort without paying for it.
    """
    inside = jnp.pad(structure.member * (1.0 - state.pact.left), (0, 1))
    both = inside[structure.allied_border].prod(axis=1)
    open_ = 1.0 - params.alliance.closure * strength(params, state) * both
    effort = presence.change(params, background, state)
    effort = effort - away(structure, params, state)[structure.region_country]
    shielded = jnp.exp(-params.alliance.shield * (structure.shield @ effort))
    return jnp.minimum(params.violence.permeability * open_ * shielded, 1.0)


def away(structure: Structure, params: Params, state: State) -> Float[Array, " country"]:
    """Return the share of its presence that each country lends to a pact that operates."""
    lent = params.alliance.away * state.pact.commitment / commitment.MOST
    return _by_country(structure, lent * operates(state))


def guarded(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return how far the others' commitments guard each regime, 0 to 1."""
    given, n = state.pact.commitment, len(structure.allies)
    if n < 2:
        return jnp.zeros(len(structure.countries))
    others = (given.sum() - given) / (commitment.MOST * (n - 1))
    inside = 1.0 - state.pact.left[structure.allies]
    return _by_country(structure, others * inside)


def past_moves(params: Params, pact: Pact) -> Float[Array, " move"]:
    """Return monthly rates to consultative, ..., dissolved as past pacts had them."""
    past = params.alliance
    return jnp.stack(
        [
            past.to_consultative * (pact.stage == Stage.PAPER),
            past.to_operational * (pact.stage < Stage.OPERATIONAL),
            past.to_integrated * (pact.stage == Stage.OPERATIONAL),
            past.end * (pact.stage < Stage.DISSOLVED),
        ]
    )


def game_moves(params: Params, pact: Pact) -> Float[Array, " move"]:
    """Return the same rates as what is provided makes them; an operational pact may stall."""
    game, idle = params.commitment, 1.0 - pact.provided
    return jnp.stack(
        [
            params.alliance.to_consultative * (pact.stage == Stage.PAPER)
            + game.stall * idle * (pact.stage == Stage.OPERATIONAL),
            game.launch * pact.provided * (pact.stage < Stage.OPERATIONAL),
            params.alliance.to_integrated * pact.agenda * (pact.stage == Stage.OPERATIONAL),
            game.lapse * idle * (pact.stage < Stage.DISSOLVED),
        ]
    )


def _leave(
    structure: Structure, background: Background, params: Params, state: State, emit: Emit
) -> Array:
    """Return who is out by the end of the month."""
    past, game, pact = params.alliance, params.commitment, state.pact
    overthrown = state.regime.exit == float(Exit.COUP_OTHER_CAMP)
    as_past = past.leave / jnp.maximum(structure.member.sum(), 1.0)
    free = (1.0 - params.patrons.backing) * structure.patrons.weight
    elsewhere = free @ patrons.gained(background, state)
    better = game.outside * elsewhere[structure.allies]
    better = better - pact.worth - game.agenda_lock * pact.agenda
    as_worth = jax.nn.sigmoid(game.exit + game.exit_sensitivity * better)
    each = jnp.where(past.markov > 0, as_past, _by_country(structure, as_worth))
    each = each + past.leave_after_coup * overthrown
    alive = (pact.stage < Stage.DISSOLVED) * past.active
    going = each * (1.0 - pact.left) * structure.member * alive
    zero = np.zeros(len(structure.countries), np.uint32)
    gone = emit(Site.PACT_LEAVE, Categorical(going[None]), structure.country_ids, zero)
    return jnp.maximum(pact.left, gone)


def _acts(params: Params, pact: Pact, emit: Emit) -> Array:
    rates = params.alliance
    share = jnp.where(rates.markov > 0, 1.0, pact.provided) * (pact.stage >= Stage.OPERATIONAL)
    yearly = rates.acts_consultative + share * (rates.acts_operational - rates.acts_consultative)
    meets = (pact.stage >= Stage.CONSULTATIVE) & (pact.stage < Stage.DISSOLVED)
    mean = yearly / 12.0 * meets * rates.active
    count = np.arange(1, MOST_ACTS + 1, dtype=np.float32)
    poisson = jnp.exp(-mean) * mean**count / np.cumprod(count)
    return emit(Site.JOINT_ACTS, Categorical(poisson[:, None]), PACT, PACT)[0]


def _by_country(structure: Structure, of_allies: Array) -> Float[Array, " country"]:
    """Return values of the allies at their places among all countries."""
    return of_allies @ structure.ally_matrix
