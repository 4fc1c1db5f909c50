"""What is said of a policy before it is run: what it sets, when, and what its rules wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import every

say = Texts(
    "policies",
    {
        "about": "as seen from {date}, {months} months; nothing was simulated",
        "nothing": "{policy}: {label}. It sets nothing.",
        "head": "{policy}: {label}",
        "everywhere": "everywhere",
        "value": "= {value}",
        "shock": "happens",
        "rule": "{when}:",
        "ramped": "{when}, brought in over {months} months:",
        "anywhere": "country by country",
        "one": "in {countries}",
        "each": "in each of {countries}",
        "any": "in any of {countries}",
        "together": "in {countries} together",
        "legend": (
            "#: set. /: on the way there. R: the rule is read; ?: it stands as read. !: it happens "
            "whatever is set. .: as history and regimes have it. A rule that holds comes before "
            "what is set; of two that hold, the later one counts."
        ),
    },
)

WHEN = Texts(
    "policies_when",
    {
        "no_date": "while a junta rules without a date to hand over ({where})",
        "date": "while a promised date to hand over stands ({where})",
        "default": "once a date has passed or been put off, while that junta rules ({where})",
        "coup": "for a year after a coup that comes during the run ({where})",
        "attacks_rise": "while insurgent attacks are {times} times the start's or more ({where})",
        "killings_rise": (
            "while killings of civilians by states are {times} times the start's or more ({where})"
        ),
        "siege": "while a town is besieged ({where})",
    },
)

RISES = ("attacks_rise", "killings_rise")


def when(rule: Mapping[str, Any]) -> str:
    """Return what a rule waits for.

    Args:
        rule: as `liptako.theatre.scenario.Rule` holds it.

    Example:
        >>> rule = {"when": "siege", "of": ["AAA", "BBB"], "times": 1.5, "countries": ["AAA"],
        ...         "ramp": 1}
        >>> when(rule)
        'while a town is besieged (in any of AAA and BBB):'
    """
    kind, of = rule["when"], rule["of"]
    looked_at = of or rule["countries"]
    how = "one" if len(looked_at) == 1 else "each"
    if len(of) > 1:
        how = "together" if kind in RISES else "any"
    where = say(how, countries=every(looked_at)) if looked_at else say["anywhere"]
    said = WHEN(kind, where=where, times=f"{rule['times']:g}")
    ramped = rule["ramp"] > 1
    return say("ramped", when=said, months=rule["ramp"]) if ramped else say("rule", when=said)


def calendar_lines(
    policy: str, label: str, courses: Sequence[Mapping[str, Any]], years: Sequence[tuple[int, int]]
) -> list[str]:
    """Return the calendar of a policy, a line for each lever.

    Args:
        policy: its name.
        label: what it is, in words.
        courses: rows with `lever`, `countries`, `value`, `marks` and `rule`.
        years: each year of the run with how many of its months are in it.

    Example:
        >>> rows = [{"lever": "aid", "countries": ["AAA"], "value": 1.0, "marks": "..##",
        ...          "rule": None}]
        >>> for line in calendar_lines("help", "Aid from the third month", rows, [(2024, 4)]):
        ...     print(line)
        help: Aid from the third month
                                                    2024
          aid                     AAA          = 1  ..##
    """
    if not courses:
        return [say("nothing", policy=policy, label=label)]
    names = [_where(row) for row in courses]
    width = max(6, *(len(name) for name in names))
    heads = " ".join(f"{year:<{max(months, 4)}}" for year, months in years)
    lines = [say("head", policy=policy, label=label), f"{'':<{width + 38}}{heads.rstrip()}"]
    waits = ""
    for row, name in zip(courses, names, strict=True):
        before, waits = waits, "" if row["rule"] is None else when(row["rule"])
        if waits != before:
            lines.append(f"  {waits}")
        indent = "  " if row["rule"] is None else "    "
        lever = f"{indent}{row['lever']}"
        value = say["shock"] if row["value"] is None else say("value", value=f"{row['value']:g}")
        lines.append(f"{lever:<26}{name:<{width}}{value:>10}  {_by_year(row['marks'], years)}")
    return lines


def _where(row: Mapping[str, Any]) -> str:
    return " ".join(row["countries"]) or say["everywhere"]


def _by_year(marks: str, years: Sequence[tuple[int, int]]) -> str:
    """Return marks with a space after each year, aligned under it."""
    parts, at = [], 0
    for _, months in years:
        parts.append(f"{marks[at : at + months]:<{max(months, 4)}}")
        at += months
    return " ".join(parts).rstrip()
