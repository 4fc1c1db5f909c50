"""What is said of policies compared: outcomes that rise and fall, verdicts, both sides of a trade.

Sentences are made from plain rows, see `liptako.experiments.compare.Comparison.table`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import every
from liptako.words.outcomes import HARM as HARMED
from liptako.words.outcomes import SHARE, scale_of

say = Texts(
    "compare",
    {
        "about": (
            "as seen from {date}: {policies} beside {reference}, {members} futures of each, "
            "{months} months, seed {seed}"
        ),
        "one_policy": "1 policy",
        "policies": "{number} policies",
        "few": (
            "{members} futures are too few for a range over assumptions: {least} are needed at "
            "least, 1,000 are usual. So no sign can be robust here."
        ),
        "outcome": "{group}",
        "base": "{reference}",
        "median": "middle",
        "range": "9 in 10 sets",
        "mean": "mean and error",
        "sets": "agree",
        "verdict": "verdict",
        "needed": "needs {members} members",
        "needed_most": "needs over 100,000 members",
        "same": "No future of these {members} changes: {outcomes}",
        "named": "{policy}: {changes}",
        "both": "{gains}, but {costs}",
        "besides": "{changes}; {politics}",
        "with": "in politics {items}",
        "sized": "{change} ({size})",
        "percent": "{change}%",
        "in_100": "{change} in 100",
        "open_harm": "{changes}; not clear: {harm}",
        "harm": "civilians killed on purpose",
        "held": "A rule of it holds in {months} of 100 months.",
        "nothing": "no future changes in what is compared.",
        "no_sign": "no robust sign in any of {outcomes} outcomes ({counts}).",
        "assumed": "Acts of armed actors are assumptions, never advice. What law bounds them:",
        "rank": (
            "Ranked over sets of assumptions, on {outcomes}. No worse: share of 100 sets in which "
            "a policy is worse than {reference} on none of them by more than a hundredth. Front: "
            "no other named policy is as good on all and better on one. Regret: mean shortfall "
            "from the best named."
        ),
        "policy": "policy",
        "satisficing": "no worse",
        "pareto": "front",
        "regret": "regret: {outcome}",
        "legend": (
            "First column: the reference's own number; chances and shares in 100. All others: what "
            "differs from it. Middle and 9 in 10 sets: over sets of assumptions. The mean can be "
            "that of a few great wars; ±: one Monte Carlo error. Agree: in how many of 100 sets "
            "most futures move that way; -: too few futures to tell. Robust: 90 or more, beyond "
            "Monte Carlo error. Needs N members: run again with --members N to tell."
        ),
        "stored": "Stored {path}",
        "folder": "Saved {path}: comparison.html comparison.csv comparison.json",
        "footer": "A comparison in a model, not an experiment, and no advice.",
    },
)

COUNTS = Texts(
    "compare_counts",
    {
        "depends on assumptions": "dependent on assumptions in {number}",
        "no view": "no view on {number}",
        "more members needed": "too few futures to tell in {number}",
        "no effect": "no change in {number}",
    },
)
"""By verdict."""

RISES = Texts(
    "compare_rises",
    {
        "pact_alive": "the pact is alive and at work more often",
        "regimes_held": "all regimes of the start rule on more often",
        "rolled_back": "the war is rolled back more often",
        "succeeds": "the pact succeeds more often",
        "endures": "the pact endures more often",
        "fails": "the pact fails more often",
        "outside": "the pact works with a changed regime more often",
        "deaths": "more people killed",
        "civilians_killed": "more civilians killed on purpose",
        "civilians_by_state": "more civilians killed by states",
        "civilians_by_insurgents": "more civilians killed by insurgents",
        "civilians_by_militias": "more civilians killed by militias",
        "displaced": "more people displaced",
        "coast_deaths": "more violence at the coast",
        "capital_deaths": "more violence near capitals",
        "army_dead": "more dead on the side of states",
        "exits": "shorter rule of the regimes",
        "coups": "more coups and attempts",
        "kept": "more hand-overs while a date stands",
        "missed": "more promised dates missed",
        "upper_others": "displays of force against neighbours more often",
        "disputed_others": "longer disputes with neighbours",
        "disputed_allies": "longer disputes among allies",
        "support": "more support by patrons",
        "besieged": "more towns besieged for longer",
        "reached": "more people reached by their state",
        "means": "more means of the states",
    },
)

FALLS = Texts(
    "compare_falls",
    {
        "pact_alive": "the pact is alive and at work less often",
        "regimes_held": "all regimes of the start rule on less often",
        "rolled_back": "the war is rolled back less often",
        "succeeds": "the pact succeeds less often",
        "endures": "the pact endures less often",
        "fails": "the pact fails less often",
        "outside": "the pact works with a changed regime less often",
        "deaths": "fewer people killed",
        "civilians_killed": "fewer civilians killed on purpose",
        "civilians_by_state": "fewer civilians killed by states",
        "civilians_by_insurgents": "fewer civilians killed by insurgents",
        "civilians_by_militias": "fewer civilians killed by militias",
        "displaced": "fewer people displaced",
        "coast_deaths": "less violence at the coast",
        "capital_deaths": "less violence near capitals",
        "army_dead": "fewer dead on the side of states",
        "exits": "longer rule of the regimes",
        "coups": "fewer coups and attempts",
        "kept": "fewer hand-overs while a date stands",
        "missed": "fewer promised dates missed",
        "upper_others": "displays of force against neighbours less often",
        "disputed_others": "shorter disputes with neighbours",
        "disputed_allies": "shorter disputes among allies",
        "support": "less support by patrons",
        "besieged": "fewer towns besieged, or for less long",
        "reached": "fewer people reached by their state",
        "means": "fewer means of the states",
    },
)

OTHER = Texts(
    "compare_other",
    {
        "up": "more of {name}",
        "down": "less of {name}",
        "share_up": "a larger share of support from {name}",
        "share_down": "a smaller share of support from {name}",
        "in": "{change} ({countries})",
    },
)

RULED = "ruled"
"""In how many months rules hold: it says how much of a policy came about, not what it did."""

HARM = frozenset({
    "deaths", "civilians_killed", "civilians_by_state", "civilians_by_insurgents",
    "civilians_by_militias", "displaced", "coast_deaths", "capital_deaths", "army_dead", "besieged",
})  # fmt: skip
"""Less of it is a gain; of `GOOD`, more. All else is politics, neither gain nor cost."""

GOOD = frozenset({"reached", "rolled_back"})


def changed(outcome: str, diff: float) -> str:
    """Return in words which way an outcome moves.

    Example:
        >>> changed("capital_deaths:AAA", -3.0)
        'less violence near capitals (AAA)'
    """
    name, _, countries = outcome.partition(":")
    texts, other = (RISES, "up") if diff > 0 else (FALLS, "down")
    if name in texts:
        change = texts[name]
    elif name.startswith(SHARE):
        patron = name.removeprefix(SHARE).replace("_", " ").title()
        change = OTHER(f"{SHARE}{other}", name=patron)
    else:
        change = OTHER(other, name=name.replace("_", " "))
    return OTHER("in", change=change, countries=countries) if countries else change


def sentence(policy: str, rows: Sequence[Mapping[Any, Any]], robust: str, nothing: str) -> str:
    """Return what a policy changes, with its name before it, see `changes`."""
    return say("named", policy=policy, changes=changes(rows, robust, nothing))


def changes(rows: Sequence[Mapping[Any, Any]], robust: str, nothing: str) -> str:
    """Return what a policy changes in one sentence, both sides of a trade-off.

    Where harm to civilians has no robust sign, that is said too.

    Args:
        rows: of one policy, with `outcome`, `diff` and `verdict`; with `base`, `median` and
            `unit` the sentence has sizes too.
        robust: the verdict that counts as a change.
        nothing: the verdict of what does not change.

    Example:
        >>> rows = [{"outcome": "capital_deaths", "diff": -3.0, "verdict": "robust"},
        ...         {"outcome": "exits", "diff": -0.1, "verdict": "robust"}]
        >>> changes(rows, "robust", "no effect")
        'less violence near capitals; in politics longer rule of the regimes.'
    """
    return _changes([row for row in rows if row["outcome"] != RULED], robust, nothing) + _held(rows)


def _held(rows: Sequence[Mapping[Any, Any]]) -> str:
    """Return in how many months a policy's rules hold; nothing where it has none that do."""
    share = max((row["diff"] for row in rows if row["outcome"] == RULED), default=0.0)
    return f" {say('held', months=f'{100 * share:.0f}')}" if share > 0 else ""


def _changes(rows: Sequence[Mapping[Any, Any]], robust: str, nothing: str) -> str:
    if all(row["verdict"] == nothing for row in rows):
        return say["nothing"]
    sides: dict[str, list[str]] = {"gains": [], "costs": [], "politics": []}
    for row in _robust(rows, robust):
        sides[side_of(row["outcome"], row["diff"])].append(_sized(row))
    if not any(sides.values()):
        verdicts = [row["verdict"] for row in rows]
        counts = [
            COUNTS(verdict, number=verdicts.count(verdict))
            for verdict in COUNTS
            if verdict in verdicts
        ]
        return say("no_sign", outcomes=len(rows), counts=every(counts))
    said = {side: every(items) for side, items in sides.items() if items}
    text = said.get("gains") or said.get("costs") or said["politics"]
    if "gains" in said and "costs" in said:
        text = say("both", **said)
    if "politics" in said and text != said["politics"]:
        text = say("besides", changes=text, politics=say("with", items=said["politics"]))
    harm = [row["verdict"] for row in rows if row["outcome"] == HARMED]
    if any(verdict not in (robust, nothing) for verdict in harm):
        text = say("open_harm", changes=text, harm=say["harm"])
    return f"{text}."


def capital(text: str) -> str:
    """Return a sentence with a capital letter before it."""
    return text[:1].upper() + text[1:]


def _robust(rows: Sequence[Mapping[Any, Any]], robust: str) -> list[Mapping[Any, Any]]:
    """Return the rows with a robust sign; of countries only where the sum does not say it."""
    found = [row for row in rows if row["verdict"] == robust]
    signs = {row["outcome"]: row["diff"] > 0 for row in found}
    return [
        row
        for row in found
        if ":" not in row["outcome"]
        or signs.get(row["outcome"].partition(":")[0]) != (row["diff"] > 0)
    ]


def _sized(row: Mapping[Any, Any]) -> str:
    """Return a change with its size where that is known: in 100, or in percent of the base."""
    change = changed(row["outcome"], row["diff"])
    if "median" not in row or row["median"] != row["median"] or not row["base"]:
        return change
    if scale_of(row["unit"]) > 1:
        return say("sized", change=change, size=say("in_100", change=_figure(row["median"])))
    part = _figure(row["median"] / row["base"])
    return say("sized", change=change, size=say("percent", change=part))


def _figure(share: float) -> str:
    """Return a share in 100 with its sign: whole numbers, below one the first figure.

    Example:
        >>> [_figure(x) for x in (0.123, -0.034, 0.0042, 0.0)]
        ['+12', '-3', '+0.4', '0']
    """
    points = 100.0 * share
    if abs(points) < 0.01:
        return "0" if points == 0 else "< 0.01"
    return f"{points:+,.0f}" if abs(points) >= 1 else f"{points:+.1g}"


def side_of(outcome: str, diff: float) -> str:
    """Return on which side of a trade-off a change stands: `gains`, `costs` or `politics`.

    Example:
        >>> side_of("deaths", -3.0), side_of("deaths", 3.0), side_of("exits", 3.0)
        ('gains', 'costs', 'politics')
    """
    name = outcome.partition(":")[0]
    if name not in HARM | GOOD:
        return "politics"
    return "gains" if (diff < 0) == (name in HARM) else "costs"
