"""What juntas may choose, what they promise and who supports them, as text."""

from __future__ import annotations

from liptako.charts.readers import Rows, horizons_of, known, last_rows, require
from liptako.exhibits.disputes import share_and_range
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid, by_dates, present
from liptako.exhibits.terminal import wrapped
from liptako.words import acts as words
from liptako.words.dates import month_name
from liptako.words.numbers import MISSING, between

GIVES_NOTHING = 0.005
"""A patron whose support stays below this share of its most is left out."""

LIKELIEST = 3
"""Acts that the terminal names."""


def acts_grid(table: Rows, facts: Facts) -> Grid:
    """Return the chance of each act by country, with the law that bounds it."""
    per_year = require(table, ["act", "horizon", "per_year"], "acts")
    per_year = per_year[per_year["horizon"] == per_year["horizon"].max()]
    often = per_year.groupby("act")["per_year"].mean()
    mine = last_rows(table, facts.countries)
    names, rows, laws = list(dict.fromkeys(mine["name"])), [], {}
    for act, each in mine.groupby("act", sort=False):
        found = {
            row["name"]: words.chance(row["p_any"], known(row["lo"]), known(row["hi"]))
            for row in each.to_dict("records")
        }
        label, law = each["label"].iloc[0], each["law"].iloc[0]
        chances = (found.get(name, MISSING) for name in names)
        rows.append([label, *chances, f"{often[act]:.2f}"])
        if law:
            laws.setdefault(law, []).append(label)
    date = month_name(facts.init_month + int(table["horizon"].max()))
    head, numeric = [words.say["act"], *names, words.say["per_year"]], len(names) + 1
    return Grid(words.say("acts", date=date), head, rows, numeric=numeric, note=words.note(laws))


def acts_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the likeliest acts with their chances by country, in a sentence."""
    if "acts" not in tables:
        return []
    rows, date = _at_last_horizon(tables["acts"], facts)
    likely = rows.groupby("label")["p_any"].agg(["mean", "min", "max"])
    likely = likely.sort_values("mean", ascending=False, kind="stable").head(LIKELIEST)
    items = [
        words.terminal_item(str(label), (row["min"], row["max"]))
        for label, row in likely.iterrows()
    ]
    return wrapped(words.say("line_acts", date=date, items="; ".join(items)), indent="  ")


def promises_grid(table: Rows, facts: Facts) -> Grid:
    """Return what becomes of promised dates to hand over, by country and horizon."""
    table = require(table, ["country", "horizon", "outcome", "p", "lo", "hi"], "promises")
    horizons = horizons_of(table)
    rows = []
    for code in present(facts.countries, table):
        mine = table[table["country"] == code]
        for outcome, each in mine.groupby("outcome", sort=False):
            by = each.set_index("horizon")
            cells = [share_and_range(by.loc[h]) for h in horizons]
            rows.append([facts.countries[code], words.say[str(outcome)], *cells])
    dates = by_dates(facts.init_month, horizons)
    head, note = [words.say["country"], words.say["promised"], *dates], words.say["promises_note"]
    return Grid(words.say["promises"], head, rows, numeric=len(dates), note=note)


def promises_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return how often a promised date has passed, by country, in a sentence."""
    if "promises" not in tables:
        return []
    rows, date = _at_last_horizon(tables["promises"], facts)
    missed = rows[rows["outcome"] == "missed"]
    pairs = zip(missed["country"], missed["p"], strict=True)
    items = [words.terminal_item(facts.countries[code], [share]) for code, share in pairs]
    return wrapped(words.say("line_promises", date=date, items=", ".join(items)), indent="  ")


def support_grid(table: Rows, facts: Facts) -> Grid:
    """Return what each patron gives each country by each instrument, in 100 of the most so far."""
    mine = _support(table)
    rows = []
    for label, patron in mine.groupby("label", sort=False):
        for code in present(facts.countries, patron):
            each = patron[patron["country"] == code]
            if _gives(each):
                rows.append([label, facts.countries[code], *_over_years(each)])
    names = [words.say[key] for key in ("patron", "country", "at_start")]
    head, note = [*names, *_year_ends(mine, facts)], words.say["support_note"]
    return Grid(words.say["support"], head, rows, numeric=len(head) - 2, note=note)


def wars_grid(table: Rows, facts: Facts) -> Grid:
    """Return how deadly patrons' own wars have been of late, as multiples of the start."""
    table = require(table, ["label", "year", "q05", "q50", "q95"], "patron_wars")
    rows = []
    for label, mine in table.groupby("label", sort=False):
        years = mine.sort_values("year")[["q05", "q50", "q95"]].to_numpy()
        cells = [f"{middle:.1f} ({low:.1f} to {high:.1f})" for low, middle, high in years]
        rows.append([label, *cells])
    head, note = [words.say["patron"], *_year_ends(table, facts)], words.say["wars_note"]
    return Grid(words.say["wars"], head, rows, numeric=len(head) - 1, note=note)


def _at_last_horizon(table: Rows, facts: Facts) -> tuple[Rows, str]:
    last = int(table["horizon"].max())
    return table[table["horizon"] == last], month_name(facts.init_month + last)


def _support(table: Rows) -> Rows:
    return require(table, ["label", "country", "year", "start", "q05", "q50", "q95"], "patrons")


def _gives(rows: Rows) -> bool:
    return bool(rows[["start", "q95"]].to_numpy().max() >= GIVES_NOTHING)


def _year_ends(table: Rows, facts: Facts) -> list[str]:
    years = sorted({int(year) for year in table["year"]})
    return [month_name(facts.init_month + 12 * year) for year in years]


def _over_years(rows: Rows) -> list[str]:
    """Return the start and each year's middle with its range over futures, in 100."""
    rows = rows.sort_values("year")
    cells = [str(round(100 * float(rows["start"].iloc[0])))]
    for row in rows.to_dict("records"):
        low, middle, high = (round(100 * row[q]) for q in ("q05", "q50", "q95"))
        cells.append(str(middle) if low == high else f"{middle} ({between(low, high)})")
    return cells
