"""`liptako contrasts` as a user meets it: a small run of a few rows, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import write_contrasts
from typer.testing import CliRunner

from liptako.cli.app import app

REPOSITORY = Path(__file__).parents[2]
NAMES = (
    "us_niger_inflicted", "drones_state_killing", "coup_pact_over", "spoiler_disputed",
    "distrust_operational",
)  # fmt: skip
VERDICTS = {"no sign was expected", "within Monte Carlo error", "too few futures"}
SMALL = ["contrasts", "--members", "16", "--months", "12", "--seed", "3"]


def ask(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(args))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def only(*names: str) -> list[str]:
    return [word for name in names for word in ("--only", name)]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    code, out, err = ask(*SMALL, *only(*NAMES), "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_the_rows_are_those_asked_for(found):
    assert tuple(row["name"] for row in found["contrasts"]) == NAMES
    assert (found["members"], found["seed"], found["init_time"]) == (16, 3, "2023-12")
    assert found["arms"] == 7, "two bases and five others"
    assert "not an experiment" in found["note"]


def test_a_row_has_sign_error_range_verdict_and_harm(found):
    for row in found["contrasts"]:
        assert row["difference"] == pytest.approx(row["changed"] - row["base"], abs=1e-6)
        assert row["horizon"] == 12
        assert row["lo"] is row["hi"] is row["sign_share"] is None, "too few futures for a range"
        assert not row["robust"]
        assert row["verdict"] in VERDICTS
        assert isinstance(row["civilians"], float)
        assert row["civilians_mcse"] >= 0
    assert "distinction" in found["contrasts"][1]["law"][0]


def test_an_altered_assumption_is_named(found):
    assert [row["altered"] for row in found["contrasts"]] == [
        [], [], [], [], ["commitment.trust set to 0.1"],
    ]  # fmt: skip


def test_a_coup_that_is_set_happens(found):
    assert found["contrasts"][2]["civilians_mcse"] > 0, "a coup changes futures"


def test_the_text_has_harm_law_and_footer():
    code, out, _ = ask(*SMALL, *only("drones_state_killing"))
    assert code == 0
    assert "More armed drones" in out
    assert out.splitlines()[2].split()[:3] == ["civilians", "difference", "middle"]
    assert "Customary IHL" in out
    assert "Against the expected sign" in out
    assert out.rstrip().endswith("A comparison in a model, not an experiment.")


DAY = {"date": "2001-02-03", "python": "3.0", "machine": "abacus"}


def test_a_measured_run_becomes_a_page(found):
    text = write_contrasts.page(found | {"measured": DAY})
    assert "Measured on 2001-02-03, Python 3.0, abacus, by `liptako contrasts" in text
    for row in found["contrasts"]:
        assert f"| {row['label']} |" in text
        assert row["reason"] in text
    assert "A comparison in a model, not an experiment." in text
    assert "Customary IHL" in text
    assert f"Of {len(NAMES)} rows:" in text
    assert "commitment.trust set to 0.1" in text.split("## Assumptions altered")[1]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--only", "peace"], "no such contrast"),
        (["--months", "7"], "not whole years"),
        (["--members", "1"], "--members"),
        (["nowhere"], "no such scenario"),
    ],
)
def test_bad_input_is_refused(args, words):
    code, out, err = ask("contrasts", *args)
    assert code == 2
    assert out == ""
    assert words in err
