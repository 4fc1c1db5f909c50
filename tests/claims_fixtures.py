"""Invented records for tests of claims: a few regions, two countries, dated rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data.snapshot import Snapshot

FIRST, LAST = calendar.month_id(2004, 1), calendar.month_id(2013, 12)
MONTHS = LAST - FIRST + 1
REGIONS = {f"A{n}": "AAA" for n in range(6)} | {f"B{n}": "BBB" for n in range(6)}


def timeline(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Dated rows, with what a row needs besides."""
    usual = {
        "actor": "crown", "action": "signed", "target": "", "confidence": "high",
        "country": "AAA", "short_fact": "It happened",
    }  # fmt: skip
    table = pd.DataFrame([{**usual, **row} for row in rows])
    table["month"] = [calendar.parse_month(day[:7]) for day in table["date"]]
    return table


def events(rng: np.random.Generator, rate: float = 1.5) -> pd.DataFrame:
    """Events drawn at one rate in every region, each a cell of its own."""
    counts = rng.poisson(rate, (MONTHS, len(REGIONS)))
    return of_counts(counts)


def of_counts(counts: np.ndarray) -> pd.DataFrame:
    """The events of counts by month and region."""
    month, place = np.nonzero(counts)
    regions = np.array(list(REGIONS))
    number = counts[month, place]
    table = {
        "month": month + FIRST,
        "gid": place + 1,
        "region": regions[place],
        "country": np.array(list(REGIONS.values()))[place],
        "stream": "raids",
        "kind": "one_sided",
        "events": number,
    }
    dead = dict.fromkeys(("deaths", "deaths_low", "deaths_high", "deaths_state"), number)
    return pd.DataFrame(table | dead)


def record(snapshot: Snapshot, table: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> Snapshot:
    """The shipped snapshot with other events and dated rows, up to the end of the record."""
    manifest = {**snapshot.manifest, "last_month": calendar.format_month(LAST)}
    people = pd.DataFrame({
        "country": ["AAA", "BBB"], "year": 2010, "region": ["A0", "B0"],
        "region_name": ["", ""], "population": [1_000_000, 2_000_000],
    })  # fmt: skip
    dated = timeline(rows) if rows else snapshot.timeline
    return replace(snapshot, events=table, timeline=dated, population=people, manifest=manifest)
