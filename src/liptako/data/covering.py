"""Which months of which countries an event file covers, and what becomes observed by it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import ged
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

MOST_QUIET = 5
"""Months without an event of the theatre that a file may have among those that are recorded: more
than this, and what lies before them is taken for a slip of the date."""

Months = dict[str, range]
"""Months of each country that a file covers."""


def span_of(first: str | None, last: str | None, rows: pd.DataFrame) -> range | None:
    """Return the months that were said to be covered, None if none were."""
    if first is None and last is None:
        return None
    low = int(rows["month"].min()) if first is None else calendar.parse_month(first, field="first")
    high = int(rows["month"].max()) if last is None else calendar.parse_month(last, field="last")
    least, most = calendar.parse_month(ged.FIRST_DAY[:7]), ged.this_month()
    for name, month in (("first", low), ("last", high)):
        if not least <= month <= most:
            raise InputError(
                "out of range",
                field=name,
                value=calendar.format_month(month),
                allowed=f"{calendar.format_month(least)} to {calendar.format_month(most)}",
            )
    if low > high:
        raise InputError(
            "first is after last", field="first", value=calendar.format_month(low),
            allowed=f"{calendar.format_month(high)} or earlier",
        )  # fmt: skip
    return range(low, high + 1)


def named(
    countries: Sequence[str] | None, rows: pd.DataFrame, theatre: Theatre, file: Path
) -> tuple[str, ...] | None:
    """Return the countries that were said to be covered, None if none were.

    Raises:
        InputError: one that the theatre lacks, or the file holds others too.
    """
    if countries is None:
        return None
    unknown = sorted(set(countries) - set(theatre.countries))
    missing = sorted(set(rows["country"]) - set(countries))
    if unknown or missing or not countries:
        raise InputError(
            "the file holds more countries" if missing else "not a country of the theatre",
            file=file if missing and not unknown else None,
            field="countries",
            value=unknown or missing,
            allowed=", ".join(theatre.countries),
        )
    return tuple(countries)


def covered_months(
    rows: pd.DataFrame,
    theatre: Theatre,
    base: Snapshot,
    world: bool,
    wanted: tuple[str, ...] | None,
    span: range | None,
) -> tuple[Months, dict[str, int], tuple[str, ...]]:
    """Return what is covered, where there are gaps (first month missing), and the never observed.

    The months of a country are consecutive; those in which the file holds nothing are no months
    of it, and what comes before or after them is left out.
    """
    held = {iso: mine["month"] for iso, mine in rows.groupby("country")}
    windows = base.cells[base.cells["observed_last"] > 0].groupby("country")
    until = windows["observed_last"].max().to_dict()
    since = windows["observed_first"].min().to_dict()
    there = set(rows["month"]) if span is None else set(span)
    covered: Months = {}
    gaps: dict[str, int] = {}
    never = []
    for iso in theatre.countries:
        if not (iso in held or iso in (wanted or ()) or (world and wanted is None)):
            continue
        if iso not in until:
            if wanted is not None and span is not None:
                covered[iso] = span
            elif iso in held or wanted is not None:
                never.append(iso)
            continue
        months = _months(held.get(iso), there, span, int(since[iso]), int(until[iso]))
        if months:
            covered[iso] = months
        elif iso in held and min(there) > until[iso] + 1:
            gaps[iso] = int(until[iso]) + 1
    return covered, gaps, tuple(never)


def _months(
    held: pd.Series | None, there: set[int], span: range | None, since: int, until: int
) -> range:
    """Return the months of one country that a file covers; none if they do not adjoin its data."""
    if span is not None:
        return span if span[0] <= until + 1 and span[-1] >= since - 1 else range(0)
    own = set() if held is None else set(held)
    end = until
    while end + 1 in there:
        end += 1
    recorded = sorted(month for month in own if month <= until)
    if end == until and not recorded:
        return range(0)
    if end == until:
        end = recorded[-1]
    start = min(end, until + 1)
    earlier = (month for month in there if recorded and recorded[0] <= month < start)
    for month in sorted(earlier, reverse=True):
        if start - month > MOST_QUIET + 1:
            break
        start = month
    return range(start, end + 1)


def inside(table: pd.DataFrame, covered: Months) -> pd.Series:
    """Return which rows of a table by country and month are covered."""
    first = table["country"].map({iso: months[0] for iso, months in covered.items()})
    last = table["country"].map({iso: months[-1] for iso, months in covered.items()})
    return table["month"].between(first, last)


def observed(rows: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """Return which events lie in the window of their region; where it has no cell, all do."""
    seen = cells[cells["observed_last"] > 0].groupby(["country", "region"])
    windows = seen.agg(first=("observed_first", "min"), last=("observed_last", "max"))
    key = pd.MultiIndex.from_frame(rows[["country", "region"]])
    window = windows.reindex(key)
    within = rows["month"].between(*(window[name].to_numpy() for name in window))  # pyright: ignore
    no_cell = ~key.isin(pd.MultiIndex.from_frame(cells[["country", "region"]]))
    return within | no_cell


def extend(cells: pd.DataFrame, covered: Months) -> tuple[pd.DataFrame, int]:
    """Return the cells with windows of observation that take in the covered months.

    The window of a cell grows where the months adjoin it. A cell never observed opens only in
    a country none of whose cells ever was: there the months were named.
    """
    cells = cells.copy()
    first = cells["country"].map({iso: months[0] for iso, months in covered.items()})
    last = cells["country"].map({iso: months[-1] for iso, months in covered.items()})
    old_first, old_last = cells["observed_first"], cells["observed_last"]
    opened = (old_last == 0) & (old_last.groupby(cells["country"]).transform("max") == 0)
    adjoins = (old_last > 0) & (first <= old_last + 1) & (last >= old_first - 1)
    grows = first.notna() & (opened | adjoins)
    new_first = np.where(opened, first, np.minimum(old_first, first))
    new_last = np.where(opened, last, np.maximum(old_last, last))
    changed = grows & ((new_first != old_first) | (new_last != old_last))
    for name, new in (("observed_first", new_first), ("observed_last", new_last)):
        cells[name] = np.where(changed, new, cells[name]).astype(str(cells[name].dtype))
    return cells, int(changed.sum())
