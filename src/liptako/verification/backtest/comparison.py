"""From cases to what is reported: means, paired differences with intervals, wins, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.errors import InputError
from liptako.verification.backtest.cases import DIFFERENCES, SCORES, THRESHOLDS
from liptako.verification.bootstrap import Interval, paired_difference, paired_skill

BLOCK_MONTHS = 12
BLOCK_MONTHS_ONE_WINDOW = 3
NO_DIFFERENCE = "no clear difference"


def same_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the cases that every model has, in the same order for each.

    Raises:
        InputError: no case is common to all models.
    """
    keys = ["window", "month", "unit"]
    counts = cases.groupby(keys)["model"].transform("size")
    kept = cases[counts == cases["model"].nunique()]
    if kept.empty:
        raise InputError("the forecasts have no case in common", field="cases")
    return kept.sort_values(["model", *keys], ignore_index=True)


def means(cases: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return `{model: {score: mean}}` over identical cases, the best CRPS first."""
    table = cases.groupby("model")[list(SCORES)].mean().sort_values("crps")
    return {
        str(model): {score: float(row[score]) for score in SCORES}
        for model, row in table.iterrows()
    }


def by_window(cases: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """Return `{window: {model: {score: mean}}}`."""
    return {str(window): means(rows) for window, rows in cases.groupby("window")}


def differences(
    cases: pd.DataFrame, model: str, scores: Sequence[str] = DIFFERENCES
) -> dict[str, dict[str, dict[str, Any]]]:
    """Return `{other: {score: interval}}` of a model's mean score minus that of each other.

    Negative favours `model`. `verdict` is in words: "better", "worse", or
    "no clear difference" where the 90% interval includes 0.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for other in _others(cases, model):
        a, b = _pair(cases, model, other)
        found[other] = {}
        for score in scores:
            interval = paired_difference(a[score].to_numpy(), b[score].to_numpy(), **_keys(a))
            found[other][score] = {**interval._asdict(), "verdict": verdict(interval, -1)}
    return found


def skills(cases: pd.DataFrame, model: str) -> dict[str, dict[str, Any]]:
    """Return `{other: interval}` of `1 - CRPS of model / CRPS of other`, positive is better."""
    found: dict[str, dict[str, Any]] = {}
    for other in _others(cases, model):
        a, b = _pair(cases, model, other)
        if b["crps"].sum() == 0:
            continue
        interval = paired_skill(a["crps"].to_numpy(), b["crps"].to_numpy(), **_keys(a))
        found[other] = {**interval._asdict(), "verdict": verdict(interval, 1)}
    return found


def verdict(interval: Interval, better: int) -> str:
    """Return in words what an interval says.

    Args:
        interval: of a difference or skill.
        better: the sign that favours the first model.

    Example:
        >>> verdict(Interval(0.1, 0.02, 0.17), 1), verdict(Interval(0.1, -0.1, 0.2), 1)
        ('better', 'no clear difference')
    """
    if interval.lo <= 0 <= interval.hi:
        return NO_DIFFERENCE
    return "better" if np.sign(interval.estimate) == better else "worse"


def wins(cases: pd.DataFrame, model: str) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many windows, units and unit-windows a model has the lower mean CRPS in.

    A tie is half a win for neither: it is counted apart.
    """
    groups = {"windows": ["window"], "units": ["unit"], "unit_windows": ["unit", "window"]}
    found: dict[str, dict[str, dict[str, int]]] = {}
    for other in _others(cases, model):
        found[other] = {}
        for name, keys in groups.items():
            wide = cases[cases["model"].isin([model, other])].pivot_table(
                index=keys, columns="model", values="crps", aggfunc="mean"
            )
            gap = (wide[model] - wide[other]).to_numpy()
            found[other][name] = {
                "won": int((gap < 0).sum()),
                "tied": int((gap == 0).sum()),
                "of": len(gap),
            }
    return found


def worst_miss(cases: pd.DataFrame, model: str, names: dict) -> dict[str, Any]:
    """Return the unit-month that a model got most wrong by CRPS, and its worst unit-year.

    Args:
        cases: identical cases.
        model: whose misses.
        names: what to call each unit.
    """
    own = cases[cases["model"] == model]
    total = max(float(own["crps"].sum()), 1e-12)
    row = own.iloc[int(own["crps"].to_numpy().argmax())]
    sums = own.groupby(["unit", "window"], as_index=False)["crps"].sum()
    unit, window = sums.iloc[int(sums["crps"].to_numpy().argmax())][["unit", "window"]]
    year = own[(own["unit"] == unit) & (own["window"] == window)]
    return {
        "unit": _plain(row["unit"]),
        "name": str(names.get(row["unit"], row["unit"])),
        "month": calendar.format_month(int(row["month"])),
        "window": int(row["window"]),
        "lead": int(row["lead"]),
        "observed": float(row["obs"]),
        "forecast_median": float(row["q50"]),
        "forecast_90": [float(row["q05"]), float(row["q95"])],
        "crps": float(row["crps"]),
        "share_of_loss": float(row["crps"]) / total,
        "worst_window": {
            "unit": _plain(unit),
            "name": str(names.get(unit, unit)),
            "window": int(window),
            "observed": float(year["obs"].sum()),
            "forecast_mean": float(year["mean"].sum()),
            "share_of_loss": float(year["crps"].sum()) / total,
        },
    }


def calibration_of(cases: pd.DataFrame, model: str, bins: int = 10) -> dict[str, Any]:
    """Return PIT histogram, coverage by window and lead, spread beside skill, reliability."""
    own = cases[cases["model"] == model]
    pit = np.histogram(own["pit"], bins=bins, range=(0, 1))[0] / len(own)
    error = np.sqrt(((own["mean"] - own["obs"]) ** 2).mean())
    return {
        "pit_histogram": pit.tolist(),
        "coverage90_by_window": _share(own, "window"),
        "coverage90_by_lead": _share(own, "lead"),
        "spread": float(np.sqrt(own["variance"].mean())),
        "skill_rmse": float(error),
        "reliability": {str(k): _reliability(own, k, bins) for k in THRESHOLDS},
    }


CELL_THRESHOLDS = (1, 25)
"""Deaths in a cell and month whose chance is shown in a table."""

CHANCE_EDGES = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)
"""Bins of chances in cells, narrow where nearly all of them lie."""


def chances_of(cases: pd.DataFrame, model: str) -> dict[str, Any]:
    """Return, by threshold, how a model's chances of so many deaths came true.

    Returns:
        For each of `CELL_THRESHOLDS`: cases `expected` and cases that `happened`; `bins` of chances
        (`low` to `high`, the upper edge left out but for the last) with their `count`, `expected`
        and `happened`; and the Brier score of each model on the same cases, the best first.
    """
    found: dict[str, Any] = {}
    for threshold in CELL_THRESHOLDS:
        column = f"p_{threshold}"
        own = cases[cases["model"] == model]
        came = (own["obs"] >= threshold).to_numpy(float)
        chance = own[column].to_numpy(float)
        bins = np.digitize(chance, CHANCE_EDGES[1:-1])
        every = len(CHANCE_EDGES) - 1
        sums = [np.bincount(bins, weight, every) for weight in (None, chance, came)]
        errors = (cases[column] - (cases["obs"] >= threshold)) ** 2
        brier = errors.groupby(cases["model"]).mean().sort_values()
        found[str(threshold)] = {
            "expected": float(chance.sum()),
            "happened": int(came.sum()),
            "bins": [
                {
                    "low": low,
                    "high": high,
                    "count": int(n),
                    "expected": float(p),
                    "happened": int(k),
                }
                for low, high, n, p, k in zip(CHANCE_EDGES, CHANCE_EDGES[1:], *sums, strict=False)
            ],
            "brier": {str(name): float(score) for name, score in brier.items()},
        }
    return found


def _reliability(own: pd.DataFrame, threshold: int, bins: int) -> dict[str, Any]:
    probability = own[f"p_{threshold}"].to_numpy()
    happened = (own["obs"] >= threshold).to_numpy(float)
    group = np.minimum((probability * bins).astype(int), bins - 1)
    count = np.bincount(group, minlength=bins)
    seen = count > 0
    return {
        "probability": (np.bincount(group, probability, bins)[seen] / count[seen]).tolist(),
        "frequency": (np.bincount(group, happened, bins)[seen] / count[seen]).tolist(),
        "count": count[seen].tolist(),
        "brier": float(((probability - happened) ** 2).mean()),
    }


def _share(own: pd.DataFrame, key: str) -> dict[str, float]:
    return {str(k): float(v) for k, v in own.groupby(key)["coverage90"].mean().items()}


def _others(cases: pd.DataFrame, model: str) -> list[str]:
    return [str(name) for name in pd.unique(cases["model"]) if name != model]


def _pair(cases: pd.DataFrame, model: str, other: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    a, b = (cases[cases["model"] == name] for name in (model, other))
    return a, b


def _keys(rows: pd.DataFrame) -> dict[str, Any]:
    """Return months, units, windows and block of the bootstrap; one window has shorter blocks."""
    several = rows["window"].nunique() > 1
    return {
        "months": rows["month"].to_numpy(),
        "units": rows["unit"].to_numpy(),
        "windows": rows["window"].to_numpy(),
        "block": BLOCK_MONTHS if several else BLOCK_MONTHS_ONE_WINDOW,
    }


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
