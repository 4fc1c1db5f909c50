"""What `liptako.bench.timing` times: a scenario's start, whole, shortened or thinned."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
import pandas as pd

from liptako.model.params import Params
from liptako.model.simulate import Start
from liptako.model.structure import Structure, build_structure, layout_of
from liptako.runs.start import Prepared, start_of
from liptako.theatre.loading import LoadedScenario, load_scenario

BLOCK_DEGREES = 4.0

POLITICAL = {"patron", "instrument", "act"}
"""Axes of parameters that name what a theatre without politics does not have."""


@dataclass(frozen=True, eq=False)
class Case:
    """What is timed: a structure, where futures begin, members' parameters."""

    prepared: Prepared
    structure: Structure
    start: Start

    @property
    def months(self) -> int:
        """How far the futures go."""
        return len(self.start.forcing.month)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return self.structure.n_cells

    def params(self, members: np.ndarray) -> Params:
        """Return the parameters of members."""
        prepared = replace(self.prepared, structure=self.structure)
        return prepared.draw_params(self.start.seed, members)


def load_case(
    scenario: str | Path | LoadedScenario, months: int | None = None, seed: int | None = None
) -> Case:
    """Return a scenario's baseline, ready to be timed: the war alone, see `without_politics`."""
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    prepared = start_of(without_politics(loaded), months=months, seed=seed)
    start = prepared.start("baseline", prepared.loaded.scenario.seed)
    return Case(prepared, prepared.structure, start)


def without_politics(loaded: LoadedScenario) -> LoadedScenario:
    """Return a scenario whose theatre has no pact, patrons, ladders, blocs, menu or regimes.

    The other engines know no politics: so no engine computes any.
    """
    theatre, registry = loaded.theatre, loaded.registry
    outsiders = {
        iso: row.model_copy(update={"role": "surroundings"})
        for iso, row in theatre.countries.items()
    }
    no_politics = {"alliance": None, "patrons": {}, "ladders": [], "promises": [], "menu": {}}
    no_politics |= {"blocs": {}, "imposed": [], "grievances": [], "sieges": None}
    processes = {
        process: {
            name: row.model_copy(update={"value": {}})
            if isinstance(row.value, dict) and POLITICAL & set(row.shape)
            else row
            for name, row in rows.items()
        }
        for process, rows in registry.processes.items()
    }
    return replace(
        loaded,
        theatre=theatre.model_copy(update={"countries": outsiders, **no_politics}),
        registry=registry.model_copy(update={"processes": processes, "tables": {}}),
    )


def shortened(case: Case, months: int) -> Case:
    """Return the case with its first months only."""
    forcing = jax.tree.map(lambda leaf: leaf[:months], case.start.forcing)
    return replace(case, start=replace(case.start, forcing=forcing))


def thinned(case: Case, share: float) -> Case:
    """Return the case on about a share of its cells, in whole blocks of 4 by 4 degrees.

    Levels shrink with the cells, so that a cell sees as much as before. For timing only.
    """
    if share >= 1.0:
        return case
    old, prepared = case.structure, case.prepared
    cells = prepared.snapshot.cells
    cells = cells[np.isin(cells["gid"].to_numpy(), old.gid)]
    place = np.stack([np.asarray(cells["lat"]), np.asarray(cells["lon"])], axis=1)
    place = np.floor(place / BLOCK_DEGREES).astype(int)
    blocks, at = np.unique(place, axis=0, return_inverse=True)
    order = np.random.default_rng(1).permutation(len(blocks))
    filled = np.cumsum(np.bincount(at)[order])
    kept = order[: int(np.searchsorted(filled, share * len(cells))) + 1]
    inside = cells.loc[np.isin(at, kept)]
    loaded = prepared.loaded
    init, layout = loaded.scenario.init_month, layout_of(loaded.registry)
    new = build_structure(loaded.theatre, pd.DataFrame(inside), init, layout)
    return Case(prepared, new, _restricted(case.start, old, new))


def _restricted(start: Start, old: Structure, new: Structure) -> Start:
    at = np.searchsorted(old.gid, new.gid)
    region = np.array([old.regions.index(name) for name in new.regions])
    state, background, forcing = start.state, start.background, start.forcing
    counts, traces = state.counts[:, at], state.traces[..., at]
    state = replace(
        state,
        counts=counts,
        traces=traces,
        brought=state.brought[:, at],
        brought_traces=state.brought_traces[..., at],
        reference_counts=counts @ new.country_matrix,
        reference_traces=traces @ new.country_matrix,
        presence=state.presence[region],
        displaced=state.displaced[region],
        away=state.away[region],
        territory=replace(state.territory, besieged=state.territory.besieged[region]),
    )
    background = replace(
        background,
        presence_start=background.presence_start[region],
        attack_share=background.attack_share[region],
        attacks_start=background.attacks_start[region],
        besieged_start=background.besieged_start[region],
        population=background.population[region],
        most_deaths=background.most_deaths[at],
        distance_km=background.distance_km[region][:, region],
    )
    level = forcing.level_nodes + np.float32(np.log(len(new.gid) / len(old.gid)))
    return Start(state, background, replace(forcing, level_nodes=level), start.seed)
