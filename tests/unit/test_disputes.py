"""Disputes of a run: shares, episodes and chances counted by hand on invented members."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from liptako.errors import InputError
from liptako.inference.past_cases.politics import past_disputes
from liptako.inference.past_cases.rates import Gamma
from liptako.model.codes import RUNGS
from liptako.outcomes.disputes import (
    ANY,
    GROUPS,
    PastDisputes,
    dispute_chances,
    dispute_groups,
    dispute_tables,
    ladder_shares,
    upper_rungs,
)

DYADS = ["AAA-BBB", "AAA-CCC", "CCC-DDD"]
PAST = PastDisputes(
    reached=(Gamma(10.0, 6000.0), Gamma(8.0, 6000.0), Gamma(0.5, 6000.0)),
    n=(24, 18, 0),
    dyad_months=12000.0,
    source="A record (1.0)",
)


def run(rung, dyads=DYADS, alliance="AAA,BBB", init=528):
    rung = np.asarray(rung, np.int8)
    return xr.Dataset(
        {"rung": (("member", "month", "dyad"), rung)},
        coords={
            "member": np.arange(len(rung)),
            "month": init + 1 + np.arange(rung.shape[1]),
            "dyad": list(dyads),
        },
        attrs={"alliance": alliance},
    )


def quiet(members=4, months=12):
    return np.zeros((members, months, len(DYADS)), np.int8)


def one(table, **where):
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_shares_of_rungs_by_pair_and_month():
    rung = quiet()
    rung[0, 3:, 1] = 2
    rung[1, 3, 1] = 5
    table = ladder_shares(run(rung).transpose("dyad", "member", "month"))
    assert list(table.columns) == ["dyad", "month", "rung", "p"]
    assert len(table) == 3 * 12 * 6
    assert table["rung"].tolist()[:6] == list(RUNGS)
    assert table["month"].tolist()[:12] == [529] * 6 + [530] * 6
    assert table["dyad"].unique().tolist() == DYADS
    np.testing.assert_allclose(table.groupby(["dyad", "month"])["p"].sum(), 1.0)
    at = {"dyad": "AAA-CCC", "month": 532}
    assert one(table, **at, rung="dialogue")["p"] == 0.5
    assert one(table, **at, rung="coercion")["p"] == 0.25
    assert one(table, **at, rung="war")["p"] == 0.25
    assert one(table, dyad="AAA-CCC", month=533, rung="war")["p"] == 0.0
    assert one(table, dyad="AAA-BBB", month=532, rung="dialogue")["p"] == 1.0


def test_a_dispute_counts_once_at_each_level_it_reaches():
    rung = quiet()
    rung[0, 1:10, 0] = [3, 3, 4, 3, 4, 5, 4, 2, 3]  # one that came to war, then another
    rung[1, 5:, 1] = 4  # straight to the use of force, and lasting
    table = upper_rungs(run(rung), PAST)
    assert table["group"].unique().tolist() == list(GROUPS)

    def counted(group):
        return [
            one(table, group=group, rung=name)["rate"] * 4 * pairs
            for name in RUNGS[3:]
            for pairs in [one(table, group=group, rung=name)["dyads"]]
        ]

    assert counted("between allies") == pytest.approx([2, 1, 1])
    assert counted("ally and outsider") == pytest.approx([1, 1, 0])
    assert counted("between outsiders") == pytest.approx([0, 0, 0])
    assert counted("all pairs") == pytest.approx([3, 2, 1])


def test_rates_are_by_year_and_pair():
    rung = quiet(months=24)
    rung[:, 7, :] = 3
    table = upper_rungs(run(rung, alliance=""), PAST)
    assert table["group"].unique().tolist() == ["between outsiders", "all pairs"]
    assert one(table, group="all pairs", rung="incident")["rate"] == pytest.approx(0.5)


def test_disputes_under_way_at_the_start_are_not_new():
    rung = quiet()
    rung[:, :2, 0] = 3
    rung[:, 2, 0] = 4
    chance = {"dyad": "AAA-BBB", "horizon": 12}
    fresh = dispute_chances(run(rung), PAST)
    going = dispute_chances(run(rung), PAST, np.array([3, 0, 0]))
    assert one(fresh, **chance, rung="incident")["p"] == 1.0
    assert one(going, **chance, rung="incident")["p"] == 0.0
    assert one(going, **chance, rung="clash")["p"] == 1.0
    rung[:, 3, 0], rung[:, 4, 0] = 2, 3  # it ended, and another began
    again = dispute_chances(run(rung), PAST, np.array([4, 0, 0]))
    assert one(again, **chance, rung="incident")["p"] == 1.0
    assert one(again, **chance, rung="clash")["p"] == 0.0


def test_chances_grow_with_horizon_and_over_pairs():
    rung = quiet(members=4, months=36)
    rung[0, 5, 0] = rung[1, 20, 1] = rung[1, 35, 0] = 3
    table = dispute_chances(run(rung), PAST)
    assert table["dyad"].unique().tolist() == [*DYADS, ANY]

    def chances(dyad):
        return [one(table, dyad=dyad, horizon=h, rung="incident")["p"] for h in (12, 24, 36)]

    assert chances("AAA-BBB") == [0.25, 0.25, 0.5]
    assert chances("AAA-CCC") == [0.0, 0.25, 0.25]
    assert chances(ANY) == [0.25, 0.5, 0.5]
    assert set(dispute_chances(run(rung[:, :30]), PAST)["horizon"]) == {12, 24, 30}


def test_groups_are_any_of_their_pairs():
    rng = np.random.default_rng(4)
    rung = rng.choice(6, (600, 24, len(DYADS)), p=[0.9, 0.04, 0.03, 0.01, 0.01, 0.01])
    start = np.array([3, 0, 4])
    found = dispute_groups(run(rung), PAST, start)
    members = {"between allies": [0], "ally and outsider": [1], "between outsiders": [2]}
    assert list(dict.fromkeys(found["group"])) == [*members, "all pairs"]
    for group, chosen in {**members, "all pairs": [0, 1, 2]}.items():
        names = [DYADS[i] for i in chosen]
        alone = dispute_chances(run(rung[:, :, chosen], names), PAST, start[chosen])
        mine = found[found["group"] == group].reset_index(drop=True)
        assert (mine.pop("dyads") == len(chosen)).all()
        expected = alone[alone["dyad"] == ANY].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine.drop(columns="group"), expected.drop(columns="dyad"))


def test_the_record_stands_beside_and_has_its_interval():
    table = upper_rungs(run(quiet()), PAST)
    row = one(table, group="all pairs", rung="clash")
    low, high = stats.gamma.interval(0.9, 8.0, scale=1 / 6000.0)
    assert row["reference"] == pytest.approx(12 * 8 / 6000)
    assert (row["reference_lo"], row["reference_hi"]) == pytest.approx((12 * low, 12 * high))
    assert (row["n"], row["dyad_years"]) == (18, 1000)
    table = dispute_chances(run(quiet(months=24)), PAST)
    rates = np.random.default_rng(1).gamma(10.0, 1 / 6000.0, 400_000)
    for dyad, pairs in (("AAA-BBB", 1), (ANY, 3)):
        row = one(table, dyad=dyad, horizon=24, rung="incident")
        chance = -np.expm1(-rates * 24 * pairs)
        assert row["reference"] == pytest.approx(chance.mean(), rel=0.01)
        expected = np.quantile(chance, [0.05, 0.95])
        assert row[["reference_lo", "reference_hi"]].tolist() == pytest.approx(expected, rel=0.02)


def test_ranges_follow_assumptions_and_not_luck():
    rng = np.random.default_rng(2)
    members = 2000
    sets = np.arange(members) % 100
    for spread, wide in ((0.0, False), (0.25, True)):
        chance = 0.3 + spread * np.where(sets % 2, 1, -1)
        rung = quiet(members, 12)
        rung[:, 4, :] = 3 * (rng.random((members, 1)) < chance[:, None])
        chances = dispute_chances(run(rung), PAST)
        row = one(chances, dyad=ANY, horizon=12, rung="incident")
        assert (row["hi"] - row["lo"] > 0.4) == wide
        assert row["lo"] <= row["p"] <= row["hi"]
        rates = one(upper_rungs(run(rung), PAST), group="all pairs", rung="incident")
        assert rates["rate"] == pytest.approx(row["p"])
        assert (rates["lo"], rates["hi"]) == pytest.approx((row["lo"], row["hi"]))
    few = dispute_chances(run(rung[:499]), PAST)
    assert few[["lo", "hi"]].isna().all(axis=None)
    assert few["p"].notna().all()


def test_what_never_came_is_not_impossible():
    rung = quiet(600, 12)
    rung[:, 3, 0] = 3
    table = dispute_chances(run(rung), PAST)
    never = one(table, dyad="AAA-CCC", horizon=12, rung="incident")
    always = one(table, dyad="AAA-BBB", horizon=12, rung="incident")
    assert (never["lo"], never["hi"]) == (0.0, 3 / 600)
    assert (always["lo"], always["hi"]) == (1 - 3 / 600, 1.0)
    rate = one(upper_rungs(run(rung), PAST), group="ally and outsider", rung="war")
    assert (rate["lo"], rate["hi"]) == (0.0, 3 / 600)


def test_tables_of_a_run_start_from_where_its_disputes_stood(snapshot):
    rung = quiet()
    rung[:, :, 0] = 3
    past = past_disputes(snapshot)
    record = {"reached": past.reached, "n": past.n, "dyad_months": past.dyad_months}
    began = {"past_cases": json.dumps({"disputes": record})}
    whole = run(rung).assign(rung_start=("dyad", [3.0, 0.0, 1.0])).assign_attrs(began)
    tables = dispute_tables(whole)
    assert set(tables) == {"ladder_shares", "upper_rungs", "dispute_chances", "dispute_groups"}
    row = one(tables["upper_rungs"], group="all pairs", rung="incident")
    assert row["rate"] == 0.0
    assert row["reference"] == 12 * past.incident.mean
    none = run(np.zeros((4, 12, 0)), [])
    assert dispute_tables(none) == {}
    with pytest.raises(InputError, match="no ladders"):
        ladder_shares(none)


def test_members_may_come_in_any_order_of_axes():
    rung = quiet()
    rung[0, 5, 2] = 4
    expected = upper_rungs(run(rung), PAST)
    turned = upper_rungs(run(rung).transpose("month", "dyad", "member"), PAST)
    pd.testing.assert_frame_equal(turned, expected)
