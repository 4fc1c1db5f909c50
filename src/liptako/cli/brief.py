"""`liptako brief`: one page for a country, or for a question on policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liptako.cli.output import AsJson, console, errors, print_json
from liptako.errors import InputError

if TYPE_CHECKING:
    from liptako.exhibits.briefs import Brief
    from liptako.report.asked import Known

RUNS = Path("runs")
"""Where runs are looked for, and where one is made if there is none."""


def brief(
    name: Annotated[
        str,
        typer.Argument(
            metavar="COUNTRY|QUESTION",
            help="A country's code or name, a question's key, or a policy's name.",
        ),
    ],
    *,
    scenario: Annotated[
        str, typer.Option(metavar="NAME", help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    run: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="A folder that `liptako run` wrote (for a country: the newest one in runs; "
            "without one the scenario is simulated first).",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where to write the page.")] = Path("briefs"),
    as_json: AsJson = False,
) -> None:
    """Write one page on a country or a question; print it in words."""
    from liptako.report.asked import known_of, of_question
    from liptako.report.brief import write_briefs

    known = known_of(scenario)
    kind, key = known.find(name)
    source = None
    if kind == "country":
        made, source = _country(key, known, run, quiet=as_json)
    else:
        made = of_question(key, known)
    path = write_briefs([made], out)[0]
    if as_json:
        folder = None if source is None else str(source)
        print_json({**made.summary(), "file": str(path), "run": folder})
    else:
        for line in lines_of(made, path, source):
            console.print(line, soft_wrap=True, markup=False)


def lines_of(brief: Brief, path: Path, source: Path | None) -> list[str]:
    """Return a brief for the terminal: its sentence, its numbers, and where the page is."""
    from liptako.words.briefs import say
    from liptako.words.briefs import terminal_number as number

    lines = [f"{brief.title}", brief.sentence, brief.caveat, ""]
    lines += [number(row.name, row.value, row.spread, row.beside) for row in brief.numbers]
    for part in brief.parts[:1]:
        lines += ["", part.title, *(f"  {line}" for line in part.lines)]
    lines += ["", say("reading", folder=source)] if source else [""]
    return [*lines, say("saved", path=path)]


def _country(code: str, known: Known, run: Path | None, *, quiet: bool) -> tuple[Brief, Path]:
    """Return a country's brief with the run's folder that it is taken from.

    Raises:
        InputError: the folder is not a whole run of the scenario.
    """
    from liptako.exhibits.briefs import NEEDED, WHERE_KNOWN
    from liptako.exhibits.files import read_tables
    from liptako.exhibits.from_run import facts_of
    from liptako.report.asked import check_fits, fits, of_country
    from liptako.runs.folder import load_run, newest_run

    folder = run or newest_run(RUNS, lambda dataset: fits(dataset, known))
    folder = folder or _simulated(known, quiet=quiet)
    dataset = load_run(folder)
    check_fits(dataset, known)
    tables, facts = read_tables(folder, (*NEEDED, *WHERE_KNOWN)), facts_of(dataset)
    for name in NEEDED:
        if name not in tables:
            raise InputError("not a whole run: a table is missing", file=folder, value=name)
    return of_country(code, known, tables, facts), folder


def _simulated(known: Known, *, quiet: bool) -> Path:
    """Return the folder of a run that is made now, for there is none."""
    from liptako.cli.run import make
    from liptako.runs.arms import BASELINE
    from liptako.words.briefs import say

    scenario = known.loaded.scenario.name
    if not quiet:
        errors.print(say("simulating", scenario=scenario, folder=RUNS), markup=False)
    return make(str(known.loaded.file), {}, BASELINE, RUNS, quiet=quiet).folder
