"""Months as integers: VIEWS `month_id`, where 1 is January 1980.

Everywhere in the code a month is such an integer; files and screens show `YYYY-MM`.
"""

from __future__ import annotations

import re
from typing import Any

from liptako.errors import InputError

MONTHS_PER_YEAR = 12
QUARTER = 3

_EPOCH_YEAR = 1980
_PATTERN = re.compile(r"(\d{4})-(\d{2})")


def month_id(year: int, month: int) -> int:
    """Return the month number of a calendar month.

    Example:
        >>> month_id(2023, 12)
        528
    """
    if not 1 <= month <= 12:
        raise InputError("not a month", field="month", value=month, allowed="1 to 12")
    return int(month_ids(year, month))


def month_ids(years: Any, months: Any) -> Any:
    """Return the month numbers of many calendar months, unchecked.

    Example:
        >>> import numpy as np
        >>> month_ids(np.array([1980, 2023]), np.array([1, 12])).tolist()
        [1, 528]
    """
    return (years - _EPOCH_YEAR) * MONTHS_PER_YEAR + months


def parse_month(text: object, *, file: str | None = None, field: str | None = None) -> int:
    """Return the month number of `YYYY-MM`.

    Example:
        >>> parse_month("1980-01")
        1
    """
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 1 <= int(match[2]) <= 12:
        raise InputError(
            "not a month", file=file, field=field, value=text, allowed="YYYY-MM, such as 2023-12"
        )
    return month_id(int(match[1]), int(match[2]))


def year_of(month: int) -> int:
    """Return the calendar year of a month number.

    Example:
        >>> year_of(528)
        2023
    """
    return _EPOCH_YEAR + (month - 1) // MONTHS_PER_YEAR


def month_of_year(month: int) -> int:
    """Return the calendar month, 1 to 12, of a month number.

    Example:
        >>> month_of_year(528)
        12
    """
    return (month - 1) % MONTHS_PER_YEAR + 1


def format_month(month: int) -> str:
    """Return `YYYY-MM` for a month number.

    Example:
        >>> format_month(528)
        '2023-12'
    """
    return f"{year_of(month):04d}-{month_of_year(month):02d}"


def begins_quarter(month: Any) -> Any:
    """Return whether a month is January, April, July or October; months may be an array.

    Example:
        >>> [begins_quarter(month) for month in (528, 529, 530, 532)]
        [False, True, False, True]
    """
    return month % QUARTER == 1
