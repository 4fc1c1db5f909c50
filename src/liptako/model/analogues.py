r"""Forecasts from what followed in all countries when they stood where a series stands.

Months are sorted by the capped mean of deaths at a half-life of three months and, where there were
none, by how long it has been quiet. What followed in all countries and years, lead by lead, is the
forecast: in small wars and in peace the deaths themselves, in larger wars their ratio to the mean.
So a quiet country has the world's rate of onsets, and a war the world's way back to the mean.

References:
    Analogue forecasting: Lorenz (1969), doi:10.1175/1520-0469(1969)26<636:APARBN>2.0.CO;2.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from liptako.model.recent import Memory, weighted_mean

MEMORY = Memory(3.0, 24)
QUIET_MONTHS = (120, 60, 24)
"""Without deaths for at least so long: the first three classes."""
MEAN_DEATHS = (
    0.1, 0.2, 0.4, 0.8, 1.5, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 700, 1100, 2000,
)  # fmt: skip
"""Edges of the other classes, deaths a month."""
N_CLASSES = len(QUIET_MONTHS) + len(MEAN_DEATHS) + 1
BY_RATIO = len(QUIET_MONTHS) + MEAN_DEATHS.index(12)
"""From this class on deaths are counted as ratios to the mean."""
LOG_RATIOS = np.linspace(-8.0, 8.0, 161)
FIRST_ORIGIN = 24
"""Months of history before the first origin."""
_UNKNOWN_QUIET = 240
_EVERYWHERE = 0.02
"""Weight of the classes that are not near."""


def classes(
    history: Float[np.ndarray, "month series"],
) -> tuple[Float[np.ndarray, "month series"], Int[np.ndarray, "month series"]]:
    """Return the mean of deaths and the class of every month, from it and earlier ones alone.

    A series that has had no death since its first month counts as quiet for long.
    """
    mean = weighted_mean(history, MEMORY)
    quiet = _quiet_months(history)
    found = len(QUIET_MONTHS) + np.digitize(mean, MEAN_DEATHS)
    for at in reversed(range(len(QUIET_MONTHS))):
        found = np.where(quiet >= QUIET_MONTHS[at], at, found)
    return mean, found


def _quiet_months(history: np.ndarray) -> np.ndarray:
    quiet = np.empty(history.shape)
    now = np.full(history.shape[1], float(_UNKNOWN_QUIET))
    for month, deaths in enumerate(history):
        now = np.where(deaths > 0, 0.0, now + 1.0)
        quiet[month] = now
    return quiet


def count_followed(
    history: Float[np.ndarray, "month series"],
    places: tuple[Float[np.ndarray, "month series"], Int[np.ndarray, "month series"]],
    values: Float[np.ndarray, " value"],
    leads: int,
    after: int,
    last: int,
) -> Float[np.ndarray, "lead class bin"]:
    """Return how often each number of deaths followed, in the rows after `after` up to `last`.

    Args:
        history: monthly deaths.
        places: of `classes`.
        values: whole numbers of deaths, the bins of small wars.
        leads: from 1 month.
        after: outcomes in rows up to this one are left out; -1 for none.
        last: last row of an outcome.
    """
    mean, place = places
    n_bins = max(len(values), len(LOG_RATIOS))
    counts = np.zeros((leads, N_CLASSES, n_bins))
    for lead in range(1, leads + 1):
        origin = np.arange(max(FIRST_ORIGIN, after + 1 - lead), last + 1 - lead)
        if not len(origin):
            continue
        seen, at = history[origin + lead], place[origin]
        ratio = np.digitize(np.log1p(seen) - np.log1p(mean[origin]), LOG_RATIOS)
        small = np.minimum(np.searchsorted(values, seen), len(values) - 1)
        bins = np.where(at < BY_RATIO, small, np.minimum(ratio, len(LOG_RATIOS) - 1))
        flat = np.bincount((at * n_bins + bins).ravel(), minlength=N_CLASSES * n_bins)
        counts[lead - 1] = flat.reshape(N_CLASSES, n_bins)
    return counts


def smoothed(
    counts: Float[np.ndarray, "lead class bin"],
) -> Float[np.ndarray, "lead class bin"]:
    """Return distribution functions over the bins, neighbouring classes of size pooled."""
    at = np.arange(N_CLASSES)
    apart = at[:, None] - at
    alike = (at[:, None] < BY_RATIO) == (at < BY_RATIO)
    by_size = (at >= len(QUIET_MONTHS))[:, None] & (at >= len(QUIET_MONTHS))
    near = np.where(by_size & alike, np.exp(-0.5 * apart**2) + _EVERYWHERE, 0.0)
    near[: len(QUIET_MONTHS), : len(QUIET_MONTHS)] = np.eye(len(QUIET_MONTHS))
    pooled = np.einsum("ab,lbv->lav", near, counts)
    pooled[..., 0] += 1e-9
    total = np.cumsum(pooled, axis=-1)
    return total / total[..., -1:]


def analogue_cdf(
    table: Float[np.ndarray, "lead class bin"],
    history: Float[np.ndarray, "month series"],
    values: Float[np.ndarray, " value"],
    leads: int,
) -> Float[np.ndarray, "series ahead value"]:
    """Return the chance of at most so many deaths at each lead.

    Args:
        table: of `smoothed`.
        history: monthly deaths; the last row is the origin.
        values: whole numbers of deaths.
        leads: how many.
    """
    mean, place = (rows[-1] for rows in classes(history))
    found = np.empty((len(mean), leads, len(values)))
    for series, (level, at) in enumerate(zip(mean, place, strict=True)):
        rows = table[:leads, at]
        if at < BY_RATIO:
            found[series] = rows[:, : len(values)]
            continue
        ratio = np.log1p(values + 0.5) - np.log1p(level)
        for lead, row in enumerate(rows):
            found[series, lead] = np.interp(ratio, LOG_RATIOS, row[: len(LOG_RATIOS)])
    return found
