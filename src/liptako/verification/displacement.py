r"""Displacement against the record: each year left out in turn, of all countries together.

The posterior is made on the other years. Each country's total of the year is then forecast twice,
by the function of the model that moves people in a run:

- *deaths known*: through the deaths that were recorded in the year, month by month and region by
  region. This tests flight alone;
- *known before*: through the deaths of the year before, all times one factor that is lognormal
  around 1. Its spread is that of the changes from year to year of the other years.

Two baselines in logarithms, normal: *last year* around the total of the year before, with the
spread of such changes in the other years; *other years* around the mean of the country's other
years, with their spread within countries.

This is no forecast in time: later years teach earlier ones, for there are too few to do otherwise.
Where the record has no total there is no case, so chances of "nothing reported" are not tested.
Test: `tests/unit/test_verification_displacement.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import betaincinv

from liptako.errors import InputError
from liptako.inference.displacement_fit import FlightFit, fit_displacement
from liptako.inference.flight_record import MIN_DEATHS, FlightRecord, flights
from liptako.verification.bootstrap import paired_difference
from liptako.verification.calibration import covered
from liptako.verification.scores import central_interval, crps_log1p

FORECASTS = ("deaths_known", "known_before")
BASELINES = ("last_year", "other_years")
DRAWS = 4000
INSIDE = (0.05, 0.95)
ALL = "all"


@dataclass(frozen=True, eq=False)
class Verification:
    """What was forecast of each country-year that has a total.

    Attributes:
        cases: `country, year, deaths, observed`.
        draws: of the total by forecast and baseline; not a number where it cannot be made.
        left_out: see `FlightRecord.left_out`.
        fit: on all years.
    """

    cases: pd.DataFrame
    draws: dict[str, Float[np.ndarray, "case draw"]]
    left_out: pd.DataFrame
    fit: FlightFit

    def summary(self) -> dict[str, Any]:
        """Return forecasts, coverage and scores as plain values."""
        return {
            "draws": DRAWS,
            "elasticity": float(self.fit.mean[-2]),
            "noise_sd": float(np.exp(self.fit.mean[-1])),
            "cases": _case_rows(self),
            "coverage": {name: _coverage(self, name) for name in FORECASTS},
            "scores": _scores(self),
            "differences": _differences(self),
            "left_out": self.left_out.to_dict("records"),
        }


def verify_displacement(
    record: FlightRecord, countries: tuple[str, ...], seed: int = 0
) -> Verification:
    """Forecast each year's totals from the other years.

    Args:
        record: totals and deaths.
        countries: names, in the order of the record.
        seed: of the draws.

    Raises:
        InputError: fewer than three years that have totals.
    """
    with_totals = np.flatnonzero(record.used.any(axis=1)).tolist()
    if len(with_totals) < 3:
        raise InputError("too few years to leave one out", field="displacement",
                         value=len(with_totals), allowed="three or more")  # fmt: skip
    rows, parts = [], {name: [] for name in FORECASTS + BASELINES}
    for y in with_totals:
        rng = np.random.default_rng([seed, record.years[y]])
        made = forecast_year(record, y, rng) | baselines(record, y, rng)
        for k in np.flatnonzero(record.used[y]).tolist():
            case = {"country": countries[k], "year": record.years[y]}
            rows.append(case | {"deaths": record.killed[y, k], "observed": record.displaced[y, k]})
            for name, draws in made.items():
                parts[name].append(draws[:, k])
    return Verification(
        cases=pd.DataFrame(rows),
        draws={name: np.stack(draws) for name, draws in parts.items()},
        left_out=record.left_out,
        fit=fit_displacement(record),
    )


def forecast_year(
    record: FlightRecord, y: int, rng: np.random.Generator
) -> dict[str, Float[np.ndarray, "draw country"]]:
    """Return draws of the totals of the `y`-th year, by forecast, without its totals.

    Args:
        record: all years.
        y: place of the year among them; not the first.
        rng: random numbers.
    """
    others = record.without(record.years[y])
    fit = fit_displacement(others)
    terms = rng.multivariate_normal(fit.mean, fit.covariance, DRAWS, method="cholesky")
    rates, elasticity, sd = terms[:, :-2], terms[:, -2], np.exp(terms[:, -1:])
    log_rate = rates + sd * rng.standard_normal(rates.shape)
    away = flights(others, fit.mean[-2:-1]).away[:, y]
    away = np.broadcast_to(away, (DRAWS, away.shape[1]))
    spread = _spread_of_changes(np.where(others.killed >= MIN_DEATHS, others.killed, np.nan), y)
    times = np.exp(spread * rng.standard_normal(rates.shape))
    known, _ = others.through(y, away, log_rate, elasticity)
    before, _ = others.through(y - 1, away, log_rate, elasticity, times)
    totals = known @ record.country_matrix, before @ record.country_matrix
    return dict(zip(FORECASTS, totals, strict=True))


def baselines(
    record: FlightRecord, y: int, rng: np.random.Generator
) -> dict[str, Float[np.ndarray, "draw country"]]:
    """Return draws of the totals of the `y`-th year by each baseline.

    Args:
        record: all years; of the year itself nothing is read.
        y: its place among them.
        rng: random numbers.
    """
    totals = np.log(record.without(record.years[y]).displaced)
    n = np.isfinite(totals).sum(axis=0)
    mean = np.where(n > 0, np.nansum(totals, axis=0) / np.maximum(n, 1), np.nan)
    squares = np.nansum((totals - mean) ** 2)
    within = np.sqrt(squares / max(int(np.maximum(n - 1, 0).sum()), 1))
    of_change = _spread_of_changes(np.exp(totals), y)
    z = rng.standard_normal((2, DRAWS, len(n)))
    last_year = totals[y - 1] + of_change * z[0]
    other_years = mean + within * np.sqrt(1.0 + 1.0 / np.maximum(n, 1)) * z[1]
    return {"last_year": np.exp(last_year), "other_years": np.exp(other_years)}


def _spread_of_changes(values: Float[np.ndarray, "year country"], y: int) -> float:
    """Return the root mean square of log changes from year to year, the `y`-th not among them."""
    changes = np.diff(np.log(values), axis=0)
    changes = np.delete(changes, [i for i in (y - 1, y) if i < len(changes)], axis=0)
    return float(np.sqrt(np.nanmean(changes**2)))


def _case_rows(verification: Verification) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = verification.cases.to_dict("records")  # pyright: ignore[reportAssignmentType]
    observed = verification.cases["observed"].to_numpy(float)
    for name in FORECASTS:
        draws = verification.draws[name]
        lower, upper = central_interval(draws, INSIDE[1] - INSIDE[0])
        middle, loss = np.median(draws, axis=1), crps_log1p(observed, draws)
        for i, row in enumerate(rows):
            row[name] = {"q05": float(lower[i]), "q50": float(middle[i]), "q95": float(upper[i])}
            row[name] |= {"inside": bool(lower[i] <= observed[i] <= upper[i])}
            row[name] |= {"crps_log1p": float(loss[i])}
    return rows


def _coverage(verification: Verification, name: str) -> list[dict[str, Any]]:
    """Return how often the 90% range held, by country and pooled, with Jeffreys' interval."""
    cases = verification.cases
    inside = covered(cases["observed"].to_numpy(float), verification.draws[name])
    rows = []
    for country in (*cases["country"].unique(), ALL):
        mine = inside if country == ALL else inside[(cases["country"] == country).to_numpy()]
        n, held = len(mine), int(mine.sum())
        low, high = betaincinv(held + 0.5, n - held + 0.5, INSIDE)
        row = {"country": country, "n": n, "inside": held, "share": held / n}
        rows.append(row | {"lo": float(low), "hi": float(high)})
    return rows


def _common(verification: Verification) -> np.ndarray:
    """Return which cases every baseline can forecast."""
    made = [np.isfinite(verification.draws[name]).all(axis=1) for name in BASELINES]
    return np.all(made, axis=0)


def _losses(verification: Verification) -> dict[str, Float[np.ndarray, " case"]]:
    common = _common(verification)
    observed = verification.cases["observed"].to_numpy(float)[common]
    return {name: crps_log1p(observed, draws[common]) for name, draws in verification.draws.items()}


def _scores(verification: Verification) -> list[dict[str, Any]]:
    """Return mean scores on the cases that all forecasts and baselines share."""
    common = _common(verification)
    observed = verification.cases["observed"].to_numpy(float)[common]
    return [
        {
            "forecast": name,
            "n": int(common.sum()),
            "crps_log1p": float(loss.mean()),
            "coverage90": float(covered(observed, verification.draws[name][common]).mean()),
        }
        for name, loss in _losses(verification).items()
    ]


def _differences(verification: Verification) -> dict[str, dict[str, list[float]]]:
    """Return forecast less baseline, CRPS of logs, with 90% intervals that draw whole years."""
    losses, cases = _losses(verification), verification.cases[_common(verification)]
    labels = cases["year"].to_numpy(int), cases["country"].to_numpy(str)
    return {
        name: {
            other: list(paired_difference(losses[name], losses[other], *labels, block=1))
            for other in BASELINES
        }
        for name in FORECASTS
    }
