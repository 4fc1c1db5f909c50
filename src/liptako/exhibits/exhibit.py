"""One entry: a table, how it is drawn, printed and said, and the names it goes by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import pandas as pd

from liptako.charts.readers import Rows
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.exhibits.sources import source_of
from liptako.words import tables as names

if TYPE_CHECKING:
    import altair as alt

Tables: TypeAlias = Mapping[str, pd.DataFrame]
"""The tables of a run, by name."""


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A table as text.

    Attributes:
        key: names it within the page.
        make: from the exhibit's own table.
        how: among the text, as a block of its own, among what a section shows on demand (fold), or
            on the first screen.
        look: a class of the page's style.
    """

    key: str
    make: Callable[[Rows, Facts], Grid]
    how: Literal["plain", "block", "fold", "first"] = "plain"
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """What is shown of one table.

    Attributes:
        key: names it: the chart's anchor, and its file.
        table: what it shows.
        chart: module and function in `liptako.charts`, loaded when it is drawn. The chart carries
            its finding, its note and its text alternative.
        takes: the chart's tables, in its order, where it takes more than its own; what a run lacks
            is given as none.
        uses: argument of the chart to the fact that it takes.
        narrow: what is worth a panel, in the place of the first of `uses`, and a sentence on what
            is left out.
        fold: the chart stands among what a section shows on demand.
        still: a picture for readers without scripts is not too large.
        grids: as text.
        lines: for the terminal, with markup; it is called for runs without the table too.
        section: of the page, empty where it is in none.
        absent: said in that section of runs that lack the table.
        needed: every run has it.
        offered: for download from the page.
        sheet: of the workbook; empty where it is too long for one.
    """

    key: str
    table: str
    chart: str = ""
    takes: tuple[str, ...] = ()
    uses: Mapping[str, str] = field(default_factory=dict)
    narrow: Callable[[Tables, Facts], tuple[Mapping[str, str], str]] | None = None
    fold: bool = False
    still: bool = True
    grids: tuple[Printed, ...] = ()
    lines: Callable[[Tables, Facts], list[str]] | None = None
    section: str = ""
    absent: Callable[[], str] | None = None
    needed: bool = False
    offered: bool = True
    sheet: bool = True

    @property
    def name(self) -> str:
        """What the table is called."""
        return names.say[self.table]

    @property
    def short(self) -> str:
        """What the table is called where there is little room."""
        return names.sheet.get(self.table, self.name)

    def draw(self, tables: Tables, facts: Facts, **look: Any) -> alt.ConcatChart:
        """Return the chart.

        Args:
            tables: of the run.
            facts: of the run.
            look: what else the chart takes, such as `width`.
        """
        module, function = self.chart.split(".")
        make = getattr(import_module(f"liptako.charts.{module}"), function)
        given = {argument: getattr(facts, fact) for argument, fact in self.uses.items()}
        left_out = ""
        if self.narrow is not None:
            given[next(iter(self.uses))], left_out = self.narrow(tables, facts)
        given |= {"init_month": facts.init_month, "source": source_of(self.key, facts)}
        drawn = make(*(tables.get(name) for name in self.takes or (self.table,)), **given, **look)
        if not left_out:
            return drawn
        from liptako.charts.frame import with_line

        return with_line(drawn, left_out)
