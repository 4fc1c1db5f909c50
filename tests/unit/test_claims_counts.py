"""Statistics of claims: closed forms, exact intervals, clusters, shares, people."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

import claims_fixtures as cf
from liptako.errors import InputError
from liptako.ledger.counts import exposure_of, log_ratio, odds, statistic
from liptako.ledger.finding import CONTRADICTED, SUPPORTED, UNDECIDED
from liptako.theatre.claims import Near, Statistic, Where, Window

EARLY = {"first": "2012-01", "last": "2012-12"}
LATE = {"first": "2013-01", "last": "2013-12"}


def asked(snapshot, **parts: Any):
    usual = {"test": "statistic", "says": "it", "count": "events", "expected": "up"}
    return statistic(Statistic.model_validate({**usual, **parts}), snapshot)


@pytest.fixture(scope="module")
def grown(snapshot):
    """Twice as many events in the last year, in every region."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(1.5, (cf.MONTHS, len(cf.REGIONS)))
    counts[-12:] *= 2
    return cf.record(snapshot, cf.of_counts(counts), [])


def test_independent_events_have_at_least_the_exact_interval():
    """Given a + b, a is binomial: Clopper and Pearson's interval is never undercut."""
    found = log_ratio(np.ones(41), np.ones(24), 12.0, 12.0, 1.0, "up", exact=True)
    exact = binomtest(41, 65).proportion_ci(0.90, "exact")
    assert found.log == pytest.approx(math.log(41 / 24))
    assert found.lo <= math.log(exact.low / (1 - exact.low)) + 1e-9
    assert found.hi >= math.log(exact.high / (1 - exact.high)) - 1e-9
    assert found.p >= binomtest(41, 65, alternative="greater").pvalue - 1e-9


def test_events_in_clusters_say_less_than_as_many_alone():
    alone = log_ratio(np.ones(40), np.ones(20), 1.0, 1.0, 1.0, "up", exact=True)
    together = log_ratio(np.full(4, 10.0), np.full(4, 5.0), 1.0, 1.0, 1.0, "up", exact=True)
    assert together.log == pytest.approx(alone.log)
    assert together.hi - together.lo > alone.hi - alone.lo
    assert alone.p < 0.05 < together.p


def test_one_great_massacre_decides_nothing():
    found = log_ratio(np.array([400.0, 1, 1]), np.ones(30), 1.0, 1.0, 1.0, "up", exact=False)
    assert found.lo < 0 < found.hi


def test_too_few_clusters_say_nothing_of_deaths():
    found = log_ratio(np.array([50.0]), np.ones(30), 1.0, 1.0, 1.0, "up", exact=False)
    assert math.isinf(found.hi)


def test_signs_are_mirrored():
    up = log_ratio(np.ones(41), np.ones(24), 1.0, 1.0, 1.0, "up", exact=False)
    down = log_ratio(np.ones(41), np.ones(24), 1.0, 1.0, 1.0, "down", exact=False)
    assert up.p + down.p == pytest.approx(1.0)


def test_longer_windows_are_rates():
    one = log_ratio(np.ones(30), np.ones(60), 12.0, 24.0, 1.0, "up", exact=True)
    assert one.log == pytest.approx(0.0)


def test_a_share_is_that_of_the_part():
    found = odds(np.ones(30), np.ones(70), 0.25, "up", exact=True)
    assert 1 / (1 + math.exp(-found.log)) == pytest.approx(0.30)
    assert found.lo < math.log(30 / 70) < found.hi


def test_a_ratio_of_the_record_is_supported_and_its_mirror_contradicted(grown):
    parts = {"how": "ratio", "of": Window(**LATE), "against": Window(**EARLY)}
    found = asked(grown, **parts)
    assert found.verdict == SUPPORTED
    assert found.result == pytest.approx(2.0, rel=0.15)
    assert found.robust
    assert asked(grown, **parts, expected="down").verdict == CONTRADICTED
    assert asked(grown, **parts, null=2.0).verdict == UNDECIDED


def test_people_make_a_rate_by_head(grown):
    windows = [Window(**LATE, countries=[iso]) for iso in ("AAA", "BBB")]
    per = [exposure_of(window, grown, people=True) for window in windows]
    assert per == [12e6, 24e6]
    found = asked(grown, how="ratio", of=windows[0], against=windows[1], per_person=True)
    assert found.result == pytest.approx(2.0, rel=0.25)
    with pytest.raises(InputError, match="people"):
        exposure_of(Window(**LATE, countries=["CCC"]), grown, people=True)


def test_a_total_is_as_recorded(grown):
    window = Window(**LATE, countries=["AAA"])
    rows = grown.events
    mine = rows[(rows["country"] == "AAA") & (rows["month"] > cf.LAST - 12)]["deaths"].sum()
    found = asked(grown, count="deaths", how="total", of=window, null=float(mine))
    assert (found.result, found.verdict, found.p) == (float(mine), SUPPORTED, None)
    more = asked(grown, count="deaths", how="total", of=window, null=float(mine) + 1)
    assert more.verdict == CONTRADICTED


def test_what_is_not_recorded_yet_is_refused(grown):
    later = Window(first="2014-01", last="2014-12")
    with pytest.raises(InputError, match="not recorded yet"):
        asked(grown, how="total", of=later)


def test_places_are_chosen_by_distance(snapshot):
    here = Window(first="2023-11", last="2023-11", near=Near(lat=14.25, lon=-1.75, km=1.0),
                  streams=["jnim_civilians"])  # fmt: skip
    assert asked(snapshot, count="deaths", how="total", of=here).result == 40.0
    assert Where().countries == []
