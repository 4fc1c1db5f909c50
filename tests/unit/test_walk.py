"""What a month carries on: memory by half-lives, the level's score, the reference."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.emit import Observed
from liptako.model.processes import memory, shocks
from liptako.model.random import Site

RNG = np.random.default_rng(17)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def test_half_of_a_trace_is_left_after_its_half_life(world):
    state = world.start().state
    quiet = replace(state, counts=0 * state.counts, reference_counts=0 * state.reference_counts)
    for h, months in enumerate(mf.HALF_LIFE):
        after = quiet
        for _ in range(int(months)):
            after = memory.absorb(world.params, after)
        np.testing.assert_allclose(after.traces[:, h], 0.5 * quiet.traces[:, h], rtol=1e-4)
        left = 0.5 * quiet.reference_traces[:, h]
        np.testing.assert_allclose(after.reference_traces[:, h], left, rtol=1e-4)


@pytest.fixture(scope="module", params=[1.0, 1.25], ids=["level alone", "and the grid's scatter"])
def walked(world, request):
    """Return the state a month on under given normals, and what it should be.

    With a grid that scatters by itself, less of the level is new: of 0.36, 1 - 0.64 * 1.25 = 0.2.
    """
    start = world.start()
    new = 1.0 - 0.64 * request.param
    params = mf.plain_params(
        world.structure, shocks__persistence=0.8, shocks__transient=0.36, shocks__correlation=0.25
    )
    slow, fast, before = RNG.normal(0.0, 0.7, (3, 2, 3))
    common, common_fast = 0.9, -1.1
    seen = {
        Site.LEVEL_SLOW: slow, Site.LEVEL_FAST: fast,
        Site.LEVEL_COMMON: [[common]], Site.LEVEL_COMMON_FAST: [[common_fast]],
    }  # fmt: skip
    emit = Observed({int(site): jnp.asarray(value, jnp.float32) for site, value in seen.items()})
    state = replace(start.state, level_score=jnp.asarray(before, jnp.float32))
    forcing = mf.forcing_at(start.forcing, 0)
    ratio = jnp.full_like(start.background.spread_ratio, request.param)
    background = replace(start.background, spread_ratio=ratio)
    after = shocks.walk(world.structure, background, params, state, forcing, emit)
    own, shared = np.sqrt(0.75), 0.5
    score = 0.8 * before + 0.6 * (own * slow + shared * common)
    fresh = own * fast + shared * common_fast
    return after, score, np.sqrt(1.0 - new) * score + np.sqrt(new) * fresh


def test_the_score_of_the_level_moves_as_an_autoregression_with_a_common_part(walked):
    """Persistence 0.8, so news count 0.6; correlation 0.25, so a half of each is common."""
    after, slow, _ = walked
    np.testing.assert_allclose(after.level_score, slow, rtol=1e-5)


def test_the_level_is_read_at_a_score_of_which_a_share_is_new_each_month(world, walked):
    """The transient share 0.36 is of the variance: 0.6 of the score, and 0.8 of the slow part."""
    after, _, score = walked
    scores = np.asarray(world.start().background.scores)
    nodes = np.asarray(world.start().forcing.level_nodes[0])
    for place in np.ndindex(2, 3):
        expected = np.interp(score[place], scores, nodes[place])
        assert float(after.level[place]) == pytest.approx(expected, rel=1e-4)
