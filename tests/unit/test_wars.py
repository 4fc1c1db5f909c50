"""Wars of patrons' own: the law of deaths by hand, and nothing later than the start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.runs.wars import MAX_PERSISTENCE, Wars, fit, log_deaths, wars_of
from liptako.theatre.politics import War

PLACE, HALF_LIFE = 7, 8.0


def months_of(deaths: list[int], first: int, place: int = PLACE) -> pd.DataFrame:
    months = np.arange(first, first + len(deaths))
    return pd.DataFrame(
        {"country_id": place, "country": "", "month": months, "deaths_sb": deaths, "vintage": "-"}
    )


def with_deaths(*tables: pd.DataFrame):
    return replace(mf.world_snapshot(), country_months=pd.concat(tables, ignore_index=True))


def test_the_law_of_a_series_by_hand():
    logs = np.tile([1.0, 3.0, 2.0, 2.0], 6)
    last, mean, keep, spread = fit(logs, HALF_LIFE)
    weight = 0.5 ** (np.arange(24)[::-1] / HALF_LIFE)
    level = (weight @ logs) / weight.sum()
    assert (last, mean) == pytest.approx((2.0 - level, 2.0 - level))
    assert spread == pytest.approx(np.sqrt(0.5))
    assert keep == 0.0, "one month up, the next down"


def test_persistence_is_the_correlation_of_neighbouring_months():
    logs = np.repeat([0.0, 1.0, 0.0, 1.0], 6)
    around = logs - 0.5
    expected = (around[1:] * around[:-1]).sum() / (around**2).sum()
    assert fit(logs, HALF_LIFE)[2] == pytest.approx(expected)
    assert 0.5 < expected <= MAX_PERSISTENCE


def test_an_even_war_goes_on_as_it_is():
    assert fit(np.full(30, 4.0), HALF_LIFE) == pytest.approx((0.0, 0.0, 0.0, 0.0))


def test_less_than_a_year_says_too_little():
    assert fit(np.arange(11.0), HALF_LIFE) == (0.0, 0.0, 0.0, 0.0)
    assert fit(np.arange(12.0), HALF_LIFE)[3] > 0.0


def test_only_the_place_and_months_of_the_war_up_to_the_start_are_read():
    war = War(country_id=PLACE, since="2013-01", note="invented")
    first = war.since_month
    known = months_of([0, 1, 2], first - 1)
    snapshot = with_deaths(known, months_of([9] * 3, first, place=8))
    np.testing.assert_allclose(log_deaths(war, snapshot, first), np.log1p([1]))
    np.testing.assert_allclose(log_deaths(war, snapshot, first + 5), np.log1p([1, 2]))


def test_who_fights_no_war_has_no_law(theatre):
    calm = wars_of(mf.theatre_of(mf.STREAMS, politics=True), mf.world_snapshot(), 400, HALF_LIFE)
    np.testing.assert_array_equal(calm.last, np.zeros(3))
    np.testing.assert_array_equal(calm.law, np.zeros((3, 3)))
    names = list(theatre.patrons)
    at = next(i for i, name in enumerate(names) if theatre.patrons[name].war)
    since = theatre.patrons[names[at]].war.since_month
    place = theatre.patrons[names[at]].war.country_id
    rng = np.random.default_rng(1)
    deaths = rng.poisson(np.exp(rng.normal(5, 1, 40))).tolist()
    early = months_of(deaths[:20], since, place)
    found = wars_of(theatre, with_deaths(early), since + 19, HALF_LIFE)
    later = wars_of(theatre, with_deaths(months_of(deaths, since, place)), since + 19, HALF_LIFE)
    assert isinstance(found, Wars)
    np.testing.assert_array_equal(found.law, later.law)
    assert found.law[2, at] > 0
    assert not np.delete(found.law, at, axis=1).any()
