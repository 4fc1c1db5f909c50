"""Blocs as text: how far they go against those who rule a member, and who is out of one."""

from __future__ import annotations

from liptako.charts.readers import Rows, horizons_of, require
from liptako.exhibits.disputes import share_and_range
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, by_dates, present
from liptako.words.blocs import say


def blocs_grid(table: Rows, facts: Facts) -> Grid:
    """Return the chance of each stage of a threat, and of being out, by country and horizon."""
    table = require(table, ["country", "horizon", "what", "p", "lo", "hi"], "blocs")
    horizons = horizons_of(table)
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code]
        for what, each in mine.groupby("what", sort=False):
            by = each.set_index("horizon")
            cells = [share_and_range(by.loc[h]) for h in horizons]
            rows.append([facts.countries[code], say[str(what)], *cells])
    dates = by_dates(facts.init_month, horizons)
    head = [say["country"], say["what"], *dates]
    return Grid(say["caption"], head, rows, numeric=len(dates), note=say["note"])
