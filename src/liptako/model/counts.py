r"""Counts: the one formula of the negative binomial, for NumPy and JAX arrays alike.

$$\log \Pr(N = n) = \log \frac{\Gamma(n + \phi)}{n!\,\Gamma(\phi)}
- \phi \log\Big(1 + \frac{\lambda}{\phi}\Big) + n \log \frac{\lambda}{\lambda + \phi}$$

with mean $\lambda$ and size $\phi$, so that the variance is $\lambda + \lambda^2 / \phi$.
"""

from __future__ import annotations

from typing import Any

import numpy as np

LEAST_MEAN = 1e-12
"""Added to a mean of JAX arrays before its logarithm is taken: 32 bits may round a mean to 0."""


def log_pmf(count: Any, mean: Any, size: Any) -> Any:
    """Return the log probability of counts under the negative binomial.

    Args:
        count: 0 or more.
        mean: above 0; in JAX 0 or more.
        size: above 0.

    Example:
        >>> float(log_pmf(np.array(0.0), np.array(1.0), np.array(1.0)).round(6))
        -0.693147
    """
    xp = _library(mean)
    ways = _log_ways(count, size, mean)
    return ways - size * xp.log1p(mean / size) + count * _log_share(mean, size)


def log_none(mean: Any, size: Any) -> Any:
    """Return the log probability of no event."""
    return -size * _library(mean).log1p(mean / size)


def log_beyond_none(count: Any, mean: Any, size: Any) -> Any:
    """Return `log_pmf` less `log_none`: zero where there is no event."""
    return _log_ways(count, size, mean) + count * _log_share(mean, size)


def _library(array: Any) -> Any:
    if isinstance(array, np.ndarray | np.generic | float):
        return np
    import jax.numpy as jnp

    return jnp


def _log_ways(count: Any, size: Any, mean: Any) -> Any:
    if _library(mean) is np:
        from scipy.special import gammaln
    else:
        from jax.scipy.special import gammaln
    return gammaln(count + size) - gammaln(size) - gammaln(count + 1.0)


def _log_share(mean: Any, size: Any) -> Any:
    xp = _library(mean)
    if xp is np:
        return np.log(mean / (mean + size))
    # a quotient of 32 bits would underflow, and its gradient with it
    return xp.log(mean + LEAST_MEAN) - xp.log(mean + size)
