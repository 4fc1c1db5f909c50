"""From a state at the start to futures: one member's months, and the program for many members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from liptako.model import outputs, random
from liptako.model.distributions import Normal
from liptako.model.emit import Draw, Observed
from liptako.model.params import Params
from liptako.model.processes import (
    commitment,
    contingent,
    displacement,
    presence,
    regime,
    territory,
)
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.step import Month, step
from liptako.model.structure import BLOCKS, Structure


@dataclass(frozen=True)
class Start:
    """Where futures begin: state, what members share, what enters from outside."""

    state: State
    background: Background
    forcing: Forcing
    """Stacked over months."""
    seed: int


def start_member(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    key: random.Key,
    month: Array,
) -> State:
    """Return the state with what is this member's own at the start.

    Its level score, where its states stand, how frail its regimes are together, the year's noise of
    flight, how willing and trustful allies are, whom each state reaches, and what rules compare
    with.
    """
    zero = jnp.zeros((len(BLOCKS), len(structure.countries)))
    draw = Draw(key, month)
    score = draw(
        Site.LEVEL_SLOW,
        Normal(zero, jnp.ones_like(zero)),
        np.arange(len(BLOCKS), dtype=np.uint32)[:, None],
        structure.country_ids[None, :],
    )
    stands = presence.toward(params, background.presence_start, background.attack_share)
    rule = replace(state.regime, frailty=regime.frailty(params, draw))
    flight = displacement.noise(structure, draw)
    pact = commitment.begin(params, state.pact)
    state = replace(
        state, level_score=score, presence=stands, regime=rule, flight=flight, pact=pact
    )
    return territory.begin(structure, params, contingent.begin(structure, state))


def future(
    structure: Structure,
    observe: Callable[[Structure, Month], Any],
    background: Background,
    forcing: Forcing,
    state: State,
    seed: Array,
    params: Params,
    member: Array,
) -> Any:
    """Return what is observed of one member's months, in order."""
    key = random.member_key(seed, member)
    state = start_member(structure, background, params, state, key, forcing.month[0] - 1)

    def month(state: State, forcing: Forcing) -> tuple[State, Any]:
        draw = Draw(key, forcing.month)
        state, seen = step(structure, background, params, state, forcing, draw)
        return state, observe(structure, seen)

    return jax.lax.scan(month, state, forcing)[1]


def assimilate(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    observations: dict[int, Array],
) -> tuple[State, tuple[State, Array]]:
    """Run the same step over observed months.

    Args:
        structure: the theatre.
        background: shared numbers.
        params: one member's parameters.
        state: at the end of the month before the first.
        forcing: stacked over months; its level nodes hold the analysed level.
        observations: by site, stacked over months.

    Returns:
        The last state, and by month the states and the log likelihood of the events by stream
        and cell.
    """

    def month(state: State, inputs: tuple[Forcing, dict[int, Array]]):
        forcing, seen = inputs
        emit = Observed(seen)
        state, _ = step(structure, background, params, state, forcing, emit)
        return state, (state, emit.log_probs[int(Site.EVENTS)])

    return jax.lax.scan(month, state, (forcing, observations))


def compile_batch(
    structure: Structure,
    observe: Callable[[Structure, Month], Any] = outputs.observe,
    gather: Callable[[Structure, Any, Array], Any] = outputs.gather,
) -> Callable:
    """Return the compiled function that simulates a batch of members.

    Args:
        structure: static.
        observe: what to keep of one member's month; runs inside the loop over months.
        gather: from the structure, that, stacked over members and months, and which members
            are real rather than padding, to what a batch returns.
    """

    @jax.jit
    def batch(background, forcing, state, seed, params, members, real):
        # a copy for each member: a scan whose carry starts out shared is traced three times over
        own = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (len(members), *leaf.shape)), state)

        def one(state: State, params: Params, member: Array) -> Any:
            return future(structure, observe, background, forcing, state, seed, params, member)

        return gather(structure, jax.vmap(one)(own, params, members), real)

    return batch
