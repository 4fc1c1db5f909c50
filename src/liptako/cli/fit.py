"""`liptako fit`: what the data say of the parameters, with a posterior."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli.output import AsJson, console, print_json, progress_bar
from liptako.words.commands import say
from liptako.words.run import say as run_words

if TYPE_CHECKING:
    import pandas as pd

    from liptako.model.posterior import TheatrePosterior
    from liptako.model.structure import Structure
    from liptako.theatre.loading import LoadedScenario

TOLERANCE = 0.05
"""How far, in log weights, a refit may lie from the shipped fit: the optimiser's own slack."""


def fit(
    scenario: Annotated[str, typer.Argument(help="Whose theatre, and until when.")] = "sahel-2024",
    out: Annotated[
        Path, typer.Option(help="Where to write fit.nc, level.npz and the readings.")
    ] = Path("fits"),
    check: Annotated[
        bool, typer.Option("--check", help="Compare with the shipped fit; exit 1 if it differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the theatre and the level on data up to the scenario's start."""
    from liptako import calendar
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.inference.level_fit import fit_level, save_level_fit
    from liptako.inference.readings import readings
    from liptako.inference.theatre_fit import fit_theatre
    from liptako.inference.vintages import world_history
    from liptako.model.posterior import load_posterior, save_posterior
    from liptako.runs.folder import check_writable
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario(scenario)
    check_writable(out)
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre))
    init = loaded.scenario.init_month
    shipped = load_posterior(loaded.folder / "fit.nc") if check else None
    started = time.perf_counter()
    with progress_bar(as_json) as progress:
        posterior, structure = fit_theatre(
            loaded.theatre,
            loaded.registry,
            snapshot,
            init,
            progress=lambda count, value: progress(f"Fitting, objective {value:,.0f}", count, 0),
        )
        theatre_s = time.perf_counter() - started
        progress("Fitting the level of all countries", 0, 0)
        level = fit_level(
            world_history(snapshot, init),
            last_month=init,
            about={"last_month": calendar.format_month(init)},
        )
    save_posterior(posterior, out / "fit.nc")
    save_level_fit(level, out / "level.npz")
    half_life = loaded.registry["memory.half_life"].value
    table = readings(loaded.theatre, posterior, structure, len(list(half_life)))  # type: ignore[arg-type]
    _write_readings(table, init, f"{snapshot.event_source}, fit by Liptako", out)
    content = _content(loaded, posterior, structure) | {
        "readings": table.to_dict("records"),
        "theatre_s": round(theatre_s, 1),
        "elapsed_s": round(time.perf_counter() - started, 1),
        "data_until": calendar.format_month(init),
        "folder": str(out),
    }
    if shipped is not None:
        content |= _compare(posterior, shipped)
    _print(content, as_json)
    if check and not content["reproduced"]:
        raise typer.Exit(1)


def _write_readings(table: pd.DataFrame, init_month: int, source: str, out: Path) -> None:
    from liptako.charts import readings_chart
    from liptako.files import atomic_write, write_table

    write_table(table, out / "readings.csv")
    chart = readings_chart(table, init_month=init_month, source=source)
    for suffix in ("svg", "png"):
        with atomic_write(out / f"readings.{suffix}") as temporary:
            chart.save(str(temporary), format=suffix)


def _content(
    loaded: LoadedScenario, posterior: TheatrePosterior, structure: Structure
) -> dict[str, Any]:
    import numpy as np

    from liptako.inference.fit import spectral_radius
    from liptako.model.structure import RINGS

    n_half = len(list(loaded.registry["memory.half_life"].value))  # type: ignore[arg-type]
    sizes = (len(structure.streams), n_half, len(RINGS), len(structure.pressures))
    radius = spectral_radius(np.exp(posterior.log_weights), sizes, structure.members_of_pressure)
    return {
        "scenario": loaded.scenario.name,
        "log_posterior": float(posterior.about["log_posterior"]),
        "spectral_radius": round(float(radius), 4),
    }


def _compare(fitted: TheatrePosterior, shipped: TheatrePosterior) -> dict[str, Any]:
    import numpy as np

    sd = np.sqrt(np.diagonal(shipped.covariance, axis1=1, axis2=2))
    gap = np.abs(fitted.log_weights - shipped.log_weights) / sd
    return {
        "largest_gap_in_sd": round(float(gap.max()), 4),
        "reproduced": bool(np.quantile(gap, 0.99) < TOLERANCE),
    }


def _print(content: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(content)
        return
    times = {"seconds": content["elapsed_s"], "theatre": content["theatre_s"]}
    console.print(say("fitted", scenario=content["scenario"], until=content["data_until"], **times))
    value, radius = content["log_posterior"], content["spectral_radius"]
    console.print(say("posterior", value=value, radius=radius))
    console.print("\n" + say["events"])
    for row in content["readings"]:
        if row["kind"] == "posterior":
            places = {"middle": row["q50"], "low": row["q05"], "high": row["q95"]}
            console.print(say("reading", **places, label=row["label"]), soft_wrap=True)
    if "reproduced" in content:
        key = "reproduced" if content["reproduced"] else "not_reproduced"
        console.print("\n" + say(key, gap=content["largest_gap_in_sd"]))
    files = "fit.nc level.npz readings.csv readings.svg"
    console.print(run_words("saved", folder=content["folder"], files=files))
