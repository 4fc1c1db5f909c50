"""What lies around each cell: sums over its rings of neighbours, on the theatre's grid.

The sum over all neighbours less what national borders hold back. Under `vmap` members stand side by
side, and a neighbour is a slice of the grid a fixed number of places away: looking up each cell's
neighbours one by one would cost more than half as much again.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.structure import Neighbours


def around(
    near: Neighbours, pressure: Float[Array, "pressure cell"], permeability: Float[Array, " border"]
) -> Float[Array, "ring pressure cell"]:
    """Return sums of the pressures over each cell's rings of neighbours.

    Neighbours across a national border count with that border's permeability, 0 to 1.
    """
    held_back = _held_back(near, pressure, permeability)[..., near.slot]
    return jnp.maximum(_everyone(near, pressure) - held_back, 0.0)


def weighted(
    near: Neighbours,
    pressure: Float[Array, "pressure cell"],
    permeability: Float[Array, " border"],
    weight: Float[Array, "stream pressure ring"],
) -> Float[Array, "stream cell"]:
    """Return `around`, weighted and summed: before it is looked up at each cell, for speed."""
    flat = jnp.swapaxes(weight, 1, 2).reshape(len(weight), -1)
    everyone = _everyone(near, pressure).reshape(flat.shape[1], -1)
    held_back = _held_back(near, pressure, permeability).reshape(flat.shape[1], -1)
    return flat @ everyone - (flat @ held_back)[:, near.slot]


def _everyone(near: Neighbours, pressure: Array) -> Float[Array, "ring pressure cell"]:
    """Return sums over all neighbours, borders or not."""

    @jax.custom_batching.custom_vmap
    def one(pressure: Array) -> Array:
        return _side_by_side(near, pressure)

    @one.def_vmap
    def many(size: int, batched: list, pressure: Array):
        rows = pressure.reshape(-1, pressure.shape[-1])
        sums = _side_by_side(near, rows).reshape(-1, *pressure.shape)
        return jnp.moveaxis(sums, 0, 1), True

    return one(pressure)


def _side_by_side(near: Neighbours, rows: Float[Array, "row cell"]) -> Array:
    """Return sums over all neighbours, `[ring, row, cell]`."""
    grid = jnp.pad(rows.T, ((0, 1), (0, 0)))[near.cell_at]
    first = max(max(steps) for steps in near.away)
    last = len(near.cell_at) - first
    sums = [
        jnp.asarray(sum(grid[first + step : last + step] for step in steps)) for steps in near.away
    ]
    return jnp.stack([total[near.place] for total in sums]).transpose(0, 2, 1)


def _held_back(
    near: Neighbours, pressure: Array, permeability: Array
) -> Float[Array, "ring pressure slot"]:
    """Return what of the sums over all neighbours does not cross a border."""
    padded = jnp.pad(pressure, ((0, 0), (0, 1)))
    blocked = jnp.pad(1.0 - permeability, (0, 1))
    sums = []
    for across, border in zip(near.across, near.border, strict=True):
        edges = zip(across.T, border.T, strict=True)
        sums.append(sum(padded[:, cell] * blocked[at] for cell, at in edges))
    return jnp.stack(sums)
