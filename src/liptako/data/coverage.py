"""What the snapshot covers, by country and year, and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.data.snapshot import Snapshot
from liptako.data.streams import KINDS, UNMAPPED
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

FIRST_INIT = calendar.month_id(1999, 1)
"""First month from which a run may start: a fit needs some years of events before it."""


def observed_until(cells: pd.DataFrame, countries: Sequence[str]) -> dict[str, int]:
    """Return the last month in which any cell of each country is observed, 0 for never."""
    last = cells.groupby("country")["observed_last"].max()
    return {iso: int(last.get(iso, 0)) for iso in countries}


def check_start(
    theatre: Theatre, cells: pd.DataFrame, last_month: int, init: int, file: str | Path
) -> None:
    """Refuse a start from which no run can be made with these data.

    Args:
        theatre: whose members must be observed at the start.
        cells: of the snapshot.
        last_month: of the snapshot.
        init: the month to start from.
        file: the scenario's, named in messages.

    Raises:
        InputError: later than the data, too early, or a member is not observed.
    """
    members = observed_until(cells, theatre.by_role("member"))
    latest = min([last_month, *members.values()])
    if FIRST_INIT <= init <= latest:
        return
    behind = [f"{iso} to {_shown(month)}" for iso, month in members.items() if month < init]
    if init < FIRST_INIT:
        problem = "too early: the record before it is too short to learn from"
    elif init > last_month:
        problem = "later than the data"
    else:
        problem = f"not all members are observed then ({', '.join(behind)})"
    allowed = f"{calendar.format_month(FIRST_INIT)} to {_shown(latest)}"
    raise InputError(
        problem,
        file=file,
        field="init_time",
        value=calendar.format_month(init),
        allowed=f"{_shown(latest)} or earlier" if init > latest else allowed,
    )


def _shown(month: int) -> str:
    return calendar.format_month(month) if month else "never"


def coverage(snapshot: Snapshot, theatre: Theatre) -> pd.DataFrame:
    """Return what is observed and counted, by country and year.

    A year without observed months has no events here because nobody looked, not because
    nothing happened: its counts are missing, not zero.

    Args:
        snapshot: the data.
        theatre: its countries, in its order.

    Returns:
        Columns `country, year, observed_months` (mean over the country's cells, 0 to 12),
        `events, deaths, deaths_state_based, deaths_non_state, deaths_one_sided,
        deaths_unmapped, coarse_share` (share of events located only to a region or worse).
    """
    cells = snapshot.cells
    windows = cells.loc[cells["observed_last"] > 0, ["observed_first", "observed_last"]]
    first = calendar.year_of(int(windows["observed_first"].min())) if len(windows) else 0
    last = calendar.year_of(snapshot.last_month)
    years = range(first, last + 1) if first else range(0)
    by_country = {iso: cells[cells["country"] == iso] for iso in theatre.countries}
    rows = [
        (country, year, _observed_months(mine, year))
        for country, mine in by_country.items()
        for year in years
    ]
    table = pd.DataFrame(rows, columns=["country", "year", "observed_months"])
    counts = _counts(snapshot.events)
    table = table.merge(counts, on=["country", "year"], how="left")
    values = [column for column in counts.columns if column not in ("country", "year")]
    seen = table["observed_months"] > 0
    filled = [column for column in values if column != "coarse_share"]
    table[filled] = table[filled].fillna(0).where(seen)
    table["coarse_share"] = table["coarse_share"].where(seen)
    return table


def summary(snapshot: Snapshot) -> dict[str, Any]:
    """Return sources, last month and counts of a snapshot, for `data show`.

    Returns:
        `last_month`, `events` (counts), `tables` (rows by name) and `sources` (a list of
        `name, title, vintage, licence, citation, url, rows, last_month`).
    """
    fields = ("name", "title", "vintage", "licence", "citation", "url", "rows", "last_month")
    manifest = snapshot.manifest
    return {
        "theatre": manifest["theatre"],
        "last_month": manifest["last_month"],
        "events": dict(manifest["events"]),
        "tables": {name: row["rows"] for name, row in manifest["tables"].items()},
        "sources": [{name: source.get(name) for name in fields} for source in manifest["sources"]],
    }


def _observed_months(cells: pd.DataFrame, year: int) -> float:
    if not len(cells):
        return 0.0
    start = calendar.month_id(year, 1)
    low = np.maximum(cells["observed_first"].to_numpy(), start)
    high = np.minimum(cells["observed_last"].to_numpy(), start + MONTHS_PER_YEAR - 1)
    months = np.clip(high - low + 1, 0, MONTHS_PER_YEAR)
    return float(np.where(cells["observed_last"] > 0, months, 0).mean())


def _counts(events: pd.DataFrame) -> pd.DataFrame:
    table = events.assign(year=events["month"].map(calendar.year_of))
    for kind in KINDS.values():
        table[f"deaths_{kind}"] = table["deaths"].where(table["kind"] == kind, 0)
    table["deaths_unmapped"] = table["deaths"].where(table["stream"] == UNMAPPED, 0)
    sums = table.groupby(["country", "year"], as_index=False)[
        [
            "events",
            "events_coarse",
            "deaths",
            *(f"deaths_{kind}" for kind in KINDS.values()),
            "deaths_unmapped",
        ]
    ].sum()
    sums["coarse_share"] = sums["events_coarse"] / sums["events"]
    return sums.drop(columns="events_coarse")
