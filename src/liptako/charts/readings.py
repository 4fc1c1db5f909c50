"""What one event tends to be followed by: prior and posterior, by political reading."""

from __future__ import annotations

from typing import Any, cast

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.readers import require
from liptako.charts.theme import FORECAST, INK, MUTED
from liptako.words.dates import small_print
from liptako.words.readings import say


def readings_chart(
    readings: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 520,
) -> alt.LayerChart:
    """Draw prior and posterior of each reading as intervals on a logarithmic scale.

    Args:
        readings: `reading, label, kind, q05, q50, q95` with kinds `prior` and `posterior`.
        init_month: last month that the fit has seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        width: in pixels.

    Raises:
        InputError: the table lacks a column or has no row.
    """
    needed = ["reading", "label", "kind", "q05", "q50", "q95"]
    table = require(readings, needed, "readings")[needed]
    order = list(dict.fromkeys(table["label"]))
    scale = alt.Scale(type="log", domain=[1e-3, 10.0], clamp=True)
    y: Any = alt.Y(
        "label:N", sort=order, title=None, axis=alt.Axis(labelLimit=440, ticks=False, domain=False)
    )
    colour: Any = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["prior", "posterior"], range=[MUTED, FORECAST]),
        legend=alt.Legend(title=None),
    )
    offset: Any = alt.YOffset("kind:N", sort=["prior", "posterior"])
    x: Any = alt.X("q05:Q", scale=scale, title=say["axis"])
    base = alt.Chart(table)
    lines = base.mark_rule(strokeWidth=5, opacity=0.5).encode(
        y=y, yOffset=offset, x=x, x2="q95:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        y=y,
        yOffset=offset,
        x=alt.X("q50:Q", scale=scale),
        color=colour,
        tooltip=[alt.Tooltip(f"{name}:Q", format=".3f") for name in ("q05", "q50", "q95")],
    )
    one = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(color=INK, strokeDash=[3, 3])
    chart = cast(alt.LayerChart, alt.layer(lines, dots, one.encode(x=alt.X("x:Q", scale=scale))))
    return frame(
        chart.properties(width=width, height=46 * len(order)),
        title=title or finding(table),
        lines=small_print(say["definition"], init_month, source),
        description=describe(table),
        wrap=120,
    )


def finding(table: pd.DataFrame) -> str:
    """Return the sentence above the chart: the reading with most events to follow."""
    fitted = table[table["kind"] == "posterior"].sort_values("q50")
    top = fitted.iloc[-1]
    return say("finding", reading=top["label"], middle=top["q50"], low=top["q05"], high=top["q95"])


def describe(table: pd.DataFrame) -> str:
    """Return the text alternative: every number that the chart shows."""
    numbers = [
        say(
            "words_item",
            reading=row["label"],
            kind=say[row["kind"]],
            middle=row["q50"],
            low=row["q05"],
            high=row["q95"],
        )
        for row in table.to_dict("records")
    ]
    return " ".join([say["words"], *numbers])
