"""Places as text: regions by their chances, and spread to neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from liptako.charts.readers import AT_LEAST, Rows, known, region_table, require, windows_in
from liptako.charts.theme import CLASS_COLOURS
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.terminal import wrapped
from liptako.words import places as words
from liptako.words.numbers import MISSING, exact, in_hundred, inside_100, rounded
from liptako.words.numbers import say as number_words


def map_classes() -> list[tuple[str, str]]:
    """Return the map's classes of chance with their colours."""
    return list(zip(words.classes(), CLASS_COLOURS, strict=True))


TOP = 10
"""Regions shown without unfolding anything."""


def regions_grid(regions: Rows, facts: Facts) -> Grid:
    """Return the regions at the head of the ranked table."""
    if not windows_in(regions):
        return Grid("", [], [])
    shown = region_table(regions[regions["counted_in"] == ""], top=TOP)
    grid = _ranked(shown, regions, facts)
    if grid.rows:
        notes = [
            _codes(regions, facts), words.say["regions_kinds"],
            words.say("all_below", regions=f"{len(regions):,}"),
        ]  # fmt: skip
        caption = words.say("regions", months=max(windows_in(regions), default=facts.near))
        return replace(grid, caption=caption, note=" ".join(filter(None, notes)))
    return grid


def all_regions_grid(regions: Rows, facts: Facts) -> Grid:
    """Return all regions of the theatre, ranked; those without event data last, and said so."""
    known = region_table(regions)
    unknown = regions[~regions["region"].isin(known["region"])]
    grid = _ranked(known, regions, facts)
    rows = [[*_place(row, facts), _people(row), words.say["unobserved"]] for row in _rows(unknown)]
    notes = [
        _bounds(known, regions), _codes(regions, facts), words.say["regions_people"],
        words.say["regions_recorded"], words.say["regions_elsewhere"],
    ]  # fmt: skip
    caption = words.say("regions_all", known=f"{len(known):,}", unknown=f"{len(unknown):,}")
    note = " ".join(filter(None, notes))
    return replace(grid, caption=caption, rows=[*grid.rows, *rows], note=note)


def _ranked(shown: Rows, regions: Rows, facts: Facts) -> Grid:
    windows = windows_in(regions)
    rows = [
        [
            *_place(row, facts),
            _people(row),
            *(exact(row[f"last_{months}_months"]) for months in (3, 12)),
            *(_chance(row, f"p_{n}_in_{months}") for months in windows for n in AT_LEAST),
        ]
        for row in _rows(shown)
    ]
    numbers = [words.say("or_more", number=number) for number in AT_LEAST]
    return Grid(
        "",
        [
            *(words.say[key] for key in ("region", "code", "country", "people")),
            *(words.say("months", months=months) for months in (3, 12)),
            *(numbers * len(windows)),
        ],
        rows,
        numeric=3 + len(AT_LEAST) * len(windows),
        groups=(
            ("", 4),
            (words.say["killed_last"], 2),
            *((words.say("killed_next", months=months), len(AT_LEAST)) for months in windows),
        ),
    )


def _rows(table: Rows) -> list[dict[str, Any]]:
    return table.to_dict("records")


def _place(row: Mapping[str, Any], facts: Facts) -> list[str]:
    country = facts.countries.get(row["country"], row["country"])
    return [row["region_name"], row["region"], country]


def _people(row: Mapping[str, Any]) -> str:
    return MISSING if known(row["people"]) is None else rounded(row["people"])


def _chance(row: Mapping[str, Any], column: str) -> str:
    text = inside_100(row[column])
    return at_most(text) if row["counted_in"] else text


def at_most(text: str) -> str:
    """Return a chance in 100 as the most that a region's own can be, counted in another.

    Example:
        >>> at_most("27"), at_most("> 99"), at_most("< 1"), at_most("?")
        ('≤ 27', '≤ 100', '< 1', '?')
    """
    if text in (number_words["below_one"], MISSING):
        return text
    above = text == number_words["above_99"]
    return words.say["at_most_any"] if above else words.say("at_most", chance=text)


def _bounds(shown: Rows, regions: Rows) -> str:
    """Return which of some regions are simulated as part of which others."""
    names = dict(zip(regions["region"], regions["region_name"], strict=True))
    items = [
        words.say("region_inside", region=row["region_name"], around=names[row["counted_in"]])
        for row in _rows(shown)
        if row["counted_in"]
    ]
    return words.say("regions_inside", names=", ".join(items)) if items else ""


def _codes(regions: Rows, facts: Facts) -> str:
    """Return what the codes of each country's regions are, and whose."""
    items = []
    for system, rows in regions.groupby("code_system", sort=False):
        countries = sorted({facts.countries.get(code, code) for code in rows["country"]})
        items.append(words.say("codes_item", system=system, countries=", ".join(countries)))
    return words.say("codes", systems="; ".join(items))


def coast_grid(coast: Rows, facts: Facts) -> Grid:
    """Return the chances by group of neighbours, with who is counted and who is not."""
    needed = ["group", "counted", "not_counted", "threshold", "probability", "mcse", facts.before]
    table = require(coast, needed, "coast")

    def names(value: object) -> str:
        items = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
        found = [facts.countries.get(str(item), str(item)) for item in items]
        return ", ".join(found) or number_words["none"]

    records = table.to_dict("records")
    rows = [
        [
            str(row["group"]),
            words.say("at_least", number=f"{int(row['threshold']):,}"),
            in_hundred(row["probability"]) if known(row["probability"]) is not None else MISSING,
            exact(row[facts.before]),
            names(row["counted"]),
            names(row["not_counted"]),
        ]
        for row in records
    ]
    errors = ", ".join(
        f"{100 * row['mcse']:.1f}" for row in records if known(row["mcse"]) is not None
    )
    last = words.say("killed_before", months=facts.near)
    head = [words.say[key] for key in ("group", "threshold", "chance")]
    return Grid(
        words.say("coast", months=facts.near),
        [*head, last, words.say["counted"], words.say["not_counted"]],
        rows,
        note=words.say("mcse_note", errors=errors) if errors else "",
    )


def coast_lines(tables: Tables, facts: Facts) -> list[str]:
    """Return the chance of spread to the first group of neighbours."""
    if "coast" not in tables:
        return []
    row = tables["coast"].iloc[0]
    counted = [facts.countries[code] for code in row["counted"]]
    if not counted:
        return wrapped(words.say["coast_none"])
    threshold, chance = int(row["threshold"]), float(row["probability"])
    return wrapped(words.coast_line(counted, threshold, chance, int(row[facts.before]), facts.near))
