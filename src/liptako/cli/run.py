"""`liptako run`: the outlook of a scenario."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liptako.cli.output import AsJson, console, print_json, progress_bar
from liptako.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import xarray as xr


def run(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    *,
    members: Annotated[str | None, typer.Option(metavar="N", help="How many futures.")] = None,
    months: Annotated[str | None, typer.Option(metavar="N", help="How many months ahead.")] = None,
    seed: Annotated[
        str | None, typer.Option(metavar="N", help="Seed of the random numbers.")
    ] = None,
    policy: Annotated[str, typer.Option(help="One of the scenario's policies.")] = "baseline",
    out: Annotated[Path, typer.Option(help="Where to make the run's folder.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Simulate a scenario's futures; print the outlook; write a folder with the report."""
    given = {"members": members, "months": months, "seed": seed}
    numbers = {name: _whole(name, text) for name, text in given.items()}
    from liptako.outcomes.files import write_files
    from liptako.outcomes.summary import summary
    from liptako.outcomes.tables import standard_tables
    from liptako.report.from_run import report_of
    from liptako.runs import folder as folders
    from liptako.runs.arms import Arm
    from liptako.runs.cite import run_id_of
    from liptako.runs.run import peak_memory_mb, run_of
    from liptako.runs.start import start_of
    from liptako.theatre import levers
    from liptako.theatre.loading import load_scenario
    from liptako.verification import skill_line, stored

    started = time.perf_counter()
    loaded = load_scenario(scenario)
    adjusted = loaded.scenario.adjusted(**numbers)
    levers.resolve(loaded.theatre, adjusted, policy, str(loaded.file))
    tested = stored(loaded.folder)
    skill = None if tested is None else skill_line(tested)
    notes = {"skill": skill or "not yet tested"}
    with _removed_if_unused(out), progress_bar(as_json) as progress:
        folders.check_writable(out)
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
            page = report_of(done.dataset, tables, skill, loaded.folder / "outlines.geojson")
            (folder / "report.html").write_text(page, encoding="utf-8")
            used = {
                "elapsed_s": round(time.perf_counter() - started, 3),
                "peak_memory_mb": round(peak_memory_mb(), 1),
            }
            (folder / "timing.json").write_text(json.dumps(used) + "\n", encoding="utf-8")
    if as_json:
        print_json({**summary(done.dataset, tables), **used, "folder": str(out / name)})
    else:
        _print(done.dataset, tables, out / name, skill)


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


def _print(
    run: xr.Dataset, tables: Mapping[str, pd.DataFrame], folder: Path, skill: str | None
) -> None:
    from rich.markup import escape

    from liptako import calendar
    from liptako.cli.endings_text import endings_lines, politics_lines
    from liptako.outcomes.measures import perpetrators
    from liptako.report.from_run import rounded, warnings_of
    from liptako.runs.dataset import scenario_of, theatre_of

    scenario, theatre = scenario_of(run), theatre_of(run)
    seen_from = calendar.month_name(scenario.init_month)
    console.print(
        f"[bold]{escape(scenario.title)}[/], as seen from {seen_from}, {scenario.months} months, "
        f"{scenario.members:,} futures, seed {scenario.seed}"
    )
    until = calendar.month_name(calendar.parse_month(run.attrs["data_until"]))
    events = escape(run.attrs["event_source"])
    console.print(f"Data to {until}. Events: {events}. Not a current forecast.\n", soft_wrap=True)
    for line in endings_lines(tables, init_month=scenario.init_month, why_not=_why_no_endings(run)):
        console.print(line, soft_wrap=True)
    labels = {iso: row.name for iso, row in theatre.countries.items()}
    for line in politics_lines(tables, init_month=scenario.init_month, countries=labels):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    table = tables["deaths_country_period"]
    rows = table.set_index(["period", "country"]).to_dict("index")
    span = min(12, scenario.months)
    first = calendar.month_name(scenario.init_month + 1)
    last = calendar.month_name(scenario.init_month + span)
    names = {iso: theatre.countries[iso].name for iso in table["country"].unique()}
    console.print(
        f"{'Killed, ' + first + ' to ' + last:<32}{'12 months before':>17}"
        f"{'middle':>9}  9 in 10 futures"
    )
    order = [*theatre.by_role("member"), *theatre.by_role("littoral")]
    for iso in [iso for iso in order if iso in names]:
        ahead = rows["next_12_months", iso]
        past = rows["last_12_months", iso]["observed"]
        between = f"{rounded(ahead['q05'])}-{rounded(ahead['q95'])}"
        console.print(f"  {names[iso]:<30}{int(past):>17,}{rounded(ahead['q50']):>9}  {between}")
    _print_civilians(tables["civilians_perpetrator"], theatre, perpetrators(theatre))
    coast = tables["coast"].iloc[0]
    counted = ", ".join(theatre.countries[iso].name for iso in coast["counted"])
    console.print(
        f"Coast ({counted}): {coast['threshold']} or more killed, "
        f"{100 * coast['probability']:.0f} in 100; {int(coast['last_12_months'])} in the "
        "12 months before"
    )
    for warning in warnings_of(run):
        console.print(f"  {warning}", soft_wrap=True, markup=False)
    console.print(f"\n{skill or 'Deaths: not yet tested.'}", soft_wrap=True)
    console.print(
        f"Saved {folder}/: report.html tables.xlsx cite.txt", soft_wrap=True, markup=False
    )


def _why_no_endings(run: xr.Dataset) -> str:
    from liptako import calendar
    from liptako.runs.dataset import scenario_of, theatre_of

    alliance, start = theatre_of(run).alliance, scenario_of(run).init_month
    if alliance is None:
        return "this theatre has no alliance"
    if alliance.signed_month > start:
        signed = calendar.month_name(alliance.signed_month)
        return f"the pact was signed in {signed}, after this run begins"
    return "they are counted at 12, 24 and 36 months, and this run is shorter"


def _print_civilians(rows: pd.DataFrame, theatre, who: Mapping[str, str]) -> None:
    ahead = rows[(rows["country"] == "ALL") & (rows["period"] == "next_12_months")]
    shares = ahead.set_index("perpetrator")["share_mean"]
    total = ", ".join(
        f"{theatre.streams[stream].label.split(' against')[0]} {100 * shares[actor]:.0f}%"
        for actor, stream in who.items()
    )
    console.print(f"Civilians killed on purpose in the members, by: {total}")
