"""Forecasts to beat, made from history alone: `history [month, unit]` to `[lead, unit, draw]`.

`history` holds counts a month (state-based deaths in the VIEWS challenge) up to and with
the last training month, `nan` where unobserved. The challenge trains through October and
forecasts the next January to December, leads 3 to 14. Its own files bear these out: the
stored conflictology draws are the twelve months to October in order of time, the same in
every lead; last-observation Poisson starts from October; `boot_240` draws from all units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Num

from liptako.errors import InputError
from liptako.verification.kernels import (
    FIRST_LEAD,
    N_LEADS,
    CountKernel,
    checked_history,
    exponential_level,
    fit_level_kernel,
    fit_mixture_kernel,
)
from liptako.verification.scores import crps_log1p

N_DRAWS = 1000
"""Draws of a challenge forecast."""
HALF_LIVES: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0, 18.0, 24.0)
"""Half-lives, in months, among which `choose_half_life` chooses."""


def conflictology(
    history: Num[np.ndarray, "month unit"], *, n_leads: int = N_LEADS, months: int = 12
) -> Float[np.ndarray, "lead unit draw"]:
    """Return the last months as draws, oldest first, the same for every lead.

    Reproduces the challenge's stored draws exactly for the windows 2020 to 2023 from the
    actuals, and in at least 99.6% of values for 2018 and 2019 (data vintage).

    Args:
        history: counts a month up to and with the last training month.
        n_leads: forecast months.
        months: how many last months serve as draws.

    Returns:
        Draws, one for each of the last months.

    Raises:
        InputError: too short a history, or a last month unobserved or negative.

    References:
        Hegre et al. 2025, the VIEWS 2023/24 prediction challenge,
        doi:10.1177/00223433241300862.

    Example:
        >>> conflictology(np.arange(24.0)[:, None], n_leads=1)[0, 0, -2:].tolist()
        [22.0, 23.0]
    """
    return _every_lead(_last(history, months).T, n_leads)


def conflictology_neighbours(
    history: Num[np.ndarray, "month unit"],
    neighbours: Sequence[Sequence[int]],
    *,
    n_leads: int = N_LEADS,
    months: int = 12,
    n_draws: int = N_DRAWS,
) -> Float[np.ndarray, "lead unit draw"]:
    """Return the last months of a unit and its neighbours, pooled with equal weight.

    Units have different numbers of neighbours, so each pool is represented by `n_draws`
    evenly spaced quantiles: draw `i` is order statistic `floor((i + 1/2) m / n_draws)`
    of its `m` values. Nothing is random.

    Args:
        history: counts a month up to and with the last training month.
        neighbours: for each unit, the columns of its neighbours, itself left out.
        n_leads: forecast months.
        months: how many last months are pooled.
        n_draws: draws returned; a multiple of every pool's size makes them exact.

    Returns:
        Draws in increasing order, the same for every lead.

    Raises:
        InputError: as `conflictology`, or neighbour lists that do not fit the units.

    Example:
        >>> conflictology_neighbours(np.tile([0.0, 2.0], (12, 1)), [[1], []], n_leads=1).mean()
        np.float64(1.5)
    """
    recent = _last(history, months)
    n_units = recent.shape[1]
    if len(neighbours) != n_units:
        raise InputError(
            "not one list a unit", field="neighbours", value=len(neighbours), allowed=str(n_units)
        )
    draws = np.empty((n_units, n_draws))
    for unit, near in enumerate(neighbours):
        pool = sorted({unit, *near})
        if len(pool) != len(near) + 1 or pool[0] < 0 or pool[-1] >= n_units:
            raise InputError(
                "not a list of other units",
                field=f"neighbours[{unit}]",
                value=list(near),
                allowed=f"different columns, 0 to {n_units - 1}, without {unit}",
            )
        values = np.sort(recent[:, pool], axis=None)
        draws[unit] = values[((np.arange(n_draws) + 0.5) * values.size / n_draws).astype(int)]
    return _every_lead(draws, n_leads)


def last_observation_poisson(
    history: Num[np.ndarray, "month unit"],
    *,
    n_leads: int = N_LEADS,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Float[np.ndarray, "lead unit draw"]:
    """Return Poisson draws whose mean is the last training month, new ones for each lead.

    Args:
        history: counts a month up to and with the last training month.
        n_leads: forecast months.
        n_draws: draws a lead and unit.
        seed: the same seed gives the same draws.

    Returns:
        Draws.

    Raises:
        InputError: a last month that is unobserved or negative.

    Example:
        >>> last_observation_poisson(np.array([[9.0], [0.0]]), n_leads=1).max()
        np.float64(0.0)
    """
    mean = _last(history, 1)[0]
    shape = (n_leads, mean.size, n_draws)
    return np.random.default_rng(seed).poisson(mean[None, :, None], shape).astype(np.float64)


def bootstrap_240(
    history: Num[np.ndarray, "month unit"],
    *,
    pooled: bool = True,
    n_leads: int = N_LEADS,
    months: int = 240,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Float[np.ndarray, "lead unit draw"]:
    """Return draws with replacement from the last 240 months, new ones for each lead.

    The challenge pools the months of all units, so that a peaceful country is given the
    world's wars and a war the world's peace; `pooled=False` keeps each unit to its own.
    The stored scores fit a pool that also held countries since dissolved (such as Sudan
    before 2011), which a history of today's countries lacks: over peaceful cases they are
    3 to 9% higher than with this pool; in the Sahel they agree within Monte Carlo error.

    Args:
        history: counts a month up to and with the last training month; unobserved
            months are not drawn.
        pooled: draw from all units, as the challenge did.
        n_leads: forecast months.
        months: how many last months are drawn from; fewer where history is shorter.
        n_draws: draws a lead and unit.
        seed: the same seed gives the same draws.

    Returns:
        Draws.

    Raises:
        InputError: a negative count, or a unit (when pooled, all) never observed.

    Example:
        >>> bootstrap_240(np.full((240, 2), 7.0), n_leads=1, n_draws=3)[0, 0].tolist()
        [7.0, 7.0, 7.0]
    """
    recent = checked_history(history)[-months:]
    pools = [recent] * recent.shape[1] if pooled else list(recent.T)
    pools = [pool[~np.isnan(pool)] for pool in pools]
    for unit, pool in enumerate(pools):
        if pool.size == 0:
            raise InputError("never observed", field=f"history[:, {unit}]", allowed="1 month")
    rng = np.random.default_rng(seed)
    return np.stack([rng.choice(pool, (n_leads, n_draws)) for pool in pools], axis=1)


def zero(
    history: Num[np.ndarray, "month unit"], *, n_leads: int = N_LEADS, n_draws: int = N_DRAWS
) -> Float[np.ndarray, "lead unit draw"]:
    """Return the forecast that nothing happens.

    Args:
        history: counts a month; only its number of units is used.
        n_leads: forecast months.
        n_draws: draws a lead and unit; they matter to ignorance only.

    Returns:
        Zeros.

    Raises:
        InputError: a history that is no table of counts.

    Example:
        >>> zero(np.ones((1, 3)), n_leads=2, n_draws=1).shape
        (2, 3, 1)
    """
    return np.zeros((n_leads, checked_history(history).shape[1], n_draws))


def ew_level(
    history: Num[np.ndarray, "month unit"],
    half_life: float,
    *,
    kernel: CountKernel | None = None,
    first_lead: int = FIRST_LEAD,
    n_leads: int = N_LEADS,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Float[np.ndarray, "lead unit draw"]:
    """Return negative binomial draws around an exponentially weighted level.

    `level = sum_k 2^(-k/half_life) y[T-k] / sum_k 2^(-k/half_life)` over observed months,
    and `fit_level_kernel` gives the law around it, pooled over units.

    Args:
        history: counts a month up to and with the last training month.
        half_life: months after which a month counts half, above 0.
        kernel: the law around the level; none: fitted to this history.
        first_lead: months from the last training month to the first forecast month;
            it enters the fit only.
        n_leads: forecast months.
        n_draws: draws a lead and unit.
        seed: the same seed gives the same draws.

    Returns:
        Draws, new ones for each lead from the same law.

    Raises:
        InputError: half-life out of range, a unit never observed, too short a history.

    Example:
        >>> law = CountKernel(size=5.0, half=1.0, floor=0.1, zero_size=0.1)
        >>> ew_level(np.full((24, 1), 8.0), 3.0, kernel=law, n_leads=1).shape
        (1, 1, 1000)
    """
    level = exponential_level(history, half_life)[-1]
    if np.isnan(level).any():
        unit = int(np.flatnonzero(np.isnan(level))[0])
        raise InputError("never observed", field=f"history[:, {unit}]", allowed="1 month")
    if kernel is None:
        kernel = fit_level_kernel(history, half_life, first_lead=first_lead, n_leads=n_leads)
    value = np.broadcast_to(level[None, :, None], (n_leads, level.size, n_draws))
    return kernel.draw(value, np.random.default_rng(seed))


def conflictology_smoothed(
    history: Num[np.ndarray, "month unit"],
    *,
    kernel: CountKernel | None = None,
    n_leads: int = N_LEADS,
    months: int = 12,
    n_draws: int = N_DRAWS,
    first_lead: int = FIRST_LEAD,
    seed: int = 0,
) -> Float[np.ndarray, "lead unit draw"]:
    """Return conflictology with each of its values replaced by a count law around it.

    An equal mixture over the last months of negative binomials around their values. The
    floor of the law lets a month of peace be followed by deaths. Twelve values leave out
    what lies outside them about 2 times in 13; the mixture need not.

    Args:
        history: counts a month up to and with the last training month.
        kernel: the law around a value; none: fitted to this history.
        n_leads: forecast months.
        months: how many last months are mixed.
        n_draws: draws a lead and unit; months take turns.
        first_lead: months from the last training month to the first forecast month;
            it enters the fit only.
        seed: the same seed gives the same draws.

    Returns:
        Draws, new ones for each lead from the same law.

    Raises:
        InputError: as `conflictology`, or too short a history to fit the kernel.

    Example:
        >>> law = CountKernel(size=5.0, half=1.0, floor=0.1, zero_size=0.1)
        >>> conflictology_smoothed(np.full((12, 1), 8.0), kernel=law, n_leads=1).shape
        (1, 1, 1000)
    """
    recent = _last(history, months)
    if kernel is None:
        kernel = fit_mixture_kernel(history, months, first_lead=first_lead, n_leads=n_leads)
    value = recent.T[:, np.arange(n_draws) % months]
    value = np.broadcast_to(value, (n_leads, *value.shape))
    return kernel.draw(value, np.random.default_rng(seed))


def choose_half_life(
    history: Num[np.ndarray, "month unit"],
    *,
    candidates: Sequence[float] = HALF_LIVES,
    windows: int = 10,
    score: Callable[[np.ndarray, np.ndarray], np.ndarray] = crps_log1p,
    first_lead: int = FIRST_LEAD,
    n_leads: int = N_LEADS,
    n_draws: int = 200,
    seed: int = 0,
) -> tuple[float, dict[float, float]]:
    """Return the half-life whose `ew_level` scored best on windows inside `history`.

    The last window ends with `history`, the others a year apart before it; each kernel
    is fitted to what came before its window alone. Pass a history that ends before the
    windows to be reported on (for 2018 to 2023: December 2017). The CRPS of raw counts
    would be decided by the two or three largest wars, hence that of logarithms.

    Args:
        history: counts a month.
        candidates: half-lives in months.
        windows: how many windows, 1 or more.
        score: a function of observations and draws, lower is better.
        first_lead: months from the last training month to the first forecast month.
        n_leads: forecast months.
        n_draws: draws in scoring.
        seed: common random numbers of all candidates.

    Returns:
        The best half-life, and the mean score of each.

    Raises:
        InputError: no candidate, or a history too short for the windows.

    Example:
        >>> wave = np.tile(np.repeat([0.0, 40.0], 24), 3)[:, None]
        >>> choose_half_life(wave, candidates=[2.0], windows=2, n_draws=20)[0]
        2.0
    """
    if not candidates or windows < 1:
        raise InputError("nothing to choose from", field="candidates", allowed="1 or more")
    history = checked_history(history)
    horizon = first_lead + n_leads - 1
    ends = [len(history) - horizon - 12 * back for back in range(windows)]
    means: dict[float, float] = {}
    for half_life in candidates:
        values = []
        for end in ends:
            past = history[: max(end, 0)]
            seen = ~np.isnan(past).all(axis=0)
            draws = ew_level(
                past[:, seen],
                half_life,
                first_lead=first_lead,
                n_leads=n_leads,
                n_draws=n_draws,
                seed=seed,
            )
            values.append(score(history[end + first_lead - 1 : end + horizon][:, seen], draws))
        means[half_life] = float(np.nanmean(np.concatenate(values, axis=None)))
    return min(means, key=lambda half_life: means[half_life]), means


def _last(history: np.ndarray, months: int) -> np.ndarray:
    history = checked_history(history)
    if not 1 <= months <= len(history):
        raise InputError(
            "not that many months", field="months", value=months, allowed=f"1 to {len(history)}"
        )
    missing = np.isnan(history[-months:]).any(axis=0)
    if missing.any():
        unit = int(np.flatnonzero(missing)[0])
        raise InputError(
            "unobserved", field=f"history[-{months}:, {unit}]", allowed="leave the unit out"
        )
    return history[-months:]


def _every_lead(draws: np.ndarray, n_leads: int) -> np.ndarray:
    return np.repeat(draws[None], n_leads, axis=0)
