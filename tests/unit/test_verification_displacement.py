"""The test of displacement: what is left out is not read, and right ranges hold as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import flight_fixtures as ff
from liptako.errors import InputError
from liptako.verification import displacement


@pytest.fixture(scope="module")
def record():
    return ff.planted_record(5)


@pytest.fixture(scope="module")
def verified(record):
    return displacement.verify_displacement(record, ff.COUNTRIES)


def made(record, y):
    forecasts = displacement.forecast_year(record, y, np.random.default_rng(4))
    return forecasts | displacement.baselines(record, y, np.random.default_rng(4))


def test_totals_of_the_year_are_not_read(record):
    y = 4
    totals = record.displaced.copy()
    totals[y] *= 1000.0
    changed = replace(record, displaced=totals)
    for name, draws in made(record, y).items():
        np.testing.assert_array_equal(draws, made(changed, y)[name], err_msg=name)
    later = made(changed, y + 2)
    for name, draws in made(record, y + 2).items():
        assert not np.allclose(draws, later[name]), name


def test_what_was_known_before_does_not_hold_the_deaths_of_the_year(record):
    y = 4
    deaths = record.deaths.copy()
    deaths[y] *= 20.0
    plain, changed = made(record, y), made(replace(record, deaths=deaths), y)
    np.testing.assert_array_equal(plain["known_before"], changed["known_before"])
    assert (np.median(changed["deaths_known"] / plain["deaths_known"], axis=0) > 3).all()


def test_ranges_hold_as_they_say():
    """Three planted records, 96 cases: 90% inside; 79 or fewer had chance 0.01 were they apart."""
    inside = {name: [] for name in displacement.FORECASTS}
    width = []
    for seed in (11, 12, 13):
        summary = displacement.verify_displacement(ff.planted_record(seed), ff.COUNTRIES).summary()
        for row in summary["cases"]:
            for name, hits in inside.items():
                hits.append(row[name]["inside"])
            width.append(np.log(row["deaths_known"]["q95"] / row["deaths_known"]["q05"]))
    for name, hits in inside.items():
        assert len(hits) == 96
        assert sum(hits) >= 79, name
    # the noise alone is 2 * 1.645 * 0.5 wide; ranges may be no more than 1.7 times that
    assert 1.645 < np.mean(width) < 1.7 * 1.645


def test_the_model_beats_its_baselines_where_it_is_true(verified):
    scores = {row["forecast"]: row for row in verified.summary()["scores"]}
    assert scores["deaths_known"]["n"] == 28, "seven years of four countries have a year before"
    best = min(scores[name]["crps_log1p"] for name in displacement.BASELINES)
    assert scores["deaths_known"]["crps_log1p"] < best
    gaps = verified.summary()["differences"]["deaths_known"]
    for name, (gap, low, high) in gaps.items():
        assert low <= gap <= high
        expected = scores["deaths_known"]["crps_log1p"] - scores[name]["crps_log1p"]
        assert gap == pytest.approx(expected)


def test_baselines_are_what_they_say(record):
    y = 6
    found = displacement.baselines(record, y, np.random.default_rng(1))
    logs = np.log(record.displaced)
    last, others = (np.log(found[name]) for name in displacement.BASELINES)
    np.testing.assert_allclose(np.median(last, axis=0), logs[y - 1], atol=0.08)
    rest = np.delete(logs[1:], y - 1, axis=0)
    np.testing.assert_allclose(np.median(others, axis=0), rest.mean(axis=0), atol=0.08)
    changes = np.delete(np.diff(logs, axis=0), [0, y - 1, y], axis=0)
    assert last.std(axis=0).mean() == pytest.approx(np.sqrt((changes**2).mean()), rel=0.05)
    within = np.sqrt(((rest - rest.mean(axis=0)) ** 2).sum() / (rest.size - 4))
    assert others.std(axis=0).mean() == pytest.approx(within * np.sqrt(1 + 1 / 7), rel=0.05)


def test_coverage_of_few_cases_has_its_interval(verified):
    rows = {row["country"]: row for row in verified.summary()["coverage"]["deaths_known"]}
    assert set(rows) == {*ff.COUNTRIES, "all"}
    assert sum(rows[country]["inside"] for country in ff.COUNTRIES) == rows["all"]["inside"]
    assert (rows["all"]["n"], rows["AAA"]["n"]) == (32, 8)
    everyone = replace(verified, draws={n: d * [[0.0]] for n, d in verified.draws.items()})
    nobody = everyone.summary()["coverage"]["deaths_known"][-1]
    assert nobody["inside"] == 0
    # Jeffreys: the 95% quantile of Beta(0.5, 32.5)
    assert nobody["hi"] == pytest.approx(0.058, abs=0.002)


def test_too_few_years_are_refused(record):
    few = replace(record, displaced=np.where(np.arange(9)[:, None] < 3, record.displaced, np.nan))
    with pytest.raises(InputError, match="too few years to leave one out"):
        displacement.verify_displacement(few, ff.COUNTRIES)
