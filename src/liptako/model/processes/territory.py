r"""Territory: towns under siege, outside forces that leave, and whom the state still reaches.

**Sieges.** A region is besieged, $b_r = 1$, while insurgents cut its main town off. With $E_r$ the
fading mean of insurgent events a month there, $\Delta_r$ the change in state presence and $o_r$ how
far an offensive is thrown forward to it (none but at the front), sieges begin and end at rates

$$\beta_r = \beta\,\frac{(E_r + \epsilon)^\eta}{\overline{(E^0 + \epsilon)^\eta}}\,
e^{-h \Delta_r + f o_r},\qquad \gamma_r = \gamma\, e^{h \Delta_r + u R_k - f o_r}$$

a month, the mean being over all regions of simulated regimes at the start, so that $\beta$ is the
rate of the record. $R_k$ is relief: corridors and escorted supplies beyond today's. Where a siege
is new, or one of the start has ended, battles there change as convoys are attacked or stay away,
and a garrison counts for the share $1 - i$ of its presence. Relief may draw insurgents upon
civilians in besieged regions.

**Exits of outside forces.** $W_k$ remembers the force that has left a country and that no other has
replaced: $W \leftarrow [2^{-1/T} W - (F_k - F_k^{-1})]_+$, $F_k$ being the outside force there. It
begins with what left in the last year, as far as the level of violence cannot hold it yet
(`liptako.theatre.dated.withdrawn_at`), and multiplies what insurgents do by $e^{x W_k}$, near the
capital by $e^{x_c W_k}$.

**Reach.** The share of people outside the capital's region who are neither under insurgents'
influence nor cut off: $\sum_r \text{people}_r (1 - I_r)(1 - c\, b_r)$ over all. Its change since
the start moves coups, on which there is no view (`regime.reach`).

Assumption: the record of sieges is two dated rows; what sieges do to battles, and whether an exit
emboldens, are structural alternatives with none among them. Evidence: dated rows of the theatre.
Test: `tests/unit/test_territory.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.distributions import Categorical
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.processes import influence, memory, patrons, presence
from liptako.model.processes.levers import set_at_home
from liptako.model.processes.pressure import attacks
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure

QUIET = 0.1
"""Insurgent events a month added to each region's: a siege may begin where none was seen."""


def move(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    emit: Emit,
) -> State:
    """Return the state with whom the state reaches, what forces have left, and sieges drawn.

    Reach is that of the end of last month.
    """
    territory = replace(state.territory, reached=reached(structure, params, state))
    force = outside_force(structure, state)
    keep = jnp.exp2(-1.0 / params.territory.exit_half_life)
    withdrawn = jnp.maximum(keep * territory.withdrawn - (force - territory.force), 0.0)
    territory = replace(territory, force=force, withdrawn=withdrawn)
    if structure.sieges:
        law = Categorical(besieged_next(structure, background, params, state, forcing)[None, :])
        zero = np.zeros(len(structure.regions), np.uint32)
        besieged = emit(Site.SIEGE, law, structure.region_ids, zero)
        territory = replace(territory, besieged=besieged)
    return replace(state, territory=territory)


def outside_force(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return the outside force in each country, in units of a large one.

    The one place where support becomes force.
    """
    return jnp.asarray(structure.patrons.force @ state.patronage.support)


def besieged_next(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " region"]:
    """Return the probability that each region is besieged this month."""
    begin, end = rates(structure, background, params, state, forcing)
    besieged = state.territory.besieged
    return jnp.where(besieged > 0, jnp.exp(-end), -jnp.expm1(-begin))


def rates(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> tuple[Float[Array, " region"], Float[Array, " region"]]:
    """Return the monthly rates at which sieges begin and end, by region.

    None begins where no regime is simulated.
    """
    territory = params.territory
    ours = structure.member[structure.region_country]
    here = attacks(structure, state.traces) @ structure.region_matrix
    weight = jnp.power(here + QUIET, territory.pressure)
    usual = ours @ jnp.power(background.attacks_start + QUIET, territory.pressure)
    relative = weight * max(ours.sum(), 1.0) / jnp.maximum(usual, 1e-6)
    held = territory.holds * presence.change(params, background, state)
    held = held - territory.far * thrown_forward(structure, state, forcing)
    relieved = (
        territory.relief
        * relief(structure, background, params, state, forcing)[structure.region_country]
    )
    begin = territory.begins * relative * jnp.exp(-held) * ours
    return begin, territory.ends * jnp.exp(held + relieved)


def thrown_forward(structure: Structure, state: State, forcing: Forcing) -> Float[Array, " region"]:
    """Return how far an offensive is thrown forward to each region, 0 to 1: at fronts alone."""
    drive = jnp.clip(structure.roles["offensive"] @ set_at_home(state, forcing), 0.0, 1.0)
    at_front = structure.front[structure.region_country] == np.arange(len(structure.regions))
    return jnp.asarray(drive[structure.region_country] * at_front)


def relief(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, " country"]:
    """Return relief of besieged towns beyond today's, as set and as patrons supply, -1 to 1."""
    supplied = patrons.levers(structure, background, params, state)
    stands = structure.roles["siege_relief"] @ (set_at_home(state, forcing) + supplied)
    return jnp.clip(stands, -1.0, 1.0)


def change(background: Background, state: State) -> Float[Array, " region"]:
    """Return one where a region is newly besieged, minus one where a siege of the start is over."""
    return state.territory.besieged - background.besieged_start


def counts_for(params: Params, background: Background, state: State) -> Float[Array, " region"]:
    """Return the share of a garrison's presence that still counts, over that at the start."""
    cut = params.territory.isolation
    return (1.0 - cut * state.territory.besieged) / (1.0 - cut * background.besieged_start)


def on_streams(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "stream zone"]:
    """Return the log of what sieges and exits of forces do to each stream in each zone."""
    territory, zones = params.territory, structure.zones
    size = jnp.where(zones.near, territory.exits_capital, territory.exits)
    left = size * state.territory.withdrawn[zones.country]
    found = structure.insurgent_against_others[:, None] * left
    if structure.sieges:
        battles = structure.insurgent * (structure.block == 0)
        convoys = territory.convoys * change(background, state)[zones.region]
        drawn = relief(structure, background, params, state, forcing)[structure.region_country]
        drawn = territory.relief_draws * (drawn * state.territory.besieged)[zones.region]
        upon_civilians = structure.insurgent * structure.one_sided
        found = found + battles[:, None] * convoys + upon_civilians[:, None] * drawn
    return jnp.asarray(found)


def reached(structure: Structure, params: Params, state: State) -> Float[Array, " country"]:
    """Return the share of people outside the capital's region whom the state reaches, 0 to 1.

    All of them where a country has no other observed region.
    """
    people = structure.population_share @ structure.region_matrix
    capital = structure.capital[structure.region_country] == np.arange(len(structure.regions))
    people = np.where(capital, 0.0, people)
    out = 1.0 - influence.share(structure, params, state)
    out = out * (1.0 - params.territory.cut_off * state.territory.besieged)
    total = people @ structure.region_country_matrix
    share = (people * out) @ structure.region_country_matrix / np.maximum(total, 1e-9)
    return jnp.where(total > 0, share, 1.0)


def gained_reach(structure: Structure, state: State) -> Float[Array, " country"]:
    """Return how much farther the state reaches than at the start, -1 to 1.

    None in a theatre that knows no sieges.
    """
    return structure.sieges * (state.territory.reached - state.territory.reached_start)


def begin(structure: Structure, params: Params, state: State) -> State:
    """Return the state with this member's own reach at the start."""
    seen = reached(structure, params, memory.absorb(params, state))
    return replace(state, territory=replace(state.territory, reached=seen, reached_start=seen))
