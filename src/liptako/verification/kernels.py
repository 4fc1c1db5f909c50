"""Laws of counts around a value, fitted by likelihood, for the baselines that need one.

`history [month, unit]` holds counts a month up to and with the last training month,
`nan` where unobserved. Outcomes are `first_lead` to `first_lead + n_leads - 1` months
after an origin; nothing outside `history` is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num
from scipy import special

from liptako.errors import InputError
from liptako.inference.optimum import at_optimum
from liptako.model.counts import log_pmf

FIRST_LEAD = 3
"""Months from the last training month to the first forecast month in the challenge."""
N_LEADS = 12
"""Forecast months in a window of the challenge."""

_TRAIN_MONTHS = 120
_TRAIN_STEP = 6
_RESTARTS = 3


class CountKernel(NamedTuple):
    """Negative binomial law around a value: mean `value + floor`, variance `mean + mean^2/size`.

    The size rises with the value, `zero_size + size value / (value + half)`: peace mostly
    stays peace, and where it ends, it ends in all sizes; at war the law is tighter. Six
    forms were compared by the likelihood of a level's outcomes in 191 countries up to
    October 2017; none was better than this one by more than 0.6%.

    Args:
        size: what the size gains between a value of 0 and a large one, above 0.
        half: value, in counts a month, at which it has gained half of that, above 0.
        floor: counts a month added to every value, above 0.
        zero_size: size at a value of 0, above 0.

    Example:
        >>> law = CountKernel(size=2.0, half=1.0, floor=0.5, zero_size=0.1)
        >>> mean, size = law.law(np.array([0.0, 1.0]))
        >>> mean.tolist(), size.tolist()
        ([0.5, 1.5], [0.1, 1.1])
    """

    size: float
    half: float
    floor: float
    zero_size: float

    def law(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and size of the negative binomial around each value."""
        return value + self.floor, self.zero_size + self.size * value / (value + self.half)

    def log_pmf(self, count: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Return the log probability of each count around each value."""
        mean, size = self.law(value)
        return log_pmf(count, mean, size)

    def draw(self, value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return one count around each value."""
        mean, size = self.law(value)
        return rng.poisson(rng.gamma(size, mean / size)).astype(np.float64)


def checked_history(history: Num[np.ndarray, "month unit"]) -> Float[np.ndarray, "month unit"]:
    """Return a history as float64, after checking that it is a table of counts.

    Args:
        history: counts a month, `nan` where unobserved.

    Returns:
        The same values.

    Raises:
        InputError: not two axes, empty, or a value that is negative or infinite.

    Example:
        >>> checked_history(np.array([[3]])).tolist()
        [[3.0]]
    """
    history = np.asarray(history, dtype=np.float64)
    if history.ndim != 2 or 0 in history.shape:
        raise InputError(
            "not a table", field="history", value=history.shape, allowed="[month, unit], not empty"
        )
    wrong = (history < 0) | np.isinf(history)
    if wrong.any():
        month, unit = (int(place[0]) for place in np.nonzero(wrong))
        raise InputError(
            "not a count",
            field=f"history[{month}, {unit}]",
            value=float(history[month, unit]),
            allowed="0 or more, or nan where unobserved",
        )
    return history


def exponential_level(
    history: Num[np.ndarray, "month unit"], half_life: float
) -> Float[np.ndarray, "month unit"]:
    """Return the exponentially weighted mean of each unit up to and with each month.

    Args:
        history: counts a month; unobserved months get no weight.
        half_life: months after which a month counts half, above 0.

    Returns:
        The level, counts a month; `nan` before a unit's first observed month.

    Raises:
        InputError: half-life out of range, or a history that is no table of counts.

    Example:
        >>> exponential_level(np.array([[0.0], [3.0]]), 1.0)[:, 0].tolist()
        [0.0, 2.0]
    """
    if not half_life > 0:
        raise InputError(
            "not a half-life", field="half_life", value=half_life, allowed="months, above 0"
        )
    history = checked_history(history)
    decay = 0.5 ** (1 / half_life)
    total = np.zeros(history.shape[1])
    weight = np.zeros(history.shape[1])
    level = np.empty(history.shape)
    for month, counts in enumerate(history):
        seen = ~np.isnan(counts)
        total = decay * total + np.where(seen, counts, 0)
        weight = decay * weight + seen
        level[month] = np.where(weight > 0, total / np.where(weight > 0, weight, 1), np.nan)
    return level


def fit_level_kernel(
    history: Num[np.ndarray, "month unit"],
    half_life: float,
    *,
    first_lead: int = FIRST_LEAD,
    n_leads: int = N_LEADS,
) -> CountKernel:
    """Return the law around the exponentially weighted level of greatest likelihood.

    Pooled over units, leads and origins every 6 months over the last 120 that have their
    outcomes inside `history`.

    Args:
        history: counts a month up to and with the last training month.
        half_life: months after which a month counts half, above 0.
        first_lead: months from an origin to its first outcome.
        n_leads: outcomes of each origin and unit.

    Returns:
        The kernel.

    Raises:
        InputError: a history without an origin and its outcomes.

    Example:
        >>> fit_level_kernel(np.full((60, 3), 5.0), 3.0).floor < 0.1
        True
    """
    level = exponential_level(history, half_life)
    origins, rows = _train_rows(len(level), first_lead, n_leads)
    outcome = checked_history(history)[rows]
    value = np.broadcast_to(level[origins][:, None], outcome.shape)
    pairs, weight = _distinct(np.stack([outcome, value], axis=-1).reshape(-1, 2))
    return _maximise(lambda kernel: float(weight @ kernel.log_pmf(pairs[:, 0], pairs[:, 1])))


def fit_mixture_kernel(
    history: Num[np.ndarray, "month unit"],
    months: int = 12,
    *,
    first_lead: int = FIRST_LEAD,
    n_leads: int = N_LEADS,
) -> CountKernel:
    """Return the law around single months that makes their mixture most likely.

    Maximises `sum log 1/months sum_j f(outcome | value_j)` over the origins of
    `fit_level_kernel`.

    Args:
        history: counts a month up to and with the last training month.
        months: how many months are mixed.
        first_lead: months from an origin to its first outcome.
        n_leads: outcomes of each origin and unit.

    Returns:
        The kernel.

    Raises:
        InputError: a history without an origin, its months and its outcomes.

    Example:
        >>> fit_mixture_kernel(np.full((60, 3), 5.0)).floor < 0.1
        True
    """
    history = checked_history(history)
    origins, rows = _train_rows(len(history), first_lead, n_leads, before=months - 1)
    outcome = history[rows]
    values = np.sort(history[origins[:, None] - np.arange(months)], axis=1).swapaxes(1, 2)
    values = np.broadcast_to(values[:, None], (*outcome.shape, months))
    cases = np.concatenate([outcome[..., None], values], axis=-1).reshape(-1, months + 1)
    cases, weight = _distinct(cases)
    grid = np.stack([np.broadcast_to(cases[:, :1], cases[:, 1:].shape), cases[:, 1:]], axis=-1)
    pairs, place = np.unique(grid.reshape(-1, 2), axis=0, return_inverse=True)
    place = place.reshape(cases.shape[0], months)

    def log_likelihood(kernel: CountKernel) -> float:
        each = kernel.log_pmf(pairs[:, 0], pairs[:, 1])[place]
        return float(weight @ (special.logsumexp(each, axis=1) - np.log(months)))

    return _maximise(log_likelihood)


def _train_rows(
    n_months: int, first_lead: int, n_leads: int, before: int = 0
) -> tuple[Int[np.ndarray, " origin"], Int[np.ndarray, "origin lead"]]:
    last = n_months - (first_lead + n_leads)
    if last < before:
        raise InputError(
            "too short to fit",
            field="history",
            value=n_months,
            allowed=f"{first_lead + n_leads + before} months or more",
        )
    origins = np.arange(last, max(before - 1, last - _TRAIN_MONTHS), -_TRAIN_STEP)
    return origins, origins[:, None] + first_lead + np.arange(n_leads)


def _distinct(cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    cases = cases[~np.isnan(cases).any(axis=1)]
    if len(cases) == 0:
        raise InputError("nothing to fit", field="history", allowed="observed months")
    rows, count = np.unique(cases, axis=0, return_counts=True)
    return rows, count / count.sum()


def _maximise(log_likelihood: Callable[[CountKernel], float]) -> CountKernel:
    from scipy import optimize

    def kernel(point: np.ndarray) -> CountKernel:
        return CountKernel(*np.exp(np.clip(point, -15, 15)).tolist())

    found = optimize.OptimizeResult(x=np.log([0.5, 5.0, 1.0, 0.01]))
    for _ in range(_RESTARTS):  # a collapsed simplex can stop short of the optimum
        found = optimize.minimize(
            lambda point: -log_likelihood(kernel(point)),
            found.x,
            method="Nelder-Mead",
            options={"xatol": 1e-3, "fatol": 1e-7, "maxiter": 1000},
        )
    return kernel(at_optimum(found, "a kernel of counts"))
