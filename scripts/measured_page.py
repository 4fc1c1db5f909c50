"""A page of the documentation from what a command measured: its `--json` in a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def write(
    arguments: Sequence[str], usage: str | None, target: Path, page: Callable[[dict[str, Any]], str]
) -> int:
    """Write a page; return the exit code.

    Args:
        arguments: of the script: the file with what was measured.
        usage: what is said where that is not what was given.
        target: the page's file.
        page: what was measured to the page's text.
    """
    if len(arguments) != 1:
        print(usage, file=sys.stderr)
        return 2
    target.write_text(page(json.loads(Path(arguments[0]).read_text("utf-8"))), encoding="utf-8")
    print(target)
    return 0
