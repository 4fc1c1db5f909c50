"""The pooled networks: features, levels and distribution, by a network whose answer is known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats

from liptako.model import networks
from liptako.model.networks import NODES, Network, NetworkFit

MONTHS = np.arange(1, 37)


def by_hand(stretch: float = 0.0) -> NetworkFit:
    """Return a fit whose networks say the same of any history: 0.4, and spreads up and down."""
    n = len(networks.FEATURES), networks.N_INPUTS
    log_spread = np.log([0.2, 0.5]) - networks.BASE_LOG_SPREAD
    network = Network(
        hidden=np.zeros((2, n[1], 3)),
        hidden_bias=np.zeros((2, 3)),
        out=np.zeros((2, 3, 3)),
        out_bias=np.tile([0.4, *log_spread], (2, 1)),
        bypass=np.zeros((2, n[1], 3)),
    )
    return NetworkFit(network, np.zeros(n[0]), np.ones(n[0]), (0.6, 0.5), stretch)


def test_smoothed_impulse_decays_by_its_half_life():
    pulse = np.zeros((400, 1))
    pulse[300] = 1.0
    means = networks.smoothed(pulse)[:, 0]
    for row, half_life in zip(means[:4], networks.HALF_LIVES_MONTHS[:4], strict=True):
        assert row[300] == pytest.approx(1 - 0.5 ** (1 / half_life))
        assert row[312] / row[300] == pytest.approx(0.5 ** (12 / half_life), rel=1e-4)


def test_a_short_history_is_not_taken_for_a_peaceful_one():
    np.testing.assert_allclose(networks.smoothed(np.full((5, 1), 3.0)), 3.0)


def test_features_use_no_later_month():
    rng = np.random.default_rng(4)
    history = rng.poisson(rng.gamma(1.0, 20.0, (150, 4))).astype(float)
    whole = networks.features(history)
    for month in (13, 60, 149):
        np.testing.assert_array_equal(networks.features(history[: month + 1])[-1], whole[month])


def test_ratios_do_not_depend_on_the_scale():
    rng = np.random.default_rng(4)
    busy = rng.poisson(20.0, (150, 4)) + 200.0
    at = networks.FEATURES.index("level over 12 months")
    change = np.abs(networks.features(10 * busy)[-1] - networks.features(busy)[-1])
    assert np.delete(change, at, axis=-1).max() < 0.02
    assert change[:, at] == pytest.approx(np.log(10) / 2, abs=0.01)


def test_the_level_is_the_anchor_times_what_the_networks_say():
    """Of 40 a month: log(40 + 0.3) + 0.4, 0.2 more a score above and 0.5 less a score below."""
    found = networks.log_levels(by_hand(), np.full((240, 1), 40.0), MONTHS)
    expected = np.log(40.3) + 0.4 + 0.2 * np.maximum(NODES, 0.0) + 0.5 * np.minimum(NODES, 0.0)
    np.testing.assert_allclose(found[0], np.broadcast_to(expected, (36, len(NODES))))


def test_one_month_does_not_move_the_anchor_far():
    history = np.full((240, 1), 10.0)
    history[-1] = 40_000.0
    assert np.exp(networks.anchor(history)[-1, 0]) < 10 * 8 + 25


def test_beyond_a_year_the_spread_grows_with_the_lead():
    found = networks.log_levels(by_hand(stretch=0.5), np.full((240, 1), 40.0), MONTHS)
    width = found[0, :, -1] - found[0, :, 0]
    np.testing.assert_allclose(width[:12], width[0])
    np.testing.assert_allclose(width[[23, 35]] / width[0], [np.sqrt(2), np.sqrt(3)])


def test_the_lead_enters_the_networks_as_months_from_the_origin():
    """A bypass on the log of the lead over 8 months, alone, is zero at 8 and log 2 at 16."""
    fit = by_hand()
    bypass = np.zeros_like(fit.network.bypass)
    bypass[:, len(networks.FEATURES), 0] = 1.0
    fit = dataclasses.replace(fit, network=fit.network._replace(bypass=bypass))
    found = networks.log_levels(fit, np.full((240, 1), 40.0), MONTHS)
    middle = found[0, :, len(NODES) // 2] - np.log(40.3) - 0.4
    np.testing.assert_allclose(middle[[0, 7, 15]], np.log([1 / 8, 1.0, 2.0]), atol=1e-12)


def test_deaths_scatter_around_the_level_as_their_mean_says():
    """A level without spread: a negative binomial of the size that 40 a month have."""
    fit = by_hand()
    bias = np.tile([0.4, -20.0, -20.0], (2, 1))
    fit = dataclasses.replace(fit, network=fit.network._replace(out_bias=bias))
    values = np.arange(300.0)
    cdf = networks.network_cdf(fit, np.full((240, 1), 40.0), values, np.array([3]))[0, 0]
    size = np.exp(0.6 + 0.5 * np.log(41 / 20))
    mean = 40.3 * np.exp(0.4)
    np.testing.assert_allclose(cdf, stats.nbinom.cdf(values, size, size / (size + mean)), atol=2e-3)
