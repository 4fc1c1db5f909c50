"""The tables of a run as one workbook: a cover with contents, then a sheet for each table."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from liptako import files
from liptako.characters import visible
from liptako.exhibits.cells import safe, stamped
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.registry import EXHIBITS, check_known
from liptako.words import tables as words

_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDEST = 60
_LONGEST = 32_767
"""Characters that a cell may have."""

_COVER_WIDTHS = {"A": 34, "B": 90}


def workbook(
    tables: Tables,
    path: str | Path,
    stamp: str,
    about: Sequence[str] = (),
    cells: Tables | None = None,
) -> None:
    """Write the tables of a run as sheets of one workbook; the same tables, the same bytes.

    Args:
        tables: of the run, by name.
        path: of the file to write.
        stamp: from when they were seen, such as `2023-12`.
        about: lines on the cover: what the run is, how to cite it.
        cells: the tables as `stamped` and `safe` make them, where that was done before.

    Raises:
        InputError: a table has no entry in the registry.
    """
    check_known(tables)
    shown = sheets(tables)
    book = openpyxl.Workbook()
    book.properties.creator = "Liptako"
    _cover(book.active, shown, stamp, about)
    made = cells or {entry.table: safe(stamped(tables[entry.table], stamp)) for entry in shown}
    rows = {}
    for entry in shown:
        name = words.sheet[entry.table]
        rows[name] = _fill(book.create_sheet(name), made[entry.table])
    written = io.BytesIO()
    _Writer(book, _Timeless(written, "w"), rows).save()
    with files.atomic_write(path) as temporary:
        temporary.write_bytes(written.getvalue())


def sheets(tables: Tables) -> list[Exhibit]:
    """Return the exhibits that have a sheet, in the order of the page."""
    return [entry for entry in EXHIBITS if entry.sheet and entry.table in tables]


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


def _fill(sheet: Any, table: pd.DataFrame) -> str:
    """Set up a table's sheet, its heading in sight and with a filter on each column.

    Returns:
        The rows below the heading, as the sheet's file has them: a cell's object for each number
        would take ten times as long as all the rest.
    """
    columns = []
    for place, name in enumerate(table.columns, start=1):
        _text(sheet.cell(1, place), name).font = Font(bold=True)
        values = table.iloc[:, place - 1]
        column = values.tolist()
        letter = get_column_letter(place)
        missing = values.isna().tolist()
        columns.append([_cell(letter, *pair) for pair in zip(column, missing, strict=True)])
        longest = max([len(name), *(len(value) for value in column if isinstance(value, str))])
        sheet.column_dimensions[letter].width = min(max(longest, 8) + 3, _WIDEST)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{len(table) + 1}"
    rows = enumerate(zip(*columns, strict=True), start=2)
    return "".join(
        f'<row r="{row}">{"".join(f"{a}{row}{b}" for a, b in cells if a)}</row>'
        for row, cells in rows
    )


def _cell(column: str, value: Any, missing: bool) -> tuple[str, str]:
    """Return what stands before and after a cell's row number, both empty where it has no value.

    Raises:
        TypeError: neither text nor a number.
    """
    if isinstance(value, str):
        text = visible(value)[:_LONGEST]
        kept = ' xml:space="preserve"' if text.strip() not in ("", text) else ""
        inside = f"><is><t{kept}>{escape(text)}</t></is></c>" if text else " />"
        return f'<c r="{column}', f'" t="inlineStr"{inside}'
    if missing:
        return "", ""
    if not isinstance(value, bool | int | float | np.number):
        raise TypeError(f"neither text nor a number: {value!r}")
    kind = "b" if isinstance(value, bool) else "n"
    number = f"{value:.16g}" if np.isfinite(value) else ""
    return f'<c r="{column}', f'" t="{kind}"><v>{number}</v></c>'


def _text(cell: Any, text: str) -> Any:
    """Put text into a cell, as text whatever it begins with."""
    cell.value = visible(text)
    cell.data_type = "s"
    return cell


class _Writer(ExcelWriter):
    """Writes sheets whose rows below the heading are given as text."""

    def __init__(self, book: Any, archive: zipfile.ZipFile, rows: Mapping[str, str]) -> None:
        super().__init__(book, archive)
        self._rows, self._parts = rows, archive

    def write_worksheet(self, ws: Any) -> None:
        """Write a sheet."""
        if ws.title not in self._rows:
            super().write_worksheet(ws)
            return
        ws._drawing = SpreadsheetDrawing()
        heading = io.BytesIO()
        parts: Any = WorksheetWriter(ws, heading)
        parts.write()
        ws._rels = parts._rels
        text = heading.getvalue().decode()
        text = text.replace(f'ref="{ws.dimensions}"', f'ref="{ws.auto_filter.ref}"', 1)
        text = text.replace("</sheetData>", f"{self._rows[ws.title]}</sheetData>", 1)
        self._parts.writestr(ws.path[1:], text)
        self.manifest.append(ws)


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
