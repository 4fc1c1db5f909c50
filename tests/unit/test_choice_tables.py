"""Tables of choices, counted by hand on invented members."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import run_fixtures as rf
from liptako.outcomes.acts import ALL, acts, horizons, law, patrons
from liptako.theatre.roles import members_of


def one(table: pd.DataFrame, **where: Any) -> Any:
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_horizons_are_those_of_endings_and_the_last_month() -> None:
    assert [horizons(n) for n in (6, 12, 18, 36, 60)] == [
        [6], [12], [12, 18], [12, 24, 36], [12, 24, 36],
    ]  # fmt: skip


@pytest.fixture(scope="module")
def run(theatre) -> xr.Dataset:
    """Four members; the first act is chosen by the second member alone, twice."""
    countries = list(theatre.countries)
    act = np.zeros((4, 24, len(countries)), np.int8)
    act[1, [0, 15], countries.index(members_of(theatre)[0])] = 1
    act[:, 21, countries.index(members_of(theatre)[1])] = 2
    return rf.run_of(theatre, act=act)


def test_acts_are_counted_by_country_and_horizon(run, theatre) -> None:
    table = acts(run[["act"]].transpose("country", "member", "month"))
    first, second, *_ = theatre.menu
    here, there = members_of(theatre)[:2]
    assert len(table) == len(members_of(theatre)) * len(theatre.menu) * 2
    row = one(table, country=here, act=first, horizon=24)
    assert (row["p_any"], row["per_year"]) == (0.25, 0.25)
    assert row["label"] == theatre.menu[first].label
    assert np.isnan(row["lo"]), "too few members for a range"
    row = one(table, country=here, act=first, horizon=12)
    assert (row["p_any"], row["per_year"]) == (0.25, 0.25)
    assert one(table, country=there, act=second, horizon=12)["p_any"] == 0.0
    row = one(table, country=there, act=second, horizon=24)
    assert (row["p_any"], row["per_year"]) == (1.0, 0.5)
    assert table["p_any"].sum() == 1.5


def test_what_never_came_has_a_range_all_the_same(run, theatre) -> None:
    many = rf.run_of(theatre, members=600, act=np.tile(run["act"].to_numpy(), (150, 1, 1)))
    table = acts(many)
    never = one(table, country=members_of(theatre)[2], act=next(iter(theatre.menu)), horizon=24)
    assert (never["lo"], never["hi"]) == (0.0, 3.0 / 600)


def test_law_is_the_acts_own_or_that_of_levers_it_raises(theatre) -> None:
    bound = next(name for name, lever in theatre.levers.items() if lever.law)
    free = next(name for name, lever in theatre.levers.items() if not lever.law)
    act = next(iter(theatre.menu.values()))

    def of(levers: dict[str, float], own: str | None = None) -> str:
        return law(act.model_copy(update={"levers": levers, "law": own}), theatre)

    assert of({bound: 0.5}) == theatre.levers[bound].law
    assert of({bound: -0.5}) == "", "restraint is bound by none"
    assert of({free: 0.5}) == ""
    assert of({bound: 0.5}, "Its own law") == "Its own law"


def test_support_by_country_and_together(theatre) -> None:
    (north, south, *_), (here, there, *_) = theatre.instruments, members_of(theatre)
    blank = rf.run_of(theatre, members=2, months=12)
    support, start = blank[["support"]].copy(deep=True)["support"], blank["support_start"].copy()
    support.loc[{"instrument": north, "country": here}] = [[0.2], [0.6]]
    support.loc[{"instrument": south, "country": here}] = 0.2
    support.loc[{"instrument": south, "country": there}] = 0.4
    start.loc[{"instrument": north, "country": here}] = 1.0
    start.loc[{"instrument": south, "country": there}] = 0.5
    run = blank.assign(support=support, support_start=start)
    table = patrons(run)
    assert table["country"].unique().tolist() == [*members_of(theatre), ALL]
    row = one(table, instrument=north, country=here, year=1)
    assert (row["label"], row["start"]) == (theatre.instruments[north].label, 1.0)
    assert row["mean"] == pytest.approx(0.4)
    assert row["q05"] == pytest.approx(0.22)
    assert one(table, instrument=south, country=there)["start"] == 0.5
    every, n = one(table, instrument=north, country=ALL), len(members_of(theatre))
    assert every["start"] == pytest.approx(1.0 / n)
    assert not [column for column in table if column.startswith("share")], "no common currency"
