"""One run: members in batches, gathered into a labelled dataset, in memory or in a file."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.simulate import compile_batch
from liptako.runs.arms import BASELINE, VARIANTS, Arm, futures
from liptako.runs.carried import carried_by, with_carried
from liptako.runs.dataset import gathered, known_before
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.policies import with_policies

VARIANT_MEMBERS = 250
"""Members of each variant: the first ones of the run."""

MAIN = Arm()

Gather = Callable[[xr.Dataset, Iterator], xr.Dataset]
"""From what is known before and the batches to a run's dataset, see `gathered`."""


@dataclass(frozen=True, eq=False)
class Run:
    """The futures of a scenario, and the first of them again with something left out."""

    dataset: xr.Dataset
    variants: Mapping[str, xr.Dataset] = field(default_factory=dict)
    """By name, see `liptako.runs.arms.VARIANTS`."""


def simulate(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    policy: str = BASELINE,
    progress: Progress = silent,
) -> xr.Dataset:
    """Simulate many futures of a scenario, and hold them all in memory.

    `liptako run` writes them to a file as they come, so that its memory does not grow with them.

    Args:
        scenario: a name, a file, or a loaded scenario.
        members: how many futures, 2 to 100,000; the scenario's own number if not given.
        months: how far, 1 to 60; likewise.
        seed: of the random numbers, 0 to 2**31 - 1; likewise.
        policy: one of the policies of the scenario or its theatre.
        progress: called as batches finish, with what is done, how many of it, and of how many.

    Returns:
        A dataset with dims `member`, `month`, `country`, `stream`, `year`, `window`, `region`,
        `cell`: `deaths` and `events` (a month), `displaced` (people a month), `region_deaths` (a
        year), `region_deaths_within` (the first 3, 6 and 12 months), `influence` (share of a
        region's people, at the end of each year), `cell_any` and `cell_large` (share of members
        with at least 1 and 25 deaths in the month), and politics by month; codes are those of
        `liptako.model.codes`. Countries and cells without event data are not a number. It carries
        the recorded months before the start and all that tables need, see `liptako.runs.dataset`.

    Raises:
        InputError: for anything not allowed.

    Example:
        >>> run = simulate("sahel-2024", members=100, seed=1)      # doctest: +SKIP
        >>> run["deaths"].sel(country="MLI").sum("stream").mean("member")    # doctest: +SKIP
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    loaded = with_policies(loaded, [policy])
    prepared = start_of(loaded, members=members, months=months, seed=seed, progress=progress)
    return run_of(prepared, Arm(policy=policy), variants=False, progress=progress).dataset


def run_of(
    prepared: Prepared,
    arm: Arm = MAIN,
    *,
    variants: bool = True,
    gather: Gather = gathered,
    notes: Mapping[str, str] = {},
    progress: Progress = silent,
) -> Run:
    """Simulate the futures of an arm and, unless told not to, its variants.

    Args:
        prepared: where futures begin.
        arm: what differs from the scenario's baseline.
        variants: whether the first members run again with something left out; none without a
            pact, or in a run shorter than a year.
        gather: what becomes of the batches of the run itself; variants are held in memory.
        notes: attributes to add to the run's dataset.
        progress: called as batches finish.
    """
    batch = compile_batch(prepared.structure)
    everyone = np.arange(prepared.loaded.scenario.members)

    main = arm

    def simulated(arm: Arm, members: np.ndarray, gather: Gather, what: str) -> xr.Dataset:
        chunks = futures(prepared, batch, arm, members, what=what, progress=progress)
        known = known_before(prepared, arm, members).assign_attrs(notes)
        if arm is main:
            known = with_carried(known, carried_by(prepared, arm))
        return gather(known, chunks)

    dataset = simulated(arm, everyone, gather, "Simulating")
    again = {}
    if variants and prepared.allies and prepared.loaded.scenario.months >= MONTHS_PER_YEAR:
        first = everyone[:VARIANT_MEMBERS]
        for name, variant in VARIANTS.items():
            changed = variant.under(arm.policy)
            again[name] = simulated(changed, first, gathered, f"Again, {variant.label}")
    return Run(dataset, again)


def peak_memory_mb() -> float:
    """Return the largest memory this process has held, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0 if sys.platform == "darwin" else 1024.0)
