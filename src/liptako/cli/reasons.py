"""`liptako sensitivity`, `discover`, `signposts`: why outcomes come, read off a run's members."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.words import reasons as words
from liptako.words.numbers import every, of_100
from liptako.words.reasons import say

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from liptako.experiments.sensitivity import Sensitivity

Source = Annotated[
    str,
    typer.Argument(
        metavar="[RUN]",
        help="A folder that `liptako run` wrote; or a scenario, which is simulated first.",
    ),
]
Outcomes = Annotated[
    list[str] | None,
    typer.Option("--outcome", metavar="NAME", help="This outcome only; repeat for more."),
]

WIDTH = {"total": 20, "first": 20, "morris": 10, "given_data": 10}
"""Columns of indices, in characters."""


def sensitivity(
    run: Source = "sahel-2024", *, outcome: Outcomes = None, as_json: AsJson = False
) -> None:
    """Say which assumptions move the outcomes of a run, as far as its members tell."""
    from liptako.experiments.sensitivity import sensitivity as measure

    with progress_bar(as_json) as progress:
        opened = opened_or_simulated(run, progress)
        found = measure(opened, outcome, progress=progress)
    if as_json:
        print_json({**found.summary(), "measured": measured(), "note": say["sensitivity_legend"]})
        return
    _head(opened, "sensitivity", found.about["horizon"])
    for line in sensitivity_lines(found):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['sensitivity_legend']}", soft_wrap=True, markup=False)


def discover(
    run: Source = "sahel-2024",
    *,
    outcome: Annotated[
        str, typer.Option(metavar="NAME", help="The outcome that is looked for.")
    ] = "endures",
    as_json: AsJson = False,
) -> None:
    """Say under which assumptions an outcome comes: boxes that PRIM finds, in words."""
    from liptako.experiments.discovery import discover as find

    with progress_bar(as_json) as progress:
        opened = opened_or_simulated(run, progress)
        progress("Boxes", 0, 0)
        found = find(opened, outcome)
    if as_json:
        boxes = [
            row | {"limits": [limit._asdict() for limit in row["limits"]]}
            for row in found.to_dict("records")
        ]
        note = {"measured": measured(), "note": say["discover_legend"]}
        print_json({**_about(opened), "outcome": outcome, "boxes": boxes, **note})
        return
    from liptako.outcomes.decisive import last_horizon

    _head(opened, "discover", last_horizon(opened))
    for line in box_lines(found, outcome, _forms(opened)):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['discover_legend']}", soft_wrap=True, markup=False)


def signposts(
    run: Source = "sahel-2024", *, outcome: Outcomes = None, as_json: AsJson = False
) -> None:
    """Say what to watch in the next 3 to 12 months, because it would move an outcome most."""
    from liptako.outcomes.decisive import LEADING, last_horizon
    from liptako.outcomes.signposts import LEAST_MEMBERS
    from liptako.outcomes.signposts import signposts as find

    with progress_bar(as_json) as progress:
        opened = opened_or_simulated(run, progress)
        progress("Signposts", 0, 0)
        found = find(opened, outcome)
    members = opened.sizes["member"]
    few = "" if members >= LEAST_MEMBERS else say(
        "signposts_few", least=f"{LEAST_MEMBERS:,}", members=f"{members:,}"
    )  # fmt: skip
    said = [row | {"event": _event(row, opened)} for row in found.to_dict("records")]
    if as_json:
        more = {"missing": few} if few else {}
        note = {"measured": measured(), "note": say["signposts_legend"]}
        print_json({**_about(opened), "signposts": said, **more, **note})
        return
    _head(opened, "signposts", last_horizon(opened))
    lines = [few] if few else signpost_lines(said, outcome or list(LEADING))
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['signposts_legend']}", soft_wrap=True, markup=False)


def opened_or_simulated(run: str, progress: Any) -> xr.Dataset:
    """Return the run of a folder or, of a scenario, one that is simulated now."""
    from liptako.runs.folder import load_run
    from liptako.runs.run import simulate

    return load_run(run) if Path(run).is_dir() else simulate(run, progress=progress)


def _about(run: xr.Dataset) -> dict[str, Any]:
    from liptako.outcomes.decisive import last_horizon

    named = {name: run.attrs[name] for name in ("scenario", "init_time", "policy")}
    return {**named, "horizon": last_horizon(run), "members": run.sizes["member"]}


def _head(run: xr.Dataset, what: str, horizon: int) -> None:
    from rich.markup import escape

    from liptako.calendar import parse_month
    from liptako.words.dates import month_name

    start = parse_month(run.attrs["init_time"])
    about = say(
        "about",
        date=month_name(start),
        what=say[what],
        by=month_name(start + horizon),
        members=f"{run.sizes['member']:,}",
        policy=run.attrs["policy"],
    )
    console.print(f"[bold]{escape(run.attrs['scenario'])}[/], {escape(about)}", soft_wrap=True)


def sensitivity_lines(found: Sensitivity) -> list[str]:
    """Return what moves each outcome: shares, then indices or why there are none."""
    looked = [
        say("looked_at_item", number=number, status=words.STATUS[status])
        for status, number in found.about["parameters"].items()
    ]
    lines = [say("looked_at", items=every(looked))]
    for name in found.about["outcomes"]:
        shares = found.shares[found.shares["outcome"] == name]
        lines += ["", words.outcome(name), *(f"  {line}" for line in share_lines(shares))]
        fits = found.surrogates[found.surrogates["outcome"] == name]
        for fit in fits.to_dict("records"):
            if not fit["printed"]:
                lines.append(f"  {words.no_index(fit)}")
                continue
            mine = (found.indices["outcome"] == name) & (found.indices["status"] == fit["status"])
            lines += index_lines(fit, found.indices[mine])
    return lines


def share_lines(shares: pd.DataFrame) -> list[str]:
    """Return the shares of one outcome by evidence and by structural alternative."""
    if shares["share"].isna().all():
        return [say["share_none"]]
    rows = shares.to_dict("records")
    by_status = [row for row in rows if row["kind"] == "status"]
    by_form = [row for row in rows if row["kind"] == "alternative" and row["lo"] > 0]
    lines = [say("shares_by_status", items=_shares(by_status))]
    if not by_form:
        return [*lines, say["shares_no_form"]]
    return [*lines, say("shares_by_form", items=_shares(by_form))]


def _shares(rows: list[dict[Any, Any]]) -> str:
    return ", ".join(
        say(
            "share",
            name=words.STATUS.get(row["name"], row["name"]),
            share=of_100(row["share"]),
            range=words.spread(row["lo"], row["hi"]),
        )
        for row in rows
    )


def index_lines(fit: dict[Any, Any], rows: pd.DataFrame) -> list[str]:
    """Return the indices of one status, a line a parameter."""
    head = say("indices", status=words.STATUS[fit["status"]], explained=of_100(fit["explained"]))
    columns = {"total": say["index_head"], **{name: say[name] for name in list(WIDTH)[1:]}}
    lines = [f"  {head}", "    " + "".join(f"{columns[name]:>{WIDTH[name]}}" for name in WIDTH)]
    for row in rows.to_dict("records"):
        cells = {
            name: f"{of_100(row[name])} ({words.spread(row[f'{name}_lo'], row[f'{name}_hi'])})"
            for name in ("total", "first")
        }
        cells |= {"morris": f"{row['morris']:.2f}", "given_data": f"{100 * row['given_data']:.0f}"}
        numbers = "".join(f"{cells[name]:>{WIDTH[name]}}" for name in WIDTH)
        lines.append(f"    {numbers}  {row['parameter']}: {row['meaning']}")
    return lines


def box_lines(found: pd.DataFrame, outcome: str, forms: dict[str, dict[str, str]]) -> list[str]:
    """Return the boxes of an outcome in words; those that do not hold in a line."""
    lines = ["", words.outcome(outcome)]
    for row in found.to_dict("records"):
        status = words.STATUS[row["status"]]
        numbers = {
            "density": of_100(row["density"]),
            "range": words.spread(row["density_lo"], row["density_hi"]),
            "base": of_100(row["base"]),
        }
        if not row["holds"]:
            found_on = of_100(row["found_density"])
            lines.append("  " + say("box_fails", status=status, found=found_on, **numbers))
            continue
        items = []
        for limit in row["limits"]:
            labels = forms.get(limit.parameter.partition(".")[2], {})
            named = [str(labels.get(form, form)) for form in limit.forms]
            items.append(words.limit(limit.parameter, limit.meaning, limit.lo, limit.hi, named))
        lines += ["  " + say("box_status", status=status)]
        lines += ["    " + say("box", limits=words.limits(items), **numbers)]
        coverage = words.spread(row["coverage_lo"], row["coverage_hi"])
        covers = {"coverage": of_100(row["coverage"]), "mass": of_100(row["mass"])}
        lines += ["    " + say("box_covers", coverage_range=coverage, **covers)]
    return lines if len(found) else [*lines, "  " + say["box_none"]]


def _forms(run: xr.Dataset) -> dict[str, dict[str, str]]:
    from liptako.runs.dataset import forms_of

    return forms_of(run)


def signpost_lines(found: list[dict[Any, Any]], outcomes: list[str]) -> list[str]:
    """Return the signposts of each outcome, those that move it most first."""
    from liptako.exhibits.reasons import cells_of

    heads = [say[name] for name in ("chance", "given", "absent", "moves")]
    widths = (8, 16, 16, 18)
    lines = []
    for name in outcomes:
        mine = [row for row in found if row["outcome"] == name]
        rows = [row for row in mine if row["holds"]]
        failed = len(mine) - len(rows)
        lost = ["  " + say("signposts_lost", number=failed)] if failed else []
        if not rows:
            lines += ["", words.outcome(name), f"  {say['signposts_none']}", *lost]
            continue
        base = of_100(rows[0]["base"])
        lines += ["", say("signposts_head", outcome=words.outcome(name), base=base)]
        lines += ["  " + _columns(heads, widths)]
        lines += [f"  {_columns(cells_of(row), widths)}  {row['event']}" for row in rows]
        lines += lost
    return lines


def _event(row: dict[Any, Any], run: xr.Dataset) -> str:
    from liptako.calendar import parse_month
    from liptako.exhibits.from_run import dyads_of
    from liptako.exhibits.reasons import event_of
    from liptako.runs.dataset import theatre_of

    theatre = theatre_of(run)
    names = {iso: country.name for iso, country in theatre.countries.items()}
    return event_of(row, names | dyads_of(theatre), parse_month(run.attrs["init_time"]))


def _columns(cells: list[str], widths: tuple[int, ...]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
