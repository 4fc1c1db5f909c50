"""The pooled fit of the persistence expert, `liptako.model.steady`, by likelihood."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from liptako.inference.optimum import at_optimum
from liptako.model import steady
from liptako.model.counts import log_pmf
from liptako.model.steady import SteadyFit

RIDGE = 1e-3


def fit_steady(history: Float[np.ndarray, "month country"]) -> SteadyFit:
    """Return the coefficients that past forecasts in all countries at war make likeliest.

    Args:
        history: monthly deaths by country; nothing after its last row enters.

    Raises:
        NoOptimumError: the optimiser stopped short.
    """
    from scipy.optimize import minimize

    _, lead, value, seen = steady.past_cases(history)
    if not seen.size:
        return SteadyFit(0.0, -1.0, 0.3, 0.0)

    def negative(theta: np.ndarray) -> float:
        mean, size = steady.mean_and_size(SteadyFit(*theta), value, lead)
        return -log_pmf(seen, mean, size).mean() + RIDGE * (theta**2).sum()

    found = minimize(negative, np.array([0.0, -1.0, 0.3, 0.0]), method="L-BFGS-B")
    return SteadyFit(*(float(x) for x in at_optimum(found, "the persistence expert")))
