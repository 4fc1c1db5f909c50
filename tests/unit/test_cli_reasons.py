"""The commands on a stored run in which it is known why an outcome comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import reasons_fixtures as reasons
from liptako.cli.app import app
from liptako.experiments import surrogate
from liptako.runs.folder import DATASET, load_run, write_dataset


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> str:
    made = tmp_path_factory.mktemp("runs") / "made-1"
    run = reasons.run_with_reasons()
    run.attrs["tested"] = run.attrs["tested_deaths"] = "[]"
    write_dataset(run, made / DATASET)
    return str(made)


def ask(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def test_a_stored_run_keeps_its_parameters(folder):
    run = load_run(Path(folder))
    assert list(run["assumption"].to_numpy()[:1]) == ["made.drive"]


def test_sensitivity_names_what_decides_or_says_why_not(folder, monkeypatch):
    monkeypatch.setattr(surrogate, "RESAMPLES", 2)
    asked = ("sensitivity", folder, "--outcome", "outside", "--outcome", "endures")
    text = ask(*asked)
    assert "Looked at: 12 numbers from judgement, 10 numbers from reference classes" in text
    assert "made.drive: What made.drive is" in text
    assert "No index for estimates:" in text
    assert "Assumptions are not seen to move it" in text
    found = json.loads(ask(*asked, "--json"))
    assert found["outcomes"]["outside"]["indices"][0]["parameter"] == "made.drive"
    assert found["outcomes"]["endures"]["indices"] == []
    assert found["parameters"]["judgement"] == 12


def test_a_box_is_said_in_words(folder):
    text = ask("discover", folder, "--outcome", "outside")
    assert '"What made.drive is" (made.drive) is above 0.' in text
    assert "does not hold in the other half" in text
    found = json.loads(ask("discover", folder, "--outcome", "outside", "--json"))
    (box,) = [box for box in found["boxes"] if box["holds"]]
    assert "made.drive" in {limit["parameter"] for limit in box["limits"]}
    assert found["outcome"] == "outside"


def test_signposts_are_said_in_words_and_dates(folder):
    name = reasons.pact_theatre().countries["AAA"].name
    text = ask("signposts", folder, "--outcome", "regimes_held")
    assert f"A coup succeeds: {name}, by Dec 2024" in text
    rows = json.loads(ask("signposts", folder, "--outcome", "regimes_held", "--json"))["signposts"]
    assert rows[0]["kind"] == "coup"
    assert rows[0]["event"].startswith("A coup succeeds: ")
    assert rows[0]["moves"] == -1.0


def test_what_is_no_run_is_refused():
    done = CliRunner().invoke(app, ["signposts", "nowhere/at/all"])
    assert done.exit_code == 2
