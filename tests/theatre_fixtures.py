"""The snapshot of the invented theatre under `tests/theatres`, drawn anew from a fixed seed.

Seventy cells, six observed countries, a world of thirty. Nothing in it is a figure of any place.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import timeline
from liptako.data.build import read_sources
from liptako.data.geography import cell_area_km2, distance_km, gid_of
from liptako.data.pacts import JUNTA_DATES, PACT_DATES
from liptako.data.snapshot import write_snapshot
from liptako.theatre.loading import load_theatre
from liptako.theatre.schema import Theatre

SKERRIES = Path(__file__).parent / "theatres/skerries"
SCENARIO = "skerries-2011.toml"
FIRST, LAST = calendar.month_id(1990, 1), calendar.month_id(2012, 12)
SOUTH, WEST, STEP = -29.75, -135.75, 0.5
BOXES = {
    "QUE": (0, 2, 0, 4), "BRK": (0, 2, 4, 8), "ORN": (2, 5, 0, 4), "VSK": (2, 5, 4, 8),
    "TML": (5, 8, 0, 4), "HLM": (5, 8, 4, 8), "SND": (2, 8, 8, 9),
}  # fmt: skip
"""Rows and columns of each country, from the south-west corner."""

ELSEWHERE = range(11, 34)
"""VIEWS ids of the invented world outside the theatre."""

RATES = {
    "crown_reavers": 0.25, "crown_seers": 0.12, "reavers_seers": 0.05, "levy_reavers": 0.1,
    "reavers_folk": 0.15, "seers_folk": 0.08, "crown_folk": 0.06, "levy_folk": 0.04,
}  # fmt: skip
"""Events a month in each of a country's hot cells."""


def copy_theatre(into: Path) -> Path:
    """Copy the theatre to a folder and draw its snapshot there; return its scenario file."""
    folder = into / SKERRIES.name
    shutil.copytree(SKERRIES, folder)
    theatre, _ = load_theatre(folder)
    write_snapshot(tables(theatre), manifest(folder), folder / theatre.snapshot)
    return folder / "scenarios" / SCENARIO


def manifest(folder: Path) -> dict[str, Any]:
    """Return what the snapshot says of its sources."""
    sources = [source.model_dump() for source in read_sources(folder / "sources.toml")]
    return {
        "theatre": folder.name,
        "last_month": calendar.format_month(LAST),
        "sources": sources,
        "events": {},
    }


def tables(theatre: Theatre) -> dict[str, pd.DataFrame]:
    """Return every table of the snapshot, by name."""
    rng = np.random.default_rng(20110600)
    cells = cells_of(theatre)
    events = events_of(theatre, cells, rng)
    return {
        "cells": cells,
        "regions": cells[["country", "region", "region_name"]]
        .drop_duplicates(ignore_index=True)
        .assign(code_system="own codes", counted_in=""),
        "events": events,
        "country_months": country_months(theatre, events, rng),
        "coups": coups(theatre, rng),
        "juntas": juntas(),
        "pacts": pacts(),
        "population": population(cells),
        "displacement": displacement(events, rng),
        "vdem": vdem(theatre),
        "mid": disputes(theatre),
        "timeline": coded(),
    }


def cells_of(theatre: Theatre) -> pd.DataFrame:
    """Return boxes of cells; the last country is not observed."""
    place = {
        (row, col): iso
        for iso, (south, north, west, east) in BOXES.items()
        for row in range(south, north)
        for col in range(west, east)
    }
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    rows = []
    for (row, col), iso in place.items():
        lat, lon = SOUTH + STEP * row, WEST + STEP * col
        gid = int(gid_of(lat, lon))
        side = "W" if col < (BOXES[iso][2] + BOXES[iso][3]) / 2 else "E"
        capital = theatre.countries[iso].capital
        away = distance_km(lat, lon, capital.lat, capital.lon)
        edge = any(place.get((row + i, col + j), iso) != iso for i, j in around)
        seen = (FIRST, LAST) if any(iso in row.countries for row in theatre.observed) else (0, 0)
        rows.append((gid, (gid - 1) // 720 + 1, (gid - 1) % 720 + 1, lat, lon, iso, f"{iso}-{side}",
                     f"{'West' if side == 'W' else 'East'} {theatre.countries[iso].name}", 1.0,
                     float(cell_area_km2(gid)), float(away), 25.0 if edge else 75.0, edge,
                     *seen))  # fmt: skip
    names = ["gid", "row", "col", "lat", "lon", "country", "region", "region_name", "land_share",
             "area_km2", "dist_capital_km", "dist_border_km", "border", "observed_first",
             "observed_last"]  # fmt: skip
    table = pd.DataFrame(rows, columns=names)
    near = 1.0 / (1.0 + table["dist_capital_km"] / 50.0)
    table["pop_share"] = near / near.groupby(table["country"]).transform("sum")
    table["pop_known"] = True
    return table.sort_values("gid", ignore_index=True)


def events_of(theatre: Theatre, cells: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw events: a few hot cells in each country, in waves that come and go."""
    months, parts = np.arange(FIRST + 60, LAST + 1), []
    for iso in [iso for row in theatre.observed for iso in row.countries]:
        own = cells[cells["country"] == iso].reset_index(drop=True)
        hot = rng.permutation(len(own))[:4]
        member = theatre.countries[iso].role == "member"
        wave = np.cumsum(rng.normal(0, 0.12, len(months)))
        wave = np.exp(np.clip(wave - wave.mean(), -1.5, 1.5)) * (1.0 if member else 0.15)
        for name, rate in RATES.items():
            luck = rng.gamma(0.8, 1 / 0.8, (len(months), len(hot)))
            count = rng.poisson(rate * wave[:, None] * luck)
            when, where = np.nonzero(count)
            chosen = own.iloc[hot[where]]
            number = count[when, where]
            dead = rng.poisson(number * rng.lognormal(1.0, 0.8, len(number)))
            parts.append(_events(name, theatre, months[when], chosen, number, dead))
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["month", "gid", "stream"], ignore_index=True)


def _events(
    name: str,
    theatre: Theatre,
    months: np.ndarray,
    cells: pd.DataFrame,
    number: np.ndarray,
    dead: np.ndarray,
) -> pd.DataFrame:
    kind = theatre.streams[name].kind
    folk = dead if kind == "one_sided" else dead // 5
    crown = (dead - folk) // 2
    return pd.DataFrame({
        "month": months.astype("int64"), "country": cells["country"].to_numpy(),
        "gid": cells["gid"].to_numpy(), "gid_published": cells["gid"].to_numpy(), "region": "",
        "stream": name, "kind": kind, "events": number.astype("int32"),
        "events_coarse": np.int32(0), "deaths": dead, "deaths_low": dead, "deaths_high": dead,
        "deaths_civilians": folk,
        "deaths_state": crown, "deaths_insurgent": dead - folk - crown, "deaths_unknown": 0,
    })  # fmt: skip


def country_months(
    theatre: Theatre, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return deaths in battle of the whole invented world."""
    months = np.arange(FIRST, LAST + 1)
    battle = events[events["kind"] == "state_based"]
    seen = battle.groupby(["country", "month"])["deaths"].sum()
    parts = []
    for iso, row in theatre.countries.items():
        deaths = [int(seen.get((iso, month), 0)) for month in months]
        parts.append((row.views_id, iso, deaths))
    for number in ELSEWHERE:
        walk = np.cumsum(rng.normal(0, 0.25, len(months)))
        level = np.exp(np.clip(walk - walk.mean(), -3, 3)) * rng.lognormal(1.0, 1.5)
        at_war = 1.0 * (number % 3 > 0)
        deaths = rng.poisson(at_war * level * rng.gamma(0.7, 1 / 0.7, len(months)))
        parts.append((number, "", deaths.tolist()))
    rows = [
        (number, iso, int(month), deaths, "tide-ledger")
        for number, iso, series in parts
        for month, deaths in zip(months, series, strict=True)
    ]
    return pd.DataFrame(rows, columns=["country_id", "country", "month", "deaths_sb", "vintage"])


def coups(theatre: Theatre, rng: np.random.Generator) -> pd.DataFrame:
    """Draw coups and attempts in the panel, about one in twelve years and country."""
    rows = []
    for iso in theatre.coup_panel:
        for month in range(calendar.month_id(1985, 1), LAST + 1):
            if rng.random() < 0.007:
                won = int(rng.random() < 0.5)
                rows.append((iso, month, won, 1 - won))
    table = pd.DataFrame(rows, columns=["country", "month", "successes", "failures"])
    return table.sort_values(["country", "month"], ignore_index=True)


def juntas() -> pd.DataFrame:
    """Return camps that came by coup: most have gone, three allies are ruled by one."""
    rows = [
        ("FRN", "archipelago", "1988-04", "1991-09", "election"),
        ("GLD", "archipelago", "1990-11", "1997-02", "negotiated"),
        ("MRS", "archipelago", "1993-06", "1996-06", "coup"),
        ("QUE", "archipelago", "1996-01", "1999-12", "election"),
        ("BRK", "archipelago", "2000-07", "2001-05", "rebellion"),
        ("HLM", "archipelago", "2001-03", "2004-10", "election"),
        ("GLD", "beyond", "1992-02", "1994-08", "rebellion"),
        ("ORN", "archipelago", "2009-02", None, "in_office"),
        ("VSK", "archipelago", "2007-10", None, "in_office"),
        ("TML", "archipelago", "2010-04", None, "in_office"),
    ]
    table = pd.DataFrame(rows, columns=["country", "region", "coup", "leader_end",
                                        "leader_end_mode"])  # fmt: skip
    table["leader"] = [f"Regent {number}" for number in range(1, len(table) + 1)]
    table["next_success"] = table["leader_end"].where(table["leader_end_mode"] == "coup")
    table["next_attempt"] = table["next_success"]
    table["camp_end"] = table["leader_end"]
    return _dated(table, "coup", tuple(JUNTA_DATES))


def pacts() -> pd.DataFrame:
    """Return past pacts of the invented world, and what became of them."""
    names = ["pact", "signed", "consultative", "first_operation", "command", "end", "end_mode"]
    rows = [
        ("First Strait Watch", "1961-03", "1961-05", "1963-02", None, "1968-01", "dissolved"),
        ("Second Strait Watch", "1972-06", "1972-07", "1973-09", "1974-01", "1979-05", "absorbed"),
        ("League of the Long Coast", "1975-05", "1975-11", "1990-08", None, None, "ongoing"),
        ("Pact of the Two Bells", "1984-02", None, None, None, "1989-10", "dormant"),
        ("Northern Oar Treaty", "1991-10", "1992-03", None, None, None, "ongoing"),
        ("Convoy Command", "1998-07", "1998-07", "1999-01", "1999-01", "2003-06", "dissolved"),
        ("Reach Accord", "2003-09", "2004-04", "2006-12", None, None, "ongoing"),
        ("Harbour Entente", "2006-01", None, None, None, "2008-03", "dissolved"),
    ]
    table = pd.DataFrame(rows, columns=names)
    table = table.assign(
        tier="core", type="defence_pact", members="FRN GLD MRS", members_n=3, shared_insurgency=1,
        juntas_share=0.3, external_backer="none", pooled_money="0", end_trigger="n_a",
    )  # fmt: skip
    table["first_exit"] = None
    return _dated(table, "signed", tuple(PACT_DATES))


def _dated(table: pd.DataFrame, start: str, dates: tuple[str, ...]) -> pd.DataFrame:
    for name in dates:
        text = table[name]
        table[name] = [np.nan if month is None or pd.isna(month)
                       else float(calendar.parse_month(month)) for month in text]  # fmt: skip
        table[f"{name}_status"] = ["none" if np.isnan(month) else "dated" for month in table[name]]
    table[start] = [calendar.parse_month(month) for month in table[start]]
    return table.assign(confidence="high", source="invented")


def population(cells: pd.DataFrame) -> pd.DataFrame:
    """Return people by region."""
    people = cells.groupby(["country", "region", "region_name"], as_index=False)["pop_share"].sum()
    people["population"] = (people.pop("pop_share") * 2_000_000).round().astype("int64")
    people.insert(1, "year", 2010)
    return people


def displacement(events: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw people displaced a month, about forty for each death."""
    recent = events[events["month"] > calendar.month_id(2003, 12)]
    table = recent.groupby(["country", "month"], as_index=False)["deaths"].sum()
    table["displaced"] = (40.0 * table.pop("deaths") * rng.lognormal(0, 0.5, len(table))).round()
    return table


def vdem(theatre: Theatre) -> pd.DataFrame:
    """Return an index of democracy that drifts in each country of the panel."""
    rows = [
        (iso, year, value := round(0.2 + 0.04 * index + 0.003 * (year - 1984), 3), value - 0.05,
         value + 0.05, 0.03)
        for index, iso in enumerate(theatre.coup_panel)
        for year in range(1984, 2013)
    ]  # fmt: skip
    names = ["country", "year", "polyarchy", "polyarchy_low", "polyarchy_high", "polyarchy_sd"]
    return pd.DataFrame(rows, columns=names)


def disputes(theatre: Theatre) -> pd.DataFrame:
    """Return onsets of disputes: a few among the theatre's pairs, many in the world."""
    pairs = [row.pair for row in theatre.ladders]
    rows = [
        ("theatre", *sorted(pairs[0]), 1978, 3, 1), ("theatre", *sorted(pairs[0]), 1994, 4, 1),
        ("theatre", *sorted(pairs[4]), 1987, 3, 1), ("theatre", *sorted(pairs[5]), 2001, 4, 1),
    ]  # fmt: skip
    for year in range(1960, 2011):
        rows += [("world", "", "", year, 3, 9), ("world", "", "", year, 4, 14)]
        rows += [("world", "", "", year, 5, 1)] if year % 3 == 0 else []
    names = ["scope", "country_a", "country_b", "year", "hostility", "disputes"]
    return pd.DataFrame(rows, columns=names)


def coded() -> pd.DataFrame:
    """Return a timeline of one row: the compact's signature."""
    row = dict.fromkeys(timeline.SPEC) | dict.fromkeys(timeline.EFFECTS, np.nan)
    row |= {"row_id": "20100912-ORN-compact", "date": "2010-09-12", "country": "ORN",
            "actor": "crowns", "action": "compact_signed", "target": "", "magnitude": np.nan,
            "magnitude_unit": "", "lens_relevance": "no", "confidence": "high",
            "date_basis": "stored", "short_fact": "The four sign", "source": "invented",
            "month": calendar.month_id(2010, 9)}  # fmt: skip
    return pd.DataFrame([row])
