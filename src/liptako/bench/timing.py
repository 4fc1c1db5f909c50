"""How fast the model is, beside the same model in plain NumPy and in Mesa, in one run.

Machines are noisy: engines are timed in turns, medians stand beside the least and the most, and
processor time beside elapsed time (JAX uses all cores, the others one).
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import jax
import numpy as np

from liptako.bench import ablation
from liptako.bench.case import Case, shortened, thinned
from liptako.bench.engines import ENGINES, available, engine
from liptako.model import simulate as model
from liptako.runs.executor import BATCH, Progress, run_members
from liptako.runs.run import peak_memory_mb
from liptako.version import __version__

BUDGET_S = 150.0
"""Once this much time has passed, what is left to measure is left out, and named."""

SHARES = (0.25, 0.5, 1.0)
BATCHES_TIMED = 16
"""Batches of the model in the comparison: enough that all processors are busy nearly throughout."""

MESA_MONTHS = 3
AGREEMENT = {"numpy": (96, 12), "mesa": (32, 3)}
"""Members and months on which an engine is compared with the model in distribution."""


@dataclass(frozen=True)
class Timing:
    """Repeated times of one thing, in seconds, and how many cell-months it did each time."""

    cell_months: int
    wall_s: tuple[float, ...]
    cpu_s: tuple[float, ...]

    def as_dict(self) -> dict[str, object]:
        """Return medians, least and most, as plain values."""
        return {
            "cell_months": self.cell_months,
            "repeats": len(self.wall_s),
            "seconds": _spread(self.wall_s),
            "cpu_seconds": _spread(self.cpu_s),
            "cell_months_per_second": _spread([self.cell_months / s for s in self.wall_s]),
            "cell_months_per_cpu_second": _spread([self.cell_months / s for s in self.cpu_s]),
        }


def in_turns(
    work: Mapping[str, tuple[int, Callable[[], object]]], repeats: int
) -> dict[str, Timing]:
    """Time several things in turns, so that a busy machine slows them alike.

    Args:
        work: by name, how many cell-months it does and the function that does them.
        repeats: how many turns.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in work}
    for _ in range(repeats):
        for name, (_, do) in work.items():
            taken[name].append(timed(do))
    return {
        name: Timing(work[name][0], *(tuple(part) for part in zip(*pairs, strict=True)))
        for name, pairs in taken.items()
    }


def timed(do: Callable[[], object]) -> tuple[float, float]:
    """Return elapsed and processor time of a call, in seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - wall, max(time.process_time() - cpu, 1e-9)


def futures(case: Case, batch: Callable, members: int) -> list[Any]:
    """Return what a run keeps of members, as a run does it."""
    start = case.start
    return [part for part, _ in run_members(batch, start, case.params, np.arange(members))]


def bench(
    case: Case,
    *,
    members: int = 200,
    repeats: int = 5,
    against: Sequence[str] = ENGINES,
    budget_s: float = BUDGET_S,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure the model and the other engines.

    Args:
        case: what is timed.
        members: most futures in the table by members.
        repeats: turns in the comparison of engines.
        against: other engines, of `ENGINES`.
        budget_s: see `BUDGET_S`.
        progress: told what is being measured.

    Returns:
        Plain values: `engines`, `ratios`, `by` members, cells and months, `where` the time
        goes, `agreement`, `peak_memory_mb`, `left_out`.
    """
    names, left_out = available(against)
    out: dict[str, Any] = {"machine": machine(), "seed": case.start.seed, "members": members}
    out |= {"cells": case.cells, "months": case.months, "batch": BATCH}
    by: dict[str, Any] = {}
    started = time.perf_counter()
    with _cold_compiler():
        batch = model.compile_batch(case.structure)
        cold = timed(lambda: futures(case, batch, BATCH))
        warm = timed(lambda: futures(case, batch, BATCH))
        out["cold"] = {"first_batch_s": cold[0], "compile_s": cold[0] - warm[0]}
        out["cold"]["compile_cpu_s"] = cold[1] - warm[1]
        by["members"] = by_members(case, batch, members)
        out["peak_memory_mb"] = peak_memory_mb()
        parts: dict[str, Callable[[], None]] = {
            "engines": lambda: out.update(compare_engines(case, batch, names, repeats)),
            "agreement": lambda: out.update(
                agreement={name: agreement(case, batch, name) for name in names}
            ),
            "where": lambda: out.update(where=where(case, batch)),
            "months": lambda: by.update(months=by_months(case, batch)),
            "cells": lambda: by.update(cells=by_cells(case, batch)),
        }
        for done, (name, measure) in enumerate(parts.items()):
            if time.perf_counter() - started > budget_s:
                left_out.append(f"{name}: left out, {budget_s:g} s were up")
                continue
            if progress is not None:
                progress(f"Measuring {name}", done, len(parts))
            measure()
    out |= {"by": by, "left_out": left_out, "elapsed_s": time.perf_counter() - started}
    return out


def compare_engines(
    case: Case, batch: Callable, names: Sequence[str], repeats: int
) -> dict[str, Any]:
    """Return times of all engines taken in turns, and how many times faster the model is."""
    ours = BATCHES_TIMED * BATCH
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "jax": (ours * case.months * case.cells, lambda: futures(case, batch, ours))
    }
    rng = np.random.default_rng(case.start.seed)
    if "numpy" in names:
        numpy_model = engine("numpy")
        world = numpy_model.build(case.structure, case.start)
        work["numpy"] = (
            2 * case.months * case.cells,
            lambda: numpy_model.simulate(world, case.params(np.arange(2)), rng, case.months),
        )
    if "mesa" in names:
        mesa_model = engine("mesa")
        months = min(MESA_MONTHS, case.months)
        # making the agents is not counted: a real run makes them once for all its months
        made = mesa_model.begin(
            mesa_model.build(case.structure, case.start), case.params(np.arange(1)), rng
        )

        def run_mesa() -> object:
            for member in made:
                member.month = 0
            return mesa_model.advance(made, months)

        work["mesa"] = (months * case.cells, run_mesa)
    for _, do in work.values():
        do()
    timings = in_turns(work, repeats)
    ours_timing = timings["jax"]
    return {
        "engines": {name: timing.as_dict() for name, timing in timings.items()},
        "ratios": {
            name: {
                "elapsed": _spread(_ratio(ours_timing, timings[name], "wall_s")),
                "cpu": _spread(_ratio(ours_timing, timings[name], "cpu_s")),
            }
            for name in names
        },
    }


def agreement(case: Case, batch: Callable, name: str) -> dict[str, Any]:
    """Return whether an engine agrees with the model in distribution, on few members."""
    members, months = AGREEMENT[name]
    months = min(months, case.months)
    module, judge = engine(name), engine("agreement")
    kept = futures(case, batch, members)
    ours = SimpleNamespace(
        **{
            name: np.concatenate([part[name] for part in kept])[:, :months]
            for name in ("deaths", "events", "displaced")
        }
    )
    world = module.build(case.structure, shortened(case, months).start)
    rng = np.random.default_rng([case.start.seed, members])
    theirs = module.simulate(world, case.params(np.arange(members)), rng, months)
    return {**judge.compare(ours, theirs)._asdict(), "months": months}


def by_members(case: Case, batch: Callable, most: int) -> dict[str, Any]:
    """Return times by number of members, in whole batches."""
    sizes = sorted({max(1, round(share * most / BATCH)) * BATCH for share in SHARES})
    work = {
        str(size): (
            size * case.months * case.cells,
            lambda size=size: futures(case, batch, size),
        )
        for size in sizes
    }
    return _table(sizes, in_turns(work, 2))


def by_months(case: Case, batch: Callable) -> dict[str, Any]:
    """Return times of two batches by number of months."""
    sizes = sorted({max(1, round(share * case.months)) for share in SHARES})
    return _by_size({size: shortened(case, size) for size in sizes}, case, batch)


def by_cells(case: Case, batch: Callable) -> dict[str, Any]:
    """Return times of two batches by number of cells."""
    cases = [case if share == 1.0 else thinned(case, share) for share in SHARES]
    return _by_size({one.cells: one for one in cases}, case, batch)


def _by_size(cases: dict[int, Case], full: Case, batch: Callable) -> dict[str, Any]:
    members = 2 * BATCH
    work = {}
    for size, one in cases.items():
        # one compiled program serves any number of months, but compiles anew for each
        program = batch if one.structure is full.structure else model.compile_batch(one.structure)
        futures(one, program, BATCH)
        work[str(size)] = (
            members * one.months * one.cells,
            lambda one=one, program=program: futures(one, program, members),
        )
    return _table(list(cases), in_turns(work, 3))


def _table(sizes: list[int], timings: dict[str, Timing]) -> dict[str, Any]:
    """Return rows by size, and the power of size that time grows with: 1 is linear."""
    rows = [{"size": size, **timings[str(size)].as_dict()} for size in sizes]
    out: dict[str, Any] = {"rows": rows}
    if len(sizes) > 1:
        for name, times in (("power", "wall_s"), ("cpu_power", "cpu_s")):
            seconds = [statistics.median(getattr(timings[str(size)], times)) for size in sizes]
            out[name] = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    return out


def where(case: Case, batch: Callable, repeats: int = 3) -> dict[str, Any]:
    """Return what a batch costs with one part of the model replaced by something cheap."""
    work = {"everything": batch}
    for name in ablation.PARTS:
        with ablation.without(name) as kept:
            work[name] = model.compile_batch(case.structure, **kept)
            futures(case, work[name], BATCH)
    size = BATCH * case.months * case.cells
    timings = in_turns(
        {name: (size, lambda one=one: futures(case, one, BATCH)) for name, one in work.items()},
        repeats,
    )
    full = timings["everything"]
    return {
        name: {
            **timing.as_dict(),
            "saved": 1.0 - statistics.median(timing.wall_s) / statistics.median(full.wall_s),
            "cpu_saved": 1.0 - statistics.median(timing.cpu_s) / statistics.median(full.cpu_s),
        }
        for name, timing in timings.items()
    }


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    device = jax.devices()[0]
    return {
        "processors": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "architecture": platform.machine(),
        "system": platform.system(),
        "device": f"{device.platform} ({device.device_kind})",
        "python": platform.python_version(),
        "jax": jax.__version__,
        "numpy": np.__version__,
        "liptako": __version__,
    }


@contextmanager
def _cold_compiler() -> Iterator[None]:
    """Compile for real, without the cache that runs keep."""
    before = bool(jax.config.values["jax_enable_compilation_cache"])
    jax.config.update("jax_enable_compilation_cache", False)
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", before)


def _ratio(ours: Timing, theirs: Timing, which: str) -> list[float]:
    pairs = zip(getattr(ours, which), getattr(theirs, which), strict=True)
    return [(b / theirs.cell_months) / (a / ours.cell_months) for a, b in pairs]


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}
