"""The level on all countries: which wars are left out, what is counted, what is written."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from liptako.data import views
from liptako.verification.backtest import world
from liptako.verification.backtest.cases import frame_of, score_cases
from liptako.verification.backtest.windows import window

SIZES = {1: 0.0, 2: 0.5, 3: 60.0, 57: 500.0, 117: 900.0}


def cases_of(years=(2010, 2011)) -> pd.DataFrame:
    """Return cases of five countries; the level is exact, last year again off by its size."""
    parts = []
    for year in years:
        span, units = window(year), list(SIZES)
        obs = np.tile([0.0, 1.0, 60.0, 500.0, 900.0], (12, 1))
        for model, off in (
            ("level", 0.0), ("conflictology", 0.5), ("conflictology_smoothed", 1.0),
        ):  # fmt: skip
            draws = np.repeat((obs * (1.0 + off))[..., None], 10, axis=-1)
            parts.append(frame_of(model, span, units, score_cases(obs, draws)))
    cases = pd.concat(parts, ignore_index=True)
    return cases.assign(size=cases["unit"].map(SIZES))


@pytest.fixture(scope="module")
def summary():
    return world.summary(cases_of())


def test_the_largest_wars_are_those_that_decide_the_mean(summary):
    assert world.largest_wars(cases_of()).tolist() == [117, 57]
    first, second = summary["without_largest"]
    assert [len(part["left_out"]) for part in (first, second)] == [1, 2]
    assert first["left_out"] == second["left_out"][:1]
    assert first["scores"]["conflictology"]["crps"] == pytest.approx((0.5 + 30 + 250) / 4)
    assert second["scores"]["conflictology"]["crps"] == pytest.approx((0.5 + 30) / 3)
    assert summary["scores"]["conflictology"]["crps"] == pytest.approx((0.5 + 30 + 250 + 450) / 5)


def test_sizes_medians_and_wins_are_counted_by_country(summary):
    assert [(row["from"], row["cases"]) for row in summary["by_size"]] == [
        (0.0, 48), (25.0, 24), (100.0, 48),
    ]  # fmt: skip
    assert summary["median_at_war"]["conflictology"]["crps"] == pytest.approx(250.0)
    assert summary["wins"]["conflictology"]["units"] == {"won": 4, "tied": 1, "of": 5}
    assert summary["wins_not_at_peace"]["conflictology"]["units"]["of"] == 4


def test_what_others_published_stands_beside_whole_windows_only(summary):
    assert summary["published"] == []
    row = world.published(cases_of((2018, 2023)))[0]
    assert row["crps"] == pytest.approx((12.8743 + 46.3418) / 2)
    assert world.published(cases_of((2017, 2018))) == []


@pytest.mark.usefixtures("unchecked")
def test_an_export_holds_all_countries_and_the_challenges_draws(tmp_path, monkeypatch):
    months = np.arange(400, 540)
    table = pd.DataFrame(np.zeros((len(months), 3)), index=months, columns=[7, 9, 50])
    seen = []

    def draws(source, span, units):
        seen.append((span.name, units))
        return np.ones((12, 3, 1000))

    monkeypatch.setattr(world, "world_draws", draws)
    monkeypatch.setattr(world.record, "world_table", lambda snapshot: table)
    source = SimpleNamespace(snapshot=SimpleNamespace(until=lambda month: None), say=lambda t: None)
    (path,) = world.export(source, [2024], tmp_path)
    assert seen == [(2024, [7, 9, 50])]
    found = views.read_forecast(path)
    assert path == views.find_forecast(tmp_path, "cm", 2024)
    assert found["country_id"].unique().tolist() == [7, 9, 50]
    assert len(found) == 12 * 3 * 1000
