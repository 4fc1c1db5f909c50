"""Does the spread of a forecast mean what it says: coverage, PIT, ranks, reliability.

Cases whose observation is missing (`nan`) are left out of every figure.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num

from liptako.errors import InputError
from liptako.verification.scores import aligned, central_interval


class Reliability(NamedTuple):
    """Forecast probability against observed frequency, by bins of the probability."""

    probability: Float[np.ndarray, " bin"]
    """Mean forecast probability in the bin; `nan` where empty."""
    frequency: Float[np.ndarray, " bin"]
    """Share of the bin's cases in which it happened; `nan` where empty."""
    count: Int[np.ndarray, " bin"]
    """Cases in the bin."""
    brier: float
    """Mean squared error of the probability over all cases."""


class SpreadSkill(NamedTuple):
    """Expected against actual error of the mean of the draws, by bins of the spread."""

    spread: Float[np.ndarray, " bin"]
    """Root mean variance of the draws, corrected for their number."""
    skill: Float[np.ndarray, " bin"]
    """Root mean squared error of the mean of the draws."""
    count: Int[np.ndarray, " bin"]
    """Cases in the bin."""


def covered(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], level: float = 0.9
) -> Float[np.ndarray, "*case"]:
    """Return 1 for each case inside its central interval, ends included, else 0.

    Args:
        obs: observations; a missing one gives `nan`.
        draws: forecast draws.
        level: nominal share of the interval, strictly between 0 and 1.

    Returns:
        1, 0 or `nan` for each case, to be averaged over windows, leads or units.

    Raises:
        InputError: arrays that do not match, or `level` out of range.

    Example:
        >>> covered(np.array([0.0, 9.0]), np.array([[0.0, 1.0], [0.0, 1.0]]), 0.5).tolist()
        [0.0, 0.0]
    """
    obs, draws = aligned(obs, draws)
    lower, upper = central_interval(draws, level)
    inside = ((obs >= lower) & (obs <= upper)).astype(np.float64)
    return np.where(np.isnan(obs), np.nan, inside)


def coverage(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], level: float = 0.9
) -> float:
    """Return the share of observed cases inside their central interval.

    Counts pile up on the ends of an interval, so a perfect forecast of counts covers
    more than `level`, at low counts much more.

    Args:
        obs: observations.
        draws: forecast draws.
        level: nominal share of the interval, strictly between 0 and 1.

    Returns:
        The share, 0 to 1; `nan` without observed cases.

    Raises:
        InputError: arrays that do not match, or `level` out of range.

    Example:
        >>> coverage(np.array([5.0, 500.0]), np.tile(np.arange(10.0), (2, 1)))
        0.5
    """
    inside = covered(obs, draws, level)
    seen = inside[~np.isnan(inside)]
    return float(seen.mean()) if seen.size else float("nan")


def pit(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], seed: int = 0
) -> Float[np.ndarray, "*case"]:
    """Return the randomised probability integral transform, uniform if calibrated.

    `F(y-) + V (F(y) - F(y-))` with `V` uniform on [0, 1) and `F` the empirical
    distribution of the draws.

    Args:
        obs: observations; a missing one gives `nan`.
        draws: forecast draws.
        seed: seed of `V`; the same seed gives the same values.

    Returns:
        A value in [0, 1] for each case.

    Raises:
        InputError: arrays that do not match.

    References:
        Czado, Gneiting & Held 2009, doi:10.1111/j.1541-0420.2009.01191.x.

    Example:
        >>> pit(np.array([9.0]), np.array([[0.0, 1.0]])).tolist()
        [1.0]
    """
    obs, draws = aligned(obs, draws)
    low, high = _cumulative(obs, draws)
    value = low + np.random.default_rng(seed).random(obs.shape) * (high - low)
    return np.where(np.isnan(obs), np.nan, value)


def pit_histogram(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], bins: int = 10
) -> Float[np.ndarray, " bin"]:
    """Return the nonrandomised PIT histogram for counts, flat at `1/bins` if calibrated.

    Each case spreads its unit of probability evenly over `F(y-)` to `F(y)`; where the two
    are equal (no draw has that value) it falls in one bin.

    Args:
        obs: observations.
        draws: forecast draws.
        bins: number of equal bins of [0, 1], 1 or more.

    Returns:
        The share of probability in each bin; the shares sum to 1.

    Raises:
        InputError: arrays that do not match, no observed case, or no bin.

    References:
        Czado, Gneiting & Held 2009, doi:10.1111/j.1541-0420.2009.01191.x.

    Example:
        >>> pit_histogram(np.array([0.0]), np.zeros((1, 4)), bins=4).tolist()
        [0.25, 0.25, 0.25, 0.25]
    """
    _check_bins(bins)
    obs, draws = _seen(obs, draws)
    low, high = (side[:, None] for side in _cumulative(obs, draws))
    edges = np.linspace(0, 1, bins + 1)
    width = np.where(high > low, high - low, 1.0)
    reached = np.where(high > low, np.clip((edges - low) / width, 0, 1), edges > low)
    reached[:, 0], reached[:, -1] = 0, 1
    return np.diff(reached, axis=1).mean(axis=0)


def rank_histogram(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> Float[np.ndarray, " rank"]:
    """Return how often the observation takes each rank among the draws.

    With `t` draws equal to it the observation could take `t + 1` ranks; each gets an
    equal part, so counts need not be whole and nothing is random.

    Args:
        obs: observations.
        draws: forecast draws, `n` a case.

    Returns:
        The count at each of the `n + 1` ranks, lowest first; they sum to the cases seen.

    Raises:
        InputError: arrays that do not match, or no observed case.

    References:
        Hamill 2001, doi:10.1175/1520-0493(2001)129<0550:IORHFV>2.0.CO;2.

    Example:
        >>> rank_histogram(np.array([1.0]), np.array([[0.0, 2.0]])).tolist()
        [0.0, 1.0, 0.0]
    """
    obs, draws = _seen(obs, draws)
    below = (draws < obs[:, None]).sum(axis=1)
    ties = (draws == obs[:, None]).sum(axis=1)
    change = np.zeros(draws.shape[-1] + 2)
    np.add.at(change, below, 1 / (ties + 1))
    np.add.at(change, below + ties + 1, -1 / (ties + 1))
    return np.maximum(np.cumsum(change)[:-1], 0)


def reliability(
    obs: Num[np.ndarray, "*case"],
    draws: Num[np.ndarray, "*case draw"],
    threshold: float,
    bins: int = 10,
) -> Reliability:
    """Return how often `threshold` or more happened where it was given each probability.

    Args:
        obs: observations.
        draws: forecast draws; their share at or above `threshold` is the probability.
        threshold: the event is a value of at least this, such as 25 deaths.
        bins: number of equal bins of the probability, closed below, the last one on
            both sides.

    Returns:
        Mean probability, observed frequency and count by bin, and the Brier score.

    Raises:
        InputError: arrays that do not match, no observed case, or no bin.

    References:
        Murphy 1973, doi:10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2.

    Example:
        >>> reliability(np.array([30.0, 0.0]), np.full((2, 4), 99.0), 25).frequency[-1].item()
        0.5
    """
    _check_bins(bins)
    obs, draws = _seen(obs, draws)
    probability = (draws >= threshold).mean(axis=1)
    happened = (obs >= threshold).astype(np.float64)
    edges = np.linspace(0, 1, bins + 1)[1:-1]
    group = np.searchsorted(edges, probability, side="right")
    count = np.bincount(group, minlength=bins)
    return Reliability(
        probability=_bin_mean(probability, group, count),
        frequency=_bin_mean(happened, group, count),
        count=count,
        brier=float(np.mean((probability - happened) ** 2)),
    )


def spread_skill(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], bins: int = 1
) -> SpreadSkill:
    """Return spread beside skill; a calibrated forecast has them equal in every bin.

    `spread^2 = (n + 1)/n mean(s^2)` with `s^2` the unbiased variance of the `n` draws,
    `skill^2 = mean((mean of draws - y)^2)`.

    Args:
        obs: observations.
        draws: forecast draws, at least 2.
        bins: number of bins, with nearly equal counts, in order of spread.

    Returns:
        Spread, skill (in the unit of `obs`) and count by bin.

    Raises:
        InputError: arrays that do not match, fewer than 2 draws, or more bins than cases.

    References:
        Fortin et al. 2014, doi:10.1175/JHM-D-14-0008.1.

    Example:
        >>> spread_skill(np.array([3.0]), np.array([[0.0, 2.0]])).skill.tolist()
        [2.0]
    """
    _check_bins(bins)
    obs, draws = _seen(obs, draws)
    n = draws.shape[1]
    if n < 2:
        raise InputError("no spread in one draw", field="draws", value=n, allowed="2 or more")
    if bins > obs.size:
        raise InputError("more bins than cases", field="bins", value=bins, allowed=f"1-{obs.size}")
    variance = draws.var(axis=1, ddof=1) * (n + 1) / n
    error = (draws.mean(axis=1) - obs) ** 2
    parts = np.array_split(np.argsort(variance, kind="stable"), bins)
    return SpreadSkill(
        spread=np.sqrt([variance[part].mean() for part in parts]),
        skill=np.sqrt([error[part].mean() for part in parts]),
        count=np.array([part.size for part in parts]),
    )


def _cumulative(obs: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    below, reached = draws < obs[..., None], draws <= obs[..., None]
    return np.asarray(below.mean(axis=-1)), np.asarray(reached.mean(axis=-1))


def _seen(obs: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    obs, draws = aligned(obs, draws)
    keep = ~np.isnan(obs)
    if not keep.any():
        raise InputError("no case is observed", field="obs", allowed="1 observed case or more")
    return obs[keep], draws[keep]


def _bin_mean(values: np.ndarray, group: np.ndarray, count: np.ndarray) -> np.ndarray:
    total = np.bincount(group, weights=values, minlength=count.size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _check_bins(bins: int) -> None:
    if bins < 1:
        raise InputError("too few bins", field="bins", value=bins, allowed="1 or more")
