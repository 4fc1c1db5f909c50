"""Whether an optimiser found an optimum: a fit that stopped short is no fit."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.optimize import OptimizeResult


class NoOptimumError(RuntimeError):
    """An optimiser stopped before it found an optimum."""


LITTLE = 0.01
"""Log probability that may be missing to an optimum: a seventh of one unknown's standard error."""


def at_optimum(
    found: OptimizeResult, what: str, missing: float = np.inf
) -> Float[np.ndarray, " unknown"]:
    """Return where an optimiser stopped, which must be an optimum.

    Args:
        found: of `scipy.optimize.minimize`.
        what: was fitted, for the message.
        missing: what an optimum would still add to the log probability, by its curvature. Where
            that is next to nothing, it does not matter that the optimiser stopped because
            numbers of 32 bits show no more progress.

    Raises:
        NoOptimumError: the optimiser stopped for another reason, or at no number.

    Example:
        >>> from scipy.optimize import minimize
        >>> at_optimum(minimize(lambda x: (x[0] - 2.0) ** 2, [0.0]), "a parabola").round(3).tolist()
        [2.0]
    """
    finite = np.isfinite(found.fun) and np.isfinite(found.x).all()
    if not finite or not (found.success or 0.0 <= missing < LITTLE):
        raise NoOptimumError(f"{what}: the fit did not converge ({found.message})")
    return found.x
