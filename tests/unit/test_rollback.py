"""Rollback in futures: the rule of past wars, the strict rule part by part, base rates."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import model_fixtures as mf
import run_fixtures as rf
from liptako.data.snapshot import Snapshot
from liptako.outcomes.wars import (
    STEPS,
    recorded_years,
    rollback_steps,
    rolled_back,
    state_based,
    war_years,
)
from liptako.runs.baseline import pieces
from liptako.runs.pact_courses import prepare_pact
from liptako.theatre.politics import Alliance
from liptako.theatre.schema import Theatre

ALLIES = ["AAA", "BBB", "CCC"]
BEFORE = 120.0
"""Deaths a year before the start, in every ally."""


@pytest.fixture(scope="module")
def pact() -> Theatre:
    alliance = Alliance(name="Pact", members=ALLIES, signed="2013-01")
    return mf.theatre_of(mf.STREAMS).model_copy(update={"alliance": alliance})


def futures(theatre: Theatre, *courses: tuple[tuple[float, ...], ...], **changes) -> xr.Dataset:
    """Return futures, each given by yearly deaths of every ally, all in one state-based stream.

    Other streams take as many deaths as would break every rule.
    """
    courses = courses * 2 if len(courses) == 1 else courses
    streams = list(theatre.streams)
    sb = [streams.index(name) for name in theatre.streams_of("state_based")]
    deaths = np.full((len(courses), 36, len(streams), 3), 1000.0)
    deaths[:, :, sb] = 0.0
    for member, course in enumerate(courses):
        for country, years in enumerate(course):
            for year, value in enumerate(years):
                deaths[member, 12 * year + 4, sb[year % len(sb)], country] = value
    recorded = np.full((60, len(streams), 3), 1000.0)
    recorded[:, sb] = 0.0
    recorded[-36::12, sb[0]] = BEFORE
    recorded[:24, sb] = 77.0
    given = {"deaths": deaths, "recorded_deaths": recorded, "members": len(courses), "months": 36}
    return rf.run_of(theatre, **(given | changes))


def test_state_based_deaths_by_year_alone(pact):
    run = futures(pact, ((10, 20, 30), (1, 2, 3), (0, 0, 6)))
    assert state_based(run, ["BBB", "AAA"])[0].tolist() == [[1, 2, 3], [10, 20, 30]]
    assert recorded_years(run, ["CCC"]).tolist() == [[BEFORE] * 3]


def test_futures_are_counted_as_past_wars(pact):
    down, up, flat = (500, 60, 60), (0, 0, 133), (500, 500, 132)
    run = futures(
        pact, (down, down, flat), (down, down, up), (down, flat, flat), (down, down, down)
    )
    assert rolled_back(run, 36).tolist() == [True, False, False, True]
    assert rolled_back(run, 24).tolist() == [False] * 4
    soon = futures(pact, ((60, 999, 999), (60, 999, 999), (132, 999, 999)))
    assert rolled_back(soon, 12).tolist() == [True] * 2


def test_each_part_of_the_strict_rule_by_itself(pact):
    """Each future is kept from a strict rollback by one thing, and so by one step let in."""
    low, flat = (30, 30, 30), (90, 90, 90)
    run = futures(
        pact,
        (low, low, flat),  # strictly rolled back
        (low, (90, 90, 30), flat),  # one fell in the last year alone
        (low, low, (90, 130, 90)),  # the other rose in the year before the last
        (low, low, flat),  # cells
        (low, low, flat),
    )
    sb = list(pact.streams_of("state_based"))
    share = np.isin(run["stream"], sb).astype(float)
    attacked = np.zeros((5, 3, 3))
    attacked[3] = 9
    run = run.assign_coords(inflicted_share=("stream", share))
    run["attacked_cells"] = (run["attacked_cells"].dims, attacked.astype("int32"))
    run["baseline_attacked"] = (("country",), np.full(3, 4.0))
    base = np.full(3, 100.0)
    run["baseline_inflicted"] = (("country",), base)
    table = rollback_steps(run)
    at_36 = table[table["horizon"] == 36].set_index("step")["p"]
    assert at_36["strict"] == pytest.approx(2 / 5)
    assert at_36["strict_last_year"] == pytest.approx(4 / 5)  # so may the other's rise be past
    assert at_36["strict_others_free"] == pytest.approx(3 / 5)
    assert at_36["strict_cells_free"] == pytest.approx(3 / 5)
    assert at_36["strict_totals"] == pytest.approx(3 / 5)  # before: 120 in place of 100
    assert at_36["totals"] == pytest.approx(4 / 5)
    assert list(at_36.index) == list(STEPS[2:])
    assert table["horizon"].unique().tolist() == [12, 24, 36]


def test_past_wars_stand_beside(pact):
    form = {"estimate": 0.2, "lo": 0.1, "hi": 0.3, "n": 9, "origins": 3}
    own = {"fell": [0.4, 0.3], "over_last": [0.8, 0.9], "over_level": [0.7, 0.6]}
    rate = {"first": form, "second": form | {"estimate": 0.1}, "members": {"AAA": own}}
    past = {"months": 36, "disputes": rf.NO_RECORD, "pieces": {"rolled_back": {"36": rate}}}
    run = futures(pact, ((60, 60, 60), (240, 240, 240), (0, 0, 0)), past_cases=past)
    table = rollback_steps(run)
    mine = table[table["horizon"] == 36].set_index("step")
    assert mine.loc["past_wars", ["p", "lo", "hi"]].tolist() == [0.2, 0.1, 0.3]
    assert mine.loc["past_wars_second", "p"] == 0.1
    assert np.isnan(mine.loc["past_wars", "mcse"])
    assert "past_wars" not in table[table["horizon"] == 12]["step"].tolist()
    years = war_years(run).set_index(["horizon", "country"])
    assert years.loc[(36, "AAA"), "over_last"] == 0.5
    assert years.loc[(36, "BBB"), ["over_level", "fell"]].tolist() == [2.0, 0.0]
    assert years.loc[(24, "CCC"), "fell"] == 1.0
    assert years.loc[(36, "AAA"), "past_fell_second"] == 0.3
    assert np.isnan(years.loc[(36, "BBB"), "past_over_last"])


@pytest.fixture(scope="module")
def prepared():
    return prepare_pact("sahel-2024", members=4)


def test_pieces_are_plain_and_as_measured(prepared):
    found = json.loads(json.dumps(pieces(prepared, 36), allow_nan=False))
    assert set(found) == {"rolled_back", "pact_alive", "regimes_held", "juntas_held"}
    for piece in found.values():
        assert list(piece) == ["12", "24", "36"]
        for rate in piece.values():
            assert 0.0 <= rate["lo"] <= rate["estimate"] <= rate["hi"] <= 1.0
            assert {"n", "unit", "source"} <= set(rate)
    wars = found["rolled_back"]["36"]
    assert round(wars["first"]["estimate"], 2) == 0.21
    assert round(wars["second"]["estimate"], 2) == 0.10
    assert wars["lo"] == wars["second"]["lo"]
    assert wars["hi"] == wars["first"]["hi"]
    middle = (wars["first"]["estimate"] + wars["second"]["estimate"]) / 2
    assert wars["estimate"] == pytest.approx(middle)
    assert set(wars["members"]) == set(prepared.allies)
    alive = found["pact_alive"]["36"]["groups"]
    assert (alive["core"]["hits"], alive["core"]["n"]) == (4, 20)
    held = found["regimes_held"]["36"]
    assert held["ages"] == {"MLI": 40, "BFA": 23, "NER": 5}
    assert round(held["estimate"], 2) == round(held["classes"]["recent"]["estimate"], 2) == 0.27
    assert 0.3 < held["classes"]["world"]["lo"] < held["classes"]["world"]["hi"] < 0.5
    assert held["classes"]["region"]["estimate"] < 0.2
    assert found["juntas_held"]["36"]["ages"] == {"MLI": 31, "BFA": 15, "NER": 5}
    assert list(pieces(prepared, 24)["rolled_back"]) == ["12", "24"]


def test_pieces_see_nothing_after_the_start(prepared, snapshot: Snapshot):
    known = prepared.snapshot.country_months["month"].max()
    assert known <= prepared.init_month
    later = snapshot.country_months.tail(5).assign(month=prepared.init_month + 1, deaths_sb=10**6)
    table = pd.concat([prepared.snapshot.country_months, later], ignore_index=True)
    seen = replace(prepared, snapshot=replace(prepared.snapshot, country_months=table))
    assert pieces(seen, 36) == pieces(prepared, 36)


def test_allies_without_war_have_no_base_rate(prepared):
    table = prepared.snapshot.country_months
    calm = table.assign(deaths_sb=table["deaths_sb"].where(table["country"] == "", 0))
    found = pieces(replace(prepared, snapshot=replace(prepared.snapshot, country_months=calm)), 36)
    assert set(found) == {"pact_alive", "regimes_held", "juntas_held"}
