"""One way to declare a table and to check it.

A table is declared as a mapping from column name to `Column`. `validate` renames aliases,
converts types and refuses what is not declared, naming the column, the row of the file,
the value and what is allowed.
"""

from __future__ import annotations

import difflib
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from zlib import error as ZlibError  # noqa: N812

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.errors import InputError

Type = Literal["int", "float", "str", "date", "month"]

FIRST_DATA_ROW = 2
"""Row 1 of a file is its header, so table row 0 is file row 2."""

WHOLE_TOLERANCE = 1e-6
"""Sums written by other programs miss whole numbers by rounding error, not by more."""


@dataclass(frozen=True)
class Column:
    """What one column may hold.

    Args:
        type: `int` (whole numbers, also written as 3.0), `float`, `str`, `date`
            (YYYY-MM-DD, a time of day behind it is ignored) or `month` (YYYY-MM; becomes
            a month number).
        low: least allowed number.
        high: greatest allowed number.
        allowed: the only allowed values.
        aliases: other names of the column in files.
        required: whether the file must have the column; else it is filled with missing values.
        missing: whether single values may be missing.
    """

    type: Type
    low: float | None = None
    high: float | None = None
    allowed: tuple[object, ...] = ()
    aliases: tuple[str, ...] = ()
    required: bool = True
    missing: bool = False


Spec: TypeAlias = Mapping[str, Column]


def read_csv(path: str | Path, spec: Spec) -> pd.DataFrame:
    """Read and check a CSV file, plain or gzipped, keeping only the declared columns.

    Args:
        path: the file.
        spec: its declared columns.

    Returns:
        The checked table, columns in declared order.

    Raises:
        InputError: the file is missing, empty, not a CSV, or breaks the declaration.
    """
    path = Path(path)
    text_path = _text_source(path)
    wanted = {name for column in spec for name in (column, *spec[column].aliases)}
    try:
        raw = pd.read_csv(
            path,
            compression=text_path,
            dtype=str,
            usecols=None,
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
        )
    except pd.errors.EmptyDataError:
        raise InputError("the file is empty", file=path) from None
    except (pd.errors.ParserError, UnicodeDecodeError, EOFError, OSError, ZlibError) as error:
        raise InputError(f"not a readable CSV file ({error})", file=path) from None
    raw.columns = [str(name).strip() for name in raw.columns]
    if not wanted & set(raw.columns):
        raise InputError(
            "not a CSV file with the expected columns",
            file=path,
            value=list(raw.columns)[:5],
            allowed=", ".join(spec),
        )
    return validate(raw, spec, file=path)


def validate(table: pd.DataFrame, spec: Spec, *, file: str | Path | None = None) -> pd.DataFrame:
    """Return the table with declared names and types, or refuse it.

    Args:
        table: as read.
        spec: the declared columns.
        file: named in messages.

    Returns:
        A new table with the declared columns, in declared order, and a plain index.

    Raises:
        InputError: a column is missing or misnamed, or a value is missing, of the wrong
            type, out of range or not among the allowed ones.

    Example:
        >>> import pandas as pd
        >>> validate(pd.DataFrame({"n": ["3.0"]}), {"n": Column("int", low=0)})["n"].tolist()
        [3]
    """
    columns: dict[str, pd.Series] = {}
    table = table.reset_index(drop=True)
    for name, column in spec.items():
        source = _find(table, name, column, spec, file)
        if source is None:
            columns[name] = pd.Series(_blank(column, len(table)), index=table.index)
        else:
            columns[name] = _convert(table[source], name, column, file)
    if not len(table):
        raise InputError("the table has no rows", file=file)
    return pd.DataFrame(columns)


def refuse_rows(
    bad: pd.Series,
    table: pd.DataFrame,
    field: str,
    problem: str,
    *,
    file: str | Path | None = None,
    allowed: str | None = None,
) -> None:
    """Raise for the first row where `bad` holds; do nothing when there is none.

    Args:
        bad: one truth value for each row.
        table: the table, for the value in the message.
        field: the column to name.
        problem: what is wrong.
        file: named in the message.
        allowed: what would have been accepted.

    Raises:
        InputError: some row is bad.
    """
    if bad.any():
        row = int(np.flatnonzero(bad.to_numpy())[0])
        value = table[field].iloc[row]
        more = int(bad.sum()) - 1
        raise InputError(
            problem + (f" (and {more} more rows)" if more else ""),
            file=file,
            field=f"column {field}, row {row + FIRST_DATA_ROW}",
            value=value.item() if isinstance(value, np.generic) else value,
            allowed=allowed,
        )


def _text_source(path: Path) -> Literal["gzip"] | None:
    if not path.is_file():
        raise InputError("file not found", file=path)
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        raise InputError("the file is empty", file=path)
    if head[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path, "rb") as stream:
                head = stream.read(4096)
        except (OSError, EOFError, ZlibError) as error:
            raise InputError(f"not a readable gzip file ({error})", file=path) from None
        if not head.strip():
            raise InputError("the file is empty", file=path)
        if b"\x00" in head:
            raise InputError("not a CSV file: it holds binary data", file=path)
        return "gzip"
    if b"\x00" in head:
        raise InputError("not a CSV file: it holds binary data", file=path)
    if not head.strip():
        raise InputError("the file is empty", file=path)
    return None


def _find(
    table: pd.DataFrame, name: str, column: Column, spec: Spec, file: str | Path | None
) -> str | None:
    for candidate in (name, *column.aliases):
        if candidate in table.columns:
            return candidate
    if not column.required:
        return None
    known = {alias for other in spec for alias in (other, *spec[other].aliases)}
    rest = [str(other) for other in table.columns if other not in known]
    close = [
        match
        for wanted in (name, *column.aliases)
        for match in difflib.get_close_matches(wanted, rest, n=1, cutoff=0.7)
    ]
    names = " or ".join((name, *column.aliases))
    hint = f"; did you mean the column {close[0]!r} to be {names!r}?" if close else ""
    raise InputError(f"column {name!r} is missing{hint}", file=file, field=name, allowed=names)


def _blank(column: Column, length: int) -> np.ndarray:
    if column.type in ("int", "float", "month"):
        return np.full(length, np.nan)
    return np.full(length, None, dtype=object)


def _convert(values: pd.Series, name: str, column: Column, file: str | Path | None) -> pd.Series:
    frame = pd.DataFrame({name: values})
    absent = values.isna()
    if column.type == "str":
        text = values.astype("str").str.strip()
        absent |= text.eq("")
        result = text.where(~absent)
    elif column.type in ("date", "month"):
        result = _dates(values, absent, frame, column=column, file=file)
    else:
        result = _numbers(values, absent, frame, column=column, file=file)
    if not column.missing:
        refuse_rows(absent, frame, name, "a value is missing", file=file)
    if column.allowed:
        bad = ~absent & ~result.isin(column.allowed)
        shown = ", ".join(str(value) for value in column.allowed)
        refuse_rows(bad, frame, name, "not an allowed value", file=file, allowed=shown)
    whole = column.type in ("int", "month") and not absent.any()
    return result.astype("int64") if whole else result


def _numbers(
    values: pd.Series,
    absent: pd.Series,
    frame: pd.DataFrame,
    *,
    column: Column,
    file: str | Path | None,
) -> pd.Series:
    name = str(frame.columns[0])
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    allowed = _range_text(column)
    bad = (numbers.isna() & ~absent) | np.isinf(numbers)
    refuse_rows(bad, frame, name, "not a number", file=file, allowed=allowed)
    if column.type == "int":
        bad = ~absent & ((numbers - numbers.round()).abs() > WHOLE_TOLERANCE)
        refuse_rows(bad, frame, name, "not a whole number", file=file, allowed=allowed)
        numbers = numbers.round()
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    bad = ~absent & ~numbers.between(low, high)
    refuse_rows(bad, frame, name, "out of range", file=file, allowed=allowed)
    return numbers


def _dates(
    values: pd.Series,
    absent: pd.Series,
    frame: pd.DataFrame,
    *,
    column: Column,
    file: str | Path | None,
) -> pd.Series:
    name = str(frame.columns[0])
    text = values.astype("str").str.strip()
    if column.type == "date":
        day = text.str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[ T][\d:.]+Z?)?$", expand=False)
        dates = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce").dt.as_unit("s")
        bad = dates.isna() & ~absent
        refuse_rows(bad, frame, name, "not a date", file=file, allowed="YYYY-MM-DD")
        return dates
    parts = text.str.extract(r"^(\d{4})-(\d{2})$").astype(float)
    bad = ~absent & ~(parts[1].between(1, 12))
    refuse_rows(bad, frame, name, "not a month", file=file, allowed="YYYY-MM")
    return (parts[0] - 1980) * 12 + parts[1]


def _range_text(column: Column) -> str:
    kind = "a whole number" if column.type == "int" else "a number"
    if column.low is None and column.high is None:
        return kind
    if column.high is None:
        return f"{kind}, {column.low:g} or more"
    if column.low is None:
        return f"{kind}, {column.high:g} or less"
    return f"{kind}, {column.low:g} to {column.high:g}"


def months_of(dates: pd.Series) -> pd.Series:
    """Return the month number of each date.

    Example:
        >>> import pandas as pd
        >>> months_of(pd.Series(pd.to_datetime(["2023-12-31"]))).tolist()
        [528]
    """
    january = calendar.month_id(1980, 1)
    return (dates.dt.year - 1980) * 12 + dates.dt.month - 1 + january


def header(path: str | Path) -> list[str]:
    """Return the column names of a CSV file.

    Raises:
        InputError: the file is missing, empty or not a CSV.
    """
    compression = _text_source(Path(path))
    try:
        return [str(name) for name in pd.read_csv(path, nrows=0, compression=compression).columns]
    except (ValueError, OSError) as error:
        raise InputError(f"not a readable CSV file ({error})", file=path) from None
