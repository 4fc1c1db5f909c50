"""What is said of claims: verdicts, numbers, why nothing is decided and what would decide it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import between

say = Texts(
    "claims",
    {
        # Numbers.
        "days_off": "days from the date claimed",
        "rows": "dated rows",
        "months": "months between",
        "of_full": "share of full support",
        "ratio": "times",
        "share": "share",
        "events": "events",
        "deaths": "killed",
        "deaths_civilians": "civilians killed",
        "deaths_state": "dead on the side of states",
        "deaths_insurgent": "insurgents killed",
        "counts": "{a} against {b} {of}.",
        # Dated facts.
        "row": "{date}: {fact}",
        "row_claimed": "{date}, claimed {claimed}: {fact}",
        "row_unsure": "no source holds it: {fact}",
        "order": "{months} months from {first} to {then}",
        "at_least": "{found} rows of {actions}, {least} or more claimed",
        "at_most": "{found} rows of {actions}, {most} at most claimed",
        "by_whom": "{actions} by {actors}",
        "any_row": "any kind",
        "stands": "{instrument} in {country} at {level} of full in {month}",
        "better_source": "A dated source.",
        # Statistics and studies.
        "more_data": "More events, or a longer window: the interval holds the bar.",
        "placebo": "Placebo at {dates} other dates: {placebo} on average.",
        "no_placebo": "Too few other dates for a placebo.",
        "placebo_shows": "The placebo shows as much: it is no effect of these dates.",
        "coincides": "In the same months: {facts}. Their effects are not told apart.",
        "more_dates": "More such dates, or longer after them.",
        "told_apart": "A case in which one of them came without the other.",
        "killings": (
            "Insurgent events near {killings} killings by states, six months after to six before, "
            "beyond their country"
        ),
        "least_seen": "Placebo {placebo}; below {least} times nothing could be seen.",
        # Forecasts.
        "open": "Open until {until}",
        "due": "A forecast to {until}, which has passed",
        "base": "Before: {text}",
        "rolled_back": "wars like these that were rolled back",
        "pact_alive": "past pacts that by then had operated and lost nobody",
        "regimes_held": "past regimes as old as these that all lasted",
        "juntas_held": "past juntas as old as these that all lasted",
        "no_effect_estimated": (
            "A count tells no effect from all else that changed: a mechanism needs one that is "
            "estimated beside other places and months."
        ),
        "effect_decides": "An effect estimated with places, months and a placebo.",
        "wait": "Data to {until}.",
        "due_decides": "A test of what came by {until}, in place of the forecast.",
        "no_base": "no base rate is known",
        # The model.
        "policy": "{label} (claimed: {change})",
        "contrast": "{label} (claimed {arrow})",
        "within": "Within Monte Carlo error.",
        "few_futures": "Too few futures for a range over assumptions.",
        "no_view": "Assumptions give either sign: the model has no view.",
        "depends": "The sign depends on assumptions.",
        "no_effect": "No future changes.",
        "more_members": "More futures would be needed.",
        "narrower": "Assumptions that evidence narrows, or more futures.",
        "not_stored": "Not measured yet.",
        "recompute": "Run `liptako claims --recompute`.",
        "stale": "measured before the theatre changed",
        "harm": "Civilians killed on purpose: {civilians}.",
        "law": "Acts of armed actors are assumptions, never advice. What law bounds them:",
        "lens": "Decisions as the {lens} lens would have them",
        "no_lenses": "No posterior over motives is at hand.",
        "lens_of_some": "Juntas of some of the countries were not looked at together.",
        "no_such_lens": "The posterior over motives has no such lens.",
        "lens_shares": "Shares, in 100: {shares}; no family leads in 90 of 100 draws.",
        "lens_within": "Lenses of one family are not told apart.",
        "lens_largest": "It has the largest share in {share} of 100 draws; named from 90.",
        "in_100": "in 100",
        "lens_decides": "A posterior over motives that beats a model without any, held out.",
        # Verdicts.
        "world": "WORLD",
        "model": "MODEL",
        "supported": "supported",
        "contradicted": "contradicted",
        "mixed": "mixed",
        "cannot be decided here": "cannot be decided here",
        "robust": "robust",
        # Print.
        "about": "as seen from {date}: {number} claims of {argument}",
        "section": "{letter}. {title}",
        "tally": "{side}: {counts}.",
        "counted": "{number} {verdict}",
        "chance": (
            "{tests} tests of WORLD have an interval; {expected} of them would pass by chance if "
            "nothing were in any. {passed} pass, {survive} of them also at a false discovery rate "
            "of 10%."
        ),
        "measured": (
            "MODEL: {members} futures of each arm, seed {seed}, {months} months, measured {day}."
        ),
        "not_measured": "MODEL: nothing is stored; `liptako claims --recompute` measures it.",
        "stale_all": (
            "MODEL: results are stale: theatre, parameters, fits or data have changed since. "
            "`liptako claims --recompute` measures them again."
        ),
        "stale_some": "MODEL: {number} tests are stale: what they compare has changed since.",
        "legend": (
            "● supported, ○ contradicted, ◐ mixed, ? cannot be decided here. WORLD: what data to "
            "{until} say, at 90%. MODEL: what the assumptions imply, in 90 of 100 sets of them. A "
            "model tests assumptions, not the world."
        ),
        "decides": "Would decide it: {text}",
        "doubt": "Known doubt: {text}",
        "result": "{number} ({range})",
        "part": "{says}: {number}{verdict}.",
        "no_claims": "This theatre audits no argument.",
        # The table.
        "caption": "The argument, claim by claim",
        "tally_caption": "How many claims have each verdict",
        "side": "Judged in",
        "head_text": "claim",
        "head_decides": "what would decide it",
        "legend_short": (
            "WORLD: what data say, at 90%. MODEL: what the assumptions imply, in 90 of 100 sets of "
            "them. A model tests assumptions, not the world."
        ),
    },
)


MARKS = {"supported": "●", "contradicted": "○", "mixed": "◐", "cannot be decided here": "?"}
"""Of verdicts; text stands beside each where there is room."""


def marked(verdict: str) -> str:
    """Return a verdict with its mark.

    Example:
        >>> marked("mixed")
        '◐ mixed'
    """
    return f"{MARKS[verdict]} {say[verdict]}"


def numbers_of(side: Mapping[str, Any]) -> str:
    """Return the numbers of all tests of a side, each with its mark where there are several.

    Example:
        >>> test = {"result": 2.0, "lo": 1.5, "hi": 3.0, "unit": "times", "verdict": "supported"}
        >>> numbers_of({"tests": [test, test]})
        '● 2.00 times (1.50 to 3.00); ● 2.00 times (1.50 to 3.00)'
    """
    marks = len(side["tests"]) > 1
    return "; ".join(
        f"{MARKS[test['verdict']]} {number}" if marks else number
        for test in side["tests"]
        if (number := number_of(test))
    )


def number_of(test: Mapping[str, Any]) -> str:
    """Return the number of a test with its ends; nothing where it has none.

    Args:
        test: with `result`, `lo`, `hi`, `unit`; `signed` where it is a difference.

    Example:
        >>> number_of({"result": 1.7083, "lo": 1.08, "hi": 2.71, "unit": "times"})
        '1.71 times (1.08 to 2.71)'
        >>> number_of({"result": 0.413, "lo": 0.33, "hi": 0.5, "unit": "chance"})
        '41 in 100 (33 to 50)'
        >>> number_of({"result": None, "lo": None, "hi": None, "unit": ""})
        ''
    """
    result = test["result"]
    if result is None or math.isnan(result):
        return ""
    unit = test["unit"]
    if unit == say["of_full"]:
        return f"{unit}: {result:.2f}"
    sign = "+" if test.get("signed") else ""
    chances = unit in ("chance", say["share"]) or unit.startswith("share of")
    scale = 100.0 if chances else 1.0
    ends = [test["lo"], test["hi"]]
    bare = float(result).is_integer() and (ends[0] is None or ends[0] == ends[1])
    digits = 0 if abs(scale * result) >= 20 or chances or bare else 2
    text = f"{scale * result:{sign},.{digits}f}"
    if unit in (say["days_off"], say["months"], say["rows"]):
        return f"{unit}: {text}"
    if chances:
        text += " in 100"
    elif unit:
        text += f" {unit}"
    if any(end is None or not math.isfinite(end) for end in ends) or ends[0] == ends[1] == result:
        return text
    low, high = (f"{scale * end:{sign},.{digits}f}" for end in ends)
    return say("result", number=text, range=between(low, high))


def said_of(test: Mapping[str, Any]) -> str:
    """Return one test as a sentence: what it looked at, its number, its verdict."""
    if test["test"] == "undecidable":
        return test["says"]
    if test["test"] == "forecast" and test["null"] is None:
        return " ".join(part for part in (f"{test['says']}.", test["note"]) if part)
    number = number_of(test)
    stale = f" ({say['stale']})" if test["stale"] else ""
    said = say(
        "part",
        says=test["says"],
        number=f"{number}, " if number else "",
        verdict=say[test["verdict"]] + stale,
    )
    return " ".join(part for part in (said, test["note"]) if part)


def decides(row: Mapping[str, Any]) -> str:
    """Return what would decide a claim: what its file says, then what its tests need, each once."""
    texts = [row["would_decide"], row["world"]["would_decide"], row["model"]["would_decide"]]
    return " ".join(dict.fromkeys(text for text in texts if text))


def chance_line(content: Mapping[str, Any]) -> str:
    """Return how many tests would pass by chance, and how many pass."""
    chance = content["by_chance"]
    return say("chance", **{**chance, "expected": f"{chance['expected']:.1f}"})


def laws(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return acts of armed actors that tests assume, each once, with the law that bounds it."""
    tests = (test for row in rows for test in row["model"]["tests"])
    return list(dict.fromkeys(law for test in tests for law in test["law"]))


def stale_line(content: Mapping[str, Any]) -> str:
    """Return when results of the model were measured, and whether they are stale."""
    about = content["stored"]
    if about["members"] is None:
        return say["not_measured"]
    day = (about["measured"] or {}).get("date", "?")
    said = say(
        "measured",
        members=f"{about['members']:,}",
        seed=about["seed"],
        months=about["months"],
        day=day,
    )
    if about["stale"]:
        return f"{said} {say['stale_all']}"
    old = sum(test["stale"] for row in content["rows"] for test in row["model"]["tests"])
    return f"{said} {say('stale_some', number=old)}" if old else said


def tally(side: str, counts: Mapping[str, int]) -> str:
    """Return how many claims have each verdict on a side.

    Example:
        >>> tally("world", {"supported": 3, "mixed": 1})
        'WORLD: 3 supported, 1 mixed.'
    """
    parts = [say("counted", number=number, verdict=say[name]) for name, number in counts.items()]
    return say("tally", side=say[side], counts=", ".join(parts))
