"""The command line on any terminal, pipe and machine: no traceback, and a code that says."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from rich.console import Console

from liptako import cli
from liptako.characters import IN_PLACE
from liptako.cli import faults, output, streams
from liptako.cli.app import app
from liptako.errors import InputError

ENCODINGS = ("ascii", "cp1251", "cp932", "gbk", "latin-1", "utf-8")
LIMIT_S = 120
COMMANDS = ("run", "show", "verify", "fit", "bench", "contrasts", "assumptions", "doctor")


class Answer(NamedTuple):
    code: int
    out: bytes
    err: str


@pytest.fixture
def ask(tmp_path):
    """Run `python -m liptako` in an empty folder."""
    (tmp_path / "here").mkdir()

    def answer(*args: str, shell: str = "", **environment: str) -> Answer:
        own = {"LIPTAKO_CACHE": str(tmp_path / "cache"), "LIPTAKO_DATA": str(tmp_path / "data")}
        command = [sys.executable, "-m", "liptako", *args]
        if shell:
            command = ["bash", "-o", "pipefail", "-c", f'"$@" {shell}', "bash", *command]
        done = subprocess.run(
            command, cwd=tmp_path / "here", env=os.environ | own | environment,
            capture_output=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
        text = done.stderr.decode(errors="replace")
        assert "Traceback" not in text
        assert "Exception ignored" not in text
        return Answer(done.returncode, done.stdout, text)

    return answer


@pytest.mark.parametrize("encoding", ["ascii", "cp932"])
def test_output_suits_any_encoding(ask, encoding):
    """The title of a source holds letters that most of these lack; so does the help's frame."""
    text = ask("data", "show", PYTHONIOENCODING=encoding)
    assert text.code == 0, text.err
    assert b"Burkina Faso" in text.out
    machine = ask("data", "show", "--json", PYTHONIOENCODING=encoding)
    assert json.loads(machine.out.decode("utf-8"))["last_month"] == "2023-12"
    assert ask("run", "--help", PYTHONIOENCODING=encoding).code == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("half", ["", "\udcff"], ids=["whole", "with half a pair"])
def test_json_is_utf8_or_escaped(encoding, half, monkeypatch):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    content = {"é": f"Côte d'Ivoire ≥ {half}", "x": float("nan")}
    output.print_json(content)
    stream.flush()
    assert json.loads(raw.getvalue().decode("utf-8")) == {**content, "x": None}


def test_letters_that_an_encoding_lacks_keep_their_plain_form():
    text = "Pétrole \u2013 ≥ 5 … “x” 沙 \udcff"
    assert text.encode("ascii", streams.PLAIN) == b'Petrole - >= 5 ... "x" ? ?'


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        ("| true", 141, ""),
        (">&-", 0, ""),
        (">&- 2>&-", 0, ""),
        ("2>/dev/full", 0, ""),
        ("> /dev/full", 2, "Error: standard output: No space left on device"),
        ("> /dev/full 2>&1", 2, ""),
    ],
)
@pytest.mark.parametrize(
    "command", [["scenario", "schema", "theatre"], ["assumptions"]], ids=["json", "text"]
)
def test_output_that_ends_early_ends_quietly_or_with_a_line(ask, command, shell, code, said):
    found = ask(*command, shell=shell)
    assert (found.code, found.err.strip()) == (code, said)


def test_an_error_that_cannot_be_told_keeps_its_code(ask):
    assert ask("scenario", "check", "none", shell="2> /dev/full").code == 2


def test_help_that_nobody_reads_ends_quietly(ask):
    assert ask("--help", shell="| true").err == ""
    assert ask("--help", shell="> /dev/full").code == 2


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
        {"TZ": "America/Adak"},
        {"HOME": "", "XDG_CACHE_HOME": "", "LIPTAKO_CACHE": ""},
        {"LIPTAKO_CACHE": "/proc/none/cache"},
        {"LIPTAKO_CACHE": "/dev/null"},
        {"PATH": "/nowhere"},
        {"TERM": "dumb", "COLUMNS": "1"},
    ],
    ids=str,
)
def test_surroundings_change_nothing(ask, environment):
    doctor = ask("doctor", "--json", **environment)
    assert doctor.code == 0, doctor.err
    assert doctor.err == ""
    assert json.loads(doctor.out)["data"]["until"] == "2023-12"


def test_a_file_name_that_is_not_utf8_is_named_as_far_as_it_can_be(ask):
    found = ask("scenario", "check", os.fsdecode(b"mine\xff.toml"))
    assert found.code == 2
    assert "mine" in found.err
    machine = ask("scenario", "check", os.fsdecode(b"mine\xff.toml"), "--json")
    assert json.loads(machine.out)["error"]["file"] == "mine\udcff.toml"


@pytest.fixture
def broken(monkeypatch):
    """Let the command `scenario check` raise what is given."""

    def breaks(error: BaseException) -> None:
        def raises(name: str) -> None:
            raise error

        monkeypatch.setattr("liptako.theatre.loading.load_scenario", raises)

    return breaks


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_a_fault_of_ours_has_code_70_and_asks_for_the_doctor(
    broken, as_json, monkeypatch, capfd, tmp_path
):
    broken(ZeroDivisionError("by\x1b[31m zero"))
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path))
    args = ["liptako", "scenario", "check", "sahel-2024", *(["--json"] if as_json else [])]
    monkeypatch.setattr(sys, "argv", args)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    error = io.StringIO()
    monkeypatch.setattr(sys, "stderr", error)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == faults.FAULT == 70
    said = error.getvalue()
    assert said.startswith(f"Fault in Liptako: ZeroDivisionError: by{IN_PLACE}[31m zero\n")
    assert "`liptako doctor`" in said
    assert "Traceback" not in said
    assert str(tmp_path / faults.CRASH) in said
    assert "ZeroDivisionError" in (tmp_path / faults.CRASH).read_text(encoding="utf-8")
    sys.stdout.seek(0)
    out = sys.stdout.read()
    assert bool(out) == as_json
    if as_json:
        assert "doctor" in json.loads(out)["error"]["problem"]


HDF5 = "Can't write data (file write failed: errno = 28, error message = 'No space left')"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space", "runs/a"), "runs/a: the disk is full"),
        (OSError(errno.EROFS, "ro", "x"), "x: the file system is read-only"),
        (PermissionError(errno.EACCES, "no", "x"), "x: not permitted"),
        (OSError(f"[Errno 28] {HDF5}"), "the disk is full"),
        (RuntimeError(HDF5), "the disk is full"),
        (OSError("Can't synchronously read data (inflate() failed)"), "a file is damaged"),
        (MemoryError(), "there is not enough memory; allowed: fewer members"),
        (RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating"), "not enough memory"),
    ],
)
def test_what_surroundings_lack_is_said_in_one_line(broken, monkeypatch, error, said):
    broken(error)
    monkeypatch.setattr(sys, "argv", ["liptako", "scenario", "check", "sahel-2024"])
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert said in told.getvalue()
    assert told.getvalue().count("\n") == 1


def test_a_cause_counts_and_other_errors_are_ours():
    outer = ValueError("outer")
    outer.__cause__ = OSError(errno.ENOSPC, "full")
    assert faults.from_surroundings(outer) is not None
    assert faults.from_surroundings(ValueError("x")) is None
    assert faults.from_surroundings(FileNotFoundError(errno.ENOENT, "gone")) is None


def test_what_a_file_says_never_steers_the_terminal():
    raw = io.StringIO()
    made = Console(file=raw, force_terminal=True, width=80, highlight=False)
    made.push_render_hook(output._Shown())
    made.print("[bold]a\x1b[2Jb\u202ec\x07d[/]")
    text = raw.getvalue()
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "\x1b[1m" in text, "its own styles remain"
    assert f"a{IN_PLACE}[2Jb{IN_PLACE}c" in text


def test_errors_show_what_is_wrong_without_doing_it(ask):
    found = ask("scenario", "check", "\x1b[2J\u202e")
    assert found.code == 2
    assert not set("\x1b\u202e") & set(found.err)


def _commands(command, path=()):
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


def test_flags_show_no_type_in_any_help(ask):
    found = ask("--help")
    assert b"<bool>" not in found.out
    paths = [path for path, _ in _commands(typer.main.get_command(app))]
    assert len(paths) > 12
    program = (
        "import sys\nfrom liptako.cli.app import app\n"
        f"for path in {paths!r}:\n"
        "    try:\n        app([*path, '--help'])\n    except SystemExit:\n        pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("Usage: ") == len(paths)
    assert done.stdout.count("--json") >= len(COMMANDS)
    assert "<bool>" not in done.stdout


def test_the_help_of_run_names_the_defaults_of_the_shipped_scenario(ask):
    from liptako.theatre.loading import load_scenario
    from liptako.theatre.scenario import MAX_MEMBERS, MAX_MONTHS

    text = re.sub(r"[│\s]+", " ", ask("run", "--help").out.decode())
    scenario = load_scenario().scenario
    assert f"2 to {MAX_MEMBERS} (as the scenario says; the shipped one: {scenario.members})" in text
    assert f"1 to {MAX_MONTHS} (as the scenario says; the shipped one: {scenario.months})" in text
    assert f"the shipped one: {scenario.seed})" in text
    assert f"policies (the shipped one: {', '.join(scenario.policies)})" in text


def test_the_doctor_says_what_a_report_needs(ask):
    found = json.loads(ask("doctor", "--json").out)
    assert set(found) == {"versions", "settings", "cache", "data", "memory", "browser"}
    assert found["versions"]["jax"][0].isdigit()
    assert found["cache"].keys() == {"folder", "files", "megabytes", "writable"}
    text = ask("doctor")
    assert text.code == 0
    for part in (b"Versions:", b"Cache:", b"Data:", b"Memory", b"Browser:", b"until: 2023-12"):
        assert part in text.out


def test_one_fault_does_not_silence_the_doctor(ask, tmp_path):
    (tmp_path / "data/sahel/snapshot").mkdir(parents=True)
    (tmp_path / "data/sahel/snapshot/manifest.json").write_text("{", encoding="utf-8")
    found = ask("doctor", "--json")
    assert found.code == 0
    assert "manifest" in json.loads(found.out)["data"]


def test_a_run_in_64_bits_is_refused_in_python_and_done_in_32_by_the_command(ask):
    program = (
        "import liptako\ntry:\n    liptako.simulate(members=2, months=1)\n"
        "except liptako.InputError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"JAX_ENABLE_X64": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.startswith("JAX_ENABLE_X64: the model computes in 32 bits")
    settings = json.loads(ask("doctor", "--json", JAX_ENABLE_X64="1").out)["settings"]
    assert "JAX_ENABLE_X64" not in settings


def test_exporting_a_year_that_is_not_over_ends_well(monkeypatch, tmp_path, capsys):
    from types import SimpleNamespace

    from typer.testing import CliRunner

    snapshot = SimpleNamespace(last_month=528)
    monkeypatch.setattr(
        "liptako.verification.backtest.scoring.source_of",
        lambda *_: SimpleNamespace(snapshot=snapshot),
    )
    monkeypatch.setattr(
        "liptako.verification.backtest.prospective.export", lambda *_: [tmp_path / "a.parquet"]
    )
    args = ["verify", "--windows", "2024", "--level", "cm", "--export", str(tmp_path)]
    text = CliRunner().invoke(app, args)
    assert (text.exit_code, text.exception) == (0, None)
    assert "a.parquet" in text.stdout.replace("\n", "")
    machine = CliRunner().invoke(app, [*args, "--json"])
    expected = {"level": "cm", "exported": [str(tmp_path / "a.parquet")]}
    assert json.loads(machine.stdout) == expected


def test_input_errors_keep_their_code(broken, monkeypatch):
    broken(InputError("wrong"))
    monkeypatch.setattr(sys, "argv", ["liptako", "scenario", "check", "sahel-2024"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "liptako", "--version"], capture_output=True, text=True, check=True
    )
    assert (
        done.stdout.strip()
        == Path(cli.__file__)
        .parents[1]
        .joinpath("version.py")
        .read_text(encoding="utf-8")
        .split('__version__ = "')[1]
        .split('"')[0]
    )
