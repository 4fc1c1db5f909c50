"""The numbers of the model that a member carries: one leaf for each row of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import jax
import numpy as np
from jaxtyping import Array, Float


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MemoryParams:
    """How long past events count."""

    half_life: Float[Array, " half_life"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ShocksParams:
    """How a country's level wanders inside the law that history gives it."""

    persistence: Float[Array, ""]
    transient: Float[Array, ""]
    correlation: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PresenceParams:
    """Where states put what presence they have, and what it suppresses."""

    need: Float[Array, ""]
    inertia: Float[Array, ""]
    offensive: Float[Array, ""]
    supply_loss: Float[Array, ""]
    suppression: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ViolenceParams:
    """Who tends to follow whom."""

    background: Float[Array, "stream country"]
    excitation: Float[Array, "stream stream half_life"]
    contagion: Float[Array, "stream pressure ring"]
    dispersion: Float[Array, " stream"]
    permeability: Float[Array, " border"]
    lever_effect: Float[Array, "lever stream"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class SeverityParams:
    """How deadly an event is."""

    log_median: Float[Array, " stream"]
    log_sd: Float[Array, " stream"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class DisplacementParams:
    """Who leaves, how far, and how many return."""

    log_rate: Float[Array, " country"]
    elasticity: Float[Array, ""]
    log_sd: Float[Array, ""]
    distance_decay: Float[Array, ""]
    return_rate: Float[Array, ""]
    most: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class InfluenceParams:
    """From insurgent events to people under influence."""

    half_saturation: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class RegimeParams:
    """How rule ends, and what its end does to the war."""

    baseline: Float[Array, " country"]
    since_coup: Float[Array, ""]
    losses: Float[Array, ""]
    wave: Float[Array, ""]
    wave_sd: Float[Array, ""]
    wave_persistence: Float[Array, ""]
    success: Float[Array, ""]
    same_camp: Float[Array, ""]
    forced: Float[Array, ""]
    capital: Float[Array, ""]
    negotiated: Float[Array, ""]
    negotiated_later: Float[Array, ""]
    young: Float[Array, ""]
    siege: Float[Array, ""]
    rally: Float[Array, ""]
    legitimacy_persistence: Float[Array, ""]
    guarantee: Float[Array, ""]
    sanctions: Float[Array, ""]
    promise: Float[Array, ""]
    pressure: Float[Array, ""]
    exit_effect: Float[Array, " stream"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class ChoicesParams:
    """How readily regimes act, and what an act of the pact or of transition does."""

    readiness: Float[Array, " act"]
    precision: Float[Array, ""]
    term: Float[Array, ""]
    deepening: Float[Array, ""]
    lasting: Float[Array, ""]
    depth: Float[Array, ""]
    enough: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class LaddersParams:
    """How disputes between two states climb and calm down."""

    up: Float[Array, ""]
    down: Float[Array, ""]
    incident: Float[Array, ""]
    clash: Float[Array, ""]
    war: Float[Array, ""]
    calm: Float[Array, ""]
    step: Float[Array, ""]
    crossing: Float[Array, ""]
    spoiler: Float[Array, ""]
    coup: Float[Array, ""]
    pursuit: Float[Array, ""]
    publicity: Float[Array, ""]
    mediation: Float[Array, ""]
    rivalry: Float[Array, ""]
    distrust: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class PatronsParams:
    """What patrons can give, and what their support does to a regime."""

    capacity: Float[Array, " patron"]
    capacity_sd: Float[Array, ""]
    capacity_persistence: Float[Array, ""]
    response: Float[Array, ""]
    answer: Float[Array, ""]
    rift: Float[Array, ""]
    insurance: Float[Array, " patron"]
    entrenchment: Float[Array, " patron"]
    tolerance: Float[Array, "patron lever"]
    backing: Float[Array, " patron"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class MotivesParams:
    """What each regime wants: weights over consequences."""

    weight: Float[Array, "country consequence"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class CommitmentParams:
    """What allies gain and lose by committing force, quarter by quarter."""

    precision: Float[Array, ""]
    threshold: Float[Array, ""]
    steepness: Float[Array, ""]
    relief: Float[Array, ""]
    spare: Float[Array, ""]
    cost: Float[Array, ""]
    insurance: Float[Array, ""]
    standing: Float[Array, ""]
    entrapment: Float[Array, ""]
    gone: Float[Array, ""]
    most_exposure: Float[Array, ""]
    most_danger: Float[Array, ""]
    most_strain: Float[Array, ""]
    willing: Float[Array, ""]
    much: Float[Array, ""]
    trust: Float[Array, ""]
    neutral_trust: Float[Array, ""]
    trust_pace: Float[Array, ""]
    agenda_pace: Float[Array, ""]
    agenda_lock: Float[Array, ""]
    outside: Float[Array, ""]
    exit: Float[Array, ""]
    exit_sensitivity: Float[Array, ""]
    launch: Float[Array, ""]
    stall: Float[Array, ""]
    lapse: Float[Array, ""]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class AllianceParams:
    """How a pact moves through its stages, and what it then does.

    The first five are the rates of past pacts; see `liptako.model.processes.alliance` for when
    they hold.
    """

    to_consultative: Float[Array, ""]
    to_operational: Float[Array, ""]
    to_integrated: Float[Array, ""]
    end: Float[Array, ""]
    leave: Float[Array, ""]
    leave_after_coup: Float[Array, ""]
    follow: Float[Array, ""]
    acts_consultative: Float[Array, ""]
    acts_operational: Float[Array, ""]
    effort: Float[Array, ""]
    closure: Float[Array, ""]
    away: Float[Array, ""]
    shield: Float[Array, ""]
    markov: Float[Array, ""]
    active: Float[Array, ""]


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
    commitment: CommitmentParams
    alliance: AllianceParams


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
