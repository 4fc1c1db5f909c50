r"""Regime: how rule may end this month, and what its end leaves behind.

A coup or an attempt has log odds

$$\eta_k = \alpha_k + b \log(1 + \text{months since the last}) + w + d_k$$
$$d_k = c\,(\log(1 + D_k) - \log(1 + D_k^0)) - \ell_k + \sigma S_k - \gamma A_k - \sum_p i_p
(s_{pk} - s^0_{pk})$$

with $w$ the year's wave, common to all countries, and $d_k$ the danger beyond that of the start,
where $\alpha_k$ is the fit's: $D_k$ is the fading mean of state-based deaths, $\ell_k$ legitimacy
in the capital, $S_k$ sanctions, $A_k$ the others' commitments to the pact and $s_{pk}$ the support
of patron $p$. It succeeds with a probability; against a junta it may come from the junta's own
officers. A failed one is a mutiny. Juntas also end by force (rebellion, uprising, intervention; in
a share of cases rebels take the capital) or by negotiation, at the rates of past ones; a promised
date and pressure for one raise the chance that a junta hands over, the support of some patrons
lowers it.

Legitimacy in the capital falls when insurgents strike nearer to it than at the start, rises
after a coup, and fades back. Legitimacy elsewhere has no data.

Assumption: coups in the theatre follow those of the region since 1985. Evidence: the fit,
`liptako.inference.past_cases.coups`, and past juntas, `liptako.inference.past_cases.exits`. Test:
`tests/unit/test_regime.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.codes import Exit
from liptako.model.distributions import Categorical, Normal
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import alliance, ladders, patrons, pressure
from liptako.model.processes.levers import set_at_home
from liptako.model.processes.pressure import MIDDLE
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, Regime, State
from liptako.model.structure import Structure
from liptako.theatre import shocks

KINDS = (
    Exit.COUP_OTHER_CAMP,
    Exit.COUP_SAME_CAMP,
    Exit.MUTINY,
    Exit.REBELLION,
    Exit.CAPITAL_FALLS,
    Exit.NEGOTIATED,
)
"""In the order of their numbers, from 1."""

COUP = shocks.KINDS.index("coup")

NOBODY = np.zeros(1, np.uint32)


def survive(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    deaths: Float[Array, "stream country"],
    emit: Emit,
) -> State:
    """Return the state with this month's exits drawn and their memory updated.

    Args:
        structure: the theatre.
        background: where losses stood at the start.
        params: this member's parameters.
        state: with this month's events already in.
        forcing: the calendar.
        deaths: of the month, by stream and country.
        emit: draws or observes.
    """
    if not structure.member.any():
        return state
    regime = _wave(params, state.regime, forcing, emit)
    regime = replace(regime, danger=danger(structure, background, params, state, forcing))
    handing_over = jnp.exp(
        params.regime.promise * (state.conduct.due > 0)
        + params.regime.pressure * (structure.roles["transition"] @ set_at_home(state, forcing))
        - params.patrons.entrenchment @ patrons.gained(background, state)
    )
    law = Categorical(probabilities(structure, params, regime, handing_over))
    zero = np.zeros(len(structure.countries), np.uint32)
    exit_ = emit(Site.EXIT, law, structure.country_ids, zero)
    exit_ = jnp.where(forcing.shocks[COUP] > 0, float(Exit.COUP_OTHER_CAMP), exit_)
    nearer = jnp.log1p(pressure.near_capital(structure, state)) - jnp.log1p(background.siege_start)
    return replace(state, regime=_after(structure, params, regime, exit_, nearer, deaths))


def probabilities(
    structure: Structure, params: Params, regime: Regime, handing_over: Float[Array, " country"]
) -> Float[Array, "kind country"]:
    """Return the monthly probability of each kind of exit, in the order of `KINDS`.

    Args:
        structure: whose regimes are simulated.
        params: this member's parameters.
        regime: who rules, and in what danger.
        handing_over: what multiplies the rate at which juntas hand over.
    """
    rule = params.regime
    odds = coup_log_odds(params, regime)
    event = jax.nn.sigmoid(odds) * structure.member
    own_officers = rule.same_camp * regime.junta
    junta = regime.junta * structure.member
    forced = rule.forced * jnp.exp(-regime.legitimacy) * junta
    young = regime.tenure < rule.young
    negotiated = jnp.where(young, rule.negotiated, rule.negotiated_later) * junta * handing_over
    return jnp.stack(
        [
            event * rule.success * (1.0 - own_officers),
            event * rule.success * own_officers,
            event * (1.0 - rule.success),
            forced * (1.0 - rule.capital),
            forced * rule.capital,
            negotiated,
        ]
    )


def coup_log_odds(params: Params, regime: Regime) -> Float[Array, " country"]:
    """Return the log odds of a coup or an attempt this month."""
    rule = params.regime
    since = rule.since_coup * jnp.log1p(regime.coup_clock + 1.0)
    return rule.baseline + since + regime.wave + regime.danger


def danger(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return the log odds of a coup beyond those at the start, $d_k$ above."""
    rule, regime = params.regime, state.regime
    more_losses = jnp.log1p(regime.losses) - jnp.log1p(background.losses_start)
    sanctioned = structure.roles["sanctions"] @ set_at_home(state, forcing)
    sanctioned = sanctioned + ladders.sanctioned(structure, background, state)
    return (
        rule.losses * more_losses
        - regime.legitimacy
        + rule.sanctions * sanctioned
        - rule.guarantee * alliance.guarded(structure, state)
        - params.patrons.insurance @ patrons.gained(background, state)
    )


def _wave(params: Params, regime: Regime, forcing: Forcing, emit: Emit) -> Regime:
    """Return the regime with a new wave each January, as the fit has one each year."""
    rule = params.regime
    spread = rule.wave_sd * jnp.sqrt(1.0 - rule.wave_persistence**2)
    new = emit(Site.COUP_WAVE, Normal(jnp.zeros(1), jnp.ones(1)), NOBODY, NOBODY)[0]
    january = forcing.month % 12 == 1
    wave = jnp.where(january, rule.wave_persistence * regime.wave + spread * new, regime.wave)
    return replace(regime, wave=wave)


def _after(
    structure: Structure,
    params: Params,
    regime: Regime,
    exit_: Float[Array, " country"],
    nearer: Float[Array, " country"],
    deaths: Float[Array, "stream country"],
) -> Regime:
    def was(*kinds: Exit) -> Array:
        return jnp.asarray(sum(exit_ == float(kind) for kind in kinds)).astype(jnp.float32)

    rule = params.regime
    fade = jnp.exp2(-1.0 / params.memory.half_life[MIDDLE])
    attempt = was(Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)
    new_camp = was(Exit.COUP_OTHER_CAMP)
    ended = was(Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.NEGOTIATED)
    lost = (structure.block == 0) @ deaths
    keep = rule.legitimacy_persistence
    legitimacy = keep * regime.legitimacy - (1.0 - keep) * rule.siege * nearer
    return replace(
        regime,
        coup_clock=(regime.coup_clock + 1.0) * (1.0 - attempt),
        tenure=(regime.tenure + 1.0) * (1.0 - new_camp),
        junta=jnp.clip(regime.junta + new_camp - ended, 0.0, 1.0),
        losses=fade * regime.losses + (1.0 - fade) * lost,
        legitimacy=legitimacy + rule.rally * new_camp,
        shake=fade * regime.shake + new_camp + ended + was(Exit.COUP_SAME_CAMP),
        exit=exit_,
    )
