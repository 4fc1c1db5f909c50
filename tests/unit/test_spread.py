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

GRID = GridScatter(per_death=12.0, constant=0.05, events_per_death=0.3)
EDGES = np.r_[-np.inf, 0.5 * (SCORES[1:] + SCORES[:-1]), np.inf]
WEIGHT = np.diff(ndtr(EDGES))


def test_scattered_deaths_have_the_grids_mean_variance_and_empty_months():
    scatter = level_spread.scatter_of(GRID)
    at = int(np.argmin(np.abs(LOG_LEVELS - np.log(60.0))))
    mean = np.exp(LOG_LEVELS[at])
    deaths = scatter[at]
    assert deaths @ VALUES == pytest.approx(mean, rel=0.03)
    variance = GRID.per_death * mean + GRID.constant * mean**2
    assert deaths @ (VALUES - mean) ** 2 == pytest.approx(variance, rel=0.15)
    low = int(np.argmin(np.abs(LOG_LEVELS - np.log(2.0))))
    events = 0.3 * np.exp(LOG_LEVELS[low])
    expected = (1 + GRID.constant * events) ** (-1 / GRID.constant)
    seen = scatter[low][0]
    assert expected <= seen < expected + 0.35, "and those whose deaths round to none"
    np.testing.assert_allclose(scatter[:-5].sum(axis=-1), 1.0, atol=0.02)


def test_a_level_scattered_and_recovered_is_that_level():
    scatter = level_spread.scatter_of(GRID)
    truth = np.exp(-0.5 * ((LOG_LEVELS - np.log(50.0)) / 0.6) ** 2)
    truth /= truth.sum()
    found = level_spread.deconvolved((truth @ scatter)[None], scatter)[0]
    np.testing.assert_allclose(np.cumsum(found), np.cumsum(truth), atol=0.05)
    np.testing.assert_allclose(found @ scatter, truth @ scatter, atol=0.004)


def test_a_forecast_tighter_than_the_grid_keeps_its_median():
    """The grid scatters more than the forecast: the level has hardly any spread left."""
    scatter = level_spread.scatter_of(GridScatter(60.0, 0.1, 0.1))
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
def test_the_grids_scatter_is_that_of_events_and_their_deaths(world, cells, dispersion):
    """The variance of a sum of events with lognormal deaths, counted cell by cell."""
    one = stats.lognorm(0.8, scale=np.exp(1.0))
    rate = np.array(cells)
    _, grid = simulated(world, cells, dispersion)
    assert grid.per_death == pytest.approx(one.moment(2) / one.mean(), rel=1e-5)
    assert grid.constant == pytest.approx((rate**2).sum() / dispersion / rate.sum() ** 2, rel=1e-5)
    assert grid.events_per_death == pytest.approx(1.0 / one.mean(), rel=1e-5)


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
