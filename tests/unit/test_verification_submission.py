"""Forecasts in the challenge's format: written, read back, scored on identical cases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liptako.data import views
from liptako.errors import InputError
from liptako.theatre.loading import load_scenario
from liptako.verification import baselines
from liptako.verification.backtest import record, scoring, submission, windows
from liptako.verification.backtest.cases import SCORES, frame_of, score_cases

SPAN = windows.window(2020)
COUNTRIES = ("MLI", "BFA", "NER")


@pytest.fixture(scope="module")
def loaded():
    return load_scenario("sahel-2024")


@pytest.fixture(scope="module")
def own_cases(snapshot) -> pd.DataFrame:
    """Cases of our conflictology at country-months of one window."""
    obs = record.country_deaths(snapshot, COUNTRIES, SPAN.first, SPAN.last)
    seen = snapshot.until(SPAN.init)
    past = record.country_deaths(seen, COUNTRIES, SPAN.init - 11, SPAN.init)
    draws = baselines.conflictology(past)
    return frame_of("conflictology", SPAN, COUNTRIES, score_cases(obs, draws))


def test_the_challenges_conflictology_scores_as_ours(raw, loaded, own_cases):
    found = submission.find(raw / "views" / "conflictology", "cm", [2020])
    theirs = submission.score(found, own_cases, loaded)
    both = own_cases.merge(theirs, on=["window", "month", "lead", "unit"], suffixes=("", "_them"))
    assert len(both) == 36
    for score in SCORES:
        np.testing.assert_allclose(both[score], both[f"{score}_them"], atol=1e-9)


def test_what_is_written_is_read_and_scored(tmp_path, loaded, own_cases, snapshot):
    rng = np.random.default_rng(3)
    draws = rng.poisson(30, (12, 3, 1000))
    ids = [loaded.theatre.countries[iso].views_id for iso in COUNTRIES]
    path = submission.write(draws, SPAN.months, ids, "cm", tmp_path, "2020")
    table = views.read_forecast(path)
    assert table.groupby(["month", "country_id"]).size().eq(1000).all()
    found = submission.find(tmp_path, "cm", [2020])
    scored = submission.score(found, own_cases, loaded).sort_values(["month", "unit"])
    obs = record.country_deaths(snapshot, COUNTRIES, SPAN.first, SPAN.last)
    direct = frame_of("x", SPAN, COUNTRIES, score_cases(obs, draws)).sort_values(["month", "unit"])
    np.testing.assert_allclose(scored["crps"], direct["crps"])
    np.testing.assert_allclose(scored["mis"], direct["mis"])


def test_cells_keep_their_numbers(tmp_path):
    draws = np.random.default_rng(1).poisson(1.0, (12, 2, 1000))
    path = submission.write(draws, SPAN.months, [151535, 151536], "pgm", tmp_path, "2020")
    table = pd.read_parquet(path)
    assert table.index.names == ["month_id", "priogrid_gid", "draw"]
    one = table.loc[(SPAN.first + 4, 151536)]["outcome"].to_numpy()
    np.testing.assert_array_equal(one, draws[4, 1])


def test_another_number_of_draws_is_refused(tmp_path):
    with pytest.raises(InputError, match="1000"):
        submission.write(np.zeros((12, 1, 999), int), SPAN.months, [50], "cm", tmp_path, "2020")
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_forecast_of_part_of_the_cases_is_scored_on_that_part(tmp_path, loaded, own_cases):
    draws = np.ones((6, 1, 1000), int)
    path = submission.write(draws, SPAN.months[:6], [50], "cm", tmp_path, "2020")
    scored = submission.score({2020: path}, own_cases, loaded)
    assert set(scored["unit"]) == {"MLI"}
    assert sorted(scored["month"]) == list(SPAN.months[:6])


def test_what_cannot_be_scored_is_refused(tmp_path, loaded, own_cases):
    with pytest.raises(InputError, match="no such folder"):
        submission.find(tmp_path / "none", "cm", [2020])
    with pytest.raises(InputError, match="found 0"):
        submission.find(tmp_path, "cm", [2020])
    elsewhere = submission.write(np.ones((1, 1, 1000), int), [100], [50], "cm", tmp_path, "2020")
    with pytest.raises(InputError, match="none of the months"):
        submission.score({2020: elsewhere}, own_cases, loaded)
    cells = submission.write(
        np.ones((12, 1, 1000), int), SPAN.months, [151535], "pgm", tmp_path, "2020"
    )
    with pytest.raises(InputError, match="other level"):
        submission.score({2020: cells}, own_cases, loaded)


def outside(folder, unit, months=SPAN.months, draws=3):
    rows = [(m, unit, draw, 2.0) for m in months for draw in range(draws)]
    names = ["month_id", "country_id", "draw", "outcome"]
    path = folder / f"cm/window=Y2020/{unit}.parquet"
    path.parent.mkdir(parents=True)
    pd.DataFrame(rows, columns=names).to_parquet(path)
    return submission.find(folder, "cm", [2020])


def test_what_cannot_be_scored_is_refused_before_the_backtest(tmp_path, loaded):
    submission.check(outside(tmp_path / "a", 50), "cm", [SPAN], loaded)
    with pytest.raises(InputError, match=r"Gleditsch-Ward.*432.*50 \(Mali\)"):
        submission.check(outside(tmp_path / "b", 432), "cm", [SPAN], loaded)
    with pytest.raises(InputError, match="no country of ours"):
        submission.check(outside(tmp_path / "c", 246), "cm", [SPAN], loaded)
    with pytest.raises(InputError, match="none of the months"):
        submission.check(outside(tmp_path / "d", 50, months=[100]), "cm", [SPAN], loaded)
    with pytest.raises(InputError, match="other level"):
        submission.check(outside(tmp_path / "e", 50), "pgm", [SPAN], loaded)


def test_the_file_is_read_before_anything_is_forecast(tmp_path, monkeypatch):
    def forecast(*_):
        raise AssertionError("forecast first")

    outside(tmp_path, 432)
    monkeypatch.setattr(scoring, "score_countries", forecast)
    source = scoring.source_of("sahel-2024", 10, None)
    with pytest.raises(InputError, match="Gleditsch-Ward"):
        scoring.score_windows(source, windows=[2020], against=tmp_path)
