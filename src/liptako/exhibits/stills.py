"""Pictures of charts for readers without scripts, drawn by a process of their own.

The tool that draws holds the interpreter while it does, so threads do not help: a second process
draws while this one makes tables. Where it cannot be started or ends, this process draws.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

_CODE = """
import json, sys
import vl_convert
for line in sys.stdin:
    name, given = json.loads(line)
    made = getattr(vl_convert, name)(**given)
    sys.stdout.write(json.dumps(made) + "\\n")
    sys.stdout.flush()
"""

Ask = Callable[[str, Mapping[str, Any]], "Future[str]"]
"""Calls a function of `vl_convert` by name, with its arguments."""

_ASK: ContextVar[Ask | None] = ContextVar("_ASK", default=None)


def svg(spec: Mapping[str, Any]) -> Callable[[], str]:
    """Begin to draw a chart and return where to get its SVG."""
    given = {"vl_spec": spec}
    if (ask := _ASK.get()) is None:
        return lambda: _here("vegalite_to_svg", given)
    return ask("vegalite_to_svg", given).result


@contextmanager
def artist() -> Iterator[Ask]:
    """Give what asks a process of its own to draw; it ends with the block."""
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CODE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )  # fmt: skip
    except OSError:
        process = None

    def asked(name: str, given: Mapping[str, Any]) -> str:
        try:
            if process is None or process.stdin is None or process.stdout is None:
                return _here(name, given)
            process.stdin.write(json.dumps([name, given]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())
        except (OSError, ValueError):  # it has ended
            return _here(name, given)

    with ThreadPoolExecutor(max_workers=1) as waiting:
        try:
            yield lambda name, given: waiting.submit(asked, name, given)
        finally:
            waiting.shutdown(cancel_futures=True, wait=False)
            if process is not None:
                process.kill()
                with suppress(OSError):  # what it did not read any more
                    process.__exit__(None, None, None)


@contextmanager
def drawn_by(ask: Ask) -> Iterator[None]:
    """Have pictures drawn by another process within the block."""
    token = _ASK.set(ask)
    try:
        yield
    finally:
        _ASK.reset(token)


def _here(name: str, given: Mapping[str, Any]) -> str:
    import vl_convert

    return getattr(vl_convert, name)(**given)
