"""The command line. Heavy imports wait until a command needs them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes after Ctrl-C and after SIGTERM."""


class Terminated(BaseException):
    """The process was asked to end; what is half done is cleaned up on the way out."""


def main() -> None:
    """Run the command line."""
    try:
        with stopped_by_sigterm():
            from liptako.cli.app import app

            app()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Terminated:
        raise SystemExit(TERMINATED) from None


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Within the block, SIGTERM raises `Terminated`, once: cleaning up is not cut short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, place: FrameType | None) -> NoReturn:
        del number, place
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
