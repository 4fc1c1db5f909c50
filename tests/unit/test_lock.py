"""The lock files: names, versions and hashes, nothing of the machine that made them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
ENTRY = re.compile(r"^(?P<line>[^\s#-][^\\\n]*?)\s*\\\n(?P<hashes>(?:    --hash=.*\n?)+)", re.M)


def read(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def pins(name: str) -> list[Requirement]:
    return [Requirement(entry["line"]) for entry in ENTRY.finditer(read(name))]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address_and_no_path(name):
    text = read(name)
    assert "://" not in text
    assert not re.search(r"(?m)^\s*(--(?!hash=sha256:[0-9a-f]{64}( \\)?$)|-e|\.|/)|@", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_belongs_to_a_pinned_and_hashed_package(name):
    assert not ENTRY.sub("", read(name)).strip()
    for pin in pins(name):
        assert [spec.operator for spec in pin.specifier] == ["=="], pin


def test_the_locks_hold_what_the_project_asks_for():
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    base = [*project["dependencies"], *extras["build"]]
    for name, wanted in zip(LOCKS, (base, [*base, *extras["dev"]]), strict=True):
        locked = {pin.name.lower(): pin for pin in pins(name)}
        for line in wanted:
            asked = Requirement(line)
            (version,) = (spec.version for spec in locked[asked.name.lower()].specifier)
            assert asked.specifier.contains(version), f"{name}: {line}"


def test_tests_run_with_the_versions_that_users_get():
    users, tests = ({str(pin) for pin in pins(name)} for name in LOCKS)
    assert users <= tests
