"""The persistence expert: its law by hand, whose past errors count, and its level."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.model import steady
from liptako.model.steady import SteadyFit

FIT = SteadyFit(shift=0.2, size=0.7, size_by_level=0.3, size_by_lead=-0.4)


def test_the_value_is_a_weighted_mean_that_halves_in_two_months():
    constant = steady.weighted_mean(np.full((5, 2), 7.0))
    np.testing.assert_allclose(constant, 7.0, err_msg="a short history is no peaceful one")
    pulse = np.zeros((300, 1))
    pulse[200] = 1.0
    mean = steady.weighted_mean(pulse)[:, 0]
    assert mean[204] / mean[200] == pytest.approx(0.25)


def test_mean_and_size_by_hand():
    """At a value of 49 and a lead of 8 months only the two constants count."""
    mean, size = steady.mean_and_size(FIT, np.array([49.0, 49.0, 99.0]), np.array([8.0, 16.0, 8.0]))
    np.testing.assert_allclose(mean, np.exp(0.2) * np.array([49.5, 49.5, 99.5]))
    np.testing.assert_allclose(np.log(size), [0.7, 0.7 - 0.4 * np.log(2), 0.7 + 0.3 * np.log(2)])


def test_past_cases_are_what_came_so_many_months_after_each_origin():
    """Deaths that count the months: each outcome is its origin's number plus the lead."""
    history = np.arange(60.0)[:, None] + [0.0, 100.0]
    series, lead, value, seen = steady.past_cases(history)
    origins = np.arange(36, 60 - 14, 2)
    assert seen.shape == (2 * len(origins), 12)
    at = (seen - 100.0 * series - lead)[:, 0]
    assert sorted(set(at.tolist())) == origins.tolist()
    np.testing.assert_array_equal(seen - 100.0 * series - lead, at[:, None] + np.zeros(12))
    known = steady.weighted_mean(history)
    np.testing.assert_allclose(value[:, 0], known[at.astype(int), series[:, 0]])


def test_a_regular_series_is_forecast_more_sharply_than_an_erratic_one():
    rng = np.random.default_rng(5)
    regular = rng.poisson(50.0, 240)
    erratic = rng.poisson(50.0 * rng.gamma(0.3, 1.0 / 0.3, 240))
    first, second = steady.deviations(FIT, np.stack([regular, erratic], axis=1).astype(float))
    assert first > 0.5
    assert second < -0.3


def test_deaths_around_the_level_scatter_as_the_forecast_says():
    """A gamma level under a kernel has the mean and the variance of the negative binomial.

    The quantiles of 20,000 even probabilities stand for the level.
    """
    rng = np.random.default_rng(8)
    history = rng.poisson(20.0 * rng.gamma(0.5, 2.0, (240, 1))).astype(float)
    leads, kernel = np.array([3.0, 12.0]), 4.0
    even = (np.arange(20_000) + 0.5) / 20_000
    level = steady.level_quantiles(FIT, history, leads, np.array([kernel]), even)[0]
    own = steady.deviations(FIT, history)[0]
    value = steady.weighted_mean(history)[-1]
    mean, size = steady.mean_and_size(FIT, value, leads, own)
    assert (size < kernel).all(), "the level has a variance of its own"
    np.testing.assert_allclose(level.mean(axis=1), mean[0], rtol=5e-3)
    within = (level + level**2 / kernel).mean(axis=1)
    np.testing.assert_allclose(within + level.var(axis=1), mean + mean**2 / size, rtol=0.02)
    assert (np.diff(level, axis=1) > 0).all(), "quantiles rise with their probability"
