"""Tables of choices, counted by hand on invented members."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from liptako.errors import InputError
from liptako.model.structure import members_of
from liptako.outcomes.acts import ALL, acts, horizons, law, patrons


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
    return xr.Dataset(
        {"act": (("member", "month", "country"), act)},
        coords={"member": np.arange(4), "month": 529 + np.arange(24), "country": countries},
        attrs={"acts": ",".join(theatre.menu)},
    )


def test_acts_are_counted_by_country_and_horizon(run, theatre) -> None:
    table = acts(run.transpose("country", "member", "month"), theatre)
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
    many = xr.concat([run] * 150, "member").assign_coords(member=np.arange(600))
    table = acts(many, theatre)
    never = one(table, country=members_of(theatre)[2], act=next(iter(theatre.menu)), horizon=24)
    assert (never["lo"], never["hi"]) == (0.0, 3.0 / 600)


def test_another_menu_is_refused(run, theatre) -> None:
    with pytest.raises(InputError, match="not the menu of this run"):
        acts(run.assign_attrs(acts="one,two"), theatre)


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


def test_support_by_country_and_together() -> None:
    support = np.zeros((2, 1, 2, 3))
    support[:, 0, 0, 0] = [0.2, 0.6]
    support[:, 0, 1, 0] = 0.2
    support[:, 0, 1, 1] = 0.4
    run = xr.Dataset(
        {"support": (("member", "full_year", "patron", "country"), support)},
        coords={"full_year": [1], "patron": ["north", "south"], "country": ["AAA", "BBB", "CCC"]},
    )
    start = np.array([[1.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    named: Any = {name: type("P", (), {"label": name.upper()}) for name in ("north", "south")}
    table = patrons(run.transpose("patron", "country", "member", "full_year"), named,
                    ["BBB", "AAA"], start)  # fmt: skip
    assert table["country"].unique().tolist() == ["BBB", "AAA", ALL]
    row = one(table, patron="north", country="AAA", year=1)
    assert (row["label"], row["start"], row["mean"]) == ("NORTH", 1.0, pytest.approx(0.4))
    assert row["q05"] == pytest.approx(0.22)
    assert row["share_mean"] == pytest.approx((0.5 + 0.75) / 2)
    assert one(table, patron="south", country="BBB")["share_start"] == 1.0
    every = one(table, patron="north", country=ALL)
    assert every["start"] == 0.5
    assert every["share_start"] == pytest.approx(1.0 / 1.5)
    assert every["share_mean"] == pytest.approx((0.2 / 0.8 + 0.6 / 1.2) / 2)


def test_nobody_who_gives_has_no_share() -> None:
    run = xr.Dataset(
        {"support": (("member", "full_year", "patron", "country"), np.zeros((3, 1, 1, 1)))},
        coords={"full_year": [1], "patron": ["north"], "country": ["AAA"]},
    )
    named: Any = {"north": type("P", (), {"label": "North"})}
    table = patrons(run, named, ["AAA"], np.zeros((1, 1)))
    assert not table[["share_start", "share_mean", "mean"]].to_numpy().any()
