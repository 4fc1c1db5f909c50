"""Bad input on the command line: exit code 2, a message that helps, nothing written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from liptako.cli.app import app

SCENARIO = """
name = "mine"
title = "Mine"
theatre = "sahel"
init_time = "2023-12"
[policies.baseline]
label = "As it is"
"""
EVENT = {
    "id": "900001", "type_of_violence": "1", "side_a": "Government of Mali", "side_b": "JNIM",
    "dyad_name": "Government of Mali - JNIM", "where_prec": "1", "adm_1": "Mopti region",
    "latitude": "14.50", "longitude": "-4.20", "priogrid_gid": "150832", "country": "Mali",
    "country_id": "432", "date_start": "2023-12-01", "date_end": "2023-12-02", "date_prec": "1",
    "deaths_a": "1", "deaths_b": "2", "deaths_civilians": "0", "deaths_unknown": "0",
    "best": "3", "high": "4", "low": "3",
}  # fmt: skip


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def ask(tmp_path, monkeypatch) -> Callable[..., Answer]:
    """Run a command in an empty folder, with the user's own data in another."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LIPTAKO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path / "cache"))

    def answer(*args: str) -> Answer:
        done = CliRunner().invoke(app, list(args))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return answer


@pytest.fixture
def refuse(ask, tmp_path) -> Callable[..., dict]:
    """Run a command that must be refused, as text and as JSON; return the error's parts."""

    def refused(*args: str) -> dict:
        before = listing(tmp_path)
        text, machine = ask(*args), ask(*args, "--json")
        assert (text.code, machine.code) == (2, 2)
        assert listing(tmp_path) == before, "something was written"
        assert text.out == ""
        content = json.loads(machine.out)
        assert list(content) == ["error"]
        assert set(content["error"]) == {"problem", "file", "field", "value", "allowed"}
        for part in content["error"].values():
            assert part is None or part in text.err
        return content["error"]

    return refused


def listing(folder: Path) -> list[str]:
    """Everything below a folder but the cache, which holds nothing of a user's."""
    return sorted(str(path) for path in folder.rglob("*") if "cache" not in path.parts)


def events(*changes: dict[str, str], drop: str = "", rename: dict[str, str] | None = None) -> str:
    rows = [{**EVENT, "id": str(900_001 + n), **change} for n, change in enumerate(changes)]
    names = [name for name in EVENT if name != drop]
    lines = [",".join((rename or {}).get(name, name) for name in names)]
    lines += [",".join(row[name] for name in names) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("option", "value", "problem", "allowed"),
    [
        ("members", "0", "out of range", "2 to 100000"),
        ("members", "1", "out of range", "2 to 100000"),
        ("members", "-5", "out of range", "2 to 100000"),
        ("members", "1000000000", "out of range", "2 to 100000"),
        ("members", "abc", "not a whole number", "2 to 100000"),
        ("members", "2.5", "not a whole number", "2 to 100000"),
        ("members", "", "not a whole number", "2 to 100000"),
        ("months", "0", "out of range", "1 to 60"),
        ("months", "ten", "not a whole number", "1 to 60"),
        ("seed", "-1", "out of range", "0 to 2147483647"),
        ("policy", "peace", "no such policy", "baseline"),
    ],
)
def test_wrong_options_of_run(refuse, option, value, problem, allowed):
    error = refuse("run", f"--{option}", value)
    assert error["field"] == option
    assert problem in error["problem"]
    assert value in error["value"]
    assert allowed in error["allowed"]


@pytest.mark.parametrize("below", [".", "new", "new/deep"])
def test_a_file_where_the_output_folder_should_be(refuse, tmp_path, below):
    (tmp_path / "file").write_text("mine")
    error = refuse("run", "--members", "2", "--out", str(tmp_path / "file" / below))
    assert error["field"] == "out"
    assert "cannot be written" in error["problem"]
    assert str(tmp_path / "file") in error["value"]
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="no file system that refuses root")
def test_a_file_system_that_takes_nothing(refuse):
    assert "cannot be written" in refuse("run", "--out", "/proc/liptako")["problem"]


@pytest.mark.parametrize(
    "command",
    [["run"], ["scenario", "check"], ["data", "show", "--scenario"]],
    ids=" ".join,
)
def test_an_unknown_scenario(refuse, command):
    error = refuse(*command, "atlantis")
    assert "no such scenario" in error["problem"]
    assert "sahel-2024" in error["allowed"]
    assert refuse(*command, "none.toml")["file"] == "none.toml"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("memberz = 3", ("memberz", "3", "members")),
        ('members = "many"', ("members", "'many'", "a whole number, 2 to 100000")),
        ("members = 1_000_000_000", ("members", "1000000000", "2 to 100000")),
        ("months = 0", ("months", "0", "1 to 60")),
        ('title2 = "[/red]"', ("title2", "'[/red]'", "title")),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["scenario", "check"]], ids=" ".join)
def test_a_wrong_scenario_file(refuse, tmp_path, command, line, expected):
    field, value, allowed = expected
    path = tmp_path / "mine.toml"
    path.write_text(line + SCENARIO, encoding="utf-8")
    error = refuse(*command, str(path))
    assert (error["file"], error["field"], error["value"]) == (str(path), field, value)
    assert allowed in error["allowed"]


@pytest.mark.parametrize("command", [["run"], ["scenario", "check"]], ids=" ".join)
def test_a_start_after_the_end_of_the_data(refuse, tmp_path, command):
    path = tmp_path / "mine.toml"
    path.write_text(SCENARIO.replace("2023-12", "2093-12"), encoding="utf-8")
    error = refuse(*command, str(path))
    assert (error["field"], error["value"]) == ("init_time", "'2093-12'")
    assert error["allowed"].endswith("or earlier")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (events({}, drop="side_b"), ("side_b", None, "side_b")),
        (events({}, rename={"latitude": "latitud"}), ("lat", None, "lat or latitude")),
        (events({}, {"latitude": "200"}), ("column latitude, row 3", "200", "-90 to 90")),
        (events({"longitude": "east"}), ("column longitude, row 2", "east", "-180 to 180")),
        (events({"date_end": "2023-02-31"}), ("column date_end, row 2", "02-31", "YYYY-MM-DD")),
        (events({"best": "-1"}), ("column best, row 2", "-1", "0 to")),
        (events({"best": "many"}), ("column best, row 2", "many", "a whole number")),
        (events({"id": "7"}, {"id": "7"}), ("column id, row 3", "7", "once")),
        (events({"country": "Atlantis", "country_id": "999"}), (None, "Atlantis", "Mali")),
        (events({"country_id": "439"}), ("column country_id, row 2", "439", "432 for Mali")),
        (events(), (None, None, None)),
        ("", (None, None, None)),
        ("a,b\n1,2\n", (None, "a", "side_a")),
    ],
)
@pytest.mark.parametrize("dry", [False, True], ids=["import", "dry run"])
def test_a_wrong_event_file(refuse, tmp_path, dry, text, expected):
    field, value, allowed = expected
    path = tmp_path / "events.csv"
    path.write_text(text, encoding="utf-8")
    error = refuse("data", "import", str(path), *(["--dry-run"] if dry else []))
    assert (error["file"], error["field"]) == (str(path), field)
    assert value is None or value in error["value"]
    assert allowed is None or allowed in error["allowed"]


def test_a_missing_event_file(refuse):
    assert refuse("data", "import", "none.csv")["file"] == "none.csv"


def test_a_right_event_file_is_taken_once_the_dry_run_is_over(ask, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(events({}), encoding="utf-8")
    dry = ask("data", "import", str(path), "--dry-run", "--json")
    assert dry.code == 0, dry.err
    assert json.loads(dry.out)["used"] == 1
    assert not (tmp_path / "data").exists()
    assert ask("data", "import", str(path), "--yes").code == 0
    assert [found.name for found in (tmp_path / "data/sahel").iterdir()] == ["snapshot"]


def test_data_that_cannot_be_kept(ask, tmp_path, monkeypatch):
    path = tmp_path / "events.csv"
    path.write_text(events({}), encoding="utf-8")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LIPTAKO_DATA", str(tmp_path / "file"))
    answer = ask("data", "import", str(path), "--yes", "--json")
    assert answer.code == 2
    error = json.loads(answer.out)["error"]
    assert error["field"] == "LIPTAKO_DATA"
    assert str(tmp_path / "file") in error["file"]


@pytest.mark.parametrize(
    ("args", "field"),
    [
        (["fly"], None),
        (["run", "--nope"], "--nope"),
        (["scenario", "check"], "scenario"),
        (["data", "fly"], None),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_words_that_are_no_command(ask, args, field):
    assert ask(*args).code == 2
    machine = ask(*args, "--json")
    assert machine.code == 2
    assert json.loads(machine.out)["error"]["field"] == field


def test_a_bug_is_not_dressed_up_as_bad_input(ask, monkeypatch):
    def broken(name):
        raise ZeroDivisionError

    monkeypatch.setattr("liptako.theatre.loading.load_scenario", broken)
    with pytest.raises(ZeroDivisionError):
        ask("scenario", "check", "sahel-2024", "--json")


@pytest.mark.parametrize("kind", ["scenario", "theatre", "params"])
def test_schemas_are_json_with_and_without_the_option(ask, kind):
    plain = ask("scenario", "schema", kind)
    assert plain.code == 0
    assert plain == ask("scenario", "schema", kind, "--json")
    assert "$defs" in json.loads(plain.out)


def test_a_shipped_scenario_is_fine(ask):
    answer = ask("scenario", "check", "sahel-2024", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["ok"] is True
    assert "fine" in ask("scenario", "check", "sahel-2024").out


def test_what_is_missing_is_null_in_json(ask):
    answer = ask("data", "show", "--json")
    assert answer.code == 0

    def constant(name):
        raise AssertionError(f"{name} is not JSON")

    content = json.loads(answer.out, parse_constant=constant)
    unseen = [row for row in content["coverage"] if row["country"] == "GHA"]
    assert unseen
    assert all(row["deaths"] is None for row in unseen)
    text = ask("data", "show").out
    assert "no data" in text
    assert "UCDP" in text


def test_help_starts_without_the_heavy_libraries():
    program = (
        "import sys, liptako, liptako.cli.app\n"
        "heavy = {'jax', 'numpy', 'pandas', 'scipy', 'xarray', 'altair', 'pyarrow', 'shapely'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )
    assert run.stdout.strip() == "[]"
    run = subprocess.run(
        [sys.executable, "-m", "liptako.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert all(name in run.stdout for name in ("run", "data", "scenario"))
