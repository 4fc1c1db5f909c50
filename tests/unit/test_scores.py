"""Scores, calibration and paired intervals: closed forms, brute force, invariances, an oracle."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from liptako.errors import InputError
from liptako.verification import (
    IGNORANCE_EDGES,
    coverage,
    covered,
    crps_ensemble,
    crps_log1p,
    fourier_resample,
    ignorance,
    ignorance_resampled,
    interval_score,
    paired_difference,
    paired_skill,
    pit,
    pit_histogram,
    rank_histogram,
    reliability,
    spread_skill,
)

counts = st.integers(0, 2000).map(float)
cases = st.tuples(st.integers(1, 5), st.integers(1, 40)).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float64, shape[0], elements=counts),
        hnp.arrays(np.float64, shape, elements=counts),
    )
)


def negative_binomial(rng, n_cases=4000, n_draws=99, mean=6.0, size=0.8):
    law = (size, size / (size + mean))
    return rng.negative_binomial(*law, n_cases), rng.negative_binomial(*law, (n_cases, n_draws))


@given(cases)
def test_crps_is_the_energy_form_over_all_pairs(case):
    obs, draws = case
    brute = np.abs(draws - obs[:, None]).mean(1) - 0.5 * np.abs(
        draws[:, :, None] - draws[:, None, :]
    ).mean((1, 2))
    np.testing.assert_allclose(crps_ensemble(obs, draws), brute, atol=1e-9)


@given(cases)
def test_crps_agrees_with_scoringrules(case):
    obs, draws = case
    oracle = scoringrules.crps_ensemble(obs, draws, estimator="nrg", backend="numpy")
    np.testing.assert_allclose(crps_ensemble(obs, draws), oracle, atol=1e-9)


@given(cases)
def test_interval_score_agrees_with_scoringrules(case):
    obs, draws = case
    lower, upper = np.quantile(draws, [0.05, 0.95], axis=1)
    oracle = scoringrules.interval_score(obs, lower, upper, 0.1, backend="numpy")
    np.testing.assert_allclose(interval_score(obs, draws), oracle, atol=1e-6)


@given(cases)
def test_crps_of_one_draw_is_the_absolute_error(case):
    obs, draws = case
    np.testing.assert_array_equal(crps_ensemble(obs, draws[:, :1]), np.abs(draws[:, 0] - obs))


@given(cases, st.randoms(use_true_random=False), st.integers(1, 50), st.integers(-500, 500))
@settings(max_examples=50)
def test_crps_and_interval_score_invariances(case, random, scale, shift):
    obs, draws = case
    order = list(range(draws.shape[1]))
    random.shuffle(order)
    for score in (crps_ensemble, interval_score):
        value = score(obs, draws)
        assert (value >= -1e-9).all()
        np.testing.assert_allclose(score(obs, draws[:, order]), value, atol=1e-8)
        np.testing.assert_allclose(score(obs + shift, draws + shift), value, atol=1e-6)
        np.testing.assert_allclose(score(scale * obs, scale * draws), scale * value, atol=1e-5)
    doubled = crps_ensemble(obs, np.concatenate([draws, draws], axis=1))
    np.testing.assert_allclose(doubled, crps_ensemble(obs, draws), atol=1e-8)


def test_crps_of_logarithms_of_one_draw_is_their_distance():
    obs, draws = np.array([0.0, 9.0, 99.0]), np.array([[9.0], [9.0], [0.0]])
    np.testing.assert_allclose(crps_log1p(obs, draws), np.log([10, 1, 100]), atol=1e-12)


def test_crps_approaches_the_normal_closed_form():
    # Energy form over n stratified quantiles; 4,000 of them come within 1e-3 of the law.
    draws = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)
    obs = np.array([-1.5, 0.0, 2.0])
    closed = obs * (2 * stats.norm.cdf(obs) - 1) + 2 * stats.norm.pdf(obs) - 1 / np.sqrt(np.pi)
    np.testing.assert_allclose(crps_ensemble(obs, np.tile(draws, (3, 1))), closed, atol=1e-3)


@pytest.mark.parametrize("score", [crps_ensemble, crps_log1p])
def test_crps_is_proper(score):
    rng = np.random.default_rng(3)
    obs, truth = negative_binomial(rng)
    loss = score(obs, truth)
    for wrong in (truth * 2, truth // 2, np.full_like(truth, 6)):
        gap = score(obs, wrong) - loss
        assert gap.mean() > 4 * gap.std() / np.sqrt(gap.size)


def test_shapes_and_missing_observations():
    obs = np.array([[1.0, np.nan], [3.0, 4.0]])
    draws = np.random.default_rng(0).poisson(3, (2, 2, 1000)).astype(float)
    scores = (
        crps_ensemble,
        crps_log1p,
        ignorance,
        ignorance_resampled,
        interval_score,
        covered,
        pit,
    )
    for score in scores:
        value = score(obs, draws)
        assert value.shape == (2, 2)
        np.testing.assert_array_equal(np.isnan(value), np.isnan(obs))
        assert score(obs[0, 0, ...], draws[0, 0]).shape == ()
    assert rank_histogram(obs, draws).sum() == pytest.approx(3)
    assert reliability(obs, draws, 3).count.sum() == 3


def test_ignorance_bins_and_probability():
    edges = np.array(IGNORANCE_EDGES)
    draws = np.full((1, 1000), 3.0)  # the bin from 2.5
    assert ignorance(np.array([5.0]), draws)[0] == pytest.approx(-np.log2(1001 / 1011))
    for outside in (0.0, 2.0, 6.0, 1e9):
        assert ignorance(np.array([outside]), draws)[0] == pytest.approx(np.log2(1011))
    # A value on an edge belongs to the bin above it.
    on_edge = np.tile(edges[:, None], (1, 12))
    np.testing.assert_allclose(ignorance(edges, on_edge), -np.log2(13 / 23))
    assert (ignorance(edges[1:] - 1e-9, on_edge[1:]) == np.log2(23)).all()


@given(cases)
def test_ignorance_probabilities_sum_to_one(case):
    _, draws = case
    outcomes = np.tile(np.array(IGNORANCE_EDGES) + 0.1, (len(draws), 1))
    tiled = np.repeat(draws[:, None], outcomes.shape[1], axis=1)
    np.testing.assert_allclose((2 ** -ignorance(outcomes, tiled)).sum(axis=1), 1)


def test_resampled_ignorance_differs_unless_there_are_1000_draws():
    rng = np.random.default_rng(1)
    obs, draws = rng.poisson(8, 50), rng.poisson(8, (50, 1000))
    np.testing.assert_array_equal(ignorance_resampled(obs, draws), ignorance(obs, draws))
    few = draws[:, :12]
    assert (ignorance_resampled(obs, few) < ignorance(obs, few)).mean() > 0.5
    assert fourier_resample(few).shape == (50, 1000)
    assert (fourier_resample(few) >= 0).all()
    np.testing.assert_allclose(fourier_resample(few, 24)[:, ::2], few, atol=1e-9)


def test_interval_score_by_hand():
    draws = np.arange(101.0)[None]  # quantiles 5 and 95
    for obs, expected in ((50.0, 90.0), (95.0, 90.0), (97.0, 130.0), (0.0, 190.0)):
        assert interval_score(np.array([obs]), draws)[0] == pytest.approx(expected)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("obs", "draws"),
    [
        (np.zeros(3), np.zeros((2, 5))),
        (np.zeros(3), np.zeros(3)),
        (np.zeros(3), np.zeros((3, 0))),
        (np.zeros(1), np.array([[np.nan]])),
    ],
)
def test_what_does_not_fit_is_refused(obs, draws):
    with pytest.raises(InputError, match="draws"):
        crps_ensemble(obs, draws)


def test_bad_settings_are_refused():
    obs, draws = np.zeros(3), np.zeros((3, 5))
    for call in (
        lambda: interval_score(obs, draws, 0.0),
        lambda: ignorance(obs, draws, edges=(0.0, 0.0)),
        lambda: ignorance(obs - 1, draws),
        lambda: crps_log1p(obs, draws - 1),
        lambda: fourier_resample(draws, 0),
        lambda: coverage(obs, draws, 1.0),
        lambda: pit_histogram(obs, draws, bins=0),
        lambda: rank_histogram(obs * np.nan, draws),
        lambda: spread_skill(obs, draws[:, :1]),
        lambda: spread_skill(obs, draws, bins=4),
    ):
        with pytest.raises(InputError):
            call()


def test_a_calibrated_forecast_looks_calibrated_and_a_sharp_one_does_not():
    rng = np.random.default_rng(7)
    obs, draws = negative_binomial(rng)
    sharp = np.tile(draws[:, :3], 33)  # as if three values were all that can happen

    def off_flat(histogram):  # largest distance from flat, in standard errors
        p = 1 / histogram.size
        return np.abs(histogram / histogram.sum() - p).max() / np.sqrt(p * (1 - p) / obs.size)

    assert stats.kstest(pit(obs, draws, seed=1), "uniform").pvalue > 1e-3
    assert stats.kstest(pit(obs, sharp, seed=1), "uniform").pvalue < 1e-9
    for histogram in (pit_histogram, lambda o, d: rank_histogram(o, d).reshape(10, -1).sum(1)):
        assert off_flat(histogram(obs, draws)) < 4
        assert off_flat(histogram(obs, sharp)) > 8


def test_pit_is_reproducible_and_inside_its_step():
    obs, draws = np.array([2.0, 2.0]), np.array([[0.0, 2.0, 2.0, 5.0]] * 2)
    first = pit(obs, draws, seed=4)
    np.testing.assert_array_equal(first, pit(obs, draws, seed=4))
    assert ((first >= 0.25) & (first <= 0.75)).all()
    assert first[0] != first[1]


@given(cases, st.integers(1, 12))
def test_histograms_conserve_cases(case, bins):
    obs, draws = case
    assert pit_histogram(obs, draws, bins).sum() == pytest.approx(1)
    assert (pit_histogram(obs, draws, bins) >= 0).all()
    ranks = rank_histogram(obs, draws)
    assert ranks.shape == (draws.shape[1] + 1,)
    assert ranks.sum() == pytest.approx(obs.size)


def test_histograms_by_hand():
    draws = np.array([[1.0, 2.0, 2.0, 3.0]])
    np.testing.assert_allclose(pit_histogram(np.array([2.0]), draws, 4), [0, 0.5, 0.5, 0])
    np.testing.assert_allclose(pit_histogram(np.array([0.0]), draws, 4), [1, 0, 0, 0])
    np.testing.assert_allclose(pit_histogram(np.array([2.5]), draws, 4), [0, 0, 0, 1])
    np.testing.assert_allclose(pit_histogram(np.array([9.0]), draws, 4), [0, 0, 0, 1])
    np.testing.assert_allclose(rank_histogram(np.array([2.0]), draws), [0, 1 / 3, 1 / 3, 1 / 3, 0])
    np.testing.assert_allclose(rank_histogram(np.array([9.0]), draws), [0, 0, 0, 0, 1])


def test_coverage_counts_the_ends_as_inside():
    draws = np.tile(np.arange(101.0), (5, 1))
    obs = np.array([5.0, 95.0, 4.0, 96.0, np.nan])
    np.testing.assert_array_equal(covered(obs, draws), [1, 1, 0, 0, np.nan])
    assert coverage(obs, draws) == 0.5
    assert np.isnan(coverage(obs[4:], draws[4:]))


def test_reliability_by_hand():
    draws = np.repeat([[0.0] * 4, [24.0, 0, 0, 25], [25.0] * 4], 2, axis=0)
    obs = np.array([0.0, 0, 0, 25, 40, 24])
    table = reliability(obs, draws, threshold=25, bins=4)
    np.testing.assert_array_equal(table.count, [2, 2, 0, 2])
    np.testing.assert_allclose(table.probability, [0, 0.25, np.nan, 1])
    np.testing.assert_allclose(table.frequency, [0, 0.5, np.nan, 0.5])
    assert table.brier == pytest.approx((0 + 0 + 0.0625 + 0.5625 + 0 + 1) / 6)


def test_spread_equals_skill_when_calibrated():
    rng = np.random.default_rng(11)
    scale = np.repeat([1.0, 5.0, 20.0], 4000)
    obs, draws = rng.normal(0, scale), rng.normal(0, scale[:, None], (12000, 10))
    table = spread_skill(obs, draws, bins=3)
    np.testing.assert_array_equal(table.count, [4000] * 3)
    np.testing.assert_allclose(table.spread / table.skill, 1, atol=4 / np.sqrt(2 * 4000))
    wrong = spread_skill(obs, draws / 2, bins=3)
    assert (wrong.spread / wrong.skill < 0.7).all()


MONTHS = np.repeat(np.arange(72), 3)
UNITS = np.tile([50, 47, 78], 72)
WINDOWS = MONTHS // 12


def scores(rng, effect=0.0):
    level = np.repeat(rng.normal(size=72), 3)
    a = 10 + level + rng.normal(size=216)
    return a, 10 + level + rng.normal(size=216) + effect


def test_identical_scores_differ_by_exactly_nothing():
    a, _ = scores(np.random.default_rng(0))
    assert paired_difference(a, a, MONTHS, UNITS) == (0, 0, 0)
    assert paired_skill(a, a, MONTHS, UNITS) == (0, 0, 0)


def test_paired_interval_is_that_of_independent_months():
    a, b = scores(np.random.default_rng(1))
    result = paired_difference(a, b, MONTHS, UNITS, block=1, n=8000)
    monthly = (a - b).reshape(72, 3).mean(axis=1)
    half = 1.645 * monthly.std() / np.sqrt(72)
    assert result.estimate == pytest.approx((a - b).mean())
    assert result.hi - result.lo == pytest.approx(2 * half, rel=0.06)


def test_blocks_widen_the_interval_where_months_depend():
    rng = np.random.default_rng(2)
    shock = np.repeat(rng.normal(size=12), 18)  # six months alike, over all units
    b = np.full(216, 5.0)
    widths = [
        np.subtract(*paired_difference(b + shock, b, MONTHS, UNITS, block=block)[:0:-1])
        for block in (1, 6)
    ]
    assert widths[1] > 1.7 * widths[0]


def test_windows_are_resampled_whole():
    b = np.full(216, 5.0)
    a = b + np.array([-2.0, -1, 0, 0, 1, 2])[WINDOWS]
    result = paired_difference(a, b, MONTHS, UNITS, windows=WINDOWS, block=12, n=20000)
    # The mean of six draws with replacement from the six windows; sd sqrt(10/6)/sqrt(6).
    assert result.hi == pytest.approx(1.645 * np.sqrt(10 / 6 / 6), rel=0.1)
    assert result.lo == pytest.approx(-result.hi, rel=0.1)


def test_interval_covers_at_its_level():
    # 300 samples, 90%: 4 standard errors are 7 points; blocks of 3 in 72 months lose a few.
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        result = paired_difference(*scores(rng, 0.3), MONTHS, UNITS, block=3, n=300)
        hits += result.lo <= -0.3 <= result.hi
    assert 0.80 < hits / 300 < 0.97


def test_skill_sign_order_and_reproducibility():
    a, b = scores(np.random.default_rng(4), effect=5.0)
    skill = paired_skill(a, b, MONTHS, UNITS, windows=WINDOWS, seed=9)
    assert skill.estimate == pytest.approx(1 - a.mean() / b.mean())
    assert 0 < skill.lo < skill.estimate < skill.hi < 1
    assert skill == paired_skill(a, b, MONTHS, UNITS, windows=WINDOWS, seed=9)
    shuffle = np.random.default_rng(6).permutation(216)
    again = paired_skill(
        a[shuffle], b[shuffle], MONTHS[shuffle], UNITS[shuffle], windows=WINDOWS[shuffle], seed=9
    )
    np.testing.assert_allclose(again, skill)


@pytest.mark.usefixtures("unchecked")
def test_unpaired_or_doubled_cases_are_refused():
    a, b = scores(np.random.default_rng(8))
    with pytest.raises(InputError, match="score_b"):
        paired_difference(a, b[:-1], MONTHS, UNITS)
    with pytest.raises(InputError, match="twice"):
        paired_difference(a, b, MONTHS // 2, UNITS)
    with pytest.raises(InputError, match="missing"):
        paired_difference(np.where(a > 11, np.nan, a), b, MONTHS, UNITS)
    with pytest.raises(InputError, match="resample"):
        paired_difference(a, b, MONTHS, UNITS, block=72)
    with pytest.raises(InputError, match="reference"):
        paired_skill(a, 0 * b, MONTHS, UNITS)
