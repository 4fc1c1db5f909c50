"""The report's tables as CSV to download, inside the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from liptako.calendar import format_month
from liptako.charts.theme import as_seen_from
from liptako.exhibits.facts import ReportFacts
from liptako.report.words import TABLE_NAMES

MAX_TABLE_BYTES = 650_000
MAX_ALL_BYTES = 900_000
"""CSV put into the page: above this a table is only named."""


@dataclass(frozen=True)
class Download:
    """A table to download; `href` is empty where it would make the page too large."""

    key: str
    name: str
    file: str
    href: str
    rows: int
    kilobytes: int


def downloads(tables: Mapping[str, pd.DataFrame], facts: ReportFacts) -> list[Download]:
    """Return a CSV link for each table, in a fixed order, within the size limits."""
    found, used = [], 0
    stamp = format_month(facts.init_month)
    for key, name in TABLE_NAMES.items():
        if key not in tables:
            continue
        text = csv_text(tables[key], facts)
        size = len(text.encode())
        fits = size <= MAX_TABLE_BYTES and used + size <= MAX_ALL_BYTES
        used += size if fits else 0
        # Commas and blanks may stand in a data address; escaping them adds half its length.
        href = f"data:text/csv;charset=utf-8,{quote(text, safe=',:;()/ ')}" if fits else ""
        file = f"{_slug(facts.run_id)}_{key}_as-seen-from-{stamp}.csv"
        found.append(Download(key, name, file, href, len(tables[key]), max(1, size // 1000)))
    return found


def csv_text(table: pd.DataFrame, facts: ReportFacts) -> str:
    """Return a table as CSV: months as YYYY-MM, stamped, safe to open in a spreadsheet."""
    out = table.copy()
    if "month" in out.columns:
        out["month"] = [format_month(int(month)) for month in out["month"]]
    for column in out.columns:
        if not pd.api.types.is_numeric_dtype(out[column]):
            out[column] = [_cell(value) for value in out[column]]
    out["as_seen_from"] = as_seen_from(facts.init_month).removeprefix("as seen from ")
    return out.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    # A spreadsheet would run a cell that starts like a formula.
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _slug(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in text)
