"""From single events to the table of events: region, cell, stream, sums.

Events that are located only to a region or worse are not piled on its centre: each is placed
whole in one cell, by a draw that depends on nothing but the event's own id. The published
cell is kept beside it, because that is what forecasts by cell are scored against.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
import pandas as pd

from liptako.data import geography
from liptako.data.cells import match_region, plain_name
from liptako.errors import InputError
from liptako.theatre.schema import Theatre

COARSE_PREC = 4
"""`where_prec` from which an event is located only to a first-level region, or worse."""

COUNTRY_PREC = 6
"""`where_prec` from which only the country is known."""

SALT = 20231231
"""Part of every placement's seed; changing it moves all coarsely located events."""

ARMED_STATE_SIDE = ("state", "militia")
CIVILIAN = "civilian"

MOST = 2**31 - 1
"""Deaths of one kind in a cell and month that the table can hold."""

KEYS = ("month", "country", "gid", "gid_published", "region", "stream", "kind")
COUNTS = (
    "events",
    "events_coarse",
    "deaths",
    "deaths_low",
    "deaths_high",
    "deaths_civilians",
    "deaths_state",
    "deaths_insurgent",
    "deaths_unknown",
)


def locate(
    events: pd.DataFrame, theatre: Theatre, cells: pd.DataFrame, regions: pd.DataFrame
) -> pd.DataFrame:
    """Return the theatre's events with country, region and cell; other countries are left out.

    The region is the one named in the data, or else that of the event's point, or else that
    of the nearest cell of its country. Events with
    `where_prec` 4 or 5 are placed in a cell of the region, from 6 on in a cell of the
    country, in proportion to the people there; where the region has no cell of its own the
    published cell stays.

    Args:
        events: from `ged.read_ged`.
        theatre: its countries.
        cells: from `cells.build_cells`.
        regions: columns `country`, `region`, `region_name`.

    Returns:
        A copy with `country` (ISO3), `gid_published`, `gid`, `region` (code, "" where
        unknown) and `coarse` (whether the place was drawn).
    """
    iso = {row.gwno: code for code, row in theatre.countries.items()}
    events = events[events["gwno"].isin(iso)].reset_index(drop=True)
    events["country"] = events["gwno"].map(iso)
    events["gid_published"] = events["gid"]
    events["region"] = _regions_of(events, cells, regions)
    events["coarse"] = events["where_prec"] >= COARSE_PREC
    weight = cells["pop_share"].to_numpy()
    pools = {
        key: (rows["gid"].to_numpy(), weight[rows.index.to_numpy()])
        for column in (["country"], ["country", "region"])
        for key, rows in cells.groupby(column)
    }
    placed = events["gid"].to_numpy().copy()
    coarse = events[events["coarse"]]
    for row, event_id, country, region, prec in zip(
        coarse.index.tolist(),
        coarse["id"].tolist(),
        coarse["country"].tolist(),
        coarse["region"].tolist(),
        coarse["where_prec"].tolist(),
        strict=True,
    ):
        pool = pools.get((country,) if prec >= COUNTRY_PREC else (country, region))
        if pool is not None:
            placed[row] = draw_cell(event_id, *pool)
    events["gid"] = placed
    by_country = events["where_prec"] >= COUNTRY_PREC
    drawn = events["gid"].map(cells.set_index("gid")["region"])
    events["region"] = events["region"].mask(by_country & drawn.notna(), drawn)
    return events


def draw_cell(event_id: int, gids: np.ndarray, weights: np.ndarray) -> int:
    """Return the cell in which a coarsely located event is placed.

    The draw depends on the event's id and the cells alone: not on other events, nor on
    their order.

    Args:
        event_id: the publisher's id.
        gids: cells to choose from, ascending.
        weights: not negative, not all zero.

    Example:
        >>> draw_cell(1, np.array([10, 20]), np.array([0.0, 1.0]))
        20
    """
    uniform = np.random.Generator(np.random.PCG64([SALT, event_id])).random()
    total = np.cumsum(weights)
    index = int(np.searchsorted(total, uniform * total[-1], side="right"))
    return int(gids[min(index, len(gids) - 1)])


def aggregate(events: pd.DataFrame) -> pd.DataFrame:
    """Sum events by month, country, cell, published cell, region, stream and kind.

    Deaths are split by who died: civilians; soldiers and militia; insurgents (any other
    armed side); unknown, which takes in the dead of a side that no rule names. The parts add
    up to `deaths`.

    Args:
        events: located and classified.

    Returns:
        Columns `KEYS` and `COUNTS`, sorted by `KEYS`.
    """
    table = events.assign(
        events=1,
        events_coarse=events["coarse"].astype("int64"),
        deaths=events["best"],
        deaths_low=events["low"],
        deaths_high=events["high"],
        deaths_state=0,
        deaths_insurgent=0,
    )
    for side, column in (("class_a", "deaths_a"), ("class_b", "deaths_b")):
        victims = events[side].map(_victims)
        for part in ("deaths_state", "deaths_insurgent", "deaths_civilians", "deaths_unknown"):
            table[part] = table[part] + events[column].where(victims == part, 0)
    sums = table.groupby(list(KEYS), as_index=False)[list(COUNTS)].sum()
    if len(sums) and int(sums[list(COUNTS)].to_numpy().max()) > MOST:
        raise InputError("too many deaths in one cell and month", field="best", allowed=f"{MOST:,}")
    return sums.astype(dict.fromkeys(COUNTS, "int32")).sort_values(list(KEYS), ignore_index=True)


def _victims(actor_class: str) -> str:
    if actor_class in ARMED_STATE_SIDE:
        return "deaths_state"
    if actor_class == CIVILIAN:
        return "deaths_civilians"
    return "deaths_insurgent" if actor_class else "deaths_unknown"


def _regions_of(events: pd.DataFrame, cells: pd.DataFrame, regions: pd.DataFrame) -> list[str]:
    known = {
        country: {
            plain_name(name): str(code)
            for name, code in zip(rows["region_name"], rows["region"], strict=True)
        }
        for country, rows in regions.groupby("country")
    }
    pairs = events[["country", "adm_1"]].drop_duplicates().dropna()
    named = {
        (country, name): match_region(name, known.get(country, {}))
        for country, name in pairs.itertuples(index=False)
    }
    at = {
        gid: (country, region)
        for gid, country, region in zip(
            cells["gid"], cells["country"], cells["region"], strict=True
        )
    }
    nearest = lru_cache(maxsize=None)(partial(_nearest_region, cells=cells))
    found = []
    for country, name, gid in zip(events["country"], events["adm_1"], events["gid"], strict=True):
        code = named.get((country, name)) if isinstance(name, str) else None
        if code is None:
            there = at.get(gid, ("", ""))
            code = there[1] if there[0] == country else nearest(country, gid)
        found.append(code)
    return found


def _nearest_region(country: str, gid: int, cells: pd.DataFrame) -> str:
    mine = cells[cells["country"] == country]
    if not len(mine):
        return ""
    lat, lon = geography.centroid(gid)
    steps = geography.distance_km(lat, lon, mine["lat"].to_numpy(), mine["lon"].to_numpy())
    return str(mine["region"].iat[int(np.argmin(steps))])


def summary(events: pd.DataFrame, cells: pd.DataFrame) -> dict[str, int]:
    """Return counts for a manifest: events, deaths, placed by draw, outside the cells, unmapped.

    Args:
        events: located and classified.
        cells: of the theatre.
    """
    outside = ~events["gid"].isin(cells["gid"])
    unmapped = events["stream"] == "unmapped"
    return {
        "events": len(events),
        "deaths": int(events["best"].sum()),
        "coarse_events": int(events["coarse"].sum()),
        "outside_cells_events": int(outside.sum()),
        "outside_cells_deaths": int(events.loc[outside, "best"].sum()),
        "unmapped_events": int(unmapped.sum()),
        "unmapped_deaths": int(events.loc[unmapped, "best"].sum()),
    }
