r"""The level of a country's war: how many deaths in a month, 1 to 36 months ahead.

A forecast is a mixture of several (`recent`: a series' own last months at four memories;
`analogues`: what followed in all countries that stood where it stands; `networks`: where trends
led),

$$F_h(y) = \sum_k w_k(\text{size}, h)\, F_{k,h}(y)$$

with weights by size of war and lead, fitted to the pooled histories of all countries by
`liptako.inference.level_fit`. Months and series are tied by a Gaussian copula,

    deaths(h)   = F_h^{-1}(Phi(z(h)))
    z(h)        = sqrt(1 - transient) slow(h) + sqrt(transient) white(h)
    slow(h + 1) = persistence slow(h) + sqrt(1 - persistence^2) e(h + 1)

Series share one common factor in `slow` and in `white`, so that `correlation` is the correlation of
their `z`. Everything here is NumPy and pure.

References:
    Linear pools of forecasts: Stone (1961); Gneiting & Ranjan (2013), doi:10.1214/13-EJS823.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr

from liptako.errors import InputError
from liptako.model import analogues, networks, recent
from liptako.model.networks import NetworkFit

MAX_LEAD = 36
LEAST_HISTORY = 12
STACKED = (*(f"recent_{m.half_life_months:g}" for m in recent.MEMORIES), "analogues")
"""Parts whose weights are fitted."""
EXPERTS = (*STACKED, "networks")
SIZE_MEMORY = recent.Memory(6.0, 24)
SIZES = (0.5, 12.0, 100.0)
"""Edges of the classes of war, mean deaths a month: peace, small, middling, large."""
BANDS = (8, 14, 24, 36)
"""Last lead of each band."""
SCORES = np.linspace(-4.0, 4.0, 33)
"""Standard normal scores at which the level is handed to the simulation."""


def _values() -> Float[np.ndarray, " value"]:
    values = list(range(31))
    while values[-1] < 60_000:
        values.append(int(np.ceil(values[-1] * 1.05)))
    return np.array(values, float)


VALUES = _values()
"""Deaths in a month at which distribution functions are kept: whole to 30, then steps of 5%."""


@dataclass(frozen=True)
class LevelFit:
    """What the pooled fit learned; see `liptako.inference.level_fit.fit_level`.

    Args:
        weights: of each expert, by size of war and band of leads; they sum to 1.
        followed: what followed in all countries, see `analogues.smoothed`.
        networks: the trained networks.
        persistence: monthly autocorrelation of the slow part of the score.
        transient: share of the score's variance that is white noise.
        correlation: correlation of scores between series of a theatre.
        about: what it was fitted to and how, as plain text values.
    """

    weights: Float[np.ndarray, "size band expert"]
    followed: Float[np.ndarray, "lead class bin"]
    networks: NetworkFit
    persistence: float
    transient: float
    correlation: float
    about: dict[str, object]


@dataclass(frozen=True)
class LevelLaw:
    """The forecast distribution of the deaths of several series.

    Args:
        cdf: chance of at most `VALUES` deaths in a month, leads from 1.
        persistence: monthly autocorrelation of the slow part of the score, 0 to 1.
        transient: share of the score's variance that is white noise, 0 to 1.
        correlation: correlation of the scores of two series, 0 to 1.
    """

    cdf: Float[np.ndarray, "series lead value"]
    persistence: float
    transient: float
    correlation: float


def forecast_level(
    fit: LevelFit, history: Float[np.ndarray, "month series"], leads: int = MAX_LEAD
) -> LevelLaw:
    """Return the forecast of the deaths of each series, from its own history alone.

    Args:
        fit: the pooled fit.
        history: monthly deaths, finite and not negative; the last row is the origin.
        leads: number of leads, 1 to 36 months.

    Returns:
        The distribution of deaths at leads 1 to `leads` after the last row of `history`.

    Raises:
        InputError: if `history` or `leads` is out of range.
    """
    history = check_history(history)
    if not 1 <= leads <= MAX_LEAD:
        raise InputError("out of range", field="leads", value=leads, allowed=f"1 to {MAX_LEAD}")
    months = np.arange(1, leads + 1)
    weight = fit.weights[size_of(history)][:, band_of(months)]
    parts = stacked(fit.followed, history, leads)
    cdf = np.einsum("slk,kslv->slv", weight[..., :-1], parts)
    led = np.flatnonzero(weight[..., -1].max(axis=1) > 0)
    trends = networks.network_cdf(fit.networks, history[:, led], VALUES, months)
    cdf[led] += weight[led, :, -1, None] * trends
    return LevelLaw(
        cdf=cdf,
        persistence=fit.persistence,
        transient=fit.transient,
        correlation=fit.correlation,
    )


def stacked(
    followed: Float[np.ndarray, "lead class bin"],
    history: Float[np.ndarray, "month series"],
    leads: int = MAX_LEAD,
) -> Float[np.ndarray, "expert series ahead value"]:
    """Return the forecasts whose weights are fitted, in the order of `STACKED`."""
    found = np.empty((len(STACKED), history.shape[1], leads, len(VALUES)))
    for k, memory in enumerate(recent.MEMORIES):
        found[k] = recent.recent_cdf(history, memory, VALUES)[:, None]
    found[-1] = analogues.analogue_cdf(followed, history, VALUES, leads)
    return found


def size_of(history: Float[np.ndarray, "month series"]) -> Int[np.ndarray, " series"]:
    """Return the class of war of each series at the last month: 0 peace to 3 large."""
    return np.digitize(mean_deaths(history), SIZES)


def mean_deaths(history: Float[np.ndarray, "month series"]) -> Float[np.ndarray, " series"]:
    """Return the mean of recent months that says how large a war is, deaths a month."""
    return recent.weighted_mean(history[-SIZE_MEMORY.months :], SIZE_MEMORY)[-1]


def band_of(leads: Int[np.ndarray, " lead"]) -> Int[np.ndarray, " lead"]:
    """Return the band of leads that each lead is in."""
    return np.searchsorted(BANDS, leads)


def check_history(history: Float[np.ndarray, "month series"]) -> Float[np.ndarray, "month series"]:
    """Return the history as floats, or raise InputError when it is no table of deaths."""
    array = np.asarray(history, dtype=float)
    if array.ndim != 2 or len(array) < LEAST_HISTORY:
        raise InputError(
            "not a table of months by series",
            field="history",
            value=array.shape,
            allowed=f"at least {LEAST_HISTORY} months by one series or more",
        )
    if not np.isfinite(array).all() or array.min(initial=0.0) < 0:
        bad = np.argwhere(~np.isfinite(array) | (array < 0))[0]
        raise InputError(
            "not a count of deaths",
            field=f"history[{bad[0]}, {bad[1]}]",
            value=float(array[tuple(bad)]),
            allowed="finite and at least 0",
        )
    return array


def quantiles(
    cdf: Float[np.ndarray, " value"], probability: Float[np.ndarray, "*case"]
) -> Float[np.ndarray, "*case"]:
    """Return whole numbers of deaths at probabilities, spread evenly between kept values.

    Example:
        >>> quantiles(np.minimum((VALUES + 1) / 4, 1.0), np.array([0.1, 0.3, 0.9])).tolist()
        [0.0, 1.0, 3.0]
    """
    at = np.minimum(np.searchsorted(cdf, probability), len(cdf) - 1)
    below, above = np.where(at > 0, VALUES[at - 1], -1.0), VALUES[at]
    start = np.where(at > 0, cdf[at - 1], 0.0)
    share = (probability - start) / np.maximum(cdf[at] - start, 1e-12)
    return np.ceil(below + np.clip(share, 1e-9, 1.0) * (above - below)) + 0.0


def sample_scores(
    law: LevelLaw, members: int, seed: int
) -> Float[np.ndarray, "member lead series"]:
    """Draw paths of the score: a Gaussian copula over months and series.

    The first members of a larger sample are those of a smaller one with the same seed.
    """
    if members < 1:
        raise InputError("out of range", field="members", value=members, allowed="at least 1")
    n_series, leads = law.cdf.shape[:2]
    noise = np.random.default_rng(seed).standard_normal((members, 2, leads, n_series + 1))
    share = law.correlation
    noise = np.sqrt(share) * noise[..., :1] + np.sqrt(1.0 - share) * noise[..., 1:]
    slow, white = noise[:, 0], noise[:, 1]
    fresh = np.sqrt(1.0 - law.persistence**2)
    for h in range(1, leads):
        slow[:, h] = law.persistence * slow[:, h - 1] + fresh * slow[:, h]
    return np.sqrt(1.0 - law.transient) * slow + np.sqrt(law.transient) * white


def sample_deaths(
    law: LevelLaw, members: int, seed: int
) -> Float[np.ndarray, "member lead series"]:
    """Draw paths of deaths, whose sums over months are what the months together say."""
    probability = ndtr(sample_scores(law, members, seed))
    deaths = np.empty(probability.shape)
    for series, rows in enumerate(law.cdf):
        for lead, cdf in enumerate(rows):
            deaths[:, lead, series] = quantiles(cdf, probability[:, lead, series])
    return deaths


def marginal_draws(law: LevelLaw, n: int = 1000) -> Float[np.ndarray, "lead series draw"]:
    """Return `n` draws of deaths at each lead, spread evenly over the forecast distribution.

    Draws of different leads or series are not paths: use `sample_deaths` for sums.
    """
    if n < 1:
        raise InputError("out of range", field="n", value=n, allowed="at least 1")
    even = (np.arange(n) + 0.5) / n
    return np.stack([np.stack([quantiles(cdf, even) for cdf in rows]) for rows in law.cdf], axis=1)
