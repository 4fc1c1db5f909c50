"""Draws from the posterior of motives: NUTS, for one record by chains, for many at once.

Many synthetic records, or many models of one record, share one compiled program: the sampler is
mapped over them (`vmap`), so that all step together.

References:
    Hoffman & Gelman (2014), The No-U-Turn sampler, JMLR 15; Phan, Pradhan & Jankowiak (2019),
    Composable effects for flexible and accelerated probabilistic programming in NumPyro,
    arXiv:1912.11554.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from liptako.inference.motives.model import Model, Prior, numpyro_model, potential, size_of
from liptako.inference.motives.record import Record


@dataclass(frozen=True)
class Settings:
    """How long chains are and how carefully they step."""

    warmup: int = 1000
    draws: int = 1000
    chains: int = 4
    accept: float = 0.95
    depth: int = 8


ONE = Settings()
MANY = Settings(warmup=300, draws=400, chains=1, accept=0.9, depth=6)


@dataclass(frozen=True, eq=False)
class Draws:
    """Standard normals drawn from a posterior, and what the sampler says of itself.

    Attributes:
        z: `[chain, draw, unknown]`; with many records the first axis is theirs.
        divergent: how many steps diverged.
        steps: leapfrog steps of each draw.
    """

    z: Float[np.ndarray, "chain draw unknown"]
    divergent: int
    steps: Int[np.ndarray, "chain draw"]


def sample(
    record: Record, model: Model, prior: Prior, n_juntas: int, seed: int, settings: Settings = ONE
) -> Draws:
    """Return draws from the posterior of one record, by chains side by side.

    Args:
        record: what was decided.
        model: which lenses.
        prior: of the unknowns.
        n_juntas: how many juntas.
        seed: of the random numbers.
        settings: length and care.
    """
    from numpyro.infer import MCMC, NUTS

    kernel = NUTS(numpyro_model, target_accept_prob=settings.accept, max_tree_depth=settings.depth)
    run = MCMC(
        kernel,
        num_warmup=settings.warmup,
        num_samples=settings.draws,
        num_chains=settings.chains,
        chain_method="vectorized",
        progress_bar=False,
    )
    arrays = jax.tree.map(jnp.asarray, (record, model))
    run.run(jax.random.key(seed), *arrays, prior, n_juntas, extra_fields=("diverging", "num_steps"))
    more = run.get_extra_fields(group_by_chain=True)
    return Draws(
        np.asarray(run.get_samples(group_by_chain=True)["z"]),
        int(np.asarray(more["diverging"]).sum()),
        np.asarray(more["num_steps"]),
    )


def sample_many(
    records: Record, models: Model, prior: Prior, n_juntas: int, seed: int,
    settings: Settings = MANY,
) -> Draws:  # fmt: skip
    """Return draws for many records at once, stacked along the first axis of every leaf.

    Args:
        records: leaves with a leading axis.
        models: likewise.
        prior: of the unknowns.
        n_juntas: how many juntas.
        seed: of the random numbers.
        settings: length and care; one chain a record.
    """
    records, models = jax.tree.map(jnp.asarray, (records, models))
    n = records.share.shape[0]
    keys = jax.random.split(jax.random.key(seed), n)
    with jax.numpy_dtype_promotion("standard"):
        z, divergent, steps = _many(keys, records, models, prior, n_juntas, settings)
    return Draws(np.asarray(z), int(divergent.sum()), np.asarray(steps))


@partial(jax.jit, static_argnums=(3, 4, 5))
def _many(
    keys: Any, records: Record, models: Model, prior: Prior, n_juntas: int, settings: Settings
) -> tuple[Any, Any, Any]:
    return jax.vmap(lambda key, record, model: _one(key, record, model, prior, n_juntas, settings))(
        keys, records, models
    )


def _one(
    key: Any, record: Record, model: Model, prior: Prior, n_juntas: int, settings: Settings
) -> tuple[Any, Any, Any]:
    from numpyro.infer.hmc import hmc
    from numpyro.infer.util import ParamInfo

    def density(z: Any) -> Any:
        return potential(z, record, model, prior, n_juntas)

    size = size_of(model, record.share.shape[1] - 1, n_juntas)
    first, other = jax.random.split(key)
    z = 0.5 * jax.random.normal(first, (size,))
    energy, slope = jax.value_and_grad(density)(z)
    start, step = hmc(potential_fn=density, algo="NUTS")
    state = start(
        ParamInfo(z, energy, slope),
        num_warmup=settings.warmup,
        step_size=0.2,
        target_accept_prob=settings.accept,
        max_tree_depth=settings.depth,
        rng_key=other,
    )

    def forward(state: Any, _: Any) -> tuple[Any, Any]:
        state = step(state)
        return state, (state.z, state.diverging, state.num_steps)

    state, _ = jax.lax.scan(lambda s, x: (forward(s, x)[0], None), state, None, settings.warmup)
    _, (draws, diverging, steps) = jax.lax.scan(forward, state, None, settings.draws)
    return draws, diverging, steps
