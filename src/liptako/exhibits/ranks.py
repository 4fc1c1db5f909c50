"""Grievance in the ranks and promised dates, as text."""

from __future__ import annotations

from liptako.charts.readers import Rows, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.words import ranks as words
from liptako.words.numbers import between, of_100


def ranks_grid(ranks: Rows, facts: Facts) -> Grid:
    """Return how often each thing comes to each country: any, on average, nine in ten."""
    from liptako.outcomes.dates import AGGRIEVED

    table = require(ranks, ["country", "measure", "p_any", "mean", "q05", "q95"], "ranks")
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code]
        rows += [
            [
                facts.countries[code],
                words.say[row.measure],
                of_100(row.p_any),
                f"{row.mean:.1f}",
                between(f"{row.q05:.0f}", f"{row.q95:.0f}"),
            ]
            for row in mine.itertuples()
        ]
    head = [words.say[name] for name in ("country", "measure", "any", "mean", "range")]
    note = words.say("note", least=AGGRIEVED)
    return Grid(words.say["caption"], head, rows, numeric=3, note=note)
