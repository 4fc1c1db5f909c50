"""Towns under siege as text."""

from __future__ import annotations

from liptako.charts.readers import Rows, known, require
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.words import territory as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, between

SCALES = {"regions": (1, 1), "people": (100, 0)}
"""By what each measure is multiplied, and its decimals."""


def besieged_grid(besieged: Rows, facts: Facts) -> Grid:
    """Return besieged regions and people in them, at the start and on a mean month of each year."""
    columns = ["country", "year", "measure", "observed", "q05", "q50", "q95"]
    table = require(besieged, columns, "besieged")
    years = sorted({int(year) for year in table["year"]} - {0})
    rows = []
    for code in present(facts.countries, table):
        for measure, scale in SCALES.items():
            chosen = (table["country"] == code) & (table["measure"] == measure)
            mine = table[chosen].set_index("year")
            row = [facts.countries[code], words.say[measure]]
            row.append(_number(mine["observed"].get(0), *scale))
            for year in years:
                found = (mine.loc[year, name] for name in ("q05", "q50", "q95"))
                low, middle, high = (_number(value, *scale) for value in found)
                row += [middle, between(low, high)]
            rows.append(row)
    start = words.say("start", date=month_name(facts.init_month))
    spans = [
        text for year in years for text in (words.say("year", number=year), words.say["range"])
    ]
    head = [words.say["country"], words.say["what"], start, *spans]
    return Grid(words.say["caption"], head, rows, numeric=len(head) - 2, note=words.say["note"])


def _number(value: float | None, factor: int, decimals: int) -> str:
    found = known(value)
    return MISSING if found is None else f"{factor * found:.{decimals}f}"
