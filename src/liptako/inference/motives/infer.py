"""Motives inferred from a theatre's record: shares of lenses by junta, and what they rest on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako.data.snapshot import Snapshot
from liptako.inference.motives import comparators, panel
from liptako.inference.motives.evidence import HeldOut, held_out, unpacked
from liptako.inference.motives.model import Model, Prior, Unknowns, mixture, size_of
from liptako.inference.motives.record import Names, Record, build_record
from liptako.inference.motives.sampling import ONE, Draws, Settings, sample, sample_many
from liptako.inference.motives.shares import families_of, together
from liptako.model.menu import Menu
from liptako.model.structure import Structure
from liptako.theatre.motives import Motives
from liptako.theatre.registry import Registry
from liptako.theatre.schema import Theatre

if TYPE_CHECKING:
    from arviz import InferenceData

SIDE = Settings(warmup=500, draws=1000, chains=1, accept=0.9, depth=7)
"""For models and variants beside the main one, all at once."""

PRIOR_DRAWS = 20_000
ALL, NO_LENS = "all lenses", "no lens"
"""Models that are compared beside those of one family."""

TAIL = 0.05
KEPT = 100
"""Draws of motives that a simulation may use: one for each of its sets of assumptions."""


@dataclass(frozen=True, eq=False)
class Case:
    """A theatre's record, with what it was made of.

    Attributes:
        motives: the theatre's files.
        menu: its acts.
        record: quarters without the rows that decide forks, and forks.
        everything: shares of quarters with those rows too.
        names: of the record's axes.
        labels: of the acts.
        variants: records in which something is left out or coded otherwise.
        panel: junta-months.
        compared: killings by the state, by junta and quarter.
        handed_over: what the world's regimes had done by the same age.
    """

    motives: Motives
    menu: Menu
    record: Record
    everything: Float[np.ndarray, "quarter option"]
    names: Names
    labels: Mapping[str, str]
    variants: Mapping[str, Record]
    panel: pd.DataFrame
    compared: pd.DataFrame
    handed_over: pd.DataFrame

    def fingerprint(self) -> str:
        """Return a hash of all that enters the inference."""
        digest = hashlib.sha256()
        for leaf in jax.tree.leaves(self.record):
            digest.update(np.round(np.asarray(leaf, np.float64), 6).tobytes())
        digest.update(repr((self.names.lenses, self.names.acts, self.names.forks)).encode())
        digest.update(repr(Prior()).encode())
        return digest.hexdigest()


@dataclass(frozen=True, eq=False)
class Inferred:
    """The posterior of motives, and everything that is said of it.

    Attributes:
        case: the record.
        draws: of the main model, by chain.
        unknowns: the same, as what they mean.
        held_out: by model.
        variants: shares of all juntas together, by variant of the record.
        seed: of the random numbers.
    """

    case: Case
    draws: Draws
    unknowns: Unknowns
    held_out: Mapping[str, HeldOut]
    variants: Mapping[str, Float[np.ndarray, "draw family"]]
    seed: int

    def shares(self) -> Float[np.ndarray, "draw junta family"]:
        """Return the shares of families by junta, chains joined."""
        share = np.asarray(self.unknowns.share)
        return families_of(share.reshape(-1, *share.shape[-2:]), self.case.names)

    @property
    def wins(self) -> bool:
        """Whether motives say what was held out better than none, by more than its error."""
        gain, error = self.held_out[ALL].beyond(self.held_out[NO_LENS])
        return gain > error

    def to_arviz(self) -> InferenceData:
        """Return the posterior with named dimensions, and the log likelihood of each unit."""
        import arviz as az

        names = self.case.names
        found = {key: np.asarray(leaf) for key, leaf in self.unknowns._asdict().items()}
        return az.from_dict(
            posterior=found,
            dims={"readiness": ["act"], "share": ["junta", "lens"]},
            coords={"act": names.acts, "junta": names.juntas, "lens": names.lenses},
            attrs={"inference_library": "numpyro", "fingerprint": self.case.fingerprint()},
        )

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        from liptako.inference.motives.summary import summary

        return summary(self)


def build_case(
    motives: Motives,
    theatre: Theatre,
    structure: Structure,
    snapshot: Snapshot,
    registry: Registry,
) -> Case:
    """Return a theatre's record and its variants.

    Args:
        motives: lenses, juntas, forks and codings.
        theatre: its dated support, disputes and promises.
        structure: its menu.
        snapshot: cut at the last month that counts.
        registry: what enters choices.
    """
    given = theatre, structure, snapshot, registry
    record, names = build_record(motives, *given)
    without = {
        f"without {what}": build_record(motives, *given, counted={key: False})[0]
        for key, what in (
            ("joint", "joint decisions"),
            ("atrocity", "killings by the army"),
            ("said", "words that are not yet conduct"),
        )
    }
    compared = comparators.killings(motives, snapshot)
    variants = {
        "first coding alone": _one_coding(record, 0),
        "second coding alone": _one_coding(record, 1),
        **without,
        "without forks": record._replace(fork_weight=np.zeros_like(record.fork_weight)),
        "killings as the series has them": comparators.recoded(motives, record, names, compared),
    }
    return Case(
        motives=motives,
        menu=structure.menu,
        record=record,
        everything=panel.shares(
            panel.junta_months(motives, snapshot.timeline), names.acts, forked=True
        ),
        names=names,
        labels={name: act.label for name, act in theatre.menu.items()},
        variants=variants,
        panel=panel.junta_months(motives, snapshot.timeline),
        compared=compared,
        handed_over=comparators.handed_over(motives, snapshot),
    )


def infer(
    case: Case, seed: int = 1, *, settings: Settings = ONE, side: Settings = SIDE
) -> Inferred:
    """Return the posterior of motives of a record, with models and variants beside it.

    Args:
        case: from `build_case`.
        seed: of the random numbers.
        settings: of the main model's chains.
        side: of the others.
    """
    names, prior, n = case.names, Prior(), len(case.names.juntas)
    main = mixture(names.family_of)
    draws = sample(case.record, main, prior, n, seed, settings)
    unknowns = unpacked(draws.z, main, prior, names)
    models = {family: (at,) for at, family in enumerate(names.families)} | {NO_LENS: ()}
    offsets = {name: mixture(names.family_of, chosen) for name, chosen in models.items()}
    jobs = [(case.record, model) for model in offsets.values()]
    jobs += [(record, main) for record in case.variants.values()]
    records, stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *jobs)
    beside = sample_many(records, stacked, prior, n, seed + 1, side)
    scores = {ALL: held_out(unknowns, case.record, names, seed)}
    for at, (name, model) in enumerate(offsets.items()):
        found = unpacked(beside.z[at : at + 1], model, prior, names)
        scores[name] = held_out(found, case.record, names, seed)
    variants = {}
    for at, (name, record) in enumerate(case.variants.items(), start=len(offsets)):
        share = np.asarray(unpacked(beside.z[at], main, prior, names).share)
        variants[name] = together(families_of(share, names), record, n)
    return Inferred(case, draws, unknowns, scores, variants, seed)


def prior_shares(
    names: Names, model: Model, prior: Prior
) -> Float[np.ndarray, "draw junta family"]:
    """Return draws of the shares of families before the record."""
    size = size_of(model, len(names.acts), len(names.juntas))
    z = np.random.default_rng(0).standard_normal((PRIOR_DRAWS, size))
    return families_of(np.asarray(unpacked(z, model, prior, names).share), names)


def _one_coding(record: Record, coding: int) -> Record:
    return record._replace(
        effects=np.stack([record.effects[coding]] * 2),
        fork_effects=np.stack([record.fork_effects[coding]] * 2),
    )
