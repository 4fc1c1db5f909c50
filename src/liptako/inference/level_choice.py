"""Choose the settings of the level model on outcomes before 2018.

The pooled fit is repeated every third year and each fit forecasts from the origins of the
three years that follow, for every country at war at the origin. Skill is measured against
conflictology (the last twelve months as twelve draws). Later months are cut off first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from liptako.calendar import month_id
from liptako.errors import InputError
from liptako.inference.level_fit import LevelSettings, fit_level
from liptako.model import level
from liptako.model.level import LevelFit

LAST_MONTH = month_id(2017, 12)
FIT_YEARS = (2001, 2004, 2007, 2010, 2013)
YEARS_PER_FIT = 3
LEADS = (3, 5, 8, 11, 14)
AT_WAR = (2.0, 600.0)
_YEAR = 12


class Choice(NamedTuple):
    """The settings chosen and the table of what was tried, one row a candidate."""

    settings: LevelSettings
    table: list[dict[str, object]]


class Totals(NamedTuple):
    """Forecast members and outcome of a total of deaths, one row a country and origin."""

    members: Float[np.ndarray, "case member"]
    outcome: Float[np.ndarray, " case"]
    past: Float[np.ndarray, " case"]
    country: np.ndarray
    origin: np.ndarray


def choose_settings(
    history: Float[np.ndarray, "month country"],
    first_month: int,
    candidates: Sequence[LevelSettings],
    *,
    fit_years: Sequence[int] = FIT_YEARS,
    origin_step: int = 3,
) -> Choice:
    """Return the candidate with the lowest scaled CRPS on outcomes before 2018.

    The score is the mean over countries at war, origins and leads of the CRPS divided by
    the 12-month mean of deaths at the origin plus 5; the criterion is the mean of its skill
    over all cases and over rising wars (3-month mean above the 36-month mean by a quarter).

    Args:
        history: monthly deaths by country.
        first_month: month number of its first row.
        candidates: settings to compare, at least one.
        fit_years: the fit of a year uses the months through its October.
        origin_step: months between origins.

    Returns:
        The best candidate and a row for each with `skill`, `skill_rising`, `coverage`.

    Raises:
        InputError: if there is no candidate or the history starts too late.
    """
    if not candidates:
        raise InputError("no candidate", field="candidates", allowed="at least one")
    history = before_2018(history, first_month)
    table = []
    for settings in candidates:
        parts = []
        for fit, origins in _fits(history, first_month, settings, fit_years):
            parts += [_score_origin(fit, history, at) for at in origins[::origin_step]]
        score, reference, rising, inside = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )
        table.append(
            {
                "settings": settings,
                "skill": 1 - score.mean() / reference.mean(),
                "skill_rising": 1 - score[rising].sum() / max(reference[rising].sum(), 1e-9),
                "coverage": inside.mean(),
            }
        )
    best = max(table, key=lambda row: row["skill"] + row["skill_rising"])
    return Choice(best["settings"], table)


def before_2018(
    history: Float[np.ndarray, "month country"], first_month: int
) -> Float[np.ndarray, "before country"]:
    """Return the rows of a history through December 2017."""
    rows = LAST_MONTH - first_month + 1
    if rows < 20 * _YEAR:
        raise InputError(
            "too little history before 2018",
            field="first_month",
            value=first_month,
            allowed=f"at most {LAST_MONTH - 20 * _YEAR + 1}",
        )
    return level.check_history(history)[:rows]


def _fits(
    history: np.ndarray, first_month: int, settings: LevelSettings, fit_years: Sequence[int]
) -> list[tuple[LevelFit, range]]:
    """Return each fit with the rows of the origins that it serves."""
    pairs = []
    for year in fit_years:
        at = month_id(year, 10) - first_month
        last = min(at + YEARS_PER_FIT * _YEAR, len(history) - max(LEADS))
        pairs.append((fit_level(history[: at + 1], settings), range(at, last)))
    return pairs


def _score_origin(fit: LevelFit, history: np.ndarray, at: int) -> tuple[np.ndarray, ...]:
    """Return scaled CRPS, that of conflictology, rising or not, inside the 90% interval."""
    past = history[: at + 1]
    means = level.smoothed(past)[:, :, -1]
    war = np.flatnonzero((means[3] >= AT_WAR[0]) & (means[3] <= AT_WAR[1]))
    lead = np.array(LEADS)
    outcome = history[at + lead][:, war]
    law = level.forecast_level(fit, past[:, war], max(LEADS))
    draws = level.marginal_draws(law, 128)[lead - 1]
    scale = means[3, war] + 5.0
    low, high = np.quantile(draws, [0.05, 0.95], axis=-1)
    last_year = np.broadcast_to(past[-_YEAR:, war].T, (len(lead), len(war), _YEAR))
    rising = (means[3, war] >= 5.0) & (means[1, war] > 1.25 * means[4, war])
    return (
        (crps(outcome, draws) / scale).ravel(),
        (crps(outcome, last_year) / scale).ravel(),
        np.broadcast_to(rising, outcome.shape).ravel(),
        ((outcome >= low) & (outcome <= high)).ravel(),
    )


def crps(
    outcome: Float[np.ndarray, "*case"], draws: Float[np.ndarray, "*case draw"]
) -> Float[np.ndarray, "*case"]:
    """Return the CRPS of an empirical distribution, `E|X - y| - E|X - X'| / 2`.

    Example:
        >>> crps(np.array([3.0]), np.array([[1.0]])).tolist()
        [2.0]
    """
    ordered = np.sort(draws, axis=-1)
    n = ordered.shape[-1]
    weight = 2.0 * np.arange(1, n + 1) - n - 1
    apart = (ordered * weight).sum(axis=-1) / n**2
    return np.abs(ordered - outcome[..., None]).mean(axis=-1) - apart


def forecast_totals(
    history: Float[np.ndarray, "month country"],
    first_month: int,
    settings: LevelSettings,
    leads: tuple[int, int],
    *,
    fits: Sequence[tuple[LevelFit, range]] | None = None,
    members: int = 400,
) -> Totals:
    """Return forecasts of the total from lead `leads[0]` to `leads[1]`, before 2018.

    Origins are those of every twelfth month; their totals end before 2018. `past` is the
    total of the twelve months up to the origin.
    """
    history = before_2018(history, first_month)
    fits = _fits(history, first_month, settings, FIT_YEARS) if fits is None else fits
    parts = []
    for fit, origins in fits:
        known = replace(
            fit,
            persistence=settings.persistence,
            transient=settings.transient,
            dispersion=settings.dispersion,
            correlation=0.0,
            stretch=settings.stretch,
        )
        for at in origins[::_YEAR]:
            if at + leads[1] >= len(history):
                continue
            past = history[: at + 1]
            mean = level.smoothed(past)[3, :, -1]
            war = np.flatnonzero((mean >= AT_WAR[0]) & (mean <= AT_WAR[1]))
            law = level.forecast_level(known, past[:, war])
            deaths = level.sample_deaths(law, members, seed=at)
            total = deaths[:, leads[0] - 1 : leads[1]].sum(axis=1).T
            outcome = history[at + leads[0] : at + leads[1] + 1][:, war].sum(axis=0)
            last_year = past[-_YEAR:, war].sum(axis=0)
            parts.append((total, outcome, last_year, war, np.full(len(war), at)))
    return Totals(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def normal_scores(totals: Totals) -> Float[np.ndarray, " case"]:
    """Return the normal score of each outcome's mid-rank among the members."""
    below = (totals.members < totals.outcome[:, None]).sum(axis=1)
    equal = (totals.members == totals.outcome[:, None]).sum(axis=1)
    return ndtri((below + 0.5 * equal + 0.5) / (totals.members.shape[1] + 1))


def pair_correlation(totals: Totals, pairs: Sequence[tuple[int, int]]) -> float:
    """Return the correlation of normal scores between pairs of countries, origin by origin."""
    score = dict(
        zip(zip(totals.country, totals.origin, strict=True), normal_scores(totals), strict=True)
    )
    both = [
        (score[a, at], score[b, at])
        for a, b in pairs
        for at in np.unique(totals.origin)
        if (a, at) in score and (b, at) in score
    ]
    if len(both) < 3:
        raise InputError("too few pairs at war at the same time", field="pairs", value=len(both))
    first, second = np.array(both).T
    return float(2 * (first * second).mean() / (first**2 + second**2).mean())
