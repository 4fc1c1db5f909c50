"""Dates in words: months, years, and the day from which something was seen."""

from __future__ import annotations

import calendar as days
import re

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

_NEAR = re.compile(r"(last|next)_(\d+)_months")
_LATER = re.compile(r"months_(\d+)_(\d+)")


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
    """Return a period in words: the calendar year where it is one.

    Args:
        period: `last_N_months`, `next_N_months` or `months_FIRST_LAST`.
        init_month: last month that was seen.

    Example:
        >>> period_name("next_12_months", 528), period_name("next_6_months", 528)
        ('2024', '2024-01 to 2024-06')
    """
    first, last = (init_month + lead for lead in leads_of(period))
    if month_of_year(first) == 1 and last - first == 11:
        return str(year_of(first))
    return say("span", first=format_month(first), last=format_month(last))


def leads_of(period: str) -> tuple[int, int]:
    """Return the first and the last month of a period, counted from the init month.

    Example:
        >>> leads_of("last_12_months"), leads_of("next_6_months"), leads_of("months_13_24")
        ((-11, 0), (1, 6), (13, 24))
    """
    if near := _NEAR.fullmatch(period):
        months = int(near[2])
        return (1 - months, 0) if near[1] == "last" else (1, months)
    if later := _LATER.fullmatch(period):
        return int(later[1]), int(later[2])
    raise ValueError(f"no such period: {period}")


def is_span(period: str) -> bool:
    """Return whether a period has a name of its own; the whole run has none."""
    return bool(_NEAR.fullmatch(period) or _LATER.fullmatch(period))
