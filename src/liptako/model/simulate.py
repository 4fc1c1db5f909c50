"""From a state at the start to many futures: compiled once, run in batches of members.

Members are always computed in batches of the same size, padded if need be, so that a future
does not depend on how members are split into chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from liptako.model import random
from liptako.model.emit import Draw, Observed
from liptako.model.laws import Normal
from liptako.model.params import Params
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.step import Month, step
from liptako.model.structure import BLOCKS, Structure

BATCH = 16
"""Members computed together; 8 to 32 are fastest on a CPU."""

LARGE = 25.0
"""Deaths in a cell and month that the field calls an event of conflict."""


class Futures(NamedTuple):
    """What is kept of a batch of members; fields over cells only as counts of members."""

    deaths: Int[Array, "member month stream country"]
    events: Int[Array, "member month stream country"]
    displaced: Float[Array, "member month country"]
    region_deaths: Float[Array, "member month region"]
    influence: Float[Array, "member month region"]
    cell_any: Int[Array, "month cell"]
    cell_large: Int[Array, "month cell"]


@dataclass(frozen=True)
class Start:
    """Where futures begin: state, what members share, what enters from outside."""

    state: State
    background: Background
    forcing: Forcing
    """Stacked over months."""
    seed: int


def start_member(structure: Structure, state: State, key: random.Key, month: Array) -> State:
    """Return the state with this member's own first level score."""
    zero = jnp.zeros((len(BLOCKS), len(structure.countries)))
    score = Draw(key, month)(
        Site.LEVEL_SLOW,
        Normal(zero, jnp.ones_like(zero)),
        np.arange(len(BLOCKS), dtype=np.uint32)[:, None],
        structure.country_ids[None, :],
    )
    return State(**{**vars(state), "level_score": score})


def future(
    structure: Structure,
    background: Background,
    forcing: Forcing,
    state: State,
    seed: Array,
    params: Params,
    member: Array,
) -> tuple[State, Month]:
    """Return one member's states' end and its months, in order."""
    key = random.member_key(seed, member)
    state = start_member(structure, state, key, forcing.month[0] - 1)

    def month(state: State, forcing: Forcing) -> tuple[State, Month]:
        return step(structure, background, params, state, forcing, Draw(key, forcing.month))

    return jax.lax.scan(month, state, forcing)


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


def _keep(structure: Structure, months: Month, real: Array) -> Futures:
    """Reduce a batch of members to what is kept; `real` is false for padding."""
    matrix, region_matrix = structure.country_matrix, structure.region_matrix
    totals = months.deaths.sum(axis=2)
    weight = real[:, None, None]
    return Futures(
        deaths=jnp.round(months.deaths @ matrix).astype(jnp.int32),
        events=jnp.round(months.events @ matrix).astype(jnp.int32),
        displaced=months.displaced,
        region_deaths=totals @ region_matrix,
        influence=months.influence,
        cell_any=((totals >= 1.0) & weight).sum(0),
        cell_large=((totals >= LARGE) & weight).sum(0),
    )


def compile_batch(
    structure: Structure, keep: Callable[[Structure, Month, Array], object] = _keep
) -> Callable:
    """Return the compiled function `(start..., params, members, real) -> kept`.

    Args:
        structure: static.
        keep: what to keep of a batch, `(structure, months, real) -> pytree`.
    """

    @jax.jit
    def batch(background, forcing, state, seed, params, members, real):
        one = partial(future, structure, background, forcing, state, seed)
        _, months = jax.vmap(one)(params, members)
        return keep(structure, months, real)

    return batch


def run_members(
    batch: Callable, start: Start, draw_params: Callable[[np.ndarray], Params], members: np.ndarray
):
    """Yield what is kept of each batch, with how many of its members are real.

    Args:
        batch: from `compile_batch`.
        start: where futures begin.
        draw_params: parameters of given members, stacked over members.
        members: member numbers, any subset.
    """
    for first in range(0, len(members), BATCH):
        chosen = members[first : first + BATCH]
        real = np.arange(BATCH) < len(chosen)
        padded = np.resize(chosen, BATCH)
        kept = batch(
            start.background,
            start.forcing,
            start.state,
            jnp.uint32(start.seed),
            draw_params(padded),
            jnp.asarray(padded, jnp.uint32),
            jnp.asarray(real),
        )
        yield kept, len(chosen)
