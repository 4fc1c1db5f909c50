"""The coded political timeline: what happened, who decided it, when it was known.

Words for actors and acts are a theatre's own; they stand in a table beside the timeline.
An expected effect is the sign that a reasonable observer would have expected at the time.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from liptako.data import tables
from liptako.data.tables import Column, Spec
from liptako.errors import InputError

EFFECTS = (
    "civilian_protection",
    "insurgent_pressure",
    "regime_survival",
    "rents_arms",
    "autonomy_from_west",
    "alignment_russia",
    "popular_approval",
    "alliance_commitment",
)
"""Columns of expected effects, -1, 0 or 1; filled where `lens_relevance` is yes."""

CONFIDENCE = ("high", "medium", "low")
DATE_BASIS = ("stored", "day_from_memory", "month_from_memory", "memory")

SPEC: Spec = {
    "row_id": Column("str"),
    "date": Column("str"),
    "country": Column("str", aliases=("country_iso3",)),
    "actor": Column("str"),
    "action": Column("str"),
    "target": Column("str", missing=True),
    "magnitude": Column("float", missing=True),
    "magnitude_unit": Column("str", missing=True),
    "lens_relevance": Column("str", allowed=("yes", "no")),
    **{name: Column("float", allowed=(-1.0, 0.0, 1.0), missing=True) for name in EFFECTS},
    "confidence": Column("str", allowed=CONFIDENCE),
    "date_basis": Column("str", allowed=DATE_BASIS),
    "short_fact": Column("str"),
    "source": Column("str"),
}

WORDS_SPEC: Spec = {
    "kind": Column("str", allowed=("actor", "action")),
    "word": Column("str"),
}


def read_words(path: str | Path) -> dict[str, tuple[str, ...]]:
    """Read the controlled words of a theatre's timeline.

    Returns:
        The allowed words by kind, `actor` and `action`.
    """
    table = tables.read_csv(path, WORDS_SPEC)
    return {str(kind): tuple(rows["word"]) for kind, rows in table.groupby("kind")}


def words_beside(path: str | Path) -> Path:
    """Return where the controlled words of a timeline are: `NAME_words.csv` beside it."""
    path = Path(path)
    return path.with_name(f"{path.stem}_words.csv")


def read_timeline(path: str | Path, words: str | Path | None = None) -> pd.DataFrame:
    """Read and check a coded timeline.

    Args:
        path: CSV with the columns of `SPEC`; dates are YYYY-MM-DD, or YYYY-MM where only
            the month is safe.
        words: table of controlled words; by default the one beside the timeline.

    Returns:
        The rows, oldest first, with `month` (a month number) added: a row counts as known
        from that month on.

    Raises:
        InputError: a date that does not exist, an unknown actor or action, an effect other
            than -1, 0 or 1, effects on a row that is no junta's choice, or a row_id used
            twice.
    """
    rows = tables.read_csv(path, SPEC)
    allowed = read_words(words_beside(path) if words is None else words)
    for column in ("actor", "action"):
        known = allowed.get(column, ())
        tables.refuse_rows(
            ~rows[column].isin(known),
            rows,
            column,
            "not a controlled word",
            file=path,
            allowed=", ".join(known),
        )
    tables.refuse_rows(
        rows["row_id"].duplicated(), rows, "row_id", "the same row_id twice", file=path
    )
    whole = rows["date"].str.len() == len("YYYY-MM")
    days = pd.to_datetime(
        rows["date"].where(~whole, rows["date"] + "-01"), format="%Y-%m-%d", errors="coerce"
    )
    bad = days.isna() | ~rows["date"].str.match(r"\d{4}-\d{2}(-\d{2})?$")
    tables.refuse_rows(bad, rows, "date", "not a date", file=path, allowed="YYYY-MM-DD or YYYY-MM")
    stray = rows["lens_relevance"].eq("no") & rows[list(EFFECTS)].notna().any(axis=1)
    tables.refuse_rows(
        stray, rows, "lens_relevance", "a row with expected effects", file=path, allowed="yes"
    )
    rows["month"] = tables.months_of(days).astype("int64")
    return rows.sort_values(["date", "row_id"], ignore_index=True)


def none() -> pd.DataFrame:
    """Return the timeline of a theatre that has none."""
    kinds = {"float": "float64", "str": "str"}
    columns = {name: pd.Series(dtype=kinds[column.type]) for name, column in SPEC.items()}
    return pd.DataFrame({**columns, "month": pd.Series(dtype="int64")})


def known(timeline: pd.DataFrame, month: int) -> pd.DataFrame:
    """Return the rows known at the end of a month.

    Args:
        timeline: from `read_timeline`.
        month: a month number.

    Raises:
        InputError: the table has no column `month`.
    """
    if "month" not in timeline:
        raise InputError("no column of months", field="month", value=list(timeline.columns))
    return timeline[timeline["month"] <= month].reset_index(drop=True)
