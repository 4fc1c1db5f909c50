"""Results of the model that claims rest on, stored beside the theatre they were measured on.

`claims.json` holds them with what they were made from: a hash of theatre, parameters, fits and
data, and one of each contrast and policy. A result whose hash is no longer that of today's files is
*stale*: it is shown, and said to be.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from liptako import files
from liptako.data.snapshot import MANIFEST, read_manifest, snapshot_folder
from liptako.errors import InputError
from liptako.experiments.contrasts import SHARED, contrasts
from liptako.experiments.differences import PerMember, difference_of
from liptako.experiments.measured import counted_outcomes, measured, outcomes_of
from liptako.inference.motives.stored import stored as motives_of
from liptako.ledger.kept import FILE, FORMAT, Kept
from liptako.outcomes.ranges import LEAST_FOR_RANGE, mcse_of_mean, over_each_set, set_numbers
from liptako.runs.executor import Progress, silent
from liptako.runs.start import start_of
from liptako.theatre.claims import Chance, Claims, ContrastTest, PolicyTest
from liptako.theatre.contrasts import load_contrasts
from liptako.theatre.loading import LoadedScenario, read_toml
from liptako.theatre.policies import load_policies, with_policies
from liptako.theatre.validation import validate
from liptako.version import __version__

KINDS = ("contrasts", "policies", "chances")
DIGITS = 6
QUANTILES = (0.05, 0.95)

HARM = "civilians_killed"
"""Shown with every policy, whatever its outcome."""

TEXTS = ("theatre.toml", "params.toml", "menu.toml", "regime_overlaps.toml")
"""Files of a theatre that enter as what they say, whatever the comments."""

BYTES = ("fit.nc", "level.npz", "streams.csv")
"""Files that enter as they are."""

KEPT = (
    "label", "unit", "difference", "mcse", "lo", "hi", "sign_share", "civilians", "civilians_mcse",
    "law",
)  # fmt: skip
"""Of a row of `liptako contrasts`."""


@dataclass(frozen=True)
class Stored:
    """Stored results, and today's hashes to hold them against.

    Attributes:
        content: of the file; empty where there is none.
        base: today's hash of all that enters every result.
        prints: today's hash of each contrast and policy, by name.
        motives: the stored inference of motives; empty where none is from the start's data.
    """

    content: Mapping[str, Any]
    base: str
    prints: Mapping[str, str]
    motives: Mapping[str, Any] = field(default_factory=dict)

    def row(self, kind: str, key: str) -> tuple[Mapping[str, Any] | None, bool]:
        """Return a stored result, and whether it is stale."""
        found = self.content.get(kind, {}).get(key)
        if found is None:
            return None, True
        changed = found.get("sha256") not in (None, self.prints.get(found.get("of", "")))
        return found, changed or self.stale

    @property
    def stale(self) -> bool:
        """Whether theatre, parameters, fits or data are others than those measured."""
        return self.content.get("made_from", {}).get("sha256") != self.base

    @property
    def about(self) -> dict[str, Any]:
        """What was run, when and where."""
        names = ("members", "seed", "months", "init_time", "measured")
        return {name: self.content.get(name) for name in names}


def stored(loaded: LoadedScenario) -> Stored:
    """Return what is stored of a theatre's claims.

    Raises:
        InputError: the file is there and damaged.
    """
    path = loaded.folder / FILE
    content: Mapping[str, Any] = {}
    if path.is_file():
        read = files.read_json(path)
        if not isinstance(read, dict):
            raise InputError("not results of claims", file=path, allowed="a table")
        content = validate(Kept, read, path).model_dump()
    return _beside(loaded, content)


def _beside(loaded: LoadedScenario, content: Mapping[str, Any]) -> Stored:
    motives = motives_of(loaded.folder) or {}
    if motives and motives["until"] > loaded.scenario.init_month:
        motives = {}
    return Stored(content, digest(loaded), prints(loaded), motives)


def digest(loaded: LoadedScenario) -> str:
    """Return a hash of all that enters results: theatre, parameters, fits, data, start, thresholds.

    The length of the futures is no part of it: it is stored and said with the results.
    """
    scenario = loaded.scenario
    parts: dict[str, Any] = {
        "init_time": scenario.init_time,
        "endings": scenario.endings.model_dump(),
    }
    for name in TEXTS:
        path = loaded.folder / name
        parts[name] = read_toml(path) if path.is_file() else None
    for name in BYTES:
        path = loaded.folder / name
        parts[name] = files.sha256(path) if path.is_file() else None
    folder = snapshot_folder(loaded.folder, loaded.theatre)
    if (folder / MANIFEST).is_file():
        parts["data"] = {
            name: row.get("sha256") for name, row in read_manifest(folder)["tables"].items()
        }
    parts["baseline"] = _said(loaded.scenario.policies[SHARED], {"label"})
    return _sha(parts)


def prints(loaded: LoadedScenario) -> dict[str, str]:
    """Return a hash of what each contrast and each policy does, by name; words do not enter."""
    words = {"label", "reason", "explanation", "expected"}
    found = {
        name: _sha(_said(row, words))
        for name, row in load_contrasts(loaded.folder, loaded.theatre).items()
    }
    policies = load_policies(loaded.folder, loaded.scenario.init_month)
    for name, row in policies.items():
        found[f"policy {name}"] = _sha(_said(row, {"label"}))
    return found


def policy_key(test: PolicyTest) -> str:
    """Return what a policy test is stored under."""
    return f"{test.policy} {test.outcome}"


def chance_key(test: Chance) -> str:
    """Return what a chance is stored under: its bar is no part of it, unless sets are counted.

    Example:
        >>> chance_key(Chance(test="forecast", says="a", outcome="coups", level=1, sign="up"))
        'coups at least 1 against 0.5'
    """
    level = "" if test.level is None else f" at least {test.level:g}"
    beside = f" beside {test.beside}" if test.beside is not None else f" against {test.bar:g}"
    return f"{test.outcome}{level}{beside}"


def compute(
    loaded: LoadedScenario,
    claims: Claims,
    *,
    members: int,
    seed: int | None = None,
    about: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Stored:
    """Measure all that claims rest on in the model, as it would be stored.

    Args:
        loaded: the scenario.
        claims: of its theatre.
        members: futures of each arm.
        seed: of the random numbers; the scenario's own by default.
        about: day and machine, kept with the results.
        progress: called as batches finish.

    Raises:
        InputError: an outcome or a country that cannot be counted.
    """
    tests = [test for claim in claims.claims for test in claim.model]
    names = list(dict.fromkeys(t.name for t in tests if isinstance(t, ContrastTest)))
    rows: list[dict[str, Any]] = []
    if names:
        frame = contrasts(loaded, names, members=members, seed=seed, progress=progress)
        rows = [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
    adjusted = loaded.scenario.adjusted(members=members, seed=seed)
    changed = replace(loaded, scenario=adjusted)
    content = assembled(changed, claims, rows, about or {}, progress=progress)
    return _beside(loaded, content)


def assembled(
    loaded: LoadedScenario,
    claims: Claims,
    contrast_rows: list[dict[str, Any]],
    about: Mapping[str, Any],
    *,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Return what is stored, from measured contrasts and with policies and chances measured here.

    Args:
        loaded: the scenario with the number of members and the seed.
        claims: of its theatre.
        contrast_rows: of `liptako contrasts`, by the same number of members.
        about: day and machine.
        progress: called as batches finish.
    """
    tests = [test for claim in claims.claims for test in claim.model]
    policies = list(dict.fromkeys(t.policy for t in tests if isinstance(t, PolicyTest)))
    known = prints(loaded)
    values = _values(loaded, tests, policies, progress)
    sets = set_numbers(np.arange(loaded.scenario.members))
    kept: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
    for row in contrast_rows:
        kept["contrasts"][row["name"]] = {
            **{name: row[name] for name in KEPT}, "of": row["name"], "sha256": known[row["name"]]
        }  # fmt: skip
    for test in tests:
        if isinstance(test, PolicyTest):
            kept["policies"][policy_key(test)] = _policy(loaded, test, values, sets, known)
        elif isinstance(test, Chance):
            kept["chances"][chance_key(test)] = chance_of(test, values[SHARED], sets)
    scenario = loaded.scenario
    head = {
        "format": FORMAT,
        "made_from": {"liptako": __version__, "sha256": digest(loaded)},
        "measured": dict(about),
        "members": scenario.members,
        "seed": scenario.seed,
        "months": scenario.months,
        "init_time": scenario.init_time,
    }
    return {**head, **{kind: _rounded(kept[kind]) for kind in KINDS}}


def write(found: Stored, folder: Path) -> Path:
    """Write results beside the theatre they belong to, and return the file.

    Raises:
        InputError: the folder cannot be written.
    """
    path = folder / FILE
    text = json.dumps(found.content, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        with files.atomic_write(path) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from None
    return path


def chance_of(
    test: Chance, values: Mapping[str, PerMember], sets: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Return a chance, its range over sets of assumptions, and in how many it is above its bar."""
    own = _reached(test, values[test.outcome])
    bar = test.bar
    if test.beside is not None:
        own, bar = own - _reached(test, values[test.beside]), 0.0
    found = {
        "p": float(own.mean()), "mcse": mcse_of_mean(own), "unit": "chance",
        "lo": math.nan, "hi": math.nan, "share_above": math.nan,
    }  # fmt: skip
    each = over_each_set(own, sets) if len(own) >= LEAST_FOR_RANGE else np.full(1, np.nan)
    if np.isfinite(each).all():
        lo, hi = (float(value) for value in np.quantile(each, QUANTILES))
        low = -1.0 if test.beside is not None else 0.0
        lo, hi = max(lo, low), min(hi, 1.0)
        found |= {"lo": lo, "hi": hi, "share_above": float((each > bar).mean())}
    return found


def _reached(test: Chance, values: PerMember) -> PerMember:
    return values if test.level is None else (values >= test.level).astype(float)


def _values(
    loaded: LoadedScenario, tests: list[Any], policies: list[str], progress: Progress
) -> dict[str, dict[str, PerMember]]:
    asked = [test.outcome for test in tests if isinstance(test, PolicyTest | Chance)]
    asked += [HARM] if policies else []
    asked += [test.beside for test in tests if isinstance(test, Chance) and test.beside is not None]
    if not asked:
        return {}
    prepared = start_of(with_policies(loaded, policies), progress=progress)
    counted = counted_outcomes(prepared, asked)
    members = np.arange(loaded.scenario.members)
    return measured(prepared, [SHARED, *policies], counted, members, progress)


def _policy(
    loaded: LoadedScenario,
    test: PolicyTest,
    values: Mapping[str, Mapping[str, PerMember]],
    sets: Mapping[str, np.ndarray],
    known: Mapping[str, str],
) -> dict[str, Any]:
    gap, harm = (values[test.policy][name] - values[SHARED][name] for name in (test.outcome, HARM))
    found = difference_of(gap, sets, moved=True)
    names = ("diff", "mcse", "lo", "hi", "sign_holds", "verdict")
    rows = load_policies(loaded.folder, loaded.scenario.init_month)
    return {
        "label": rows[test.policy].label,
        "unit": outcomes_of(loaded.theatre)[test.outcome.partition(":")[0]].unit,
        **{name: found[name] for name in names},
        "civilians": float(harm.mean()),
        "civilians_mcse": mcse_of_mean(harm),
        "of": f"policy {test.policy}",
        "sha256": known[f"policy {test.policy}"],
    }


def _said(row: BaseModel, words: set[str]) -> dict[str, Any]:
    """Return what a row says but for its words: a field that is left as it is says nothing."""
    return row.model_dump(exclude=words, exclude_defaults=True)


def _sha(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _rounded(content: Any) -> Any:
    if hasattr(content, "item"):
        content = content.item()
    if isinstance(content, Mapping):
        return {str(key): _rounded(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_rounded(value) for value in content]
    if isinstance(content, float):
        return float(f"{content:.{DIGITS}g}") if math.isfinite(content) else None
    return content
