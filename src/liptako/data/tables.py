"""One way to declare a table and to check it.

A table is declared as a mapping from column name to `Column`. `validate` renames aliases,
converts types and refuses what is not declared, naming the column, the row of the file,
the value and what is allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import raw
from liptako.errors import InputError

Type = Literal["int", "float", "str", "date", "month"]

LONGEST_TEXT = 2000
"""Characters of one value of text."""

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
    """Read and check a CSV file, plain, gzipped or alone in a zip, keeping the declared columns.

    Args:
        path: the file.
        spec: its declared columns.

    Returns:
        The checked table, columns in declared order.

    Raises:
        InputError: the file is missing, empty, not a CSV, or breaks the declaration.
    """
    return validate(raw.read_text_table(path, wanted_names(spec)), spec, file=path)


def wanted_names(spec: Spec) -> frozenset[str]:
    """Return all names that declared columns may have in a file."""
    return frozenset(name for column in spec for name in (column, *spec[column].aliases))


def validate(table: pd.DataFrame, spec: Spec, *, file: str | Path | None = None) -> pd.DataFrame:
    """Return the table with declared names and types, or refuse it.

    Args:
        table: as read.
        spec: the declared columns.
        file: named in messages.

    Returns:
        A new table with the declared columns, in declared order. The index stays: it is the
        row of the file less `FIRST_DATA_ROW`.

    Raises:
        InputError: a column is missing or misnamed, or a value is missing, of the wrong
            type, out of range or not among the allowed ones.

    Example:
        >>> import pandas as pd
        >>> validate(pd.DataFrame({"n": ["3.0"]}), {"n": Column("int", low=0)})["n"].tolist()
        [3]
    """
    names = names_in(table, spec, file)
    columns: dict[str, pd.Series] = {}
    for name, column in spec.items():
        source = names[name]
        if source is None:
            columns[name] = pd.Series(_blank(column, len(table)), index=table.index)
        else:
            columns[name] = _convert(table[source], source, column, file)
    if not len(table):
        raise InputError("the table has no rows", file=file)
    return pd.DataFrame(columns)


def names_in(
    table: pd.DataFrame, spec: Spec, file: str | Path | None = None
) -> dict[str, str | None]:
    """Return what a table calls each declared column; None for one that may be left out.

    Raises:
        InputError: a column is missing, misnamed, or there twice.
    """
    return {name: _find(table, name, column, spec, file) for name, column in spec.items()}


def refuse_rows(
    bad: pd.Series,
    table: pd.DataFrame,
    field: str,
    problem: str,
    *,
    file: str | Path | None = None,
    allowed: str | None = None,
    column: str | None = None,
) -> None:
    """Raise for the first row where `bad` holds; do nothing when there is none.

    Args:
        bad: one truth value for each row.
        table: the table, for the value in the message.
        field: the column to name.
        column: the column of `table` with the value, where it is not called `field`.
        problem: what is wrong.
        file: named in the message.
        allowed: what would have been accepted.

    Raises:
        InputError: some row is bad.
    """
    if bad.any():
        first = int(np.flatnonzero(bad.to_numpy())[0])
        row, value = int(table.index[first]), table[column or field].iloc[first]
        more = int(bad.sum()) - 1
        raise InputError(
            problem + (f" (and {more} more rows)" if more else ""),
            file=file,
            field=f"column {field}, row {row + FIRST_DATA_ROW}",
            value=None if pd.isna(value) else value.item() if hasattr(value, "item") else value,
            allowed=allowed,
        )


def _find(
    table: pd.DataFrame, name: str, column: Column, spec: Spec, file: str | Path | None
) -> str | None:
    for candidate in (name, *column.aliases):
        count = int((table.columns == candidate).sum())
        if count > 1:
            raise InputError(
                "the same column twice", file=file, field=candidate, value=count, allowed="once"
            )
        if count:
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
        long = ~absent & text.str.len().gt(LONGEST_TEXT)
        allowed = f"text of at most {LONGEST_TEXT} characters"
        refuse_rows(long, frame, name, "too long", file=file, allowed=allowed)
    elif column.type in ("date", "month"):
        result = _dates(values, absent, frame, column=column, file=file)
    else:
        result = _numbers(values, absent, frame, column=column, file=file)
    if not column.missing:
        allowed = _allowed_text(column)
        refuse_rows(absent, frame, name, "a value is missing", file=file, allowed=allowed)
    if column.allowed:
        bad = ~absent & ~result.isin(column.allowed)
        shown = _allowed_text(column)
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
        day = text.str.extract(
            r"^(\d{4}-\d{2}-\d{2})(?:[ T][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?$", expand=False
        )
        dates = pd.to_datetime(day, format="%Y-%m-%d", errors="coerce").dt.as_unit("s")
        bad = dates.isna() & ~absent
        refuse_rows(bad, frame, name, "not a date", file=file, allowed="YYYY-MM-DD")
        return dates
    parts = text.str.extract(r"^(\d{4})-(\d{2})$").astype(float)
    bad = ~absent & ~(parts[1].between(1, 12))
    refuse_rows(bad, frame, name, "not a month", file=file, allowed="YYYY-MM")
    return calendar.month_ids(parts[0], parts[1])


def _allowed_text(column: Column) -> str:
    if column.allowed:
        return ", ".join(str(value) for value in column.allowed)
    words = {"str": "text", "date": "YYYY-MM-DD", "month": "YYYY-MM"}
    return words.get(column.type) or _range_text(column)


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
    return calendar.month_ids(dates.dt.year, dates.dt.month)
