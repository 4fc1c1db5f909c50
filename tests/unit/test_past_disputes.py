"""Past disputes: rates and shares by hand, what is not seen, planted rates, the shipped record."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from liptako.calendar import month_id
from liptako.errors import InputError
from liptako.inference.past_cases.disputes import FIRST_YEAR, fit_disputes, touching
from liptako.inference.past_cases.politics import fit_politics, past_disputes
from liptako.inference.past_cases.rates import Beta, Gamma, jeffreys_rate, jeffreys_share

LAST = month_id(2014, 12)
YEARS = 2014 - FIRST_YEAR + 1
AB, BC = frozenset({"AAA", "BBB"}), frozenset({"BBB", "CCC"})
WORLD = [
    ("world", "", "", 1950, 3, 10), ("world", "", "", 1980, 4, 24), ("world", "", "", 1990, 5, 6),
    ("world", "", "", 2014, 2, 99),
    ("world", "", "", 2014, 4, 0),
]  # fmt: skip


def disputes(*rows, world=WORLD):
    columns = ["scope", "country_a", "country_b", "year", "hostility", "disputes"]
    return pd.DataFrame([*world, *(("theatre", *row) for row in rows)], columns=columns)


RECORD = disputes(
    ("AAA", "BBB", 1970, 4, 1),
    ("BBB", "AAA", 1985, 3, 1),  # either order
    ("BBB", "CCC", 1990, 4, 2),
    ("AAA", "CCC", 1990, 4, 5),  # do not touch
    ("AAA", "BBB", 1999, 2, 7),  # threats alone
    ("AAA", "BBB", FIRST_YEAR - 1, 5, 1),  # not both states yet
)


def test_rates_and_shares_by_hand():
    fit = fit_disputes(RECORD, [AB, BC], LAST)
    months = 2 * 12 * YEARS
    assert fit.n == (4, 3, 0)
    assert (fit.dyad_months, fit.n_dyads, fit.last_year) == (months, 2, 2014)
    assert fit.incident == Gamma(4.5, months)  # two disputes each: no more scatter than by chance
    assert fit.reached[1:] == (Gamma(3.5, months), Gamma(0.5, months))
    # in the world 30 of 40 came to force: 1.5 and 0.5; 6 of those 30 to war: 0.5 and 2
    assert fit.clash == pytest.approx(Beta(1.5 + 3, 0.5 + 1))
    assert fit.war == pytest.approx(Beta(0.5, 2.0 + 3))


def test_a_country_is_at_risk_from_its_first_year():
    fit = fit_disputes(RECORD, [AB, BC], LAST, first_years={"AAA": 1986})
    assert fit.n == (2, 2, 0)
    assert fit.dyad_months == 12 * (YEARS + 2014 - 1986 + 1)


def test_the_order_of_pairs_changes_no_bit():
    names = [f"C{i:02}" for i in range(20)]
    pairs = [frozenset(pair) for pair in pairwise(names)]
    years = {name: FIRST_YEAR + 3 * i for i, name in enumerate(names)}
    rows = [(a, b, 2000, 4, i % 5) for i, (a, b) in enumerate(pairwise(names))]
    fits = {
        fit_disputes(disputes(*rows), pairs[turn:] + pairs[:turn], LAST, first_years=years)
        for turn in range(len(pairs))
    }
    assert len(fits) == 1


def test_years_not_over_are_not_seen():
    whole = fit_disputes(RECORD, [AB, BC], month_id(1990, 12))
    assert (whole.n[0], whole.last_year, whole.dyad_months) == (4, 1990, 24 * 30)
    before = fit_disputes(RECORD, [AB, BC], month_id(1990, 11))
    assert (before.n[0], before.last_year) == (2, 1980)
    later = RECORD.assign(disputes=RECORD["disputes"].where(RECORD["year"] <= 1990, 1000))
    assert fit_disputes(later, [AB, BC], month_id(1990, 12)) == whole
    assert fit_disputes(later, [AB, BC], LAST) != fit_disputes(RECORD, [AB, BC], LAST)


def test_without_the_theatres_own_the_shares_are_the_worlds_and_weak():
    fit = fit_disputes(disputes(), [AB], LAST)
    assert fit.incident == jeffreys_rate(0, 12 * YEARS)
    assert fit.war == pytest.approx(Beta(0.5, 2.0))
    assert fit.war.mean == pytest.approx(6 / 30)
    quiet = disputes(("AAA", "BBB", 1970, 4, 3), world=[("world", "", "", 2014, 4, 9)])
    fit = fit_disputes(quiet, [AB], LAST)
    assert (fit.clash, fit.war) == (jeffreys_share(3, 3), jeffreys_share(0, 3))


def test_pairs_that_differ_widen_the_rate_and_keep_its_mean():
    pairs = [frozenset({"AAA", other}) for other in ("BBB", "CCC", "DDD", "EEE")]
    uneven = disputes(("AAA", "BBB", 1970, 3, 12))
    fit = fit_disputes(uneven, pairs, LAST)
    scatter = ((12 - 3) ** 2 / 3 + 3 * 3**2 / 3) / 3
    assert fit.incident == pytest.approx((12.5 / scatter, 48 * YEARS / scatter))
    assert fit.incident.mean == pytest.approx(jeffreys_rate(12, 48 * YEARS).mean)
    even = disputes(*[(*sorted(pair), 1970, 3, 3) for pair in pairs])
    assert fit_disputes(even, pairs, LAST).incident == jeffreys_rate(12, 48 * YEARS)


def test_planted_rates_of_unlike_pairs_are_covered():
    """Of 200 records, 90% intervals miss the mean pair's rate in 8 to 36 (binomial, p = 1e-4).

    Broken variant: with one rate for all pairs they miss it far more often.
    """
    rng = np.random.default_rng(5)
    names = [f"{letter}{letter}{letter}" for letter in "BCDEFGHIJKLMNOPQRSTUVWXYZ"]
    pairs = [frozenset({"AAA", name}) for name in names]
    missed, missed_plain, rate = 0, 0, 0.02
    for _ in range(200):
        counts = rng.poisson(rng.gamma(0.6, rate / 0.6, len(names)) * YEARS)
        rows = [("AAA", n, 1970, 3, k) for n, k in zip(names, counts, strict=True) if k]
        low, high = fit_disputes(disputes(*rows), pairs, LAST).incident.interval()
        missed += not low <= rate / 12 <= high
        low, high = jeffreys_rate(counts.sum(), 12 * YEARS * len(names)).interval()
        missed_plain += not low <= rate / 12 <= high
    assert 8 <= missed <= 36
    assert missed_plain > 36


def test_touching_is_by_sides_and_corners():
    cells = pd.DataFrame(
        [(1, 1, "AAA"), (1, 2, "AAA"), (2, 3, "BBB"), (3, 2, "CCC"), (5, 5, "DDD"), (5, 6, "EEE"),
         (8, 1, "FFF"), (9, 1, "GGG")],
        columns=["row", "col", "country"],
    )  # fmt: skip
    sides = {frozenset({"DDD", "EEE"}), frozenset({"FFF", "GGG"})}
    assert touching(cells) == {AB, BC, *sides}
    mirrored = cells.assign(col=-cells["col"])
    assert touching(mirrored) == touching(cells)
    assert touching(cells.iloc[:2]) == set()


def test_refusals():
    with pytest.raises(InputError, match="no disputes of the world"):
        fit_disputes(disputes(world=[]), [AB], LAST)
    with pytest.raises(InputError, match="no month at risk"):
        fit_disputes(RECORD, [], LAST)
    with pytest.raises(InputError, match="not a pair"):
        fit_disputes(RECORD, [frozenset({"AAA"})], LAST)


def test_the_shipped_record(theatre, snapshot):
    """Counted by hand in the shipped table: 26 onsets, two of them between states apart."""
    fit = past_disputes(snapshot)
    assert (fit.n, fit.n_dyads, fit.last_year) == ((24, 18, 0), 25, 2014)
    assert fit.dyad_months == 25 * 12 * YEARS
    assert 12 * fit.incident.mean == pytest.approx(0.018, abs=0.001)
    assert fit.war.mean == pytest.approx(0.022, abs=0.001)
    politics = fit_politics(theatre, snapshot, tuple(theatre.countries), 8.0)
    assert politics.rates["ladders.incident"] == fit.incident
    assert politics.shares["ladders.clash"] == fit.clash
    assert politics.shares["ladders.war"] == fit.war


def test_disputes_need_no_panel_of_coups_but_a_record_and_a_border(theatre, snapshot):
    quiet = theatre.model_copy(update={"coup_panel": {}})
    politics = fit_politics(quiet, snapshot, tuple(theatre.countries), 8.0)
    assert politics.rates["ladders.incident"] == past_disputes(snapshot).incident
    shape, rate = politics.rates["alliance.end"]
    assert shape / rate < 1e-8
    assert politics.regimes is None
    assert politics.ties is None
    alone = snapshot.cells[snapshot.cells["country"] == snapshot.cells["country"].iloc[0]]
    for less in ({"cells": alone}, {"mid": snapshot.mid.iloc[:0]}):
        assert past_disputes(replace(snapshot, **less)).incident.mean < 1e-8


def test_an_earlier_start_knows_less(snapshot):
    early = past_disputes(snapshot.until(month_id(2003, 6)))
    assert early.last_year == 2002
    assert early.n[0] < past_disputes(snapshot).n[0]
