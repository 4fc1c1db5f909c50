"""How regimes born of coups end: rates and shares with conjugate posteriors, and survival.

A *camp* is the order born of a coup, a junta or the transition it made. Rates are events per
month at risk, all camps alike at all ages: with `n` events in `T` camp-months the posterior
is Gamma(n + 1/2, T), and of `k` in `n` it is Beta(k + 1/2, n - k + 1/2) (Jeffreys).
Assumption: a constant rate over the ages in the window, which `survival` checks. Over all ages
it does not hold: a few camps lasted decades and most of the others ended within years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv, gammaincinv

from liptako.data import pacts
from liptako.errors import InputError

NEGOTIATED = ("election", "negotiated")
FORCED = ("rebellion", "foreign_intervention", "uprising")
COUP = "coup"
WITHIN = 60
"""Months after a coup in which ends and exposure count; older camps have a rate of their own."""
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


@dataclass(frozen=True)
class ExitFit:
    """Posteriors of how camps end.

    Args:
        negotiated: rate of ends by election or deal, per camp-month, up to `within` months of age.
        negotiated_later: the same after `WITHIN` months; five years at least are at risk.
        forced: rate of ends by rebellion, foreign intervention or uprising, per camp-month.
        capital: share of forced ends that are a rebellion's, all regions.
        same_camp: share of successful coups against a sitting camp after which it went on.
        success: share of country-months with a coup or attempt that have a success.
        n_camps: rows of juntas.
        camp_months: exposure of both rates.
    """

    negotiated: Gamma
    negotiated_later: Gamma
    forced: Gamma
    capital: Beta
    same_camp: Beta
    success: Beta
    n_camps: int
    camp_months: float


def jeffreys_rate(events: float | np.integer, exposure: float | np.integer) -> Gamma:
    """Return Gamma(events + 1/2, exposure); exposure in months, above 0."""
    if not exposure > 0:
        raise InputError("no month at risk", field="exposure", value=exposure, allowed="above 0")
    return Gamma(float(events) + 0.5, float(exposure))


def jeffreys_share(hits: float | np.integer, n: float | np.integer) -> Beta:
    """Return Beta(hits + 1/2, n - hits + 1/2)."""
    return Beta(float(hits) + 0.5, float(n - hits) + 0.5)


def camp_end_mode(juntas: pd.DataFrame) -> pd.Series:
    """Return how each camp ended, "" while it lasts.

    The source says how the *leader* ended. A camp that ended with its leader ended as he did;
    one that ended in the month of the next success, by that coup; one that outlived its leader
    otherwise, by the transition it made: `negotiated`.

    Args:
        juntas: from the snapshot.
    """
    end = juntas["camp_end"]
    mode = juntas["leader_end_mode"].where(end == juntas["leader_end"], "negotiated")
    return mode.mask(end == juntas["next_success"], COUP).where(end.notna(), "")


def fit_exits(
    juntas: pd.DataFrame,
    last_month: int,
    panel: pd.DataFrame,
    *,
    region: str | None = None,
    within: int | None = WITHIN,
) -> ExitFit:
    """Fit rates and shares of the ends of camps.

    After a coup within a camp the next row carries the camp on, so the row before it is
    followed only up to that coup: no camp-month and no end is counted twice.

    Args:
        juntas: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        panel: `event, success` by country-month, from `coup_panel.coup_panel`.
        region: rows used, the one with most rows if not given; `capital` uses all.
        within: follow a camp for at most this many months; none: to its end.

    Returns:
        Posteriors.

    Raises:
        InputError: no camp of this region, or nothing followed.

    Example:
        >>> fit_exits(s.juntas, 528, panel).negotiated.mean                  # doctest: +SKIP
        0.01...
    """
    everywhere = pacts.censor(juntas, last_month)
    modes = camp_end_mode(everywhere)
    forced = modes.isin(FORCED)
    rows = _in_region(everywhere, region)
    mode = modes[rows.index]
    replaced = _same_camp(rows)
    followed, ended = _followed(rows, last_month)
    followed = followed.where(~replaced, rows["next_success"] - rows["coup"])
    ended &= ~replaced
    months_late = float((followed - WITHIN).clip(lower=0.0).sum())
    late = ended & (followed > WITHIN)
    if within is not None:
        ended &= followed <= within
        followed = followed.clip(upper=within)
    against = _against_sitting(rows)
    exposure = float(followed.sum())
    n_events = int(panel["event"].sum())
    return ExitFit(
        negotiated=jeffreys_rate((ended & mode.isin(NEGOTIATED)).sum(), exposure),
        negotiated_later=jeffreys_rate(
            (late & mode.isin(NEGOTIATED)).sum(), max(months_late, WITHIN)
        ),
        forced=jeffreys_rate((ended & mode.isin(FORCED)).sum(), exposure),
        capital=jeffreys_share((modes == "rebellion").sum(), forced.sum()),
        same_camp=jeffreys_share(replaced.sum(), against.sum()),
        success=jeffreys_share(int(panel["success"].sum()), n_events),
        n_camps=len(rows),
        camp_months=exposure,
    )


def survival(
    juntas: pd.DataFrame,
    last_month: int,
    max_months: int = 60,
    at_least: int = 0,
    *,
    region: str | None = None,
) -> pd.DataFrame:
    r"""Return the Kaplan-Meier survival of camps, by age in months.

    $S(t) = \prod_{u \le t} (1 - d_u / n_u)$ over ages u above `at_least`, with the interval of
    $\log(-\log S)$ by Greenwood's formula. Before the first end, the lower limit is the exact
    one for no end among those at risk. Every row counts as a camp, those that carry a camp on
    after a coup within it too.

    Args:
        juntas: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        max_months: the last age.
        at_least: condition on having lasted so long: camps that ended or were last seen by
            then are left out.
        region: rows used, the one with most rows if not given.

    Returns:
        `month` (age, from `at_least`), `survival`, `lo`, `hi` (90%), `at_risk` (camps followed
        into that age; at the first, all).

    Raises:
        InputError: no camp to follow, or ages out of order.

    References:
        Kalbfleisch & Prentice 2002, doi:10.1002/9781118032985.
    """
    if not 0 <= at_least < max_months:
        raise InputError(
            "out of range", field="at_least", value=at_least, allowed=f"0 to {max_months - 1}"
        )
    rows = _in_region(pacts.censor(juntas, last_month), region)
    followed, ended = _followed(rows, last_month)
    keep = followed > at_least if at_least else followed >= 0
    followed, ended = followed[keep].to_numpy(), ended[keep].to_numpy()
    if not len(followed):
        raise InputError("no camp lasted so long", field="at_least", value=at_least)
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


def home(juntas: pd.DataFrame) -> pd.Series:
    """Return which rows are of the theatre's own region: the one with most of them."""
    return juntas["region"] == (juntas["region"].mode()[0] if len(juntas) else "")


def _in_region(juntas: pd.DataFrame, region: str | None) -> pd.DataFrame:
    inside = home(juntas) if region is None else juntas["region"] == region
    rows = juntas[inside & (juntas["camp_end_status"] != "unknown")]
    if rows.empty:
        raise InputError(
            "no camp", field="region", value=region, allowed=", ".join(set(juntas["region"]))
        )
    return rows


def _followed(rows: pd.DataFrame, last_month: int) -> tuple[pd.Series, pd.Series]:
    """Return months from the coup to the camp's end or the last month, and whether it ended."""
    ended = rows["camp_end"].notna()
    return rows["camp_end"].fillna(last_month) - rows["coup"], ended


def _against_sitting(rows: pd.DataFrame) -> pd.Series:
    """Return whether the next success came against a camp that was still there."""
    sitting = rows["camp_end"].isna() | (rows["next_success"] <= rows["camp_end"])
    return rows["next_success"].notna() & sitting


def _same_camp(rows: pd.DataFrame) -> pd.Series:
    """Return whether the camp went on for more than a month after the next success."""
    went_on = rows["camp_end"].isna() | (rows["camp_end"] > rows["next_success"] + 1)
    return _against_sitting(rows) & went_on
