"""What the numbers rest on: listed in full, and frozen so that a change cannot go unseen."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liptako.cli.app import app
from liptako.cli.assumptions import prior_text, setting_text
from liptako.errors import InputError
from liptako.theatre import freeze
from liptako.theatre.loading import load_theatre
from liptako.theatre.registry import Prior, Registry
from liptako.theatre.validation import validate

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = "2024-01-31"
ROWS: dict[str, Any] = {
    "a.guess": {
        "status": "judgement", "prior": {"dist": "normal", "mean": 0, "sd": 0.25},
        "range": [-1, 1],
    },
    "a.fixed": {"status": "judgement", "value": 2, "range": [1, 3]},
    "b.table": {
        "status": "judgement", "prior": {"dist": "uniform"}, "range": [0, 1],
        "value": {"x": {"y": 0.5, "z": 1}},
    },
    "b.fitted": {"status": "estimated", "posterior": "fit.nc#b"},
    "b.rate": {"status": "reference class", "value": 0.1},
}  # fmt: skip
WORDS = {"unit": "share", "meaning": "m", "acts_on": "a.b", "source": "s"}


def registry(**changes: Any) -> Registry:
    """A small registry; `a__guess={...}` changes fields of the row `a.guess`, None drops it."""
    content: dict[str, dict[str, Any]] = {}
    for path, row in ROWS.items():
        change = changes.get(path.replace(".", "__"), {})
        if change is not None:
            process, name = path.split(".")
            content.setdefault(process, {})[name] = WORDS | row | change
    return validate(Registry, content, Path("params.toml"), inside="processes")


def ask(*args: str) -> Any:
    return CliRunner().invoke(app, ["assumptions", *args])


@pytest.fixture
def mine(tmp_path: Path, theatre_folder: Path) -> Path:
    """A copy of the shipped theatre's two files."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("theatre.toml", "params.toml"):
        shutil.copy(theatre_folder / name, folder / name)
    return folder


@pytest.mark.parametrize(
    "change",
    [
        {"a__guess": {"prior": {"dist": "normal", "mean": 0.1, "sd": 0.25}}},
        {"a__guess": {"range": [-1, 2]}},
        {"a__fixed": {"value": 2.5}},
        {"b__table": {"value": {"x": {"y": 0.4, "z": 1}}}},
        {"a__fixed": {"status": "reference class"}},
        {"a__guess": None},
        {"b__rate": {"status": "judgement", "range": [0, 1]}},
    ],
)
def test_the_digest_moves_with_judgement(change: dict) -> None:
    assert freeze.judgement_digest(registry(**change)) != freeze.judgement_digest(registry())


@pytest.mark.parametrize(
    "change",
    [
        {"a__guess": {"source": "other", "meaning": "other words"}},
        {"a__guess": {"prior": {"dist": "normal", "mean": 0.0, "sd": 0.25, "high": 5}}},
        {"b__table": {"value": {"x": {"y": 0.5, "z": 1.0}}}},
        {"b__rate": {"value": 0.2}},
        {"b__fitted": {"posterior": "fit.nc#other"}},
    ],
)
def test_the_digest_stays_with_what_is_no_judgement(change: dict) -> None:
    assert freeze.judgement_digest(registry(**change)) == freeze.judgement_digest(registry())


def test_order_in_the_file_does_not_matter() -> None:
    turned = dict(reversed(registry().processes.items()))
    other = Registry(processes=turned)
    assert [path for path, _ in other.items()] != [path for path, _ in registry().items()]
    assert freeze.judgement_digest(other) == freeze.judgement_digest(registry())


def test_a_freeze_is_kept_and_a_change_is_named(tmp_path: Path) -> None:
    assert freeze.frozen(tmp_path) is None
    assert freeze.check(registry(), tmp_path).state == "not frozen"
    freeze.freeze(registry(), tmp_path, 'final, "as agreed"\nby all', DAY)
    kept = freeze.check(registry(), tmp_path)
    assert (kept.state, kept.changed) == ("as frozen", ())
    assert kept.frozen is not None
    assert kept.frozen.entries[0].why == 'final, "as agreed" by all'
    assert kept.frozen.entries[0].changed == ["a.fixed", "a.guess", "b.table"]
    moved = registry(a__guess={"range": [-2, 2]}, b__table=None)
    found = freeze.check(moved, tmp_path)
    assert (found.state, found.changed) == ("changed", ("a.guess", "b.table"))
    again = freeze.freeze(moved, tmp_path, "a wider range", "2024-02-01")
    assert [entry.date for entry in again.entries] == [DAY, "2024-02-01"]
    assert again.entries[1].changed == ["a.guess", "b.table"]
    assert freeze.check(moved, tmp_path).state == "as frozen"
    assert freeze.check(registry(), tmp_path).state == "changed"


def test_a_freeze_without_reason_date_or_change_is_refused(tmp_path: Path) -> None:
    for why, date, problem in ((" \n", DAY, "reason"), ("why", "today", "not an allowed value")):
        with pytest.raises(InputError, match=problem):
            freeze.freeze(registry(), tmp_path, why, date)
    assert list(tmp_path.iterdir()) == []
    freeze.freeze(registry(), tmp_path, "why", DAY)
    with pytest.raises(InputError, match="nothing has changed"):
        freeze.freeze(registry(), tmp_path, "again", DAY)


def test_a_lock_edited_by_hand_is_refused(tmp_path: Path) -> None:
    lock = freeze.freeze(registry(), tmp_path, "why", DAY)
    file = tmp_path / freeze.LOCK
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(lock.sha256, "0" * 64, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"judgement.lock: the last entry has another sha256"):
        freeze.check(registry(), tmp_path)


def test_every_parameter_of_the_theatre_is_listed(theatre_folder: Path) -> None:
    rows = load_theatre(theatre_folder)[1].items()
    shown = json.loads(ask("--json").stdout)
    assert [row["path"] for row in shown["parameters"]] == [path for path, _ in rows]
    for (_, row), listed in zip(rows, shown["parameters"], strict=True):
        assert listed["setting"]
        for name in ("status", "meaning", "unit", "acts_on", "source", "shape", "posterior"):
            assert listed[name] == getattr(row, name)
        assert listed["range"] == (None if row.range is None else list(row.range))
    assert sum(shown["counts"].values()) == len(rows)
    text = " ".join(ask().stdout.split())
    for path, row in rows:
        assert f"{path} {row.status}" in text
        assert " ".join(f"Acts on {row.acts_on} Source: {row.source}".split())[:60] in text


def test_theatre_scenario_and_status_select(theatre_folder: Path) -> None:
    by_scenario, by_theatre = (json.loads(ask(n, "--json").stdout) for n in ("sahel-2024", "sahel"))
    assert by_scenario == by_theatre
    only = json.loads(ask("--status", "judgement", "--json").stdout)
    assert {row["status"] for row in only["parameters"]} == {"judgement"}
    assert len(only["parameters"]) == only["counts"]["judgement"] > 0
    assert only["counts"] == by_theatre["counts"], "counts are of all, not of the selection"
    wrong = ask("--status", "guess", "--json")
    assert wrong.exit_code == 2
    assert json.loads(wrong.stdout)["error"]["allowed"] == "estimated, reference class, judgement"
    assert ask("nowhere").exit_code == 2


def test_check_fails_until_frozen_and_after_a_change(mine: Path) -> None:
    assert "not frozen yet" in ask(str(mine)).stdout
    assert ask(str(mine)).exit_code == 0
    assert ask(str(mine), "--check").exit_code == 1
    freeze.freeze(load_theatre(mine)[1], mine, "final", DAY)
    same = ask(str(mine), "--check")
    assert same.exit_code == 0
    assert f"Judgement as frozen on {DAY}" in same.stdout
    params = mine / "params.toml"
    text = params.read_text(encoding="utf-8")
    assert text.count("a = 3, b = 2") == 1
    params.write_text(text.replace("a = 3, b = 2", "a = 3, b = 3"), encoding="utf-8")
    moved = ask(str(mine), "--check")
    assert moved.exit_code == 1
    assert f"CHANGED since it was frozen on {DAY}: log the decision" in moved.stdout
    assert "violence.permeability" in moved.stdout.splitlines()[-1]
    machine = ask(str(mine), "--check", "--json")
    assert machine.exit_code == 1
    state = json.loads(machine.stdout)["judgement"]
    assert (state["state"], state["changed"]) == ("changed", ["violence.permeability"])
    assert state["log"][0]["why"] == "final"


def test_the_script_writes_a_lock_that_checks(mine: Path) -> None:
    script = [sys.executable, str(REPOSITORY / "scripts/freeze_judgement.py")]
    done = subprocess.run([*script, "final", str(mine)], capture_output=True, text=True, check=True)
    assert freeze.judgement_digest(load_theatre(mine)[1]) in done.stdout
    assert ask(str(mine), "--check").exit_code == 0
    again = subprocess.run([*script, "x", str(mine)], capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "nothing has changed" in again.stderr


@pytest.mark.parametrize(
    ("prior", "text"),
    [
        (Prior(dist="normal", mean=0, sd=0.25), "normal 0 ± 0.25"),
        (Prior(dist="beta", a=3, b=2), "beta(3, 2), mean 0.6"),
        (Prior(dist="uniform", low=-1, high=2), "uniform -1 to 2"),
        (
            Prior(dist="lognormal", mean=4.8, sd=0.4),
            "lognormal 4.8 ± 0.4 of the logarithm, middle 122",
        ),
    ],
)
def test_priors_in_words(prior: Prior, text: str) -> None:
    assert prior_text(prior) == text


def test_settings_in_words() -> None:
    rows = dict(registry(b__table={"value": {"x": {"y": 0.5, "z": 0}, "w": {"y": 0}}}).items())
    assert setting_text(rows["a.fixed"]) == "fixed at 2"
    assert setting_text(rows["b.fitted"]) == "posterior in fit.nc#b"
    assert setting_text(rows["b.rate"]) == "fixed at 0.1"
    assert setting_text(rows["b.table"]) == "uniform 0 to 1; centred on x: y 0.5; 0 for w"
