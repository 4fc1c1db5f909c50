"""What charts and printed tables read from a run's tables, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from liptako.errors import InputError
from liptako.words.numbers import HALF, MISSING, few, hundreds, of_100, whole_100
from liptako.words.numbers import say as number_words

Rows: TypeAlias = Any
"""A pandas table whose columns are already checked; pandas' types cannot follow selections."""

ENDINGS = ("fails", "endures", "succeeds", "outside")
"""In the order the dots are laid out; the same at every horizon, so that they can be compared."""

WAYS_TO = {
    "fails": ("stays_on_paper", "breaks_up", "rivalry"),
    "outside": ("changed_by_coup", "handed_over", "overthrown", "capital_lost"),
}
"""The ways to an ending, where there are several."""

WAYS = ("last_", "next_")
"""How the names of periods near the start begin."""

ALL = "ALL"
"""Stands for a sum over countries where a table has a country in each row."""

_ACTS = ["country", "act", "label", "law", "horizon", "p_any", "lo", "hi"]
AT_LEAST = (1, 25, 100)
"""Deaths whose chances stand in the table of regions."""

WINDOWS = (3, 6, 12)
"""Months ahead over which they are counted."""

_REGIONS = [
    "country", "region", "region_name", "code_system", "counted_in", "people", "last_3_months",
    "last_12_months", *(f"p_{n}_in_{months}" for months in WINDOWS for n in AT_LEAST),
]  # fmt: skip


def require(table: Rows, columns: Sequence[str], name: str) -> Rows:
    """Return `table` when it has rows and these columns.

    Raises:
        InputError: a column is missing, or there is no row.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            f"column {missing[0]!r} is missing",
            field=name,
            value=list(table.columns),
            allowed=", ".join(columns),
        )
    if table.empty:
        raise InputError("the table has no rows", field=name, allowed="at least one row")
    return table


def near(table: Rows) -> tuple[str, str]:
    """Return the names of the recorded period and of the simulated one beside it."""
    names = [str(name) for name in table["period"].unique()]
    before, ahead = (next((n for n in names if n.startswith(way)), way) for way in WAYS)
    return before, ahead


def known(value: Any) -> float | None:
    """Return a number, or none where it is missing."""
    return None if pd.isna(value) else float(value)


def horizons_of(table: Rows) -> list[int]:
    """Return the horizons of a table, in months, ascending."""
    return sorted({int(horizon) for horizon in table["horizon"]})


def check_endings(endings: Rows) -> None:
    """Check that each horizon has each ending once, as a probability; ranges may be unknown.

    Raises:
        InputError: naming the column and the value.
    """
    needed = ["horizon", "ending", "p", "lo", "hi", "mcse"]
    table = require(endings, needed, "endings")
    for horizon in horizons_of(table):
        found = sorted(table.loc[table["horizon"] == horizon, "ending"])
        if found != sorted(ENDINGS):
            raise InputError(
                f"each ending must stand once at {horizon} months",
                field="endings: ending",
                value=found,
                allowed=", ".join(ENDINGS),
            )
    for column in ("p", "lo", "hi"):
        unknown = table[column].isna() & (column != "p")
        wrong = table.loc[~table[column].between(0, 1) & ~unknown, column]
        if len(wrong):
            raise InputError(
                "not a probability", field=f"endings: {column}", value=float(wrong.iloc[0]),
                allowed="0 to 1",
            )  # fmt: skip


def counts(endings: Rows, horizon: int) -> list[dict[str, Any]]:
    """Return each ending at a horizon with its futures in 100 and its range, which sum to 100."""
    mine = endings[endings["horizon"] == horizon].set_index("ending")
    numbers = hundreds([float(mine.loc[name, "p"]) for name in ENDINGS])
    below = number_words["below_one"]
    return [
        {
            "ending": name,
            "count": number,
            "text": few(number, float(mine.loc[name, "p"])),
            "low": whole_100(mine.loc[name, "lo"]),
            "high": below if 0 < mine.loc[name, "hi"] < HALF else whole_100(mine.loc[name, "hi"]),
        }
        for name, number in zip(ENDINGS, numbers, strict=True)
    ]


def likeliest_first(endings: Rows, horizon: int) -> list[dict[str, Any]]:
    """Return `counts` with the likeliest ending first."""
    return sorted(counts(endings, horizon), key=lambda row: -row["count"])


def sub_counts(sub_endings: Rows, ending: str, horizon: int, total: int) -> list[dict[str, Any]]:
    """Return the ways to an ending at a horizon, likeliest first; their counts sum to `total`."""
    needed = ["horizon", "sub_ending", "p"]
    table = require(sub_endings, needed, "sub_endings")
    mine = table[(table["horizon"] == horizon) & table["sub_ending"].isin(WAYS_TO[ending])]
    mine = mine[mine["p"] > 0].sort_values("p", ascending=False, kind="stable")
    shares = [float(share) for share in mine["p"]]
    return [
        {"sub_ending": str(name), "count": number, "text": few(number, share)}
        for name, number, share in zip(
            mine["sub_ending"], hundreds(shares, total), shares, strict=True
        )
    ]


def variant_counts(variants: Rows, variant: str, horizon: int) -> dict[str, str]:
    """Return the endings of a variant of the run in 100 futures, and `rolled_back` if it is there.

    Empty where the variant was not run.
    """
    table = require(variants, ["variant", "horizon", "ending", "p", "members"], "ending_variants")
    mine = table[(table["variant"] == variant) & (table["horizon"] == horizon)]
    shares = {str(name): float(p) for name, p in zip(mine["ending"], mine["p"], strict=True)}
    found = {}
    if set(ENDINGS) <= set(shares):
        numbers = hundreds([shares[name] for name in ENDINGS])
        found = {n: few(count, shares[n]) for n, count in zip(ENDINGS, numbers, strict=True)}
    if "rolled_back" in shares:
        found["rolled_back"] = of_100(shares["rolled_back"])
    return found


def variant_members(variants: Rows, variant: str) -> int:
    """Return how many futures a variant of the run has, 0 where it was not run."""
    mine = variants.loc[variants["variant"] == variant, "members"]
    return int(mine.max()) if len(mine) else 0


def rollback_gap(variants: Rows, variant: str, horizon: int) -> tuple[float, float] | None:
    """Return how a variant moves the rollback, in 100, and its 90% error; none if unknown."""
    if "difference" not in variants:
        return None
    mine = variants[(variants["variant"] == variant) & (variants["horizon"] == horizon)]
    mine = mine[mine["ending"] == "rolled_back"]
    if mine.empty:
        return None
    row = mine.iloc[0]
    return 100 * float(row["difference"]), 100 * 1.645 * float(row["difference_mcse"])


def piece_rows(pieces: Rows, horizon: int, *, leads: bool = True) -> list[dict[str, Any]]:
    """Return the pieces at a horizon in futures in 100, with range and past cases.

    Args:
        pieces: `horizon, piece, unit, leads, p, lo, hi, base_rate, base_lo, base_hi, within`.
        horizon: months ahead.
        leads: the first count of each piece alone, or every count.

    Returns:
        `piece`, `unit`, `text`, `low`, `high`; `base`, `base_low`, `base_high`, missing marks where
        there are no past cases; `within`, whether the chance lies within them, if there are any;
        `none`, without published effects of levers, a missing mark where that was not simulated.
    """
    needed = ["horizon", "piece", "unit", "leads", "p", "lo", "hi", "base_rate", "within"]
    table = require(pieces, needed, "pieces")
    mine = table[(table["horizon"] == horizon) & (table["leads"] | (not leads))]
    below = number_words["below_one"]
    return [
        {
            "piece": row["piece"],
            "unit": row["unit"],
            "text": of_100(row["p"]),
            "low": whole_100(row["lo"]),
            "high": below if 0 < row["hi"] < 0.005 else whole_100(row["hi"]),
            **{
                name: whole_100(row[f"base_{key}"])
                for name, key in (("base", "rate"), ("base_low", "lo"), ("base_high", "hi"))
            },
            "within": None if row["within"] is None else bool(row["within"]),
            "below": bool(row["p"] < row["base_lo"]),
            "none": MISSING if known(row.get("none_p")) is None else of_100(row["none_p"]),
        }
        for row in mine.to_dict("records")
    ]


def judgement_share(variance: Rows, ending: str, horizon: int) -> str:
    """Return how much of an ending's spread over assumptions is judgement, such as `45%`.

    A question mark where too few futures leave it unknown.
    """
    table = require(variance, ["horizon", "ending", "status", "share"], "ending_variance")
    mine = table[(table["horizon"] == horizon) & (table["ending"] == ending)]
    share = known(mine.set_index("status")["share"].get("judgement"))
    return "?" if share is None else f"{round(100 * share)}%"


def last_rows(acts: pd.DataFrame, countries: Mapping[str, str]) -> Rows:
    """Return acts at the last horizon with the countries' names, likeliest acts first.

    Raises:
        InputError: a column is missing, or no country has a row.
    """
    table = require(acts, _ACTS, "acts")[_ACTS]
    table = require(table[table["country"].isin(list(countries))], _ACTS, "acts")
    table = table[table["horizon"] == table["horizon"].max()]
    table = table.assign(law=table["law"].fillna(""), name=table["country"].map(dict(countries)))
    place = {code: index for index, code in enumerate(countries)}
    likely = table.groupby("act")["p_any"].mean()
    order = np.lexsort((table["country"].map(place), table["act"], -table["act"].map(likely)))
    return table.iloc[order].reset_index(drop=True)


def region_table(regions: Rows, *, top: int | None = None) -> Rows:
    """Return the regions with event data, in the order of the table: the likeliest first.

    Those without are left out, since their rank would be made up.

    Args:
        regions: the table of regions.
        top: rows to keep; all if not given.
    """
    rows = require(regions, _REGIONS, "regions")
    seen = rows["last_12_months"].notna()
    return rows[seen].head(top or len(rows)).reset_index(drop=True)


def windows_in(regions: Rows) -> list[int]:
    """Return the windows of months whose chances a table of regions has; none in a short run."""
    rows = require(regions, _REGIONS, "regions")
    return [months for months in WINDOWS if rows[f"p_25_in_{months}"].notna().any()]
