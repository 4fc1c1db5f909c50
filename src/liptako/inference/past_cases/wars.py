r"""How often several wars of one year were rolled back together: a reference class.

A case is a country and an origin year $t$ whose state-based deaths had a yearly mean of 100 or
more in $t-2$ to $t$, its level $B$. Its war *fell* where each of the last two years up to the
horizon (at 12 months: that year) had at most half of $B$; it is *no worse* where the last year had
at most 1.1 times $B$. Of several countries the wars are rolled back where two or more fell and no
other is worse.

The chance of that among past cases like $k$ given ones: an origin year, each as likely; in it $k$
different countries, an ordered choice $c$ with weight $\prod_m w_m(c_m)$,

$$w_m(c) = \exp\Big(-\tfrac12\Big(\frac{\log B_c - \log B_m}{0.8}\Big)^2\Big)$$

and in a second form also by the last year over the level, $\log(y_t / B)$, with 0.35. The sum over
all choices is exact: countries are added one by one, and with them which of the $k$ have a match.

Assumption: wars of one year move as these would, as like them as the weights say; a year is 12
months that end with the month of the last origin. Test: `tests/unit/test_past_wars.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError

FELL = 0.5
"""Of the level, at most, in a year of a war that fell."""

NO_WORSE = 1.1
"""Of the level, at most, in the last year of a war that is no worse."""

NEEDED = 2
"""Wars that must have fallen."""

LEVEL_YEARS = 3
"""Years whose mean is the level."""

HORIZONS = (12, 24, 36)
"""Months after the origin."""

AHEAD = 3
"""Whole years that must have followed an origin, for all horizons alike."""

LEAST = 100.0
"""Deaths a year, at least, in the mean that makes a war a case."""

WIDTHS = (0.8, 0.35)
"""Of the weights: of the log level, and of the log of the last year over it."""

BLOCK = 5
"""Origin years in a block of the bootstrap: wars last some years."""

REPLICATES = 4000
INSIDE = (0.05, 0.95)


class WarShare(NamedTuple):
    """How often wars like the given ones were rolled back together.

    Args:
        estimate: mean over origin years.
        lo: 5% quantile over a bootstrap of blocks of origin years.
        hi: 95% quantile.
        n: cases, countries by origin year.
        origins: origin years in which enough countries were at war.
    """

    estimate: float
    lo: float
    hi: float
    n: int
    origins: int


def fell(
    after: Float[np.ndarray, "*case year"], level: Float[np.ndarray, "*case"]
) -> Bool[np.ndarray, "*case"]:
    """Return whether a war had fallen by the last of the years given.

    Args:
        after: deaths in each year since the origin, up to the horizon.
        level: deaths a year before it.

    Example:
        >>> fell(np.array([[900.0, 50.0, 40.0], [50.0, 60.0, 40.0]]), np.array([100.0, 100.0]))
        array([ True, False])
    """
    return np.all(after[..., -2:] <= FELL * level[..., None], axis=-1)


def no_worse(
    after: Float[np.ndarray, "*case year"], level: Float[np.ndarray, "*case"]
) -> Bool[np.ndarray, "*case"]:
    """Return whether a war was no worse in the last of the years given, arguments as for `fell`."""
    return after[..., -1] <= NO_WORSE * level


def rolled_back(
    after: Float[np.ndarray, "*case country year"], level: Float[np.ndarray, "*case country"]
) -> Bool[np.ndarray, "*case"]:
    """Return whether the wars of some countries were rolled back by the last of the years.

    Example:
        >>> after, level = np.array([[[50.0], [50.0], [110.0]]]), np.full((1, 3), 100.0)
        >>> rolled_back(after, level), rolled_back(after + 1.0, level)
        (array([ True]), array([False]))
    """
    down = fell(after, level)
    return (down.sum(axis=-1) >= NEEDED) & np.all(down | no_worse(after, level), axis=-1)


def yearly(country_months: pd.DataFrame, last_month: int) -> pd.DataFrame:
    """Return deaths by country in years of 12 months that end with a month.

    Args:
        country_months: `country_id, month, deaths_sb`.
        last_month: the last month that may be seen.

    Returns:
        One row a country, one column a year, numbered to 0 for the last; missing where not all
        months of a year are there.
    """
    seen = country_months[country_months["month"] <= last_month]
    year = -((last_month - seen["month"]) // MONTHS_PER_YEAR)
    sums = seen.groupby([seen["country_id"], year.rename("year")])["deaths_sb"].agg(["sum", "size"])
    whole = sums["sum"].where(sums["size"] == MONTHS_PER_YEAR).astype(float)
    return whole.unstack("year").sort_index(axis=1)


def past_wars(years: pd.DataFrame) -> pd.DataFrame:
    """Return every case with all years from three before its origin's end to three after.

    Args:
        years: from `yearly`.

    Returns:
        `country_id, origin` (a column of `years`), `level` (deaths a year), `last` (in the origin's
        year), and `fell_12`, `no_worse_12`, `deaths_12` (in the year that ends then) and so on at
        `HORIZONS`.
    """
    rows = []
    numbers = [int(number) for number in years.columns]
    for origin in numbers:
        span = range(origin - LEVEL_YEARS + 1, origin + AHEAD + 1)
        if not set(span) <= set(numbers):
            continue
        whole = years[list(span)].dropna()
        values = whole.to_numpy()
        level, after = values[:, :LEVEL_YEARS].mean(axis=1), values[:, LEVEL_YEARS:]
        row = {"country_id": whole.index, "origin": origin, "level": level}
        row["last"] = values[:, LEVEL_YEARS - 1]
        for months in HORIZONS:
            until = after[:, : months // MONTHS_PER_YEAR]
            row[f"fell_{months}"] = fell(until, level)
            row[f"no_worse_{months}"] = no_worse(until, level)
            row[f"deaths_{months}"] = until[:, -1]
        rows.append(pd.DataFrame(row)[level >= LEAST])
    if not rows:
        raise InputError("too few years", field="country_months", value=len(numbers),
                         allowed=f"{LEVEL_YEARS + AHEAD} whole years or more")  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def rolled_back_share(
    wars: pd.DataFrame,
    level: Float[np.ndarray, " member"],
    last: Float[np.ndarray, " member"] | None = None,
    months: int = 36,
    *,
    seed: int = 0,
) -> WarShare:
    """Return how often wars like the given ones were rolled back together, exactly.

    Args:
        wars: from `past_wars`.
        level: deaths a year of each war, in the mean of three years, above 0.
        last: deaths in the last year of each, above 0, for the second form; none: the first.
        months: one of `HORIZONS`.
        seed: of the bootstrap.

    Raises:
        InputError: another horizon, a war without deaths, or no origin year with enough countries.

    References:
        Künsch 1989, doi:10.1214/aos/1176347265, on moving blocks.
    """
    if months not in HORIZONS:
        raise InputError("not a horizon", field="months", value=months,
                         allowed=", ".join(map(str, HORIZONS)))  # fmt: skip
    for field, values in {"level": level, "last": level if last is None else last}.items():
        if not (np.asarray(values) > 0).all():
            raise InputError("a war without deaths", field=field, value=np.min(values).item(),
                             allowed="above 0")  # fmt: skip
    origins = np.arange(wars["origin"].min(), wars["origin"].max() + 1)
    found = np.full(len(origins), np.nan)
    for place, origin in enumerate(origins):
        cases = wars[wars["origin"] == origin]
        if len(cases) >= len(level):
            found[place] = _of_origin(cases, level, last, months)
    if not np.isfinite(found).any():
        raise InputError("no year with so many wars", field="wars", value=len(wars),
                         allowed=f"{len(level)} countries or more in one origin year")  # fmt: skip
    known = found[np.isfinite(found)]
    lo, hi = np.quantile(_replicates(known, seed), INSIDE)
    return WarShare(float(known.mean()), float(lo), float(hi), len(wars), len(known))


def weights(
    cases: pd.DataFrame,
    level: Float[np.ndarray, " member"],
    last: Float[np.ndarray, " member"] | None = None,
) -> Float[np.ndarray, "member case"]:
    """Return how like each given war each case is; 1 for the same level (and last year)."""
    z2 = (_gap(cases["level"].to_numpy(), level) / WIDTHS[0]) ** 2
    if last is not None:
        now = (cases["last"].clip(lower=1.0) / cases["level"]).to_numpy()
        z2 = z2 + (_gap(now, last / level) / WIDTHS[1]) ** 2
    return np.exp(-0.5 * z2)


def alone(
    wars: pd.DataFrame,
    level: Float[np.ndarray, " member"],
    last: Float[np.ndarray, " member"] | None = None,
    months: int = 36,
) -> dict[str, Float[np.ndarray, " member"]]:
    """Return what became of wars like each given one by itself; arguments as `rolled_back_share`.

    Returns:
        `fell`, the share that had fallen; `over_last` and `over_level`, weighted medians of deaths
        in the year that ends then over the last year's and over the level.
    """
    weight = weights(wars, level, last)
    share = weight / weight.sum(axis=1, keepdims=True)
    deaths = wars[f"deaths_{months}"].to_numpy(float)
    now, before = wars["last"].clip(lower=1.0).to_numpy(float), wars["level"].to_numpy(float)
    return {
        "fell": share @ wars[f"fell_{months}"].to_numpy(float),
        "over_last": np.array([_median(deaths / now, row) for row in share]),
        "over_level": np.array([_median(deaths / before, row) for row in share]),
    }


def matched(
    weight: Float[np.ndarray, "member case"], counts: Bool[np.ndarray, " case"]
) -> Float[np.ndarray, " number"]:
    """Return the weight of all ordered choices of different cases, by how many of them count.

    Args:
        weight: of each case as the match of each member.
        counts: cases that count.

    Returns:
        Element $i$: sum over choices in which $i$ cases count of the product of weights.

    Example:
        >>> matched(np.ones((2, 3)), np.array([True, False, False]))  # six ordered pairs, four with
        array([2., 4., 0.])
    """
    members = len(weight)
    total = np.zeros((2**members, members + 1))
    total[0, 0] = 1.0
    for case, hit in enumerate(counts):
        before = total.copy()
        for member in range(members):
            free = [place for place in range(2**members) if not place & (1 << member)]
            full = [place | (1 << member) for place in free]
            moved = np.roll(before[free], 1, axis=1) if hit else before[free]
            total[full] += weight[member, case] * moved
    return total[-1]


def _of_origin(
    cases: pd.DataFrame, level: np.ndarray, last: np.ndarray | None, months: int
) -> float:
    weight = weights(cases, level, last)
    down = cases[f"fell_{months}"].to_numpy(bool)
    fine = down | cases[f"no_worse_{months}"].to_numpy(bool)
    every = matched(weight, down).sum()
    return float(matched(weight * fine, down)[NEEDED:].sum() / every) if every > 0 else np.nan


def _median(values: Float[np.ndarray, " case"], share: Float[np.ndarray, " case"]) -> float:
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(share[order]), 0.5))
    return float(values[order][min(place, len(values) - 1)])


def _gap(a: np.ndarray, b: np.ndarray) -> Float[np.ndarray, "member case"]:
    return np.log(a)[None, :] - np.log(b)[:, None]


def _replicates(found: Float[np.ndarray, " origin"], seed: int) -> Float[np.ndarray, " sample"]:
    """Return means over moving blocks of origin years strung together."""
    size = min(BLOCK, len(found))
    rng = np.random.default_rng(seed)
    number = -(-len(found) // size)
    starts = rng.integers(len(found) - size + 1, size=(REPLICATES, number))
    place = (starts[:, :, None] + np.arange(size)).reshape(REPLICATES, -1)[:, : len(found)]
    return found[place].mean(axis=1)
