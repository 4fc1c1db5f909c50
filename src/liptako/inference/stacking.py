r"""Weights of a mixture of forecasts that minimise its CRPS: a quadratic programme.

The CRPS is a quadratic form of the distribution function, so that of a mixture is one of the
weights,

$$\mathrm{CRPS}\Big(\sum_k w_k F_k, y\Big) = w^\top M w, \qquad
M_{kl} = \int (F_k(x) - 1[y \le x])\,(F_l(x) - 1[y \le x])\,dx$$

and its minimum on the simplex is found exactly by non-negative least squares.

References:
    Gneiting & Raftery (2007), doi:10.1198/016214506000001437; stacking: Yao, Vehtari, Simpson &
    Gelman (2018), doi:10.1214/17-BA1091; Lawson & Hanson (1974), Solving Least Squares Problems.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_SUM_TO_ONE = 1e4


def crps_matrices(
    cdf: Float[np.ndarray, "expert *case value"],
    obs: Float[np.ndarray, "*case"],
    values: Float[np.ndarray, " value"],
) -> tuple[Float[np.ndarray, "*case expert expert"], Float[np.ndarray, "*case expert expert"]]:
    """Return $M$ of each case, for deaths and for log(1 + deaths).

    Args:
        cdf: of each forecast at `values`.
        obs: what happened, deaths.
        values: increasing; the distribution function is constant between them.
    """
    error = np.moveaxis(cdf - (obs[..., None] <= values), 0, -1)
    top = np.append(values, 2.0 * values[-1] - values[-2])
    found = []
    for width in (np.diff(top), np.diff(np.log1p(top))):
        weighted = error * width[:, None]
        found.append(np.swapaxes(weighted, -1, -2) @ error)
    return found[0], found[1]


def best_weights(
    loss: Float[np.ndarray, "expert expert"], prior: Float[np.ndarray, " expert"], ridge: float
) -> Float[np.ndarray, " expert"]:
    """Return the weights with the least loss, shrunk towards a prior.

    Args:
        loss: sum of $M$ over cases.
        prior: weights that sum to 1.
        ridge: strength of the pull, relative to the loss of equal weights; the prior itself is
            returned where there is no loss to learn from.

    Example:
        >>> best_weights(np.diag([1.0, 3.0]), np.array([0.5, 0.5]), 0.0).round(3).tolist()
        [0.75, 0.25]
    """
    from scipy.optimize import nnls

    scale = loss.mean()
    if scale <= 0:
        return prior
    values, vectors = np.linalg.eigh(loss / scale)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    n = len(prior)
    rows = np.vstack([root, np.sqrt(ridge) * np.eye(n), np.full((1, n), _SUM_TO_ONE)])
    target = np.concatenate([np.zeros(n), np.sqrt(ridge) * prior, [_SUM_TO_ONE]])
    weights, _ = nnls(rows, target)
    return weights / weights.sum()
