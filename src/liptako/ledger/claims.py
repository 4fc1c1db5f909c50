"""The ledger: every claim of an argument with what data say of it, and what the model implies.

WORLD and MODEL are two columns and two questions. WORLD is computed from the snapshot when asked.
MODEL reads results of simulations that are stored with the theatre, or measures them anew. No
verdict is written anywhere: each comes from its numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import false_discovery_control, norm, t

from liptako import calendar
from liptako.data.snapshot import Snapshot, load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.inference.past_cases.wars import HORIZONS
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.ledger.counts import statistic
from liptako.ledger.facts import dated_fact
from liptako.ledger.finding import (
    SUPPORTED,
    TAIL,
    UNDECIDED,
    VERDICTS,
    Finding,
    Side,
    side_of,
    verdict_of,
)
from liptako.ledger.lenses import lens
from liptako.ledger.modelled import chance, contrast, policy
from liptako.ledger.stored import Stored, compute, stored
from liptako.ledger.studies import diff_in_diff, event_study
from liptako.model.structure import build_structure, layout_of
from liptako.runs.baseline import pieces
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.claims import (
    Chance,
    Claim,
    Claims,
    ContrastTest,
    DatedFact,
    DiffInDiff,
    EventStudy,
    Killings,
    Lens,
    Open,
    PolicyTest,
    Statistic,
    Undecidable,
    load_claims,
)
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.verification.recruitment import after_killings
from liptako.words.claims import (
    chance_line,
    decides,
    number_of,
    numbers_of,
    say,
    stale_line,
)

FALSE_DISCOVERIES = 0.10
"""Rate of false discoveries that a supported test should survive."""


@dataclass(frozen=True)
class Audited:
    """A claim with its two sides."""

    claim: Claim
    world: Side
    model: Side


@dataclass(frozen=True, eq=False)
class Ledger:
    """The claims of a theatre, audited.

    Attributes:
        loaded: the scenario, whose start says what is known.
        claims: all of the theatre's.
        rows: those asked for, in the order of the file.
        stored: the results of the model that they rest on.
        until: last month of the data, `YYYY-MM`.
    """

    loaded: LoadedScenario
    claims: Claims
    rows: tuple[Audited, ...]
    stored: Stored
    until: str

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a claim: `id`, `type`, `section`, `text`, and of each side what it found."""
        names = ("verdict", "result", "lo", "hi", "unit", "test", "robust", "stale")
        rows = []
        for row in self.rows:
            content: dict[str, Any] = {
                "id": row.claim.id,
                "type": row.claim.type,
                "section": row.claim.section,
                "text": row.claim.text,
            }
            for side, found in (("world", row.world), ("model", row.model)):
                said = found.summary()
                content |= {f"{side}_{name}": said[name] for name in names}
                content[f"{side}_text"] = numbers_of(said) if said["verdict"] != UNDECIDED else ""
            needed = {"would_decide": row.claim.would_decide}
            sides = {"world": row.world.summary(), "model": row.model.summary()}
            rows.append({**content, "decides": decides({**needed, **sides})})
        frame = pd.DataFrame(rows)
        said_of_all = self.summary()
        frame.attrs["notes"] = (chance_line(said_of_all), stale_line(said_of_all))
        return frame

    @cached_property
    def by_chance(self) -> dict[str, Any]:
        """How many tests of WORLD would pass by chance, and which survive false discoveries.

        `tests` have a p; `expected` of them would be supported if nothing were in any;
        `passed` are; `survive` are also at a false discovery rate of `FALSE_DISCOVERIES`.
        """
        tested = [
            (row.claim.id, test) for row in self.rows for test in row.world.tests
            if test.p is not None
        ]  # fmt: skip
        if not tested:
            return {"tests": 0, "expected": 0.0, "passed": 0, "survive": 0, "ids": []}
        adjusted = false_discovery_control([test.p for _, test in tested])
        kept = [
            number for (number, test), p in zip(tested, adjusted, strict=True)
            if test.verdict == SUPPORTED and p <= FALSE_DISCOVERIES
        ]  # fmt: skip
        return {
            "tests": len(tested),
            "expected": TAIL * len(tested),
            "passed": sum(test.verdict == SUPPORTED for _, test in tested),
            "survive": len(kept),
            "ids": list(dict.fromkeys(kept)),
        }

    def counts(self, side: str) -> dict[str, int]:
        """Return how many claims have each verdict on a side, `world` or `model`."""
        verdicts = [getattr(row, side).verdict for row in self.rows]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS}

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain values, as `liptako claims --json` prints it."""
        return {
            "scenario": self.loaded.scenario.name,
            "init_time": self.loaded.scenario.init_time,
            "data_until": self.until,
            "argument": self.claims.argument,
            "sections": dict(self.claims.sections),
            "counts": {side: self.counts(side) for side in ("world", "model")},
            "by_chance": self.by_chance,
            "stored": {**self.stored.about, "stale": self.stored.stale},
            "rows": [
                {
                    "id": row.claim.id,
                    "type": row.claim.type,
                    "section": row.claim.section,
                    "text": row.claim.text,
                    "doubt": row.claim.doubt,
                    "would_decide": row.claim.would_decide,
                    "world": row.world.summary(),
                    "model": row.model.summary(),
                }
                for row in self.rows
            ],
        }


def claims(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    ids: Sequence[int] | None = None,
    *,
    recompute: bool = False,
    members: int = 500,
    seed: int | None = None,
    about: Mapping[str, Any] | None = None,
    prepared: Prepared | None = None,
    progress: Progress = silent,
) -> Ledger:
    """Audit the claims of a scenario's theatre.

    Args:
        scenario: a name, a file, or a loaded scenario.
        ids: numbers of claims; all of them by default.
        recompute: whether results of the model are measured anew, rather than read.
        members: futures of each arm, where they are.
        seed: of their random numbers; the scenario's own by default.
        about: day and machine, kept with results that are measured.
        prepared: the scenario's start, where it was made already.
        progress: called as batches finish.

    Returns:
        A ledger; `.table` has one row a claim, `.summary()` plain values.

    Raises:
        InputError: the theatre audits no argument, or has no such claim.

    Example:
        >>> found = claims("sahel-2024", [23])                              # doctest: +SKIP
        >>> found.table[["id", "world_verdict"]]                            # doctest: +SKIP
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    every = load_claims(loaded.folder, loaded.theatre, loaded.scenario.init_month)
    chosen = _chosen(every, ids)
    if recompute:
        part = every.model_copy(update={"claims": chosen})
        kept = compute(loaded, part, members=members, seed=seed, about=about, progress=progress)
    else:
        kept = stored(loaded)
    record = Record(loaded, prepared, progress)
    rows = tuple(
        Audited(
            claim,
            side_of([world_finding(claim, record.test(test)) for test in claim.world]),
            side_of([of_model(test, kept) for test in claim.model]),
        )
        for claim in chosen
    )
    return Ledger(loaded, every, rows, kept, record.snapshot.manifest["last_month"])


class Record:
    """What is known at a scenario's start, read when first asked."""

    def __init__(
        self,
        loaded: LoadedScenario,
        prepared: Prepared | None = None,
        progress: Progress = silent,
    ) -> None:
        self.loaded = loaded
        self._prepared = prepared
        self._progress = progress

    @cached_property
    def snapshot(self) -> Snapshot:
        """The data up to the scenario's start."""
        if self._prepared is not None:
            return self._prepared.snapshot
        folder = snapshot_folder(self.loaded.folder, self.loaded.theatre)
        return load_snapshot(folder).until(self.loaded.scenario.init_month)

    @cached_property
    def past_cases(self) -> dict[str, Any]:
        """Base rates of the pieces of an ending, by piece and months ahead."""
        prepared = self._prepared or start_of(self.loaded, progress=self._progress)
        return pieces(prepared, max(HORIZONS))

    def test(self, test: Any) -> Finding:
        """Return what data say of a test."""
        makers: dict[type, Callable[[Any], Finding]] = {
            Undecidable: undecidable,
            DatedFact: lambda one: dated_fact(one, self.snapshot.timeline, self.loaded.theatre),
            Statistic: lambda one: statistic(one, self.snapshot),
            EventStudy: lambda one: event_study(one, self.snapshot),
            DiffInDiff: lambda one: diff_in_diff(one, self.snapshot),
            Killings: self._killings,
            Open: self._open,
        }
        return makers[type(test)](test)

    def _killings(self, test: Killings) -> Finding:
        loaded, snapshot = self.loaded, self.snapshot
        init = loaded.scenario.init_month
        layout = layout_of(loaded.registry)
        structure = build_structure(loaded.theatre, snapshot.cells, init, layout)
        found = after_killings(snapshot, structure, FIRST_MONTH, init)
        verdict = verdict_of(found.lo, found.hi, 0.0, test.expected)
        p = float(t.sf(found.effect / found.se, found.free))
        note = say(
            "least_seen",
            placebo=f"{math.exp(found.placebo):.2f}",
            least=f"{math.exp(found.least_seen):.2f}",
        )
        result = Finding(
            "event_study", verdict, test.says,
            math.exp(found.effect), math.exp(found.lo), math.exp(found.hi), 1.0, say["ratio"],
            p if test.expected == "up" else 1.0 - p,
            robust=verdict != UNDECIDED, note=note,
            would_decide=say["more_dates"] if verdict == UNDECIDED else "",
        )  # fmt: skip
        null = abs(found.placebo) <= norm.ppf(1.0 - TAIL) * found.placebo_se
        if verdict != UNDECIDED and not null:
            return result.undecided(say["placebo_shows"], say["more_dates"])
        return result

    def _open(self, test: Open) -> Finding:
        """Return a forecast: its base rate, and no verdict: what was so before decides nothing."""
        base = None if test.base is None else self.test(test.base)
        due = calendar.parse_month(test.until) <= self.loaded.scenario.init_month
        says, wait = ("due", "due_decides") if due else ("open", "wait")
        empty = Finding(
            test.test, UNDECIDED, say(says, until=test.until),
            would_decide=say(wait, until=test.until),
        )  # fmt: skip
        if base is not None:
            text = say("base", text=_named(base))
            return replace(empty, result=base.result, lo=base.lo, hi=base.hi, unit=base.unit,
                           note=text)  # fmt: skip
        rate = self._rate(test.past_cases, test.until) if test.past_cases else None
        if rate is None:
            return replace(empty, note=say("base", text=say["no_base"]) + ".")
        found = replace(empty, result=rate["estimate"], lo=rate["lo"], hi=rate["hi"], unit="chance")
        text = f"{say[test.past_cases or '']}, {number_of(vars(found))}."
        return replace(found, note=say("base", text=text))

    def _rate(self, piece: str, until: str) -> Mapping[str, Any] | None:
        """Return what came of past cases in as many months; none where that is not counted."""
        months = calendar.parse_month(until) - self.loaded.scenario.init_month
        return self.past_cases.get(piece, {}).get(str(months))


def world_finding(claim: Claim, found: Finding) -> Finding:
    """Return what a test of WORLD says of a claim: a count alone supports no mechanism."""
    counted = found.test in ("statistic", "dated_fact")
    if claim.type == "mechanism" and counted and found.verdict == SUPPORTED:
        return found.undecided(say["no_effect_estimated"], say["effect_decides"])
    return found


def of_model(test: Any, kept: Stored) -> Finding:
    """Return what the model implies of a test."""
    makers: dict[type, Callable[[Any], Finding]] = {
        Undecidable: undecidable,
        ContrastTest: lambda one: contrast(one, kept),
        PolicyTest: lambda one: policy(one, kept),
        Chance: lambda one: chance(one, kept),
        Lens: lambda one: lens(one, kept.motives),
    }
    return makers[type(test)](test)


def undecidable(test: Undecidable) -> Finding:
    """Return why nothing at hand can decide, and what would."""
    return Finding(test.test, UNDECIDED, test.reason, would_decide=test.would_decide)


def _named(base: Finding) -> str:
    number = number_of(vars(base))
    return f"{base.says}, {number}." if number else f"{base.says}."


def _chosen(every: Claims, ids: Sequence[int] | None) -> list[Claim]:
    known = [claim.id for claim in every.claims]
    for number in ids or ():
        if number not in known:
            allowed = f"{known[0]} to {known[-1]}"
            raise InputError("no such claim", field="id", value=number, allowed=allowed)
    return [claim for claim in every.claims if not ids or claim.id in ids]
