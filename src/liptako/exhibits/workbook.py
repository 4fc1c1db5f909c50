"""The tables of a run as one workbook: a cover with contents, then a sheet for each table."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from liptako import files
from liptako.characters import visible
from liptako.exhibits.cells import safe, stamped
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.registry import EXHIBITS, check_known
from liptako.words import tables as words

_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDEST = 60
_COVER_WIDTHS = {"A": 34, "B": 90}


def workbook(tables: Tables, path: str | Path, stamp: str, about: Sequence[str] = ()) -> None:
    """Write the tables of a run as sheets of one workbook; the same tables, the same bytes.

    Args:
        tables: of the run, by name.
        path: of the file to write.
        stamp: from when they were seen, such as `2023-12`.
        about: lines on the cover: what the run is, how to cite it.

    Raises:
        InputError: a table has no entry in the registry.
    """
    check_known(tables)
    shown = sheets(tables)
    book = openpyxl.Workbook()
    book.properties.creator = "Liptako"
    _cover(book.active, shown, stamp, about)
    for entry in shown:
        _fill(
            book.create_sheet(words.sheet[entry.table]), safe(stamped(tables[entry.table], stamp))
        )
    written = io.BytesIO()
    ExcelWriter(book, _Timeless(written, "w")).save()
    with files.atomic_write(path) as temporary:
        temporary.write_bytes(written.getvalue())


def sheets(tables: Tables) -> list[Exhibit]:
    """Return the exhibits that have a sheet, endings first."""
    found = [entry for entry in EXHIBITS if entry.sheet and entry.table in tables]
    return sorted(found, key=lambda entry: not _of_endings(entry))


def _of_endings(entry: Exhibit) -> bool:
    return entry.section == "endings" or "ending" in entry.table


def _cover(sheet: Any, shown: Sequence[Exhibit], stamp: str, about: Sequence[str]) -> None:
    sheet.title = words.cover["title"]
    _text(sheet.cell(1, 1), words.cover("head", stamp=stamp)).font = Font(bold=True, size=14)
    row = 2
    for line in (*about, words.cover["not_forecast"]):
        _text(sheet.cell(row, 1), line)
        row += 1
    row = _heading(sheet, row + 1, words.cover["contents"])
    for entry in shown:
        name = words.sheet[entry.table]
        link = _text(sheet.cell(row, 1), name)
        link.hyperlink = f"#'{name}'!A1"
        link.font = Font(color="0563C1", underline="single")
        _text(sheet.cell(row, 2), entry.name)
        row += 1
    row = _heading(sheet, row + 1, words.cover["columns"])
    for column, meaning in words.columns.items():
        _text(sheet.cell(row, 1), column)
        _text(sheet.cell(row, 2), meaning)
        row += 1
    for column, width in _COVER_WIDTHS.items():
        sheet.column_dimensions[column].width = width


def _heading(sheet: Any, row: int, text: str) -> int:
    _text(sheet.cell(row, 1), text).font = Font(bold=True)
    return row + 1


def _fill(sheet: Any, table: pd.DataFrame) -> None:
    """Write a table with its heading in sight and a filter on each column."""
    for place, name in enumerate(table.columns, start=1):
        _text(sheet.cell(1, place), name).font = Font(bold=True)
        values = table.iloc[:, place - 1].tolist()
        for row, value in enumerate(values, start=2):
            cell = sheet.cell(row, place)
            if isinstance(value, str):
                _text(cell, value)
            elif not pd.isna(value):
                cell.value = value
        longest = max([len(name), *(len(value) for value in values if isinstance(value, str))])
        sheet.column_dimensions[get_column_letter(place)].width = min(max(longest, 8) + 3, _WIDEST)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions


def _text(cell: Any, text: str) -> Any:
    """Put text into a cell, as text whatever it begins with."""
    cell.value = visible(text)
    cell.data_type = "s"
    return cell


class _Timeless(zipfile.ZipFile):
    """A workbook's archive without the times at which it was made: no clock is read."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add a part, dated as all are."""
        name, content = str(zinfo_or_arcname), data.encode() if isinstance(data, str) else data
        if name == "docProps/core.xml":
            content = re.sub(
                rb"<dcterms:(created|modified)\b.*?</dcterms:\1>", b"", content, flags=re.DOTALL
            )
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        super().writestr(entry, content)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a file as a part."""
        self.writestr(arcname, Path(filename).read_bytes())
