r"""How many people flee, given deaths and people at risk: the posterior on yearly totals.

With $c_{k,y}(b)$ the log rate of flight that gives a year's recorded total at elasticity $b$
(`liptako.inference.flight_record`),

$$c_{k,y} \sim N(a_k, \sigma^2), \quad a_k \sim N(\mu, \tau^2).$$

Given $b$, $\sigma$ and $\tau$ all is Gaussian, so these three are summed over a grid, and the
posterior of $(a, b, \log\sigma)$ is kept by its mean and covariance. The covariance matters: where
deaths are far from 1 in 100,000, a rate and an elasticity that are each unsure offset each other.

Priors, set before the fit. $b$: 90% between 0, where fighting is (Melander & Öberg 2007,
doi:10.1080/13698240701207310: scope counts, intensity does not), and 1, how many are killed.
$\mu$: about a hundred newly displaced for one killed, as in the world's yearly totals, within a
factor of 12. Countries differ by a factor of about three.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from liptako.inference.flight_record import FlightRecord, flights

PRIOR_ELASTICITY = (0.5, 0.3)
PRIOR_LOG_RATE = (float(np.log(100.0 / 1e5)), 1.5)
POOLING_SCALE = 1.0
"""Of the half-normal prior of the spread between countries."""

PRIOR_NOISE_SD, PRIOR_NOISE_ROWS = 1.0, 2
"""Noise that the data start from, and how many rows it counts as: a few rows fit too well."""

ELASTICITIES = np.linspace(-0.3, 1.4, 35)
LOG_SDS = np.linspace(-1.6, 1.2, 29)
POOLINGS = np.array([0.05, 0.15, 0.3, 0.5, 0.7, 0.9, 1.1, 1.3, 1.6, 2.0, 2.5, 3.0])


class FlightFit(NamedTuple):
    """Posterior mean and covariance of log rates by country, elasticity, log of the noise's sd."""

    mean: Float[np.ndarray, " term"]
    covariance: Float[np.ndarray, "term term"]


def fit_displacement(record: FlightRecord) -> FlightFit:
    """Return the posterior; the prior where the record is empty.

    Args:
        record: totals and deaths.
    """
    found = flights(record, ELASTICITIES)
    n = record.used.sum(axis=0)
    rows = np.where(record.used, found.log_rate, 0.0)
    middle = rows.sum(axis=1) / np.maximum(n, 1)
    squares = (np.where(record.used, rows - middle[:, None], 0.0) ** 2).sum(axis=(1, 2))
    tilt = -np.where(record.used, found.log_slope, 0.0).sum(axis=(1, 2))
    log_sd = LOG_SDS[None, :, None]
    variance, tau = np.exp(2.0 * log_sd)[..., None], POOLINGS[None, None, :, None]
    keep = n * tau**2 / (n * tau**2 + variance)  # [elasticity, sd, pooling, country]
    weight = keep / tau**2
    centre, spread = PRIOR_LOG_RATE
    total = spread**-2 + weight.sum(axis=-1)
    pulled = centre * spread**-2 + (weight * middle[:, None, None, :]).sum(axis=-1)
    mu = pulled / total
    fit = (weight * middle[:, None, None, :] ** 2).sum(axis=-1) + (centre / spread) ** 2
    log_p = -0.5 * (fit - pulled**2 / total) - 0.5 * np.log(total)
    log_p += 0.5 * np.log(np.where(n > 0, weight, 1.0)).sum(axis=-1)
    log_p -= np.maximum(n - 1, 0).sum() * log_sd + 0.5 * squares[:, None, None] / variance[..., 0]
    log_p += tilt[:, None, None] + _log_prior(log_sd)
    p = np.exp(log_p - log_p.max())
    p *= np.gradient(POOLINGS)
    rates = (1.0 - keep) * mu[..., None] + keep * middle[:, None, None, :]
    own, shared = tau**2 * (1.0 - keep), (1.0 - keep) / np.sqrt(total)[..., None]
    own, shared = (np.broadcast_to(part, rates.shape) for part in (own, shared))
    return _moments(p / p.sum(), rates, own, shared)


def _log_prior(log_sd: Float[np.ndarray, "1 sd 1"]) -> Float[np.ndarray, "elasticity sd pooling"]:
    """Return the log prior of the grid, up to a constant."""
    centre, spread = PRIOR_ELASTICITY
    elasticity = -0.5 * ((ELASTICITIES - centre) / spread) ** 2
    rows = 0.5 * PRIOR_NOISE_ROWS
    noise = -2.0 * rows * log_sd - rows * (PRIOR_NOISE_SD / np.exp(log_sd)) ** 2
    return elasticity[:, None, None] + noise - 0.5 * (POOLINGS / POOLING_SCALE) ** 2


def _moments(
    p: Float[np.ndarray, "elasticity sd pooling"],
    rates: Float[np.ndarray, "elasticity sd pooling country"],
    own: Float[np.ndarray, "elasticity sd pooling country"],
    shared: Float[np.ndarray, "elasticity sd pooling country"],
) -> FlightFit:
    """Return mean and covariance over the grid of rates, elasticity and log sd.

    Args:
        p: of each point of the grid.
        rates: mean log rate of each country there.
        own: variance of what is each country's own.
        shared: standard deviation of what all share.
    """
    grid = np.meshgrid(ELASTICITIES, LOG_SDS, POOLINGS, indexing="ij")
    terms = np.concatenate([rates, grid[0][..., None], grid[1][..., None]], axis=-1)
    mean = np.einsum("bst,bsti->i", p, terms)
    away = terms - mean
    covariance = np.einsum("bst,bsti,bstj->ij", p, away, away)
    n = rates.shape[-1]
    covariance[:n, :n] += np.einsum("bst,bsti,bstj->ij", p, shared, shared)
    covariance[:n, :n] += np.diag(np.einsum("bst,bsti->i", p, own))
    return FlightFit(mean, covariance)
