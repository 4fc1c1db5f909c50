"""Rollback: futures counted as past wars are, beside the stricter rule of endings.

The rule of past wars (`liptako.inference.past_cases.wars`) takes state-based deaths, whoever
inflicts them, in two countries or more for two years, and lets the others rise a little in the last
year. The rule of endings takes what insurgents inflict, bounds the others in both years, and the
cells that insurgents attack. Between the two stands what each part of a rule does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.inference.past_cases import wars
from liptako.model.draws import set_numbers
from liptako.outcomes.classify import HORIZONS, INSURGENTS, Outcomes, classify
from liptako.outcomes.counted import allies_of, outcomes_of, thresholds_of
from liptako.outcomes.ranges import chance
from liptako.runs.dataset import past_cases_of, theatre_of

STEPS = (
    "past_wars",
    "past_wars_second",
    "totals",
    "strict",
    "strict_totals",
    "strict_last_year",
    "strict_others_free",
    "strict_cells_free",
)
"""From past wars, in both forms, over futures by the rule of past wars and by the strict rule, to
the strict rule with one part relaxed: all deaths in place of those inflicted, the last year alone
in place of two, no bound on the others, none on the cells."""

NO_BOUND = 1e9
"""Times a baseline: no future comes near."""


def deaths_by_year(
    run: xr.Dataset, countries: Sequence[str], streams: Sequence[str]
) -> Float[np.ndarray, "member country year"]:
    """Return deaths in some streams in each whole year of every future."""
    years = run.sizes["month"] // MONTHS_PER_YEAR
    found = []
    for country in countries:
        deaths = run["deaths"].sel(country=country, stream=list(streams))
        monthly = deaths.transpose("member", "month", "stream").to_numpy().sum(axis=2, dtype=float)
        whole = monthly[:, : MONTHS_PER_YEAR * years]
        found.append(whole.reshape(len(whole), years, MONTHS_PER_YEAR).sum(axis=2))
    return np.stack(found, axis=1)


def recorded_by_year(
    run: xr.Dataset, countries: Sequence[str], streams: Sequence[str]
) -> Float[np.ndarray, "country year"]:
    """Return recorded deaths in some streams in the three years before the start, the last last."""
    deaths = run["recorded_deaths"].sel(country=list(countries), stream=list(streams))
    monthly = (
        deaths.transpose("country", "past_month", "stream").to_numpy().sum(axis=2, dtype=float)
    )
    last = monthly[:, -MONTHS_PER_YEAR * wars.LEVEL_YEARS :]
    return last.reshape(len(last), wars.LEVEL_YEARS, MONTHS_PER_YEAR).sum(axis=2)


def state_based(
    run: xr.Dataset, countries: Sequence[str]
) -> Float[np.ndarray, "member country year"]:
    """Return state-based deaths in each whole year of every future."""
    return deaths_by_year(run, countries, theatre_of(run).streams_of("state_based"))


def recorded_years(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, "country year"]:
    """Return recorded state-based deaths in the three years before the start, the last one last."""
    return recorded_by_year(run, countries, theatre_of(run).streams_of("state_based"))


def rolled_back(run: xr.Dataset, horizon: int) -> Bool[np.ndarray, " member"]:
    """Return in which futures the wars of the allies are rolled back, by the rule of past wars.

    Args:
        run: a run's dataset; the start of it must have known the pact.
        horizon: months, whole years of the run.
    """
    allies = allies_of(run)
    level = recorded_years(run, allies).mean(axis=1)
    after = state_based(run, allies)[..., : horizon // MONTHS_PER_YEAR]
    return wars.rolled_back(after, np.broadcast_to(level, after.shape[:2]))


def as_past_wars(run: xr.Dataset, countries: Sequence[str] = ()) -> Float[np.ndarray, " member"]:
    """Return whether the wars of the allies are rolled back by the last of the months, likewise."""
    return rolled_back(run, run.sizes["month"]).astype(float)


def rollback_steps(run: xr.Dataset) -> pd.DataFrame:
    """Return how often the wars are rolled back, rule by rule, beside past wars.

    Args:
        run: a run's dataset; the start of it must have known the pact.

    Returns:
        Columns `horizon`, `step` (of `STEPS`; without those of past wars where there are none),
        `p`, `lo`, `hi` (of past wars: 90% interval; of futures: over what is assumed) and `mcse`
        (missing of past wars).
    """
    outcomes, sets = outcomes_of(run), set_numbers(run["member"].to_numpy())
    past = past_cases_of(run).get("pieces", {}).get("rolled_back", {})
    rows = []
    for months in (horizon for horizon in HORIZONS if horizon <= outcomes.months):
        for step, form in zip(STEPS, ("first", "second"), strict=False):
            if found := past.get(str(months)):
                share = {name: found[form][key] for name, key in _PAST_COLUMNS.items()}
                rows.append({"horizon": months, "step": step, **share, "mcse": np.nan})
        each = {"totals": rolled_back(run, months), **_strict(run, outcomes, months)}
        rows += [{"horizon": months, "step": step, **chance(each[step], sets)} for step in each]
    return pd.DataFrame(rows)


_PAST_COLUMNS = {"p": "estimate", "lo": "lo", "hi": "hi"}


def war_years(run: xr.Dataset) -> pd.DataFrame:
    """Return how each ally's war moves in futures, beside past wars like it.

    Returns:
        Columns `horizon`, `country`, `over_last` (median of state-based deaths in the year that
        ends then, over those in the last recorded year), `over_level` (over the mean of the last
        three) and `fell` (share), and the same of past wars as `past_over_last` and
        `past_over_last_second` and so on, missing where there are none.
    """
    allies = allies_of(run)
    recorded, deaths = recorded_years(run, allies), state_based(run, allies)
    past = past_cases_of(run).get("pieces", {}).get("rolled_back", {})
    rows = []
    for months in (horizon for horizon in HORIZONS if horizon <= run.sizes["month"]):
        for place, country in enumerate(allies):
            after = deaths[:, place, : months // MONTHS_PER_YEAR]
            level, last = recorded[place].mean(), recorded[place, -1]
            middle = float(np.median(after[:, -1]))
            row = {
                "horizon": months,
                "country": country,
                "over_last": middle / last if last > 0 else np.nan,
                "over_level": middle / level if level > 0 else np.nan,
                "fell": float(wars.fell(after, np.full(len(after), level)).mean()),
            }
            forms = past.get(str(months), {}).get("members", {}).get(country, {})
            for name in ("over_last", "over_level", "fell"):
                first, second = forms.get(name, (np.nan, np.nan))
                row |= {f"past_{name}": first, f"past_{name}_second": second}
            rows.append(row)
    return pd.DataFrame(rows)


def _strict(
    run: xr.Dataset, outcomes: Outcomes, months: int
) -> dict[str, Bool[np.ndarray, " member"]]:
    """Return the strict rule, and the same with one part relaxed at a time."""
    thresholds, allies, year = thresholds_of(run), allies_of(run), months // MONTHS_PER_YEAR
    totals = replace(
        outcomes,
        inflicted=np.swapaxes(state_based(run, allies), 1, 2)[:, : outcomes.inflicted.shape[1]],
        baseline_inflicted=recorded_years(run, allies).mean(axis=1),
    )
    last = np.repeat(outcomes.inflicted[:, year - 1 : year], outcomes.inflicted.shape[1], axis=1)
    free = {
        "strict_others_free": {"others_at_most": NO_BOUND},
        "strict_cells_free": {"attacked_cells_share": NO_BOUND},
    }
    each = {
        "strict": (outcomes, thresholds),
        "strict_totals": (totals, thresholds),
        "strict_last_year": (replace(outcomes, inflicted=last), thresholds),
        **{name: (outcomes, thresholds.model_copy(update=change)) for name, change in free.items()},
    }
    back = INSURGENTS.index("rolled_back")
    return {
        step: np.equal(classify(some, bounds, months).insurgents, back)
        for step, (some, bounds) in each.items()
    }
