"""The parameters of members, drawn from what was estimated, counted or judged.

Estimated parameters come from the fits' posteriors, reference classes from counts of past cases,
judgement from the priors in the registry. Each of the three is drawn once for each of its *sets*;
members are spread evenly over the sets, so that what is assumed can be told from Monte Carlo error.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betaincinv, gammaincinv, ndtr

from liptako.model.codes import AGE_BANDS
from liptako.model.forms import ASSUMPTION_SETS, form_factors, set_entries
from liptako.model.params import VARIANCE, Params, from_leaves, leaf_paths
from liptako.model.posterior import PoliticsPosterior, TheatrePosterior, split_weights
from liptako.model.random import Site
from liptako.model.structure import RINGS, Structure
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.registry import Parameter, Prior, Registry

READS = ("draws.weight_reach",)
"""Rows of the registry that drawing reads beside those of the leaves."""

MAX_LEAVES = 200
"""More than there are parameters; draws are kept for so many, and made anew beyond."""

MAX_RADIUS = 0.98
"""Bound on the spectral radius of a member's excitation: what an event brings forth dies out."""


def set_numbers(members: Int[np.ndarray, " member"]) -> dict[str, Int[np.ndarray, " member"]]:
    """Return, by evidence status, the set of parameters that each member draws.

    Members of one set share a draw. The three groupings cross: two members that share one set
    share another only by rotation, so that what each does to a result can be told apart.
    """
    own, turn = members % ASSUMPTION_SETS, members // ASSUMPTION_SETS
    return {
        "judgement": own,
        "reference class": (own + turn) % ASSUMPTION_SETS,
        "estimated": (own + 37 * turn) % ASSUMPTION_SETS,
    }


def draw_params(
    registry: Registry,
    posterior: TheatrePosterior,
    politics: PoliticsPosterior,
    structure: Structure,
    shocks: dict[str, float],
    seed: int,
    members: Int[np.ndarray, " member"],
    *,
    judgement: bool = True,
) -> Params:
    """Return the parameters of members, stacked over members.

    A member's parameters depend on the seed and its number alone.

    Args:
        registry: priors, and which parameters are judgement.
        posterior: what was estimated on the theatre's events.
        politics: what was estimated on coups, juntas and pacts.
        structure: sizes.
        shocks: persistence, transient share and correlation of the level's score.
        seed: of the run.
        members: member numbers.
        judgement: whether judgement varies over its range or stays at its centre.
    """
    half_life = np.asarray(registry["memory.half_life"].value, np.float32)
    sets = set_numbers(members)
    (reach,) = (registry.fixed(path) for path in READS)
    leaves = _estimated(posterior, structure, len(half_life), reach, seed, sets["estimated"])
    leaves |= _political(politics, structure, seed, sets)
    for name, value in shocks.items():
        leaves[f"shocks.{name}"] = np.full(len(members), value)
    sizes = {
        "border": len(structure.neighbours.borders),
        "lever": len(structure.levers),
        "stream": len(structure.streams),
        "half_life": len(half_life),
        "country": len(structure.countries),
        "patron": len(structure.patrons.names),
        "instrument": len(structure.patrons.instruments),
        "act": len(structure.menu.names),
        "consequence": len(CONSEQUENCES),
        "age_band": len(AGE_BANDS),
    }
    for path in leaf_paths():
        if path.endswith(VARIANCE):
            row = registry[path.removesuffix(VARIANCE)]
            leaves[path] = _variance(row, structure, sizes, len(members), judgement)
        elif path not in leaves:
            leaves[path] = _assumed(
                registry[path], structure, sizes, _number(path), seed, sets["judgement"], judgement
            )
    for path, factor in form_factors(registry, sets["judgement"], varies=judgement).items():
        for name, by in ((path, factor), (path + VARIANCE, factor**2)):
            if name in leaves:
                leaf = np.asarray(leaves[name])
                leaves[name] = leaf * by.reshape(-1, *(1,) * (leaf.ndim - 1))
    set_entries(leaves, registry, structure, sets["judgement"], varies=judgement)
    return from_leaves({path: np.asarray(leaf, np.float32) for path, leaf in leaves.items()})


def _number(name: str) -> int:
    """Return a number that stands for a leaf, whatever others there are."""
    return zlib.crc32(name.encode())


def _political(
    politics: PoliticsPosterior,
    structure: Structure,
    seed: int,
    sets: dict[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Return draws of what coups, juntas and pacts say."""
    n = len(structure.countries)
    estimated, reference = sets["estimated"], sets["reference class"]
    mean, sd = politics.losses
    z = _normals(seed, estimated, _number("regime.coup"), len(politics.coup_mean))
    scale, axes = np.linalg.eigh(politics.coup_covariance)
    factor = axes * np.sqrt(np.maximum(scale, 0.0))
    # no matrix product: that may round differently for another number of members
    terms = politics.coup_mean + np.einsum("ij,mj->mi", factor, z)
    leaves = {
        "regime.baseline": terms[:, :n],
        "regime.since_coup": terms[:, n],
        "regime.losses": mean + sd * _normals(seed, estimated, _number("regime.losses"), 1)[:, 0],
    }
    leaves |= _regimes(politics, seed, reference)
    leaves |= _ties(politics, seed, reference)
    for path, (shape, rate) in politics.rates.items():
        u = ndtr(_normals(seed, reference, _number(path), 1)[:, 0])
        leaves[path] = gammaincinv(shape, u) / rate
    for path, (a, b) in politics.shares.items():
        u = ndtr(_normals(seed, reference, _number(path), 1)[:, 0])
        leaves[path] = betaincinv(a, b, u)
    return leaves


def _regimes(
    politics: PoliticsPosterior, seed: int, reference: np.ndarray
) -> dict[str, np.ndarray]:
    """Return draws of the rates at which regimes born of coups end, by cause and band of age."""
    fit = politics.regimes
    if fit is None:
        never = np.zeros((len(reference), len(AGE_BANDS)))
        leaves = dict.fromkeys(_RATES, never) | {"regime.cohort_from": np.full(len(never), 1e9)}
        return leaves | {"regime.success": np.full(len(never), 0.5)}

    def rates(path: str, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
        u = ndtr(_normals(seed, reference, _number(path), len(fit.bands)))
        return gammaincinv(shape, u) / rate

    leaves = {
        f"regime.{cause}": rates(f"regime.{cause}", fit.shape[place], fit.rate[place])
        for place, cause in enumerate(fit.causes)
    }
    path = "regime.handed_over_cohort"
    shape, rate = fit.cohort
    u = ndtr(_normals(seed, reference, _number("regime.cohort"), 1))
    factor = gammaincinv(shape, u) / rate
    leaves[path] = factor * rates("regime.handed_over", fit.before_shape, fit.before_rate)
    u = ndtr(_normals(seed, reference, _number("regime.success"), 1)[:, 0])
    leaves["regime.success"] = betaincinv(*fit.success, u)
    return leaves | {"regime.cohort_from": np.full(len(reference), float(fit.cohort_from))}


_RATES = (
    "regime.handed_over", "regime.handed_over_cohort", "regime.coup_others",
    "regime.coup_insiders", "regime.force",
)  # fmt: skip
"""Rates by band of age."""


def _ties(politics: PoliticsPosterior, seed: int, reference: np.ndarray) -> dict[str, np.ndarray]:
    """Return draws of what ties regimes together."""
    names = ("frailty", "contagion", "after_coup")
    if politics.ties is None:
        return {f"regime.{name}": np.zeros(len(reference)) for name in names}
    ties = politics.ties
    u = ndtr(_normals(seed, reference, _number("regime.frailty"), 1)[:, 0])
    z = _normals(seed, reference, _number("regime.contagion"), 1)[:, 0]
    return {
        "regime.frailty": gammaincinv(ties.frailty[0], u) / ties.frailty[1],
        "regime.contagion": ties.contagion[0] + ties.contagion[1] * z,
        "regime.after_coup": np.full(len(reference), ties.after_coup),
    }


def _estimated(
    posterior: TheatrePosterior,
    structure: Structure,
    n_half: int,
    reach: float,
    seed: int,
    members: np.ndarray,
) -> dict[str, np.ndarray]:
    n_streams, n_weights = posterior.log_weights.shape
    z = _normals(seed, members, 1, n_streams * n_weights).reshape(-1, n_streams, n_weights)
    # what lies farther out says more of the Laplace approximation than of the data
    z = np.clip(z, -reach, reach)
    factor = np.linalg.cholesky(posterior.covariance)
    log_weights = posterior.log_weights + np.einsum("sij,msj->msi", factor, z)
    leaves = _stable(split_weights(log_weights, structure, n_half), structure)
    z = _normals(seed, members, 2, n_streams)
    leaves["violence.dispersion"] = np.exp(posterior.log_dispersion + posterior.dispersion_sd * z)
    z = _normals(seed, members, 3, n_streams * 2).reshape(-1, n_streams, 2)
    factor = np.linalg.cholesky(posterior.severity_covariance)
    severity = posterior.severity + np.einsum("sij,msj->msi", factor, z)
    leaves["severity.log_median"] = severity[..., 0]
    leaves["severity.log_sd"] = np.exp(severity[..., 1])
    z = _normals(seed, members, 4, len(posterior.displacement))
    factor = np.linalg.cholesky(posterior.displacement_covariance)
    terms = posterior.displacement + z @ factor.T
    leaves["displacement.log_rate"] = terms[:, :-2]
    leaves["displacement.elasticity"] = terms[:, -2]
    leaves["displacement.log_sd"] = np.exp(terms[:, -1])
    return leaves


def _stable(leaves: dict[str, np.ndarray], structure: Structure) -> dict[str, np.ndarray]:
    """Return weights of members with excitation and contagion scaled down to `MAX_RADIUS`.

    The tails of a Laplace posterior of logarithms reach beyond what the fit itself may choose.
    """
    excitation, contagion = leaves["violence.excitation"], leaves["violence.contagion"]
    cells = 8.0 * np.array(RINGS)  # a ring at distance r has 8 r cells
    around = np.einsum("...spr,r,pq->...sq", contagion, cells, structure.members_of_pressure)
    radius = np.abs(np.linalg.eigvals(excitation.sum(-1) + around)).max(-1)
    shrink = np.minimum(1.0, MAX_RADIUS / radius)[..., None, None, None]
    return {
        **leaves,
        "violence.excitation": excitation * shrink,
        "violence.contagion": contagion * shrink,
    }


def _assumed(
    parameter: Parameter,
    structure: Structure,
    sizes: dict[str, int],
    leaf: int,
    seed: int,
    sets: np.ndarray,
    varies: bool,
) -> np.ndarray:
    """Return draws of a parameter that is assumed, one for each member's assumption set."""
    shape = tuple(sizes[axis] for axis in parameter.shape)
    if isinstance(parameter.value, dict):
        centre, free = _sparse(parameter, structure, shape)
        z = varies * _normals(seed, sets, leaf, centre.size).reshape(len(sets), *shape)
        drawn = centre + free * _quantile(parameter.prior, z)
        bounded = drawn if parameter.range is None else np.clip(drawn, *parameter.range)
        return np.where(free > 0, bounded, drawn)
    if parameter.prior is None:
        value = np.broadcast_to(np.asarray(parameter.value, float), shape)
        return np.broadcast_to(value, (len(sets), *shape))
    z = varies * _normals(seed, sets, leaf, int(np.prod(shape, dtype=int)))
    draws = _quantile(parameter.prior, z).reshape(len(sets), *shape)
    return draws if parameter.range is None else np.clip(draws, *parameter.range)


def _variance(
    parameter: Parameter, structure: Structure, sizes: dict[str, int], n: int, varies: bool
) -> np.ndarray:
    """Return the prior variance of a log rate ratio, zero where it is held."""
    shape = tuple(sizes[axis] for axis in parameter.shape)
    free = np.ones(shape)
    if isinstance(parameter.value, dict):
        free = _sparse(parameter, structure, shape)[1]
    elif parameter.prior is None:
        free = np.zeros(shape)
    normal = parameter.prior is not None and parameter.prior.dist == "normal"
    variance = parameter.prior.sd**2 if parameter.prior is not None and normal else 0.0
    return np.broadcast_to(varies * variance * free, (n, *shape))


def _sparse(
    parameter: Parameter, structure: Structure, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a table of named entries as an array, and where it has an entry."""
    centre, free = np.zeros(shape), np.zeros(shape)
    names = {
        "lever": structure.levers,
        "stream": structure.streams,
        "patron": structure.patrons.names,
        "instrument": structure.patrons.instruments,
        "act": structure.menu.names,
        "consequence": CONSEQUENCES,
    }
    for keys, value in _entries(parameter.value):
        axes = parameter.shape[-len(keys) :]
        at = (..., *(names[axis].index(key) for axis, key in zip(axes, keys, strict=True)))
        centre[at], free[at] = value, 1.0
    return centre, free


def _entries(table: Any, keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the keys that lead to each number of a nested table, and the number."""
    if not isinstance(table, dict):
        yield keys, table
        return
    for key, inner in table.items():
        yield from _entries(inner, (*keys, key))


def _quantile(prior: Prior | None, z: np.ndarray) -> np.ndarray:
    if prior is None:
        return np.zeros_like(z)
    if prior.dist == "normal":
        return prior.mean + prior.sd * z
    if prior.dist == "lognormal":
        return np.exp(prior.mean + prior.sd * z)
    if prior.dist == "beta":
        return betaincinv(prior.a, prior.b, ndtr(z))
    return prior.low + (prior.high - prior.low) * ndtr(z)


def _normals(seed: int, numbers: np.ndarray, leaf: int, size: int) -> np.ndarray:
    """Return standard normals `[number, size]` that depend on seed, number and leaf alone."""
    distinct, where = np.unique(numbers, return_inverse=True)
    return np.stack([_row(seed, leaf, int(number), size) for number in distinct])[where]


@lru_cache(maxsize=MAX_LEAVES * ASSUMPTION_SETS)
def _row(seed: int, leaf: int, number: int, size: int) -> Float[np.ndarray, " size"]:
    """Return one row of `_normals`; kept, since members share their assumption sets."""
    words = np.array([seed, int(Site.PARAMETERS), leaf, number], np.uint32)
    return np.random.default_rng(words).standard_normal(size)
