"""`liptako contrasts`: what changes if one thing changes, and whether the sign was expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liptako.cli.output import AsJson, console, measured, print_json, progress_bar
from liptako.words.contrasts import ARROWS, say
from liptako.words.numbers import between

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {"civilians": 14, "difference": 17, "middle": 10, "range": 20, "sets": 6}
"""Column to its width, in characters."""


def contrasts(
    scenario: Annotated[
        str, typer.Argument(help="A shipped scenario's name, or a TOML file.")
    ] = "sahel-2024",
    *,
    members: Annotated[
        int, typer.Option(metavar="N", min=2, max=100_000, help="How many futures of each arm.")
    ] = 500,
    months: Annotated[
        int | None, typer.Option(metavar="N", help="Look no further ahead; whole years.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Seed of the random numbers.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This contrast only; repeat for more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the theatre's contrasts: the same futures with one thing changed."""
    from liptako.experiments.contrasts import contrasts as measure

    with progress_bar(as_json) as progress:
        found = measure(
            scenario, only, members=members, months=months, seed=seed, progress=progress
        )
    if as_json:
        rows = found.to_dict("records")
        about = {**found.attrs, "measured": measured()}
        print_json({**about, "contrasts": rows, "note": say["footer"]})
    else:
        show(found)


def show(found: pd.DataFrame) -> None:
    """Print what `liptako.experiments.contrasts.contrasts` found."""
    from rich.markup import escape

    from liptako.calendar import parse_month
    from liptako.words.dates import month_name

    about = found.attrs
    seen_from = month_name(parse_month(about["init_time"]))
    what = say(
        "about",
        date=seen_from,
        members=f"{about['members']:,}",
        arms=about["arms"],
        seed=about["seed"],
    )
    console.print(f"[bold]{escape(about['scenario'])}[/], {what}\n", soft_wrap=True)
    console.print(f"[bold]{head_line()}[/]")
    for line in lines_of(found):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['legend']}", soft_wrap=True)
    for line in [*laws(found), *altered(found), *explanations(found)]:
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['footer']}")


def head_line() -> str:
    """Return the heads of the columns."""
    return " " * 4 + "".join(f"{say[name]:>{width}}" for name, width in COLUMNS.items())


def lines_of(found: pd.DataFrame) -> list[str]:
    """Return the contrasts by verdict: two lines each, what it is, then its numbers."""
    from liptako.experiments.contrasts import VERDICTS

    lines = []
    for verdict in VERDICTS:
        rows = found.loc[found["verdict"] == verdict].to_dict("records")
        head = "\n" + say("verdict", verdict=verdict.capitalize(), rows=len(rows))
        lines += [head] if rows else []
        for row in rows:
            cells = zip(numbers_of(row), COLUMNS.values(), strict=True)
            numbers = "".join(f"{text:>{width}}" for text, width in cells)
            lines += [row["label"], f"  {ARROWS[row['expected']]} {numbers}"]
    return lines


def numbers_of(row: Mapping[Any, Any]) -> tuple[str, str, str, str, str]:
    """Return the numbers of one contrast as text, harm to civilians first.

    Example:
        >>> numbers_of({"civilians": 12.4, "civilians_mcse": 3.0, "unit": "chance", "lo": 0.05,
        ...     "difference": 0.1, "mcse": 0.02, "middle": 0.09, "hi": 0.15, "sign_share": 0.97,
        ...     "robust": True})
        ('+12 ±3', '+10 ±2', '+9', '+5 to +15', '97*')
    """
    scale = 100.0 if row["unit"] == "chance" else 1.0
    names = ("difference", "mcse", "lo", "middle", "hi")
    gap, error, lo, middle, hi = (scale * row[name] for name in names)
    digits = digits_of(error, gap)
    share = row["sign_share"]
    return (
        f"{row['civilians']:+,.0f} ±{row['civilians_mcse']:,.0f}",
        f"{gap:+,.{digits}f} ±{error:,.{digits}f}",
        "-" if math.isnan(middle) else f"{middle:+,.{digits}f}",
        "-" if math.isnan(lo) else between(f"{lo:+,.{digits}f}", f"{hi:+,.{digits}f}"),
        "-" if math.isnan(share) else f"{100 * share:.0f}{'*' if row['robust'] else ''}",
    )


def digits_of(error: float, gap: float) -> int:
    """Return how many decimals the error of a difference justifies: its first figure, or two.

    Example:
        >>> digits_of(0.04, 0.4), digits_of(1.4, 3.0), digits_of(120.0, 800.0), digits_of(0.0, 0.0)
        (2, 1, 0, 0)
    """
    size = error or abs(gap)
    return 0 if size == 0 else max(0, math.ceil(-math.log10(size / 2.0)))


def laws(found: pd.DataFrame) -> list[str]:
    """Return the acts of armed actors that are assumed, each once, with the law that bounds it."""
    named = list(dict.fromkeys(law for row in found["law"] for law in row))
    if not named:
        return []
    return ["\n" + say["law"], *(f"  {law}" for law in named)]


def explanations(found: pd.DataFrame) -> list[str]:
    """Return the contrasts that did not come as expected, with why.

    These are all rows beyond Monte Carlo error with the other sign, also where the sign depends on
    assumptions; and the rows within it that have an explanation.
    """
    lines = []
    for head, chosen in unexpected(found.to_dict("records")).items():
        lines += ["\n" + say("some" if chosen else "none", head=head)]
        for row in chosen:
            lines += [f"  {row['label']}", f"    {row['explanation'] or say['unexplained']}"]
    return lines


def unexpected(rows: list[dict[Any, Any]]) -> dict[str, list[dict[Any, Any]]]:
    """Return the rows that go against the expected sign, and those that show nothing, with why."""
    from liptako.experiments.contrasts import WITHIN

    nothing = [row for row in rows if row["verdict"] == WITHIN]
    return {
        say["against"]: [row for row in rows if row["against"]],
        say["nothing"]: [row for row in nothing if row["explanation"]],
    }


def altered(found: pd.DataFrame) -> list[str]:
    """Return the assumptions that contrasts alter, each once."""
    named = list(dict.fromkeys(text for row in found["altered"] for text in row))
    if not named:
        return []
    return ["\n" + say["altered"], *(f"  {text}" for text in named)]
