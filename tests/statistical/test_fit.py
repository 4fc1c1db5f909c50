"""The fit: gradient, planted weights found again, stability, and blindness to the future."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import model_fixtures as mf

from liptako import calendar
from liptako.execution.prepare import prepare
from liptako.inference.features import Features, build_features
from liptako.inference.fit import FitSettings, Posterior, fit, objective, spectral_radius
from liptako.inference.theatre_fit import fit_theatre
from liptako.model.params import Params
from liptako.model.posterior import draw_params, load_posterior
from liptako.model.processes import memory, violence
from liptako.model.structure import BLOCKS, build_structure

WARM_UP, MONTHS = 60, 200
SETTINGS = FitSettings(shock_sd=0.15, recency_half_life=1e6)
"""All months count alike, so that the posterior's spread can be held against the truth."""


@dataclass(frozen=True, eq=False)
class Planted:
    """A record simulated from known weights."""

    params: Params
    shocks: np.ndarray
    counts: np.ndarray


def planted_record(seed: int) -> Planted:
    """Return events of the law that the fit assumes, shocks included."""
    structure = mf.world().structure
    rng = np.random.default_rng(seed)
    excitation = 0.02 * rng.gamma(1.0, 1.0, (4, 4, 3))
    excitation[np.arange(4), np.arange(4)] = [0.2, 0.2, 0.15] * rng.uniform(0.6, 1.2, (4, 1))
    params = mf.plain_params(
        structure,
        violence__excitation=excitation,
        violence__contagion=0.004 * rng.gamma(1.0, 1.0, (4, 3, 2)),
        violence__background=rng.uniform(1.0, 3.0, (4, 3)),
        violence__dispersion=rng.uniform(0.4, 1.0, 4),
    )
    decay = jnp.exp2(-1.0 / params.memory.half_life)

    @jax.jit
    def bracket(traces, counts):
        traces = memory.fade(traces, counts, decay)
        state = replace(mf.world().start().state, traces=traces)
        return traces, violence.pressure_on_cells(structure, params, state)

    stay = SETTINGS.shock_persistence
    shocks = np.zeros((WARM_UP + MONTHS, len(BLOCKS), 3))
    shocks[0] = rng.normal(0, SETTINGS.shock_sd / np.sqrt(1 - stay**2), shocks.shape[1:])
    size = np.asarray(params.violence.dispersion, float)[:, None]
    traces, counts = jnp.zeros((4, 3, structure.n_cells)), [jnp.zeros((4, structure.n_cells))]
    for month in range(WARM_UP + MONTHS):
        if month:
            shocks[month] = stay * shocks[month - 1]
            shocks[month] += rng.normal(0, SETTINGS.shock_sd, shocks.shape[1:])
        traces, rate = bracket(traces, counts[-1])
        mean = np.exp(shocks[month])[structure.block][:, structure.country] * np.asarray(rate)
        seen = rng.negative_binomial(size, size / (size + np.minimum(mean, 50.0)))
        counts.append(jnp.asarray(seen, jnp.float32))
    return Planted(params, shocks, np.stack(counts[1:]).astype(np.float32))


def features_of(planted: Planted) -> Features:
    return build_features(
        mf.world().structure, planted.counts, np.asarray(mf.HALF_LIFE, np.float32),
        np.asarray(planted.params.violence.permeability), WARM_UP,
    )  # fmt: skip


def fitted(planted: Planted) -> Posterior:
    return fit(features_of(planted), mf.world().structure.members_of_pressure, SETTINGS)


def groups(weights: np.ndarray) -> np.ndarray:
    """Return sums of `[..., stream, weight]`: own stream, other streams, neighbours, background."""
    own = weights[..., :12].reshape(*weights.shape[:-1], 4, 3).sum(-1)
    same = np.diagonal(own, axis1=-2, axis2=-1)
    return np.stack(
        [same, own.sum(-1) - same, weights[..., 12:18].sum(-1), weights[..., 18:].sum(-1)], axis=-1
    )


def covered(planted: Planted, posterior: Posterior) -> np.ndarray:
    """Return the rank of the planted sums among posterior draws, `[stream, group]`."""
    violence_params = planted.params.violence
    truth = np.concatenate(
        [
            np.asarray(violence_params.excitation).reshape(4, -1),
            np.asarray(violence_params.contagion).transpose(0, 2, 1).reshape(4, -1),
            np.asarray(violence_params.background),
        ],
        axis=1,
    )
    z = np.random.default_rng(0).standard_normal((2000, *posterior.log_weights.shape))
    factor = np.linalg.cholesky(posterior.covariance.astype(float))
    draws = np.exp(posterior.log_weights + np.einsum("sij,nsj->nsi", factor, z))
    return (groups(draws) < groups(truth)).mean(0)
