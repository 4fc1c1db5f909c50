"""Which months are trained on and which are forecast."""

from __future__ import annotations

import pytest

from liptako import calendar
from liptako.errors import InputError
from liptako.verification.backtest import windows


def test_a_window_trains_through_october_and_forecasts_the_next_calendar_year():
    span = windows.window(2020)
    assert calendar.format_month(span.init) == "2019-10"
    assert [calendar.format_month(m) for m in (span.first, span.last)] == ["2020-01", "2020-12"]
    assert (span.first_lead, span.last_lead, span.n_leads, len(span.months)) == (3, 14, 12, 12)


@pytest.mark.parametrize(
    ("text", "years"),
    [("2020", (2020,)), ("2018-2020", (2018, 2019, 2020)), ("2023, 2018-2019", (2018, 2019, 2023))],
)
def test_windows_are_read(text, years):
    assert windows.parse_windows(text, 2023) == years


@pytest.mark.parametrize("text", ["", "20", "2020-2018", "2018-2024", "1990", "all", "2018;2019"])
def test_windows_that_make_no_sense_are_refused(text):
    with pytest.raises(InputError, match="windows"):
        windows.parse_windows(text, 2023)


@pytest.mark.parametrize(
    ("month", "scored", "forecast"),
    [("2023-12", 2023, 2024), ("2023-11", 2022, 2024), ("2023-10", 2022, 2024),
     ("2023-09", 2022, 2023), ("2024-01", 2023, 2024)],
)  # fmt: skip
def test_data_say_which_windows_can_be_scored_and_which_forecast(month, scored, forecast):
    last = calendar.parse_month(month)
    assert windows.last_scored(last) == scored
    assert windows.last_forecast(last) == forecast


def test_long_windows_start_in_october_and_end_with_the_data():
    found = windows.long_windows(calendar.parse_month("2023-12"))
    assert [span.name for span in found] == list(range(2005, 2022))
    assert {span.first_lead for span in found} == {15}
    assert {span.last_lead for span in found[:-1]} == {36}
    assert calendar.format_month(found[-1].last) == "2023-12"
    assert all(calendar.month_of_year(span.init) == 10 for span in found)
