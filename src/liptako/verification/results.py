"""The stored verification of a theatre: what `liptako run` says about its own skill."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liptako import files
from liptako.errors import InputError
from liptako.verification.parts import PARTS, SHORTLY
from liptako.version import __version__
from liptako.words import skill as words

FILE = "verification.json"
FORMAT = 2
TESTED = "tested"
"""Where the records of `PARTS` are."""

_KEPT = (
    "level",
    "countries",
    "windows",
    "members",
    "cases",
    "scores",
    "by_window",
    "skill_vs_conflictology",
    "skill",
    "wins",
    "calibration",
    "worst_miss",
    "all_observed",
    "leads_15_36",
    "one_sided",
)


def store(summary: Mapping[str, Any], folder: str | Path, made_from: Mapping[str, Any]) -> Path:
    """Write a verification beside the theatre it belongs to, and return the file.

    Args:
        summary: from `Verification.summary`.
        folder: of the theatre.
        made_from: versions and hashes of data.

    Raises:
        InputError: the folder cannot be written.
    """
    kept = {key: summary[key] for key in _KEPT if key in summary}
    content = {"format": FORMAT, "made_from": {"liptako": __version__, **made_from}, **kept}
    path = Path(folder) / FILE
    if (before := stored(folder)) is not None and TESTED in before:
        content[TESTED] = before[TESTED]
    return _write(rounded(content), path)


def stored(folder: str | Path) -> dict[str, Any] | None:
    """Return the stored verification of a theatre's folder; none where there is none.

    Raises:
        InputError: the file is there and damaged.

    Example:
        >>> stored("no/such/folder") is None
        True
    """
    return files.read_stored(
        Path(folder) / FILE, "verification", FORMAT, _check, "liptako verify --store"
    )


def _check(content: Mapping[str, Any]) -> None:
    """Check that what is stored can be said; raises what reading it raises."""
    skill_line(content)
    part_lines(content)


def skill_line(verification: Mapping[str, Any]) -> str:
    """Return in one sentence how well deaths were forecast.

    Args:
        verification: from `stored` or `Verification.summary`.

    Example:
        >>> skill = {"estimate": 0.1, "lo": 0.02, "hi": 0.17}
        >>> tested = {"windows": [2018, 2023], "countries": ["HERE", "THERE"]}
        >>> skill_line(tested | {"skill_vs_conflictology": skill}).partition(": ")[0]
        'Tested on deaths 2018-23 (state-based, 2 countries)'
    """
    skill = verification["skill_vs_conflictology"]
    gain = (float(skill[key]) for key in ("estimate", "lo", "hi"))
    years = [int(year) for year in verification["windows"]]
    return words.skill_line(years, len(verification["countries"]), *gain)


def part_lines(verification: Mapping[str, Any] | None, of: str | None = None) -> list[str]:
    """Return how all else was tested, a sentence for each part whose record is kept.

    Args:
        verification: from `stored`.
        of: `tested_deaths`, `tested` (politics) or `tested_shortly`; without it all in full.
    """
    kept = {} if verification is None else verification.get(TESTED, {})
    told = {name: part for name, part in PARTS.items() if name in kept}
    if of == SHORTLY:
        return [part.shortly(kept[name]) for name, part in told.items() if part.shortly]
    return [part.sentence(kept[name]) for name, part in told.items() if of in (None, part.of)]


def store_part(name: str, content: Mapping[str, Any], folder: str | Path) -> Path:
    """Keep what a further test says in short, beside that of deaths by country.

    Args:
        name: of `PARTS`.
        content: as `liptako verify` prints it.
        folder: of the theatre.

    Raises:
        InputError: there is no verification of deaths yet, or the file cannot be written.
    """
    whole = to_stand_beside(folder)
    record = rounded(PARTS[name].record(content))
    kept = whole | {TESTED: whole.get(TESTED, {}) | {name: record}}
    return _write(kept, Path(folder) / FILE)


def to_stand_beside(folder: str | Path) -> dict[str, Any]:
    """Return the stored verification of deaths, which further tests are kept beside.

    Raises:
        InputError: there is none yet, or it is damaged.
    """
    whole = stored(folder)
    if whole is None:
        raise InputError(
            "no verification of deaths to stand beside",
            file=Path(folder) / FILE,
            allowed="run `verify --store`",
        )
    return whole


def _write(content: Mapping[str, Any], path: Path) -> Path:
    text = json.dumps(content, indent=1, ensure_ascii=False)
    try:
        with files.atomic_write(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from None
    return path


def rounded(content: Any, digits: int = 6) -> Any:
    """Return plain JSON content: numbers rounded to significant digits, `nan` as null."""
    if hasattr(content, "item"):
        content = content.item()
    if isinstance(content, Mapping):
        return {str(key): rounded(value, digits) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [rounded(value, digits) for value in content]
    if isinstance(content, float):
        return float(f"{content:.{digits}g}") if math.isfinite(content) else None
    return content
