"""The level's spread less what the grid adds: the law of total variance on one invented cell."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import model_fixtures as mf
from liptako.model.level import SCORES, LevelLaw
from liptako.runs.level_spread import LEAST_SHARE, simulated_levels

MEDIAN, SD = 50.0, 0.6
LOG_MEDIAN, LOG_SD = 1.0, 0.8
"""Of the deaths of one event."""

KERNEL = 20.0


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def shrunk(world, cells=(4.0,), dispersion=20.0, sd=SD):
    """Return the quantiles of a level that members draw from, with events in these cells only."""
    structure = world.structure
    stream = structure.streams.index("army_rebels")
    rate = np.zeros(world.prepared.state.traces.shape, np.float32)
    rate[stream, 1, : len(cells)] = cells
    posterior = replace(
        world.prepared.posterior,
        log_dispersion=np.full(4, np.log(dispersion)),
        severity=np.tile([LOG_MEDIAN, np.log(LOG_SD)], (4, 1)),
    )
    law = LevelLaw(
        score=SCORES,
        log_level=np.log(MEDIAN) + sd * SCORES[None, None, :],
        persistence=0.9,
        transient=0.2,
        dispersion=np.array([KERNEL]),
        correlation=0.3,
    )
    state = replace(world.prepared.state, traces=jnp.asarray(rate))
    series = (("AAA", "state_based"),)
    return simulated_levels(law, series, structure, state, posterior)[0, 0]


def spread(levels) -> float:
    """Return the standard deviation of a level that is normal in logarithms."""
    slope = np.diff(levels) / np.diff(SCORES)
    np.testing.assert_allclose(slope, slope[0], rtol=1e-6)
    return slope[0]


@pytest.mark.parametrize(
    ("cells", "dispersion"), [((4.0,), 20.0), ((1.0, 3.0), 8.0)], ids=["one cell", "two"]
)
def test_level_and_grid_together_have_the_spread_of_the_law(world, cells, dispersion):
    """Log variances add: level and kernel before, level and grid after.

    The grid's relative variance is that of a sum of so many events, whose deaths have the second
    moment of a lognormal, and of counts that scatter by their dispersion cell by cell.
    """
    one = stats.lognorm(LOG_SD, scale=np.exp(LOG_MEDIAN))
    rate = np.array(cells)
    clustered = (rate**2).sum() / dispersion / rate.sum() ** 2
    grid = one.moment(2) / one.mean() / MEDIAN + clustered
    expected = SD**2 + np.log1p(1.0 / KERNEL) - np.log1p(grid)
    assert (LEAST_SHARE * SD) ** 2 < expected < SD**2
    seen = spread(shrunk(world, cells, dispersion))
    assert seen**2 == pytest.approx(expected, rel=1e-4)


def test_shrinking_the_spread_keeps_the_expected_deaths(world):
    z = np.linspace(-4.0, 4.0, 20_001)
    weight = stats.norm.pdf(z) / stats.norm.pdf(z).sum()
    before = np.exp(np.interp(z, SCORES, np.log(MEDIAN) + SD * SCORES)) @ weight
    after = np.exp(np.interp(z, SCORES, shrunk(world))) @ weight
    assert after == pytest.approx(before, rel=0.01)


def test_a_level_keeps_some_spread_whatever_the_grid_adds_and_never_gains(world):
    assert spread(shrunk(world, dispersion=0.5)) == pytest.approx(LEAST_SHARE * SD, rel=1e-4)
    one = stats.lognorm(LOG_SD, scale=np.exp(LOG_MEDIAN))
    assert one.moment(2) / one.mean() / MEDIAN > 1.0 / KERNEL, "here the grid scatters more"
    assert spread(shrunk(world, dispersion=1e6)) < SD
