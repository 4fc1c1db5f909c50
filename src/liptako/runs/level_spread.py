r"""The level behind a month's deaths: the forecast less the scatter that the grid adds.

The forecast speaks of deaths. On the grid deaths scatter around their expected number $m$ by
events and severities, with relative variance

$$V_g(m) = \frac{1}{m}\,\frac{\sum_s n_s E X_s^2}{\sum_s n_s E X_s}
+ \frac{\sum_s (E X_s)^2 \sum_c \lambda_{s,c}^2 / \phi_s}{\big(\sum_s n_s E X_s\big)^2}$$

($n_s$ events a month of stream $s$, $\lambda_{s,c}$ in cell $c$, $X$ deaths of an event). So the
level that members draw is the distribution of $m$ which, scattered so, gives the forecast's
distribution of deaths: a deconvolution, by the iteration of Richardson and Lucy, which is
expectation-maximisation and keeps probabilities positive. Few iterations regularise it.

References:
    Richardson (1972), doi:10.1364/JOSA.62.000055; Lucy (1974), doi:10.1086/111605.
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

LEAST_EVENTS = 0.05
"""Events a month below which a stream's cells say nothing."""

TYPICAL_LEAD = 12
"""Lead at which it is measured how much of the spread is the grid's."""


class GridScatter(NamedTuple):
    """How deaths of a month scatter around their expected number.

    Args:
        per_death: variance over the mean where events do not cluster, deaths.
        constant: relative variance of what clusters.
        events_per_death: expected events per expected death.
    """

    per_death: float
    constant: float
    events_per_death: float


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
    """Return the chance of each number of deaths in a month, given the level.

    A month without events has none; deaths of the others are lognormal with the grid's mean and
    variance.
    """
    mean = np.exp(LOG_LEVELS)
    events = grid.events_per_death * mean
    cluster = max(float(grid.constant), 1e-6)
    some = -np.expm1(-np.log1p(cluster * events) / cluster)
    square = (mean**2 * (1.0 + grid.constant) + grid.per_death * mean) / some
    log_variance = np.log(square / (mean / some) ** 2)
    middle = np.log(mean / some) - 0.5 * log_variance
    z = (np.log(VALUES + 0.5) - middle[:, None]) / np.sqrt(log_variance)[:, None]
    return np.diff(1.0 - some[:, None] * ndtr(-z), prepend=0.0, axis=-1)


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
    """Return the parts of the grid's relative variance, series by series."""
    rate = np.asarray(state.traces)[:, MIDDLE, :]
    m, s = posterior.severity[:, 0], np.exp(posterior.severity[:, 1])
    mean, square = np.exp(m + 0.5 * s**2), np.exp(2.0 * m + 2.0 * s**2)
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
        deaths = (events * mean).sum()
        per_death = (events * square).sum() / deaths
        constant = (clustered * mean**2).sum() / deaths**2
        found.append(GridScatter(per_death, constant, events.sum() / deaths))
    return found
