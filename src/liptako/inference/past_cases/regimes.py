r"""How regimes born of coups end: rates by cause and age, a region pooled toward the world.

For cause c and band of age b the world's regimes outside a subregion g had $n$ events in $T$
months. With the cause's overall rate $\bar\lambda_c$ as a prior worth one event,

$$\lambda_{cb} \sim \mathrm{Gamma}(a, t), \quad a = 1 + n, \quad t = 1/\bar\lambda_c + T$$

The subregion's own rate spreads around it with the strength $k_c$ (pseudo-events), one a cause:
a Gamma of mean $a/t$ and shape $s = 1 / (1/k_c + 1/a)$, updated with the subregion's $n_g$ events
in $T_g$ months to $\mathrm{Gamma}(s + n_g,\; s t / a + T_g)$. As $k_c$ grows this is the world with
the subregion in it; as $k_c$ goes to 0 it is the subregion alone. $k_c$ maximises the marginal
likelihood (negative binomial) of all subregions, each given the others, on a bounded grid.

Assumptions: within a band rates are constant, the same for all regimes of a subregion and all
years, but for one factor on hand-overs of the cohort born in the present decade. Its prior is a
Gamma of mean 1 whose shape is the spread of hand-overs between the cohorts of earlier decades.

Evidence: `liptako verify --level regimes`. Age alone did as well out of sample as any term tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.special import gammaincinv
from scipy.stats import nbinom

from liptako import calendar
from liptako.data import regimes as data
from liptako.errors import InputError
from liptako.inference.past_cases.rates import Beta, jeffreys_share
from liptako.inference.past_cases.regime_spells import (
    BANDS,
    CAUSES,
    ENDING,
    MODES,
    Spells,
    months_in_bands,
    regime_spells,
)
from liptako.model.posterior import RegimeFit

STRENGTHS = tuple(float(2.0**power) for power in np.arange(-2.0, 9.01, 0.25))
"""Grid of the strength of pooling, pseudo-events. At the last, 512, regions are as the world: with
a handful of events in most of them, the record cannot tell larger strengths apart."""

SHAPES = tuple(float(2.0**power) for power in np.arange(0.0, 7.01, 0.125))
"""Grid of the shape of the cohort's factor. A decade holds too few hand-overs for a spread below
0.09 (shape 128) to show; above 1 (shape 1) a factor near 0 would need no evidence."""

WORLD = "world"

REBELLION = "rebellion"
"""The end by force in which rebels take the capital."""

FOREIGN = "foreign"
"""The end by force that comes from abroad."""

_NODES = 64
"""Equal parts of the factor's distribution over which a chance is averaged."""


class Rates(NamedTuple):
    """Gamma posteriors of monthly rates by group; the last group is the world without groups.

    Args:
        groups: names, the last `WORLD`: a region of which nothing was observed.
        shape: of each rate.
        rate: of each rate, months.
        strength: of pooling, by cause.
    """

    groups: tuple[str, ...]
    shape: Float[np.ndarray, "group cause band"]
    rate: Float[np.ndarray, "group cause band"]
    strength: Float[np.ndarray, " cause"]

    def of(self, group: str | None) -> tuple[np.ndarray, np.ndarray]:
        """Return shape and rate of a group; of the world where it has none of its own."""
        place = self.groups.index(group) if group in self.groups else -1
        return self.shape[place], self.rate[place]


def fit_regimes(
    regimes: pd.DataFrame,
    coups_world: pd.DataFrame,
    last_month: int,
    home: str | None = None,
    *,
    cohort_from: int | None = None,
) -> RegimeFit:
    """Fit rates of the ends of regimes born of coups.

    Args:
        regimes: from the snapshot; what comes after `last_month` is censored.
        coups_world: from the snapshot; rows after `last_month` are left out.
        last_month: the last month that may be seen.
        home: the subregion that rates are for, as the table names it; none or one without a
            regime: the world, with the spread between subregions.
        cohort_from: first month of the cohort with a factor of its own; by default the first of
            the decade of `last_month`.

    Returns:
        Posteriors.

    Raises:
        InputError: no regime to follow.

    Example:
        >>> fit = fit_regimes(s.regimes, s.coups_world, 528, "S")            # doctest: +SKIP
        >>> fit.mean[fit.causes.index("force")]                              # doctest: +SKIP
    """
    spells = regime_spells(regimes, last_month)
    rates = pooled_rates(spells)
    if cohort_from is None:
        cohort_from = decade_start(last_month)
    before, factor = cohort_factor(spells, cohort_from)
    shape, rate = rates.of(home)
    before_shape, before_rate = before.of(home)
    place = CAUSES.index("handed_over")
    return RegimeFit(
        causes=CAUSES,
        bands=BANDS,
        shape=shape,
        rate=rate,
        strength=tuple(rates.strength.tolist()),
        before_shape=before_shape[place],
        before_rate=before_rate[place],
        cohort=factor,
        cohort_from=cohort_from,
        success=success_share(regimes, coups_world, last_month),
        n_regimes=len(spells.table),
        months=float(spells.exposure.sum()),
    )


def pooled_rates(spells: Spells, *, by: str = "subregion", strength: float | None = None) -> Rates:
    """Return posteriors of rates by group, each pooled toward the other groups.

    Args:
        spells: from `regime_spells`.
        by: column of `spells.table` that makes the groups.
        strength: the same for all causes; none: by marginal likelihood.

    Raises:
        InputError: nothing at risk.
    """
    if not spells.exposure.sum() > 0:
        raise InputError("no regime to follow", field="regimes", allowed="at least one at risk")
    names = spells.table[by].to_numpy(str)
    groups, place = np.unique(names, return_inverse=True)
    events = np.zeros((len(groups), len(CAUSES), len(BANDS)))
    months = np.zeros((len(groups), 1, len(BANDS)))
    np.add.at(events, place, spells.events)
    np.add.at(months[:, 0], place, spells.exposure)
    overall = (events.sum((0, 2)) + 0.5) / months.sum()
    none = np.zeros((1, len(CAUSES), len(BANDS)))
    events = np.concatenate([events, none])
    months = np.concatenate([months, none[:, :1]])
    a = 1.0 + events.sum(axis=0) - events
    t = 1.0 / overall[:, None] + months.sum(axis=0) - months
    if strength is None:
        grid = np.array(STRENGTHS)
        loglik = [_log_likelihood(events, months, a, t, k) for k in STRENGTHS]
        chosen = grid[np.argmax(loglik, axis=0)]
    else:
        chosen = np.full(len(CAUSES), float(strength))
    s = 1.0 / (1.0 / chosen[:, None] + 1.0 / a)
    return Rates((*groups.tolist(), WORLD), s + events, s * t / a + months, chosen)


def cohort_factor(
    spells: Spells, cohort_from: int, *, shape: float | None = None
) -> tuple[Rates, tuple[float, float]]:
    """Return rates of the regimes born before a month, and the factor on hand-overs after it.

    Args:
        spells: from `regime_spells`.
        cohort_from: first month of the cohort.
        shape: of the factor's prior; none: the spread between the cohorts of earlier decades, by
            maximum likelihood of the negative binomial, or 1, the widest, where there are not two.

    Returns:
        Rates without the cohort, and shape and rate of the factor's Gamma posterior.
    """
    born = spells.table["coup"].to_numpy(int)
    earlier = spells.where(born < cohort_from)
    before = pooled_rates(earlier if earlier.exposure.sum() > 0 else spells)
    place = CAUSES.index("handed_over")
    mean = (before.shape / before.rate)[:, place]
    groups = [before.groups.index(name) if name in before.groups else -1
              for name in spells.table["subregion"]]  # fmt: skip
    expected = (spells.exposure * mean[groups]).sum(axis=1)
    happened = spells.events[:, place].sum(axis=1)
    cohort = born >= cohort_from
    if shape is None:
        decades = np.array([decade_start(month) for month in born.tolist()])[~cohort]
        which = np.unique(decades, return_inverse=True)[1]
        sums = (np.bincount(which, part[~cohort]) for part in (happened, expected))
        shape = spread_shape(*sums) if len(set(decades)) > 1 else SHAPES[0]
    return before, (shape + float(happened[cohort].sum()), shape + float(expected[cohort].sum()))


def spread_shape(events: Float[np.ndarray, " n"], expected: Float[np.ndarray, " n"]) -> float:
    """Return the shape of a Gamma factor of mean 1 between groups, by maximum likelihood.

    Example:
        >>> spread_shape(np.array([10.0, 10.0]), np.array([10.0, 10.0]))
        128.0
    """
    scale = events.sum() / expected.sum() if events.sum() > 0 else 1.0
    mean = np.maximum(expected * scale, 1e-12)
    loglik = [nbinom.logpmf(events, k, k / (k + mean)).sum() for k in SHAPES]
    return SHAPES[int(np.argmax(loglik))]


def success_share(regimes: pd.DataFrame, coups_world: pd.DataFrame, last_month: int) -> Beta:
    """Return the share of coups and attempts against sitting regimes that succeed.

    Regimes are of the unit regime; the coup that founded one and coups by the sitting ruler do
    not count.
    """
    seen = data.censor(regimes, last_month)
    hits = attempts_against(seen, coups_world[coups_world["month"] <= last_month])["success"]
    return jeffreys_share(int(hits.sum()), len(hits))


def capital_share(regimes: pd.DataFrame, last_month: int) -> Beta:
    """Return the share of regimes ended by force of which rebels took the capital.

    Uprisings and interventions from abroad are the other ends by force.
    """
    return _share_of(REBELLION, MODES["force"], regimes, last_month)


def abroad_share(regimes: pd.DataFrame, last_month: int) -> Beta:
    """Return the share of regimes ended by force, but not by rebels, that fell to intervention."""
    others = [mode for mode in MODES["force"] if mode != REBELLION]
    return _share_of(FOREIGN, others, regimes, last_month)


def _share_of(mode: str, among: Sequence[str], regimes: pd.DataFrame, last_month: int) -> Beta:
    modes = data.spells(data.censor(regimes, last_month), "regime")["mode"]
    return jeffreys_share(int((modes == mode).sum()), int(modes.isin(list(among)).sum()))


def attempts_against(regimes: pd.DataFrame, coups_world: pd.DataFrame) -> pd.DataFrame:
    """Return the coups and attempts of which a regime of the unit regime was sitting.

    Args:
        regimes: as known at the time.
        coups_world: as known at the time.

    Returns:
        `spell` (row of `data.regimes.spells`), `month, success, age` (when the month began).
    """
    own = regimes.loc[regimes["flag"] == "self", ["country", "coup"]]
    own = own.rename(columns={"coup": "month"}).assign(success=1)
    events = coups_world.merge(own, how="left", indicator=True)
    events = events[events["_merge"] == "left_only"].drop(columns="_merge")
    table = data.spells(regimes, "regime").rename_axis("spell").reset_index()
    both = events.merge(table[["spell", "country", "coup", "end"]], on="country")
    inside = both[(both["month"] > both["coup"]) & (both["month"] <= both["end"])]
    found = inside.assign(age=inside["month"] - inside["coup"] - 1)
    return found[["spell", "month", "success", "age"]].reset_index(drop=True)


def home_of(regimes: pd.DataFrame, countries: list[str] | tuple[str, ...]) -> str | None:
    """Return the subregion of most of the countries, as the table names it; none if it has none."""
    rows = regimes[regimes["country"].isin(tuple(countries))].drop_duplicates("country")
    return str(rows["subregion"].mode()[0]) if len(rows) else None


def survival(
    shape: Float[np.ndarray, "*n cause band"],
    rate: Float[np.ndarray, "*n cause band"],
    ages: np.ndarray,
    months: int,
) -> Float[np.ndarray, " *n"]:
    r"""Return the chance that regimes outlast some months, over the posterior of their rates.

    $\prod_{cb} (r_{cb} / (r_{cb} + m_b))^{s_{cb}}$ over causes that end a regime, with $m_b$ the
    months spent in band b.

    Args:
        shape: of rates by `CAUSES` and band.
        rate: of the same.
        ages: of the regimes now, whole months.
        months: ahead.
    """
    ahead = months_in_bands(np.asarray(ages, float), np.asarray(ages, float) + months)
    ending = [CAUSES.index(name) for name in ENDING]
    s, r = shape[..., ending, :], rate[..., ending, :]
    return np.exp((s * np.log(r / (r + ahead[:, None, :]))).sum(axis=(-1, -2)))


def survival_with_factor(
    rates: tuple[np.ndarray, np.ndarray],
    before: tuple[np.ndarray, np.ndarray],
    factor: tuple[float, float],
    ages: np.ndarray,
    months: int,
) -> Float[np.ndarray, " n"]:
    """Return `survival` of regimes of the cohort, whose hand-overs have a factor of their own.

    Args:
        rates: shape and rate by regime, `CAUSES` and band.
        before: the same without the cohort; hand-overs are taken from it.
        factor: shape and rate of the factor's posterior.
        ages: of the regimes now, whole months.
        months: ahead.
    """
    place = CAUSES.index("handed_over")
    ahead = months_in_bands(np.asarray(ages, float), np.asarray(ages, float) + months)
    others = survival(_without(rates[0], place), rates[1], ages, months)
    quantiles = (np.arange(_NODES) + 0.5) / _NODES
    nodes = np.asarray(gammaincinv(factor[0], quantiles)) / factor[1]
    s, r = (part[:, place, :, None] for part in before)
    handing = np.exp((s * np.log(r / (r + ahead[..., None] * nodes))).sum(axis=1))
    return others * handing.mean(axis=1)


def _without(shape: np.ndarray, place: int) -> np.ndarray:
    """Return shapes under which one cause never happens."""
    shape = shape.copy()
    shape[:, place] = 0.0
    return shape


def exit_chances(
    fit: RegimeFit, age: int, months: int, *, cohort: bool = False, n_draws: int = 4000,
    seed: int = 0,
) -> dict[str, Float[np.ndarray, " month"]]:  # fmt: skip
    """Return the chance of each ending cause by each month ahead, over posterior draws.

    Args:
        fit: from `fit_regimes`.
        age: of the regime now, whole months.
        months: ahead, 1 or more.
        cohort: whether the cohort's factor multiplies hand-overs; then their rates are those of
            earlier cohorts.
        n_draws: draws of the rates.
        seed: the same seed gives the same chances.

    Returns:
        Cumulative chances by cause, and `survival`; they sum to 1.
    """
    rng = np.random.default_rng(seed)
    rates = rng.gamma(fit.shape, size=(n_draws, *fit.shape.shape)) / fit.rate
    place = CAUSES.index("handed_over")
    if cohort:
        factor = rng.gamma(fit.cohort[0], size=(n_draws, 1)) / fit.cohort[1]
        draws = rng.gamma(fit.before_shape, size=(n_draws, len(fit.bands))) / fit.before_rate
        rates[:, place] = draws * factor
    ages = age + np.arange(months)
    band = np.searchsorted(fit.bands, ages, side="right") - 1
    ending = [fit.causes.index(name) for name in ENDING]
    by_month = rates[:, ending][:, :, band]
    total = by_month.sum(axis=1, keepdims=True)
    alive = np.exp(-np.cumsum(total, axis=2))
    before = np.concatenate([np.ones_like(alive[..., :1]), alive[..., :-1]], axis=2)
    ended = (by_month / total) * (before - alive)
    chances = ended.cumsum(axis=2).mean(axis=0)
    found = {name: chances[row] for row, name in enumerate(ENDING)}
    return {**found, "survival": alive[:, 0].mean(axis=0)}


def decade_start(month: int) -> int:
    """Return the first month of a month's decade.

    Example:
        >>> decade_start(528), calendar.format_month(decade_start(528))
        (481, '2020-01')
    """
    return calendar.month_id(calendar.year_of(month) // 10 * 10, 1)


def _log_likelihood(
    events: np.ndarray, months: np.ndarray, a: np.ndarray, t: np.ndarray, strength: float
) -> Float[np.ndarray, " cause"]:
    """Return the log marginal likelihood of all groups, each given the others, by cause."""
    s = 1.0 / (1.0 / strength + 1.0 / a)
    return nbinom.logpmf(events, s, s / (s + a / t * months)).sum(axis=(0, 2))
