"""The pact beside past ones: events and their chances, curves of the past, what is covered."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.inference.past_cases.pacts import _curve, _rows, milestones
from liptako.model.codes import Stage
from liptako.model.draws import set_numbers
from liptako.model.simulate import compile_batch
from liptako.runs import pact_courses as pc
from liptako.runs.arms import VARIANTS, Arm
from liptako.runs.executor import run_members
from liptako.runs.start import Prepared
from liptako.verification.politics import pact_times as pt
from pact_fixtures import pacts

PAPER, MEETS, WORKS, GONE = Stage.PAPER, Stage.CONSULTATIVE, Stage.OPERATIONAL, Stage.DISSOLVED
LAST = 200


def course(stage, left=None, moves=None, leaving=None):
    stage = np.array(stage, int)
    members, months = stage.shape
    nobody = np.zeros((members, months, 3))
    return pc.Course(
        stage=stage,
        left=nobody > 0 if left is None else np.array(left, bool),
        provided=np.zeros((members, months)),
        moves=np.zeros((members, months, 4)) if moves is None else np.array(moves, float),
        leaving=nobody if leaving is None else np.array(leaving, float),
    )


PAST = pacts(
    quiet={},
    worked={"first_operation": 10},
    lost={"first_exit": 20, "end": 30},
    merged={"end": 15, "end_mode": "absorbed", "end_trigger": "merged_upward"},
    both={"first_exit": 12, "end": 12},
    soon={"first_operation": 2},
    left_early={"first_exit": 3},
    vague={"first_exit": "unknown"},
)
"""Five idle and whole after three months; then one that worked, left or vague."""


def at(curve, month, column="p"):
    return float(curve.set_index("month").loc[month, column])


# events in futures


def test_events_come_when_they_first_do():
    stay = [False, False, False]
    seen = pc.happened(
        course(
            [[MEETS, WORKS, MEETS, GONE], [MEETS, GONE, GONE, GONE], [MEETS] * 4],
            left=[[stay] * 4, [stay, stay, [True, False, False], stay], [stay] * 3 + [[1, 0, 0]]],
        )
    )
    np.testing.assert_array_equal(seen["operation"], [[0, 1, 1, 1], [0] * 4, [0] * 4])
    np.testing.assert_array_equal(seen["end"], [[0, 0, 0, 1], [0, 1, 1, 1], [0] * 4])
    # nobody leaves a pact that has ended
    np.testing.assert_array_equal(seen["exit"], [[0] * 4, [0] * 4, [0, 0, 0, 1]])


def test_chances_add_up_until_the_event_or_the_end():
    moves = np.tile([0.0, 0.1, 0.0, 0.02], (2, 4, 1))
    leaving = np.full((2, 4, 3), 0.01)
    found = pc.chances(course([[MEETS, WORKS, MEETS, MEETS], [MEETS, MEETS, GONE, GONE]],
                              moves=moves, leaving=leaving))  # fmt: skip
    np.testing.assert_allclose(found["operation"], [[0.1, 0.2, 0.2, 0.2], [0.1, 0.2, 0.3, 0.3]])
    each = 1 - 0.99**3
    np.testing.assert_allclose(found["exit"][1], np.array([1, 2, 3, 3]) * each)
    few = 0.01**3 + 3 * 0.01**2 * 0.99
    np.testing.assert_allclose(found["end"][1, 0], 1 - 0.98 * (1 - few))
    np.testing.assert_allclose(found["end"][1, 3], found["end"][1, 2])


def test_a_second_member_that_leaves_three_ends_the_pact():
    out = [[[True, False, False]] * 2]
    found = pc.chances(course([[MEETS, MEETS]], left=out, leaving=np.full((1, 2, 3), 0.1)))
    first = 0.1**3 + 3 * 0.1**2 * 0.9
    np.testing.assert_allclose(found["end"], [[first, first + 1 - 0.9**2]])
    np.testing.assert_allclose(found["exit"], [[1 - 0.9**3] * 2])


@pytest.fixture(scope="module")
def invented():
    """Return the political world's futures under brisk rates, and its parameters."""
    world = mf.political_world()
    rates = {"alliance__to_operational": 0.04, "alliance__end": 0.02, "alliance__leave": 0.09}
    rates |= {"alliance__markov": 1.0, "alliance__to_consultative": 0.1}
    params = mf.plain_params(world.structure, **rates)
    return world, params, futures(world, params, np.arange(400))


def futures(world, params, members):
    """Return the course of members' pacts, without the war's own parameters drawn."""
    prepared = FixedParams(world, params)
    return pc.simulate_pact(prepared, members, pc.pact_batch(world.structure), Arm())


class FixedParams(Prepared):
    """Stands for a prepared scenario whose members all have the same parameters."""

    def __init__(self, world, params):
        vars(self).update(loaded=world.prepared.loaded, start=world.start, params=params)

    def draw_params(self, seed, members, *, judgement=True):
        return mf.stack(self.params, len(members))


@pytest.mark.slow
def test_listening_changes_no_future(invented):
    world, params, seen = invented
    batch = compile_batch(world.structure)
    members = np.arange(16)
    seed = world.prepared.loaded.scenario.seed
    start = replace(world.start(), seed=seed)
    draw = lambda chosen: mf.stack(params, len(chosen))  # noqa: E731
    parts = [kept for kept, _ in run_members(batch, start, draw, members)]
    stage = np.concatenate([part["stage"] for part in parts])
    np.testing.assert_array_equal(seen.stage[:16], stage)
    assert len(np.unique(stage)) > 1


@pytest.mark.slow
def test_chances_agree_with_what_happened(invented):
    _, _, seen = invented
    happened, chances = pc.happened(seen), pc.chances(seen)
    for event, came in happened.items():
        gap = came[:, -1] - chances[event][:, -1]
        # the mean lies within 4 errors of zero: a false alarm in some 10,000 runs
        assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(len(gap)), event
        assert came[:, -1].mean() > 0.1
        # and the chances vary less than the counts
        assert chances[event][:, -1].var() < 0.7 * came[:, -1].var()


def test_the_rival_is_a_switch_and_nothing_else():
    world = mf.political_world()
    prepared = FixedParams(world, world.params)
    rival, own = (arm.draw(prepared, np.arange(2)) for arm in (VARIANTS["markov_pact"], Arm()))
    assert (np.asarray(rival.alliance.markov) == 1).all()
    for name in ("commitment", "regime", "violence"):
        for one, other in zip(
            *(jax.tree.leaves(getattr(p, name)) for p in (rival, own)), strict=True
        ):
            np.testing.assert_array_equal(one, other)


def test_a_theatre_without_a_pact_or_with_an_old_one_is_refused():
    with pytest.raises(InputError, match="no pact") as caught:
        pc.age_of(mf.world().prepared)
    assert caught.value.field == "alliance"
    prepared = mf.political_world().prepared
    assert pc.age_of(prepared) == 3
    loaded = prepared.loaded
    alliance = loaded.theatre.alliance.model_copy(update={"signed": "2008-08"})
    theatre = loaded.theatre.model_copy(update={"alliance": alliance})
    with pytest.raises(InputError, match="too old"):
        pc.age_of(replace(prepared, loaded=replace(loaded, theatre=theatre)))


# curves of the model


def test_curve_of_the_model_is_the_mean_with_its_range():
    members = np.arange(1000)
    sets = set_numbers(members)
    rate = np.where(sets["judgement"] % 2, 0.1, 0.3)
    curve = pt.model_curve(np.stack([0.5 * rate, rate], axis=1), 3, sets)
    assert curve["month"].tolist() == [3, 4, 5]
    np.testing.assert_allclose(curve["p"], [0.0, 0.1, 0.2])
    assert (at(curve, 3, "lo"), at(curve, 3, "hi")) == (0.0, 0.0)
    assert at(curve, 5, "sd") == pytest.approx(0.1, rel=0.15)
    assert at(curve, 5, "lo") < 0.1
    assert 0.3 < at(curve, 5, "hi") < 0.45


def test_no_range_is_given_of_few_futures():
    members = np.arange(400)
    curve = pt.model_curve(np.full((400, 1), 0.2), 0, set_numbers(members))
    assert at(curve, 1) == pytest.approx(0.2)
    assert np.isnan(at(curve, 1, "lo"))


# curves of the past


def test_past_curves_by_hand():
    operation = pt.past_curve(PAST, LAST, "operation")
    assert operation.attrs == {"n": 5, "weight": 5.0}
    # month 10: one of five; then ends compete
    assert at(operation, 9) == 0
    assert at(operation, 60) == pytest.approx(1 / 5)
    assert [at(operation, m, "at_risk") for m in (3, 10, 11, 60)] == [5, 5, 4, 1]
    exit_ = pt.past_curve(PAST, LAST, "exit")
    # month 12: one of five; 15: merged; 20: one of three at 1 - 1/5 - 1/5
    assert at(exit_, 12) == pytest.approx(1 / 5)
    assert at(exit_, 20) == pytest.approx(1 / 5 + 3 / 5 * 1 / 3)
    end = pt.past_curve(PAST, LAST, "end")
    # month 12, then 30 after merging at 15; being absorbed is no end
    assert at(end, 15) == pytest.approx(1 / 5)
    assert at(end, 30) == pytest.approx(1 / 5 + 3 / 5 * 1 / 3)


def test_what_is_not_seen_yet_is_not_counted():
    curve = pt.past_curve(PAST, 114, "exit")
    assert at(curve, 12) == pytest.approx(1 / 5)
    assert at(curve, 20) == pytest.approx(1 / 5)
    assert at(curve, 15, "at_risk") == 0
    later = PAST.assign(first_exit=PAST["first_exit"].mask(PAST["first_exit"] > 114, 400.0))
    pd.testing.assert_frame_equal(pt.past_curve(later, 114, "exit"), curve)


def test_nested_treaties_share_a_weight_and_are_drawn_together():
    twin = pd.concat([PAST, PAST.assign(pact=PAST["pact"] + "2")], ignore_index=True)
    nested = [(name, f"{name}2") for name in PAST["pact"]]
    one, two = pt.past_curve(PAST, LAST, "exit"), pt.past_curve(twin, LAST, "exit", nested=nested)
    np.testing.assert_allclose(two["p"], one["p"])
    assert (two["at_risk"] == 2 * one["at_risk"]).all()
    assert two.attrs == {"n": 10, "weight": 5.0}
    loose = pt.past_curve(twin, LAST, "exit")
    width = [at(curve, 20, "hi") - at(curve, 20, "lo") for curve in (one, two, loose)]
    assert width[1] == pytest.approx(width[0], abs=0.1)
    assert width[2] < 0.85 * width[1]


def test_intervals_of_the_past_are_seeded_and_open_where_nothing_happened():
    curve = pt.past_curve(PAST, LAST, "operation")
    pd.testing.assert_frame_equal(pt.past_curve(PAST, LAST, "operation"), curve)
    assert at(curve, 3, "hi") == 0
    # five pacts would hide a chance of 45 in 100 once in twenty
    assert at(curve, 5, "hi") == pytest.approx(1 - 0.05 ** (1 / 5))
    assert at(curve, 60, "lo") == 0
    assert 0.2 < at(curve, 60, "hi") <= 0.8
    with pytest.raises(InputError, match="no such event"):
        pt.past_curve(PAST, LAST, "war")
    with pytest.raises(InputError, match="idle so long"):
        pt.past_curve(PAST[PAST["pact"] == "soon"], LAST, "exit")


def test_operations_of_real_pacts_are_those_of_the_milestones(snapshot):
    curve = pt.past_curve(snapshot.pacts, 528, "operation", 3, max_months=39)
    known = milestones(snapshot.pacts, 528, 3, 39).curve
    np.testing.assert_allclose(curve["p"], known["p_operational"])
    rows = _rows(snapshot.pacts, 528, "core")
    assert curve.attrs["n"] == 20
    assert len(rows) > 20
    whole = _curve(rows, 528, 39, 3)
    assert abs(whole["p_operational"].iloc[-1] - curve["p"].iloc[-1]) > 0.05


# both together


def test_predicted_range_holds_luck_and_assumptions():
    assert pt.predicted(0.0, 0.0, 18) == (0.0, 0.0)
    narrow, wide = pt.predicted(0.3, 0.0, 20), pt.predicted(0.3, 0.15, 20)
    assert narrow == (0.15, 0.45)
    assert wide[0] < narrow[0]
    assert wide[1] > narrow[1]


def table_of(model_p, past_p, sd=0.02):
    months = np.arange(3, 61)
    frame = pd.DataFrame({"month": months, "at_risk": 9, "sd": sd})
    found = {}
    for event in pc.EVENTS:
        own = frame.assign(p=model_p, lo=model_p - 0.05, hi=model_p + 0.05)
        found |= {("game", event): own, ("markov", event): own.assign(lo=np.nan, hi=np.nan)}
        found["past", event] = frame.assign(p=past_p, lo=0.0, hi=1.0)
    return pt._table(found, 18.0), pt._quantiles(found)


def test_table_says_what_is_covered_and_what_is_predicted():
    near = table_of(0.2, 0.24)[0].set_index(["event", "model", "month"]).loc["exit", "game", 36]
    far = table_of(0.2, 0.30)[0].set_index(["event", "model", "month"]).loc["exit", "game", 36]
    off = table_of(0.2, 0.60)[0].set_index(["event", "model", "month"]).loc["exit", "game", 36]
    assert [bool(row["covers"]) for row in (near, far, off)] == [True, False, False]
    assert [bool(row["predicts"]) for row in (near, far, off)] == [True, True, False]
    assert near["n_at_risk"] == 9
    unranged = table_of(0.2, 0.24)[0].query("model == 'markov'")
    assert unranged[["covers", "predicts", "predicted_lo"]].isna().all(axis=None)
    assert sorted(set(unranged["month"])) == list(pt.HORIZONS)


def test_quantiles_are_the_first_month_that_reaches_them():
    months = np.arange(3, 61)
    _, quantiles = table_of(np.arange(58) / 100, 0.1)
    row = quantiles[(quantiles["event"] == "end") & (quantiles["model"] == "game")].iloc[0]
    assert (row["q25"], row["q50"]) == (months[25], months[50])
    past = quantiles[(quantiles["event"] == "end") & (quantiles["model"] == "past")].iloc[0]
    assert np.isnan(past["q25"])


@pytest.mark.slow
def test_shipped_scenario_end_to_end():
    prepared = pc.prepare_pact(members=16)
    found = pt.pact_times(prepared)
    assert found.about["age"] == 3
    assert found.about["past_pacts"] == 20
    assert found.about["past_weight"] == 18.0
    assert len(found.table) == 3 * 2 * len(pt.HORIZONS)
    assert set(found.curves["model"]) == {"past", *pt.MODELS}
    assert found.curves["month"].agg(["min", "max"]).tolist() == [3, 60]
    assert found.table["covers"].isna().all()
    plain = found.summary()["table"][0]
    assert plain["covers"] is None
    wide = found.table.pivot(index=["event", "month"], columns="model", values="p")
    assert (wide["game"] != wide["markov"]).all()
