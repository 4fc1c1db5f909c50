"""`liptako compare` as a user meets it: a small comparison, what is refused, and what it costs."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from typer.testing import CliRunner

from liptako.cli.app import app
from liptako.experiments.stored import stored
from liptako.theatre.loading import load_scenario

SMALL = ["--members", "16", "--months", "12", "--seed", "3"]


def ask(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["compare", "sahel-2024", *args])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    code, out, err = ask("baseline", "mediate", "base-only", *SMALL, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_one_object_holds_every_difference(found):
    assert (found["reference"], found["policies"]) == ("baseline", ["mediate", "base-only"])
    assert (found["members"], found["months"], found["seed"]) == (16, 12, 3)
    assert set(found["differences"]) == {"mediate", "base-only"}
    for rows in found["differences"].values():
        assert set(rows) == set(found["base"])
        assert {"pact_alive", "deaths", "coast_deaths", "share_russia", "kept"} <= set(rows)
        for row in rows.values():
            assert row["sign_holds"] is None, "too few members"
            assert row["verdict"] == "more members needed"
            assert row["unit"]
    assert found["differences"]["mediate"]["deaths"]["mcse"] >= 0
    assert "not an experiment" in found["note"]


def test_acts_of_armed_actors_are_marked_with_the_law(found):
    assert list(found["assumed"]) == ["base-only"]
    assert "duty to ensure respect" in found["assumed"]["base-only"][0]


def test_the_text_has_a_sentence_numbers_law_and_footer():
    code, out, _ = ask("baseline", "base-only", *SMALL, "--outcome", "deaths:NER")
    assert code == 0
    assert "base-only: The United States keeps its base" in out
    assert "No robust sign in any of 2 outcomes" in out
    assert "16 futures are too few for a range" in out
    assert "People killed, all violence (NER)" in out
    assert "Civilians killed on purpose" in out, "harm to civilians is always shown"
    assert "duty to ensure respect" in out
    assert out.rstrip().endswith("A comparison in a model, not an experiment, and no advice.")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["baseline"], "nothing to compare"),
        (["baseline", "mediate", "mediate"], "named twice"),
        (["baseline", "peace"], "engage-niger"),
        (["baseline", "mediate", "--outcome", "peace"], "no such outcome"),
        (["baseline", "mediate", "--rank", "exits"], "which way is better"),
        (["baseline", "mediate", "--rank", "peace=more"], "no such outcome"),
        (["baseline", "mediate", "--months", "18"], "not whole years"),
    ],
)
def test_bad_input_is_refused(args, words):
    code, out, err = ask(*args)
    assert code == 2
    assert out == ""
    assert words in err


@pytest.mark.parametrize(
    "args", [["mediate"], ["--months", "12"], ["--outcome", "deaths"], ["--rank", "deaths"]]
)
def test_only_the_whole_comparison_is_stored(args):
    code, out, err = ask(*args, "--store")
    assert (code, out) == (2, "")
    assert "only the whole comparison is stored" in err


def test_a_comparison_is_written_to_a_folder(tmp_path):
    code, out, err = ask(
        "baseline", "mediate", *SMALL, "--outcome", "deaths", "--out", str(tmp_path), "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["folder"] == str(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "comparison.html", "comparison.csv", "comparison.json",
    }  # fmt: skip
    kept = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert set(kept["differences"]["mediate"]) == {"deaths", "civilians_killed"}
    code, out, err = ask("baseline", "mediate", "--out", str(tmp_path / "comparison.csv"))
    assert (code, out) == (2, "")
    assert "cannot be written" in err


@pytest.mark.slow
def test_a_theatre_stores_its_comparison_and_a_run_shows_it(tmp_path):
    """Of all policies that it has: here one beside the baseline."""
    folder = tmp_path / "sahel"
    shutil.copytree(load_scenario("sahel-2024").folder, folder)
    for name in ("comparison.json", "questions.toml", "claims.toml"):  # they name policies
        (folder / name).unlink()
    (folder / "policies.toml").write_text(
        '[mediate]\nlabel = "Mediation"\n'
        'set = [{ lever = "mediation", value = 1.0, countries = ["NER"] }]\n',
        encoding="utf-8",
    )
    file = str(folder / "scenarios" / "sahel-2024.toml")
    done = CliRunner().invoke(app, ["compare", file, "--store", "--members", "8"])
    assert done.exit_code == 0, done.output
    content = stored(folder)
    assert content is not None
    assert list(content["differences"]) == ["mediate"]
    assert (content["months"], content["members"]) == (36, 8)
    args = ["run", file, "--members", "2", "--months", "12", "--out", str(tmp_path / "runs")]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0, done.output
    (run,) = (tmp_path / "runs").iterdir()
    page = (run / "report.html").read_text(encoding="utf-8")
    assert 'id="what-if"' in page
    assert f"hash {content['sha256'][:12]}" in page
    assert "THE THEATRE HAS CHANGED" not in page
    assert (run / "tables" / "comparison.csv").is_file()


def test_a_ranking_refuses_what_armed_actors_do():
    code, _, err = ask("baseline", "base-only", *SMALL, "--rank", "deaths")
    assert code == 2
    assert "assumption and never advice" in err


def test_a_policy_of_the_theatre_can_be_run(tmp_path):
    args = ["run", "--members", "2", "--months", "1", "--policy", "mediate", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*args, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["policy"] == "mediate"
