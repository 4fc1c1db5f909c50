r"""Blocs: states that may threaten those who rule a member, send force, or be left.

A bloc's threat against a junta in a member stands at none, threatened, ordered or sent. In a month
it rises a stage at the rate $r$ and is dropped at the rate $q$:

$$r_{none} = [\text{coup}]\,(-\log(1 - c)) + a + u_+,\quad
r_{threatened} = o\,e^{-\delta A_k} + u_+,\quad r_{ordered} = s\,e^{-\delta A_k},\quad q = d + u_-$$

with $c$ the chance of a threat in the month after a coup by another camp, $a$ the rate of one in
any month of a junta, $A_k$ the allies' commitments (`alliance.guarded`) and $u$ the lever of
force: 1 threatens and orders within about a month each, -1 stands down as fast. It is dropped at
once when the junta is gone, or has taken its country out of the bloc before force was sent, since
a bloc acts on its members.

Force that was sent ends rule at a rate of its own (`regime.survive`): in a bloc, the rates of past
ends by force lose the share of those by intervention, so that it is not counted twice. Disputes
with the bloc's members do not calm down below coercion while a threat stands (`ladders.escalate`).

Assumption: a bloc acts as one. Evidence: dated threats of the theatre; allies deter attacks, Leeds
(2003), doi:10.1111/1540-5907.00031, or do not, Kenwick, Vasquez & Powers (2015),
doi:10.1086/681958. Test: `tests/unit/test_blocs.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.codes import Exit, Threat
from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import alliance
from liptako.model.processes.levers import set_at_home
from liptako.model.random import Site
from liptako.model.state import Forcing, State
from liptako.model.structure import Structure


def threaten(
    structure: Structure, params: Params, state: State, forcing: Forcing, emit: Emit
) -> State:
    """Return the state with each bloc's threat a month on."""
    if not len(structure.bloc_ids):
        return state
    chances = _chances(moves(structure, params, state, forcing))
    move = emit(
        Site.THREAT, Categorical(chances), structure.bloc_ids[:, None], structure.country_ids[None]
    )
    stage = jnp.where(move == 1.0, 0.0, state.blocs.threat + (move == 2.0))
    sent = stage == float(Threat.SENT)
    stage = stage * state.regime.junta * jnp.maximum(state.blocs.inside, sent)
    return replace(state, blocs=replace(state.blocs, threat=stage))


def moves(
    structure: Structure, params: Params, state: State, forcing: Forcing
) -> Float[Array, "move bloc country"]:
    """Return monthly rates at which each threat is dropped, and rises a stage."""
    rates, stage = params.blocs, state.blocs.threat
    lever = structure.roles["force"] @ set_at_home(state, forcing)
    more, less = jnp.maximum(lever, 0.0), jnp.maximum(-lever, 0.0)
    overthrown = state.regime.exit == float(Exit.COUP_OTHER_CAMP)
    deterred = jnp.exp(-rates.deterrence * alliance.guarded(structure, state))
    rises = jnp.stack(
        [
            rates.threaten - jnp.log1p(-rates.after_coup) * overthrown + more,
            rates.order * deterred + more,
            rates.send * deterred,
            jnp.zeros_like(lever),
        ]
    )
    ruled = state.regime.junta * structure.member * state.blocs.inside
    up = sum((stage == number) * rise for number, rise in enumerate(rises)) * ruled
    down = (rates.relent + less) * (stage > 0)
    return jnp.stack([down, up])


def threat(state: State) -> Float[Array, " country"]:
    """Return how far any bloc has gone against those who rule each country."""
    return state.blocs.threat.max(axis=0, initial=0.0)


def outside(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return one where a country has left a bloc of which it was a member at the start."""
    return (structure.bloc_members - state.blocs.inside).max(axis=0, initial=0.0)


def opposed(structure: Structure, state: State) -> Float[Array, "bloc dyad 2"]:
    """Return one where, of a pair, this side is a junta in a bloc and the other no junta in it."""
    ruled = (state.blocs.inside * state.regime.junta * structure.member)[:, structure.dyads]
    return ruled * _others(structure, state)


def between(structure: Structure, state: State) -> Float[Array, " dyad"]:
    """Return how far a bloc's threat stands between a junta and a member of the bloc."""
    stage = state.blocs.threat[:, structure.dyads] * _others(structure, state)
    return stage.max(axis=(0, 2), initial=0.0)


def _others(structure: Structure, state: State) -> Float[Array, "bloc dyad 2"]:
    """Return one where the other side of a pair is a member without a junta."""
    return (state.blocs.inside * (1.0 - state.regime.junta))[:, structure.dyads][..., ::-1]


def sent(state: State) -> Float[Array, " country"]:
    """Return one where force of a bloc stands in a country."""
    return (threat(state) == float(Threat.SENT)).astype(jnp.float32)


def _chances(rates: Float[Array, "move bloc country"]) -> Float[Array, "move bloc country"]:
    """Return the monthly chance of each of several moves that exclude one another."""
    total = rates.sum(axis=0)
    return rates * (-jnp.expm1(-total) / jnp.maximum(total, 1e-9))
