"""Policies compared as text: a sentence for each, and a table of differences."""

from __future__ import annotations

from liptako.charts.compare import drawn, prepared
from liptako.charts.readers import Rows
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.experiments.differences import MORE, NO_EFFECT, ROBUST
from liptako.words.briefs import named_outcome
from liptako.words.compare import capital, changes
from liptako.words.numbers import between, signed
from liptako.words.outcomes import title_of
from liptako.words.what_if import MARKS, say

_MARKED = {ROBUST: "robust", MORE: "more", NO_EFFECT: "same"}


def sentences_grid(table: Rows, facts: Facts) -> Grid:
    """Return what each policy sets, and what it changes in one sentence."""
    labels = facts.compared.get("labels", {})
    rows = []
    for policy in dict.fromkeys(table["policy"]):
        mine = table[table["policy"] == policy].to_dict("records")
        said = capital(changes(mine, ROBUST, NO_EFFECT))
        rows.append([str(policy), labels.get(policy, ""), said])
    head = [say["policy"], say["sets"], say["changes"]]
    return Grid(say["sentences"], head, rows, note=say["sentences_note"])


def questions_grid(table: Rows, facts: Facts) -> Grid:
    """Return what the first policy of each question changes of what it looks at, if any is."""
    rows = []
    for asked in facts.compared.get("questions", ()):
        own = table[table["policy"] == asked["policies"][0]]
        mine = own[own["outcome"].isin(asked["outcomes"])].to_dict("records")
        if mine:
            named = [
                {**row, "outcome": named_outcome(row["outcome"], facts.countries)} for row in mine
            ]
            rows.append([asked["ask"], capital(changes(named, ROBUST, NO_EFFECT))])
    head = [say["question"], say["changes"]]
    return Grid(say["questions"], head, rows, note=say["sentences_note"])


def differences_grid(table: Rows, facts: Facts) -> Grid:
    """Return the outcomes drawn, a column each, with middle, range and a mark of the verdict."""
    shown = prepared(table)
    outcomes = drawn(list(shown["outcome"]))
    units = shown.drop_duplicates("outcome").set_index("outcome")["unit"]
    rows = []
    for policy, mine in shown.groupby("policy", sort=False):
        own = mine.set_index("outcome")
        rows.append([str(policy), *(cell_of(own.loc[outcome]) for outcome in outcomes)])
    head = [
        say["policy"],
        *(title_of(one, units[one]) for one in outcomes),
    ]
    note = say("table_note", **MARKS)
    return Grid(say["table"], head, rows, numeric=len(outcomes), note=note)


def cell_of(row: Rows) -> str:
    """Return the middle, the range and the mark of a row of `prepared`."""
    mark = MARKS[_MARKED.get(row["verdict"], "open")]
    if row["verdict"] == NO_EFFECT:
        return f"0 {mark}"
    span = between(signed(row["low"]), signed(row["high"]))
    return f"{signed(row['at'])} ({span}) {mark}"
