"""`liptako verify --growth`: growth in futures beside that of past cases, laid out for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from liptako.cli.output import measured
from liptako.words import growth as words
from liptako.words.growth import say

if TYPE_CHECKING:
    import xarray as xr

    from liptako.theatre.loading import LoadedScenario
    from liptako.verification.backtest.forecasts import Progress

MEMBERS = 500
"""Futures of a scenario: a middle needs no more."""
MONTHS = 36

Row = Mapping[str, Any]


def found(scenario: str, members: int | None, progress: Progress) -> dict[str, Any]:
    """Return growth beside history's, as `--json` prints it.

    Args:
        scenario: a scenario, simulated now, or a run's folder.
        members: futures of a scenario; none: the usual number, or those of the run.
        progress: called as work proceeds.

    Raises:
        InputError: no such scenario or run, or a run with members asked for.
    """
    from liptako.calendar import parse_month
    from liptako.data.snapshot import load_snapshot, snapshot_folder
    from liptako.inference.past_cases import growth as past
    from liptako.outcomes.growth import growth_table

    loaded, run = _run_of(scenario, members, progress)
    theatre = loaded.theatre
    snapshot = load_snapshot(snapshot_folder(loaded.folder, theatre))
    init = parse_month(run.attrs["init_time"])
    cases, fled = past.history(theatre, snapshot, init), past.displaced_years(snapshot, init)
    rows = growth_table(run, cases, fled).to_dict("records")
    return {
        "level": "growth",
        "scenario": str(run.attrs["scenario"]),
        "init_time": str(run.attrs["init_time"]),
        "members": int(run.sizes["member"]),
        "rows": rows,
        "outside": [row for row in rows if row["inside"] is False],
        "countries": {iso: row.name for iso, row in theatre.countries.items()},
        "own": list(theatre.by_role("member")),
        "actors": {name: actor.label for name, actor in theatre.actors.items()},
        "measured": measured(),
    }


def _run_of(
    scenario: str, members: int | None, progress: Progress
) -> tuple[LoadedScenario, xr.Dataset]:
    """Return a run and whose theatre it is."""
    from liptako.errors import InputError
    from liptako.runs.folder import DATASET, load_run
    from liptako.runs.run import simulate
    from liptako.theatre.loading import load_scenario

    if not (Path(scenario) / DATASET).is_file():
        loaded = load_scenario(scenario)
        count = MEMBERS if members is None else members
        return loaded, simulate(loaded, members=count, months=MONTHS, progress=progress)
    if members is not None:
        raise InputError("a run has its own", field="members", value=members,
                         allowed="a scenario in the place of the run's folder")  # fmt: skip
    run = load_run(scenario)
    return load_scenario(str(run.attrs["scenario"])), run


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print growth of members, and of all others that lie outside."""
    from liptako.calendar import parse_month
    from liptako.words.dates import month_name

    date = month_name(parse_month(content["init_time"]))
    about = say("about", date=date, members=f"{content['members']:,}")
    console.print(f"\n[bold]{say['head']}[/], {about}\n", soft_wrap=True)
    outside = {(row["country"], row["quantity"]) for row in content["outside"]}
    shown = [
        row
        for row in content["rows"]
        if row["country"] in ("ALL", *content["own"])
        or (row["country"], row["quantity"]) in outside
    ]
    years = [say("year", year=year) for year in (1, 2, 3)]
    lines = [_columns(years)]
    before = None
    for (country, quantity), mine in series_of(shown).items():
        if country != before:
            lines.append(name_of(country, content["countries"]))
            before = country
        what = words.quantity(quantity, content["actors"])
        lines.append("  " + say("recorded", what=what, recorded=recorded_of(mine[0])))
        lines.append(_columns(map(growth_of, mine)))
    lines += ["", say["read"], "", *told_outside(content)]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def series_of(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return the years of each country and quantity in which there is anything to show.

    Left out is what has no recorded death in two years and none in the middle of the futures.
    """
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["country"], row["quantity"]), []).append(row)
    return {
        key: mine
        for key, mine in found.items()
        if mine[0]["last"] or mine[0]["before"] or any(row["q50"] for row in mine)
    }


def recorded_of(row: Row) -> str:
    """Return the last recorded year, and the one before in brackets."""
    return say("recorded_cell", last=f"{row['last']:,.0f}", before=f"{row['before']:,.0f}")


def growth_of(row: Row) -> str:
    """Return a growth with the band of past cases, marked where it lies outside."""
    growth = words.ratio(row["growth"])
    if row["inside"] is None:
        return say("few", growth=growth)
    cell = say("cell", growth=growth, range=words.band(row["past_lo"], row["past_hi"]))
    return cell if row["inside"] else say("outside_mark", cell=cell)


def class_of(row: Row) -> str:
    """Return which past years a row stands beside."""
    from liptako.inference.past_cases.growth import DISPLACED, size_of, sizes_of

    size = words.size(*size_of(row["last"], sizes_of(row["quantity"])))
    places = {"size": size, "source": say[row["beside"]]}
    if row["quantity"] == DISPLACED:  # its record is too short to tell last changes apart
        return say("class_any", **places)
    return say("class_cell", change=say[row["change"]], **places)


def told_outside(content: Mapping[str, Any], why: Mapping[str, str] = {}) -> list[str]:
    """Return how many middles lie outside, and what they are, with what explains them.

    Args:
        content: from `found`.
        why: explanations by `COUNTRY quantity`.
    """
    known = [row for row in content["rows"] if row["inside"] is not None]
    above = sum(row["growth"] > row["past_middle"] for row in known)
    below = sum(row["growth"] < row["past_middle"] for row in known)
    counts = {"rows": len(known), "sides": say("sides", above=above, below=below)}
    if not content["outside"]:
        return [say("inside", **counts)]
    lines = [say("outside", outside=len(content["outside"]), **counts)]
    for (country, quantity), mine in series_of(content["outside"]).items():
        years = [
            say(
                "explained_year",
                year=row["year"],
                growth=words.ratio(row["growth"]),
                range=words.band(row["past_lo"], row["past_hi"]),
            )
            for row in mine
        ]
        told = say(
            "explained",
            country=name_of(country, content["countries"]),
            quantity=words.quantity(quantity, content["actors"]),
            years="; ".join(years),
            class_=class_of(mine[0]),
            side=say["higher" if mine[0]["growth"] > mine[0]["past_hi"] else "lower"],
            why=why.get(f"{country} {quantity}", say["unexplained"]),
        )
        lines.append(f"- {told}")
    return lines


def name_of(country: str, countries: Mapping[str, str]) -> str:
    """Return the name of a country, or of the members together."""
    return countries.get(country) or say[country]


def _columns(cells: Iterable[str]) -> str:
    """Return a line of a table, each cell to the right of its column."""
    return "  " + "".join(f"{cell:>24}" for cell in cells)
