r"""Choices: what each regime does this quarter, from a standing menu.

Once a quarter every junta takes one act of the theatre's menu, or none, by a logit choice among
those that are open to it:

$$\Pr(a) \propto \exp\Big(\alpha_a + \lambda \sum_c w_{kc} \big(e_{ac} + \sum_s z_{sk} g_{asc}
\big)\Big)$$

with $w$ the regime's motives, $e$ the consequences it expects of the act and $g$ more of them the
deeper it is in a situation $z$ (losses, danger, insurgents at the border, a patron that does not
deliver, pressure for a date, distrust among allies, disputes). Not acting has utility zero.

An act moves levers, what the regime would take from patrons, a promised date to hand over, the
pact, a bloc, or commanders of the army: all through the same arrays, so that a menu is data and no
act is a special case. Levers so moved go back slowly unless renewed, and what is asked of patrons
does once a junta is gone. A promised date is missed in the month after it.

Assumption: motives and expectations are judgement until motives are inferred; readiness is how
often each kind of act was coded in 2020-2023. Test: `tests/unit/test_choices.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from liptako.games.discrete_choice import choice_probabilities
from liptako.model.codes import Stage
from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import grievance, pressure, timing
from liptako.model.processes.levers import set_at_home
from liptako.model.random import Site
from liptako.model.state import Background, Conduct, Forcing, Pact, State
from liptako.model.structure import Structure
from liptako.theatre.consequences import Situation


def decide(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state after this month's acts; between quarters only promised dates come nearer.

    Choices are made in January, April, July and October.
    """
    conduct = state.conduct
    due = jnp.maximum(conduct.due - 1.0, 0.0) * state.regime.junta
    missed = conduct.missed + ((conduct.due > 0) & (due == 0) & (state.regime.junta > 0))
    lasting = params.choices.lasting
    held, before = state.patronage, background.support_start
    kept = jnp.where(state.regime.junta > 0, 1.0, lasting)
    wanted = before + kept * (held.wanted - before)
    state = replace(
        state,
        conduct=replace(conduct, stance=lasting * conduct.stance, due=due, missed=missed),
        patronage=replace(held, wanted=wanted),
    )
    if not structure.menu.names:
        return state
    quarter = timing.chooses(forcing)
    none = jnp.zeros((len(structure.menu.names), len(structure.countries)))

    def weigh() -> Array:
        return probabilities(structure, background, params, state, forcing)

    law = Categorical(jax.lax.cond(quarter, weigh, lambda: none))
    zero = np.zeros(len(structure.countries), np.uint32)
    act = emit(Site.ACT, law, structure.country_ids, zero)
    chosen = (act[None] == np.arange(1.0, len(none) + 1.0)[:, None]).astype(jnp.float32)
    state = _done(structure, params, state, chosen)
    kept = jnp.where(quarter, act, state.conduct.act)
    return replace(state, conduct=replace(state.conduct, act=kept))


def probabilities(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "act country"]:
    """Return the probability that each regime takes each act; juntas only."""
    menu, choices = structure.menu, params.choices
    z = situations(structure, background, params, state, forcing)
    expected = menu.effects[..., None] + jnp.einsum("asc,sk->ack", menu.when, z)
    worth = jnp.einsum("ack,kc->ak", expected, params.motives.weight)
    utility = choices.readiness[:, None] + choices.precision * worth
    open_ = feasible(structure, params, state, forcing)
    everything = jnp.concatenate([jnp.zeros((1, utility.shape[1])), utility])
    possible = jnp.concatenate([jnp.ones((1, utility.shape[1]), bool), open_])
    chances = choice_probabilities(everything.T, possible.T).T[1:]
    return chances * state.regime.junta * structure.member


def situations(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "situation country"]:
    """Return how deep each country is in each situation, in the order of `Situation`."""
    strain = jnp.log1p(state.regime.losses) - jnp.log1p(background.losses_start)
    at_border = jnp.log1p(pressure.border_attacks(structure, state))
    held, neutral = state.patronage, params.commitment.neutral_trust
    climbed = (state.rung - background.rung_start)[:, None]
    dispute = jnp.max(structure.party_matrix * climbed, axis=0, initial=0.0)
    found = {
        Situation.STRAIN: strain,
        Situation.DANGER: state.regime.danger,
        Situation.EXPOSURE: at_border - jnp.log1p(background.border_start),
        Situation.UNBACKED: structure.patrons.weight @ jnp.maximum(held.wanted - held.support, 0),
        Situation.PRESSED: structure.roles["transition"] @ set_at_home(state, forcing),
        Situation.DISTRUST: structure.member * (neutral - state.pact.trust),
        Situation.DISPUTE: dispute,
    }
    most = params.choices.depth
    return jnp.stack([jnp.clip(found[situation], -most, most) for situation in Situation])


def feasible(
    structure: Structure, params: Params, state: State, forcing: Forcing
) -> Bool[Array, "act country"]:
    """Return which acts would change something where they are taken.

    The Markov baseline of the pact knows no commitments, so there no act moves the pact.
    """
    menu, conduct, enough = structure.menu, state.conduct, params.choices.enough
    moved = _stance(structure, conduct, menu.levers[:, :, None]) - conduct.stance
    moves = (jnp.abs(moved) * (1.0 - forcing.fixed) > enough).any(axis=1)
    wanted = state.patronage.wanted
    taken = jnp.clip(wanted + menu.wants[:, :, None], 0.0, 1.0) - wanted
    wants = (jnp.abs(taken) > enough).any(axis=1)
    stands = conduct.due > 0
    plays = params.alliance.active * (1.0 - params.alliance.markov)
    inside = (1.0 - state.pact.left) * (state.pact.stage < Stage.DISSOLVED) * plays > 0
    dates = (menu.promise[:, None] > 0) & ~stands | (menu.extend[:, None] > 0) & stands
    pact = (menu.deepen + menu.leave)[:, None] * inside > 0
    belongs, left = state.blocs.inside, structure.bloc_members - state.blocs.inside
    bloc = menu.out @ belongs + menu.back @ left > 0
    fresh = state.regime.grievance[grievance.POSTS] > 1.0 - enough
    ranks = (menu.reshuffle[:, None] > 0) & ~fresh
    return moves | wants | dates | pact | bloc | ranks


def leaves(structure: Structure, state: State, forcing: Forcing) -> Bool[Array, " country"]:
    """Return who has chosen this month to leave the pact."""
    if not structure.menu.names:
        return jnp.zeros(len(structure.countries), bool)
    acts = np.flatnonzero(structure.menu.leave) + 1.0
    return timing.chooses(forcing) & jnp.isin(state.conduct.act, acts)


def _done(structure: Structure, params: Params, state: State, chosen: Array) -> State:
    """Return the state after acts, `chosen` one where a country takes an act."""
    menu, conduct, held = structure.menu, state.conduct, state.patronage
    stance = _stance(structure, conduct, menu.levers.T @ chosen)
    wanted = jnp.clip(held.wanted + menu.wants.T @ chosen, 0.0, 1.0)
    term = params.choices.term
    promised = jnp.maximum(conduct.due, (term + 1.0) * (menu.promise @ chosen))
    due = promised + term * (menu.extend @ chosen)
    gone, back = menu.out.T @ chosen, menu.back.T @ chosen * structure.bloc_members
    inside = jnp.maximum(state.blocs.inside * (1.0 - gone), back)
    return replace(
        state,
        blocs=replace(state.blocs, inside=inside),
        conduct=replace(conduct, stance=stance, due=due),
        patronage=replace(held, wanted=wanted),
        pact=_pact(structure, params, state.pact, menu.deepen @ chosen, menu.leave @ chosen),
    )


def _pact(
    structure: Structure,
    params: Params,
    pact: Pact,
    deepen: Float[Array | np.ndarray, " country"],
    leave: Float[Array | np.ndarray, " country"],
) -> Pact:
    """Return the pact after acts on it: a push to the agenda and a step of trust, or an exit."""
    step = params.choices.deepening * (deepen * structure.member).sum()
    step = jnp.minimum(step, 1.0) * params.alliance.active
    left = jnp.maximum(pact.left, leave * structure.member * params.alliance.active)
    return replace(
        pact,
        left=left,
        pushed=step,
        trust=pact.trust + step * (1.0 - pact.trust),
    )


def _stance(
    structure: Structure, conduct: Conduct, change: Float[Array | np.ndarray, "*act lever #country"]
) -> Float[Array, "*act lever country"]:
    low, high = structure.lever_room[..., None]
    return jnp.clip(conduct.stance + change, low, high)
