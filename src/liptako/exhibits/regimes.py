"""Regimes as text: how they may end, and whom the state still reaches."""

from __future__ import annotations

from liptako.charts.readers import Rows, horizons_of, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, by_dates, present
from liptako.words import regimes as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, between, inside_100, of_100, whole_100


def exits_grid(exits: Rows, facts: Facts) -> Grid:
    """Return the ways in which regimes may end, by country and horizon."""
    table = require(exits, ["country", "horizon", "kind", "p", "lo", "hi", "mcse"], "exits")
    horizons = horizons_of(table)
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code]
        for kind in dict.fromkeys(str(kind) for kind in mine["kind"]):
            row = mine[mine["kind"] == kind].set_index("horizon")
            cells = [_chance(row.loc[h]) if h in row.index else MISSING for h in horizons]
            rows.append([facts.countries[code], words.exit_name(kind), *cells])
    dates = by_dates(facts.init_month, horizons)
    head = [words.say["country"], words.say["exit_kind"], *dates]
    note = words.say["exits_note"]
    return Grid(words.say["exits"], head, rows, numeric=len(dates), note=note)


def attempts_grid(attempts: Rows, facts: Facts) -> Grid:
    """Return how many coups and attempts each country meets, beside past regimes: in 100."""
    table = require(attempts, ["country", "number", "p", "past"], "attempts")
    numbers = sorted({int(number) for number in table["number"]})
    last = f"{numbers[-1]}+"
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code].set_index("number")["p"]
        rows.append([facts.countries[code], *(of_100(float(mine[n])) for n in numbers)])
    past = table.drop_duplicates("number").set_index("number")["past"]
    if not past.isna().any():
        rows.append([words.say["attempts_past"], *(of_100(float(past[n])) for n in numbers)])
    caption = words.say("attempts", months=min(facts.months, 36))
    head = [words.say["country"], *map(str, numbers[:-1]), last]
    return Grid(caption, head, rows, numeric=len(numbers), note=words.say["attempts_note"])


def reach_grid(reach: Rows, facts: Facts) -> Grid:
    """Return the people outside the capital whom the state still reaches, in 100."""
    table = require(reach, ["country", "year", "q05", "q50", "q95"], "reach")
    rows, dates = by_year(table, facts)
    head, note = [words.say["country"], *dates], words.say["reach_note"]
    return Grid(words.say["reach"], head, rows, numeric=len(dates), note=note)


def by_year(table: Rows, facts: Facts) -> tuple[list[list[str]], list[str]]:
    """Return rows of a share by country and year, middle and range in 100, and the years' ends."""
    years = sorted({int(year) for year in table["year"]})
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code].set_index("year")
        cells = []
        for year in years:
            low, middle, high = (round(100 * mine.loc[year, q]) for q in ("q05", "q50", "q95"))
            cells.append(f"{middle} ({between(low, high)})")
        rows.append([facts.countries[code], *cells])
    return rows, [month_name(facts.init_month + min(12 * year, facts.months)) for year in years]


def _chance(row: Rows) -> str:
    low, high = (whole_100(row[name]) for name in ("lo", "hi"))
    text = inside_100(float(row["p"]))
    return text if high in ("0", MISSING) else f"{text} ({between(low, high)})"
