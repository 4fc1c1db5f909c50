"""A command that is stopped: exit codes, cleaned up once, signals as they were before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from liptako.cli import Terminated, stopped_by_sigterm

PROGRAM = """
import os, signal, sys
import liptako.cli.app as commands
from liptako.cli import main

@commands.app.command("wait")
def wait() -> None:
    try:
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        print("cleaned up")

sys.argv = ["liptako", "wait"]
main()
"""


def test_a_command_that_is_told_to_end_cleans_up_and_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 143, done.stderr
    assert done.stdout == "cleaned up\n"
    assert done.stderr == "Stopped; nothing was left half written.\n"


DROPPED = """
import os, signal, sys, time
import liptako.cli.app as commands
from liptako.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)

class Stopped:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.{number})

@commands.app.command("wait")
def wait() -> None:
    Stopped()
    for _ in range(6000):
        time.sleep(0.01)

sys.argv = ["liptako", "wait"]
main()
"""


@pytest.mark.parametrize(
    ("number", "code", "word"), [("SIGINT", 130, "Interrupted"), ("SIGTERM", 143, "Stopped")]
)
def test_a_stop_while_an_object_is_let_go_is_not_lost(number: str, code: int, word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DROPPED.format(number=number)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert done.stderr == f"{word}; nothing was left half written.\n"


def test_sigterm_is_as_it_was_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), stopped_by_sigterm():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_another_thread_leaves_signals_alone() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def command() -> None:
        with stopped_by_sigterm():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=command)
    thread.start()
    thread.join()
    assert seen == [before]
