"""What a reader sees of a page: its tables, its figures' texts, and the text around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

HIDDEN = {"script", "style", "noscript", "svg", "nav", "title"}
BREAKS = {"p", "li", "dt", "dd", "h1", "h2", "h3", "summary", "caption", "figcaption", "section"}
VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Table:
    """A table as text; of two rows of heads the lower."""

    caption: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def cell(self, row: tuple[str, ...], column: str, nth: int = 0) -> str:
        """Return a cell: `*` in `row` stands for anything, the first head for its beginning."""
        found = [
            cells
            for cells in self.rows
            if _begins(cells[0], row[0])
            and all(want in ("*", cell) for want, cell in zip(row[1:], cells[1:], strict=False))
        ]
        assert len(found) == 1, f"{self.caption}: {len(found)} rows {row}"
        places = [place for place, name in enumerate(self.head) if name == column]
        assert len(places) > nth, f"{self.caption}: {column!r} is not a column of {self.head}"
        return found[0][places[nth]]


def _begins(cell: str, head: str) -> bool:
    """Return whether a row's head is this, or this with notes behind it."""
    return cell == head or re.match(rf"{re.escape(head)} +[a-z]", cell) is not None


class Page(HTMLParser):
    """Tables, and texts by where they stand: a figure's key, or "" for the rest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.texts: dict[str, list[str]] = {"": []}
        self._stack: list[str] = []
        self._figure, self._table, self._cell = "", None, None
        self._line: list[str] = []
        self.feed(text)
        self.close()
        self._end_line()

    def _end_line(self) -> None:
        line = " ".join("".join(self._line).split())
        self._line = []
        if line:
            self.texts.setdefault(self._figure, []).append(line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        self._stack.append(tag)
        if tag in BREAKS and self._table is None:
            self._end_line()
        if tag == "figure":
            self._end_line()
            self._figure = (dict(attrs).get("id") or "fig-").removeprefix("fig-")
        elif tag == "table":
            self._end_line()
            self._table = Table()
            self.tables.append(self._table)
        elif tag == "tr" and self._table is not None:
            if "thead" in self._stack:
                self._table.head = []
            else:
                self._table.rows.append([])
        elif tag in ("td", "th", "caption") and self._table is not None:
            self._cell = []
        elif tag == "small":
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID or not self._stack:
            return
        while self._stack.pop() != tag:
            pass
        if tag in ("td", "th", "caption") and self._table is not None and self._cell is not None:
            text = " ".join("".join(self._cell).split())
            if tag == "caption":
                self._table.caption = text
            elif "thead" in self._stack:
                self._table.head.append(text)
            else:
                self._table.rows[-1].append(text)
            self._cell = None
        elif tag == "table":
            self._table = None
        elif tag in BREAKS and self._table is None:
            self._end_line()
        if tag == "figure":
            self._end_line()
            self._figure = ""

    def handle_data(self, data: str) -> None:
        if HIDDEN & set(self._stack):
            return
        if self._cell is not None:
            self._cell.append(data)
        elif self._table is None:
            self._line.append(data)

    def table(self, caption: str) -> Table:
        """Return the table whose caption begins so."""
        found = [one for one in self.tables if one.caption.startswith(caption)]
        assert len(found) == 1, f"{len(found)} tables {caption!r}"
        return found[0]

    @property
    def said(self) -> str:
        """All texts outside tables, in one line."""
        return " ".join(line for lines in self.texts.values() for line in lines)
