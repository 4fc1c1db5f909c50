"""The command line. Heavy imports wait until a command needs them."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from liptako.characters import visible

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

BAD_INPUT, INTERRUPTED, UNREAD, TERMINATED = 2, 130, 141, 143
"""Exit codes: bad input, after Ctrl-C, after nobody read on, after SIGTERM."""

AGAIN_S = 0.05
"""Seconds after which a stop that Python dropped is sent again."""


class Terminated(BaseException):
    """The process was asked to end; what is half done is cleaned up on the way out."""


def main() -> None:
    """Run the command line."""
    from liptako.cli.streams import OutputGone, any_terminal, tell

    try:
        with stopped_by_sigterm(), any_terminal(), _no_second_account():
            _run()
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Terminated:
        raise SystemExit(TERMINATED) from None
    except OutputGone as gone:
        if gone.quiet:
            raise SystemExit(UNREAD) from None
        tell(f"Error: standard output: {gone.error.strerror}")
        raise SystemExit(BAD_INPUT) from None


@contextmanager
def _no_second_account() -> Iterator[None]:
    """Within the block, h5py does not tell of a failed write again when it lets go of the file."""
    sys.unraisablehook, sys.excepthook = _nowhere_to_go, _unsaid
    try:
        yield
    finally:
        sys.unraisablehook, sys.excepthook = sys.__unraisablehook__, sys.__excepthook__


def _unsaid(*error: object) -> None:
    """Say nothing of an error where nothing can be done, such as one while a file is let go."""


def _nowhere_to_go(unraisable: UnraisableHookArgs) -> None:
    """Say nothing of an error in a finalizer, but do not lose a stop that came in the midst of one.

    Python drops what is raised where objects are let go, Ctrl-C too: it is sent again.
    """
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        number = signal.SIGINT
    elif issubclass(unraisable.exc_type, Terminated):
        number = signal.SIGTERM
        signal.signal(number, _stop)
    else:
        return
    again = threading.Timer(AGAIN_S, os.kill, (os.getpid(), number))
    again.daemon = True
    again.start()


def _run() -> None:
    """Run the command; whatever it did not catch ends in a line or two, not in a traceback."""
    from liptako.cli import faults

    try:
        from liptako.cli.app import app

        app()
    except Exception as error:
        from liptako.cli.output import fail, print_json

        as_json = "--json" in sys.argv[1:]
        if (around := faults.from_surroundings(error)) is not None:
            try:
                fail(around, as_json=as_json)
            finally:
                if faults.left_open(error):  # all is cleaned up; only HDF5 is not
                    sys.stdout.flush()
                    sys.stderr.flush()
                    os._exit(BAD_INPUT)
        told = faults.account(error)
        if as_json:
            print_json({"error": {"problem": told, "file": None, "field": None, "value": None,
                                  "allowed": None}})  # fmt: skip
        print(visible(told), file=sys.stderr)
        raise SystemExit(faults.FAULT) from None


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """Within the block, SIGTERM raises `Terminated`, once: cleaning up is not cut short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    before = signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop(number: int, place: FrameType | None) -> NoReturn:
    del number, place
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated
