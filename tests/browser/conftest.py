"""Debian's Chromium, driven from Python; without either these tests are skipped, and say why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without a window, closed at the end of a module."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: neither `chromium` nor `chromium-browser` is on the path")
    driver = pytest.importorskip("playwright.sync_api", reason="no playwright: install `dev`")
    with driver.sync_playwright() as played:
        opened = played.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield opened
        opened.close()
