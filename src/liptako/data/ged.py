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

import datetime
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import geography, raw, tables
from liptako.data.cells import plain_name
from liptako.data.tables import Column, Spec
from liptako.errors import InputError

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

PUBLISHED = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id",
    "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name",
    "side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b",
    "number_of_sources", "source_article", "source_office", "source_date", "source_headline",
    "source_original", "where_prec", "where_coordinates", "where_description", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region",
    "event_clarity", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob",
)  # fmt: skip
"""The publisher's columns, in order: some candidate releases come without the row of names."""

FIRST_DAY = "1989-01-01"
"""The data set begins here."""

_RELEASE = re.compile(r"gedevent[-_ ]?v?\d+[._]\d+", re.IGNORECASE)
"""How the publisher names releases of the whole world: GEDEvent_v24_1, GEDEvent_v24_0_3."""


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


@dataclass(frozen=True, eq=False)
class Release:
    """A file as read.

    Args:
        events: the columns `COLUMNS`; the index is the row of the file.
        repairs: what was repaired or noticed.
        elsewhere: events by country that were not asked for; unchecked.
        world: whether the file is one of the whole world: named as the publisher names its
            releases, or with events of countries that were not asked for.
    """

    events: pd.DataFrame
    repairs: Repairs
    elsewhere: dict[str, int] = field(default_factory=dict)
    world: bool = False


def this_month() -> int:
    """Return the month number of today: nothing later can have been observed."""
    today = _today()
    return calendar.month_id(today.year, today.month)


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()


def read_ged(path: str | Path) -> tuple[pd.DataFrame, Repairs]:
    """Read a GED file, yearly or candidate; all of its rows are checked, see `read_release`.

    Example:
        >>> events, repairs = read_ged("ged241.csv.gz")     # doctest: +SKIP
        >>> repairs.low_above_best                          # doctest: +SKIP
        19
    """
    release = read_release(path)
    return release.events.reset_index(drop=True), release.repairs


def read_release(path: str | Path, countries: Mapping[int, str] | None = None) -> Release:
    """Read a GED file, yearly or candidate: plain, gzipped, or alone in a zip.

    An event belongs to the month in which it ended: sums by the month of `date_end`
    reproduce the country-month series that forecasts are scored against, sums by
    `date_start` do not. `best` is never changed.

    Args:
        path: a CSV file of the publisher; the row of names may be missing.
        countries: names by Gleditsch-Ward number; rows that bear neither a name nor a number of
            them are counted and left out, whatever else they say. By default all rows.

    Returns:
        The events, with the columns `COLUMNS` (deaths in people, `lat` and `lon` in
        degrees, `gwno` the Gleditsch-Ward country number, `month` a month number).

    Raises:
        InputError: no such file, not a CSV, a missing or misnamed column, a value out of
            range, a day that does not exist, is before 1989 or is still to come, an event that
            ends before it starts, a duplicated id, a number that is not that of the country's
            name, or a cell number that is not that of the point.
    """
    table = raw.read_text_table(path, tables.wanted_names(SPEC), PUBLISHED)
    names = {key: name or key for key, name in tables.names_in(table, SPEC, path).items()}
    elsewhere: dict[str, int] = {}
    if countries is not None:
        outside = ~_asked_for(table, names, countries)
        counts = table.loc[outside, names["country"]].fillna("").value_counts()
        elsewhere = {str(name): int(count) for name, count in counts.items()}
        if outside.all():
            raise InputError(
                "no event in a country of the theatre",
                file=path,
                value=sorted(elsewhere)[:8] or None,
                allowed=", ".join(countries.values()),
            )
        table = table[~outside]
    events = tables.validate(table, SPEC, file=path)
    _check_days(events, path)
    twice = events["id"].duplicated()
    tables.refuse_rows(twice, events, "id", "the same id twice", file=path, allowed="once")
    _check_gid(events, path, names["gid"])
    if countries is not None:
        _check_numbers(events, path, names["gwno"], countries)
    events["month"] = tables.months_of(events["date_end"]).astype("int64")
    world = bool(elsewhere) or _RELEASE.match(Path(path).name) is not None
    return Release(*_repair(events), elsewhere, world)


def _asked_for(
    table: pd.DataFrame, names: Mapping[str, str], countries: Mapping[int, str]
) -> pd.Series:
    plain = {plain_name(name) for name in countries.values()}
    known = {name: plain_name(name) in plain for name in table[names["country"]].dropna().unique()}
    numbers = pd.to_numeric(table[names["gwno"]], errors="coerce")
    return table[names["country"]].map(known).fillna(False).astype(bool) | numbers.isin(countries)


def _check_days(events: pd.DataFrame, path: str | Path) -> None:
    """Refuse days before the data set begins, and days that are still to come."""
    today = pd.Timestamp(_today())
    allowed = f"{FIRST_DAY} to today, {today:%Y-%m-%d}"
    for name in ("date_start", "date_end"):
        wrong = ~events[name].between(pd.Timestamp(FIRST_DAY), today + pd.Timedelta(days=1))
        shown = events.assign(**{name: events[name].dt.strftime("%Y-%m-%d")})
        tables.refuse_rows(wrong, shown, name, "out of range", file=path, allowed=allowed)
    tables.refuse_rows(
        events["date_end"] < events["date_start"],
        events.assign(date_end=events["date_end"].dt.strftime("%Y-%m-%d")),
        "date_end",
        "the event ends before it starts",
        file=path,
        allowed="a day on or after date_start",
    )


def _check_numbers(
    events: pd.DataFrame, path: str | Path, column: str, countries: Mapping[int, str]
) -> None:
    """Refuse a number that is not that of the country's name."""
    by_name = {plain_name(name): number for number, name in countries.items()}
    known = {name: by_name.get(plain_name(name)) for name in events["country"].unique()}
    expected = events["country"].map(known)
    bad = expected.notna() & (expected != events["gwno"])
    if not bad.any():
        return
    row = int(np.flatnonzero(bad.to_numpy())[0])
    tables.refuse_rows(
        bad,
        events,
        column,
        "not the number of the country named",
        file=path,
        allowed=f"{expected.iloc[row]:.0f} for {events['country'].iloc[row]}, its "
        "Gleditsch-Ward number",
        column="gwno",
    )


def _check_gid(events: pd.DataFrame, path: str | Path, column: str) -> None:
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
        column,
        f"the cell number does not fit the point {lat[row]:g}, {lon[row]:g}",
        file=path,
        allowed=str(geography.gid_of(lat[row], lon[row])),
        column="gid",
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
