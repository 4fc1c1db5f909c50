"""The level on all countries of the world, on the challenge's windows: what it was learned on.

The largest wars decide a mean over countries, so scores are also given in logs, by size of war,
without the country or the two whose months weigh most, and as a median over countries at war.
Each window is forecast from a fit on data up to its origin; weights of the level's parts rest on
outcomes before the origin and before 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model import level
from liptako.verification.backtest import forecasts, record, submission
from liptako.verification.backtest.baseline_forecasts import Past, make_baselines
from liptako.verification.backtest.cases import remembered_cases
from liptako.verification.backtest.comparison import (
    by_window,
    differences,
    means,
    same_cases,
    skills,
    wins,
)
from liptako.verification.backtest.forecasts import MEMBERS, Source
from liptako.verification.backtest.windows import Window, window

FIRST_WORLD_WINDOW = 1996
"""Earlier windows have less than five years of history."""
OWN, REFERENCE = "level", "conflictology"
MODELS = (
    "conflictology",
    "conflictology_smoothed",
    "last_observation_poisson",
    "bootstrap_240",
    "zero",
)
SIZES = (0.0, 1.0, 25.0, 100.0)
"""Lower edges of the classes of war, mean deaths a month of the last twelve."""
AT_WAR = 25.0 / MONTHS_PER_YEAR
"""Mean deaths a month from which a country-year is at war (25 deaths a year)."""
PUBLISHED = Path(__file__).with_name("published_world.csv")
NAMES = Path(__file__).with_name("views_countries.csv")
"""Names of the countries by VIEWS number (VIEWS, Uppsala University and PRIO)."""


def score_world(source: Source, years: Sequence[int]) -> pd.DataFrame:
    """Return the cases of the level and the baselines, all countries of all windows.

    Args:
        source: data and settings; its theatre plays no part.
        years: windows with outcomes.

    Returns:
        One row a model, window, month and country (`unit`, a VIEWS number), with its scores, and
        `size`, the mean deaths a month of the country's twelve months up to the origin.
    """
    return pd.concat([_score_window(source, window(year)) for year in years], ignore_index=True)


def _score_window(source: Source, span: Window) -> pd.DataFrame:
    source.say(f"The world's window {span.name}")
    table = record.world_table(source.snapshot)
    known = table.loc[span.init - MONTHS_PER_YEAR + 1 : span.last].notna().all()
    units = [int(number) for number in table.columns[known]]
    obs = table.loc[span.first : span.last, units].to_numpy()
    seen = table.loc[: span.init]
    at = np.flatnonzero(known).tolist()
    past = Past(seen.to_numpy(float), at, int(table.index[0]))
    fit = forecasts.level_at(source, span.init)
    parts = [
        remembered_cases(
            OWN, span, units, obs, lambda: world_draws(source, span, units), (fit, past.pool)
        )
    ]
    for name, make in make_baselines(past, span, MODELS).items():
        parts.append(remembered_cases(name, span, units, obs, make, (past.pool,)))
    size = seen[units].tail(MONTHS_PER_YEAR).mean()
    cases = pd.concat(parts, ignore_index=True)
    return cases.assign(size=cases["unit"].map(size))


def world_draws(
    source: Source, span: Window, units: Sequence[int], n: int = MEMBERS
) -> Float[np.ndarray, "month country draw"]:
    """Return draws of the level for countries by VIEWS number, from data up to the origin."""
    seen = record.world_table(source.snapshot.until(span.init))
    history = seen[list(units)].fillna(0.0).to_numpy(float)
    law = level.forecast_level(forecasts.level_at(source, span.init), history, span.last_lead)
    return level.marginal_draws(law, n)[span.first_lead - 1 :]


def export(source: Source, years: Sequence[int], folder: str | Path) -> list[Path]:
    """Write the level's forecasts of all countries in the challenge's format.

    Args:
        source: data and settings.
        years: windows; their outcomes need not be known.
        folder: made if need be.

    Returns:
        The files, 1,000 draws for each month and country.
    """
    paths = []
    for year in years:
        span = window(year)
        source.say(f"Writing the world's window {span.name}")
        seen = record.world_table(source.snapshot.until(span.init))
        units = [int(number) for number in seen.columns]
        draws = world_draws(source, span, units)
        paths.append(submission.write(draws, span.months, units, "cm", folder, str(year)))
    return paths


def summary(cases: pd.DataFrame) -> dict[str, Any]:
    """Return what `liptako verify --world` prints, from the cases of `score_world`."""
    cases = same_cases(cases)
    largest = largest_wars(cases)
    names = dict(pd.read_csv(NAMES)[["country_id", "name"]].itertuples(index=False))
    alive = cases[cases["unit"].isin(_not_at_peace(cases))]
    at_war = cases[cases["size"] >= AT_WAR]
    return {
        "windows": sorted(int(name) for name in cases["window"].unique()),
        "countries": int(cases["unit"].nunique()),
        "cases": int((cases["model"] == OWN).sum()),
        "scores": means(cases),
        "by_window": by_window(cases),
        "skill": skills(cases, OWN),
        "differences": differences(cases, OWN),
        "wins": wins(cases, OWN),
        "wins_not_at_peace": wins(alive, OWN),
        "without_largest": [
            {
                "left_out": [names.get(int(unit), str(unit)) for unit in largest[:n]],
                "scores": means(rest),
                "differences": differences(rest, OWN, ("crps", "crps_log1p")),
            }
            for n in (1, 2)
            for rest in [cases[~cases["unit"].isin(largest[:n])]]
        ],
        "by_size": _by_size(cases),
        "median_at_war": _medians(at_war),
        "published": published(cases),
    }


def largest_wars(cases: pd.DataFrame, n: int = 2) -> Int[np.ndarray, " country"]:
    """Return the countries whose months weigh most in the reference's score, the first most."""
    loss = cases[cases["model"] == REFERENCE].groupby("unit")["crps"].sum()
    return loss.sort_values(ascending=False).index[:n].to_numpy(int)


def _not_at_peace(cases: pd.DataFrame) -> set[int]:
    """Return the countries with a death in the windows or in the year before one."""
    own = cases[cases["model"] == OWN]
    deaths = own.groupby("unit")[["obs", "size"]].max().max(axis=1)
    return set(deaths.index[deaths > 0])


def _by_size(cases: pd.DataFrame) -> list[dict[str, Any]]:
    place = np.digitize(cases["size"], SIZES)
    found = []
    for at, low in enumerate(SIZES, start=1):
        rows = cases[place == at]
        if rows.empty:
            continue
        own = rows[rows["model"] == OWN]
        found.append(
            {
                "from": low,
                "cases": len(own),
                "scores": means(rows),
                "coverage90": float(own["coverage90"].mean()),
                "pit": float(own["pit"].mean()),
            }
        )
    return found


def _medians(cases: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the median over countries at war of each country's mean score, by model."""
    by_unit = cases.groupby(["model", "unit"])[["crps", "crps_log1p"]].mean()
    table = by_unit.groupby("model").median().sort_values("crps")
    scores = ("crps", "crps_log1p")
    return {
        str(model): {score: float(row[score]) for score in scores}
        for model, row in table.iterrows()
    }


def published(cases: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what others published for the same windows, mean CRPS over all countries.

    Their sets of countries and cases differ a little from ours.
    """
    table = pd.read_csv(PUBLISHED)
    rows = table[table["window"].isin(cases["window"].unique())]
    if rows["window"].nunique() < cases["window"].nunique():
        return []
    return [
        {"model": str(part["model"].iloc[0]), "source": str(part["source"].iloc[0]),
         "crps": float(part["crps"].mean())}
        for _, part in rows.groupby("model")
    ]  # fmt: skip
