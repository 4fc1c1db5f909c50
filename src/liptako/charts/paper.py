"""Charts on paper: small SVG, drawn directly, for pages that carry no drawing library.

They show the same numbers as `liptako.charts.fan` and `liptako.charts.compare`, in a thousandth of
the time. Every text is escaped; colours tell apart in grey, and shapes say the sign.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, TypeAlias

from liptako.calendar import month_of_year, year_of
from liptako.charts.theme import DIFFERENCES, FONT, FORECAST, INK, MUTED
from liptako.errors import InputError
from liptako.words.numbers import signed

Row: TypeAlias = Mapping[Any, Any]
"""A row of a table, by column."""

PLUME = {"recorded": INK, "median": FORECAST, "half": "#6c8ebf", "nine": "#c9d6e7", "again": MUTED}
"""What a plume shows, to its colour; `liptako.words.deaths` names each as `key_NAME`."""

GREY = "#8a8a8a"
SIDES = {
    "fewer": DIFFERENCES[0],
    "more": DIFFERENCES[-1],
    "hollow": INK,
    "grey": GREY,
    "none": MUTED,
}
"""Kinds of `liptako.charts.compare.KINDS` to their colours."""

SMALL = 10.5
"""Size of text, in the units of the picture."""

TITLE_PX = 6.4
"""Width of a letter of a panel's title."""

CLEAR = 46.0
"""Room that the number at an end of a scale takes, where zero is not labelled."""


def plume_svg(
    observed: Sequence[Row],
    forecast: Sequence[Row],
    init_month: int,
    *,
    history: int = 36,
    width: float = 430.0,
    height: float = 150.0,
) -> str:
    """Return deaths by month of one country: recorded, then bands of its futures.

    Args:
        observed: rows of `month, deaths`.
        forecast: rows of `month, q05, q25, q50, q75, q95`, people killed a month.
        init_month: last month that was seen.
        history: months of the record to draw.
        width: of the picture, in its own units.
        height: likewise.

    Raises:
        InputError: nothing is forecast.
    """
    if not forecast:
        raise InputError("the table has no rows", field="forecast", allowed="at least one row")
    seen = {int(row["month"]): float(row["deaths"]) for row in observed}
    seen = {m: seen[m] for m in sorted(seen) if init_month - history < m <= init_month}
    plume = {int(row["month"]): row for row in sorted(forecast, key=lambda row: row["month"])}
    first, last = min([*seen, init_month]), max(plume)
    top = max([float(row["q95"]) for row in plume.values()] + [*seen.values(), 1.0])
    steps = ticks(0.0, top)
    left, right, above, below = 40.0, 8.0, 8.0, 18.0

    def x(month: float) -> float:
        return left + (month - first) / max(last - first, 1) * (width - left - right)

    def y(deaths: float) -> float:
        return height - below - deaths / steps[-1] * (height - above - below)

    def line(values: Mapping[int, float]) -> str:
        return " ".join(f"{x(month):.1f},{y(value):.1f}" for month, value in values.items())

    def quantile(name: str) -> dict[int, float]:
        return {month: float(row[name]) for month, row in plume.items()}

    def band(low: str, high: str, colour: str) -> str:
        back = dict(reversed(quantile(low).items()))
        edge = f'fill="{colour}" stroke="{PLUME["half"]}" stroke-width="0.8"'
        return f'<polygon points="{line(quantile(high))} {line(back)}" {edge}/>'

    parts = [
        f'<line x1="{left}" x2="{width - right}" y1="{y(v):.1f}" y2="{y(v):.1f}" stroke="#e4e4e4"/>'
        + _text(left - 5, y(v) + 3.5, f"{v:,.0f}", "end")
        for v in steps
    ]
    parts += [band("q05", "q95", PLUME["nine"]), band("q25", "q75", PLUME["half"])]
    ahead = range(init_month + 1, min(init_month + 12, last) + 1)
    again = {month: seen[month - 12] for month in ahead if month - 12 in seen}
    parts.append(_line(line(again), PLUME["again"], 1.2, ' stroke-dasharray="4 3"'))
    parts.append(_line(line(quantile("q50")), PLUME["median"], 2.4))
    parts.append(_line(line(seen), PLUME["recorded"], 1.6))
    now = f"{x(init_month + 0.5):.1f}"
    foot = f'y1="{above}" y2="{height - below}"'
    parts.append(f'<line x1="{now}" x2="{now}" {foot} stroke="{MUTED}"/>')
    years = [month for month in range(first, last + 1) if month_of_year(month) == 1]
    parts += [_text(x(month), height - 4, str(year_of(month)), "start") for month in years]
    return _svg(width, height, parts)


def sides_svg(
    panels: Sequence[tuple[str, tuple[str, str], Sequence[Row]]],
    policies: Sequence[str],
    *,
    columns: int = 4,
    width: float = 720.0,
) -> str:
    """Return differences by policy, a panel for each outcome with a scale of its own.

    Args:
        panels: title, what to call the two sides of zero, and rows of one outcome from
            `liptako.charts.compare.prepared`.
        policies: in the order of the rows.
        columns: panels a row.
        width: of the picture, in its own units.
    """
    room = 8.0 + 5.6 * max(map(len, policies))
    each, row_px = (width - room) / columns, 14.0
    titles = [textwrap.wrap(title, int(each / TITLE_PX)) for title, _, _ in panels]
    head = 20.0 + 12.0 * max(map(len, titles))
    tall = head + row_px * len(policies) + 26.0
    parts = []
    for place, (_, ends, rows) in enumerate(panels):
        left, down = room + each * (place % columns) + 8.0, tall * (place // columns)
        parts += [
            _text(left, down + 11 + 12 * n, line, "start", INK, 600)
            for n, line in enumerate(titles[place])
        ]
        parts += _panel(rows, ends, policies, left, down + head, each - 20.0, row_px)
        if place % columns == 0:
            parts += [
                _text(room - 4, down + head + row_px * (n + 0.5) + 3.5, name, "end", INK)
                for n, name in enumerate(policies)
            ]
    return _svg(width, tall * math.ceil(len(panels) / columns), parts)


def _panel(
    rows: Sequence[Row],
    ends: tuple[str, str],
    policies: Sequence[str],
    left: float,
    down: float,
    wide: float,
    row_px: float,
) -> list[str]:
    """Return one outcome: zero, ranges, and marks whose shape says the sign."""
    low, high = (
        min([0.0, *(row["low"] for row in rows)]),
        max([0.0, *(row["high"] for row in rows)]),
    )
    span = (high - low) or 1.0

    def x(value: float) -> float:
        return left + (value - low + 0.03 * span) / (1.06 * span) * wide

    bottom = down + row_px * len(policies)
    parts = [
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{down - 3}" y2="{bottom}" stroke="{INK}"/>',
        _text(left, down - 7, f"← {ends[0]}", "start"),
        _text(left + wide, down - 7, f"{ends[1]} →", "end"),
    ]
    for value, anchor in ((low, "start"), (high, "end")):
        if value:
            parts.append(_text(x(value), bottom + 12, signed(value), anchor))
    if min(x(0.0) - left, left + wide - x(0.0)) > CLEAR:
        parts.append(_text(x(0.0), bottom + 12, "0", "middle"))
    for row in rows:
        y = down + row_px * (list(policies).index(row["policy"]) + 0.5)
        colour = SIDES[row["kind"]]
        ends_x = f'x1="{x(row["low"]):.1f}" x2="{x(row["high"]):.1f}"'
        parts.append(f'<line {ends_x} y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
                     'stroke-width="1.6"/>')  # fmt: skip
        parts.append(mark(row["kind"], x(row["at"]), y))
    return parts


def mark(kind: str, x: float, y: float) -> str:
    """Return the mark of a kind: arrowheads where the sign is robust, so that grey print tells it.

    Example:
        >>> mark("grey", 0.0, 0.0)[:8]
        '<polygon'
    """
    colour = SIDES[kind]
    if kind == "hollow":
        return (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="#fff" stroke="{colour}" '
            'stroke-width="1.5"/>'
        )
    if kind == "none":
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" fill="{colour}"/>'
    shapes = {
        "fewer": ((-5, 0), (4, -5), (4, 5)),
        "more": ((5, 0), (-4, -5), (-4, 5)),
        "grey": ((0, -4), (4, 0), (0, 4), (-4, 0)),
    }
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in shapes[kind])
    return f'<polygon points="{points}" fill="{colour}"/>'


def key_mark(kind: str) -> str:
    """Return a mark as a small picture for a key."""
    return f'<svg viewBox="-8 -6 16 12" aria-hidden="true">{mark(kind, 0.0, 0.0)}</svg>'


def swatch(fill: str, *, dashed: bool = False, thick: bool = True) -> str:
    """Return a small picture for a key: a patch, or a line where it is not thick."""
    if thick:
        return (
            '<svg viewBox="0 0 16 10" aria-hidden="true">'
            f'<rect x="0.5" y="0.5" width="15" height="9" fill="{fill}" '
            f'stroke="{PLUME["half"]}"/></svg>'
        )
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<svg viewBox="0 0 16 10" aria-hidden="true"><line x2="16" y1="5" y2="5" stroke="{fill}" '
        f'stroke-width="2"{dash}/></svg>'
    )


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round numbers from `low` to the first beyond `high`, about so many.

    Example:
        >>> ticks(0.0, 540.0)
        [0.0, 200.0, 400.0, 600.0]
    """
    rough = (high - low) / about or 1.0
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1.0, 2.0, 5.0, 10.0) if size * m >= rough)
    return [low + step * n for n in range(math.ceil((high - low) / step) + 1)]


def _line(points: str, colour: str, thick: float, more: str = "") -> str:
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{thick}"{more}/>'
    )


def _text(
    x: float, y: float, text: str, anchor: str, colour: str = MUTED, weight: int = 400
) -> str:
    bold = f' font-weight="{weight}"' if weight != 400 else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{bold}>'
        f"{escape(text)}</text>"
    )


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    font = escape(FONT, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'font-family="{font}" font-size="{SMALL}">{"".join(parts)}</svg>'
    )
