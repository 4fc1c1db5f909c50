"""Claims on motives in the model: what decisions are consistent with, never what anyone meant.

The number is the share of a lens in what decisions follow, from the stored inference (`liptako
lenses`): of all juntas together, or of one where a claim names its country alone. A claim on a
family of lenses is *supported* where that family has the largest share in 90 of 100 draws,
*contradicted* where another has. Lenses of one family are not told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from liptako.ledger.finding import CONTRADICTED, SUPPORTED, UNDECIDED, Finding
from liptako.theatre.claims import Lens
from liptako.words.claims import say

ALL = "all"
"""The claim that motives are mixed."""


def lens(test: Lens, motives: Mapping[str, Any]) -> Finding:
    """Return what the posterior over motives says of a lens.

    Args:
        test: the lens or the family, and whose decisions it would explain.
        motives: the stored inference; empty where there is none from the start's data.
    """
    named = say("lens", lens=test.lens.replace("_", " "))
    found = Finding(test.test, UNDECIDED, named, would_decide=say["lens_decides"])
    if not motives:
        return found.undecided(say["no_lenses"])
    lenses = motives["lenses"]
    whose = _whose(test, motives)
    if not whose:
        return found.undecided(say["lens_of_some"])
    together = motives["together"] if len(whose) > 1 else motives["juntas"][whose[0]]
    if test.lens == ALL:
        shares = ", ".join(
            f"{name} {100 * row['mean']:.0f}" for name, row in together["families"].items()
        )
        return found.undecided(say("lens_shares", shares=shares))
    if test.lens in together["families"]:
        return _of_family(found, test.lens, together)
    if test.lens in lenses:
        share = 100 * fmean(lenses[test.lens]["by_junta"][junta] for junta in whose)
        named = say("lens", lens=lenses[test.lens]["label"])
        found = Finding(
            test.test, UNDECIDED, named, share, unit=say["in_100"], would_decide=found.would_decide
        )
        return found.undecided(say["lens_within"])
    return found.undecided(say["no_such_lens"])


def _whose(test: Lens, motives: Mapping[str, Any]) -> list[str]:
    """Return the juntas whose decisions a test is of: all, one alone, or none that can be told."""
    juntas = motives["juntas"]
    named = [name for name, row in juntas.items() if not test.of or row["country"] in test.of]
    return named if len(named) in (1, len(juntas)) else []


def _of_family(found: Finding, family: str, together: Mapping[str, Any]) -> Finding:
    row = together["families"][family]
    verdict = UNDECIDED
    if together["decided"]:
        verdict = SUPPORTED if together["verdict"] == family else CONTRADICTED
    return Finding(
        found.test,
        verdict,
        found.says,
        100 * row["mean"],
        100 * row["lo"],
        100 * row["hi"],
        unit=say["in_100"],
        note=say("lens_largest", share=f"{100 * row['largest']:.0f}"),
        would_decide=found.would_decide if verdict == UNDECIDED else "",
    )
