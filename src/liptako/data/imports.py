"""A user's own GED file into a new snapshot: checked, counted, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar, files
from liptako.data import build, coverage, events, ged, snapshot, streams
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

VINTAGE = "import"
"""Vintage of country-months that were summed from an imported file."""

LOST_DEATHS = 20
LOST_SHARE = 0.1
"""A country that would lose more deaths than both of what is recorded needs a confirmation."""

MOST_QUIET = 5
"""Months without an event of the theatre that a file may have among those that are recorded: more
than this, and what lies before them is taken for a slip of the date."""

Months = dict[str, range]
"""Months of each country that a file covers."""


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
    span = _span(first, last, classified)
    wanted = _named(countries, classified, theatre, file)
    covered, gaps, never = _covered(classified, theatre, base, release.world, wanted, span)
    if not covered:
        raise _nothing_covered(file, base, gaps, never)
    cells, extended = _extend(base.cells, covered)
    inside = _inside(classified, covered)
    observed = _observed(classified, cells)
    found = classified[inside & observed].reset_index(drop=True)
    old = _inside(base.events, covered)
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


def _span(first: str | None, last: str | None, rows: pd.DataFrame) -> range | None:
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


def _named(
    countries: Sequence[str] | None, rows: pd.DataFrame, theatre: Theatre, file: Path
) -> tuple[str, ...] | None:
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


def _covered(
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


def _inside(table: pd.DataFrame, covered: Months) -> pd.Series:
    """Return which rows of a table by country and month are covered."""
    first = table["country"].map({iso: months[0] for iso, months in covered.items()})
    last = table["country"].map({iso: months[-1] for iso, months in covered.items()})
    return table["month"].between(first, last)


def _observed(rows: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """Return which events lie in the window of their region; where it has no cell, all do."""
    seen = cells[cells["observed_last"] > 0].groupby(["country", "region"])
    windows = seen.agg(first=("observed_first", "min"), last=("observed_last", "max"))
    key = pd.MultiIndex.from_frame(rows[["country", "region"]])
    window = windows.reindex(key)
    within = rows["month"].between(*(window[name].to_numpy() for name in window))  # pyright: ignore
    no_cell = ~key.isin(pd.MultiIndex.from_frame(cells[["country", "region"]]))
    return within | no_cell


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


def _extend(cells: pd.DataFrame, covered: Months) -> tuple[pd.DataFrame, int]:
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
    new_first = first.where(opened, old_first.clip(upper=first))
    new_last = last.where(opened, old_last.clip(lower=last))
    changed = grows & ((new_first != old_first) | (new_last != old_last))
    for name, new in (("observed_first", new_first), ("observed_last", new_last)):
        cells[name] = cells[name].where(~changed, new).astype(cells[name].dtype)
    return cells, int(changed.sum())


def _country_months(
    base: Snapshot,
    theatre: Theatre,
    found: pd.DataFrame,
    covered: Months,
) -> pd.DataFrame:
    old = base.country_months
    keep = ~_inside(old, covered)
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
