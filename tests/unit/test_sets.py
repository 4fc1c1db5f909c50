"""Ranges over assumption sets: planted spreads come back, noise alone gives next to none."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.outcomes import ranges as module
from liptako.outcomes.ranges import Range, set_numbers, variance_by_status

SETS = np.arange(2000) % 100
RUNS = 300


def over_sets(values, sets) -> Range:
    """Return the range over one grouping."""
    return module.over_sets(values, {"only": sets})


def planted(rng: np.random.Generator, p: float, sd: float) -> np.ndarray:
    """Probabilities of 100 sets, Beta with this mean and standard deviation."""
    size = p * (1 - p) / sd**2 - 1
    return rng.beta(p * size, (1 - p) * size, 100)


def many(p: float, sd: float, seed: int = 1) -> tuple[list, list]:
    rng = np.random.default_rng(seed)
    truths = [planted(rng, p, sd) if sd else np.full(100, p) for _ in range(RUNS)]
    ranges = [over_sets(rng.random(2000) < truth[SETS], SETS) for truth in truths]
    return truths, ranges


@pytest.mark.parametrize(("p", "sd"), [(0.3, 0.1), (0.08, 0.06), (0.5, 0.25)])
def test_a_planted_spread_comes_back(p, sd):
    truths, ranges = many(p, sd)
    variance = np.mean([r.between_sd**2 for r in ranges])
    assert variance == pytest.approx(sd**2, rel=0.06)
    inside = [((t >= r.lo) & (t <= r.hi)).mean() for t, r in zip(truths, ranges, strict=True)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)


def test_chance_within_sets_is_told_apart():
    truths, ranges = many(0.3, 0.1)
    error = [r.mean - t.mean() for t, r in zip(truths, ranges, strict=True)]
    assert np.mean([r.mcse for r in ranges]) == pytest.approx(np.std(error), rel=0.12)
    spread = np.std([r.mean for r in ranges])
    assert spread > 1.2 * np.std(error), "sets add to the spread of the mean"


def test_noise_alone_gives_a_range_of_what_it_could_hide():
    _, ranges = many(0.3, 0.0)
    sd = np.array([r.between_sd for r in ranges])
    assert 0.4 < (sd == 0).mean() < 0.65
    width = np.array([r.hi - r.lo for r in ranges])
    hidden = np.array([r.hidden_sd for r in ranges])
    assert (width > 3.2 * hidden).all(), "never a range of one number"
    assert width.mean() < 0.15
    assert np.std(sd[sd > 0] ** 2) == pytest.approx(np.mean(hidden**2), rel=0.6)
    assert np.quantile(sd, 0.95) == pytest.approx(0.11 * np.sqrt(0.21), rel=0.15)
    means = (np.random.default_rng(1).random(2000) < 0.3).reshape(20, 100).mean(0)
    assert means.std() > 0.08, "means of sets differ although no set does"


def test_noise_fades_with_members():
    rng = np.random.default_rng(2)
    sets = np.arange(40_000) % 100
    found = [over_sets(rng.random(40_000) < 0.3, sets) for _ in range(40)]
    widths = [one.hi - one.lo for one in found]
    assert 0 < np.mean(widths) < 0.04
    assert min(one.between_sd for one in found) == 0


def test_set_sizes_may_differ():
    rng = np.random.default_rng(3)
    size = rng.integers(1, 60, 100)
    sets = np.repeat(np.arange(100), size)
    found = []
    for _ in range(RUNS):
        order = rng.permutation(len(sets))
        truth = planted(rng, 0.3, 0.1)
        found.append(over_sets((rng.random(len(sets)) < truth[sets])[order], sets[order]))
    assert np.mean([r.between_sd**2 for r in found]) == pytest.approx(0.01, rel=0.08)


def test_a_few_sets_of_very_different_size():
    rng = np.random.default_rng(9)
    sets = np.repeat(np.arange(4), [400, 10, 10, 10])
    found = [
        over_sets(rng.normal(0, 2, 4)[sets] + rng.normal(0, 1, len(sets)), sets).between_sd ** 2
        for _ in range(2000)
    ]
    assert np.mean(found) == pytest.approx(4.0, rel=0.1)


def test_sets_of_one_size_give_the_plain_formula():
    rng = np.random.default_rng(4)
    truth = planted(rng, 0.4, 0.15)
    values = (rng.random(2000) < truth[SETS]).astype(float)
    by_set = values.reshape(20, 100)
    plain = by_set.mean(0).var(ddof=1) - by_set.var(0, ddof=1).mean() / 20
    found = over_sets(values, SETS)
    assert found.between_sd == pytest.approx(np.sqrt(plain))
    assert found.mean == values.mean()
    assert found.mcse == pytest.approx(np.sqrt(by_set.var(0, ddof=1).mean() / 2000), rel=0.01)


def test_the_ends_have_the_mean_and_variance_they_are_made_from():
    # Two sets certain to differ: 0.25 and 0.75, no noise beyond that of counting.
    values = np.r_[np.arange(4000) % 4 == 0, np.arange(4000) % 4 != 0]
    found = over_sets(values, np.repeat([0, 1], 4000))
    assert found.mean == 0.5
    assert found.between_sd == pytest.approx(0.125 * 8**0.5, rel=1e-3)
    assert found.lo == pytest.approx(1 - found.hi)
    assert 0 < found.lo < 0.05


def test_other_values_than_probabilities_have_normal_ends():
    rng = np.random.default_rng(5)
    effect = rng.normal(0, 40, 100)
    values = 1000 + effect[SETS] + rng.normal(0, 100, 2000)
    found = over_sets(values, SETS)
    assert found.between_sd == pytest.approx(effect.std(ddof=1), rel=0.2)
    assert found.hi - found.mean == pytest.approx(1.645 * found.between_sd, rel=1e-3)
    assert found.mean - found.lo == pytest.approx(1.645 * found.between_sd, rel=1e-3)
    assert over_sets(values / 10_000, SETS).lo > 0


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_what_always_or_never_comes_has_no_range(p):
    assert over_sets(np.full(2000, p), SETS) == (p, p, p, 0.0, 0.0, 0.0)


def test_sets_that_decide_everything_stay_between_0_and_1():
    found = over_sets((SETS < 30).astype(int), SETS)
    assert 0 <= found.lo < 1e-6
    assert 1 - 1e-6 < found.hi <= 1
    assert found.mcse == 0.0
    assert found.between_sd == pytest.approx(np.sqrt(0.21), rel=0.01)


def test_a_spread_that_is_next_to_nothing_is_no_trouble():
    rng = np.random.default_rng(6)
    for scale in (1e-2, 1e-4, 1e-8, 1e-10):
        effect = 0.001 * scale * rng.normal(0, 1, 100)
        found = over_sets(0.001 + effect[SETS], SETS)
        sd = effect.std(ddof=1)
        np.testing.assert_allclose(
            (found.lo - found.mean, found.hi - found.mean), (-1.645 * sd, 1.645 * sd), rtol=0.02
        )


@pytest.mark.parametrize("sets", [np.arange(50), np.zeros(50)])
def test_what_cannot_be_told_from_chance_is_not_given(sets):
    found = over_sets(np.arange(50) % 2, sets)
    assert found.mean == 0.5
    assert np.isnan([found.lo, found.hi, found.between_sd]).all()
    assert found.mcse == pytest.approx(np.sqrt(0.25 / 50), rel=0.02)


# groupings


def test_groupings_are_balanced_and_cross():
    members = np.arange(2000)
    numbers = set_numbers(members)
    assert list(numbers) == ["judgement", "reference class", "estimated"]
    for number in numbers.values():
        np.testing.assert_array_equal(np.bincount(number), np.full(100, 20))
    names = list(numbers)
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        pairs = 100 * numbers[names[one]] + numbers[names[other]]
        assert len(np.unique(pairs)) == 2000, "no two members share two sets"
    np.testing.assert_array_equal(
        set_numbers(members[700:])["estimated"], numbers["estimated"][700:]
    )


def effects(sd: dict[str, float], seed: int, chance: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    numbers = set_numbers(np.arange(2000))
    moved = sum(rng.normal(0, sd[name], 100)[numbers[name]] for name in numbers)
    return moved + rng.normal(0, chance, 2000)


def test_planted_shares_come_back():
    sd = {"judgement": 3.0, "reference class": 2.0, "estimated": 1.0}
    numbers = set_numbers(np.arange(2000))
    tables = [variance_by_status(effects(sd, seed, 5.0), numbers) for seed in range(RUNS)]
    assert list(tables[0]["status"]) == [*sd, "chance"]
    variance = np.mean([t["variance"] for t in tables], axis=0)
    np.testing.assert_allclose(variance, [9.0, 4.0, 1.0, 25.0], rtol=0.05)
    share = np.mean([t["share"] for t in tables], axis=0)
    np.testing.assert_allclose(share[:3], np.array([9, 4, 1]) / 14, atol=0.03)
    assert np.isnan(share[3])
    for table in tables:
        assert table["share"].sum() == pytest.approx(1.0)
        assert table["share_of_total"].sum() == pytest.approx(1.0)


def test_shares_of_a_probability_come_back():
    numbers = set_numbers(np.arange(2000))
    sd = {"judgement": 0.15, "reference class": 0.05, "estimated": 0.0}
    found = []
    for seed in range(RUNS):
        p = np.clip(0.4 + effects(sd, seed, 0.0), 0, 1)
        values = np.random.default_rng(1000 + seed).random(2000) < p
        table = variance_by_status(values, numbers)
        assert table["variance"].sum() == pytest.approx(values.mean() * (1 - values.mean()))
        found.append(table["variance"])
    np.testing.assert_allclose(
        np.mean(found, axis=0), [0.0225, 0.0025, 0.0, 0.215], rtol=0.1, atol=0.0012
    )


@pytest.mark.parametrize("uneven", [False, True])
def test_one_grouping_is_not_taken_for_another(uneven):
    members = np.arange(2000)
    if uneven:
        members = np.sort(np.random.default_rng(8).choice(2500, 1500, replace=False))
    numbers = set_numbers(members)
    found = []
    for seed in range(RUNS):
        effect = np.random.default_rng(seed).normal(0, 3, 100)
        values = effect[numbers["judgement"]] + np.random.default_rng(seed + 999).normal(
            0, 1, len(members)
        )
        found.append(variance_by_status(values, numbers)["share"])
    np.testing.assert_allclose(np.mean(found, axis=0)[:3], [1, 0, 0], atol=0.02)


def test_groupings_that_nest_are_told_apart():
    fine, coarse = np.arange(2000) % 100, np.arange(2000) % 100 // 5
    groupings = {"fine": fine, "coarse": coarse}
    found = []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        values = rng.normal(0, 3, 100)[fine] + rng.normal(0, 2, 20)[coarse]
        found.append(variance_by_status(values + rng.normal(0, 2, 2000), groupings)["variance"])
    np.testing.assert_allclose(np.mean(found, axis=0)[:2], [9.0, 4.0], rtol=0.08)


def test_a_grouping_given_twice_is_shared_out():
    sd = {"judgement": 3.0, "reference class": 0.0, "estimated": 0.0}
    one = set_numbers(np.arange(2000))["judgement"]
    values = effects(sd, 1, 5.0)
    twice = variance_by_status(values, {"a": one, "b": one})
    assert twice["variance"][0] == pytest.approx(twice["variance"][1])
    assert twice["variance"][:2].sum() == pytest.approx(over_sets(values, one).between_sd ** 2)


def test_too_few_members_for_the_sets_say_so():
    table = variance_by_status(np.arange(50) % 2, set_numbers(np.arange(50)))
    assert table[["variance", "share", "share_of_total"]].isna().all(axis=None)


def test_parameters_that_do_nothing_have_no_shares():
    table = variance_by_status(np.ones(2000), set_numbers(np.arange(2000)))
    assert (table["variance"] == 0).all()
    assert table[["share", "share_of_total"]].isna().all(axis=None)


# bad input


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("values", "sets", "field"),
    [
        ([], [], "values"),
        ([[1, 0]], [[0, 1]], "values"),
        ([1, 0], [0], "sets"),
        ([1, np.nan], [0, 1], "values"),
    ],
)
def test_values_and_sets_that_do_not_fit_are_refused(values, sets, field):
    with pytest.raises(InputError) as refused:
        over_sets(np.array(values), np.array(sets))
    assert refused.value.field == field
    with pytest.raises(InputError):
        variance_by_status(np.ones(3), {})


def test_the_range_over_several_groupings_is_that_of_their_variances_together():
    rng = np.random.default_rng(5)
    members = np.arange(4000)
    groups = set_numbers(members)
    parts = {"judgement": 0.6, "reference class": 0.9, "estimated": 0.3}
    value = rng.normal(0, 1.0, 4000)
    for name, sd in parts.items():
        value = value + rng.normal(0, sd, 100)[groups[name]]
    found = module.over_sets(value, groups)
    assert found.between_sd == pytest.approx(np.sqrt(0.6**2 + 0.9**2 + 0.3**2), rel=0.15)
    assert found.hi - found.lo == pytest.approx(2 * 1.645 * found.between_sd, rel=1e-3)
    assert found.mcse == pytest.approx(1 / np.sqrt(4000), rel=0.1)


def test_the_mean_is_inside_its_range_however_rare():
    rare = np.zeros(300)
    rare[[3, 103, 203]] = 1.0
    found = module.over_sets(rare, {"judgement": np.arange(300) % 100})
    assert found.lo <= found.mean <= found.hi


def test_a_range_that_chance_hides_is_not_given():
    found = module.over_sets(np.arange(50) % 2, set_numbers(np.arange(50)))
    assert np.isnan(found.lo)
    assert np.isnan(found.hi)
    assert found.mean == 0.5


def test_sets_are_told_apart_by_their_numbers_and_not_by_their_kind():
    values = np.random.default_rng(12).random(600) < 0.3 + 0.2 * (np.arange(600) % 2)
    one, other = np.arange(600) % 6, np.arange(600) % 7
    expected = over_sets(values, one)
    assert over_sets(values, other) != expected
    for same in (one.astype(np.int8), one.astype(float), one.astype(str), one.astype(object)):
        assert over_sets(values, same) == expected


def test_what_chance_could_hide_in_sets_of_unlike_size():
    """Sets of 10, 30 and 80 count as three of 29.2, not of their mean of 40."""
    sets = np.repeat([0, 1, 2], [10, 30, 80])
    values = np.random.default_rng(4).normal(size=120)
    typical = (120 - (10**2 + 30**2 + 80**2) / 120) / 2
    expected = values.var() / typical * np.sqrt(2 / (3 - 1))
    assert over_sets(values, sets).hidden_sd ** 2 == pytest.approx(expected)


def test_a_chance_has_a_range_from_500_futures_on():
    happens = np.arange(500) % 7 == 0
    few, enough = (module.chance(happens[:n], set_numbers(np.arange(n))) for n in (499, 500))
    assert np.isnan([few["lo"], few["hi"]]).all()
    assert few["p"] == happens[:499].mean()
    assert 0 < enough["lo"] < enough["p"] < enough["hi"] < 1


@pytest.mark.parametrize(("happens", "ends"), [(False, (0.0, 0.005)), (True, (0.995, 1.0))])
def test_what_came_in_none_of_600_futures_may_come_in_3_of_them(happens, ends):
    found = module.chance(np.full(600, happens), set_numbers(np.arange(600)))
    assert (found["lo"], found["hi"]) == pytest.approx(ends)
