"""The page's sections, each with the exhibits that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from liptako.exhibits import EXHIBITS, Exhibit, Facts, Tables
from liptako.exhibits.figure import Figure, figure
from liptako.exhibits.grid import Grid
from liptako.words.page import say

ENDINGS = "endings"
SECTIONS = (
    ENDINGS, "pact", "regimes", "disputes", "choices", "patrons", "base-rates", "months", "years",
    "civilians", "where", "coast",
)  # fmt: skip
"""In the order of the page; endings stand last where a run has none."""


@dataclass(frozen=True)
class Item:
    """A figure, a printed table, or what is said in their place.

    Attributes:
        figure: of an exhibit.
        grid: of an exhibit.
        how: a printed table stands: plain, in a block, folded away.
        look: a class of the page's style.
        unfolded: a table that could be folded away is open.
        text: in place of either.
    """

    figure: Figure | None = None
    grid: Grid | None = None
    how: str = "plain"
    look: str = ""
    unfolded: bool = False
    text: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page with its anchor and heading; without items, `text` says why."""

    key: str
    title: str
    items: list[Item] = field(default_factory=list)
    text: str = ""


def sections(tables: Tables, facts: Facts) -> list[Section]:
    """Return the sections that a run fills, in the order of the page."""
    found = []
    for key in SECTIONS:
        entries = [entry for entry in EXHIBITS if entry.section == key]
        if key == ENDINGS and ENDINGS not in tables:
            continue
        items = [item for entry in entries for item in _items(entry, tables, facts)]
        if items:
            found.append(Section(key, say[f"section_{key}"], items))
    if ENDINGS not in tables:
        found.append(Section(ENDINGS, say["section_endings"], text=say["no_endings"]))
    return found


def _items(entry: Exhibit, tables: Tables, facts: Facts) -> list[Item]:
    if entry.table not in tables:
        return [] if entry.absent is None else [Item(text=_absent(entry.absent()))]
    found = [Item(figure=figure(entry, tables, facts))] if entry.chart else []
    grids = [(each, each.make(tables[entry.table], facts)) for each in entry.grids]
    alone = sum(bool(grid.rows) for _, grid in grids) == 1 < len(grids)
    return found + [
        Item(grid=grid, how=each.how, look=each.look, unfolded=alone and each.how == "fold")
        for each, grid in grids
        if grid.rows and each.how != "first"
    ]


def _absent(what: str) -> str:
    missing = say["not_in_run"]
    return say("absent", what=what, not_in_run=missing) if what else missing
