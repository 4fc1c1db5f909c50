"""`liptako scenario`: checking scenario files, and their schema for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from liptako.cli.output import AsJson, console, print_json

app = typer.Typer(no_args_is_help=True, help="Check a scenario file, or print its schema.")


@app.command()
def check(
    scenario: Annotated[str, typer.Argument(help="A name or a TOML file.")], as_json: AsJson = False
) -> None:
    """Check a scenario with its theatre and parameters; exit 2 and say why if it is wrong."""
    from liptako.data.snapshot import read_manifest, snapshot_folder
    from liptako.errors import InputError
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario(scenario)
    last = read_manifest(snapshot_folder(loaded.folder, loaded.theatre))["last_month"]
    if loaded.scenario.init_time > last:
        raise InputError(
            "later than the data",
            file=loaded.file,
            field="init_time",
            value=loaded.scenario.init_time,
            allowed=f"{last} or earlier",
        )
    content = {
        "ok": True,
        "scenario": loaded.scenario.name,
        "theatre": loaded.theatre.name,
        "init_time": loaded.scenario.init_time,
        "policies": list(loaded.scenario.policies),
        "parameters": len(loaded.registry.items()),
    }
    if as_json:
        print_json(content)
        return
    console.print(
        f"{loaded.file}: fine. Theatre {content['theatre']}, from {content['init_time']}, "
        f"policies: {', '.join(loaded.scenario.policies)}",
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
