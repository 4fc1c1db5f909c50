"""Past pacts and joint forces, and what became of regimes that came by coup: base rates.

Dates in the sources may be a month, a bare year (counted as July), `none` (it never
happened) or `unknown`. A dated field becomes two columns: a month number, missing where
there is none, and `<field>_status`: `dated`, `none` or `unknown`.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import tables
from liptako.data.tables import Column, Spec
from liptako.errors import InputError

JULY = 7
CODED_UNTIL = calendar.month_id(2023, 12)
"""Undated fields of pacts that go on were coded as of this month."""

_TIMELINE_FILE = r"\S*timeline\S*\.csv"
STATUS = ("dated", "none", "unknown")

PACT_DATES = {
    "consultative": "stage_paper_to_consultative",
    "first_operation": "first_joint_operation",
    "command": "command_activated",
    "end": "end",
    "first_exit": "first_member_exit",
}
"""Dated fields of a pact: column here, column in the source."""

JUNTA_DATES = {
    "next_attempt": "next_attempt",
    "next_success": "next_success",
    "leader_end": "leader_end",
    "camp_end": "camp_end",
}
"""Dated fields of a junta: column here, column in the source."""

_FLAG = Column("int", allowed=(0, 1))

PACT_SPEC: Spec = {
    "pact": Column("str"),
    "tier": Column("str", allowed=("core", "comparison")),
    "type": Column("str", allowed=("both", "defence_pact", "confederation", "joint_force")),
    "members": Column("str", aliases=("members_iso3",)),
    "members_n": Column("int", low=2),
    "signed": Column("str"),
    "shared_insurgency": _FLAG,
    "juntas_share": Column("float", low=0, high=1),
    "external_backer": Column("str"),
    "pooled_money": Column(
        "str", allowed=("0", "1", "unknown"), aliases=("pooled_money_disbursed",)
    ),
    **{name: Column("str", aliases=(source,)) for name, source in PACT_DATES.items()},
    "end_mode": Column(
        "str", allowed=("dissolved", "absorbed", "member_left", "ongoing", "dormant")
    ),
    "end_trigger": Column("str"),
    "confidence": Column("str", allowed=("high", "medium", "low")),
    "source": Column("str"),
}

JUNTA_SPEC: Spec = {
    "country": Column("str", aliases=("iso3",)),
    "region": Column("str"),
    "leader": Column("str"),
    "coup": Column("month", aliases=("coup_month",)),
    **{
        name: Column("str", aliases=(source,), missing=True) for name, source in JUNTA_DATES.items()
    },
    "leader_end_mode": Column("str"),
    "confidence": Column("str", allowed=("high", "medium", "low")),
    "source": Column("str"),
}


def month_of_text(text: object, *, file: str | Path | None = None, field: str = "") -> tuple:
    """Return the month number (or NaN) and the status of a date as coded.

    Example:
        >>> month_of_text("2017-07")
        (451.0, 'dated')
        >>> month_of_text("none")
        (nan, 'none')
    """
    if not isinstance(text, str):
        return np.nan, "none"
    text = text.strip()
    if text in ("none", "n_a") or text.startswith("ongoing"):
        return np.nan, "none"
    if text == "unknown":
        return np.nan, "unknown"
    if re.fullmatch(r"\d{4}", text):
        return float(calendar.month_id(int(text), JULY)), "dated"
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return float(calendar.parse_month(text)), "dated"
    raise InputError(
        "not a date", file=file, field=field, value=text, allowed="YYYY-MM, YYYY, none, unknown"
    )


def read_pacts(path: str | Path) -> pd.DataFrame:
    """Read past pacts, joint forces and confederations.

    Returns:
        One row a pact; `signed` and each field of `PACT_DATES` as month numbers, the latter
        with a status.
    """
    table = tables.read_csv(path, PACT_SPEC)
    signed = [month_of_text(text, file=path, field="signed")[0] for text in table["signed"]]
    table["signed"] = np.asarray(signed)
    tables.refuse_rows(table["signed"].isna(), table, "signed", "a date is missing", file=path)
    table["signed"] = table["signed"].astype("int64")
    tables.refuse_rows(table["pact"].duplicated(), table, "pact", "a pact twice", file=path)
    return _dated(table, tuple(PACT_DATES), path)


def read_juntas(path: str | Path) -> pd.DataFrame:
    """Read coups and what became of the leader and the camp that came by them.

    Returns:
        One row a coup; `coup` and each field of `JUNTA_DATES` as month numbers, the latter
        with a status; `leader_end` without a date means still in office at the cut-off.
    """
    table = tables.read_csv(path, JUNTA_SPEC)
    return _dated(table, tuple(JUNTA_DATES), path)


def censor(table: pd.DataFrame, month: int) -> pd.DataFrame:
    """Return pacts or juntas as they were known at the end of a month.

    Rows that began later are dropped; later dates become `none`, and with them what says
    how things ended. Whether money was pooled carries no date, so it becomes `unknown` for
    pacts that ran on past the month.

    Args:
        table: from `read_pacts` or `read_juntas`.
        month: a month number.
    """
    start = "signed" if "signed" in table else "coup"
    fields = PACT_DATES if start == "signed" else JUNTA_DATES
    table = table[table[start] <= month].reset_index(drop=True)
    blank = {"end": ("end_mode", "ongoing"), "leader_end": ("leader_end_mode", "in_office")}
    for field in fields:
        later = table[field] > month
        table[field] = table[field].mask(later)
        table[f"{field}_status"] = table[f"{field}_status"].mask(later, "none")
        if field in blank:
            column, value = blank[field]
            table[column] = table[column].mask(later, value)
        if field == "end":
            table["end_trigger"] = table["end_trigger"].mask(later, "n_a")
            ongoing = (table["end_status"] == "none") & (month < CODED_UNTIL)
            table["pooled_money"] = table["pooled_money"].mask(later | ongoing, "unknown")
    return table


def _dated(table: pd.DataFrame, fields: tuple[str, ...], path: str | Path) -> pd.DataFrame:
    for field in fields:
        pairs = [
            month_of_text(text, file=path, field=f"column {field}, row {row}")
            for row, text in enumerate(table[field], start=tables.FIRST_DATA_ROW)
        ]
        table[field] = np.array([month for month, _ in pairs])
        table[f"{field}_status"] = [status for _, status in pairs]
    table["source"] = table["source"].str.replace(_TIMELINE_FILE, "coded timeline", regex=True)
    return table
