"""`liptako claims` as a user meets it: a list, one claim whole, one object, what is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liptako.cli.app import app

ROOT = Path(__file__).parents[2]


def ask(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["claims", *args])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    code, out, err = ask("6", "23", "37", "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_one_object_holds_both_sides_of_each_claim(found):
    assert [row["id"] for row in found["rows"]] == [6, 23, 37]
    assert (found["init_time"], found["data_until"]) == ("2023-12", "2023-12")
    for row in found["rows"]:
        for side in ("world", "model"):
            names = {"verdict", "result", "lo", "hi", "test", "robust", "would_decide"}
            assert names <= set(row[side])
    assert found["counts"]["world"]["supported"] == 1
    assert found["by_chance"]["tests"] == 4
    assert found["rows"][1]["world"]["result"] == 1.0, "a day off"


def test_killings_are_studied_as_they_are_verified(found):
    """The same numbers as `liptako verify --level recruitment` prints."""
    done = CliRunner().invoke(app, ["verify", "--level", "recruitment", "--json"])
    own = found["rows"][2]["world"]
    told = json.loads(done.stdout)
    for name, key in (("result", "effect"), ("lo", "lo"), ("hi", "hi")):
        assert own[name] == pytest.approx(math.exp(told[key]))


def test_one_claim_is_printed_whole():
    code, out, _ = ask("11")
    assert code == 0
    text = " ".join(out.split())
    assert "WORLD: mixed" in text
    assert "40 killed, supported" in text
    assert "days from the date claimed: -21, contradicted" in text
    assert "Known doubt:" in text
    assert "Would decide it:" in text


def test_harm_and_law_stand_beside_what_armed_actors_do():
    code, out, _ = ask("2")
    assert code == 0
    text = " ".join(out.split())
    assert "Civilians killed on purpose:" in text
    assert "distinction, proportionality, precautions" in text


def test_what_is_not_there_is_refused():
    code, _, err = ask("82")
    assert code == 2
    assert "1 to 81" in err
    code, _, err = ask("6", "--store")
    assert code == 2
    scenario = ROOT / "tests/theatres/skerries/scenarios/skerries-2011.toml"
    code, _, err = ask("9", "--scenario", str(scenario))
    assert code == 2
    assert "1 to 5" in err


def test_a_theatre_without_claims_says_so(tmp_path):
    words = ["scenario", "new", "mine", "--theatre", "new", "--dir", str(tmp_path)]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0, made.output
    scenario = next(tmp_path.rglob("scenarios/*.toml"))
    code, _, err = ask("--scenario", str(scenario))
    assert code == 2
    assert "audits no argument" in " ".join(err.split())
