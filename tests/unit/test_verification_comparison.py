"""From cases to what is reported."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from liptako.cli import verify_text
from liptako.errors import InputError
from liptako.verification import Interval
from liptako.verification.backtest import comparison, windows
from liptako.verification.backtest.cases import SCORES, frame_of, score_cases

UNITS = ["AAA", "BBB"]
YEARS = (2018, 2019, 2020)


def cases(models: dict[str, float], seed: int = 1) -> pd.DataFrame:
    """Return cases of models that draw around the truth with a bias each."""
    rng = np.random.default_rng(seed)
    parts = []
    for year in YEARS:
        span = windows.window(year)
        obs = rng.poisson(30.0, (12, 2)).astype(float)
        noise = rng.poisson(30.0, (12, 2, 100)) - 30.0
        for model, bias in models.items():
            draws = np.maximum(obs[..., None] + bias + noise, 0)
            parts.append(frame_of(model, span, UNITS, score_cases(obs, draws)))
    return pd.concat(parts, ignore_index=True)


def test_means_are_over_all_cases_best_first():
    table = cases({"worse": 20.0, "liptako": 0.0})
    found = comparison.means(table)
    assert list(found) == ["liptako", "worse"]
    assert set(found["worse"]) == set(SCORES)
    own = table[table["model"] == "worse"]
    assert found["worse"]["crps"] == pytest.approx(own["crps"].mean())
    assert set(comparison.by_window(table)) == {"2018", "2019", "2020"}


def test_a_clear_difference_has_its_sign_and_word():
    table = cases({"liptako": 0.0, "worse": 20.0})
    row = comparison.differences(table, "liptako")["worse"]["crps"]
    assert row["hi"] < 0
    assert row["verdict"] == "better"
    assert comparison.differences(table, "worse")["liptako"]["crps"]["verdict"] == "worse"
    skill = comparison.skills(table, "liptako")["worse"]
    found = comparison.means(table)
    expected = 1 - found["liptako"]["crps"] / found["worse"]["crps"]
    assert skill["estimate"] == pytest.approx(expected)
    assert skill["lo"] > 0


def test_no_clear_difference_between_equals():
    table = cases({"liptako": 0.0, "same": 0.0})
    row = comparison.differences(table, "liptako")["same"]["crps"]
    assert (row["estimate"], row["verdict"]) == (0.0, comparison.NO_DIFFERENCE)


@pytest.mark.parametrize(
    ("interval", "word"),
    [((0.1, 0.01, 0.2), "better"), ((-0.1, -0.2, -0.01), "worse"),
     ((0.1, -0.01, 0.2), comparison.NO_DIFFERENCE), ((0.1, 0.0, 0.2), comparison.NO_DIFFERENCE)],
)  # fmt: skip
def test_verdicts(interval, word):
    assert comparison.verdict(Interval(*interval), 1) == word


def test_one_window_has_an_interval_too():
    table = cases({"liptako": 0.0, "worse": 20.0})
    table = table[table["window"] == 2018]
    assert comparison.differences(table, "liptako")["worse"]["crps"]["hi"] < 0


def test_wins_count_windows_units_and_both():
    table = cases({"liptako": 0.0, "worse": 20.0})
    lost = (table["model"] == "liptako") & (table["window"] == 2019) & (table["unit"] == "AAA")
    table.loc[lost, "crps"] = 1e4
    found = comparison.wins(table, "liptako")["worse"]
    assert found["windows"] == {"won": 2, "tied": 0, "of": 3}
    assert found["units"] == {"won": 1, "tied": 0, "of": 2}
    assert found["unit_windows"] == {"won": 5, "tied": 0, "of": 6}


def test_only_cases_that_every_model_has_are_kept():
    table = cases({"liptako": 0.0, "other": 1.0})
    gone = (table["model"] == "other") & (table["unit"] == "AAA")
    kept = comparison.same_cases(table[~gone])
    assert set(kept["unit"]) == {"BBB"}
    assert (kept["model"] == "liptako").sum() == (kept["model"] == "other").sum() == 36
    with pytest.raises(InputError, match="no case in common"):
        comparison.same_cases(table[~gone & ~((table["model"] == "liptako") & ~gone)].assign(
            model=np.where(np.arange(36) % 2, "a", "b")))  # fmt: skip


def test_the_worst_miss_is_named():
    table = cases({"liptako": 0.0, "worse": 20.0})
    at = table.index[(table["model"] == "liptako") & (table["unit"] == "BBB")][30]
    table.loc[at, ["obs", "crps"]] = [999.0, 950.0]
    miss = comparison.worst_miss(table, "liptako", {"BBB": "Bbb land"})
    assert (miss["name"], miss["observed"], miss["crps"]) == ("Bbb land", 999.0, 950.0)
    assert miss["worst_window"]["unit"] == "BBB"
    assert 0.5 < miss["share_of_loss"] <= miss["worst_window"]["share_of_loss"] <= 1


def test_calibration_of_a_calibrated_and_of_an_overconfident_forecast():
    rng = np.random.default_rng(2)
    span, n = windows.window(2018), 200
    obs = rng.poisson(40.0, (12, n)).astype(float)
    good = rng.poisson(40.0, (12, n, 200))
    narrow = 40.0 + 0.2 * (good - 40.0)
    parts = [
        frame_of(model, span, range(n), score_cases(obs, draws))
        for model, draws in (("good", good), ("narrow", narrow))
    ]
    table = pd.concat(parts)
    found = {model: comparison.calibration_of(table, model) for model in ("good", "narrow")}
    assert np.allclose(found["good"]["pit_histogram"], 0.1, atol=0.03)
    assert not np.allclose(found["narrow"]["pit_histogram"], 0.1, atol=0.03)
    assert 0.87 < found["good"]["coverage90_by_window"]["2018"] < 0.95
    assert found["narrow"]["coverage90_by_window"]["2018"] < 0.5
    assert set(found["good"]["coverage90_by_lead"]) == {str(lead) for lead in range(3, 15)}
    assert found["good"]["spread"] == pytest.approx(found["good"]["skill_rmse"], rel=0.1)
    assert found["narrow"]["spread"] < 0.5 * found["narrow"]["skill_rmse"]
    reliability = found["good"]["reliability"]["25"]
    assert sum(reliability["count"]) == 12 * n
    assert reliability["frequency"][-1] == pytest.approx(reliability["probability"][-1], abs=0.03)


def test_chances_in_cells_are_counted_beside_what_happened():
    rng = np.random.default_rng(3)
    span, n = windows.window(2014), 400
    chance = rng.choice([0.002, 0.03, 0.3], n, p=[0.8, 0.15, 0.05])
    obs = (rng.random((12, n)) < chance) * rng.choice([1.0, 25.0], (12, n))
    draws = (rng.random((12, n, 500)) < chance[:, None]) * rng.choice([1.0, 25.0], (12, n, 500))
    never = np.zeros((12, n, 2))
    table = pd.concat(
        frame_of(model, span, range(n), score_cases(obs, values))
        for model, values in (("good", draws), ("never", never))
    )
    found = comparison.chances_of(table, "good")
    assert set(found) == {"1", "25"}
    for threshold, row in found.items():
        assert row["happened"] == (obs >= int(threshold)).sum() > 0
        assert row["expected"] == pytest.approx(row["happened"], rel=0.2)
        for name in ("count", "expected", "happened"):
            total = 12 * n if name == "count" else row[name]
            assert sum(part[name] for part in row["bins"]) == pytest.approx(total)
        assert list(row["brier"]) == ["good", "never"]
        assert row["brier"]["never"] == pytest.approx(row["happened"] / (12 * n))
    top = found["1"]["bins"][3]
    assert (top["low"], top["high"], top["count"]) == (0.2, 0.5, 12 * (chance == 0.3).sum())
    assert top["happened"] == pytest.approx(top["expected"], rel=0.25)
    # a chance of one goes to the last bin
    sure = frame_of("sure", span, [0], score_cases(np.ones((12, 1)), np.ones((12, 1, 5))))
    assert comparison.chances_of(sure, "sure")["1"]["bins"][-1]["count"] == 12


def test_chances_in_cells_are_printed():
    span = windows.window(2014)
    made = frame_of("liptako", span, [0, 1], score_cases(np.ones((12, 2)), np.ones((12, 2, 9))))
    console = Console(width=80, record=True, file=io.StringIO())
    verify_text._show_chances(comparison.chances_of(made, "liptako"), console)
    text = console.export_text()
    assert "Chance of 25 or more killed in a cell and month" in text
    assert "0.5 to 1" in text
    assert "Brier score: Liptako 0.00000" in text
    assert any(line.split()[-3:] == ["24", "24.0", "24"] for line in text.splitlines())
