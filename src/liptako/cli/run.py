"""`liptako run`: the outlook of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liptako.cli.output import AsJson, console, print_json, progress_bar
from liptako.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from liptako.runs.run import Run


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
    numbers = [_whole(*pair) for pair in (("members", members), ("months", months), ("seed", seed))]
    from liptako.execution import store
    from liptako.outcomes.deaths import standard_tables
    from liptako.report.from_run import report_of
    from liptako.runs import run as outlook
    from liptako.theatre import levers
    from liptako.verification import skill_line, stored

    loaded = outlook.adjust(scenario, *numbers)
    levers.resolve(loaded.theatre, loaded.scenario, policy, str(loaded.file))
    with _removed_if_unused(out), progress_bar(as_json) as progress:
        store.check_writable(out)
        done = outlook.run(loaded, policy=policy, progress=progress)
        progress("Tables and report", 0, 0)
        tables = standard_tables(done)
        tested = stored(loaded.folder)
        skill = None if tested is None else skill_line(tested)
        done.dataset.attrs["skill"] = skill or "not yet tested"
        folder = store.save(done, tables, out, lambda: report_of(done, tables, skill))
    if as_json:
        print_json({**store.summary(done, tables), "folder": str(folder)})
    else:
        _print(done, tables, folder, skill)


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


def _print(run: Run, tables: Mapping[str, pd.DataFrame], folder: Path, skill: str | None) -> None:
    from rich.markup import escape

    from liptako import calendar
    from liptako.cli.endings_text import endings_lines, politics_lines
    from liptako.outcomes.deaths import perpetrators
    from liptako.report.from_run import rounded, warnings_of

    scenario, theatre = run.prepared.loaded.scenario, run.prepared.loaded.theatre
    seen_from = calendar.month_name(scenario.init_month)
    console.print(
        f"[bold]{escape(scenario.title)}[/], as seen from {seen_from}, {scenario.months} months, "
        f"{scenario.members:,} futures, seed {scenario.seed}"
    )
    until = calendar.month_name(calendar.parse_month(run.dataset.attrs["data_until"]))
    events = escape(run.dataset.attrs["event_source"])
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


def _why_no_endings(run: Run) -> str:
    from liptako import calendar

    alliance, start = run.prepared.loaded.theatre.alliance, run.prepared.loaded.scenario.init_month
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
