"""Baselines of a year's total: sums by hand, and the law that is fitted to totals."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.verification.kernels import CountKernel
from liptako.verification.year_totals import (
    conflictology_total,
    fit_total_kernel,
    rolling_totals,
    smoothed_total,
)

TIGHT = CountKernel(size=1e9, half=1e-9, floor=1e-9, zero_size=1e9)
"""Poisson around the value."""


def test_totals_end_with_each_month_from_the_twelfth_on():
    history = np.stack([np.arange(14.0), np.full(14, 2.0)], axis=1)
    history[0, 1] = np.nan
    totals = rolling_totals(history)
    assert totals[:, 0].tolist() == [66.0, 78.0, 90.0]
    assert np.isnan(totals[0, 1])
    assert totals[1:, 1].tolist() == [24.0, 24.0]
    with pytest.raises(InputError, match="whole year"):
        rolling_totals(history[:11])


def test_last_year_again_sums_twelve_months_drawn_from_the_last_twelve_alone():
    history = np.zeros((36, 2))
    history[:24] = 1e6
    history[-1, 0] = 12.0
    history[-12:, 1] = 5.0
    draws = conflictology_total(history, n_draws=4000)
    assert draws.shape == (2, 4000)
    assert set(draws[1]) == {60.0}
    assert set(draws[0] % 12.0) == {0.0}
    # the month with deaths is drawn Binomial(12, 1/12) times
    assert draws[0].mean() == pytest.approx(12.0, abs=4 * 12 * np.sqrt(11 / 12 / 4000))
    assert (draws[0] == 0).mean() == pytest.approx((11 / 12) ** 12, abs=0.035)


def test_smoothed_is_around_the_last_total():
    history = np.zeros((36, 2))
    history[:24] = 1e6
    history[-12:] = [10.0, 0.0]
    draws = smoothed_total(history, history, kernel=TIGHT, n_draws=4000)
    assert draws[0].mean() == pytest.approx(120.0, abs=4 * np.sqrt(120 / 4000))
    assert draws[0].var() == pytest.approx(120.0, rel=0.1)
    assert not draws[1].any()


def test_the_law_is_that_of_the_year_that_is_forecast():
    """A war every second year: a year ahead it is over, two years ahead it is back."""
    months = np.tile(np.repeat([0.0, 40.0], 12), 10)[:, None]
    far, near = (fit_total_kernel(months, ahead) for ahead in (2, 1))
    history = months[-24:]
    assert history[-12:].sum() == 480.0
    two = smoothed_total(history, months, ahead=2, kernel=far)
    one = smoothed_total(history, months, ahead=1, kernel=near)
    assert two.std() < 0.2 * one.std()
    np.testing.assert_array_equal(two, smoothed_total(history, months, ahead=2))


@pytest.mark.parametrize("make", [conflictology_total, lambda h: smoothed_total(h, h)])
def test_an_unobserved_last_year_is_refused(make):
    history = np.ones((60, 2))
    history[-3, 1] = np.nan
    with pytest.raises(InputError, match="unobserved"):
        make(history)
