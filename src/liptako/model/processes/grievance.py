r"""Grievance in the ranks: pay, posts and exposure move coups from within and mutinies.

What an army holds against those who lead it is a memory that fades with a half-life $\tau$, two
numbers a country; $f = 2^{-1/\tau}$, $u_k$ pay and rations (1 better than today, -1 late or cut),
$r_k$ one in a month in which commanders are dismissed or moved:

$$P_k \leftarrow f P_k - (1 - f)\, u_k, \qquad A_k \leftarrow \max(f A_k, r_k)$$

Exposure is how far the state's own dead have risen since the start, within a bound $R$:
$E_k = \tanh((\log(1 + L_k) - \log(1 + L_k^0)) / R)$. Coups by insiders and attempts that fail come
$e^{g_k}$ times as often, and so do all coups where no junta rules, for the army makes them:

$$g_k = p\,(P_k - P_k^0) + a\,(A_k - A_k^0) + x\,E_k$$

so that what was felt at the start, which rates hold, is not counted again; as that fades, $g_k$
falls below none. A coup, or force, sweeps the memory out: who takes over has other debts.

Assumption: pay calms; whether a reshuffle calms (rivals gone) or provokes (posts lost) is a
structural alternative, for both were published. Of exposure there is no view, because what own
dead do to all coups is in `regime.losses` already: it asks only whether the ranks feel them more
than plotters do. Evidence: dated rows of the theatre say what was held against whom, none how
much. Test: `tests/unit/test_grievance.py`.

References:
    Powell (2012), Determinants of the attempting and outcome of coups d'état,
    doi:10.1177/0022002712445732: armies better provided for attempt fewer coups. Leon (2014),
    Loyalty for sale? Military spending and coups d'etat, doi:10.1007/s11127-013-0124-4. Easton &
    Siverson (2018), Leader survival and purges after a failed coup d'état,
    doi:10.1177/0022343318763713: who purges stays longer. Harkness (2016), The ethnic army and the
    state, doi:10.1177/0022002714545332: who reshapes an army provokes its officers.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes import timing
from liptako.model.processes.levers import no_view, set_at_home
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure
from liptako.theatre.dated import GRIEVANCES

PAY, POSTS = (GRIEVANCES.index(kind) for kind in ("pay", "posts"))
"""Rows of `Regime.grievance`."""


def feel(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> State:
    """Return the state with this month's grievances, and what they do to coups from within.

    Args:
        structure: the theatre; one that says nothing of its ranks is left as it is.
        background: what was felt, and the state's losses, at the start.
        params: this member's parameters.
        state: with this month's acts already in.
        forcing: levers and the calendar.
    """
    if not structure.ranks:
        return state
    fade = jnp.exp2(-1.0 / params.grievance.half_life)
    before = state.regime.grievance
    owed = fade * before[PAY] - (1.0 - fade) * paid(structure, params, state, forcing)
    posts = jnp.maximum(fade * before[POSTS], reshuffled(structure, state, forcing))
    felt = jnp.stack([owed, posts]) * structure.member
    state = replace(state, regime=replace(state.regime, grievance=felt))
    moved = within(structure, background, params, state)
    return replace(state, regime=replace(state.regime, within=moved))


def within(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, " country"]:
    """Return the log of what multiplies coups from within and mutinies: $g_k$."""
    rule = params.grievance
    more = state.regime.grievance - background.grievance_start
    exposed = exposure(structure, background, params, state)
    return (
        rule.pay * more[PAY]
        + rule.posts * more[POSTS]
        + no_view(rule.exposure, rule.exposure_variance, exposed)
    )


def paid(
    structure: Structure, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return how far pay and rations are better (up to 1) or worse (to -1) than at the start.

    What the state can spend counts as far as it moves pay.
    """
    lever = structure.roles["pay"] @ set_at_home(state, forcing)
    return jnp.clip(lever + params.means.pay * state.means, -1.0, 1.0)


def reshuffled(structure: Structure, state: State, forcing: Forcing) -> Float[Array, " country"]:
    """Return one where commanders are dismissed or moved this month."""
    acts = np.flatnonzero(structure.menu.reshuffle) + 1.0
    chosen = timing.chooses(forcing) & jnp.isin(state.conduct.act, acts)
    return chosen.astype(jnp.float32)


def exposure(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, " country"]:
    """Return how far losses have changed since the start, -1 to 1, of states that are simulated."""
    bound = jnp.maximum(params.regime.saturation, 1e-3)
    more = jnp.log1p(state.regime.losses) - jnp.log1p(background.losses_start)
    return jnp.tanh(more / bound) * structure.member


def level(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, " country"]:
    """Return what is felt beyond the start in all, the sum of pay, posts and exposure, -3 to 3."""
    if not structure.ranks:
        return jnp.zeros(len(structure.countries))
    more = state.regime.grievance - background.grievance_start
    return more.sum(axis=0) + exposure(structure, background, params, state)
