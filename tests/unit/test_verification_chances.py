"""Scores of chances of one event: by hand, by brute force, and calibrated where they are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.special import expit, logit

from liptako.errors import InputError
from liptako.verification.politics import chances


def invented(seed=0, n_countries=60, n_origins=40, slope=1.0):
    """Return chances and outcomes of independent cases, recalibrated by a slope."""
    rng = np.random.default_rng(seed)
    country, origin = (part.ravel() for part in np.indices((n_countries, n_origins)))
    p = rng.beta(2, 2, len(country))
    event = (rng.random(len(p)) < expit(slope * logit(p))).astype(float)
    return p, event, country.astype(str), origin


def test_auc_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(1)
    p = rng.integers(0, 6, 40) / 6
    event = (rng.random(40) < 0.4).astype(float)
    pairs = [
        1.0 if yes > no else 0.5 if yes == no else 0.0
        for yes, no in product(p[event == 1], p[event == 0])
    ]
    assert chances.auc(p, event)[0] == pytest.approx(np.mean(pairs))
    assert chances.auc(1 - p, event)[0] == pytest.approx(1 - np.mean(pairs))
    weights = rng.integers(0, 4, (3, 40)).astype(float)
    for row, found in zip(weights, chances.auc(p, event, weights), strict=True):
        copies = np.repeat(np.arange(40), row.astype(int))
        assert found == pytest.approx(chances.auc(p[copies], event[copies])[0])
    assert np.isnan(chances.auc(p, np.zeros(40))[0])


def test_a_country_is_drawn_whole_and_so_is_an_origin():
    _, _, country, origin = invented(n_countries=5, n_origins=4)
    alone = chances.replicate_weights(country, n=200)
    assert all(len(np.unique(row[country == "2"])) == 1 for row in alone)
    np.testing.assert_array_equal(alone.sum(axis=1), 20)
    both = chances.replicate_weights(country, origin, n=2000)
    table = both.reshape(2000, 5, 4)
    assert (np.linalg.matrix_rank(table) <= 1).all()
    assert table[:, 0].mean() == pytest.approx(1.0, abs=0.08)


def test_a_mean_has_the_interval_of_its_clusters():
    rng = np.random.default_rng(2)
    country = np.repeat(np.arange(80).astype(str), 25)
    values = np.repeat(rng.standard_normal(80), 25)
    found = chances.mean_interval(values, chances.replicate_weights(country))
    assert found.estimate == pytest.approx(values.mean())
    expected = 2 * 1.645 * values[::25].std() / np.sqrt(80)
    assert found.hi - found.lo == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_the_slope_of_recalibration_is_found(slope):
    p, event, country, origin = invented(slope=slope)
    weights = chances.replicate_weights(country, origin)
    found = chances.calibration(p, event, weights)
    assert found.slope.lo < slope < found.slope.hi
    assert found.slope.estimate == pytest.approx(slope, abs=0.15)
    assert found.intercept.lo < 0 < found.intercept.hi
    shifted = expit(logit(p) - 1.0)
    moved = chances.calibration(shifted, event, weights)
    assert moved.intercept.estimate == pytest.approx(
        found.intercept.estimate + found.slope.estimate, abs=1e-4
    )


def test_fifths_by_hand():
    p = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 10)
    event = np.tile([1.0, 0.0], 25)
    weights = chances.replicate_weights(np.arange(50).astype(str))
    found = chances.fifths(p, event, weights)
    assert [row.n for row in found] == [10] * 5
    assert [row.p for row in found] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert [row.frequency for row in found] == [0.5] * 5
    assert all(row.lo < 0.5 < row.hi for row in found)
    same = chances.fifths(np.full(50, 0.4), event, weights)
    assert len(same) == 1
    assert same[0].n == 50


def test_simultaneous_bands_hold_all_fifths_nine_times_in_ten():
    """Of 60 calibrated worlds, at least 46 in all bands at once (chance below 1e-3 at 0.9)."""
    held = 0
    for seed in range(60):
        p, event, country, origin = invented(seed, n_countries=30, n_origins=20)
        weights = chances.replicate_weights(country, origin, n=400, seed=seed)
        rows = chances.fifths(p, event, weights)
        held += all(row.lo <= row.p <= row.hi for row in rows)
    assert held >= 46
    single = [row.hi - row.frequency for row in rows]
    binomial = [1.645 * np.sqrt(row.p * (1 - row.p) / row.n) for row in rows]
    assert np.mean(single) > 1.2 * np.mean(binomial)


def test_the_log_score_is_of_what_happened():
    found = chances.log_scores(np.array([0.8, 0.8]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(found, [-np.log(0.8), -np.log(0.2)])
    with pytest.raises(InputError) as caught:
        chances.log_scores(np.array([1.0]), np.array([1.0]))
    assert caught.value.field == "p"
