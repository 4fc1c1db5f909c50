r"""Patrons: what outside powers give each regime, within what they can and will.

A patron offers country $k$ what that would take and what its lever adds; of what is newly asked
for it grants a share $a$: $\text{wanted} = s^0 + a\,[w - s^0]_+ - [s^0 - w]_+$, and who has sent it
away is not won back by its lever $u$. Where a rival has returned (the rift), the offer shrinks:

$$o_{pk} = \text{clip}(\text{wanted}_{pk} + u_{pk}, 0, 1)\,\big(1 - \rho \sum_{q: p \in
\text{rivals}(q)} [s_{qk} - s^0_{qk}]_+\big)$$

A patron of limited capacity (at war itself) has $C_p = \max(1, \sum_k s^0_{pk})\, e^{c_p + v_p}$
to share among clients, with $c_p$ mean-reverting in logarithms and $v_p$ its lever; each gets the
share $\min(1, C_p / \sum_k o_{pk})$ of its offer. Support follows what is due at a monthly pace.

Support beyond that of the start moves levers of the theatre, shields a regime from coups or does
the reverse, keeps it from handing over, tolerates abuse, and lends the pact a backer.

Assumption: all effects are judgement around none or from none to harm; where support stood is
dated, in the theatre file. Test: `tests/unit/test_patrons.py`.
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
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
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
    offer = _offers(structure, background, params, state, forcing)
    everywhere = structure.member / jnp.maximum(structure.member.sum(), 1.0)
    set_to = structure.patrons.capacity @ (set_at_home(state, forcing) @ everywhere)
    full = jnp.maximum(background.support_start.sum(axis=1), 1.0)
    can_give = full * jnp.exp(capacity + set_to)
    share = jnp.minimum(1.0, can_give / jnp.maximum(offer.sum(axis=1), 1e-6))
    due = offer * jnp.where(structure.patrons.limited > 0, share, 1.0)[:, None]
    support = held.support + patrons.response * (due - held.support)
    return replace(state, patronage=replace(held, capacity=capacity, support=support))


def gained(background: Background, state: State) -> Float[Array, "patron country"]:
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


def _offers(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "patron country"]:
    more = jnp.maximum(gained(background, state), 0.0)
    cooled = jnp.clip(params.patrons.rift * (structure.patrons.rivals.T @ more), 0.0, 1.0)
    asked = state.patronage.wanted - background.support_start
    granted = jnp.where(asked > 0, params.patrons.answer * asked, asked)
    refused = jnp.maximum(-asked, 0.0) / jnp.maximum(background.support_start, 1e-6)
    lever = structure.patrons.offer @ set_at_home(state, forcing)
    pressed = jnp.where(lever > 0, lever * (1.0 - refused), lever)
    wished = background.support_start + granted + pressed
    return jnp.clip(wished, 0.0, 1.0) * (1.0 - cooled)
