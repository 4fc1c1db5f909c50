"""Forecasts from a series' own recent months."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liptako.model import recent
from liptako.model.recent import KERNEL_SIZE, Memory

VALUES = np.arange(400.0)


def test_a_single_month_of_horror_is_cut_and_a_long_war_is_not():
    """Eight times the mean without the three highest, and 25 more."""
    quiet = np.full((24, 1), 2.0)
    quiet[-1] = 9_000.0
    assert recent.capped(quiet, 24)[-1, 0, -1] == 8 * 2.0 + 25
    war = np.full((24, 1), 300.0)
    np.testing.assert_array_equal(recent.capped(war, 24)[-1, 0], 300.0)


def test_the_cap_knows_no_later_month():
    rng = np.random.default_rng(1)
    history = rng.poisson(rng.gamma(0.3, 60.0, (60, 3))).astype(float)
    whole = recent.capped(history, 24)
    np.testing.assert_array_equal(recent.capped(history[:40], 24)[-1], whole[39])


def test_a_short_history_is_not_taken_for_a_peaceful_one():
    mean = recent.weighted_mean(np.full((15, 1), 7.0), Memory(6.0, 24))
    np.testing.assert_allclose(mean, 7.0)


def test_weights_halve_every_half_life():
    weight = recent.weights_of(np.zeros(24), 3.0)
    np.testing.assert_allclose(weight[:-3] / weight[3:], 0.5)
    assert weight.sum() == pytest.approx(1.0)
    assert weight.argmax() == 23


def test_the_forecast_is_a_mixture_of_kernels_around_months_seen():
    history = np.zeros((24, 1))
    history[-1], history[-2] = 40.0, 0.0
    cdf = recent.recent_cdf(history, Memory(1.0, 24), VALUES)[0]
    weight = recent.weights_of(np.zeros(24), 1.0)[-1]
    top = 8 * 0.0 + 25.0  # the only month of war is among the three highest
    kernel = stats.nbinom.cdf(VALUES, KERNEL_SIZE, KERNEL_SIZE / (KERNEL_SIZE + top))
    np.testing.assert_allclose(cdf, 1.0 - weight + weight * kernel, atol=1e-12)


def test_peace_is_forecast_as_peace():
    cdf = recent.recent_cdf(np.zeros((30, 2)), recent.MEMORIES[0], VALUES)
    np.testing.assert_array_equal(cdf, 1.0)
