"""`liptako claims`: an argument audited, claim by claim, in the world and in the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.words.claims import (
    MARKS,
    chance_line,
    decides,
    laws,
    numbers_of,
    said_of,
    say,
    stale_line,
    tally,
)

if TYPE_CHECKING:
    from liptako.ledger.claims import Ledger


def claims(
    ids: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers of claims; all if none.")
    ] = None,
    *,
    scenario: Annotated[
        str, typer.Option(metavar="NAME", help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Measure results of the model anew.")
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Measure all anew and keep it beside the theatre.")
    ] = False,
    members: Annotated[
        int, typer.Option(metavar="N", min=2, max=100_000, help="How many futures of each arm.")
    ] = 500,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Audit the argument: what data say of each claim, and what the model implies."""
    from liptako.errors import InputError
    from liptako.ledger.claims import claims as audit
    from liptako.ledger.stored import write

    if store and ids:
        raise InputError("all claims are stored together", field="ids", value=ids, allowed="none")
    with progress_bar(as_json) as progress:
        found = audit(
            scenario,
            ids,
            recompute=recompute or store,
            members=members,
            seed=seed,
            about=measured(),
            progress=progress,
        )
    if store:
        write(found.stored, found.loaded.folder)
    if as_json:
        print_json(found.summary())
    else:
        show(found, whole=bool(ids))


def show(found: Ledger, *, whole: bool) -> None:
    """Print a ledger: a line a claim, or all of the claims that were asked for."""
    from rich.markup import escape

    from liptako.calendar import parse_month
    from liptako.words.dates import month_name

    content = found.summary()
    about = say(
        "about",
        date=month_name(parse_month(content["init_time"])),
        number=len(content["rows"]),
        argument=content["argument"],
    )
    console.print(f"[bold]{escape(content['scenario'])}[/], {escape(about)}", soft_wrap=True)
    section = ""
    for row in content["rows"]:
        if row["section"] != section:
            section = row["section"]
            console.print(f"\n[bold]{escape(content['sections'][section])}[/]")
        for line in lines_of(row, whole=whole):
            console.print(line, soft_wrap=True, markup=False)
    console.print("")
    for line in summary_lines(content, whole=whole):
        console.print(line, soft_wrap=True, markup=False)


def lines_of(row: Mapping[str, Any], *, whole: bool) -> list[str]:
    """Return a claim as lines: both marks, its text, the leading numbers; or all of its tests."""
    world, model = row["world"], row["model"]
    lines = [f"{row['id']:>3} {MARKS[world['verdict']]} {MARKS[model['verdict']]} {row['text']}"]
    if not whole:
        sides = [side for side in ("world", "model") if row[side]["verdict"] in DECIDED]
        return lines + [
            f"{'':8}{say[side]} {text}" for side in sides if (text := numbers_of(row[side]))
        ]
    for side in ("world", "model"):
        lines.append(f"    {say[side]}: {say[row[side]['verdict']]}")
        lines += [f"      {said_of(test)}" for test in row[side]["tests"]]
    if row["doubt"]:
        lines.append(f"    {say('doubt', text=row['doubt'])}")
    needed = decides(row)
    return lines + ([f"    {say('decides', text=needed)}"] if needed else [])


def summary_lines(content: Mapping[str, Any], *, whole: bool) -> list[str]:
    """Return the counts, what would pass by chance, what was measured, the legend."""
    lines = []
    if not whole:
        lines += [tally(side, counts) for side, counts in content["counts"].items()]
        lines.append(chance_line(content))
    named = laws(content["rows"]) if whole else []
    if named:
        lines += [say["law"], *(f"  {law}" for law in named)]
    return [*lines, stale_line(content), say("legend", until=content["data_until"])]


DECIDED = ("supported", "contradicted", "mixed")
"""Verdicts whose numbers are shown in the list."""
