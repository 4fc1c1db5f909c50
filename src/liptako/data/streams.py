"""From the sides of an event to its stream, by a readable table of rules.

The table has two kinds of rows. An `actor` row maps a name in the data to a class of actors
of the theatre; the first row that fits wins, exact names before parts of names. A `pair` row
maps a kind of violence and two classes, in either order, to a stream; `*` stands for any known
class; the first row that fits wins. What no rule maps is `unmapped`, and is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pandas as pd

from liptako.data import tables
from liptako.data.tables import Column, Spec
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

UNMAPPED = "unmapped"
ANY = "*"

KINDS = {1: "state_based", 2: "non_state", 3: "one_sided"}
"""UCDP types of violence."""

SPEC: Spec = {
    "rule": Column("str", allowed=("actor", *KINDS.values())),
    "match": Column("str", allowed=("exact", "contains", "pair")),
    "a": Column("str"),
    "b": Column("str", missing=True),
    "gives": Column("str"),
    "note": Column("str", required=False, missing=True),
}
"""`rule` is `actor` or the kind of violence of a pair; `a` a name, or the first class."""


@dataclass(frozen=True)
class StreamRules:
    """The rules of one theatre.

    Args:
        exact: class by whole name.
        contains: pairs of part of a name and class, in the order in which they are tried.
        pairs: kind, class, class, stream, in the order in which they are tried.
    """

    exact: dict[str, str]
    contains: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str, str, str], ...]

    def actor_class(self, name: str) -> str | None:
        """Return the class of an actor, None when no rule fits.

        A joint side such as "A, B" is looked up whole, then name by name: all of its names
        must be of one class.
        """
        if name in self.exact:
            return self.exact[name]
        parts = [part.strip() for part in name.split(",")]
        if len(parts) > 1:
            classes = {self.actor_class(part) for part in parts}
            return classes.pop() if len(classes) == 1 else None
        return next((found for part, found in self.contains if part in name), None)

    def stream(self, kind: str, class_a: str | None, class_b: str | None) -> str:
        """Return the stream of a kind of violence between two classes, or `unmapped`."""
        if class_a is None or class_b is None:
            return UNMAPPED
        for rule_kind, first, second, stream in self.pairs:
            if rule_kind != kind:
                continue
            for a, b in ((class_a, class_b), (class_b, class_a)):
                if first in (a, ANY) and second in (b, ANY):
                    return stream
        return UNMAPPED


def read_stream_rules(path: str | Path, theatre: Theatre) -> StreamRules:
    """Read the rules of a theatre.

    Args:
        path: CSV with the columns of `SPEC`.
        theatre: whose classes of actors and streams the rules may name.

    Raises:
        InputError: a class or stream that the theatre lacks, a name with two classes, or a
            stream of another kind of violence than its rule.
    """
    table = tables.read_csv(path, SPEC)
    actors, pairs = table[table["rule"] == "actor"], table[table["rule"] != "actor"]
    classes = tuple(theatre.actors)
    bad = (table["rule"] == "actor") != (table["match"] != "pair")
    tables.refuse_rows(bad, table, "match", "does not fit the rule", file=path)
    bad = (table["rule"] == "actor") & ~table["gives"].isin(classes)
    tables.refuse_rows(
        bad, table, "gives", "no such class of actors", file=path, allowed=", ".join(classes)
    )
    exact = actors[actors["match"] == "exact"]
    for name, rows in exact.groupby("a"):
        if rows["gives"].nunique() > 1:
            raise InputError(
                "one name with two classes", file=path, field=str(name), value=list(rows["gives"])
            )
    for row in pairs.itertuples():
        for side in (row.a, row.b):
            if side not in (*classes, ANY):
                raise InputError(
                    "no such class of actors",
                    file=path,
                    field=f"row {int(row.Index) + tables.FIRST_DATA_ROW}",  # pyright: ignore
                    value=side,
                    allowed=", ".join((*classes, ANY)),
                )
        stream = theatre.streams.get(str(row.gives))
        if stream is None or stream.kind != row.rule:
            raise InputError(
                "no such stream of this kind",
                file=path,
                field=f"row {int(row.Index) + tables.FIRST_DATA_ROW}",  # pyright: ignore
                value=row.gives,
                allowed=", ".join(theatre.streams_of(row.rule)),  # pyright: ignore
            )
    parts = actors[actors["match"] == "contains"]
    return StreamRules(
        exact=dict(zip(exact["a"], exact["gives"], strict=True)),
        contains=tuple(zip(parts["a"], parts["gives"], strict=True)),
        pairs=tuple(zip(pairs["rule"], pairs["a"], pairs["b"], pairs["gives"], strict=True)),
    )


def classify(events: pd.DataFrame, rules: StreamRules) -> pd.DataFrame:
    """Return the events with the columns `class_a`, `class_b`, `kind` and `stream`.

    Args:
        events: columns `side_a`, `side_b`, `type_of_violence`.
        rules: of the theatre.

    Returns:
        A copy; a class is "" where no rule fits.
    """
    lookup = lru_cache(maxsize=None)(rules.actor_class)
    stream = lru_cache(maxsize=None)(rules.stream)
    events = events.copy()
    class_a = [lookup(name) for name in events["side_a"]]
    class_b = [lookup(name) for name in events["side_b"]]
    kind = [KINDS[number] for number in events["type_of_violence"]]
    events["class_a"] = [found or "" for found in class_a]
    events["class_b"] = [found or "" for found in class_b]
    events["kind"] = kind
    events["stream"] = [stream(*key) for key in zip(kind, class_a, class_b, strict=True)]
    return events


def unmapped(events: pd.DataFrame) -> pd.DataFrame:
    """Return what no rule mapped: events and deaths by kind and pair of sides, most deaths first.

    Args:
        events: from `classify`.
    """
    rest = events[events["stream"] == UNMAPPED]
    groups = rest.groupby(["kind", "side_a", "side_b"], as_index=False)
    result = groups.agg(events=("best", "size"), deaths=("best", "sum"))
    return result.sort_values(
        ["deaths", "events", "side_a", "side_b"], ascending=[False, False, True, True]
    ).reset_index(drop=True)
