"""What the model says of claims: verdicts by hand, what is stored, what is stale, lenses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.experiments.differences import DEPENDS, MORE, NO_VIEW, ROBUST
from liptako.ledger import stored as storing
from liptako.ledger.finding import (
    CONTRADICTED,
    MIXED,
    SUPPORTED,
    UNDECIDED,
    Finding,
    side_of,
    verdict_of,
)
from liptako.ledger.lenses import lens
from liptako.ledger.modelled import chance, contrast, policy, sign_verdict
from liptako.ledger.stored import Stored, chance_key, chance_of, digest, prints
from liptako.outcomes.ranges import set_numbers
from liptako.theatre.claims import Chance, ContrastTest, Lens, PolicyTest
from liptako.theatre.loading import LoadedScenario, load_scenario

CONTRAST = ContrastTest(test="contrast", name="one", sign="up")
POLICY = PolicyTest(test="policy", policy="talks", outcome="deaths", sign="down")
CHANCE = Chance(test="forecast", says="it comes", outcome="coups", level=1, sign="up")


def kept(kind: str, key: str, **row: Any) -> Stored:
    usual = {"label": "One", "unit": "killed", "lo": -1.0, "hi": 2.0, "of": "one", "sha256": "a",
             "civilians": 12.0, "civilians_mcse": 3.0, "law": ["Raids: Law 1"]}  # fmt: skip
    content = {"made_from": {"sha256": "base"}, kind: {key: usual | row}}
    return Stored(content, "base", {"one": "a"})


@pytest.mark.parametrize(
    ("difference", "share", "sign", "verdict"),
    [
        (3.0, 0.95, "up", SUPPORTED),
        (-3.0, 0.95, "up", CONTRADICTED),
        (-3.0, 0.90, "down", SUPPORTED),
        (3.0, 0.80, "up", MIXED),
        (3.0, 0.60, "up", UNDECIDED),
        (0.9, 0.95, "up", UNDECIDED),
        (3.0, float("nan"), "up", UNDECIDED),
    ],
)
def test_a_sign_counts_beyond_error_and_in_nine_of_ten_sets(difference, share, sign, verdict):
    assert sign_verdict(difference, 0.5, share, sign)[0] == verdict
    sets = None if np.isnan(share) else share
    test = CONTRAST.model_copy(update={"sign": sign})
    row = {"difference": difference, "mcse": 0.5, "sign_share": sets}
    found = contrast(test, kept("contrasts", "one", **row))
    assert found.verdict == verdict
    assert found.robust == (verdict in (SUPPORTED, CONTRADICTED))
    assert bool(found.would_decide) == (verdict == UNDECIDED)
    assert not found.stale
    assert "Civilians killed on purpose: +12 ±3." in found.note
    assert found.law == ("Raids: Law 1",)
    assert found.says == f"One (claimed {'↑' if sign == 'up' else '↓'})"


@pytest.mark.parametrize(
    ("stored_verdict", "diff", "verdict"),
    [(ROBUST, -2.0, SUPPORTED), (ROBUST, 2.0, CONTRADICTED), (DEPENDS, -2.0, MIXED),
     (NO_VIEW, -2.0, UNDECIDED), (MORE, -2.0, UNDECIDED)],
)  # fmt: skip
def test_a_policy_is_read_from_its_comparison(stored_verdict, diff, verdict):
    row = {"diff": diff, "mcse": 0.5, "sign_holds": 0.9, "verdict": stored_verdict}
    found = policy(POLICY, kept("policies", "talks deaths", **row))
    assert found.verdict == verdict
    assert found.says == "One (claimed: fewer people killed)"


@pytest.mark.parametrize(
    ("p", "share", "sign", "verdict"),
    [(0.8, 0.95, "up", SUPPORTED), (0.8, 0.95, "down", CONTRADICTED), (0.8, 0.7, "up", MIXED),
     (0.2, 0.05, "up", CONTRADICTED), (0.51, 0.95, "up", UNDECIDED), (0.8, None, "up", UNDECIDED)],
)  # fmt: skip
def test_a_chance_is_held_against_its_bar(p, share, sign, verdict):
    test = CHANCE.model_copy(update={"sign": sign})
    row = {"p": p, "mcse": 0.01, "share_above": share, "unit": "chance"}
    assert chance(test, kept("chances", chance_key(test), **row)).verdict == verdict


def test_a_chance_is_counted_over_futures_and_sets():
    members = np.arange(1000)
    sets = set_numbers(members)
    drawn = np.random.default_rng(0).permutation(members)
    values = {"coups": np.where(drawn % 4 == 0, 0.0, 2.0), "deaths": np.ones(1000)}
    found = chance_of(CHANCE, values, sets)
    assert found["p"] == 0.75
    assert found["lo"] <= 0.75 <= found["hi"]
    assert found["share_above"] > 0.9, "chance alone makes sets differ here"
    beside = CHANCE.model_copy(update={"level": None, "outcome": "deaths", "beside": "coups"})
    assert chance_of(beside, values, sets)["p"] == pytest.approx(-0.5)
    few = chance_of(CHANCE, {"coups": values["coups"][:100]}, set_numbers(members[:100]))
    assert np.isnan(few["share_above"])


def test_nothing_stored_decides_nothing():
    empty = Stored({}, "base", {})
    for found in (contrast(CONTRAST, empty), policy(POLICY, empty), chance(CHANCE, empty)):
        assert found.verdict == UNDECIDED
        assert "recompute" in found.would_decide


def test_results_are_stale_when_what_they_are_of_has_changed():
    row = {"difference": 3.0, "mcse": 0.5, "sign_share": 0.95}
    fresh = kept("contrasts", "one", **row)
    assert not contrast(CONTRAST, fresh).stale
    assert contrast(CONTRAST, replace(fresh, base="other")).stale
    assert contrast(CONTRAST, replace(fresh, prints={"one": "b"})).stale
    assert contrast(CONTRAST, replace(fresh, base="other")).verdict == SUPPORTED, "shown as it is"


def motives(leads: str = "", largest: float = 0.6) -> dict[str, Any]:
    row = {"mean": 0.5, "lo": 0.1, "hi": 0.9, "largest": largest}
    return {
        "juntas": {
            "a": {
                "country": "AAA",
                "decided": True,
                "verdict": "shy",
                "families": {"bold": row, "shy": {**row, "mean": 0.75}},
            },
            "b": {"country": "BBB", "decided": False, "verdict": "undetermined", "families": {}},
            "c": {"country": "BBB", "decided": False, "verdict": "undetermined", "families": {}},
        },
        "together": {
            "decided": bool(leads),
            "verdict": leads or "undetermined",
            "families": {"bold": row, "shy": {**row, "mean": 0.25}},
        },
        "lenses": {"narrow": {"label": "shy: narrow", "by_junta": {"a": 0.1, "b": 0.3, "c": 0.2}}},
    }


def asked(name: str, found: dict[str, Any], of: Sequence[str] = ()) -> Finding:
    return lens(Lens(test="lens", lens=name, of=list(of)), found)


def test_lenses_decide_nothing_until_there_are_some():
    for found in (asked("bold", {}), asked("bold", motives()), asked("all", motives())):
        assert found.verdict == UNDECIDED
        assert found.would_decide
    assert "bold 50, shy 25" in asked("all", motives()).note
    assert asked("unknown", motives()).verdict == UNDECIDED


def test_a_family_is_supported_where_it_is_named_and_contradicted_where_another_is():
    assert asked("bold", motives("bold")).verdict == SUPPORTED
    found = asked("shy", motives("bold"))
    assert (found.verdict, found.result, found.lo, found.hi) == (CONTRADICTED, 25.0, 10.0, 90.0)
    within = asked("narrow", motives("shy"))
    assert (within.verdict, within.result) == (UNDECIDED, pytest.approx(20.0))


def test_a_claim_on_one_junta_is_answered_for_that_junta():
    found = motives("bold")
    assert asked("shy", found, ["AAA"]).verdict == SUPPORTED
    assert asked("shy", found, ["AAA"]).result == 75.0
    assert asked("shy", found, ["AAA", "BBB"]).verdict == CONTRADICTED, "all of them"
    some = asked("shy", found, ["BBB"])
    assert (some.verdict, some.result) == (UNDECIDED, None)
    assert "not looked at together" in some.note
    assert asked("narrow", motives("shy"), ["AAA"]).result == pytest.approx(10.0)


def test_intervals_and_sides():
    assert verdict_of(1.1, 2.0, 1.0, "up") == SUPPORTED
    assert verdict_of(1.0, 2.0, 1.0, "up") == UNDECIDED, "the null itself lies inside"
    assert verdict_of(float("nan"), 2.0, 1.0, "up") == UNDECIDED
    tests = [Finding("a", verdict, "it") for verdict in (SUPPORTED, UNDECIDED)]
    assert side_of(tests).verdict == MIXED
    assert side_of(tests[:1]).verdict == SUPPORTED
    assert side_of(tests[1:]).verdict == UNDECIDED


@pytest.fixture(scope="module")
def loaded() -> LoadedScenario:
    return load_scenario("sahel-2024")


def copied(loaded: LoadedScenario, into: Path) -> LoadedScenario:
    for path in loaded.folder.glob("*.*"):
        shutil.copy(path, into / path.name)
    (into / "snapshot").mkdir()
    shutil.copy(loaded.folder / "snapshot/manifest.json", into / "snapshot/manifest.json")
    return replace(loaded, folder=into)


def test_the_hash_is_of_what_enters_and_not_of_comments(loaded, tmp_path):
    here = copied(loaded, tmp_path)
    assert digest(here) == digest(loaded)
    params = tmp_path / "params.toml"
    text = params.read_text(encoding="utf-8")
    params.write_text(f"# a comment\n{text}", encoding="utf-8")
    assert digest(here) == digest(loaded)
    changed = text.replace("value = 1.0", "value = 1.5", 1)
    assert changed != text
    params.write_text(changed, encoding="utf-8")
    assert digest(here) != digest(loaded)


def test_the_hash_is_of_the_thresholds_of_the_scenario_too(loaded):
    endings = loaded.scenario.endings.model_copy(update={"min_joint_acts": 9})
    other = loaded.scenario.model_copy(update={"endings": endings})
    assert digest(replace(loaded, scenario=other)) != digest(loaded)


def test_words_of_a_contrast_do_not_enter_its_hash(loaded, tmp_path):
    here = copied(loaded, tmp_path)
    file = tmp_path / "contrasts.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('label = "The US', 'label = "Here, the US'), encoding="utf-8")
    assert prints(here) == prints(loaded)
    file.write_text(text.replace("value = -1.0", "value = -0.5", 1), encoding="utf-8")
    before, after = prints(loaded), prints(here)
    assert len([name for name in before if before[name] != after[name]]) == 1


def test_a_damaged_store_is_refused(loaded, tmp_path):
    here = copied(loaded, tmp_path)
    (tmp_path / storing.FILE).write_text(json.dumps({"format": 1}), encoding="utf-8")
    with pytest.raises(InputError, match="claims.json: made_from: missing"):
        storing.stored(here)
    whole = json.loads((loaded.folder / storing.FILE).read_text(encoding="utf-8"))
    next(iter(whole["contrasts"].values()))["difference"] = "much"
    (tmp_path / storing.FILE).write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(InputError, match="wrong type"):
        storing.stored(here)
    (tmp_path / storing.FILE).unlink()
    assert storing.stored(here).content == {}
