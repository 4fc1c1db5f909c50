"""A surrogate of a run's set means, and Sobol' and Morris indices on it.

The model is too slow to be run at thousands of chosen points, and members hold a hundred draws of
each status of evidence. So a Gaussian process (linear and squared-exponential parts, and noise) is
fitted to the means of sets, on the ranks of the few parameters that the lasso picks of all, and
SALib's methods are run on it. How much it explains is measured on sets that were held out of
everything, the picking too; an index of a surrogate that explains little says nothing.

References:
    Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer
    Physics Communications 181, 259-270. https://doi.org/10.1016/j.cpc.2009.09.018
    Campolongo, F., Cariboni, J. and Saltelli, A. (2007). An effective screening design for
    sensitivity analysis of large models. Environmental Modelling & Software 22, 1509-1518.
    https://doi.org/10.1016/j.envsoft.2006.10.004
    Marrel, A. et al. (2009). Calculations of Sobol indices for the Gaussian process metamodel.
    Reliability Engineering & System Safety 94, 742-751. https://doi.org/10.1016/j.ress.2008.07.008
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import rankdata

MOST_INPUTS = 8
"""Parameters of a surrogate: more than a hundred sets can tell apart."""

FOLDS = 10
SAMPLES = 512
"""Base samples of SALib's Sobol' sequence, a power of two."""

TRAJECTORIES, LEVELS = 60, 4
"""Of Morris' design."""

HARMONICS = 4
"""Of RBD-FAST: a hundred sets carry no more."""

RESAMPLES = 30
QUANTILES = (0.05, 0.95)
SEED = 20231231

Inputs = Float[np.ndarray, "set parameter"]
Means = Float[np.ndarray, " set"]


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A Gaussian process on few inputs.

    Attributes:
        inputs: the columns that it reads; none where nothing was picked: it is the mean then.
        predict: means at rows of the columns it reads, by rank.
    """

    inputs: Int[np.ndarray, " input"]
    predict: Callable[[Float[np.ndarray, "point input"]], Float[np.ndarray, " point"]]


def by_rank(values: Inputs) -> Inputs:
    """Return the rank in each column, spread evenly with variance 1; equals share a rank."""
    ranks = np.apply_along_axis(rankdata, 0, values)
    return np.sqrt(12.0) * ((ranks - 0.5) / len(values) - 0.5)


def fit_surrogate(inputs: Inputs, means: Means) -> Surrogate:
    """Fit a surrogate to the means of sets.

    Args:
        inputs: parameters of each set, by rank.
        means: of an outcome over the members of each set.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    chosen = _picked(inputs, means)
    if not len(chosen) or means.min() == means.max():
        centre = float(means.mean())
        return Surrogate(chosen[:0], lambda points: np.full(len(points), centre))
    lengths: Any = [1.5] * len(chosen)
    kernel = (
        ConstantKernel(0.5, (1e-4, 1e2)) * DotProduct(1.0, "fixed")
        + ConstantKernel(0.3, (1e-4, 1e2)) * RBF(lengths, (0.3, 30.0))
        + WhiteKernel(0.3, (1e-4, 10.0))
    )
    process = GaussianProcessRegressor(kernel, normalize_y=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a parameter at its bound is no fault
        process.fit(inputs[:, chosen], means)
    return Surrogate(chosen, lambda points: np.asarray(process.predict(points)))


def _picked(inputs: Inputs, means: Means) -> Int[np.ndarray, " input"]:
    """Return the inputs that the lasso gives most weight; all where they are few."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LassoCV

    if inputs.shape[1] <= MOST_INPUTS:
        return np.arange(inputs.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weight = np.abs(LassoCV(alphas=15, cv=5, eps=0.1).fit(inputs, means).coef_)
    order = np.argsort(-weight, kind="stable")[:MOST_INPUTS]
    return order[weight[order] > 0]


def explained(inputs: Inputs, means: Means) -> float:
    r"""Return how much of the variance of the set means a surrogate explains where held out.

    $1 - \sum_s (m_s - \hat m_s)^2 / \sum_s (m_s - \bar m)^2$, each $\hat m_s$ from a surrogate that
    was picked and fitted without the tenth of sets that $s$ is in. Monte Carlo error of the means
    counts as unexplained. Below 0: it does worse than the mean.
    """
    fold = np.random.default_rng(SEED).permutation(len(means)) % FOLDS
    guess = np.empty(len(means))
    for held in range(FOLDS):
        out = fold == held
        found = fit_surrogate(inputs[~out], means[~out])
        guess[out] = found.predict(inputs[out][:, found.inputs])
    total = ((means - means.mean()) ** 2).sum()
    return float(1.0 - ((means - guess) ** 2).sum() / total) if total > 0 else 0.0


def indices(values: Inputs, means: Means, resamples: int = RESAMPLES) -> list[dict[str, Any]]:
    """Return sensitivity indices of each input that a surrogate reads.

    Inputs are drawn as they were: each from the values of its own column.

    Args:
        values: parameters of each set.
        means: of an outcome over the members of each set.
        resamples: of sets, from each of which a surrogate is picked and fitted anew.

    Returns:
        Rows with `input` (the column), `first` and `total` (Sobol' indices on the surrogate, shares
        of its variance), each with `_lo` and `_hi` (90% over resampled sets), `morris` (mean
        absolute elementary effect, in standard deviations of the surrogate) with its interval, and
        `given_data` (RBD-FAST on the set means themselves, their Monte Carlo error included); the
        largest total index first.
    """
    scores = by_rank(values)
    found = fit_surrogate(scores, means)
    if not len(found.inputs):
        return []
    own = _on(found, scores)
    rng = np.random.default_rng(SEED)
    again = {name: np.zeros((resamples, scores.shape[1])) for name in own}
    for draw in range(resamples):
        some = rng.integers(0, len(means), len(means))
        other = fit_surrogate(scores[some], means[some])
        if len(other.inputs):
            for name, numbers in _on(other, scores).items():
                again[name][draw, other.inputs] = numbers
    given = _rbd_fast(scores[:, found.inputs], means)
    rows = []
    for place, column in enumerate(found.inputs.tolist()):
        row: dict[str, Any] = {"input": column}
        for name, numbers in own.items():
            lo, hi = np.quantile(again[name][:, column], QUANTILES)
            value = float(numbers[place])
            row |= {name: value, f"{name}_lo": min(lo, value), f"{name}_hi": max(hi, value)}
        rows.append(row | {"given_data": float(given[place])})
    return sorted(rows, key=lambda row: -row["total"])


def _on(found: Surrogate, scores: Inputs) -> dict[str, Float[np.ndarray, " input"]]:
    """Return the indices of a surrogate's inputs."""
    from SALib.analyze import morris as morris_indices
    from SALib.analyze import sobol as sobol_indices
    from SALib.sample import morris as morris_design
    from SALib.sample import sobol as sobol_design

    size = len(found.inputs)
    problem = _problem(size)
    ordered = np.sort(scores[:, found.inputs], axis=0)

    def at(points: np.ndarray) -> np.ndarray:
        place = np.minimum((points * len(ordered)).astype(int), len(ordered) - 1)
        return found.predict(np.take_along_axis(ordered, place, axis=0))

    points = sobol_design.sample(problem, SAMPLES, calc_second_order=False, seed=SEED)
    values = at(points)
    spread = float(values.std())
    if spread == 0:
        return {name: np.zeros(size) for name in ("first", "total", "morris")}
    sobol = sobol_indices.analyze(
        problem, values, calc_second_order=False, num_resamples=2, seed=SEED
    )
    design = morris_design.sample(problem, TRAJECTORIES, num_levels=LEVELS, seed=SEED)
    morris = morris_indices.analyze(problem, design, at(design), num_levels=LEVELS, seed=SEED)
    return {
        "first": np.clip(sobol["S1"], 0.0, 1.0),
        "total": np.clip(sobol["ST"], 0.0, None),
        "morris": np.asarray(morris["mu_star"], float) / spread,
    }


def _rbd_fast(scores: Inputs, means: Means) -> Float[np.ndarray, " input"]:
    """Return first-order indices from the set means themselves."""
    from SALib.analyze import rbd_fast

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rbd_fast.analyze(
            _problem(scores.shape[1]), scores, means, M=HARMONICS, num_resamples=2, seed=SEED
        )
    return np.asarray(found["S1"], float)


def _problem(size: int) -> dict[str, Any]:
    return {
        "num_vars": size,
        "names": [f"x{place}" for place in range(size)],
        "bounds": [[0.0, 1.0]] * size,
    }
