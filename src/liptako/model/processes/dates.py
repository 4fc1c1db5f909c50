r"""Dates: a promise brings relief, and its breach a cost; both are remembered for a while.

A regime that newly promises a date to hand over is trusted, one whose date passes unkept or is put
off is not. Each memory is one in its month and fades with a half-life $\tau$ of its own:

$$R_k \leftarrow \max(f R_k, [\text{promised}]), \qquad
B_k \leftarrow \max(f B_k, [\text{missed or put off}]), \qquad f = 2^{-1/\tau}$$

Disputes of the regime with states that are no allies (`liptako.model.processes.ladders`) descend
$e^{\rho R_k}$ times as fast and climb $e^{\beta B_k}$ times as often. Coups come $e^{\gamma B_k}$
times as often, about which there is no view: those who were promised may act, or a junta that
stays may have bought them. Where disputes stand, a promise is worth more (the menu of the theatre),
so that promise, relief, default and sanctions may go round. Both memories begin empty: what was
promised or broken before is in where disputes stand. They end with the junta.

Assumption: one default is as bad as another, a date put off as one that passes. Evidence: in the
timeline of the shipped theatre relief followed two promises within a month, and sanctions followed
one default of three. Test: `tests/unit/test_dates.py`.

References:
    Marinov (2005), Do economic sanctions destabilize country leaders?,
    doi:10.1111/j.1540-5907.2005.00142.x. Fearon (1994), Domestic political audiences and the
    escalation of international disputes, doi:10.2307/2944796: who is seen to break a word pays.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes.levers import no_view
from liptako.model.state import Conduct, State
from liptako.model.structure import Structure


def remember(params: Params, before: Conduct, state: State) -> State:
    """Return the state with what is remembered of dates after this month's acts.

    Args:
        params: this member's parameters.
        before: what regimes had chosen by last month.
        state: with this month's acts and dates.
    """
    conduct = state.conduct
    fade = jnp.exp2(-1.0 / params.dates.half_life)
    nearer = jnp.maximum(before.due - 1.0, 0.0)
    promised = (nearer == 0) & (conduct.due > 0)
    put_off = (nearer > 0) & (conduct.due > nearer)
    broken = put_off | (conduct.missed > before.missed)
    junta = state.regime.junta
    relief = jnp.maximum(fade * conduct.relief, promised.astype(jnp.float32)) * junta
    default = jnp.maximum(fade * conduct.default, broken.astype(jnp.float32)) * junta
    return replace(state, conduct=replace(conduct, relief=relief, default=default))


def between_states(
    structure: Structure, params: Params, state: State
) -> tuple[Float[Array, " dyad"], Float[Array, " dyad"]]:
    """Return what defaults add to the climbing of each dispute, and promises to its descent.

    Log rate ratios; none between allies, who ask for no dates.
    """
    pair = structure.dyads
    outer = 1.0 - structure.member[pair].prod(axis=1)
    defaults = state.conduct.default[pair].max(axis=1) * outer
    promises = state.conduct.relief[pair].max(axis=1) * outer
    return params.dates.default * defaults, params.dates.relief * promises


def coups(params: Params, state: State) -> Float[Array, " country"]:
    """Return the log of what a default multiplies the rate of coups by."""
    rule = params.dates
    return no_view(rule.coups, rule.coups_variance, state.conduct.default)
