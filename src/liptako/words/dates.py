"""Dates in words: months, years, and the day from which something was seen."""

from __future__ import annotations

import calendar as days

from liptako.calendar import format_month, month_of_year, year_of
from liptako.words.language import Texts

say = Texts(
    "dates",
    {
        "months": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "as_seen_from": "as seen from {day}",
        "as_seen_from_start": "As seen from {day}",
        "by": "By {date}",
        "source": "{stamp}. Source: {source}",
        "span": "{first} to {last}",
    },
)

YEARS = {"last_12_months": -11, "next_12_months": 1, "months_13_24": 13}
"""Period to its first month, counted from the init month; each lasts 12 months."""


def month_name(month: int) -> str:
    """Return the month in words.

    Example:
        >>> month_name(528)
        'Dec 2023'
    """
    return f"{say['months'].split()[month_of_year(month) - 1]} {year_of(month)}"


def last_day(month: int) -> str:
    """Return the last day of a month.

    Example:
        >>> last_day(528)
        '31 Dec 2023'
    """
    day = days.monthrange(year_of(month), month_of_year(month))[1]
    return f"{day} {month_name(month)}"


def as_seen_from(init_month: int) -> str:
    """Return the stamp that every chart, table and file carries.

    Example:
        >>> as_seen_from(528)
        'as seen from 31 Dec 2023'
    """
    return say("as_seen_from", day=last_day(init_month))


def small_print(definition: str, init_month: int, source: str) -> list[str]:
    """Return the lines under a title: what is shown, then stamp and source.

    Example:
        >>> small_print("People killed.", 528, "UCDP")
        ['People killed.', 'As seen from 31 Dec 2023. Source: UCDP']
    """
    stamp = say("as_seen_from_start", day=last_day(init_month))
    return [definition, say("source", stamp=stamp, source=source)]


def period_name(period: str, init_month: int) -> str:
    """Return a period of twelve months in words: the calendar year where it is one.

    Example:
        >>> period_name("next_12_months", 528), period_name("next_12_months", 531)
        ('2024', '2024-04 to 2025-03')
    """
    first = init_month + YEARS[period]
    if month_of_year(first) == 1:
        return str(year_of(first))
    return say("span", first=format_month(first), last=format_month(first + 11))
