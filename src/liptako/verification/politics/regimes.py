"""How well the survival of regimes born of coups would have been forecast: rolling origins.

At every origin (yearly, the end of January, from 1960) rates are fitted on what was known by then,
and the chance that each regime then sitting lasts 12, 24 and 36 months more is scored once it is
known. Forms, each with what it adds: `constant`, one rate; `age`, one rate a band of age, the world
alike; `region_age`, causes and subregions pooled toward the world; `region_age_cohort`, the factor
on hand-overs of the cohort born in the origin's decade.

Forms are chosen on origins whose outcome ends before 2018; later origins are for the record. A
term stays if it lowers the log score, mean over the horizons. What is hindsight still: the table
was coded afterwards, and which spells are one regime was known only later.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data import regimes as data
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.inference.past_cases.regime_spells import Spells, band_of, months_in_bands
from liptako.inference.past_cases.regime_spells import regime_spells as spells_of
from liptako.inference.past_cases.regime_survival import block_interval, choose_three
from liptako.inference.past_cases.regimes import (
    cohort_factor,
    decade_start,
    pooled_rates,
    survival,
    survival_with_factor,
)
from liptako.verification.politics import chances

FIRST_ORIGIN = 1960
HORIZONS = (12, 24, 36)
FORMS = ("constant", "age", "region_age", "region_age_cohort")
"""In order of what they add."""

REFERENCE = "age"
CHOSEN_BEFORE = calendar.month_id(2018, 1)
"""Forms are chosen on outcomes that ended before this month."""

TRIPLE_AGES = (3, 48)
"""Least and greatest age of regimes in groups of three, months."""

BLOCK = 5
"""Yearly origins drawn together for groups of three: their outcomes overlap by three years."""

ALLOWED_LOSS = 0.005
"""Greatest loss of log score against age alone that a form may have."""

KEYS = ["origin", "horizon", "country", "age"]


def yearly_origins(last_month: int) -> tuple[int, ...]:
    """Return every January since 1960 with a year of outcomes in the data.

    Raises:
        InputError: there is none.
    """
    years = range(FIRST_ORIGIN, calendar.year_of(last_month) + 1)
    found = [calendar.month_id(year, 1) for year in years]
    found = [origin for origin in found if origin + HORIZONS[0] <= last_month]
    if not found:
        raise InputError(
            "no outcome is in the data",
            field="last_month",
            value=calendar.format_month(last_month),
            allowed=f"{FIRST_ORIGIN + 1}-01 or later",
        )
    return tuple(found)


def rolling_cases(snapshot: Snapshot, origins: Sequence[int] | None = None) -> pd.DataFrame:
    """Return forecasts of survival from every origin, by form, beside what happened.

    Args:
        snapshot: all data; each fit gets only what was known at its origin.
        origins: last months seen; by default `yearly_origins`.

    Returns:
        `origin, horizon, country, region, subregion, age, form, p, lasted`, the last 0 or 1.

    Raises:
        InputError: no regimes in the data, or no origin with outcomes.
    """
    last = snapshot.reference_month
    outcome = data.spells(snapshot.regimes, "regime").set_index(["country", "coup"])
    parts = []
    for origin in yearly_origins(last) if origins is None else origins:
        spells = spells_of(snapshot.regimes, origin)  # censors at the origin
        if not spells.exposure.sum() > 0:
            continue
        sits = spells.table["event"].to_numpy(int) == 0
        now = spells.table[sits].reset_index(drop=True)
        rows = outcome.loc[list(zip(now["country"], now["coup"], strict=True))]
        forms = _Forms(spells, origin)
        for horizon in (h for h in HORIZONS if origin + h <= last):
            gone = (rows["event"] == 1) & (rows["end"] <= origin + horizon)
            base = now[["country", "region", "subregion"]].assign(
                origin=origin, horizon=horizon, age=origin - now["coup"],
                lasted=1 - gone.to_numpy(int),
            )  # fmt: skip
            parts += [base.assign(form=form, p=forms(form, horizon)) for form in FORMS]
    if not parts:
        raise InputError("no regime to forecast", field="regimes", allowed="a table with rows")
    names = [*KEYS, "region", "subregion", "form", "p", "lasted"]
    return pd.concat(parts, ignore_index=True)[names]


class _Forms:
    """Forecasts of the regimes that sit at an origin, by form and horizon."""

    def __init__(self, spells: Spells, origin: int) -> None:
        table = spells.table
        ended = table["event"].to_numpy(int) == 1
        self.ages = (origin - table["coup"].to_numpy(int))[~ended]
        self.months = spells.exposure.sum(axis=0)
        lasted = table["months"].to_numpy(int)[ended]
        self.ends = np.bincount(band_of(lasted - 1), minlength=len(self.months)).astype(float)
        self.rates = pooled_rates(spells)
        cohort_from = decade_start(origin)
        self.before, self.factor = cohort_factor(spells, cohort_from)
        self.subregions = table["subregion"].to_numpy(str)[~ended]
        self.cohort = table["coup"].to_numpy(int)[~ended] >= cohort_from

    def __call__(self, form: str, horizon: int) -> np.ndarray:
        """Return the chance that each regime lasts."""
        if form in ("constant", "age"):
            return self._world(form, horizon)
        rates = self._of(self.rates)
        plain = survival(*rates, self.ages, horizon)
        if form == "region_age":
            return plain
        before = self._of(self.before)
        moved = survival_with_factor(rates, before, self.factor, self.ages, horizon)
        return np.where(self.cohort, moved, plain)

    def _of(self, rates: Any) -> tuple[np.ndarray, np.ndarray]:
        shape, rate = zip(*(rates.of(name) for name in self.subregions), strict=True)
        return np.stack(shape), np.stack(rate)

    def _world(self, form: str, horizon: int) -> np.ndarray:
        n, t = self.ends.sum() + 0.5, self.months.sum()
        if form == "constant":
            return np.full(len(self.ages), (t / (t + horizon)) ** n)
        now = self.ages.astype(float)
        shape, rate = 1.0 + self.ends, t / n + self.months
        ahead = months_in_bands(now, now + horizon)
        return np.exp((shape * np.log(rate / (rate + ahead))).sum(axis=1))


class Scores(NamedTuple):
    """Scores of survival forecasts; lower is better for log score and Brier.

    Args:
        horizons: by months ahead, `chosen_on` and `later`: `cases, regimes, countries, lasted,
            scores` by form; `chosen_on` with `differences, reliability, calibration`.
        triples: groups of three, forecast beside the share that lasted.
        stayed: the form that stayed.
        mean_loss: log score less that of age alone, mean over horizons, by form, `chosen_on`.
    """

    horizons: dict[int, dict[str, Any]]
    triples: list[dict[str, Any]]
    stayed: str
    mean_loss: dict[str, float]

    def summary(self) -> dict[str, Any]:
        """Return the scores as plain values."""
        against = {
            str(horizon): rows["chosen_on"]["differences"]["region_age"]["log_score"]
            for horizon, rows in self.horizons.items()
        }
        return {
            "unit": "regime",
            "horizons": {str(horizon): rows for horizon, rows in self.horizons.items()},
            "region_age_against_age": against,
            "allowed_loss": ALLOWED_LOSS,
            "within_allowed_loss": all(row[0] <= ALLOWED_LOSS for row in against.values()),
            "stayed": self.stayed,
            "mean_loss_against_age": self.mean_loss,
            "triples": self.triples,
        }


def score(cases: pd.DataFrame, *, seed: int = 0) -> Scores:
    """Score forecasts of survival and choose the form.

    Args:
        cases: from `rolling_cases`.
        seed: of the bootstraps.

    Raises:
        InputError: no case whose outcome ended before 2018, or a chance of 0 or 1.
    """
    early = (cases["origin"] + cases["horizon"] < CHOSEN_BEFORE).to_numpy(bool)
    if not early.any():
        raise InputError("no origin to choose on", field="origins", allowed="outcomes before 2018")
    horizons: dict[int, dict[str, Any]] = {}
    for horizon in HORIZONS:
        rows = cases[cases["horizon"] == horizon]
        before = rows[early[rows.index]]
        after = rows[~early[rows.index]]
        if before.empty:
            continue
        horizons[horizon] = {"chosen_on": _scored(before, seed, whole=True)}
        if len(after):
            horizons[horizon]["later"] = _scored(after, seed, whole=False)
    loss = {
        form: float(np.mean([
            rows["chosen_on"]["differences"][form]["log_score"][0] for rows in horizons.values()
        ]))
        for form in FORMS if form != REFERENCE
    }  # fmt: skip
    return Scores(horizons, triples(cases, seed=seed), stayed(loss), loss)


def stayed(loss: dict[str, float]) -> str:
    """Return the form that stays: terms are added to age alone in order, each if it gains.

    Args:
        loss: mean log score less that of age alone, by form.

    Example:
        >>> stayed({"constant": 0.01, "region_age": 0.001, "region_age_cohort": -0.002})
        'region_age_cohort'
    """
    best, least = REFERENCE, 0.0
    for form in FORMS:
        if loss.get(form, np.inf) < least:
            best, least = form, loss[form]
    return best


def triples(cases: pd.DataFrame, *, seed: int = 0) -> list[dict[str, Any]]:
    """Return joint forecasts of three regimes at once, as if independent, beside what happened.

    Groups of three that sit in one region or subregion, aged 3 to 48 months; groups of an origin
    count alike, as do origins.

    Args:
        cases: from `rolling_cases`.
        seed: of the bootstrap of blocks of origins.

    Returns:
        `within, horizon, period, form, p, p_lo, p_hi, share, lo, hi, difference, groups,
        origins`; differences are forecast less share, with their interval.
    """
    young = cases[cases["age"].between(*TRIPLE_AGES) & (cases["form"] != "constant")]
    found = []
    for within in ("subregion", "region"):
        groups = young.groupby(["form", "horizon", "origin", within])
        sums = groups.agg(
            n=("p", "size"), held=("lasted", "sum"), e3=("p", elementary_three)
        ).reset_index()
        sums = sums[sums["n"] >= 3]
        sums = sums.assign(
            groups=choose_three(sums["n"].to_numpy(float)),
            lasted=choose_three(sums["held"].to_numpy(float)),
        )
        by = sums.groupby(["form", "horizon", "origin"], as_index=False)
        by = by[["e3", "lasted", "groups"]].sum()
        for form, horizon in product(FORMS[1:], HORIZONS):
            rows = by[(by["form"] == form) & (by["horizon"] == horizon)]
            ended = rows["origin"] + horizon < CHOSEN_BEFORE
            for period, part in (("chosen_on", rows[ended]), ("all", rows)):
                if len(part):
                    about = {"within": within, "horizon": horizon, "period": period, "form": form}
                    found.append(about | _joint(part, seed))
    return found


def elementary_three(p: pd.Series) -> float:
    """Return the sum over all groups of three of the product of their chances.

    Example:
        >>> elementary_three(pd.Series([0.5, 0.5, 0.5]))
        0.125
    """
    one, two, three = (float((p**k).sum()) for k in (1, 2, 3))
    return (one**3 - 3 * one * two + 2 * three) / 6


def _joint(rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    rows = rows.sort_values("origin")
    total = rows["groups"].to_numpy(float)
    p, share = rows["e3"].to_numpy(float) / total, rows["lasted"].to_numpy(float) / total
    lows = {name: block_interval(values, BLOCK, seed)
            for name, values in (("p", p), ("share", share), ("gap", p - share))}  # fmt: skip
    return {
        "p": float(p.mean()), "p_lo": lows["p"][0], "p_hi": lows["p"][1],
        "share": float(share.mean()), "lo": lows["share"][0], "hi": lows["share"][1],
        "difference": [float((p - share).mean()), *lows["gap"]],
        "groups": int(total.sum()), "origins": len(rows),
    }  # fmt: skip


def _scored(rows: pd.DataFrame, seed: int, *, whole: bool) -> dict[str, Any]:
    """Return scores by form on the same cases, and with `whole` what is chosen and judged by."""
    by_form = {form: part.sort_values(KEYS) for form, part in rows.groupby("form")}
    base = by_form[REFERENCE]
    lasted = base["lasted"].to_numpy(float)
    country = base["country"].to_numpy(str)
    alone = chances.replicate_weights(country, seed=seed)
    both = chances.replicate_weights(country, base["origin"].to_numpy(int), seed=seed)
    p = {form: by_form[form]["p"].to_numpy(float) for form in FORMS}
    logs = {form: chances.log_scores(p[form], lasted) for form in FORMS}
    briers = {form: (p[form] - lasted) ** 2 for form in FORMS}
    found: dict[str, Any] = {
        "first_origin": calendar.format_month(int(base["origin"].min())),
        "last_origin": calendar.format_month(int(base["origin"].max())),
        "cases": len(base),
        "regimes": len(set(zip(country, base["origin"] - base["age"], strict=True))),
        "countries": len(set(country)),
        "lasted": int(lasted.sum()),
        "scores": [
            {
                "form": form,
                "log_score": float(logs[form].mean()),
                "brier": float(briers[form].mean()),
                "auc": list(chances.auc_interval(p[form], lasted, both)),
                "expected": float(p[form].sum()),
            }
            for form in FORMS
        ],
        "differences": {
            form: {
                "log_score": list(chances.mean_interval(logs[form] - logs[REFERENCE], alone)),
                "brier": list(chances.mean_interval(briers[form] - briers[REFERENCE], alone)),
            }
            for form in FORMS
            if form != REFERENCE
        },
    }
    if whole:
        judged = [form for form in FORMS if form != "constant"]
        found["reliability"] = {
            form: [row._asdict() for row in chances.fifths(p[form], lasted, both)]
            for form in judged
        }
        found["calibration"] = {
            form: {
                name: list(value)
                for name, value in chances.calibration(p[form], lasted, both)._asdict().items()
            }
            for form in judged
        }
    return found
