"""The outlook of a run on the terminal, and `liptako show`, which prints it of a run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liptako.cli.output import AsJson, console, print_json

if TYPE_CHECKING:
    from liptako.exhibits import Facts, Tables

PRINTED = (
    ("endings", "dispute_groups", "choices", "promises"),
    ("annual", "perpetrators", "displaced", "coast"),
)
"""Exhibits on the terminal, with an empty line between the parts."""

FILES = ("report.html", "briefs/", "tables.xlsx", "cite.txt")
"""What people open of a run."""


def show(
    folder: Annotated[Path, typer.Argument(help="A folder that `liptako run` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Print the outlook of a run made earlier, from its folder."""
    from liptako.exhibits.from_run import facts_of
    from liptako.outcomes.summary import summary
    from liptako.outcomes.tables import standard_tables
    from liptako.runs.folder import open_run

    run = open_run(folder)
    tables = standard_tables(run.dataset, run.variants)
    if as_json:
        print_json({**summary(run.dataset, tables), "folder": str(folder)})
    else:
        print_outlook(tables, facts_of(run.dataset, run.dataset.attrs.get("skill")), folder)


def print_outlook(tables: Tables, facts: Facts, folder: Path) -> None:
    """Print a run's outlook."""
    from rich.markup import escape

    from liptako.exhibits import exhibit
    from liptako.exhibits.terminal import wrapped
    from liptako.words import run as words
    from liptako.words import skill as skill_words
    from liptako.words.dates import month_name

    about = words.say(
        "about",
        date=month_name(facts.init_month),
        months=facts.months,
        members=f"{facts.members:,}",
        seed=facts.seed,
    )
    until = month_name(facts.last_data_month)
    lines = [
        f"[bold]{escape(facts.title)}[/], {escape(about)}",
        escape(words.say("data", until=until, events=facts.events)),
        "",
    ]
    for part in PRINTED:
        for key in part:
            make = exhibit(key).lines
            lines += make(tables, facts) if make else []
        lines += [] if part is PRINTED[-1] else [""]
    lines += [f"  {escape(warning)}" for warning in facts.warnings]
    lines += ["", escape(facts.skill or skill_words.say["not_tested"])]
    lines += [escape(line) for text in facts.tested for line in wrapped(text)]
    lines.append(escape(words.say("saved", folder=folder, files=" ".join(FILES))))
    if questions := facts.compared.get("questions"):
        named = {name: facts.compared[name] for name in ("scenario", "reference")}
        lines.append(escape(words.say("next", policy=questions[0]["policies"][0], **named)))
    for line in lines:
        console.print(line, soft_wrap=True)
