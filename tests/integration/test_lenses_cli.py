"""`liptako lenses` as a user meets it: what is stored, what is refused, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from liptako.cli.app import app
from liptako.experiments.lenses import arms_of, case_of, simulate_lenses
from liptako.runs.start import start_of

THEATRES = Path(__file__).resolve().parents[1] / "theatres"


def ask(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["lenses", *args])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def test_one_object_holds_the_posterior_and_what_it_rests_on():
    code, out, err = ask("--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert list(found["juntas"]) == ["mali", "damiba", "traore", "niger"]
    for row in found["juntas"].values():
        means = [one["mean"] for one in row["families"].values()]
        assert abs(sum(means) - 1) < 1e-3
        for one in row["families"].values():
            assert one["lo"] <= one["mean"] <= one["hi"]
            assert one["contraction"] < 1
    assert found["stale"] is False
    assert len(found["telling"]) == 10
    assert {row["model"] for row in found["predictive"]} >= {"all lenses", "no lens", "opportunism"}
    assert "draws" not in found


def test_the_text_says_what_decisions_are_consistent_with_and_no_more():
    code, out, _ = ask()
    assert code == 0
    assert "cannot be decided here" in out
    assert "main run draws motives from their prior" in out
    assert "no statement on the intent of any person" in out
    assert "Most telling decisions" in out


def test_a_theatre_without_lenses_says_so():
    (scenario,) = (THEATRES / "skerries" / "scenarios").glob("*.toml")
    code, _, err = ask(str(scenario))
    assert code == 2
    assert "no lenses to infer" in err
    assert "motives.toml" in err


@pytest.mark.slow
def test_futures_under_a_lens_share_random_numbers_and_show_harm_to_civilians():
    prepared = start_of("sahel-2024", members=4)
    case = case_of(prepared.loaded)
    arms = arms_of(prepared, case, None)
    assert list(arms) == ["prior", *case.names.lenses]
    members = np.arange(4)
    before = np.asarray(prepared.draw_params(1, members).motives.weight)
    after = np.asarray(arms["russian"].draw(prepared, members).motives.weight)
    juntas = [iso in case.names.countries for iso in prepared.structure.countries]
    assert (before[:, ~np.array(juntas)] == after[:, ~np.array(juntas)]).all()
    assert (before[:, juntas] != after[:, juntas]).all(axis=-1).any()
    found = simulate_lenses("sahel-2024", members=4, only=["russian"])
    assert {"pact_alive", "civilians_killed", "civilians_by_state"} <= set(found["outcome"])
    assert set(found["motives"]) == {"russian"}
    assert found["diff"].abs().max() > 0
