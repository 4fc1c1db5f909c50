r"""The level's spread, less what the grid adds by itself.

The law of the level comes with a kernel: deaths of a month scatter around the level with relative
variance $1/r$. On the grid they scatter by events and severities instead, with relative variance

$$V_g(m) = \frac{1}{m}\,\frac{\sum_s n_s E X_s^2}{\sum_s n_s E X_s}
+ \frac{\sum_s (E X_s)^2 \sum_c \lambda_{s,c}^2 / \phi_s}{\big(\sum_s n_s E X_s\big)^2}$$

at $m$ expected deaths ($n_s$ events a month of stream $s$, $\lambda_{s,c}$ in cell $c$, $X$ deaths
of an event). Where that is more than the kernel, as in small wars, a member's total would scatter
more than history says. So the quantiles of the level are shrunk towards their middle until level
and grid together have the law's spread, and shifted so that expected deaths stay the same.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from liptako.model.level import LevelLaw
from liptako.model.posterior import TheatrePosterior
from liptako.model.processes.pressure import MIDDLE
from liptako.model.state import State
from liptako.model.structure import BLOCKS, Structure

LEAST_SHARE = 0.3
"""The level keeps at least this share of its spread, in logarithms."""

LEAST_EVENTS = 0.05
"""Events a month below which a stream's cells say nothing."""


def simulated_levels(
    law: LevelLaw,
    series: tuple[tuple[str, str], ...],
    structure: Structure,
    state: State,
    posterior: TheatrePosterior,
) -> Float[np.ndarray, "series lead node"]:
    """Return the quantiles of the log level that members draw from.

    Args:
        law: of the level with its kernel.
        series: (country, block) of each row.
        structure: the theatre.
        state: at the start; its traces say how events spread over streams and cells.
        posterior: severity and dispersion.
    """
    per_death, constant = _grid_variance(series, structure, state, posterior)
    log_level = law.log_level
    middle = log_level[..., len(law.score) // 2]
    at = [int(np.argmin(np.abs(law.score - z))) for z in (-1.0, 1.0)]
    variance = (0.5 * (log_level[..., at[1]] - log_level[..., at[0]])) ** 2
    kernel = np.log1p(1.0 / law.dispersion)[:, None]
    grid = np.log1p(per_death[:, None] / np.exp(middle) + constant[:, None])
    share = np.sqrt(np.clip((variance + kernel - grid) / np.maximum(variance, 1e-9), 0.0, 1.0))
    share = np.maximum(share, LEAST_SHARE)[..., None]
    shrunk = middle[..., None] + share * (log_level - middle[..., None])
    return shrunk + (_log_mean(law, log_level) - _log_mean(law, shrunk))[..., None]


def _log_mean(
    law: LevelLaw, log_level: Float[np.ndarray, "series lead node"]
) -> Float[np.ndarray, "series lead"]:
    """Return the log of the expected level, the score being standard normal."""
    edges = np.r_[-np.inf, 0.5 * (law.score[1:] + law.score[:-1]), np.inf]
    weight = np.diff(ndtr(edges))
    top = log_level.max(axis=-1, keepdims=True)
    return (top + np.log((np.exp(log_level - top) @ weight)[..., None]))[..., 0]


def _grid_variance(
    series: tuple[tuple[str, str], ...],
    structure: Structure,
    state: State,
    posterior: TheatrePosterior,
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, " series"]]:
    """Return the two parts of the grid's relative variance: times deaths, and constant."""
    rate = np.asarray(state.traces)[:, MIDDLE, :]
    m, s = posterior.severity[:, 0], np.exp(posterior.severity[:, 1])
    mean, square = np.exp(m + 0.5 * s**2), np.exp(2.0 * m + 2.0 * s**2)
    dispersion = np.exp(posterior.log_dispersion)
    everywhere = rate.sum(1) + LEAST_EVENTS
    per_death, constant = [], []
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
        per_death.append((events * square).sum() / deaths)
        constant.append((clustered * mean**2).sum() / deaths**2)
    return np.array(per_death), np.array(constant)
