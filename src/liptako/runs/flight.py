"""Who is displaced when a run starts: the record's totals, moved through the model."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np

from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.inference.flight_record import flight_record, flights
from liptako.model.posterior import TheatrePosterior
from liptako.model.processes import displacement
from liptako.model.state import Background, State
from liptako.model.structure import Structure
from liptako.theatre.registry import Registry


def with_the_displaced(
    state: State,
    background: Background,
    posterior: TheatrePosterior,
    snapshot: Snapshot,
    structure: Structure,
    registry: Registry,
    init_month: int,
) -> State:
    """Return the state at the start with those who fled in earlier years and have not returned.

    At the middle of what is estimated and judged, so alike for all members. Where they went is
    reckoned as if nobody were killed there. Those of the year that is not over are missing.

    Args:
        state: with nobody displaced.
        background: people by region and distances.
        posterior: its elasticity says how flight divides over regions and months.
        snapshot: the data up to the start.
        structure: the theatre.
        registry: for returns, the bound and the reach of flight.
        init_month: the last month of the data.
    """
    record = flight_record(snapshot, structure, registry, init_month)
    if not record.used.any():
        return state
    away = flights(record, posterior.displacement[-2:-1]).away[0, -1]
    since = init_month - calendar.month_id(record.years[-1], 12)
    away = jnp.asarray(away * (1.0 - record.return_rate) ** since, np.float32)
    reach = registry["displacement.distance_decay"].mean()
    share = displacement.arrivals(background, reach, jnp.zeros_like(away))
    return replace(state, away=away, displaced=away @ share)
