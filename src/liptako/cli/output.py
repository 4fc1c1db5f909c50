"""What commands print: people's text, machines' JSON, and errors with an exit code.

Exit code 0: done. 1: done, and the result fails a check. 2: bad input. 130: interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from liptako.errors import InputError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one machine-readable object instead of text.")
]


class Failing(TyperGroup):
    """A group whose commands turn bad input into a message and exit code 2."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            if "--json" in sys.argv:
                print_json({"error": error.as_dict()})
            errors.print(f"[bold red]Error:[/] {_escape(str(error))}", soft_wrap=True)
            raise SystemExit(2) from None
        except KeyboardInterrupt:
            errors.print("Interrupted; nothing was left half written.")
            raise SystemExit(130) from None


def print_json(content: Any) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"not JSON: {type(value)}")


def _escape(text: str) -> str:
    return text.replace("[", r"\[")


@contextmanager
def progress_bar(quiet: bool) -> Iterator[Any]:
    """Give a function `(what, done, total)` that draws a progress bar on standard error."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    if quiet or not errors.is_terminal:
        yield lambda what, done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("Preparing", total=None)

        def update(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total or None)

        yield update
