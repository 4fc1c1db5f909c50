r"""Recruitment: how much of what follows on killings by states they cause.

Weights of the fit say what tends to follow: insurgent violence where states have killed civilians,
be it because that recruits, or because both go where the war goes. Both go on under the level of
history. Where levers or choices change how much states kill, only a share $c$ of what the weights
foretell is theirs to cause. A fading memory keeps the events that the change brought (or
prevented): of $N$ killings in a month whose rate was multiplied by $e^m$, $N (1 - e^{-m})$. What
insurgents do after in the same cell is less by

$$(1 - c) \sum_h w_{s,killings,h} X_h(c)$$

With $c = 1$ all that the weights foretell is caused; with none, harsher states kill more civilians
and bring no insurgent closer, nor does restraint send one home.

Assumption: $c$ is one of two forms, for signs are disputed and the record of the theatre is blind
below effects of about a half. Evidence: Kocher, Pepinsky & Kalyvas (2011),
doi:10.1111/j.1540-5907.2010.00498.x; against it, Lyall (2009), doi:10.1177/0022002708330881.
Test: `tests/unit/test_recruitment.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.processes import memory
from liptako.model.state import State
from liptako.model.structure import Structure


def absorb(structure: Structure, params: Params, state: State) -> State:
    """Return the state with last month's killings that a change brought in their memory."""
    if not len(structure.killings):
        return state
    decay = jnp.exp2(-1.0 / params.memory.half_life)
    return replace(state, brought_traces=memory.fade(state.brought_traces, state.brought, decay))


def brought(
    structure: Structure,
    counts: Float[Array, "stream cell"],
    change: Float[Array, "stream zone"],
) -> Float[Array, "killing cell"]:
    """Return the killings of civilians by states that a change of their rate brought.

    Args:
        structure: which streams are such killings.
        counts: events of the month.
        change: what multiplied each rate.
    """
    share = 1.0 - 1.0 / change[structure.killings]
    return counts[structure.killings] * share[:, structure.zones.of]


def not_caused(
    structure: Structure, params: Params, state: State
) -> Float[Array, "stream cell"] | float:
    """Return what insurgents would do after such killings by the weights, and are not caused to."""
    if not len(structure.killings):
        return 0.0
    after = params.violence.excitation[:, structure.killings] * structure.insurgent[:, None, None]
    foretold = after.reshape(len(structure.streams), -1) @ state.brought_traces.reshape(
        -1, structure.n_cells
    )
    return (1.0 - params.violence.recruitment) * foretold


def none_brought(structure: Structure, n_half: int) -> tuple[np.ndarray, np.ndarray]:
    """Return last month's killings that a change brought, and their memory, at a start."""
    n = len(structure.killings), structure.n_cells
    return np.zeros(n, np.float32), np.zeros((n[0], n_half, n[1]), np.float32)
