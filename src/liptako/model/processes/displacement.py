r"""Displacement: people leave regions under violence and move to nearer, safer, larger ones.

New displacements of country $k$ are $e^{a_k} (1 + D_k)^{b}$ times lognormal noise, with $D_k$
the month's deaths, shared over its regions by their deaths. The noise is one for all months of a
calendar year, as the totals that it is fitted on are of years. Region $r$ receives from $q$ in
proportion to $\text{people}_r\, e^{-d_{qr}/\kappa} / (1 + D_r)$. A share returns each month.

Assumption: a gravity kernel; the split over destinations has no data. Evidence: totals fitted
on IDMC, 2018-2023. Test: `tests/statistical/test_displacement.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.distributions import Normal
from liptako.model.emit import Emit
from liptako.model.params import Params
from liptako.model.random import Site
from liptako.model.state import Background, Forcing, State
from liptako.model.structure import Structure


def move(
    structure: Structure,
    background: Background,
    params: Params,
    state: State,
    forcing: Forcing,
    by_region: Float[Array, " region"],
    emit: Emit,
) -> tuple[State, Float[Array, " country"]]:
    """Return the state with people moved, and the newly displaced by country of origin."""
    displacement = params.displacement
    by_country = by_region @ structure.region_country_matrix
    flight = jnp.where(forcing.month % 12 == 1, noise(structure, emit), state.flight)
    log_new = displacement.log_rate + displacement.elasticity * jnp.log1p(by_country)
    log_new = log_new + displacement.log_sd * flight
    new = jnp.where(by_country > 0, jnp.exp(log_new), 0.0)
    share = by_region / jnp.maximum(by_country, 1.0)[structure.region_country]
    leaving = new[structure.region_country] * share
    pull = background.population * jnp.exp(-background.distance_km / displacement.distance_decay)
    pull = pull / (1.0 + by_region)
    arriving = leaving @ (pull / pull.sum(axis=1, keepdims=True))
    stay = 1.0 - displacement.return_rate
    moved = replace(state, displaced=stay * state.displaced + arriving, flight=flight)
    return moved, new


def noise(structure: Structure, emit: Emit) -> Float[Array, " country"]:
    """Return a year's noise of each country, standard normal."""
    zero = jnp.zeros(len(structure.countries))
    place = structure.country_ids, np.zeros(len(structure.countries), np.uint32)
    return emit(Site.DISPLACED, Normal(zero, jnp.ones_like(zero)), *place)
