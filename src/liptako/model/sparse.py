"""Work on the few places that see something, whatever the number of members.

In a month one place (a stream in a cell) in a hundred sees an event. The costly part of a draw is
done for those alone: their numbers are collected, a number of them worked on at a time. Under
`vmap` the places of all members form one list, so members need not wait for each other's turns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int, Integer

FEW = 64
"""One place in so many sees something in a month: so many are worked on at a time."""

WORD = 32
"""Places marked in one word of bits."""


def where_active(
    compute: Callable[..., Array], active: Bool[Array, "*place"], *arrays: Any
) -> Float[Array, "*place"]:
    """Return `compute(*arrays)` at the active places and zero elsewhere.

    Args:
        compute: elementwise; from the arrays' values at some places `[n]` to results `[n]`.
        active: where a result is wanted.
        arrays: broadcast against `active`.
    """

    @jax.custom_batching.custom_vmap
    def one(active: Array, *arrays: Array) -> Array:
        return _in_turns(compute, active, arrays)

    @one.def_vmap
    def many(size: int, batched: list, active: Array, *arrays: Array):
        if not batched[0]:
            active = jnp.broadcast_to(active, (size, *active.shape))
        apart = [
            part if mine else part[None] for part, mine in zip(arrays, batched[1:], strict=True)
        ]
        return where_active(compute, active, *apart), True

    return one(active, *(_with_axes(jnp.asarray(part), active.ndim) for part in arrays))


def _with_axes(part: Array, ndim: int) -> Array:
    return part.reshape((1,) * (ndim - part.ndim) + part.shape)


def _in_turns(compute: Callable[..., Array], active: Array, arrays: tuple[Array, ...]) -> Array:
    n_places = active.size
    n = max(n_places // FEW, min(n_places, WORD))
    words = _packed(active)
    reached = _running_total(jax.lax.population_count(words.ravel()))

    def turn(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        done, values = carry
        place = _numbered(words, reached, done + jnp.arange(n, dtype=jnp.int32), n_places)
        at = jnp.unravel_index(jnp.minimum(place, n_places - 1), active.shape)
        found = compute(*(_at(part, at) for part in arrays))
        return done + n, values.at[place].set(found, mode="drop")

    def unfinished(carry: tuple[Array, Array]) -> Array:
        return carry[0] < reached[-1]

    start = (jnp.int32(0), jnp.zeros(n_places, jnp.float32))
    return jax.lax.while_loop(unfinished, turn, start)[1].reshape(active.shape)


def _at(part: Array, place: tuple[Array, ...]) -> Array:
    """Return the values of an array at places of the shape it broadcasts to."""
    return part[tuple(0 if size == 1 else i for size, i in zip(part.shape, place, strict=True))]


def _packed(active: Bool[Array, "*row cell"]) -> Array:
    """Return the marks as bits `[group, cell]`: rows are grouped, one bit for each of a group."""
    rows = active.reshape(-1, active.shape[-1])
    bits = max(size for size in range(1, WORD + 1) if len(rows) % size == 0)
    groups = rows.reshape(-1, bits, active.shape[-1])
    words = groups[:, 0].astype(jnp.uint32)
    for bit in range(1, bits):
        words = words | (groups[:, bit].astype(jnp.uint32) << bit)
    return words


def _running_total(count: Integer[Array, " word"]) -> Int[Array, " word"]:
    """Return the cumulative sum, as two small matrix products: faster than a scan."""
    width = int(len(count) ** 0.5) + 1
    table = jnp.pad(count.astype(jnp.float32), (0, -len(count) % width)).reshape(-1, width)
    inside = table @ np.triu(np.ones((width, width), np.float32))
    before = inside[:, -1] @ np.triu(np.ones((len(table), len(table)), np.float32), 1)
    return (inside + before[:, None]).ravel()[: len(count)].astype(jnp.int32)


def _numbered(
    words: Array, reached: Int[Array, " word"], which: Int[Array, " n"], n_places: int
) -> Int[Array, " n"]:
    """Return the place of the `which`-th mark, from 0, or `n_places` if there are fewer."""
    n_cells = words.shape[1]
    bits_per_word = n_places // words.size
    word = jnp.searchsorted(reached, which, side="right")
    at = jnp.minimum(word, words.size - 1)
    left = which - jnp.where(at > 0, reached[at - 1], 0)

    def halve(step: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        bits, left, bit = carry
        width = WORD // 2 >> step
        low = bits & ((jnp.uint32(1) << width) - 1)
        below = jax.lax.population_count(low).astype(jnp.int32)
        above = left >= below
        return (
            jnp.where(above, bits >> width.astype(jnp.uint32), low),
            jnp.where(above, left - below, left),
            jnp.where(above, bit + width, bit),
        )

    start = (words.ravel()[at], left, jnp.zeros_like(left))
    bit = jax.lax.fori_loop(0, WORD.bit_length() - 1, halve, start)[2]
    row = (at // n_cells) * bits_per_word + bit
    return jnp.where(word < words.size, row * n_cells + at % n_cells, n_places)
