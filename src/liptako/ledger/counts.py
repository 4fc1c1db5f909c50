r"""Statistics of the record: totals, ratios of rates, shares, each with a 90% interval.

With counts $a$ and $b$ and exposures $m$ (months, and people where asked) a ratio of rates is
$(a/m_a) / (b/m_b)$. Events of one cell and month are no independent draws: with $c_i$ the count of
a cell-month, the variance of $\log a$ is taken as $\sum_i c_i^2 / a^2$ (a cluster-robust Poisson),
on Student's t with as many degrees of freedom as the smaller side has clusters, less one. Counts of
events also have an exact interval (Clopper-Pearson, given $a + b$): the wider of the two is shown,
and the larger p counts. A share is $a/b$ with $a$ part of $b$, on the same footing: the odds of $a$
against the rest.

A total is what is recorded; its ends are those of its source, and it has no sampling error.

References:
    Cameron, A. C. & Trivedi, P. K. (2013). Regression Analysis of Count Data, chapter 3.
    Clopper, C. J. & Pearson, E. S. (1934). Biometrika 26, 404-413. doi:10.1093/biomet/26.4.404
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import beta, binom, t

from liptako.data.geography import centroid, distance_km
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.ledger.finding import (
    CONTRADICTED,
    SUPPORTED,
    TAIL,
    UNDECIDED,
    Finding,
    verdict_of,
)
from liptako.theatre.claims import Count, Statistic, Where, Window, months_of
from liptako.words.claims import say

PerCluster = Float[np.ndarray, " cluster"]
HALF = 0.5
"""Added to both counts where one is zero."""

FEWEST = 3
"""Clusters on a side below which nothing is said of sampling."""


class Estimate(NamedTuple):
    """A number on the scale of logs: with its ends, and p on the claim's side of the null."""

    log: float
    lo: float
    hi: float
    p: float


def statistic(test: Statistic, snapshot: Snapshot) -> Finding:
    """Return a statistic of the record beside the value from which a claim holds.

    Args:
        test: the filled template.
        snapshot: events and people, as known at the start.

    Raises:
        InputError: the window lies outside the record, or people are not known.
    """
    check_recorded(test.of, snapshot)
    if test.how == "total":
        return _total(test, snapshot)
    assert test.against is not None
    check_recorded(test.against, snapshot)
    sides = (test.of, test.against)
    mine, other = (clusters(test.count, where, snapshot) for where in sides)
    a, b, exact = mine.to_numpy(), other.to_numpy(), test.count == "events"
    if test.how == "share":
        found = odds(a, _outside(mine, other), test.null, test.expected, exact=exact)
        ends = [_expit(value) for value in (found.log, found.lo, found.hi)]
        unit = say["share"]
    else:
        per_a, per_b = (exposure_of(where, snapshot, people=test.per_person) for where in sides)
        found = log_ratio(a, b, per_a, per_b, test.null, test.expected, exact=exact)
        ends = [math.exp(value) for value in (found.log, found.lo, found.hi)]
        unit = say["ratio"]
    result, lo, hi = ends
    verdict = verdict_of(lo, hi, test.null, test.expected)
    counts = say("counts", a=_shown(mine.sum()), b=_shown(other.sum()), of=say[test.count])
    return Finding(
        test.test, verdict, test.says, result, lo, hi, test.null, unit, found.p,
        robust=_same_without_largest(test, mine, other, snapshot),
        note=counts,
        would_decide=say["more_data"] if verdict == UNDECIDED else "",
    )  # fmt: skip


def log_ratio(
    a: Float[np.ndarray, " a"],
    b: Float[np.ndarray, " b"],
    exposure_a: float,
    exposure_b: float,
    null: float,
    sign: str,
    *,
    exact: bool,
) -> Estimate:
    """Return the log ratio of two rates, see the head of this module.

    Args:
        a: counts of the cell-months of one side, above 0.
        b: of the other.
        exposure_a: months, or people times months.
        exposure_b: likewise.
        null: the ratio from which a claim holds.
        sign: up or down.
        exact: whether counts are of events.

    Example:
        >>> found = log_ratio(np.ones(40), np.ones(20), 12, 12, 1.0, "up", exact=True)
        >>> round(float(np.exp(found.log)), 2), found.p < 0.05
        (2.0, True)
    """
    add = 0.0 if a.sum() and b.sum() else HALF
    log = math.log((a.sum() + add) / exposure_a) - math.log((b.sum() + add) / exposure_b)
    se = math.sqrt(_relative(a) + _relative(b))
    free = min(len(a), len(b)) - 1
    if min(len(a), len(b)) < FEWEST:
        free, se = max(free, 1), math.inf if not exact else se
    found = _student(log, se, free, math.log(null) if null > 0 else -math.inf, sign)
    if not exact:
        return found
    low, high, p = _binomial(a.sum(), b.sum(), null * exposure_a / exposure_b, sign)
    per = math.log(exposure_b / exposure_a)
    return Estimate(log, min(found.lo, _logit(low) + per), max(found.hi, _logit(high) + per),
                    max(found.p, p))  # fmt: skip


def odds(
    a: Float[np.ndarray, " a"],
    rest: Float[np.ndarray, " rest"],
    null: float,
    sign: str,
    *,
    exact: bool,
) -> Estimate:
    """Return the log odds of a part against the rest, for a share; see `log_ratio`.

    Args:
        a: counts of the part.
        rest: of all else.
        null: the share from which a claim holds.
        sign: up or down.
        exact: whether counts are of events.
    """
    bar = null / (1.0 - null) if null < 1 else math.inf
    return log_ratio(a, rest, 1.0, 1.0, bar, sign, exact=exact)


def clusters(count: Count, where: Window, snapshot: Snapshot) -> pd.Series:
    """Return what is counted in each cell-month of a window that has any."""
    rows = selected(where, snapshot.events)
    first, last = months_of(where)
    rows = rows[rows["month"].between(first, last)]
    found = rows.groupby(["month", "gid"])[count].sum()
    return found[found > 0].astype(float)


def selected(where: Where, events: pd.DataFrame) -> pd.DataFrame:
    """Return the events that meet every condition."""
    kept = np.ones(len(events), bool)
    for column, names in (
        ("country", where.countries), ("stream", where.streams), ("region", where.regions)
    ):  # fmt: skip
        if names:
            kept &= events[column].isin(names).to_numpy()
    if where.near is not None:
        lat, lon = (np.asarray(part, float) for part in centroid(events["gid"].to_numpy()))
        away = np.asarray(distance_km(lat, lon, where.near.lat, where.near.lon))
        kept &= away <= where.near.km
    return events[kept]


def exposure_of(where: Window, snapshot: Snapshot, *, people: bool) -> float:
    """Return the months of a window, times the people of its countries where asked.

    Raises:
        InputError: people of a country are not known.
    """
    first, last = months_of(where)
    months = float(last - first + 1)
    if not people:
        return months
    table = snapshot.population
    total = 0.0
    for iso in where.countries:
        own = table[table["country"] == iso]
        if own.empty:
            raise InputError("people are not known", field="countries", value=iso)
        total += float(own.loc[own["year"] == own["year"].max(), "population"].sum())
    return months * total


def check_recorded(where: Window, snapshot: Snapshot) -> None:
    """Check that a window lies in the record.

    Raises:
        InputError: it does not.
    """
    _, last = months_of(where)
    if last > snapshot.last_month:
        allowed = f"up to {snapshot.manifest['last_month']}"
        raise InputError("not recorded yet", field="last", value=where.last, allowed=allowed)


def _total(test: Statistic, snapshot: Snapshot) -> Finding:
    first, last = months_of(test.of)
    rows = selected(test.of, snapshot.events)
    rows = rows[rows["month"].between(first, last)]
    result = float(rows[test.count].sum())
    ends = (result, result)
    if test.count == "deaths":
        ends = (float(rows["deaths_low"].sum()), float(rows["deaths_high"].sum()))
    holds = [(value >= test.null) == (test.expected == "up") for value in (result, *ends)]
    return Finding(
        test.test,
        SUPPORTED if holds[0] else CONTRADICTED,
        test.says,
        result,
        *ends,
        null=test.null,
        unit=say[test.count],
        robust=len(set(holds)) == 1,
    )


def _same_without_largest(
    test: Statistic, mine: pd.Series, other: pd.Series, snapshot: Snapshot
) -> bool:
    """Return whether the number stays on its side of the null without the largest cell-month."""

    def side(a: pd.Series, b: pd.Series) -> bool:
        if test.how == "share":
            return bool(a.sum() > test.null * max(b.sum(), 1e-9))
        assert test.against is not None
        sides = (test.of, test.against)
        per = [exposure_of(where, snapshot, people=test.per_person) for where in sides]
        return bool(a.sum() / per[0] > test.null * b.sum() / per[1])

    whole = side(mine, other)
    if test.how == "share":
        less = other.drop(other.idxmax()) if len(other) else other
        return side(mine[mine.index.isin(less.index)], less) == whole
    trimmed = [part.drop(part.idxmax()) if len(part) else part for part in (mine, other)]
    return side(trimmed[0], other) == whole == side(mine, trimmed[1])


def _outside(part: pd.Series, whole: pd.Series) -> PerCluster:
    """Return what remains of a whole, cell-month by cell-month, without a part of it."""
    rest = whole.sub(part.reindex(whole.index).fillna(0.0))
    return rest[rest > 0].to_numpy()


def _relative(counts: PerCluster) -> float:
    """Return the variance of the log of a sum of clusters."""
    total = float(np.sum(counts))
    return float(np.sum(np.square(counts))) / total**2 if total else 1.0


def _student(log: float, se: float, free: int, null: float, sign: str) -> Estimate:
    reach = float(t.ppf(1.0 - TAIL, max(free, 1))) * se
    z = (log - null) / se if se > 0 else math.copysign(math.inf, log - null)
    p = float(t.sf(z if sign == "up" else -z, max(free, 1)))
    return Estimate(log, log - reach, log + reach, p)


def _binomial(a: float, b: float, odds_: float, sign: str) -> tuple[float, float, float]:
    """Return the exact interval of a share of `a` in `a + b`, and p against some odds."""
    n = round(a + b)
    k = round(a)
    low = float(beta.ppf(TAIL, k, n - k + 1)) if k else 0.0
    high = float(beta.ppf(1.0 - TAIL, k + 1, n - k)) if k < n else 1.0
    share = odds_ / (1.0 + odds_) if math.isfinite(odds_) else 1.0
    p = binom.sf(k - 1, n, share) if sign == "up" else binom.cdf(k, n, share)
    return low, high, float(p)


def _logit(share: float) -> float:
    if share <= 0:
        return -math.inf
    return math.inf if share >= 1 else math.log(share / (1.0 - share))


def _expit(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value)) if math.isfinite(value) else float(value > 0)


def _shown(value: float) -> str:
    return f"{value:,.0f}"
