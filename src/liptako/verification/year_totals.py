"""Forecasts of a year's deaths to beat, made from history alone: `[unit, draw]`.

`history` holds counts a month up to and with the last training month, `nan` where unobserved. A
year ahead is 12 months: the first follows the last training month, the second begins 12 months
later, and so on.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num

from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.verification.baselines import N_DRAWS
from liptako.verification.kernels import CountKernel, checked_history, fit_mixture_kernel


def rolling_totals(
    history: Num[np.ndarray, "month unit"],
) -> Float[np.ndarray, "end unit"]:
    """Return the total of the 12 months that end with each month from the twelfth on.

    Args:
        history: counts a month; a total with an unobserved month is not a number.

    Raises:
        InputError: fewer than 12 months, or no table of counts.

    Example:
        >>> rolling_totals(np.arange(13.0)[:, None])[:, 0].tolist()
        [66.0, 78.0]
    """
    history = checked_history(history)
    if len(history) < MONTHS_PER_YEAR:
        raise InputError(
            "not a whole year", field="history", value=len(history),
            allowed=f"{MONTHS_PER_YEAR} months or more",
        )  # fmt: skip
    windows = np.lib.stride_tricks.sliding_window_view(history, MONTHS_PER_YEAR, axis=0)
    return windows.sum(axis=-1)


def conflictology_total(
    history: Num[np.ndarray, "month unit"], *, n_draws: int = N_DRAWS, seed: int = 0
) -> Float[np.ndarray, "unit draw"]:
    """Return totals of 12 months, each drawn with replacement from the last 12.

    What conflictology says of a year if its months are taken as independent, as it gives no other
    hint. Its middle is the last year's total; months of a war depend on each other, so its range
    is narrow.

    Args:
        history: counts a month up to and with the last training month.
        n_draws: draws a unit.
        seed: the same seed gives the same draws.

    Raises:
        InputError: too short a history, or a last month unobserved.

    Example:
        >>> conflictology_total(np.full((12, 1), 3.0), n_draws=2).tolist()
        [[36.0, 36.0]]
    """
    _last_totals(history)
    recent = np.asarray(history, float)[-MONTHS_PER_YEAR:]
    months = np.random.default_rng(seed).integers(MONTHS_PER_YEAR, size=(MONTHS_PER_YEAR, n_draws))
    return recent[months].sum(axis=0).T


def smoothed_total(
    history: Num[np.ndarray, "month unit"],
    pool: Num[np.ndarray, "time pooled"],
    *,
    ahead: int = 1,
    kernel: CountKernel | None = None,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Float[np.ndarray, "unit draw"]:
    """Return draws of a count distribution around the total of the last 12 months.

    It is fitted to how totals of 12 months moved in the past over as many months, so it has the
    spread of a year's total: the fair baseline.

    Args:
        history: counts a month of the units to forecast.
        pool: of the units that the law is fitted to.
        ahead: which year, from 1.
        kernel: the law; none: fitted to the pool.
        n_draws: draws a unit.
        seed: the same seed gives the same draws.

    Raises:
        InputError: too short a history, or a last month unobserved.

    Example:
        >>> law = CountKernel(size=5.0, half=1.0, floor=0.1, zero_size=0.1)
        >>> smoothed_total(np.ones((12, 3)), np.ones((12, 3)), kernel=law, n_draws=7).shape
        (3, 7)
    """
    value = _last_totals(history)
    law = fit_total_kernel(pool, ahead) if kernel is None else kernel
    wide = np.broadcast_to(value[:, None], (len(value), n_draws))
    return law.draw(wide, np.random.default_rng(seed))


def fit_total_kernel(pool: Num[np.ndarray, "month unit"], ahead: int = 1) -> CountKernel:
    """Return the law of a year's total around the total of the 12 months before the origin.

    Args:
        pool: counts a month.
        ahead: which year, from 1.

    Raises:
        InputError: too short a history to fit.
    """
    totals = rolling_totals(pool)
    return fit_mixture_kernel(totals, 1, first_lead=MONTHS_PER_YEAR * ahead, n_leads=1)


def _last_totals(history: np.ndarray) -> np.ndarray:
    value = rolling_totals(history)[-1]
    if np.isnan(value).any():
        unit = int(np.flatnonzero(np.isnan(value))[0])
        raise InputError(
            "unobserved", field=f"history[-{MONTHS_PER_YEAR}:, {unit}]",
            allowed="leave the unit out",
        )  # fmt: skip
    return value
