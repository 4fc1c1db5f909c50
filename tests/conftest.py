"""Fixtures shared by all tests: the shipped theatre and snapshot, raw files where there are any."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import typecheck

typecheck.switch_on()  # before anything of liptako is imported

from liptako.data.snapshot import Snapshot, load_snapshot  # noqa: E402
from liptako.theatre.loading import load_theatre  # noqa: E402
from liptako.theatre.schema import Theatre  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell's background job ignores interrupts, and so would the commands that tests interrupt."""

REPOSITORY = Path(__file__).resolve().parents[1]
THEATRE_FOLDER = REPOSITORY / "src/liptako/theatres/sahel"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder of raw reference files beside the repository; the test is skipped without it."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip(f"no raw reference files: {folder.name}/data is not beside the repository")
    return folder


@pytest.fixture(scope="session")
def raw(shared_dir: Path) -> Path:
    """Folder of raw data files."""
    return shared_dir / "data"


@pytest.fixture(scope="session")
def theatre_folder() -> Path:
    """Folder of the shipped theatre."""
    return THEATRE_FOLDER


@pytest.fixture(scope="session")
def theatre() -> Theatre:
    """The shipped theatre, its menu included."""
    return load_theatre(THEATRE_FOLDER)[0]


@pytest.fixture(scope="session")
def snapshot() -> Snapshot:
    """The shipped snapshot."""
    return load_snapshot(THEATRE_FOLDER / "snapshot")


@pytest.fixture
def unchecked() -> Iterator[None]:
    """Annotations are not checked: the test passes what none allows, and names the refusal."""
    with typecheck.off():
        yield
