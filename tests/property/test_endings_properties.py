"""Properties of endings: one each, whatever the order, and leniency never costs a success."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liptako.outcomes import classify as endings
from liptako.outcomes.classify import HORIZONS, Exit, Outcomes, classify, from_frames, to_frames
from liptako.theatre.scenario import EndingThresholds

KINDS = ("alliance", "regimes", "insurgents", "ending", "sub_ending")
NAMES = (
    endings.ALLIANCE,
    endings.REGIMES,
    endings.INSURGENTS,
    endings.ENDINGS,
    endings.SUB_ENDINGS,
)
LOSSES = ("coup_other_camp", "coup_same_camp", "rebellion", "negotiated")
OF_NO_SUCCESS = {"contained_share", "spread_deaths"}
MEMBERS = 60
quick = settings(max_examples=60, deadline=None, derandomize=True)


def world(seed: int) -> Outcomes:
    """Members near every threshold, some exactly at one."""
    rng = np.random.default_rng(seed)
    yearly, monthly = (MEMBERS, 3, 3), (MEMBERS, 36, 3)
    calm, worse = rng.integers(1, 6, (MEMBERS, 1, 1)), rng.integers(0, 2, (MEMBERS, 1, 1))
    return Outcomes(
        countries=("AAA", "BBB", "CCC"),
        inflicted=20.0 * calm + 5.0 * rng.integers(0, 5, yearly) + worse * [0, 0, 60],
        attacked=rng.integers(5, 21, yearly),
        exits=rng.integers(1, len(Exit), monthly) * (rng.random(monthly) < 0.003),
        stage=np.minimum(np.cumsum(rng.random(monthly[:2]) < 0.02, axis=1), 4),
        left=np.cumsum(rng.random(monthly) < 0.001, axis=1) > 0,
        joint_acts=rng.poisson(0.2, monthly[:2]),
        baseline_inflicted=np.array([100.0, 100.0, 100.0]),
        baseline_attacked=np.array([20.0, 20.0, 20.0]),
        elsewhere=50.0 * rng.integers(0, 4, yearly[:2]),
    )


@st.composite
def thresholds(draw) -> EndingThresholds:
    return EndingThresholds(
        min_joint_acts=draw(st.integers(0, 5)),
        rolled_back_share=draw(st.sampled_from([0.2, 0.35, 0.5, 0.65, 0.8, 1.0])),
        rolled_back_members=draw(st.integers(1, 3)),
        others_at_most=draw(st.sampled_from([1.0, 1.1, 1.5])),
        attacked_cells_share=draw(st.sampled_from([0.4, 0.6, 0.75, 0.9, 1.0])),
        changed_by=draw(st.lists(st.sampled_from(LOSSES), min_size=1, unique=True)),
    )


def succeeded(outcomes: Outcomes, own: EndingThresholds, months: int) -> np.ndarray:
    return classify(outcomes, own, months).ending == endings.ENDINGS.index("succeeds")


def lenient(own: EndingThresholds, name: str, by: float) -> EndingThresholds:
    change: dict[str, Any] = {
        "min_joint_acts": max(0, own.min_joint_acts - round(1 + 3 * by)),
        "rolled_back_share": min(1.0, own.rolled_back_share + 0.5 * by),
        "rolled_back_members": max(1, own.rolled_back_members - round(1 + by)),
        "others_at_most": own.others_at_most + by,
        "attacked_cells_share": min(1.0, own.attacked_cells_share + 0.5 * by),
        "contained_share": own.contained_share + by,
        "spread_deaths": own.spread_deaths * (1.0 + by),
        "changed_by": own.changed_by[: max(1, len(own.changed_by) - 1)],
    }
    return own.model_copy(update={name: change[name]})


@given(st.integers(0, 2**31 - 1), thresholds(), st.sampled_from(HORIZONS))
@quick
def test_each_member_has_exactly_one_ending(seed, own, months):
    found = classify(world(seed), own, months)
    for kind, names in zip(KINDS, NAMES, strict=True):
        codes = getattr(found, kind)
        assert codes.shape == (MEMBERS,)
        assert np.isin(codes, np.arange(len(names))).all()
    fails = found.alliance > 0
    held = np.where(found.insurgents == 0, 0, 1)
    expected = np.where(fails, 2, np.where(found.regimes == 1, 3, held))
    np.testing.assert_array_equal(found.ending, expected)
    np.testing.assert_array_equal(endings.ENDING_OF_SUB[found.sub_ending], expected)
    assert sum(found.share(name) for name in endings.ENDINGS) == pytest.approx(1.0)
    assert sum(found.share(name) for name in endings.SUB_ENDINGS) == pytest.approx(1.0)
    assert endings.ending_table(found)["members"].sum() == MEMBERS


@given(st.integers(0, 2**31 - 1), thresholds(), st.sampled_from(HORIZONS))
@quick
def test_the_order_of_members_and_of_countries_changes_nothing(seed, own, months):
    outcomes = world(seed)
    rng = np.random.default_rng(seed + 1)
    order, turn = rng.permutation(MEMBERS), rng.permutation(3)

    def turned(name: str) -> np.ndarray:
        array = getattr(outcomes, name)
        array = array[order] if len(array) == MEMBERS else array
        by_country = array.shape[-1] == 3 and name != "elsewhere"
        return array[..., turn] if by_country else array

    arrays = {field.name: turned(field.name) for field in fields(Outcomes)[1:]}
    names = tuple(outcomes.countries[i] for i in turn)
    one = classify(outcomes, own, months)
    other = classify(replace(outcomes, countries=names, **arrays), own, months)
    for kind in KINDS:
        np.testing.assert_array_equal(getattr(other, kind), getattr(one, kind)[order])


@pytest.mark.parametrize("name", list(EndingThresholds.model_fields))
@given(st.integers(0, 2**31 - 1), thresholds(), st.floats(0.0, 1.0), st.sampled_from(HORIZONS))
@quick
def test_leniency_never_costs_a_success(name, seed, own, by, months):
    outcomes = world(seed)
    before = succeeded(outcomes, own, months)
    after = succeeded(outcomes, lenient(own, name, by), months)
    assert (after >= before).all()


@pytest.mark.parametrize("name", sorted(set(EndingThresholds.model_fields) - OF_NO_SUCCESS))
def test_leniency_matters_in_these_worlds(name):
    own = EndingThresholds(rolled_back_share=0.65)
    before, after = (
        sum(succeeded(world(seed), given_, 36).sum() for seed in range(40))
        for given_ in (own, lenient(own, name, 1.0))
    )
    assert 0 < before < after


@given(st.integers(0, 2**31 - 1), st.integers(1, 600))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_tables_hold_all_that_endings_need(seed, first_month):
    outcomes = world(seed)
    kept = from_frames(to_frames(outcomes, first_month))
    for field in fields(Outcomes):
        np.testing.assert_array_equal(getattr(kept, field.name), getattr(outcomes, field.name))
