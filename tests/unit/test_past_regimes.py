"""Ends of regimes born of coups: counted by hand, pooled to known limits, recovered from draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from liptako import calendar
from liptako.data import regimes as data
from liptako.errors import InputError
from liptako.inference.past_cases import regime_survival, regime_ties
from liptako.inference.past_cases.politics import past_regimes
from liptako.inference.past_cases.rates import Gamma
from liptako.inference.past_cases.regime_spells import (
    BANDS,
    CAUSES,
    band_of,
    regime_months,
    regime_spells,
)
from liptako.inference.past_cases.regimes import (
    SHAPES,
    STRENGTHS,
    attempts_against,
    cohort_factor,
    decade_start,
    exit_chances,
    fit_regimes,
    home_of,
    pooled_rates,
    spread_shape,
    success_share,
    survival,
    survival_with_factor,
)
from regime_fixtures import LAST, coups, regimes, world

HAND, OTHERS, INSIDERS, FORCE = range(4)
TRUE = {
    "handed_over": np.array([0.010, 0.012, 0.004, 0.004, 0.003]),
    "coup_others": np.array([0.008, 0.004, 0.003, 0.002, 0.001]),
    "force": np.array([0.003, 0.002, 0.002, 0.001, 0.002]),
}


# Counting.


def test_an_end_after_k_months_closes_k_months_and_falls_at_the_age_before():
    table = regimes(
        {"country": "AAA", "coup": 0, "end": 6, "mode": "election"},
        {"country": "BBB", "coup": 0, "end": 7, "mode": "coup_out"},
        {"country": "CCC", "coup": 0, "end": 130, "mode": "foreign"},
        {"country": "DDD", "coup": 10, "end": 10, "mode": "negotiated"},
        {"country": "EEE", "coup": LAST - 30},
    )
    spells = regime_spells(table, LAST)
    assert spells.exposure.tolist() == [
        [6, 0, 0, 0, 0], [6, 1, 0, 0, 0], [6, 18, 36, 60, 10], [0, 0, 0, 0, 0], [6, 18, 6, 0, 0],
    ]  # fmt: skip
    expected = np.zeros((len(CAUSES), len(BANDS)))
    expected[HAND, 0] = 2
    expected[OTHERS, 1] = 1
    expected[FORCE, 4] = 1
    np.testing.assert_array_equal(spells.events.sum(axis=0), expected)


def test_months_at_risk_are_those_of_the_exposure():
    table = world(1, TRUE, n=60)
    spells = regime_spells(table, LAST)
    months = regime_months(spells)
    band = band_of(months["age"].to_numpy(int))
    found = np.zeros_like(spells.exposure)
    np.add.at(found, (months["spell"].to_numpy(int), band), 1.0)
    np.testing.assert_array_equal(found, spells.exposure)
    first = months.groupby("spell")["month"].min()
    assert (first == spells.table["coup"].to_numpy()[first.index] + 1).all()
    ends = spells.times.merge(months, on=["spell", "month"])
    assert (ends["age_x"] == ends["age_y"]).all()


def test_insiders_end_no_regime_and_count_once():
    table = regimes(
        {"country": "AAA", "coup": 0, "end": 100, "mode": "election",
         "junta": (30, "coup_in"), "leader": (30, "coup_in")},
        {"country": "AAA", "coup": 30, "end": 100, "mode": "election", "new": 0.0},
        {"country": "AAA", "coup": 70, "end": 100, "mode": "election", "new": 0.0},
        {"country": "BBB", "coup": 30, "end": 60, "mode": "coup_out", "leader": (60, "coup_in")},
        {"country": "CCC", "coup": 0, "end": 50, "mode": "insider"},
        {"country": "DDD", "coup": 20, "end": LAST, "new": 0.0},
    )  # fmt: skip
    spells = regime_spells(table, LAST)
    assert len(spells.table) == 3
    assert spells.events[:, INSIDERS].sum(axis=1).tolist() == [2, 0, 1]
    assert spells.events[0, INSIDERS].tolist() == [0, 0, 1, 1, 0]
    assert spells.events[:, OTHERS].sum() == 1
    assert spells.exposure.sum(axis=1).tolist() == [100, 30, 50]


def test_what_comes_after_the_cut_is_not_counted(snapshot):
    month = calendar.month_id(1990, 1)
    cut = snapshot.until(month)
    for table in (snapshot.regimes, cut.regimes):
        spells = regime_spells(table, month)
        assert spells.times["month"].max() <= month
        assert (spells.table["coup"] + spells.exposure.sum(axis=1) <= month).all()
    a, b = (regime_spells(table, month).events for table in (snapshot.regimes, cut.regimes))
    np.testing.assert_array_equal(a, b)
    one, other = (
        fit_regimes(s.regimes, s.coups_world, month, "Western Africa") for s in (snapshot, cut)
    )
    np.testing.assert_array_equal(one.shape, other.shape)
    assert one.success == other.success
    assert one.cohort_from == calendar.month_id(1990, 1)


def test_the_record_is_counted_as_by_hand(snapshot):
    spells = regime_spells(snapshot.regimes, LAST)
    assert len(spells.table) == 177
    assert spells.exposure.sum() == spells.table["months"].sum()
    ended = spells.table["mode"].value_counts()
    totals = spells.events.sum(axis=(0, 2))
    assert totals[HAND] == ended["election"] + ended["negotiated"]
    assert totals[OTHERS] == ended["coup_out"]
    assert totals[FORCE] == ended["uprising"] + ended["rebellion"] + ended["foreign"]


# Pooling.


def test_strong_pooling_is_the_world_and_weak_pooling_the_region_alone():
    table = world(2, TRUE)
    spells = regime_spells(table, LAST)
    own = (spells.table["subregion"] == "S3").to_numpy()
    strong = pooled_rates(spells, strength=1e12)
    weak = pooled_rates(spells, strength=1e-9)
    shape, rate = strong.of("S3")
    n, t = spells.events.sum(axis=0), spells.exposure.sum(axis=0)
    overall = (n.sum(axis=1) + 0.5) / t.sum()
    np.testing.assert_allclose(shape, 1 + n)
    np.testing.assert_allclose(rate, 1 / overall[:, None] + t)
    shape, rate = weak.of("S3")
    np.testing.assert_allclose(shape, spells.events[own].sum(axis=0), atol=1e-6)
    np.testing.assert_allclose(rate, np.tile(spells.exposure[own].sum(axis=0), (4, 1)), atol=1e-3)


def test_a_pooled_rate_lies_between_the_regions_and_the_others():
    table = regimes(
        *({"country": f"A{i}", "coup": 0, "end": 3, "mode": "election"} for i in range(8)),
        *({"country": f"B{i}", "coup": 0, "end": 5, "subregion": "T", "mode": "coup_out"}
          for i in range(40)),
    )  # fmt: skip
    spells = regime_spells(table, LAST)
    for strength in (0.5, 5.0, 50.0):
        shape, rate = pooled_rates(spells, strength=strength).of("S")
        others = pooled_rates(spells.where(np.arange(48) >= 8), strength=1e9).of("T")
        mean, outside = shape / rate, others[0] / others[1]
        assert outside[HAND, 0] < mean[HAND, 0] < 8 / 24
        assert 0 < mean[OTHERS, 0] < outside[OTHERS, 0]
    means = [
        np.divide(*pooled_rates(spells, strength=k).of("S"))[HAND, 0] for k in (0.5, 5.0, 50.0)
    ]
    assert means == sorted(means, reverse=True)


def test_the_strength_is_high_for_one_world_and_low_for_many():
    alike = pooled_rates(regime_spells(world(3, TRUE, n=1200), LAST))
    assert alike.strength[HAND] > 20
    parts = []
    for place in range(8):
        factor = 8.0 if place % 2 else 0.2
        rates = TRUE | {"handed_over": TRUE["handed_over"] * factor}
        part = world(10 + place, rates, n=150, subregions=1)
        parts.append(part.assign(subregion=f"S{place}"))
    apart = pooled_rates(regime_spells(pd.concat(parts, ignore_index=True), LAST))
    assert apart.strength[HAND] < 4
    assert set(apart.strength) <= set(STRENGTHS)


def test_a_region_without_regimes_has_the_world_with_the_spread_between_regions():
    spells = regime_spells(world(4, TRUE), LAST)
    rates = pooled_rates(spells, strength=5.0)
    shape, rate = rates.of("nowhere")
    for part in rates.of(None):
        assert part.shape == (4, 5)
    whole = pooled_rates(spells, strength=1e12).of(None)
    np.testing.assert_allclose(shape / rate, whole[0] / whole[1])
    assert (shape < 5.0).all()


def test_known_rates_are_covered():
    """Of 15 rates in 20 worlds, 90% intervals miss at most 52 of 300 (chance below 1e-4)."""
    missed = 0
    for seed in range(20):
        fit = fit_regimes(world(100 + seed, TRUE, n=500), coups(), LAST, "S0")
        for name, true in TRUE.items():
            place = fit.causes.index(name)
            for band in range(len(BANDS)):
                gamma = Gamma(float(fit.shape[place, band]), float(fit.rate[place, band]))
                low, high = gamma.interval()
                missed += not low <= true[band] <= high
    assert missed <= 52


# The cohort's factor.


def test_the_factor_is_conjugate_and_its_spread_that_of_earlier_decades():
    rows = [
        {"country": f"A{i:02d}", "coup": calendar.month_id(1960 + i, 1), "mode": "election",
         "end": calendar.month_id(1960 + i, 1) + 12}
        for i in range(50)
    ]  # fmt: skip
    young = [{"country": f"B{i}", "coup": calendar.month_id(2020, 1 + i)} for i in range(6)]
    spells = regime_spells(regimes(*rows, *young), LAST)
    cohort_from = calendar.month_id(2020, 1)
    before, (a, b) = cohort_factor(spells, cohort_from, shape=3.0)
    assert a == 3.0
    mean = np.divide(*before.of("S"))[HAND]
    assert b == pytest.approx(3.0 + (spells.exposure[50:].sum(axis=0) * mean).sum())
    assert before.shape[..., HAND, :].sum() == pytest.approx(
        cohort_factor(spells.where(np.arange(56) < 50), cohort_from)[0].shape[..., HAND, :].sum()
    )
    _, (a, b) = cohort_factor(spells, cohort_from)
    assert a == SHAPES[-1]
    assert a < b


def test_the_spread_between_groups_is_found():
    rng = np.random.default_rng(5)
    expected = np.full(400, 15.0)
    assert spread_shape(rng.poisson(expected).astype(float), expected) > 50
    events = rng.poisson(expected * rng.gamma(4.0, 0.25, 400)).astype(float)
    assert 3 < spread_shape(events, expected) < 5.5


def test_the_cohort_is_born_since_the_decade_began(snapshot):
    assert decade_start(calendar.month_id(2029, 12)) == calendar.month_id(2020, 1)
    fit = fit_regimes(snapshot.regimes, snapshot.coups_world, LAST, "Western Africa")
    assert fit.cohort_from == calendar.month_id(2020, 1)
    shape, rate = fit.cohort
    assert 0.5 < shape / rate < 1.0
    earlier = snapshot.regimes[snapshot.regimes["coup"] < fit.cohort_from]
    alone = pooled_rates(regime_spells(earlier, LAST)).of("Western Africa")
    np.testing.assert_array_equal(fit.before_shape, alone[0][HAND])
    np.testing.assert_array_equal(fit.before_rate, alone[1][HAND])


# Chances.


def test_survival_is_the_mean_over_draws_of_the_rates():
    fit = fit_regimes(world(6, TRUE), coups(), LAST, "S1")
    for age in (5, 23, 118):
        found = exit_chances(fit, age, 36, n_draws=40_000)
        exact = survival(fit.shape[None], fit.rate[None], np.array([age]), 36)[0]
        assert found["survival"][-1] == pytest.approx(exact, abs=0.004)
        total = sum(found.values())
        np.testing.assert_allclose(total, 1.0)
        assert set(found) == {"handed_over", "coup_others", "force", "survival"}
        assert all((np.diff(found[name]) >= 0).all() for name in found if name != "survival")


def test_a_factor_of_one_changes_nothing_and_a_small_one_keeps_regimes():
    fit = fit_regimes(world(7, TRUE), coups(), LAST, "S1")
    rates = (fit.shape[None], fit.rate[None])
    ages = np.array([12])
    plain = survival(*rates, ages, 24)
    same = survival_with_factor(rates, rates, (1e7, 1e7), ages, 24)
    np.testing.assert_allclose(same, plain, rtol=1e-4)
    none = survival_with_factor(rates, rates, (1e7, 1e12), ages, 24)
    without = fit.shape.copy()
    without[HAND] = 0.0
    np.testing.assert_allclose(none, survival(without[None], rates[1], ages, 24), rtol=1e-4)
    wide = exit_chances(fit, 12, 24, cohort=True, n_draws=40_000)["survival"][-1]
    before = fit.shape.copy(), fit.rate.copy()
    before[0][HAND], before[1][HAND] = fit.before_shape, fit.before_rate
    exact = survival_with_factor(rates, (before[0][None], before[1][None]), fit.cohort, ages, 24)
    assert wide == pytest.approx(float(exact[0]), abs=0.004)


def test_success_is_counted_against_sitting_regimes_only():
    table = regimes(
        {"country": "AAA", "coup": 10, "end": 40, "mode": "coup_out"},
        {"country": "AAA", "coup": 30, "flag": "self"},
        {"country": "AAA", "coup": 40, "end": LAST},
    )
    events = coups(
        ("AAA", 5, 0), ("AAA", 10, 1), ("AAA", 20, 0), ("AAA", 30, 1), ("AAA", 40, 1),
        ("AAA", 60, 0), ("BBB", 20, 1),
    )  # fmt: skip
    found = attempts_against(table, events)
    assert found[["month", "success"]].to_numpy().tolist() == [[20, 0], [40, 1], [60, 0]]
    assert found["age"].tolist() == [9, 29, 19]
    assert success_share(table, events, LAST) == (1.5, 2.5)
    assert success_share(table, events, 30) == (0.5, 1.5)


def test_a_home_is_where_most_countries_are(snapshot):
    table = regimes({"country": "AAA", "subregion": "S"}, {"country": "BBB", "subregion": "T"},
                    {"country": "CCC", "subregion": "T"})  # fmt: skip
    assert home_of(table, ("AAA", "BBB", "CCC", "ZZZ")) == "T"
    assert home_of(table, ("ZZZ",)) is None
    fit = past_regimes(snapshot, ("MLI", "BFA", "NER", "DZA"))
    own = fit_regimes(snapshot.regimes, snapshot.coups_world, LAST, "Western Africa")
    assert fit is not None
    np.testing.assert_array_equal(fit.mean, own.mean)
    assert past_regimes(snapshot.until(calendar.month_id(1940, 1)), ("MLI",)) is None


def test_nothing_to_follow_is_refused():
    with pytest.raises(InputError, match="no regime"):
        fit_regimes(data.no_regimes(), coups(), LAST)


# Base rates.


def test_survival_is_that_of_an_oracle():
    table = world(8, TRUE, n=200)
    rows = data.spells(table, "regime")
    found = regime_survival.base_rate(table, "regime", (5, 23, 40), 36)
    for age, value, at_risk in zip((5, 23, 40), found.survival, found.at_risk, strict=True):
        there = rows[rows["months"] > age]
        fitter = KaplanMeierFitter().fit(there["months"], there["event"], entry=None)
        assert value == pytest.approx(float(fitter.predict(age + 36)))
        assert at_risk == len(there)
    assert found.product == pytest.approx(np.prod(found.survival))
    assert found.lo < found.product < found.hi


def test_survival_by_hand_by_class():
    table = regimes(
        {"country": "AAA", "coup": 0, "end": 20, "mode": "election"},
        {"country": "BBB", "coup": 0, "end": 60, "mode": "election"},
        {"country": "CCC", "coup": 200, "end": 212, "mode": "election"},
        {"country": "DDD", "coup": 200, "end": 260, "mode": "election", "subregion": "T"},
        {"country": "EEE", "coup": LAST - 15},
    )
    rate = regime_survival.base_rate
    found = rate(table, "regime", (12,), 12)
    assert found.at_risk == (4,)
    assert found.survival == pytest.approx((2 / 3,))  # one of three: the fourth was last seen at 15
    assert rate(table, "regime", (12,), 12, born_from=100).survival == (1.0,)
    assert rate(table, "regime", (5,), 12, born_from=100, subregion="T").at_risk == (1,)
    with pytest.raises(InputError, match="nobody"):
        rate(table, "regime", (300,), 12)


def test_base_rates_of_the_raw_file_are_those_of_its_readme(raw, theatre_folder, tmp_path):
    """With the rows that are not shipped; 0.39, 0.27 and 0.11, at risk 5, 11 and 21 in the last."""
    rows = pd.read_csv(raw / "regimes_world/regimes_world.csv", dtype=str, keep_default_na=False)
    rows.assign(source="all").to_csv(tmp_path / "all.csv", index=False)
    table = data.read_regimes(tmp_path / "all.csv", theatre_folder / "regime_overlaps.toml")
    classes: tuple[tuple[dict[str, Any], float, float, float], ...] = (
        ({}, 0.39, 0.33, 0.48),
        ({"born_from": calendar.month_id(1990, 1)}, 0.27, 0.15, 0.46),
        ({"born_from": calendar.month_id(1985, 1), "subregion": "Western Africa"}, 0.11, 0, 0.30),
    )
    for kept, p, lo, hi in classes:
        found = regime_survival.base_rate(table, "regime", (40, 23, 5), 36, **kept)
        assert found.product == pytest.approx(p, abs=0.006)
        assert found.lo == pytest.approx(lo, abs=0.025)
        assert found.hi == pytest.approx(hi, abs=0.025)
    assert found.at_risk == (5, 11, 21)


def test_base_rates_that_are_shipped_are_near(snapshot):
    found = regime_survival.base_rate(snapshot.regimes, "regime", (40, 23, 5), 36)
    assert found.product == pytest.approx(0.39, abs=0.01)


def test_three_at_once_by_hand():
    table = regimes(
        {"country": "AAA", "coup": 0, "end": 30, "mode": "election"},
        {"country": "BBB", "coup": 1}, {"country": "CCC", "coup": 2},
        {"country": "DDD", "coup": 3, "subregion": "T"}, {"country": "EEE", "coup": 9},
    )  # fmt: skip
    found = regime_survival.three_at_once(table, "regime", (10,), 36, block=1)
    assert (found.share, found.groups) == (1 / 4, 4)
    assert found.cube == pytest.approx((3 / 4) ** 3)
    inside = regime_survival.three_at_once(table, "regime", (10,), 36, within="subregion")
    assert (inside.share, inside.groups) == (0.0, 1)
    with pytest.raises(InputError, match="three"):
        regime_survival.three_at_once(table, "regime", (200,), 36)


# Ties.


def test_a_shared_frailty_is_found_and_none_is_none():
    rng = np.random.default_rng(9)
    expected = rng.uniform(0.5, 4.0, 500)
    none = regime_ties.variance_of(rng.poisson(expected).astype(float), expected)
    assert none.lo == 0.0
    assert none.hi < 0.15
    shared = rng.gamma(2.0, 0.5, 500)
    some = regime_ties.variance_of(rng.poisson(expected * shared).astype(float), expected)
    assert 0.35 < some.estimate < 0.7
    assert 0.3 < some.lo < some.estimate < some.hi


def test_contagion_is_the_ratio_of_rates_after_one_elsewhere():
    targets = [{"country": f"A{i:02d}", "coup": 0} for i in range(30)]
    sparks = [{"country": "ZZZ", "coup": month, "flag": "X"} for month in range(24, 500, 24)]
    table = regimes(*targets, *sparks)
    rng = np.random.default_rng(11)
    after = np.array([0 < (month - 24) % 24 <= 12 and month > 24 for month in range(1, 501)])
    events = [
        (f"A{i:02d}", month, 0)
        for i in range(30)
        for month in range(1, 501)
        if rng.random() < (0.06 if after[month - 1] else 0.02)
    ]
    found = regime_ties.contagion_ratio(table, coups(*events), 500, attempts=True)
    assert found.lo < 3.0 < found.hi
    assert found.estimate == pytest.approx(3.0, rel=0.25)
    alone = table.assign(subregion=table["country"])
    with pytest.raises(InputError, match="compare"):
        regime_ties.contagion_ratio(alone, coups(*events), 500, attempts=True)


def test_attempts_in_windows_by_hand():
    table = regimes({"country": "AAA", "coup": 10, "end": 50, "mode": "election"})
    events = coups(("AAA", 10, 1), ("AAA", 12, 0), ("AAA", 46, 0), ("AAA", 47, 0), ("BBB", 3, 0),
                   ("BBB", 3, 0), ("BBB", 4, 0))  # fmt: skip
    count = regime_ties.attempts_in_window
    found = count(table, events, 100, first_month=11)
    assert (found.maximum, found.world_maximum, found.windows) == (3, 3, 40)
    assert count(table, events, 100, first_month=1).world_maximum == 3
    by_origin = [
        sum(origin < month <= origin + 36 for month in (12, 46, 47)) for origin in range(10, 50)
    ]
    assert found.mean == pytest.approx(np.mean(by_origin))
    both = count(table, events, 100, first_month=1, countries=("AAA", "BBB"), together=True)
    assert both.maximum == 5
    with pytest.raises(InputError, match="window"):
        count(table, events, 30, first_month=11)
