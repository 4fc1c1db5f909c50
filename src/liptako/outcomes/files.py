"""The files of a run's folder that hold its tables, as CSV, Parquet and a workbook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import xarray as xr

from liptako import files
from liptako.outcomes.summary import summary
from liptako.outcomes.tables import member_tables, yearly_deaths
from liptako.runs.cite import bibtex, cite

SUMMARY = "run.json"
CITATION = "cite.txt"
WORKBOOK = "tables.xlsx"


def write_files(run: xr.Dataset, tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write everything of a run but its dataset and its report.

    Args:
        run: a run's dataset.
        tables: by name, from `liptako.outcomes.tables.standard_tables`.
        folder: an empty one.
    """
    seen_from = run.attrs["init_time"]
    (folder / "tables").mkdir()
    stamped = {name: _stamped(frame, seen_from) for name, frame in tables.items()}
    for name, frame in stamped.items():
        for suffix in ("csv", "parquet"):
            files.write_table(frame, folder / "tables" / f"{name}.{suffix}")
    members = (_stamped(part, seen_from) for part in yearly_deaths(run))
    files.write_parts(members, folder / "tables" / "members.parquet")
    for name, frame in member_tables(run).items():
        files.write_table(_stamped(frame, seen_from), folder / "tables" / f"{name}.parquet")
    _write_workbook(stamped, folder / WORKBOOK)
    (folder / CITATION).write_text(cite(run) + "\n\n" + bibtex(run), encoding="utf-8")
    text = json.dumps(summary(run, tables), indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")


def _write_workbook(tables: Mapping[str, pd.DataFrame], path: Path) -> None:
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in tables.items():
            if name != "cells":
                frame.to_excel(book, sheet_name=name[:31], index=False)


def _stamped(frame: pd.DataFrame, seen_from: str) -> pd.DataFrame:
    """Return the table as files carry it: lists as text, and when it was seen from."""
    frame = frame.copy()
    for name in frame.columns:
        if not pd.api.types.is_object_dtype(frame[name]):
            continue
        if frame[name].map(lambda value: isinstance(value, list)).any():
            frame[name] = frame[name].map(", ".join)
    frame.insert(0, "as_seen_from", seen_from)
    return frame
