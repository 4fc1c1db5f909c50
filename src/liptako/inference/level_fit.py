"""Fit the level model on the pooled death series of all countries.

The networks of `liptako.model.level` are trained on every origin and lead at which outcome
and history are both known, by the CRPS of deaths divided by the origin's mean deaths plus a
constant, so that no war outweighs the others. With X and X' two independent draws from the
forecast law, the loss is `E|X - y| - E|X - X'| / 2` (Gneiting & Raftery 2007,
doi:10.1198/016214506000001437), estimated with antithetic normal scores.
Each member of the ensemble sees its own Poisson bootstrap of the countries.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from liptako.errors import InputError
from liptako.files import atomic_write
from liptako.inference.steady_fit import fit_steady
from liptako.model import level
from liptako.model.level import LevelFit, Network
from liptako.model.steady import SteadyFit

FORMAT = 2
NEAR_LEADS = 16


@dataclass(frozen=True)
class LevelSettings:
    """Choices of the level model, all made on origins and outcomes before 2018.

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
        keep: chance that a network of the ensemble sees an input (random subspaces).
        near_share: share of training cases drawn at leads of at most `NEAR_LEADS` months.
        scale_offset: constant added to the mean that divides the loss, deaths a month.
        dispersion: `(a, b)` of the negative-binomial size, see `LevelFit`.
        persistence: monthly autocorrelation of the slow part of the score.
        transient: share of the score's variance that is white noise.
        correlation: correlation of scores between neighbouring countries.
        stretch: extra growth of the spread beyond a year, see `LevelFit`.
        network_share: weight of the networks; the persistence expert has the rest.
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
    keep: float = 1.0
    near_share: float = 0.85
    scale_offset: float = 5.0
    dispersion: tuple[float, float] = (0.4, 0.15)
    persistence: float = 0.995
    transient: float = 0.0
    correlation: float = 0.1
    stretch: float = 0.4
    network_share: float = 0.7
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


def fit_level(
    history: Float[np.ndarray, "month country"],
    settings: LevelSettings = LevelSettings(),
    *,
    about: dict[str, object] | None = None,
) -> LevelFit:
    """Fit the pooled level model to monthly deaths; nothing after the last row enters.

    Args:
        history: monthly deaths by country, at least five years.
        settings: choices, see `LevelSettings`.
        about: what the history is (vintage, last month), kept with the fit.

    Returns:
        The fit, ready for `liptako.model.level.forecast_level`.

    Raises:
        InputError: if the history is too short, not finite, or has no case of war.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> deaths = rng.poisson(rng.gamma(1.0, 20.0, (80, 6))).astype(float)
        >>> fit = fit_level(deaths, LevelSettings(networks=2, steps=5, batch=64))
        >>> level.forecast_level(fit, deaths).log_level.shape
        (6, 36, 33)
    """
    history = level.check_history(history)
    x = level.features(history)
    means = level.smoothed(history)[level._MEAN].T
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
    network = _train(cases, history, settings)
    return LevelFit(
        network=network,
        steady=fit_steady(history),
        network_share=settings.network_share,
        center=center,
        scale=scale,
        dispersion=settings.dispersion,
        persistence=settings.persistence,
        transient=settings.transient,
        correlation=settings.correlation,
        stretch=settings.stretch,
        about={
            "months": len(history),
            "countries": history.shape[1],
            "settings": asdict(settings),
            **(about or {}),
        },
    )


def _cases(
    history: np.ndarray, x: np.ndarray, means: np.ndarray, used: np.ndarray, s: LevelSettings
) -> Cases:
    month, country = np.nonzero(used)
    bags = np.random.default_rng(s.seed).poisson(1.0, (s.networks, history.shape[1]))
    anchor = level.smoothed(history)[level._ANCHOR].T
    mean = means[month, country]
    return Cases(
        x=x[month, country],
        anchor=np.log(anchor[month, country] + level._OFFSET),
        scale=mean + s.scale_offset,
        size=level.dispersion_of(mean, s.dispersion),
        weight=bags[:, country].astype(float),
        month=month,
        country=country,
        most_leads=np.minimum(level.MAX_LEAD, len(history) - 1 - month).astype(float),
    )


def _train(cases: Cases, history: np.ndarray, s: LevelSettings) -> Network:
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
    trained = train(keys, weights, jnp.asarray(_masks(s)), data, rates)
    return Network(*(np.asarray(leaf, np.float32) for leaf in trained))


def _masks(s: LevelSettings) -> Float[np.ndarray, "seed input"]:
    """Draw the inputs that each network sees; all of them see the lead and the level."""
    masks = np.random.default_rng(s.seed + 2).random((s.networks, level.N_INPUTS)) < s.keep
    masks[:, [len(level.FEATURES), level.FEATURES.index("level over 12 months")]] = True
    return masks.astype(np.float32)


_INTEGER = ("month", "country")
_DRAWS = 4


@lru_cache(maxsize=8)
def _trainer(hidden: int, steps: int, batch: int) -> Callable[..., Network]:
    """Return the compiled training of an ensemble; one for each shape of the networks."""
    import jax
    import jax.numpy as jnp

    n = level.N_INPUTS

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

    def masked(net: Network, mask) -> Network:
        return net._replace(hidden=net.hidden * mask[:, None], bypass=net.bypass * mask[:, None])

    def loss(net, data, weight, decay, case):
        rows, lead, noise = case
        x = level.inputs(data["x"][rows], lead)
        head = jnp.tanh(x @ net.hidden + net.hidden_bias) @ net.out + x @ net.bypass + net.out_bias
        outcome = data["deaths"][data["month"][rows] + lead.astype(int), data["country"][rows]]
        score, normal = noise
        draws = _draw(data["anchor"][rows], head, data["size"][rows], score, normal)
        error = jnp.abs(draws - outcome[:, None]).mean(axis=(0, 2))
        apart = jnp.abs(draws[0] - draws[1]).mean(axis=-1)
        crps = (error - 0.5 * apart) / data["scale"][rows]
        size = (net.hidden**2).sum() + 10 * (net.out**2).sum() + (net.bypass**2).sum()
        return (weight[rows] * crps).mean() + decay * size

    def one(key, weight, mask, data, rates):
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
            slope = masked(jax.grad(loss)(net, data, weight, decay, (rows, lead, noise)), mask)
            first = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, first, slope)
            second = jax.tree.map(lambda a, b: 0.99 * a + 0.01 * b**2, second, slope)
            now = 0.5 * rate * (1.0 + jnp.cos(jnp.pi * i / steps))
            k = i + 1.0

            def move(w, a, b):
                return w - now * a / (1 - 0.9**k) / (jnp.sqrt(b / (1 - 0.99**k)) + 1e-6)

            return (jax.tree.map(move, net, first, second), first, second, key), None

        net = masked(start(key), mask)
        zero = jax.tree.map(jnp.zeros_like, net)
        ticks = jnp.arange(steps, dtype=jnp.float32)
        return jax.lax.scan(update, (net, zero, zero, key), ticks)[0][0]

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, None, None)))


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

    spread = jnp.exp(jnp.clip(head[:, 1:] + level.BASE_LOG_SPREAD, *level.LOG_SPREAD_RANGE))
    log_level = anchor[:, None] + head[:, :1]
    log_level = log_level + spread[:, :1] * jnp.maximum(score, 0.0)
    log_level = log_level + spread[:, 1:] * jnp.minimum(score, 0.0)
    mean = jnp.exp(jnp.clip(log_level, *level.LOG_LEVEL_RANGE))
    shape = 1.0 / (1.0 / size[:, None] + 1.0 / mean)
    cube = 1.0 - 1.0 / (9.0 * shape) + normal / (3.0 * jnp.sqrt(shape))
    return mean * jnp.maximum(cube, 0.0) ** 3


def save_level_fit(fit: LevelFit, path: str | Path) -> None:
    """Write a fit as NPZ without pickled objects, whole or not at all."""
    if Path(path).suffix != ".npz":
        raise InputError("not an NPZ name", file=path, allowed="a name that ends in .npz")
    with atomic_write(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **to_arrays(fit))  # pyright: ignore[reportArgumentType]


_DAMAGED = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def load_level_fit(path: str | Path) -> LevelFit:
    """Read a fit written by `save_level_fit`.

    Raises:
        InputError: if the file is missing, not such a file, or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return from_arrays({name: stored[name] for name in stored.files})
    except InputError as error:
        raise InputError(
            "a level fit of another format", file=path, value=error.value, allowed=str(FORMAT)
        ) from error
    except _DAMAGED as error:
        raise InputError(
            "not a level fit", file=path, value=str(error), allowed="a file of save_level_fit"
        ) from error


def to_arrays(fit: LevelFit) -> dict[str, np.ndarray]:
    """Return a fit as named arrays, settings as JSON in one of them."""
    about = {
        "format": FORMAT,
        "features": list(level.FEATURES),
        "half_lives_months": list(level.HALF_LIVES_MONTHS),
        "dispersion": list(fit.dispersion),
        "persistence": fit.persistence,
        "transient": fit.transient,
        "correlation": fit.correlation,
        "stretch": fit.stretch,
        "network_share": fit.network_share,
        "steady": asdict(fit.steady),
        "about": fit.about,
    }
    arrays: dict[str, Any] = {name: getattr(fit.network, name) for name in Network._fields}
    return arrays | {
        "center": fit.center, "scale": fit.scale, "about": np.array(json.dumps(about))
    }  # fmt: skip


def from_arrays(arrays: Mapping[str, np.ndarray]) -> LevelFit:
    """Return the fit that `to_arrays` made arrays of.

    Raises:
        InputError: of another format.
        KeyError: an array is missing.
    """
    about = json.loads(str(arrays["about"]))
    if about.get("format") != FORMAT or about.get("features") != list(level.FEATURES):
        raise InputError("a level fit of another format", value=about.get("format"))
    return LevelFit(
        network=Network(*(arrays[name] for name in Network._fields)),
        steady=SteadyFit(**about["steady"]),
        network_share=about["network_share"],
        center=arrays["center"],
        scale=arrays["scale"],
        dispersion=(about["dispersion"][0], about["dispersion"][1]),
        persistence=about["persistence"],
        transient=about["transient"],
        correlation=about["correlation"],
        stretch=about["stretch"],
        about=about["about"],
    )
