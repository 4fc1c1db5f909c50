"""The level less the grid's own scatter: what scatters around it gives the forecast of deaths."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtr

import model_fixtures as mf
from liptako.model.level import SCORES, VALUES, LevelLaw, quantiles
from liptako.runs import level_spread
from liptako.runs.level_spread import LOG_LEVELS, GridScatter

DEADLY = level_spread._of_an_event(np.array([[1.0, np.log(0.8)], [0.2, np.log(1.6)]]))
GRID = GridScatter(DEADLY[0], cluster=0.05)
EDGES = np.r_[-np.inf, 0.5 * (SCORES[1:] + SCORES[:-1]), np.inf]
WEIGHT = np.diff(ndtr(EDGES))


def summed(grid: GridScatter, mean: float, log_median: float, log_sd: float) -> np.ndarray:
    """Return deaths of 200,000 months drawn event by event."""
    rng = np.random.default_rng(3)
    one = grid.deadly @ np.arange(len(grid.deadly))
    rate = rng.gamma(1.0 / grid.cluster, grid.cluster * mean / one, 200_000)
    events = rng.poisson(rate)
    deaths = np.floor(np.exp(rng.normal(log_median, log_sd, events.sum())))
    return np.bincount(np.repeat(np.arange(len(events)), events), deaths, len(events))


@pytest.mark.parametrize("mean", [0.5, 8.0, 150.0])
@pytest.mark.parametrize("stream", [0, 1])
def test_a_months_deaths_are_a_sum_over_a_random_number_of_events(mean, stream):
    grid = GridScatter(DEADLY[stream], cluster=0.3)
    at = int(np.argmin(np.abs(LOG_LEVELS - np.log(mean))))
    log_median, log_sd = ((1.0, 0.8), (0.2, 1.6))[stream]
    drawn = summed(grid, np.exp(LOG_LEVELS[at]), log_median, log_sd)
    below = (drawn[:, None] <= VALUES).mean(axis=0)
    np.testing.assert_allclose(np.cumsum(level_spread.scatter_of(grid)[at]), below, atol=0.006)


def test_deaths_of_an_event_are_rounded_down():
    """The chance of none is that of less than one; the tail beyond the cut is kept at the cut."""
    assert DEADLY[1, 0] == pytest.approx(stats.lognorm(1.6, scale=np.exp(0.2)).cdf(1.0))
    wild = level_spread._of_an_event(np.array([[8.0, np.log(2.0)]]))
    np.testing.assert_allclose(wild.sum(), 1.0)
    assert wild[0, -1] == pytest.approx(
        stats.lognorm(2.0, scale=np.exp(8.0)).sf(level_spread.DEADLIEST)
    )


def test_where_a_sum_is_too_long_a_lognormal_has_its_mean_and_variance():
    grid = GridScatter(DEADLY[0], cluster=0.005)
    above = np.flatnonzero(np.exp(LOG_LEVELS) > level_spread.EXACT_TO)
    at = above[0]
    mean, number = np.exp(LOG_LEVELS[at]), np.arange(len(DEADLY[0]))
    deaths = level_spread.scatter_of(grid)[at]
    assert deaths @ VALUES == pytest.approx(mean, rel=0.03)
    variance = mean * (DEADLY[0] @ number**2) / (DEADLY[0] @ number) + 0.005 * mean**2
    assert deaths @ (VALUES - mean) ** 2 == pytest.approx(variance, rel=0.15)
    # at the seam either way says the same
    scatter = level_spread.scatter_of(grid)
    gap = np.exp(LOG_LEVELS[at] - LOG_LEVELS[at - 1])
    middle = [quantiles(np.cumsum(scatter[i]), np.array([0.5]))[0] for i in (at - 1, at)]
    assert middle[1] / middle[0] == pytest.approx(gap, rel=0.05)


def test_every_levels_chances_are_whole():
    np.testing.assert_allclose(level_spread.scatter_of(GRID)[:-5].sum(axis=-1), 1.0, atol=0.02)


def test_a_level_scattered_and_recovered_is_that_level():
    scatter = level_spread.scatter_of(GRID)
    truth = np.exp(-0.5 * ((LOG_LEVELS - np.log(50.0)) / 0.6) ** 2)
    truth /= truth.sum()
    found = level_spread.deconvolved((truth @ scatter)[None], scatter)[0]
    np.testing.assert_allclose(np.cumsum(found), np.cumsum(truth), atol=0.05)
    np.testing.assert_allclose(found @ scatter, truth @ scatter, atol=0.004)


def test_a_forecast_tighter_than_the_grid_keeps_its_median():
    """The grid scatters more than the forecast: the level has hardly any spread left."""
    scatter = level_spread.scatter_of(GridScatter(DEADLY[1], 0.1))
    forecast = np.diff(stats.nbinom.cdf(VALUES, 5, 5 / (5 + 30.0)), prepend=0.0)
    found = level_spread.deconvolved(forecast[None], scatter)[0]
    spread = np.sqrt(found @ LOG_LEVELS**2 - (found @ LOG_LEVELS) ** 2)
    assert spread < 0.4
    mixed = np.cumsum(found @ scatter)
    assert quantiles(mixed, np.array([0.5]))[0] == pytest.approx(28, abs=8)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def simulated(world, cells=(4.0,), dispersion=20.0, law=None):
    """Return what members draw from, with events of one stream in these cells only."""
    structure = world.structure
    stream = structure.streams.index("army_rebels")
    rate = np.zeros(world.prepared.state.traces.shape, np.float32)
    rate[stream, 1, : len(cells)] = cells
    posterior = replace(
        world.prepared.posterior,
        log_dispersion=np.full(4, np.log(dispersion)),
        severity=np.tile([1.0, np.log(0.8)], (4, 1)),
    )
    state = replace(world.prepared.state, traces=jnp.asarray(rate))
    series = (("AAA", "state_based"),)
    return level_spread.simulated_levels(law or wide(), series, structure, state, posterior), (
        level_spread._grid_scatter(series, structure, state, posterior)[0]
    )


def wide() -> LevelLaw:
    """Return a forecast around 50 deaths, lognormal with a spread of 0.9."""
    cdf = ndtr((np.log(VALUES + 0.5) - np.log(50.0)) / 0.9)
    return LevelLaw(np.broadcast_to(cdf, (1, 14, len(VALUES))), 0.9, 0.2, 0.3)


@pytest.mark.parametrize(
    ("cells", "dispersion"), [((4.0,), 20.0), ((1.0, 3.0), 8.0)], ids=["one cell", "two"]
)
def test_the_grids_scatter_is_that_of_its_cells_and_streams(world, cells, dispersion):
    """Cells vary apart: their variances add up."""
    rate = np.array(cells)
    _, grid = simulated(world, cells, dispersion)
    assert grid.cluster == pytest.approx((rate**2).sum() / dispersion / rate.sum() ** 2, rel=1e-5)
    np.testing.assert_allclose(grid.deadly, DEADLY[0], atol=1e-9)


def test_streams_count_by_their_events(world):
    """Three quarters of the events are of one stream, a quarter of a deadlier one."""
    structure = replace(world.structure, block=np.zeros_like(world.structure.block))
    first, second = 0, 1
    rate = np.zeros(world.prepared.state.traces.shape, np.float32)
    rate[first, 1, 0], rate[second, 1, 0] = 3.0, 1.0
    severity = np.tile([1.0, np.log(0.8)], (4, 1))
    severity[second] = 0.2, np.log(1.6)
    posterior = replace(
        world.prepared.posterior, log_dispersion=np.full(4, np.log(10.0)), severity=severity
    )
    state = replace(world.prepared.state, traces=jnp.asarray(rate))
    series = (("AAA", "state_based"),)
    grid = level_spread._grid_scatter(series, structure, state, posterior)[0]
    np.testing.assert_allclose(grid.deadly, 0.75 * DEADLY[0] + 0.25 * DEADLY[1], atol=1e-9)
    mean = DEADLY @ np.arange(DEADLY.shape[1])
    deaths = 3.0 * mean[0] + mean[1]
    expected = ((3.0 * mean[0]) ** 2 + mean[1] ** 2) / 10.0 / deaths**2
    assert grid.cluster == pytest.approx(expected, rel=1e-5)


def test_level_and_grid_together_have_the_forecast(world):
    found, grid = simulated(world)
    scatter = level_spread.scatter_of(grid)
    rows = np.stack([np.interp(found.log_level[0, 5], LOG_LEVELS, row) for row in scatter.T], 1)
    mixed = np.cumsum(WEIGHT @ rows)
    np.testing.assert_allclose(mixed, wide().cdf[0, 5], atol=0.03)
    assert (np.diff(found.log_level, axis=-1) >= 0).all()


def test_the_spread_that_is_left_says_how_much_the_grid_takes(world):
    tight, _ = simulated(world, cells=(4.0,), dispersion=1.0)
    loose, _ = simulated(world, cells=(4.0,), dispersion=1e4)
    assert tight.spread_ratio[0] > loose.spread_ratio[0] > 1.0
    assert np.ptp(tight.log_level[0, 5, 8:25]) < np.ptp(loose.log_level[0, 5, 8:25])
