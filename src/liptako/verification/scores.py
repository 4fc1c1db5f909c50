"""Proper scores of forecast draws: one number a case, lower is better.

Observations have any shape `[*case]`, draws have the same shape and a last axis `draw`.
A case whose observation is missing (`nan`) scores `nan`: unobserved is not zero.
Definitions are those of the VIEWS 2023/24 prediction challenge (Hegre et al. 2025).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Num

from liptako.errors import InputError

IGNORANCE_EDGES: tuple[float, ...] = (
    0.0,
    0.5,
    2.5,
    5.5,
    10.5,
    25.5,
    50.5,
    100.5,
    250.5,
    500.5,
    1000.5,
)
"""Lower edges, in deaths a month, of the challenge's bins; the last bin is open."""

CHALLENGE_DRAWS = 1000
"""Draws a challenge forecast has, and to which other numbers are resampled for ignorance."""


def aligned(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> tuple[Float[np.ndarray, "*case"], Float[np.ndarray, "*case draw"]]:
    """Return observations and draws in float64, after checking that they belong together.

    Args:
        obs: observations; `nan` where unobserved.
        draws: forecast draws, finite, the last axis counts them.

    Returns:
        Both as float64 arrays.

    Raises:
        InputError: shapes that do not match, no draw, or a draw that is not finite.

    Example:
        >>> obs, draws = aligned(np.array([1]), np.array([[0, 2]]))
        >>> obs.dtype.name, draws.shape
        ('float64', (1, 2))
    """
    obs = np.asarray(obs, dtype=np.float64)
    draws = np.asarray(draws, dtype=np.float64)
    if draws.ndim != obs.ndim + 1 or draws.shape[:-1] != obs.shape:
        raise InputError(
            "draws do not match the observations",
            field="draws",
            value=draws.shape,
            allowed=f"shape {obs.shape} and one more axis for the draws",
        )
    if draws.shape[-1] == 0:
        raise InputError("a forecast without draws", field="draws", allowed="1 draw or more")
    if not np.isfinite(draws).all():
        raise InputError("a draw is not a number", field="draws", allowed="finite numbers")
    return obs, draws


def crps_ensemble(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> Float[np.ndarray, "*case"]:
    """Return the continuous ranked probability score of the empirical distribution.

    `CRPS = 1/n sum_i |x_i - y| - 1/(2 n^2) sum_i sum_j |x_i - x_j|`, the energy form over
    all pairs. The double sum is taken over the sorted draws in O(n log n),
    `sum_i sum_j |x_i - x_j| = 2 sum_i (2i - n - 1) x_(i)`.

    Args:
        obs: observations, in any unit.
        draws: forecast draws, in the same unit.

    Returns:
        The score of each case, in that unit, 0 or more.

    Raises:
        InputError: arrays that do not match or hold draws that are not finite.

    References:
        Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

    Example:
        >>> crps_ensemble(np.array([3.0]), np.array([[1.0, 5.0]])).tolist()
        [1.0]
    """
    obs, draws = aligned(obs, draws)
    n = draws.shape[-1]
    deviation = np.sort(draws - obs[..., None], axis=-1)
    weight = (2.0 * np.arange(1, n + 1) - n - 1) / n**2
    return np.asarray(np.abs(deviation).mean(axis=-1) - deviation @ weight)


def crps_log1p(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> Float[np.ndarray, "*case"]:
    """Return the CRPS of `log(1 + count)`, in which no single war decides the mean.

    Args:
        obs: observed counts, 0 or more.
        draws: drawn counts, 0 or more.

    Returns:
        The score of each case, without unit: near 0, a relative error.

    Raises:
        InputError: arrays that do not match, or a negative count.

    References:
        Bosse et al. 2023, doi:10.1371/journal.pcbi.1011393.

    Example:
        >>> crps_log1p(np.array([0.0]), np.array([[np.e - 1]])).round(6).tolist()
        [1.0]
    """
    obs, draws = aligned(obs, draws)
    _check_counts(obs, draws)
    return crps_ensemble(np.asarray(np.log1p(obs)), np.log1p(draws))


def ignorance(
    obs: Num[np.ndarray, "*case"],
    draws: Num[np.ndarray, "*case draw"],
    edges: tuple[float, ...] = IGNORANCE_EDGES,
) -> Float[np.ndarray, "*case"]:
    """Return the binned ignorance score of the draws as they are.

    `IGN = -log2((n_b + 1) / (n + B))`: `n_b` of the `n` draws fall in the bin of the
    observation, out of `B` bins; one pseudo-draw in each keeps the score finite. It
    depends on `n`: 12 draws can give a bin at most 13/23. Compare equal numbers only,
    or use `ignorance_resampled`, which the challenge's stored figures follow.

    Args:
        obs: observed counts, 0 or more.
        draws: drawn counts, 0 or more; need not be whole.
        edges: increasing lower edges of the bins, the first at most 0, the last bin open.

    Returns:
        The score of each case, in bits.

    Raises:
        InputError: arrays that do not match, a count below the first edge, or edges that
            do not increase.

    References:
        Roulston & Smith 2002, doi:10.1175/1520-0493(2002)130<1653:EPFUIT>2.0.CO;2.

    Example:
        >>> ignorance(np.array([0]), np.zeros((1, 1000))).round(6).tolist()
        [0.014341]
    """
    obs, draws = aligned(obs, draws)
    _check_counts(obs, draws)
    bounds = np.asarray(edges, dtype=np.float64)
    if bounds.ndim != 1 or bounds.size < 1 or (np.diff(bounds) <= 0).any() or bounds[0] > 0:
        raise InputError(
            "not the edges of bins",
            field="edges",
            value=edges,
            allowed="increasing numbers, the first at most 0",
        )
    bin_obs = np.searchsorted(bounds, obs, side="right")
    bin_draws = np.searchsorted(bounds, draws, side="right")
    hits = (bin_draws == bin_obs[..., None]).sum(axis=-1)
    score = -np.log2((hits + 1) / (draws.shape[-1] + bounds.size))
    return np.where(np.isnan(obs), np.nan, score)


def fourier_resample(
    draws: Num[np.ndarray, "*case draw"], n_draws: int = CHALLENGE_DRAWS
) -> Float[np.ndarray, "*case n_draws"]:
    """Return draws brought to another number as the challenge did, as if a time series.

    The draws in their stored order are interpolated by Fourier series, negative values
    set to 0. It rings around jumps and depends on the order of the draws, so it has no
    merit beyond reproducing stored ignorance scores.

    Args:
        draws: drawn counts, the last axis counts them.
        n_draws: how many to return, 1 or more; as many as there are changes nothing.

    Returns:
        The resampled draws, 0 or more.

    Raises:
        InputError: `n_draws` below 1.

    Example:
        >>> fourier_resample(np.array([2.0]), 3).round(6).tolist()
        [2.0, 2.0, 2.0]
    """
    if n_draws < 1:
        raise InputError("too few draws", field="n_draws", value=n_draws, allowed="1 or more")
    draws = np.asarray(draws, dtype=np.float64)
    if draws.shape[-1] == n_draws:
        return draws
    from scipy import signal

    return np.maximum(np.asarray(signal.resample(draws, n_draws, axis=-1)), 0.0)


def ignorance_resampled(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"]
) -> Float[np.ndarray, "*case"]:
    """Return the ignorance score as the challenge stored it, always on 1,000 draws.

    `ignorance` with the challenge's bins, after `fourier_resample` to 1,000 where the
    forecast has another number. Reproduces the stored figures of all benchmarks.

    Args:
        obs: observed counts, 0 or more.
        draws: drawn counts, 0 or more, in their stored order.

    Returns:
        The score of each case, in bits.

    Raises:
        InputError: arrays that do not match, or a negative count.

    Example:
        >>> ignorance_resampled(np.array([0]), np.zeros((1, 12))).round(6).tolist()
        [0.014341]
    """
    obs, draws = aligned(obs, draws)
    _check_counts(obs, draws)
    return ignorance(obs, fourier_resample(draws, CHALLENGE_DRAWS))


def interval_score(
    obs: Num[np.ndarray, "*case"], draws: Num[np.ndarray, "*case draw"], alpha: float = 0.1
) -> Float[np.ndarray, "*case"]:
    """Return the score of the central `1 - alpha` interval: its width and what it misses.

    `u - l + 2/alpha max(l - y, 0) + 2/alpha max(y - u, 0)`, with `l` and `u` the linearly
    interpolated quantiles `alpha/2` and `1 - alpha/2` of the draws. Its mean over cases
    is the challenge's mean interval score.

    Args:
        obs: observations, in any unit.
        draws: forecast draws, in the same unit.
        alpha: share of outcomes left out, strictly between 0 and 1.

    Returns:
        The score of each case, in that unit, 0 or more.

    Raises:
        InputError: arrays that do not match, or `alpha` out of range.

    References:
        Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

    Example:
        >>> interval_score(np.array([12.0]), np.array([[10.0, 10.0]])).round(6).tolist()
        [40.0]
    """
    obs, draws = aligned(obs, draws)
    lower, upper = central_interval(draws, 1 - alpha)
    below, above = np.maximum(lower - obs, 0), np.maximum(obs - upper, 0)
    return np.asarray(upper - lower + 2 / alpha * (below + above))


def central_interval(
    draws: Num[np.ndarray, "*case draw"], level: float
) -> tuple[Float[np.ndarray, "*case"], Float[np.ndarray, "*case"]]:
    """Return the ends of the central interval of the draws, by linear quantiles.

    Args:
        draws: forecast draws, the last axis counts them.
        level: share of draws inside, strictly between 0 and 1.

    Returns:
        The lower and the upper end for each case.

    Raises:
        InputError: `level` out of range.

    Example:
        >>> lower, upper = central_interval(np.arange(101.0), 0.9)
        >>> round(float(lower), 6), round(float(upper), 6)
        (5.0, 95.0)
    """
    if not 0 < level < 1:
        raise InputError(
            "not a share", field="level", value=level, allowed="strictly between 0 and 1"
        )
    tail = (1 - level) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=-1)
    return np.asarray(lower), np.asarray(upper)


def _check_counts(obs: np.ndarray, draws: np.ndarray) -> None:
    for field, values in (("obs", obs), ("draws", draws)):
        negative = values < 0
        if negative.any():
            raise InputError(
                "a negative count",
                field=field,
                value=values[negative][0].item(),
                allowed="0 or more",
            )
