r"""Laws: what is drawn in a month, as distributions with a quantile and a log probability.

A law turns one uniform into one value by its inverse distribution function, so that a draw
moves monotonically with its law and two policies share their luck even in hot cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln, ndtr, ndtri
from jaxtyping import Bool, Float

AT_ONCE = 128
"""Cells with something to draw that are worked on together; all of them are, in turns."""

BLOCK = 8
"""Terms of the inverse distribution function added at a time, while any draw needs them."""

MOST = 400
"""Most events a stream can have in a cell and month; GED has never seen a tenth of it."""


def where_active(
    active: Bool[Array, " cell"],
    compute: Callable[[Array], Array],
    zeros: Float[Array, "stream cell"],
) -> Float[Array, "stream cell"]:
    """Return `compute` at the active cells and zero elsewhere.

    In a month only a few cells in a hundred see anything, so the costly part of a draw is done
    for those alone: `AT_ONCE` cells at a time, until none is left.

    Args:
        active: where `compute` may be other than zero.
        compute: from cell numbers `[n]` to values `[stream, n]`, zero at inactive cells.
        zeros: of the shape of the result.
    """
    n = min(AT_ONCE, active.shape[0])

    def turn(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        left, values = carry
        chosen = jax.lax.top_k(left, n)[1]
        return left.at[chosen].set(0.0), values.at[:, chosen].set(compute(chosen))

    start = turn((active.astype(jnp.float32), zeros))
    return jax.lax.while_loop(lambda carry: carry[0].max() > 0, turn, start)[1]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class NegativeBinomial:
    r"""Counts with mean $\lambda$ and variance $\lambda + \lambda^2 / \phi$.

    $$\Pr(N = n) = \frac{\Gamma(n + \phi)}{n!\,\Gamma(\phi)}
    \left(\frac{\phi}{\phi + \lambda}\right)^{\phi}
    \left(\frac{\lambda}{\phi + \lambda}\right)^{n}$$
    """

    mean: Float[Array, "stream cell"]
    dispersion: Float[Array, "stream 1"]

    def quantile(self, u: Array) -> Array:
        """Return the smallest count whose cumulative probability exceeds `u`."""
        none = jnp.exp(-self.dispersion * jnp.log1p(self.mean / self.dispersion))

        def counts(cells: Array) -> Array:
            law = NegativeBinomial(self.mean[:, cells], self.dispersion)
            return law._invert(u[:, cells], none[:, cells])

        return where_active((u > none).any(0), counts, jnp.zeros_like(u))

    def _invert(self, u: Array, none: Array) -> Array:
        """Return the quantile by adding terms, given the probability of no event."""
        size = self.dispersion
        ratio = self.mean / (self.mean + size)

        # float rounding can leave a sliver of probability that no term covers: stop past the
        # mean where terms have become too small to matter, whatever other cells still need
        def needed(k, term, left):
            return (left > 0) & ((term > 1e-9) | (k < self.mean))

        def block(carry):
            k, term, left, count = carry
            for i in range(BLOCK):
                count = count + needed(k + i, term, left)
                term = term * ratio * ((k + i + size) / (k + i + 1.0))
                left = left - term
            return k + BLOCK, term, left, count

        def unfinished(carry):
            k, term, left, _ = carry
            return (k < MOST) & jnp.any(needed(k, term, left))

        start = (jnp.float32(0), none, u - none, jnp.zeros_like(u))
        return jax.lax.while_loop(unfinished, block, start)[3]

    def log_prob(self, count: Array) -> Array:
        """Return the log probability of `count`."""
        size, mean = self.dispersion, self.mean
        return (
            gammaln(count + size)
            - gammaln(size)
            - gammaln(count + 1.0)
            - size * jnp.log1p(mean / size)
            + count * (jnp.log(mean + 1e-30) - jnp.log(mean + size))
        )


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

    events: Float[Array, "stream cell"]
    log_median: Float[Array, "stream 1"]
    log_sd: Float[Array, "stream 1"]
    mean: Float[Array, "stream 1"]

    def _moments(self) -> tuple[Array, Array]:
        n = jnp.maximum(self.events, 1.0)
        variance_n = jnp.log1p(jnp.expm1(self.log_sd**2) / n)
        # rounding down takes half a death off the sum, whatever the number of events
        several = jnp.log(n * self.mean + 0.5) - 0.5 * variance_n
        return jnp.where(n > 1.0, several, self.log_median), jnp.sqrt(variance_n)

    def quantile(self, u: Array) -> Array:
        """Return the deaths at cumulative probability `u`; zero where there are no events."""

        def deaths(cells: Array) -> Array:
            events = self.events[:, cells]
            law = Severity(events, self.log_median, self.log_sd, self.mean)
            m, s = law._moments()
            return jnp.where(events > 0, jnp.floor(jnp.exp(m + s * ndtri(u[:, cells]))), 0.0)

        return where_active((self.events > 0).any(0), deaths, jnp.zeros_like(u))

    def log_prob(self, deaths: Array) -> Array:
        """Return the log probability of `deaths`; zero where there are no events."""
        m, s = self._moments()
        upper = ndtr((jnp.log(deaths + 1.0) - m) / s)
        lower = jnp.where(deaths > 0, ndtr((jnp.log(jnp.maximum(deaths, 1e-9)) - m) / s), 0.0)
        return jnp.where(self.events > 0, jnp.log(jnp.maximum(upper - lower, 1e-12)), 0.0)


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
class Certain:
    """A value that follows from the state; observed months replace it by what was seen."""

    value: Array

    def quantile(self, u: Array) -> Array:
        """Return the value, whatever `u`."""
        return self.value

    def log_prob(self, value: Array) -> Array:
        """Return zero: a certain value carries no likelihood."""
        return jnp.zeros_like(value)
