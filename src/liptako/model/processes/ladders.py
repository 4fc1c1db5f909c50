r"""Ladders: how far the dispute of each pair of states climbs.

Six rungs: dialogue, sanctions, coercion (threats, recalled envoys, closed borders); then the levels
of militarised disputes: display of force, use of force, war. In a month a dispute of heat $h$

- climbs or descends a lower rung at rates $u\,e^{h}$ and $d\,e^{-h'}$ ($h'$: publicity less
  mediation, for audiences punish who gives way);
- becomes an incident at $i\,e^{h + b r + t T} / m$ from rung $r$, with $i$ the rate of past
  disputes between neighbours of the region and $T$ one while a bloc threatens one of the two in the
  name of the other; $m = (1 + q e^b + q^2 e^{2b}) / (1 + q + q^2)$, $q = u / d$, is the mean of
  $e^{b r}$ over the lower rungs as they come by themselves, so that on average the rate is that of
  the past; at once a share comes to the use of force, a share of those to war;
- above, calms down to coercion at a rate of its own, times $e^{-h'}$.

While a bloc's threat of force stands between two, their dispute stands at coercion at least, and
at the use of force once force is sent.

$$h = c\,x + s\,[\text{spoiler}] + k\,[\text{coup}] + p\,u_{pursuit} + a\,u_{publicity} [r > 0]
- m\,u_{mediation} + g\,u_{sanctions} [\text{bloc}] + f\,(\tau_0 - \tau)\,[\text{allies}]
+ \beta B$$

with $u_{mediation}$ what is set and what patrons supply, $[\text{bloc}]$ one between a junta and
the members of its bloc without one, where $g$ keeps a dispute from calming down too, $x$ the log of
insurgent events in the border cells of the two against those at the start, and $\tau$ trust
($\tau_0$: neither rivals nor friends): allies that fail one another may become rivals. Rivalry in
turn costs trust. $B$ is the memory of a broken date of one of the two, and one newly promised takes
$\rho R$ off $h'$ (`liptako.model.processes.dates`).

Assumption: lower rungs are judgement; upper ones follow the rate of past disputes, and their
causes are judgement. Evidence: `liptako.inference.past_cases.disputes`. Test:
`tests/unit/test_ladders.py`.

References:
    Fearon (1994), Domestic political audiences and the escalation of international disputes,
    doi:10.2307/2944796. MID 5.0: Palmer et al. (2022), doi:10.1177/0738894221995743.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from liptako.model.codes import Exit, Rung, Threat
from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import blocs, dates, patrons, pressure
from liptako.model.processes.levers import set_at_home
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure
from liptako.theatre import shocks

SPOILER = shocks.KINDS.index("spoiler")

MOVES = ("down", "up", "incident", "clash", "war")
"""What may happen to a dispute in a month, in the order of their numbers, from 1."""


def escalate(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state with each dispute a month on."""
    if not len(structure.dyads):
        return state
    ids = structure.country_ids[structure.dyads]
    threat = blocs.between(structure, state)
    driven = heat(structure, background, params, state, forcing)
    rates = moves(params, state.rung, *driven, threat > 0)
    chances = rates * (-jnp.expm1(-rates.sum(axis=0)) / jnp.maximum(rates.sum(axis=0), 1e-9))
    move = emit(Site.RUNG, Categorical(chances), ids[:, 0], ids[:, 1])
    down = jnp.where(state.rung > Rung.COERCION, float(Rung.COERCION), state.rung - 1.0)
    to = [state.rung, down, state.rung + 1.0]
    to += [jnp.full_like(state.rung, float(rung)) for rung in (Rung.INCIDENT, Rung.CLASH, Rung.WAR)]
    rung = sum((move == float(number)) * value for number, value in enumerate(to))
    state = replace(state, rung=jnp.maximum(rung, least(threat)))
    trust = state.pact.trust * (1.0 - params.ladders.distrust * rivals(structure, state))
    return replace(state, pact=replace(state.pact, trust=trust))


def moves(
    params: Params,
    rung: Float[Array, " dyad"],
    heat: Array,
    publicity: Array,
    threatened: Bool[Array, " dyad"],
) -> Float[Array, "move dyad"]:
    """Return monthly rates of each move, in the order of `MOVES`.

    Args:
        params: this member's parameters.
        rung: where each dispute stands.
        heat: what drives it up, as a log rate.
        publicity: what keeps it from calming down, as a log rate.
        threatened: whether a bloc threatens one of the two in the name of the other.
    """
    ladder = params.ladders
    low = rung < Rung.INCIDENT
    raised = jnp.exp(heat + ladder.step * rung + ladder.threat * threatened)
    onset = ladder.incident * raised / by_themselves(params) * low
    fought, warred = ladder.clash, ladder.clash * ladder.war
    return jnp.stack(
        [
            jnp.where(low, ladder.down * (rung > 0), ladder.calm) * jnp.exp(-publicity),
            ladder.up * jnp.exp(heat) * (rung < Rung.COERCION),
            onset * (1.0 - fought),
            onset * (fought - warred),
            onset * warred,
        ]
    )


def least(threat: Float[Array, " dyad"]) -> Float[Array, " dyad"]:
    """Return the lowest rung of a dispute in which a bloc's threat stands so far."""
    sent = threat == float(Threat.SENT)
    return (threat > 0) * float(Rung.COERCION) + sent * float(Rung.CLASH - Rung.COERCION)


def by_themselves(params: Params) -> Float[Array, ""]:
    """Return the mean of what rungs do to incidents, over lower rungs as they come undriven."""
    ladder = params.ladders
    odds = ladder.up / jnp.maximum(ladder.down, 1e-9)
    shares = jnp.stack([jnp.ones_like(odds), odds, odds**2])
    return (shares * jnp.exp(ladder.step * np.arange(3.0))).sum() / shares.sum()


def heat(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> tuple[Float[Array, " dyad"], Float[Array, " dyad"]]:
    """Return what drives each dispute up, and what keeps it from calming down, as log rates."""
    ladder, pair = params.ladders, structure.dyads
    stands = set_at_home(state, forcing)

    def of_lever(role: str, added: Array | float = 0.0) -> Float[Array, " dyad"]:
        both = (structure.roles[role] @ (stands + added))[pair]
        return jnp.maximum(both.max(axis=1), 0.0) + jnp.minimum(both.min(axis=1), 0.0)

    at_border = pressure.border_attacks(structure, state)
    before = background.border_start[pair].sum(axis=1)
    crossing = jnp.log1p(at_border[pair].sum(axis=1)) - jnp.log1p(before)
    coup = state.regime.exit == float(Exit.COUP_OTHER_CAMP)
    allies = structure.member[pair].prod(axis=1) * params.alliance.active
    against = (structure.roles["sanctions"] @ stands)[pair] * blocs.opposed(structure, state)
    renewed = ladder.sanctions * (
        against.max(axis=(0, 2), initial=0.0) + against.min((0, 2), initial=0.0)
    )
    public = ladder.publicity * of_lever("publicity")
    supplied = patrons.levers(structure, background, params, state)
    calming = ladder.mediation * of_lever("mediation", supplied)
    broken, trusted = dates.between_states(structure, params, state)
    drives = (
        ladder.crossing * crossing
        + ladder.spoiler * forcing.shocks[SPOILER][pair].max(axis=1)
        + ladder.coup * coup[pair].max(axis=1)
        + ladder.pursuit * of_lever("pursuit")
        + public * (state.rung > 0)
        - calming
        + renewed
        + ladder.rivalry * (params.commitment.neutral_trust - state.pact.trust) * allies
        + broken
    )
    kept = public - calming + renewed - trusted
    return jnp.clip(drives, -4.0, 4.0), jnp.clip(kept, -4.0, 4.0)


def sanctioned(
    structure: Structure, background: Background, state: State
) -> Float[Array, " country"]:
    """Return the change since the start in the share of a country's disputes past dialogue."""
    change = (state.rung >= Rung.SANCTIONS) * 1.0 - (background.rung_start >= Rung.SANCTIONS)
    party = structure.party_matrix
    return change @ party / np.maximum(party.sum(axis=0), 1.0)


def rivals(structure: Structure, state: State) -> Float[Array, ""]:
    """Return one where two allies have come to coercion or beyond."""
    if not len(structure.dyads):
        return jnp.zeros(())
    inside = structure.member * (1.0 - state.pact.left)
    among_allies = inside[structure.dyads].prod(axis=1)
    return ((state.rung >= Rung.COERCION) * among_allies).max()
