"""Event tables as arrays: each sum in its own month, stream and place, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.data import arrays

EVENTS = pd.DataFrame(
    [
        (100, "a", 7, "AAA", 1, 3),
        (100, "a", 7, "AAA", 2, 4),
        (102, "b", 9, "BBB", 1, 5),
        (101, "b", 7, "BBB", 1, 6),  # in a cell of the one, named after the other
        (99, "a", 7, "AAA", 1, 1000),  # before
        (103, "a", 7, "AAA", 1, 1000),  # after
        (101, "unmapped", 7, "AAA", 1, 1000),
        (101, "a", 8, "CCC", 1, 1000),  # another cell and country
    ],
    columns=["month", "stream", "gid", "country", "events", "deaths"],
)


def test_events_add_up_by_month_stream_and_place():
    counts = arrays.by_cell(EVENTS, ("a", "b"), np.array([7, 9]), 100, 102)
    expected = np.zeros((3, 2, 2))
    expected[0, 0, 0], expected[2, 1, 1], expected[1, 1, 0] = 3, 1, 1
    np.testing.assert_array_equal(counts, expected)


def test_deaths_add_up_by_the_country_that_the_data_name():
    deaths = arrays.by_country(EVENTS, ("a", "b"), ("BBB", "AAA"), 100, 102)
    expected = np.zeros((3, 2, 2))
    expected[0, 0, 1], expected[2, 1, 0], expected[1, 1, 0] = 7, 5, 6
    np.testing.assert_array_equal(deaths, expected)
