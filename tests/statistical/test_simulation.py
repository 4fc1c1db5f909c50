"""Simulated wars against the law of their level, and what common luck is worth."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import model_fixtures as mf
from liptako.model.simulate import Start, compile_batch
from liptako.runs.executor import run_members

MEMBERS = np.arange(2000)
CENTRE = np.log(np.array([[30.0, 60.0, 3.0], [20.0, 6.0, 1.0]]))
"""Median deaths a month by block and country."""
UP, DOWN = 0.5, 0.8
MEMORYLESS = {
    "violence__excitation": np.zeros((4, 4, 3)),
    "violence__contagion": np.zeros((4, 3, 2)),
    "presence__suppression": 0.0,
}


@pytest.fixture(scope="module")
def batch():
    """Return a batch that keeps deaths and level by block and country."""
    in_block = jnp.asarray(np.arange(2)[:, None] == mf.world().structure.block)

    def observe(structure, month):
        return in_block @ month.deaths @ structure.country_matrix, month.level

    return compile_batch(mf.world().structure, observe, lambda structure, seen, real: seen)


def start_at(spread: float = 1.0, centre: np.ndarray = CENTRE) -> Start:
    """Return a start whose level is a split normal around `centre`, wider with the lead."""
    start = mf.world().start()
    scores = np.asarray(start.background.scores)
    shape = UP * np.maximum(scores, 0) + DOWN * np.minimum(scores, 0)
    wider = np.linspace(0.5, 1.0, mf.MONTHS)[:, None, None, None]
    nodes = centre[None, :, :, None] + spread * wider * shape
    forcing = replace(start.forcing, level_nodes=jnp.asarray(nodes, jnp.float32))
    return replace(start, forcing=forcing)


def simulated(batch, start: Start, members: np.ndarray = MEMBERS, **changes):
    """Return deaths and level, `[member, month, block, country]`."""
    params = mf.plain_params(mf.world().structure, **changes)
    parts = [
        [part[:real] for part in kept]
        for kept, real in run_members(batch, start, lambda m: mf.stack(params, len(m)), members)
    ]
    return tuple(np.concatenate(part).astype(float) for part in zip(*parts, strict=True))


def scores_of(level: np.ndarray, start: Start) -> np.ndarray:
    """Return the normal scores that the levels are the quantiles of."""
    nodes, scores = np.asarray(start.forcing.level_nodes), np.asarray(start.background.scores)
    z = np.empty_like(level)
    for place in np.ndindex(level.shape[1:]):
        z[:, *place] = np.interp(level[:, *place], nodes[place], scores)
    return z


def test_levels_have_the_law_and_memory_that_history_gives_them(batch):
    # 18 KS tests at 1e-5 each; correlations within 5 standard errors.
    start = start_at()
    z = scores_of(simulated(batch, start)[1], start)
    for month in (0, 5, 11):
        for place in np.ndindex(2, 3):
            assert stats.kstest(z[:, month, *place], "norm").pvalue > 1e-5
    error = 5 / np.sqrt(len(MEMBERS))
    np.testing.assert_allclose(z.mean(0), 0.0, atol=error)
    np.testing.assert_allclose(z.var(0), 1.0, atol=np.sqrt(2) * error)
    kept = np.minimum(0.8 * np.asarray(start.background.spread_ratio), 1.0)
    for gap in (1, 4):
        seen = (z[:, 2] * z[:, 2 + gap]).mean(0)
        np.testing.assert_allclose(seen, kept * 0.9**gap, atol=2 * error)
    between = (z[:, 6, 0, 0] * z[:, 6, 1, 1]).mean()
    assert between == pytest.approx(0.3, abs=1.2 * error)


def excess(deaths: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Return mean deaths over those of the level, in standard errors, by month and series."""
    gap = deaths - np.exp(level)
    return gap.mean(0) / (gap.std(0) / np.sqrt(len(gap)))


def test_mean_deaths_are_those_of_the_level(batch):
    # Paired with each member's own level; 72 normal scores, 5 sd: 1 false alarm in 24,000.
    quiet = {"presence__suppression": 0.0, "violence__contagion": np.zeros((4, 3, 2))}
    deaths, level = simulated(batch, start_at(), **quiet)
    assert abs(excess(deaths, level)).max() < 5
    ratio = deaths.sum((0, 1)) / np.exp(level).sum((0, 1))
    np.testing.assert_allclose(ratio, 1.0, atol=0.1)
    # A model that ignores the level must fail.
    ignored, _ = simulated(batch, start_at(0.0, 0.0 * CENTRE), **quiet)
    assert abs(excess(ignored, level)).max() > 5


def test_with_neighbours_and_presence_totals_stay_near_the_level(batch):
    # Pressure moves between cells and countries, so the level is kept only nearly.
    deaths, level = simulated(batch, start_at())
    ratio = deaths[..., :2].sum((0, 1)) / np.exp(level[..., :2]).sum((0, 1))
    np.testing.assert_allclose(ratio, 1.0, atol=0.12)


def oracle(month: int, n: int = 6000) -> np.ndarray:
    """Return deaths `[draw, block, country]` of the same law, drawn by NumPy and SciPy alone."""
    structure, rng = mf.world().structure, np.random.default_rng(17)
    z = rng.standard_normal((n, 2, 3))
    wider = np.linspace(0.5, 1.0, mf.MONTHS)[month]
    level = CENTRE + wider * np.where(z > 0, UP, DOWN) * z
    one = np.floor(np.exp(1.0 + 0.8 * rng.standard_normal(1_000_000)))
    deaths = np.zeros((n, 2, 3))
    for block in range(2):
        streams = np.flatnonzero(structure.block == block)
        for country in range(3):
            cells = structure.background_share[structure.country == country]
            total = np.exp(level[:, block, country]) / one.mean() / len(streams)
            mean = total[:, None, None] * np.repeat(cells[None, None], len(streams), axis=1)
            count = rng.negative_binomial(0.5, 0.5 / (0.5 + mean)).sum((1, 2))
            for i, events in enumerate(count):
                deaths[i, block, country] = rng.choice(one, events).sum()
    return deaths


def distances(deaths: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the p-value of the two-sample KS test of each series."""
    return np.array(
        [stats.ks_2samp(deaths[:, *at], other[:, *at]).pvalue for at in np.ndindex(2, 3)]
    )


def test_quantiles_are_those_of_an_independent_simulation(batch):
    # Without memory the law can be drawn elsewhere; 6 KS tests at 1e-4 each.
    expected = oracle(11)
    deaths, _ = simulated(batch, start_at(), **MEMORYLESS)
    assert distances(deaths[:, 11], expected).min() > 1e-4
    for broken in (start_at(0.0), start_at(centre=CENTRE + 0.3)):
        wrong, _ = simulated(batch, broken, **MEMORYLESS)
        assert distances(wrong[:, 11], expected).min() < 1e-6


def test_common_luck_makes_small_policies_visible():
    world, members = mf.world(), np.arange(600)
    small, baseline, other = (
        mf.run(world, members, world.start(policy, seed), batch=mf.shared_batch())
        for policy, seed in (("small", 5), ("baseline", 5), ("baseline", 99))
    )
    stream = world.structure.streams.index("rebels_civilians")
    small, baseline, other = (
        run["events"][:, :, stream].sum((1, 2)).astype(float) for run in (small, baseline, other)
    )
    paired, unpaired = small - baseline, small - other
    assert paired.var() < 0.15 * unpaired.var()
    assert paired.mean() < -5 * paired.std() / np.sqrt(len(members))
    assert paired.mean() / baseline.mean() == pytest.approx(np.expm1(-0.4 * 0.2), abs=0.05)
