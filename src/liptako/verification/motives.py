"""Does the inference of motives find what it should? Synthetic histories with known motives.

Calibration: unknowns are drawn from the prior and a history from each; over many of them, the rank
of the truth among posterior draws is uniform and 90% intervals hold it nine times in ten. Then
histories of juntas that are known to follow one lens, the best offer, a mixture or none: how often
is the lens found, by length of history and with and without forks?

Histories are those of the theatre's record: the same juntas, quarters, open acts and forks, as
often over as is asked. Every quarter has one choice.

References:
    Talts et al. (2018), Validating Bayesian inference algorithms with simulation-based
    calibration, arXiv:1804.06788.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from scipy.stats import chi2

from liptako.inference.motives.evidence import unpacked
from liptako.inference.motives.model import (
    Prior,
    Unknowns,
    log_chances,
    mixture,
    size_of,
)
from liptako.inference.motives.record import CODINGS, Names, Record
from liptako.inference.motives.sampling import MANY, Settings, sample_many
from liptako.inference.motives.shares import UNDETERMINED, families_of, together, verdict_of

INSIDE = 0.90
"""Of the intervals whose coverage is counted."""

BINS, THIN = 10, 4
"""Bins of ranks; every so many draws count for a rank, since neighbours resemble each other."""

POOLED, EACH = (0.88, 0.92), (0.83, 0.96)
"""Where the coverage of 90% intervals must lie, over all quantities and for each of them."""

ALARM = 0.05
"""Chance that any of the tests of ranks fails where nothing is wrong."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Ranks and intervals over synthetic histories.

    Attributes:
        names: of the quantities.
        ranks: of the truth among the thinned draws.
        most: the highest rank there can be.
        covered: whether the 90% interval held the truth.
        divergent: steps that diverged.
    """

    names: tuple[str, ...]
    ranks: Int[np.ndarray, "history quantity"]
    most: int
    covered: Float[np.ndarray, "history quantity"]
    divergent: int

    def p_values(self) -> Float[np.ndarray, " quantity"]:
        """Return the chance of ranks as uneven as these, by quantity."""
        n = len(self.ranks)
        edges = np.linspace(0, self.most + 1, BINS + 1)
        counts = np.array([np.histogram(column, edges)[0] for column in self.ranks.T])
        expected = np.histogram(np.arange(self.most + 1), edges)[0] * n / (self.most + 1)
        return chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), BINS - 1)

    def summary(self) -> dict[str, Any]:
        """Return the result as plain values; `passed` says whether all of it is as it should be."""
        each, least = self.covered.mean(axis=0), float(self.p_values().min())
        corrected, pooled = min(1.0, least * len(self.names)), float(each.mean())
        passed = (
            corrected > ALARM
            and POOLED[0] <= pooled <= POOLED[1]
            and each.min() >= EACH[0]
            and each.max() <= EACH[1]
        )
        return {
            "histories": len(self.ranks),
            "quantities": len(self.names),
            "least_p_corrected": corrected,
            "covered": pooled,
            "covered_each": {"lo": float(each.min()), "hi": float(each.max())},
            "by_quantity": {
                name: {"covered": float(one), "p": float(p)}
                for name, one, p in zip(self.names, each, self.p_values(), strict=True)
            },
            "divergent": self.divergent,
            "passed": bool(passed),
        }


def calibrate(
    record: Record,
    names: Names,
    n: int,
    seed: int = 1,
    *,
    prior: Prior = Prior(),  # noqa: B008
    settings: Settings = MANY,
    spoil: Callable[[Record], Record] | None = None,
) -> Calibration:
    """Return ranks and intervals over `n` histories drawn from the prior.

    Args:
        record: of the theatre.
        names: of its axes.
        n: how many histories.
        seed: of the random numbers.
        prior: of the unknowns, of histories and of the inference.
        settings: of the sampler.
        spoil: what is done to a history before it is inferred from: a calibration must fail then.
    """
    n_juntas, model = len(names.juntas), mixture(names.family_of)
    z = np.random.default_rng([seed, 1]).standard_normal(
        (n, size_of(model, len(names.acts), n_juntas))
    )
    truths = unpacked(z, model, prior, names)
    records = histories(jax.random.key(seed), truths, stacked(record, n))
    if spoil is not None:
        records = spoil(records)
    draws = sample_many(records, repeated(model, n), prior, n_juntas, seed + 1, settings)
    found = unpacked(draws.z, model, prior, names)
    labels, true = quantities(truths, names)
    _, drawn = quantities(found, names)
    thinned = drawn[:, ::THIN]
    ranks = (thinned < true[:, None]).sum(axis=1)
    tail = (1 - INSIDE) / 2
    lo, hi = np.quantile(drawn, [tail, 1 - tail], axis=1)
    covered = ((lo <= true) & (true <= hi)).astype(float)
    return Calibration(labels, ranks, thinned.shape[1], covered, draws.divergent)


def thrice(record: Record) -> Record:
    """Return a record that counts every decision three times: what a calibration must refuse."""
    return record._replace(share=3.0 * record.share, fork_weight=3.0 * record.fork_weight)


def quantities(
    unknowns: Unknowns, names: Names
) -> tuple[tuple[str, ...], Float[np.ndarray, "*draw quantity"]]:
    """Return what calibration looks at: scalars, and the shares of families by junta."""
    scalars = ("activity", "varied", "strength", "change", "apart")
    shares = families_of(np.asarray(unknowns.share), names)
    labels = scalars + tuple(
        f"share.{junta}.{family}" for junta in names.juntas for family in names.families
    )
    flat = shares.reshape(*shares.shape[:-2], -1)
    first = np.stack([np.asarray(getattr(unknowns, name)) for name in scalars], axis=-1)
    return labels, np.concatenate([first, flat], axis=-1)


def histories(key: Any, truths: Unknowns, records: Record) -> Record:
    """Return records with choices drawn from known motives; leaves have a leading axis."""
    n = records.share.shape[0]
    return jax.vmap(_history)(jax.random.split(key, n), truths, jax.tree.map(jnp.asarray, records))


def _history(key: Any, truth: Unknowns, record: Record) -> Record:
    coder, acts, forks = jax.random.split(key, 3)
    coding = jax.random.randint(coder, (), 0, CODINGS)
    chances, odds = log_chances(truth, record, coding)
    chosen = jax.random.categorical(acts, chances)
    taken = jax.random.bernoulli(forks, jax.nn.sigmoid(odds))
    share = jax.nn.one_hot(chosen, record.share.shape[1], dtype=record.share.dtype)
    return record._replace(share=share, fork_taken=taken.astype(record.fork_taken.dtype))


def stacked(record: Record, n: int, times: int = 1) -> Record:
    """Return a record `n` times along a new axis, its quarters and forks `times` over."""
    by_quarter = {"junta", "open", "share", "more", "fork_junta", "fork_change", "fork_taken",
                  "fork_weight"}  # fmt: skip
    long = {
        name: np.concatenate([leaf] * times) if name in by_quarter else leaf
        for name, leaf in record._asdict().items()
    }
    long["fork_effects"] = np.concatenate([record.fork_effects] * times, axis=1)
    return repeated(Record(**long), n)


def repeated(tree: Any, n: int) -> Any:
    """Return a pytree with every leaf `n` times along a new first axis."""
    return jax.tree.map(lambda leaf: np.broadcast_to(leaf, (n, *np.shape(leaf))), tree)


# Known motives

QUICK = Settings(warmup=200, draws=200, chains=1, accept=0.85, depth=5)
"""Enough for means of shares."""

FULL = 200
"""From so many histories on, a calibration includes recovery."""

CURVE = {1: 150, 3: 60, 8: 30}
"""Histories of one lens, by how often over the record stands in each; a third to a family."""

KINDS = ("no lens", "opportunism", "mixture")
"""Of histories in which no one lens is there to be found."""

NULL = "opportunism"
"""The family that the others must beat."""

STRENGTH = 1.0
"""Of motives in histories of one lens: the middle of the prior."""


def pure(names: Names, family: int, n: int, seed: int, prior: Prior) -> Unknowns:
    """Return unknowns of `n` histories in which all juntas follow one family, lens by lens."""
    lenses = np.flatnonzero(names.family_of == family)
    share = np.eye(len(names.lenses))[lenses[np.arange(n) % len(lenses)]]
    return _known(names, share, STRENGTH, seed, prior)


def mixed(names: Names, n: int, seed: int, prior: Prior) -> Unknowns:
    """Return unknowns of `n` histories in which every family has an equal part."""
    share = np.bincount(names.family_of)[names.family_of]
    one = 1.0 / (share * len(names.families))
    return _known(names, np.broadcast_to(one, (n, len(one))), STRENGTH, seed, prior)


def aimless(names: Names, n: int, seed: int, prior: Prior) -> Unknowns:
    """Return unknowns of `n` histories in which motives do not count."""
    share = np.full((n, len(names.lenses)), 1.0 / len(names.lenses))
    return _known(names, share, 0.0, seed, prior)


def _known(names: Names, share: np.ndarray, strength: float, seed: int, prior: Prior) -> Unknowns:
    n = len(share)
    model = mixture(names.family_of)
    size = size_of(model, len(names.acts), len(names.juntas))
    z = np.random.default_rng([seed, 2]).standard_normal((n, size))
    base = unpacked(z, model, prior, names)
    every = jnp.broadcast_to(jnp.asarray(share)[:, None], base.share.shape)
    return base._replace(share=every, strength=jnp.full(n, strength))


def recovered(
    truths: Unknowns,
    record: Record,
    names: Names,
    seed: int,
    *,
    times: int = 1,
    forks: bool = True,
    prior: Prior = Prior(),  # noqa: B008
    settings: Settings = MANY,
) -> tuple[list[str], list[str]]:
    """Return for each history the family with the most posterior weight, and the verdict.

    Args:
        truths: unknowns of the histories.
        record: of the theatre.
        names: of its axes.
        seed: of the random numbers.
        times: how often over the record's quarters and forks stand in a history.
        forks: whether forks count.
        prior: of the unknowns.
        settings: of the sampler.
    """
    n = truths.strength.shape[0]
    records = histories(jax.random.key(seed), truths, stacked(record, n, times))
    if not forks:
        records = records._replace(fork_weight=jnp.zeros_like(records.fork_weight))
    model = mixture(names.family_of)
    draws = sample_many(records, repeated(model, n), prior, len(names.juntas), seed + 1, settings)
    shares = families_of(np.asarray(unpacked(draws.z, model, prior, names).share), names)
    whole = together(shares, record, len(names.juntas))
    best = [names.families[at] for at in whole.mean(axis=1).argmax(axis=-1)]
    return best, [verdict_of(row, names.families) for row in whole]


def recovery(record: Record, names: Names, seed: int = 1) -> list[dict[str, Any]]:
    """Return how often the family of a pure lens is found, by length, with and without forks.

    Over the families that are not the null. Chance would be right in one of so many.
    """
    prior, rows = Prior(), []
    families = [at for at, name in enumerate(names.families) if name != NULL]
    for times, n in CURVE.items():
        each = n // len(families)
        parts = [pure(names, family, each, seed + family, prior) for family in families]
        truths = jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *parts)
        wanted = [names.families[family] for family in families for _ in range(each)]
        for forks in (True, False):
            given = record, names, seed + 10
            best, verdicts = recovered(truths, *given, times=times, forks=forks, settings=QUICK)
            pairs = list(zip(best, verdicts, wanted, strict=True))
            rows.append(
                {
                    "quarters": times * len(record.share),
                    "forks": times * int(record.fork_weight.sum()) if forks else 0,
                    "histories": len(pairs),
                    "found": float(np.mean([most == true for most, _, true in pairs])),
                    "named": float(np.mean([said == true for _, said, true in pairs])),
                    "wrong": float(
                        np.mean([said not in (true, UNDETERMINED) for _, said, true in pairs])
                    ),
                    "chance": 1.0 / len(families),
                }
            )
    return rows


def false_names(
    record: Record, names: Names, n: int = 100, seed: int = 1
) -> dict[str, dict[str, Any]]:
    """Return what comes of histories in which no one lens is there to be found.

    `right` counts those that come out undetermined, or, of opportunism, as such.
    """
    prior = Prior()
    null = names.families.index(NULL) if NULL in names.families else 0
    truths = {
        "no lens": aimless(names, n, seed + 21, prior),
        "opportunism": pure(names, null, n, seed + 22, prior),
        "mixture": mixed(names, n, seed + 23, prior),
    }
    found = {}
    for at, kind in enumerate(KINDS):
        _, verdicts = recovered(truths[kind], record, names, seed + 30 + at, settings=QUICK)
        fine = {UNDETERMINED, NULL} if kind == "opportunism" else {UNDETERMINED}
        found[kind] = {
            "histories": n,
            "right": sum(verdict in fine for verdict in verdicts) / n,
            "verdicts": {name: verdicts.count(name) for name in sorted(set(verdicts))},
        }
    return found
