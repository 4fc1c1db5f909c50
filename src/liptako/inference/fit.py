r"""The fit of the excitation: penalised likelihood by exact gradient, Laplace posterior.

Events of stream $s$ in cell $c$ and month $t$ are negative binomial with mean
$e^{u_{b,k}(t)} (\mu_{s,k}\,g_c + \sum w E + \sum v K P)$. The country shock $u$ is a mean-reverting
latent path for each block and country; it takes what is common to a country's month, so that the
weights say where and in which stream violence comes next, and the level says how much.

Weights are positive: their logarithms have normal priors around group means that are fitted
too (own stream, other streams, neighbours), the hierarchy that lets 379 cells speak for 243
weights. Mode by L-BFGS; posterior by the expected information of each stream's weights given
the shocks, which is block diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.flatten_util import ravel_pytree
from jaxtyping import Float

from liptako.inference.features import Features
from liptako.inference.optimum import NoOptimumError
from liptako.model import counts


@dataclass(frozen=True)
class FitSettings:
    """Choices of the fit: set by hand beforehand, tuned on no window, but for the last.

    How fast severity forgets was chosen on outcomes before 2018
    (`scripts/choose_severity_half_life.py`): fits through each October from 2005 to 2016, each
    scored on what was recorded in the 14 months after it. A half-life of 12 months is the best of
    12, 24, 36, 48, 60, 120 and infinity, in all observed countries together and among the allies
    alone. Half of it does still better over those 14 months, and worse over months 15 to 36.

    Attributes:
        prior_sd: of a log weight around its group's mean.
        shock_persistence: monthly, of the country shock.
        shock_sd: of its monthly innovation.
        recency_half_life: months; how fast old months lose weight in the likelihood.
        max_radius: spectral radius that the excitation is held under.
        iterations: at most, of the optimiser.
        severity_half_life: months; how fast old months lose weight in the fit of severity.
    """

    prior_sd: float = 1.5
    shock_persistence: float = 0.95
    shock_sd: float = 0.35
    recency_half_life: float = 96.0
    max_radius: float = 0.95
    iterations: int = 400
    severity_half_life: float = 12.0


@dataclass(frozen=True, eq=False)
class Posterior:
    """Mode and spread of what the events of the theatre say.

    `log_weights` joins, for each stream, its excitation (stream x half-life), contagion
    (ring x pressure) and background (country), in this order. `stopped_short` says why the
    optimiser stopped before it converged (a limit of iterations, the rounding of 32 bits), and
    is empty where it did.
    """

    log_weights: Float[np.ndarray, "stream weight"]
    covariance: Float[np.ndarray, "stream weight weight"]
    log_dispersion: Float[np.ndarray, " stream"]
    dispersion_sd: Float[np.ndarray, " stream"]
    shocks: Float[np.ndarray, "block country month"]
    group_means: Float[np.ndarray, " group"]
    log_likelihood: float
    stopped_short: str


def groups(n_streams: int, n_half: int, n_rings: int, n_pressures: int, n_countries: int):
    """Return the group of each weight: own stream and others by half-life, rings, background."""
    own = np.zeros((n_streams, n_streams, n_half), int)
    for half in range(n_half):
        own[:, :, half] = n_half + half
        own[np.arange(n_streams), np.arange(n_streams), half] = half
    ring = np.zeros((n_streams, n_rings, n_pressures), int)
    for j in range(n_rings):
        ring[:, j] = 2 * n_half + j
    last = 2 * n_half + n_rings
    background = np.full((n_streams, n_countries), last)
    rows = [part.reshape(n_streams, -1) for part in (own, ring, background)]
    return np.concatenate(rows, axis=1), last + 1


GROUP_SD = 1.5
"""Prior spread of the mean log weight of a group."""


def prior_group_means(n_half: int, n_rings: int) -> Float[np.ndarray, " group"]:
    """Return the prior mean of each group's mean log weight, in the order of `groups`.

    A stream's own past is expected to matter (an eighth of an event per event and half-life),
    other streams and neighbours a hundred times less until data say otherwise.
    """
    own, other, ring, background = -2.0, -4.5, -5.0, -2.0
    return np.array([own] * n_half + [other] * n_half + [ring] * n_rings + [background])


def spectral_radius(
    weights: Float[Array | np.ndarray, "stream weight"],
    sizes: tuple[int, int, int, int],
    loading: Array | np.ndarray,
) -> Array:
    """Return the dominant eigenvalue of what one event brings forth, neighbours included.

    Args:
        weights: positive, as in `Posterior` (exponentiated).
        sizes: streams, half-lives, rings, pressures.
        loading: which stream feeds which pressure, `[pressure, stream]`.
    """
    n_streams, n_half, n_rings, n_pressures = sizes
    split = n_streams * n_half
    own = weights[:, :split].reshape(n_streams, n_streams, n_half).sum(-1)
    ring = weights[:, split : split + n_rings * n_pressures]
    cells = jnp.array([8.0 * (j + 1) for j in range(n_rings)])
    ring = jnp.einsum("srp,r,pq->sq", ring.reshape(n_streams, n_rings, n_pressures), cells, loading)
    matrix = own + ring
    vector = jnp.ones(n_streams)
    for _ in range(40):
        grown = matrix @ vector
        vector = grown / jnp.linalg.norm(grown)
    return vector @ matrix @ vector / (vector @ vector)


def objective(
    features: Features, loading: np.ndarray, settings: FitSettings
) -> tuple[Callable, dict[str, np.ndarray]]:
    """Return the negative log posterior as a function of the unknowns, and a start.

    The unknowns are `log_weights`, `log_dispersion`, `shocks` and `group_means`.
    """
    n_months, n_streams, _ = features.counts.shape
    n_half = features.own.shape[1] // n_streams
    n_pressures = len(loading)
    n_rings = features.around.shape[1] // n_pressures
    group, _ = groups(n_streams, n_half, n_rings, n_pressures, features.n_countries)
    sizes = (n_streams, n_half, n_rings, n_pressures)
    split = group.shape[1] - features.n_countries
    inputs = jnp.concatenate([jnp.asarray(features.own), jnp.asarray(features.around)], axis=1)
    place = np.nonzero(features.counts)
    seen = jnp.asarray(features.counts[place])
    age = np.arange(n_months)[::-1]
    recency = jnp.asarray(0.5 ** (age / settings.recency_half_life), jnp.float32)
    share, country = jnp.asarray(features.background_share), features.country
    quiet = jnp.asarray(features.quiet_share)
    hyper_mean = prior_group_means(n_half, n_rings)

    def rates(unknowns: Mapping[str, Array | np.ndarray]) -> tuple[Array, Array]:
        weights = jnp.exp(unknowns["log_weights"])
        level = jnp.exp(unknowns["shocks"])[features.block]
        background = weights[:, split:]
        intensity = jnp.einsum("sf,tfc->tsc", weights[:, :split], inputs)
        intensity = intensity + (background[:, country] * share)[None]
        scale = level.transpose(2, 0, 1)
        return scale[:, :, country] * intensity, (scale * background * quiet).sum(-1)

    def negative_log_posterior(unknowns: dict[str, Array]) -> Array:
        rate, rate_quiet = rates(unknowns)
        size = jnp.exp(unknowns["log_dispersion"])[:, None]
        # zero counts everywhere, then what the non-zero ones add
        zeros = counts.log_none(rate, size)
        t, s, _ = place
        extra = counts.log_beyond_none(seen, rate[place], size[s, 0])
        likelihood = (recency * (zeros.sum((1, 2)) - rate_quiet.sum(1))).sum()
        likelihood += (recency[t] * extra).sum()
        shocks = unknowns["shocks"]
        stay = settings.shock_persistence
        steps = shocks[..., 1:] - stay * shocks[..., :-1]
        start = shocks[..., 0] * jnp.sqrt(1 - stay**2)
        prior = -0.5 * ((steps**2).sum() + (start**2).sum()) / settings.shock_sd**2
        means = unknowns["group_means"]
        away = (unknowns["log_weights"] - means[group]) / settings.prior_sd
        prior -= 0.5 * (away**2).sum() + 0.5 * ((means - hyper_mean) ** 2).sum() / GROUP_SD**2
        prior -= 0.5 * ((unknowns["log_dispersion"] + 0.5) ** 2).sum()
        radius = spectral_radius(jnp.exp(unknowns["log_weights"]), sizes, jnp.asarray(loading))
        return -(likelihood + prior) + 2e3 * jnp.maximum(radius - settings.max_radius, 0.0) ** 2

    start = {
        "log_weights": hyper_mean[group].astype(np.float32),
        "log_dispersion": np.full(n_streams, -0.5, np.float32),
        "shocks": np.zeros((features.n_blocks, features.n_countries, n_months), np.float32),
        "group_means": hyper_mean.astype(np.float32),
    }
    negative_log_posterior.rates = rates  # the information matrix needs the same rates
    return negative_log_posterior, start


def fit(
    features: Features,
    loading: np.ndarray,
    settings: FitSettings = FitSettings(),
    start: dict[str, np.ndarray] | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Posterior:
    """Return the posterior of the weights.

    Args:
        features: the record, see `liptako.inference.features`.
        loading: which stream feeds which pressure.
        settings: choices of the fit.
        start: unknowns to start from (a fit on an earlier record saves time).
        progress: called with iteration and objective.

    Raises:
        NoOptimumError: the optimiser came to no number.
    """
    from scipy.optimize import minimize

    target, cold = objective(features, loading, settings)
    start = {**cold, **(start or {})}
    first, unpack = ravel_pytree({name: jnp.asarray(start[name], jnp.float32) for name in start})
    value_and_grad = jax.jit(jax.value_and_grad(target))

    count = 0

    def fun(flat: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal count
        value, grad = value_and_grad(unpack(jnp.asarray(flat, jnp.float32)))
        count += 1
        if progress is not None:
            progress(count, float(value))
        return float(value), np.asarray(ravel_pytree(grad)[0], np.float64)

    options = {"maxiter": settings.iterations, "maxcor": 30, "maxfun": 2 * settings.iterations}
    first = np.asarray(first, np.float64)
    found = minimize(fun, first, jac=True, method="L-BFGS-B", options=options)
    if not np.isfinite(found.fun):
        raise NoOptimumError(f"who follows whom: the fit came to no number ({found.message})")
    mode = jax.tree.map(np.asarray, unpack(jnp.asarray(found.x, jnp.float32)))
    covariance = _covariance(features, target.rates, mode, settings)
    return Posterior(
        log_weights=mode["log_weights"],
        covariance=covariance,
        log_dispersion=mode["log_dispersion"],
        dispersion_sd=_dispersion_sd(features, target.rates, mode),
        shocks=mode["shocks"],
        group_means=mode["group_means"],
        log_likelihood=-float(found.fun),
        stopped_short="" if found.success else str(found.message),
    )


def _covariance(
    features: Features, rates: Callable, mode: dict[str, np.ndarray], settings: FitSettings
) -> Float[np.ndarray, "stream weight weight"]:
    r"""Return the inverse of expected information plus prior precision, by stream.

    For a negative binomial with mean $r$ the information on $r$ is $1 / (r (1 + r/\phi))$.
    """
    n_months, n_streams, _ = features.counts.shape
    inputs = np.concatenate([features.own, features.around], axis=1)
    rate = np.asarray(rates(mode)[0])
    level = np.exp(mode["shocks"])[features.block].transpose(2, 0, 1)
    weights = np.exp(mode["log_weights"])
    recency = 0.5 ** (np.arange(n_months)[::-1] / settings.recency_half_life)
    split = inputs.shape[1]
    n_weights = weights.shape[1]
    out = np.zeros((n_streams, n_weights, n_weights))
    at_home = np.zeros((features.n_countries, len(features.country)), np.float32)
    at_home[features.country, np.arange(len(features.country))] = features.background_share
    for s in range(n_streams):
        size = np.exp(mode["log_dispersion"][s])
        scale = level[:, s, features.country]
        inform = recency[:, None] * scale**2 / (rate[:, s] * (1.0 + rate[:, s] / size))
        information = np.zeros((n_weights, n_weights))
        mixed = np.zeros((split, features.n_countries))
        for t in range(n_months):
            weighted = inputs[t] * inform[t]
            information[:split, :split] += weighted @ inputs[t].T
            mixed += weighted @ at_home.T
        information[:split, split:] = mixed
        information[split:, :split] = mixed.T
        own = (inform.sum(0) * at_home**2).sum(1)
        quiet = (recency[:, None] * level[:, s] * features.quiet_share).sum(0)
        own += quiet / weights[s, split:]
        information[split:, split:] += np.diag(own)
        information *= np.outer(weights[s], weights[s])
        precision = information + np.eye(n_weights) / settings.prior_sd**2
        out[s] = np.linalg.inv(precision)
    return out.astype(np.float32)


def _dispersion_sd(
    features: Features, rates: Callable, mode: dict[str, np.ndarray]
) -> Float[np.ndarray, " stream"]:
    """Return the standard deviation of each log dispersion, from the profile's curvature."""
    rate = np.asarray(rates(mode)[0])
    seen = features.counts

    @jax.jit
    def profile(log_size: Array, rate: Array, seen: Array) -> Array:
        return counts.log_pmf(seen, rate, jnp.exp(log_size)).sum() - 0.5 * (log_size + 0.5) ** 2

    curvature = jax.jit(jax.grad(jax.grad(profile)))
    sds = [
        float(curvature(mode["log_dispersion"][s], rate[:, s], seen[:, s]))
        for s in range(rate.shape[1])
    ]
    return np.sqrt(1.0 / np.maximum(-np.array(sds), 1.0)).astype(np.float32)
