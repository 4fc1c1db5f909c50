"""Wars that were rolled back together: rules at their edges, weights by hand, all choices."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from liptako.data.snapshot import load_snapshot
from liptako.errors import InputError
from liptako.inference.past_cases.wars import (
    fell,
    matched,
    no_worse,
    past_wars,
    rolled_back,
    rolled_back_share,
    weights,
    yearly,
)
from liptako.theatre.loading import load_scenario

LAST = 600


def months(*courses: tuple[float, ...], last: int = LAST) -> pd.DataFrame:
    """Return country-months: each course gives yearly deaths, all in one month of the year."""
    rows = []
    for country, course in enumerate(courses, start=1):
        for year, deaths in enumerate(course):
            first = last - 12 * (len(course) - year) + 1
            for month in range(first, first + 12):
                here = deaths if month == first + 5 else 0.0
                rows.append((country, month, here))
    return pd.DataFrame(rows, columns=["country_id", "month", "deaths_sb"])


def cases(levels: list[float], down: list[bool], fine: list[bool], origin: int = -3):
    table = pd.DataFrame({"country_id": range(len(levels)), "origin": origin, "level": levels})
    table["last"] = levels
    return table.assign(fell_36=down, no_worse_36=fine)


@pytest.mark.parametrize(
    ("after", "down", "fine"),
    [
        ([50.0], True, True),
        ([51.0], False, True),
        ([110.0], False, True),
        ([111.0], False, False),
        ([50.0, 50.0], True, True),
        ([51.0, 50.0], False, True),
        ([900.0, 50.0, 50.0], True, True),
        ([0.0, 51.0, 50.0], False, True),
        ([0.0, 0.0, 110.5], False, False),
    ],
)
def test_a_war_falls_or_is_no_worse_up_to_the_very_bound(after, down, fine):
    values, level = np.array([after]), np.array([100.0])
    assert (fell(values, level).item(), no_worse(values, level).item()) == (down, fine)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ((50.0, 50.0, 110.0), True),
        ((50.0, 50.0, 50.0), True),
        ((50.0, 110.0, 110.0), False),
        ((50.0, 50.0, 111.0), False),
    ],
)
def test_two_must_fall_and_the_third_not_be_worse(last, expected):
    after = np.array(last)[None, :, None]
    assert rolled_back(after, np.full((1, 3), 100.0)).item() is expected


def test_years_end_with_the_last_month_and_are_whole():
    table = months((120.0, 240.0), (0.0, 36.0))
    years = yearly(table[~((table["country_id"] == 2) & (table["month"] == LAST - 20))], LAST)
    assert years.columns.tolist() == [-1, 0]
    assert years.loc[1].tolist() == [120.0, 240.0]
    assert np.isnan(years.loc[2, -1])
    assert years.loc[2, 0] == 36.0


def test_nothing_after_the_last_month_enters():
    table = months(*[(300.0,) * 6 + (10.0, 10.0)] * 3)
    later = table["month"] > LAST - 24
    noise = table.assign(deaths_sb=table["deaths_sb"].where(~later, 9999.0))
    for seen in (table, noise):
        wars = past_wars(yearly(seen, LAST - 24))
        assert wars["origin"].tolist() == [-3] * 3
        assert not wars["fell_36"].any()
    assert past_wars(yearly(table, LAST))["fell_24"].sum() == 0
    assert past_wars(yearly(table, LAST))["fell_36"].sum() == 3  # of origins -5, -4 and -3: one


def test_cases_by_hand():
    course = (100.0, 200.0, 300.0, 90.0, 120.0, 100.0)
    wars = past_wars(yearly(months(course, tuple(0.49 * value for value in course)), LAST))
    assert wars["country_id"].tolist() == [1]  # the other has a mean of 98
    row = wars.iloc[0]
    assert (row["origin"], row["level"], row["last"]) == (-3, 200.0, 300.0)
    assert (row["fell_12"], row["fell_24"], row["fell_36"]) == (True, False, False)
    assert row["no_worse_36"]
    with pytest.raises(InputError, match="few years"):
        past_wars(yearly(months(course[:5]), LAST))


def test_weights_by_hand():
    table = cases([100.0, 100.0 * np.exp(0.8)], [True] * 2, [True] * 2)
    table["last"] = [100.0 * np.exp(0.35), 100.0 * np.exp(0.8)]
    level = np.array([100.0])
    np.testing.assert_allclose(weights(table, level), [[1.0, np.exp(-0.5)]])
    np.testing.assert_allclose(weights(table, level, level), [[np.exp(-0.5)] * 2])


@pytest.mark.parametrize("members", [2, 3, 4])
def test_all_choices_are_summed_as_one_by_one(members):
    rng = np.random.default_rng(5)
    weight, counts = rng.random((members, 6)), rng.random(6) < 0.5
    expected = np.zeros(members + 1)
    for chosen in permutations(range(6), members):
        product = np.prod([weight[member, case] for member, case in enumerate(chosen)])
        expected[counts[list(chosen)].sum()] += product
    np.testing.assert_allclose(matched(weight, counts), expected)


def test_the_share_of_like_wars_is_that_of_drawing_without_replacement():
    level = np.full(3, 100.0)
    wars = cases([100.0] * 5, [True] * 3 + [False] * 2, [True] * 4 + [False])
    # of ten sets of three, one has three that fell, six two, half of them with the one no worse
    found = rolled_back_share(wars, level)
    assert found.estimate == pytest.approx((1 + 3) / 10)
    assert (found.n, found.origins) == (5, 1)


def test_a_war_far_from_all_given_ones_hardly_counts():
    wars = cases([100.0] * 3 + [1e9], [True] * 3 + [False], [True] * 3 + [False])
    assert rolled_back_share(wars, np.full(3, 100.0)).estimate == pytest.approx(1.0)
    assert rolled_back_share(wars, np.array([100.0, 100.0, 1e9])).estimate < 1e-6


def test_the_last_year_tells_wars_apart_in_the_second_form():
    wars = pd.concat([cases([100.0] * 3, [True] * 3, [True] * 3),
                      cases([100.0] * 3, [False] * 3, [False] * 3)])  # fmt: skip
    wars["last"] = [50.0] * 3 + [200.0] * 3
    level = np.full(3, 100.0)
    assert rolled_back_share(wars, level).estimate == pytest.approx(1 / 20)  # three of six
    assert rolled_back_share(wars, level, 0.5 * level).estimate > 0.99
    assert rolled_back_share(wars, level, 2.0 * level).estimate < 0.01


def test_origin_years_count_alike_and_those_with_too_few_wars_not_at_all():
    wars = pd.concat([
        cases([100.0] * 9, [True] * 9, [True] * 9, origin=-5),
        cases([100.0] * 3, [False] * 3, [False] * 3, origin=-4),
        cases([100.0] * 2, [True] * 2, [True] * 2, origin=-3),
    ])  # fmt: skip
    found = rolled_back_share(wars, np.full(3, 100.0))
    assert found.estimate == pytest.approx(0.5)
    assert found.origins == 2
    assert 0.0 <= found.lo <= found.estimate <= found.hi <= 1.0


def test_what_cannot_be_counted_is_refused():
    wars = cases([100.0] * 3, [True] * 3, [True] * 3)
    with pytest.raises(InputError, match="horizon"):
        rolled_back_share(wars, np.full(3, 100.0), months=30)
    with pytest.raises(InputError, match="without deaths"):
        rolled_back_share(wars, np.array([100.0, 0.0, 1.0]))
    with pytest.raises(InputError, match="so many wars"):
        rolled_back_share(wars, np.full(4, 100.0))


@pytest.mark.parametrize(
    ("second", "expected"), [(False, (0.207, 0.134, 0.286)), (True, (0.095, 0.062, 0.139))]
)
def test_the_shipped_data_give_the_known_shares(second, expected):
    loaded = load_scenario("sahel-2024")
    snapshot = load_snapshot(loaded.folder / loaded.theatre.snapshot)
    years = yearly(snapshot.country_months, loaded.scenario.init_month)
    assert loaded.theatre.alliance is not None
    ids = [loaded.theatre.countries[iso].views_id for iso in loaded.theatre.alliance.members]
    level = years.loc[ids, [-2, -1, 0]].mean(axis=1).to_numpy()
    last = years.loc[ids, 0].to_numpy()
    found = rolled_back_share(past_wars(years), level, last if second else None)
    np.testing.assert_allclose(found[:3], expected, atol=0.002)
    assert (found.n, found.origins) == (652, 29)
