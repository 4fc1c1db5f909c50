"""Briefs: one page for a country or for a question, its sentence, numbers, tables and lists.

`liptako.exhibits.brief_country` and `liptako.exhibits.brief_question` fill them from the tables of
a run and from the stored comparison; `liptako.report.brief` puts them on paper.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from liptako.calendar import format_month
from liptako.charts.compare import prepared
from liptako.charts.readers import known
from liptako.errors import InputError
from liptako.exhibits.exhibit import Tables
from liptako.exhibits.facts import Facts
from liptako.exhibits.grid import Grid
from liptako.theatre.questions import Question
from liptako.words.briefs import say

FOLDER = "briefs"
"""In a run's folder."""


@dataclass(frozen=True, kw_only=True)
class Number:
    """One of the numbers that carry a brief: what it is, its range, and what it stands beside."""

    name: str
    value: str
    spread: str
    beside: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """A heading and what stands under it, a sentence a line."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The one chart of a brief.

    Attributes:
        title: above it.
        lines: its small print.
        svg: the chart, safe inside a page.
        words: its text alternative.
        key: what each mark means, with the mark as SVG.
    """

    title: str
    lines: str
    svg: str
    words: str
    key: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """All that one page says, as text.

    Attributes:
        key: names its file: a country's code, a question's key or a policy's name.
        kind: `country`, `unknown` or `question`.
        title: above the sentence.
        about: the scenario's title.
        sentence: what is found.
        caveat: what must stand beside the sentence wherever it goes: date, source, run.
        numbers: three, harm to civilians first; none where nothing is known.
        harm: a table on civilians killed on purpose.
        tables: others, in order.
        picture: its chart.
        parts: lists, in order.
        stamp: from when it was seen.
        run_id: what it was made from.
        citation: how to cite it.
        language: of the text.
    """

    key: str
    kind: str
    title: str
    about: str
    sentence: str
    caveat: str
    parts: tuple[Part, ...]
    stamp: str
    run_id: str
    citation: str
    numbers: tuple[Number, ...] = ()
    harm: Grid | None = None
    tables: tuple[Grid, ...] = ()
    picture: Picture | None = None
    language: str = "en"

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.key}.html"

    @property
    def whole_sentence(self) -> str:
        """The sentence with its caveat, as it is copied."""
        return f"{self.sentence} {self.caveat}"

    def summary(self) -> dict[str, Any]:
        """Return what it says as plain JSON content."""
        grids = [grid for grid in (self.harm, *self.tables) if grid is not None]
        return {
            "key": self.key,
            "kind": self.kind,
            "title": self.title,
            "about": self.about,
            "as_seen_from": self.stamp,
            "run_id": self.run_id,
            "sentence": self.sentence,
            "caveat": self.caveat,
            "numbers": [vars(number) for number in self.numbers],
            "tables": [
                {"caption": grid.caption, "head": grid.head, "rows": grid.rows, "note": grid.note}
                for grid in grids
            ],
            "citation": self.citation,
            "parts": {part.title: list(part.lines) for part in self.parts},
        }


def plain(text: str) -> str:
    """Return a name as it is looked up: no case, no accents, no signs.

    Example:
        >>> plain("Île d'Été"), plain(" AAA ")
        ('iledete', 'aaa')
    """
    bare = unicodedata.normalize("NFKD", text).casefold()
    return "".join(sign for sign in bare if sign.isalnum())


def find(
    asked: str,
    countries: Mapping[str, str],
    questions: Mapping[str, Question],
    policies: Sequence[str],
) -> tuple[str, str]:
    """Return what a name stands for: `country`, `question` or `policy`, and its key.

    Args:
        asked: a code or a name of a country, a question's key or a policy's name.
        countries: code to name.
        questions: of the theatre.
        policies: that were compared.

    Raises:
        InputError: for nothing that is known, with all that is.

    Example:
        >>> find("aland", {"AAA": "Aland"}, {}, [])
        ('country', 'AAA')
    """
    key = plain(asked)
    kinds = (
        ("country", {plain(code): code for code in countries}),
        ("country", {plain(name): code for code, name in countries.items()}),
        ("question", {plain(name): name for name in questions}),
        ("policy", {plain(name): name for name in policies}),
    )
    for kind, names in kinds:
        if key and key in names:
            return kind, names[key]
    raise InputError(
        say["unknown_name"],
        field="name",
        value=asked,
        allowed=say(
            "known",
            countries=", ".join(f"{code} {name}" for code, name in countries.items()),
            questions=", ".join(questions) or say["none"],
            policies=", ".join(name for name in policies if name not in questions) or say["none"],
        ),
    )


Links = Sequence[tuple[str, str]]
"""Names, with where they lead."""


class BriefLinks(NamedTuple):
    """Links to the briefs in a run's folder.

    Attributes:
        countries: to briefs of countries.
        questions: to briefs of questions.
    """

    countries: Links = ()
    questions: Links = ()


def brief_links(tables: Tables, facts: Facts, questions: Mapping[str, Question]) -> BriefLinks:
    """Return the name and the address of each brief in a run's folder, from its report.

    Args:
        tables: of the run, with the stored comparison where there is one.
        facts: of the run.
        questions: of the theatre, from `liptako.theatre.questions.load_questions`.

    Example:
        >>> brief_links(tables, facts, {}).countries[0]            # doctest: +SKIP
        ('Aland', 'briefs/AAA.html')
    """
    codes, keys = countries_of(tables, facts), answered(tables, questions)
    return BriefLinks(
        [(facts.countries[code], f"{FOLDER}/{code}.html") for code in codes],
        [(questions[key].ask, f"{FOLDER}/{key}.html") for key in keys],
    )


def countries_of(tables: Tables, facts: Facts) -> list[str]:
    """Return the countries with a brief in a run's folder: all with event data, in order."""
    seen = set(tables["deaths_country_period"]["country"])
    return [code for code in facts.countries if code in seen]


def answered(tables: Tables, questions: Mapping[str, Question]) -> list[str]:
    """Return the questions that the stored comparison has policies for."""
    if "comparison" not in tables:
        return []
    compared = set(tables["comparison"]["policy"])
    return [key for key, row in questions.items() if set(row.policies) & compared]


Row: TypeAlias = Mapping[Any, Any]
"""A row of a table, by column."""


@dataclass(frozen=True, eq=False)
class Measured:
    """The rows that briefs are made from, by table: many pages read them in no time."""

    rows: Mapping[str, Sequence[Row]]

    def __contains__(self, table: str) -> bool:
        """Return whether there is such a table."""
        return table in self.rows

    def of(self, table: str, **where: object) -> list[Row]:
        """Return the rows of a table with these values, in its order."""
        asked = list(where.items())
        found = self.rows.get(table, ())
        return [row for row in found if all(row[name] == value for name, value in asked)]

    def one(self, table: str, **where: object) -> Row:
        """Return the first row with these values; an empty one where there is none."""
        return next(iter(self.of(table, **where)), {})


NEEDED = (
    "observed", "deaths_country_month", "deaths_country_period", "civilians_perpetrator", "regions",
)  # fmt: skip
"""Tables that a country's brief is made from."""

WHERE_KNOWN = ("regime_survival", "signposts", "evidence")
"""Further ones, of runs that have them."""

COMPARISON = "comparison"


def measured(tables: Tables | Measured) -> Measured:
    """Return the rows that briefs are made from.

    Args:
        tables: of a run, with the stored comparison where there is one.
    """
    if isinstance(tables, Measured):
        return tables
    names = [name for name in (*NEEDED, *WHERE_KNOWN) if name in tables]
    rows: dict[str, Any] = {name: tables[name].to_dict("records") for name in names}
    if COMPARISON in tables:
        rows[COMPARISON] = prepared(tables[COMPARISON]).to_dict("records")
    return Measured(rows)


def number_of(row: Row, column: str) -> float | None:
    """Return a number of a row; none where it, or the row, is missing."""
    return known(row.get(column))


def stamp_of(facts: Facts) -> str:
    """Return from when a brief was seen, `YYYY-MM`."""
    return format_month(facts.init_month)
