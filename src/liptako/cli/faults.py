"""What ends a command that nothing else caught: in one line, with an exit code of its own."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from liptako.errors import InputError
from liptako.version import address

FAULT = 70
"""Exit code of a fault of ours (EX_SOFTWARE of sysexits.h)."""

CRASH = "last-crash.txt"
"""File in the cache folder with the account of the last fault."""

_SURROUNDINGS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "not permitted",
    errno.EPERM: "not permitted",
    errno.EIO: "the disk cannot be read or written",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open",
    errno.ENOMEM: "there is not enough memory",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a part of the path is not a folder",
}
_NUMBER = re.compile(r"errno = (\d+)")  # as HDF5 tells it
_OUT_OF_MEMORY = ("RESOURCE_EXHAUSTED", "Out of memory")


def from_surroundings(error: BaseException) -> InputError | None:
    """Return what is wrong around the program, where that is what an error comes from.

    Example:
        >>> str(from_surroundings(OSError(errno.ENOSPC, "", "runs/a")))
        'runs/a: the disk is full; allowed: another folder, or more room'
    """
    for one in _chain(error):
        if isinstance(one, MemoryError) or any(text in str(one) for text in _OUT_OF_MEMORY):
            return InputError(
                "there is not enough memory", allowed="fewer members or months, or a larger machine"
            )
        if isinstance(one, OSError | RuntimeError) and "read data" in str(one):
            return InputError("a file is damaged", allowed="a whole one: run the scenario again")
        if isinstance(one, OSError | RuntimeError):
            number = _errno_of(one)
            if number in _SURROUNDINGS:
                return InputError(
                    _SURROUNDINGS[number],
                    file=getattr(one, "filename", None),
                    allowed="another folder, or more room",
                )
    return None


def _errno_of(error: BaseException) -> Any:
    told = _NUMBER.search(str(error))
    return int(told[1]) if told else getattr(error, "errno", None)


def left_open(error: BaseException) -> bool:
    """Return whether a file of HDF5 could not be written out: its library dies when Python ends."""
    return any(
        "h5netcdf" in frame.f_code.co_filename
        for one in _chain(error)
        for frame, _ in traceback.walk_tb(one.__traceback__)
    )


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what brought it about."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        current = current.__cause__ or current.__context__
    return seen


def account(error: BaseException) -> str:
    """Keep the traceback of a fault in a file and return what to tell the user."""
    kept = _kept("".join(traceback.format_exception(error)))
    first = str(error).strip().splitlines()[:1]
    what = ": ".join((type(error).__name__, *first))
    lines = [f"Fault in Liptako: {what}"]
    where = address() or "those you have Liptako from"
    also = f", and with {kept}" if kept else ""
    lines.append(
        f"Please report it to {where}, with the command, what `liptako doctor` prints{also}."
    )
    return "\n".join(lines)


def _kept(text: str) -> Path | None:
    with suppress(Exception):
        from liptako.cache import cache_folder

        path = cache_folder() / CRASH
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{' '.join(sys.argv)}\n{text}", encoding="utf-8", errors="replace")
        return path
    return None
