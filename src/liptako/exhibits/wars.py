"""Wars rolled back as text: rules beside each other, and futures beside past wars."""

from __future__ import annotations

import math

from liptako.charts.readers import Rows, horizons_of, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, by_dates, present
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, between, of_100, whole_100
from liptako.words.wars import say

_PLAIN = ("fell", "past_fell", "past_fell_second")
_RATIOS = ("over_last", "past_over_last", "past_over_last_second")


def steps_grid(steps: Rows, facts: Facts) -> Grid:
    """Return how often the wars are rolled back by each rule, by horizon."""
    table = require(steps, ["horizon", "step", "p", "lo", "hi"], "rollback_steps")
    horizons = horizons_of(table)
    rows = []
    for step in dict.fromkeys(str(step) for step in table["step"]):
        mine = table[table["step"] == step].set_index("horizon")
        cells = [_chance(mine.loc[h]) if h in mine.index else MISSING for h in horizons]
        rows.append([say[step], *cells])
    head = [say["rule"], *by_dates(facts.init_month, horizons)]
    return Grid(say["steps"], head, rows, numeric=len(horizons), note=say["steps_note"])


def years_grid(years: Rows, facts: Facts) -> Grid:
    """Return how each member's war moves in futures, beside past wars like it."""
    table = require(years, ["horizon", "country", *_RATIOS, *_PLAIN], "war_years")
    rows = []
    for code in present(facts.countries, table):
        for _, row in table[table["country"] == code].iterrows():
            date = month_name(facts.init_month + int(row["horizon"]))
            ratios = (MISSING if math.isnan(row[key]) else f"{row[key]:.2f}" for key in _RATIOS)
            shares = (whole_100(row[key]) for key in _PLAIN)
            rows.append([facts.countries[code], date, *ratios, *shares])
    head = [say[key] for key in ("country", "ending_in", *_RATIOS, *_PLAIN)]
    return Grid(say["years"], head, rows, numeric=6, note=say["years_note"])


def _chance(row: Rows) -> str:
    low, high = (whole_100(row[name]) for name in ("lo", "hi"))
    text = of_100(float(row["p"]))
    return text if high in ("0", MISSING) else f"{text} ({between(low, high)})"
