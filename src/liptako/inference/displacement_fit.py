r"""How many people flee, given deaths: yearly totals of the countries that IDMC follows.

Monthly figures are lumpy (reports arrive in batches, a third of months is empty), so the fit
is on years: $\log F_{k,y} = a_k + b \log(1 + D_{k,y}/12) + \epsilon$, with $F$ the mean month's
newly displaced, $D$ the year's deaths, and country effects partially pooled.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako import calendar

POOLING_SD = 1.0
PRIOR_ELASTICITY = (0.8, 0.3)
PRIOR_NOISE_SD, PRIOR_NOISE_ROWS = 1.0, 2
"""Noise that the data start from, and how many rows it counts as: a few rows fit too well."""
MIN_DEATHS = 12
LEAST_SD = 0.3
"""Floor of the spread: with a year or two of data the residuals say nothing."""


def fit_displacement(
    displaced: pd.DataFrame, events: pd.DataFrame, countries: tuple[str, ...], last_month: int
) -> tuple[Float[np.ndarray, " term"], Float[np.ndarray, " term"]]:
    """Return mode and standard errors of `(log rate by country, elasticity, log of log sd)`.

    Args:
        displaced: `country, month, displaced`, people newly displaced.
        events: the snapshot's events.
        countries: the order of the country axis; those without data get the pooled rate.
        last_month: nothing later is used; only whole years are.
    """
    rows = _yearly(displaced, events, countries, last_month)
    n = len(countries)
    if rows.empty:
        mode = np.r_[np.full(n, 5.0), PRIOR_ELASTICITY[0], np.log(1.5)]
        return mode, np.r_[np.full(n, POOLING_SD), PRIOR_ELASTICITY[1], 0.3]
    y = np.log(rows["displaced"].to_numpy() / 12.0)
    x = np.log1p(rows["deaths"].to_numpy() / 12.0)
    # columns: pooled rate, country deviations, elasticity; ridge by the priors' precisions
    design = np.zeros((len(rows), n + 2))
    design[:, 0], design[:, -1] = 1.0, x
    design[np.arange(len(rows)), 1 + rows["place"].to_numpy()] = 1.0
    centre = np.r_[np.zeros(n + 1), PRIOR_ELASTICITY[0]]
    precision = np.r_[1e-4, np.full(n, POOLING_SD**-2), PRIOR_ELASTICITY[1] ** -2]
    sd = 1.0
    for _ in range(20):
        information = design.T @ design / sd**2 + np.diag(precision)
        beta = np.linalg.solve(information, design.T @ y / sd**2 + precision * centre)
        residual = y - design @ beta
        squares = (residual**2).sum() + PRIOR_NOISE_ROWS * PRIOR_NOISE_SD**2
        sd = float(np.sqrt(squares / (max(len(y) - 3, 0) + PRIOR_NOISE_ROWS)))
    cov = np.linalg.inv(information)
    joint = np.array([cov[0, 0] + cov[i, i] + 2 * cov[0, i] for i in range(1, n + 1)])
    mode = np.r_[beta[0] + beta[1:-1], beta[-1], np.log(sd)]
    errors = np.r_[np.sqrt(joint), np.sqrt(cov[-1, -1]), 1.0 / np.sqrt(2.0 * max(len(y), 2))]
    return mode, errors


def _yearly(
    displaced: pd.DataFrame, events: pd.DataFrame, countries: tuple[str, ...], last_month: int
) -> pd.DataFrame:
    last_year = calendar.year_of(last_month + 1) - 1
    moved = displaced.assign(year=displaced["month"].map(calendar.year_of))
    moved = moved.groupby(["country", "year"], as_index=False)["displaced"].sum()
    killed = events.assign(year=events["month"].map(calendar.year_of))
    killed = killed.groupby(["country", "year"], as_index=False)["deaths"].sum()
    rows = moved.merge(killed, on=["country", "year"], how="inner")
    rows["place"] = rows["country"].map({iso: i for i, iso in enumerate(countries)})
    keep = rows["place"].notna() & (rows["displaced"] > 0) & (rows["deaths"] >= MIN_DEATHS)
    rows = rows[keep & (rows["year"] <= last_year)]
    return rows.assign(place=rows["place"].astype(int))
