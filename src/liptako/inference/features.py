"""What the fit sees: observed events run through the model's own memory and rings.

With fixed half-lives the traces do not depend on what is fitted, so they are computed once,
through the same `absorb` and `rings` that simulate.
"""

from __future__ import annotations

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from liptako.model import rings
from liptako.model.processes import memory, violence
from liptako.model.structure import BLOCKS, RINGS, Structure


@dataclass(frozen=True, eq=False)
class Features:
    """The record as the fit sees it; quiet cells are summed, for nothing happens in them.

    Attributes:
        own: traces by month, stream x half-life, active cell.
        around: ring pressures by month, ring x pressure, active cell.
        counts: events by month, stream, active cell.
        country: of each active cell.
        background_share: of each active cell.
        quiet_share: background share of a country's quiet cells.
        block: of each stream.
    """

    own: Float[np.ndarray, "month feature cell"]
    around: Float[np.ndarray, "month ring_pressure cell"]
    counts: Float[np.ndarray, "month stream cell"]
    country: Int[np.ndarray, " cell"]
    background_share: Float[np.ndarray, " cell"]
    quiet_share: Float[np.ndarray, " country"]
    block: Int[np.ndarray, " stream"]
    n_countries: int

    @property
    def n_blocks(self) -> int:
        """Number of blocks of streams with a level of their own."""
        return len(BLOCKS)


def traces_of(
    counts: Float[np.ndarray, "month stream place"], half_life: Float[np.ndarray, " half_life"]
) -> Float[np.ndarray, "month stream half_life place"]:
    """Return the traces before each month, starting from none."""

    @jax.jit
    def every_month(counts: jax.Array, half_life: jax.Array) -> jax.Array:
        decay = jnp.exp2(-1.0 / half_life)

        def month(traces, seen):
            return memory.fade(traces, seen, decay), traces

        start = jnp.zeros((counts.shape[1], len(half_life), counts.shape[2]))
        return jax.lax.scan(month, start, counts)[1]

    return np.asarray(every_month(counts, np.asarray(half_life, np.float32)))


def build_features(
    structure: Structure,
    counts: Float[np.ndarray, "month stream cell"],
    half_life: Float[np.ndarray, " half_life"],
    permeability: Float[np.ndarray, " border"],
    first: int,
) -> Features:
    """Return the features of months `first` and later of the record.

    Args:
        structure: the theatre.
        counts: events from the start of the record.
        half_life: months.
        permeability: at which ring pressures cross borders in the fit.
        first: index of the first month whose events count; earlier ones only warm the memory.
    """
    traces = traces_of(counts, half_life)[first:]
    ever = counts.sum((0, 1)) > 0
    anywhere = jnp.asarray(ever[None], jnp.float32)
    near = np.asarray(
        rings.around(structure.neighbours, anywhere, jnp.ones_like(permeability))
    ).sum((0, 1))
    active = np.flatnonzero(ever | (near > 0))

    @jax.jit
    def around(one: jax.Array) -> jax.Array:
        pressure = violence.pressures(structure, one)
        open_ = jnp.asarray(permeability, jnp.float32)
        sums = rings.around(structure.neighbours, pressure, open_)
        return sums.reshape(-1, structure.n_cells)[:, active]

    n_months, n_streams, n_half, _ = traces.shape
    sums = np.stack([np.asarray(around(jnp.asarray(one))) for one in traces])
    quiet = np.ones(structure.n_cells, bool)
    quiet[active] = False
    n_countries = len(structure.countries)
    return Features(
        own=traces[..., active].reshape(n_months, n_streams * n_half, -1),
        around=sums.reshape(n_months, len(RINGS) * len(structure.pressures), -1),
        counts=counts[first:][..., active],
        country=structure.country[active],
        background_share=structure.background_share[active],
        quiet_share=np.bincount(
            structure.country, structure.background_share * quiet, minlength=n_countries
        ).astype(np.float32),
        block=structure.block,
        n_countries=n_countries,
    )
