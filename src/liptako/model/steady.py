r"""Persistence as a forecast: next year like the last few months, as surely as history allows.

The simplest expert beside the networks of `liptako.model.level`. With $v$ the exponentially
weighted mean of deaths at a half-life of two months,

$$y(h) \sim \mathrm{NegativeBinomial}\big(e^{a} (v + \tfrac12),\; r\big), \qquad
\log r = b_0 + b_1 \log\frac{v + 1}{50} + b_2 \log\frac{h}{8} + \delta$$

$a$ and $b$ are pooled over all countries at war. $\delta$ belongs to one series: how much more
regular it is than others, from its own past forecast errors, shrunk toward zero. So a war that
keeps its pace is forecast sharply, one that leaps is not.

References:
    Forecast combination with a persistence expert: Timmermann (2006),
    doi:10.1016/S1574-0706(05)01004-9.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import gammainccinv

from liptako.data import arrays
from liptako.model.counts import log_pmf

HALF_LIFE_MONTHS = 2.0
OFFSET = 0.5
LEADS = np.arange(3, 15)
"""Leads whose past errors tell how regular a series is: those of the challenge's windows."""

DEVIATION_SD = 0.5
"""Prior spread of a series' own deviation in log size."""

ERROR_WEIGHT = 1.0 / 12.0
"""Weight of one past error: errors of the twelve leads of an origin are nearly one."""

ORIGIN_STEP_MONTHS = 2
FIRST_ORIGIN = 36
_DEVIATIONS = np.linspace(-1.5, 2.0, 71)
_LEAST_LATENT_VARIANCE = 0.02


@dataclass(frozen=True)
class SteadyFit:
    """The pooled coefficients, see the module.

    Args:
        shift: $a$.
        size: $b_0$.
        size_by_level: $b_1$.
        size_by_lead: $b_2$.
    """

    shift: float
    size: float
    size_by_level: float
    size_by_lead: float


def weighted_mean(
    history: Float[np.ndarray, "month series"],
) -> Float[np.ndarray, "month series"]:
    """Return the exponentially weighted mean of deaths up to each month."""
    decay = 0.5 ** (1.0 / HALF_LIFE_MONTHS)
    total = arrays.fading_mean(history, decay)
    return total / (1.0 - decay ** np.arange(1, len(history) + 1))[:, None]


def mean_and_size(
    fit: SteadyFit, value: np.ndarray, lead: np.ndarray, deviation: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and size of the negative binomial of deaths at a lead."""
    log_size = fit.size + fit.size_by_level * np.log((value + 1.0) / 50.0)
    log_size = log_size + fit.size_by_lead * np.log(lead / 8.0) + deviation
    return np.exp(fit.shift) * (value + OFFSET), np.exp(log_size)


def past_cases(
    history: Float[np.ndarray, "month series"], least: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return series, lead, value at the origin and deaths seen, of every past forecast.

    Args:
        history: monthly deaths.
        least: an origin counts when the weighted mean is at least this.
    """
    origins = np.arange(FIRST_ORIGIN, len(history) - LEADS[-1], ORIGIN_STEP_MONTHS)
    values = weighted_mean(history)[origins]
    at, series = np.nonzero(values >= least)
    lead = np.repeat(LEADS[None, :], len(at), axis=0)
    seen = history[origins[at][:, None] + lead, series[:, None]]
    value = np.broadcast_to(values[at, series][:, None], seen.shape)
    return np.broadcast_to(series[:, None], seen.shape), lead, value, seen


def deviations(
    fit: SteadyFit, history: Float[np.ndarray, "month series"]
) -> Float[np.ndarray, " series"]:
    """Return each series' deviation in log size: the mode given its own past errors."""
    series, lead, value, seen = past_cases(history)
    score = np.repeat(-0.5 * (_DEVIATIONS / DEVIATION_SD)[:, None] ** 2, history.shape[1], axis=1)
    for row, deviation in enumerate(_DEVIATIONS):
        mean, size = mean_and_size(fit, value, lead, deviation)
        errors = ERROR_WEIGHT * log_pmf(seen, mean, size)
        score[row] += np.bincount(series.ravel(), errors.ravel(), minlength=history.shape[1])
    return _DEVIATIONS[score.argmax(axis=0)]


def level_quantiles(
    fit: SteadyFit,
    history: Float[np.ndarray, "month series"],
    leads: Float[np.ndarray, " lead"],
    kernel_size: Float[np.ndarray, " series"],
    probability: Float[np.ndarray, " node"],
) -> Float[np.ndarray, "series lead node"]:
    r"""Return quantiles of the level, so that a negative binomial around it has this forecast.

    The forecast's relative variance is $1/r$ beyond Poisson noise; a kernel of size $k$ around
    a gamma level of shape $g$ has $(1 + 1/g)(1 + 1/k) - 1$, which is solved for $g$.

    Args:
        fit: the pooled coefficients.
        history: monthly deaths; the last row is the origin.
        leads: months ahead.
        kernel_size: of the negative binomial that deaths will be drawn from given the level.
        probability: of the quantiles.
    """
    value = weighted_mean(history)[-1][:, None]
    own = deviations(fit, history)[:, None]
    mean, size = mean_and_size(fit, value, leads[None, :], own)
    variance = (1.0 + 1.0 / size) / (1.0 + 1.0 / kernel_size[:, None]) - 1.0
    shape = 1.0 / np.maximum(variance, _LEAST_LATENT_VARIANCE)[..., None]
    return mean[..., None] * gammainccinv(shape, 1.0 - probability) / shape
