"""`liptako verify --world`: the level on all countries, and how its scores are laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from liptako.words.numbers import between
from liptako.words.verification import say

if TYPE_CHECKING:
    from liptako.runs.executor import Progress

MAIN = ("level", "conflictology", "conflictology_smoothed")
"""Forecasts shown by year and by size of war."""


def content(scenario: str, windows: str, export: Path | None, progress: Progress) -> dict[str, Any]:
    """Return the scores of the level on all countries, and the files written."""
    from liptako.runs.folder import check_writable
    from liptako.verification.backtest import scoring, world
    from liptako.verification.backtest import windows as spans

    source = scoring.source_of(scenario, scoring.MEMBERS, progress)
    last = source.snapshot.last_month
    scored = spans.last_scored(last)
    allowed = spans.last_forecast(last) if export else scored
    years = spans.parse_windows(windows, allowed, first=world.FIRST_WORLD_WINDOW)
    found: dict[str, Any] = {"level": "world"}
    if export is not None:
        check_writable(export)
        found["exported"] = [str(path) for path in world.export(source, years, export)]
    if past := [year for year in years if year <= scored]:
        found |= world.summary(world.score_world(source, past))
    return found


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print the scores of the level on all countries."""
    if "scores" not in content:
        return
    first, last = content["windows"][0], content["windows"][-1]
    about = say("world_about", cases=f"{content['cases']:,}", first=first, last=last)
    head = say("world", countries=content["countries"])
    console.print(f"\n[bold]{head}[/]: {about}\n", soft_wrap=True)
    console.print(_scores(content["scores"], content["differences"]))
    console.print(f"{say['world_read']}\n", soft_wrap=True)
    console.print(_windows(content["by_window"]))
    console.print()
    console.print(_parts(content))
    for row in content["published"]:
        text = say("world_published", model=row["model"], score=f"{row['crps']:.2f}",
                   source=row["source"])  # fmt: skip
        console.print(text, soft_wrap=True)
    median = ", ".join(
        f"{say[name]} {content['median_at_war'][name]['crps']:.1f}"
        for name in MAIN
        if name in content["median_at_war"]
    )
    console.print(say("world_median", scores=median), soft_wrap=True)
    years, units = (
        content[key]["conflictology"][of]
        for key, of in (("wins", "windows"), ("wins_not_at_peace", "units"))
    )
    words = say("world_wins", years_won=years["won"], years=years["of"],
                units_won=units["won"], units=units["of"], tied=units["tied"])  # fmt: skip
    console.print(words, soft_wrap=True)


def _scores(scores: Mapping[str, Any], gaps: Mapping[str, Any]) -> Table:
    heads = (say["forecast"], say["crps"], say["in_logs"], say["ignorance"], say["interval"],
             say["held"], say("minus", model=say["level"]))  # fmt: skip
    table = Table(*heads)
    for name, row in scores.items():
        gap = gaps.get(name, {}).get("crps")
        table.add_row(
            say[name], f"{row['crps']:.2f}", f"{row['crps_log1p']:.4f}", f"{row['ign']:.3f}",
            f"{row['mis']:.0f}", f"{100 * row['coverage90']:.0f}",
            "" if gap is None else _span(gap),
        )  # fmt: skip
    return table


def _span(gap: Mapping[str, Any]) -> str:
    low, high = f"{gap['lo']:+.2f}", f"{gap['hi']:+.2f}"
    return f"{gap['estimate']:+.2f} ({between(low, high)})"


def _windows(rows: Mapping[str, Any]) -> Table:
    table = Table(say["forecast"], *rows, title=say["by_year"], box=None)
    for name in MAIN:
        table.add_row(say[name], *(f"{scores[name]['crps']:.1f}" for scores in rows.values()))
    return table


def _parts(content: Mapping[str, Any]) -> Table:
    """Return the scores without the largest wars, and by size of war."""
    table = Table("", say["column_cases"], *(say[name] for name in MAIN), say["in_logs"],
                  say["held"], box=None)  # fmt: skip
    for part in content["without_largest"]:
        words = say("without", countries=", ".join(part["left_out"]))
        table.add_row(words, "", *_three(part["scores"]), *_log_and_held(part["scores"]))
    sizes: Sequence[Mapping[str, Any]] = content["by_size"]
    ends = [*(f"{row['from']:g}" for row in sizes[1:]), ""]
    for row, end in zip(sizes, ends, strict=True):
        low = f"{row['from']:g}"
        span = between(low, end) if end else say("and_more", low=low)
        label = f"{say['mean_deaths']}: {span}"
        table.add_row(
            label, f"{row['cases']:,}", *_three(row["scores"]), *_log_and_held(row["scores"])
        )
    return table


def _three(scores: Mapping[str, Any]) -> list[str]:
    return [f"{scores[name]['crps']:.3g}" for name in MAIN]


def _log_and_held(scores: Mapping[str, Any]) -> list[str]:
    own = scores["level"]
    return [f"{own['crps_log1p']:.4f}", f"{100 * own['coverage90']:.0f}"]
