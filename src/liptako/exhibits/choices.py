"""Disputes, choices and support as rows to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from liptako.calendar import month_name
from liptako.charts import endings as ends
from liptako.charts.choices import chance, last_rows
from liptako.charts.theme import Rows, require
from liptako.exhibits.facts import ReportFacts
from liptako.exhibits.grids import Grid

UPPER = ("incident", "clash", "war")
ALL = "ALL"
GIVES_NOTHING = 0.005
"""A patron whose support stays below this share of its most is left out."""

Words = Mapping[str, str]


def groups_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return the chance that any pair of a kind comes to each upper rung, beside past pairs."""
    columns = ["group", "dyads", "horizon", "rung", "p", "lo", "hi", "reference"]
    table = require(table, columns, "dispute_groups")
    last = int(table["horizon"].max())
    table = table[table["horizon"] == last]
    rows = []
    for group, mine in table.groupby("group", sort=False):
        by = mine.set_index("rung")
        name = f"{w.get(str(group), str(group))} ({int(mine['dyads'].iloc[0])})"
        for column, label in (("p", w["here"]), ("reference", w["past_pairs"])):
            cells = [_hundred(by.loc[rung], column, w) for rung in UPPER]
            rows.append([name, label, *cells])
    head = [w["pairs"], w["whose"], *(w[rung] for rung in UPPER)]
    caption = w["groups_caption"].format(date=month_name(facts.init_month + last))
    return Grid(caption, head, rows, numeric=3, note=w["groups_note"])


def rungs_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return how often a pair comes to each upper rung in a hundred years, beside past pairs."""
    columns = ["group", "rung", "dyads", "rate", "lo", "hi", "reference", "reference_lo"]
    columns += ["reference_hi", "n", "dyad_years", "source"]
    table = require(table, columns, "upper_rungs")
    rows = []
    for row in table.to_dict("records"):
        known = row["dyad_years"] > 0
        past = _rate(row, ("reference", "reference_lo", "reference_hi"), w) if known else "?"
        name = w.get(str(row["group"]), str(row["group"]))
        rows.append([name, w[row["rung"]], _rate(row, ("rate", "lo", "hi"), w), past])
    first = table.iloc[0]
    counts = zip(table["rung"].head(len(UPPER)), table["n"].head(len(UPPER)), strict=True)
    note = w["rungs_note"].format(
        source=first["source"],
        years=f"{float(first['dyad_years']):,.0f}",
        counts=", ".join(f"{w[rung].lower()} {int(n)}" for rung, n in counts),
    )
    head = [w["pairs"], w["comes_to"], w["here"], w["past_pairs"]]
    return Grid(w["rungs_caption"], head, rows, numeric=2, note=note)


def acts_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return the chance of each act by country, with the law that bounds it."""
    per_year = require(table, ["act", "horizon", "per_year"], "acts")
    per_year = per_year[per_year["horizon"] == per_year["horizon"].max()]
    often = per_year.groupby("act")["per_year"].mean()
    mine = last_rows(table, facts.countries)
    names, rows, laws = list(dict.fromkeys(mine["name"])), [], {}
    for act, each in mine.groupby("act", sort=False):
        found = {row["name"]: chance(row) for row in each.to_dict("records")}
        label, law = each["label"].iloc[0], each["law"].iloc[0]
        rows.append([label, *(found.get(name, "?") for name in names), f"{often[act]:.2f}"])
        if law:
            laws.setdefault(law, []).append(label)
    note = w["acts_note"]
    if laws:
        texts = [f"{', '.join(labels)}: {law}." for law, labels in laws.items()]
        note += " " + w["acts_law"].format(laws=" ".join(texts))
    date = month_name(facts.init_month + int(table["horizon"].max()))
    head = [w["act"], *names, w["per_year"]]
    return Grid(w["acts_caption"].format(date=date), head, rows, numeric=len(names) + 1, note=note)


def promises_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return what becomes of promised dates to hand over, by country and horizon."""
    table = require(table, ["country", "horizon", "outcome", "p", "lo", "hi"], "promises")
    horizons = ends.horizons_of(table)
    rows = []
    for code in [code for code in facts.countries if (table["country"] == code).any()]:
        mine = table[table["country"] == code]
        for outcome, each in mine.groupby("outcome", sort=False):
            by = each.set_index("horizon")
            cells = [_hundred(by.loc[h], "p", w) for h in horizons]
            rows.append([facts.countries[code], w[str(outcome)], *cells])
    dates = [w["by_date"].format(date=month_name(facts.init_month + h)) for h in horizons]
    head = [w["country"], w["promised"], *dates]
    return Grid(w["promises_caption"], head, rows, numeric=len(dates), note=w["promises_note"])


def shares_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return each patron's share of all support to all countries together, in 100."""
    mine = _support(table)
    mine = mine[mine["country"] == ALL]
    rows = [
        [label, *_over_years(each, "share_", w)]
        for label, each in mine.groupby("label", sort=False)
        if _gives(each)
    ]
    head = [w["patron"], w["at_start"], *_year_ends(mine, facts)]
    return Grid(w["shares_caption"], head, rows, numeric=len(head) - 1, note=w["shares_note"])


def support_grid(table: Rows, facts: ReportFacts, w: Words) -> Grid:
    """Return what each patron gives each country, in 100 of the most that it has given."""
    mine = _support(table)
    rows = []
    for label, patron in mine.groupby("label", sort=False):
        for code in [code for code in facts.countries if (patron["country"] == code).any()]:
            each = patron[patron["country"] == code]
            if _gives(each):
                rows.append([label, facts.countries[code], *_over_years(each, "", w)])
    head = [w["patron"], w["country"], w["at_start"], *_year_ends(mine, facts)]
    return Grid(w["support_caption"], head, rows, numeric=len(head) - 2, note=w["support_note"])


GRIDS: dict[str, tuple[str, Callable[[Rows, ReportFacts, Words], Grid]]] = {
    "groups": ("dispute_groups", groups_grid),
    "rungs": ("upper_rungs", rungs_grid),
    "acts": ("acts", acts_grid),
    "promises": ("promises", promises_grid),
    "shares": ("patrons", shares_grid),
    "support": ("patrons", support_grid),
}
"""What the page prints, each from one table."""


def _support(table: Rows) -> Rows:
    needed = ["label", "country", "year"]
    needed += [f"{prefix}{q}" for prefix in ("", "share_") for q in ("start", "q05", "q50", "q95")]
    return require(table, needed, "patrons")


def _gives(rows: Rows) -> bool:
    return rows[["start", "q95"]].to_numpy().max() >= GIVES_NOTHING


def _year_ends(table: Rows, facts: ReportFacts) -> list[str]:
    years = sorted({int(year) for year in table["year"]})
    return [month_name(facts.init_month + 12 * year) for year in years]


def _over_years(rows: Rows, prefix: str, w: Words) -> list[str]:
    """Return the start and each year's middle with its range over futures, in 100."""
    rows = rows.sort_values("year")
    cells = [str(round(100 * float(rows[f"{prefix}start"].iloc[0])))]
    for row in rows.to_dict("records"):
        low, middle, high = (round(100 * row[f"{prefix}{q}"]) for q in ("q05", "q50", "q95"))
        span = "" if low == high else f" ({w['range'].format(low=low, high=high)})"
        cells.append(f"{middle}{span}")
    return cells


def _hundred(row: Any, column: str, w: Words) -> str:
    """Return a chance in 100, the model's own with its range where that is known."""
    share = float(row[column])
    if np.isnan(share):
        return "?"
    text = ends.few(round(100 * share), share)
    if column != "p" or np.isnan(row["lo"]):
        return text
    low, high = round(100 * row["lo"]), round(100 * row["hi"])
    return text if low == high else f"{text} ({w['range'].format(low=low, high=high)})"


def _rate(row: Mapping[Any, Any], names: tuple[str, str, str], w: Words) -> str:
    middle, low, high = (100 * float(row[name]) for name in names)
    if np.isnan(low) or f"{low:.2g}" == f"{high:.2g}":
        return f"{middle:.2g}"
    # what is nothing beside the middle reads as nothing, not in powers of ten
    least = f"{low:.2g}" if low > 0.001 * middle else "0"
    return f"{middle:.2g} ({w['range'].format(low=least, high=f'{high:.2g}')})"
