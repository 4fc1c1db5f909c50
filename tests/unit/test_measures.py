"""Measures: what futures came to, counted by hand on months written down."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import model_fixtures as mf
import run_fixtures as rf
from liptako.errors import InputError
from liptako.model.codes import Exit, Rung, Stage, Threat
from liptako.outcomes.cut import until
from liptako.outcomes.measures import OUTCOMES, check_horizon, countries_of, pairs_of
from liptako.theatre.politics import Act, AgendaItem, Alliance, Dyad
from liptako.theatre.schema import Theatre


def pact_theatre() -> Theatre:
    plain = mf.theatre_of(mf.STREAMS)
    coast = plain.countries["CCC"].model_copy(update={"role": "littoral"})
    return plain.model_copy(
        update={
            "countries": {**plain.countries, "CCC": coast},
            "alliance": Alliance(
                name="Pact",
                members=["AAA", "BBB"],
                signed="2013-01",
                agenda={
                    name: AgendaItem(id=number, label=name, means=0.5, lock=0.5)
                    for number, name in enumerate(("roads", "mail"), start=1)
                },
            ),
            "ladders": [Dyad(pair=pair) for pair in (("AAA", "BBB"), ("CCC", "AAA"))],
            "menu": {
                "patrol": Act(id=7, label="Patrol", levers={"patrol": 0.5}),
                "promise": Act(id=3, label="Promise", transition="promise"),
            },
        }
    )


def futures(theatre: Theatre | None = None, **changes: np.ndarray) -> xr.Dataset:
    """Two members, 24 months; what happens in the second year must not count at 12 months."""
    deaths = np.zeros((2, 24, 4, 3))
    deaths[0, 3] = np.arange(12).reshape(4, 3)
    deaths[:, 20] = 1000.0
    exits = np.zeros((2, 24, 3), np.int8)
    exits[0, 2, 0], exits[0, 5, 1], exits[1, 7, 0] = (
        Exit.MUTINY, Exit.COUP_OTHER_CAMP, Exit.NEGOTIATED,
    )  # fmt: skip
    exits[:, 18] = Exit.REBELLION
    stage = np.full((2, 24), int(Stage.CONSULTATIVE), np.int8)
    stage[0, 4:8], stage[1, 11:] = Stage.OPERATIONAL, Stage.DISSOLVED
    left = np.zeros((2, 24, 3), bool)
    left[..., 2], left[:, 15:, 0] = True, True
    region_deaths = np.array([[[2.0, 1.0, 0.0, 4.0, 8.0, 0.0]] * 2, [[0.0] * 6, [100.0] * 6]])
    influence = np.ones((2, 2, 6))
    influence[:, 0] = [[0.2, 0.6, 0.1, 0.1, 0.5, 0.5], [0.0, 0.4, 0.3, 0.3, 0.5, 0.5]]
    rung = np.zeros((2, 24, len((theatre or pact_theatre()).ladders)), np.int8)
    rung[0, 2:5, 0], rung[0, 11:, 1] = Rung.INCIDENT, Rung.COERCION
    rung[1, :2, 1], rung[:, 12:, 0] = Rung.SANCTIONS, Rung.WAR
    act = np.zeros((2, 24, 3), np.int8)
    act[0, 1], act[0, 4, 0], act[:, 13] = [2, 1, 2], 2, 2
    threat, outside = np.zeros((2, 24, 3), np.int8), np.zeros((2, 24, 3), bool)
    threat[0, 3, 0], threat[1, 4:9, 1], threat[:, 13:] = Threat.SENT, Threat.ORDERED, Threat.SENT
    outside[1, 9:, 1], outside[0, 2:5, 0], outside[:, 14:] = True, True, True
    items = np.zeros((2, 24, 2), np.int8)
    items[0, 8:], items[:, 14:] = [2, 1], 2
    means = np.full((2, 24, 3), np.log(0.5))
    means[1, 11, :2] = np.log([1.0, 2.0])
    missed = np.zeros((2, 2, 3), np.int8)
    missed[0, :, 0], missed[:, 1] = 1, 4
    dead = np.zeros((2, 24, 3, 3))
    dead[0, :12, :, 0], dead[0, :12, 1, 1], dead[:, 12:] = [10.0, 30.0, 2.0], 25.0, 1000.0
    ruled = np.zeros((2, 24, 3), bool)
    ruled[0, 3:5, 0], ruled[0, 4:6, 2], ruled[:, 12:] = True, True, True
    given = {
        "ruled": ruled,
        "deaths": deaths,
        "displaced": np.ones((2, 24, 3)),
        "dead": dead,
        "recorded_dead": np.full((60, 3, 1), 2.5),
        "influence": influence,
        "exits": exits,
        "stage": stage,
        "left": left,
        "rung": rung,
        "items": items,
        "means": means,
        "threat": threat,
        "outside": outside,
        "act": act,
        "missed": np.repeat(missed, 12, axis=1),
        "region_deaths": region_deaths,
        "region_people": np.array([1.0, 3.0, 2.0, 2.0, 9.0, 9.0]),
        "besieged": np.array([[6.0, 3.0, 0.0, 0.0, 12.0, 12.0], [0.0] * 6])[:, None],
        "reached": np.array([0.3, 0.8, 0.0]),
        "capital_deaths": np.array([[2.0, 3.0, 4.0], [0.0] * 3])[:, None],
        "joint_acts": np.ones((2, 24), np.int8) * [[1], [0]],
        "baseline_inflicted": np.full(3, 100.0),
        "baseline_attacked": np.full(3, 10.0),
        "inflicted_share": np.array([0.5, 0.0, 1.0, 0.0]),
    }
    return rf.run_of(theatre or pact_theatre(), members=2, **given | changes)


COUNTED = {
    "operational": [1, 0],
    "joint_acts": [12, 0],
    "agenda": [1, 0],
    "means": [0.5, 1.5],
    "pact_over": [0, 1],
    "left": [0, 0],
    "coups": [2, 0],
    "exits": [1, 1],
    "negotiated": [0, 1],
    "intervention": [0, 0],
    "threatened": [1, 1],
    "force_sent": [1, 0],
    "outside_bloc": [0, 1],
    "promises": [2, 0],
    "missed": [1, 0],
    "kept": [0, 0],
    "put_off": [0, 0],
    "reshuffles": [0, 0],
    "mutinies": [1, 0],
    "insiders": [0, 0],
    "aggrieved": [0, 0],
    "upper_allies": [1, 0],
    "upper_others": [0, 0],
    "coercion_allies": [0, 0],
    "coercion_others": [1, 0],
    "disputed_allies": [3, 0],
    "disputed_others": [1, 0],
    "deaths": [0 + 1 + 3 + 4 + 6 + 7 + 9 + 10, 0],
    "civilians_killed": [6 + 7 + 9 + 10, 0],
    "civilians_by_state": [9 + 10, 0],
    "civilians_by_insurgents": [6 + 7, 0],
    "civilians_by_militias": [0, 0],
    "front_deaths": [1 + 4, 0],
    "elsewhere_deaths": [2, 0],
    "army_dead": [12 * (10 + 0), 0],
    "insurgents_dead": [12 * (30 + 25), 0],
    "civilians_dead": [12 * (2 + 0), 0],
    "offensives": [12 * (1 + 1), 0],
    "strain": [120 / 60, 0],
    "inflicted": [0.5 * (0 + 1) + 6 + 7, 0],
    "support": [0, 0],
    "support_elsewhere": [0, 0],
    "patron_money": [0, 0],
    "displaced": [24, 24],
    "influence": [(0.2 + 3 * 0.6 + 4 * 0.1) / 8, (3 * 0.4 + 4 * 0.3) / 8],
    "coast_deaths": [2 + 5 + 8 + 11, 0],
    "besieged": [6 + 3, 0],
    "besieged_front": [3, 0],
    "people_besieged": [(0.5 * 1 + 0.25 * 3) / 8, 0],
    "reached": [(3 * 0.3 + 2 * 0.8) / 5] * 2,
    "capital_only": [1, 0],
    "ruled": [3 / 12, 0],
    "capital_deaths": [2 + 3, 0],
    "succeeds": [0, 0],
    "endures": [0, 0],
    "fails": [0, 1],
    "outside": [1, 0],
    "pact_alive": [1, 0],
    "regimes_held": [0, 0],
    "rolled_back": [1, 1],
}


def test_every_outcome_is_counted_here():
    assert set(COUNTED) == set(OUTCOMES)


@pytest.mark.parametrize("name", COUNTED)
def test_outcomes_by_hand(name):
    run, outcome = futures(), OUTCOMES[name]
    found = outcome.measure(until(run, 12), countries_of("x", outcome, run, []))
    np.testing.assert_allclose(found, COUNTED[name])


def test_pairs_are_of_two_members_or_of_one():
    theatre, run = pact_theatre(), rf.run_of(pact_theatre(), observed=["AAA"])
    assert pairs_of(theatre, "inner") == ["AAA-BBB"]
    assert pairs_of(theatre, "outer") == ["CCC-AAA"]
    assert pairs_of(theatre, "outer", ["BBB", "CCC"]) == []
    outer = OUTCOMES["upper_others"]
    assert countries_of("x", outer, run, []) == ["AAA", "CCC"]
    with pytest.raises(InputError, match="no ladder between them") as caught:
        countries_of("x", outer, run, ["AAA"])
    assert caught.value.allowed == "CCC-AAA"


def test_missed_dates_are_those_up_to_the_end():
    found = OUTCOMES["missed"].measure(until(futures(), 24), ["AAA", "BBB"])
    assert found.tolist() == [8, 8], "counted since the start already, not year by year"


def test_only_the_pairs_named_are_counted():
    theatre = pact_theatre()
    ladders = [*theatre.ladders, Dyad(pair=("BBB", "CCC"))]
    theatre = theatre.model_copy(update={"ladders": ladders})
    rung = np.zeros((2, 24, 3), np.int8)
    rung[0, 11:, 1:] = Rung.COERCION
    run = until(futures(theatre, rung=rung), 12)
    measure = OUTCOMES["disputed_others"].measure
    assert measure(run, ["AAA", "BBB", "CCC"]).tolist() == [2, 0]
    assert measure(run, ["BBB", "CCC"]).tolist() == [1, 0]


def test_endings_are_those_of_the_horizon():
    run = futures()
    run["exits"][:] = 0
    run["stage"][:] = int(Stage.OPERATIONAL)
    run["joint_acts"][:] = 1
    succeeds = OUTCOMES["succeeds"].measure
    assert succeeds(until(run, 12), []).tolist() == [1, 1]
    assert succeeds(until(run, 24), []).tolist() == [0, 0], "a member has left by then"


@pytest.mark.parametrize(
    ("outcome", "named", "allowed"),
    [
        ("deaths", "BBB", "AAA, CCC"),
        ("coups", "CCC", "AAA, BBB"),
        ("operational", "AAA", "no country"),
    ],
)
def test_a_country_that_is_not_counted_is_refused(outcome, named, allowed):
    run = rf.run_of(pact_theatre(), observed=["AAA", "CCC"])
    with pytest.raises(InputError) as caught:
        countries_of("x", OUTCOMES[outcome], run, [named])
    assert allowed in (caught.value.allowed or "")


def test_unobserved_countries_are_left_out_of_a_group():
    run = rf.run_of(pact_theatre(), observed=["AAA", "CCC"])
    assert countries_of("x", OUTCOMES["deaths"], run, []) == ["AAA"]
    assert countries_of("x", OUTCOMES["coast_deaths"], run, []) == ["CCC"]


def test_an_outcome_that_nobody_observes_is_refused():
    run = rf.run_of(pact_theatre(), observed=["AAA"])
    with pytest.raises(InputError, match="has event data"):
        countries_of("x", OUTCOMES["coast_deaths"], run, [])


def test_endings_only_at_their_horizons():
    check_horizon("x", "deaths", 48)
    with pytest.raises(InputError, match="12, 24, 36"):
        check_horizon("x", "fails", 48)


def test_a_horizon_after_the_run_is_refused():
    with pytest.raises(InputError, match="longer than the run"):
        until(futures(), 36)
