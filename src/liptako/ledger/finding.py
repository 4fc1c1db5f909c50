"""What a test of a claim found, and how the tests of one side come to a verdict.

A test with an interval is *supported* where the 90% interval lies wholly on the side that the
claim says, *contradicted* where it lies wholly on the other, and cannot be decided here otherwise.
Tests of one side that agree give their verdict; where they do not, or where only some can be
decided, the side is *mixed*: the claim has parts or measures, and not all of them hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

SUPPORTED, CONTRADICTED, MIXED = "supported", "contradicted", "mixed"
UNDECIDED = "cannot be decided here"
VERDICTS = (SUPPORTED, CONTRADICTED, MIXED, UNDECIDED)

LEVEL = 0.90
"""Of intervals: a claim is supported beyond it."""

TAIL = (1.0 - LEVEL) / 2.0
"""Chance that a claim without anything in it passes a test with an interval."""


@dataclass(frozen=True)
class Finding:
    """What one test found.

    Attributes:
        test: the template.
        verdict: of `VERDICTS`.
        says: what it looked at, in words.
        result: the number found; with `lo` and `hi`, its 90% interval or its range over sets.
        null: the number from which the claim holds.
        unit: of the number.
        p: chance of a result so far on the claim's side where nothing is in it.
        robust: whether another way to measure gives the same side.
        note: what else must be known to read it.
        would_decide: what would decide it, where it cannot be decided.
        stale: a stored result that is not of today's theatre.
        signed: the number is a difference.
        law: acts of armed actors that it assumes, each with the law that bounds it.
    """

    test: str
    verdict: str
    says: str
    result: float | None = None
    lo: float | None = None
    hi: float | None = None
    null: float | None = None
    unit: str = ""
    p: float | None = None
    robust: bool | None = None
    note: str = ""
    would_decide: str = ""
    stale: bool = False
    signed: bool = False
    law: tuple[str, ...] = ()

    def undecided(self, note: str, would_decide: str = "") -> Finding:
        """Return the same numbers, which decide nothing, and why."""
        notes = " ".join(part for part in (self.note, note) if part)
        return replace(
            self, verdict=UNDECIDED, note=notes, would_decide=would_decide or self.would_decide
        )


@dataclass(frozen=True)
class Side:
    """One side of a claim: its verdict, and the tests it comes from."""

    verdict: str
    tests: tuple[Finding, ...]

    @property
    def lead(self) -> Finding:
        """The first test: its number stands for the side."""
        return self.tests[0]

    @property
    def would_decide(self) -> str:
        """What would decide the tests that cannot be decided."""
        needed = (test.would_decide for test in self.tests if test.verdict == UNDECIDED)
        return " ".join(dict.fromkeys(text for text in needed if text))

    def summary(self) -> dict[str, Any]:
        """Return it as plain values."""
        lead = self.lead
        return {
            "verdict": self.verdict,
            "result": lead.result,
            "lo": lead.lo,
            "hi": lead.hi,
            "unit": lead.unit,
            "test": lead.test,
            "robust": all(test.robust is True for test in self.tests),
            "would_decide": self.would_decide,
            "stale": any(test.stale for test in self.tests),
            "tests": [vars(test) for test in self.tests],
        }


def verdict_of(lo: float, hi: float, null: float, sign: str) -> str:
    """Return how an interval stands to what a claim says.

    Args:
        lo: lower end.
        hi: upper end.
        null: from which the claim holds.
        sign: `up`: above it, `down`: below.

    Example:
        >>> verdict_of(1.1, 2.0, 1.0, "up"), verdict_of(1.1, 2.0, 1.0, "down")
        ('supported', 'contradicted')
    """
    if math.isnan(lo) or math.isnan(hi) or lo <= null <= hi:
        return UNDECIDED
    return SUPPORTED if (lo > null) == (sign == "up") else CONTRADICTED


def side_of(tests: Sequence[Finding]) -> Side:
    """Return the verdict of several tests together.

    Example:
        >>> one = Finding("statistic", SUPPORTED, "events")
        >>> side_of([one, replace(one, verdict=CONTRADICTED)]).verdict
        'mixed'
    """
    verdicts = {test.verdict for test in tests}
    return Side(verdicts.pop() if len(verdicts) == 1 else MIXED, tuple(tests))
