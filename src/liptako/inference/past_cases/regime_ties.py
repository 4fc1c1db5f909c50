"""What the record says of how regimes born of coups hang together, and of how often coups come.

A *shared frailty* is a Gamma factor of mean 1 that multiplies the rates of all regimes of a
subregion through a block of years; its variance says how much they rise and fall together.
*Contagion* is the ratio of rates in the year after a successful coup elsewhere in the subregion to
rates at other times. Both are given what age explains, and hold what regions and eras differ in
too, unless `by_decade`: neither is a causal effect.

References:
    Hougaard 2000, doi:10.1007/978-1-4612-1304-8 (shared frailty).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import nbinom, poisson

from liptako.calendar import MONTHS_PER_YEAR
from liptako.data import regimes as data
from liptako.errors import InputError
from liptako.inference.past_cases.regime_spells import (
    band_of,
    regime_months,
    regime_spells,
)
from liptako.inference.past_cases.regimes import attempts_against, decade_start

SHOCKS = ("coup_others", "force")
"""Causes that a shared frailty moves: those that end a regime against its will."""

VARIANCES = np.r_[0.0, np.geomspace(0.005, 8.0, 600)]
"""Grid of the variance of a frailty; 0: none."""

_DROP = 2.7055 / 2
"""Fall in log likelihood at the ends of a 90% interval."""

N_BOOT = 2000


class Estimate(NamedTuple):
    """An estimate with its 90% interval."""

    estimate: float
    lo: float
    hi: float


class Contagion(NamedTuple):
    """A ratio with its 90% interval, and the share of months of regimes that come after."""

    estimate: float
    lo: float
    hi: float
    share: float


def frailty_variance(
    regimes: pd.DataFrame,
    last_month: int,
    *,
    years: int = 3,
    causes: Sequence[str] = SHOCKS,
    by_decade: bool = False,
) -> Estimate:
    r"""Return the variance of a frailty that a subregion's regimes share in blocks of years.

    With $d_j$ events and $e_j$ expected from age in block j, $d_j$ is negative binomial of mean
    $e_j$ and variance $e_j + v e_j^2$. Profile likelihood; a lower end of 0 includes none.

    Args:
        regimes: from the snapshot; what comes after `last_month` is censored.
        last_month: the last month that may be seen.
        years: in a block, by the calendar.
        causes: events that count.
        by_decade: expect from age and decade, not from age alone.
    """
    months = _months(regimes, last_month)
    spells = regime_spells(regimes, last_month)
    times = spells.times[spells.times["cause"].isin(tuple(causes))]
    months["event"] = _hits(months, times)
    months["expected"] = _expected(months, by_decade=by_decade)
    months["block"] = (months["month"] - 1) // (years * MONTHS_PER_YEAR)
    sums = months.groupby(["subregion", "block"])[["event", "expected"]].sum()
    return variance_of(sums["event"].to_numpy(float), sums["expected"].to_numpy(float))


def variance_of(events: Float[np.ndarray, " n"], expected: Float[np.ndarray, " n"]) -> Estimate:
    """Return the variance of a Gamma factor of mean 1 on counts, by profile likelihood.

    Example:
        >>> variance_of(np.full(50, 4.0), np.full(50, 4.0)).estimate
        0.0
    """
    e = np.maximum(expected, 1e-12)
    loglik = np.empty(len(VARIANCES))
    loglik[0] = poisson.logpmf(events, e).sum()
    for place, v in enumerate(VARIANCES[1:], start=1):
        k = 1.0 / v
        loglik[place] = nbinom.logpmf(events, k, k / (k + e)).sum()
    inside = VARIANCES[loglik >= loglik.max() - _DROP]
    best = VARIANCES[int(np.argmax(loglik))]
    return Estimate(float(best), float(inside[0]), float(inside[-1]))


def contagion_ratio(
    regimes: pd.DataFrame,
    coups_world: pd.DataFrame,
    last_month: int,
    *,
    after: int = 12,
    attempts: bool = False,
    by_decade: bool = False,
    seed: int = 0,
) -> Contagion:
    """Return the rate of coups after one elsewhere in the subregion, over that at other times.

    Months 1 to `after` after a successful coup in another country of the subregion count as
    after. Each side is observed over expected from age. Interval: bootstrap of three-year blocks
    of subregions.

    Args:
        regimes: from the snapshot; what comes after `last_month` is censored.
        coups_world: from the snapshot.
        last_month: the last month that may be seen.
        after: months.
        attempts: count coups and attempts, not successful coups alone.
        by_decade: expect from age and decade, not from age alone.
        seed: of the bootstrap.

    Raises:
        InputError: no month after, or none at another time.
    """
    months = _months(regimes, last_month)
    seen = data.censor(regimes, last_month)
    if attempts:
        times = attempts_against(seen, coups_world[coups_world["month"] <= last_month])
    else:
        times = regime_spells(regimes, last_month).times
        times = times[times["cause"].isin(("coup_others", "coup_insiders"))]
    months["event"] = _hits(months, times)
    months["expected"] = _expected(months, by_decade=by_decade)
    months["after"] = _after_elsewhere(months, seen, after)
    months["block"] = (months["month"] - 1) // (3 * MONTHS_PER_YEAR)
    sums = (
        months.groupby(["subregion", "block", "after"])[["event", "expected"]]
        .sum()
        .unstack(fill_value=0.0)
        .to_numpy(float)
    )
    if sums.shape[1] != 4:
        raise InputError("nothing to compare", field="after", value=after)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=N_BOOT)
    ratios = _ratio(weights @ sums)
    lo, hi = np.nanquantile(ratios, (0.05, 0.95))
    whole = float(_ratio(sums.sum(axis=0)[None])[0])
    return Contagion(whole, float(lo), float(hi), float(months["after"].mean()))


class AttemptCounts(NamedTuple):
    """Coups and attempts of one country in any window of months, over countries and origins.

    Args:
        mean: of windows that began under a regime born of a coup.
        p99: their 99th percentile.
        maximum: their greatest.
        world_maximum: of all countries with an event, whoever ruled.
        windows: windows that began under such a regime.
        shares: share of these windows with no event, with one, and so on.
    """

    mean: float
    p99: float
    maximum: int
    world_maximum: int
    windows: int
    shares: tuple[float, ...]


def attempts_in_window(
    regimes: pd.DataFrame,
    coups_world: pd.DataFrame,
    last_month: int,
    *,
    first_month: int,
    months: int = 36,
    countries: Iterable[str] | None = None,
    together: bool = False,
) -> AttemptCounts:
    """Return how many coups and attempts countries had in any window of months.

    Args:
        regimes: from the snapshot.
        coups_world: from the snapshot.
        last_month: the last month of the data.
        first_month: first month of the first window.
        months: in a window.
        countries: ISO3 codes; none: all. With countries named, `mean`, `p99` and `maximum` are
            over all their windows, whoever ruled.
        together: count the events of all countries named in one window.

    Raises:
        InputError: no window lies in the data.
    """
    origins = np.arange(first_month - 1, last_month - months + 1)
    if not len(origins):
        raise InputError("no window", field="first_month", value=first_month)
    events = coups_world[coups_world["month"].between(first_month, last_month)]
    rows = data.spells(data.censor(regimes, last_month), "regime")
    named = None if countries is None else sorted(countries)
    names = sorted({*events["country"], *rows["country"]}) if named is None else named
    counts, sits = [], []
    for name in names:
        at = np.sort(events.loc[events["country"] == name, "month"].to_numpy(int))
        counts.append(
            np.searchsorted(at, origins + months, "right") - np.searchsorted(at, origins, "right")
        )
        own = rows[rows["country"] == name]
        starts, ends = own["coup"].to_numpy(int), own["end"].to_numpy(int)
        there = (starts <= origins[:, None]) & (origins[:, None] < ends)
        sits.append(there.any(axis=1))
    every = np.stack(counts)
    if together:
        every, named = every.sum(axis=0, keepdims=True), names
    kept = every[np.stack(sits)] if named is None else every.ravel()
    shares = np.bincount(kept) / len(kept)
    return AttemptCounts(
        float(kept.mean()), float(np.quantile(kept, 0.99)), int(kept.max()), int(every.max()),
        len(kept), tuple(shares.tolist()),
    )  # fmt: skip


def _months(regimes: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """Return months at risk with band of age, subregion and country."""
    spells = regime_spells(regimes, last_month)
    months = regime_months(spells)
    if months.empty:
        raise InputError("no regime to follow", field="regimes", allowed="at least one at risk")
    months["band"] = band_of(months["age"].to_numpy(int))
    for name in ("subregion", "country"):
        months[name] = spells.table[name].to_numpy(str)[months["spell"]]
    return months


def _hits(months: pd.DataFrame, times: pd.DataFrame) -> np.ndarray:
    """Return events by month at risk; those in the month of the coup have none."""
    n = times.groupby(["spell", "month"]).size().rename("n").reset_index()
    return months[["spell", "month"]].merge(n, how="left")["n"].fillna(0.0).to_numpy(float)


def _expected(months: pd.DataFrame, *, by_decade: bool) -> np.ndarray:
    """Return the events expected in each month from its band of age, with decade or without."""
    keys: list[np.ndarray] = [months["band"].to_numpy(int)]
    if by_decade:
        keys.append(np.array([decade_start(month) for month in months["month"].tolist()]))
    group = months.groupby(keys)["event"]
    return group.transform("mean").to_numpy(float)


def _after_elsewhere(months: pd.DataFrame, seen: pd.DataFrame, after: int) -> np.ndarray:
    """Return whether a month came within some months of a success in the subregion, elsewhere."""
    found = np.zeros(len(months), bool)
    month = months["month"].to_numpy(int)
    for country, subregion, coup in zip(
        seen["country"], seen["subregion"], seen["coup"], strict=True
    ):
        there = (months["subregion"] == subregion) & (months["country"] != country)
        found |= there.to_numpy(bool) & (month > coup) & (month <= coup + after)
    return found


def _ratio(sums: np.ndarray) -> np.ndarray:
    """Return ratios of observed over expected, after to other, from sums in that order."""
    other, after, expected_other, expected_after = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        return (after / expected_after) / (other / expected_other)
