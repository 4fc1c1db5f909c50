"""Rates and shares of past cases with conjugate posteriors, and survival.

With `n` events in `T` months at risk the posterior of a rate is Gamma(n + 1/2, T), and of `k` in
`n` that of a share is Beta(k + 1/2, n - k + 1/2) (Jeffreys).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int
from scipy.special import betaincinv, gammaincinv

from liptako.errors import InputError

_Z90 = 1.6448536


def _ends(level: float) -> np.ndarray:
    """Return the probabilities below the ends of a central interval."""
    return np.array([0.5 - level / 2, 0.5 + level / 2])


class Gamma(NamedTuple):
    """Posterior of a monthly rate.

    Example:
        >>> Gamma(2.5, 100.0).mean
        0.025
    """

    shape: float
    rate: float

    @property
    def mean(self) -> float:
        """Mean rate, per month."""
        return self.shape / self.rate

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Return the ends of the central interval."""
        low, high = gammaincinv(self.shape, _ends(level)) / self.rate
        return float(low), float(high)


class Beta(NamedTuple):
    """Posterior of a share.

    Example:
        >>> Beta(1.5, 4.5).mean
        0.25
    """

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Mean share."""
        return self.a / (self.a + self.b)

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """Return the ends of the central interval."""
        low, high = betaincinv(self.a, self.b, _ends(level))
        return float(low), float(high)


def jeffreys_rate(events: float | np.integer, exposure: float | np.integer) -> Gamma:
    """Return Gamma(events + 1/2, exposure); exposure in months, above 0."""
    if not exposure > 0:
        raise InputError("no month at risk", field="exposure", value=exposure, allowed="above 0")
    return Gamma(float(events) + 0.5, float(exposure))


def jeffreys_share(hits: float | np.integer, n: float | np.integer) -> Beta:
    """Return Beta(hits + 1/2, n - hits + 1/2)."""
    return Beta(float(hits) + 0.5, float(n - hits) + 0.5)


def survival(
    followed: Int[np.ndarray, " case"],
    ended: Bool[np.ndarray, " case"],
    max_months: int = 60,
    at_least: int = 0,
) -> pd.DataFrame:
    r"""Return the Kaplan-Meier survival of cases, by age in months.

    $S(t) = \prod_{u \le t} (1 - d_u / n_u)$ over ages u above `at_least`, with the interval of
    $\log(-\log S)$ by Greenwood's formula. Before the first end, the lower limit is the exact
    one for no end among those at risk.

    Args:
        followed: months from the birth of each to its end, or to when it was last seen.
        ended: whether it ended then.
        max_months: the last age.
        at_least: condition on having lasted so long: cases that ended or were last seen by then
            are left out.

    Returns:
        `month` (age, from `at_least`), `survival`, `lo`, `hi` (90%), `at_risk` (cases followed
        into that age; at the first, all).

    Raises:
        InputError: no case to follow, or ages out of order.

    References:
        Kalbfleisch & Prentice 2002, doi:10.1002/9781118032985.
    """
    if not 0 <= at_least < max_months:
        raise InputError(
            "out of range", field="at_least", value=at_least, allowed=f"0 to {max_months - 1}"
        )
    keep = followed > at_least if at_least else followed >= 0
    followed, ended = followed[keep], ended[keep]
    if not len(followed):
        raise InputError("no case lasted so long", field="at_least", value=at_least)
    age = np.arange(at_least, max_months + 1)
    at_risk = (followed >= age[:, None]).sum(axis=1)
    ends = (ended & (followed == age[:, None])).sum(axis=1)
    alive = np.cumprod(1 - ends / np.maximum(at_risk, 1))
    lo, hi = _interval(alive, ends, at_risk)
    return pd.DataFrame({"month": age, "survival": alive, "lo": lo, "hi": hi, "at_risk": at_risk})


def _interval(
    alive: np.ndarray, ends: np.ndarray, at_risk: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(ends > 0, ends / (at_risk * (at_risk - ends)), 0.0))
        spread = _Z90 * np.sqrt(variance) / np.abs(np.log(alive))
        lo, hi = alive ** np.exp(spread), alive ** np.exp(-spread)
    untouched = alive == 1
    lo = np.where(untouched, 0.05 ** (1 / np.maximum(at_risk, 1)), lo)
    hi = np.where(untouched, 1.0, hi)
    gone = alive == 0
    last = hi[~gone][-1] if (~gone).any() else 1.0
    return np.where(gone, 0.0, lo), np.where(gone, last, hi)
