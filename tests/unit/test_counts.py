"""The negative binomial, once: against SciPy, in NumPy and in JAX."""

from __future__ import annotations

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import liptako
from liptako.model import counts

COUNT, MEAN, SIZE = (
    grid.ravel()
    for grid in np.meshgrid(
        [0.0, 1.0, 2.0, 17.0, 150.0], np.geomspace(1e-5, 300.0, 12), [0.02, 0.5, 3.0, 80.0]
    )
)
EXACT = stats.nbinom.logpmf(COUNT, SIZE, SIZE / (SIZE + MEAN))


def test_it_is_the_one_of_scipy():
    np.testing.assert_allclose(counts.log_pmf(COUNT, MEAN, SIZE), EXACT, rtol=1e-9, atol=1e-11)
    found = counts.log_pmf(*(jnp.asarray(x, jnp.float32) for x in (COUNT, MEAN, SIZE)))
    assert isinstance(found, jax.Array)
    # 32 bits: terms as large as 1,000 cancel
    np.testing.assert_allclose(found, EXACT, rtol=1e-4, atol=2e-3)


@pytest.mark.parametrize("as_array", [np.asarray, jnp.asarray])
def test_none_and_what_goes_beyond_add_up(as_array):
    count, mean, size = (as_array(x, np.float32) for x in (COUNT, MEAN, SIZE))
    parts = counts.log_none(mean, size) + counts.log_beyond_none(count, mean, size)
    np.testing.assert_allclose(parts, counts.log_pmf(count, mean, size), rtol=1e-5, atol=1e-3)
    none = count == 0
    np.testing.assert_allclose(counts.log_beyond_none(count, mean, size)[none], 0.0, atol=1e-4)


def test_probabilities_sum_to_one():
    every = np.arange(5000.0)[:, None]
    total = np.exp(counts.log_pmf(every, np.array([0.01, 1.0, 40.0]), 0.5)).sum(axis=0)
    np.testing.assert_allclose(total, 1.0, rtol=1e-9)


def test_without_a_mean_nothing_happens_for_certain_and_gradients_stay_finite():
    zero = jnp.zeros(())
    assert float(counts.log_pmf(zero, zero, jnp.float32(0.5))) == pytest.approx(0.0, abs=1e-6)
    slope = jax.grad(lambda mean: counts.log_pmf(zero, mean, jnp.float32(0.5)))(zero)
    assert float(slope) == pytest.approx(-1.0)


def test_nobody_else_writes_the_formula():
    """A log gamma function elsewhere in the package is another formula: look before adding one."""
    source = Path(liptako.__file__).parent
    users = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if re.search(r"\bgammaln\b", path.read_text(encoding="utf-8"))
    }
    assert users == {"model/counts.py"}
