"""From a state at the start to many futures: compiled once, run in batches of members.

Members are always computed in batches of the same size, padded if need be, so that a future
does not depend on how members are split into chunks.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from liptako.model import random
from liptako.model.distributions import Normal
from liptako.model.emit import Draw, Observed
from liptako.model.params import Params
from liptako.model.processes import commitment, displacement, presence
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.step import Month, step
from liptako.model.structure import BLOCKS, Structure

BATCH = 8
"""Members computed together: few enough for the cache, enough for vectors."""

DRAWN = 64 * BATCH
"""Members whose parameters are drawn at once: by the batch, draws would cost a fifth of a run."""

YEAR = 12
"""Months of a year of the run, counted from its start."""

LARGE = 25.0
"""Deaths in a cell and month that the field calls an event of conflict."""


class Seen(NamedTuple):
    """What is kept of one member's month."""

    deaths: Float[Array, "stream country"]
    events: Float[Array, "stream country"]
    displaced: Float[Array, " country"]
    region_deaths: Float[Array, " region"]
    influence: Float[Array, " region"]
    cell_deaths: Float[Array, " cell"]
    attacked: Bool[Array, " cell"]
    exits: Float[Array, " country"]
    stage: Float[Array, ""]
    left: Float[Array, " country"]
    joint_acts: Float[Array, ""]
    support: Float[Array, "patron country"]
    rung: Float[Array, " dyad"]
    act: Float[Array, " country"]
    due: Float[Array, " country"]
    missed: Float[Array, " country"]


class Futures(NamedTuple):
    """What is kept of a batch of members; fields over cells only as counts of members."""

    deaths: Int[Array, "member month stream country"]
    events: Int[Array, "member month stream country"]
    displaced: Float[Array, "member month country"]
    region_deaths: Float[Array, "member month region"]
    influence: Float[Array, "member month region"]
    attacked_cells: Int[Array, "member year country"]
    exits: Int[Array, "member month country"]
    stage: Int[Array, "member month"]
    left: Bool[Array, "member month country"]
    joint_acts: Int[Array, "member month"]
    support: Float[Array, "member year patron country"]
    rung: Int[Array, "member month dyad"]
    act: Int[Array, "member month country"]
    due: Int[Array, "member month country"]
    missed: Int[Array, "member month country"]
    cell_any: Int[Array, "month cell"]
    cell_large: Int[Array, "month cell"]


COUNTED_OVER_MEMBERS = ("cell_any", "cell_large")
"""Fields of `Futures` without an axis of members."""


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

    Its level score, where its states stand, the year's wave of coups and noise of flight, and how
    willing and trustful allies are.
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
    rule = replace(state.regime, wave=params.regime.wave)
    flight = displacement.luck(structure, draw)
    pact = commitment.begin(params, state.pact)
    return replace(state, level_score=score, presence=stands, regime=rule, flight=flight, pact=pact)


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


def observe(structure: Structure, month: Month) -> Seen:
    """Return what a run keeps of one member's month: sums over cells, and deaths by cell."""
    cell_deaths = month.deaths.sum(axis=0)
    return Seen(
        deaths=month.deaths @ structure.country_matrix,
        events=month.events @ structure.country_matrix,
        displaced=month.displaced,
        region_deaths=month.region_deaths,
        influence=month.influence,
        cell_deaths=cell_deaths,
        attacked=presence.pooled(structure, month.events)[0] > 0,
        exits=month.exits,
        stage=month.stage,
        left=month.left,
        joint_acts=month.joint_acts,
        support=month.support,
        rung=month.rung,
        act=month.act,
        due=month.due,
        missed=month.missed,
    )


def gather(structure: Structure, seen: Seen, real: Bool[Array, " member"]) -> Futures:
    """Return what a run keeps of a batch, leaving padding out of the counts over members."""
    weight = real[:, None, None]
    n_members, n_months, n_cells = seen.attacked.shape
    n_years = n_months // YEAR
    years = seen.attacked[:, : n_years * YEAR].reshape(n_members, n_years, YEAR, n_cells)
    attacked_cells = years.any(axis=2).astype(jnp.float32) @ structure.country_matrix
    return Futures(
        deaths=jnp.round(seen.deaths).astype(jnp.int32),
        events=jnp.round(seen.events).astype(jnp.int32),
        displaced=seen.displaced,
        region_deaths=seen.region_deaths,
        influence=seen.influence,
        attacked_cells=jnp.round(attacked_cells).astype(jnp.int32),
        exits=seen.exits.astype(jnp.int8),
        stage=seen.stage.astype(jnp.int8),
        left=seen.left > 0,
        joint_acts=seen.joint_acts.astype(jnp.int8),
        support=seen.support[:, YEAR - 1 :: YEAR],
        rung=seen.rung.astype(jnp.int8),
        act=seen.act.astype(jnp.int8),
        due=jnp.round(seen.due).astype(jnp.int16),
        missed=seen.missed.astype(jnp.int8),
        cell_any=((seen.cell_deaths >= 1.0) & weight).sum(0),
        cell_large=((seen.cell_deaths >= LARGE) & weight).sum(0),
    )


def compile_batch(
    structure: Structure,
    observe: Callable[[Structure, Month], Any] = observe,
    gather: Callable[[Structure, Any, Array], Any] = gather,
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


def run_members(
    batch: Callable, start: Start, draw_params: Callable[[np.ndarray], Params], members: np.ndarray
) -> Iterator[tuple[Any, int]]:
    """Yield what is kept of each batch, in order, with how many of its members are real.

    As many batches run side by side as there are processors: a batch alone keeps one busy.

    Args:
        batch: from `compile_batch`.
        start: where futures begin.
        draw_params: parameters of given members, stacked over members.
        members: member numbers, any subset.
    """

    def one(params: Params, padded: np.ndarray, real: int) -> tuple[Any, int]:
        kept = batch(
            start.background,
            start.forcing,
            start.state,
            np.uint32(start.seed),
            params,
            padded.astype(np.uint32),
            np.arange(BATCH) < real,
        )
        return jax.block_until_ready(kept), real

    workers = os.cpu_count() or 1
    running: deque[Future] = deque()
    pool = ThreadPoolExecutor(workers)
    try:
        for chosen in _padded_batches(draw_params, members):
            running.append(pool.submit(one, *chosen))
            if len(running) > workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _padded_batches(
    draw_params: Callable[[np.ndarray], Params], members: np.ndarray
) -> Iterator[tuple[Params, np.ndarray, int]]:
    """Yield the parameters of each batch, its members padded to a full one, how many are real."""
    for first in range(0, len(members), DRAWN):
        some = members[first : first + DRAWN]
        padded = np.concatenate(
            [np.resize(some[at : at + BATCH], BATCH) for at in range(0, len(some), BATCH)]
        )
        params = draw_params(padded)
        for at in range(0, len(some), BATCH):
            batch = slice(at, at + BATCH)
            own = jax.tree.map(lambda leaf, batch=batch: leaf[batch], params)
            yield own, padded[batch], len(some[batch])
