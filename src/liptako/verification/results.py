"""The stored verification of a theatre: what `liptako run` says about its own skill."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liptako import files
from liptako.errors import InputError
from liptako.version import __version__
from liptako.words import skill as words

FILE = "verification.json"
FORMAT = 1
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
    if (before := stored(folder)) is not None and POLITICS in before:
        content[POLITICS] = before[POLITICS]
    text = json.dumps(rounded(content), indent=1, ensure_ascii=False)
    try:
        with files.atomic_write(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from None
    return path


def stored(folder: str | Path) -> dict[str, Any] | None:
    """Return the stored verification of a theatre's folder; none where there is none.

    Raises:
        InputError: the file is there and damaged.

    Example:
        >>> stored("no/such/folder") is None
        True
    """
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    try:
        content = files.read_json(path)
        known = content["format"] == FORMAT
        skill_line(content)
        politics_lines(content)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise InputError(
            f"not a readable verification ({error})", file=path, allowed="run `verify --store`"
        ) from None
    if not known:
        raise InputError("another format of verification", file=path, value=content["format"])
    return content


def skill_line(verification: Mapping[str, Any]) -> str:
    """Return in one sentence how well deaths were forecast.

    Args:
        verification: from `stored` or `Verification.summary`.

    Example:
        >>> skill = {"estimate": 0.1, "lo": 0.02, "hi": 0.17}
        >>> skill_line({"windows": [2018, 2023], "skill_vs_conflictology": skill})
        "Tested on deaths 2018-23: 10% (2-17) better than 'last year again'"
    """
    skill = verification["skill_vs_conflictology"]
    gain = (float(skill[key]) for key in ("estimate", "lo", "hi"))
    return words.skill_line([int(year) for year in verification["windows"]], *gain)


def politics_lines(verification: Mapping[str, Any] | None) -> list[str]:
    """Return how politics was tested, a sentence for each part whose record is kept."""
    politics = {} if verification is None else verification.get(POLITICS, {})
    say = {"regimes": words.regimes_line, "pact": words.pact_line}
    return [line(politics[part]) for part, line in say.items() if part in politics]


def store_politics(level: str, content: Mapping[str, Any], folder: str | Path) -> Path:
    """Keep what a verification of politics says in short, beside that of deaths.

    Args:
        level: `regimes` or `pact`.
        content: as `liptako verify` prints it.
        folder: of the theatre.

    Raises:
        InputError: there is no verification of deaths yet, or the file cannot be written.
    """
    path = Path(folder) / FILE
    whole = stored(folder)
    if whole is None:
        raise InputError(
            "no verification of deaths to stand beside", file=path, allowed="run `verify --store`"
        )
    record = {"regimes": _regimes_record, "pact": _pact_record}[level](content)
    kept = whole | {POLITICS: whole.get(POLITICS, {}) | {level: rounded(record)}}
    with files.atomic_write(path) as temporary:
        temporary.write_text(
            json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return path


POLITICS = "politics"
SHOWN_MONTHS = 36
"""Months ahead at which the test of politics is told."""


def _regimes_record(content: Mapping[str, Any]) -> dict[str, Any]:
    chosen = content["horizons"][str(SHOWN_MONTHS)]["chosen_on"]
    scores = {row["form"]: row for row in chosen["scores"]}
    mine, constant = scores[content["stayed"]], scores["constant"]
    (three,) = [
        row
        for row in content["triples"]
        if (row["within"], row["horizon"], row["period"], row["form"])
        == ("subregion", SHOWN_MONTHS, "all", content["stayed"])
    ]
    return {
        "cases": chosen["cases"],
        "months": SHOWN_MONTHS,
        "log_score": mine["log_score"],
        "constant": constant["log_score"],
        "gain": list(chosen["differences"]["constant"]["log_score"]),
        "auc": list(mine["auc"]),
        "triples": [three[name] for name in ("p", "share", "lo", "hi")],
    }


def _pact_record(content: Mapping[str, Any]) -> dict[str, Any]:
    (row,) = [
        row
        for row in content["left_out"]
        if (row["age"], row["event"], row["months"]) == (0, "operation", SHOWN_MONTHS)
    ]
    gap = [row[f"log_score_{name}"] for name in ("gap", "lo", "hi")]
    return {"n": row["n"], "months": SHOWN_MONTHS, "gap": gap}


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
