"""How deadly events are: a rounded-down lognormal by stream, recent months counting more."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.inference.optimum import at_optimum
from liptako.model.params import SeverityParams
from liptako.model.processes import severity

POOLED_SD = np.array([5.0, 5.0])
"""Prior spread of log median and log spread of all streams together: next to none."""

PRIOR_SD = np.array([0.5, 0.2])
"""Prior spread of a stream's log median and log spread around those of all streams together.

Spreads of well observed streams lie that close. A wider prior lets the mean of a stream with few
events grow without measure, for it grows with the square of the spread.
"""

GAVE_UP = 2
"""Status of `scipy.optimize.minimize` where L-BFGS-B found no lower point along its line."""

NEWTON_STEPS = 3
"""Steps that end a search which L-BFGS gave up, since numbers of 32 bits showed no progress."""


@dataclass(frozen=True, eq=False)
class SeverityPosterior:
    """Mode and covariance of `(log_median, log log_sd)` by stream."""

    mode: Float[np.ndarray, "stream 2"]
    covariance: Float[np.ndarray, "stream 2 2"]


def fit_severity(
    events: Float[np.ndarray, "month stream cell"],
    deaths: Float[np.ndarray, "month stream cell"],
    half_life: float,
) -> SeverityPosterior:
    r"""Fit each stream's severity, with a weak prior around that of all streams together.

    A cell and month that lies $a$ months before the last counts $2^{-a/h}$ in the likelihood.

    Args:
        events: by month, stream and cell; the last month is the one forecast from.
        deaths: likewise.
        half_life: $h$ in months, one for all streams; infinite where all months count alike.

    Raises:
        NoOptimumError: the optimiser stopped short.
    """
    n_months, n_streams, _ = events.shape
    month, stream, cell = np.nonzero(events)
    weight = 0.5 ** ((n_months - 1 - month) / half_life)
    columns = _by_stream(
        stream, n_streams, events[month, stream, cell], deaths[month, stream, cell], weight
    )
    everything = tuple(column.reshape(1, -1) for column in columns)
    pooled, _ = _fit(everything, np.array([[0.5, 0.2]]), POOLED_SD)
    mode, hessian = _fit(columns, np.repeat(pooled, n_streams, axis=0), PRIOR_SD)
    covariance = [np.linalg.inv(hessian[s, :, s, :]) for s in range(n_streams)]
    return SeverityPosterior(mode, np.stack(covariance))


def _by_stream(stream: np.ndarray, n_streams: int, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return each column as `[stream, row]`, padded with rows of weight zero."""
    longest = int(np.bincount(stream, minlength=n_streams).max())
    padded = [np.zeros((n_streams, longest), np.float32) for _ in columns]
    for s in range(n_streams):
        rows = np.flatnonzero(stream == s)
        for column, table in zip(columns, padded, strict=True):
            table[s, : len(rows)] = column[rows]
    return tuple(padded)


def _fit(
    columns: tuple[np.ndarray, ...], centre: np.ndarray, prior_sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.optimize import minimize

    events, deaths, weight = (jnp.asarray(column) for column in columns)

    def negative(theta: Array) -> Array:
        law = severity.law_of(SeverityParams(theta[:, 0], jnp.exp(theta[:, 1])), events)
        away = (theta - jnp.asarray(centre)) / jnp.asarray(prior_sd, jnp.float32)
        return -(weight * law.log_prob(deaths)).sum() + 0.5 * (away**2).sum()

    value_and_grad = jax.jit(jax.value_and_grad(negative))
    curvature = jax.jit(jax.hessian(negative))

    def fun(flat: np.ndarray) -> tuple[float, np.ndarray]:
        value, grad = value_and_grad(jnp.asarray(flat.reshape(centre.shape), jnp.float32))
        return float(value), np.asarray(grad, np.float64).ravel()

    def hessian(flat: np.ndarray) -> np.ndarray:
        found = curvature(jnp.asarray(flat.reshape(centre.shape), jnp.float32))
        return np.asarray(found, np.float64).reshape(flat.size, -1)

    bounds = [(-2.0, 5.0), (-1.5, 1.0)] * len(centre)
    found = minimize(fun, centre.ravel(), jac=True, method="L-BFGS-B", bounds=bounds)
    for _ in range(NEWTON_STEPS if found.status == GAVE_UP else 0):
        found.x = found.x - np.linalg.solve(hessian(found.x), found.jac)
        found.fun, found.jac = fun(found.x)
    bent = hessian(found.x)
    missing = 0.5 * float(found.jac @ np.linalg.solve(bent, found.jac))
    at_optimum(found, "how deadly events are", missing)
    return found.x.reshape(centre.shape), bent.reshape(*centre.shape, *centre.shape)
