"""The level: a mixture of forecasts of deaths, its paths and its files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.special import ndtr

from liptako.errors import InputError
from liptako.inference.level_fit import (
    CHOICE_END,
    LevelSettings,
    fit_level,
    load_level_fit,
    save_level_fit,
)
from liptako.inference.network_fit import NetworkSettings
from liptako.model import level, networks
from liptako.model.level import VALUES

SMALL = NetworkSettings(networks=2, hidden=4, steps=20, batch=128)
QUICK = LevelSettings(networks=SMALL)


def made_up_wars(months: int, countries: int = 6, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    log_level = 3.0 + np.cumsum(rng.normal(0.0, 0.15, (months, countries)), axis=0)
    return rng.poisson(np.exp(np.clip(log_level, -3, 7)) * rng.gamma(2.0, 0.5, (months, countries)))


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    return made_up_wars(130).astype(float)


@pytest.fixture(scope="module")
def fit(history: np.ndarray) -> level.LevelFit:
    return fit_level(history, QUICK)


@pytest.fixture(scope="module")
def shipped(theatre_folder) -> level.LevelFit:
    return load_level_fit(theatre_folder / "level.npz")


@pytest.fixture
def law() -> level.LevelLaw:
    """Two series: Poisson-like around 20, and half the months without deaths."""
    first = ndtr((np.log(VALUES + 0.5) - 3.0) / 0.5)
    second = 0.5 + 0.5 * ndtr((np.log(VALUES + 0.5) - 2.0) / 1.0)
    return level.LevelLaw(
        cdf=np.broadcast_to(np.stack([first, second])[:, None], (2, 36, len(VALUES))).copy(),
        persistence=0.9,
        transient=0.2,
        correlation=0.3,
    )


def middle(law, series=0):
    return np.array([level.quantiles(cdf, np.array([0.5]))[0] for cdf in law.cdf[series]])


def test_a_forecast_is_a_distribution_from_each_series_own_history(fit, history):
    whole = level.forecast_level(fit, history)
    assert whole.cdf.shape == (6, 36, len(VALUES))
    assert (np.diff(whole.cdf, axis=-1) >= -1e-9).all()
    np.testing.assert_allclose(whole.cdf[..., -1], 1.0, atol=1e-6)
    order = [4, 1, 0]
    some = level.forecast_level(fit, history[:, order], 5)
    np.testing.assert_allclose(some.cdf, whole.cdf[order][:, :5], atol=1e-9)


def test_the_parts_are_mixed_by_size_of_war_and_lead(fit, history):
    weights = np.zeros_like(fit.weights)
    weights[:, :2, 0], weights[:, 2:, -2] = 1.0, 1.0  # near leads: own months; far ones: analogues
    law = level.forecast_level(dataclasses.replace(fit, weights=weights), history)
    parts = level.stacked(fit.followed, history)
    np.testing.assert_allclose(law.cdf[:, 13], parts[0, :, 13])
    np.testing.assert_allclose(law.cdf[:, 14], parts[-1, :, 14])
    weights[:] = 0.0
    weights[3, :, -1], weights[:3, :, 1] = 1.0, 1.0
    law = level.forecast_level(dataclasses.replace(fit, weights=weights), history)
    large = level.size_of(history) == 3
    assert large.any()
    assert not large.all()
    months = np.arange(1, 37)
    trends = networks.network_cdf(fit.networks, history, VALUES, months)
    np.testing.assert_allclose(law.cdf[large], trends[large], atol=1e-9)
    np.testing.assert_allclose(law.cdf[~large], parts[1][~large], atol=1e-9)


def test_weights_are_a_mixture_and_the_networks_have_their_share(fit):
    np.testing.assert_allclose(fit.weights.sum(axis=-1), 1.0)
    assert (fit.weights >= 0).all()
    shares = np.array(QUICK.network_share)[:, None]
    np.testing.assert_allclose(fit.weights[..., -1], np.broadcast_to(shares, (4, 4)))


def test_bands_and_sizes_change_where_they_are_said_to():
    months = np.array([1, 8, 9, 14, 15, 24, 25, 36])
    assert level.band_of(months).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    history = np.tile([0.4, 0.6, 13.0, 101.0], (40, 1))
    assert level.size_of(history).tolist() == [0, 1, 2, 3]


def test_fit_ignores_rows_after_the_last(history, fit):
    longer = np.vstack([history, np.full((24, history.shape[1]), 999.0)])
    again = fit_level(longer[: len(history)], QUICK)
    np.testing.assert_array_equal(again.weights, fit.weights)
    np.testing.assert_array_equal(again.followed, fit.followed)
    assert not np.array_equal(fit_level(longer, QUICK).weights, fit.weights)


def test_outcomes_from_2018_on_choose_no_weight(history, fit):
    """The 24 added months are 2018 and 2019: they count for analogues, not for weights."""
    longer = np.vstack([history, np.full((24, history.shape[1]), 999.0)])
    later = fit_level(longer, QUICK, last_month=CHOICE_END + 24)
    np.testing.assert_array_equal(later.weights, fit.weights)
    assert not np.array_equal(later.followed, fit.followed)


def test_peace_stays_mostly_peaceful(shipped):
    draws = level.marginal_draws(level.forecast_level(shipped, np.zeros((300, 1))))
    assert np.quantile(draws, 0.95) == 0
    assert 0.0 < (draws > 0).mean() < 0.02, "an onset now and then"
    assert draws.mean() < 1


def test_a_louder_recent_year_raises_the_forecast(shipped):
    calm = np.full((240, 1), 40.0)
    rising = calm.copy()
    rising[-6:] = 120.0
    low, high = (middle(level.forecast_level(shipped, table)) for table in (calm, rising))
    assert (high[:12] > 1.3 * low[:12]).all()


def test_one_month_of_horror_hardly_moves_the_forecast(shipped):
    calm = np.full((240, 1), 10.0)
    once = calm.copy()
    once[-1] = 40_000.0
    means = [
        level.marginal_draws(level.forecast_level(shipped, table, 14)).mean()
        for table in (calm, once)
    ]
    assert means[1] < 8 * means[0]


def test_quantiles_of_kept_values_are_the_values():
    cdf = np.minimum((VALUES + 1) / 11.0, 1.0)
    even = (np.arange(1000) + 0.5) / 1000
    drawn = level.quantiles(cdf, even)
    np.testing.assert_array_equal(drawn, np.floor(even * 11))
    wide = (VALUES[40] <= VALUES).astype(float)
    spread = level.quantiles(wide, even)
    assert VALUES[39] < spread.min() <= VALUES[39] + 1
    assert spread.max() == VALUES[40]


def test_paths_follow_the_marginals_and_their_memory(law):
    z = level.sample_scores(law, 40_000, seed=5)
    error = 4 / np.sqrt(40_000)
    assert np.abs(z.mean(axis=0)).max() < error
    assert np.abs(z.var(axis=0) - 1).max() < 2 * error
    for gap in (1, 6):
        expected = (1 - law.transient) * law.persistence**gap
        assert (z[:, 10, 0] * z[:, 10 + gap, 0]).mean() == pytest.approx(expected, abs=2 * error)
    assert (z[:, 20, 0] * z[:, 20, 1]).mean() == pytest.approx(0.3, abs=2 * error)


def test_more_members_leave_the_first_ones_alone(law):
    few = level.sample_scores(law, 10, seed=2)
    np.testing.assert_array_equal(level.sample_scores(law, 25, seed=2)[:10], few)
    assert not np.array_equal(level.sample_scores(law, 10, seed=3), few)


def test_marginal_draws_agree_with_sampled_paths(law):
    even = level.marginal_draws(law, 4000)
    paths = level.sample_deaths(law, 20_000, seed=8)
    assert even.shape == (36, 2, 4000)
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        np.testing.assert_allclose(
            np.quantile(even, p, axis=-1), np.quantile(paths, p, axis=0), rtol=0.12, atol=1.01
        )
    assert (paths[..., 1] == 0).mean() == pytest.approx(law.cdf[1, 0, 0], abs=0.02)


def test_fit_survives_the_disk(fit, history, tmp_path):
    save_level_fit(fit, tmp_path / "level.npz")
    again = load_level_fit(tmp_path / "level.npz")
    np.testing.assert_array_equal(
        level.forecast_level(again, history).cdf, level.forecast_level(fit, history).cdf
    )
    assert again.about["settings"]["networks"]["hidden"] == SMALL.hidden


def test_shipped_fit_says_what_it_was_fitted_to(shipped):
    assert shipped.about["last_month"] == "2023-12"
    assert shipped.about["countries"] == 191


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (np.zeros(40), "history"),
        (np.zeros((5, 2)), "history"),
        (np.full((40, 2), -1.0), r"history\[0, 0\]"),
        (np.full((40, 2), np.nan), r"history\[0, 0\]"),
    ],
)
def test_bad_history_is_refused(fit, bad, field):
    with pytest.raises(InputError, match=field):
        level.forecast_level(fit, bad)


def test_bad_arguments_are_refused(fit, history, law, tmp_path):
    with pytest.raises(InputError, match="leads"):
        level.forecast_level(fit, history, 37)
    with pytest.raises(InputError, match="members"):
        level.sample_scores(law, 0, seed=1)
    with pytest.raises(InputError, match="n: out of range"):
        level.marginal_draws(law, 0)
    with pytest.raises(InputError, match="no country and month"):
        fit_level(np.zeros((90, 3)), QUICK)
    with pytest.raises(InputError, match="npz"):
        save_level_fit(fit, tmp_path / "level.json")
    (tmp_path / "bad.npz").write_bytes(b"not a fit")
    with pytest.raises(InputError, match="not a level fit"):
        load_level_fit(tmp_path / "bad.npz")
