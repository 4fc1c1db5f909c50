"""Disputes between states as text: chances by kind of pair, and rates beside past ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liptako.charts.readers import Rows, known, require
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.terminal import wrapped
from liptako.words import disputes as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, of_100, one_or_range

UPPER = ("incident", "clash", "war")
GROUPS = ("ally and outsider", "between allies", "between outsiders")
"""Kinds of pairs in the order that the terminal names them."""


def groups_grid(table: Rows, facts: Facts) -> Grid:
    """Return the chance that any pair of a kind comes to each upper rung, beside past pairs."""
    columns = ["group", "dyads", "horizon", "rung", "p", "lo", "hi", "reference"]
    table = require(table, columns, "dispute_groups")
    last = int(table["horizon"].max())
    table = table[table["horizon"] == last]
    rows = []
    for group, mine in table.groupby("group", sort=False):
        by = mine.set_index("rung")
        pairs = int(mine["dyads"].iloc[0])
        name = words.say("group", name=words.group_name(str(group)), pairs=pairs)
        here = [share_and_range(by.loc[rung]) for rung in UPPER]
        past = [_past(by.loc[rung, "reference"]) for rung in UPPER]
        rows.append([name, words.say["here"], *here])
        rows.append([name, words.say["past_pairs"], *past])
    rungs = [words.say[f"grid_{rung}"] for rung in UPPER]
    caption = words.say("groups", date=month_name(facts.init_month + last))
    head = [words.say["pairs"], words.say["whose"], *rungs]
    return Grid(caption, head, rows, numeric=3, note=words.say["groups_note"])


def rungs_grid(table: Rows, facts: Facts) -> Grid:
    """Return how often a pair comes to each upper rung in a hundred years, beside past pairs."""
    del facts
    columns = ["group", "rung", "dyads", "rate", "lo", "hi", "reference", "reference_lo"]
    columns += ["reference_hi", "n", "dyad_years", "source"]
    table = require(table, columns, "upper_rungs")
    rows = []
    for row in table.to_dict("records"):
        past = _rate(row, ("reference", "reference_lo", "reference_hi"))
        rows.append(
            [
                words.group_name(str(row["group"])),
                words.say[f"grid_{row['rung']}"],
                _rate(row, ("rate", "lo", "hi")),
                past if row["dyad_years"] > 0 else MISSING,
            ]
        )
    first = table.iloc[0]
    counts = zip(table["rung"].head(len(UPPER)), table["n"].head(len(UPPER)), strict=True)
    note = words.say(
        "rungs_note",
        source=first["source"],
        years=f"{float(first['dyad_years']):,.0f}",
        counts=", ".join(
            words.say("rung_count", rung=words.say[f"grid_{rung}"].lower(), count=int(n))
            for rung, n in counts
        ),
    )
    head = [words.say[key] for key in ("pairs", "comes_to", "here", "past_pairs")]
    return Grid(words.say["rungs"], head, rows, numeric=2, note=note)


def lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the chance of the use of force by kind of pairs, in a sentence."""
    if "dispute_groups" not in tables:
        return []
    table: Rows = tables["dispute_groups"]
    last = int(table["horizon"].max())
    force = table[(table["horizon"] == last) & (table["rung"] == "clash")].set_index("group")
    items = []
    for group in [group for group in GROUPS if group in force.index]:
        share, *rest = (force.loc[group, name] for name in ("p", "lo", "hi", "reference"))
        items.append(words.terminal_item(group, share, *map(known, rest)))
    return wrapped(words.terminal_line(month_name(facts.init_month + last), items), indent="  ")


def share_and_range(row: Rows) -> str:
    """Return a chance in 100, with its range where that is known."""
    share, low, high = (known(row[name]) for name in ("p", "lo", "hi"))
    if share is None:
        return MISSING
    if low is None or high is None or round(100 * low) == round(100 * high):
        return of_100(share)
    return f"{of_100(share)} ({one_or_range(round(100 * low), round(100 * high))})"


def _past(share: Any) -> str:
    found = known(share)
    return MISSING if found is None else of_100(found)


def _rate(row: Mapping[Any, Any], names: tuple[str, str, str]) -> str:
    middle, low, high = (known(row[name]) for name in names)
    scaled = [None if value is None else 100 * value for value in (low, high)]
    return words.rate(100 * (float("nan") if middle is None else middle), *scaled)
