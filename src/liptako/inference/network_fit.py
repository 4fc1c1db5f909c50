"""Train the pooled networks of `liptako.model.networks` on the histories of all countries.

The loss of a case (country, origin, lead) is the CRPS of deaths divided by the origin's mean
deaths plus a constant, so that no war outweighs the others. With X and X' two independent draws
from the forecast, the loss is `E|X - y| - E|X - X'| / 2` (Gneiting & Raftery 2007,
doi:10.1198/016214506000001437), estimated with antithetic normal scores. Each member of the
ensemble sees its own Poisson bootstrap of the countries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from liptako.errors import InputError
from liptako.model import networks
from liptako.model.networks import Network, NetworkFit

MAX_LEAD = 36
NEAR_LEADS = 16


@dataclass(frozen=True)
class NetworkSettings:
    """Choices of the networks, all made on origins and outcomes before 2018.

    Args:
        hidden: hidden units of a network.
        networks: networks in the ensemble.
        steps: steps of the optimiser (Adam with a cosine schedule).
        batch: cases in a step.
        learning_rate: highest learning rate.
        decay: penalty on squared weights.
        min_mean: an origin counts when the 12-month mean of deaths is at least this.
        peace_step: with fewer deaths, only each such month is an origin.
        first_origin: months of history before the first origin.
        near_share: share of training cases drawn at leads of at most `NEAR_LEADS` months.
        scale_offset: constant added to the mean that divides the loss, deaths a month.
        dispersion: `(a, b)` of the negative-binomial size, see `NetworkFit`.
        stretch: extra growth of the spread beyond a year, see `NetworkFit`.
        seed: keys the bootstrap, the starting weights and the batches.
    """

    hidden: int = 16
    networks: int = 20
    steps: int = 700
    batch: int = 2048
    learning_rate: float = 0.02
    decay: float = 1e-3
    min_mean: float = 0.3
    peace_step: int = 12
    first_origin: int = 24
    near_share: float = 0.85
    scale_offset: float = 5.0
    dispersion: tuple[float, float] = (0.4, 0.15)
    stretch: float = 0.4
    seed: int = 1


@dataclass(frozen=True)
class Cases:
    """Training cases, one a country and origin; leads are drawn anew in every batch."""

    x: Float[np.ndarray, "case feature"]
    anchor: Float[np.ndarray, " case"]
    scale: Float[np.ndarray, " case"]
    size: Float[np.ndarray, " case"]
    weight: Float[np.ndarray, "seed case"]
    month: np.ndarray
    country: np.ndarray
    most_leads: Float[np.ndarray, " case"]


def fit_networks(
    history: Float[np.ndarray, "month country"], settings: NetworkSettings = NetworkSettings()
) -> NetworkFit:
    """Train the ensemble on monthly deaths; nothing after the last row enters.

    Args:
        history: monthly deaths by country, finite and not negative.
        settings: choices, see `NetworkSettings`.

    Raises:
        InputError: if the history has no case of war.
    """
    x = networks.features(history)
    means = networks.smoothed(history)[networks.MEAN].T
    used = means >= settings.min_mean
    used[:: settings.peace_step] = True
    used[: settings.first_origin] = False
    used[-1] = False
    if not (used & (means >= settings.min_mean)).any():
        raise InputError(
            "no country and month with enough deaths to learn from",
            field="history",
            value=history.shape,
            allowed=f"over {settings.first_origin} months, means from {settings.min_mean}",
        )
    center, scale = x[used].mean(axis=0), x[used].std(axis=0) + 1e-6
    cases = _cases(history, (x - center) / scale, means, used, settings)
    return NetworkFit(
        network=_train(cases, history, settings),
        center=center,
        scale=scale,
        dispersion=settings.dispersion,
        stretch=settings.stretch,
    )


def _cases(
    history: np.ndarray, x: np.ndarray, means: np.ndarray, used: np.ndarray, s: NetworkSettings
) -> Cases:
    month, country = np.nonzero(used)
    bags = np.random.default_rng(s.seed).poisson(1.0, (s.networks, history.shape[1]))
    mean = means[month, country]
    return Cases(
        x=x[month, country],
        anchor=networks.anchor(history)[month, country],
        scale=mean + s.scale_offset,
        size=networks.dispersion_of(mean, s.dispersion),
        weight=bags[:, country].astype(float),
        month=month,
        country=country,
        most_leads=np.minimum(MAX_LEAD, len(history) - 1 - month).astype(float),
    )


def _train(cases: Cases, history: np.ndarray, s: NetworkSettings) -> Network:
    import jax
    import jax.numpy as jnp

    keys = jax.random.split(jax.random.PRNGKey(s.seed), s.networks)
    normals = np.random.default_rng(s.seed + 1).standard_normal(1 << 18)
    data = {
        name: jnp.asarray(getattr(cases, name), jnp.int32 if name in _INTEGER else jnp.float32)
        for name in ("x", "anchor", "scale", "size", "month", "country", "most_leads")
    }
    data["deaths"] = jnp.asarray(history, jnp.float32)
    data["normals"] = jnp.asarray(normals, jnp.float32)
    weights = jnp.asarray(cases.weight, jnp.float32)
    rates = jnp.asarray([s.learning_rate, s.decay, s.near_share], jnp.float32)
    train = _trainer(s.hidden, s.steps, s.batch)
    trained = train(keys, weights, data, rates)
    return Network(*(np.asarray(leaf, np.float32) for leaf in trained))


_INTEGER = ("month", "country")
_DRAWS = 4


@lru_cache(maxsize=8)
def _trainer(hidden: int, steps: int, batch: int) -> Callable[..., Network]:
    """Return the compiled training of an ensemble; one for each shape of the networks."""
    import jax
    import jax.numpy as jnp

    n = networks.N_INPUTS

    def start(key) -> Network:
        k = jax.random.split(key, 3)
        leaves: dict[str, Any] = {
            "hidden": jax.random.normal(k[0], (n, hidden)) / n**0.5,
            "hidden_bias": 0.3 * jax.random.normal(k[1], (hidden,)),
            "out": 0.05 * jax.random.normal(k[2], (hidden, 3)),
            "out_bias": jnp.zeros(3),
            "bypass": jnp.zeros((n, 3)),
        }
        return Network(**leaves)

    def loss(net, data, weight, decay, case):
        rows, lead, noise = case
        x = networks.inputs(data["x"][rows], lead)
        head = jnp.tanh(x @ net.hidden + net.hidden_bias) @ net.out + x @ net.bypass + net.out_bias
        outcome = data["deaths"][data["month"][rows] + lead.astype(int), data["country"][rows]]
        score, normal = noise
        draws = _draw(data["anchor"][rows], head, data["size"][rows], score, normal)
        error = jnp.abs(draws - outcome[:, None]).mean(axis=(0, 2))
        apart = jnp.abs(draws[0] - draws[1]).mean(axis=-1)
        crps = (error - 0.5 * apart) / data["scale"][rows]
        size = (net.hidden**2).sum() + 10 * (net.out**2).sum() + (net.bypass**2).sum()
        return (weight[rows] * crps).mean() + decay * size

    def one(key, weight, data, rates):
        rate, decay, near_share = rates

        def update(carry, i):
            net, first, second, key = carry
            key, rows_key, lead_key, noise_key = jax.random.split(key, 4)
            rows = jax.random.randint(rows_key, (batch,), 0, data["x"].shape[0])
            u = jax.random.uniform(lead_key, (batch,))
            most = data["most_leads"][rows]
            near = jnp.arange(batch) < near_share * batch
            most = jnp.where(near, jnp.minimum(most, NEAR_LEADS), most)
            lead = 1.0 + jnp.floor(u * most)
            noise = _noise(data["normals"], noise_key, batch)
            slope = jax.grad(loss)(net, data, weight, decay, (rows, lead, noise))
            first = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, first, slope)
            second = jax.tree.map(lambda a, b: 0.99 * a + 0.01 * b**2, second, slope)
            now = 0.5 * rate * (1.0 + jnp.cos(jnp.pi * i / steps))
            k = i + 1.0

            def move(w, a, b):
                return w - now * a / (1 - 0.9**k) / (jnp.sqrt(b / (1 - 0.99**k)) + 1e-6)

            return (jax.tree.map(move, net, first, second), first, second, key), None

        net = start(key)
        zero = jax.tree.map(jnp.zeros_like, net)
        ticks = jnp.arange(steps, dtype=jnp.float32)
        return jax.lax.scan(update, (net, zero, zero, key), ticks)[0][0]

    return jax.jit(jax.vmap(one, in_axes=(0, 0, None, None)))


def _noise(normals, key, batch: int):
    """Take antithetic scores and plain counting noise from a table of normals."""
    import jax
    import jax.numpy as jnp

    half = batch * _DRAWS
    at = jax.random.randint(key, (2,), 0, normals.shape[0] - 4 * half)
    score = jax.lax.dynamic_slice(normals, (at[0],), (half,)).reshape(2, batch, _DRAWS // 2)
    score = jnp.concatenate([score, -score], axis=-1)
    normal = jax.lax.dynamic_slice(normals, (at[1],), (2 * half,)).reshape(2, batch, _DRAWS)
    return score, normal


def _draw(anchor, head, size, score, normal):
    """Draw deaths with gradients: Wilson-Hilferty gamma of the negative binomial's variance."""
    import jax.numpy as jnp

    spread = jnp.exp(jnp.clip(head[:, 1:] + networks.BASE_LOG_SPREAD, *networks.LOG_SPREAD_RANGE))
    log_level = anchor[:, None] + head[:, :1]
    log_level = log_level + spread[:, :1] * jnp.maximum(score, 0.0)
    log_level = log_level + spread[:, 1:] * jnp.minimum(score, 0.0)
    mean = jnp.exp(jnp.clip(log_level, *networks.LOG_LEVEL_RANGE))
    shape = 1.0 / (1.0 / size[:, None] + 1.0 / mean)
    cube = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * jnp.sqrt(shape))
    return mean * jnp.maximum(cube, 0.0) ** 3
