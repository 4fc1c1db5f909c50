"""Exhibits as files: what a run's folder holds beside its dataset and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from liptako import files
from liptako.calendar import format_month
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.registry import EXHIBITS, check_known
from liptako.outcomes.summary import summary
from liptako.outcomes.tables import member_tables, yearly_deaths
from liptako.runs.cite import bibtex, cite
from liptako.words.dates import last_day

SUMMARY = "run.json"
CITATION = "cite.txt"
WORKBOOK = "tables.xlsx"

STAMP = "as_seen_from"
"""The column that says from when a row was seen."""

_SHEET_NAME = 31
"""Characters that a spreadsheet allows in a sheet's name."""


def write_files(run: xr.Dataset, tables: Tables, folder: Path) -> None:
    """Write the tables, the workbook, the citation and the summary of a run.

    Args:
        run: a run's dataset.
        tables: by name, from `liptako.outcomes.tables.standard_tables`.
        folder: an empty one.
    """
    stamp = run.attrs["init_time"]
    (folder / "tables").mkdir()
    for name, frame in tables.items():
        stamped = _stamped(frame, stamp)
        for suffix in ("csv", "parquet"):
            files.write_table(stamped, folder / "tables" / f"{name}.{suffix}")
    members = (_stamped(part, stamp) for part in yearly_deaths(run))
    files.write_parts(members, folder / "tables" / "members.parquet")
    for name, frame in member_tables(run).items():
        files.write_table(_stamped(frame, stamp), folder / "tables" / f"{name}.parquet")
    workbook(tables, folder / WORKBOOK, stamp)
    (folder / CITATION).write_text(cite(run) + "\n\n" + bibtex(run), encoding="utf-8")
    text = json.dumps(summary(run, tables), indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def file_name(exhibit: Exhibit, facts: Facts, suffix: str) -> str:
    """Return the name of an exhibit's file: the run, the table, and from when it was seen."""
    stamp = format_month(facts.init_month)
    slug = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in facts.run_id)
    return f"{slug}_{exhibit.table}_as-seen-from-{stamp}.{suffix}"


def csv_text(table: pd.DataFrame, facts: Facts) -> str:
    """Return a table as CSV: months as YYYY-MM, stamped, safe to open in a spreadsheet."""
    out = table.copy()
    if "month" in out.columns:
        out["month"] = [format_month(int(month)) for month in out["month"]]
    for column in out.columns:
        if not pd.api.types.is_numeric_dtype(out[column]):
            out[column] = [_cell(value) for value in out[column]]
    out[STAMP] = last_day(facts.init_month)
    return out.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def workbook(tables: Tables, path: str | Path, stamp: str) -> None:
    """Write the tables of a run as sheets of one workbook, in the order of the registry.

    Args:
        tables: of the run, by name.
        path: of the file to write.
        stamp: from when they were seen, such as `2023-12`.

    Raises:
        InputError: a table has no entry in the registry.
    """
    check_known(tables)
    shown = [entry.table for entry in EXHIBITS if entry.sheet and entry.table in tables]
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name in shown:
            _stamped(tables[name], stamp).to_excel(book, sheet_name=name[:_SHEET_NAME], index=False)


def _stamped(table: pd.DataFrame, stamp: str) -> pd.DataFrame:
    """Return a table with lists as text, and when it was seen from."""
    out = table.copy()
    for name in out.columns:
        texts = pd.api.types.is_object_dtype(out[name])
        if texts and out[name].map(lambda value: isinstance(value, list)).any():
            out[name] = out[name].map(", ".join)
    out.insert(0, STAMP, stamp)
    return out


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    # A spreadsheet would run a cell that starts like a formula.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
