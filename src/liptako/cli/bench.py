"""`liptako bench`: how fast the model is here, beside plain NumPy and Mesa."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from liptako.cli.output import AsJson, console, print_json, progress_bar
from liptako.words.bench import say


def bench(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    *,
    members: Annotated[
        int, typer.Option(metavar="N", min=16, max=100_000, help="Most futures in the tables.")
    ] = 200,
    months: Annotated[int, typer.Option(metavar="N", help="How many months ahead.")] = 36,
    against: Annotated[
        str, typer.Option(metavar="ENGINES", help="Of numpy,mesa; none for the model alone.")
    ] = "numpy,mesa",
    repeats: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="Turns.")] = 5,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=0, help="After this time, skip what is left.")
    ] = 120.0,
    as_json: AsJson = False,
) -> None:
    """Measure cell-months per second, by members, cells and months, and where the time goes."""
    from liptako.bench.case import load_case
    from liptako.bench.engines import available
    from liptako.bench.timing import bench as measure

    engines = [name for name in against.split(",") if name not in ("", "none")]
    available(engines)
    with progress_bar(as_json) as progress:
        progress("Preparing", 0, 0)
        case = load_case(scenario, months=months)
        result = measure(
            case,
            members=members,
            repeats=repeats,
            against=engines,
            budget_s=seconds,
            progress=progress,
        )
    if as_json:
        print_json(result)
    else:
        _print(result)


def _print(result: dict[str, Any]) -> None:
    machine, cold = result["machine"], result["cold"]
    about = say(
        "about",
        cells=f"{result['cells']:,}",
        months=result["months"],
        batch=result["batch"],
        processors=machine["processors"],
        architecture=machine["architecture"],
        device=machine["device"],
        load=f"{machine['load']:.1f}",
    )
    compiling = say(
        "cold",
        seconds=f"{cold['compile_s']:.1f}",
        cpu=f"{cold['compile_cpu_s']:.1f}",
        members=result["members"],
        memory=f"{result['peak_memory_mb']:,.0f}",
    )
    console.print(f"{about}\n{compiling}\n", soft_wrap=True)
    if "engines" in result:
        _print_engines(result)
    for name, verdict in result.get("agreement", {}).items():
        line = say(
            "agrees" if verdict["agrees"] else "disagrees",
            engine=say[name],
            p=f"{verdict['p_value']:.3f}",
            members=verdict["members"],
            months=verdict["months"],
            statistics=verdict["statistics"],
            rarity=f"{1 / verdict['false_alarm']:,.0f}",
        )
        console.print(line, soft_wrap=True)
    for name, table in result["by"].items():
        _print_sizes(name, table)
    if "where" in result:
        _print_where(result["where"])
    for line in result["left_out"]:
        console.print(line, soft_wrap=True, markup=False)


def _print_engines(result: dict[str, Any]) -> None:
    heads = ("rates", "engine", "median", "least", "most", "per_cpu")
    grid = _table(*(say[key] for key in heads))
    for name, row in result["engines"].items():
        rate, cpu = row["cell_months_per_second"], row["cell_months_per_cpu_second"]
        shown = (rate["median"], rate["min"], rate["max"], cpu["median"])
        grid.add_row(say[name], *(f"{value:,.0f}" for value in shown))
    console.print(grid)
    for name, ratio in result["ratios"].items():
        elapsed, cpu = ratio["elapsed"], ratio["cpu"]
        middle, low, high = (f"{elapsed[key]:,.1f}" for key in ("median", "min", "max"))
        ends = {"middle": middle, "low": low, "high": high, "cpu": f"{cpu['median']:,.1f}"}
        console.print(say("ratio", engine=say[name], **ends))


def _print_sizes(name: str, table: dict[str, Any]) -> None:
    columns = (say[key] for key in ("seconds", "cpu_seconds", "rate"))
    grid = _table(say("sizes", size=name), name, *columns)
    for row in table["rows"]:
        grid.add_row(
            f"{row['size']:,}",
            f"{row['seconds']['median']:.2f}",
            f"{row['cpu_seconds']['median']:.2f}",
            f"{row['cell_months_per_second']['median']:,.0f}",
        )
    console.print(grid)
    if "power" in table:
        powers = {"power": f"{table['power']:.2f}", "cpu": f"{table['cpu_power']:.2f}"}
        console.print(say("power", size=name, **powers))


def _print_where(where: dict[str, Any]) -> None:
    from liptako.bench.ablation import PARTS

    heads = ("where", "without", "saved", "cpu_saved", "in_its_place")
    grid = _table(*(say[key] for key in heads))
    for name, row in where.items():
        if name in PARTS:
            saved = (f"{100 * row[which]:.0f}%" for which in ("saved", "cpu_saved"))
            grid.add_row(name, *saved, PARTS[name])
    console.print(grid)


def _table(title: str, first: str, *columns: str) -> Any:
    from rich.table import Table

    grid = Table(title=title, title_justify="left")
    grid.add_column(first)
    for column in columns:
        grid.add_column(column, justify="left" if column == say["in_its_place"] else "right")
    return grid
