r"""Distributions of a month's random draws, each with a quantile and a log probability.

A distribution turns one uniform into one value by its inverse, so that a draw moves monotonically
with its distribution and two policies share their random draws even in hot cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import ndtr, ndtri
from jaxtyping import Float

from liptako.model import counts
from liptako.model.sparse import where_active

BLOCK = 2
"""Terms of the inverse distribution function added at a time, while any draw needs them."""

MOST = 400
"""Most events a stream can have in a cell and month; GED has never seen a tenth of it."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class NegativeBinomial:
    r"""Counts with mean $\lambda$ and variance $\lambda + \lambda^2 / \phi$.

    $$\Pr(N = n) = \frac{\Gamma(n + \phi)}{n!\,\Gamma(\phi)}
    \left(\frac{\phi}{\phi + \lambda}\right)^{\phi}
    \left(\frac{\lambda}{\phi + \lambda}\right)^{n}$$
    """

    mean: Float[Array, "*#place"]
    dispersion: Float[Array, "*#place"]

    def quantile(self, u: Array) -> Array:
        """Return the smallest count whose cumulative probability exceeds `u`."""
        # no event has probability exp(-phi log1p(x)) >= 1 - phi x (6 + x) / (6 + 4 x), with
        # x = mean / phi (a Pade bound of log1p): most places need no more than that
        x = self.mean / self.dispersion
        possible = u > 1.0 - self.mean * (6.0 + x) / (6.0 + 4.0 * x)
        return where_active(_inverted, possible, u, self.mean, self.dispersion)

    def log_prob(self, count: Array) -> Array:
        """Return the log probability of `count`."""
        return counts.log_pmf(count, self.mean, self.dispersion)


def _inverted(u: Array, mean: Array, size: Array) -> Array:
    """Return the quantile of the negative binomial by adding terms."""
    none = jnp.exp(-size * jnp.log1p(mean / size))
    ratio = mean / (mean + size)

    # float rounding can leave a sliver of probability that no term covers: stop past the
    # mean where terms have become too small to matter, whatever other places still need
    def needed(k: Array, term: Array, left: Array) -> Array:
        return (left > 0) & ((term > 1e-9) | (k < mean))

    def block(carry: tuple[Array, ...]) -> tuple[Array, ...]:
        k, term, left, count = carry
        for i in range(BLOCK):
            count = count + needed(k + i, term, left)
            term = term * ratio * ((k + i + size) / (k + i + 1.0))
            left = left - term
        return k + BLOCK, term, left, count

    def unfinished(carry: tuple[Array, ...]) -> Array:
        k, term, left, _ = carry
        return (k < MOST) & jnp.any(needed(k, term, left))

    start = (jnp.float32(0), none, u - none, jnp.zeros_like(u))
    return jax.lax.while_loop(unfinished, block, start)[3]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Severity:
    r"""Deaths of `events` events, each a rounded-down lognormal $\lfloor e^{m + s z} \rfloor$.

    The deaths of $n > 1$ events are drawn from one rounded-down lognormal with the mean $n\mu$
    of the sum, $\mu = E\lfloor e^{m + s z} \rfloor$, and the log variance of a Fenton-Wilkinson
    sum, $s_n^2 = \log(1 + (e^{s^2} - 1)/n)$.

    References:
        Fenton (1960), doi:10.1109/TCOM.1960.1097606. Heavy tails of event severity:
        Clauset, Young & Gleditsch (2007), doi:10.1177/0022002706296157.
    """

    events: Float[Array, "*#place"]
    log_median: Float[Array, "*#place"]
    log_sd: Float[Array, "*#place"]
    mean: Float[Array, "*#place"]

    def _moments(self) -> tuple[Array, Array]:
        n = jnp.maximum(self.events, 1.0)
        variance_n = jnp.log1p(jnp.expm1(self.log_sd**2) / n)
        # rounding down takes half a death off the sum, whatever the number of events
        several = jnp.log(n * self.mean + 0.5) - 0.5 * variance_n
        return jnp.where(n > 1.0, several, self.log_median), jnp.sqrt(variance_n)

    def quantile(self, u: Array) -> Array:
        """Return the deaths at cumulative probability `u`; zero where there are no events."""

        def deaths(u: Array, *law: Array) -> Array:
            m, s = Severity(*law)._moments()
            return jnp.floor(jnp.exp(m + s * ndtri(u)))

        law = (self.events, self.log_median, self.log_sd, self.mean)
        return where_active(deaths, self.events > 0, u, *law)

    def log_prob(self, deaths: Array) -> Array:
        """Return the log probability of `deaths`; zero where there are no events."""
        m, s = self._moments()
        upper = ndtr((jnp.log(deaths + 1.0) - m) / s)
        lower = jnp.where(deaths > 0, ndtr((jnp.log(jnp.maximum(deaths, 1e-9)) - m) / s), 0.0)
        return jnp.where(self.events > 0, jnp.log(jnp.maximum(upper - lower, 1e-12)), 0.0)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class AtMost:
    """What is drawn from another distribution, held at a bound. What was observed is not held."""

    of: Severity
    most: Float[Array, "*#place"]

    def quantile(self, u: Array) -> Array:
        """Return the other's quantile at `u`, or the bound where that is less."""
        return jnp.minimum(self.of.quantile(u), self.most)

    def log_prob(self, value: Array) -> Array:
        """Return the other's log probability of what was observed."""
        return self.of.log_prob(value)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Normal:
    """A standard normal shifted and scaled."""

    mean: Array
    sd: Array

    def quantile(self, u: Array) -> Array:
        """Return the value at cumulative probability `u`."""
        return self.mean + self.sd * ndtri(u)

    def log_prob(self, value: Array) -> Array:
        """Return the log density of `value`."""
        z = (value - self.mean) / self.sd
        return -0.5 * z**2 - jnp.log(self.sd) - 0.5 * jnp.log(2 * jnp.pi)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Categorical:
    """One of several things that may happen, numbered from 1, or none of them, 0."""

    probability: Float[Array, "... kind place"]

    def quantile(self, u: Array) -> Array:
        """Return what happens at cumulative probability `u`, the likeliest to differ last."""
        reached = jnp.cumsum(self.probability, axis=0)
        happens = u < reached[-1]
        return jnp.where(happens, 1.0 + (u >= reached).sum(0), 0.0)

    def log_prob(self, value: Array) -> Array:
        """Return the log probability of what happened."""
        kinds = jnp.arange(1, len(self.probability) + 1).reshape((-1,) + (1,) * value.ndim)
        chosen = jnp.where(value == kinds, self.probability, 0.0).sum(0)
        none = 1.0 - self.probability.sum(0)
        return jnp.log(jnp.maximum(jnp.where(value > 0, chosen, none), 1e-30))


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Certain:
    """A value that follows from the state; observed months replace it by what was seen."""

    value: Array

    def quantile(self, u: Array) -> Array:
        """Return the value, whatever `u`."""
        return self.value

    def log_prob(self, value: Array) -> Array:
        """Return zero: a certain value carries no likelihood."""
        return jnp.zeros_like(value)
