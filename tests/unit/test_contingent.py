"""Rules of a policy: when each condition holds, what is set meanwhile, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.experiments.compare import armed_levers, check_differ
from liptako.experiments.measured import DEFAULT, counted_outcomes
from liptako.model.codes import Exit
from liptako.model.processes import contingent
from liptako.runs.start import Prepared
from liptako.theatre import levers, rules
from liptako.theatre.courses import courses_of
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.policies import load_policies, with_policies
from liptako.theatre.scenario import MAX_RULES, Policy, Rule, Setting
from liptako.words.compare import changes

MEMBERS = np.arange(8)
SEED = 5
AAA, BBB, CCC = range(3)


def rule(when: str = "coup", lever: str = "shelter", value: float = 1.0, **more: Any) -> Rule:
    return Rule.model_validate({"when": when, "lever": lever, "value": value, **more})


def setting(**more: Any) -> Setting:
    return Setting.model_validate({"lever": "shelter", "value": 1.0, "first": "2013-09", **more})


def with_policy(found: LoadedScenario, **said: Any) -> LoadedScenario:
    """Return a scenario with one more policy, `asked`."""
    asked = {"asked": Policy(label="asked", **said)}
    scenario = found.scenario
    return replace(
        found, scenario=scenario.model_copy(update={"policies": scenario.policies | asked})
    )


def prepared(world: mf.World, **said: Any) -> Prepared:
    return replace(world.prepared, loaded=with_policy(world.prepared.loaded, **said))


def resolved(world: mf.World, **said: Any) -> rules.RuleArrays:
    loaded = with_policy(world.prepared.loaded, **said)
    return rules.resolve_rules(loaded.theatre, loaded.scenario, "asked")


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def state_of(world: mf.World, *, besieged=(), traces=None, answers=None, exit_=None, **conduct):
    """Return the state of the start, begun, where juntas rule, with parts of it changed."""
    state = contingent.begin(world.structure, world.start().state)
    given = {name: jnp.asarray(value, jnp.float32) for name, value in conduct.items()}
    towns = np.isin(np.arange(len(world.structure.regions)), besieged).astype(np.float32)
    regime = replace(state.regime, junta=jnp.ones_like(state.regime.junta))
    if exit_ is not None:
        regime = replace(regime, exit=jnp.asarray(exit_, jnp.float32))
    return replace(
        state,
        regime=regime,
        conduct=replace(state.conduct, **given),
        territory=replace(state.territory, besieged=jnp.asarray(towns)),
        traces=state.traces if traces is None else traces,
        answers=state.answers if answers is None else answers,
    )


def month_of(world: mf.World, number: int, *asked: Rule):
    """Return what enters a month of a run under a policy with some rules."""
    start = prepared(world, rule=list(asked)).start("asked", SEED)
    return mf.forcing_at(start.forcing, number)


def held(world: mf.World, state, *asked: Rule, month: int = 0) -> np.ndarray:
    """Return whether the first of some rules holds in each country."""
    state, _ = contingent.answer(world.structure, state, month_of(world, month, *asked))
    return np.asarray(state.answers.held[0])


def junta(world: mf.World, state, values):
    rule_ = replace(state.regime, junta=jnp.asarray(values, jnp.float32))
    return replace(state, regime=rule_)


@pytest.mark.parametrize(
    ("when", "changes", "expected"),
    [
        ("no_date", {"due": (0, 3, 0)}, [1, 0, 0]),
        ("date", {"due": (0, 3, 4)}, [0, 1, 0]),
        ("default", {"default": (0.01, 0, 1)}, [1, 0, 0]),
    ],
)
def test_dates_count_where_a_junta_rules(world, when, changes, expected):
    state = junta(world, state_of(world, **changes), (1, 1, 0))
    np.testing.assert_array_equal(held(world, state, rule(when)), expected)


def test_a_coup_counts_for_a_year_and_only_one_that_came_during_the_run(world):
    state = state_of(world)
    assert float(state.regime.tenure.min()) < 12, "there was one shortly before"
    assert not held(world, state, rule("coup")).any()
    for kind, counts in ((Exit.COUP_OTHER_CAMP, 1), (Exit.COUP_SAME_CAMP, 1), (Exit.MUTINY, 0)):
        struck = state_of(world, exit_=(0, kind, 0))
        np.testing.assert_array_equal(held(world, struck, rule("coup")), [0, counts, 0])
    struck = state_of(world, exit_=(0, Exit.COUP_OTHER_CAMP, 0))
    seen = []
    for _ in range(14):
        struck, _ = contingent.answer(world.structure, struck, month_of(world, 0, rule("coup")))
        seen.append(float(struck.answers.held[0, BBB]))
        calm = replace(struck.regime, exit=jnp.zeros_like(struck.regime.exit))
        struck = replace(struck, regime=calm)
    assert seen == [1.0] * 12 + [0.0] * 2


@pytest.mark.parametrize(
    ("when", "streams"), [("attacks_rise", (0, 2)), ("killings_rise", (3,))], ids=str
)
def test_a_rise_is_beyond_the_start_and_counts_countries_together(world, when, streams):
    structure = world.structure
    start = state_of(world)
    begun = np.asarray(start.answers.begun[contingent.COUNTED.index(when)])
    cells = [int(np.flatnonzero(structure.country == c)[0]) for c in range(3)]

    def risen(factors, *asked: Rule) -> np.ndarray:
        traces = np.zeros(np.shape(start.traces), np.float32)
        for cell, factor, usual in zip(cells, factors, begun, strict=True):
            most = max(usual, contingent.LEAST)
            traces[list(streams), contingent.MIDDLE, cell] = factor * most / len(streams)
        return held(world, state_of(world, traces=jnp.asarray(traces)), *asked)

    each = rule(when, times=2.0)
    np.testing.assert_array_equal(risen((2.01, 1.99, 2.5), each), [1, 0, 1])
    np.testing.assert_array_equal(risen((0, 0, 0), each), [0, 0, 0])
    both = rule(when, times=2.0, of=["AAA", "BBB"])
    bar = 2.0 * max(begun[:2].sum(), contingent.LEAST)
    most = max(begun[AAA], contingent.LEAST)
    np.testing.assert_array_equal(risen((1.01 * bar / most, 0, 0), both), [1, 1, 1])
    np.testing.assert_array_equal(risen((0.99 * bar / most, 0, 9), both), [0, 0, 0])


def test_a_siege_counts_in_its_country_or_in_any_of_some(world):
    structure = world.structure
    there = int(np.flatnonzero(structure.region_country == BBB)[0])
    loaded = world.prepared.loaded
    theatre = loaded.theatre.model_copy(update={"sieges": []})
    fenced = replace(
        world, prepared=replace(world.prepared, loaded=replace(loaded, theatre=theatre))
    )
    state = state_of(world, besieged=[there])
    np.testing.assert_array_equal(held(fenced, state, rule("siege")), [0, 1, 0])
    any_ = rule("siege", of=["AAA", "BBB"], countries=["CCC"])
    np.testing.assert_array_equal(held(fenced, state, any_), [0, 0, 1])
    np.testing.assert_array_equal(held(fenced, state, rule("siege", of=["AAA", "CCC"])), [0, 0, 0])


def test_a_rule_is_read_in_the_first_month_and_as_a_quarter_begins(world):
    read = resolved(world, rule=[rule("date")]).read
    np.testing.assert_array_equal(np.flatnonzero(read), [0, 1, 4, 7, 10])  # September, October, ...


def test_what_was_read_stands_until_the_next_reading(world):
    dated, none = state_of(world, due=(5, 5, 0)), state_of(world, due=(0, 5, 0))
    asked = rule("date", countries=["AAA"])
    state, _ = contingent.answer(world.structure, dated, month_of(world, 1, asked))
    np.testing.assert_array_equal(state.answers.held[0], [1, 0, 0])
    state = replace(state, conduct=none.conduct)
    state, _ = contingent.answer(world.structure, state, month_of(world, 2, asked))
    np.testing.assert_array_equal(state.answers.held[0], [1, 0, 0])
    state, forcing = contingent.answer(world.structure, state, month_of(world, 4, asked))
    np.testing.assert_array_equal(state.answers.held[0], [0, 0, 0])
    assert not np.asarray(forcing.levers).any()
    assert not np.asarray(forcing.fixed).any()


def test_a_lever_is_brought_in_evenly_and_is_back_at_once(world):
    structure = world.structure
    shelter = structure.levers.index("shelter")
    dated, none = state_of(world, due=(5, 0, 0)), state_of(world, due=(0, 0, 0))
    asked = rule("date", value=0.8, ramp=4)
    state, seen = dated, []
    for month in range(1, 12):
        conduct = dated.conduct if 4 <= month < 10 else none.conduct
        state, forcing = contingent.answer(
            structure, replace(state, conduct=conduct), month_of(world, month, asked)
        )
        seen.append(float(forcing.levers[shelter, AAA]))
    np.testing.assert_allclose(seen, [0, 0, 0, 0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0, 0], rtol=1e-6)


def test_a_rule_comes_before_what_is_set_and_a_later_rule_before_an_earlier_one(world):
    structure = world.structure
    shelter = structure.levers.index("shelter")
    said = {
        "set": [setting(value=0.3)],
        "rule": [rule("date", value=0.5), rule("default", value=0.0, countries=["AAA"])],
    }
    forcing = mf.forcing_at(prepared(world, **said).start("asked", SEED).forcing, 1)
    state = state_of(world, due=(5, 5, 0), default=(1, 0, 0))
    _, forcing = contingent.answer(structure, state, forcing)
    np.testing.assert_allclose(forcing.levers[shelter], [0.0, 0.5, 0.3])
    np.testing.assert_array_equal(forcing.fixed[shelter], [1, 1, 1])
    others = np.delete(np.asarray(forcing.fixed), shelter, axis=0)
    assert not others.any()


def test_a_rule_may_hold_in_its_own_months_only(world):
    asked = rule("date", first="2013-10", last="2013-12")
    heard = resolved(world, rule=[asked]).heard[:, 0].any(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(heard), [1, 2, 3])
    state, _ = contingent.answer(
        world.structure, state_of(world, due=(9, 0, 0)), month_of(world, 1, asked)
    )
    assert float(state.answers.held[0, AAA]) == 1.0
    state, _ = contingent.answer(world.structure, state, month_of(world, 4, asked))
    assert not np.asarray(state.answers.held).any()


@pytest.fixture(scope="module")
def plain() -> mf.World:
    return mf.world()


def futures(world: mf.World, start) -> dict[str, np.ndarray]:
    found = mf.run(world, MEMBERS, start, batch=mf.shared_batch())
    found.pop("ruled")
    return found


def test_a_rule_that_never_holds_changes_no_bit(plain):
    never = prepared(plain, rule=[rule("attacks_rise", times=100.0)])
    for name, values in futures(plain, plain.start()).items():
        np.testing.assert_array_equal(
            futures(plain, never.start("asked", SEED))[name], values, name
        )


def test_a_rule_that_always_holds_is_the_same_as_what_it_sets(plain):
    """Its bar is taken away: no condition that a file may name holds whatever happens."""
    start = prepared(plain, rule=[rule("attacks_rise")]).start("asked", SEED)
    lifted = replace(start.forcing.rules, times=jnp.zeros_like(start.forcing.rules.times))
    always = futures(plain, replace(start, forcing=replace(start.forcing, rules=lifted)))
    fixed = futures(plain, plain.start("whole"))
    assert not np.array_equal(fixed["deaths"], futures(plain, plain.start())["deaths"])
    for name, values in fixed.items():
        np.testing.assert_array_equal(always[name], values, name)


def test_rules_need_no_new_compilation(plain):
    futures(plain, plain.start())
    before = mf.TRACES["batch"]
    futures(plain, prepared(plain, rule=[rule("attacks_rise")] * 2).start("asked", SEED))
    assert mf.TRACES["batch"] == before


REFUSED = [
    (rule("date", "sail"), "no such lever", "rule[0].lever"),
    (rule("date", value=7.0), "out of range", "rule[0].value"),
    (rule("date", countries=["XXX"]), "unknown country", "rule[0].countries"),
    (rule("date", of=["XXX"]), "unknown country", "rule[0].of"),
    (rule("date", first="2012-01"), "outside the run", "rule[0].first"),
    (rule("date", first="2013-12", last="2013-11"), "ends before it starts", "rule[0].last"),
    (rule("date", first="2013-11", last="2013-12"), "never read", "rule[0].last"),
    (rule("siege"), "siege cannot hold there", "rule[0].countries"),
]


@pytest.mark.parametrize(("asked", "said", "field"), REFUSED, ids=[row[1] for row in REFUSED])
def test_a_rule_that_cannot_be_is_refused(world, asked, said, field):
    with pytest.raises(InputError, match=said) as error:
        resolved(world, rule=[asked])
    assert field in str(error.value)


def test_what_no_regime_or_record_can_bring_about_is_refused(world):
    loaded = world.prepared.loaded
    silent = {name: act for name, act in loaded.theatre.menu.items() if act.transition is None}
    theatre = loaded.theatre.model_copy(update={"menu": silent, "promises": []})
    for when, may in (("date", False), ("default", False), ("no_date", True)):
        asked = with_policy(replace(loaded, theatre=theatre), rule=[rule(when)])
        if may:
            rules.resolve_rules(theatre, asked.scenario, "asked")
            continue
        with pytest.raises(InputError, match=f"{when} cannot hold there"):
            rules.resolve_rules(theatre, asked.scenario, "asked")
    sahel = load_scenario("sahel-2024")
    for when, iso in (("attacks_rise", "GHA"), ("no_date", "BEN"), ("siege", "BEN")):
        asked = with_policy(sahel, rule=[rule(when, "coastal_support", of=[iso])])
        with pytest.raises(InputError, match=f"{when} cannot hold there") as error:
            rules.resolve_rules(sahel.theatre, asked.scenario, "asked")
        assert iso in str(error.value)
    everywhere = with_policy(sahel, rule=[rule("attacks_rise", "coastal_support")])
    rules.resolve_rules(sahel.theatre, everywhere.scenario, "asked")


def test_two_values_of_one_condition_and_what_is_set_anyway_are_refused(world):
    with pytest.raises(InputError, match="two values by one condition"):
        resolved(world, rule=[rule("date", value=0.2), rule("date", value=0.5)])
    apart = [rule("date", countries=["AAA"]), rule("date", value=0.5, countries=["BBB"])]
    later = [rule("date", last="2013-12"), rule("date", value=0.5, first="2014-01")]
    assert (resolved(world, rule=apart).kind[:, :2].sum(axis=2) == 1.0).all()
    resolved(world, rule=later)
    with pytest.raises(InputError, match="it changes nothing"):
        resolved(world, set=[setting()], rule=[rule("date")])
    resolved(world, set=[setting(countries=["AAA"])], rule=[rule("date")])


def test_scenario_files_with_contradictions_or_months_outside_the_run_are_refused(world):
    loaded = world.prepared.loaded
    for said, match in (
        ({"set": [setting(value=0.2), setting(value=0.4)]}, "two values at once"),
        ({"set": [setting(last="2031-01")]}, "outside the run"),
        ({"rule": [rule("date", last="2031-01")]}, "outside the run"),
    ):
        asked = with_policy(loaded, **said)
        with pytest.raises(InputError, match=match):
            levers.check_policies(asked.theatre, asked.scenario)
    with pytest.raises(ValueError, match="at most 8"):
        Policy(label="many", rule=[rule()] * (MAX_RULES + 1))


def test_a_setting_is_brought_in_evenly_over_what_was_set_before(world):
    said = {"set": [setting(value=0.2), setting(value=1.0, first="2013-11", ramp=4)]}
    loaded = with_policy(world.prepared.loaded, **said)
    values = levers.resolve(loaded.theatre, loaded.scenario, "asked")[:8, 0, 0]
    np.testing.assert_allclose(values, [0.2, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0], rtol=1e-6)


def test_the_calendar_shows_months_set_brought_in_read_and_standing(world):
    said = {
        "set": [setting(first="2013-10", last="2014-01", ramp=3)],
        "rule": [rule("date", first="2013-11", last="2014-04", countries=["AAA"])],
    }
    loaded = with_policy(world.prepared.loaded, **said)
    set_, ruled = courses_of(loaded.theatre, loaded.scenario, "asked")
    assert (set_.lever, set_.countries, set_.value, set_.rule) == ("shelter", (), 1.0, None)
    assert set_.marks == ".//##......."
    assert ruled.marks == "....R??R...."
    assert ruled.rule is not None


def test_policies_of_a_theatre_begin_with_the_rules_of_others(tmp_path):
    text = """
[one]
label = "one"
rule = [{ when = "coup", lever = "shelter", value = 1.0, first_lead = 3, last_lead = 9 }]
[two]
label = "two"
of = ["one"]
rule = [{ when = "date", of = ["AAA"], lever = "shelter", value = 0.5, ramp = 2 }]
"""
    (tmp_path / "policies.toml").write_text(text)
    first, second = load_policies(tmp_path, mf.INIT)["two"].rule
    assert (first.when, first.first, first.last) == ("coup", "2013-11", "2014-05")
    assert (second.when, second.of, second.first, second.ramp) == ("date", ["AAA"], None, 2)
    many = "of = [" + ", ".join(['"one"'] * 9) + "]"
    (tmp_path / "policies.toml").write_text(text.replace('of = ["one"]', many))
    with pytest.raises(InputError, match="too many rules"):
        load_policies(tmp_path, mf.INIT)


def test_levers_of_armed_actors_count_where_a_rule_sets_them(world):
    assert armed_levers(prepared(world, rule=[rule("date", "push")]), "asked")
    assert not armed_levers(prepared(world, rule=[rule("date")]), "asked")
    check_differ(prepared(world, rule=[rule("date")]), ["baseline", "asked"])


def test_how_long_rules_hold_is_compared_where_there_are_any(plain):
    assert "ruled" not in DEFAULT
    assert "ruled" in counted_outcomes(prepared(plain, rule=[rule("attacks_rise")]))
    assert "ruled" not in counted_outcomes(plain.prepared)


def test_every_shipped_policy_fits_its_scenario():
    loaded = load_scenario("sahel-2024")
    names = list(load_policies(loaded.folder, loaded.scenario.init_month))
    wider = with_policies(loaded, names)
    assert sum(bool(wider.scenario.policies[name].rule) for name in names) >= 8
    levers.check_policies(wider.theatre, wider.scenario)


def test_sentences_say_in_how_many_months_a_rule_held():
    rows = [
        {"outcome": "deaths", "diff": -3.0, "verdict": "robust"},
        {"outcome": "ruled", "diff": 0.284, "verdict": "robust"},
    ]
    said = changes(rows, "robust", "no effect")
    assert said == "fewer people killed. A rule of it holds in 28 of 100 months."
    assert changes(rows[:1], "robust", "no effect") == "fewer people killed."
