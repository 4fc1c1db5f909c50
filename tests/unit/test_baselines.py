"""Baselines: what they draw from, closed forms of their laws, recovery of fits, no leakage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from liptako.errors import InputError
from liptako.verification import (
    CountKernel,
    bootstrap_240,
    choose_half_life,
    conflictology,
    conflictology_neighbours,
    conflictology_smoothed,
    coverage,
    crps_ensemble,
    ew_level,
    fit_level_kernel,
    fit_mixture_kernel,
    last_observation_poisson,
    zero,
)
from liptako.verification.kernels import exponential_level

LAW = CountKernel(size=1.5, half=2.0, floor=0.5, zero_size=0.05)


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    """Return 200 months of 12 units at war at different levels, drifting slowly."""
    rng = np.random.default_rng(12)
    drift = 0.1 * rng.normal(size=(200, 12)).cumsum(axis=0)
    mean = np.exp(np.linspace(-2, 4, 12) + drift - drift.mean(axis=0))
    return rng.poisson(rng.gamma(1.5, mean / 1.5)).astype(float)


FORECASTS = {
    "conflictology": conflictology,
    "neighbours": lambda past: conflictology_neighbours(past, [[1], *[[0]] * (past.shape[1] - 1)]),
    "poisson": last_observation_poisson,
    "bootstrap": bootstrap_240,
    "own bootstrap": lambda past: bootstrap_240(past, pooled=False),
    "zero": zero,
    "level": lambda past: ew_level(past, 3.0),
    "smoothed": conflictology_smoothed,
}


@pytest.mark.parametrize("forecast", FORECASTS.values(), ids=FORECASTS.keys())
def test_shape_counts_and_reproducibility(forecast, history):
    draws = forecast(history)
    assert draws.shape[:2] == (12, 12)
    assert draws.dtype == np.float64
    assert (draws >= 0).all()
    np.testing.assert_array_equal(draws, np.round(draws))
    np.testing.assert_array_equal(draws, forecast(history.copy()))


@pytest.mark.parametrize("name", ["poisson", "bootstrap", "level", "smoothed"])
def test_seeds_and_leads_have_draws_of_their_own(name, history):
    function = {
        "poisson": last_observation_poisson,
        "bootstrap": bootstrap_240,
        "level": lambda past, seed: ew_level(past, 3.0, kernel=LAW, seed=seed),
        "smoothed": lambda past, seed: conflictology_smoothed(past, kernel=LAW, seed=seed),
    }[name]
    one, two = function(history, seed=1), function(history, seed=2)
    assert (one != two).any()
    assert (one[0] != one[1]).any()


def test_conflictology_is_the_last_year_in_order(history):
    draws = conflictology(history, n_leads=3)
    for lead in range(3):
        np.testing.assert_array_equal(draws[lead], history[-12:].T)


def test_neighbours_are_pooled_with_equal_weight(history):
    draws = conflictology_neighbours(history, [[1, 2], *[[]] * 11], n_draws=36)
    np.testing.assert_array_equal(draws[0, 0], np.sort(history[-12:, :3], axis=None))
    np.testing.assert_array_equal(draws[0, 5], np.repeat(np.sort(history[-12:, 5]), 3))
    for wrong in ([[0], *[[]] * 11], [[12], *[[]] * 11], [[1, 1], *[[]] * 11], [[]]):
        with pytest.raises(InputError, match="neighbours"):
            conflictology_neighbours(history, wrong)


def test_poisson_mean_and_variance_are_the_last_month(history):
    draws = last_observation_poisson(history, n_draws=4000)
    error = 4 * np.sqrt(np.maximum(history[-1], 1e-9) / (12 * 4000))
    assert (np.abs(draws.mean(axis=(0, 2)) - history[-1]) <= error).all()
    war = history[-1] > 5
    np.testing.assert_allclose(draws.var(axis=(0, 2))[war], history[-1][war], rtol=0.1)


def test_bootstrap_draws_from_the_pool_and_nowhere_else():
    past = np.vstack([np.full((60, 2), 99.0), np.tile([1.0, 3.0], (240, 1))])
    past[100:130, 1] = np.nan
    pooled, own = bootstrap_240(past), bootstrap_240(past, pooled=False)
    share = 240 / (240 + 210)
    assert set(np.unique(pooled)) == {1.0, 3.0}
    assert abs((pooled == 1).mean() - share) < 4 * np.sqrt(share * (1 - share) / pooled.size)
    assert (own[:, 0] == 1).all()
    assert (own[:, 1] == 3).all()


@pytest.mark.parametrize("half_life", [0.5, 3.0, 40.0])
def test_level_is_the_weighted_mean(half_life):
    past = np.random.default_rng(0).poisson(20, (30, 2)).astype(float)
    past[7, 0] = np.nan
    weight = 0.5 ** (np.arange(29, -1, -1) / half_life)
    for unit in range(2):
        seen = ~np.isnan(past[:, unit])
        expected = (weight[seen] @ past[seen, unit]) / weight[seen].sum()
        assert exponential_level(past, half_life)[-1, unit] == pytest.approx(expected)


def test_kernel_is_the_negative_binomial():
    value = np.array([0.0, 0.3, 2.0, 50.0])
    mean, size = LAW.law(value)
    for count in (0.0, 1.0, 7.0, 400.0):
        expected = stats.nbinom.logpmf(count, size, size / (size + mean))
        np.testing.assert_allclose(LAW.log_pmf(np.full(4, count), value), expected, rtol=1e-9)
    draws = LAW.draw(np.full(200_000, 50.0), np.random.default_rng(1))
    variance = mean[3] + mean[3] ** 2 / size[3]
    assert abs(draws.mean() - mean[3]) < 4 * np.sqrt(variance / draws.size)
    assert draws.var() == pytest.approx(variance, rel=0.05)


def test_fits_recover_the_law():
    rng = np.random.default_rng(8)
    truth = CountKernel(size=2.0, half=1e-6, floor=1e-6, zero_size=0.05)
    level = np.repeat(np.exp(np.linspace(2, 6, 200))[None], 400, axis=0)
    fitted = fit_level_kernel(truth.draw(level, rng), 120.0)
    _, size = fitted.law(np.array([100.0]))
    assert size[0] == pytest.approx(2.0, rel=0.15)
    # Twelve months mixed already hold the spread of the law: a sharp kernel is the fit.
    _, mixed = fit_mixture_kernel(truth.draw(level[-160:, ::10], rng)).law(np.array([100.0]))
    assert mixed[0] > 1.5 * size[0]


def test_level_and_mixture_have_their_means():
    past = np.tile([40.0, 0.0], (60, 1))
    for draws in (
        ew_level(past, 3.0, kernel=LAW, n_draws=20000),
        conflictology_smoothed(past, kernel=LAW, n_draws=20000),
    ):
        mean, size = LAW.law(past[-1])
        error = np.sqrt((mean + mean**2 / size) / (12 * 20000))
        assert (np.abs(draws.mean(axis=(0, 2)) - mean) < 4 * error).all()


def test_smoothing_covers_what_twelve_draws_cannot(history):
    obs, past = history[-12:], history[:-14]
    raw = coverage(obs, conflictology(past))
    assert raw < 0.9
    assert raw + 0.04 < coverage(obs, conflictology_smoothed(past)) <= 1
    # Each of the twelve months is mixed in with equal weight.
    law = CountKernel(size=1e6, half=1e-6, floor=1e-6, zero_size=1e6)
    values = np.arange(12.0)[:, None] * 1000
    draws = conflictology_smoothed(values, kernel=law, n_draws=1200)[0, 0]
    np.testing.assert_array_equal(np.bincount(np.round(draws / 1000).astype(int)), [100] * 12)


def test_fit_and_forecast_see_only_the_last_training_months(history):
    far = history.copy()
    far[:-150] += 50  # before the origins of the fit (their first 12 months and 120 more)
    assert fit_mixture_kernel(far) == fit_mixture_kernel(history)
    near = history.copy()
    near[-1] += 50  # the last outcome of the last origin
    assert fit_mixture_kernel(near) != fit_mixture_kernel(history)


def test_choose_half_life_tells_jumps_from_noise():
    rng = np.random.default_rng(2)
    steady = rng.poisson(20, (120, 8)).astype(float)
    jumps = rng.poisson(np.repeat(np.exp(rng.normal(3, 1.5, (6, 8))), 20, axis=0)).astype(float)
    kept = {"candidates": [1.0, 24.0], "windows": 4, "score": crps_ensemble}
    assert choose_half_life(steady, **kept)[0] == 24.0
    best, means = choose_half_life(jumps, **kept)
    assert best == 1.0
    assert means[1.0] < means[24.0]


def test_choose_half_life_windows_end_with_history():
    past = np.random.default_rng(3).poisson(20, (60, 3)).astype(float)
    seen = []

    def record(obs, draws):
        seen.append((obs, draws))
        return crps_ensemble(obs, draws)

    choose_half_life(past, candidates=[3.0], windows=2, score=record)
    for (obs, draws), end in zip(seen, (60, 48), strict=True):
        np.testing.assert_array_equal(obs, past[end - 12 : end])
        np.testing.assert_array_equal(draws, ew_level(past[: end - 14], 3.0, n_draws=200))


@pytest.mark.usefixtures("unchecked")
def test_what_is_unobserved_negative_or_too_short_is_refused(history):
    hole = history.copy()
    hole[-5, 3] = np.nan
    with pytest.raises(InputError, match="unobserved"):
        conflictology(hole)
    last_observation_poisson(hole)
    for call in (
        lambda: conflictology(history[:11]),
        lambda: conflictology(-history),
        lambda: conflictology(history[0]),
        lambda: zero(history[:0]),
        lambda: last_observation_poisson(np.full((3, 1), np.nan)),
        lambda: bootstrap_240(np.full((3, 1), np.nan)),
        lambda: ew_level(np.full((3, 1), np.nan), 3.0),
        lambda: ew_level(history, 0.0),
        lambda: ew_level(history[:14], 3.0),
        lambda: conflictology_smoothed(history[:20]),
        lambda: choose_half_life(history, candidates=[]),
        lambda: choose_half_life(history, candidates=[3.0], windows=30),
    ):
        with pytest.raises(InputError):
            call()
