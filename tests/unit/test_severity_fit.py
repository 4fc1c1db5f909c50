"""The fit of severity: planted events come back stream by stream, and recent ones count more."""

from __future__ import annotations

import choose_severity_half_life as choice
import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from liptako.errors import InputError
from liptako.inference.fit import FitSettings
from liptako.inference.severity_fit import SeverityPosterior, fit_severity

PLANTED = ((1.2, 0.9), (0.4, 0.6))
"""Log median and log sd of two streams."""

DEADLIER = 1.0
"""Rise of the log median half way through the record."""

SPREAD = 0.8
"""Posterior sd of the log median in the test of the score."""


def test_recent_events_count_and_those_ten_half_lives_old_do_not():
    """The mode lies within 4 of its standard errors of what was planted last."""
    rng, months = np.random.default_rng(4), np.arange(120)
    later = DEADLIER * (months >= 60)[:, None]
    deaths = [
        np.floor(np.exp(m + later + s * rng.standard_normal((len(months), 10)))) for m, s in PLANTED
    ]
    deaths = np.stack(deaths, axis=1)
    found = fit_severity(np.ones_like(deaths), deaths, half_life=6.0)
    for (m, s), mode, covariance in zip(PLANTED, found.mode, found.covariance, strict=True):
        error = np.sqrt(np.diag(covariance))
        assert (error < 0.2).all()
        assert abs(mode[0] - m - DEADLIER) < 4 * error[0]
        assert abs(mode[1] - np.log(s)) < 4 * error[1]


def test_without_fading_all_months_count_alike():
    """The fit is that of a record whose months are one, bit for bit."""
    rng = np.random.default_rng(7)
    events = rng.poisson(0.4, (30, 2, 5)).astype(float)
    deaths = events * rng.poisson(3.0, events.shape)
    at_once = [table.swapaxes(0, 1).reshape(1, 2, -1) for table in (events, deaths)]
    spread, joined = fit_severity(events, deaths, np.inf), fit_severity(*at_once, half_life=1.0)
    np.testing.assert_array_equal(spread.mode, joined.mode)
    np.testing.assert_array_equal(spread.covariance, joined.covariance)


def test_a_month_one_half_life_old_counts_half():
    """The fit is that of a record with each old event once and each event of today twice."""
    rng = np.random.default_rng(8)
    old, today = (
        np.floor(np.exp(m + 0.7 * rng.standard_normal((2, 400)))) for m in (0.5, 0.5 + DEADLIER)
    )
    deaths, events = np.zeros((2, 7, 2, 400))
    deaths[0], deaths[6] = old, today
    events[0], events[6] = 1.0, 1.0
    fading = fit_severity(events, deaths, half_life=6.0)
    twice = np.concatenate([old, today, today], axis=1)[None]
    counted = fit_severity(np.ones_like(twice), twice, half_life=np.inf)
    # if the old ones counted a quarter, the log median would rise by a tenth
    np.testing.assert_allclose(fading.mode, counted.mode, atol=0.02)


def test_the_choice_scores_draws_of_the_posterior():
    """A normal log median with a lognormal around it is a wider lognormal: the closed form."""
    deaths = np.array([[[0.0, 1.0, 4.0]], [[30.0, 2.0, 0.0]]])
    events = np.array([[[1.0, 1.0, 1.0]], [[1.0, 0.0, 0.0]]])
    mode = np.array([[1.2, np.log(0.9)]])
    sd, came = np.hypot(0.9, SPREAD), deaths[events > 0]
    with np.errstate(divide="ignore"):
        low = ndtr((np.log(came) - 1.2) / sd)
    exact = np.log(ndtr((np.log(came + 1.0) - 1.2) / sd) - low).sum()
    wide, narrow = (
        SeverityPosterior(mode, np.diag([spread**2, 1e-9])[None]) for spread in (SPREAD, 1e-4)
    )
    # each of four means of 200 draws is right to about a tenth
    assert abs(choice.log_score(wide, events, deaths) - exact) < 0.5
    assert choice.log_score(narrow, events, deaths) < exact - 1.0


def test_the_choice_fits_to_the_origin_and_scores_the_months_after_it(monkeypatch):
    fitted, scored = [], []
    length = choice.LAST_MONTH - choice.FIRST_MONTH + 1
    month = np.broadcast_to(np.arange(length)[:, None, None], (length, 1, 3))
    monkeypatch.setattr(choice, "fit_severity", lambda e, _, h: fitted.append((e.max(), h)))
    monkeypatch.setattr(choice, "log_score", lambda _, e, __: scored.append(e) or len(scored))
    table = choice.scores(month, month, choice.LAST_MONTH, np.array([True, False, True]))
    assert (table.to_numpy().ravel() == np.arange(table.size) + 1).all()
    origins = np.repeat(choice.ORIGINS, len(choice.HALF_LIVES))
    assert [last + choice.FIRST_MONTH for last, _ in fitted] == origins.tolist()
    assert [half_life for _, half_life in fitted] == [*choice.HALF_LIVES] * len(choice.ORIGINS)
    assert {ahead.shape for ahead in scored} == {(14, 1, 2)}
    assert [ahead.min() + choice.FIRST_MONTH - 1 for ahead in scored] == origins.tolist()
    assert scored[-1].max() == length - 1
    with pytest.raises(InputError, match="2017"):
        choice.scores(month, month, choice.LAST_MONTH + 1)


def test_the_comparison_is_paired_over_origins():
    better = np.arange(12.0)
    table = choice.comparison(pd.DataFrame({12.0: better, 24.0: better - 1.0}))
    assert table.loc[24.0].tolist() == [54.0, -12.0, -12.0, -12.0, 0.0]
    assert table.loc[12.0, ["log_score", "difference"]].tolist() == [66.0, 0.0]


def test_the_half_life_in_use_is_one_that_was_compared():
    assert FitSettings().severity_half_life in choice.HALF_LIVES
