"""`liptako scenario`: starting and checking scenario files, and their schema for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liptako.cli.output import AsJson, console, print_json
from liptako.words.commands import say

app = typer.Typer(no_args_is_help=True, help="Start or check a scenario file, or print its schema.")

NEW = "new"
"""What stands in place of a theatre's name when there is none yet."""


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Of the scenario; with --theatre new, of both.")],
    into: Annotated[Path, typer.Option("--dir", help="Folder to write to.")] = Path(),
    theatre: Annotated[
        str | None, typer.Option(help="A shipped theatre's name, or new for one of your own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a commented scenario to start from, or the folder of a whole new theatre."""
    from liptako.theatre import skeleton
    from liptako.theatre.loading import load_scenario

    if theatre == NEW:
        file = skeleton.new_theatre(name, into)
        written = sorted(str(path) for path in file.parents[1].rglob("*") if path.is_file())
        steps = [
            say("step_read", file=file.parents[1] / "README.md"),
            say("step_check_new", file=file),
        ]
    else:
        file = skeleton.new_scenario(name, theatre or load_scenario().theatre.name, into)
        written = [str(file)]
        steps = [
            say("step_edit", file=file),
            f"liptako scenario check {file}",
            f"liptako run {file}",
        ]
    if as_json:
        print_json({"scenario": str(file), "written": written, "next": steps})
        return
    console.print(say("written", files=", ".join(written)), soft_wrap=True, markup=False)
    for number, step in enumerate(steps, start=1):
        console.print(say("step", number=number, text=step), soft_wrap=True, markup=False)


@app.command()
def check(
    scenario: Annotated[str, typer.Argument(help="A name or a TOML file.")], as_json: AsJson = False
) -> None:
    """Check a scenario with its theatre and parameters; exit 2 and say why if it is wrong."""
    from liptako.data.coverage import check_start
    from liptako.data.snapshot import MANIFEST, load_snapshot, snapshot_folder
    from liptako.errors import InputError
    from liptako.theatre.contrasts import FILE, load_contrasts
    from liptako.theatre.loading import load_scenario
    from liptako.theatre.policies import load_policies, with_policies

    loaded = load_scenario(scenario)
    if (loaded.folder / FILE).is_file():
        load_contrasts(loaded.folder, loaded.theatre)
    shared = list(load_policies(loaded.folder, loaded.scenario.init_month))
    with_policies(loaded, shared)
    data = snapshot_folder(loaded.folder, loaded.theatre)
    if not (data / MANIFEST).is_file():
        raise InputError(
            "the files are sound, but there are no data yet",
            file=data,
            allowed="a snapshot, see liptako.data.build",
        )
    snapshot = load_snapshot(data)
    start = loaded.scenario.init_month
    check_start(loaded.theatre, snapshot.cells, snapshot.last_month, start, loaded.file)
    content = {
        "ok": True,
        "scenario": loaded.scenario.name,
        "theatre": loaded.theatre.name,
        "init_time": loaded.scenario.init_time,
        "policies": list(loaded.scenario.policies),
        "theatre_policies": shared,
        "parameters": len(loaded.registry.items()),
    }
    if as_json:
        print_json(content)
        return
    console.print(
        say(
            "fine",
            file=loaded.file,
            theatre=content["theatre"],
            init_time=content["init_time"],
            policies=", ".join(dict.fromkeys([*loaded.scenario.policies, *shared])),
        ),
        soft_wrap=True,
        markup=False,
    )


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="scenario, theatre or params.")] = "scenario",
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of a kind of file, for editors: JSON with and without --json."""
    from liptako.errors import InputError
    from liptako.theatre.registry import Registry
    from liptako.theatre.scenario import Scenario
    from liptako.theatre.schema import Theatre

    kinds = {"scenario": Scenario, "theatre": Theatre, "params": Registry}
    if kind not in kinds:
        raise InputError("no such kind", field="kind", value=kind, allowed=", ".join(kinds))
    content = kinds[kind].model_json_schema()
    if kind == "params":
        content = {"$defs": content["$defs"], **content["properties"]["processes"]}
    print_json(content)
