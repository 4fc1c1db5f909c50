r"""Means: what each state can spend, relative to the start, and what moves it.

One number for each country, the log $m_k$ of what it can spend over what it could at the start. It
tends to

$$m^*_k = \sum_l a_l\,c_{lk} - s\,(Z_k - Z^0_k) + g\,T - o\,[\text{out}]
+ d \sum_p n_p (s_{pk} - s^0_{pk})$$

at a monthly pace: levers by what each does at full use, as far as they change something ($c$: what
is imposed already cannot be imposed, and what is not cannot be lifted); sanctions as far as more of
its disputes with its bloc stand at them than at the start ($Z$); the pact's agenda as far as it is
in force ($T$); being out of a bloc; and what patrons give beyond the start ($s$), by the money in
each instrument ($n$, a share of full aid).

Means move the rate of coups (`regime.danger`), pay (`grievance.paid`) and what allies can spare for
the pact (`commitment.strain`), by one structural alternative whose first form is none.

Assumption: a state's means in one number. Evidence: the budget of one state under sanctions and
without aid (in the theatre's registry); poor growth brings coups, Kim (2016),
doi:10.1177/0022002713520531, or does not where growth is taken as measured. Test:
`tests/unit/test_means.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.codes import Rung
from liptako.model.params import Params
from liptako.model.processes import blocs, patrons
from liptako.model.processes.commitment import IN_FORCE
from liptako.model.processes.levers import set_at_home
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure


def spend(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> State:
    """Return the state with what each country can spend, a month on."""
    if not structure.member.any():
        return state
    toward = target(structure, background, params, state, forcing)
    means = state.means + params.means.pace * (toward - state.means)
    return replace(state, means=means)


def target(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return where each state's log means tend to."""
    rates = params.means
    trade = structure.agenda_means @ (state.pact.items >= IN_FORCE)
    inside = structure.member * (1.0 - state.pact.left)
    return jnp.asarray(structure.member) * (
        rates.lever @ changed(structure, background, state, forcing)
        - rates.sanctions * sanctioned(structure, background, state)
        + rates.agenda * trade * inside * params.alliance.active
        - rates.outside * blocs.outside(structure, state)
        + rates.aid * (structure.patrons.money @ patrons.gained(background, state))
    )


def changed(
    structure: Structure, background: Background, state: State, forcing: Forcing
) -> Float[Array, "lever country"]:
    """Return by how much levers change what stood: what is imposed stands between 0 and 1."""
    setting, stood = set_at_home(state, forcing), background.imposed_start
    imposed = jnp.clip(stood + setting, 0.0, 1.0) - stood
    return jnp.where(structure.imposes[:, None], imposed, setting)


def sanctioned(
    structure: Structure, background: Background, state: State
) -> Float[Array, " country"]:
    """Return the change since the start in the share of disputes with its bloc at sanctions."""
    if not len(structure.dyads):
        return jnp.zeros(len(structure.countries))
    change = (state.rung >= Rung.SANCTIONS) * 1.0 - (background.rung_start >= Rung.SANCTIONS)
    of_bloc = np.maximum(structure.bloc_pairs.sum(axis=0), 1.0)
    return change @ structure.bloc_pairs / of_bloc
