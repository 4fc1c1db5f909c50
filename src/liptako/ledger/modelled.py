"""What the model implies of a claim: contrasts, policies, chances, from results that are stored.

A difference is on the claim's side where its sign is beyond twice its Monte Carlo error and holds
in nine of ten sets of assumptions. Where fewer sets have it the side is *mixed*, for the sign
depends on assumptions; where fewer than two in three have it the model has no view, and nothing is
decided. A chance is held against its bar in the same way, set by set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from liptako.experiments.contrasts import ERRORS, MOST_SETS
from liptako.experiments.differences import DEPENDS, NO_EFFECT, NO_VIEW, ROBUST, VIEW
from liptako.ledger.finding import CONTRADICTED, MIXED, SUPPORTED, UNDECIDED, Finding
from liptako.ledger.stored import Stored, chance_key, policy_key
from liptako.theatre.claims import Chance, ContrastTest, PolicyTest
from liptako.words.claims import say
from liptako.words.compare import changed
from liptako.words.contrasts import ARROWS

Row = Mapping[str, Any]


def contrast(test: ContrastTest, stored: Stored) -> Finding:
    """Return what a stored contrast says of a claim."""
    row, stale = stored.row("contrasts", test.name)
    if row is None:
        return missing(test.test, test.name)
    verdict, note = sign_verdict(
        row["difference"], row["mcse"], _number(row["sign_share"]), test.sign
    )
    note = " ".join(filter(None, (note, harm(row))))
    says = say("contrast", label=row["label"], arrow=ARROWS[test.sign])
    found = _finding(test.test, verdict, row, "difference", says, note, stale=stale)
    return replace(found, signed=True, law=tuple(row["law"]))


def policy(test: PolicyTest, stored: Stored) -> Finding:
    """Return what a stored comparison with the baseline says of a claim."""
    row, stale = stored.row("policies", policy_key(test))
    if row is None:
        return missing(test.test, policy_key(test))
    change = changed(test.outcome, 1.0 if test.sign == "up" else -1.0)
    says = say("policy", label=row["label"], change=change)
    if row["verdict"] == ROBUST:
        up = row["diff"] > 0
        verdict, note = SUPPORTED if up == (test.sign == "up") else CONTRADICTED, ""
    elif row["verdict"] == DEPENDS:
        verdict, note = MIXED, say["depends"]
    else:
        reasons = {NO_VIEW: say["no_view"], NO_EFFECT: say["no_effect"]}
        verdict, note = UNDECIDED, reasons.get(row["verdict"], say["more_members"])
    note = " ".join(filter(None, (note, harm(row))))
    return replace(_finding(test.test, verdict, row, "diff", says, note, stale=stale), signed=True)


def chance(test: Chance, stored: Stored) -> Finding:
    """Return a stored chance beside its bar, or beside another chance."""
    row, stale = stored.row("chances", chance_key(test))
    if row is None:
        return missing(test.test, chance_key(test))
    bar = 0.0 if test.beside is not None else test.bar
    share = _number(row["share_above"])
    if test.sign == "down":
        share = 1.0 - share
    away = (row["p"] - bar) * (1.0 if test.sign == "up" else -1.0)
    if math.isnan(share):
        verdict, note = UNDECIDED, say["few_futures"]
    elif abs(away) <= ERRORS * row["mcse"]:
        verdict, note = UNDECIDED, say["within"]
    elif away > 0 and share >= MOST_SETS:
        verdict, note = SUPPORTED, ""
    elif away < 0 and share <= 1.0 - MOST_SETS:
        verdict, note = CONTRADICTED, ""
    else:
        verdict, note = MIXED, say["depends"]
    found = _finding(test.test, verdict, row, "p", test.says, note, null=bar, stale=stale)
    return replace(found, signed=test.beside is not None)


def harm(row: Row) -> str:
    """Return what a change does to civilians, whatever it is held against."""
    error = row["civilians_mcse"]
    return say("harm", civilians=f"{row['civilians']:+,.0f} ±{error:,.0f}")


def sign_verdict(difference: float, mcse: float, share: float, sign: str) -> tuple[str, str]:
    """Return a verdict on the sign of a difference, and why where it decides nothing.

    Args:
        difference: the mean over futures.
        mcse: its Monte Carlo error.
        share: of the sets of assumptions with its sign; not a number if not known.
        sign: that the claim implies.

    Example:
        >>> sign_verdict(3.0, 0.5, 0.95, "up")
        ('supported', '')
    """
    if abs(difference) <= ERRORS * mcse:
        return UNDECIDED, say["within"]
    if math.isnan(share):
        return UNDECIDED, say["few_futures"]
    if share < VIEW:
        return UNDECIDED, say["no_view"]
    if share < MOST_SETS:
        return MIXED, say["depends"]
    return (SUPPORTED if (difference > 0) == (sign == "up") else CONTRADICTED), ""


def missing(test: str, name: str) -> Finding:
    """Return that nothing is stored."""
    return Finding(test, UNDECIDED, name, note=say["not_stored"], would_decide=say["recompute"])


def _finding(
    test: str,
    verdict: str,
    row: Row,
    number: str,
    says: str,
    note: str,
    *,
    null: float = 0.0,
    stale: bool,
) -> Finding:
    return Finding(
        test,
        verdict,
        says,
        row[number],
        row["lo"],
        row["hi"],
        null,
        row["unit"],
        robust=verdict in (SUPPORTED, CONTRADICTED),
        note=note,
        would_decide=say["narrower"] if verdict == UNDECIDED else "",
        stale=stale,
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
