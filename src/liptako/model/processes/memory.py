r"""Memory: last month's events enter the fading traces.

$$E_{s,h}(t+1) = d_h E_{s,h}(t) + (1 - d_h) N_s(t), \qquad d_h = 2^{-1/h}$$

Assumption: the past acts through a few exponential memories. Evidence: Lewis, Mohler,
Brantingham & Bertozzi (2012), doi:10.1057/sj.2011.21. Test: `tests/unit/test_processes.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.params import Params
from liptako.model.state import State


def absorb(params: Params, state: State) -> State:
    """Return the state with last month's counts in the traces, cells and reference alike."""
    decay = jnp.exp2(-1.0 / params.memory.half_life)
    return replace(
        state,
        traces=fade(state.traces, state.counts, decay),
        reference_traces=fade(state.reference_traces, state.reference_counts, decay),
    )


def fade(
    traces: Float[Array, "stream half_life place"],
    counts: Float[Array, "stream place"],
    decay: Float[Array, " half_life"],
) -> Float[Array, "stream half_life place"]:
    """Return the traces one month on.

    Args:
        traces: events per month, exponentially averaged.
        counts: events of the month.
        decay: share of a trace that remains after a month, in (0, 1).
    """
    keep = decay[None, :, None]
    return keep * traces + (1.0 - keep) * counts[:, None, :]
