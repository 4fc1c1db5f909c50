"""The stored scores of the VIEWS challenge's benchmarks, reproduced from stored draws and history.

Measured when this was written: CRPS and MIS of conflictology agree to rounding; stored
ignorance agrees bit for bit with the Fourier-resampled definition and in no window with
that on the twelve raw draws.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liptako.calendar import month_id
from liptako.verification import (
    bootstrap_240,
    conflictology,
    crps_ensemble,
    ignorance,
    ignorance_resampled,
    interval_score,
    last_observation_poisson,
    zero,
)

WINDOWS = tuple(range(2018, 2024))
SAHEL = [50, 47, 78]
SCORES = {"crps": crps_ensemble, "ign": ignorance_resampled, "mis": interval_score}

CRPS_SAHEL = {
    "conflictology": [12.48, 20.43, 26.87, 29.45, 59.81, 93.31],
    "last_historical_poisson": [21.43, 27.38, 35.26, 54.26, 54.28, 126.19],
}


@pytest.fixture(scope="session")
def views(shared_dir: Path) -> Path:
    return shared_dir / "data" / "views"


@cache
def table(path: Path, column: str) -> pd.DataFrame:
    return pd.read_csv(path).pivot(index="month_id", columns="country_id", values=column)


def actuals(views: Path, year: int) -> pd.DataFrame:
    return table(views / f"cm_actuals_{year}.csv", "outcome")


def stored(views: Path, benchmark: str, year: int, score: str) -> pd.DataFrame:
    frame = table(views / "benchmark_scores" / f"bm_{benchmark}_{year}_{score}.csv", "value")
    pd.testing.assert_index_equal(frame.index, actuals(views, year).index)
    pd.testing.assert_index_equal(frame.columns, actuals(views, year).columns)
    return frame


def stored_draws(views: Path, year: int) -> np.ndarray:
    path = views / "conflictology" / f"bm_conflictology_cm_{year}.parquet"
    frame = pd.read_parquet(path).reset_index().sort_values(["month_id", "country_id", "draw"])
    return frame["outcome"].to_numpy().reshape(*actuals(views, year).shape, 12)


def history(views: Path, year: int, last: int = 10) -> np.ndarray:
    """Return deaths from 1990 through October of the year before, as scored where known."""
    before = table(views / "country_month_ged_sb_1990_2021.csv.gz", "ged_sb")
    frames = [before.loc[: month_id(2017, 12)], *(actuals(views, past) for past in WINDOWS)]
    return pd.concat(frames).loc[: month_id(year - 1, last)].to_numpy()


def sahel(views: Path) -> np.ndarray:
    return np.isin(actuals(views, 2018).columns, SAHEL)


@pytest.mark.parametrize("year", WINDOWS)
@pytest.mark.parametrize("score", ["crps", "mis", "ign"])
def test_conflictology_scores_follow_from_the_stored_draws(views, year, score):
    obs = actuals(views, year).to_numpy()
    value = SCORES[score](obs, stored_draws(views, year))
    np.testing.assert_allclose(value, stored(views, "conflictology", year, score), atol=1e-6)


@pytest.mark.parametrize("year", WINDOWS)
def test_stored_ignorance_is_not_that_of_the_raw_draws(views, year):
    obs, draws = actuals(views, year).to_numpy(), stored_draws(views, year)
    expected = stored(views, "conflictology", year, "ign").to_numpy()
    raw = ignorance(obs, draws)
    assert np.isclose(raw, expected, atol=0.01).mean() < 0.01
    assert raw.mean() > expected.mean() + 0.5


@pytest.mark.parametrize("year", WINDOWS)
@pytest.mark.parametrize("score", ["crps", "mis", "ign"])
def test_zero_scores(views, year, score):
    obs = actuals(views, year).to_numpy()
    value = SCORES[score](obs, zero(history(views, year)))
    np.testing.assert_allclose(value, stored(views, "zero", year, score), atol=1e-6)


@pytest.mark.parametrize(
    ("year", "share"),
    [(2018, 0.996), (2019, 0.999), (2020, 1.0), (2021, 1.0), (2022, 1.0), (2023, 1.0)],
)
def test_stored_conflictology_draws_are_the_twelve_months_to_october(views, year, share):
    draws = stored_draws(views, year)
    assert (conflictology(history(views, year)) == draws).mean() >= share
    for last in (9, 11):
        assert (conflictology(history(views, year, last)) == draws).mean() < 0.9


@pytest.mark.parametrize("benchmark", CRPS_SAHEL)
def test_sahel_means_of_the_design(views, benchmark):
    means = [stored(views, benchmark, year, "crps")[SAHEL].mean(axis=None) for year in WINDOWS]
    np.testing.assert_allclose(means, CRPS_SAHEL[benchmark], atol=0.006)


def test_conflictology_from_history_gives_the_sahel_means(views):
    for year, expected in zip(WINDOWS, CRPS_SAHEL["conflictology"], strict=True):
        value = crps_ensemble(actuals(views, year).to_numpy(), conflictology(history(views, year)))
        assert value[:, sahel(views)].mean() == pytest.approx(expected, abs=0.006)


def deviation(views: Path, benchmark: str, year: int, forecast, units=slice(None)) -> np.ndarray:
    """Return stored minus recomputed CRPS in Monte Carlo standard errors, `[month, unit]`."""
    past, obs = history(views, year), actuals(views, year).to_numpy()[:, units]
    runs = np.array([crps_ensemble(obs, forecast(past, seed=k)[:, units]) for k in range(12)])
    error = np.maximum(runs.std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(runs)), 1e-6)
    expected = stored(views, benchmark, year, "crps").to_numpy()[:, units]
    return (expected - runs.mean(axis=0)) / error


@pytest.mark.parametrize("year", WINDOWS)
def test_last_observation_poisson_within_monte_carlo_error(views, year):
    # An error estimated from 12 runs puts 0.2% beyond 4 (t, 11 degrees of freedom). Vintage
    # differs in up to 1% of the cases of 2018.
    far = np.abs(deviation(views, "last_historical_poisson", year, last_observation_poisson))
    assert (far <= 4).mean() > (0.985 if year == 2018 else 0.998)
    random = far[far > 1e-9]
    assert np.median(random) == pytest.approx(0.7, abs=0.15)


def own_pool(past: np.ndarray, seed: int) -> np.ndarray:
    return bootstrap_240(past, pooled=False, seed=seed)


@pytest.mark.parametrize("year", WINDOWS)
def test_bootstrap_240_within_monte_carlo_error_in_the_sahel(views, year):
    far = np.abs(deviation(views, "boot_240", year, bootstrap_240, sahel(views)))
    assert (far <= 4).mean() > 0.97
    assert (np.abs(deviation(views, "boot_240", year, own_pool, sahel(views))) <= 4).mean() < 0.5


@pytest.mark.parametrize("year", WINDOWS)
def test_bootstrap_240_pool_lacks_part_of_the_challenges(views, year):
    peace = actuals(views, year).to_numpy() == 0
    value = crps_ensemble(np.zeros(peace.shape), bootstrap_240(history(views, year)))
    expected = stored(views, "boot_240", year, "crps").to_numpy()
    assert 0.90 < value[peace].mean() / expected[peace].mean() < 0.99
