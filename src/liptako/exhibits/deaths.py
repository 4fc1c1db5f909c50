"""Deaths as text: the sentence that leads, totals by period, lines for the terminal."""

from __future__ import annotations

from liptako.charts.readers import Rows, require
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, present
from liptako.words import deaths as words
from liptako.words.dates import is_span, month_name, period_name
from liptako.words.numbers import MISSING, between, exact, rounded

TABLE = "deaths_country_period"
FEW = 25
"""Deaths in a year, recorded or at the upper end of the futures, below which a country is quiet."""

PERIODS = ["country", "period", "observed", "q05", "q50", "q95"]


def headline(tables: Tables, facts: Facts) -> str:
    """Return the sentence on deaths: the ally with the highest toll, and last year's."""
    rows: Rows = tables[TABLE]
    rows = rows[rows["country"].isin(facts.allies or list(facts.countries))]
    ahead = rows[rows["period"] == facts.ahead].set_index("country")
    past = rows[rows["period"] == facts.before].set_index("country")["observed"]
    worst = str(ahead["q50"].idxmax())
    return words.headline(
        country=facts.countries[worst],
        months=facts.near,
        date=month_name(facts.init_month),
        middle=ahead.loc[worst, "q50"],
        low=ahead.loc[worst, "q05"],
        high=ahead.loc[worst, "q95"],
        seen=past[worst],
    )


def deaths_grid(totals: Rows, facts: Facts) -> Grid:
    """Return deaths by country: last year as recorded, next year as simulated."""
    table = require(totals, PERIODS, TABLE)
    rows = []
    left_out = quiet(table, facts)
    for code in [code for code in _present(table, facts) if code not in left_out]:
        mine = table[table["country"] == code].set_index("period")
        seen = exact(mine["observed"].get(facts.before))
        rows.append([facts.countries[code], seen, *middle_and_range(mine, facts.ahead)])
    head = [words.say["country"], *year_heads(facts)]
    notes = [words.say["range_note"], *([quiet_line(left_out, facts)] if left_out else [])]
    return Grid(words.say["killed"], head, rows, numeric=3, note=" ".join(notes))


def quiet(table: Rows, facts: Facts) -> list[str]:
    """Return the countries with fewer than `FEW` killed last year and next; none if all are."""
    last = table[table["period"] == facts.before].set_index("country")["observed"]
    ahead = table[table["period"] == facts.ahead].set_index("country")["q95"]
    known = present(facts.countries, table)
    found = [code for code in known if last.get(code, 0.0) < FEW and ahead.get(code, 0.0) < FEW]
    return found if len(found) < len(known) else []


def quiet_line(codes: list[str], facts: Facts) -> str:
    """Return which countries are quiet, and what that means."""
    return words.quiet([facts.countries[code] for code in codes], FEW, facts.near)


def later_grid(totals: Rows, facts: Facts) -> Grid:
    """Return deaths by country for the periods after the next year."""
    later = "months_13_24"
    names = {
        later: words.say(later, year=period_name(later, facts.init_month)),
        "horizon": words.say("horizon", months=facts.months),
    }
    rows = []
    for code in _present(totals, facts):
        mine = totals[totals["country"] == code].set_index("period")
        rows += [
            [facts.countries[code], name, *middle_and_range(mine, period)]
            for period, name in names.items()
            if period in mine.index
        ]
    head = [words.say[key] for key in ("country", "period", "middle", "nine")]
    return Grid(words.say["longer"], head, rows, numeric=2)


def lines(tables: Tables, facts: Facts) -> list[str]:
    """Return deaths of allies and coastal neighbours, last year beside the next."""
    from rich.markup import escape

    table = require(tables[TABLE], PERIODS, TABLE)
    rows = table.set_index(["period", "country"]).to_dict("index")
    last = facts.init_month + facts.near
    first = month_name(facts.init_month + 1)
    heads = [
        words.say("killed_span", first=first, last=month_name(last)),
        words.say("before_n", months=facts.near),
        words.say["short_middle"],
        words.say["nine"],
    ]
    found = ["{:<32}{:>17}{:>9}  {}".format(*heads)]
    for code in present([*facts.allies, *facts.littoral], table):
        ahead = rows[facts.ahead, code]
        seen = exact(rows[facts.before, code]["observed"])
        low, middle, high = (rounded(ahead[name]) for name in ("q05", "q50", "q95"))
        span = words.say("short_range", low=low, high=high)
        found.append(escape(f"  {facts.countries[code]:<30}{seen:>17}{middle:>9}  {span}"))
    return found


def year_heads(facts: Facts) -> list[str]:
    """Return the heads of last year's record, and of next year's middle and range."""
    last, ahead = (period_name(p, facts.init_month) for p in (facts.before, facts.ahead))
    seen, middle = words.say("seen_in", year=last), words.say("middle_in", year=ahead)
    return [seen, middle, words.say["nine"]]


def middle_and_range(mine: Rows, period: str) -> list[str]:
    """Return the middle and the range of a period, from rows by period."""
    if period not in mine.index or mine.loc[period, ["q05", "q50", "q95"]].isna().any():
        return [MISSING, MISSING]
    low, middle, high = (rounded(float(mine.loc[period, q])) for q in ("q05", "q50", "q95"))
    return [middle, between(low, high)]


def _present(table: Rows, facts: Facts) -> list[str]:
    shown = table["period"].map(is_span) | (table["period"] == "horizon")
    return present(facts.countries, table[shown])
