r"""Counter-based random numbers: one uniform for each draw, the same wherever it is computed.

The counter of a draw is what the draw *is*: seed, member, month, site, stream id and cell
`gid`; never an array position. Two 32-bit words carry it and are mixed twice with `pcg2d`.
So adding a process shifts no other draw, two policies share their draws exactly, and any split
of members over chunks or devices gives the same numbers.

References:
    Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3,
    doi:10.1145/2063384.2063405. Jarzynski & Olano (2020), Hash functions for GPU rendering,
    JCGT 9(3).
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtri
from jaxtyping import Float, UInt32

Ids = Array | np.ndarray
"""Permanent ids of what is drawn: known before the run, or computed in a step."""


class Site(IntEnum):
    """Where in a month a number is drawn. Append only: the numbers key the draws. 11 is retired."""

    LEVEL_SLOW = 1
    LEVEL_FAST = 2
    LEVEL_COMMON = 3
    LEVEL_COMMON_FAST = 4
    EVENTS = 5
    DEATHS = 6
    DISPLACED = 7
    REFERENCE = 8
    PARAMETERS = 9
    EXIT = 10
    PACT_STAGE = 12
    PACT_LEAVE = 13
    JOINT_ACTS = 14
    PATRON_CAPACITY = 15
    COMMITMENT = 16
    ACT = 17
    RUNG = 18
    FRAILTY = 19
    CIVILIAN_SHARE = 20
    STATE_SHARE = 21
    THREAT = 22
    AGENDA = 23
    PATRON_WAR = 24
    SIEGE = 27


class Key(NamedTuple):
    """Two 32-bit words that stand for everything but the place of a draw."""

    a: UInt32[Array, ""]
    b: UInt32[Array, ""]


def _pcg2d(a: Array, b: Array) -> tuple[Array, Array]:
    """Mix two 32-bit words into two well-mixed ones."""
    mul, add, shift = jnp.uint32(1664525), jnp.uint32(1013904223), jnp.uint32(16)
    a, b = a * mul + add, b * mul + add
    a = a + b * mul
    b = b + a * mul
    a, b = a ^ (a >> shift), b ^ (b >> shift)
    a = a + b * mul
    b = b + a * mul
    return a ^ (a >> shift), b ^ (b >> shift)


def member_key(seed: Array | int, member: Array | int) -> Key:
    """Return the key of one member of a run."""
    return Key(*_pcg2d(_word(seed), _word(member)))


def at(key: Key, month: Array | int, site: Array | Site | int) -> Key:
    """Return the key of a site in a month (the absolute month number, not the lead)."""
    a, b = _pcg2d(key.a ^ _word(month), key.b + _word(site))
    return Key(a, b)


def uniform(key: Key, first: Ids, second: Ids) -> Float[Array, "*place"]:
    """Return uniforms in (0, 1), one for each pair of permanent ids.

    Args:
        key: from `at`.
        first: permanent ids, for example of streams; broadcast against `second`.
        second: permanent ids, for example the `gid` of cells.

    Example:
        >>> import jax.numpy as jnp
        >>> u = uniform(at(member_key(1, 0), 529, Site.EVENTS), jnp.arange(3), jnp.arange(3))
        >>> bool(((u > 0) & (u < 1)).all())
        True
    """
    a, b = _pcg2d(key.a ^ _word(first), key.b + _word(second))
    # one word of one mixing still shows which counters are neighbours: fold in the other
    a = a + b * jnp.uint32(1664525)
    a = (a ^ (a >> jnp.uint32(16))) * jnp.uint32(0x2C1B3C6D)
    a = a ^ (a >> jnp.uint32(15))
    # 23 bits, centred in their bins: exact in float32, never 0 or 1 (24 would round up to 1)
    return (a >> jnp.uint32(9)).astype(jnp.float32) * 2.0**-23 + 2.0**-24


def normal(key: Key, first: Ids, second: Ids) -> Float[Array, "*place"]:
    """Return standard normals, one for each pair of permanent ids."""
    return ndtri(uniform(key, first, second))


def _word(value: Ids | int) -> Array:
    return jnp.asarray(value).astype(jnp.uint32)
