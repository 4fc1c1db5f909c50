"""Studies of claims: planted effects are found, drift is none, a placebo that shows stops it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import claims_fixtures as cf
from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.ledger.finding import SUPPORTED, UNDECIDED, Finding
from liptako.ledger.studies import YEARS, diff_in_diff, event_study, welch
from liptako.theatre.claims import DiffInDiff, EventStudy

DATE = calendar.parse_month("2011-06")
AT = DATE - cf.FIRST
TREATED = {"countries": ["AAA"]}
OTHERS = {"countries": ["BBB"]}
ROWS = [
    {"row_id": "date", "date": "2011-06-15"},
    {"row_id": "close", "date": "2011-03-01", "short_fact": "Another thing"},
    {"row_id": "far", "date": "2006-03-01"},
    {"row_id": "last", "date": "2013-12-01"},
]


def counts(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).poisson(2.0, (cf.MONTHS, len(cf.REGIONS)))


def planted(factor: float, seed: int = 0, everywhere: bool = False) -> np.ndarray:
    """Counts that are `factor` times as high after the date, in the treated country or both."""
    rng = np.random.default_rng(seed)
    rate = np.full((cf.MONTHS, len(cf.REGIONS)), 2.0)
    rate[AT + 1 :, : None if everywhere else 6] *= factor
    return rng.poisson(rate)


def studied(snapshot: Snapshot, table: np.ndarray, kind: str = "diff", **more: Any) -> Finding:
    parts = {"says": "it", "count": "events", "of": TREATED, "others": OTHERS, "before": 12,
             "after": 12, "expected": "up", **more}  # fmt: skip
    found = cf.record(snapshot, cf.of_counts(table), ROWS)
    if kind == "diff":
        test = DiffInDiff.model_validate({"test": "diff_in_diff", "date": "date", **parts})
        return diff_in_diff(test, found)
    parts = {"dates": ["date"], "others": {"countries": ["AAA", "BBB"]}, "of": {}} | more
    rest = {"says": "it", "count": "events", "before": 12, "after": 12, "expected": "up"}
    return event_study(EventStudy.model_validate({"test": "event_study", **rest, **parts}), found)


@pytest.mark.parametrize("kind", ["diff", "event"])
@pytest.mark.parametrize(("factor", "sign"), [(2.5, "up"), (0.4, "down")])
def test_a_planted_effect_is_supported(snapshot, kind, factor, sign):
    found = studied(snapshot, planted(factor), kind, expected=sign)
    assert found.verdict == SUPPORTED
    assert found.p is not None
    assert found.p < 0.05
    assert found.robust
    if kind == "event":
        assert found.result == pytest.approx(factor, rel=0.25)


@pytest.mark.parametrize("kind", ["diff", "event"])
def test_growth_everywhere_is_no_effect(snapshot, kind):
    found = studied(snapshot, planted(2.5, everywhere=True), kind)
    assert found.verdict == UNDECIDED
    assert found.would_decide


def test_the_effect_is_that_of_region_and_month_effects(snapshot):
    """Two-way fixed effects by least squares give the difference of mean changes."""
    table = planted(2.0, seed=3)
    found = studied(snapshot, table, before=6, after=6)
    window = np.log1p(table[[*range(AT - 6, AT), *range(AT + 1, AT + 7)]])
    months, regions = window.shape
    treated = np.zeros_like(window)
    treated[6:, :6] = 1.0
    rows = [np.kron(np.eye(months)[m], np.ones(1)) for m in range(months) for _ in range(regions)]
    units = [np.eye(regions)[r] for _ in range(months) for r in range(regions)]
    design = np.column_stack([treated.reshape(-1), np.array(rows), np.array(units)])
    effect = np.linalg.lstsq(design, window.reshape(-1), rcond=None)[0][0]
    panels = window[:, :6], window[:, 6:]
    own = welch(*(part[6:].mean(axis=0) - part[:6].mean(axis=0) for part in panels))[0]
    assert own == pytest.approx(effect)
    assert found.result is not None
    assert np.log(found.result) == pytest.approx(effect, abs=0.15), "beyond the placebo"


def test_rows_that_fall_into_the_windows_decide_nothing(snapshot):
    found = studied(snapshot, planted(2.5), coincides=["close", "far"])
    assert found.verdict == UNDECIDED
    assert "Another thing (2011-03-01)" in found.note
    assert "2006" not in found.note
    assert found.result is not None, "the numbers are shown all the same"


def test_a_change_before_the_date_is_no_effect_of_it(snapshot):
    """Twice as many events since half a year before: the false date shows as much."""
    rng = np.random.default_rng(5)
    rate = np.full((cf.MONTHS, len(cf.REGIONS)), 2.0)
    rate[AT - 6 :, :6] *= 3.0
    found = studied(snapshot, rng.poisson(rate), before=18, after=6)
    assert found.verdict == UNDECIDED
    assert "placebo" in found.note.lower()


def test_what_precedes_is_asked_with_a_lead(snapshot):
    rng = np.random.default_rng(2)
    rate = np.full((cf.MONTHS, len(cf.REGIONS)), 3.0)
    rate[AT - 3 : AT, :6] *= 4.0
    found = studied(snapshot, rng.poisson(rate), "event", lead=3, after=1)
    assert found.verdict == SUPPORTED
    none = studied(snapshot, rng.poisson(np.full_like(rate, 3.0)), "event", lead=3, after=1)
    assert none.verdict == UNDECIDED


def test_windows_must_be_recorded(snapshot):
    with pytest.raises(InputError, match="not all recorded"):
        studied(snapshot, counts(), date="last")
    with pytest.raises(InputError, match="no such row"):
        studied(snapshot, counts(), date="never")


def test_a_short_record_has_no_placebo_and_decides_nothing(snapshot):
    found = cf.record(snapshot, cf.of_counts(planted(2.5)), ROWS)
    last = calendar.format_month(DATE + 12)
    short = replace(found, manifest={**found.manifest, "last_month": last})
    early = short.events["month"] <= DATE + 12
    short = replace(short, events=pd.DataFrame(short.events[early]))
    parts = {"says": "it", "count": "events", "of": TREATED, "others": OTHERS, "expected": "up"}
    test = DiffInDiff.model_validate(
        {"test": "diff_in_diff", "date": "date", "before": 60, "after": 12, **parts}
    )
    assert 12 * YEARS - 60 - 12 > 0
    assert diff_in_diff(test, short).test == "diff_in_diff"
