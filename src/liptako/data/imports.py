"""A user's own GED file into a new snapshot: checked, counted, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar, files
from liptako.data import build, coverage, covering, events, ged, snapshot, streams
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

VINTAGE = "import"
"""Vintage of country-months that were summed from an imported file."""

LOST_DEATHS = 20
LOST_SHARE = 0.1
"""A country that would lose more deaths than both of what is recorded needs a confirmation."""


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do.

    Args:
        file: its name.
        rows: events in the file.
        used: events that were taken.
        skipped: events by country outside the theatre.
        left_out: events of the theatre's countries that were not taken, by why.
        world: whether the file was taken for one of the whole world.
        covered: by country the first and the last month that it covers; events recorded there
            were replaced where the file holds the country.
        quiet: covered countries without an event in the file.
        gaps: countries of the file that were left as they were, for months between their data and
            the file are missing; by country the first of those.
        never: countries of the file that were never observed and were not named as covered.
        absent: countries of the theatre that were left as they were.
        first_month: first month covered, YYYY-MM.
        last_month: last month covered, YYYY-MM.
        deaths_before: deaths in the covered span of the old snapshot.
        deaths_after: deaths in it now.
        lost: by country deaths that were recorded and are no longer, where these are many.
        repairs: from the reader.
        unmapped: events and deaths that no stream rule maps, with the sides.
        outside_cells: events outside the theatre's cells.
        cells_extended: cells whose window of observation grew.
        start_month: last month from which a run can start then: all members are observed.
        dry_run: nothing was written.
    """

    file: str
    rows: int
    used: int
    skipped: dict[str, int]
    left_out: dict[str, int]
    world: bool
    covered: dict[str, tuple[str, str]]
    quiet: tuple[str, ...]
    gaps: dict[str, str]
    never: tuple[str, ...]
    absent: tuple[str, ...]
    first_month: str
    last_month: str
    deaths_before: int
    deaths_after: int
    lost: dict[str, tuple[int, int]]
    repairs: dict[str, int]
    unmapped: list[dict[str, Any]] = field(default_factory=list)
    outside_cells: int = 0
    cells_extended: int = 0
    start_month: str | None = None
    dry_run: bool = False

    @property
    def countries(self) -> tuple[str, ...]:
        """Covered countries."""
        return tuple(self.covered)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a plain mapping, for `--json`."""
        return asdict(self) | {"countries": list(self.countries)}


def import_ged(
    file: str | Path,
    theatre: Theatre,
    base: Snapshot,
    out: str | Path,
    dry_run: bool = False,
    *,
    countries: Sequence[str] | None = None,
    first: str | None = None,
    last: str | None = None,
    confirmed: bool = False,
    folder: str | Path | None = None,
) -> ImportReport:
    """Check a GED file and make a new snapshot with what it covers replaced.

    What a file covers is taken country by country, unless `first`, `last` and `countries` say it.
    Months that are recorded already are covered from a country's first row to its last, as far as
    the file holds any event of the theatre in that month. Months after those recorded are
    covered through the last month of the file before one without any event; a file of the whole
    world covers them for every country observed until then, so that a country without a row was
    quiet, and any other file for the countries that it holds. Countries and months that the
    file does not cover stay as they were.

    Args:
        file: any recent release, yearly or candidate.
        theatre: countries and streams.
        base: the snapshot to start from.
        out: folder of the new snapshot.
        dry_run: check and report, write nothing.
        countries: ISO3 codes that the file covers, those never observed before and those without
            an event included.
        first: first month that the file covers, YYYY-MM.
        last: last month that it covers.
        confirmed: go on although many recorded deaths would go.
        folder: folder of the theatre file; by default the one shipped for its name.

    Returns:
        What was done.

    Raises:
        InputError: the file is refused, holds no event in the theatre or none that can be taken,
            or many recorded deaths would go and that was not confirmed.

    Example:
        >>> report = import_ged("GEDEvent_v25_1.csv", theatre, base, out)   # doctest: +SKIP
    """
    file = Path(file)
    folder = build.shipped_folder(theatre.name) if folder is None else Path(folder)
    rules = streams.read_stream_rules(folder / theatre.stream_rules, theatre)
    release = ged.read_release(file, {row.gwno: row.name for row in theatre.countries.values()})
    located = events.locate(release.events, theatre, base.cells, base.regions)
    classified = streams.classify(located, rules)
    span = covering.span_of(first, last, classified)
    wanted = covering.named(countries, classified, theatre, file)
    covered, gaps, never = covering.covered_months(
        classified, theatre, base, release.world, wanted, span
    )
    if not covered:
        raise _nothing_covered(file, base, gaps, never)
    cells, extended = covering.extend(base.cells, covered)
    inside = covering.inside(classified, covered)
    observed = covering.observed(classified, cells)
    found = classified[inside & observed].reset_index(drop=True)
    old = covering.inside(base.events, covered)
    until = found["country"].map(coverage.observed_until(base.cells, tuple(covered)))
    lost = _lost(base.events[old], found[found["month"] <= until])
    report = ImportReport(
        file=file.name,
        rows=release.repairs.rows + sum(release.elsewhere.values()),
        used=len(found),
        skipped=release.elsewhere,
        left_out=_left_out(classified, inside, observed),
        world=release.world,
        covered={
            iso: (calendar.format_month(months[0]), calendar.format_month(months[-1]))
            for iso, months in covered.items()
        },
        quiet=tuple(iso for iso in covered if iso not in set(found["country"])),
        gaps={iso: calendar.format_month(month) for iso, month in gaps.items()},
        never=never,
        absent=tuple(iso for iso in theatre.countries if iso not in covered),
        first_month=calendar.format_month(min(months[0] for months in covered.values())),
        last_month=calendar.format_month(max(months[-1] for months in covered.values())),
        deaths_before=int(base.events.loc[old, "deaths"].sum()),
        deaths_after=int(found["best"].sum()),
        lost=lost,
        repairs=release.repairs.as_dict(),
        unmapped=[
            {str(k): v for k, v in row.items()}
            for row in streams.unmapped(found).to_dict("records")
        ],
        outside_cells=int((~found["gid"].isin(base.cells["gid"])).sum()),
        cells_extended=extended,
        start_month=_start_month(theatre, cells),
        dry_run=dry_run,
    )
    if dry_run:
        return report
    if lost and not confirmed:
        raise _would_lose(file, lost)
    merged = pd.concat([base.events[~old], events.aggregate(found)]).sort_values(
        list(events.KEYS), ignore_index=True
    )
    changed = {
        "events": merged.astype(base.events.dtypes.to_dict()),
        "cells": cells,
        "country_months": _country_months(base, theatre, classified[inside], covered),
    }
    manifest = _manifest(base, report, file, merged)
    snapshot.write_snapshot({**base.tables(), **changed}, manifest, out)
    return report


def _start_month(theatre: Theatre, cells: pd.DataFrame) -> str | None:
    until = coverage.observed_until(cells, theatre.by_role("member")).values()
    return calendar.format_month(min(until)) if until and min(until) else None


def _left_out(rows: pd.DataFrame, inside: pd.Series, observed: pd.Series) -> dict[str, int]:
    counts = {"month_not_covered": (~inside).sum(), "cell_not_observed": (inside & ~observed).sum()}
    return {name: int(count) for name, count in counts.items() if count}


def _lost(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return by country how many of the recorded deaths would go, and of how many, if many."""
    before = old.groupby("country")["deaths"].sum()
    after = new.groupby("country")["best"].sum().reindex(before.index, fill_value=0)
    gone = before - after
    many = gone > np.maximum(LOST_DEATHS, LOST_SHARE * before)
    return {str(iso): (int(gone[iso]), int(before[iso])) for iso in before.index[many]}


def _would_lose(file: Path, lost: dict[str, tuple[int, int]]) -> InputError:
    each = ", ".join(f"{gone:,} of {before:,} in {iso}" for iso, (gone, before) in lost.items())
    return InputError(
        f"recorded deaths would go: {each}",
        file=file,
        field="yes",
        allowed="--yes if the file is right; or say what it covers: --countries, --first, --last",
    )


def _nothing_covered(
    file: Path, base: Snapshot, gaps: dict[str, int], never: tuple[str, ...]
) -> InputError:
    if not gaps:
        return InputError(
            "only events of countries that were never observed",
            file=file,
            field="countries",
            value=list(never),
            allowed="--countries, --first and --last, to say that the file is complete for them",
        )
    missing = ", ".join(f"{iso} from {calendar.format_month(at)}" for iso, at in gaps.items())
    return InputError(
        f"months are missing between the data and the file: {missing}",
        file=file,
        field="first",
        allowed="files of the months between first, or one that holds them too",
    )


def _country_months(
    base: Snapshot,
    theatre: Theatre,
    found: pd.DataFrame,
    covered: covering.Months,
) -> pd.DataFrame:
    old = base.country_months
    keep = ~covering.inside(old, covered)
    state_based = found[found["kind"] == streams.KINDS[1]]
    sums = state_based.groupby(["country", "month"])["best"].sum()
    pairs = [(iso, month) for iso, months in covered.items() for month in months]
    index = pd.MultiIndex.from_tuples(pairs, names=["country", "month"])
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
        "reference_month": base.manifest.get("reference_month", base.manifest["last_month"]),
        "last_month": calendar.format_month(last),
        "sources": [*earlier, source],
        "events": counts,
    }
