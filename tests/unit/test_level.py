"""The level model: features, the law, paths and files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.inference.level_choice import before_2018, choose_settings, crps
from liptako.inference.level_fit import (
    LevelSettings,
    fit_level,
    load_level_fit,
    save_level_fit,
)
from liptako.model import level
from liptako.model.steady import SteadyFit

QUICK = LevelSettings(networks=2, hidden=4, steps=30, batch=256)


def made_up_wars(months: int, countries: int = 6, seed: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    log_level = 3.0 + np.cumsum(rng.normal(0.0, 0.15, (months, countries)), axis=0)
    return rng.poisson(np.exp(np.clip(log_level, -3, 7)) * rng.gamma(2.0, 0.5, (months, countries)))


@pytest.fixture(scope="module")
def history() -> np.ndarray:
    return made_up_wars(150).astype(float)


@pytest.fixture(scope="module")
def fit(history: np.ndarray) -> level.LevelFit:
    return fit_level(history, QUICK)


@pytest.fixture(scope="module")
def shipped(theatre_folder) -> level.LevelFit:
    return load_level_fit(theatre_folder / "level.npz")


@pytest.fixture
def law() -> level.LevelLaw:
    spread = np.linspace(0.3, 1.0, 36)[None, :, None]
    return level.LevelLaw(
        score=level.SCORES,
        log_level=3.0 + spread * level.SCORES + np.zeros((2, 1, 1)),
        persistence=0.9,
        transient=0.2,
        dispersion=np.array([2.0, 4.0]),
        correlation=0.3,
    )


def test_smoothed_impulse_decays_by_its_half_life():
    pulse = np.zeros((400, 1))
    pulse[300] = 1.0
    means = level.smoothed(pulse)[:, 0]
    for row, half_life in zip(means[:4], level.HALF_LIVES_MONTHS[:4], strict=True):
        assert row[300] == pytest.approx(1 - 0.5 ** (1 / half_life))
        assert row[312] / row[300] == pytest.approx(0.5 ** (12 / half_life), rel=1e-4)


def test_features_use_no_later_month(history):
    whole = level.features(history)
    for month in (13, 60, 149):
        np.testing.assert_array_equal(level.features(history[: month + 1])[-1], whole[month])


def test_ratios_do_not_depend_on_the_scale(history):
    at = level.FEATURES.index("level over 12 months")
    busy = history + 200.0
    change = np.abs(level.features(10 * busy)[-1] - level.features(busy)[-1])
    assert np.delete(change, at, axis=-1).max() < 0.02
    assert change[:, at] == pytest.approx(np.log(10) / 2, abs=0.01)


def test_fit_ignores_rows_after_the_last(history, fit):
    longer = np.vstack([history, np.full((24, history.shape[1]), 9999.0)])
    again = fit_level(longer[: len(history)], QUICK)
    np.testing.assert_array_equal(again.network.hidden, fit.network.hidden)
    assert not np.array_equal(fit_level(longer, QUICK).network.hidden, fit.network.hidden)


def test_choice_ignores_everything_after_2017():
    history = made_up_wars(372, countries=3).astype(float)  # from 1990 to 2020
    corrupt = history.copy()
    corrupt[336:] = 1e4
    rows = [
        choose_settings(table, 121, [QUICK], fit_years=(2013,), origin_step=12).table[0]
        for table in (history, corrupt)
    ]
    assert rows[0] == rows[1]
    assert len(before_2018(history, 121)) == 336


def test_law_has_the_promised_shape(fit, history):
    law = level.forecast_level(fit, history[:, :3])
    assert law.log_level.shape == (3, 36, len(law.score))
    assert law.dispersion.shape == (3,)
    assert (np.diff(law.score) > 0).all()
    assert (np.diff(law.log_level, axis=-1) >= 0).all()
    assert level.forecast_level(fit, history[:, :3], 5).log_level.shape[1] == 5


def test_each_series_is_forecast_from_its_own_history(fit, history):
    order = [4, 1, 0]
    whole = level.forecast_level(fit, history)
    some = level.forecast_level(fit, history[:, order])
    np.testing.assert_allclose(some.log_level, whole.log_level[order])


def test_forecast_moves_with_the_scale(shipped, history):
    busy = history + 100.0
    once = level.forecast_level(shipped, busy).log_level[:, :, 16]
    twice = level.forecast_level(shipped, 2.0 * busy).log_level[:, :, 16]
    assert np.abs(twice - once - np.log(2.0)).max() < 0.35


def test_peace_stays_mostly_peaceful(shipped):
    law = level.forecast_level(shipped, np.zeros((300, 1)))
    draws = level.marginal_draws(law)
    assert np.quantile(draws, 0.9) <= 1
    assert draws.mean() < 3


def test_a_louder_recent_year_raises_the_forecast(shipped):
    calm = np.full((240, 1), 40.0)
    rising = calm.copy()
    rising[-6:] = 120.0
    quiet, loud = (
        level.forecast_level(shipped, table).log_level[0, :, 16] for table in (calm, rising)
    )
    assert (loud[:12] > quiet[:12] + 0.3).all()


def test_paths_follow_the_marginals_and_their_memory(law):
    z = (level.sample_paths(law, 40_000, seed=5) - 3.0) / np.linspace(0.3, 1.0, 36)[:, None]
    error = 4 / np.sqrt(40_000)
    assert np.abs(z.mean(axis=0)).max() < error
    assert np.abs(z.var(axis=0) - 1).max() < 2 * error
    for gap in (1, 6):
        expected = (1 - law.transient) * law.persistence**gap
        seen = (z[:, 10, 0] * z[:, 10 + gap, 0]).mean()
        assert seen == pytest.approx(expected, abs=2 * error)
    assert (z[:, 20, 0] * z[:, 20, 1]).mean() == pytest.approx(0.3, abs=2 * error)


def test_more_members_leave_the_first_ones_alone(law):
    few = level.sample_paths(law, 10, seed=2)
    np.testing.assert_array_equal(level.sample_paths(law, 25, seed=2)[:10], few)
    assert not np.array_equal(level.sample_paths(law, 10, seed=3), few)


def test_deaths_have_the_mean_and_variance_of_the_mixture(law):
    certain = dataclasses.replace(law, log_level=np.full_like(law.log_level, 3.0))
    deaths = level.sample_deaths(certain, 40_000, seed=1)[:, 7]
    mean = np.exp(3.0)
    for s, size in enumerate(law.dispersion):
        variance = mean + mean**2 / size
        assert deaths[:, s].mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / 40_000))
        assert deaths[:, s].var() == pytest.approx(variance, rel=0.08)


def test_marginal_draws_agree_with_sampled_paths(law):
    even = level.marginal_draws(law, 4000)
    paths = level.sample_deaths(law, 40_000, seed=8)
    assert even.shape == (36, 2, 4000)
    for p in (0.05, 0.25, 0.5, 0.75, 0.95):
        np.testing.assert_allclose(
            np.quantile(even, p, axis=-1), np.quantile(paths, p, axis=0), rtol=0.12, atol=1.01
        )


def test_crps_by_brute_force():
    rng = np.random.default_rng(0)
    draws, outcome = rng.gamma(1.0, 5.0, (4, 30)), rng.gamma(1.0, 5.0, 4)
    apart = np.abs(draws[:, :, None] - draws[:, None]).mean(axis=(1, 2))
    expected = np.abs(draws - outcome[:, None]).mean(axis=1) - apart / 2
    np.testing.assert_allclose(crps(outcome, draws), expected)


def test_fit_survives_the_disk(fit, history, tmp_path):
    save_level_fit(fit, tmp_path / "level.npz")
    again = load_level_fit(tmp_path / "level.npz")
    np.testing.assert_array_equal(
        level.forecast_level(again, history).log_level,
        level.forecast_level(fit, history).log_level,
    )
    assert again.about["settings"]["hidden"] == QUICK.hidden


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
        level.sample_paths(law, 0, seed=1)
    with pytest.raises(InputError, match="n: out of range"):
        level.marginal_draws(law, 0)
    with pytest.raises(InputError, match="no country and month"):
        fit_level(np.zeros((60, 3)), QUICK)
    with pytest.raises(InputError, match="first_month"):
        before_2018(history, 300)
    with pytest.raises(InputError, match="npz"):
        save_level_fit(fit, tmp_path / "level.json")
    (tmp_path / "bad.npz").write_bytes(b"not a fit")
    with pytest.raises(InputError, match="not a level fit"):
        load_level_fit(tmp_path / "bad.npz")


def by_hand(stretch: float = 0.0, share: float = 1.0) -> level.LevelFit:
    """Return a fit whose networks say the same of any history: 0.4, and spreads up and down."""
    n = len(level.FEATURES), level.N_INPUTS
    log_spread = np.log([0.2, 0.5]) - level.BASE_LOG_SPREAD
    network = level.Network(
        hidden=np.zeros((2, n[1], 3)),
        hidden_bias=np.zeros((2, 3)),
        out=np.zeros((2, 3, 3)),
        out_bias=np.tile([0.4, *log_spread], (2, 1)),
        bypass=np.zeros((2, n[1], 3)),
    )
    return level.LevelFit(
        network=network,
        steady=SteadyFit(shift=0.1, size=1.0, size_by_level=0.0, size_by_lead=0.0),
        network_share=share,
        center=np.zeros(n[0]),
        scale=np.ones(n[0]),
        dispersion=(0.6, 0.5),
        persistence=0.9,
        transient=0.2,
        correlation=0.3,
        stretch=stretch,
        about={},
    )


def test_the_level_is_the_anchor_times_what_the_networks_say():
    """Of 40 a month: log(40 + 0.3) + 0.4, 0.2 more a score above and 0.5 less a score below."""
    law = level.forecast_level(by_hand(), np.full((240, 1), 40.0))
    z = level.SCORES
    expected = np.log(40.3) + 0.4 + 0.2 * np.maximum(z, 0.0) + 0.5 * np.minimum(z, 0.0)
    np.testing.assert_allclose(law.log_level[0], np.broadcast_to(expected, (36, len(z))))
    assert law.dispersion == pytest.approx(np.exp(0.6 + 0.5 * np.log(41 / 20)))


def test_beyond_a_year_the_spread_grows_with_the_lead():
    law = level.forecast_level(by_hand(stretch=0.5), np.full((240, 1), 40.0))
    width = law.log_level[0, :, -1] - law.log_level[0, :, 0]
    np.testing.assert_allclose(width[:12], width[0])
    np.testing.assert_allclose(width[[23, 35]] / width[0], [np.sqrt(2), np.sqrt(3)])


def test_the_two_experts_are_averaged_quantile_by_quantile():
    history = np.full((240, 1), 40.0)
    alone, other, both = (
        np.exp(level.forecast_level(by_hand(share=share), history, 12).log_level)
        for share in (1.0, 0.0, 0.25)
    )
    np.testing.assert_allclose(both, 0.25 * alone + 0.75 * other, rtol=1e-6)
    middle = other[0, :, len(level.SCORES) // 2]
    assert (middle > 0.8 * 40.5 * np.exp(0.1)).all()
    assert (middle < 1.05 * 40.5 * np.exp(0.1)).all()


def test_the_lead_enters_the_networks_as_months_from_the_origin():
    """A bypass on the log of the lead over 8 months, alone, is zero at 8 and log 2 at 16."""
    fit = by_hand()
    bypass = np.zeros_like(fit.network.bypass)
    bypass[:, len(level.FEATURES), 0] = 1.0
    fit = dataclasses.replace(fit, network=fit.network._replace(bypass=bypass))
    law = level.forecast_level(fit, np.full((240, 1), 40.0))
    middle = law.log_level[0, :, len(level.SCORES) // 2] - np.log(40.3) - 0.4
    np.testing.assert_allclose(middle[[0, 7, 15]], np.log([1 / 8, 1.0, 2.0]), atol=1e-12)


def test_a_short_history_is_not_taken_for_a_peaceful_one():
    np.testing.assert_allclose(level.smoothed(np.full((5, 1), 3.0)), 3.0)
