"""`liptako verify --level recruitment`: insurgent events around killings by states."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console

from liptako.words.verification import say

if TYPE_CHECKING:
    from liptako.verification.backtest.forecasts import Progress


def found(scenario: str, progress: Progress) -> dict[str, Any]:
    """Return what followed on killings by states in a scenario's record, beside a placebo."""
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.inference.theatre_fit import FIRST_MONTH
    from liptako.model.structure import build_structure, layout_of
    from liptako.theatre.loading import load_scenario
    from liptako.verification.recruitment import after_killings

    progress("Counting insurgent events around killings by states", 0, 0)
    loaded = load_scenario(scenario)
    init = loaded.scenario.init_month
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre)).until(init)
    structure = build_structure(loaded.theatre, snapshot.cells, init, layout_of(loaded.registry))
    return after_killings(snapshot, structure, FIRST_MONTH, init).summary()


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print what followed on killings by states."""
    ratio = {
        name: f"{math.exp(content[name]):.2f}"
        for name in ("effect", "lo", "hi", "placebo", "least_seen")
    }
    text = say("recruitment", killings=content["killings"], **ratio)
    console.print(f"\n{text}\n", soft_wrap=True)
