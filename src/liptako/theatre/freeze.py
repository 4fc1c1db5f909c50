"""Judgement, frozen before results are computed from it: a hash beside the parameters.

`judgement.lock` in a theatre's folder holds the hash of every parameter that rests on
judgement, and a log of when it was frozen, what had changed since and why. Changing a prior
after seeing what it does is thereby a logged decision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from liptako.errors import InputError
from liptako.files import atomic_write
from liptako.theatre.loading import read_toml
from liptako.theatre.registry import Parameter, Prior, Registry
from liptako.theatre.strict import Strict
from liptako.theatre.validation import validate

LOCK = "judgement.lock"
PRIOR_FIELDS = {
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "beta": ("a", "b"),
    "uniform": ("low", "high"),
}
"""What each prior is made of; what it does not use is no part of the judgement."""

Sha = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
State = Literal["as frozen", "changed", "not frozen"]


class Entry(Strict):
    """One freeze: when, the hash, which parameters had changed since the one before, and why."""

    date: Day
    sha256: Sha
    changed: list[str]
    why: str = Field(min_length=1)


class Frozen(Strict):
    """What a lock says; `parameters` has the hash of each, so that a change can be named."""

    sha256: Sha
    date: Day
    parameters: dict[str, Sha]
    entries: list[Entry] = Field(min_length=1)

    @model_validator(mode="after")
    def _last_entry(self) -> Frozen:
        last = self.entries[-1]
        if (last.sha256, last.date) != (self.sha256, self.date):
            raise ValueError("the last entry has another sha256 or date than the lock")
        return self


@dataclass(frozen=True)
class Check:
    """Whether judgement is what was frozen; `changed` names parameters that are not."""

    state: State
    changed: tuple[str, ...]
    frozen: Frozen | None


def judgement_digest(registry: Registry) -> str:
    """Return the hash of all judgement: SHA-256 over path, prior, value and range of each row.

    With it the judgement that stands in the theatre file, see `Registry.tables`.

    Order in the file, wording and sources do not enter; `2` and `2.0` are the same.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> len(judgement_digest(load_scenario("sahel-2024").registry))
        64
    """
    return digest(_judgement(registry))


def digest(parts: dict[str, Any]) -> str:
    """Return the hash of named plain values; `2` and `2.0` are the same.

    Example:
        >>> digest({"a": 2}) == digest({"a": 2.0})
        True
    """
    return _sha(parts)


def frozen(folder: str | Path) -> Frozen | None:
    """Return what a theatre's lock says, or nothing where judgement was never frozen.

    Raises:
        InputError: the lock is not readable, or its log does not end in its hash.
    """
    return _kept(Path(folder) / LOCK)


def check(registry: Registry, folder: str | Path) -> Check:
    """Compare the judgement of a registry with the lock in its theatre's folder.

    Raises:
        InputError: as `frozen`.
    """
    return check_parts(_judgement(registry), Path(folder) / LOCK)


def check_parts(parts: dict[str, Any], file: Path) -> Check:
    """Compare named plain values with a lock.

    Raises:
        InputError: as `frozen`.
    """
    kept = _kept(file)
    if kept is None:
        return Check("not frozen", (), None)
    changed = _changed(_each(parts), kept.parameters)
    same = kept.sha256 == digest(parts)
    return Check("as frozen" if same else "changed", changed, kept)


def freeze(registry: Registry, folder: str | Path, why: str, date: str) -> Frozen:
    """Write the lock anew: today's hash, and one more entry in its log.

    Args:
        registry: of the theatre.
        folder: of the theatre.
        why: the reason, in a sentence.
        date: `YYYY-MM-DD`.

    Raises:
        InputError: no reason, no date, or nothing has changed since the last freeze.
    """
    return freeze_parts(_judgement(registry), Path(folder) / LOCK, why, date)


def freeze_parts(parts: dict[str, Any], file: Path, why: str, date: str) -> Frozen:
    """Write a lock of named plain values anew, see `freeze`."""
    why = " ".join(why.split())
    if not why:
        raise InputError("a freeze needs a reason", field="why", value=why, allowed="a sentence")
    state = check_parts(parts, file)
    kept = state.frozen
    if state.state == "as frozen":
        raise InputError("nothing has changed since judgement was frozen", file=file)
    each, whole = _each(parts), digest(parts)
    changed = list(_changed(each, kept.parameters if kept else {}))
    entry = {"date": date, "sha256": whole, "changed": changed, "why": why}
    log = [row.model_dump() for row in kept.entries] if kept else []
    content = {"sha256": whole, "date": date, "parameters": each, "entries": [*log, entry]}
    new = validate(Frozen, content, file)
    with atomic_write(file) as temporary:
        temporary.write_text(_toml(new), encoding="utf-8")
        validate(Frozen, read_toml(temporary), file)
    return new


def _kept(file: Path) -> Frozen | None:
    return validate(Frozen, read_toml(file), file) if file.is_file() else None


def prior_numbers(prior: Prior) -> dict[str, float]:
    """Return the numbers a prior is made of, by name.

    Example:
        >>> prior_numbers(Prior(dist="beta", a=3, b=2))
        {'a': 3.0, 'b': 2.0}
    """
    numbers = prior.model_dump(exclude={"dist"})
    return {name: numbers[name] for name in PRIOR_FIELDS.get(prior.dist, tuple(numbers))}


def _judgement(registry: Registry) -> dict[str, Any]:
    rows = {path: _content(row) for path, row in registry.items() if row.status == "judgement"}
    return rows | registry.tables


def _content(row: Parameter) -> dict[str, Any]:
    prior = None if row.prior is None else {"dist": row.prior.dist, **prior_numbers(row.prior)}
    return {"prior": prior, "value": row.value, "range": row.range}


def _each(parts: dict[str, Any]) -> dict[str, str]:
    return {path: _sha(content) for path, content in sorted(parts.items())}


def _changed(now: dict[str, str], before: dict[str, str]) -> tuple[str, ...]:
    every = sorted({*now, *before})
    return tuple(path for path in every if now.get(path) != before.get(path))


def _sha(content: object) -> str:
    text = json.dumps(_plain(content), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return numbers as floats, so that `2` and `2.0`, `0.0` and `-0.0` are the same."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return float(value) + 0.0 if isinstance(value, int | float) else value


def _toml(lock: Frozen) -> str:
    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        "# Judgement as it was frozen; `liptako assumptions --check` compares. Never edit by hand:",
        '# `python scripts/freeze_judgement.py "why"` logs a change.',
        f"sha256 = {text(lock.sha256)}",
        f"date = {text(lock.date)}",
    ]
    for entry in lock.entries:
        lines += ["", "[[entries]]"]
        lines += [f"{name} = {text(value)}" for name, value in entry.model_dump().items()]
    lines += ["", "[parameters]"]
    lines += [f"{text(path)} = {text(sha)}" for path, sha in lock.parameters.items()]
    return "\n".join(lines) + "\n"
