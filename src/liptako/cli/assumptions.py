"""`liptako assumptions`: every number of the model, what it rests on, and whether it was frozen."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from liptako.cli.output import AsJson, console, print_json
from liptako.errors import InputError
from liptako.words.commands import meaning, say

if TYPE_CHECKING:
    from liptako.theatre.freeze import Check
    from liptako.theatre.registry import Parameter, Prior, Registry
    from liptako.theatre.schema import Theatre


def assumptions(
    theatre: Annotated[
        str, typer.Argument(help="A theatre or scenario by name, or a scenario's TOML file.")
    ] = "sahel-2024",
    status: Annotated[
        str | None,
        typer.Option(metavar="STATUS", help='Only "judgement", "estimated" or "reference class".'),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 unless judgement is what was frozen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every parameter with its status, prior or value, range and source."""
    from liptako.theatre import freeze
    from liptako.theatre.registry import Status

    statuses = get_args(Status)
    if status is not None and status not in statuses:
        raise InputError(
            "no such status", field="status", value=status, allowed=", ".join(statuses)
        )
    about, registry, folder = _load(theatre)
    state = freeze.check(registry, folder)
    rows = [row_of(path, row) for path, row in registry.items() if status in (None, row.status)]
    counts = {name: sum(row.status == name for _, row in registry.items()) for name in statuses}
    if as_json:
        print_json(
            {
                "theatre": about.name,
                "counts": counts,
                "judgement": _state(state, freeze.judgement_digest(registry)),
                "parameters": rows,
                "tables": registry.tables,
            }
        )
    else:
        _print(about.title, rows, counts, state, list(registry.tables))
    if check and state.state != "as frozen":
        raise typer.Exit(1)


def row_of(path: str, row: Parameter) -> dict[str, Any]:
    """Return what is known of one parameter, under the names `--json` prints."""
    return {
        "path": path,
        "status": row.status,
        "meaning": row.meaning,
        "unit": row.unit,
        "setting": setting_text(row),
        "prior": None if row.prior is None else row.prior.model_dump(),
        "value": row.value,
        "range": row.range,
        "shape": row.shape,
        "posterior": row.posterior,
        "acts_on": row.acts_on,
        "source": row.source,
    }


def setting_text(row: Parameter) -> str:
    """Return what a parameter is set to, in words: its posterior, prior or value.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> setting_text(load_scenario("sahel-2024").registry["violence.permeability"])
        'beta(3, 2), mean 0.6'
    """
    parts = []
    if row.status == "estimated":
        parts.append(f"posterior in {row.posterior}")
    if row.prior is not None:
        parts.append(prior_text(row.prior))
    if isinstance(row.value, dict):
        parts.append("centred on " + _named(row.value) if row.prior else _named(row.value))
    elif isinstance(row.value, list):
        parts.append("fixed at " + ", ".join(f"{value:g}" for value in row.value))
    elif row.value is not None:
        parts.append(f"fixed at {row.value:g}")
    return "; ".join(parts)


def prior_text(prior: Prior) -> str:
    """Return a prior in words.

    Example:
        >>> from liptako.theatre.registry import Prior
        >>> prior_text(Prior(dist="normal", mean=0, sd=0.25))
        'normal 0 ± 0.25'
    """
    from liptako.theatre.freeze import prior_numbers

    numbers = prior_numbers(prior)
    if prior.dist == "normal":
        return f"normal {prior.mean:g} ± {prior.sd:g}"
    if prior.dist == "lognormal":
        middle = math.exp(prior.mean)
        return f"lognormal {prior.mean:g} ± {prior.sd:g} of the logarithm, middle {middle:.3g}"
    if prior.dist == "beta":
        return f"beta({prior.a:g}, {prior.b:g}), mean {prior.a / (prior.a + prior.b):.2g}"
    if prior.dist == "uniform":
        return f"uniform {prior.low:g} to {prior.high:g}"
    return f"{prior.dist}({', '.join(f'{name} {value:g}' for name, value in numbers.items())})"


def _named(value: dict[str, Any]) -> str:
    """Return a table of values in one line; zeros are named together."""
    parts, zeros = [], []
    for name, item in value.items():
        if not isinstance(item, dict):
            parts.append(f"{name} {item:g}" if isinstance(item, int | float) else f"{name} {item}")
            continue
        set_ = [f"{key} {number:g}" for key, number in item.items() if number != 0]
        if set_:
            parts.append(f"{name}: {', '.join(set_)}")
        else:
            zeros.append(name)
    if zeros:
        parts.append(f"0 for {', '.join(zeros)}")
    return "; ".join(parts)


def _load(name: str) -> tuple[Theatre, Registry, Path]:
    """Return a theatre, its registry and folder, by the name of either or a scenario's file."""
    from liptako.theatre.loading import load_scenario, load_theatre, theatres_folder

    for folder in (theatres_folder() / name, Path(name)):
        if (folder / "theatre.toml").is_file():
            return *load_theatre(folder), folder
    loaded = load_scenario(name)
    return loaded.theatre, loaded.registry, loaded.folder


def _state(state: Check, digest: str) -> dict[str, Any]:
    kept = state.frozen
    return {
        "state": state.state,
        "sha256": digest,
        "frozen_sha256": kept.sha256 if kept else None,
        "frozen_on": kept.date if kept else None,
        "changed": state.changed,
        "log": [entry.model_dump() for entry in kept.entries] if kept else [],
    }


def state_line(state: Check) -> str:
    """Return in a sentence whether judgement is what was frozen."""
    if state.frozen is None:
        return say["not_frozen"]
    if state.state == "as frozen":
        return say("as_frozen", date=state.frozen.date)
    return say("changed", date=state.frozen.date, paths=", ".join(state.changed))


def _print(
    title: str,
    rows: list[dict[str, Any]],
    counts: dict[str, int],
    state: Check,
    tables: list[str],
) -> None:
    from rich.markup import escape
    from rich.padding import Padding
    from rich.text import Text

    console.print(f"[bold]{escape(title)}[/]: {say['rest_on']}\n")
    for row in rows:
        console.print(Text.assemble((row["path"], "bold"), f"  {row['status']}"))
        setting = row["setting"]
        if row["range"] is not None:
            low, high = row["range"]
            setting = say("setting_range", setting=setting, low=low, high=high)
        for line in (
            meaning(row["meaning"], row["unit"], row["shape"]).replace("_", " "),
            setting,
            say("acts_on", process=row["acts_on"]),
            say("source", source=row["source"]),
        ):
            console.print(Padding(Text(line), (0, 0, 0, 2), expand=False))
        console.print()
    numbers = ", ".join(f"{name} {count}" for name, count in counts.items())
    console.print(say("parameters", number=sum(counts.values()), counts=numbers))
    if tables:
        console.print(say("tables", tables=", ".join(tables)), markup=False)
    console.print(state_line(state), soft_wrap=True, markup=False)
