r"""Patrons: what outside powers give each regime, by which instruments, within what they can.

A patron gives by instruments $i$ (aid, a base, intelligence, recognition), each a share of the most
given by it; one without instruments is one of its own. It offers country $k$ what that would take
and what its levers add. Of what is newly asked for it grants all that stood on offer at the start
($\bar s \ge s^0$), a share $a$ beyond, and no more than law lets it ($m$; its own levers waive that
bound, for a waiver is its own act); who has sent it away is not won back by its lever $u$:

$$f_{ik} = \min\big(s^0 + \min(x, \bar s - s^0) + a\,[x - (\bar s - s^0)]_+,\; m\big)
+ u_{ik}, \quad x = w_{ik} - s^0_{ik} \ge 0$$

Where a rival has returned (the rift), patrons cool. What the patron $p$ of an instrument gave at
the start shrinks with what its rivals $q$ have gained, in the same country or, by a share
$\epsilon$, in any other; what it would give anew shrinks with all that they give there, from the
first month on:

$$o_{ik} = \min(f, s^0)\,(1 - \rho\,g_{pk}) + [f - s^0]_+\,(1 - \rho\,h_{pk})$$
$$g_{pk} = \sum_q \max\big(\bar\Delta_{qk}, \epsilon \max_j \bar\Delta_{qj}\big), \qquad
h_{pk} = \sum_q \max\big(\bar s_{qk}, \bar\Delta_{qk}, \epsilon \max_j \bar\Delta_{qj}\big)$$

with $\bar s_q$ the mean over the instruments of $q$ of what it gives, and $\bar\Delta_q$ that of
what it has gained since the start, $[s - s^0]_+$.

A patron of limited capacity has $C_p = \max(1, \sum s^0)\, e^{c_p + v_p - \omega (\tau_p + l_p)}$
to share among clients, with $c_p$ mean-reverting in logarithms and $v_p$ its lever; each gets the
share $\min(1, C_p / \sum o)$ of its offer. Support follows what is due at a monthly pace. Where a
war of its own takes from it, $\tau_p$ is a fading mean of $x_p$, the log of a month's deaths there
less its level at the start, and $l_p$ a lever; $x_p$ goes on as a mean-reverting walk, fitted on
the deaths up to the start (`liptako.runs.wars`).

Support beyond that of the start moves levers of the theatre, shields a regime from coups or does
the reverse, keeps it from handing over, tolerates abuse, and lends the pact a backer.

Assumption: all effects are judgement around none or from none to harm, also how far a war takes
from capacity; where support stood is dated, in the theatre file. Evidence: deaths in the war alone.
Test: `tests/unit/test_patrons.py`, `tests/unit/test_instruments.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.distributions import Normal
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes.levers import set_at_home
from liptako.model.processes.pressure import MIDDLE
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, Patronage, State
from liptako.model.structure import Structure


def supply(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state with what each patron gives this month."""
    if not structure.patrons.names:
        return state
    patrons, held = params.patrons, state.patronage
    capacity = _capacity(structure, params, held.capacity, emit)
    held = _fight(structure, background, params, held, emit)
    offer = _offers(structure, background, params, state, forcing)
    everywhere = structure.member / jnp.maximum(structure.member.sum(), 1.0)
    stands = set_at_home(state, forcing) @ everywhere
    set_to = structure.patrons.capacity @ stands
    absorbed = params.patrons.war * (held.toll + structure.patrons.war @ stands)
    own = structure.patrons.own
    full = jnp.maximum(own @ background.support_start.sum(axis=1), 1.0)
    can_give = full * jnp.exp(capacity + set_to - absorbed)
    share = jnp.minimum(1.0, can_give / jnp.maximum(own @ offer.sum(axis=1), 1e-6))
    due = offer * (jnp.where(structure.patrons.limited > 0, share, 1.0) @ own)[:, None]
    support = held.support + patrons.response * (due - held.support)
    return replace(state, patronage=replace(held, capacity=capacity, support=support))


def gained(background: Background, state: State) -> Float[Array, "instrument country"]:
    """Return support beyond what it was at the start."""
    return state.patronage.support - background.support_start


def levers(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, "lever country"]:
    """Return what patrons add to the levers: what they supply, and the abuse they tolerate."""
    each = jnp.add(structure.patrons.supplies, params.patrons.tolerance)
    return each.T @ gained(background, state)


def backing(structure: Structure, params: Params, state: State) -> Float[Array, ""]:
    """Return the most that any patron can spare for the pact, as a share of full support."""
    inside = 1.0 - state.pact.left[structure.allies]
    among_allies = state.patronage.support[:, structure.allies] * inside
    spared = params.patrons.backing * among_allies.mean(axis=1)
    return jnp.max(spared, initial=0.0)


def _capacity(structure: Structure, params: Params, capacity: Array, emit: Emit) -> Array:
    """Return a month's log capacity: a mean-reverting walk where capacity is limited."""
    patrons = params.patrons
    keep = patrons.capacity_persistence
    zero = jnp.zeros(len(structure.patrons.names))
    place = structure.patrons.ids, np.zeros(len(structure.patrons.names), np.uint32)
    news = emit(Site.PATRON_CAPACITY, Normal(zero, jnp.ones_like(zero)), *place)
    walk = patrons.capacity + keep * (capacity - patrons.capacity)
    walk = walk + patrons.capacity_sd * jnp.sqrt(1.0 - keep**2) * news
    return jnp.multiply(structure.patrons.limited, walk)


def _fight(
    structure: Structure, background: Background, params: Params, held: Patronage, emit: Emit
) -> Patronage:
    """Return what patrons' own wars have come to after a month."""
    fighting = np.flatnonzero(structure.patrons.at_war)
    if not len(fighting):
        return held
    mean, keep, spread = background.war_law[:, fighting]
    zero = np.zeros(len(fighting), np.uint32)
    law = Normal(jnp.zeros(len(fighting)), jnp.ones(len(fighting)))
    news = emit(Site.PATRON_WAR, law, structure.patrons.ids[fighting], zero)
    war = mean + keep * (held.war[fighting] - mean) + spread * jnp.sqrt(1.0 - keep**2) * news
    fade = jnp.exp2(-1.0 / params.memory.half_life[MIDDLE])
    toll = fade * held.toll[fighting] + (1.0 - fade) * war
    return replace(held, war=held.war.at[fighting].set(war), toll=held.toll.at[fighting].set(toll))


def _offers(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "instrument country"]:
    given, patrons = background.support_start, params.patrons
    asked = state.patronage.wanted - given
    at_hand = jnp.minimum(jnp.maximum(asked, 0.0), background.offer_start - given)
    granted = jnp.where(asked > 0, at_hand + patrons.answer * (asked - at_hand), asked)
    refused = jnp.maximum(-asked, 0.0) / jnp.maximum(given, 1e-6)
    lever = structure.patrons.offer @ set_at_home(state, forcing)
    pressed = jnp.where(lever > 0, lever * (1.0 - refused), lever)
    wished = jnp.minimum(given + granted, background.most_start) + pressed
    wished = jnp.clip(wished, 0.0, 1.0)
    kept, new = cooled(structure, background, params, state)
    return wished * (1.0 - kept) - jnp.maximum(wished - given, 0.0) * (new - kept)


def cooled(
    structure: Structure, background: Background, params: Params, state: State
) -> tuple[Float[Array, "instrument country"], Float[Array, "instrument country"]]:
    """Return by how much rivals cool what patrons gave at the start, and what they would add."""
    table, patrons = structure.patrons, params.patrons
    back = table.share @ jnp.maximum(gained(background, state), 0.0)
    felt = jnp.maximum(back, patrons.elsewhere * back.max(axis=1, keepdims=True))
    there = jnp.maximum(felt, table.share @ state.patronage.support)

    def by(rivals: Float[Array, "patron country"]) -> Float[Array, "instrument country"]:
        colder = jnp.clip(patrons.rift * (table.rivals.T @ rivals), 0.0, 1.0)
        return jnp.matmul(table.own.T, colder)

    return by(felt), by(there)
