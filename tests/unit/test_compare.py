"""Policies compared: exact zeros, one compilation, verdicts by hand, errors, reuse, sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

import liptako
import model_fixtures as mf
from liptako.cli.compare_text import FEW, head_line, line_of, outcome_lines, verdict_text
from liptako.errors import InputError
from liptako.experiments import compare as module
from liptako.experiments import measured as measuring
from liptako.experiments.compare import Comparison, compared
from liptako.experiments.differences import (
    DEPENDS,
    MORE,
    NO_EFFECT,
    NO_VIEW,
    ROBUST,
    VERDICTS,
    difference_of,
    needed,
    sign_share,
    verdict_of,
)
from liptako.experiments.measured import DEFAULT, UNREAD, counted_outcomes, outcomes_of
from liptako.outcomes.measures import OUTCOMES
from liptako.outcomes.ranges import Range, over_sets, set_numbers
from liptako.runs.start import Prepared
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.policies import load_policies, with_policies
from liptako.theatre.scenario import Policy, Setting
from liptako.words.compare import FALLS, RISES, changed, changes, sentence
from liptako.words.outcomes import NAMES

ROOT = Path(__file__).resolve().parents[1]
MEMBERS = 32
SETS = set_numbers(np.arange(2000))


def setting(lever: str = "shelter", value: float = 1.0, **more: Any) -> Setting:
    return Setting(lever=lever, value=value, first="2013-09", **more)


POLICIES = {
    "nothing": Policy(label="nothing at all"),
    "shelter": Policy(label="shelter", set=[setting()]),
    "again": Policy(label="the same under another name", set=[setting()]),
    "small": Policy(label="a little shelter", set=[setting(value=0.2)]),
    "patrol": Policy(label="patrols", set=[setting("patrol")]),
    "idle": Policy(label="a lever left where it is", set=[setting(value=0.0)]),
}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The invented theatre with some policies, all members with the same parameters."""
    found = mf.world()

    def same(self: Prepared, seed: int, members: np.ndarray, *, judgement: bool = True):
        return mf.stack(found.params, len(members))

    monkeypatch.setattr(Prepared, "draw_params", same)
    monkeypatch.setattr(measuring, "compile_batch", lambda structure: mf.shared_batch())
    loaded = found.prepared.loaded
    policies = {**loaded.scenario.policies, **POLICIES}
    scenario = loaded.scenario.model_copy(update={"policies": policies, "members": MEMBERS})
    return replace(found.prepared, loaded=replace(loaded, scenario=scenario))


@pytest.fixture(scope="module")
def loaded() -> LoadedScenario:
    return load_scenario("sahel-2024")


def ask(world: Prepared, *names: str, outcomes: Sequence[str] | None = None) -> Comparison:
    return compared(world, names, outcomes=outcomes)


def test_the_null_policy_differs_by_exactly_zero(world):
    table = ask(world, "baseline", "nothing").table
    assert len(table) > 5
    assert (table[["diff", "median", "lo", "hi", "mcse"]].to_numpy() == 0.0).all()
    assert set(table["verdict"]) == {NO_EFFECT}
    assert table["sign_holds"].isna().all()


def test_a_difference_is_that_of_paired_members(world):
    found = ask(world, "baseline", "shelter", outcomes=["civilians_killed", "deaths:AAA"])
    assert list(found.counted) == ["civilians_killed", "deaths:AAA"]
    gap = found.gap("shelter", "civilians_killed")
    row = found.table.set_index("outcome").loc["civilians_killed"]
    assert row["diff"] == gap.mean() < 0
    assert row["mcse"] == pytest.approx(gap.std(ddof=1) / math.sqrt(MEMBERS))
    assert row["base"] == found.values["baseline"]["civilians_killed"].mean()
    apart = found.values["baseline"]["civilians_killed"].std() * math.sqrt(2 / MEMBERS)
    assert ask(world, "baseline", "small", outcomes=["civilians_killed"]).table["mcse"][0] < apart
    assert row["verdict"] == MORE, "of so few members no sign is robust"
    assert row["members_needed"] >= 500


def test_the_public_table_is_that_of_the_comparison(world):
    found = ask(world, "baseline", "shelter", outcomes=["deaths"])
    pd.testing.assert_frame_equal(liptako.table(found), found.table)
    summary = found.summary()
    assert (summary["reference"], summary["policies"]) == ("baseline", ["shelter"])
    assert summary["members"] == MEMBERS
    assert set(summary["differences"]["shelter"]["deaths"]) == {
        "diff", "median", "lo", "hi", "mcse", "sign_holds", "members_needed", "verdict", "unit",
    }  # fmt: skip
    assert summary["base"] == {"deaths": found.table["base"][0]}
    assert summary["assumed"] == {}


def test_another_reference_needs_no_new_futures(world, monkeypatch):
    found = ask(world, "baseline", "shelter", "patrol", outcomes=["deaths"])
    other = found.against("shelter")
    assert other.policies == ("shelter", "baseline", "patrol")
    forward = found.table.set_index("policy")["diff"]["shelter"]
    assert other.table.set_index("policy")["diff"]["baseline"] == -forward
    with pytest.raises(InputError, match="not compared"):
        found.against("small")


def test_measures_are_reused_and_a_new_policy_alone_is_simulated(world, monkeypatch):
    found = ask(world, "baseline", "shelter", outcomes=["deaths", "civilians_killed"])
    asked: list[str] = []
    real = module.measured

    def counting(prepared, policies, *rest):
        asked.extend(policies)
        return real(prepared, policies, *rest)

    monkeypatch.setattr(module, "measured", counting)
    names = ("baseline", "again", "patrol")
    more = compared(world, names, outcomes=["deaths"], kept=found)
    assert asked == ["patrol"], "one policy under two names is one"
    assert more.values["again"]["deaths"] is found.values["shelter"]["deaths"]
    fresh = compared(world, names, outcomes=["deaths"])
    for name in names:
        np.testing.assert_array_equal(more.values[name]["deaths"], fresh.values[name]["deaths"])
    asked.clear()
    seeded = world.loaded.scenario.model_copy(update={"seed": 5})
    other = replace(world, loaded=replace(world.loaded, scenario=seeded))
    compared(other, names, outcomes=["deaths"], kept=found)
    assert asked == list(names), "another seed has other futures"
    asked.clear()
    fewer = world.loaded.scenario.model_copy(update={"members": 8})
    compared(
        replace(world, loaded=replace(world.loaded, scenario=fewer)), names, outcomes=["deaths"],
        kept=found,
    )  # fmt: skip
    assert asked == list(names), "fewer members are others"
    asked.clear()
    compared(world, names, outcomes=["displaced"], kept=found)
    assert asked == list(names), "another outcome was not measured"


def test_policies_are_compiled_once(world):
    ask(world, "baseline", "shelter", outcomes=["deaths"])
    before = mf.TRACES["batch"]
    ask(world, "baseline", "shelter", "patrol", "small", "again", outcomes=["deaths"])
    assert mf.TRACES["batch"] == before > 0


def test_blocks_of_members_change_nothing(world, monkeypatch):
    whole = ask(world, "baseline", "shelter", outcomes=["deaths"])
    monkeypatch.setattr(measuring, "BLOCK", 16)
    parts = ask(world, "baseline", "shelter", outcomes=["deaths"])
    for name in whole.policies:
        np.testing.assert_array_equal(whole.values[name]["deaths"], parts.values[name]["deaths"])


def test_progress_counts_the_members_of_all_policies(world):
    seen: list[tuple[int, int]] = []
    compared(
        world, ("baseline", "shelter", "patrol"), outcomes=["deaths"],
        progress=lambda what, done, total: seen.append((done, total)),
    )  # fmt: skip
    assert {total for _, total in seen} == {3 * MEMBERS}
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (3 * MEMBERS, 3 * MEMBERS)


# what is refused


@pytest.mark.parametrize(
    ("names", "problem", "field"),
    [
        (["baseline"], "nothing to compare", "policies"),
        ([], "nothing to compare", "policies"),
        (["baseline", "shelter", "shelter"], "named twice", "policies"),
        (["baseline", "peace"], "no such policy", "policy"),
    ],
)
def test_names_that_cannot_be_compared(world, names, problem, field):
    with pytest.raises(InputError, match=problem) as caught:
        liptako.compare(world.loaded, names, members=8)
    assert caught.value.field == field


def test_a_policy_that_does_nothing_new_is_refused(world):
    with pytest.raises(InputError, match="its levers do nothing that baseline does not") as caught:
        ask(world, "baseline", "idle")
    assert caught.value.field == "policies.idle"
    with pytest.raises(InputError, match="do nothing that shelter does not"):
        ask(world, "shelter", "again")


def test_months_are_whole_years_and_levers_begin_within_them(world):
    for months in (6, 18):  # yearly outcomes would end before the others
        with pytest.raises(InputError, match="not whole years"):
            liptako.compare(world.loaded, ["baseline", "shelter"], members=8, months=months)
    late = Policy(label="late", set=[Setting(lever="shelter", value=1.0, first="2015-01")])
    scenario = world.loaded.scenario
    loaded = replace(
        world.loaded,
        scenario=scenario.model_copy(update={"policies": {**scenario.policies, "late": late}}),
    )
    outside = replace(world, loaded=loaded)
    with pytest.raises(InputError, match="outside the run") as caught:
        ask(outside, "baseline", "late")
    assert caught.value.field == "policies.late.set[0].first"


def test_outcomes_that_cannot_be_counted(world):
    with pytest.raises(InputError, match="no such outcome"):
        ask(world, "baseline", "shelter", outcomes=["peace"])
    with pytest.raises(InputError, match="not counted there") as caught:
        ask(world, "baseline", "shelter", outcomes=["deaths:XXX"])
    assert caught.value.field == "deaths:XXX.countries"
    found = ask(world, "baseline", "shelter", outcomes=["deaths"])
    with pytest.raises(InputError, match="not measured"):
        found.gap("shelter", "displaced")


# outcomes


def test_defaults_leave_out_what_a_theatre_has_not(world, theatre):
    counted = counted_outcomes(world)
    assert "pact_alive" not in counted, "there is no pact"
    assert {"deaths", "civilians_killed", "displaced"} <= set(counted)
    assert set(DEFAULT) <= set(OUTCOMES)
    assert {f"share_{name}" for name in theatre.patrons} <= set(outcomes_of(theatre))


def test_no_outcome_reads_what_is_not_gathered(world, monkeypatch):
    every = ask(world, "baseline", "shelter")
    monkeypatch.setattr(measuring, "UNREAD", ())
    full = ask(world, "baseline", "shelter")
    for name in every.counted:
        np.testing.assert_array_equal(every.values["shelter"][name], full.values["shelter"][name])
    assert UNREAD == ("events", "cell_any", "cell_large")


# verdicts, by hand


def test_a_sign_is_shared_by_no_more_sets_than_their_spread_allows():
    each = np.full(100, -0.1)
    assert sign_share(-1.0, each, signs(-0.1, 0.0, 0.1)) == pytest.approx(0.8413, abs=1e-4)
    assert sign_share(-1.0, each, signs(-0.5, 0.2, 0.1)) == pytest.approx(0.9938, abs=1e-4)
    assert sign_share(1.0, each, signs(-0.5, 0.2, 0.1)) == 0.0, "as counted is less"
    assert sign_share(-1.0, each, signs(-0.1, 0.0, 0.0)) == 1.0


def signs(mean: float, between: float, hidden: float) -> Range:
    return Range(mean, np.nan, np.nan, 0.02, between, hidden)


@pytest.mark.parametrize(
    ("diff", "mcse", "share", "of", "verdict"),
    [
        (3.0, 0.5, 0.95, signs(0.4, 0.1, 0.1), ROBUST),
        (3.0, 0.5, 0.90, signs(0.4, 0.1, 0.1), ROBUST),
        (0.9, 0.5, 0.95, signs(0.4, 0.1, 0.1), MORE),  # within its error
        (3.0, 0.5, 0.89, signs(0.2, 0.12, 0.1), MORE),  # sets are not shown to differ
        (3.0, 0.5, 0.80, signs(0.2, 0.3, 0.1), DEPENDS),
        (3.0, 0.5, 0.60, signs(0.1, 0.3, 0.1), NO_VIEW),
        (3.0, 0.5, 0.40, signs(-0.1, 0.3, 0.1), NO_VIEW),
        (3.0, 0.5, 0.02, signs(-0.6, 0.2, 0.1), DEPENDS),  # a few great wars against the most
    ],
)
def test_verdicts(diff, mcse, share, of, verdict):
    assert verdict_of(diff, mcse, share, of) == verdict
    mirrored = Range(-of.mean, np.nan, np.nan, 0.02, of.between_sd, of.hidden_sd)
    assert verdict_of(-diff, mcse, share, mirrored) == verdict
    assert verdict in VERDICTS


def drawn(mean: float, between: float, members: int = 2000, seed: int = 0) -> np.ndarray:
    """Return differences with an effect of each set of judgement, and noise of 1."""
    generator = np.random.default_rng(seed)
    sets = set_numbers(np.arange(members))["judgement"]
    effect = generator.permutation(between * ndtri((np.arange(100) + 0.5) / 100))
    return mean + effect[sets] + generator.normal(size=members)


def test_a_large_effect_that_sets_share_is_robust():
    row = difference_of(drawn(0.5, 0.0), SETS)
    assert row["verdict"] == ROBUST
    assert row["sign_holds"] >= 0.9
    assert row["lo"] < row["median"] < row["hi"]


def test_a_small_effect_needs_more_members_and_then_has_a_sign():
    small = drawn(0.1, 0.0)
    row = difference_of(small, SETS)
    assert abs(row["diff"]) > 2 * row["mcse"], "beyond Monte Carlo error, and yet"
    assert (row["verdict"], math.isnan(row["sign_holds"])) == (MORE, True)
    assert 2000 < row["members_needed"] < 20_000
    enough = int(2 * row["members_needed"])
    more = difference_of(drawn(0.1, 0.0, enough), set_numbers(np.arange(enough)))
    assert more["verdict"] == ROBUST


def test_where_few_futures_differ_the_range_is_no_narrower_than_what_could_be_hidden():
    gap = np.zeros(2000)
    gap[[3, 40, 1500]] = 1.0
    row = difference_of(gap, SETS)
    hidden = over_sets(gap, SETS).hidden_sd
    assert row["lo"] <= row["diff"] - 1.64 * hidden < 0
    assert row["hi"] >= row["diff"] + 1.64 * hidden
    assert row["verdict"] == MORE


def test_sets_that_differ_show_it():
    assert difference_of(drawn(0.0, 1.0), SETS)["verdict"] == NO_VIEW
    assert difference_of(drawn(0.7, 1.0), SETS)["verdict"] == DEPENDS


def test_no_sign_is_robust_where_there_is_none():
    """Of 100 null effects, most of which a raw count of 20 members a set would misjudge."""
    found = [difference_of(drawn(0.0, 0.0, seed=seed), SETS)["verdict"] for seed in range(100)]
    assert ROBUST not in found
    assert found.count(MORE) >= 90


def test_four_times_the_members_halve_the_error():
    rows = [
        difference_of(drawn(0.3, 0.2, members), set_numbers(np.arange(members)))
        for members in (1000, 4000)
    ]
    assert rows[0]["mcse"] / rows[1]["mcse"] == pytest.approx(2.0, rel=0.05)


def test_of_few_members_there_is_no_range():
    row = difference_of(drawn(2.0, 0.0, 400), set_numbers(np.arange(400)))
    assert math.isnan(row["median"])
    assert row["verdict"] == MORE
    assert 500 <= row["members_needed"] <= 1000
    rare = difference_of(np.zeros(400), set_numbers(np.arange(400)), moved=True)
    assert (rare["verdict"], rare["diff"], rare["members_needed"]) == (MORE, 0.0, 500.0)
    assert difference_of(np.zeros(500), set_numbers(np.arange(500)), moved=True)["verdict"] == (
        NO_EFFECT
    )


def test_members_needed_by_hand():
    assert needed(1000, 1.0, 1.0, signs(0.9, 0.0, 0.1)) == 4000.0, (
        "twice the error, 4 times as many"
    )
    by_sets = 1000 * (1.2815515655446004 * 0.15 / 0.1) ** 2
    assert needed(1000, 9.0, 1.0, signs(0.1, 0.0, 0.15)) == math.ceil(by_sets / 100) * 100
    assert needed(1000, 9.0, 1.0, signs(0.5, 0.12, 0.1)) == 1400.0, "to show that sets differ"
    assert needed(1000, 9.0, 1.0, signs(0.5, 0.0, 0.1)) == 1100.0, "always more than there are"
    assert math.isnan(needed(1000, 0.0, 1.0, signs(0.1, 0.0, 0.1))), "no number would do"
    assert math.isnan(needed(1000, 0.01, 1.0, signs(0.5, 0.0, 0.1))), "beyond the most"


# policies of a theatre


def test_the_shipped_policies_fit_and_differ(loaded):
    names = list(load_policies(loaded.folder, loaded.scenario.init_month))
    wider = with_policies(loaded, names)
    assert list(wider.scenario.policies) == ["baseline", *names]
    sets = {
        name: wider.scenario.policies[name].model_dump_json(exclude={"label"}) for name in names
    }
    assert len(set(sets.values())) == len(names)
    wanted = {
        "engage-niger", "engage-all", "isolate", "support-coast", "mediate", "germany-stays",
        "leave-to-russia", "siege-relief", "army-pay", "designation-waived", "base-only",
        "borders-opened", "backer",
    }  # fmt: skip
    assert wanted <= set(names)
    armed = [
        name
        for name in names
        if any(not loaded.theatre.levers[row.lever].civil
               for row in wider.scenario.policies[name].set)
    ]  # fmt: skip
    assert armed == ["base-only", "backer"]


def test_only_policies_that_are_asked_for_enter_a_scenario(loaded):
    assert with_policies(loaded, ["baseline"]) is loaded
    one = with_policies(loaded, ["mediate"])
    assert list(one.scenario.policies) == ["baseline", "mediate"]
    own = Policy(label="the scenario's own")
    given = {**loaded.scenario.policies, "mediate": own}
    mine = replace(loaded, scenario=loaded.scenario.model_copy(update={"policies": given}))
    assert with_policies(mine, ["mediate"]).scenario.policies["mediate"] == own


def theatre_with(loaded: LoadedScenario, folder, text: str) -> LoadedScenario:
    (folder / "policies.toml").write_text(text, encoding="utf-8")
    return replace(loaded, folder=folder)


def test_months_are_leads_and_combinations_begin_with_others(loaded, tmp_path):
    text = """
[one]
label = "One"
set = [{ lever = "mediation", value = 1.0, first_lead = 3, last_lead = 5 }]
[both]
label = "Both"
of = ["one"]
set = [{ lever = "us_posture", value = 0.5, countries = ["NER"] }]
"""
    found = with_policies(theatre_with(loaded, tmp_path, text), ["both"]).scenario.policies["both"]
    assert [(row.lever, row.first, row.last) for row in found.set] == [
        ("mediation", "2024-03", "2024-05"), ("us_posture", "2024-01", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "problem", "field"),
    [
        ('of = ["two"]', "no such policy above it", "one.of"),
        ('set = [{ lever = "peace", value = 1.0 }]', "no such lever", "policies.one.set[0].lever"),
        (
            'set = [{ lever = "mediation", value = 3.0 }]', "out of range",
            "policies.one.set[0].value",
        ),
        (
            'set = [{ lever = "mediation", value = 1.0, first_lead = 48 }]', "outside the run",
            "policies.one.set[0].first",
        ),
    ],
)  # fmt: skip
def test_a_theatre_policy_that_is_wrong_is_named_with_its_file(
    loaded, tmp_path, line, problem, field
):
    wrong = theatre_with(loaded, tmp_path, f'[one]\nlabel = "One"\n{line}\n')
    with pytest.raises(InputError, match=problem) as caught:
        with_policies(wrong, ["one"])
    assert caught.value.field == field
    assert str(caught.value.file).endswith("policies.toml")


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ('{ lever = "mediation", value = 0.5 }', True),
        ('{ lever = "mediation", value = 0.5, countries = ["NER", "MLI"] }', True),
        ('{ lever = "mediation", value = 1.0 }', False),
        ('{ lever = "mediation", value = 0.5, countries = ["MLI"] }', False),
        ('{ lever = "mediation", value = 0.5, countries = ["NER"], first_lead = 7 }', False),
        ('{ lever = "mediation", value = 0.5, countries = ["NER"], first_lead = 6 }', True),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(loaded, tmp_path, second, refused):
    text = f"""
[one]
label = "One"
set = [{{ lever = "mediation", value = 1.0, countries = ["NER"], last_lead = 6 }}]
[both]
label = "Both"
of = ["one"]
set = [{second}]
"""
    both = theatre_with(loaded, tmp_path, text)
    if not refused:
        assert with_policies(both, ["both"])
        return
    with pytest.raises(InputError, match="set to two values at once") as caught:
        with_policies(both, ["both"])
    assert caught.value.field == "both.set"


def test_an_invented_theatre_has_policies_of_its_own():
    loaded = load_scenario(ROOT / "theatres/skerries/scenarios/skerries-2011.toml")
    wider = with_policies(loaded, ["boats", "envoys-and-boats"])
    assert list(wider.scenario.policies) == ["baseline", "boats", "severe", "envoys-and-boats"]
    added = wider.scenario.policies["envoys-and-boats"]
    assert [(row.lever, row.first) for row in added.set] == [
        ("go_betweens", "2011-07"), ("shelter_boats", "2011-09"),
    ]  # fmt: skip


def test_a_theatre_without_the_file_has_none(tmp_path):
    assert load_policies(tmp_path, 0) == {}


# words


def rows(**of: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"outcome": k, "diff": diff, "verdict": said} for k, (diff, said) in of.items()]


def test_both_sides_of_a_trade_off_stand_in_one_sentence():
    both = rows(
        capital_deaths=(-3.0, ROBUST), civilians_by_state=(2.0, ROBUST), exits=(-0.1, ROBUST),
        displaced=(-9.0, DEPENDS),
    )  # fmt: skip
    said = sentence("engage", both, ROBUST, NO_EFFECT)
    assert said == (
        "engage: less violence near capitals, but more civilians killed by states; "
        "in politics longer rule of the regimes."
    )
    harm = rows(civilians_killed=(-1.0, DEPENDS))
    assert sentence("engage", both[2:3] + harm, ROBUST, NO_EFFECT) == (
        "engage: longer rule of the regimes; not clear: civilians killed on purpose."
    )
    assert "not clear" not in sentence(
        "engage", rows(civilians_killed=(-1.0, ROBUST)), ROBUST, NO_EFFECT
    )
    same = rows(civilians_killed=(0.0, NO_EFFECT))
    assert "not clear" not in sentence("engage", both[2:3] + same, ROBUST, NO_EFFECT)
    only = sentence("engage", both[1:2], ROBUST, NO_EFFECT)
    assert only == "engage: more civilians killed by states."
    politics = sentence("engage", both[2:], ROBUST, NO_EFFECT)
    assert politics == "engage: longer rule of the regimes."
    two = sentence("engage", both[:2], ROBUST, NO_EFFECT)
    assert two.endswith("near capitals, but more civilians killed by states.")
    gain = sentence("relief", rows(reached=(0.1, ROBUST)), ROBUST, NO_EFFECT)
    assert gain == "relief: more people reached by their state."


def test_without_a_robust_sign_nothing_is_claimed():
    said = sentence("m", rows(deaths=(-3.0, DEPENDS), exits=(0.1, MORE)), ROBUST, NO_EFFECT)
    assert said == (
        "m: no robust sign in any of 2 outcomes (dependent on assumptions in 1 and too few "
        "futures to tell in 1)."
    )
    assert "no future changes" in sentence("n", rows(deaths=(0.0, NO_EFFECT)), ROBUST, NO_EFFECT)


def test_a_change_has_its_size_in_percent_or_in_100():
    sizes = {"base": 200.0, "median": -20.0, "unit": "killed"}
    chance = {"base": 0.2, "median": 0.034, "unit": "chance"}
    said = changes(
        [{**rows(deaths=(-25.0, ROBUST))[0], **sizes}, {**rows(fails=(0.03, ROBUST))[0], **chance}],
        ROBUST, NO_EFFECT,
    )  # fmt: skip
    assert said == (
        "fewer people killed (-10%); in politics the pact fails more often (+3 in 100)."
    )
    unknown = {**rows(deaths=(-25.0, ROBUST))[0], **sizes, "median": np.nan}
    assert changes([unknown], ROBUST, NO_EFFECT) == "fewer people killed."


def test_a_country_is_named_only_where_the_sum_does_not_say_it():
    found = rows(**{
        "deaths": (-3.0, ROBUST), "deaths:AAA": (-2.0, ROBUST), "exits:AAA": (1.0, ROBUST),
        "capital_deaths": (2.0, ROBUST), "capital_deaths:BBB": (-2.0, ROBUST),
    })  # fmt: skip
    assert changes(found, ROBUST, NO_EFFECT) == (
        "fewer people killed and less violence near capitals (BBB), but more violence near "
        "capitals; in politics shorter rule of the regimes (AAA)."
    )


def test_every_default_outcome_has_words_both_ways_and_a_name():
    assert set(RISES) == set(FALLS) == set(DEFAULT)
    assert set(DEFAULT) <= set(NAMES)
    assert changed("share_far_crown", 0.1) == "a larger share of support from Far Crown"
    assert changed("offensives", -0.1) == "less of offensives"


def test_a_line_has_its_numbers_and_what_is_missing():
    row = {"outcome": "exits", "unit": "chance", "base": 0.5, "diff": 0.01, "mcse": 0.01,
           "median": np.nan, "lo": np.nan, "hi": np.nan, "sign_holds": np.nan,
           "members_needed": 4100.0, "verdict": MORE}  # fmt: skip
    assert line_of(row).split()[2:] == ["in", "100", "50.0", "-", "-", "-", "needs", "4,100",
                                        "members"]  # fmt: skip
    assert line_of(row, FEW).split()[4:6] == ["50.0", "+1.0"]
    assert verdict_text(MORE, math.nan) == "needs over 100,000 members"
    assert verdict_text(ROBUST, math.nan) == ROBUST
    assert "baseline" in head_line(FEW, "politics", "baseline")


def test_outcomes_stand_in_groups_and_what_does_not_change_in_one_line():
    number = {"unit": "killed", "base": 10.0, "sign_holds": 0.95, "members_needed": np.nan,
              "lo": 0.5, "hi": 2.0}  # fmt: skip
    found = [
        number | {"outcome": name, "diff": diff, "median": diff, "mcse": abs(diff), "verdict": said}
        for name, diff, said in [
            ("exits", 1.0, ROBUST), ("deaths", 1.0, ROBUST), ("coups", 0.0, NO_EFFECT),
            ("civilians_killed", 1.0, ROBUST),
        ]
    ]  # fmt: skip
    lines = [line.strip() for line in outcome_lines(found, "baseline", 1000)]
    assert [line.split("  ")[0] for line in lines if line] == [
        "People", "Civilians killed on purpose", "People killed, all violence",
        "Regimes, disputes, patrons", "Regimes ended",
        "No future of these 1,000 changes: Coups and attempts",
    ]  # fmt: skip
