"""Tables as CSV to download, inside the page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from liptako.exhibits import EXHIBITS, Facts, Tables
from liptako.exhibits.files import csv_text, file_name

MAX_TABLE_BYTES = 650_000
MAX_ALL_BYTES = 1_000_000
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


def downloads(tables: Tables, facts: Facts) -> list[Download]:
    """Return a CSV link for each table that is offered, within the size limits."""
    found, used = [], 0
    for entry in EXHIBITS:
        if not entry.offered or entry.table not in tables:
            continue
        table = tables[entry.table]
        text = csv_text(table, facts)
        size = len(text.encode())
        fits = size <= MAX_TABLE_BYTES and used + size <= MAX_ALL_BYTES
        used += size if fits else 0
        # Commas and blanks may stand in a data address; escaping them adds half its length.
        href = f"data:text/csv;charset=utf-8,{quote(text, safe=',:;()/ ')}" if fits else ""
        file, kilobytes = file_name(entry, facts, "csv"), max(1, size // 1000)
        found.append(Download(entry.table, entry.name, file, href, len(table), kilobytes))
    return found
