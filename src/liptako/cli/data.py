"""`liptako data`: what data there are, and adding to them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liptako.cli.output import AsJson, console, print_json
from liptako.errors import InputError
from liptako.words.commands import say
from liptako.words.data import say as words

app = typer.Typer(no_args_is_help=True, help="Show the data, or import newer event data.")

ScenarioName = Annotated[str, typer.Option("--scenario", help="Whose theatre's data.")]


@app.command()
def show(scenario: ScenarioName = "sahel-2024", as_json: AsJson = False) -> None:
    """Show what the snapshot covers, by country and year, with vintages and licences."""
    from rich.markup import escape
    from rich.table import Table

    from liptako.calendar import MONTHS_PER_YEAR
    from liptako.data.coverage import coverage
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario(scenario)
    folder = snapshot_folder(loaded.folder, loaded.theatre)
    snapshot = load_snapshot(folder)
    table = coverage(snapshot, loaded.theatre)
    last = snapshot.manifest["last_month"]
    if as_json:
        print_json(
            {
                "last_month": last,
                "sources": snapshot.manifest["sources"],
                "coverage": table.to_dict("records"),
            }
        )
        return
    years = sorted(table["year"].unique())
    years = years[-max((console.width - 18) // 9, 3) :]
    grid = Table(
        title=say("coverage", last=last),
        title_justify="left",
        box=None,
    )
    grid.add_column(say["country"], no_wrap=True)
    for year in years:
        grid.add_column(str(year), justify="right", no_wrap=True)
    wide = table.pivot(index="country", columns="year", values="deaths")
    seen = table.pivot(index="country", columns="year", values="observed_months")
    for iso, row in loaded.theatre.countries.items():
        cells = []
        for year in years:
            if iso not in wide.index or not seen[year][iso] > 0:
                cells.append(f"[dim]{say['no_data']}[/]")
            else:
                partly = "*" if seen[year][iso] < MONTHS_PER_YEAR else ""
                cells.append(f"{int(wide[year][iso]):,}{partly}")
        grid.add_row(escape(row.name), *cells)
    console.print(grid)
    console.print(say["not_peace"])
    console.print(f"{say['partly']}\n")
    for source in snapshot.manifest["sources"]:
        about = {name: source[name] for name in ("title", "vintage", "licence")}
        console.print(say("data_source", **about), soft_wrap=True, markup=False)


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="A UCDP GED file, yearly or candidate: CSV, gzipped or zipped.")
    ],
    *,
    scenario: ScenarioName = "sahel-2024",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check; write nothing.")] = False,
    countries: Annotated[
        str | None,
        typer.Option(help="ISO3 codes with commas: the file is complete for these."),
    ] = None,
    first: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="First month that the file covers.")
    ] = None,
    last: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Last month that the file covers.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Go on although many recorded deaths would go.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a GED file and add it to your own copy of the data."""
    from liptako.data.imports import import_ged
    from liptako.data.snapshot import (
        DATA_VARIABLE,
        load_snapshot,
        snapshot_folder,
        user_folder,
    )
    from liptako.theatre.loading import load_scenario
    from liptako.words.data import imported, next_steps

    loaded = load_scenario(scenario)
    theatre = loaded.theatre
    base = load_snapshot(snapshot_folder(loaded.folder, theatre))
    out = user_folder(theatre)
    named = None if countries is None else [iso.strip().upper() for iso in countries.split(",")]
    try:
        report = import_ged(
            file,
            theatre,
            base,
            out,
            dry_run=dry_run,
            countries=named,
            first=first,
            last=last,
            confirmed=yes,
            folder=loaded.folder,
        ).as_dict()
    except OSError as error:
        raise InputError(
            f"cannot be written ({error.strerror})",
            file=out,
            field=DATA_VARIABLE,
            allowed=f"a folder that can be written; set {DATA_VARIABLE} to one",
        ) from None
    steps = next_steps(report, str(file), str(out))
    if as_json:
        print_json({**report, "next": steps})
        return
    names = {iso: row.name for iso, row in theatre.countries.items()}
    for line in imported(report, names, theatre.stream_rules):
        console.print(line, soft_wrap=True, markup=False)
    done = say["dry_run"] if dry_run else say("imported", folder=out)
    console.print(f"{done}\n{words['next']}", soft_wrap=True, markup=False)
    for number, step in enumerate(steps, start=1):
        console.print(say("step", number=number, text=step), soft_wrap=True, markup=False)
