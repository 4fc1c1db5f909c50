"""The numbers of the model that a member carries: one leaf for each row of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import jax
import numpy as np
from jaxtyping import Array, Float

if TYPE_CHECKING:
    Leaf = Array
else:
    Leaf = Array | np.ndarray
"""In a step JAX's numbers of one member; where members are drawn and kept, NumPy's of many."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MemoryParams:
    """How long past events count."""

    half_life: Float[Leaf, "*member half_life"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ShocksParams:
    """How a country's level wanders inside the law that history gives it."""

    persistence: Float[Leaf, "*member"]
    transient: Float[Leaf, "*member"]
    correlation: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PresenceParams:
    """Where states put what presence they have, and what it suppresses."""

    need: Float[Leaf, "*member"]
    inertia: Float[Leaf, "*member"]
    offensive: Float[Leaf, "*member"]
    supply_loss: Float[Leaf, "*member"]
    suppression: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ViolenceParams:
    """Who tends to follow whom."""

    background: Float[Leaf, "*member stream country"]
    excitation: Float[Leaf, "*member stream stream half_life"]
    contagion: Float[Leaf, "*member stream pressure ring"]
    dispersion: Float[Leaf, "*member stream"]
    permeability: Float[Leaf, "*member border"]
    lever_effect: Float[Leaf, "*member lever stream"]
    lever_effect_variance: Float[Leaf, "*member lever stream"]
    published: Float[Leaf, "*member lever stream"]
    published_size: Float[Leaf, "*member lever"]
    recruitment: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SeverityParams:
    """How deadly an event is."""

    log_median: Float[Leaf, "*member stream"]
    log_sd: Float[Leaf, "*member stream"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class DisplacementParams:
    """Who leaves, how far, and how many return."""

    log_rate: Float[Leaf, "*member country"]
    elasticity: Float[Leaf, "*member"]
    log_sd: Float[Leaf, "*member"]
    distance_decay: Float[Leaf, "*member"]
    return_rate: Float[Leaf, "*member"]
    most: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class InfluenceParams:
    """From insurgent events to people under influence."""

    half_saturation: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RegimeParams:
    """How rule ends, and what its end does to the war."""

    baseline: Float[Leaf, "*member country"]
    since_coup: Float[Leaf, "*member"]
    success: Float[Leaf, "*member"]
    handed_over: Float[Leaf, "*member age_band"]
    handed_over_cohort: Float[Leaf, "*member age_band"]
    cohort: Float[Leaf, "*member"]
    cohort_from: Float[Leaf, "*member"]
    coup_others: Float[Leaf, "*member age_band"]
    coup_insiders: Float[Leaf, "*member age_band"]
    force: Float[Leaf, "*member age_band"]
    capital: Float[Leaf, "*member"]
    abroad: Float[Leaf, "*member"]
    losses: Float[Leaf, "*member"]
    saturation: Float[Leaf, "*member"]
    siege: Float[Leaf, "*member"]
    siege_variance: Float[Leaf, "*member"]
    rally: Float[Leaf, "*member"]
    rally_variance: Float[Leaf, "*member"]
    legitimacy_persistence: Float[Leaf, "*member"]
    guarantee: Float[Leaf, "*member"]
    sanctions: Float[Leaf, "*member"]
    sanctions_variance: Float[Leaf, "*member"]
    frailty: Float[Leaf, "*member"]
    contagion: Float[Leaf, "*member"]
    after_coup: Float[Leaf, "*member"]
    promise: Float[Leaf, "*member"]
    promise_variance: Float[Leaf, "*member"]
    pressure: Float[Leaf, "*member"]
    pressure_variance: Float[Leaf, "*member"]
    exit_effect: Float[Leaf, "*member stream"]
    exit_effect_variance: Float[Leaf, "*member stream"]
    reach: Float[Leaf, "*member"]
    reach_variance: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ChoicesParams:
    """How readily regimes act, and what an act of the pact or of transition does."""

    readiness: Float[Leaf, "*member act"]
    precision: Float[Leaf, "*member"]
    term: Float[Leaf, "*member"]
    deepening: Float[Leaf, "*member"]
    lasting: Float[Leaf, "*member"]
    depth: Float[Leaf, "*member"]
    enough: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class BlocsParams:
    """How a bloc comes to threaten those who rule a member, and what it then does."""

    after_coup: Float[Leaf, "*member"]
    threaten: Float[Leaf, "*member"]
    order: Float[Leaf, "*member"]
    send: Float[Leaf, "*member"]
    relent: Float[Leaf, "*member"]
    overthrow: Float[Leaf, "*member"]
    deterrence: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MeansParams:
    """What moves what a state can spend, and what that moves."""

    lever: Float[Leaf, "*member lever"]
    sanctions: Float[Leaf, "*member"]
    agenda: Float[Leaf, "*member"]
    outside: Float[Leaf, "*member"]
    aid: Float[Leaf, "*member"]
    pace: Float[Leaf, "*member"]
    coups: Float[Leaf, "*member"]
    pay: Float[Leaf, "*member"]
    force: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class LaddersParams:
    """How disputes between two states climb and calm down."""

    up: Float[Leaf, "*member"]
    down: Float[Leaf, "*member"]
    incident: Float[Leaf, "*member"]
    clash: Float[Leaf, "*member"]
    war: Float[Leaf, "*member"]
    calm: Float[Leaf, "*member"]
    step: Float[Leaf, "*member"]
    threat: Float[Leaf, "*member"]
    sanctions: Float[Leaf, "*member"]
    crossing: Float[Leaf, "*member"]
    spoiler: Float[Leaf, "*member"]
    coup: Float[Leaf, "*member"]
    pursuit: Float[Leaf, "*member"]
    publicity: Float[Leaf, "*member"]
    mediation: Float[Leaf, "*member"]
    rivalry: Float[Leaf, "*member"]
    distrust: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PatronsParams:
    """What patrons can give, and what their support does to a regime."""

    capacity: Float[Leaf, "*member patron"]
    capacity_sd: Float[Leaf, "*member"]
    capacity_persistence: Float[Leaf, "*member"]
    response: Float[Leaf, "*member"]
    answer: Float[Leaf, "*member"]
    rift: Float[Leaf, "*member"]
    elsewhere: Float[Leaf, "*member"]
    war: Float[Leaf, "*member patron"]
    insurance: Float[Leaf, "*member instrument"]
    insurance_variance: Float[Leaf, "*member instrument"]
    entrenchment: Float[Leaf, "*member instrument"]
    tolerance: Float[Leaf, "*member instrument lever"]
    backing: Float[Leaf, "*member instrument"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MotivesParams:
    """What each regime wants: weights over consequences."""

    weight: Float[Leaf, "*member country consequence"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class CommitmentParams:
    """What allies gain and lose by committing force, quarter by quarter."""

    precision: Float[Leaf, "*member"]
    threshold: Float[Leaf, "*member"]
    steepness: Float[Leaf, "*member"]
    relief: Float[Leaf, "*member"]
    spare: Float[Leaf, "*member"]
    cost: Float[Leaf, "*member"]
    insurance: Float[Leaf, "*member"]
    standing: Float[Leaf, "*member"]
    entrapment: Float[Leaf, "*member"]
    gone: Float[Leaf, "*member"]
    most_exposure: Float[Leaf, "*member"]
    most_danger: Float[Leaf, "*member"]
    most_strain: Float[Leaf, "*member"]
    willing: Float[Leaf, "*member"]
    much: Float[Leaf, "*member"]
    trust: Float[Leaf, "*member"]
    neutral_trust: Float[Leaf, "*member"]
    trust_pace: Float[Leaf, "*member"]
    agenda_pace: Float[Leaf, "*member"]
    agenda_lock: Float[Leaf, "*member"]
    outside: Float[Leaf, "*member"]
    exit: Float[Leaf, "*member"]
    exit_sensitivity: Float[Leaf, "*member"]
    launch: Float[Leaf, "*member"]
    stall: Float[Leaf, "*member"]
    lapse: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class AllianceParams:
    """How a pact moves through its stages, and what it then does.

    The first five are the rates of past pacts; see `liptako.model.processes.alliance` for when
    they hold.
    """

    to_consultative: Float[Leaf, "*member"]
    to_operational: Float[Leaf, "*member"]
    to_integrated: Float[Leaf, "*member"]
    end: Float[Leaf, "*member"]
    leave: Float[Leaf, "*member"]
    leave_after_coup: Float[Leaf, "*member"]
    follow: Float[Leaf, "*member"]
    acts_consultative: Float[Leaf, "*member"]
    acts_operational: Float[Leaf, "*member"]
    effort: Float[Leaf, "*member"]
    closure: Float[Leaf, "*member"]
    away: Float[Leaf, "*member"]
    shield: Float[Leaf, "*member"]
    markov: Float[Leaf, "*member"]
    active: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class GrievanceParams:
    """How long the ranks remember, and what it does to coups from within."""

    half_life: Float[Leaf, "*member"]
    pay: Float[Leaf, "*member"]
    posts: Float[Leaf, "*member"]
    exposure: Float[Leaf, "*member"]
    exposure_variance: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class DatesParams:
    """How long promised and broken dates are remembered, and what they do."""

    half_life: Float[Leaf, "*member"]
    relief: Float[Leaf, "*member"]
    default: Float[Leaf, "*member"]
    coups: Float[Leaf, "*member"]
    coups_variance: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class TerritoryParams:
    """How towns come under siege and out of it, and what sieges and exits of forces do."""

    begins: Float[Leaf, "*member"]
    pressure: Float[Leaf, "*member"]
    ends: Float[Leaf, "*member"]
    holds: Float[Leaf, "*member"]
    relief: Float[Leaf, "*member"]
    far: Float[Leaf, "*member"]
    convoys: Float[Leaf, "*member"]
    isolation: Float[Leaf, "*member"]
    relief_draws: Float[Leaf, "*member"]
    cut_off: Float[Leaf, "*member"]
    exits: Float[Leaf, "*member"]
    exits_capital: Float[Leaf, "*member"]
    exit_half_life: Float[Leaf, "*member"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Params:
    """All parameters, by process."""

    memory: MemoryParams
    shocks: ShocksParams
    presence: PresenceParams
    violence: ViolenceParams
    severity: SeverityParams
    displacement: DisplacementParams
    influence: InfluenceParams
    regime: RegimeParams
    motives: MotivesParams
    patrons: PatronsParams
    choices: ChoicesParams
    ladders: LaddersParams
    blocs: BlocsParams
    means: MeansParams
    commitment: CommitmentParams
    alliance: AllianceParams
    grievance: GrievanceParams
    dates: DatesParams
    territory: TerritoryParams


VARIANCE = "_variance"
"""Ends the name of a leaf that holds the prior variance of another: what a log rate ratio about
which there is no view must lose, so that the mean rate stays as it is."""


def leaf_paths() -> list[str]:
    """Return `process.name` of every leaf, in order."""
    processes = {field.name: field.type for field in fields(Params)}
    return [
        f"{process}.{field.name}"
        for process, kind in processes.items()
        for field in fields(globals()[str(kind)])
    ]


def from_leaves(leaves: Mapping[str, Array | np.ndarray]) -> Params:
    """Assemble `Params` from a mapping `process.name` -> array."""
    groups = {}
    for field in fields(Params):
        kind = globals()[str(field.type)]
        groups[field.name] = kind(
            **{leaf.name: leaves[f"{field.name}.{leaf.name}"] for leaf in fields(kind)}
        )
    return Params(**groups)
