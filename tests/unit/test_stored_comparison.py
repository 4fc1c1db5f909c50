"""The stored comparison of a theatre: what is kept, whether it still holds, and where it shows."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import write_policies

import compare_fixtures as cf
import liptako
import model_fixtures as mf
import table_fixtures as tf
from liptako.errors import InputError
from liptako.exhibits.from_comparison import about_stored, facts_of, stored_of, tables_of
from liptako.experiments import measured as measuring
from liptako.experiments import stored
from liptako.experiments.compare import Comparison, compared
from liptako.experiments.measured import with_harm
from liptako.outcomes.ranges import mcse_of_mean
from liptako.report import render
from liptako.report.comparison import write_comparison
from liptako.runs.start import Prepared
from liptako.theatre.loading import load_scenario
from liptako.theatre.policies import load_policies
from liptako.theatre.questions import load_questions, outcomes_asked
from liptako.theatre.scenario import Policy, Setting

MEASURED = {"date": "2001-02-03", "python": "3.0", "machine": "abacus"}
SHELTER = Policy(
    label="shelter", set=[Setting(lever="shelter", value=1.0, first="2013-09")]
)  # fmt: skip


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Prepared:
    """The invented theatre in a folder of its own, all members with the same parameters."""
    found = mf.world()

    def same(self: Prepared, seed: int, members: np.ndarray, *, judgement: bool = True):
        return mf.stack(found.params, len(members))

    monkeypatch.setattr(Prepared, "draw_params", same)
    monkeypatch.setattr(measuring, "compile_batch", lambda structure: mf.shared_batch())
    folder = tmp_path / "invented"
    (folder / "scenarios").mkdir(parents=True)
    file = folder / "scenarios" / "invented.toml"
    for path in (folder / "params.toml", folder / "verification.json", file):
        path.write_text("# as it was\n", encoding="utf-8")
    loaded = found.prepared.loaded
    policies = {"baseline": loaded.scenario.policies["baseline"], "shelter": SHELTER}
    scenario = loaded.scenario.model_copy(update={"policies": policies, "members": 16})
    return replace(
        found.prepared,
        loaded=replace(loaded, scenario=scenario, folder=folder, file=file),
        snapshot=with_hash(found.prepared, "1" * 64),
    )


def with_hash(prepared: Prepared, sha256: str) -> Any:
    """Return its data with a table of events that has a hash."""
    manifest = {**prepared.snapshot.manifest, "tables": {"events": {"sha256": sha256}}}
    return replace(prepared.snapshot, manifest=manifest)


@pytest.fixture
def found(world: Prepared) -> Comparison:
    return compared(world, ["baseline", "shelter"])


def test_what_is_stored_is_read_again(world: Prepared, found: Comparison) -> None:
    path = stored.store(found, MEASURED)
    assert path == world.loaded.folder / stored.FILE
    content = stored.stored(world.loaded.folder)
    assert content is not None
    table = stored.table_of(content)
    kept = list(table.columns)
    assert set(kept) == set(found.table.columns)
    pd.testing.assert_frame_equal(
        table, found.table[kept], rtol=10.0 ** (1 - stored.DIGITS), check_dtype=False
    )
    assert content["made_from"]["date"] == "2001-02-03"
    assert (content["init_time"], content["members"], content["seed"]) == ("2013-08", 16, 1)
    assert content["command"].split()[:3] == ["liptako", "compare", "invented"]
    assert "sets" not in content, "differences alone"


def test_it_says_what_has_changed_since(world: Prepared, found: Comparison) -> None:
    stored.store(found, MEASURED)
    content = stored.stored(world.loaded.folder)
    assert content is not None
    assert stored.changed_since(content, world) == ()
    (world.loaded.folder / "verification.json").write_text("{}", encoding="utf-8")
    assert stored.changed_since(content, world) == (), "no future depends on it"
    (world.loaded.folder / "params.toml").write_text("# otherwise\n", encoding="utf-8")
    assert stored.changed_since(content, world) == ("params.toml",)
    world.loaded.file.write_text("# otherwise\n", encoding="utf-8")
    (world.loaded.folder / "menu.toml").write_text("", encoding="utf-8")
    assert stored.changed_since(content, world) == (
        "menu.toml", "params.toml", "scenarios/invented.toml",
    )  # fmt: skip
    other = replace(world, snapshot=with_hash(world, "0" * 64))
    assert stored.changed_since(content, other)[0] == "events"
    assert stored.digest(stored.made_from(world)) != content["sha256"]


def test_a_run_of_the_theatre_shows_it_with_its_day_and_hash(
    world: Prepared, found: Comparison
) -> None:
    assert stored_of(world) == ({}, {}), "there is none yet"
    stored.store(found, MEASURED)
    tables, about = stored_of(world)
    assert list(tables) == ["comparison"]
    assert (about["made"], about["changed"]) == ("2001-02-03", ())
    assert about["hash"] == stored.digest(stored.made_from(world))
    later = world.loaded.scenario.model_copy(update={"init_time": "2013-07"})
    elsewhen = replace(world, loaded=replace(world.loaded, scenario=later))
    assert stored_of(elsewhen) == ({}, {}), "seen from another month"


def test_it_answers_for_another_scenario_only_where_nothing_that_counts_differs(
    world: Prepared, found: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.store(found, MEASURED)
    monkeypatch.setattr(stored, "load_scenario", lambda _: world.loaded)
    mine = replace(world.loaded, file=world.loaded.folder / "mine.toml")

    def answers(**changes: Any) -> bool:
        scenario = mine.scenario.model_copy(update=changes)
        return stored.stored_for(replace(mine, scenario=scenario)) is not None

    policies = mine.scenario.policies
    assert answers()
    assert answers(months=24, members=99), "what is shown says of which length it is"
    assert answers(policies={**policies, "own": SHELTER})
    assert not answers(endings=mine.scenario.endings.model_copy(update={"min_joint_acts": 9}))
    half = [Setting(lever="shelter", value=0.5, first="2013-09")]
    other = SHELTER.model_copy(update={"set": half})
    assert not answers(policies={**policies, "shelter": other}), "another policy of that name"
    assert not answers(policies={**policies, "baseline": other}), "another reference"
    assert answers(policies={**policies, "shelter": SHELTER.model_copy(update={"label": "x"})})
    world.loaded.file.unlink()
    assert not answers(), "the scenario that was compared is gone"


def test_harm_to_civilians_is_always_kept_and_added(world: Prepared) -> None:
    without = compared(world, ["baseline", "shelter"], outcomes=["deaths"])
    with pytest.raises(InputError, match="harm to civilians is always kept"):
        stored.store(without, MEASURED)
    assert with_harm(world, ["deaths"]) == ["deaths", "civilians_killed"]
    assert with_harm(world, ["civilians_killed:AAA"]) == ["civilians_killed:AAA"]
    assert with_harm(world, None) is None


def test_only_a_scenario_of_the_theatre_is_stored(world: Prepared, found: Comparison) -> None:
    mine = replace(world.loaded, file=world.loaded.folder / "mine.toml")
    elsewhere = replace(found, prepared=replace(world, loaded=mine))
    with pytest.raises(InputError, match="only of a scenario in the theatre's own folder"):
        stored.store(elsewhere, MEASURED)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda text: text[:200], "not valid JSON"),
        (lambda text: text.replace('"format": 1', '"format": 9'), "another format"),
        (lambda text: text.replace('"civilians_killed"', '"civilians"'), "no harm to civilians"),
        (lambda text: text.replace('"verdict"\n', '"said"\n'), "not a readable comparison"),
        (lambda text: text.replace('"sha256"', '"sha"'), "sha256"),
    ],
)
def test_a_damaged_file_is_named(
    world: Prepared, found: Comparison, change: Any, problem: str
) -> None:
    path = stored.store(found, MEASURED)
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")
    with pytest.raises(InputError, match=problem) as caught:
        stored.stored(world.loaded.folder)
    assert str(caught.value.file) == str(path)


def test_all_policies_begin_with_the_baseline() -> None:
    loaded = load_scenario("sahel-2024")
    names = stored.all_policies(loaded)
    shared = load_policies(loaded.folder, loaded.scenario.init_month)
    assert names[0] == "baseline"
    assert set(names) == {*loaded.scenario.policies, *shared}


# the Monte Carlo error


def test_four_times_the_members_halve_the_error(world: Prepared) -> None:
    def error(members: int) -> float:
        scenario = world.loaded.scenario.model_copy(update={"members": members})
        more = replace(world, loaded=replace(world.loaded, scenario=scenario))
        found = compared(more, ["baseline", "shelter"], outcomes=["civilians_killed"])
        return float(found.table["mcse"][0])

    ratio = error(256) / error(1024)
    # the standard error of a standard deviation of 256 is about a twentieth; tails are heavy
    assert ratio == pytest.approx(2.0, rel=0.25)
    gap = np.random.default_rng(1).normal(size=40_000)
    assert mcse_of_mean(gap[:10_000]) / mcse_of_mean(gap) == pytest.approx(2.0, rel=0.03)


# pages


def test_it_is_written_as_a_page_with_csv_and_json(
    world: Prepared, found: Comparison, tmp_path: Path
) -> None:
    content = {**found.summary(), "note": "n", "missing": math.nan}
    write_comparison(found, content, tmp_path)
    page = (tmp_path / "comparison.html").read_text(encoding="utf-8")
    assert "AS SEEN FROM 31 AUG 2013" in page
    assert "Comparison in a model, not an experiment." in page
    assert 'data-chart="compare"' in page
    assert 'href="data:text/csv' in page
    assert "http" not in page.split("<script>")[0].replace("http-equiv", "").replace(
        "http://www.w3.org", ""
    ).replace("https://doi.org", "")
    table = pd.read_csv(tmp_path / "comparison.csv")
    assert len(table) == len(found.table)
    assert set(table["as_seen_from"]) == {"2013-08"}
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["missing"] is None


def test_the_public_plot_draws_a_comparison(found: Comparison) -> None:
    spec = liptako.plot.compare(found, columns=2).to_dict()
    assert spec["columns"] == 2
    assert "As seen from 31 Aug 2013" in " ".join(spec["title"]["subtitle"])
    assert "Made on" not in " ".join(spec["title"]["subtitle"]), "it was made now"


def test_a_report_has_the_section_where_there_is_one_and_else_leaves_it_out() -> None:
    assert 'id="what-if"' not in render(tf.tables(cell_step=40), tf.facts())
    about = cf.about(changed=("params.toml",))
    tables = tf.tables(cell_step=40) | cf.tables()
    page = render(tables, tf.facts(compared=about))
    assert 'id="what-if"' in page
    assert "THE THEATRE HAS CHANGED" in page
    assert "Made on 2001-02-03" in page
    section = page.split('id="what-if"', 2)[1].split("</section>")[0]
    for words in (
        "Boats for all islands", "fewer civilians killed on purpose (-9%)".capitalize(), "patrols",
        "Envoys between two skerries",
    ):  # fmt: skip
        assert words in section
    assert section.index("Send boats?") < section.index("<details") < section.index("<figure")
    assert section.index("<figure") < section.index("Boats for all islands")
    asked = section[section.index("Send boats?") : section.index("<details")]
    assert "Fewer civilians killed on purpose (-9%)" in asked


def test_facts_of_a_comparison_name_what_armed_actors_do(found: Comparison) -> None:
    facts = facts_of(found)
    assert facts.compared["assumed"] == []
    assert facts.compared["labels"]["shelter"] == "shelter"
    assert set(tables_of(found)) == {"comparison"}


# questions


def test_questions_of_the_theatre_name_policies_that_there_are() -> None:
    loaded = load_scenario("sahel-2024")
    questions = load_questions(loaded.folder)
    names = stored.all_policies(loaded)
    for name, row in questions.items():
        assert set(row.policies) <= set(names), name
        assert row.outcomes[0] == "civilians_killed", "harm to civilians first, always"
        assert row.claims == sorted(set(row.claims)), name
    claims = {claim for row in questions.values() for claim in row.claims}
    assert set(range(72, 82)) <= claims, "each policy claim of the argument is asked of"
    assert len(outcomes_asked(loaded.folder)) == len(set(outcomes_asked(loaded.folder)))


def content_of(**changes: Any) -> dict[str, Any]:
    """Return an invented stored comparison."""
    table = cf.comparison()
    rows = {
        policy: {
            row["outcome"]: [row[name] for name in stored.COLUMNS]
            for row in mine.to_dict("records")
        }
        for policy, mine in table.groupby("policy", sort=False)
    }
    about = cf.about()
    return {
        **{name: about[name] for name in ("scenario", "reference", "labels", "members", "months")},
        "seed": 1, "init_time": "2011-06", "sha256": about["hash"], "command": about["command"],
        "made_from": {"data": {}, "files": {}, **MEASURED}, "columns": list(stored.COLUMNS),
        "assumed": {"patrols": ["Patrols: a law"]}, "differences": rows,
    } | changes  # fmt: skip


def question(**changes: Any) -> dict[str, Any]:
    from liptako.theatre.questions import Question

    fields: dict[str, Any] = {
        "ask": "Send boats?", "claims": [1, 2], "policies": ["boats", "envoys"],
        "outcomes": ["civilians_killed", "fails"], "not_said": "Who rows.",
    }  # fmt: skip
    return {"boats": Question(**(fields | changes))}


def test_a_page_answers_questions_from_what_is_stored() -> None:
    text = write_policies.page(content_of(), question())
    assert "## Send boats?\n\nClaims 1 and 2." in text
    assert "| Civilians killed on purpose | -18 (-30 to -10) ● | +1.8 (+1.0 to +3.0) ○ |" in text
    assert "Not said: Who rows." in text
    assert "## Other policies compared\n\n- **patrols**" in text
    assert "Measured on 2001-02-03" in text
    assert "0123456789ab" in text
    assert "patrols: Patrols: a law" in text
    assert "not an experiment" in text
    for wrong in ({"policies": ["rafts"]}, {"outcomes": ["peace"]}):
        with pytest.raises(InputError, match="not in the stored comparison"):
            write_policies.page(content_of(), question(**wrong))


def test_the_page_is_what_the_script_writes() -> None:
    content = stored.stored(write_policies.THEATRE)
    assert content is not None
    questions = load_questions(write_policies.THEATRE)
    assert write_policies.PAGE.read_text(encoding="utf-8") == write_policies.page(
        content, questions
    )


def test_what_is_said_of_a_stored_comparison_is_whole(world: Prepared, found: Comparison) -> None:
    stored.store(found, MEASURED)
    content = stored.stored(world.loaded.folder)
    assert content is not None
    assert set(about_stored(content, world)) == set(cf.about())
