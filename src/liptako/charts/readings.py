"""What one event tends to be followed by: prior and posterior, by political reading."""

from __future__ import annotations

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, require
from liptako.charts.theme import EDGE, FORECAST, INK, label_px
from liptako.words.dates import small_print
from liptako.words.readings import say

KINDS = {"prior": EDGE, "posterior": FORECAST}
"""Kind to colour."""

_ROW_PX = 46


def readings_chart(
    readings: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 520,
) -> alt.ConcatChart:
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
    height = _ROW_PX * len(order)
    return frame(
        concat([panel(_layers(table, order), width, height)], columns=1),
        title=title or finding(table),
        lines=small_print(say["definition"], init_month, source),
        description=describe(table),
        layout={
            "columns": 1, "width": width, "height": height, "min_width": 150,
            "pad": label_px(order),
        },
        wrap=120,
    )  # fmt: skip


def _layers(table: Rows, order: list[str]) -> list[Spec]:
    table = table.assign(when=[say[kind] for kind in table["kind"]])
    names = [say[kind] for kind in KINDS]
    scale = {"type": "log", "domain": [1e-3, 10.0], "clamp": True}
    axis = {"title": say["axis"]}

    def x(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=axis)

    look = {"labelLimit": 440, "ticks": False, "domain": False}
    domain = {"domain": names, "range": [*KINDS.values()]}
    rows_of: Spec = {
        "y": field("label:N", sort=order, title=None, axis=look),
        "yOffset": field("when:N", sort=names),
        "color": field("when:N", scale=domain, legend={"title": None}),
    }
    tips = [field("label:N", title=say["tip_reading"])]
    tips = [*tips, *(field(f"{name}:Q", format=".3f") for name in ("q50", "q05", "q95"))]
    dot = {"filled": True, "size": 70, "opacity": 1}
    one = {"color": INK, "strokeDash": [3, 3]}
    return [
        layer(table, "rule", {"strokeWidth": 3}, **rows_of, x=x("q05"), x2=field("q95")),
        layer(table, "point", dot, **rows_of, x=x("q50"), tooltip=tips),
        layer(pd.DataFrame({"one": [1.0]}), "rule", one, x=x("one")),
    ]


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
