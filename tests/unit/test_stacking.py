"""Weights that minimise the CRPS of a mixture."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.inference.stacking import best_weights, crps_matrices
from liptako.verification.scores import crps_ensemble, crps_log1p

VALUES = np.arange(60.0)


def cdf_of(draws):
    return (draws[..., None] <= VALUES).mean(axis=-2)


def test_the_quadratic_form_is_the_crps_of_the_mixture():
    rng = np.random.default_rng(1)
    draws = rng.integers(0, 50, (2, 3, 40)).astype(float)
    obs = np.array([0.0, 17.0, 49.0])
    raw, logs = crps_matrices(np.stack([cdf_of(d) for d in draws]), obs, VALUES)
    for k, own in enumerate(draws):
        np.testing.assert_allclose(raw[:, k, k], crps_ensemble(obs, own))
        np.testing.assert_allclose(logs[:, k, k], crps_log1p(obs, own))
    mixed = np.concatenate([draws[0], draws[1]], axis=-1)
    w = np.array([0.5, 0.5])
    np.testing.assert_allclose(np.einsum("k,ckl,l->c", w, raw, w), crps_ensemble(obs, mixed))


def test_the_better_forecast_gets_the_weight_and_weights_are_a_mixture():
    loss = np.array([[1.0, 1.5], [1.5, 4.0]])
    np.testing.assert_allclose(best_weights(loss, np.array([0.5, 0.5]), 0.0), [1.0, 0.0], atol=1e-6)
    grid = np.linspace(0, 1, 1001)
    loss = np.array([[2.0, 0.3], [0.3, 1.0]])
    values = [np.array([a, 1 - a]) @ loss @ np.array([a, 1 - a]) for a in grid]
    found = best_weights(loss, np.array([0.5, 0.5]), 0.0)
    assert found[0] == pytest.approx(grid[np.argmin(values)], abs=1e-3)
    assert found.sum() == pytest.approx(1.0)


def test_a_ridge_pulls_towards_the_prior_and_nothing_learned_is_the_prior():
    prior = np.array([0.2, 0.8])
    loss = np.diag([1.0, 3.0])
    pulled = [best_weights(loss, prior, ridge)[0] for ridge in (0.0, 1.0, 1e6)]
    assert pulled[0] > pulled[1] > pulled[2]
    assert pulled[2] == pytest.approx(0.2, abs=1e-3)
    np.testing.assert_array_equal(best_weights(np.zeros((2, 2)), prior, 0.1), prior)
