"""A folder is replaced whole or not at all, whoever dies when."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from liptako.files import atomic_folder, recover_folder


def content(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def write(target, text):
    with atomic_folder(target) as folder:
        (folder / "a.txt").write_text(text)


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "run"
    write(target, "one")
    (target / "extra.txt").write_text("of the earlier one")
    write(target, "two")
    assert content(target) == {"a.txt": "two"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_what_fails_leaves_the_earlier_folder_and_nothing_else(tmp_path, error):
    target = tmp_path / "run"
    write(target, "one")

    def broken():
        with atomic_folder(target) as folder:
            (folder / "a.txt").write_text("half")
            raise error

    with pytest.raises(error):
        broken()
    assert content(target) == {"a.txt": "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_process_that_dies_between_the_two_renames_loses_nothing(tmp_path, monkeypatch):
    target = tmp_path / "run"
    write(target, "one")
    dies = """
import os, pathlib, sys
from liptako.files import atomic_folder
target = pathlib.Path(sys.argv[1])
rename = pathlib.Path.rename
def once(self, other):
    if other == target:
        os._exit(9)
    return rename(self, other)
pathlib.Path.rename = once
with atomic_folder(target) as folder:
    (folder / "a.txt").write_text("two")
"""
    done = subprocess.run([sys.executable, "-c", dies, str(target)], check=False)
    assert done.returncode == 9
    assert not target.exists()
    recover_folder(target)
    assert content(target) == {"a.txt": "one"}
    write(target, "three")
    assert content(target) == {"a.txt": "three"}
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "what it left is cleared away"


def test_folders_of_a_live_process_are_left_alone(tmp_path):
    other = tmp_path / f".run-{os.getpid()}-0a0b0c0d"
    other.mkdir()
    gone = tmp_path / f".run-{2**22 + 1}-0a0b0c0d"
    gone.mkdir()
    write(tmp_path / "run", "one")
    assert other.exists()
    assert not gone.exists()
