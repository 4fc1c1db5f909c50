"""The builder: from raw files to the snapshot, the same bytes every time.

    python -m liptako.data.build --raw DIR [--theatre NAME_OR_FOLDER] [--out DIR]

Which files are read, and in what role, stands in `sources.toml` beside the theatre file.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from liptako import calendar, files
from liptako.data import (
    cells,
    coups,
    events,
    ged,
    pacts,
    reference,
    regimes,
    snapshot,
    streams,
    timeline,
    views,
)
from liptako.errors import InputError
from liptako.theatre.loading import read_toml
from liptako.theatre.schema import Theatre
from liptako.theatre.strict import Strict
from liptako.theatre.validation import validate

SOURCES = "sources.toml"

THEATRES = Path(__file__).parents[1] / "theatres"
"""Folder of the theatres that are shipped in the package."""


class Source(Strict):
    """One source: its files, the reader they need, and how to cite it."""

    name: str
    role: str
    observed: str | None = None
    last_month: str | None = Field(default=None, description="later rows are left out")
    overlaps: str | None = Field(default=None, description="of regimes: which spell goes on")
    files: list[str] = Field(min_length=1)
    title: str
    vintage: str
    licence: str
    citation: str
    url: str


class Sources(Strict):
    """What `sources.toml` may say."""

    sources: list[Source]


def build_snapshot(
    theatre: Theatre, raw: str | Path, out: str | Path, *, folder: str | Path | None = None
) -> dict[str, Any]:
    """Build a theatre's snapshot from raw files.

    Args:
        theatre: countries, streams, what is observed.
        raw: folder of raw files; paths in `sources.toml` are relative to it.
        out: the snapshot's folder, made or replaced as a whole.
        folder: folder of the theatre file, with `sources.toml`, the stream rules and the
            timeline; by default the one shipped for the theatre's name.

    Returns:
        The manifest.

    Raises:
        InputError: a raw file is missing or refused by its reader.
    """
    raw = Path(raw)
    folder = shipped_folder(theatre.name) if folder is None else Path(folder)
    sources = read_sources(folder / SOURCES)
    records = {source.name: _record(source, raw) for source in sources}
    tables: dict[str, pd.DataFrame] = {}
    tables |= _places(theatre, sources, raw, records)
    tables["events"], counts = _events(theatre, sources, raw, records, tables=tables, folder=folder)
    tables["country_months"] = _country_months(theatre, sources, raw, records)
    tables |= _reference_tables(theatre, sources, raw, records)
    tables |= _world_politics(sources, raw, records, folder)
    coded = None if theatre.timeline is None else folder / theatre.timeline
    tables["timeline"] = timeline.none() if coded is None else timeline.read_timeline(coded)
    rules = folder / theatre.stream_rules
    manifest = {
        "theatre": theatre.name,
        "last_month": calendar.format_month(int(tables["events"]["month"].max())),
        "sources": list(records.values()),
        "stream_rules_sha256": files.sha256(rules),
        "timeline_sha256": None if coded is None else files.sha256(coded),
        "events": counts,
    }
    return snapshot.write_snapshot(tables, manifest, out)


def read_sources(path: str | Path) -> list[Source]:
    """Read the list of sources.

    Raises:
        InputError: not TOML, an unknown key, or a missing one.
    """
    path = Path(path)
    return validate(Sources, read_toml(path), path).sources


def shipped_folder(name: str) -> Path:
    """Return the folder of a theatre that is shipped in the package."""
    return THEATRES / name


def _record(source: Source, raw: Path) -> dict[str, Any]:
    keep = ("name", "role", "title", "vintage", "licence", "citation", "url")
    hashes = {name: files.sha256(raw / name) for name in source.files}
    return {**source.model_dump(include=set(keep)), "sha256": hashes}


def _each(sources: list[Source], role: str) -> list[Source]:
    found = [source for source in sources if source.role == role]
    if not found:
        raise InputError("no source with this role", file=SOURCES, field="role", value=role)
    return found


def _read(
    sources: list[Source],
    role: str,
    raw: Path,
    records: dict[str, dict[str, Any]],
    reader: Callable[[Path], pd.DataFrame],
) -> pd.DataFrame:
    parts = []
    for source in _each(sources, role):
        table = pd.concat([reader(raw / name) for name in source.files], ignore_index=True)
        records[source.name]["rows"] = len(table)
        if source.last_month is not None:
            table = table[table["month"] <= calendar.parse_month(source.last_month)]
        if "month" in table:
            last = calendar.format_month(int(table["month"].max()))
            records[source.name]["last_month"] = last
        parts.append(table.assign(vintage=source.name) if role in ("history", "actuals") else table)
    return pd.concat(parts, ignore_index=True)


def _places(
    theatre: Theatre,
    sources: list[Source],
    raw: Path,
    records: dict[str, dict[str, Any]],
) -> dict[str, pd.DataFrame]:
    latest = calendar.year_of(max(row.last_month for row in theatre.observed))
    people = _read(
        sources,
        "population",
        raw,
        records,
        lambda path: reference.read_population(path, theatre, latest),
    )
    source = _each(sources, "boundaries")[0]
    path = raw / source.files[0]
    regions = cells.read_regions(path)
    records[source.name]["rows"] = len(regions)
    regions = regions[regions["country"].isin(tuple(theatre.countries))].copy()
    known = {
        country: {
            cells.plain_name(name): code
            for name, code in zip(rows["region_name"], rows["region"], strict=True)
        }
        for country, rows in regions.groupby("country")
    }
    people["region"] = [
        cells.match_region(name, known.get(country, {})) or ""
        for country, name in zip(people["country"], people["region_name"], strict=True)
    ]
    table = cells.build_cells(theatre, path, people)
    order = ["country", "year", "region", "region_name", "population"]
    regions["counted_in"] = cells.counted_in(regions, table)
    names = regions[["country", "region", "region_name", "code_system", "counted_in"]]
    return {
        "cells": table,
        "regions": names.sort_values(["country", "region"], ignore_index=True),
        "population": people[order],
    }


def _events(
    theatre: Theatre,
    sources: list[Source],
    raw: Path,
    records: dict[str, dict[str, Any]],
    *,
    tables: dict[str, pd.DataFrame],
    folder: Path,
) -> tuple[pd.DataFrame, dict[str, int]]:
    rules = streams.read_stream_rules(folder / theatre.stream_rules, theatre)
    parts: list[pd.DataFrame] = []
    seen: set[int] = set()
    for source in _each(sources, "ged"):
        for name in source.files:
            rows, repairs = ged.read_ged(raw / name)
            found = events.locate(rows, theatre, tables["cells"], tables["regions"])
            inside = _covered(found, theatre, tables["regions"], source.observed)
            again = inside & found["id"].isin(seen)
            inside &= ~again
            found = streams.classify(found[inside], rules)
            records[source.name] |= {
                "rows": repairs.rows,
                "repairs": repairs.as_dict(),
                "rows_used": len(found),
                "rows_not_covered": int((~inside & ~again).sum()),
                "rows_in_earlier_source": int(again.sum()),
                "unmapped": {
                    "events": int((found["stream"] == streams.UNMAPPED).sum()),
                    "deaths": int(found.loc[found["stream"] == streams.UNMAPPED, "best"].sum()),
                },
                "last_month": calendar.format_month(int(rows["month"].max())),
            }
            parts.append(found)
            seen |= set(found["id"])
    both = pd.concat(parts, ignore_index=True)
    return events.aggregate(both), events.summary(both, tables["cells"])


def _covered(
    found: pd.DataFrame, theatre: Theatre, regions: pd.DataFrame, source: str | None
) -> pd.Series:
    names = regions.set_index(["country", "region"])["region_name"].to_dict()
    windows = {}
    for key in set(zip(found["country"], found["region"], strict=True)):
        windows[key] = cells.observed_window(theatre, key[0], names.get(key, ""))
    inside = []
    for country, region, month in zip(
        found["country"], found["region"], found["month"], strict=True
    ):
        first, last, row = windows[country, region]
        inside.append(row is not None and row.source == source and first <= month <= last)
    return pd.Series(inside, index=found.index, dtype=bool)


def _country_months(
    theatre: Theatre,
    sources: list[Source],
    raw: Path,
    records: dict[str, dict[str, Any]],
) -> pd.DataFrame:
    history = _read(sources, "history", raw, records, views.read_history)
    actuals = _read(sources, "actuals", raw, records, views.read_actuals)
    table = pd.concat([history, actuals.rename(columns={"outcome": "deaths_sb"})])
    table = table.sort_values(["country_id", "month"], ignore_index=True)
    if table.duplicated(["country_id", "month"]).any():
        raise InputError("history and actuals overlap", file=SOURCES, field="last_month")
    codes = {row.views_id: iso for iso, row in theatre.countries.items()}
    table["country"] = table["country_id"].map(codes).fillna("").astype("str")
    table = table.astype({"country_id": "int32", "month": "int32", "deaths_sb": "int32"})
    return table[["country_id", "country", "month", "deaths_sb", "vintage"]]


def _reference_tables(
    theatre: Theatre,
    sources: list[Source],
    raw: Path,
    records: dict[str, dict[str, Any]],
) -> dict[str, pd.DataFrame]:
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        "coups": coups.read_coups,
        "juntas": pacts.read_juntas,
        "pacts": pacts.read_pacts,
        "displacement": reference.read_displacement,
        "vdem": reference.read_vdem,
        "mid": reference.read_disputes,
    }
    tables = {role: _read(sources, role, raw, records, read) for role, read in readers.items()}
    inside = tables["vdem"]["country"].isin(tuple(theatre.countries))
    tables["vdem"] = tables["vdem"][inside].reset_index(drop=True)
    tables["mid"] = reference.dispute_rates(tables["mid"], theatre)
    return tables


def _world_politics(
    sources: list[Source], raw: Path, records: dict[str, dict[str, Any]], folder: Path
) -> dict[str, pd.DataFrame]:
    """Return the tables that a theatre may lack, as far as it has sources for them."""
    named = [source.overlaps for source in sources if source.role == "regimes"]
    overlaps = folder / named[0] if named and named[0] else None
    readers: dict[str, Callable[[Path], pd.DataFrame]] = {
        "regimes": lambda path: regimes.read_regimes(path, overlaps),
        "coups_world": regimes.read_coups_world,
    }
    roles = {source.role for source in sources}
    return {
        role: _read(sources, role, raw, records, read)
        for role, read in readers.items()
        if role in roles
    }


def _first_theatre() -> str:
    return min(path.parent.name for path in THEATRES.glob("*/theatre.toml"))


def main(arguments: list[str] | None = None) -> int:
    """Build a snapshot from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m liptako.data.build", description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="folder of raw files")
    parser.add_argument(
        "--theatre", default=_first_theatre(), help="a shipped theatre, or a folder"
    )
    parser.add_argument("--out", type=Path, help="snapshot folder; default: the shipped one")
    options = parser.parse_args(arguments)
    own = Path(options.theatre)
    folder = own if (own / "theatre.toml").is_file() else shipped_folder(options.theatre)
    try:
        theatre = Theatre.model_validate(read_toml(folder / "theatre.toml"))
        out = options.out or folder / theatre.snapshot
        manifest = build_snapshot(theatre, options.raw, out, folder=folder)
    except (InputError, OSError) as error:
        parser.exit(2, f"{error}\n")
    for name, row in manifest["tables"].items():
        print(f"{name:16}{row['rows']:8} rows")
    print({**manifest["events"], "last_month": manifest["last_month"]})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
