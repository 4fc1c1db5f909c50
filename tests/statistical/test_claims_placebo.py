"""Of 200 claims with nothing in them at most 7% are supported; three with something all are.

A claim passes with a chance of 5% where nothing is in it; 7% of 200 is 14. Statistics are asked of
a record whose events have lost their months and places; studies of the record as it is, at dates
and places drawn at random. The keys are fixed. Intervals without clusters fail the same test.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.ledger import counts
from liptako.ledger.counts import statistic
from liptako.ledger.finding import SUPPORTED, Finding
from liptako.ledger.studies import diff_in_diff, event_study
from liptako.theatre.claims import DiffInDiff, EventStudy, Statistic

PLACEBOS, MOST = 200, 14
COUNTRIES = ("MLI", "BFA", "NER")
STREAMS = {
    "insurgents": ["state_jnim", "state_is", "jnim_civilians", "is_civilians"],
    "battles": ["state_jnim", "state_is"],
    "civilians": ["jnim_civilians", "is_civilians", "state_civilians", "militia_civilians"],
}
YEARS = 6
SIGNS = ("up", "down")


@pytest.fixture(scope="module")
def core(snapshot: Snapshot) -> Snapshot:
    """The record of three countries at war."""
    rows = snapshot.events[snapshot.events["country"].isin(COUNTRIES)]
    return replace(snapshot, events=rows.reset_index(drop=True))


def shuffled(record: Snapshot, rng: np.random.Generator) -> Snapshot:
    """The record of six years, its cell-months moved to months and places drawn at random."""
    last = record.last_month
    rows = record.events[record.events["month"] > last - 12 * YEARS]
    places = rows[["gid", "country", "region"]].drop_duplicates("gid").reset_index(drop=True)
    keys = rows.groupby(["month", "gid"], sort=False).ngroup().to_numpy()
    n = keys.max() + 1
    month = rng.integers(last - 12 * YEARS + 1, last + 1, n)
    where = places.iloc[rng.integers(len(places), size=n)].reset_index(drop=True)
    moved = rows.assign(month=month[keys], **{name: where[name].to_numpy()[keys] for name in where})
    return replace(record, events=moved.reset_index(drop=True))


def windows(rng: np.random.Generator, last: int) -> tuple[dict[str, str], dict[str, str]]:
    """Two years drawn at random that do not touch."""
    first, second = rng.choice(YEARS, 2, replace=False)
    pair = []
    for year in (first, second):
        start = last - 12 * YEARS + 1 + 12 * int(year)
        ends = {"first": start, "last": start + 11}
        pair.append({name: calendar.format_month(month) for name, month in ends.items()})
    return pair[0], pair[1]


def a_statistic(record: Snapshot, rng: np.random.Generator) -> Finding:
    late, early = windows(rng, record.last_month)
    place = {"countries": list(rng.choice(COUNTRIES, int(rng.integers(1, 4)), replace=False))}
    place |= {"streams": STREAMS[str(rng.choice(list(STREAMS)))]}
    test = {
        "test": "statistic", "says": "nothing", "how": "ratio",
        "count": str(rng.choice(["events", "deaths", "deaths_civilians"])),
        "of": place | late, "against": place | early, "expected": str(rng.choice(SIGNS)),
    }  # fmt: skip
    return statistic(Statistic.model_validate(test), shuffled(record, rng))


def dated(record: Snapshot, rng: np.random.Generator, number: int) -> Snapshot:
    """The record with so many dated rows at random months and countries."""
    months = rng.integers(record.last_month - 12 * 8, record.last_month - 12, number)
    rows = pd.DataFrame({
        "row_id": [f"row{at}" for at in range(number)],
        "month": months.astype(int),
        "date": [calendar.format_month(int(month)) for month in months],
        "country": rng.choice(COUNTRIES, number),
        "confidence": "high", "actor": "", "action": "", "target": "", "short_fact": "",
    })  # fmt: skip
    return replace(record, timeline=rows)


def a_study(record: Snapshot, rng: np.random.Generator) -> Finding:
    streams = STREAMS[str(rng.choice(list(STREAMS)))]
    number = int(rng.integers(1, 5))
    test = {
        "test": "event_study", "says": "nothing", "count": "events",
        "of": {"streams": streams}, "others": {"countries": list(COUNTRIES), "streams": streams},
        "dates": [f"row{at}" for at in range(number)],
        "before": int(rng.integers(6, 13)), "after": int(rng.integers(3, 13)),
        "expected": str(rng.choice(SIGNS)),
    }  # fmt: skip
    return event_study(EventStudy.model_validate(test), dated(record, rng, number))


def a_difference(record: Snapshot, rng: np.random.Generator) -> Finding:
    streams = STREAMS[str(rng.choice(list(STREAMS)))]
    country = str(rng.choice(COUNTRIES))
    test = {
        "test": "diff_in_diff", "says": "nothing", "count": "events",
        "of": {"streams": streams, "countries": [country]},
        "others": {"streams": streams, "countries": [c for c in COUNTRIES if c != country]},
        "date": "row0", "before": int(rng.integers(8, 17)), "after": int(rng.integers(4, 13)),
        "expected": str(rng.choice(SIGNS)),
    }  # fmt: skip
    return diff_in_diff(DiffInDiff.model_validate(test), dated(record, rng, 1))


def passed(record: Snapshot, seed: int) -> dict[str, int]:
    """How many placebo claims are supported, by template."""
    found: dict[str, int] = {}
    for name, make, number in (
        ("statistic", a_statistic, PLACEBOS // 2),
        ("event_study", a_study, PLACEBOS // 4),
        ("diff_in_diff", a_difference, PLACEBOS // 4),
    ):
        rng = np.random.default_rng([seed, number, len(name)])
        verdicts = [make(record, rng).verdict for _ in range(number)]
        found[name] = verdicts.count(SUPPORTED)
    return found


def test_claims_with_nothing_in_them_are_rarely_supported(core):
    found = passed(core, seed=1)
    assert sum(found.values()) <= MOST, found


def test_intervals_that_forget_clusters_fail_the_same_test(core, monkeypatch):
    def alone(values: Any) -> float:
        total = float(np.sum(values))
        return 1.0 / total if total else 1.0

    monkeypatch.setattr(counts, "_relative", alone)
    rng = np.random.default_rng(1)
    verdicts = [a_statistic(core, rng).verdict for _ in range(PLACEBOS // 2)]
    assert verdicts.count(SUPPORTED) > MOST


def test_three_planted_effects_are_supported(core):
    rng = np.random.default_rng(3)
    last = core.last_month
    even = shuffled(core, rng)

    late = even.events["month"] > last - 12
    threefold = pd.concat([even.events, even.events[late], even.events[late]], ignore_index=True)
    moved = rng.integers(last - 11, last + 1, len(threefold))
    threefold["month"] = np.where(threefold["month"] > last - 12, moved, threefold["month"])
    ratio = Statistic.model_validate({
        "test": "statistic", "says": "planted", "count": "events", "how": "ratio",
        "of": {"first": "2023-01", "last": "2023-12"},
        "against": {"first": "2022-01", "last": "2022-12"}, "expected": "up",
    })  # fmt: skip
    first = statistic(ratio, replace(even, events=threefold))

    at = last - 18
    chosen = (even.events["country"] == "MLI") & even.events["month"].between(at + 1, at + 12)
    many = pd.concat([even.events, *[even.events[chosen]] * 4], ignore_index=True)
    record = dated(replace(even, events=many), rng, 1)
    rows = record.timeline.assign(month=at, country="MLI")
    record = replace(record, timeline=rows)
    study = EventStudy.model_validate({
        "test": "event_study", "says": "planted", "count": "events", "of": {},
        "others": {"countries": list(COUNTRIES)}, "dates": ["row0"], "before": 12, "after": 12,
        "expected": "up",
    })  # fmt: skip
    second = event_study(study, record)

    difference = DiffInDiff.model_validate({
        "test": "diff_in_diff", "says": "planted", "count": "events",
        "of": {"countries": ["MLI"]}, "others": {"countries": ["BFA", "NER"]}, "date": "row0",
        "before": 12, "after": 12, "expected": "up",
    })  # fmt: skip
    third = diff_in_diff(difference, record)
    assert [one.verdict for one in (first, second, third)] == [SUPPORTED] * 3
    assert all(one.p is not None and not math.isnan(one.p) for one in (first, second, third))
