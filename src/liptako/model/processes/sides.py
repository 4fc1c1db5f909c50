r"""Sides: whose the dead of a month are.

Of the $D_{sk}$ dead of stream $s$ in country $k$ and month, civilians are $C = c_{sk} D_{sk}$, dead
on the side of states $S = a_{sk} (D_{sk} - C)$, and all others insurgents. The shares $c$ and $a$
are drawn each month, from beta distributions whose means are those of the last three years, each
country's pulled toward that of all, and whose spread is that of the record from month to month
(`liptako.runs.sides`). All of them are civilians where a stream kills civilians on purpose.

What the event data count on the side of states holds volunteers and foreign partners too; shares
are of deaths, and so no whole numbers.

Assumption: shares stay as they were, and differ independently from month to month. Evidence: UCDP
GED, deaths by side. Test: `tests/unit/test_sides.py`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from liptako.model.distributions import Normal
from liptako.model.emit import Emit
from liptako.model.random import Site
from liptako.model.state import Background
from liptako.model.structure import Structure

SIDES = ("state", "insurgents", "civilians")
STATE, INSURGENTS, CIVILIANS = range(len(SIDES))


def share_out(
    structure: Structure,
    background: Background,
    killed: Float[Array, "stream country"],
    emit: Emit,
) -> Float[Array, "side country"]:
    """Return the dead of each side, in the order of `SIDES`, all streams together.

    Args:
        structure: the theatre.
        background: quantiles of both shares, by stream and country.
        killed: in the month.
        emit: draws or observes the standard normal score of each share.
    """
    ids = structure.stream_ids[:, None], structure.country_ids[None, :]
    law = Normal(jnp.zeros_like(killed), jnp.ones_like(killed))
    share = jax.vmap(jax.vmap(jnp.interp, (0, None, 0)), (0, None, 0))
    civilian, own = (
        share(emit(site, law, *ids), background.scores, background.side_shares[part])
        for part, site in enumerate((Site.CIVILIAN_SHARE, Site.STATE_SHARE))
    )
    civilians = civilian * killed
    soldiers = own * (killed - civilians)
    return jnp.stack([soldiers, killed - civilians - soldiers, civilians]).sum(axis=1)
