r"""The level behind a month's deaths: the forecast less the scatter that the grid adds.

The forecast speaks of deaths. On the grid deaths scatter around their expected number $m$ by
events and severities. Their sum over a month has the characteristic function

$$\Big(1 + v\,n\,\big(1 - \varphi(t)\big)\Big)^{-1/v}, \qquad n = \frac{m}{E X}, \qquad
v = \frac{\sum_s (E X_s)^2 \sum_c \lambda_{s,c}^2 / \phi_s}{\big(\sum_s n_s E X_s\big)^2}$$

($n$ events, negative binomial with relative variance $v$ beyond Poisson's; $\lambda_{s,c}$ of
stream $s$ in cell $c$; $X$ deaths of an event, whose law is that of its stream; $\varphi$ its
characteristic function). So the level that members draw is the distribution of $m$ which,
scattered so, gives the forecast's distribution of deaths: a deconvolution, by the iteration of
Richardson and Lucy, which is expectation-maximisation and keeps probabilities positive. Few
iterations regularise it.

References:
    Richardson (1972), doi:10.1364/JOSA.62.000055; Lucy (1974), doi:10.1086/111605. Sums of a
    random number by Fourier transform: Grübel & Hermesmeier (1999), doi:10.2143/AST.29.2.504611.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from liptako.model.level import SCORES, VALUES, LevelLaw
from liptako.model.posterior import TheatrePosterior
from liptako.model.processes.pressure import MIDDLE
from liptako.model.state import State
from liptako.model.structure import BLOCKS, Structure

LOG_LEVELS = np.linspace(np.log(0.003), np.log(VALUES[-1]), 100)
"""Logs of the expected deaths a month that a member may draw."""

ITERATIONS = 100

EXACT_TO = 600.0
"""Expected deaths a month to which their distribution is exact; above, a lognormal's."""

DEADLIEST = 8192
"""Deaths of one event at which its law is cut, and half the length of the transform."""

LEAST_EVENTS = 0.05
"""Events a month below which a stream's cells say nothing."""

TYPICAL_LEAD = 12
"""Lead at which it is measured how much of the spread is the grid's."""


class GridScatter(NamedTuple):
    """How deaths of a month scatter around their expected number.

    Args:
        deadly: chance of each number of deaths of an event, 0, 1, ... `DEADLIEST`.
        cluster: variance over the mean squared, beyond that of single events.
    """

    deadly: Float[np.ndarray, " deaths"]
    cluster: float


class SimulatedLevel(NamedTuple):
    """What members draw from.

    Args:
        log_level: quantiles of the log of the expected deaths in a month, at `level.SCORES`.
        spread_ratio: variance of the log of deaths over that of the level, at least 1.
    """

    log_level: Float[np.ndarray, "series lead node"]
    spread_ratio: Float[np.ndarray, " series"]


def simulated_levels(
    law: LevelLaw,
    series: tuple[tuple[str, str], ...],
    structure: Structure,
    state: State,
    posterior: TheatrePosterior,
) -> SimulatedLevel:
    """Return the quantiles of the log level that members draw from.

    Args:
        law: the forecast of deaths.
        series: (country, block) of each row.
        structure: the theatre.
        state: at the start; its traces say how events spread over streams and cells.
        posterior: severity and dispersion.
    """
    grid = _grid_scatter(series, structure, state, posterior)
    levels, ratios = [], []
    for cdf, own in zip(law.cdf, grid, strict=True):
        scatter = scatter_of(own)
        chance = deconvolved(np.diff(cdf, prepend=0.0, axis=-1), scatter)
        levels.append(_quantiles(chance))
        lead = min(TYPICAL_LEAD, len(cdf)) - 1
        ratios.append(_log_variance(chance[lead] @ scatter) / _level_variance(chance[lead]))
    return SimulatedLevel(np.stack(levels), np.maximum(np.array(ratios), 1.0))


def scatter_of(grid: GridScatter) -> Float[np.ndarray, "level value"]:
    """Return the chance of each number of deaths in a month, given the level."""
    mean = np.exp(LOG_LEVELS)
    exact = mean <= EXACT_TO
    below = np.concatenate([_summed(grid, mean[exact]), _lognormal(grid, mean[~exact])])
    return np.maximum(np.diff(below, prepend=0.0, axis=-1), 0.0)


def _summed(
    grid: GridScatter, mean: Float[np.ndarray, " level"]
) -> Float[np.ndarray, "level value"]:
    """Return the distribution function of the deaths of a random number of events."""
    length = 2 * DEADLIEST
    missing = 1.0 - np.fft.rfft(grid.deadly, length)
    events = mean[:, None] / _moment(grid, 1)
    chance = np.fft.irfft(np.exp(-np.log1p(grid.cluster * events * missing) / grid.cluster), length)
    below = np.minimum(np.cumsum(chance, axis=-1), 1.0)
    return below[:, np.minimum(VALUES, length - 1).astype(int)]


def _lognormal(
    grid: GridScatter, mean: Float[np.ndarray, " level"]
) -> Float[np.ndarray, "level value"]:
    """Return the distribution function of a lognormal with the mean and variance of that sum."""
    relative = grid.cluster + _moment(grid, 2) / _moment(grid, 1) / mean
    log_variance = np.log1p(relative)[:, None]
    middle = np.log(mean)[:, None] - 0.5 * log_variance
    return ndtr((np.log(VALUES + 0.5) - middle) / np.sqrt(log_variance))


def _moment(grid: GridScatter, power: int) -> float:
    return float(grid.deadly @ np.arange(len(grid.deadly), dtype=float) ** power)


def deconvolved(
    deaths: Float[np.ndarray, "lead value"], scatter: Float[np.ndarray, "level value"]
) -> Float[np.ndarray, "lead level"]:
    """Return the chance of each level whose scattered deaths come closest to a distribution."""
    seen = np.maximum(scatter.sum(axis=-1), 1e-12)
    chance = np.full((len(deaths), len(scatter)), 1.0 / len(scatter))
    for _ in range(ITERATIONS):
        fitted = np.maximum(chance @ scatter, 1e-15)
        chance = chance * ((deaths / fitted) @ scatter.T) / seen
    return chance / chance.sum(axis=-1, keepdims=True)


def _quantiles(chance: Float[np.ndarray, "lead level"]) -> Float[np.ndarray, "lead node"]:
    """Return levels at normal scores, the chance of each spread evenly to half-way the next."""
    half = 0.5 * (LOG_LEVELS[1] - LOG_LEVELS[0])
    edges = np.append(LOG_LEVELS - half, LOG_LEVELS[-1] + half)
    below = np.concatenate([np.zeros((len(chance), 1)), np.cumsum(chance, axis=-1)], axis=-1)
    return np.stack([np.interp(ndtr(SCORES), row, edges) for row in below])


def _level_variance(chance: Float[np.ndarray, " level"]) -> float:
    return _variance(chance, np.log1p(np.exp(LOG_LEVELS)))


def _log_variance(chance: Float[np.ndarray, " value"]) -> float:
    return _variance(chance / chance.sum(), np.log1p(VALUES))


def _variance(chance: np.ndarray, values: np.ndarray) -> float:
    mean = chance @ values
    return float(np.maximum(chance @ (values - mean) ** 2, 1e-6))


def _grid_scatter(
    series: tuple[tuple[str, str], ...],
    structure: Structure,
    state: State,
    posterior: TheatrePosterior,
) -> list[GridScatter]:
    """Return how deaths scatter, series by series."""
    rate = np.asarray(state.traces)[:, MIDDLE, :]
    deadly = _of_an_event(posterior.severity)
    mean = deadly @ np.arange(DEADLIEST + 1.0)
    dispersion = np.exp(posterior.log_dispersion)
    everywhere = rate.sum(1) + LEAST_EVENTS
    found = []
    for country, block in series:
        cells = structure.country == structure.countries.index(country)
        streams = structure.block == BLOCKS.index(block)
        events = np.where(streams, rate[:, cells].sum(1), 0.0)
        if events.sum() < LEAST_EVENTS:
            events = np.where(streams, everywhere, 0.0)
            clustered = np.zeros_like(events)
        else:
            clustered = np.where(streams, (rate[:, cells] ** 2).sum(1) / dispersion, 0.0)
        cluster = (clustered * mean**2).sum() / (events * mean).sum() ** 2
        found.append(GridScatter(events @ deadly / events.sum(), max(float(cluster), 1e-6)))
    return found


def _of_an_event(
    severity: Float[np.ndarray, "stream 2"],
) -> Float[np.ndarray, "stream deaths"]:
    """Return the chance of each number of deaths of an event: a lognormal, rounded down and cut."""
    m, s = severity[:, 0, None], np.exp(severity[:, 1, None])
    at_most = ndtr((np.log(np.arange(1.0, DEADLIEST + 1.0)) - m) / s)
    return np.diff(at_most, prepend=0.0, append=1.0, axis=-1)
