"""Civilians killed on purpose, by perpetrator, as text."""

from __future__ import annotations

from functools import partial

from liptako.charts.readers import ALL, Rows, require
from liptako.exhibits.deaths import PERIODS, middle_and_range, year_heads
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.terminal import wrapped
from liptako.words import civilians as words
from liptako.words.numbers import exact

TABLE = "civilians_perpetrator"


def _grid(civilians: Rows, facts: Facts, *, total: bool) -> Grid:
    table = require(civilians, ["country", "perpetrator", *PERIODS[1:]], TABLE)
    names = {ALL: words.say["all_countries"]} if total else facts.countries
    rows = []
    for code, name in names.items():
        for who, label in facts.perpetrators.items():
            mine = table[(table["country"] == code) & (table["perpetrator"] == who)]
            if mine.empty:
                continue
            mine = mine.set_index("period")
            seen = exact(mine["observed"].get("last_12_months"))
            where = [] if total else [name]
            rows.append([label, *where, seen, *middle_and_range(mine, "next_12_months")])
    where = [] if total else [words.say["country"]]
    caption = words.say["total" if total else "by_country"]
    return Grid(caption, [words.say["by"], *where, *year_heads(facts)], rows, numeric=3)


total_grid = partial(_grid, total=True)
"""Over all countries together."""

country_grid = partial(_grid, total=False)
"""Country by country."""


def lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the shares of perpetrators in the allies together."""
    table = require(tables[TABLE], ["country", "perpetrator", "period", "share_mean"], TABLE)
    ahead = table[(table["country"] == ALL) & (table["period"] == "next_12_months")]
    shares = ahead.set_index("perpetrator")["share_mean"]
    names = facts.short_perpetrators or facts.perpetrators
    return wrapped(words.shares_line({label: shares[who] for who, label in names.items()}))
