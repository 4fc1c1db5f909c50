"""Stages of the pact, month by month: how many futures are in each."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, end_label, field, layer, months_axis, panel
from liptako.charts.readers import Rows, require
from liptako.charts.theme import INK, MUTED
from liptako.errors import InputError
from liptako.words.dates import month_name, small_print
from liptako.words.numbers import few, hundreds
from liptako.words.pact import say

STAGES = {
    "integrated": "#004488",
    "operational": "#4a83b8",
    "consultative": "#a9c6e0",
    "paper": "#e9eef3",
    "broken": "#BB5566",
}
"""Stage to colour, from the top; lighter is less, and a grey print keeps the order."""

_GAP = 0.085
"""Least distance between two labels, as a share of the height."""


def stages_chart(
    pact_stage: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 620,
    height: int = 160,
) -> alt.ConcatChart:
    """Draw the share of futures in each stage as stacked areas, labelled at the last month.

    Args:
        pact_stage: `month, stage, p`; in each month `p` sums to 1.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        width: in pixels.
        height: in pixels.

    Raises:
        InputError: a column or row is missing, a stage is unknown, or a month does not sum to 1.
    """
    wide = _wide(pact_stage)
    names = [say[stage] for stage in STAGES]
    end = _ends(wide)
    return frame(
        concat([panel(_layers(wide, end), width, height)], columns=1),
        title=title or finding(wide),
        lines=small_print(say["stages"], init_month, source),
        description=describe(wide, init_month),
        layout={
            "columns": 1,
            "width": width,
            "height": height,
            "min_width": 150,
            "pad": 44 + 6.2 * (max(map(len, names)) + 4),
        },
        wrap=118,
    )


def finding(wide: Rows) -> str:
    """Return the sentence above the areas: the two likeliest stages at the end."""
    month = int(wide.index[-1])
    rows = sorted(_ends(wide), key=lambda row: -row["p"])
    first, second = rows[0], rows[1]
    return say(
        "stages_finding",
        date=month_name(month),
        first=first["name"].lower(),
        first_count=first["text"],
        second=second["name"].lower(),
        second_count=second["text"],
    )


def describe(wide: Rows, init_month: int) -> str:
    """Return the text alternative: every stage at the ends of years and at the last month."""
    parts = [say["stages_words"]]
    last = int(wide.index[-1])
    for month in sorted({*range(init_month + 12, last, 12), last} & set(wide.index)):
        items = [
            say("stage_count", stage=row["name"].lower(), count=row["text"])
            for row in _ends(wide.loc[:month])
        ]
        parts.append(say("stages_month", date=month_name(month), items=", ".join(items)))
    return " ".join(parts)


def _wide(pact_stage: Rows) -> Rows:
    table = require(pact_stage, ["month", "stage", "p"], "pact_stage")
    unknown = sorted(set(table["stage"]) - set(STAGES))
    if unknown:
        raise InputError(
            "no such stage", field="pact_stage: stage", value=unknown[0], allowed=", ".join(STAGES)
        )
    wide = table.pivot_table(index="month", columns="stage", values="p", aggfunc="sum")
    wide = wide.reindex(columns=list(STAGES)).fillna(0.0).sort_index()
    total = wide.sum(axis=1)
    if not np.allclose(total, 1.0, atol=1e-3):
        month = int((total - 1).abs().idxmax())
        raise InputError(
            f"the stages of {month_name(month)} do not add up",
            field="pact_stage: p",
            value=round(float(total.loc[month]), 4),
            allowed="1",
        )
    return wide


def _ends(wide: Rows) -> list[dict[str, Any]]:
    """Return each stage in the last month: name, share, count in 100."""
    last = wide.iloc[-1]
    numbers = hundreds([float(last[stage]) for stage in STAGES])
    return [
        {
            "stage": stage,
            "name": say[stage],
            "p": float(last[stage]),
            "text": few(number, float(last[stage])),
        }
        for stage, number in zip(STAGES, numbers, strict=True)
    ]


def spaced(places: list[float], gap: float) -> list[float]:
    """Return ascending places moved as little as needed to stand `gap` apart within 0 to 1.

    Example:
        >>> [round(place, 2) for place in spaced([0.5, 0.5, 0.98], 0.1)]
        [0.45, 0.55, 0.95]
    """
    n = len(places)
    blocks = [[place, 1] for place in places]
    merged: list[list[float]] = []
    for centre, size in blocks:
        merged.append([centre, size])
        while True:
            half = merged[-1][1] * gap / 2
            merged[-1][0] = min(max(merged[-1][0], half), 1 - half)
            if len(merged) < 2:
                break
            (low, small), (high, large) = merged[-2:]
            if high - low >= (small + large) * gap / 2 - 1e-12:
                break
            merged[-2:] = [[(low * small + high * large) / (small + large), small + large]]
    found = [
        centre + (place - (size - 1) / 2) * gap
        for centre, size in merged
        for place in range(int(size))
    ]
    return found[:n]


def _layers(wide: Rows, end: list[dict[str, Any]]) -> list[Spec]:
    last = int(wide.index[-1])
    x = months_axis(int(wide.index[0]), last)
    axis = {"title": None, "values": [0, 0.25, 0.5, 0.75, 1], "labelExpr": "100 * datum.value"}
    scale = {"domain": [0, 1], "nice": False}
    top = wide[list(STAGES)[::-1]].cumsum(axis=1)[list(STAGES)]
    bands = pd.concat(
        [
            pd.DataFrame(
                {
                    "month": wide.index,
                    "stage": stage,
                    "low": (top[stage] - wide[stage]).round(4),
                    "high": top[stage].round(4),
                    "share": (100 * wide[stage]).round(1),
                    "name": say[stage],
                    "when": [month_name(int(month)) for month in wide.index],
                }
            )
            for stage in STAGES
        ]
    )
    colours = {"domain": list(STAGES), "range": list(STAGES.values())}
    tips = [field("when:N", title=say["tip_month"]), field("name:N", title=say["tip_stage"])]
    tips += [field("share:Q", title=say["tip_futures"], format=".0f")]
    rising = end[::-1]
    middles = np.cumsum([row["p"] for row in rising]) - np.array([row["p"] for row in rising]) / 2
    labels = pd.DataFrame(
        {
            "month": last,
            "at": np.round(spaced([float(m) for m in middles], _GAP), 4),
            "text": [say("stage_count", stage=row["name"], count=row["text"]) for row in rising],
        }
    )
    edge = {"stroke": MUTED, "strokeWidth": 0.8, "opacity": 1}
    return [
        layer(
            bands, "area", edge,
            x=x, y=field("low:Q", scale=scale, axis=axis), y2=field("high"),
            fill=field("stage:N", scale=colours, legend=None), tooltip=tips,
        ),
        layer(
            labels, "text", end_label(INK, gap=8),
            x=x, y=field("at:Q", scale=scale, axis=axis), text=field("text:N"),
        ),
    ]  # fmt: skip
