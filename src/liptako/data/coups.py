"""Coups and attempts by country and month.

References:
    Powell, J. M. and Thyne, C. L. (2011). Global instances of coups from 1950 to 2010.
    Journal of Peace Research 48(2). https://doi.org/10.1177/0022343310397436
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from liptako.data import tables
from liptako.data.tables import Column, Spec

SPEC: Spec = {
    "country": Column("str", aliases=("country_iso3",)),
    "month": Column("month", aliases=("year_month",)),
    "successes": Column("int", low=0, high=9, aliases=("pt_coup_successful",)),
    "failures": Column("int", low=0, high=9, aliases=("pt_coup_failed",)),
}


def read_coups(path: str | Path) -> pd.DataFrame:
    """Read Powell and Thyne's events by country-month.

    Only months with an event are in the file: a country and month that is absent had none,
    as far as the source goes. Alleged plots are mostly not in it.

    Returns:
        Columns `country` (ISO3), `month`, `successes`, `failures`; by country and month.

    Raises:
        InputError: a row without an event, or the same country-month twice.
    """
    table = tables.read_csv(path, SPEC)
    tables.refuse_rows(
        table[["successes", "failures"]].sum(axis=1) == 0,
        table,
        "successes",
        "neither a success nor a failure in this row",
        file=path,
    )
    tables.refuse_rows(
        table.duplicated(["country", "month"]), table, "month", "a country-month twice", file=path
    )
    return table.sort_values(["country", "month"], ignore_index=True)
