"""Random numbers: uniform, apart, and keyed by what a draw is."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from liptako.model import random
from liptako.model.random import Site

BITS = 23
GIDS = np.arange(151_000, 151_400)
AXES = ("seed", "member", "month", "site", "first", "second")


@jax.jit
def draw(seed, member, month, site, first, second):
    """Return the uniform of every counter, one for each row of the arguments."""
    one = lambda s, m, t, at, i, j: random.uniform(  # noqa: E731
        random.at(random.member_key(s, m), t, at), i, j
    )
    return jax.vmap(one)(seed, member, month, site, first, second)


def counters(n: int = 1 << 18) -> dict[str, np.ndarray]:
    """Return counters as a run has them: few seeds, months, sites, many members and cells."""
    rng = np.random.default_rng(4)
    high = {"seed": 9, "member": 2000, "month": 600, "site": 10, "first": 32, "second": 200_000}
    return {name: rng.integers(0, top, n).astype(np.uint32) for name, top in high.items()}


def oracle(member, month, site, first, second, seed=1):
    """Return the two words of a counter, written again in plain NumPy."""

    def mix(a, b):
        a, b = a * mul + add, b * mul + add
        a = a + b * mul
        b = b + a * mul
        a, b = a ^ (a >> shift), b ^ (b >> shift)
        a = a + b * mul
        b = b + a * mul
        return a ^ (a >> shift), b ^ (b >> shift)

    mul, add, shift = np.uint32(1664525), np.uint32(1013904223), np.uint32(16)
    a, b = mix(np.uint32(seed) + 0 * member, member)
    a, b = mix(a ^ month, b + site)
    return mix(a ^ first, b + second)


def million() -> tuple[np.ndarray, ...]:
    """Return 1.4 million different counters: members, months, sites, streams and cells."""
    axes = (np.arange(20), np.arange(529, 536), np.array([5, 6]), np.arange(1, 10),
            np.arange(140_000, 140_556))  # fmt: skip
    grid = np.meshgrid(*axes, indexing="ij")
    return tuple(axis.ravel().astype(np.uint32) for axis in grid)


def test_uniforms_are_those_of_the_two_words():
    member, month, site, first, second = (axis[::97] for axis in million())
    seen = np.asarray(draw(np.full_like(member, 3), member, month, site, first, second))
    a, b = oracle(member, month, site, first, second, 3)
    a = a + b * np.uint32(1664525)
    a = (a ^ (a >> np.uint32(16))) * np.uint32(0x2C1B3C6D)
    a = a ^ (a >> np.uint32(15))
    np.testing.assert_array_equal(seen, ((a >> np.uint32(32 - BITS)) + 0.5) / 2.0**BITS)


def test_no_uniform_is_zero_or_one():
    # 2^27 draws: were all 24 bits kept, eight of them would round to 1 and to an infinite normal.
    key = random.at(random.member_key(1, 1), 530, Site.DEATHS)

    @jax.jit
    def ends(first):
        u = random.uniform(key, first, jnp.arange(1 << 22))
        return u.min(), u.max()

    low, high = zip(*(ends(jnp.uint32(first)) for first in range(32)), strict=True)
    assert min(map(float, low)) > 0.0
    assert max(map(float, high)) < 1.0


def test_words_of_a_million_counters_never_collide():
    a, b = oracle(*million())
    words = a.astype(np.uint64) << np.uint64(32) | b
    assert len(words) > 1_400_000
    assert len(np.unique(words)) == len(words)


def test_uniforms_collide_no_more_than_their_bits_imply():
    # Pairs that agree are Poisson with mean n(n-1)/2^(bits+1); 5 sd: 1 false alarm in 1.7 million.
    axes = million()
    u = np.asarray(draw(np.full_like(axes[0], 1), *axes))
    assert u.min() > 0
    assert u.max() < 1
    number = np.unique(u, return_counts=True)[1].astype(float)
    pairs = (number * (number - 1) / 2).sum()
    expected = len(u) * (len(u) - 1) / 2 / 2**BITS
    assert abs(pairs - expected) < 5 * np.sqrt(expected)


@pytest.mark.parametrize("axis", AXES)
def test_uniform_along_every_counter(axis):
    # One counter runs, the others stand still: KS at 1 false alarm in 100,000.
    n = 1 << 16
    fixed = {"seed": 1, "member": 17, "month": 529, "site": 5, "first": 3, "second": 150_100}
    where = {name: np.full(n, value, np.uint32) for name, value in fixed.items()}
    where[axis] = np.arange(n, dtype=np.uint32)
    u = np.asarray(draw(*(where[name] for name in AXES)), float)
    assert stats.kstest(u, "uniform").pvalue > 1e-5


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("step", [1, 2, 720])
def test_neighbours_along_every_counter_do_not_know_each_other(axis, step):
    # Correlation is normal with sd 1/sqrt(n); 5 sd, and a 16 x 16 table at 1 in 100,000.
    where = counters()
    u = np.asarray(draw(*(where[name] for name in AXES)), float)
    where[axis] = where[axis] + np.uint32(step)
    v = np.asarray(draw(*(where[name] for name in AXES)), float)
    assert abs(np.corrcoef(u, v)[0, 1]) < 5 / np.sqrt(len(u))
    table = np.histogram2d(u, v, bins=16, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(table.ravel()).pvalue > 1e-5


def test_normals_are_standard():
    key = random.at(random.member_key(2, 5), 529, Site.LEVEL_SLOW)
    z = np.asarray(random.normal(key, jnp.arange(200)[:, None], jnp.asarray(GIDS)), float).ravel()
    assert stats.kstest(z, "norm").pvalue > 1e-5
    assert np.isfinite(z).all()


def test_draws_do_not_depend_on_what_else_is_drawn():
    key = random.at(random.member_key(7, 3), 530, Site.EVENTS)
    streams = jnp.asarray([3, 7, 11])
    few = random.uniform(key, streams[:, None], jnp.asarray(GIDS))
    more = random.uniform(key, jnp.asarray([11, 99, 3, 7])[:, None], jnp.asarray(GIDS))
    np.testing.assert_array_equal(few, np.asarray(more)[[2, 3, 0]])
    cells = random.uniform(key, streams[:, None], jnp.asarray(GIDS[::-3]))
    np.testing.assert_array_equal(cells, np.asarray(few)[:, ::-3])


def test_sites_are_permanent():
    # Renumbering a site changes every stored forecast: append, never change.
    assert {site.name: site.value for site in Site} | FIRST_SITES == {
        site.name: site.value for site in Site
    }
    assert len({site.value for site in Site}) == len(Site)


FIRST_SITES = {
    "LEVEL_SLOW": 1, "LEVEL_FAST": 2, "LEVEL_COMMON": 3, "LEVEL_COMMON_FAST": 4, "EVENTS": 5,
    "DEATHS": 6, "DISPLACED": 7, "REFERENCE": 8, "PARAMETERS": 9,
}  # fmt: skip
