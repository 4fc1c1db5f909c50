"""`liptako compare`: what differs under other policies, and how sure the model is of its sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liptako.cli.compare_text import show
from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.errors import InputError
from liptako.words.compare import say

if TYPE_CHECKING:
    from liptako.experiments.compare import Comparison


def compare(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario's name, or a TOML file.")],
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="POLICY...",
            help="Two or more, of the scenario or its theatre; the first is the reference. None "
            "with --store: all are compared.",
        ),
    ] = None,
    *,
    members: Annotated[
        int,
        typer.Option(metavar="N", min=2, max=100_000, help="How many futures under each policy."),
    ] = 1000,
    months: Annotated[
        int | None, typer.Option(metavar="N", help="How many months ahead: 12, 24, 36, 48 or 60.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")
    ] = None,
    outcome: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="This outcome only; NAME:AAA,BBB in these countries."),
    ] = None,
    rank: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Rank civil policies on this outcome; NAME=less or NAME=more."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what policies set and when; simulate nothing.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write comparison.html, comparison.csv and comparison.json there."
        ),
    ] = None,
    store: Annotated[
        bool,
        typer.Option(
            "--store",
            help="Compare all policies, and keep the result beside the theatre: what reports show.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare policies: the same futures under each, and what differs from the first one."""
    from liptako.cli.compare_calendar import show_calendar
    from liptako.experiments.compare import compare as compare_policies
    from liptako.experiments.compare import prepare_policies
    from liptako.experiments.robustness import better_of, ranking
    from liptako.experiments.stored import compare_all
    from liptako.runs.folder import check_writable

    better = better_of(rank or [])
    if dry_run:
        names = policies or ()
        prepared = prepare_policies(scenario, names, months=months, to_rank=bool(better))
        show_calendar(prepared, names, as_json)
        return
    if store:
        _check_whole(policies, months, outcome or better)
        _check_room(scenario)
    if out is not None:
        check_writable(out)
    with progress_bar(as_json) as progress:
        if store:
            found = compare_all(scenario, members=members, seed=seed, progress=progress)
        else:
            found = compare_policies(
                scenario,
                policies or (),
                members=members,
                months=months,
                seed=seed,
                outcomes=outcome,
                beside=list(better),
                to_rank=bool(better),
                progress=progress,
            )
    ranked = ranking(found, better) if better else None
    more = {} if ranked is None else {"ranking": ranked.to_dict("records")}
    content = {**found.summary(), **more, "measured": measured(), "note": say["footer"]}
    written = _written(found, content, out, store)
    if as_json:
        print_json({**content, **written})
        return
    show(found, ranked)
    for what, path in written.items():
        console.print(say(what, path=path), soft_wrap=True, markup=False)


def _check_whole(policies: list[str] | None, months: int | None, chosen: object) -> None:
    """Refuse to store a part: what reports show is all policies, over the scenario's months."""
    if policies or months is not None or chosen:
        raise InputError(
            "only the whole comparison is stored",
            field="store",
            allowed="--store with --members, --seed, --out, --json; no policies, --months, "
            "--outcome or --rank",
        )


def _check_room(scenario: str) -> None:
    """Check before the work that its result can be kept beside the theatre."""
    from liptako.experiments.stored import check_own
    from liptako.runs.folder import check_writable
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario(scenario)
    check_own(loaded)
    check_writable(loaded.folder)


def _written(
    found: Comparison, content: dict[str, object], out: Path | None, store: bool
) -> dict[str, str]:
    """Write what was asked for, and return what is where."""
    written = {}
    if store:
        from liptako.experiments.stored import store as keep

        written["stored"] = str(keep(found, measured()))
    if out is not None:
        from liptako.report.comparison import write_comparison

        write_comparison(found, content, out)
        written["folder"] = str(out)
    return written
