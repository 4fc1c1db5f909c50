"""`liptako run`: the outlook of a scenario."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from liptako.cli.outlook import print_outlook
from liptako.cli.output import AsJson, print_json, progress_bar
from liptako.errors import InputError


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
            help="One of the scenario's policies (the shipped one: baseline); "
            "`liptako scenario check` lists them.",
        ),
    ] = "baseline",
    out: Annotated[Path, typer.Option(help="Where to make the run's folder.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario's futures; print the outlook; write a folder with the report."""
    given = {"members": members, "months": months, "seed": seed}
    numbers = {name: _whole(name, text) for name, text in given.items()}
    from liptako.exhibits.files import write_files
    from liptako.exhibits.from_run import facts_of
    from liptako.outcomes.summary import summary
    from liptako.outcomes.tables import standard_tables
    from liptako.report import bundle, render
    from liptako.runs import folder as folders
    from liptako.runs.arms import Arm
    from liptako.runs.cite import run_id_of
    from liptako.runs.dataset import TESTED
    from liptako.runs.run import peak_memory_mb, run_of
    from liptako.runs.start import start_of
    from liptako.theatre import levers
    from liptako.theatre.loading import load_scenario
    from liptako.verification import part_lines, skill_line, stored

    started = time.perf_counter()
    loaded = load_scenario(scenario)
    adjusted = loaded.scenario.adjusted(**numbers)
    levers.resolve(loaded.theatre, adjusted, policy, str(loaded.file))
    tested = stored(loaded.folder)
    skill = None if tested is None else skill_line(tested)
    notes = {"skill": skill or "not yet tested"}
    notes |= {name: json.dumps(part_lines(tested, name)) for name in TESTED}
    with (
        _removed_if_unused(out),
        ThreadPoolExecutor(max_workers=1) as aside,
        progress_bar(as_json) as progress,
    ):
        folders.check_writable(out)
        library = aside.submit(bundle)
        prepared = start_of(replace(loaded, scenario=adjusted), progress=progress)
        name = run_id_of(prepared, policy)
        with folders.run_folder(out, name) as folder:
            gather = folders.to_file(folder / folders.DATASET)
            arm = Arm(policy=policy)
            done = run_of(prepared, arm, gather=gather, notes=notes, progress=progress)
            progress("Tables and report", 0, 0)
            tables = standard_tables(done.dataset, done.variants)
            folders.write_variants(done, folder)
            write_files(done.dataset, tables, folder)
            facts = facts_of(done.dataset, skill, loaded.folder / "outlines.geojson")
            page = render(tables, facts, script=library.result())
            (folder / "report.html").write_text(page, encoding="utf-8")
            used = {
                "elapsed_s": round(time.perf_counter() - started, 3),
                "peak_memory_mb": round(peak_memory_mb(), 1),
            }
            (folder / "timing.json").write_text(json.dumps(used) + "\n", encoding="utf-8")
    if as_json:
        print_json({**summary(done.dataset, tables), **used, "folder": str(out / name)})
    else:
        print_outlook(tables, facts, out / name)


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
