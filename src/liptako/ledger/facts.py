"""Dated facts: rows of the timeline, counts of them, their order, and dated support.

Each part holds or does not. A row that is coded with low confidence holds nothing; one whose day is
claimed must lie within so many days of it. All parts: supported; none: contradicted; some: mixed.
What is absent from a thin timeline may have happened all the same: a fact that rests on a count of
at most so many is never robust, nor is one that rests on memory.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.errors import InputError
from liptako.ledger.finding import CONTRADICTED, MIXED, SUPPORTED, UNDECIDED, Finding
from liptako.theatre import dated
from liptako.theatre.claims import DatedFact, Order, Row, Search, Stands
from liptako.theatre.schema import Theatre
from liptako.words.claims import say
from liptako.words.numbers import every

LOW = "low"
CERTAIN = "high"


class Part(NamedTuple):
    """One part of a dated fact: whether it holds, whether that is sure, its number, in words.

    A row without a day that is claimed has no number of its own.
    """

    holds: bool | None
    sure: bool
    number: float | None
    unit: str
    text: str


def dated_fact(test: DatedFact, timeline: pd.DataFrame, theatre: Theatre) -> Finding:
    """Return whether dated rows say what a claim says.

    Args:
        test: the filled template.
        timeline: rows known at the start, as `liptako.data.timeline` has them.
        theatre: dated support.

    Raises:
        InputError: a row that the timeline does not have.
    """
    parts = [
        *(_row(row, timeline) for row in test.rows),
        *(_order(order, timeline) for order in test.order),
        *(_count(search, timeline) for search in test.counts),
        *(_stands(stands, theatre) for stands in test.stands),
    ]
    held = [part.holds for part in parts]
    if None in held:
        verdict = UNDECIDED
    elif all(held):
        verdict = SUPPORTED
    else:
        verdict = MIXED if any(held) else CONTRADICTED
    number, unit = _leading(test, parts)
    return Finding(
        test.test,
        verdict,
        test.says,
        result=number,
        unit=unit,
        robust=all(part.sure for part in parts),
        note=f"{every([part.text for part in parts])}.",
        would_decide=say["better_source"] if verdict == UNDECIDED else "",
    )


def _leading(test: DatedFact, parts: list[Part]) -> tuple[float, str]:
    """Return the number that stands for all: days off, months between, rows found, or a level."""
    numbers = [(part.number, part.unit) for part in parts if part.number is not None]
    dated_ = [pair for pair in numbers if pair[1] in (say["days_off"], say["months"])]
    if dated_:
        return dated_[0]
    return (float(len(test.rows)), say["rows"]) if test.rows else numbers[0]


def rows_of(search: Search, timeline: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a timeline that meet every condition of a search."""
    kept = timeline["confidence"] != LOW
    for column, words in (
        ("actor", search.actors), ("action", search.actions), ("target", search.targets)
    ):  # fmt: skip
        if words:
            kept &= timeline[column].isin(words)
    if search.first is not None:
        kept &= timeline["month"] >= calendar.parse_month(search.first)
    if search.last is not None:
        kept &= timeline["month"] <= calendar.parse_month(search.last)
    return timeline[kept]


def row_named(name: str, timeline: pd.DataFrame) -> pd.Series:
    """Return the row of a timeline that goes by a key.

    Raises:
        InputError: there is none.
    """
    found = timeline[timeline["row_id"] == name]
    if found.empty:
        raise InputError("no such row of the timeline", field="row", value=name)
    return found.iloc[0]


def _row(wanted: Row, timeline: pd.DataFrame) -> Part:
    row = row_named(wanted.row, timeline)
    sure = row["confidence"] == CERTAIN
    if row["confidence"] == LOW:
        return Part(None, False, None, "", say("row_unsure", fact=row["short_fact"]))
    if wanted.claimed is None:
        return Part(True, sure, None, "", say("row", date=row["date"], fact=row["short_fact"]))
    off = (date.fromisoformat(_day(row["date"])) - date.fromisoformat(wanted.claimed)).days
    text = say("row_claimed", date=row["date"], claimed=wanted.claimed, fact=row["short_fact"])
    return Part(abs(off) <= wanted.within_days, sure, float(off), say["days_off"], text)


def _order(order: Order, timeline: pd.DataFrame) -> Part:
    first, then = row_named(order.row, timeline), row_named(order.then, timeline)
    months = int(then["month"] - first["month"])
    sure = bool((first["confidence"] == CERTAIN) and (then["confidence"] == CERTAIN))
    text = say("order", first=first["date"], then=then["date"], months=months)
    late = months > 0 or str(then["date"]) >= str(first["date"])
    holds = late and months >= order.at_least_months
    return Part(holds, sure, float(months), say["months"], text)


def _count(search: Search, timeline: pd.DataFrame) -> Part:
    rows = rows_of(search, timeline)
    if search.at_least is not None:
        text = say("at_least", found=len(rows), least=search.at_least, actions=_what(search))
        sure = bool((rows["confidence"] == CERTAIN).sum() >= search.at_least)
        return Part(len(rows) >= search.at_least, sure, float(len(rows)), say["rows"], text)
    assert search.at_most is not None
    text = say("at_most", found=len(rows), most=search.at_most, actions=_what(search))
    return Part(len(rows) <= search.at_most, False, float(len(rows)), say["rows"], text)


def _stands(stands: Stands, theatre: Theatre) -> Part:
    levels = dated.support_at(theatre, calendar.parse_month(stands.month))
    row = list(theatre.instruments).index(stands.instrument)
    level = float(levels[row, list(theatre.countries).index(stands.country)])
    least = -np.inf if stands.at_least is None else stands.at_least
    most = np.inf if stands.at_most is None else stands.at_most
    text = say(
        "stands",
        instrument=stands.instrument.replace(".", " ").replace("_", " "),
        country=theatre.countries[stands.country].name,
        level=f"{level:.2f}",
        month=stands.month,
    )
    return Part(least - 1e-6 <= level <= most + 1e-6, False, level, say["of_full"], text)


def _what(search: Search) -> str:
    """Return the conditions of a search in words."""
    words = [word.replace("_", " ") for word in (search.actions or search.actors)]
    whose = search.actors if search.actions else []
    who = every([word.replace("_", " ") for word in whose]) if whose else ""
    what = every(words) if words else say["any_row"]
    return say("by_whom", actions=what, actors=who) if who else what


def _day(text: str) -> str:
    return text if len(text) == len("YYYY-MM-DD") else f"{text}-15"
