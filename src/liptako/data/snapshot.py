"""The snapshot: all data of a theatre as small tables, with a manifest that vouches for them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from liptako import calendar, files
from liptako.cache import NOWHERE, home_folder
from liptako.data import pacts, raw, regimes
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

FORMAT = 2
MANIFEST = "manifest.json"
DATA_VARIABLE = "LIPTAKO_DATA"
"""Environment variable with the folder of updated snapshots."""

OPTIONAL = {"regimes": regimes.no_regimes, "coups_world": regimes.no_coups_world}
"""Tables that a theatre may lack, and what stands in their place; older snapshots have none."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Tables of a theatre's data. Months are month numbers, countries ISO3 codes.

    Args:
        events: sums by `month, country, gid, gid_published, region, stream, kind`; `gid` is
            where coarsely located events were placed.
        cells: see `cells.build_cells`.
        regions: `country, region, region_name`, those without a cell of their own included;
            `code_system` and, for those without, `counted_in`: see `liptako.data.cells`.
        country_months: `country_id, country, month, deaths_sb, vintage` for all countries of
            the world; `country` is "" outside the theatre.
        coups: `country, month, successes, failures`.
        juntas: coups and what became of leaders and camps.
        pacts: pacts and the dates of their stages.
        population: `country, year, region, region_name, population`.
        displacement: `country, month, displaced`.
        vdem: `country, year, polyarchy` and its bounds.
        mid: dispute onsets by `scope, country_a, country_b, year, hostility`.
        timeline: coded political events.
        manifest: sources, hashes and counts.
        regimes: the world's regimes born of coups and how they ended; no row without a source.
        coups_world: `country, month, success`, one row an event; no row without a source.
    """

    events: pd.DataFrame
    cells: pd.DataFrame
    regions: pd.DataFrame
    country_months: pd.DataFrame
    coups: pd.DataFrame
    juntas: pd.DataFrame
    pacts: pd.DataFrame
    population: pd.DataFrame
    displacement: pd.DataFrame
    vdem: pd.DataFrame
    mid: pd.DataFrame
    timeline: pd.DataFrame
    manifest: Mapping[str, Any]
    regimes: pd.DataFrame = field(default_factory=OPTIONAL["regimes"])
    coups_world: pd.DataFrame = field(default_factory=OPTIONAL["coups_world"])

    @property
    def last_month(self) -> int:
        """Last month with event data."""
        return calendar.parse_month(self.manifest["last_month"])

    @property
    def reference_month(self) -> int:
        """Last month that the tables other than the events reach; an import adds events alone."""
        known = self.manifest.get("reference_month", self.manifest["last_month"])
        return min(calendar.parse_month(known), self.last_month)

    @property
    def event_source(self) -> str:
        """What the events are from, in short, with the licence; each data set once."""
        rows = [row for row in self.manifest["sources"] if row["role"] == "ged"]
        named = (f"{row['title'].split(',')[0]} ({row['licence']})" for row in rows)
        return "; ".join(dict.fromkeys(named))

    @property
    def event_citation(self) -> str:
        """How to cite the events; each work once."""
        rows = [row for row in self.manifest["sources"] if row["role"] == "ged"]
        works = (work.rstrip(".") for row in rows for work in row["citation"].split("; "))
        return "; ".join(dict.fromkeys(works))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    def until(self, month: int) -> Snapshot:
        """Return the snapshot as it stood at the end of a month.

        Rows after it are removed; yearly rows stay only for years that were over. Later
        dates of pacts and juntas are blanked, spells of regimes are followed to the month, and
        windows of observation end there.
        Boundaries and shares of population are taken as fixed geography.

        Args:
            month: the last month that may be seen.

        Example:
            >>> snapshot.until(480).events["month"].max() <= 480      # doctest: +SKIP
            True
        """
        changed = {
            name: table[table["month"] <= month].reset_index(drop=True)
            for name, table in self.tables().items()
            if "month" in table
        }
        last_year = calendar.year_of(month + 1) - 1
        for name in ("vdem", "mid"):
            table = getattr(self, name)
            changed[name] = table[table["year"] <= last_year].reset_index(drop=True)
        for name in ("pacts", "juntas"):
            changed[name] = pacts.censor(getattr(self, name), month)
        changed["regimes"] = regimes.censor(self.regimes, month)
        cells = self.cells.copy()
        seen = cells["observed_first"].between(1, month)
        cells["observed_first"] = cells["observed_first"].where(seen, 0)
        cells["observed_last"] = cells["observed_last"].clip(upper=month).where(seen, 0)
        last = calendar.format_month(min(month, self.last_month))
        manifest = {**self.manifest, "last_month": last}
        return replace(self, **changed, cells=cells, manifest=manifest)


TABLES = tuple(item.name for item in fields(Snapshot) if item.name != "manifest")
"""Names of the tables, each a Parquet file."""


def load_snapshot(folder: str | Path) -> Snapshot:
    """Read a snapshot and check every table against the manifest.

    Args:
        folder: holds `manifest.json` and the tables.

    Raises:
        InputError: a file is missing, damaged or of another format.

    Example:
        >>> snapshot = load_snapshot("snapshot")            # doctest: +SKIP
    """
    folder = Path(folder)
    files.recover_folder(folder)
    manifest = read_manifest(folder)
    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if name in OPTIONAL and name not in manifest["tables"]:
            tables[name] = OPTIONAL[name]()
            continue
        expected = manifest["tables"].get(name, {}).get("sha256")
        found = files.sha256(path)
        if found != expected:
            raise InputError(
                "the table does not match the manifest: damaged or changed",
                file=path,
                field="sha256",
                value=found,
                allowed=str(expected),
            )
        tables[name] = raw.read_parquet(path)
    return Snapshot(**tables, manifest=manifest)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """Read and check a snapshot's manifest.

    Raises:
        InputError: missing, not JSON, or of another format.
    """
    path = Path(folder) / MANIFEST
    if not path.is_file():
        raise InputError("no snapshot here: the manifest is missing", file=path)
    manifest = files.read_json(path)
    try:
        version, ok = manifest["format"], _well_formed(manifest)
        calendar.parse_month(manifest["last_month"])
        calendar.parse_month(manifest.get("reference_month", manifest["last_month"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not a readable manifest ({error})", file=path) from None
    if version != FORMAT or not ok:
        raise InputError(
            "another format of snapshot",
            file=path,
            field="format",
            value=version,
            allowed=f"{FORMAT}; of your own imports: remove the folder and import again",
        )
    return manifest


def _well_formed(manifest: dict[str, Any]) -> bool:
    """Return whether the parts that are used have the types that they were written with."""
    return (
        isinstance(manifest["theatre"], str)
        and isinstance(manifest["events"], dict)
        and all(isinstance(row, dict) for row in manifest["tables"].values())
        and isinstance(manifest["sources"], list)
        and all(
            isinstance(row.get(name), str)
            for row in manifest["sources"]
            for name in ("name", "role", "title", "vintage", "licence", "citation", "url")
        )
    )


def write_snapshot(
    tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any], out: str | Path
) -> dict[str, Any]:
    """Write a snapshot as one folder: all of it, or nothing.

    The tables are written to a folder beside `out`, which then takes the place of `out`. Were
    the machine to stop between the two renames, `out` would be absent, never half written.

    Args:
        tables: by name, exactly `TABLES`; those of `OPTIONAL` may be left out.
        manifest: what is known of the sources; rows and hashes are added here.
        out: the folder to make or replace.

    Returns:
        The manifest as written.
    """
    tables = {name: none() for name, none in OPTIONAL.items()} | dict(tables)
    if set(tables) != set(TABLES):
        raise InputError(
            "wrong tables", field="tables", value=sorted(tables), allowed=", ".join(TABLES)
        )
    out = Path(out)
    if out.exists() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise InputError(
            "the folder holds something other than a snapshot",
            file=out,
            allowed="a snapshot to replace, an empty folder, or a new name",
        )
    with files.atomic_folder(out) as new:
        summary = {}
        for name in TABLES:
            path = new / f"{name}.parquet"
            files.write_table(tables[name], path)
            summary[name] = {"rows": len(tables[name]), "sha256": files.sha256(path)}
        manifest = {**manifest, "format": FORMAT, "tables": summary}
        text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False)
        with files.atomic_write(new / MANIFEST) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    return dict(manifest)


def user_folder(theatre: Theatre) -> Path:
    """Return where the user's updated snapshot of a theatre is kept.

    `LIPTAKO_DATA/THEATRE/snapshot` when that variable is set, or else
    `liptako/THEATRE/snapshot` in the XDG data folder.
    """
    if root := os.environ.get(DATA_VARIABLE):
        return Path(root) / theatre.name / "snapshot"
    base = os.environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(base):  # as its specification has it
        base = (home_folder() or NOWHERE) / ".local" / "share"
    return Path(base) / "liptako" / theatre.name / "snapshot"


def snapshot_folder(theatre_folder: str | Path, theatre: Theatre) -> Path:
    """Return the user's updated snapshot when there is one, or else the shipped one.

    Args:
        theatre_folder: folder of the theatre file.
        theatre: its content.
    """
    updated = user_folder(theatre)
    if (updated / MANIFEST).is_file():
        return updated
    return Path(theatre_folder) / theatre.snapshot
