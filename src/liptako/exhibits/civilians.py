"""Civilians killed on purpose, by perpetrator, as text."""

from __future__ import annotations

from functools import partial

from liptako.charts.readers import ALL, Rows, require
from liptako.exhibits.deaths import PERIODS, middle_and_range, year_heads
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.exhibits.terminal import wrapped
from liptako.words import civilians as words
from liptako.words import deaths as death_words
from liptako.words.dates import period_name
from liptako.words.numbers import exact

TABLE = "civilians_perpetrator"


def _grid(civilians: Rows, facts: Facts, *, total: bool) -> Grid:
    table = require(civilians, ["country", "perpetrator", *PERIODS[1:]], TABLE)
    names = {ALL: words.say["all_countries"]} if total else facts.countries
    by = {**facts.perpetrators, **({ALL: words.say["all_perpetrators"]} if total else {})}
    rows = []
    for code, name in names.items():
        for who, label in by.items():
            mine = table[(table["country"] == code) & (table["perpetrator"] == who)]
            if mine.empty:
                continue
            mine = mine.set_index("period")
            seen = exact(mine["observed"].get(facts.before))
            where = [] if total else [name]
            rows.append([label, *where, seen, *middle_and_range(mine, facts.ahead)])
    where = [] if total else [words.say["country"]]
    caption = words.say["total" if total else "by_country"]
    head = [words.say["by"], *where, *year_heads(facts)]
    note = "" if total else " ".join(facts.stream_notes)
    return Grid(caption, head, rows, numeric=3, note=note)


total_grid = partial(_grid, total=True)
"""Over all countries together."""

country_grid = partial(_grid, total=False)
"""Country by country."""


def lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the shares of perpetrators in the allies together."""
    table = require(tables[TABLE], ["country", "perpetrator", "period", "share_mean"], TABLE)
    ahead = table[(table["country"] == ALL) & (table["period"] == facts.ahead)]
    shares = ahead.set_index("perpetrator")["share_mean"]
    labels = facts.perpetrators
    return wrapped(words.shares_line({label: shares[who] for who, label in labels.items()}))


def displaced_grid(displaced: Rows, facts: Facts) -> Grid:
    """Return people newly displaced by country of origin: the next year, and the whole run."""
    table = require(displaced, ["country", "period", "q05", "q50", "q95"], "displaced")
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code].set_index("period")
        rows.append(
            [
                facts.countries[code],
                *middle_and_range(mine, facts.ahead),
                *middle_and_range(mine, "horizon"),
            ]
        )
    year = period_name(facts.ahead, facts.init_month)
    spans = [words.say("displaced_year", year=year), death_words.say["nine"]]
    spans += [death_words.say("horizon", months=facts.months), death_words.say["nine"]]
    caption, note = words.say["displaced"], words.say["displaced_note"]
    return Grid(caption, [death_words.say["country"], *spans], rows, numeric=4, note=note)


def displaced_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return how many people may be newly displaced in each ally in the next year."""
    return [part for line in displaced_text(tables, facts) for part in wrapped(line)]


def displaced_text(tables: Tables, facts: Facts) -> list[str]:
    """Return `displaced_lines` as one line, if it is known."""
    if "displaced" not in tables:
        return []
    table: Rows = tables["displaced"]
    rows = table[table["period"] == facts.ahead].set_index("country")
    items = [
        words.displaced_item(facts.countries[code], *rows.loc[code, ["q50", "q05", "q95"]])
        for code in facts.allies
        if code in rows.index
    ]
    return [words.say("displaced_line", items=", ".join(items))]
