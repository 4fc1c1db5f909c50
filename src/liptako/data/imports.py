"""A user's own GED file into a new snapshot: checked, counted, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar, files
from liptako.data import build, events, ged, snapshot, streams
from liptako.data.cells import plain_name
from liptako.data.snapshot import Snapshot
from liptako.data.tables import refuse_rows
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

VINTAGE = "import"
"""Vintage of country-months that were summed from an imported file."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do.

    Args:
        file: its name.
        rows: events in the file.
        used: events in the theatre.
        skipped: events by country outside the theatre.
        countries: covered countries, whose events in the span were replaced.
        absent: countries of the theatre that the file does not hold; left as they were.
        first_month: first month of the file, YYYY-MM.
        last_month: last month of the file, YYYY-MM.
        deaths_before: deaths in the covered span of the old snapshot.
        deaths_after: deaths in it now.
        repairs: from the reader.
        unmapped: events and deaths that no stream rule maps, with the sides.
        outside_cells: events outside the theatre's cells.
        cells_extended: cells whose window of observation grew.
        cells_with_gap: cells whose window could not grow, for the span does not adjoin it.
        dry_run: nothing was written.
    """

    file: str
    rows: int
    used: int
    skipped: dict[str, int]
    countries: tuple[str, ...]
    absent: tuple[str, ...]
    first_month: str
    last_month: str
    deaths_before: int
    deaths_after: int
    repairs: dict[str, int]
    unmapped: list[dict[str, Any]] = field(default_factory=list)
    outside_cells: int = 0
    cells_extended: int = 0
    cells_with_gap: int = 0
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a plain mapping, for `--json`."""
        return asdict(self)


def import_ged(
    file: str | Path,
    theatre: Theatre,
    base: Snapshot,
    out: str | Path,
    dry_run: bool = False,
    *,
    countries: Sequence[str] | None = None,
    folder: str | Path | None = None,
) -> ImportReport:
    """Check a GED file and make a new snapshot with what it covers replaced.

    Covered are the months from the first to the last of the file, for the countries of the
    theatre that it holds: there the old events go, even where the file has none. Streams
    are mapped by the theatre's rules; country-months of state-based deaths are summed anew.

    Args:
        file: any recent release, yearly or candidate.
        theatre: countries and streams.
        base: the snapshot to start from.
        out: folder of the new snapshot.
        dry_run: check and report, write nothing.
        countries: ISO3 codes that the file covers; by default those it holds. Name those
            that had no event, or they stay as they were.
        folder: folder of the theatre file; by default the one shipped for its name.

    Returns:
        What was done.

    Raises:
        InputError: the file is refused, or holds no event in the theatre.

    Example:
        >>> report = import_ged("GEDEvent_v25_1.csv", theatre, base, out)   # doctest: +SKIP
    """
    file = Path(file)
    folder = build.shipped_folder(theatre.name) if folder is None else Path(folder)
    rules = streams.read_stream_rules(folder / theatre.stream_rules, theatre)
    rows, repairs = ged.read_ged(file)
    _check_countries(rows, theatre, file)
    found = streams.classify(events.locate(rows, theatre, base.cells, base.regions), rules)
    if not len(found):
        raise InputError(
            "no event in a country of the theatre",
            file=file,
            value=sorted(set(rows["country"]))[:8],
            allowed=", ".join(row.name for row in theatre.countries.values()),
        )
    covered = _covered(found, theatre, countries, file)
    first, last = int(rows["month"].min()), int(rows["month"].max())
    old = base.events["country"].isin(covered) & base.events["month"].between(first, last)
    new = events.aggregate(found)
    cells, extended, gaps = _extend(base.cells, covered, first, last)
    outside = ~rows["gwno"].isin([row.gwno for row in theatre.countries.values()])
    left = streams.unmapped(found)
    report = ImportReport(
        file=file.name,
        rows=len(rows),
        used=len(found),
        skipped={
            str(name): int(n) for name, n in rows.loc[outside, "country"].value_counts().items()
        },
        countries=covered,
        absent=tuple(iso for iso in theatre.countries if iso not in covered),
        first_month=calendar.format_month(first),
        last_month=calendar.format_month(last),
        deaths_before=int(base.events.loc[old, "deaths"].sum()),
        deaths_after=int(found["best"].sum()),
        repairs=repairs.as_dict(),
        unmapped=[{str(k): v for k, v in row.items()} for row in left.to_dict("records")],
        outside_cells=int((~found["gid"].isin(base.cells["gid"])).sum()),
        cells_extended=extended,
        cells_with_gap=gaps,
        dry_run=dry_run,
    )
    if not dry_run:
        merged = pd.concat([base.events[~old], new]).sort_values(
            list(events.KEYS), ignore_index=True
        )
        changed = {
            "events": merged.astype(base.events.dtypes.to_dict()),
            "cells": cells,
            "country_months": _country_months(
                base, theatre, found, covered, first=first, last=last
            ),
        }
        manifest = _manifest(base, report, file, merged)
        snapshot.write_snapshot({**base.tables(), **changed}, manifest, out)
    return report


def _check_countries(rows: pd.DataFrame, theatre: Theatre, file: Path) -> None:
    by_name = {plain_name(row.name): row.gwno for row in theatre.countries.values()}
    expected = rows["country"].map(lambda name: by_name.get(plain_name(name)))
    bad = expected.notna() & (expected != rows["gwno"])
    refuse_rows(bad, rows, "gwno", "the country number is not that of the name", file=file)


def _covered(
    found: pd.DataFrame, theatre: Theatre, countries: Sequence[str] | None, file: Path
) -> tuple[str, ...]:
    held = set(found["country"])
    if countries is not None:
        unknown = sorted(set(countries) - set(theatre.countries))
        missing = sorted(held - set(countries))
        if unknown or missing:
            raise InputError(
                "not a country of the theatre" if unknown else "the file holds more countries",
                file=None if unknown else file,
                field="countries",
                value=unknown or missing,
                allowed=", ".join(theatre.countries),
            )
        held = set(countries)
    return tuple(iso for iso in theatre.countries if iso in held)


def _extend(
    cells: pd.DataFrame, covered: tuple[str, ...], first: int, last: int
) -> tuple[pd.DataFrame, int, int]:
    cells = cells.copy()
    inside = cells["country"].isin(covered)
    old_first, old_last = cells["observed_first"], cells["observed_last"]
    never = old_last == 0
    adjoins = (first <= old_last + 1) & (last >= old_first - 1)
    grows = inside & (never | adjoins)
    new_first = np.where(never, first, np.minimum(old_first, first))
    new_last = np.where(never, last, np.maximum(old_last, last))
    changed = grows & ((new_first != old_first) | (new_last != old_last))
    cells["observed_first"] = old_first.where(~grows, new_first)
    cells["observed_last"] = old_last.where(~grows, new_last)
    return cells, int(changed.sum()), int((inside & ~never & ~adjoins).sum())


def _country_months(
    base: Snapshot,
    theatre: Theatre,
    found: pd.DataFrame,
    covered: tuple[str, ...],
    *,
    first: int,
    last: int,
) -> pd.DataFrame:
    old = base.country_months
    keep = ~(old["country"].isin(covered) & old["month"].between(first, last))
    state_based = found[found["kind"] == streams.KINDS[1]]
    sums = state_based.groupby(["country", "month"])["best"].sum()
    index = pd.MultiIndex.from_product(
        [covered, range(first, last + 1)], names=["country", "month"]
    )
    new = sums.reindex(index, fill_value=0).rename("deaths_sb").reset_index()
    new["country_id"] = new["country"].map(
        {iso: row.views_id for iso, row in theatre.countries.items()}
    )
    new["vintage"] = VINTAGE
    table = pd.concat([old[keep], new[list(old.columns)].astype(old.dtypes.to_dict())])
    return table.sort_values(["country_id", "month"], ignore_index=True)


def _manifest(
    base: Snapshot, report: ImportReport, file: Path, merged: pd.DataFrame
) -> dict[str, Any]:
    source = {
        "name": f"{VINTAGE}-{report.file}",
        "role": "ged",
        "title": f"Imported file, {', '.join(report.countries)}",
        "vintage": f"{report.first_month} to {report.last_month}",
        "licence": "the file's own",
        "citation": "",
        "url": "",
        "sha256": {report.file: files.sha256(file)},
        "rows": report.rows,
        "rows_used": report.used,
        "repairs": report.repairs,
        "last_month": report.last_month,
        "unmapped": {
            "events": sum(row["events"] for row in report.unmapped),
            "deaths": sum(row["deaths"] for row in report.unmapped),
        },
    }
    unmapped = merged["stream"] == streams.UNMAPPED
    outside = ~merged["gid"].isin(base.cells["gid"])
    counts = {
        "events": int(merged["events"].sum()),
        "deaths": int(merged["deaths"].sum()),
        "coarse_events": int(merged["events_coarse"].sum()),
        "outside_cells_events": int(merged.loc[outside, "events"].sum()),
        "outside_cells_deaths": int(merged.loc[outside, "deaths"].sum()),
        "unmapped_events": int(merged.loc[unmapped, "events"].sum()),
        "unmapped_deaths": int(merged.loc[unmapped, "deaths"].sum()),
    }
    earlier = [row for row in base.manifest["sources"] if row["name"] != source["name"]]
    last = max(base.last_month, calendar.parse_month(report.last_month))
    return {
        **base.manifest,
        "last_month": calendar.format_month(last),
        "sources": [*earlier, source],
        "events": counts,
    }
