"""Opening files that others wrote: what they are, how big, in which encoding; text and Parquet.

What cannot be read is refused with its cause: a workbook, semicolons, Latin-1, a row of HXL tags.
Sizes are bounded before anything is read whole.
"""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, runtime_checkable
from zlib import error as ZlibError  # noqa: N812

import pandas as pd

from liptako import files
from liptako.errors import InputError

MAX_BYTES = 1_000_000_000
"""Of text, unpacked: four times the largest release of UCDP GED."""
MAX_COLUMNS = 1000
MAX_HEADER_BYTES = 200_000
MAX_CELLS = 2_000_000_000
"""Of a Parquet file, in the columns that are read."""

_PLAIN_CSV = 'a CSV file in UTF-8 with commas; in Excel: save as "CSV UTF-8 (Comma delimited)"'
_UNREADABLE = (OSError, EOFError, ZlibError, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def read_text_table(
    path: str | Path, wanted: frozenset[str], names: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a CSV file as text, plain, gzipped or alone in a zip, in UTF-8 or UTF-16.

    Args:
        path: the file.
        wanted: names of columns, one of which must be there.
        names: the columns of a file without a header row; it must have as many.

    Returns:
        All columns as text, missing values as such.

    Raises:
        InputError: missing, empty, too large, or not such a file; the cause is named.
    """
    path = Path(path)
    encoding, head = _encoding(path)
    first = _header(path, head, wanted, names)
    try:
        with _opened(path) as stream:
            table = pd.read_csv(
                stream,
                dtype=str,
                header=0 if first else None,
                names=None if first else list(names),
                keep_default_na=False,
                na_values=[""],
                encoding=encoding,
            )
    except pd.errors.EmptyDataError:
        raise InputError("the file is empty", file=path) from None
    except UnicodeDecodeError as error:
        raise _not_utf8(path, error) from None
    except (pd.errors.ParserError, ValueError, *_UNREADABLE) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"not a readable CSV file ({_one_line(error)})", file=path) from None
    if not isinstance(table.index, pd.RangeIndex):
        raise InputError("rows have more cells than the first row has names", file=path)
    if first is not None:
        table.columns = first
    return table


def header(path: str | Path, wanted: frozenset[str] = frozenset()) -> list[str]:
    """Return the column names of a CSV file.

    Raises:
        InputError: the file is missing, empty or not a CSV.
    """
    _, head = _encoding(Path(path))
    return _header(Path(path), head, wanted, ()) or []


def read_parquet(path: str | Path, wanted: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Read a Parquet file; what pandas noted in it beside the values is not needed.

    Args:
        path: the file.
        wanted: the columns to read, where they are there; by default all.

    Raises:
        InputError: missing, damaged, too large, or a column twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = files.regular(path)
    try:
        with path.open("rb") as stream, pq.ParquetFile(stream) as stored:
            names = stored.schema_arrow.names
            chosen = [name for name in names if name in wanted or not wanted]
            cells = stored.metadata.num_rows * max(len(chosen), 1)
            if len(names) > MAX_COLUMNS or not 0 <= cells <= MAX_CELLS:
                raise _too_large(path, f"{MAX_COLUMNS} columns and {MAX_CELLS:,} cells")
            if len(set(chosen)) < len(chosen):
                raise InputError("the same column twice", file=path, value=chosen, allowed="once")
            table = stored.read(chosen or None, use_pandas_metadata=False)
            return table.replace_schema_metadata(None).to_pandas()
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError, MemoryError, pa.ArrowException) as error:
        raise InputError(f"not a readable Parquet file ({_one_line(error)})", file=path) from None


def _encoding(path: Path) -> tuple[str, str]:
    """Return the encoding of a text file, and its beginning."""
    with _opened(path) as stream:
        try:
            head = stream.read(MAX_HEADER_BYTES)
        except _UNREADABLE as error:
            raise InputError(f"not a readable gzip or zip file ({error})", file=path) from None
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\x00" in head:
        raise InputError("not a CSV file: it holds binary data", file=path, allowed=_PLAIN_CSV)
    text = head.decode(encoding, errors="replace")
    if not text.strip():
        raise InputError("the file is empty", file=path)
    return encoding, text


def _header(
    path: Path, head: str, wanted: frozenset[str], names: Sequence[str]
) -> list[str] | None:
    """Return the names in the first row, None if that is a row of values already."""
    lines = head.lstrip("\r\n").splitlines()
    if len(head) >= MAX_HEADER_BYTES // 2 and len(lines) < 2:
        most = f"{MAX_COLUMNS} columns in a first row of {MAX_HEADER_BYTES} bytes"
        raise _too_large(path, most)
    try:
        rows = list(csv.reader(lines[:2], strict=False))
    except csv.Error as error:
        raise InputError(f"not a readable CSV file ({_one_line(error)})", file=path) from None
    first = [name.strip() for name in (rows[0] if rows else [])]
    if len(first) > MAX_COLUMNS:
        raise _too_large(path, f"{MAX_COLUMNS} columns", len(first))
    found = wanted & set(first)
    if names and not found and len(first) == len(names):
        return None
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(wanted & {part.strip(' "') for part in lines[0].split(mark)}) > len(found):
            raise InputError(f"columns are set apart by {name}", file=path, value=lines[0][:60],
                             allowed=_PLAIN_CSV)  # fmt: skip
    if wanted and not found:
        raise InputError(
            "not a CSV file with the expected columns: is the row of names missing?",
            file=path,
            value=first[:5],
            allowed=f"a first row with {', '.join(sorted(wanted))}",
        )
    tags = [cell.strip() for cell in rows[1] if cell.strip()] if len(rows) > 1 else []
    if tags and all(cell.startswith("#") for cell in tags):
        raise InputError("a row of HXL tags", file=path, field="row 2", value=tags[:3],
                         allowed="values: take the row out")  # fmt: skip
    twice = sorted({name for name in found if first.count(name) > 1})
    if twice:
        raise InputError("the same column twice", file=path, field=twice[0],
                         value=first.count(twice[0]), allowed="once")  # fmt: skip
    return first


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedReader]:
    """Give a file's bytes, unpacked, no more than `MAX_BYTES` of them."""
    path = files.regular(path)
    with path.open("rb") as stream:
        magic = stream.read(4)
        stream.seek(0)
        if not magic:
            raise InputError("the file is empty", file=path)
        if magic[:2] == b"\x1f\x8b":
            with gzip.open(stream, "rb") as unpacked:
                yield io.BufferedReader(_Bounded(unpacked, path))
        elif magic == b"PK\x03\x04":
            with _in_zip(stream, path) as unpacked:
                yield io.BufferedReader(_Bounded(unpacked, path))
        elif magic == b"\xd0\xcf\x11\xe0":
            raise InputError("an Excel workbook", file=path, allowed=_PLAIN_CSV)
        else:
            yield io.BufferedReader(_Bounded(stream, path))


@contextmanager
def _in_zip(stream: io.BufferedReader, path: Path) -> Iterator[IO[bytes]]:
    try:
        packed = zipfile.ZipFile(stream)
        held = [row.filename for row in packed.infolist()]
    except (*_UNREADABLE, ValueError) as error:
        raise InputError(f"not a readable zip file ({error})", file=path) from None
    if "[Content_Types].xml" in held:
        raise InputError("an Excel workbook", file=path, allowed=_PLAIN_CSV)
    tables = [
        name for name in held if name.lower().endswith((".csv", ".txt")) and not _litter(name)
    ]
    if len(tables) != 1:
        raise InputError("a zip file without one table", file=path, value=held[:5],
                         allowed="a zip with one CSV file, or the CSV file itself")  # fmt: skip
    try:
        unpacked = packed.open(tables[0])
    except (*_UNREADABLE, ValueError) as error:
        raise InputError(f"not a readable zip file ({error})", file=path) from None
    with packed, unpacked:
        yield unpacked


def _litter(name: str) -> bool:
    return any(part == "__MACOSX" or part.startswith(".") for part in name.split("/"))


@runtime_checkable
class Readable(Protocol):
    """Whatever gives bytes: a file, a member of a zip, an unpacked stream."""

    def read(self, size: int = -1, /) -> bytes:
        """Return bytes, at most so many."""
        ...


class _Bounded(io.RawIOBase):
    """Bytes of another stream, refused beyond `MAX_BYTES`."""

    def __init__(self, stream: Readable, path: Path) -> None:
        self._stream, self._path, self._left = stream, path, MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        found = self._stream.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise _too_large(self._path, f"{MAX_BYTES:,} bytes")
        buffer[: len(found)] = found
        return len(found)


def _not_utf8(path: Path, error: UnicodeDecodeError) -> InputError:
    return InputError(
        "not UTF-8: saved in Latin-1 or Windows-1252, it seems",
        file=path,
        value=error.object[max(error.start - 10, 0) : error.end + 10],
        allowed=_PLAIN_CSV,
    )


def _too_large(path: Path, most: str, value: object = None) -> InputError:
    return InputError("too large", file=path, value=value, allowed=f"at most {most}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
