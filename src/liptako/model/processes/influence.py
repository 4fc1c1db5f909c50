r"""Influence: the share of a region's people who live where insurgents have lately been active.

$I_r = \sum_{c \in r} \text{people}_c\, E_c / (E_c + e_{1/2}) / \sum_{c \in r} \text{people}_c$,
$E_c$ being insurgent events per month at the middle half-life. Derived: it moves nothing.
Shown for first-level regions only.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes.pressure import attacks
from liptako.model.state import State
from liptako.model.structure import Structure


def share(structure: Structure, params: Params, state: State) -> Float[Array, " region"]:
    """Return the share of each region's people under insurgent influence, 0 to 1."""
    events = attacks(structure, state.traces)
    felt = events / (events + params.influence.half_saturation)
    people = structure.population_share @ structure.region_matrix
    reached = (structure.population_share * felt) @ structure.region_matrix
    return jnp.asarray(reached / jnp.maximum(people, 1e-9))
