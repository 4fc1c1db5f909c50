"""One run: members in batches, gathered into a labelled dataset."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import numpy as np
import xarray as xr

from liptako import calendar
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.execution.prepare import Prepared, prepare
from liptako.files import cache_folder
from liptako.inference.vintages import fits_for
from liptako.model import simulate as model
from liptako.model.posterior import ASSUMPTION_SETS, draw_params
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.scenario import MAX_MEMBERS, MAX_MONTHS, Scenario
from liptako.version import __version__

MARK_EVERY_MONTHS = 12
"""Regions are kept for whole years only."""

Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it, and of how many."""


@dataclass(frozen=True, eq=False)
class Run:
    """A prepared scenario and the dataset of its futures."""

    prepared: Prepared
    dataset: xr.Dataset


def simulate(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    policy: str = "baseline",
    progress: Progress | None = None,
) -> xr.Dataset:
    """Simulate many futures of a scenario.

    Args:
        scenario: a name, a file, or a loaded scenario.
        members: how many futures; the scenario's own number if not given.
        months: how far; likewise.
        seed: of the random numbers; likewise.
        policy: one of the scenario's policies.
        progress: called as batches finish.

    Returns:
        A dataset with dims `member`, `month`, `country`, `stream`, `year`, `region`, `cell`:
        `deaths` and `events` (counts), `displaced` (people), `region_deaths` (by year),
        `influence` (share of a region's people, at the end of each year), `cell_any` and
        `cell_large` (share of members with at least 1 and 25 deaths in the month).

    Raises:
        InputError: for anything not allowed.

    Example:
        >>> run = simulate("sahel-2024", members=100, seed=1)      # doctest: +SKIP
        >>> run["deaths"].sel(country="MLI").sum("stream").mean("member")    # doctest: +SKIP
    """
    return run(
        scenario, members=members, months=months, seed=seed, policy=policy, progress=progress
    ).dataset


def run(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    policy: str = "baseline",
    progress: Progress | None = None,
) -> Run:
    """Do what `simulate` does and keep what it was prepared from, for tables and reports."""
    started = time.perf_counter()
    loaded = adjust(scenario, members, months, seed)
    _use_compilation_cache()
    folder = snapshot_folder(loaded.folder, loaded.theatre)
    snapshot = load_snapshot(folder)
    if loaded.scenario.init_month > snapshot.last_month:
        raise InputError(
            "later than the data",
            file=loaded.file,
            field="init_time",
            value=loaded.scenario.init_time,
            allowed=f"{calendar.format_month(snapshot.last_month)} or earlier",
        )
    say = None if progress is None else (lambda text: progress(text, 0, 0))
    posterior, level_fit = fits_for(loaded, snapshot, say)
    prepared = prepare(loaded, snapshot, posterior, level_fit)
    chunks = list(_chunks(prepared, policy, progress))
    dataset = _dataset(prepared, chunks, policy)
    dataset.attrs["elapsed_s"] = round(time.perf_counter() - started, 3)
    dataset.attrs["peak_memory_mb"] = round(peak_memory_mb(), 1)
    return Run(prepared, dataset)


def adjust(
    scenario: str | Path | LoadedScenario,
    members: int | None,
    months: int | None,
    seed: int | None,
) -> LoadedScenario:
    """Return the loaded scenario with numbers replaced by those given.

    Raises:
        InputError: a number is out of range.
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    bounds = {
        "members": (members, 2, MAX_MEMBERS),
        "months": (months, 1, MAX_MONTHS),
        "seed": (seed, 0, 2**31 - 1),
    }
    changes = {}
    for name, (value, low, high) in bounds.items():
        if value is None:
            continue
        if isinstance(value, bool) or int(value) != value or not low <= value <= high:
            raise InputError("out of range", field=name, value=value, allowed=f"{low} to {high}")
        changes[name] = int(value)
    if not changes:
        return loaded
    checked = Scenario.model_validate({**loaded.scenario.model_dump(), **changes})
    return replace(loaded, scenario=checked)


def _chunks(prepared: Prepared, policy: str, progress: Progress | None) -> Iterator[model.Futures]:
    scenario = prepared.loaded.scenario
    start = prepared.start(policy, scenario.seed)

    def params(members: np.ndarray):
        return draw_params(
            prepared.loaded.registry,
            prepared.posterior,
            prepared.structure,
            prepared.shocks,
            scenario.seed,
            members,
        )

    batch = model.compile_batch(prepared.structure)
    done = 0
    if progress is not None:
        progress("Simulating", 0, scenario.members)
    for on_device, real in model.run_members(batch, start, params, np.arange(scenario.members)):
        kept = model.Futures(*(np.asarray(part) for part in on_device))
        done += real
        yield kept._replace(
            **{name: getattr(kept, name)[:real] for name in model.Futures._fields[:5]}
        )
        if progress is not None:
            progress("Simulating", done, scenario.members)


def _dataset(prepared: Prepared, chunks: list[model.Futures], policy: str) -> xr.Dataset:
    scenario, structure = prepared.loaded.scenario, prepared.structure
    joined = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks])
        for name in ("deaths", "events", "displaced")
    }
    years = max(scenario.months // MARK_EVERY_MONTHS, 1)
    ends = np.minimum(np.arange(1, years + 1) * MARK_EVERY_MONTHS, scenario.months) - 1
    region_deaths = np.concatenate([_by_year(c.region_deaths, ends) for c in chunks])
    influence = np.concatenate([c.influence[:, ends] for c in chunks])
    cell_any = sum(c.cell_any for c in chunks) / scenario.members
    cell_large = sum(c.cell_large for c in chunks) / scenario.members
    month = np.arange(1, scenario.months + 1) + scenario.init_month
    dims = ("member", "month", "stream", "country")
    return xr.Dataset(
        {
            "deaths": (dims, joined["deaths"], {"units": "deaths per month"}),
            "events": (dims, joined["events"], {"units": "events per month"}),
            "displaced": (
                ("member", "month", "country"),
                joined["displaced"],
                {"units": "people newly displaced per month"},
            ),
            "region_deaths": (
                ("member", "year", "region"),
                region_deaths,
                {"units": "deaths in the year"},
            ),
            "influence": (
                ("member", "year", "region"),
                influence,
                {"units": "share of people, at the end of the year"},
            ),
            "cell_any": (("month", "cell"), cell_any, {"units": "share of members, 1 or more"}),
            "cell_large": (
                ("month", "cell"),
                cell_large,
                {"units": "share of members, 25 or more"},
            ),
        },
        coords={
            "member": np.arange(scenario.members),
            "month": month,
            "valid_time": ("month", [calendar.format_month(m) for m in month]),
            "lead_time": ("month", month - scenario.init_month),
            "stream": list(structure.streams),
            "country": list(structure.countries),
            "year": np.arange(1, years + 1),
            "region": list(structure.regions),
            "cell": structure.gid.astype(np.int64),
            "assumption_set": ("member", np.arange(scenario.members) % ASSUMPTION_SETS),
        },
        attrs={
            "title": f"{scenario.title}, as seen from {scenario.init_time}",
            "scenario": scenario.name,
            "policy": policy,
            "init_time": scenario.init_time,
            "seed": scenario.seed,
            "liptako_version": __version__,
            "data_until": prepared.snapshot.manifest["last_month"],
            "fit_until": prepared.posterior.about["data_until"],
        },
    )


def _by_year(monthly: np.ndarray, ends: np.ndarray) -> np.ndarray:
    total = np.cumsum(monthly, axis=1)[:, ends]
    return np.diff(total, axis=1, prepend=0.0)


def _use_compilation_cache() -> None:
    """Keep compiled programs between runs: seconds of compilation become a tenth."""
    folder = cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)


def peak_memory_mb() -> float:
    """Return the largest memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
