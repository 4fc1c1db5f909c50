"""What speaks for and against lenses: prediction of what was held out, and single decisions.

A unit that is held out is a junta's quarter with the forks that fall in it. What a model would say
of it is estimated from draws of the posterior given all units by Pareto-smoothed importance
sampling.

References:
    Vehtari, Gelman & Gabry (2017), Practical Bayesian model evaluation using leave-one-out
    cross-validation and WAIC, doi:10.1007/s11222-016-9696-4.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from liptako import calendar
from liptako.inference.motives.model import Model, Prior, Unknowns, log_chances, pointwise, unpack
from liptako.inference.motives.record import CODINGS, Names, Record
from liptako.theatre.motives import Motives

FLAT = 0.7
"""Above this Pareto shape the estimate of a unit is not to be trusted."""


@dataclass(frozen=True, eq=False)
class HeldOut:
    """How well a model says what was held out.

    Attributes:
        elpd: log predictive density of each unit.
        shape: Pareto shape of each unit.
    """

    elpd: Float[np.ndarray, " unit"]
    shape: Float[np.ndarray, " unit"]

    def beyond(self, other: HeldOut) -> tuple[float, float]:
        """Return how much better this is than another, and the standard error of that."""
        gain = self.elpd - other.elpd
        return float(gain.sum()), float(np.sqrt(len(gain) * gain.var(ddof=1)))


def unpacked(
    z: Float[np.ndarray, "*draw unknown"], model: Model, prior: Prior, names: Names
) -> Unknowns:
    """Return the unknowns of draws, whatever axes draws have."""

    def one(z: Array) -> Unknowns:
        return unpack(z, model, prior, len(names.acts), len(names.juntas))

    for _ in range(np.ndim(z) - 1):
        one = jax.vmap(one)
    return one(jnp.asarray(z, jnp.float32))


def held_out(unknowns: Unknowns, record: Record, names: Names, seed: int) -> HeldOut:
    """Return how well a model says each unit without it.

    Args:
        unknowns: draws by chain, from `unpacked`.
        record: that they were inferred from.
        names: of its axes.
        seed: of the draws of a coding, which the posterior weighs.
    """
    import arviz as az

    each = np.asarray(_by_unit(unknowns, record, names), float)
    units = np.flatnonzero(_speaks(record, names))
    whole = each.sum(axis=-1)
    chance = 1.0 / (1.0 + np.exp(whole[..., 0] - whole[..., 1]))
    coding = np.random.default_rng([seed, 3]).random(chance.shape) < chance
    chosen = np.where(coding[..., None], each[..., 1, :], each[..., 0, :])[..., units]
    data = az.from_dict(posterior={"coding": coding.astype(float)}, log_likelihood={"unit": chosen})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = az.loo(data, pointwise=True)
    return HeldOut(np.asarray(found.loo_i), np.asarray(found.pareto_k))


def _speaks(record: Record, names: Names) -> np.ndarray:
    """Return which quarters say anything, by an act or by a fork."""
    by_fork = np.zeros(len(names.quarters))
    np.add.at(by_fork, names.fork_quarter, record.fork_weight)
    return (record.share.sum(axis=1) > 0) | (by_fork > 0)


def _by_unit(
    unknowns: Unknowns, record: Record, names: Names
) -> Float[Array, "chain draw coding unit"]:
    where = jnp.asarray(names.fork_quarter)

    def one(unknowns: Unknowns) -> Array:
        quarters, forks = pointwise(unknowns, jax.tree.map(jnp.asarray, record))
        return quarters.at[:, where].add(forks)

    return jax.jit(jax.vmap(jax.vmap(one)))(unknowns)


def coding_weight(unknowns: Unknowns, record: Record, names: Names) -> float:
    """Return how likely the second coding is after the record, one half before."""
    whole = np.asarray(_by_unit(unknowns, record, names), float).sum(axis=-1)
    return float((1.0 / (1.0 + np.exp(whole[..., 0] - whole[..., 1]))).mean())


def telling(
    unknowns: Unknowns, record: Record, names: Names, motives: Motives, labels: dict[str, str]
) -> pd.DataFrame:
    """Return what every decision says for and against each family of lenses, most telling first.

    The log of how likely a decision is where a junta followed one lens alone, less the same over
    families; restraint is an act that was open to a junta in all of its quarters and never taken.

    Args:
        unknowns: draws, from `unpacked`; readiness, strength and change enter.
        record: what was decided.
        names: of its axes.
        motives: of which the forks.
        labels: of the acts.

    Returns:
        Columns `kind` (act, fork, restraint), `junta`, `month`, `what`, `instead`, `for_family`,
        `against_family`, `spread`, and a column a family.
    """
    chances, odds = _under_each(unknowns, record, names)
    rows = [*_acts(chances, record, names, labels), *_restraints(chances, record, names, labels)]
    for at, (name, fork) in enumerate(motives.forks.items()):
        if record.fork_weight[at] > 0:
            label = fork.taken.label, fork.refused.label
            rows.append(("fork", fork.junta, fork.month, name, *label, np.log(odds[:, at])))
    families = list(names.families)
    found = []
    for *about, score in rows:
        by = _by_family(score, names)
        best, worst = int(by.argmax()), int(by.argmin())
        ends = families[best], families[worst], float(by.max() - by.min())
        found.append((*about, *ends, *by.tolist()))
    columns = ["kind", "junta", "month", "name", "what", "instead", "for_family",
               "against_family", "spread", *families]  # fmt: skip
    table = pd.DataFrame(found, columns=columns)
    return table.sort_values("spread", ascending=False, kind="stable", ignore_index=True)


def _under_each(unknowns: Unknowns, record: Record, names: Names) -> tuple[np.ndarray, np.ndarray]:
    """Return mean chances of options by lens and quarter, and of forks by lens."""
    arrays, n = jax.tree.map(jnp.asarray, record), len(names.lenses)

    def one(unknowns: Unknowns) -> tuple[Array, Array]:
        acts, forks = [], []
        for lens in range(n):
            share = jnp.zeros_like(unknowns.share).at[:, lens].set(1.0)
            for coding in range(CODINGS):
                chances, odds = log_chances(unknowns._replace(share=share), arrays, coding)
                acts.append(jnp.exp(chances))
                forks.append(jax.nn.sigmoid(odds))
        shape = (n, CODINGS)
        return (
            jnp.stack(acts).reshape(*shape, *acts[0].shape).mean(axis=1),
            jnp.stack(forks).reshape(*shape, -1).mean(axis=1),
        )

    flat = jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[::20], unknowns)
    acts, forks = jax.jit(jax.vmap(one))(flat)
    return np.asarray(acts.mean(axis=0), float), np.asarray(forks.mean(axis=0), float)


def _acts(chances: np.ndarray, record: Record, names: Names, labels: dict[str, str]) -> list[tuple]:
    rows = []
    for quarter, share in enumerate(record.share):
        for option in np.flatnonzero(share[1:] > 0) + 1:
            score = share[option] * np.log(chances[:, quarter, option])
            junta, act = names.juntas[record.junta[quarter]], names.acts[option - 1]
            month = calendar.format_month(int(names.quarters[quarter]))
            rows.append(("act", junta, month, act, labels[act], "", score))
    return rows


def _restraints(
    chances: np.ndarray, record: Record, names: Names, labels: dict[str, str]
) -> list[tuple]:
    rows = []
    for at, junta in enumerate(names.juntas):
        mine = np.flatnonzero(record.junta == at)
        for option, act in enumerate(names.acts, start=1):
            open_ = mine[np.asarray(record.open)[mine, option]]
            if len(open_) and not record.share[mine, option].any():
                score = np.log1p(-chances[:, open_, option]).sum(axis=1)
                rows.append(("restraint", junta, str(len(open_)), act, labels[act], "", score))
    return rows


def _by_family(score: np.ndarray, names: Names) -> np.ndarray:
    """Return the log of the mean over lenses of a family, less the same over families."""
    each = np.array(
        [np.logaddexp.reduce(score[names.family_of == at]) - np.log((names.family_of == at).sum())
         for at in range(len(names.families))]
    )  # fmt: skip
    return each - (np.logaddexp.reduce(each) - np.log(len(each)))
