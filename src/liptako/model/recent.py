r"""Forecasts from a series' own recent months, at several memories.

A month to come is like one of the last months, the nearer the likelier. With $x_i$ the deaths of
the month $i$ months before the origin, at a half-life $H$,

$$y \sim \sum_i w_i\, \mathrm{NegativeBinomial}\big(\min(x_i, c),\; r\big), \qquad
w_i \propto 2^{-i/H}, \qquad c = 8\,\bar x_{-3} + 25$$

where $\bar x_{-3}$ is the mean of the months without the three highest: one month of tens of
thousands in a small war is not taken for what the next months will be. A month without deaths
stays one.

References:
    Conflictology, the last twelve months as a forecast: Hegre et al. (2025),
    doi:10.1177/00223433241300862. Kernel smoothing of an empirical distribution: Wand & Jones
    (1995).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.lib.stride_tricks import sliding_window_view

HIGHEST_LEFT_OUT = 3
CAP_TIMES_MEAN = 8.0
CAP_MORE_DEATHS = 25.0
KERNEL_SIZE = 3.0
"""Size $r$ of the kernel: deaths of a month like one seen scatter by a relative variance of 1/r."""


class Memory(NamedTuple):
    """How far back one of the forecasts looks.

    Args:
        half_life_months: $H$.
        months: how many months count.
    """

    half_life_months: float
    months: int


MEMORIES = (Memory(1.5, 24), Memory(3.0, 24), Memory(6.0, 24), Memory(24.0, 60))


def capped(
    history: Float[np.ndarray, "month series"], months: int
) -> Float[np.ndarray, "origin series back"]:
    """Return the last months seen from each month, the oldest first, each at most $c$.

    Months before the first are `nan`.

    Example:
        >>> capped(np.array([[1.0], [1.0], [1.0], [1.0], [9_000.0]]), 5)[-1, 0].tolist()
        [1.0, 1.0, 1.0, 1.0, 33.0]
    """
    before = np.full((months - 1, history.shape[1]), np.nan)
    seen = sliding_window_view(np.vstack([before, history]), months, axis=0)
    known = months - np.isnan(seen).sum(axis=-1)
    kept = np.maximum(known - HIGHEST_LEFT_OUT, 1)
    sums = np.nancumsum(np.sort(seen, axis=-1), axis=-1)  # `nan` sorts last
    mean = np.take_along_axis(sums, (kept - 1)[..., None], axis=-1) / kept[..., None]
    return np.minimum(seen, CAP_TIMES_MEAN * mean + CAP_MORE_DEATHS)


def weights_of(
    seen: Float[np.ndarray, "*case back"], half_life_months: float
) -> Float[np.ndarray, "*case back"]:
    """Return each month's weight, halved every half-life back; `nan` months have none."""
    back = np.arange(seen.shape[-1])[::-1]
    weight = np.where(np.isnan(seen), 0.0, 0.5 ** (back / half_life_months))
    return weight / weight.sum(axis=-1, keepdims=True)


def weighted_mean(
    history: Float[np.ndarray, "month series"], memory: Memory
) -> Float[np.ndarray, "month series"]:
    """Return the weighted mean of the capped months seen from each month, deaths a month."""
    seen = capped(history, memory.months)
    return (np.nan_to_num(seen) * weights_of(seen, memory.half_life_months)).sum(axis=-1)


def recent_cdf(
    history: Float[np.ndarray, "month series"],
    memory: Memory,
    values: Float[np.ndarray, " value"],
) -> Float[np.ndarray, "series value"]:
    """Return the chance of at most so many deaths in a month to come, the same at every lead.

    Args:
        history: monthly deaths; the last row is the origin.
        memory: how far back.
        values: whole numbers of deaths.
    """
    seen = capped(history[-memory.months :], memory.months)[-1]
    weight = weights_of(seen, memory.half_life_months)
    chance = np.ones((*seen.shape, len(values)))
    war = np.nan_to_num(seen) > 0
    chance[war] = kernel_cdf(seen[war], np.full(war.sum(), KERNEL_SIZE), values)
    return np.einsum("sb,sbv->sv", weight, chance)


def kernel_cdf(
    mean: Float[np.ndarray, " case"],
    size: Float[np.ndarray, " case"],
    values: Float[np.ndarray, " value"],
) -> Float[np.ndarray, "case value"]:
    """Return the distribution function of a negative binomial by mean and size."""
    from scipy.special import betainc

    mean, size = mean[:, None], size[:, None]
    return betainc(size, values + 1.0, size / (size + mean))
