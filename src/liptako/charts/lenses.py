"""Shares of families of lenses in what juntas' decisions follow, before and after the record."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, require
from liptako.charts.theme import FORECAST, label_px, panel_title
from liptako.words import lenses as words
from liptako.words.dates import month_name, small_print

KINDS = {
    "before": ("#8c8c8c", "diamond", [4, 2]),
    "after": (FORECAST, "circle", [1, 0]),
}
"""Kind to colour, shape and dash: three ways to tell them apart in grey."""

_NEEDED = ["junta", "label", "family", "mean", "lo", "hi", "before", "before_lo", "before_hi",
           "verdict", "until"]  # fmt: skip
_ROW_PX = 34

_WRAP = 34
"""Characters a line of a panel's heading."""


def lenses_chart(
    lenses: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 190,
) -> alt.ConcatChart:
    """Draw the share of each family by junta as two intervals, before and after the record.

    Args:
        lenses: `junta, label, family, mean, lo, hi, before, before_lo, before_hi, verdict, until`.
        init_month: last month that was seen.
        source: not read: the timeline is the source.
        title: the finding; computed from the table when absent.
        width: in pixels.

    Raises:
        InputError: the table lacks a column or has no row.
    """
    del source
    table = require(lenses, _NEEDED, "lenses")
    juntas = words.nested(table.to_dict("records"))
    heads = {
        row["label"]: words.say(
            "panel", junta=row["label"], verdict=words.verdict_text(row["verdict"])
        )
        for row in juntas.values()
    }
    panels = [
        panel(_layers(rows), width, _ROW_PX * len(rows), panel_title(heads[str(label)], _WRAP))
        for label, rows in table.groupby("label", sort=False)
    ]
    dated = words.say("source", date=month_name(int(table["until"].iloc[0])))
    return frame(
        concat(panels, columns=4),
        title=title or words.finding(juntas),
        lines=small_print(words.say["definition"], init_month, dated),
        description=f"{words.say['title']}. {words.alternative(juntas)}",
        layout={
            "columns": 4,
            "width": width,
            "height": _ROW_PX,
            "min_width": 120,
            "pad": label_px(list(dict.fromkeys(table["family"]))),
        },
        wrap=112,
    )


def _layers(rows: Rows) -> list[Spec]:
    found = []
    for row in rows.to_dict("records"):
        for when, columns in (
            ("before", ("before_lo", "before", "before_hi")),
            ("after", ("lo", "mean", "hi")),
        ):
            low, middle, high = (100 * row[name] for name in columns)
            ends = {"low": low, "middle": middle, "high": high}
            found.append({"family": row["family"], "kind": words.say[when], **ends})
    table: Rows = pd.DataFrame(found).round(2)
    names = [words.say[when] for when in KINDS]
    colours, shapes, dashes = ([*part] for part in zip(*KINDS.values(), strict=True))

    def kind(by: list[Any], legend: Spec | None) -> Spec:
        return field("kind:N", scale={"domain": names, "range": by}, legend=legend)

    order = list(dict.fromkeys(table["family"]))
    scale = {"domain": [0, 100], "nice": False}
    axis = {"title": words.say["axis"], "tickCount": 5}
    legend = {"title": None, "symbolSize": 90, "symbolStrokeWidth": 0}
    look = {"ticks": False, "domain": False, "offset": 6, "labelLimit": 220}
    rows_of: Spec = {
        "y": field("family:N", sort=order, title=None, axis=look),
        "yOffset": field("kind:N", sort=names),
        "color": kind(colours, legend),
    }
    tips = [
        field("family"),
        *(field(f"{name}:Q", format=".0f") for name in ("low", "middle", "high")),
    ]
    return [
        layer(
            table, "rule", {"strokeWidth": 2.5}, **rows_of,
            x=field("low:Q", scale=scale, axis=axis), x2=field("high"),
            strokeDash=kind(dashes, None),
        ),
        layer(
            table, "point", {"filled": True, "size": 75, "opacity": 1}, **rows_of,
            x=field("middle:Q", scale=scale, axis=axis), shape=kind(shapes, legend), tooltip=tips,
        ),
    ]  # fmt: skip
