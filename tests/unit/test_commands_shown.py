"""Every command line that README, pages, decisions and help show is one that can be typed."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import xarray as xr
from typer.testing import CliRunner

from liptako.cli.app import app
from liptako.model.outputs import OUTPUTS
from liptako.runs.carried import STORED
from liptako.runs.dataset import DOCUMENTS, KNOWN, NOTED, TESTED

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(ROOT.glob("docs/**/*.md")),
]
QUOTED = re.compile(r"`(liptako(?: [^`]+)?)`")
TYPED = re.compile(r"(?m)^(?:\$ )?(?:\.venv/bin/)(liptako[^#\n]*)")
PLACES = {
    "RUN": "run", "FILE": "file.csv", "DIR": "dir", "NAME": "mine", "runs/NAME": "run",
    "SCENARIO": "sahel-2024",
}  # fmt: skip
QUICK = {
    "liptako show": 2,  # needs a folder
    "liptako data show": 0,
    "liptako data import file.csv --dry-run": 2,  # no such file
    "liptako assumptions": 0,
    "liptako scenario new mine": 0,
    "liptako scenario check mine.toml": 0,
    "liptako doctor": 0,
}
"""Command lines that are run here, in this order, with their exit codes."""


def shown() -> dict[str, str]:
    """Return the command lines that are shown, places filled, with where each stands first."""
    found: dict[str, str] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in (*QUOTED.finditer(text), *TYPED.finditer(text)):
            found.setdefault(_filled(match[1]), page.name)
    for name, text in helps(typer.main.get_command(app)):
        for match in QUOTED.finditer(text):
            found.setdefault(_filled(match[1]), f"help of {name}")
    return found


def helps(command, name="liptako") -> Iterator[tuple[str, str]]:
    """Yield the texts of a command's help."""
    yield name, command.help or ""
    for option in command.params:
        yield name, getattr(option, "help", None) or ""
    for inner, below in getattr(command, "commands", {}).items():
        yield from helps(below, f"{name} {inner}")


def _filled(line: str) -> str:
    words = shlex.split(" ".join(line.split()))
    return shlex.join(PLACES.get(word, word) for word in words)


SHOWN = shown()


@pytest.fixture(scope="module")
def runner(tmp_path_factory) -> Iterator[CliRunner]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        patch.setenv("LIPTAKO_DATA", "data")
        yield CliRunner()


def test_some_are_shown():
    assert len(SHOWN) > 15
    assert {line for line in QUICK if line != "liptako doctor"} - set(SHOWN) <= {"liptako show"}


@pytest.mark.parametrize("line", sorted(SHOWN))
def test_what_is_shown_can_be_typed(line):
    """Each command and option is known; values are not looked at."""
    command = typer.main.get_command(app)
    words = shlex.split(line)[1:]
    if not words:
        return
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not getattr(command, "commands", {}) or words == ["--version"], SHOWN[line]
    if any(word == "..." or word.isupper() for word in words):
        words = [word for word in words if word.startswith("--") and "=" not in word]
        known = {opt for option in command.params for opt in (*option.opts, *option.secondary_opts)}
        assert set(words) <= known, SHOWN[line]
        return
    try:
        command.make_context(command.name or "", words)
    except Exception as error:  # named in a sentence, without what it needs
        assert type(error).__name__ == "MissingParameter", (SHOWN[line], error)


def test_quick_ones_end_as_said(runner):
    for line, code in QUICK.items():
        words = shlex.split(line)[1:]
        text = runner.invoke(app, words)
        assert text.exit_code == code, (line, text.output)
        if words[0] != "show":
            machine = runner.invoke(app, [*words, "--json"])
            assert json.loads(machine.stdout), line
            assert machine.exit_code == (2 if "new" in words else code), "new: it is there already"


@pytest.mark.parametrize(
    "line",
    [
        "run --members 2 --months 1 --seed 1 --out runs",
        "show runs/NAME",
        "run --members 2 --months 1 --seed 1 --out runs --json",
    ],
)
def test_a_small_run_is_made_and_shown(runner, line):
    words = shlex.split(line)
    if words[0] == "show":
        (folder,) = Path("runs").iterdir()
        words = ["show", str(folder)]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    if "--json" not in words:
        saved, _, offered = done.output.partition("Saved ")[2].partition("\n")
        folder, _, names = saved.partition("/: ")
        assert all((Path(folder) / name).exists() for name in names.split()), saved
        follows = "Next: liptako compare sahel-2024 baseline engage-niger\n"
        assert offered == (follows if words[0] == "run" else "")
    else:
        folder = Path(json.loads(done.stdout)["folder"])
        with xr.open_dataset(folder / "run.nc") as made:
            kept = {*KNOWN, *OUTPUTS, *DOCUMENTS, *STORED}
            assert {str(name) for name in made.variables} == kept, "what a run must hold"
            assert set(made.attrs) == {*NOTED, *TESTED, "format", "skill"}
