"""What is counted of the ranks and of dates, and the table and grid that show it."""

from __future__ import annotations

import numpy as np
import pytest

import run_fixtures as rf
import table_fixtures as tf
from liptako import calendar
from liptako.exhibits import ranks as ranks_text
from liptako.model.codes import Exit
from liptako.outcomes import dates
from liptako.outcomes.measures import OUTCOMES
from liptako.outcomes.ranks import COUNTED, ranks_table
from liptako.runs.start import start_of
from liptako.theatre.dated import GRIEVANCES
from liptako.theatre.loading import load_theatre


def acts_of(theatre):
    """Return the numbers of the acts that promise, put off and reshuffle."""
    return {
        kind: 1 + number
        for kind in ("promise", "extend", "reshuffle")
        for number, act in enumerate(theatre.menu.values())
        if kind in (act.transition, act.ranks)
    }


@pytest.fixture(scope="module")
def run(loaded_theatre):
    """Four futures of two years; everything happens in the first country and the first one."""
    theatre, n = loaded_theatre, len(loaded_theatre.countries)
    code = acts_of(theatre)
    act, due = np.zeros((4, 24, n), np.int8), np.zeros((4, 24, n), np.int16)
    act[0, [2, 8], 0], act[0, 5, 0], act[0, 11, 0] = (
        code["promise"], code["extend"], code["reshuffle"],
    )  # fmt: skip
    exits = np.zeros((4, 24, n), np.int8)
    due[0, 3:21, 0] = 5
    exits[0, 20, 0], exits[1, 20, 0] = Exit.NEGOTIATED, Exit.NEGOTIATED
    exits[0, [1, 7], 0], exits[2, 4, 0] = Exit.MUTINY, Exit.COUP_SAME_CAMP
    felt = np.zeros((4, 24, n), np.float32)
    felt[0, :3, 0], felt[0, 3, 0] = 0.5, 0.49
    given = {"act": act, "due": due, "exits": exits, "grievance": felt}
    return rf.run_of(theatre, members=4, months=24, **given)


@pytest.fixture(scope="module")
def loaded_theatre(theatre_folder):
    return load_theatre(theatre_folder)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("promises", [2, 0, 0, 0]), ("put_off", [1, 0, 0, 0]), ("reshuffles", [1, 0, 0, 0]),
        ("kept", [1, 0, 0, 0]), ("mutinies", [2, 0, 0, 0]), ("insiders", [0, 0, 1, 0]),
        ("aggrieved", [3, 0, 0, 0]),
    ],
)  # fmt: skip
def test_outcomes_of_the_ranks_and_of_dates_by_hand(run, loaded_theatre, name, expected):
    first, second, *_ = loaded_theatre.countries
    outcome = OUTCOMES[name]
    assert outcome.measure(run, [first]).tolist() == expected
    assert outcome.measure(run, [second]).tolist() == [0, 0, 0, 0]


def test_months_that_count_as_unrest_begin_at_the_threshold(run):
    assert dates.AGGRIEVED == 0.5


def test_the_table_has_a_row_for_each_and_its_grid_says_so(run, loaded_theatre):
    table = ranks_table(run)
    first = next(iter(loaded_theatre.countries))
    assert set(table["measure"]) == set(COUNTED)
    mine = table[table["country"] == first].set_index("measure")
    assert mine.loc["mutinies", ["p_any", "mean"]].tolist() == [0.25, 0.5]
    assert mine.loc["kept", "p_any"] == 0.25
    assert len(table) == len(COUNTED) * len(loaded_theatre.by_role("member"))
    grid = ranks_text.ranks_grid(table, tf.facts())
    mali = [row for row in grid.rows if row[0] == loaded_theatre.countries[first].name]
    assert len(mali) == len(COUNTED)
    assert mali[list(COUNTED).index("mutinies")][2:4] == ["25", "0.5"]


def test_at_the_end_of_2023_one_grievance_counts():
    """A coup swept the others out; whoever starts before it finds what led to it."""
    prepared = start_of("sahel-2024", members=2)
    felt = np.asarray(prepared.state.regime.grievance)
    rows = prepared.loaded.theatre.grievances
    last = [row for row in rows if row.since_month > calendar.parse_month("2023-08")]
    assert len(last) == 1
    expected = np.zeros_like(felt)
    at = prepared.structure.countries.index(last[0].country)
    expected[GRIEVANCES.index("posts"), at] = last[0].size * 2.0 ** (-3 / 6)
    np.testing.assert_allclose(felt, expected, rtol=1e-6)
    np.testing.assert_array_equal(prepared.background.grievance_start, felt)
    assert prepared.structure.ranks
