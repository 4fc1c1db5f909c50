"""Commented skeletons to start from: a scenario for a shipped theatre, or a whole new theatre."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from string import Template

from liptako import calendar
from liptako.errors import InputError
from liptako.files import atomic_write
from liptako.theatre.loading import load_theatre, theatres_folder
from liptako.theatre.schema import Theatre

NAME = r"[a-z][a-z0-9_-]{0,59}"
FILES = (
    "theatre.toml",
    "menu.toml",
    "params.toml",
    "streams.csv",
    "contrasts.toml",
    "sources.toml",
    "README.md",
)
"""Files of a new theatre, besides its scenario."""

INIT_TIME, SIGNED, DUE = "2023-12", "2022-06", "2025-06"
"""Months that stand in a new theatre until its author puts others."""


def new_scenario(name: str, theatre: str, into: Path) -> Path:
    """Write a commented scenario file for a shipped theatre.

    Args:
        name: of the scenario; the file is `NAME.toml`.
        theatre: name of a shipped theatre.
        into: folder to write to, made if need be.

    Returns:
        The file.

    Raises:
        InputError: not a name, no such theatre, or the file is there already.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> folder = Path(tempfile.mkdtemp())
        >>> load_scenario(new_scenario("mine", shipped()[0], folder)).name
        'mine'
    """
    _check_name(name)
    if theatre not in shipped():
        raise InputError(
            "no such theatre",
            field="theatre",
            value=theatre,
            allowed=f"{', '.join(shipped())}, or new",
        )
    file = _free(into / f"{name}.toml")
    content = _scenario(name, load_theatre(theatres_folder() / theatre)[0], file.name)
    with _writing(file), atomic_write(file) as temporary:
        temporary.write_text(content, encoding="utf-8")
    return file


def new_theatre(name: str, into: Path) -> Path:
    """Write the folder of a new theatre: all of it, or nothing.

    Its files load, and its scenario is sound but for the data, which are not there yet.

    Args:
        name: of the theatre, of its folder and of its first scenario.
        into: folder to make it in, made if need be.

    Returns:
        The scenario file in it.

    Raises:
        InputError: not a name, the name of a shipped theatre, or the folder is there already.
    """
    _check_name(name)
    if name in shipped():
        raise InputError(
            "the name of a shipped theatre", field="name", value=name, allowed="another name"
        )
    folder = _free(into / name)
    words = {"name": name, "title": _title(name), "init_time": INIT_TIME}
    words |= {"signed": SIGNED, "due": DUE}
    with _writing(folder):
        into.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=into, prefix=f".{name}-"))
        try:
            new = work / name
            scenario = Path("scenarios") / f"{name}.toml"
            (new / scenario.parent).mkdir(parents=True)
            for file in FILES:
                (new / file).write_text(_filled(file, words), encoding="utf-8")
            theatre, _ = load_theatre(new)
            (new / scenario).write_text(_scenario(name, theatre, str(scenario)), encoding="utf-8")
            new.rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder / scenario


def shipped() -> tuple[str, ...]:
    """Return the names of the theatres that ship with the package."""
    return tuple(sorted(path.parent.name for path in theatres_folder().glob("*/theatre.toml")))


def _scenario(name: str, theatre: Theatre, file: str) -> str:
    """Return a scenario of a theatre as text: its last month of data, its levers, a civil one."""
    init = max(row.last_month for row in theatre.observed)
    civil = [lever for lever, row in theatre.levers.items() if row.civil]
    lever = civil[0] if civil else next(iter(theatre.levers), "none")
    row = theatre.levers.get(lever)
    members = theatre.alliance.members if theatre.alliance else theatre.by_role("member")
    words = {
        "name": name,
        "title": _title(name),
        "theatre": theatre.name,
        "file": file,
        "init_time": calendar.format_month(init),
        "first": calendar.format_month(init + 1),
        "member": members[0] if members else next(iter(theatre.countries)),
        "lever": lever,
        "lever_label": row.label if row else "An example",
        "value": f"{row.range[1]}" if row else "0.0",
        "levers": "\n".join(_lever_lines(theatre)) or "# (none)",
    }
    return _filled("scenario.toml", words)


def _lever_lines(theatre: Theatre) -> list[str]:
    width = max((len(name) for name in theatre.levers), default=0)
    return [
        f"#   {name:<{width}}  {row.range[0]:g} to {row.range[1]:g}, "
        f"{'civil' if row.civil else 'assumption'}: {row.label}"
        for name, row in theatre.levers.items()
    ]


def _filled(file: str, words: dict[str, str]) -> str:
    text = (resources.files("liptako.theatre") / "templates" / file).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _title(name: str) -> str:
    return re.sub(r"[-_]+", " ", name).capitalize()


def _check_name(name: str) -> None:
    if not re.fullmatch(NAME, name):
        raise InputError(
            "not a name",
            field="name",
            value=name,
            allowed="small letters, digits, - and _, a letter first, at most 60",
        )


def _free(path: Path) -> Path:
    """Return a path where nothing is yet."""
    if path.exists() or path.is_symlink():
        raise InputError("is there already", file=path, allowed="another name or folder")
    return path


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what the system refuses into bad input."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})", file=path, allowed="a folder to write to"
        ) from None
