"""Deliberate errors: each can be made as the code stands; their runner tells what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mutants
import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/mutants.py"
LEAST = 80

CODE = "def double(x):\n    return 2 * x\n"
TESTS = """
import pytest
from invented import double

@pytest.fixture
def four():
    assert double(2) == 4
    return 4

def test_double():
    assert double(3) == 6

def test_nothing():
    pass

def test_fixture(four):
    pass

def test_red():
    assert False
"""
MUTANT = """
[[mutant]]
name = "{name}"
file = "src/invented.py"
old = "return 2 * x"
new = "{new}"
tests = ["tests/test_invented.py::{test}"]
"""
ROWS = {
    "killed": ("return 3 * x", "test_double"),
    "no test looks": ("return 3 * x", "test_nothing"),
    "no code": ("return 3 *", "test_double"),
    "not in a test": ("return 3 * x", "test_fixture"),
    "always red": ("return 3 * x", "test_red"),
}


@pytest.fixture
def tree(tmp_path) -> Path:
    """Return a repository of one function, with what may become of its mutants."""
    for folder in ("src", "tests"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src/invented.py").write_text(CODE)
    (tmp_path / "tests/test_invented.py").write_text(TESTS)
    rows = [MUTANT.format(name=name, new=new, test=test) for name, (new, test) in ROWS.items()]
    (tmp_path / "tests/mutants.toml").write_text("".join(rows))
    return tmp_path


def run(tree, *arguments, **options):
    command = [sys.executable, str(SCRIPT), "--root", str(tree), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_every_mutant_can_be_made_and_has_its_tests():
    found = mutants.load(ROOT / mutants.MUTANTS)
    assert len(found) >= LEAST
    assert mutants.faults(found) == []


def test_what_cannot_be_made_is_named(tree):
    file = tree / "tests/mutants.toml"
    one = MUTANT.format(name="n", new="return x", test="test_double")
    for change, said in (
        (("return 2 * x", "x"), "`old` stands 2 times"),
        (("return 2 * x", "elsewhere"), "`old` stands 0 times"),
        (("src/invented.py", "src/none.py"), "`old` stands 0 times in src/none.py"),
        (("test_double", "test_triple"), "no such test: tests/test_invented.py::test_triple"),
        (("return x", "return 2 * x"), "`new` is `old`"),
    ):
        file.write_text(one.replace(*change))
        (fault,) = mutants.faults(mutants.load(file), tree)
        assert said in fault
    file.write_text(one + one)
    assert mutants.faults(mutants.load(file), tree) == ["n: the name stands twice"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no [[mutant]]"),
        ("[[mutant]", "mutants.toml"),
        ('[[mutant]]\nname = "n"', "no file, new, old, tests"),
        ("[[mutant]]\nname = 3", "name: not allowed, or of a wrong type"),
        ("[[mutant]]\nspeed = 3", "speed: not allowed, or of a wrong type"),
    ],
)
def test_a_bad_file_ends_with_code_2(tree, text, said):
    (tree / "tests/mutants.toml").write_text(text)
    ended = run(tree)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_only_a_test_that_fails_kills_and_the_code_stays_as_it_was(tree):
    ended = run(tree, "--json", "--limit", "60")
    assert ended.returncode == 1
    found = json.loads(ended.stdout)
    status = {one["name"]: one["status"] for one in found["mutants"]}
    assert status == {
        "killed": "killed",
        "no test looks": "survived",
        "no code": "broken",
        "not in a test": "broken",
        "always red": "broken",
    }
    assert (found["killed"], found["survived"], found["broken"]) == (1, 1, 3)
    said = {one["name"]: one["by"] for one in found["mutants"]}
    assert said["killed"].startswith("FAILED tests/test_invented.py::test_double")
    assert said["always red"].startswith("fails without it")
    assert (tree / "src/invented.py").read_text() == CODE
    only_killed = [mutants.Result("killed", "killed", "FAILED", 1.0)]
    assert mutants._report(only_killed, 1.0, as_json=True) == 0


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_and_no_folder(tree, tmp_path, stop):
    """The test that hangs writes down its process: it must be gone with the runner.

    What it writes appears all at once, under its name, so that it is never read half written.
    The temporary folder has a short name, because a socket's may have about a hundred characters.
    """
    (tree / "tests/test_invented.py").write_text(
        "import os, pathlib, time\n\n\ndef test_double():\n"
        f"    written = pathlib.Path({str(tmp_path / 'pid.part')!r})\n"
        "    written.write_text(str(os.getpid()))\n"
        f"    written.rename({str(tmp_path / 'pid')!r})\n"
        "    time.sleep(600)\n"
    )
    with tempfile.TemporaryDirectory(prefix="m") as temporary:
        _interrupt(tree, tmp_path, stop, Path(temporary))


def _interrupt(tree, tmp_path, stop, temporary):
    runner = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--root", str(tree), "--only", "killed", "--workers", "1"],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        started = time.monotonic()
        while not (tmp_path / "pid").exists() and time.monotonic() - started < 60:
            time.sleep(0.05)
        runner.send_signal(stop)
        said = runner.communicate(timeout=60)[1].decode()
    finally:
        if runner.poll() is None:
            runner.kill()
            runner.communicate()
    assert runner.returncode == 130, said
    assert not any(temporary.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
