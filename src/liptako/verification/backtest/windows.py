"""Which months are forecast from where: windows of the challenge, and longer leads.

`init_time` is the last month whose data may be used, `valid_time` the month forecast, and
`lead_time` the months from one to the other. Window Y of the challenge has its `init_time` in
October of Y-1 and forecasts January to December of Y: leads 3 to 14.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from liptako import calendar
from liptako.errors import InputError

DEFAULT_WINDOWS = tuple(range(2018, 2024))
"""The challenge's windows with outcomes; development data once looked at."""
FIRST_WINDOW = 2002
"""Earlier windows have too little history to learn from."""
INIT_MONTH = 10
FIRST_LEAD, LAST_LEAD = 3, 14
FIRST_LONG_LEAD, LAST_LONG_LEAD = 15, 36
FIRST_LONG_ORIGIN = 2005
"""Year of the first origin of forecasts at leads 15 to 36."""
_MAX_WINDOWS = 40


@dataclass(frozen=True)
class Window:
    """Consecutive months forecast from one origin.

    Args:
        name: year of a challenge window, or that of the origin of a longer forecast.
        init: last month whose data may be used, a month number.
        first: first month forecast.
        last: last month forecast.
    """

    name: int
    init: int
    first: int
    last: int

    @property
    def months(self) -> tuple[int, ...]:
        """Valid times."""
        return tuple(range(self.first, self.last + 1))

    @property
    def first_lead(self) -> int:
        """Months from `init` to the first month forecast."""
        return self.first - self.init

    @property
    def n_leads(self) -> int:
        """How many months are forecast."""
        return self.last - self.first + 1

    @property
    def last_lead(self) -> int:
        """Months from `init` to the last month forecast."""
        return self.last - self.init


def window(year: int) -> Window:
    """Return the challenge window of a year.

    Example:
        >>> window(2018).first_lead, window(2018).last_lead
        (3, 14)
    """
    init = calendar.month_id(year - 1, INIT_MONTH)
    return Window(year, init, init + FIRST_LEAD, init + LAST_LEAD)


def parse_windows(
    text: str, last: int, *, first: int = FIRST_WINDOW, field: str = "windows"
) -> tuple[int, ...]:
    """Return the years of windows written as `2018-2023`, `2020` or `2018,2020-2021`.

    Args:
        text: years and ranges of years, with commas between them.
        last: the last year allowed.
        first: the first year allowed.
        field: what an error calls them.

    Returns:
        The years, increasing, each once.

    Raises:
        InputError: not such a text, or a year out of range.

    Example:
        >>> parse_windows("2018-2020,2023", 2023)
        (2018, 2019, 2020, 2023)
    """
    allowed = f"years or ranges such as 2018-2023 or 2020, from {first} to {last}"
    years: set[int] = set()
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{4})(?:\s*-\s*(\d{4}))?\s*", part)
        if match is None:
            raise InputError("not years", field=field, value=text, allowed=allowed)
        start, end = int(match[1]), int(match[2] or match[1])
        if start > end or end - start > _MAX_WINDOWS:
            raise InputError("not a range", field=field, value=text, allowed=allowed)
        years.update(range(start, end + 1))
    return checked_years(sorted(years), last, first=first, field=field)


def checked_years(
    years: Sequence[int], last: int, *, first: int = FIRST_WINDOW, field: str = "windows"
) -> tuple[int, ...]:
    """Return the years of windows, increasing, after checking that data allow them.

    Raises:
        InputError: none, or one out of range.
    """
    wrong = [year for year in years if not first <= year <= last]
    if wrong or not years:
        raise InputError(
            "no data for this window" if years else "no window",
            field=field,
            value=wrong[0] if wrong else None,
            allowed=f"{first} to {last}",
        )
    return tuple(sorted(set(years)))


def last_scored(last_month: int) -> int:
    """Return the last window whose twelve months all have data.

    Args:
        last_month: last month with event data.
    """
    return calendar.year_of(last_month + 1) - 1


def last_forecast(last_month: int) -> int:
    """Return the last window that can be forecast: its October is in the data."""
    return calendar.year_of(last_month - INIT_MONTH + 1) + 1


def long_windows(last_month: int, first_year: int = FIRST_LONG_ORIGIN) -> tuple[Window, ...]:
    """Return the windows of leads 15 to 36 from origins in October of each year.

    October, like the challenge's windows, so that one forecast serves both. The last ones
    are cut where data end; those without a month of data are left out.

    Args:
        last_month: last month with event data.
        first_year: year of the first origin.

    Example:
        >>> [w.n_leads for w in long_windows(calendar.month_id(2023, 12), 2019)]
        [22, 22, 12]
    """
    found = []
    for year in range(first_year, calendar.year_of(last_month) + 1):
        init = calendar.month_id(year, INIT_MONTH)
        last = min(init + LAST_LONG_LEAD, last_month)
        if init + FIRST_LONG_LEAD <= last:
            found.append(Window(year, init, init + FIRST_LONG_LEAD, last))
    return tuple(found)
