r"""Shocks: each country's level wanders inside the law that its history gives it.

The level is a Gaussian copula over the quantile function $Q_{k,b,t}$ of the pooled level model
(`liptako.model.level`): $\ell_{k,b}(t) = Q_{k,b,t}(\Phi(z))$, where the score $z$ has a slow part
with monthly persistence $\rho$, a share that is new each month, and a part common to all
countries. Of a month's deaths a share $\tau$ of the variance is new; the grid's own scatter gives
some of it, so of the level, whose variance is smaller by a ratio $v$, only $1 - (1 - \tau) v$ is.

Assumption: how far levels move is learned from the world's wars, not from three countries.
Evidence and test: `docs/decisions/0012-a-mixture-for-the-level.md`,
`tests/statistical/test_level.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.distributions import Normal
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import BLOCKS, Structure

COMMON = np.array([0], np.uint32)


def walk(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state with this month's level."""
    shocks = params.shocks
    own = jnp.sqrt(1.0 - shocks.correlation)
    shared = jnp.sqrt(shocks.correlation)
    innovation = own * _normals(structure, emit, Site.LEVEL_SLOW) + shared * _common(
        emit, Site.LEVEL_COMMON
    )
    fast = own * _normals(structure, emit, Site.LEVEL_FAST) + shared * _common(
        emit, Site.LEVEL_COMMON_FAST
    )
    slow = shocks.persistence * state.level_score
    slow = slow + jnp.sqrt(1.0 - shocks.persistence**2) * innovation
    new = jnp.clip(1.0 - (1.0 - shocks.transient) * background.spread_ratio, 0.0, 1.0)
    score = jnp.sqrt(1.0 - new) * slow + jnp.sqrt(new) * fast
    return replace(
        state,
        level_score=slow,
        level=interpolate(background.scores, forcing.level_nodes, score),
    )


def interpolate(
    scores: Float[Array, " node"],
    nodes: Float[Array, "block country node"],
    score: Float[Array, "block country"],
) -> Float[Array, "block country"]:
    """Return the quantile function at normal scores, linear between nodes, flat beyond.

    Args:
        scores: of the nodes, evenly spaced.
        nodes: values of the quantile function.
        score: where to read it.
    """
    last = nodes.shape[-1] - 1
    place = jnp.clip((score - scores[0]) / (scores[1] - scores[0]), 0.0, last)
    below = jnp.minimum(place.astype(jnp.int32), last - 1)
    ends = [jnp.take_along_axis(nodes, (below + k)[..., None], axis=-1)[..., 0] for k in (0, 1)]
    return ends[0] + (place - below) * (ends[1] - ends[0])


def _normals(structure: Structure, emit: Emit, site: Site) -> Float[Array, "block country"]:
    first = np.arange(len(BLOCKS), dtype=np.uint32)[:, None]
    second = structure.country_ids[None, :]
    zero = jnp.zeros((len(BLOCKS), len(structure.countries)))
    return emit(site, Normal(zero, jnp.ones_like(zero)), first, second)


def _common(emit: Emit, site: Site) -> Float[Array, "1 1"]:
    zero = jnp.zeros((1, 1))
    return emit(site, Normal(zero, jnp.ones_like(zero)), COMMON[:, None], COMMON[None, :])
