"""The panel that the coup model is fitted to: a row a country and month, with what came before.

Evidence: Powell & Thyne 2011, doi:10.1177/0022343310397436.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import arrays
from liptako.errors import InputError

FIRST_MONTH = 61
"""January 1985, where the coup data begin."""
LOSSES_FROM = 121
"""January 1990, where deaths by country-month begin."""
COVARIATES = ("log_since", "polyarchy", "log_losses")


def coup_panel(
    coups: pd.DataFrame,
    country_months: pd.DataFrame,
    vdem: pd.DataFrame,
    countries: Mapping[str, int],
    last_month: int,
    half_life: float | np.floating = 8.0,
) -> pd.DataFrame:
    """Return one row a country and month, from January 1985, with what was known before it.

    `log_since` is log(1 + months since the last month with an event), counted from January
    1985 where there was none: how long before that is not known. `polyarchy` is of the year
    before, or the last known; countries without any get the mean of the others. `log_losses`
    is log(1 + E), with `E <- d E + (1 - d) x` the fading mean of state-based deaths through
    the month before and `d = 2^(-1 / half_life)`, from 0 in January 1990; before that it is
    the panel's later mean.

    Args:
        coups: `country, month, successes, failures`; months without an event are absent.
        country_months: `country_id, month, deaths_sb`, no gap from January 1990 on.
        vdem: `country, year, polyarchy`.
        countries: ISO3 code to VIEWS country id.
        last_month: the last month of the panel; nothing later is used.
        half_life: of the losses, months, above 0.

    Returns:
        `country, month, year, event, success` and `COVARIATES`; by country and month.

    Raises:
        InputError: no country, an early last month, or deaths missing for a country-month.

    Example:
        >>> panel = coup_panel(s.coups, s.country_months, s.vdem, ids, 528)  # doctest: +SKIP
        >>> panel["event"].mean()                                            # doctest: +SKIP
        0.0073...
    """
    table = _with_next(coups, country_months, vdem, countries, last_month, half_life)
    return table[table["month"] <= last_month].reset_index(drop=True)


def coup_state(
    coups: pd.DataFrame,
    country_months: pd.DataFrame,
    vdem: pd.DataFrame,
    countries: Mapping[str, int],
    last_month: int,
    half_life: float | np.floating = 8.0,
) -> pd.DataFrame:
    """Return the covariates of the month after `last_month`, from what was known by then.

    Where deaths of a country are not known, after an import that holds others only, the fading
    mean stays at what it was last.

    Args and errors as `coup_panel`, but for missing deaths.

    Returns:
        `country, month` and `COVARIATES`, one row a country.
    """
    table = _with_next(coups, country_months, vdem, countries, last_month, half_life, gaps=True)
    now = table[table["month"] == last_month + 1].reset_index(drop=True)
    return now[["country", "month", *COVARIATES]]


def _with_next(
    coups: pd.DataFrame,
    country_months: pd.DataFrame,
    vdem: pd.DataFrame,
    countries: Mapping[str, int],
    last_month: int,
    half_life: float | np.floating,
    *,
    gaps: bool = False,
) -> pd.DataFrame:
    """Return the panel with one month more, whose events are not known."""
    if not countries:
        raise InputError("no country", field="countries", allowed="at least one")
    if last_month < FIRST_MONTH:
        raise InputError("too early", field="last_month", value=last_month, allowed="61 or later")
    if not half_life > 0:
        raise InputError("not a half-life", field="half_life", value=half_life, allowed="above 0")
    months = np.arange(FIRST_MONTH, last_month + 2)
    event, success = _events(coups, list(countries), last_month)
    years = np.array([calendar.year_of(month) for month in months.tolist()])
    losses = _log_losses(country_months, countries, last_month, half_life, gaps=gaps)
    polyarchy = _polyarchy(vdem, list(countries), years - 1)
    known = np.where(months <= last_month, polyarchy, np.nan)
    if np.isnan(known).all():
        raise InputError("no value for any country", field="polyarchy", allowed="at least one")
    polyarchy = np.where(np.isnan(polyarchy), np.nanmean(known), polyarchy)
    n = len(countries)
    return pd.DataFrame({
        "country": np.repeat(np.array(list(countries), dtype=object), len(months)),
        "month": np.tile(months, n),
        "year": np.tile(years, n),
        "event": event.ravel(),
        "success": success.ravel(),
        "log_since": np.log1p(_months_since(event)).ravel(),
        "polyarchy": polyarchy.ravel(),
        "log_losses": losses.ravel(),
    })  # fmt: skip


def _events(
    coups: pd.DataFrame, countries: list[str], last_month: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return 0/1 of any event and of any success by country and month, one month more."""
    event, success = np.zeros((2, len(countries), last_month + 2 - FIRST_MONTH), dtype=np.int64)
    rows = coups[coups["country"].isin(countries) & coups["month"].between(FIRST_MONTH, last_month)]
    place = np.array([countries.index(iso) for iso in rows["country"]], dtype=int)
    column = rows["month"].to_numpy(int) - FIRST_MONTH
    event[place, column] = (rows["successes"] + rows["failures"] > 0).to_numpy()
    success[place, column] = (rows["successes"] > 0).to_numpy()
    return event, success


def _months_since(event: np.ndarray) -> np.ndarray:
    """Return months since the last event strictly before each month, or since the first month."""
    place = np.arange(event.shape[1])
    last = np.maximum.accumulate(np.where(event > 0, place, 0), axis=1)
    before = np.concatenate([np.zeros_like(last[:, :1]), last[:, :-1]], axis=1)
    return place - before


def _log_losses(
    country_months: pd.DataFrame,
    countries: Mapping[str, int],
    last_month: int,
    half_life: float | np.floating,
    *,
    gaps: bool,
) -> np.ndarray:
    months = range(LOSSES_FROM, last_month + 1)
    table = country_months[country_months["country_id"].isin(list(countries.values()))]
    wide = table.pivot_table(index="country_id", columns="month", values="deaths_sb", aggfunc="sum")
    deaths = wide.reindex(index=list(countries.values()), columns=months).to_numpy(np.float64)
    for iso, row in zip(countries, deaths, strict=True):
        if np.isnan(row).any() and not gaps:
            raise InputError(
                f"no deaths of {iso} in some month",
                field="deaths_sb",
                value=calendar.format_month(LOSSES_FROM + int(np.isnan(row).argmax())),
                allowed=f"every month from 1990 through {calendar.format_month(last_month)}",
            )
    decay = 2.0 ** (-1.0 / half_life)
    fading = _carried(deaths, decay) if gaps else arrays.fading_mean(deaths, decay, axis=1)
    known = np.log1p(np.pad(fading, ((0, 0), (1, 0))))  # before each month, and one month more
    mean = known[:, :-1].mean() if fading.size else 0.0
    before = np.full((len(countries), LOSSES_FROM - FIRST_MONTH), mean)
    return np.hstack([before, known])[:, : last_month + 2 - FIRST_MONTH]


def _carried(deaths: np.ndarray, decay: float | np.floating) -> np.ndarray:
    """Return fading means that stay where they are in months without a value; 0 before any."""
    state, found = np.zeros(len(deaths)), np.empty_like(deaths)
    for month in range(deaths.shape[1]):
        new = decay * state + (1.0 - decay) * deaths[:, month]
        state = np.where(np.isnan(new), state, new)
        found[:, month] = state
    return found


def _polyarchy(vdem: pd.DataFrame, countries: list[str], years: np.ndarray) -> np.ndarray:
    """Return the index of each country in given years, the last known carried on."""
    known = vdem[vdem["country"].isin(countries)]
    wide = known.pivot_table(index="country", columns="year", values="polyarchy")
    span = range(int(min([years.min(), *wide.columns])), int(years.max()) + 1)
    carried = wide.reindex(index=countries, columns=span).ffill(axis=1)
    return carried[years].to_numpy(np.float64)
