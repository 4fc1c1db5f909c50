"""What charts, tables and pages say of policies compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import every

say = Texts(
    "what_if",
    {
        # marks
        "fewer": "fewer, robust",
        "more": "more, robust",
        "hollow": "no robust sign",
        "grey": "more members needed",
        "none": "no change",
        # chart
        "definition": (
            "Difference from {reference} in the same futures, over {months} months: middle and "
            "nine in ten sets of assumptions. {members} futures under each policy, seed {seed}."
        ),
        "definition_few": (
            "Difference from {reference} in the same futures, over {months} months: mean and "
            "twice its Monte Carlo error, for {members} futures are too few for a range over "
            "assumptions (seed {seed})."
        ),
        "marks": (
            "Filled: the sign is robust, beyond Monte Carlo error and in 90 of 100 sets of "
            "assumptions. Hollow: it is not. Grey: more members are needed to tell."
        ),
        "footer": "Comparison in a model, not an experiment.",
        "assumed": "Acts of armed actors, assumed and never advised: {policies}.",
        "made": "Made on {date} for scenario {scenario}, hash {hash}.",
        "stale": (
            "THE THEATRE HAS CHANGED since this comparison was made ({changed}): numbers of now "
            "may differ. `{command}` makes it again."
        ),
        "finding_one": "{outcome}, 1 policy beside {reference}: {said}",
        "finding": "{outcome}, {policies} policies beside {reference}: {said}",
        "finding_fewer": "fewer under {names}",
        "finding_more": "more under {names}",
        "finding_open": "no robust sign under {count} of {policies}",
        "finding_none": "no policy has a robust sign",
        "finding_also": "{outcome}: {said}",
        "finding_unknown": "more members are needed to tell any sign",
        # words
        "words": "Dots with ranges, a panel for each outcome and a row for each policy.",
        "words_panel": "{name}: {items}.",
        "words_item": "{policy} {median} ({low} to {high}), {verdict}",
        "words_rest": "{verdict}: {policies}",
        # sentences and table
        "sentences": "What each policy changes, in a sentence",
        "questions": "What the argument asks, and what changes in the model",
        "question": "Question",
        "policy": "Policy",
        "sets": "What it sets",
        "changes": "What changes",
        "sentences_note": (
            "Only robust signs are named: beyond Monte Carlo error, and the same in 90 of 100 sets "
            "of assumptions. A robust sign follows from what is assumed. It is not advice."
        ),
        "table": "Differences by policy and outcome",
        "table_note": (
            "Middle over sets of assumptions, range over nine in ten. {robust} robust, {open} "
            "depends on assumptions or no view, {more} more members needed, {same} no future "
            "changes. A sign can be robust where the range has both: it says which way most "
            "futures move, the range how far their mean may. All outcomes are in the CSV."
        ),
        # a page of its own
        "title": "Policies compared",
        "heading": "{title}: {policies} beside {reference}",
        "run": "{members} futures under each policy · {months} months · seed {seed}",
        "short": "In short",
    },
)

MARKS = {"robust": "●", "open": "○", "more": "…", "same": "="}
"""How a verdict is marked in a table."""

LISTED = 4
"""Policies that a finding names before it counts."""


Signs = Mapping[str, Sequence[str]]
"""Policies with each robust sign, `fewer` and `more`, and `unknown`: more members are needed."""


def finding(
    outcome: str,
    reference: str,
    signs: Signs,
    policies: int,
    also: Mapping[str, Signs] | None = None,
) -> str:
    """Return the sentence above a comparison: where harm to civilians has a robust sign.

    Args:
        outcome: its name.
        reference: the policy that others are compared with.
        signs: of that outcome.
        policies: how many are compared.
        also: of further outcomes, by name, that are named where they have a robust sign.

    Example:
        >>> finding("Killed", "baseline", {"fewer": ["relief"], "more": [], "unknown": []}, 3)
        'Killed, 3 policies beside baseline: fewer under relief; no robust sign under 2 of 3'
    """
    said = _robust(signs)
    rest = policies - len(signs["fewer"]) - len(signs["more"])
    if len(signs["unknown"]) == policies:
        said = [say["finding_unknown"]]
    elif not said:
        said = [say["finding_none"]]
    elif rest:
        said.append(say("finding_open", count=rest, policies=policies))
    for name, more in (also or {}).items():
        if found := _robust(more):
            said.append(say("finding_also", outcome=name, said=", ".join(found)))
    key = "finding_one" if policies == 1 else "finding"
    return say(key, outcome=outcome, reference=reference, policies=policies, said="; ".join(said))


def _robust(signs: Signs) -> list[str]:
    return [
        say(f"finding_{sign}", names=_names(signs[sign]))
        for sign in ("fewer", "more")
        if signs[sign]
    ]


def _names(names: Sequence[str]) -> str:
    if len(names) <= LISTED + 1:
        return every(names)
    return every([*names[:LISTED], f"{len(names) - LISTED} others"])


def about_lines(about: Mapping[str, Any]) -> list[str]:
    """Return the small print of a comparison: what it is, whether it still holds, when made.

    Args:
        about: `reference`, `members`, `months`, `seed`, `scenario`, `few`; `assumed` policies;
            `made`, `hash`, `command`, `changed` where it was stored.
    """
    key = "definition_few" if about["few"] else "definition"
    members = f"{about['members']:,}"
    lines = [
        say(key, reference=about["reference"], months=about["months"], members=members,
            seed=about["seed"])
    ]  # fmt: skip
    lines.append(say["marks"])
    if about.get("assumed"):
        lines.append(say("assumed", policies=every(list(about["assumed"]))))
    if about.get("made"):
        made = {name: about[name] for name in ("scenario",)}
        lines.append(say("made", date=about["made"], hash=about["hash"][:12], **made))
    if about.get("changed"):
        changed = every(list(about["changed"]))
        lines.insert(0, say("stale", changed=changed, command=about["command"]))
    return [*lines, say["footer"]]
