"""UCDP Georeferenced Event Dataset: one reader for every recent release.

Yearly releases from 19.x and the monthly candidate releases differ in small things: deaths
written as 3.0, dates with a time of day, columns for ISO3 or Gleditsch-Ward numbers, adm1
missing. This reader accepts those, repairs what the publisher's own files are known to
contain, counts the repairs, and refuses the rest.

References:
    Sundberg, R. and Melander, E. (2013). Introducing the UCDP Georeferenced Event Dataset.
    Journal of Peace Research 50(4). https://doi.org/10.1177/0022343313484347
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from liptako.data import geography, tables
from liptako.data.tables import Column, Spec

EDGE_DEG = 1e-3
"""A point this near to the edge of a cell may carry the number of either cell."""

_DEATHS = Column("int", low=0, high=1_000_000)

SPEC: Spec = {
    "id": Column("int", low=0),
    "type_of_violence": Column("int", allowed=(1, 2, 3)),
    "side_a": Column("str"),
    "side_b": Column("str"),
    "dyad_name": Column("str", missing=True),
    "where_prec": Column("int", low=1, high=7),
    "adm_1": Column("str", required=False, missing=True),
    "lat": Column("float", low=-90, high=90, aliases=("latitude",)),
    "lon": Column("float", low=-180, high=180, aliases=("longitude",)),
    "gid": Column("int", low=1, high=259_200, aliases=("priogrid_gid",)),
    "country": Column("str"),
    "gwno": Column("int", low=2, high=999, aliases=("country_id",)),
    "date_start": Column("date"),
    "date_end": Column("date"),
    "date_prec": Column("int", low=1, high=5),
    "deaths_a": _DEATHS,
    "deaths_b": _DEATHS,
    "deaths_civilians": _DEATHS,
    "deaths_unknown": _DEATHS,
    "best": Column("int", low=0, high=1_000_000, aliases=("best_est",)),
    "high": Column("int", low=0, high=1_000_000, aliases=("high_est",)),
    "low": Column("int", low=0, high=1_000_000, aliases=("low_est",)),
}

COLUMNS = (*SPEC, "month")
"""Columns of the canonical event table."""


@dataclass(frozen=True)
class Repairs:
    """What was repaired or noticed while a file was read.

    Args:
        rows: events read.
        low_above_best: `low` was greater than `best` and was lowered to it.
        best_above_high: `best` was greater than `high`, which was raised to it.
        parts_differ: deaths by side do not add up to `best`; left as they are.
    """

    rows: int
    low_above_best: int
    best_above_high: int
    parts_differ: int

    def as_dict(self) -> dict[str, int]:
        """Return the counts as a plain mapping."""
        return asdict(self)


def read_ged(path: str | Path) -> tuple[pd.DataFrame, Repairs]:
    """Read a GED file, yearly or candidate, plain or gzipped.

    An event belongs to the month in which it ended: sums by the month of `date_end`
    reproduce the country-month series that forecasts are scored against, sums by
    `date_start` do not. `best` is never changed.

    Args:
        path: a CSV file of the publisher.

    Returns:
        The events, with the columns `COLUMNS` (deaths in people, `lat` and `lon` in
        degrees, `gwno` the Gleditsch-Ward country number, `month` a month number), and
        what was repaired.

    Raises:
        InputError: no such file, not a CSV, a missing or misnamed column, a value out of
            range, a day that does not exist, an event that ends before it starts, a
            duplicated id, or a cell number that is not that of the point.

    Example:
        >>> events, repairs = read_ged("ged241.csv.gz")     # doctest: +SKIP
        >>> repairs.low_above_best                          # doctest: +SKIP
        19
    """
    events = tables.read_csv(path, SPEC)
    tables.refuse_rows(
        events["id"].duplicated(), events, "id", "the same id twice", file=path, allowed="once"
    )
    tables.refuse_rows(
        events["date_end"] < events["date_start"],
        events,
        "date_end",
        "the event ends before it starts",
        file=path,
        allowed="a day on or after date_start",
    )
    _check_gid(events, path)
    events["month"] = tables.months_of(events["date_end"]).astype("int64")
    return _repair(events)


def _check_gid(events: pd.DataFrame, path: str | Path) -> None:
    lat, lon = events["lat"].to_numpy(), events["lon"].to_numpy()
    fits = np.zeros(len(events), dtype=bool)
    for north in (-EDGE_DEG, 0.0, EDGE_DEG):
        for east in (-EDGE_DEG, 0.0, EDGE_DEG):
            near = geography.gid_of(np.clip(lat + north, -90, 90), np.clip(lon + east, -180, 180))
            fits |= near == events["gid"].to_numpy()
    if fits.all():
        return
    row = int(np.flatnonzero(~fits)[0])
    tables.refuse_rows(
        pd.Series(~fits),
        events,
        "gid",
        f"the cell number does not fit the point {lat[row]:g}, {lon[row]:g}",
        file=path,
        allowed=str(geography.gid_of(lat[row], lon[row])),
    )


def _repair(events: pd.DataFrame) -> tuple[pd.DataFrame, Repairs]:
    low_above = events["low"] > events["best"]
    best_above = events["best"] > events["high"]
    parts = events[["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]].sum(axis=1)
    repairs = Repairs(
        rows=len(events),
        low_above_best=int(low_above.sum()),
        best_above_high=int(best_above.sum()),
        parts_differ=int((parts != events["best"]).sum()),
    )
    events["low"] = events[["low", "best"]].min(axis=1)
    events["high"] = events[["high", "best"]].max(axis=1)
    return events, repairs
