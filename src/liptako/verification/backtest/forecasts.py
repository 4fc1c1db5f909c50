"""Our own forecasts for a window, drawn from the model as it would have stood at its origin.

The scenario starts at the window's `init`, the snapshot is cut there, and both fits are made
on what is left. Draws are the members of one simulation, none reweighted or rescaled: those
that `liptako.simulate` returns for the same scenario and seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from liptako import calendar
from liptako.cache import code_digest, digest, remember
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.inference import vintages
from liptako.inference.level_fit import LevelSettings
from liptako.inference.theatre_fit import FitSettings
from liptako.model import level
from liptako.model.level import LevelFit
from liptako.model.posterior import TheatrePosterior
from liptako.model.simulate import compile_batch
from liptako.runs.arms import BASELINE, Arm, futures
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, prepare
from liptako.theatre.loading import LoadedScenario
from liptako.theatre.scenario import Policy, Scenario
from liptako.verification.backtest import record
from liptako.verification.backtest.windows import Window

MEMBERS = 1000
"""Draws of a challenge forecast."""
SEED = 1


@dataclass(frozen=True)
class Source:
    """What forecasts are made from.

    Args:
        loaded: the theatre; its scenario gives the name only.
        snapshot: the data, later months included: they are cut off for each window.
        members: draws of a forecast.
        fit: choices of the theatre's fit.
        level: choices of the level's fit.
        progress: called with what is done, how much of it, and of how much.
    """

    loaded: LoadedScenario
    snapshot: Snapshot
    members: int = MEMBERS
    fit: FitSettings = field(default_factory=FitSettings)
    level: LevelSettings = field(default_factory=LevelSettings)
    progress: Progress = silent

    def say(self, text: str) -> None:
        """Show what is being done."""
        self.progress(text, 0, 0)


@dataclass(frozen=True, eq=False)
class TheatreDraws:
    """Draws of one simulation.

    Args:
        streams: names, in the order of the axis.
        countries: ISO3 codes, likewise.
        deaths: by month, stream, country and draw; zero where a country is unobserved.
        gid: cells kept; none when not asked for.
        cells: state-based deaths by month, cell and draw.
        fit_digest: hash of the fits that the draws come from.
    """

    streams: tuple[str, ...]
    countries: tuple[str, ...]
    deaths: Int[np.ndarray, "month stream country draw"]
    gid: Int[np.ndarray, " cell"]
    cells: Int[np.ndarray, "cell_month cell draw"]
    fit_digest: str

    def of(
        self, streams: tuple[str, ...], countries: tuple[str, ...]
    ) -> Int[np.ndarray, "month stream country draw"]:
        """Return the draws of some streams and countries, in the order given."""
        rows = [self.streams.index(name) for name in streams]
        columns = [self.countries.index(iso) for iso in countries]
        return self.deaths[:, rows][:, :, columns]


def scenario_for(loaded: LoadedScenario, window: Window, members: int) -> LoadedScenario:
    """Return the scenario that starts at a window's origin, with no lever touched."""
    scenario = Scenario(
        name=loaded.scenario.name,
        title=f"Window {window.name}",
        theatre=loaded.scenario.theatre,
        init_time=calendar.format_month(window.init),
        months=window.last_lead,
        members=members,
        seed=SEED,
        policies={BASELINE: Policy(label="Nothing changed")},
    )
    return replace(loaded, scenario=scenario)


def fits_at(source: Source, window: Window) -> tuple[TheatrePosterior, LevelFit]:
    """Return both fits as seen from a window's origin."""
    loaded = scenario_for(source.loaded, window, source.members)
    seen = source.snapshot.until(window.init)
    theatre_fit = vintages.theatre_fit_for(loaded, seen, source.say, source.fit)
    return theatre_fit, level_at(source, window.init)


def level_at(source: Source, init: int) -> LevelFit:
    """Return the pooled level fit as seen from a month."""
    return vintages.level_fit_for(source.snapshot.until(init), init, source.say, source.level)


def theatre_draws(source: Source, window: Window, *, cells: bool = False) -> TheatreDraws:
    """Return the model's draws for the months of a window, from the cache or made now.

    Args:
        source: theatre, data and settings.
        window: origin and months.
        cells: keep state-based deaths by cell too.
    """
    loaded = scenario_for(source.loaded, window, source.members)
    posterior, level_fit = fits_at(source, window)
    seen = source.snapshot.until(window.init)
    fit_digest = digest(posterior, level_fit)
    parts = (
        fit_digest,
        code_digest(__name__),
        seen.tables(),
        loaded.registry.model_dump(),
        loaded.theatre.model_dump(),
        loaded.scenario.model_dump(),
        window,
        cells,
    )

    def make() -> dict[str, np.ndarray]:
        prepared = prepare(loaded, seen, posterior, level_fit)
        deaths, by_cell = _simulate(source, prepared, window, cells)
        gid = prepared.structure.gid if cells else np.zeros(0)
        return {"deaths": deaths, "gid": gid.astype(np.int64), "cells": by_cell}

    made = remember(f"draws-{window.name}", parts, make)
    return TheatreDraws(
        streams=tuple(loaded.theatre.streams),
        countries=tuple(loaded.theatre.countries),
        deaths=made["deaths"],
        gid=made["gid"],
        cells=made["cells"],
        fit_digest=fit_digest,
    )


def _simulate(
    source: Source, prepared: Prepared, window: Window, cells: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return deaths `[month, stream, country, draw]` and `[month, cell, draw]`, batch by batch."""
    structure, scenario = prepared.structure, prepared.loaded.scenario
    skip = window.first_lead - 1
    state_based = np.flatnonzero(structure.block == 0)

    def observe(structure, month):
        kept = {"deaths": month.deaths @ structure.country_matrix}
        if cells:
            kept["cells"] = month.deaths[state_based].sum(axis=0)
        return kept

    def gather(structure, kept, real):
        return {name: jnp.round(part[:, skip:]).astype(jnp.int32) for name, part in kept.items()}

    sizes = (window.n_leads, len(structure.streams), len(structure.countries), scenario.members)
    deaths = np.zeros(sizes, np.int32)
    n_cells = structure.n_cells if cells else 0
    by_cell = np.zeros((window.n_leads, n_cells, scenario.members), np.int32)
    batch = compile_batch(structure, observe, gather)
    everyone, done = np.arange(scenario.members), 0
    what = f"Simulating from {scenario.init_time}"
    for kept, real in futures(
        prepared, batch, Arm(), everyone, what=what, progress=source.progress
    ):
        chosen = slice(done, done + real)
        deaths[..., chosen] = np.moveaxis(kept["deaths"][:real], 0, -1)
        if cells:
            by_cell[..., chosen] = np.moveaxis(kept["cells"][:real], 0, -1)
        done += real
    return deaths, by_cell


def country_draws(
    draws: TheatreDraws, source: Source, countries: tuple[str, ...]
) -> Int[np.ndarray, "month country draw"]:
    """Return draws of state-based deaths by country."""
    streams = source.loaded.theatre.streams_of("state_based")
    return draws.of(streams, countries).sum(axis=1)


def one_sided_draws(
    draws: TheatreDraws, source: Source, countries: tuple[str, ...]
) -> Int[np.ndarray, "month unit draw"]:
    """Return draws of one-sided deaths; units as in `record.one_sided_deaths`."""
    streams = tuple(record.perpetrator_streams(source.loaded.theatre).values())
    chosen = draws.of(streams, countries)
    return chosen.reshape(len(chosen), -1, chosen.shape[-1])


def cell_draws(
    draws: TheatreDraws, gid: Int[np.ndarray, " cell"]
) -> Int[np.ndarray, "month cell draw"]:
    """Return draws of state-based deaths of cells; all must be observed at the origin."""
    at = np.searchsorted(draws.gid, gid).clip(max=max(len(draws.gid) - 1, 0))
    if len(draws.gid) == 0 or (draws.gid[at] != gid).any():
        raise InputError("not observed at the origin", field="gid", allowed="observed cells")
    return draws.cells[:, at]


def level_draws(
    source: Source, window: Window, countries: tuple[str, ...], n: int = MEMBERS
) -> np.ndarray:
    """Return draws `[month, country, draw]` of the level law alone: no cells, no streams."""
    ids = [source.loaded.theatre.countries[iso].views_id for iso in countries]
    history = record.world_table(source.snapshot.until(window.init))[ids].to_numpy(float)
    law = level.forecast_level(level_at(source, window.init), history, window.last_lead)
    return level.marginal_draws(law, n)[window.first_lead - 1 :]
