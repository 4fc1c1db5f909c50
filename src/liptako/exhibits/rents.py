"""Means and the agenda of the pact as text."""

from __future__ import annotations

from liptako.charts.readers import Rows, horizons_of, require
from liptako.exhibits.disputes import share_and_range
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, by_dates
from liptako.exhibits.regimes import by_year
from liptako.words.rents import say


def means_grid(means: Rows, facts: Facts) -> Grid:
    """Return what each state can spend by year, in 100 of what it could at the start."""
    table = require(means, ["country", "year", "q05", "q50", "q95"], "means")
    rows, dates = by_year(table, facts)
    head, note = [say["country"], *dates], say["means_note"]
    return Grid(say["means"], head, rows, numeric=len(dates), note=note)


def agenda_grid(agenda: Rows, facts: Facts) -> Grid:
    """Return the chance that each item of the agenda is agreed, and in force, by horizon."""
    table = require(agenda, ["label", "horizon", "stage", "p", "lo", "hi"], "agenda")
    horizons = horizons_of(table)
    rows = []
    for (label, stage), each in table.groupby(["label", "stage"], sort=False):
        by = each.set_index("horizon")
        rows.append([str(label), say[str(stage)], *(share_and_range(by.loc[h]) for h in horizons)])
    dates = by_dates(facts.init_month, horizons)
    head = [say["item"], say["by_then"], *dates]
    return Grid(say["agenda"], head, rows, numeric=len(dates), note=say["agenda_note"])
