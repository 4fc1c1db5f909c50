"""What members share at the start: where attacks lie, where people live, the level's spread."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.data import geography
from liptako.data.people import people_by_cell
from liptako.data.snapshot import Snapshot
from liptako.model import rings
from liptako.model.level import SCORES
from liptako.model.processes import presence, pressure, violence
from liptako.model.state import Background, State
from liptako.model.structure import RINGS, Structure
from liptako.runs.sides import side_shares
from liptako.runs.wars import Wars
from liptako.theatre.dated import imposed_at, most_at, offers_at
from liptako.theatre.schema import Theatre


def as_array(values: np.ndarray | np.floating | float) -> Float[Array, "..."]:
    """Return numbers as the model takes them; `jnp.asarray` compiles anew for every shape."""
    return jax.device_put(np.asarray(values, np.float32))


def background_of(
    theatre: Theatre,
    snapshot: Snapshot,
    structure: Structure,
    state: State,
    spread_ratio: Float[np.ndarray, "block country"],
    wars: Wars | None = None,
) -> Background:
    """Return what members share.

    Args:
        theatre: which streams kill civilians on purpose.
        snapshot: the data up to the start; cells and population.
        structure: its static arrays.
        state: at the start.
        spread_ratio: variance of the log of deaths over that of the level.
        wars: how patrons' own wars go on; none: nobody fights one.
    """
    # one program, since each operation on its own would be compiled on its own
    attacks = jax.jit(partial(_attacks, structure))(state)
    own, cross = _ring_shares(structure, np.asarray(attacks.apart), np.asarray(attacks.around))
    cells = snapshot.cells.set_index("gid").loc[structure.gid.astype(int)]
    weight = np.maximum(structure.population_share, 1e-9)
    total = weight @ structure.region_matrix + 1e-9
    lat = (weight * cells["lat"].to_numpy()) @ structure.region_matrix / total
    lon = (weight * cells["lon"].to_numpy()) @ structure.region_matrix / total
    people = people_by_cell(snapshot.cells, snapshot.population, structure.gid, structure.countries)
    return Background(
        scores=as_array(SCORES),
        spread_ratio=as_array(spread_ratio),
        ring_own=as_array(own),
        ring_cross=as_array(cross),
        presence_start=state.presence,
        attack_share=attacks.share,
        attacks_start=attacks.by_region,
        besieged_start=state.territory.besieged,
        side_shares=as_array(side_shares(theatre, snapshot, structure)),
        losses_start=state.regime.losses,
        siege_start=attacks.near_capital,
        border_start=attacks.at_border,
        support_start=state.patronage.support,
        offer_start=as_array(offers_at(theatre, snapshot.last_month)),
        most_start=as_array(most_at(theatre, snapshot.last_month)),
        war_law=as_array(np.zeros((3, len(theatre.patrons))) if wars is None else wars.law),
        rung_start=state.rung,
        imposed_start=as_array(imposed_at(theatre, snapshot.last_month)),
        dated_start=as_array(np.asarray(state.conduct.due) > 0),
        grievance_start=state.regime.grievance,
        population=as_array(people @ structure.region_matrix),
        most_deaths=as_array(_most_deaths(snapshot, structure, people)),
        distance_km=as_array(geography.distance_km(lat[:, None], lon[:, None], lat, lon)),
    )


def _most_deaths(
    snapshot: Snapshot, structure: Structure, people: Float[np.ndarray, " cell"]
) -> Float[np.ndarray, " cell"]:
    """Return the people of each cell, or the most a stream killed there in a month if more."""
    gid = structure.gid.astype(int)
    by_stream = snapshot.events.groupby(["month", "stream", "gid"])["deaths"].sum()
    recorded = by_stream.groupby("gid").max().reindex(gid).fillna(0.0).to_numpy(float)
    return np.maximum(np.ceil(people), recorded)


class _Attacks(NamedTuple):
    """Where the state's traces lie.

    Attributes:
        share: of its country's recent insurgent events, by region.
        by_region: fading mean of insurgent events a month in each region.
        near_capital: fading mean of insurgent events near each capital.
        at_border: the same in each country's border cells.
        apart: each country's pressures alone.
        around: what lies around each cell when a country is alone, over open borders.
    """

    share: Float[Array, " region"]
    by_region: Float[Array, " region"]
    near_capital: Float[Array, " country"]
    at_border: Float[Array, " country"]
    apart: Float[Array, "country pressure cell"]
    around: Float[Array, "country ring pressure cell"]


def _attacks(structure: Structure, state: State) -> _Attacks:
    pooled = violence.pressures(structure, state.traces)
    own = structure.country == np.arange(len(structure.countries))[:, None]
    apart = pooled * own[:, None, :]
    open_borders = jnp.ones(len(structure.neighbours.borders))
    flat = apart.reshape(-1, structure.n_cells)
    around = rings.around(structure.neighbours, flat, open_borders)
    return _Attacks(
        share=presence.shares_of_attacks(structure, state.traces, state.presence),
        by_region=pressure.attacks(structure, state.traces) @ structure.region_matrix,
        near_capital=pressure.near_capital(structure, state),
        at_border=pressure.border_attacks(structure, state),
        apart=apart,
        around=around.reshape(len(RINGS), *apart.shape).swapaxes(0, 1),
    )


def _ring_shares(
    structure: Structure,
    apart: Float[np.ndarray, "country pressure cell"],
    around: Float[np.ndarray, "country ring pressure cell"],
) -> tuple[np.ndarray, np.ndarray]:
    """Return country sums of ring pressure per unit of each country's own trace.

    Measured on the traces at the start, country by country; where a country has none, its
    ring is taken as closed.
    """
    n_countries, n_pressures, _ = apart.shape
    own = np.zeros((len(RINGS), n_pressures, n_countries), np.float32)
    cross = np.zeros((len(RINGS), n_pressures, n_countries, n_countries), np.float32)
    around_each = around @ structure.country_matrix
    for source, (only, nearby) in enumerate(zip(apart, around_each, strict=True)):
        unit = only.sum(1)[None, :, None]
        share = np.divide(nearby, unit, out=np.zeros_like(nearby), where=unit > 0)
        own[:, :, source] = share[:, :, source]
        cross[:, :, :, source] = share
        cross[:, :, source, source] = 0.0
    return own, cross
