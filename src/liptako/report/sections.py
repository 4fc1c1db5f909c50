"""The page's sections, each with the exhibits that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from liptako.exhibits import EXHIBITS, Exhibit, Facts, Tables, deaths, endings, trust
from liptako.exhibits.figure import Figure, figure
from liptako.exhibits.grid import Grid
from liptako.words.page import more, say

ENDINGS = "endings"
CIVILIANS, PACT, TRUST = "civilians", "pact", "trust"
SECTIONS = (
    CIVILIANS, "places", PACT, "what-if", "signposts", "motives", "claims", TRUST, "assumptions",
)  # fmt: skip
"""In the order of the page: harm to civilians leads."""


@dataclass(frozen=True)
class Item:
    """A figure, a printed table, definitions, or what is said in their place.

    Attributes:
        figure: of an exhibit.
        grid: of an exhibit.
        look: a class of the page's style.
        terms: each with what is said of it.
        key: anchor of the terms.
        title: of the terms.
        texts: a list.
        text: in place of all these.
    """

    figure: Figure | None = None
    grid: Grid | None = None
    look: str = ""
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    key: str = ""
    title: str = ""
    texts: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page with its anchor and heading.

    Attributes:
        key: anchor.
        title: heading.
        items: shown at once.
        more: shown on demand.
        more_named: what these are, in a line.
        text: in the place of items, why there are none.
    """

    key: str
    title: str
    items: list[Item] = field(default_factory=list)
    more: list[Item] = field(default_factory=list)
    more_named: str = ""
    text: str = ""


def sections(tables: Tables, facts: Facts) -> list[Section]:
    """Return the sections that a run fills, in the order of the page."""
    found = []
    for key in SECTIONS:
        title, why_none = say[f"section_{key}"], ""
        shown, more_, names = _lead(key, tables, facts), [], []
        if key == TRUST:
            more_, names = [Item(terms=trust.how_tested(tables, facts))], [say["all_tests"]]
        for entry in EXHIBITS:
            if entry.section != key:
                continue
            for folded, item in _items(entry, tables, facts):
                (more_ if folded else shown).append(item)
                names += [entry.short] if folded and entry.short not in names else []
        if key == PACT and ENDINGS not in tables:
            why_none = say["no_endings"]
        if shown or more_ or why_none:
            found.append(Section(key, title, shown, more_, more(names), why_none))
    return found


def _lead(key: str, tables: Tables, facts: Facts) -> list[Item]:
    """Return what a section begins with besides its exhibits."""
    if key == TRUST:
        return [Item(texts=tuple(trust.shortly(tables, facts)))]
    if key == CIVILIANS and ENDINGS in tables:  # elsewhere it leads the page
        return [Item(text=deaths.headline(tables, facts))]
    return []


def _items(entry: Exhibit, tables: Tables, facts: Facts) -> Iterator[tuple[bool, Item]]:
    """Yield what is shown of a table, and whether on demand."""
    if entry.table not in tables:
        if entry.absent is not None:
            yield False, Item(text=_absent(entry.absent()))
        return
    if entry.chart:
        yield entry.fold, Item(figure=figure(entry, tables, facts))
        if entry.key == ENDINGS:
            yield entry.fold, _definitions(facts)
    for each in entry.grids:
        grid = each.make(tables[entry.table], facts)
        if grid.rows and each.how != "first":
            yield each.how == "fold", Item(grid=grid, look=each.look)


def _definitions(facts: Facts) -> Item:
    terms = tuple((name, (text,)) for name, text in endings.definitions(facts))
    return Item(terms=terms, key="defined", title=say["defined"])


def _absent(what: str) -> str:
    missing = say["not_in_run"]
    return say("absent", what=what, not_in_run=missing) if what else missing
