r"""The choice model of motives: utilities are mixtures of lenses, choices are logit.

$$\Pr(a \mid q) \propto \exp\Big(\alpha_a + \lambda \sum_l \theta_{jl} U_{cl}(a, q)\Big), \qquad
  \Pr(\text{taken} \mid f) = \operatorname{logit}^{-1}\Big(\phi s_f + \lambda \sum_l \theta_{jl}
  D_{cl}(f)\Big)$$

for the acts $a$ open to junta $j$ in quarter $q$, doing nothing among them with utility 0, and for
forks $f$; $s_f$ says which option changes what was. $c$ is the coding, each as likely before, and
summed over. $\lambda$ is how strongly decisions follow motives, $\alpha_a$ how ready acts are,
pooled over acts. The share of a lens in a junta's motives is that of its family times its own
within the family, both pooled over juntas,

$$\theta_{jl} = \operatorname{softmax}_{g}(m_g + \tau \epsilon_{jg})_{g(l)} \;
  \operatorname{softmax}_{l' \in g(l)}(m_{l'} + \tau \epsilon_{jl'})_l,$$

so that families start equal, whatever the number of their lenses. All unknowns are standard
normals, mapped by `unpack`. With $\lambda = 0$ this is the base-rate model. It is the simulation's
own choice model: with `motives.weight` $= \lambda \sum_l \theta_{jl} w_l$ and `choices.precision`
1.

Priors are judgement: there were no such records before 2020 to choose them on.

References:
    McFadden (1974), Conditional logit analysis of qualitative choice behavior, in Zarembka (ed.),
    Frontiers in Econometrics; Train (2009), Discrete Choice Methods with Simulation,
    doi:10.1017/CBO9780511805271.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.inference.motives.record import CODINGS, Record

OUT = -30.0
"""Log share of a family that a model leaves out."""


@dataclass(frozen=True)
class Prior:
    """How unknowns are spread; all are judgement.

    Attributes:
        readiness: mean and spread of the log odds of a typical act against none, in a quarter.
        varied: mean and spread of the log of how much readiness varies over acts.
        strength: the same of `strength`, per standard deviation of utility over the menu.
        change: spread of the log odds that a fork goes the way of change.
        common: spread of the log shares that juntas have in common.
        apart: mean and spread of the log of how far juntas differ.
    """

    readiness: tuple[float, float] = (-2.5, 1.0)
    varied: tuple[float, float] = (-0.5, 0.5)
    strength: tuple[float, float] = (0.0, 0.7)
    change: float = 1.0
    common: float = 1.5
    apart: tuple[float, float] = (-0.7, 0.5)


class Model(NamedTuple):
    """Which model: lenses it has, and whether motives count at all.

    Attributes:
        offset: log share of each family before data, `OUT` where it is left out.
        belongs: one where a lens is of a family.
        active: 1, or 0 for the base-rate model.
    """

    offset: Float[np.ndarray, " family"]
    belongs: Float[np.ndarray, "lens family"]
    active: float | np.ndarray


class Unknowns(NamedTuple):
    """What is inferred; one value a draw.

    Attributes:
        readiness: log odds of each act against none.
        activity: of a typical act.
        varied: how much acts vary around it.
        strength: of motives.
        change: log odds that a fork goes the way of change.
        apart: how far juntas differ.
        share: of each lens in each junta's motives.
    """

    readiness: Float[Array, " act"]
    activity: Float[Array, ""]
    varied: Float[Array, ""]
    strength: Float[Array, ""]
    change: Float[Array, ""]
    apart: Float[Array, ""]
    share: Float[Array, "junta lens"]


def size_of(model: Model, n_acts: int, n_juntas: int) -> int:
    """Return how many standard normals there are."""
    return 5 + n_acts + sum(model.belongs.shape[-2:]) * (1 + n_juntas)


def mixture(family_of: np.ndarray, families: tuple[int, ...] | None = None) -> Model:
    """Return a model of some families of lenses, each with one share of the prior.

    Args:
        family_of: of each lens.
        families: which; all without it, the base-rate model for none.
    """
    n = int(family_of.max()) + 1
    kept = np.ones(n, bool) if families is None else np.isin(np.arange(n), families)
    belongs = (family_of[:, None] == np.arange(n)).astype(float)
    return Model(np.where(kept, 0.0, OUT), belongs, float(families is None or len(families) > 0))


def unpack(
    z: Float[Array, " unknown"], model: Model, prior: Prior, n_acts: int, n_juntas: int
) -> Unknowns:
    """Return the unknowns from standard normals."""
    n_lenses, n_families = model.belongs.shape
    activity = prior.readiness[0] + prior.readiness[1] * z[0]
    varied = jnp.exp(prior.varied[0] + prior.varied[1] * z[1])
    apart = jnp.exp(prior.apart[0] + prior.apart[1] * z[4])
    at = 5 + n_acts
    size = n_lenses + n_families
    common = prior.common * z[at : at + size]
    own = z[at + size :].reshape(n_juntas, size)
    logits = common + apart * own
    families = jax.nn.softmax(model.offset + logits[:, n_lenses:], axis=-1)
    within = jnp.exp(logits[:, :n_lenses])
    within = within / (within @ model.belongs @ model.belongs.T)
    return Unknowns(
        readiness=activity + varied * z[5:at],
        activity=activity,
        varied=varied,
        strength=jnp.exp(prior.strength[0] + prior.strength[1] * z[2]) * jnp.asarray(model.active),
        change=prior.change * z[3],
        apart=apart,
        share=families @ model.belongs.T * within,
    )


def log_chances(
    unknowns: Unknowns, record: Record, coding: int | Array
) -> tuple[Float[Array, "quarter option"], Float[Array, " fork"]]:
    """Return log probabilities of options by quarter, and log odds of the option taken by fork."""
    share = unknowns.share
    worth = record.effects[coding] + record.more
    motive = jnp.einsum("qal,ql->qa", worth, share[record.junta])
    ready = jnp.concatenate([jnp.zeros(1), unknowns.readiness])
    utility = jnp.where(record.open, ready + unknowns.strength * motive, -jnp.inf)
    pull = jnp.einsum("fl,fl->f", record.fork_effects[coding], share[record.fork_junta])
    odds = unknowns.change * record.fork_change + unknowns.strength * pull
    return jax.nn.log_softmax(utility, axis=-1), odds


def pointwise(
    unknowns: Unknowns, record: Record
) -> tuple[Float[Array, "coding quarter"], Float[Array, "coding fork"]]:
    """Return the log likelihood of each quarter and fork, under each coding."""
    found = []
    for coding in range(CODINGS):
        chances, odds = log_chances(unknowns, record, coding)
        quarters = (record.share * jnp.where(record.open, chances, 0.0)).sum(axis=-1)
        signed = jnp.where(record.fork_taken > 0, odds, -odds)
        found.append((quarters, record.fork_weight * jax.nn.log_sigmoid(signed)))
    return jnp.stack([row[0] for row in found]), jnp.stack([row[1] for row in found])


def log_likelihood(unknowns: Unknowns, record: Record) -> Float[Array, ""]:
    """Return the log likelihood, summed over codings that are equally likely before."""
    quarters, forks = pointwise(unknowns, record)
    return jax.nn.logsumexp(quarters.sum(axis=1) + forks.sum(axis=1)) - jnp.log(CODINGS)


def potential(
    z: Float[Array, " unknown"], record: Record, model: Model, prior: Prior, n_juntas: int
) -> Float[Array, ""]:
    """Return minus the log posterior density of the standard normals, but for a constant."""
    unknowns = unpack(z, model, prior, record.share.shape[1] - 1, n_juntas)
    return 0.5 * jnp.square(z).sum() - log_likelihood(unknowns, record)


def numpyro_model(record: Record, model: Model, prior: Prior, n_juntas: int) -> Any:
    """Say the same to NumPyro: standard normals, and the likelihood as a factor."""
    import numpyro
    import numpyro.distributions as dist

    n_acts = record.share.shape[1] - 1
    size = size_of(model, n_acts, n_juntas)
    z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([size]).to_event(1))
    unknowns = unpack(jnp.asarray(z), model, prior, n_acts, n_juntas)
    numpyro.factor("record", log_likelihood(unknowns, record))
