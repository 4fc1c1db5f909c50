"""Work at few places gives what work everywhere would give."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from liptako.model.sparse import FEW, where_active


def squared(x, per_row, per_cell):
    return x**2 + per_row * per_cell


def given(shape, share, seed=0):
    rng = np.random.default_rng(seed)
    active = rng.random(shape) < share
    x = rng.normal(size=shape).astype(np.float32)
    row = rng.normal(size=(*shape[:-1], 1)).astype(np.float32)
    cell = rng.normal(size=shape[-1]).astype(np.float32)
    return active, x, row, cell


def everywhere(active, x, row, cell):
    return np.where(active, squared(x, row, cell), 0.0)


@pytest.mark.parametrize("share", [0.0, 0.5 / FEW, 3.0 / FEW, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(9, 401), (1, 7), (37, 64), (5, 1)])
def test_result_is_that_of_all_places(shape, share):
    case = given(shape, share)
    seen = jax.jit(lambda *a: where_active(squared, *a))(*case)
    np.testing.assert_allclose(seen, everywhere(*case), atol=1e-6)


@pytest.mark.parametrize("axes", [(0, 0, 0, None), (0, None, 0, None), (None, 0, None, None)])
def test_members_together_are_members_apart(axes):
    cases = [given((9, 211), 0.05, seed) for seed in range(6)]
    stacked = [
        np.stack([case[i] for case in cases]) if axis == 0 else cases[0][i]
        for i, axis in enumerate(axes)
    ]
    together = jax.jit(jax.vmap(lambda *a: where_active(squared, *a), axes))(*stacked)
    for member in range(6):
        own = [
            jnp.asarray(part[member] if a == 0 else part)
            for part, a in zip(stacked, axes, strict=True)
        ]
        np.testing.assert_allclose(together[member], where_active(squared, *own), atol=1e-6)
        np.testing.assert_allclose(together[member], everywhere(*own), atol=1e-6)


def test_a_place_alone_at_either_end():
    for place in ((0, 0), (8, 400)):
        active = np.zeros((9, 401), bool)
        active[place] = True
        ones = jnp.ones((9, 401))
        seen = np.asarray(where_active(lambda x: 3 * x, jnp.asarray(active), ones))
        assert seen[place] == 3.0
        assert seen.sum() == 3.0
