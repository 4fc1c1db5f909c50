"""Exhibits as files: what a run's folder holds beside its dataset and its page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from liptako import files
from liptako.calendar import format_month, parse_month
from liptako.errors import InputError
from liptako.exhibits.cells import STAMP, safe, stamped
from liptako.exhibits.data_package import FILE as PACKAGE
from liptako.exhibits.data_package import data_package
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.workbook import workbook
from liptako.outcomes.summary import summary
from liptako.outcomes.tables import member_tables, yearly_deaths
from liptako.runs.cite import bibtex, cite, csl_json

SUMMARY = "run.json"
CITATIONS = {"cite.txt": cite, "cite.bib": bibtex, "cite.json": csl_json}
"""How to cite the run: in words, and for reference managers as BibTeX and as CSL-JSON."""
WORKBOOK = "tables.xlsx"


def write_files(run: xr.Dataset, tables: Tables, folder: Path) -> None:
    """Write the tables, the workbook, the citation and the summary of a run.

    Args:
        run: a run's dataset.
        tables: by name, from `liptako.outcomes.tables.standard_tables`.
        folder: an empty one.
    """
    stamp = run.attrs["init_time"]
    (folder / "tables").mkdir()
    cells = {}
    for name, frame in tables.items():
        full = stamped(frame, stamp)
        cells[name] = safe(full)
        files.write_table(full, folder / "tables" / f"{name}.parquet")
        files.write_table(cells[name], folder / "tables" / f"{name}.csv")
    members = (stamped(part, stamp) for part in yearly_deaths(run))
    files.write_parts(members, folder / "tables" / "members.parquet")
    for name, frame in member_tables(run).items():
        files.write_table(stamped(frame, stamp), folder / "tables" / f"{name}.parquet")
    workbook(tables, folder / WORKBOOK, stamp, (run.attrs["title"], cite(run)), cells)
    for name, cited in CITATIONS.items():
        (folder / name).write_text(f"{cited(run).rstrip()}\n", encoding="utf-8")
    _json(data_package(run, cells), folder / "tables" / PACKAGE)
    _json(summary(run, tables), folder / SUMMARY)


def _json(content: Any, path: Path) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def file_name(exhibit: Exhibit, facts: Facts, suffix: str) -> str:
    """Return the name of an exhibit's file: the run, the table, and from when it was seen."""
    stamp = format_month(facts.init_month)
    slug = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in facts.run_id)
    return f"{slug}_{exhibit.table}_as-seen-from-{stamp}.{suffix}"


def csv_text(table: pd.DataFrame, facts: Facts) -> str:
    """Return a table as CSV, as it stands in the run's folder but with six digits."""
    out = safe(stamped(table, format_month(facts.init_month)))
    return out.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def read_tables(folder: Path, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Return some tables of a run's folder as they were before they were written.

    Args:
        folder: as `liptako run` wrote it.
        names: of tables; what a run lacks is left out. None of them holds lists.

    Raises:
        InputError: a table cannot be read.
    """
    paths = {name: folder / "tables" / f"{name}.parquet" for name in names}
    return {name: _read(path) for name, path in paths.items() if path.is_file()}


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path).drop(columns=STAMP)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"cannot be read ({error})", file=path) from None
    if "month" in table and not pd.api.types.is_numeric_dtype(table["month"]):
        names = table["month"].astype(str)
        table["month"] = names.map({name: parse_month(name) for name in names.unique()})
    return table
