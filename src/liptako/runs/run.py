"""One run: members in batches, gathered into a labelled dataset."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import jax
import numpy as np
import xarray as xr

from liptako import calendar
from liptako.cache import cache_folder
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.runs.start import Prepared, prepare
from liptako.inference.vintages import fits_for
from liptako.model import simulate as model
from liptako.model.params import Params
from liptako.model.posterior import set_numbers
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.scenario import MAX_MEMBERS, MAX_MONTHS, Scenario
from liptako.version import __version__

VARIANTS = {
    "reference_only": "judgement at its centre, the pact as past ones",
    "without_pact": "without the pact",
    "markov_pact": "the pact as past ones, whatever allies gain",
}
"""Runs of the first members with something left out, paired with the main run."""

VARIANT_MEMBERS = 250

POLITICAL = {
    "attacked_cells": (("member", "full_year", "country"), "cells attacked in the year"),
    "exits": (("member", "month", "country"), "how a regime ended, see liptako.model.codes"),
    "stage": (("member", "month"), "stage of the pact, see liptako.model.codes"),
    "left": (("member", "month", "country"), "out of the pact"),
    "joint_acts": (("member", "month"), "joint acts in the month"),
    "rung": (("member", "month", "dyad"), "rung of the dispute, see liptako.model.codes"),
    "act": (
        ("member", "month", "country"),
        "act of the month, from 1 in the order of `acts`",
    ),
    "due": (("member", "month", "country"), "until a promised date lapses; 0: none stands"),
    "missed": (("member", "month", "country"), "promised dates that passed so far"),
    "support": (("member", "full_year", "patron", "country"), "share of the patron's full support"),
}
"""What is kept of politics: dimensions and units."""

MARK_EVERY_MONTHS = 12
"""Regions are kept for whole years only."""

Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it, and of how many."""


@dataclass(frozen=True, eq=False)
class Run:
    """A prepared scenario and the dataset of its futures."""

    prepared: Prepared
    dataset: xr.Dataset
    variants: dict[str, xr.Dataset] = field(default_factory=dict)
    """The first members again, with something left out; see `VARIANTS`."""


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
        scenario,
        members=members,
        months=months,
        seed=seed,
        policy=policy,
        progress=progress,
        variants=False,
    ).dataset


def run(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    policy: str = "baseline",
    progress: Progress | None = None,
    variants: bool = True,
) -> Run:
    """Do what `simulate` does and keep what it was prepared from, for tables and reports.

    With `variants` the first members run again with something left out, see `VARIANTS`.
    """
    started = time.perf_counter()
    loaded = adjust(scenario, members, months, seed)
    use_compilation_cache()
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
    batch = model.compile_batch(prepared.structure)
    everyone = np.arange(loaded.scenario.members)
    chunks = list(batches(prepared, batch, policy, everyone, progress))
    dataset = dataset_of(prepared, chunks, policy, everyone)
    again = {}
    if variants and prepared.allies and loaded.scenario.months >= model.YEAR:
        first = everyone[:VARIANT_MEMBERS]
        for name in VARIANTS:
            chunks = list(batches(prepared, batch, policy, first, progress, name))
            again[name] = dataset_of(prepared, chunks, policy, first)
    dataset.attrs["elapsed_s"] = round(time.perf_counter() - started, 3)
    dataset.attrs["peak_memory_mb"] = round(peak_memory_mb(), 1)
    return Run(prepared, dataset, again)


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


def batches(
    prepared: Prepared,
    batch: Callable,
    policy: str,
    members: np.ndarray,
    progress: Progress | None,
    variant: str | None = None,
) -> Iterator[model.Futures]:
    """Yield what is kept of each batch of members, simulated under a policy.

    Args:
        prepared: the start.
        batch: from `liptako.model.simulate.compile_batch`.
        policy: one of the scenario's.
        members: member numbers.
        progress: called as batches finish.
        variant: one of `VARIANTS`, something left out.
    """
    scenario = prepared.loaded.scenario
    start = prepared.start(policy, scenario.seed)

    def params(members: np.ndarray) -> Params:
        judgement = variant != "reference_only"
        drawn = prepared.draw_params(scenario.seed, members, judgement=judgement)
        zero = np.zeros_like(drawn.alliance.active)
        if variant == "without_pact":
            drawn = replace(drawn, alliance=replace(drawn.alliance, active=zero))
        if variant in ("reference_only", "markov_pact"):
            drawn = replace(drawn, alliance=replace(drawn.alliance, markov=zero + 1.0))
        return drawn

    what = "Simulating" if variant is None else f"Again, {VARIANTS[variant]}"
    done = 0
    if progress is not None:
        progress(what, 0, len(members))
    for on_device, real in model.run_members(batch, start, params, members):
        kept: model.Futures = jax.tree.map(np.asarray, on_device)
        done += real
        yield kept._replace(
            **{
                name: part[:real]
                for name, part in kept._asdict().items()
                if name not in model.COUNTED_OVER_MEMBERS
            }
        )
        if progress is not None:
            progress(what, done, len(members))


def dataset_of(
    prepared: Prepared, chunks: list[model.Futures], policy: str, members: np.ndarray
) -> xr.Dataset:
    """Return batches of members as one labelled dataset, as `simulate` does."""
    scenario, structure = prepared.loaded.scenario, prepared.structure
    joined = {
        name: np.concatenate([getattr(chunk, name) for chunk in chunks])
        for name in ("deaths", "events", "displaced", *POLITICAL)
    }
    years = max(scenario.months // MARK_EVERY_MONTHS, 1)
    ends = np.minimum(np.arange(1, years + 1) * MARK_EVERY_MONTHS, scenario.months) - 1
    region_deaths = np.concatenate([_by_year(c.region_deaths, ends) for c in chunks])
    influence = np.concatenate([c.influence[:, ends] for c in chunks])
    cell_any = sum(c.cell_any for c in chunks) / len(members)
    cell_large = sum(c.cell_large for c in chunks) / len(members)
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
            **{
                f"baseline_{name}": ("country", column.to_numpy())
                for name, column in prepared.before.items()
            },
            **{
                name: (axes, joined[name], {"units": units})
                for name, (axes, units) in POLITICAL.items()
            },
        },
        coords={
            "member": members,
            "month": month,
            "valid_time": ("month", [calendar.format_month(m) for m in month.tolist()]),
            "lead_time": ("month", month - scenario.init_month),
            "stream": list(structure.streams),
            "country": list(structure.countries),
            "year": np.arange(1, years + 1),
            "region": list(structure.regions),
            "cell": structure.gid.astype(np.int64),
            "patron": list(structure.patrons.names),
            "dyad": ["-".join(structure.countries[i] for i in pair) for pair in structure.dyads],
            "full_year": np.arange(1, scenario.months // model.YEAR + 1),
            "inflicted_share": ("stream", prepared.inflicted_share),
            **{
                f"{status.replace(' ', '_')}_set": ("member", numbers)
                for status, numbers in set_numbers(members).items()
            },
        },
        attrs={
            "title": f"{scenario.title}, as seen from {scenario.init_time}",
            "scenario": scenario.name,
            "policy": policy,
            "init_time": scenario.init_time,
            "seed": scenario.seed,
            "liptako_version": __version__,
            "data_until": prepared.snapshot.manifest["last_month"],
            "event_source": prepared.snapshot.event_source,
            "event_citation": prepared.snapshot.event_citation,
            "fit_until": prepared.posterior.about["data_until"],
            "alliance": ",".join(prepared.allies),
            "acts": ",".join(structure.menu.names),
            "ending_thresholds": scenario.endings.model_dump_json(),
        },
    )


def _by_year(monthly: np.ndarray | jax.Array, ends: np.ndarray) -> np.ndarray:
    total = np.cumsum(monthly, axis=1)[:, ends]
    return np.diff(total, axis=1, prepend=0.0)


def use_compilation_cache() -> None:
    """Keep compiled programs between runs: seconds of compilation become a tenth."""
    folder = cache_folder() / "xla"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


def peak_memory_mb() -> float:
    """Return the largest memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
