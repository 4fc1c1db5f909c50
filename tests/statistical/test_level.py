"""Skill and calibration of the level model on outcomes before 2018, from the shipped snapshot."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from liptako.calendar import month_id
from liptako.inference.level_choice import (
    _fits,
    choose_settings,
    forecast_totals,
    normal_scores,
)
from liptako.inference.level_fit import LevelSettings, fit_level, load_level_fit
from liptako.model import level

FIRST_MONTH = month_id(1990, 1)
SMALL = LevelSettings(networks=4, steps=400, network_share=1.0)


@pytest.fixture(scope="module")
def history(theatre_folder) -> np.ndarray:
    pd = pytest.importorskip("pandas")
    table = pd.read_parquet(theatre_folder / "snapshot" / "country_months.parquet")
    wide = table.pivot(index="month", columns="country_id", values="deaths_sb").fillna(0.0)
    assert wide.index[0] == FIRST_MONTH
    return wide.to_numpy(float)


@pytest.mark.slow
def test_pooled_fit_beats_last_year_again_before_2018(history):
    """Networks alone measured 0.012, untrained -0.008, which must fail; with persistence 0.023."""
    untrained = dataclasses.replace(SMALL, steps=1)
    both = dataclasses.replace(SMALL, network_share=LevelSettings().network_share)
    choice = choose_settings(
        history, FIRST_MONTH, [untrained, SMALL, both], fit_years=(2010,), origin_step=6
    )
    assert choice.settings == both
    worse, better, best = choice.table
    assert best["skill"] > better["skill"] > worse["skill"] + 0.01
    assert better["skill"] > 0.0 > worse["skill"]
    assert 0.84 < better["coverage"] < 0.95


@pytest.mark.slow
def test_totals_are_calibrated_before_2018(history):
    """The annual and 36-month totals; independent months must fail on the latter."""
    fits = _fits(history[: month_id(2017, 12) - FIRST_MONTH + 1], FIRST_MONTH, SMALL, (2004, 2010))
    coverage = {}
    for name, settings in (
        ("fit", SMALL),
        ("no memory", dataclasses.replace(SMALL, persistence=0.0)),
    ):
        for leads in ((1, 12), (1, 36)):
            totals = forecast_totals(history, FIRST_MONTH, settings, leads, fits=fits)
            low, high = np.quantile(totals.members, [0.05, 0.95], axis=1)
            coverage[name, leads[1]] = np.mean((totals.outcome >= low) & (totals.outcome <= high))
            if name == "fit":
                assert abs(normal_scores(totals).mean()) < 0.6
    assert 0.78 < coverage["fit", 12] < 0.97
    assert 0.75 < coverage["fit", 36] < 0.97
    assert coverage["no memory", 36] < 0.6


@pytest.mark.slow
def test_shipped_fit_can_be_made_again(history, theatre_folder):
    """Rounding may differ between machines, so forecasts are compared, not bits."""
    shipped = load_level_fit(theatre_folder / "level.npz")
    stored = shipped.about["settings"]
    settings = LevelSettings(**{**stored, "dispersion": tuple(stored["dispersion"])})
    assert settings == LevelSettings()
    again = fit_level(history, settings)
    busy = level.smoothed(history)[3, :, -1] > 5
    ours, theirs = (
        level.forecast_level(fit, history[:, busy]).log_level[..., 8:25] for fit in (again, shipped)
    )
    assert np.abs(ours - theirs).max() < 0.1
