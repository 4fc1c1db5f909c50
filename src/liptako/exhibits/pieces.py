"""Pieces and forms as text: what outcomes are made of, beside past cases and under each form."""

from __future__ import annotations

from typing import Any

import numpy as np

from liptako.charts.readers import ENDINGS, Rows, horizons_of, piece_rows, require
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.words import endings as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, of_100

FAR = 0.1
"""Difference in probability from which a structural alternative stands in the sentence."""

SURE = 1.645
"""Standard errors that it must be: the forms have different sets of all other assumptions."""


def first_pieces(tables: Tables, facts: Facts) -> list[dict[str, Any]]:
    """Return the pieces of the first screen: name, count, range, past cases, whether outside."""
    horizon = horizons_of(tables["endings"])[-1]
    return [
        row
        | {
            "name": words.piece(row["piece"], len(facts.allies)),
            "range": words.range_signs(row["low"], row["high"]),
            "past": past_of(row),
            "mark": _side(row),
        }
        for row in pieces_of(tables, horizon)
    ]


def pieces_of(tables: Tables, horizon: int) -> list[dict[str, Any]]:
    """Return `piece_rows`; none where the run has no pieces."""
    return piece_rows(tables["pieces"], horizon) if "pieces" in tables else []


def past_of(row: dict[str, Any]) -> str:
    """Return how often a piece came in past cases; nothing where there are none."""
    if row["base"] == MISSING:
        return MISSING
    span = f"{row['base_low']}-{row['base_high']}"
    return words.say("of_past", count=row["base"], range=span)


def past_and_mark(row: dict[str, Any]) -> str:
    """Return `past_of`, marked where the run lies outside."""
    return f"{past_of(row)} {_mark(row)}".strip()


def _side(row: dict[str, Any]) -> str:
    """Return on which side of past cases the run lies, where it lies outside."""
    if row["within"] is not False:
        return ""
    return words.say["mark_below" if row["below"] else "mark_above"]


def _mark(row: dict[str, Any]) -> str:
    return words.say["mark"] if row["within"] is False else ""


def past_line(tables: Tables, facts: Facts) -> list[str]:
    """Return a sentence on how often the pieces came in past cases, if that is known."""
    rows = pieces_of(tables, horizons_of(tables["endings"])[-1])
    known = [(row["piece"], str(row["base"])) for row in rows if row["base"] != MISSING]
    return [words.past_line(known, len(facts.allies))] if known else []


def pieces_grid(table: Rows, facts: Facts) -> Grid:
    """Return the pieces in every way they are counted, beside past cases."""
    horizon = horizons_of(table)[-1]
    rows = [
        [
            words.piece(row["piece"], len(facts.allies)),
            words.say[f"unit_{row['unit']}"],
            row["text"],
            words.range_signs(row["low"], row["high"]),
            row["none"],
            past_and_mark(row),
        ]
        for row in piece_rows(table, horizon, leads=False)
    ]
    keys = ("piece", "counted", "in_100", "other_assumptions", "no_effects")
    head = [words.say[key] for key in keys]
    note = words.say("pieces_note", mark=words.say["mark"])
    caption = words.say("pieces", date=month_name(facts.init_month + horizon))
    return Grid(caption, [*head, words.say["past_cases"]], rows, numeric=4, note=note)


def no_effects_lines(tables: Tables, facts: Facts, horizon: int) -> list[str]:
    """Return a sentence with each piece's chance without published effects of levers, if known."""
    rows = [row for row in pieces_of(tables, horizon) if row["none"] != MISSING]
    items = [words.no_effects_item(row["piece"], len(facts.allies), row["none"]) for row in rows]
    return [words.say("no_effects_line", items=", ".join(items))] if rows else []


def outside_lines(tables: Tables, facts: Facts, horizon: int) -> list[str]:
    """Return a sentence for each piece whose chance lies outside past cases, with its reason."""
    return [
        words.say(
            "outside_past",
            piece=words.piece(row["piece"], len(facts.allies)),
            count=row["text"],
            past=row["base"],
            low=row["base_low"],
            high=row["base_high"],
            why=_why(tables, facts, row["piece"], horizon),
        )
        for row in pieces_of(tables, horizon)
        if row["within"] is False
    ]


def _why(tables: Tables, facts: Facts, piece: str, horizon: int) -> str:
    """Return why a piece lies outside past cases, from what the run itself holds."""
    if piece != "rolled_back" or "war_years" not in tables:
        return words.say["why_other"]
    table = tables["war_years"]
    first = table[table["horizon"] == table["horizon"].min()].set_index("country")
    first = first.loc[present(facts.countries, first.reset_index())]
    if not (first["over_last"] > first["past_over_last"]).all():
        return _why_second(tables, horizon)
    ours, past = (
        ", ".join(f"{value:.1f}" for value in first[key]) for key in ("over_last", "past_over_last")
    )
    countries = ", ".join(facts.countries[str(code)] for code in first.index)
    return words.say("why_rolled_back", ours=ours, countries=countries, past=past)


def _why_second(tables: Tables, horizon: int) -> str:
    """Return what past wars say that also moved alike in their last year, if they are known."""
    steps = tables.get("rollback_steps")
    if steps is None or "past_wars_second" not in set(steps["step"]):
        return words.say("why_other")
    then = steps[steps["horizon"] == horizon].set_index("step")
    ends = then.loc["past_wars_second", ["p", "lo", "hi"]].to_numpy(float)
    p, lo, hi = (f"{100 * end:.0f}" for end in ends)
    return words.say("why_second", count=p, low=lo, high=hi)


def moves(tables: Tables, name: str, horizon: int) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Return the structural alternatives that move an outcome by `FAR` or more, the most first."""
    if "forms" not in tables or tables["forms"].empty:
        return []
    table = tables["forms"]
    mine = table[(table["horizon"] == horizon) & (table["name"] == name)]
    found = []
    for _, rows in mine.groupby("alternative", sort=False):
        ordered = sorted(rows.to_dict("records"), key=lambda row: float(row["p"]))
        low, high = ordered[0], ordered[-1]
        gap, error = high["p"] - low["p"], np.hypot(low["error"], high["error"])
        if gap >= FAR and gap >= SURE * error:
            ends = [(of_100(float(row["p"])), str(row["label"])) for row in (low, high)]
            found.append((float(gap), (ends[0], ends[1])))
    return [both for _, both in sorted(found, key=lambda pair: -pair[0])]


def forms_grid(table: Rows, facts: Facts) -> Grid:
    """Return pieces and outcomes under each form, one alternative at a time."""
    table = require(table, ["horizon", "name", "alternative", "label", "p", "error"], "forms")
    horizon = int(table["horizon"].max())
    mine = table[table["horizon"] == horizon]
    names = list(dict.fromkeys(str(name) for name in mine["name"]))
    rows = []
    for (_, label), each in mine.groupby(["alternative", "label"], sort=False):
        p = each.set_index("name")["p"]
        rows.append([str(label), *(of_100(float(p[name])) for name in names)])
    heads = [
        words.say[name] if name in ENDINGS else words.piece(name, len(facts.allies))
        for name in names
    ]
    caption = words.say("forms", date=month_name(facts.init_month + horizon))
    note = words.say("forms_note", error=f"{100 * float(mine['error'].max()):.0f}")
    return Grid(caption, [words.say["form"], *heads], rows, numeric=len(heads), note=note)
