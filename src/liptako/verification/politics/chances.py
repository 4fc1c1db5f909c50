"""Scores of chances of one event that did or did not happen, with bootstraps by country and origin.

Outcomes of one country depend on each other, as do those of one origin, so both are drawn: a
replicate weighs a case by how often its country was drawn times how often its origin was
(pigeonhole bootstrap). With overlapping outcomes the binomial error is too small by half or more.

References:
    Owen 2007, doi:10.1214/07-AOAS122 (pigeonhole bootstrap); Hanley & McNeil 1982,
    doi:10.1148/radiology.143.1.7063747 (AUC); Cox 1958, doi:10.1093/biomet/45.3-4.562
    (calibration slope and intercept).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped
from scipy.special import expit, logit

from liptako.errors import InputError
from liptako.verification.bootstrap import Interval

N_BOOT = 1000
LEVEL = 0.9
_RECALIBRATED = 400
"""Replicates of the recalibration, which is fitted anew in each."""

_STEPS = 12


class Fifth(NamedTuple):
    """One fifth of the cases by chance.

    Args:
        n: cases.
        p: mean chance.
        frequency: share that happened.
        lo: lower end of the frequency's simultaneous 90% band.
        hi: upper end.
    """

    n: int
    p: float
    frequency: float
    lo: float
    hi: float


class Calibration(NamedTuple):
    """Logistic recalibration `logit q = intercept + slope logit p`; 0 and 1 if calibrated."""

    slope: Interval
    intercept: Interval


def log_scores(p: Float[np.ndarray, " n"], event: Float[np.ndarray, " n"]) -> np.ndarray:
    """Return minus the natural log of the chance given to what happened.

    Raises:
        InputError: chances that are not strictly between 0 and 1.
    """
    if not ((p > 0) & (p < 1)).all():
        raise InputError("not a chance", field="p", allowed="strictly between 0 and 1")
    return -np.log(np.where(event == 1, p, 1 - p))


def replicate_weights(
    countries: Shaped[np.ndarray, " n"],
    origins: Shaped[np.ndarray, " n"] | None = None,
    *,
    n: int = N_BOOT,
    seed: int = 0,
) -> Float[np.ndarray, "boot n"]:
    """Return how often each case is in each replicate: countries drawn, and origins where given."""
    rng = np.random.default_rng(seed)
    weights = np.ones((n, len(countries)))
    for labels in (countries,) if origins is None else (countries, origins):
        place = np.unique(labels, return_inverse=True)[1]
        size = int(place.max()) + 1
        weights *= rng.multinomial(size, np.full(size, 1 / size), size=n)[:, place]
    return weights


def mean_interval(values: Float[np.ndarray, " n"], weights: Float[np.ndarray, "b n"]) -> Interval:
    """Return the mean with its 90% interval over replicates."""
    with np.errstate(invalid="ignore", divide="ignore"):
        means = weights @ values / weights.sum(axis=1)
    return _interval(float(values.mean()), means)


def auc(
    p: Float[np.ndarray, " n"],
    event: Float[np.ndarray, " n"],
    weights: Float[np.ndarray, "b n"] | None = None,
) -> Float[np.ndarray, " b"]:
    """Return by row of weights the chance that an event had a higher p than a non-event.

    Ties count half; missing where there are no events or nothing else. Without weights: one row
    of ones.

    Example:
        >>> auc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]))
        array([0.875])
    """
    w = np.ones((1, len(p))) if weights is None else weights
    order = np.argsort(p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) > 0])
    yes, no = (
        np.add.reduceat(w[:, order] * part[order], starts, axis=1) for part in (event, 1 - event)
    )
    below = np.cumsum(no, axis=1) - no / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        return (yes * below).sum(axis=1) / (yes.sum(axis=1) * no.sum(axis=1))


def auc_interval(
    p: Float[np.ndarray, " n"], event: Float[np.ndarray, " n"], weights: Float[np.ndarray, "b n"]
) -> Interval:
    """Return the AUC with its 90% interval over replicates."""
    return _interval(float(auc(p, event)[0]), auc(p, event, weights))


def calibration(
    p: Float[np.ndarray, " n"], event: Float[np.ndarray, " n"], weights: Float[np.ndarray, "b n"]
) -> Calibration:
    """Return slope and intercept of the logistic recalibration with 90% intervals."""
    one = np.ones((1, len(p)))
    (slope, intercept), (slopes, intercepts) = (
        _recalibrate(p, event, w) for w in (one, weights[:_RECALIBRATED])
    )
    return Calibration(
        _interval(float(slope[0]), slopes), _interval(float(intercept[0]), intercepts)
    )


def fifths(
    p: Float[np.ndarray, " n"],
    event: Float[np.ndarray, " n"],
    weights: Float[np.ndarray, "b n"],
    *,
    n_bins: int = 5,
) -> list[Fifth]:
    """Return the reliability of fifths of the cases, with simultaneous 90% bands.

    A band is the frequency plus or minus q times its standard error over replicates, with q the
    90th percentile of the greatest standardised deviation: all bands hold at once.
    """
    bounds = np.quantile(p, np.linspace(0, 1, n_bins + 1)[1:-1])
    place = np.searchsorted(bounds, p, side="right")
    kept = [bin_ for bin_ in range(n_bins) if (place == bin_).any()]
    inside = np.stack([place == bin_ for bin_ in kept]).astype(float)
    n = inside.sum(axis=1)
    frequency, chance = inside @ event / n, inside @ p / n
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = (weights * event) @ inside.T / (weights @ inside.T)
    spread = np.nanstd(drawn, axis=0)
    spread = np.where(spread > 0, spread, np.inf)
    worst = np.nanmax(np.abs(drawn - frequency) / spread, axis=1)
    half = np.nanquantile(worst, LEVEL) * np.where(np.isfinite(spread), spread, 0.0)
    lo, hi = np.maximum(frequency - half, 0.0), np.minimum(frequency + half, 1.0)
    rows = zip(n.tolist(), chance.tolist(), frequency.tolist(), lo.tolist(), hi.tolist(),
               strict=True)  # fmt: skip
    return [Fifth(int(row[0]), *row[1:]) for row in rows]


def _recalibrate(
    p: np.ndarray, event: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes and intercepts by row of weights: Newton's method, a faint ridge."""
    x = np.asarray(logit(p))
    slope, intercept = np.ones(len(weights)), np.zeros(len(weights))
    for _ in range(_STEPS):
        q = np.asarray(expit(intercept[:, None] + slope[:, None] * x))
        residual, spread = weights * (event - q), weights * q * (1 - q)
        g0, g1 = residual.sum(axis=1), residual @ x - 1e-6 * (slope - 1)
        h00, h01 = spread.sum(axis=1) + 1e-9, spread @ x
        h11 = spread @ x**2 + 1e-6
        determinant = np.maximum(h00 * h11 - h01**2, 1e-12)
        slope = slope + np.clip((h00 * g1 - h01 * g0) / determinant, -1, 1)
        intercept = intercept + np.clip((h11 * g0 - h01 * g1) / determinant, -1, 1)
    return slope, intercept


def _interval(estimate: float, drawn: np.ndarray) -> Interval:
    lo, hi = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(estimate, float(lo), float(hi))
