r"""Displacement: people at risk leave regions under violence for nearer, safer, larger ones.

At risk are the $H_r$ people of a region who are still at home, in a month with $D_r > 0$ killed
there, one-sided violence included. Those called to flee are

$$x_r = H_r\, e^{a_k + \sigma z_{k,y}} \Big(10^5 \frac{D_r}{H_r}\Big)^b ,$$

so $e^{a_k}$ is the share called where 1 in 100,000 were killed. With $b = 0$ only where people are
killed counts, with $b = 1$ only how many. The noise $z$ is one for all months of a calendar year,
as the totals that it is fitted on are of years. Those who leave are

$$\ell_r = m H_r \big(1 - e^{-x_r / (m H_r)}\big),$$

all of them where few are called, at most a share $m$ of those at home in any month. Region $r$
receives from $q$ in proportion to $\text{people}_r\, e^{-d_{qr}/\kappa} / (1 + D_r)$. A share
returns each month.

Assumption: deaths stand for all that makes people flee; a gravity kernel; the split over
destinations, returns and the bound have no data. Evidence: yearly totals of IDMC since 2018. Across
wars, where the fighting is tells more of how many flee than how intense it is (Melander & Öberg
2007, doi:10.1080/13698240701207310): $b$ below 1. Test: `tests/statistical/test_displacement.py`,
`tests/unit/test_people.py`; `liptako verify --level displacement`.
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

RATE_PER = 1e5
"""People of whom one killed is the intensity at which `log_rate` is meant."""


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
    flight = jnp.where(forcing.month % 12 == 1, noise(structure, emit), state.flight)
    log_rate = displacement.log_rate + displacement.log_sd * flight
    gone = leaving(
        background.population - state.away,
        by_region,
        log_rate[structure.region_country],
        displacement.elasticity,
        displacement.most,
    )
    share = arrivals(background, displacement.distance_decay, by_region)
    stay = 1.0 - displacement.return_rate
    moved = replace(
        state,
        displaced=stay * state.displaced + gone @ share,
        away=stay * state.away + gone,
        flight=flight,
    )
    return moved, gone @ structure.region_country_matrix


def leaving(
    at_home: Float[Array, " region"],
    deaths: Float[Array, " region"],
    log_rate: Float[Array, " region"],
    elasticity: Float[Array, ""],
    most: Float[Array, ""],
) -> Float[Array, " region"]:
    """Return who leaves each region in a month.

    Args:
        at_home: people there; none where more are away than live there.
        deaths: of the month, of all kinds.
        log_rate: log of the share called to flee where 1 in 100,000 were killed.
        elasticity: of the number called in deaths.
        most: largest share of those at home who leave in a month.
    """
    at_home = jnp.maximum(at_home, 0.0)
    log_people = jnp.log(jnp.maximum(at_home, 1.0))
    intensity = jnp.log(RATE_PER * jnp.maximum(deaths, 1.0)) - log_people
    called = jnp.where(deaths > 0, jnp.exp(log_rate + elasticity * intensity), 0.0)
    return most * at_home * -jnp.expm1(-called / most)


def arrivals(
    background: Background,
    distance_decay: Float[Array, ""] | float,
    deaths: Float[Array, " region"],
) -> Float[Array, "region region"]:
    """Return the share of those who leave a region (row) that each region receives (column)."""
    pull = background.population * jnp.exp(-background.distance_km / distance_decay)
    pull = pull / (1.0 + deaths)
    return pull / pull.sum(axis=1, keepdims=True)


def noise(structure: Structure, emit: Emit) -> Float[Array, " country"]:
    """Return a year's noise of each country, standard normal."""
    zero = jnp.zeros(len(structure.countries))
    place = structure.country_ids, np.zeros(len(structure.countries), np.uint32)
    return emit(Site.DISPLACED, Normal(zero, jnp.ones_like(zero)), *place)
