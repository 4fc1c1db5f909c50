"""Motives of a scenario's juntas, and what the futures come to under each of them.

`lenses` infers them, `simulate_lenses` simulates the same futures with each: every lens alone, and
the posterior, beside the prior that the main run draws from. All arms share every member's random
numbers and parameters, so a difference is that of motives. It tests an assumption and says
nothing of the world.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from liptako.calendar import format_month
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.experiments.differences import difference_of
from liptako.experiments.measured import BLOCK, UNREAD, counted_outcomes
from liptako.inference.motives.infer import Case, Inferred, build_case, infer
from liptako.inference.motives.stored import drawn_of
from liptako.inference.motives.summary import draws_for_simulation
from liptako.model.drawn import Drawn
from liptako.model.simulate import compile_batch
from liptako.model.structure import build_structure, layout_of
from liptako.outcomes.measures import check_horizon
from liptako.outcomes.ranges import set_numbers
from liptako.runs.arms import Arm, futures
from liptako.runs.dataset import gathered, known_before
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.motives import FILE, load_motives

OUTCOMES = (
    "pact_alive", "regimes_held", "rolled_back", "civilians_killed", "civilians_by_state",
    "deaths", "coups", "upper_others",
)  # fmt: skip
"""What is compared: the pieces of the endings, and harm to civilians always."""

PRIOR, POSTERIOR = "prior", "posterior"


def case_of(scenario: str | Path | LoadedScenario = "sahel-2024") -> Case:
    """Return the record of a scenario's theatre that motives are inferred from.

    Raises:
        InputError: the theatre has no motives to infer.
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    motives = load_motives(loaded.folder, tuple(loaded.theatre.menu))
    if motives is None:
        raise InputError(
            "the theatre has no lenses to infer",
            file=loaded.folder / FILE,
            allowed="a theatre with this file",
        )
    last = motives.spec.last
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre)).until(last)
    structure = build_structure(loaded.theatre, snapshot.cells, last, layout_of(loaded.registry))
    return build_case(motives, loaded.theatre, structure, snapshot, loaded.registry)


def lenses(scenario: str | Path | LoadedScenario = "sahel-2024", *, seed: int = 1) -> Inferred:
    """Infer which lens the decisions of a theatre's juntas are consistent with.

    Args:
        scenario: a shipped scenario's name, a TOML file, or a loaded scenario.
        seed: of the random numbers.

    Returns:
        The posterior; `.summary()` has plain values, `.to_arviz()` an ArviZ `InferenceData`.

    Raises:
        InputError: the theatre has no motives to infer.

    Example:
        >>> found = lenses()                                               # doctest: +SKIP
        >>> found.summary()["juntas"]["niger"]["verdict"]                  # doctest: +SKIP
        'undetermined'
    """
    return infer(case_of(scenario), seed)


def arms_of(prepared: Prepared, case: Case, found: Inferred | None) -> dict[str, Arm]:
    """Return the arms: the prior of the main run, each lens alone, and the posterior.

    A lens alone has the prior's own scale: utilities of the menu vary as under its middle.
    """
    arms = {PRIOR: Arm("motives from their prior")}
    scale = _prior_scale(prepared)
    countries = tuple(dict.fromkeys(case.names.countries))
    for at, name in enumerate(case.names.lenses):
        weight = np.full((1, len(prepared.structure.countries), len(CONSEQUENCES)), np.nan)
        for iso in countries:
            weight[0, prepared.structure.countries.index(iso)] = scale * case.names.weights[at]
        label = case.motives.spec.lenses[name].label
        arms[name] = Arm(label, drawn=(Drawn("motives.weight", weight),))
    if found is not None:
        drawn = drawn_of(draws_for_simulation(found), prepared.structure)
        arms[POSTERIOR] = Arm("motives from their posterior", drawn=drawn)
    return arms


def check_futures(loaded: LoadedScenario, case: Case) -> None:
    """Check that futures of a scenario can be simulated under what a record says of motives.

    Raises:
        InputError: it ends at no horizon of endings, or begins before the record ends.
    """
    scenario, last = loaded.scenario, case.motives.spec.last
    check_horizon("lenses", OUTCOMES[0], scenario.months)
    if scenario.init_month < last:
        raise InputError(
            "it begins before the decisions that motives are inferred from",
            file=loaded.file,
            field="init_time",
            value=scenario.init_time,
            allowed=f"{format_month(last)} or later",
        )


def simulate_lenses(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = None,
    months: int | None = None,
    seed: int | None = None,
    found: Inferred | None = None,
    only: Sequence[str] | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Return what futures come to under each lens, against motives from their prior.

    Args:
        scenario: a name, a file, or a loaded scenario.
        members: futures of each arm.
        months: how far.
        seed: of the random numbers.
        found: the posterior; without it no arm has it.
        only: lenses; all if not given.
        progress: called as batches finish.

    Returns:
        One row an arm and outcome: `motives`, `label`, `outcome`, `unit`, `base`, and what
        `liptako.experiments.differences.difference_of` says.

    Raises:
        InputError: see `check_futures`.
    """
    prepared = start_of(scenario, members=members, months=months, seed=seed, progress=progress)
    case = found.case if found is not None else case_of(prepared.loaded)
    check_futures(prepared.loaded, case)
    arms = arms_of(prepared, case, found)
    if only is not None:
        arms = {name: arm for name, arm in arms.items() if name in (PRIOR, *only)}
    counted = counted_outcomes(prepared, list(OUTCOMES))
    values = {name: _values(prepared, arm, counted, progress) for name, arm in arms.items()}
    sets = set_numbers(np.arange(prepared.loaded.scenario.members))
    rows = []
    for name, arm in arms.items():
        if name == PRIOR:
            continue
        gaps = {key: values[name][key] - values[PRIOR][key] for key in counted}
        moved = any(gap.any() for gap in gaps.values())
        for key, row in counted.items():
            said = difference_of(gaps[key], sets, moved=moved)
            about = {"motives": name, "label": arm.label, "outcome": key, "unit": row.outcome.unit}
            rows.append({**about, "base": float(values[PRIOR][key].mean()), **said})
    return pd.DataFrame(rows)


def _values(
    prepared: Prepared, arm: Arm, counted: dict[str, Any], progress: Progress
) -> dict[str, np.ndarray]:
    """Return each outcome of every member of an arm; arrays are let go block by block."""
    batch, parts = compile_batch(prepared.structure), []
    members = np.arange(prepared.loaded.scenario.members)
    for at in range(0, len(members), BLOCK):
        block = members[at : at + BLOCK]
        chunks = futures(prepared, batch, arm, block, what=f"Simulating {arm.label}",
                         progress=progress)  # fmt: skip
        run = gathered(known_before(prepared, arm, block), chunks, UNREAD)
        parts.append(
            {name: np.asarray(row.outcome.measure(run, list(row.countries)), np.float64)
             for name, row in counted.items()}
        )  # fmt: skip
    return {name: np.concatenate([part[name] for part in parts]) for name in counted}


def _prior_scale(prepared: Prepared) -> float:
    """Return how far utilities of the menu vary under the middle of the prior of motives."""
    middle = prepared.loaded.registry["motives.weight"].value
    assert isinstance(middle, dict)
    weight = np.array([middle.get(name, 0.0) for name in CONSEQUENCES])
    worth = np.concatenate([[0.0], prepared.structure.menu.effects @ weight])
    return float(worth.std())
