"""Whose the dead are, and the strain on armies, as text."""

from __future__ import annotations

from liptako.charts.readers import ALL, Rows, known, require
from liptako.exhibits.deaths import PERIODS, middle_and_range, year_heads
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.words import sides as words
from liptako.words.civilians import say as civilian_words
from liptako.words.numbers import MISSING, between, exact

MEASURES = {"offensives": "offensives", "strain": "strain_row"}


def side_grid(dead: Rows, facts: Facts) -> Grid:
    """Return the dead by side: last year as recorded, next year as simulated."""
    table = require(dead, ["side", *PERIODS], "dead_side")
    names = {ALL: civilian_words["all_countries"], **facts.countries}
    rows = []
    for code in present(names, table):
        for side in dict.fromkeys(table["side"]):
            mine = table[(table["country"] == code) & (table["side"] == side)].set_index("period")
            seen = exact(mine["observed"].get(facts.before))
            rows.append([names[code], words.say[side], seen, *middle_and_range(mine, facts.ahead)])
    head = [civilian_words["country"], words.say["side"], *year_heads(facts)]
    return Grid(words.say["caption"], head, rows, numeric=3, note=words.say["note"])


def strain_grid(strain: Rows, facts: Facts) -> Grid:
    """Return months of offensives and the strain on armies, the last recorded year and each after.

    None where the run is shorter than a year.
    """
    from liptako.model.outputs import LARGE
    from liptako.outcomes.violence import EXCHANGE

    columns = ["country", "measure", "year", "observed", "q05", "q50", "q95"]
    table = require(strain, columns, "strain")
    years = sorted({int(year) for year in table["year"]} - {0})
    rows = []
    for code in present(facts.countries, table):
        for measure, label in MEASURES.items():
            chosen = (table["country"] == code) & (table["measure"] == measure)
            mine = table[chosen].set_index("year")
            row = [facts.countries[code], words.say[label], _few(mine["observed"].get(0))]
            for year in years:
                low, middle, high = (_few(mine.loc[year, name]) for name in ("q05", "q50", "q95"))
                row += [middle, between(low, high)]
            rows.append(row)
    spans = [
        text for year in years for text in (words.say("year", number=year), words.say["range"])
    ]
    head = [civilian_words["country"], words.say["measure"], year_heads(facts)[0], *spans]
    note = words.say("strain_note", least=LARGE, times=EXCHANGE)
    return Grid(words.say["strain"], head, rows, numeric=len(head) - 2, note=note)


def _few(value: float | None) -> str:
    """Return a small number with one decimal."""
    return MISSING if known(value) is None else f"{value:.1f}"
