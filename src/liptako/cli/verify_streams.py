"""`liptako verify --streams`: every stream of deaths, scored by lead and laid out for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console

from liptako.words.numbers import between
from liptako.words.streams import say

if TYPE_CHECKING:
    from liptako.verification.backtest.forecasts import Progress

SPANS = ("months", "years")
OTHERS = ("conflictology", "conflictology_smoothed", "zero")


def found(
    scenario: str, members: int | None, origins: str | None, until: str | None, progress: Progress
) -> dict[str, Any]:
    """Return the scores of every stream, as `--json` prints them.

    Args:
        scenario: whose theatre and data.
        members: draws of our forecasts; the usual number if none.
        origins: years; all if none.
        until: last month whose outcomes are looked at; that of the data if none.
        progress: called as work proceeds.

    Raises:
        InputError: anything out of range.
    """
    from liptako import calendar
    from liptako.verification.backtest import scoring, stream_cases, stream_table

    count = stream_cases.MEMBERS if members is None else members
    source = scoring.source_of(scenario, count, progress)
    last = source.snapshot.last_month
    wanted = last if until is None else min(calendar.parse_month(until, field="until"), last)
    years = stream_cases.origin_years(origins, wanted)
    theatre = source.loaded.theatre
    labels = {name: theatre.actors[name].label for name in theatre.actors}
    result = stream_table.summary(stream_cases.stream_cases(source, years, wanted))
    return {
        "level": "streams",
        "members": count,
        **result,
        "until": calendar.format_month(result.pop("last_month")),
        "actors": labels,
    }


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print the scores of every stream."""
    origins = content["origins"]
    about = say(
        "about",
        countries=", ".join(content["countries"]),
        first=origins[0],
        last=origins[-1],
        until=content["until"],
        members=content["members"],
    )
    console.print(f"\n[bold]{say['head']}[/]: {about}\n", soft_wrap=True)
    actors = content["actors"]
    for span in SPANS:
        rows = [row for row in content["rows"] if row["span"] == span]
        if rows:
            console.print(f"[bold]{say[span]}[/]")
            _print_lines(_score_lines(rows, actors), console)
    console.print(say("read", rows=content["comparisons"]), soft_wrap=True)
    console.print()
    for span, row in content["together"].items():
        console.print(f"[bold]{_together(span, row['less'])}[/]", soft_wrap=True)
    worse = ", ".join(
        say("row", block=_name(block, actors), band=band, span=say[f"span_{span}"])
        for block, band, span in content["worse"]
    )
    console.print(say("worse_some", rows=worse) if worse else say["worse_none"], soft_wrap=True)
    if content["coverage"]:
        console.print(f"\n[bold]{say['coverage']}[/]")
        _print_lines(_coverage_lines(content["coverage"], actors), console)
        console.print(say["coverage_read"], soft_wrap=True)


def _print_lines(lines: list[str], console: Console) -> None:
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def _score_lines(rows: list[Mapping[str, Any]], actors: Mapping[str, str]) -> list[str]:
    """Return each block by name, then a line a band: scores, and ours less last year again."""
    names = ("liptako", *OTHERS)
    lines = [_columns(say["band"], [say[name] for name in names], say["less"])]
    before = None
    for row in rows:
        lines += [] if row["block"] == before else [_name(row["block"], actors)]
        before, gap = row["block"], row["corrected"]
        told = gap["verdict"] if gap["verdict"] in ("better", "worse") else ""
        scores = [f"{row['scores'][name]:.3f}" for name in names]
        lines.append(_columns(row["band"], scores, f"{_span(gap, 3, '+')} {told}".rstrip()))
    return lines


def _columns(first: str, numbers: list[str], last: str) -> str:
    """Return a line of a table: leads, numbers to the right of their columns, an interval."""
    widths = (8, 16, 9, 7)
    cells = "".join(f"{text:>{width}}" for text, width in zip(numbers, widths, strict=True))
    return f"  {first:<6}{cells}  {last}"


def _together(span: str, less: Mapping[str, Any]) -> str:
    last, smoothed = less["conflictology"], less["conflictology_smoothed"]
    return say(
        "together_line",
        head=say[f"together_{span}"],
        verdict=say[last["verdict"]],
        range=_span(last, 4, "+"),
        other=say[smoothed["verdict"]],
        other_range=_span(smoothed, 4, "+"),
    )


def _coverage_lines(rows: list[Mapping[str, Any]], actors: Mapping[str, str]) -> list[str]:
    """Return two lines a group: who, then how many and what share inside."""
    lines = []
    for row in rows:
        leads = "" if row["band"] == "together" else f" {row['band']}"
        lines.append(f"{_name(row['block'], actors)}{leads}")
        lines.append(
            say(
                "coverage_line",
                cases=row["cases"],
                covered=_in_100(row["covered"]),
                active_cases=row["active_cases"],
                active=_in_100(row["active"]),
                exact=_in_100(row["exact"]),
            )
        )
    return lines


def _name(block: str, actors: Mapping[str, str]) -> str:
    kind, _, actor = block.partition(" ")
    return say(kind, actor=actors[actor]) if actor else say[kind]


def _span(row: Mapping[str, Any], digits: int, sign: str) -> str:
    ends = [row[name] for name in ("estimate", "lo", "hi")]
    value, low, high = (
        "?" if number is None or math.isnan(number) else f"{number:{sign}.{digits}f}"
        for number in ends
    )
    return f"{value} ({between(low, high)})"


def _in_100(row: Mapping[str, float]) -> str:
    return _span({name: 100 * value for name, value in row.items()}, 0, "")
