"""Standard output and error as any terminal takes them; they may end before the command does."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PLAIN = "liptako-plain"
"""How characters are written that an encoding lacks: by their plain letters, or a question mark."""

_SAME = {
    "–": "-", "—": "-", "‑": "-", "−": "-", "·": "-", "…": "...", "’": "'", "‘": "'",  # noqa: RUF001
    "“": '"', "”": '"', "×": "x", "≥": ">=", "≤": "<=",  # noqa: RUF001
}  # fmt: skip


class OutputGone(BaseException):
    """Standard output takes no more; `error` says why."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error

    @property
    def quiet(self) -> bool:
        """Whether its reader has simply read enough."""
        return self.error.errno == errno.EPIPE


class _Out(io.TextIOWrapper):
    """Standard output; what it cannot write ends the command, whoever wrote it."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise OutputGone(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise OutputGone(error) from None


class _Err(io.TextIOWrapper):
    """Standard error; what it cannot write is left out: nobody could be told."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


@contextmanager
def any_terminal() -> Iterator[None]:
    """Within the block, what is printed suits any terminal, pipe, full disk or closed stream.

    Raises:
        OutputGone: standard output takes no more.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:  # closed: its number must not go to a file opened later
            _onto_nothing(number)
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    with _wrapped("stderr", _Err), _wrapped("stdout", _Out):
        yield


@contextmanager
def _wrapped(name: str, kind: type[io.TextIOWrapper]) -> Iterator[None]:
    """Let a stream be of a kind within the block."""
    old = getattr(sys, name)
    if not isinstance(old, io.TextIOWrapper):
        yield
        return
    old.flush()
    made = kind(old.buffer, encoding=old.encoding, errors=PLAIN, line_buffering=old.line_buffering)
    setattr(sys, name, made)
    try:
        try:
            yield
        finally:
            made.flush()
    except OutputGone:
        if kind is _Out:
            with suppress(OSError, ValueError):
                _onto_nothing(old.fileno())  # or Python complains of it at its end
        raise
    finally:
        setattr(sys, name, old)
        with suppress(OSError, OutputGone):
            made.detach()  # or it would close the stream below
        try:
            old.flush()
        except OSError:
            with suppress(ValueError):
                _onto_nothing(old.fileno())


def tell(text: str) -> None:
    """Print a line on standard error, if it takes one."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _onto_nothing(2)


def _onto_nothing(number: int) -> None:
    with suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR)
        if nothing != number:
            os.dup2(nothing, number)
            os.close(nothing)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_letter(character) for character in lacking), error.end


def _letter(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if part.isascii() and part.isprintable()) or "?"


codecs.register_error(PLAIN, _plain)
