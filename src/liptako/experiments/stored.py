"""The stored comparison of a theatre's policies: `comparison.json` beside the theatre.

Only differences and verdicts are kept, with the hash of what entered, so that a report needs no
further futures and can say whether the theatre has changed since.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from liptako import files
from liptako.calendar import parse_month
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.experiments.compare import DEFAULT_MEMBERS, NUMBERS, Comparison, compared
from liptako.experiments.differences import VERDICTS
from liptako.experiments.measured import counted_outcomes
from liptako.runs.cite import revision
from liptako.runs.executor import Progress, silent
from liptako.runs.start import start_of
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.policies import load_policies, with_policies
from liptako.theatre.questions import outcomes_asked
from liptako.version import __version__
from liptako.words.outcomes import HARM

FILE = "comparison.json"
FORMAT = 1
DIGITS = 4
"""Significant digits that are kept."""

COLUMNS = ("unit", "base", *NUMBERS)
"""What is kept of each outcome under each policy, in this order."""

ENTERED = (
    "theatre.toml", "params.toml", "menu.toml", "policies.toml", "fit.nc", "level.npz",
    "regime_overlaps.toml", "streams.csv",
)  # fmt: skip
"""Files of a theatre's folder that futures depend on, beside its data."""

_ABOUT = ("scenario", "init_time", "months", "seed", "reference", "members")


def all_policies(loaded: LoadedScenario) -> tuple[str, ...]:
    """Return all policies of a scenario and its theatre, the reference first.

    Raises:
        InputError: there are fewer than two.
    """
    own = list(loaded.scenario.policies)
    shared = load_policies(loaded.folder, loaded.scenario.init_month)
    names = tuple(dict.fromkeys(["baseline", *own, *shared]))
    if len(names) < 2:
        raise InputError(
            "nothing to compare", file=loaded.folder, allowed="a theatre with policies of its own"
        )
    return names


def compare_all(
    scenario: str | Path = "sahel-2024",
    *,
    members: int = DEFAULT_MEMBERS,
    seed: int | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Compare all policies of a scenario and its theatre, as they are stored.

    Outcomes are the common ones and those that the theatre's questions look at.

    Args:
        scenario: a name or a file.
        members: futures under each policy, the same ones.
        seed: of the random numbers; the scenario's own if not given.
        progress: called as batches finish.

    Raises:
        InputError: nothing to compare, no harm to civilians counted, or anything not allowed.
    """
    loaded = load_scenario(scenario)
    check_own(loaded)
    names = all_policies(loaded)
    adjusted = loaded.scenario.adjusted(members=members, seed=seed)
    loaded = with_policies(replace(loaded, scenario=adjusted), names)
    prepared = start_of(loaded, progress=progress)
    outcomes = [*counted_outcomes(prepared), *outcomes_asked(loaded.folder)]
    if HARM not in outcomes:
        raise _no_harm()  # before the work, not after it
    return compared(prepared, names, outcomes=outcomes, progress=progress)


@runtime_checkable
class Seen(Protocol):
    """A scenario with its data: what `Prepared` has, and what need not be prepared to be told."""

    @property
    def loaded(self) -> LoadedScenario:
        """Scenario, theatre, registry."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """The data."""
        ...


@dataclass(frozen=True, eq=False)
class Looked:
    """A scenario with its data, nothing else prepared."""

    loaded: LoadedScenario
    snapshot: Snapshot


def made_from(prepared: Seen) -> dict[str, Any]:
    """Return what entered: version, hashes of data and of the theatre's files."""
    folder, tables = prepared.loaded.folder, prepared.snapshot.manifest["tables"]
    scenario = folder / "scenarios" / f"{prepared.loaded.scenario.name}.toml"
    entered = [folder / name for name in sorted(ENTERED) if (folder / name).is_file()]
    entered += [scenario] if scenario.is_file() else []
    return {
        "liptako": __version__,
        "data": {name: tables[name]["sha256"] for name in sorted(tables)},
        "files": {str(path.relative_to(folder)): files.sha256(path) for path in entered},
    }


def digest(entered: Mapping[str, Any]) -> str:
    """Return the hash of what entered, see `made_from`: equal for equal data and files."""
    kept = {name: entered[name] for name in ("data", "files")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def changed_since(content: Mapping[str, Any], prepared: Seen) -> tuple[str, ...]:
    """Return the data and files that are not what a stored comparison was made from.

    Args:
        content: from `stored`.
        prepared: the start that is looked at now.
    """
    was = content["made_from"]
    # the scenario that was compared, whichever is looked at now
    name = f"scenarios/{content['scenario']}.toml"
    now, file = made_from(prepared), prepared.loaded.folder / name
    present = {path: sha for path, sha in now["files"].items() if not path.startswith("scenarios/")}
    now["files"] = present | ({name: files.sha256(file)} if file.is_file() else {})
    found = [
        key
        for part in ("data", "files")
        for key in sorted({*was[part], *now[part]})
        if was[part].get(key) != now[part].get(key)
    ]
    return tuple(found)


def store(found: Comparison, measured: Mapping[str, str]) -> Path:
    """Write a comparison beside its theatre, and return the file.

    Args:
        found: policies compared.
        measured: the day and the machine.

    Raises:
        InputError: harm to civilians is not among its outcomes, the scenario is not the theatre's
            own, or the file cannot be written.
    """
    check_own(found.prepared.loaded)
    if HARM not in found.counted:
        raise _no_harm()
    entered, summary = made_from(found.prepared), found.summary()
    content = {
        "format": FORMAT,
        "sha256": digest(entered),
        "made_from": {**entered, "revision": revision(), **measured},
        "command": command_of(summary["scenario"], summary["members"], summary["seed"]),
        **{name: summary[name] for name in _ABOUT},
        "labels": summary["labels"],
        "assumed": summary["assumed"],
        "columns": list(COLUMNS),
    }
    table = found.table
    rows = {
        policy: {
            row["outcome"]: [_short(row[name]) for name in COLUMNS]
            for row in table.loc[table["policy"] == policy].to_dict("records")
        }
        for policy in found.policies[1:]
    }
    path = found.prepared.loaded.folder / FILE
    try:
        with files.atomic_write(path) as temporary:
            temporary.write_text(_text(content, rows), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", file=path) from None
    return path


def check_own(loaded: LoadedScenario) -> None:
    """Check that a scenario is its theatre's own, so that what is stored can be made again.

    Raises:
        InputError: it is not.
    """
    if loaded.file.resolve().parent != (loaded.folder / "scenarios").resolve():
        raise InputError(
            "only of a scenario in the theatre's own folder",
            file=loaded.file,
            field="store",
            allowed=f"a file in {loaded.folder / 'scenarios'}",
        )


def command_of(scenario: str, members: int, seed: int) -> str:
    """Return the command that makes a stored comparison again."""
    return f"liptako compare {scenario} --members {members} --seed {seed} --store"


def stored(folder: str | Path) -> dict[str, Any] | None:
    """Return the stored comparison of a theatre's folder; none where there is none.

    Raises:
        InputError: the file is there and damaged.

    Example:
        >>> stored("no/such/folder") is None
        True
    """
    return files.read_stored(
        Path(folder) / FILE, "comparison", FORMAT, _check, "liptako compare SCENARIO --store"
    )


def stored_for(loaded: LoadedScenario) -> dict[str, Any] | None:
    """Return the stored comparison of a scenario's theatre where it answers for the scenario too.

    It does for the scenario that was compared, at any length, and for one that begins in the same
    month with the same thresholds, and whose policies of the compared names are the same.

    Raises:
        InputError: the file is there and damaged.
    """
    content = stored(loaded.folder)
    if content is None or content["init_time"] != loaded.scenario.init_time:
        return None
    file = loaded.folder / "scenarios" / f"{content['scenario']}.toml"
    if loaded.file.resolve() == file.resolve():
        return content
    if not file.is_file():
        return None
    names = [content["reference"], *content["differences"]]
    try:
        own, other = (with_policies(each, names) for each in (loaded, load_scenario(file)))
    except InputError:  # a policy that the one or the other lacks, or cannot have
        return None
    same = own.scenario.endings == other.scenario.endings and all(
        own.scenario.policies[name].does() == other.scenario.policies[name].does() for name in names
    )
    return content if same else None


def table_of(content: Mapping[str, Any]) -> pd.DataFrame:
    """Return a stored comparison as `liptako.experiments.compare.Comparison.table` has it.

    What is not known is not a number.
    """
    rows = [
        {"policy": policy, "outcome": outcome, **dict(zip(content["columns"], row, strict=True))}
        for policy, outcomes in content["differences"].items()
        for outcome, row in outcomes.items()
    ]
    frame = pd.DataFrame(rows)
    numbers = [name for name in COLUMNS if name not in ("unit", "verdict")]
    return frame.astype(dict.fromkeys(numbers, float))


def _check(content: Mapping[str, Any]) -> None:
    """Check that what is stored can be shown; raises `ValueError` or `KeyError`."""
    table = table_of(content)
    parse_month(content["init_time"])
    for part in ("data", "files"):
        dict(content["made_from"][part])
    if content["columns"] != list(COLUMNS):
        raise ValueError("other columns")
    if not set(table["verdict"]) <= set(VERDICTS):
        raise ValueError("an unknown verdict")
    for policy, rows in content["differences"].items():
        content["labels"][policy]
        if HARM not in rows:
            raise ValueError(f"{policy} has no harm to civilians")
    for name in (*_ABOUT, "assumed", "command", "sha256"):
        content[name]


def _no_harm() -> InputError:
    return InputError(
        "harm to civilians is always kept", field="outcome", allowed=f"{HARM} among them"
    )


def _short(value: Any) -> Any:
    """Return a number to the digits that are kept, what is not one as null."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _text(content: Mapping[str, Any], rows: Mapping[str, Mapping[str, list[Any]]]) -> str:
    """Return the file's text: JSON with a line for each outcome under each policy."""
    head = json.dumps(content, indent=1, ensure_ascii=False).removesuffix("\n}")
    blocks = []
    for policy, outcomes in rows.items():
        lines = [f"   {json.dumps(name)}: {json.dumps(row)}" for name, row in outcomes.items()]
        blocks.append(f"  {json.dumps(policy)}: {{\n" + ",\n".join(lines) + "\n  }")
    return f'{head},\n "differences": {{\n' + ",\n".join(blocks) + "\n }\n}\n"
