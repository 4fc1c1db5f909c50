r"""Regime: how rule may end this month, and what its end leaves behind.

A regime born of a coup ends at rates by cause and by the band of its age $a$, constant within a
band (`liptako.inference.past_cases.regimes`): handed over, coup by others, coup by insiders (which
ends a junta's leadership and no regime), force. Each rate is multiplied by what moves it:

$$h_{handed} = r_{handed}(a)\, e^{p\,(D_k - D_k^0) + q X_k - \sum_p e_p (s_{pk} - s^0_{pk})},\quad
h_{coup} = r_{coup}(a)\, e^{d_k},\quad h_{force} = r_{force}(a)\, f$$
$$d_k = c\,S(\log(1 + L_k) - \log(1 + L_k^0)) - \ell_k + \sigma S_k - \gamma A_k
- \mu\,m_k - \sum_p i_p (s_{pk} - s^0_{pk}) + \delta B_k + \rho (Q_k - Q_k^0) + \log f + \kappa_k$$

Coups by insiders, and attempts that fail, come $e^{g_k}$ times as often again, with $g_k$ what the
ranks hold against those who lead them (`liptako.model.processes.grievance`); $\delta B_k$ is what a
broken date does (`liptako.model.processes.dates`).

$D_k$ is one while a promised date stands (nearly all regimes that handed over had one, so that the
rates hold what dates do), $X_k$ pressure for one, $L_k$ the fading mean of the state's own dead and
$S(x) = R \tanh(x / R)$ bounds what it does, $\ell_k$ legitimacy in the capital, $S_k$ sanctions,
$m_k$ the log of a state's means over those at the start, $A_k$ the others' commitments to the pact,
$s_{pk}$ the support of patron $p$, $Q_k$ the share of people outside the capital whom the state
reaches. $f$ is a factor of mean one that all regimes of a future share,
and $\kappa_k$ the log ratio of coups in the year after one that succeeded in another country, less
its mean over the record. Other movers are zero as the run begins, and these two have a mean of one
over futures and over the record, so that what the rates hold is not counted again. A log rate ratio
on which there is no view loses half its prior variance times the square of what it multiplies: the
mean rate stays as it is.

Where a bloc has sent force, it ends rule at a rate of its own; in members of a bloc $r_{force}$
loses the share of past ends by force that came from abroad.

A coup that fails is a mutiny; so many fail for each success as in the record. Other governments
face coups at log odds $\alpha_k + b \log(1 + \text{months since the last}) + d_k$, and other exits
do not happen to them. An election that the camp's own leader wins, or an orderly succession, ends
no regime, as in the record.

Legitimacy in the capital falls when insurgents strike nearer to it than at the start, rises
after a coup, and fades back. Legitimacy elsewhere has no data: whom the state reaches there stands
for it, with no view on its sign.

Assumption: regimes of the theatre end as those of their region and the world did at their age.
Evidence: `liptako verify --level regimes`, `--level coups`. Test: `tests/unit/test_regime.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.codes import AGE_BANDS, Exit
from liptako.model.distributions import Categorical, Normal
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import (
    alliance,
    blocs,
    dates,
    ladders,
    patrons,
    pressure,
    territory,
)
from liptako.model.processes.levers import no_view, set_at_home
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
    Exit.INTERVENTION,
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
    lost: Float[Array, " country"],
    emit: Emit,
) -> State:
    """Return the state with this month's exits drawn and their memory updated.

    Args:
        structure: the theatre.
        background: where losses stood at the start.
        params: this member's parameters.
        state: with this month's events already in.
        forcing: the calendar.
        lost: dead on the side of the state in the month.
        emit: draws or observes.
    """
    if not structure.member.any():
        return state
    regime = replace(state.regime, danger=danger(structure, background, params, state, forcing))
    handing_over = handed_over(structure, background, params, state, forcing)
    invaded = blocs.sent(state)
    law = Categorical(
        probabilities(structure, params, regime, forcing.month, handing_over, invaded)
    )
    zero = np.zeros(len(structure.countries), np.uint32)
    exit_ = emit(Site.EXIT, law, structure.country_ids, zero)
    exit_ = jnp.where(forcing.shocks[COUP] > 0, float(Exit.COUP_OTHER_CAMP), exit_)
    nearer = jnp.log1p(pressure.near_capital(structure, state)) - jnp.log1p(background.siege_start)
    return replace(state, regime=_after(structure, params, regime, exit_, nearer, lost))


def handed_over(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return what multiplies the rate at which each junta hands over."""
    rule = params.regime
    dated = jnp.asarray(state.conduct.due > 0).astype(jnp.float32) - background.dated_start
    pressed = jnp.asarray(structure.roles["transition"] @ set_at_home(state, forcing))
    return jnp.exp(
        no_view(rule.promise, rule.promise_variance, dated)
        + no_view(rule.pressure, rule.pressure_variance, pressed)
        - params.patrons.entrenchment @ patrons.gained(background, state)
    )


def probabilities(
    structure: Structure,
    params: Params,
    regime: Regime,
    month: Array,
    handing_over: Float[Array, " country"],
    invaded: Float[Array, " country"],
) -> Float[Array, "kind country"]:
    """Return the monthly probability of each kind of exit, in the order of `KINDS`.

    Args:
        structure: whose regimes are simulated.
        params: this member's parameters.
        regime: who rules, and in what danger.
        month: number of the month.
        handing_over: what multiplies the rate at which juntas hand over.
        invaded: one where a bloc has sent force.
    """
    rates = risks(structure, params, regime, month, handing_over, invaded)
    total = rates.sum(axis=0)
    junta = rates / jnp.maximum(total, 1e-12) * -jnp.expm1(-total)
    event = jax.nn.sigmoid(coup_log_odds(params, regime)) * structure.member
    event = event * (1.0 - regime.junta)
    nothing = jnp.zeros_like(event)
    success = params.regime.success
    other = jnp.stack(
        [event * success, nothing, event * (1.0 - success), *[nothing] * (len(KINDS) - 3)]
    )
    return junta + other


def risks(
    structure: Structure,
    params: Params,
    regime: Regime,
    month: Array,
    handing_over: Float[Array, " country"],
    invaded: Float[Array, " country"],
) -> Float[Array, "kind country"]:
    """Return the monthly rates at which juntas face each kind of exit, in the order of `KINDS`."""
    rule = params.regime
    band = jnp.searchsorted(jnp.asarray(AGE_BANDS, jnp.float32), regime.tenure, side="right") - 1
    of_cohort = (rule.cohort > 0) & (month - regime.tenure > rule.cohort_from)
    moved = jnp.exp(regime.danger + tie(params, regime))
    aggrieved = jnp.exp(regime.within)
    others, insiders = rule.coup_others[band] * moved, rule.coup_insiders[band] * moved
    failed = (others + insiders) * aggrieved * (1.0 - rule.success) / rule.success
    in_a_bloc = structure.bloc_members.max(axis=0, initial=0.0)
    force = rule.force[band] * jnp.exp(regime.frailty)
    handed = jnp.where(of_cohort, rule.handed_over_cohort[band], rule.handed_over[band])
    each = [
        others,
        insiders * aggrieved,
        failed,
        force * (1.0 - rule.capital) * (1.0 - rule.abroad * in_a_bloc),
        force * rule.capital,
        handed * handing_over,
        params.blocs.overthrow * invaded,
    ]
    return jnp.stack(each) * regime.junta * structure.member


def coup_log_odds(params: Params, regime: Regime) -> Float[Array, " country"]:
    """Return the log odds of a coup or an attempt this month, where no junta rules."""
    rule = params.regime
    since = rule.since_coup * jnp.log1p(regime.coup_clock + 1.0)
    return rule.baseline + since + regime.danger + regime.within + tie(params, regime)


def danger(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return the log rate of coups beyond that of the start: $d_k$ less its last two terms.

    It is what those who rule can see coming: neither the factor that a future's regimes share, nor
    the year after another's coup, nor what their ranks hold against them.
    """
    rule, regime = params.regime, state.regime
    more_losses = jnp.log1p(regime.losses) - jnp.log1p(background.losses_start)
    bound = jnp.maximum(rule.saturation, 1e-3)
    sanctioned = structure.roles["sanctions"] @ set_at_home(state, forcing)
    sanctioned = jnp.asarray(sanctioned + ladders.sanctioned(structure, background, state))
    gained = patrons.gained(background, state)
    insured = jnp.square(gained).T @ (0.5 * params.patrons.insurance_variance)
    return (
        rule.losses * bound * jnp.tanh(more_losses / bound)
        + no_view(rule.siege, rule.siege_variance, regime.siege)
        + no_view(-rule.rally, rule.rally_variance, regime.rally)
        + no_view(rule.sanctions, rule.sanctions_variance, sanctioned)
        - params.means.coups * state.means
        + no_view(rule.reach, rule.reach_variance, territory.gained_reach(structure, state))
        - rule.guarantee * alliance.guarded(structure, state)
        - params.patrons.insurance @ gained
        - insured
        + dates.coups(params, state)
    )


def tie(params: Params, regime: Regime) -> Float[Array, " country"]:
    """Return the log of what ties coups together: the shared factor, and the year after one."""
    rule = params.regime
    mean = 1.0 + rule.after_coup * jnp.expm1(rule.contagion)
    after = rule.contagion * (regime.coup_elsewhere > 0) - jnp.log(mean)
    return regime.frailty + after


def frailty(params: Params, emit: Emit) -> Float[Array, ""]:
    """Return the log of the factor of mean one that all regimes of a future share."""
    variance = jnp.log1p(params.regime.frailty)
    z = emit(Site.FRAILTY, Normal(jnp.zeros(1), jnp.ones(1)), NOBODY, NOBODY)[0]
    return jnp.sqrt(variance) * z - 0.5 * variance


def _after(
    structure: Structure,
    params: Params,
    regime: Regime,
    exit_: Float[Array, " country"],
    nearer: Float[Array, " country"],
    lost: Float[Array, " country"],
) -> Regime:
    def was(*kinds: Exit) -> Array:
        return jnp.asarray(sum(exit_ == float(kind) for kind in kinds)).astype(jnp.float32)

    rule = params.regime
    fade = jnp.exp2(-1.0 / params.memory.half_life[MIDDLE])
    attempt = was(Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)
    succeeded = was(Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP) * structure.member
    elsewhere = (succeeded.sum() - succeeded > 0) * float(MONTHS_PER_YEAR)
    new_camp = was(Exit.COUP_OTHER_CAMP)
    ended = was(Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.NEGOTIATED, Exit.INTERVENTION)
    forced = was(Exit.REBELLION, Exit.CAPITAL_FALLS, Exit.INTERVENTION)
    swept = jnp.maximum(succeeded, forced)
    keep = rule.legitimacy_persistence
    return replace(
        regime,
        coup_clock=(regime.coup_clock + 1.0) * (1.0 - attempt),
        tenure=(regime.tenure + 1.0) * (1.0 - new_camp),
        junta=jnp.clip(regime.junta + new_camp - ended, 0.0, 1.0),
        losses=fade * regime.losses + (1.0 - fade) * lost,
        siege=keep * regime.siege + (1.0 - keep) * nearer,
        rally=keep * regime.rally + new_camp,
        coup_elsewhere=jnp.maximum(jnp.maximum(regime.coup_elsewhere - 1.0, 0.0), elsewhere),
        shake=fade * regime.shake + new_camp + ended + was(Exit.COUP_SAME_CAMP),
        exit=exit_,
        grievance=regime.grievance * (1.0 - swept),
    )
