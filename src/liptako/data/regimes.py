"""The world's regimes born of coups and how they ended, and the world's coups and attempts.

A spell is followed in three units: the *leader* whom the coup put in, the *junta* (the group that
took power; a coup by insiders that removes the ruler ends it) and the *regime* (coups by insiders
do not end it; only coups that founded a new one have it). An end in month t counts as not there at
the end of month t. Spells that had not ended are followed to the last month of the data.

References:
    Powell & Thyne 2011, doi:10.1177/0022343310397436; Bell, Besaw & Frank 2021 (REIGN);
    Goemans, Gleditsch & Chiozza 2009 (Archigos), doi:10.1177/0022343308100719;
    Geddes, Wright & Frantz 2014, doi:10.1017/S1537592714000851.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from liptako import calendar
from liptako.data import tables
from liptako.data.tables import Column, Spec
from liptako.errors import InputError
from liptako.theatre.loading import read_toml
from liptako.theatre.strict import Strict
from liptako.theatre.validation import validate

UNITS = ("leader", "junta", "regime")
USED = ("", "gwf")
"""Flags of rows that enter rates; others are coups by the sitting ruler (`self`), for an elected
or caretaker civilian (`demo`), or that founded no autocracy of their own (`X`)."""

FLAGS = (*USED, "self", "demo", "X")
IN_POWER = "in_power"
INSIDERS = "coup_in"
MODES = (
    "coup_out", INSIDERS, "insider", "election", "negotiated", "uprising", "rebellion", "foreign",
    "state_end", "succession", "death", "incapacitated", IN_POWER,
)  # fmt: skip

WITHHELD = "Cline"
"""Rows that rest on this source (its licence was not seen) are not taken."""

_FLAG = Column("int", allowed=(0, 1))

REGIME_SPEC: Spec = {
    "country": Column("str", aliases=("iso3",)),
    "coup": Column("month", aliases=("coup_month",)),
    "flag": Column("str", allowed=FLAGS, missing=True),
    "leader": Column("str", missing=True),
    "region": Column("str"),
    "subregion": Column("str"),
    "new_regime": Column("int", allowed=(0, 1), missing=True),
    **{
        f"{unit}_{field}": column
        for unit in UNITS
        for field, column in {
            "end": Column("month", missing=True),
            "mode": Column("str", allowed=MODES, missing=True),
            "months": Column("int", low=0, missing=True),
            "event": Column("int", allowed=(0, 1), missing=True),
        }.items()
    },
    "source": Column("str"),
}

COUP_SPEC: Spec = {
    "country": Column("str", aliases=("iso3",)),
    "month": Column("month"),
    "success": _FLAG,
    "source": Column("str"),
}

_NUMBERS = ("new_regime", *(f"{unit}_{name}" for unit in UNITS for name in ("end", "months",
            "event")))  # fmt: skip
_WORDS = ("flag", "leader", *(f"{unit}_mode" for unit in UNITS))


class Overlap(Strict):
    """How two spells of one unit that overlap are told apart.

    `ends`: the later coup ends the earlier spell, by insiders. `goes_on`: the earlier spell goes
    on, and the later coup begins none of its own.
    """

    country: str
    earlier: str
    later: str
    units: list[str] = Field(min_length=1)
    outcome: str = Field(pattern="^(ends|goes_on)$")
    reason: str = Field(min_length=20)


class Overlaps(Strict):
    """What a file of overlaps may say."""

    overlaps: list[Overlap]


def read_overlaps(path: str | Path) -> list[Overlap]:
    """Read which of two overlapping spells goes on, each with its reason.

    Raises:
        InputError: not TOML, or not of the form of `Overlaps`.
    """
    return validate(Overlaps, read_toml(Path(path)), Path(path)).overlaps


def read_regimes(path: str | Path, overlaps: str | Path | None = None) -> pd.DataFrame:
    """Read regimes born of coups, but those whose coup rests on a withheld source.

    Args:
        path: one row a successful coup.
        overlaps: a file for `read_overlaps`.

    Returns:
        `country, coup, flag, leader, region, subregion, new_regime`, and by unit `_end` (month of
        the end, or the last followed), `_mode` (`in_power` where it had not ended), `_months` and
        `_event` (1: ended); a unit that a row does not have is missing, "" in `_mode`. By country
        and coup.

    Raises:
        InputError: a value is missing or contradicts another, or two spells of a unit overlap.
    """
    table = tables.read_csv(path, REGIME_SPEC)
    _check_spells(table, path)
    table = table[~table["source"].str.startswith(WITHHELD)].drop(columns="source")
    table = table.astype(dict.fromkeys(_NUMBERS, "float64"))
    for name in _WORDS:
        table[name] = table[name].fillna("").astype("str")
    table = table.sort_values(["country", "coup"], ignore_index=True)
    for overlap in read_overlaps(overlaps) if overlaps is not None else ():
        table = _resolve(table, overlap)
    refuse_overlaps(table, path)
    return table


def read_coups_world(path: str | Path) -> pd.DataFrame:
    """Read the world's coups and attempts, but those that rest on a withheld source.

    Returns:
        `country, month, success` (0 or 1), one row an event; by country and month.
    """
    table = tables.read_csv(path, COUP_SPEC)
    table = table[~table["source"].str.startswith(WITHHELD)].drop(columns="source")
    return table.sort_values(["country", "month", "success"], ignore_index=True)


def no_regimes() -> pd.DataFrame:
    """Return the table of a theatre that has no source of regimes."""
    kinds = {"coup": "int64", **dict.fromkeys(_NUMBERS, "float64")}
    names = [name for name in REGIME_SPEC if name != "source"]
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "str")) for name in names})


def no_coups_world() -> pd.DataFrame:
    """Return the table of a theatre that has no source of the world's coups."""
    kinds = {"country": "str", "month": "int64", "success": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


def used(regimes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that enter rates."""
    return regimes[regimes["flag"].isin(USED)]


def spells(regimes: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the spells of one unit that enter rates.

    Returns:
        `country, region, subregion, coup, end, mode, months, event`; by country and coup.

    Raises:
        InputError: no such unit.
    """
    if unit not in UNITS:
        raise InputError("no such unit", field="unit", value=unit, allowed=", ".join(UNITS))
    rows = used(regimes)
    rows = rows[rows[f"{unit}_end"].notna()]
    fields = {f"{unit}_{name}": name for name in ("end", "mode", "months", "event")}
    names = ["country", "region", "subregion", "coup", *fields]
    found = rows[names].rename(columns=fields)
    kinds = dict.fromkeys(("coup", "end", "months", "event"), "int64")
    return found.astype(kinds).sort_values(["country", "coup"], ignore_index=True)


def censor(regimes: pd.DataFrame, month: int) -> pd.DataFrame:
    """Return regimes as they were known at the end of a month.

    Rows that began later are dropped; spells that ended or were followed later are followed to
    the month and had not ended.

    Args:
        regimes: from `read_regimes`.
        month: a month number.
    """
    table = regimes[regimes["coup"] <= month].reset_index(drop=True)
    for unit in UNITS:
        later = table[f"{unit}_end"] > month
        changed = {
            "end": float(month),
            "mode": IN_POWER,
            "months": (month - table["coup"]).astype("float64"),
            "event": 0.0,
        }
        for name, value in changed.items():
            table[f"{unit}_{name}"] = table[f"{unit}_{name}"].mask(later, value)
    return table


def refuse_overlaps(regimes: pd.DataFrame, file: str | Path | None = None) -> None:
    """Refuse a table in which two spells of a unit in one country overlap.

    A spell is at risk in the months after its coup up to its end.

    Raises:
        InputError: naming unit, country and the later coup.
    """
    for unit in UNITS:
        rows = spells(regimes, unit)
        until = rows.groupby("country")["end"].transform(lambda ends: ends.cummax().shift())
        bad = rows["coup"] < until
        if bad.any():
            row = rows[bad].iloc[0]
            raise InputError(
                f"two spells of the unit {unit} overlap",
                file=file,
                field=f"{unit}_end",
                value=f"{row['country']} {calendar.format_month(int(row['coup']))}",
                allowed="one spell a country-month; resolve it in the file of overlaps",
            )


def _resolve(table: pd.DataFrame, overlap: Overlap) -> pd.DataFrame:
    """Return the table with one overlap removed; as it was where it lacks the later row."""
    table = table.copy()
    earlier, later = (
        (table["country"] == overlap.country)
        & (table["coup"] == calendar.parse_month(text))
        & table["flag"].isin(USED)
        for text in (overlap.earlier, overlap.later)
    )
    if not (earlier.any() and later.any()):
        return table
    ended = calendar.parse_month(overlap.later)
    for unit in overlap.units:
        if overlap.outcome == "ends":
            months = ended - calendar.parse_month(overlap.earlier)
            values = (float(ended), INSIDERS, float(months), 1.0)
        else:
            values = (np.nan, "", np.nan, np.nan)
        which = earlier if overlap.outcome == "ends" else later
        for name, value in zip(("end", "mode", "months", "event"), values, strict=True):
            table[f"{unit}_{name}"] = table[f"{unit}_{name}"].mask(which, value)
    return table


def _check_spells(table: pd.DataFrame, path: str | Path) -> None:
    """Refuse spells whose months, mode and end contradict each other, or that lack a part."""
    kept = table["flag"].fillna("").isin(USED)
    refuse = tables.refuse_rows
    again = kept & table[kept].duplicated(["country", "coup"]).reindex(
        table.index, fill_value=False
    )
    refuse(again, table, "coup", "a coup twice", file=path)
    refuse(kept & table["new_regime"].isna(), table, "new_regime", "a value is missing", file=path)
    for unit in UNITS:
        end, mode, months, event = (
            table[f"{unit}_{name}"] for name in ("end", "mode", "months", "event")
        )
        has = kept & (table["new_regime"] == 1) if unit == "regime" else kept
        refuse(has & end.isna(), table, f"{unit}_end", "a value is missing", file=path)
        wrong = has & (months != end - table["coup"])
        refuse(wrong, table, f"{unit}_months", "not the months from coup to end", file=path)
        wrong = has & ((event == 0) != (mode == IN_POWER))
        refuse(wrong, table, f"{unit}_mode", "contradicts whether it ended", file=path)
