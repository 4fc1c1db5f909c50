"""Laws: quantiles and log probabilities against SciPy and brute force."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from liptako.model.distributions import MOST, Certain, NegativeBinomial, Normal, Severity
from liptako.model.params import SeverityParams
from liptako.model.processes import severity

MEANS = np.geomspace(1e-4, 60.0, 389)
SIZES = np.array([0.03, 0.1, 0.3, 1.0, 2.0, 5.0])
FLOAT_ERROR = 4e-6
"""Cumulative probability in float32 is known to a few parts in a million."""


@jax.jit
def negative_binomial(mean, size, u):
    return NegativeBinomial(mean, size[:, None]).quantile(u)


@jax.jit
def killed(events, m, s, u):
    law = severity.law_of(SeverityParams(jnp.full(1, m), jnp.full(1, s)), events)
    return law.quantile(u)


def grid(u: np.ndarray | float) -> tuple[np.ndarray, ...]:
    mean = np.broadcast_to(MEANS, (len(SIZES), len(MEANS))).astype(np.float32)
    return mean, SIZES.astype(np.float32), np.broadcast_to(u, mean.shape).astype(np.float32)


@pytest.mark.parametrize("u", [0.02, 0.5, 0.9, 0.99, 0.9999, "any", "high"])
def test_negative_binomial_quantile_is_that_of_scipy(u):
    rng = np.random.default_rng(1)
    shape = (len(SIZES), len(MEANS))
    drawn = {"any": rng.random(shape), "high": 1 - 10 ** rng.uniform(-7, -2, shape)}
    mean, size, u = grid(drawn.get(u, u))
    u = np.minimum(u, np.float32(1 - 2**-24))
    count = np.asarray(negative_binomial(mean, size, u), float)
    law = stats.nbinom(size[:, None].astype(float), size[:, None] / (size[:, None] + mean * 1.0))
    below = law.cdf(count - 1) < u.astype(float) + FLOAT_ERROR
    reached = law.cdf(count) > u.astype(float) - FLOAT_ERROR
    assert (below & (reached | (count == MOST))).all()
    ordinary = u < 0.999
    exact = count == np.minimum(law.ppf(u.astype(float)), MOST)
    assert exact[ordinary].mean() > 0.999 if ordinary.any() else True
    assert count.max() <= MOST


def test_negative_binomial_draws_have_its_mean_and_variance():
    u = (np.arange(200_000) + 0.5) / 200_000
    for mean, size in ((0.01, 0.1), (0.5, 0.3), (8.0, 2.0), (40.0, 5.0)):
        count = np.asarray(
            negative_binomial(
                np.full((1, len(u)), mean, np.float32),
                np.array([size], np.float32),
                u[None].astype(np.float32),
            )
        )
        assert count.mean() == pytest.approx(mean, rel=2e-3)
        assert count.var() == pytest.approx(mean + mean**2 / size, rel=1e-2)


@pytest.mark.parametrize("size", [0.1, 0.5, 2.0])
def test_a_cell_draws_alone_what_it_draws_in_company(size):
    # Near 1 rounding leaves a sliver that no term covers; a hot neighbour must not fill it.
    calm = np.geomspace(1e-4, 3.0, 127).astype(np.float32)[None]
    size = np.array([size], np.float32)
    for below_one in range(1, 6):
        u = np.full_like(calm, 1.0 - below_one * 2.0**-24)
        alone = np.asarray(negative_binomial(calm, size, u))
        hot = np.concatenate([calm, np.full((1, 1), 150.0, np.float32)], axis=1)
        beside = np.concatenate([u, np.full((1, 1), 0.999, np.float32)], axis=1)
        together = np.asarray(negative_binomial(hot, size, beside))[:, :-1]
        np.testing.assert_array_equal(alone, together)


@pytest.mark.parametrize("mean", [100.0, 150.0])
def test_counts_of_a_hot_cell_do_not_vanish(mean):
    # The first terms are too small to matter there; they must not end the search.
    u = np.linspace(0.01, 0.99, 50)[None].astype(np.float32)
    for size in (8.0, 15.0):
        count = negative_binomial(np.full_like(u, mean), np.array([size], np.float32), u)
        exact = stats.nbinom.ppf(u.astype(float), size, size / (size + mean))
        assert abs(np.asarray(count) - exact).max() <= 1


def test_rounding_at_the_top_does_not_invent_events():
    u = 1.0 - np.arange(1, 40) * 2.0**-24
    for mean in (1e-3, 0.05, 1.0, 9.0):
        for size in (0.1, 1.0, 5.0):
            law = np.full((1, len(u)), mean, np.float32), np.array([size], np.float32)
            count = np.asarray(negative_binomial(*law, u[None].astype(np.float32)))
            assert count.max() <= stats.nbinom.isf(1e-13, size, size / (size + mean))


def test_more_violence_never_means_fewer_events_under_the_same_luck():
    rng = np.random.default_rng(3)
    for u in rng.random(12):
        counts = np.asarray(negative_binomial(*grid(u)))
        assert (np.diff(counts, axis=1) >= 0).all()


def test_negative_binomial_log_prob_is_that_of_scipy():
    mean, size, _ = grid(0.5)
    for n in (0.0, 1.0, 7.0, 60.0):
        seen = NegativeBinomial(jnp.asarray(mean), jnp.asarray(size)[:, None]).log_prob(
            jnp.full(mean.shape, n)
        )
        exact = stats.nbinom.logpmf(n, size[:, None] * 1.0, size[:, None] / (size[:, None] + mean))
        np.testing.assert_allclose(seen, exact, rtol=1e-3, atol=1e-3)


def test_no_events_no_deaths_and_no_likelihood():
    events = jnp.zeros((1, 50))
    u = jnp.linspace(0.001, 0.9999999, 50)[None]
    assert not np.asarray(killed(events, 1.0, 1.0, u)).any()
    law = severity.law_of(SeverityParams(jnp.ones(1), jnp.ones(1)), events)
    assert not np.asarray(law.log_prob(jnp.zeros_like(events))).any()


@pytest.mark.parametrize(("m", "s"), [(1.2, 1.0), (1.2, 1.35), (1.8, 1.3)])
@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_deaths_have_the_mean_and_variance_of_sums_of_events(n, m, s):
    # One lognormal for a sum of rounded-down ones: up to a tenth too narrow where events are small
    rng = np.random.default_rng(5)
    brute = np.floor(np.exp(m + s * rng.standard_normal((n, 200_000)))).sum(0)
    u = (np.arange(50_000) + 0.5) / 50_000
    deaths = np.asarray(killed(jnp.full((1, len(u)), float(n)), m, s, jnp.asarray(u[None])))
    assert deaths.mean() == pytest.approx(brute.mean(), rel=0.02)
    assert deaths.std() == pytest.approx(brute.std(), rel=0.1)
    assert (deaths == np.floor(deaths)).all()


def test_deaths_of_more_than_at_once_cells_are_all_drawn():
    n = 391
    events = jnp.ones((1, n))
    deaths = np.asarray(killed(events, 3.0, 0.1, jnp.full((1, n), 0.5)))
    assert (deaths == np.floor(np.exp(3.0))).all()


def test_log_prob_of_deaths_sums_to_one_and_matches_its_quantile():
    law = severity.law_of(SeverityParams(jnp.full(1, 1.0), jnp.full(1, 0.8)), jnp.full((1, 1), 3.0))
    deaths = np.arange(0.0, 3000.0)
    one = jax.vmap(lambda d: law.log_prob(d[None, None])[0, 0])
    p = np.exp(np.asarray(one(jnp.asarray(deaths)), float))
    assert p.sum() == pytest.approx(1.0, abs=1e-3)
    for u in (0.1, 0.5, 0.95):
        middle = float(law.quantile(jnp.full((1, 1), u))[0, 0])
        assert p[: int(middle)].sum() <= u + 1e-4
        assert p[: int(middle) + 1].sum() >= u - 1e-4


@pytest.mark.parametrize("m", [-1.0, 0.5, 1.2, 2.5])
@pytest.mark.parametrize("s", [0.3, 1.0, 1.5])
def test_mean_severity_is_its_series(m, s):
    # E floor(X) is the sum over j of P(X >= j); far terms are summed to a far bound.
    j = np.arange(1.0, 400_000.0)
    series = stats.norm.cdf((m - np.log(j)) / s).sum()
    mean = float(severity.mean_of(SeverityParams(jnp.full(1, m), jnp.full(1, s)))[0])
    assert mean == pytest.approx(series, rel=2e-3)
    # Monte Carlo, 5 standard errors: 1 false alarm in 1.7 million
    draws = np.floor(np.exp(m + s * np.random.default_rng(6).standard_normal(400_000)))
    assert mean == pytest.approx(draws.mean(), abs=5 * draws.std() / np.sqrt(len(draws)) + 2e-3)


def test_normal_and_certain_laws():
    u = jnp.linspace(0.01, 0.99, 9)
    law = Normal(jnp.full(9, 2.0), jnp.full(9, 0.5))
    np.testing.assert_allclose(law.quantile(u), stats.norm.ppf(u, 2.0, 0.5), rtol=1e-5)
    np.testing.assert_allclose(law.log_prob(u), stats.norm.logpdf(u, 2.0, 0.5), rtol=1e-4)
    certain = Certain(u)
    np.testing.assert_array_equal(certain.quantile(0.0 * u), u)
    assert not np.asarray(certain.log_prob(u)).any()


def test_severity_law_carries_its_mean():
    law = severity.law_of(SeverityParams(jnp.full(2, 1.0), jnp.array([0.5, 1.0])), jnp.ones((2, 1)))
    assert isinstance(law, Severity)
    assert (np.diff(np.asarray(law.mean)[:, 0]) > 0).all()
