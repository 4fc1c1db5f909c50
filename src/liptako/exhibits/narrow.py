"""What a chart leaves to a sentence: panels in which nothing happens.

The tables, the workbook and the CSV have every row.
"""

from __future__ import annotations

from collections.abc import Mapping

from liptako.exhibits import deaths
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.words import disputes as dispute_words

MOVES = 0.25
"""By how much the share of some rung moves in a panel that is not flat."""


def eventful(tables: Tables, facts: Facts) -> tuple[Mapping[str, str], str]:
    """Return the countries with deaths worth a panel, and the sentence on the others.

    All countries and no sentence where none has.
    """
    flat = deaths.quiet(tables[deaths.TABLE], facts)
    kept = {code: name for code, name in facts.countries.items() if code not in flat}
    return kept, deaths.quiet_line(flat, facts) if flat else ""


def moving(tables: Tables, facts: Facts) -> tuple[Mapping[str, str], str]:
    """Return the pairs whose disputes move, and the sentence on the others.

    All pairs and no sentence where none does.
    """
    table = tables["ladder_shares"]
    each = table.groupby(["dyad", "rung"])["p"]
    span = (each.max() - each.min()).groupby("dyad").max()
    flat = [dyad for dyad in facts.dyads if dyad in span.index and not span[dyad] >= MOVES]
    if len(flat) == len(span) or not flat:
        return facts.dyads, ""
    kept = {dyad: name for dyad, name in facts.dyads.items() if dyad not in flat}
    return kept, dispute_words.flat([facts.dyads[dyad] for dyad in flat], MOVES)
