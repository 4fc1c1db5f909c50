"""How sure is a difference between two models: paired moving-block bootstrap.

Scores of neighbouring months depend on each other, scores of one month over all units
too, and all months of a window share one origin. So whole blocks of months are drawn,
with all their units and with both models, and, where windows are given, windows first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from liptako.errors import InputError

Sums = np.ndarray | np.floating
"""Of one sample, or of each replicate."""


class Interval(NamedTuple):
    """An estimate between the ends of its interval."""

    estimate: float
    lo: float
    hi: float


def paired_difference(
    score_a: Float[np.ndarray, " case"],
    score_b: Float[np.ndarray, " case"],
    months: Int[np.ndarray, " case"],
    units: Shaped[np.ndarray, " case"],
    *,
    windows: Shaped[np.ndarray, " case"] | None = None,
    block: int = 12,
    n: int = 2000,
    seed: int = 0,
    level: float = 0.9,
) -> Interval:
    """Return the mean difference `a - b` of scores on identical cases, with its interval.

    Negative means that `a` is better. Each replicate strings together moving blocks of
    `block` consecutive observed months until it has as many months as the sample; with
    `windows` it first draws as many windows with replacement, then blocks inside each.
    The ends are percentiles of the replicates. With few windows (six here) such
    intervals are rather too narrow than too wide.

    Args:
        score_a: scores of the first model, finite.
        score_b: scores of the second, on the same cases in the same order.
        months: month number of each case.
        units: unit (country, cell) of each case.
        windows: forecast window of each case; none: all months are one window.
        block: months in a block, 1 or more; cut to the length of a window.
        n: replicates, 2 or more.
        seed: the same seed gives the same interval.
        level: share of replicates inside, strictly between 0 and 1.

    Returns:
        Estimate, lower and upper end, in the unit of the scores.

    Raises:
        InputError: arrays of different length, missing scores, a case that occurs twice,
            or settings out of range.

    References:
        Künsch 1989, doi:10.1214/aos/1176347265.

    Example:
        >>> month, unit = np.arange(24), np.zeros(24, dtype=int)
        >>> paired_difference(np.full(24, 3.0), np.full(24, 5.0), month, unit)
        Interval(estimate=-2.0, lo=-2.0, hi=-2.0)
    """

    def difference(a: Sums, b: Sums, count: Sums) -> Sums:
        return (a - b) / count

    sample = _tally(score_a, score_b, months, units, windows)
    return _interval(sample, difference, _Settings(block, n, seed, level))


def paired_skill(
    score_a: Float[np.ndarray, " case"],
    score_b: Float[np.ndarray, " case"],
    months: Int[np.ndarray, " case"],
    units: Shaped[np.ndarray, " case"],
    *,
    windows: Shaped[np.ndarray, " case"] | None = None,
    block: int = 12,
    n: int = 2000,
    seed: int = 0,
    level: float = 0.9,
) -> Interval:
    """Return the relative skill `1 - mean(a) / mean(b)`, with its interval.

    Positive means that `a` is better than the reference `b`. Resampling as in
    `paired_difference`; replicates in which the reference is perfect are left out.

    Args:
        score_a: scores of the model, finite.
        score_b: scores of the reference, on the same cases in the same order.
        months: month number of each case.
        units: unit (country, cell) of each case.
        windows: forecast window of each case; none: all months are one window.
        block: months in a block, 1 or more; cut to the length of a window.
        n: replicates, 2 or more.
        seed: the same seed gives the same interval.
        level: share of replicates inside, strictly between 0 and 1.

    Returns:
        Estimate, lower and upper end, without unit, at most 1 for scores of 0 or more.

    Raises:
        InputError: as `paired_difference`, or a reference whose mean score is 0.

    Example:
        >>> month, unit = np.arange(24), np.zeros(24, dtype=int)
        >>> paired_skill(np.full(24, 3.0), np.full(24, 4.0), month, unit)
        Interval(estimate=0.25, lo=0.25, hi=0.25)
    """

    def skill(a: Sums, b: Sums, count: Sums) -> Sums:
        return 1 - a / np.where(b == 0, np.nan, b)

    sample = _tally(score_a, score_b, months, units, windows)
    if sample.sums[:, 1].sum() == 0:
        raise InputError("the reference scores 0", field="score_b", value=0.0, allowed="not 0")
    return _interval(sample, skill, _Settings(block, n, seed, level))


class _Settings(NamedTuple):
    block: int
    n: int
    seed: int
    level: float


class _Sample(NamedTuple):
    sums: np.ndarray  # [window and month, (a, b, cases)], months of a window adjacent
    lengths: np.ndarray  # months in each window


def _tally(
    score_a: np.ndarray,
    score_b: np.ndarray,
    months: np.ndarray,
    units: np.ndarray,
    windows: np.ndarray | None,
) -> _Sample:
    months = np.asarray(months)
    windows = np.zeros(months.shape, dtype=int) if windows is None else np.asarray(windows)
    columns = {"score_a": score_a, "score_b": score_b, "units": units, "windows": windows}
    for field, column in columns.items():
        if np.shape(column) != months.shape or months.ndim != 1 or months.size == 0:
            raise InputError(
                "not one value a case", field=field, value=np.shape(column), allowed="1 axis, equal"
            )
    scores = np.stack([score_a, score_b, np.ones(months.shape)], axis=1).astype(np.float64)
    if not np.isfinite(scores).all():
        raise InputError(
            "a score is missing", field="score_a, score_b", allowed="finite; leave the case out"
        )
    window = np.unique(windows, return_inverse=True)[1]
    unit = np.unique(units, return_inverse=True)[1]
    cases = np.stack([window, months, unit], axis=1)
    if np.unique(cases, axis=0).shape[0] != months.size:
        raise InputError("a case occurs twice", field="months, units", allowed="each case once")
    rows, place = np.unique(cases[:, :2], axis=0, return_inverse=True)
    sums = np.zeros((rows.shape[0], 3))
    np.add.at(sums, place.reshape(-1), scores)
    return _Sample(sums, np.bincount(rows[:, 0]))


def _replicates(sample: _Sample, block: int, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    first = np.concatenate([[0], np.cumsum(sample.lengths)[:-1]])
    total = np.zeros((n, 3))
    for chosen in rng.integers(sample.lengths.size, size=(sample.lengths.size, n)):
        for window in np.unique(chosen):
            which = np.flatnonzero(chosen == window)
            length = int(sample.lengths[window])
            size = min(block, length)
            starts = rng.integers(length - size + 1, size=(which.size, -(-length // size)))
            month = (starts[:, :, None] + np.arange(size)).reshape(which.size, -1)[:, :length]
            total[which] += sample.sums[first[window] + month].sum(axis=1)
    return total


def _interval(
    sample: _Sample,
    statistic: Callable[[Sums, Sums, Sums], Sums],
    settings: _Settings,
) -> Interval:
    block, n, seed, level = settings
    if sample.lengths.size == 1 and sample.lengths[0] <= block:
        raise InputError(
            "nothing to resample: one block holds all months",
            field="block",
            value=block,
            allowed=f"1 to {sample.lengths[0] - 1}, or more windows",
        )
    for field, value, least in (("block", block, 1), ("n", n, 2)):
        if value < least:
            raise InputError("too small", field=field, value=value, allowed=f"{least} or more")
    if not 0 < level < 1:
        raise InputError(
            "not a share", field="level", value=level, allowed="strictly between 0 and 1"
        )
    estimate = statistic(*sample.sums.sum(axis=0))
    values = statistic(*_replicates(sample, block, n, seed).T)
    tail = (1 - level) / 2
    lo, hi = np.nanquantile(values, [tail, 1 - tail])
    return Interval(float(estimate), float(lo), float(hi))
