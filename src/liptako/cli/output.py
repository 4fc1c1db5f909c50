"""What commands print: people's text, machines' JSON, and errors with an exit code.

Exit code 0: done. 1: done, and the result fails a check. 2: bad input, or no room or right to
write. 70: a fault of ours. 130: interrupted; 141: nobody reads on; 143: asked to end (SIGTERM).
"""

from __future__ import annotations

import codecs
import datetime
import json
import math
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.measure import Measurement
from rich.segment import Segment
from rich.text import Text
from typer.core import TyperGroup

from liptako.characters import visible
from liptako.cli import BAD_INPUT, INTERRUPTED, TERMINATED, Terminated
from liptako.errors import InputError


class _Shown(RenderHook):
    """Makes characters visible that would steer the terminal or turn text around."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_AsShown(each) for each in renderables]


class _AsShown:
    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._inner, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self._inner)


def _console(*, stderr: bool = False) -> Console:
    made = Console(stderr=stderr, highlight=False)
    made.push_render_hook(_Shown())
    return made


console = _console()
errors = _console(stderr=True)

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one machine-readable object instead of text.")
]


class Failing(TyperGroup):
    """A group whose commands turn bad input into a message and exit code 2."""

    as_json = False

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        """Parse the arguments and run; with `--json`, a wrong option is reported as JSON too."""
        given = sys.argv[1:] if args is None else list(args)
        _flags_without_type(self)
        self.as_json = "--json" in given
        if not self.as_json:
            return super().main(given, *rest, **named)
        try:
            code = super().main(given, *rest, **{**named, "standalone_mode": False})
        except Exception as error:
            # Typer has its own copy of Click's exceptions in some versions, Click's in others.
            message = getattr(error, "format_message", None)
            if message is None:
                raise
            self._fail(InputError(message(), field=_option(error)))
        sys.exit(code or 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            self._fail(error)
        except KeyboardInterrupt:
            _stopped("Interrupted", INTERRUPTED)
        except Terminated:
            _stopped("Stopped", TERMINATED)

    def _fail(self, error: InputError) -> NoReturn:
        fail(error, as_json=self.as_json)


def fail(error: InputError, *, as_json: bool) -> NoReturn:
    """Say what is wrong and leave."""
    if as_json:
        print_json({"error": error.as_dict()})
    errors.print(Text.assemble(("Error: ", "bold red"), str(error)), soft_wrap=True)
    raise SystemExit(BAD_INPUT) from None


def _flags_without_type(command: Any) -> None:
    """Leave the type out of the help of flags, which take no value."""
    ask = getattr(command, "get_help_option", None)
    asked = ask(command.context_class(command)) if ask else None
    for option in (*command.params, asked):
        if option is not None and getattr(option, "is_flag", False):
            option.metavar = ""
    for inner in getattr(command, "commands", {}).values():
        _flags_without_type(inner)


def _stopped(how: str, code: int) -> NoReturn:
    """Say so and leave."""
    errors.print(f"{how}; nothing was left half written.")
    raise SystemExit(code) from None


def print_json(content: Any) -> None:
    """Print one JSON object on standard output; what is missing becomes null.

    It is UTF-8 where that is what standard output takes, and escaped to ASCII elsewhere.
    """
    content = _plain(content)
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        if codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8":
            raise UnicodeError
        text.encode()
    except (UnicodeError, LookupError):
        text = json.dumps(content, indent=2, allow_nan=False)
    sys.stdout.write(text + "\n")


def measured() -> dict[str, str]:
    """Return the day and the machine of a measurement, to be kept with its result."""
    return {
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _option(error: Any) -> str | None:
    name = getattr(getattr(error, "param", None), "name", None)
    return name or getattr(error, "option_name", None)


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
