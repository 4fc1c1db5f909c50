"""`liptako run`: the outlook of a scenario."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli.outlook import print_outlook
from liptako.cli.output import AsJson, print_json, progress_bar
from liptako.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from liptako.exhibits import Facts, Tables
    from liptako.runs.run import Run
    from liptako.runs.start import Prepared


def run(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    *,
    members: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="How many futures, 2 to 100000 (as the scenario says; the shipped one: 2000).",
        ),
    ] = None,
    months: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="How many months ahead, 1 to 60 (as the scenario says; the shipped one: 36).",
        ),
    ] = None,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Seed of the random numbers (as the scenario says; the shipped one: 1).",
        ),
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="One of the scenario's policies (the shipped one: baseline) or its theatre's; "
            "`liptako scenario check` lists them.",
        ),
    ] = "baseline",
    out: Annotated[Path, typer.Option(help="Where to make the run's folder.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario's futures; print the outlook; write a folder with the report."""
    given = {"members": members, "months": months, "seed": seed}
    numbers = {name: _whole(name, text) for name, text in given.items()}
    from liptako.outcomes.summary import summary

    made = make(scenario, numbers, policy, out, quiet=as_json)
    if as_json:
        content = summary(made.dataset, made.tables)
        print_json({**content, **made.used, "folder": str(made.folder)})
    else:
        print_outlook(made.tables, made.facts, made.folder)


@dataclass(frozen=True, eq=False)
class Made:
    """A run with its folder, and what the command used: seconds and megabytes."""

    dataset: xr.Dataset
    tables: Tables
    facts: Facts
    folder: Path
    used: dict[str, float]


def make(
    scenario: str, numbers: dict[str, int | None], policy: str, out: Path, *, quiet: bool
) -> Made:
    """Simulate a scenario under a policy and write the run's folder.

    Args:
        scenario: a name, or a file.
        numbers: `members`, `months` and `seed`, where they differ from the scenario's.
        policy: one of the scenario's or its theatre's.
        out: where to make the folder.
        quiet: without a progress bar.
    """
    from liptako.exhibits.briefs import FOLDER as BRIEFS
    from liptako.exhibits.briefs import brief_links
    from liptako.exhibits.files import write_files
    from liptako.exhibits.from_run import facts_of
    from liptako.exhibits.stills import artist, drawn_by
    from liptako.report import bundle, render
    from liptako.report.brief import briefs_of_run, write_briefs
    from liptako.runs import folder as folders
    from liptako.runs.arms import Arm
    from liptako.runs.cite import run_id_of
    from liptako.runs.dataset import TESTED
    from liptako.runs.run import peak_memory_mb, run_of
    from liptako.runs.start import start_of
    from liptako.theatre import levers
    from liptako.theatre.loading import load_scenario
    from liptako.theatre.policies import with_policies
    from liptako.theatre.questions import load_questions
    from liptako.verification import part_lines, skill_line, stored

    started = time.perf_counter()
    loaded = with_policies(load_scenario(scenario), [policy])
    loaded = replace(loaded, scenario=loaded.scenario.adjusted(**numbers))
    levers.resolve(loaded.theatre, loaded.scenario, policy, str(loaded.file))
    tested = stored(loaded.folder)
    skill = None if tested is None else skill_line(tested)
    parts = {name: json.dumps(part_lines(tested, name)) for name in TESTED}
    notes = {"skill": skill or "not yet tested", **parts}
    with (
        _removed_if_unused(out),
        artist() as ask,
        _aside() as aside,
        progress_bar(quiet) as progress,
    ):
        folders.check_writable(out)
        library = aside.submit(bundle, ask)
        prepared = start_of(loaded, progress=progress)
        name = run_id_of(prepared, policy)
        kept, about = _kept(prepared)
        audited = aside.submit(_audited, prepared)
        with folders.run_folder(out, name) as folder:
            gather = folders.to_file(folder / folders.DATASET)
            arm = Arm(policy=policy)
            done = run_of(prepared, arm, gather=gather, notes=notes, progress=progress)
            progress("Tables and report", 0, 0)
            tables = {**_tables(done), **kept, **audited.result()}
            folders.write_variants(done, folder)
            write_files(done.dataset, tables, folder)
            facts = replace(
                facts_of(done.dataset, skill, loaded.folder / "outlines.geojson"), compared=about
            )
            links = brief_links(tables, facts, load_questions(loaded.folder))
            with drawn_by(ask):
                page = render(tables, facts, script=library.result(), briefs=links)
            (folder / "report.html").write_text(page, encoding="utf-8")
            write_briefs(briefs_of_run(prepared, tables, facts, tested), folder / BRIEFS)
            used = {
                "elapsed_s": round(time.perf_counter() - started, 3),
                "peak_memory_mb": round(peak_memory_mb(), 1),
            }
            (folder / "timing.json").write_text(json.dumps(used) + "\n", encoding="utf-8")
    return Made(done.dataset, tables, facts, out / name, used)


def _kept(prepared: Prepared) -> tuple[Tables, dict[str, Any]]:
    """Return the tables of what is stored beside the theatre, and what is to be said of it.

    Read before the run, so that a damaged file ends it at once.
    """
    from liptako.exhibits.from_comparison import stored_of
    from liptako.exhibits.lenses import stored_tables
    from liptako.runs.baseline import baseline_of

    baseline_of(prepared)  # kept for the run and for the audit, which begin at once
    compared, about = stored_of(prepared)
    return compared | stored_tables(prepared.loaded.folder, prepared.init_month), about


def _tables(done: Run) -> dict[str, pd.DataFrame]:
    """Return the tables of a run."""
    from liptako.experiments.sensitivity import sensitivity_tables
    from liptako.outcomes.tables import standard_tables

    return {**standard_tables(done.dataset, done.variants), **sensitivity_tables(done.dataset)}


def _audited(prepared: Prepared) -> dict[str, pd.DataFrame]:
    """Return the claims of a theatre that audits some, which no future changes."""
    from liptako.ledger.claims import claims
    from liptako.theatre.claims import audited_from

    if not audited_from(prepared.loaded.folder, prepared.init_month):
        return {}
    return {"claims": claims(prepared.loaded, prepared=prepared).table}


def _whole(name: str, text: str | None) -> int | None:
    """Return the number an option was given."""
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        from liptako.theatre.scenario import Scenario
        from liptako.theatre.validation import allowed_at

        raise InputError(
            "not a whole number", field=name, value=text, allowed=allowed_at(Scenario, (name,))
        ) from None


@contextmanager
def _aside() -> Iterator[ThreadPoolExecutor]:
    """Give a thread for what no future changes; what it has not begun ends with the block."""
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _removed_if_unused(out: Path) -> Iterator[None]:
    """Take away the folders that were made for a run which did not come about."""
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        yield
    except BaseException:
        for folder in made:
            with suppress(OSError):
                folder.rmdir()
        raise
