r"""Coups and attempts by country and month: a pooled logistic regression, and the panel for it.

With $p_{k,t}$ the chance of at least one coup or attempt in country $k$ and month $t$,

$$\operatorname{logit} p_{k,t} = a + c_k + y_{year(t)} + \sum_j \beta_j (x_{j,k,t} - \bar x_j)$$

with country effects $c_k \sim N(0, s_c)$ (partial pooling), year effects an AR(1) with
stationary standard deviation $s_y$ (waves), and $\beta_j \sim N(0, s_\beta / sd(x_j))$. The
mode is found by Newton's method and its inverse Hessian is the posterior covariance (Laplace).

Assumption: given the covariates, months are independent. Evidence: Powell & Thyne 2011,
doi:10.1177/0022343310397436; the coup trap: Londregan & Poole 1990, doi:10.2307/2010462.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import expit

from liptako import calendar
from liptako.errors import InputError
from liptako.inference.past_cases.coup_panel import COVARIATES

EFFECTS = ("country", "year")
INTERCEPT_SD = 10.0
_STEPS, _TOLERANCE = 100, 1e-9


@dataclass(frozen=True)
class CoupSettings:
    """Priors of the coup model.

    The first three are the best of a grid on months to December 2017, by Laplace evidence
    with a weak prior that keeps spreads off 0 (`scripts/choose_coup_settings.py`). The evidence
    is nearly flat: a persistence of 0.9 is 0.1 lower in natural log. `effect_sd` was set by
    hand beforehand.

    Args:
        country_sd: spread of country effects, log odds, above 0.
        year_sd: stationary spread of year effects, log odds, above 0.
        year_persistence: autocorrelation of the effects of neighbouring years, 0 to below 1.
        effect_sd: prior spread of the effect of one standard deviation of a covariate.
    """

    country_sd: float = 0.3
    year_sd: float = 0.5
    year_persistence: float = 0.0
    effect_sd: float = 0.5

    def __post_init__(self) -> None:
        for field, value in vars(self).items():
            rho = field == "year_persistence"
            if not (0 <= value < 1 if rho else 0 < value < np.inf):
                allowed = "0 to below 1" if rho else "above 0"
                raise InputError("out of range", field=field, value=value, allowed=allowed)


DEFAULTS = CoupSettings()


@dataclass(frozen=True, eq=False)
class CoupFit:
    """Mode and Laplace covariance of the coup model.

    Args:
        countries: ISO3 codes with a country effect, in the panel's order.
        years: calendar years with a year effect.
        names: of the parameters: `intercept`, `country:ISO3`, `year:YYYY`, covariates.
        mean: posterior mode; effects of covariates are per raw unit.
        covariance: inverse Hessian at the mode.
        centre: value of each covariate at which the intercept holds.
        settings: the priors.
        log_evidence: Laplace approximation, natural log.
        n_events: country-months with a coup or attempt.
        n_successes: those of them with a success.
        n_country_months: rows of the panel.
    """

    countries: tuple[str, ...]
    years: tuple[int, ...]
    names: tuple[str, ...]
    mean: Float[np.ndarray, " parameter"]
    covariance: Float[np.ndarray, "parameter parameter"]
    centre: dict[str, float]
    settings: CoupSettings
    log_evidence: float
    n_events: int
    n_successes: int
    n_country_months: int

    def draws(self, z: Float[np.ndarray, "*draw p"]) -> Float[np.ndarray, "*draw p"]:
        """Return parameters from standard normal scores."""
        return self.mean + z @ np.linalg.cholesky(self.covariance).T

    def table(self) -> pd.DataFrame:
        """Return `name, mean, sd, lo, hi` of every parameter; the ends hold 90%."""
        sd = np.sqrt(np.diag(self.covariance))
        half = 1.6448536 * sd
        columns = {"mean": self.mean, "sd": sd, "lo": self.mean - half, "hi": self.mean + half}
        return pd.DataFrame({"name": self.names, **columns})


def base_rate(panel: pd.DataFrame) -> tuple[int, int]:
    """Return country-months with an event, and all country-months of the panel."""
    return int(panel["event"].sum()), len(panel)


def fit_coups(
    panel: pd.DataFrame,
    settings: CoupSettings = DEFAULTS,
    *,
    covariates: Sequence[str] = COVARIATES,
    effects: Sequence[str] = EFFECTS,
) -> CoupFit:
    """Fit the coup model to a panel.

    Args:
        panel: from `coup_panel`.
        settings: priors.
        covariates: which of `COVARIATES` to use.
        effects: which of `EFFECTS` to use.

    Returns:
        Mode, covariance and evidence.

    Raises:
        InputError: an empty panel, an unknown covariate or effect, or missing values.

    Example:
        >>> fit = fit_coups(panel)                                           # doctest: +SKIP
        >>> fit.names[:2]                                                    # doctest: +SKIP
        ('intercept', 'country:AAA')
    """
    _check(panel, covariates, effects)
    countries = tuple(dict.fromkeys(panel["country"])) if "country" in effects else ()
    first, last = int(panel["year"].min()), int(panel["year"].max())
    years = tuple(range(first, last + 1)) if "year" in effects else ()
    x = panel[list(covariates)].to_numpy(np.float64)
    centre = x.mean(axis=0)
    design = np.hstack([
        np.ones((len(panel), 1)),
        panel["country"].to_numpy()[:, None] == np.array(countries, dtype=object),
        panel["year"].to_numpy()[:, None] == np.array(years, dtype=int),
        x - centre,
    ]).astype(np.float64)  # fmt: skip
    precision = _precision(settings, len(countries), len(years), x.std(axis=0))
    event = panel["event"].to_numpy(np.float64)
    mean, hessian, log_joint = _newton(design, event, precision)
    log_dets = np.linalg.slogdet(precision)[1] - np.linalg.slogdet(hessian)[1]
    places = (f"country:{iso}" for iso in countries)
    return CoupFit(
        countries=countries,
        years=years,
        names=("intercept", *places, *(f"year:{year}" for year in years), *covariates),
        mean=mean,
        covariance=np.linalg.inv(hessian),
        centre=dict(zip(covariates, centre.tolist(), strict=True)),
        settings=settings,
        log_evidence=float(log_joint + 0.5 * log_dets),
        n_events=int(event.sum()),
        n_successes=int(panel["success"].sum()),
        n_country_months=len(panel),
    )


def event_chances(
    fit: CoupFit, state: pd.DataFrame, n_months: int, *, n_draws: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Return the chance of at least one event within each number of months ahead.

    Averages over posterior draws and over the AR(1) of later years. Losses and polyarchy stay
    as they are; `log_since` grows as if nothing happened, since only the first event counts.

    Args:
        fit: from `fit_coups`.
        state: from `coup_state`, all in the same month.
        n_months: months ahead, 1 or more.
        n_draws: posterior draws, 1 or more.
        seed: the same seed gives the same chances.

    Returns:
        `country, lead_time, month, p`.

    Raises:
        InputError: a country that the fit does not have, or numbers out of range.
    """
    for field, value in (("n_months", n_months), ("n_draws", n_draws)):
        if value < 1:
            raise InputError("too small", field=field, value=value, allowed="1 or more")
    if fit.countries and (unknown := sorted(set(state["country"]) - set(fit.countries))):
        allowed = ", ".join(fit.countries)
        raise InputError("not in the fit", field="country", value=unknown, allowed=allowed)
    start = int(state["month"].iloc[0])
    months = np.arange(start, start + n_months)
    rng = np.random.default_rng(seed)
    theta = fit.draws(rng.standard_normal((n_draws, len(fit.names))))
    column = {name: theta[:, place] for place, name in enumerate(fit.names)}
    common = column["intercept"][:, None] + _year_effects(fit, column, months, rng)
    chances = []
    for row in state.to_dict("records"):
        eta = common + column.get(f"country:{row['country']}", np.zeros(n_draws))[:, None]
        for name, centre in fit.centre.items():
            value = np.full(n_months, float(row[name]))
            if name == "log_since":
                value = np.log1p(np.expm1(value) + np.arange(n_months))
            eta = eta + column[name][:, None] * (value - centre)
        none_yet = np.exp(-np.logaddexp(0.0, eta).cumsum(axis=1))
        chances.append(1.0 - none_yet.mean(axis=0))
    return pd.DataFrame({
        "country": np.repeat(state["country"].to_numpy(), n_months),
        "lead_time": np.tile(np.arange(1, n_months + 1), len(state)),
        "month": np.tile(months, len(state)),
        "p": np.concatenate(chances),
    })  # fmt: skip


def _year_effects(
    fit: CoupFit, column: dict[str, np.ndarray], months: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return year effects by draw and month; those of later years are drawn from the AR(1)."""
    n_draws = len(column["intercept"])
    if not fit.years:
        return np.zeros((n_draws, len(months)))
    rho = fit.settings.year_persistence
    noise_sd = fit.settings.year_sd * np.sqrt(1 - rho**2)
    by_year = {year: column[f"year:{year}"] for year in fit.years}
    years = [calendar.year_of(month) for month in months.tolist()]
    for year in range(fit.years[-1] + 1, years[-1] + 1):
        by_year[year] = rho * by_year[year - 1] + noise_sd * rng.standard_normal(n_draws)
    return np.stack([by_year[year] for year in years], axis=1)


def _check(panel: pd.DataFrame, covariates: Sequence[str], effects: Sequence[str]) -> None:
    pairs = (("covariates", covariates, COVARIATES), ("effects", effects, EFFECTS))
    for field, given, known in pairs:
        if unknown := sorted(set(given) - set(known)):
            raise InputError("unknown", field=field, value=unknown, allowed=", ".join(known))
    needed = ["country", "year", "event", "success", *covariates]
    if missing := sorted(set(needed) - set(panel)):
        raise InputError("no such column", field="panel", value=missing)
    if panel.empty or panel[needed].isna().to_numpy().any():
        raise InputError("no row, or a value is missing", field="panel")


def _precision(
    settings: CoupSettings, n_countries: int, n_years: int, spread: np.ndarray
) -> np.ndarray:
    """Return the prior's precision matrix; a covariate that never varies gets unit spread."""
    spread = np.where(spread > 0, spread, 1.0)
    places = np.full(n_countries, settings.country_sd**-2)
    slopes = (spread / settings.effect_sd) ** 2
    matrix = np.diag(np.r_[INTERCEPT_SD**-2, places, np.zeros(n_years), slopes])
    if n_years:
        lag = np.abs(np.subtract.outer(np.arange(n_years), np.arange(n_years)))
        waves = settings.year_sd**2 * settings.year_persistence**lag
        block = slice(1 + n_countries, 1 + n_countries + n_years)
        matrix[block, block] = np.linalg.inv(waves)
    return matrix


def _newton(
    design: np.ndarray, event: np.ndarray, precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the mode, the Hessian there, and the log joint without normalising constants."""

    def log_joint(theta: np.ndarray) -> float:
        eta = design @ theta
        return float(event @ eta - np.logaddexp(0, eta).sum() - 0.5 * theta @ precision @ theta)

    theta = np.zeros(design.shape[1])
    rate = (event.sum() + 0.5) / (len(event) + 1)
    theta[0] = np.log(rate / (1 - rate))
    value = log_joint(theta)
    for _ in range(_STEPS):
        p = np.asarray(expit(design @ theta))
        gradient = design.T @ (event - p) - precision @ theta
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + precision
        step = np.linalg.solve(hessian, gradient)
        if gradient @ step < _TOLERANCE:
            return theta, hessian, value
        while (new := log_joint(theta + step)) < value:
            step = step / 2
            if np.abs(step).max() < _TOLERANCE:
                return theta, hessian, value
        theta, value = theta + step, new
    raise RuntimeError("the coup model's fit did not converge")
