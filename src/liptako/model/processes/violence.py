r"""Violence: the law of this month's events in every cell, from memory, neighbours and level.

$$\lambda_s(c) = M_s(c)\,e^{-\text{suppression}}\Big(\mu_s(c) + \sum_{s',h} w_{s,s',h}
E_{s',h}(c) + \sum_{p,j} v_{s,p,j} (K_j P_p)(c)\Big)$$

$M$ carries the levers' effects and the country's level: $\exp(\ell_{k,b})$ divided by the deaths
that the reference traces of the country would give, so that a country that follows its level
has the deaths its level says, and what deviates (random draws, levers, what happens next
door) is carried on by memory. No policy rescales a total.

A lever acts by how far it is moved from where it stood at the start: what history contains
(drones, foreign fighters, volunteers, missions that left) is in the level and acts no second time.
Its effect is what was published of its like, in one of several forms (none, helping, harming),
times a factor for how much of such an effect holds elsewhere; where nothing was published, it has
a prior without a view.

Assumption: weights are predictive (who tends to follow whom), not causal. Evidence: the fit,
`liptako.inference`. Test: `tests/unit/test_processes.py`, `tests/statistical`.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model import rings
from liptako.model.distributions import NegativeBinomial
from liptako.model.params import Params, ViolenceParams
from liptako.model.processes import (
    alliance,
    levers,
    patrons,
    presence,
    recruitment,
    severity,
    territory,
)
from liptako.model.processes.levers import no_view
from liptako.model.processes.pressure import MIDDLE, pooled
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure

MOST_PER_MONTH = 150.0
"""Bound on the expected events of a stream in a cell and month."""


def pressures(structure: Structure, traces: Array) -> Float[Array, "pressure place"]:
    """Return the pooled pressures (by insurgents, by states, by militias) from the traces."""
    return pooled(structure, traces[:, MIDDLE, :])


def pressure_on_cells(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, "stream cell"]:
    """Return the intensity in brackets above: background, own memory, neighbours."""
    violence = params.violence
    quiet = violence.background[:, structure.country] * structure.background_share
    excitation = violence.excitation.reshape(len(structure.streams), -1)
    own = excitation @ state.traces.reshape(-1, structure.n_cells)
    permeability = alliance.permeability(structure, background, params, state)
    pressure = pressures(structure, state.traces)
    around = rings.weighted(structure.neighbours, pressure, permeability, violence.contagion)
    return quiet + own - recruitment.not_caused(structure, params, state) + around


def pressure_on_countries(
    structure: Structure, background: Background, params: Params, state: State
) -> Float[Array, "stream country"]:
    """Return the same intensity summed over a country that had followed its level."""
    violence = params.violence
    traces = state.reference_traces
    own = pressures(structure, traces)
    cross = background.ring_cross * _between_countries(structure, violence.permeability)
    around = background.ring_own * own + jnp.einsum("rpkj,pj->rpk", cross, own)
    return (
        violence.background
        + jnp.einsum("sqh,qhk->sk", violence.excitation, traces)
        + jnp.einsum("spr,rpk->sk", violence.contagion, around)
    )


def scale_to_level(
    structure: Structure, params: Params, state: State, reference: Array
) -> Float[Array, "stream country"]:
    """Return what turns the intensity into events, so that expected deaths match the level."""
    per_event = severity.mean(params)
    in_block = np.arange(2)[:, None] == structure.block[None, :]
    deaths = (in_block * per_event) @ reference
    # a product: indexed, the compiler would take exp and log anew for each stream
    return in_block.T @ jnp.exp(state.level - jnp.log(jnp.maximum(deaths, 1e-6)))


def levers_in_force(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "lever country"]:
    """Return where each lever stands, whoever moved it: at home, a patron or the pact."""
    return levers.in_force(
        structure,
        levers.set_at_home(state, forcing),
        patrons.levers(structure, background, params, state),
        alliance.operations(structure, params, state),
    )


def modifiers(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> Float[Array, "stream zone"]:
    """Return the log of what moves each stream in each zone.

    Levers, exits of regimes, state presence, sieges and exits of outside forces.
    """
    border_only = structure.lever_on_border[:, None]
    stands = levers_in_force(structure, background, params, state, forcing)
    violence, rule = params.violence, params.regime
    at_home, at_border = stands * (1.0 - border_only), stands * border_only
    of_levers = violence.lever_effect + violence.published * violence.published_size[:, None]
    # a lever acts at home or at the border alone, so that their squares add up
    effect = of_levers.T @ at_home - _convexity(violence, at_home)
    effect = effect + no_view(
        rule.exit_effect[:, None], rule.exit_effect_variance[:, None], state.regime.shake
    )
    at_border = of_levers.T @ at_border - _convexity(violence, at_border)
    counts_for = territory.counts_for(params, background, state)
    change = presence.change(params, background, state, counts_for)
    insurgent = structure.insurgent[:, None]
    zones = structure.zones
    here = change[zones.region] - alliance.away(structure, params, state)[zones.country]
    suppression = params.presence.suppression * insurgent * here
    at_border = at_border[:, zones.country] * zones.border
    on_ground = territory.on_streams(structure, background, params, state, forcing)
    return effect[:, zones.country] + at_border - suppression + on_ground


def _convexity(
    violence: ViolenceParams, used: Float[Array, "lever country"]
) -> Float[Array, "stream country"]:
    """Return what effects on which there is no view would add to the log of the mean rate."""
    return 0.5 * violence.lever_effect_variance.T @ jnp.square(used)


def law(
    structure: Structure, background: Background, params: Params, state: State, forcing: Forcing
) -> tuple[NegativeBinomial, Float[Array, "stream country"], Float[Array, "stream zone"]]:
    """Return the law of the month's events by cell, the events the level expects, and the change.

    The last is what levers, exits and presence multiply each stream by in each zone.
    """
    reference = pressure_on_countries(structure, background, params, state)
    scale = scale_to_level(structure, params, state, reference)
    change = jnp.exp(modifiers(structure, background, params, state, forcing))
    factor = scale[:, structure.zones.country] * change
    rate = factor[:, structure.zones.of] * pressure_on_cells(structure, background, params, state)
    rate = jnp.clip(rate, 0.0, MOST_PER_MONTH)
    law_ = NegativeBinomial(rate, params.violence.dispersion[:, None])
    return law_, scale * reference, change


def _between_countries(structure: Structure, permeability: Array) -> Float[Array, "to from"]:
    """Return the permeability between each pair of countries, zero where none touch."""
    n = len(structure.countries)
    index = np.full((n, n), len(structure.neighbours.borders), np.int32)
    for border, name in enumerate(structure.neighbours.borders):
        i, j = (structure.countries.index(iso) for iso in name.split("-"))
        index[i, j] = index[j, i] = border
    return jnp.pad(permeability, (0, 1))[index]
