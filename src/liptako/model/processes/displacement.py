r"""Displacement: people leave regions under violence and move to nearer, safer, larger ones.

What calls for flight in country $k$ is $e^{a_k} (1 + D_k)^{b}$ times lognormal noise, with $D_k$
the month's deaths, shared over its regions by their deaths. The noise is one for all months of a
calendar year, as the totals that it is fitted on are of years. Who is called to flee is bounded by
who is there: with $x_r$ called for and $P_r$ people at home in region $r$, those who leave are

$$\ell_r = m P_r \big(1 - e^{-x_r / (m P_r)}\big),$$

all of them where few are called, at most a share $m$ of those at home in any month. Region $r$
receives from $q$ in proportion to $\text{people}_r\, e^{-d_{qr}/\kappa} / (1 + D_r)$. A share
returns each month.

Assumption: a gravity kernel; the split over destinations and the bound have no data. Evidence:
totals fitted on IDMC, 2018-2023. Test: `tests/statistical/test_displacement.py`,
`tests/unit/test_people.py`.
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
    called = jnp.where(by_country > 0, jnp.exp(log_new), 0.0)
    share = by_region / jnp.maximum(by_country, 1.0)[structure.region_country]
    at_home = jnp.maximum(background.population - state.away, 0.0)
    most = displacement.most * at_home
    wanted = called[structure.region_country] * share
    leaving = most * -jnp.expm1(-wanted / jnp.maximum(most, 1.0))
    pull = background.population * jnp.exp(-background.distance_km / displacement.distance_decay)
    pull = pull / (1.0 + by_region)
    arriving = leaving @ (pull / pull.sum(axis=1, keepdims=True))
    stay = 1.0 - displacement.return_rate
    moved = replace(
        state,
        displaced=stay * state.displaced + arriving,
        away=stay * state.away + leaving,
        flight=flight,
    )
    return moved, leaving @ structure.region_country_matrix


def noise(structure: Structure, emit: Emit) -> Float[Array, " country"]:
    """Return a year's noise of each country, standard normal."""
    zero = jnp.zeros(len(structure.countries))
    place = structure.country_ids, np.zeros(len(structure.countries), np.uint32)
    return emit(Site.DISPLACED, Normal(zero, jnp.ones_like(zero)), *place)
