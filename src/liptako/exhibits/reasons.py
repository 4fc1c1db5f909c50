"""Why outcomes come, as text: what their spread rests on, assumptions that move it, signposts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.charts.readers import Rows, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.words import reasons as words
from liptako.words.dates import month_name
from liptako.words.numbers import of_100
from liptako.words.reasons import say

TOP = 10
"""Assumptions that are named."""

SHOWN = 5
"""Signposts of an outcome on the page; the table has all."""

FIRST = 2
"""Signposts of a piece that are shown at once."""

PIECES = ("pact_alive", "regimes_held", "rolled_back")
"""Outcomes whose signposts are shown at once."""

FORMS = 2
"""Structural alternatives that are named beside the evidence."""


def evidence_grid(evidence: Rows, facts: Facts) -> Grid:
    """Return what the spread of each outcome rests on, and whether assumptions can be ranked."""
    table = require(
        evidence, ["outcome", "kind", "name", "share", "lo", "hi", "horizon"], "evidence"
    )
    rows = []
    for outcome, mine in table.groupby("outcome", sort=False):
        if mine["share"].isna().all():
            continue
        each = mine.to_dict("records")
        by_status = {row["name"]: _share(row) for row in each if row["kind"] == "status"}
        seen = [row for row in each if row["kind"] == "alternative" and row["lo"] > 0][:FORMS]
        forms = "; ".join(f"{row['name'].replace('_', ' ')} {_share(row)}" for row in seen)
        rows.append([words.outcome(str(outcome)), *(by_status[key] for key in words.STATUS), forms])
    date = month_name(facts.init_month + int(table["horizon"].iloc[0]))
    head = [say["outcome"], *words.STATUS.values(), say["evidence_forms"]]
    note = say("evidence_note", indices=_ranked(table))
    return Grid(say("evidence_caption", date=date), head, rows, numeric=4, note=note)


def _ranked(table: Rows) -> str:
    """Return whether single assumptions are ranked, and if not, why."""
    if (table["printed"] == True).any():  # noqa: E712 - missing where a row is of a form
        return say["indices_some"]
    best = table["explained"].max()
    known = say("best", explained=of_100(best)) if best > 0 else say["best_none"]
    return say("indices_none", best=known)


def assumptions_grid(assumptions: Rows, facts: Facts) -> Grid:
    """Return the assumptions that move the endings most."""
    needed = ["outcome", "parameter", "meaning", "first", "total", "of_all", "horizon"]
    table = require(assumptions, needed, "assumptions").head(TOP)
    rows = [
        [
            f"{row['meaning']} ({row['parameter']})",
            words.outcome(row["outcome"]),
            *(of_100(row[name]) for name in ("of_all", "total", "first")),
        ]
        for row in table.to_dict("records")
    ]
    date = month_name(facts.init_month + int(table["horizon"].iloc[0]))
    head = [say[name] for name in ("assumption", "outcome", "of_all", "index_head", "first")]
    note = say["assumptions_note"]
    return Grid(say("assumptions_caption", date=date), head, rows, numeric=3, note=note)


def pieces_signposts_grid(signposts: Rows, facts: Facts) -> Grid:
    """Return the few events that would move each piece most."""
    rows, date = _signposts(signposts, facts, FIRST, PIECES)
    return _grid(say("signposts_pieces", date=date), rows, say["signposts_short"])


def signposts_grid(signposts: Rows, facts: Facts) -> Grid:
    """Return the events that would move each outcome most."""
    rows, date = _signposts(signposts, facts, SHOWN)
    return _grid(say("signposts_caption", date=date), rows, say["signposts_legend"])


def _grid(caption: str, rows: list[list[str]], note: str) -> Grid:
    head = [say[key] for key in ("outcome", "ahead", "chance", "given", "absent", "moves")]
    return Grid(caption, head, rows, numeric=4, note=note)


def _signposts(
    signposts: Rows, facts: Facts, most: int, outcomes: Sequence[str] = ()
) -> tuple[list[list[str]], str]:
    """Return the events that would move outcomes most, for all or some, and by when."""
    needed = ["outcome", "kind", "where", "months", "chance", "given", "absent", "moves", "holds"]
    table = require(signposts, [*needed, "horizon"], "signposts")
    chosen = table["holds"] & (table["outcome"].isin(outcomes) if outcomes else True)
    held = table[chosen].groupby("outcome", sort=False).head(most)
    places, start = {**facts.countries, **facts.dyads}, facts.init_month
    rows = [
        [words.outcome(row["outcome"]), event_of(row, places, start), *cells_of(row)]
        for row in held.to_dict("records")
    ]
    return rows, month_name(facts.init_month + int(table["horizon"].iloc[0]))


def event_of(row: Mapping[Any, Any], places: Mapping[str, str], init_month: int) -> str:
    """Return a signpost's event in words.

    Args:
        row: of `liptako.outcomes.signposts.signposts`.
        places: names of countries and pairs.
        init_month: last month that was seen.
    """
    place = places.get(row["where"], row["where"])
    return words.event(row, place, month_name(init_month + int(row["months"])))


def cells_of(row: Mapping[Any, Any]) -> list[str]:
    """Return a signpost's chance, the outcome with and without it, and by how much it moves it."""
    both = [
        f"{of_100(row[name])} ({words.spread(row[f'{name}_lo'], row[f'{name}_hi'])})"
        for name in ("given", "absent")
    ]
    ends = [f"{round(100 * row[name]):+d}" for name in ("moves", "moves_lo", "moves_hi")]
    return [of_100(row["chance"]), *both, f"{ends[0]} ({ends[1]} to {ends[2]})"]


def _share(row: Mapping[Any, Any]) -> str:
    return f"{of_100(row['share'])} ({words.spread(row['lo'], row['hi'])})"
