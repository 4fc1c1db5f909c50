"""How good a coup hazard would have been: yearly origins, chances of an event within a year.

Each fit sees only what was known at its origin. Which terms stay is chosen on origins whose year
ended before 2018, as were the priors' spreads, so those are not free of hindsight; later ones are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.inference.past_cases.coup_panel import COVARIATES, coup_panel, coup_state
from liptako.inference.past_cases.coups import (
    DEFAULTS,
    EFFECTS,
    CoupSettings,
    base_rate,
    event_chances,
    fit_coups,
)
from liptako.verification.bootstrap import Interval, paired_difference
from liptako.verification.politics import chances

FIRST_ORIGIN = 1999
"""Year of the first origin, in December."""
HORIZON = 12
REFERENCE = "constant"
EDGES = (0.0, 0.03, 0.06, 0.1, 0.2, 0.4, 1.0)
"""Bins of the chance, closed below: most chances are a few in a hundred."""
BLOCK = 3
"""Origin years in a block of the bootstrap: waves last some years. Set by hand."""
METRICS = ("log_score", "brier")
FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tenure": (("log_since",), ()),
    "years": (("log_since",), ("year",)),
    "losses": (("log_since", "log_losses"), ()),
    "every_term": (COVARIATES, EFFECTS),
}
"""Covariates and effects of each form: time since the last event alone, and what may be added."""

REFERENCE_FORM = "tenure"
CHOSEN_BEFORE = calendar.month_id(2018, 1)
"""Terms are chosen on outcomes that ended before this month."""


class Scores(NamedTuple):
    """Scores of the coup forecasts; lower is better.

    Args:
        means: `model, log_score` (natural log), `brier, expected, observed` (events), `n`.
        reliability: `model, low, high, n, p, frequency` by bin of the chance.
        differences: model and metric to the mean difference to the reference, 90% interval.
        reference: the model compared with.
        auc: chance that a case with an event had the higher chance, by model, with its 90%
            interval; countries and origins are drawn.
    """

    means: pd.DataFrame
    reliability: pd.DataFrame
    differences: dict[str, dict[str, Interval]]
    reference: str
    auc: dict[str, Interval]

    def summary(self) -> dict[str, Any]:
        """Return the scores as plain values."""
        return {
            "scores": self.means.to_dict("records"),
            "reliability": self.reliability.to_dict("records"),
            "differences": {
                model: {metric: list(interval) for metric, interval in metrics.items()}
                for model, metrics in self.differences.items()
            },
            "reference": self.reference,
            "auc": {model: list(interval) for model, interval in self.auc.items()},
            "cases": int(self.means["n"].iloc[0]),
            "events": int(self.means["observed"].iloc[0]),
        }


def yearly_origins(last_month: int) -> tuple[int, ...]:
    """Return every December since 1999 whose next year is in the data.

    Raises:
        InputError: there is none.
    """
    years = range(FIRST_ORIGIN, calendar.year_of(last_month) + 1)
    found = [calendar.month_id(year, 12) for year in years]
    found = [origin for origin in found if origin + HORIZON <= last_month]
    if not found:
        raise InputError(
            "no year after an origin is over in the data",
            field="last_month",
            value=calendar.format_month(last_month),
            allowed=f"{FIRST_ORIGIN + 1}-12 or later",
        )
    return tuple(found)


def rolling_cases(
    snapshot: Snapshot,
    countries: Mapping[str, int],
    origins: Sequence[int] | None = None,
    settings: CoupSettings = DEFAULTS,
) -> pd.DataFrame:
    """Return the chance of at least one coup or attempt in the 12 months after each origin.

    Models: those of `FORMS`, and `constant`, the pooled rate to date with half an event added.

    Args:
        snapshot: all data; each fit gets only `until(origin)`.
        countries: ISO3 code to VIEWS country id.
        origins: last months seen, at least 12 before the snapshot's last month; by default
            `yearly_origins`.
        settings: priors.

    Returns:
        `origin, country, model, p, event`, the last 0 or 1.

    Raises:
        InputError: an origin whose outcomes are not all known.
    """
    parts = []
    for origin in yearly_origins(snapshot.reference_month) if origins is None else origins:
        if origin + HORIZON > snapshot.reference_month:
            raise InputError(
                "the year after this origin is not over in the data",
                field="origins",
                value=calendar.format_month(origin),
                allowed=f"to {calendar.format_month(snapshot.reference_month - HORIZON)}",
            )
        ahead = forecast(snapshot.until(origin), countries, origin, settings)
        after = snapshot.coups["month"].between(origin + 1, origin + HORIZON)
        hit = ahead["country"].isin(snapshot.coups["country"][after]).astype(int)
        parts.append(ahead.assign(origin=origin, event=hit))
    cases = pd.concat(parts, ignore_index=True)
    return cases[["origin", "country", "model", "p", "event"]]


def with_our_own(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the cases with the form that stayed once more, as the model `liptako`."""
    own = cases[cases["model"] == form_that_stayed(cases)].assign(model="liptako")
    return pd.concat([cases, own], ignore_index=True)


def form_that_stayed(cases: pd.DataFrame) -> str:
    """Return the form of `FORMS` with the lowest log score on outcomes that ended before 2018.

    Time since the last event alone where there are none, and where another is only as good.

    Args:
        cases: from `rolling_cases`.
    """
    early = cases[cases["origin"] + HORIZON < CHOSEN_BEFORE]
    if early.empty:
        return REFERENCE_FORM
    scores = chances.log_scores(early["p"].to_numpy(float), early["event"].to_numpy(float))
    means = early.assign(score=scores).groupby("model")["score"].mean()
    return min(FORMS, key=lambda form: means[form])


def forecast(
    known: Snapshot,
    countries: Mapping[str, int],
    origin: int,
    settings: CoupSettings = DEFAULTS,
) -> pd.DataFrame:
    """Return `country, model, p` for the 12 months after an origin, from what is known then."""
    tables = (known.coups, known.country_months, known.vdem, countries, origin)
    panel, state = coup_panel(*tables), coup_state(*tables)
    fits = {
        form: fit_coups(panel, settings, covariates=covariates, effects=effects)
        for form, (covariates, effects) in FORMS.items()
    }
    parts = []
    for model, fit in fits.items():
        ahead = event_chances(fit, state, HORIZON)
        parts.append(ahead[ahead["lead_time"] == HORIZON].assign(model=model))
    events, rows = base_rate(panel)
    rate = (events + 0.5) / (rows + 1)
    parts.append(state[["country"]].assign(model=REFERENCE, p=1 - (1 - rate) ** HORIZON))
    return pd.concat(parts, ignore_index=True)[["country", "model", "p"]]


def score(
    cases: pd.DataFrame, *, reference: str = REFERENCE, block: int = BLOCK, seed: int = 0
) -> Scores:
    """Score chances of events: log score, Brier score, reliability, paired differences.

    The log score is `-log` of the chance given to what happened. Intervals come from a
    paired bootstrap of blocks of origins, all countries of an origin together; with fewer
    than a dozen origins they are too narrow.

    Args:
        cases: from `rolling_cases`, every model on the same cases.
        reference: the model that the others are compared with.
        block: origins in a block.
        seed: the same seed gives the same intervals.

    Returns:
        Scores by model, best first.

    Raises:
        InputError: chances that are not strictly between 0 and 1, no such reference, models
            on different cases, or too few origins.

    Example:
        >>> score(rolling_cases(s, ids)).means                               # doctest: +SKIP
    """
    p, event = cases["p"].to_numpy(float), cases["event"].to_numpy(float)
    cases = cases.assign(log_score=chances.log_scores(p, event), brier=(p - event) ** 2)
    cases = cases.sort_values(["model", "origin", "country"])
    by_model = {str(model): rows for model, rows in cases.groupby("model")}
    if reference not in by_model:
        raise InputError(
            "no such model", field="reference", value=reference, allowed=", ".join(by_model)
        )
    means = cases.groupby("model", as_index=False).agg(
        log_score=("log_score", "mean"),
        brier=("brier", "mean"),
        expected=("p", "sum"),
        observed=("event", "sum"),
        n=("p", "size"),
    )
    return Scores(
        means=means.sort_values("log_score", ignore_index=True),
        reliability=_bins(cases),
        differences=_differences(by_model, reference, block, seed),
        reference=reference,
        auc={model: _auc(rows, seed) for model, rows in by_model.items()},
    )


def describe(scores: Scores) -> str:
    """Return the scores as plain text, whatever they say."""
    lines = [scores.means.round(4).to_string(index=False), ""]
    for model, metrics in scores.differences.items():
        for metric, (estimate, low, high) in metrics.items():
            word = "better" if high < 0 else "worse" if low > 0 else "no clear difference"
            span = f"{estimate:+.4f} [{low:+.4f}, {high:+.4f}]"
            lines.append(f"{model} - {scores.reference}, {metric}: {span}: {word}")
    return "\n".join([*lines, "", scores.reliability.round(3).to_string(index=False)])


def _differences(
    by_model: dict[str, pd.DataFrame], reference: str, block: int, seed: int
) -> dict[str, dict[str, Interval]]:
    keys = ["origin", "country", "event"]
    base = by_model[reference]
    found: dict[str, dict[str, Interval]] = {}
    for model, rows in by_model.items():
        if not np.array_equal(base[keys].to_numpy(str), rows[keys].to_numpy(str)):
            raise InputError("models have different cases", field="model", value=model)
        if model == reference:
            continue
        place = np.unique(rows["origin"], return_inverse=True)[1]
        units = rows["country"].to_numpy(str)
        found[model] = {
            metric: paired_difference(
                rows[metric].to_numpy(),
                base[metric].to_numpy(),
                place,
                units,
                block=block,
                seed=seed,
            )
            for metric in METRICS
        }
    return found


def _auc(rows: pd.DataFrame, seed: int) -> Interval:
    labels = rows["country"].to_numpy(str), rows["origin"].to_numpy(int)
    weights = chances.replicate_weights(*labels, seed=seed)
    values = rows["p"].to_numpy(float), rows["event"].to_numpy(float)
    return chances.auc_interval(*values, weights)


def _bins(cases: pd.DataFrame) -> pd.DataFrame:
    place = np.searchsorted(EDGES[1:-1], cases["p"], side="right")
    table = (
        cases.assign(low=np.take(EDGES, place), high=np.take(EDGES, place + 1))
        .groupby(["model", "low", "high"], as_index=False)
        .agg(n=("p", "size"), p=("p", "mean"), frequency=("event", "mean"))
    )
    return table.sort_values(["model", "low"], ignore_index=True)
