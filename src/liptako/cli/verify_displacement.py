"""How `liptako verify --level displacement` lays out its scores for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from liptako.words.numbers import between, whole_100
from liptako.words.verification import say

FORECASTS = ("deaths_known", "known_before")


def show(content: Mapping[str, Any], console: Console) -> None:
    """Print forecasts of people displaced beside the record."""
    fit = {"elasticity": f"{content['elasticity']:.2f}", "sd": f"{content['noise_sd']:.2f}"}
    console.print(f"\n[bold]{say['displacement']}[/], {say('displacement_about', **fit)}\n")
    console.print(_cases(content["cases"]))
    for name in FORECASTS:
        rows = content["coverage"][name]
        held = ", ".join(say("displacement_held", place=_place(row), **_held(row)) for row in rows)
        console.print(say("displacement_coverage", forecast=say[name], held=held), soft_wrap=True)
    console.print()
    console.print(_scores(content["scores"], content["differences"]))
    for why in ("nothing_reported", "partly_observed", "few_deaths"):
        rows = [row for row in content["left_out"] if row["why"] == why]
        if rows:
            places = ", ".join(sorted({row["country"] for row in rows}))
            console.print(say(why, n=len(rows), places=places), soft_wrap=True)
    console.print(f"\n{say['displacement_read']}\n", soft_wrap=True)


def _cases(rows: Sequence[Mapping[str, Any]]) -> Table:
    heads = ("", "", say["killed"], say["recorded"], *(say[name] for name in FORECASTS))
    table = Table(*heads, box=None)
    for row in sorted(rows, key=lambda row: (row["country"], row["year"])):
        ranges = [_range(row[name]) for name in FORECASTS]
        seen = (f"{row['deaths']:,.0f}", f"{row['observed']:,.0f}")
        table.add_row(row["country"], str(row["year"]), *seen, *ranges)
    return table


def _range(forecast: Mapping[str, Any]) -> str:
    low, middle, high = (f"{forecast[end]:,.0f}" for end in ("q05", "q50", "q95"))
    return f"{middle} ({between(low, high)}){'' if forecast['inside'] else ' *'}"


def _scores(rows: Sequence[Mapping[str, Any]], differences: Mapping[str, Any]) -> Table:
    others = ("last_year", "other_years")
    minus = (say("minus_this", forecast=say[other]) for other in others)
    table = Table(say("displacement_scores", n=rows[0]["n"]), "CRPS log", say["held"], *minus,
                  box=None)  # fmt: skip
    for row in rows:
        gaps = differences.get(row["forecast"], {})
        spans = [_span(gaps[other]) if other in gaps else "" for other in others]
        loss = f"{row['crps_log1p']:.3f}"
        table.add_row(say[row["forecast"]], loss, whole_100(row["coverage90"]), *spans)
    return table


def _place(row: Mapping[str, Any]) -> str:
    return say["all_together"] if row["country"] == "all" else row["country"]


def _held(row: Mapping[str, Any]) -> dict[str, str]:
    span = between(*(f"{100 * row[end]:.0f}" for end in ("lo", "hi")))
    return {"inside": str(row["inside"]), "n": str(row["n"]), "range": span}


def _span(interval: Sequence[float]) -> str:
    value, low, high = (f"{number:+.3f}" for number in interval)
    return f"{value} ({between(low, high)})"
