"""Who rules as a run begins, since when, after which coups elsewhere, after which losses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
import regime_fixtures as rf
from liptako.calendar import parse_month
from liptako.inference.past_cases.coup_panel import coup_panel
from liptako.inference.past_cases.politics import losses_effect, own_losses, political_state
from liptako.runs.start import coups_elsewhere, sitting
from liptako.theatre.roles import members_of

INIT = parse_month("2023-12")
COUNTRIES = ("AAA", "BBB", mf.LONER)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def test_own_losses_are_the_fading_mean_of_the_states_dead_alone(world):
    """With a half-life of one month half of what was fades and half of what comes enters."""
    rows = [(1, "army_rebels", "AAA", (4, 8, 3)), (0, "rebels_civilians", "AAA", (7, 2, 0)),
            (0, "army_rebels", "BBB", (0, 6, 9))]  # fmt: skip
    found = own_losses(mf.with_dead(world, rows), COUNTRIES, 1.0)
    assert list(found.columns) == list(COUNTRIES)
    np.testing.assert_allclose(found.loc[mf.INIT - 1], [4.0, 0.0, 0.0])
    np.testing.assert_allclose(found.loc[mf.INIT], [3.0, 3.0, 0.0])
    assert found.index[-1] == mf.INIT
    assert not found.loc[: mf.INIT - 2].to_numpy().any()


def test_losses_stay_where_they_were_where_nothing_is_observed(world):
    """Half of eight in the last month seen, and the same after it."""
    snapshot = mf.with_dead(world, [(3, "army_rebels", iso, (0, 8, 0)) for iso in ("AAA", "BBB")])
    ends = snapshot.cells["observed_last"].where(snapshot.cells["country"] != "BBB", mf.INIT - 3)
    found = own_losses(replace(snapshot, cells=snapshot.cells.assign(observed_last=ends)),
                       COUNTRIES, 1.0)  # fmt: skip
    np.testing.assert_allclose(found.loc[mf.INIT - 3], [4.0, 4.0, 0.0])
    np.testing.assert_allclose(found.loc[mf.INIT], [0.5, 4.0, 0.0])


def test_losses_at_the_start_are_the_states_own(theatre, snapshot):
    seen, countries = snapshot.until(INIT), tuple(theatre.countries)
    losses = political_state(theatre, seen, countries, 8.0)[1]
    np.testing.assert_allclose(losses, own_losses(seen, countries, 8.0).loc[INIT])
    events = seen.events[seen.events["country"] == "BFA"]
    recent = events[events["month"] > INIT - 24]
    mean = losses[countries.index("BFA")]
    assert 0.2 < mean / (recent["deaths_state"].sum() / 24) < 5.0
    assert mean < 0.7 * recent["deaths"].sum() / 24


def test_what_losses_do_is_estimated_where_they_are_known_and_nowhere_else(theatre, snapshot):
    """Without the dead, or in countries outside the panel, there is nothing to estimate."""
    seen = snapshot.until(INIT)
    tables = seen.coups, seen.country_months, seen.vdem
    panel = coup_panel(*tables, theatre.coup_panel, INIT, 8.0)
    members = members_of(theatre)
    mean, sd = losses_effect(panel, seen, members, 8.0)
    assert 0.0 < sd < 0.5, "less than the prior's"
    assert abs(mean) < 3 * 0.5
    none = replace(seen, events=seen.events.assign(deaths_state=0))
    assert losses_effect(panel, none, members, 8.0) == (0.0, 0.0)
    assert losses_effect(panel, seen, ("FRA",), 8.0) == (0.0, 0.0)
    later = losses_effect(panel, snapshot.until(INIT + 6), members, 8.0)
    assert later == pytest.approx((mean, sd), rel=1e-9), "later losses precede no month of these"


def regimes_at(world, *rows, month=rf.LAST):
    table = replace(world.prepared.snapshot, regimes=rf.regimes(*rows))
    return replace(table, regimes=table.until(month).regimes)


def test_the_sitting_regime_is_the_one_that_no_coup_by_insiders_ended(world):
    since = sitting(
        regimes_at(
            world,
            {"country": "AAA", "coup": 400},
            {"country": "AAA", "coup": 450, "new": 0.0},
            {"country": "BBB", "coup": 300, "end": 350, "mode": "election"},
            {"country": "BBB", "coup": 420},
            {"country": "BBB", "coup": 440, "flag": "self"},
            {"country": mf.LONER, "coup": 310, "end": 500, "mode": "coup_out"},
        ),
        ["BBB", "AAA", mf.LONER, "DDD"],
    )
    assert since.to_dict() == pytest.approx(
        {"BBB": 420, "AAA": 400, mf.LONER: np.nan, "DDD": np.nan}, nan_ok=True
    )


def test_an_end_after_the_cut_has_not_happened_and_neither_has_a_coup(world):
    rows = [{"country": "AAA", "coup": 400, "end": 500, "mode": "coup_out"},
            {"country": "AAA", "coup": 500}]  # fmt: skip
    for month, since in ((399, np.nan), (400, 400.0), (499, 400.0), (500, 500.0)):
        found = sitting(regimes_at(world, *rows, month=month), ["AAA"])
        assert found["AAA"] == pytest.approx(since, nan_ok=True), month


def test_without_a_table_of_the_world_juntas_of_the_region_rule(world):
    rows = pd.DataFrame(
        [("AAA", 400.0, "none"), ("AAA", 430.0, "none"), ("BBB", 410.0, "known")],
        columns=["country", "coup", "camp_end_status"],
    )
    found = sitting(replace(world.prepared.snapshot, juntas=rows), ["AAA", "BBB"])
    assert found.to_dict() == pytest.approx({"AAA": 400.0, "BBB": np.nan}, nan_ok=True)


def test_the_shipped_regimes_are_as_old_as_they_were(snapshot):
    """Burkina Faso's is that of January 2022: September's coup was by insiders."""
    born = {"BFA": "2022-01", "MLI": "2020-08", "NER": "2023-07", "GHA": None}
    found = sitting(snapshot.until(INIT), list(born))
    for iso, month in born.items():
        expected = np.nan if month is None else parse_month(month)
        assert found[iso] == pytest.approx(expected, nan_ok=True), iso
    assert (INIT - found[["BFA", "MLI", "NER"]]).tolist() == [23, 40, 5]
    before = sitting(snapshot.until(parse_month("2023-06")), ["BFA", "NER"])
    assert before["BFA"] == parse_month("2022-01")
    assert np.isnan(before["NER"])
    elsewhere = coups_elsewhere(snapshot.until(INIT), ["BFA", "MLI", "NER"], list(born))
    np.testing.assert_array_equal(elsewhere, [7.0, 7.0, 0.0, 7.0])


def with_coups(world, *rows):
    names = ["country", "month", "successes", "failures"]
    table = pd.DataFrame(list(rows), columns=names)
    return replace(world.prepared.snapshot, coups=table).until(mf.INIT)


def test_months_left_of_the_year_after_a_coup_elsewhere_by_hand(world):
    coups = with_coups(
        world,
        ("AAA", mf.INIT - 30, 1, 0),
        ("AAA", mf.INIT - 3, 1, 0),
        ("AAA", mf.INIT - 1, 0, 1),
        ("BBB", mf.INIT - 11, 1, 1),
        ("DDD", mf.INIT, 1, 0),
        ("BBB", mf.INIT + 1, 1, 0),
    )
    countries = [*COUNTRIES, "DDD"]
    found = coups_elsewhere(coups, COUNTRIES, countries)
    np.testing.assert_array_equal(found, [1.0, 9.0, 9.0, 9.0])
    np.testing.assert_array_equal(coups_elsewhere(coups, ("BBB",), countries), [1, 0, 1, 1])
    old = with_coups(world, ("AAA", mf.INIT - 12, 1, 0), ("BBB", mf.INIT, 1, 0))
    np.testing.assert_array_equal(coups_elsewhere(old, COUNTRIES, COUNTRIES), [12, 0, 12])


def test_without_a_coup_elsewhere_no_month_is_left(world):
    for coups in (with_coups(world), with_coups(world, ("AAA", mf.INIT - 2, 0, 1))):
        np.testing.assert_array_equal(coups_elsewhere(coups, COUNTRIES, COUNTRIES), 0.0)
    alone = with_coups(world, ("AAA", mf.INIT - 2, 1, 0))
    np.testing.assert_array_equal(coups_elsewhere(alone, COUNTRIES, COUNTRIES), [0, 10, 10])
