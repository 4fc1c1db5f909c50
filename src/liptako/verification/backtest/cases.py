"""Scores of single cases: one row for each model, window, month and unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Num

from liptako.cache import code_digest, remember
from liptako.verification import calibration, scores
from liptako.verification.backtest.windows import Window

SCORES = ("crps", "ign", "mis", "coverage90", "crps_log1p")
"""What is reported of each model; the first is the main one."""
DIFFERENCES = ("crps", "ign", "mis", "crps_log1p")
"""Those in which a lower value is better."""
THRESHOLDS = (1, 25, 100)
"""Deaths in a month whose chance is checked against how often it came true."""


def score_cases(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> dict[str, np.ndarray]:
    """Return scores and what calibration needs, one for each case.

    `ign` is the challenge's ignorance, on 1,000 draws: forecasts with another number are
    brought to it as the challenge did.

    Args:
        obs: observed deaths.
        draws: of one model for the same months and units.

    Returns:
        `SCORES`; `pit` (randomised); `mean`, `variance` (for spread, corrected for the number
        of draws), `q05`, `q50`, `q95`; and `p_1`, `p_25`, `p_100`, the chance of as many
        deaths.
    """
    n = draws.shape[-1]
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95], axis=-1)
    found = {
        "obs": np.asarray(obs, float),
        "crps": scores.crps_ensemble(obs, draws),
        "ign": scores.ignorance_resampled(obs, draws),
        "mis": scores.interval_score(obs, draws),
        "coverage90": calibration.covered(obs, draws),
        "crps_log1p": scores.crps_log1p(obs, draws),
        "pit": calibration.pit(obs, draws),
        "mean": draws.mean(axis=-1),
        "variance": draws.var(axis=-1, ddof=min(1, n - 1)) * (n + 1) / n,
        "q05": low,
        "q50": middle,
        "q95": high,
    }
    for threshold in THRESHOLDS:
        found[f"p_{threshold}"] = (draws >= threshold).mean(axis=-1)
    return found


def frame_of(
    model: str, window: Window, units: Sequence, values: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Return `[month, unit]` arrays as a table: `model, window, month, lead, unit, ...`."""
    months, n_units = np.array(window.months), len(units)
    table = pd.DataFrame({name: array.reshape(-1) for name, array in values.items()})
    table.insert(0, "unit", np.tile(np.asarray(units), len(months)))
    table.insert(0, "lead", np.repeat(months - window.init, n_units))
    table.insert(0, "month", np.repeat(months, n_units))
    table.insert(0, "window", window.name)
    table.insert(0, "model", model)
    return table


def remembered_cases(
    model: str,
    window: Window,
    units: Sequence,
    obs: Float[np.ndarray, "month unit"],
    draws: Callable[[], Float[np.ndarray, "month unit draw"]],
    parts: tuple[object, ...],
) -> pd.DataFrame:
    """Return the cases of one model and window, from the cache or scored now.

    Args:
        model: its name.
        window: origin and months.
        units: country codes, cells, or others.
        obs: what happened.
        draws: gives the forecast.
        parts: all that the forecast depends on, besides window and model, its code included.
    """
    made = remember(
        f"cases-{model}-{window.name}",
        (code_digest(__name__), model, window, np.asarray(units, dtype=str), obs, *parts),
        lambda: score_cases(obs, np.asarray(draws())),
    )
    return frame_of(model, window, units, made)
