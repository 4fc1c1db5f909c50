"""A table to print, as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from liptako.charts.readers import Rows
from liptako.words.dates import month_name
from liptako.words.dates import say as date_words


@dataclass(frozen=True)
class Grid:
    """A table to print: the first cell of a row is its header.

    `numeric` counts the columns, from the right, that hold numbers. `groups` are heads above the
    heads, each with how many columns it spans; a table that has them is wide, and says on a small
    screen that it scrolls. The last cell of a row that is too short spans the rest: nobody knows.
    """

    caption: str
    head: list[str]
    rows: list[list[str]]
    numeric: int = 0
    note: str = ""
    groups: tuple[tuple[str, int], ...] = ()


def by_dates(init_month: int, leads: Iterable[int]) -> list[str]:
    """Return the heads of columns of chances, each by a date."""
    return [date_words("by", date=month_name(init_month + lead)) for lead in leads]


def present(countries: Iterable[str], table: Rows) -> list[str]:
    """Return the countries that a table has rows for, in the order to show them."""
    found = set(table["country"])
    return [code for code in countries if code in found]
