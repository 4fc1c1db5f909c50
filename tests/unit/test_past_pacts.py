"""Stages of past pacts: rates by hand and planted, milestones and curves as published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liptako.data.pacts import read_pacts
from liptako.errors import InputError
from liptako.inference.past_cases.pacts import (
    GROUPS,
    fit_stages,
    group_milestones,
    milestones,
    operation_curve,
    wilson,
)
from liptako.inference.past_cases.rates import Beta, Gamma
from pact_fixtures import DATES, pacts

NAN = np.nan
LAST = 200


PACTS = pacts(
    charter={"consultative": 10},  # idle for the whole window
    force={"consultative": 0, "first_operation": 6, "pooled_money": "1"},
    short={"consultative": 4, "end": 20, "first_exit": 15},
    merged={"end": 30, "end_mode": "absorbed"},
    done={"consultative": 2, "first_operation": 12, "end": 40, "end_trigger": "task_done"},
    allies={"consultative": 5, "first_operation": -4, "end": 50, "end_mode": "member_left"},
    late={"consultative": 0, "first_operation": 90},
)


def test_rates_by_hand():
    fit = fit_stages(PACTS, LAST)
    assert (fit.n_pacts, fit.weight) == (7, 7.0)
    # paper: charter 10, short 4, done 2; merged 30 without; force and late met at once
    assert fit.consultative == Gamma(3.5, 10 + 4 + 30 + 2)
    # idle: charter 60, force 6, short 20, merged 30, done 12, late 60; allies fought before
    assert fit.operational == Gamma(2.5, 60 + 6 + 20 + 30 + 12 + 60)
    # at work: done 28, allies 50; force goes on, and whether it paid was coded later
    assert fit.integrated == Gamma(0.5, 28 + 50)
    lives = 60 + 60 + 20 + 30 + 40 + 50 + 60
    # allies ended with all in; short lost a member first; not absorbed, not task done
    assert fit.end == Gamma(1.5, lives - 5)
    assert fit.exit == Gamma(1.5, lives - 5)


def test_ends_that_follow_an_exit_by_hand():
    more = pacts(
        at_once={"end": 30, "first_exit": 30},
        month_after={"end": 31, "first_exit": 30},
        much_later={"end": 36, "first_exit": 30},
        merged_then={"end": 30, "first_exit": 30, "end_mode": "absorbed"},
        too_old={"end": 70, "first_exit": 70},
        goes_on={"first_exit": 12},
    )
    # five lost a member within the window, two of them broke up with it
    assert fit_stages(more, LAST).follow == Beta(2.5, 3.5)
    assert fit_stages(more, 129).follow == Beta(0.5, 1.5)


def test_unknown_dates_are_left_out_of_what_they_concern():
    more = pacts(odd={"consultative": 0, "first_operation": "unknown", "end": 70})
    both = pd.concat([PACTS, more], ignore_index=True)
    before, after = fit_stages(PACTS, LAST), fit_stages(both, LAST)
    assert after.operational == before.operational
    assert after.integrated == before.integrated
    assert after.end.rate == before.end.rate + 60
    money = pacts(odd={"first_operation": 0, "pooled_money": "unknown"})
    both = pd.concat([PACTS, money], ignore_index=True)
    assert fit_stages(both, LAST).integrated == before.integrated


def test_nested_pacts_share_one_weight():
    twins = pd.concat([PACTS, PACTS.assign(pact=PACTS["pact"] + "2")], ignore_index=True)
    nested = [(name, f"{name}2") for name in PACTS["pact"]]
    assert fit_stages(twins, LAST, nested).weight == 7.0
    for name in ("consultative", "operational", "integrated", "end", "exit"):
        one, two = (
            getattr(fit_stages(PACTS, LAST), name),
            getattr(fit_stages(twins, LAST, nested), name),
        )
        assert two == pytest.approx(one)
    assert fit_stages(twins, LAST).operational.shape == 4.5
    with pytest.raises(InputError, match="charter"):
        fit_stages(PACTS, LAST, [("charter", "force"), ("charter",)])


def test_nothing_after_the_last_month_changes_the_fit():
    last = 112
    fit, curve = fit_stages(PACTS, last), operation_curve(PACTS, last)
    later = PACTS.copy()
    for field in DATES:
        late = later[field] > last
        later[field] = later[field].where(~late, later[field] + 9)
    changed = (PACTS["end"] > last) & (PACTS["end_mode"] == "dissolved")
    later["end_mode"] = later["end_mode"].where(~changed, "absorbed")
    later = pd.concat([later, pacts(new={"first_operation": 1}).assign(signed=113)])
    assert fit_stages(later, last) == fit
    pd.testing.assert_frame_equal(operation_curve(later, last), curve)
    assert fit.operational == Gamma(2.5, 12 * 5 + 6)
    assert fit_stages(later, LAST) != fit_stages(PACTS, LAST)


def test_planted_rates_are_recovered():
    rng = np.random.default_rng(4)
    rows = {}
    for place in range(500):
        meets, works, ends, leaves = rng.geometric([0.05, 0.02, 0.01, 0.005]).tolist()
        rows[f"p{place}"] = {"consultative": meets, "first_operation": works, "end": ends}
        rows[f"p{place}"]["first_exit"] = leaves
        for field in ("consultative", "first_operation", "first_exit"):
            if rows[f"p{place}"][field] > ends:
                rows[f"p{place}"][field] = None
    fit = fit_stages(pacts(**rows), 100_000)
    for name, truth in {
        "consultative": 0.05,
        "operational": 0.02,
        "end": 0.01,
        "exit": 0.005,
    }.items():
        low, high = getattr(fit, name).interval(0.999)
        assert low < truth < high
        assert high / low < 2.5


def test_milestones_by_hand():
    found = milestones(PACTS, LAST)
    # idle at month 3: charter, force, short, merged, done, late
    assert found.operational[3:] == (2, 6)
    assert found.broken[3:] == (1, 6)
    assert found.operational.estimate == pytest.approx(1 / 3)
    tight = milestones(PACTS, LAST, idle_until=6)
    assert tight.operational[3:] == (1, 5)
    with pytest.raises(InputError):
        milestones(PACTS, 120, idle_until=39, by=39)


def test_pacts_not_followed_so_long_are_left_out():
    assert milestones(PACTS, 125).operational.n == 3  # force, short and done had finished
    with pytest.raises(InputError, match="followed"):
        milestones(PACTS[:1], 125)


def test_curve_by_hand():
    curve = operation_curve(PACTS, LAST).set_index("month")
    # seven pacts: allies at 0, force at 6, done at 12; short ends at 20, merged at 30
    for month, p in {0: 1 / 7, 5: 1 / 7, 6: 2 / 7, 12: 3 / 7, 60: 3 / 7}.items():
        assert curve.loc[month, "p_operational"] == pytest.approx(p)
    assert curve.loc[60, "p_ended"] == pytest.approx(2 / 7)
    assert curve.loc[[0, 1, 12, 13], "at_risk"].tolist() == [7, 6, 5, 4]
    censored = operation_curve(PACTS, 110).set_index("month")
    assert censored.loc[10, "p_operational"] == pytest.approx(2 / 7)


TRAITS = {"type": "both", "shared_insurgency": 0, "juntas_share": 0.0, "members_n": 3}
GROUPED = pacts(
    before={"first_operation": -2, "type": "joint_force", "shared_insurgency": 1},
    at_once={"first_operation": 0, "juntas_share": 0.5},
    charter={"first_operation": 20, "members_n": 5},
    force={"first_operation": 20, "first_exit": 30, "type": "joint_force", "shared_insurgency": 1},
    many={"external_backer": "many", "tier": "comparison", "shared_insurgency": 1},
    merged={"first_operation": 9, "end": 25, "end_mode": "absorbed", "juntas_share": 1.0},
).assign(**{"external_backer": lambda rows: rows["external_backer"].fillna("none")})
for _name, _value in TRAITS.items():
    GROUPED[_name] = GROUPED[_name].fillna(_value) if _name in GROUPED else _value


def test_groups_of_past_pacts_by_hand():
    found = group_milestones(GROUPED, LAST, 3, 36)
    # idle at month 3: charter works on, force loses a member, many never works, merged ends
    hits = {name: share[3:] for name, share in found.groups.items()}
    assert hits == {
        "core": (1, 3), "core_charter": (1, 2), "core_insurgency": (0, 1), "coup_regimes": (0, 1),
        "all": (1, 4), "insurgency": (0, 2), "small_no_backer": (0, 2),
    }  # fmt: skip
    each = [share.estimate for share in found.groups.values()]
    assert found.estimate == pytest.approx(np.mean(each))
    assert (found.lowest, found.highest) == (0.0, 0.5)
    assert found.lo == min(share.lo for share in found.groups.values()) == 0.0
    assert found.hi == max(share.hi for share in found.groups.values())
    works = group_milestones(GROUPED, LAST, 3, 36, what="operational").groups["core"]
    assert works[3:] == (3, 3)
    broken = group_milestones(GROUPED, LAST, 3, 36, what="broken").groups["core"]
    assert broken[3:] == (1, 3)  # being absorbed is no break


def test_an_operation_before_or_at_signature_is_one_in_month_0():
    found = group_milestones(GROUPED, LAST, 0, 36, worked=True)
    assert found.groups["all"][3:] == (2, 2)
    assert found.groups["core_insurgency"][3:] == (1, 1)
    assert "insurgency" in found.groups
    assert milestones(GROUPED, LAST, idle_until=0, tier="all").operational[3:] == (3, 4)


def test_pacts_that_work_count_only_if_followed_so_long():
    late = GROUPED.assign(signed=GROUPED["signed"] + 70)
    for field in DATES:
        late[field] += 70
    # month 30 is the last that is known: merged and force are over, charter may yet lose a member
    found = milestones(late, 200, idle_until=3, by=39, tier="all")
    assert found.operational[3:] == (3, 3)
    assert found.alive[3:] == (0, 2)


def test_no_group_without_a_pact():
    assert set(group_milestones(GROUPED[2:3], LAST, 3, 36).groups) == {
        "core",
        "core_charter",
        "all",
    }
    with pytest.raises(InputError, match="so"):
        group_milestones(GROUPED[:1], LAST, 3, 36)


PUBLISHED = {
    "core": ((5, 20), (2, 20)),
    "core_charter": ((1, 14), (1, 14)),
    "core_insurgency": ((4, 8), (1, 8)),
    "coup_regimes": ((2, 17), (3, 17)),
    "all": ((7, 35), (4, 35)),
    "insurgency": ((5, 11), (1, 11)),
}
"""Pacts idle and whole at month 3: operational by month 39, and ended or a member gone."""


def check_published(table: pd.DataFrame) -> None:
    for place, what in enumerate(("operational", "broken")):
        found = group_milestones(table, 528, 3, 36, what=what).groups
        assert {name: found[name][3:] for name in PUBLISHED} == {
            name: shares[place] for name, shares in PUBLISHED.items()
        }
    assert np.round(found["core_insurgency"][:3], 2).tolist() == [0.12, 0.03, 0.41]
    assert set(found) == set(GROUPS)


def test_groups_are_as_published(snapshot):
    check_published(snapshot.pacts)


def test_groups_from_the_raw_file_are_as_published(raw):
    check_published(read_pacts(raw / "pacts/pacts.csv"))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: fit_stages(PACTS, LAST, within=0), "within"),
        (lambda: fit_stages(PACTS, LAST, tier="best"), "tier"),
        (lambda: fit_stages(PACTS, 99), "last_month"),
        (lambda: fit_stages(PACTS, LAST, tier="comparison"), "last_month"),
        (lambda: milestones(PACTS, LAST, idle_until=-1), "idle_until"),
    ],
)
def test_bad_input_is_refused(call, field):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field


def test_wilson_as_published():
    assert np.round(wilson(5, 20)[:3], 2).tolist() == [0.25, 0.13, 0.43]
    assert np.round(wilson(2, 20)[:3], 2).tolist() == [0.10, 0.03, 0.26]


@pytest.mark.parametrize(
    ("tier", "works", "breaks"), [("core", (5, 20), (2, 20)), ("all", (7, 35), (4, 35))]
)
def test_real_milestones_are_as_published(snapshot, tier, works, breaks):
    found = milestones(snapshot.pacts, 528, tier=tier)
    assert found.operational[3:] == works
    assert found.broken[3:] == breaks
    assert found.curve["p_operational"].iloc[-1] == pytest.approx(works[0] / works[1])


@pytest.mark.parametrize(("tier", "p"), [("core", (0.33, 0.41)), ("all", (0.31, 0.36))])
def test_real_curves_are_as_published(snapshot, tier, p):
    curve = operation_curve(snapshot.pacts, 528, tier=tier).set_index("month")["p_operational"]
    assert np.round(curve.loc[[12, 36]], 2).tolist() == list(p)
