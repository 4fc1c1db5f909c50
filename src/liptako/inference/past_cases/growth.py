r"""How deaths of a year moved in the years after it: a reference class for growth.

A case is a country and a year $t$ of 12 months. Growth over $k$ years is
$g_k = (1 + y_{t+k}) / (1 + y_t)$: the one added lets years without deaths be cases too. Cases are
told apart by the size of $y_t$ and by the last change $(1 + y_t) / (1 + y_{t-1})$: fell below three
quarters, rose above four thirds, or level between these.

Assumption: a year ahead moves as past ones of its size and last change did. Years of one war are
several cases, so intervals are rather too narrow than too wide. Test: `tests/unit/test_growth.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.inference.past_cases import wars
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.theatre.schema import Theatre

DEATHS = (0, 1, 25, 100, 1000)
"""Least deaths in a year of each size."""

PEOPLE = (0, 1, 1000, 10_000, 100_000)
"""Least people who fled in a year of each size."""

FELL, ROSE = 3 / 4, 4 / 3
"""Last changes below and above which a year fell or rose."""

CHANGES = ("fell", "level", "rose")
AHEAD = (1, 2, 3)
"""Years ahead."""

INSIDE = (0.05, 0.5, 0.95)
LEAST = 20
"""Cases below which a 90% band is not told: its ends would be the least and the greatest case."""

STATE_BASED, ONE_SIDED, ALL, DISPLACED = "state_based", "one_sided", "all", "displaced"


Amount = TypeVar("Amount", float, np.ndarray)


class Band(NamedTuple):
    """How cases like a given one grew: 5%, 50% and 95%, and how many they are."""

    lo: float
    middle: float
    hi: float
    n: int


def quantities(theatre: Theatre) -> dict[str, tuple[str, ...]]:
    """Return the streams of each kind of deaths that is shown; one-sided ones by who kills too."""
    one_sided = theatre.streams_of(ONE_SIDED)
    return {
        STATE_BASED: theatre.streams_of(STATE_BASED),
        ONE_SIDED: one_sided,
        ALL: tuple(theatre.streams),
        **{f"{ONE_SIDED} {theatre.streams[name].sides[0]}": (name,) for name in one_sided},
    }


def kind_of(quantity: str) -> str:
    """Return which history a quantity is compared with: perpetrators are pooled.

    Example:
        >>> kind_of("one_sided anybody"), kind_of("all")
        ('one_sided by', 'all')
    """
    return f"{ONE_SIDED} by" if quantity.startswith(f"{ONE_SIDED} ") else quantity


def sizes_of(quantity: str) -> tuple[int, ...]:
    """Return the least number of each size of a quantity."""
    return PEOPLE if quantity == DISPLACED else DEATHS


def size_of(last: float, bounds: tuple[int, ...] = DEATHS) -> tuple[int, int | None]:
    """Return the least and the greatest number of the size that a year has.

    Example:
        >>> [size_of(last) for last in (0, 24, 25, 6000)]
        [(0, 0), (1, 24), (25, 99), (1000, None)]
    """
    place = max(place for place, bound in enumerate(bounds) if bound <= last)
    most = bounds[place + 1] - 1 if place + 1 < len(bounds) else None
    return bounds[place], most


def change_of(before: float, last: float) -> str:
    """Return how a year moved from the one before.

    Example:
        >>> [change_of(99, last) for last in (73, 74, 132, 133)], change_of(0, 0)
        (['fell', 'level', 'level', 'rose'], 'level')
    """
    ratio = growth(before, last)
    return CHANGES[0] if ratio < FELL else CHANGES[2] if ratio > ROSE else CHANGES[1]


def growth(last: Amount, after: Amount) -> Amount:
    """Return deaths of a year over those of an earlier one, one added to both."""
    return (1 + after) / (1 + last)


def cases_of(years: pd.DataFrame, bounds: tuple[int, ...] = DEATHS) -> pd.DataFrame:
    """Return every case whose year and the one before are known.

    Args:
        years: a row a country, a column a year, numbered; not a number where unknown.
        bounds: of the sizes.

    Returns:
        `size`, `change`, and `growth_1` to `growth_3`, not a number where the year is unknown.
    """
    numbers = {int(number) for number in years.columns}
    found = []
    for year in sorted(numbers):
        if year - 1 not in numbers:
            continue
        known = years[years[year].notna() & years[year - 1].notna()]
        pairs = list(zip(known[year - 1], known[year], strict=True))
        rows = {
            "size": [size_of(last, bounds)[0] for _, last in pairs],
            "change": [change_of(*pair) for pair in pairs],
        }
        for ahead in AHEAD:
            after = known.get(year + ahead, pd.Series(np.nan, index=known.index))
            rows[f"growth_{ahead}"] = growth(known[year].to_numpy(), after.to_numpy())
        found.append(pd.DataFrame(rows))
    return pd.concat(found, ignore_index=True)


def band(cases: pd.DataFrame, size: int, change: str | None, ahead: int) -> Band:
    """Return how cases of a size and last change grew; of any last change if none is given."""
    chosen = cases[(cases["size"] == size) & ((cases["change"] == change) | (change is None))]
    values = chosen[f"growth_{ahead}"].dropna().to_numpy()
    if not len(values):
        return Band(np.nan, np.nan, np.nan, 0)
    lo, middle, hi = map(float, np.quantile(values, INSIDE))
    return Band(lo, middle, hi, len(values))


def history(theatre: Theatre, snapshot: Snapshot, init: int) -> dict[str, pd.DataFrame]:
    """Return the cases of each history by name; nothing after a month enters.

    Args:
        theatre: streams and countries.
        snapshot: the data.
        init: the last month that may be seen; years end with it.

    Returns:
        `world`: state-based deaths of all countries. By kind of deaths (see `kind_of`): those of
        the theatre's countries in the years in which all of their cells are observed. `displaced`:
        people who fled, by country.
    """
    seen = snapshot.until(init)
    found = {"world": cases_of(wars.yearly(seen.country_months, init))}
    groups: dict[str, list[pd.DataFrame]] = {}
    for quantity, streams in quantities(theatre).items():
        years = yearly(known_deaths(theatre, seen, streams, init))
        groups.setdefault(kind_of(quantity), []).append(cases_of(years))
    found |= {kind: pd.concat(tables, ignore_index=True) for kind, tables in groups.items()}
    if not seen.displacement.empty:
        found[DISPLACED] = cases_of(displaced_years(seen, init), PEOPLE)
    return found


def displaced_years(snapshot: Snapshot, init: int) -> pd.DataFrame:
    """Return people who fled by country and year, numbered to 0 for that ending with a month."""
    table = snapshot.displacement
    table = table[table["month"] <= init]
    wide = table.pivot_table(index="month", columns="country", values="displaced", aggfunc="sum")
    months = range(int(table["month"].min()), init + 1)
    return yearly(wide.reindex(months).astype(float))


def known_deaths(
    theatre: Theatre, snapshot: Snapshot, streams: tuple[str, ...], init: int
) -> pd.DataFrame:
    """Return deaths by month and country, not a number where not all of its cells are observed."""
    countries = tuple(theatre.countries)
    each = arrays.by_country(snapshot.events, streams, countries, FIRST_MONTH, init)
    months = np.arange(FIRST_MONTH, init + 1)
    deaths = pd.DataFrame(each.sum(axis=1, dtype=float), index=months, columns=list(countries))
    cells = snapshot.cells.groupby("country")
    first = cells["observed_first"].max().where(cells["observed_first"].min() > 0)
    first, last = first.reindex(countries), cells["observed_last"].min().reindex(countries)
    known = (months[:, None] >= first.to_numpy()) & (months[:, None] <= last.to_numpy())
    return deaths.where(known)


def yearly(months: pd.DataFrame) -> pd.DataFrame:
    """Return a table of months by country as countries by whole years, numbered to 0 for the last.

    Example:
        >>> yearly(pd.DataFrame({"a": [5.0] + 12 * [1.0] + 12 * [2.0]})).to_dict("list")
        {-1: [12.0], 0: [24.0]}
    """
    years = len(months) // MONTHS_PER_YEAR
    values: Float[np.ndarray, "month country"] = months.to_numpy()[-MONTHS_PER_YEAR * years :]
    sums = values.reshape(years, MONTHS_PER_YEAR, -1).sum(axis=1)
    return pd.DataFrame(sums.T, index=list(months.columns), columns=range(1 - years, 1))


def beside(
    cases: Mapping[str, pd.DataFrame], quantity: str, size: int, change: str, ahead: int
) -> tuple[str, Band]:
    """Return what a quantity's growth is compared with, and how that grew.

    State-based deaths stand beside the world's; other kinds beside the theatre's own record, or,
    where that has too few cases of the size and last change, beside the world's state-based deaths.
    People who fled stand beside the theatre's record alone, and of any last change: it is short.

    Returns:
        `world`, `theatre` or `world_state_based`, and the band.
    """
    if quantity == STATE_BASED:
        return "world", band(cases["world"], size, change, ahead)
    if quantity == DISPLACED:
        return "theatre", band(cases[DISPLACED], size, None, ahead)
    own = band(cases[kind_of(quantity)], size, change, ahead)
    if own.n >= LEAST:
        return "theatre", own
    return "world_state_based", band(cases["world"], size, change, ahead)
