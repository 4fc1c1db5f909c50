"""What the model expects of politics before any data of its own, beside its reference classes."""

from __future__ import annotations

import textwrap
from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, known, require
from liptako.charts.theme import FORECAST, label_px, panel_title
from liptako.words import base_rates as words
from liptako.words.dates import small_print

KINDS = {
    "model": (FORECAST, "circle", [1, 0]),
    "reference": ("#4d4d4d", "diamond", [4, 2]),
}
"""Kind to colour, shape and dash: three ways to tell them apart in grey."""

_NEEDED = [
    "quantity", "unit", "mean", "lo", "hi", "reference", "reference_lo", "reference_hi", "n",
    "source",
]  # fmt: skip
_ROW_PX = 50
_WRAP = 29
"""Characters a line of a label, so that three lines leave room for the graph on a phone."""


def base_rates_chart(
    base_rates: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 430,
) -> alt.ConcatChart:
    """Draw each political quantity as two intervals, one panel a unit.

    Args:
        base_rates: `quantity, unit, mean, lo, hi` of the model, `reference, reference_lo,
            reference_hi, n, source` of the reference class (missing where there is none).
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        width: in pixels.

    Raises:
        InputError: the table lacks a column or has no row.
    """
    table = require(base_rates, _NEEDED, "base_rates")[_NEEDED].reset_index(drop=True)
    sources = "; ".join(dict.fromkeys(str(name) for name in table["source"].dropna() if name))
    definition = words.say["definition"]
    if sources:
        definition = words.say("definition_sources", definition=definition, sources=sources)
    labels = [_label(row) for row in table.to_dict("records")]
    table = table.assign(label=labels)
    panels = []
    for unit, rows in table.groupby("unit", sort=False):
        heading = panel_title(_capital(str(unit)))
        panels.append(panel(_layers(rows), width, _ROW_PX * len(rows), heading))
    return frame(
        concat(panels, columns=1),
        title=title or finding(table),
        lines=small_print(definition, init_month, source),
        description=describe(table),
        layout={
            "columns": 1,
            "width": width,
            "height": _ROW_PX,
            "min_width": 120,
            "pad": label_px([line for label in labels for line in label]),
        },
        wrap=112,
    )


def finding(table: Rows) -> str:
    """Return the sentence above the intervals: how many middles lie inside their class."""
    past = table.dropna(subset=["reference_lo", "reference_hi"])
    inside = past["mean"].between(past["reference_lo"], past["reference_hi"])
    return words.finding(int(inside.sum()), len(past), past.loc[~inside, "quantity"].tolist())


def describe(table: Rows) -> str:
    """Return the text alternative: every number that the chart shows, with sources."""
    parts = [words.say["words"]]
    for row in table.to_dict("records"):
        places = {
            "quantity": row["quantity"],
            "unit": row["unit"],
            "model": _span(row, "mean", "lo", "hi"),
        }
        if pd.isna(row["reference"]):
            parts.append(words.say("words_alone", **places))
            continue
        past = _span(row, "reference", "reference_lo", "reference_hi")
        cases, source = _cases(row), row["source"]
        parts.append(words.say("words_past", **places, cases=cases, past=past, source=source))
    return " ".join(parts)


def _span(row: dict[Any, Any], middle: str, low: str, high: str) -> str:
    return words.span(row[middle], known(row[low]), known(row[high]))


def _cases(row: dict[Any, Any]) -> str:
    return words.cases(None if pd.isna(row["n"]) else int(row["n"]))


def _label(row: dict[Any, Any]) -> list[str]:
    past = words.say["no_past_cases"] if pd.isna(row["reference"]) else _cases(row)
    return [*textwrap.wrap(str(row["quantity"]), _WRAP), past]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _layers(rows: Rows) -> list[Spec]:
    records = rows.to_dict("records")
    order = ["\n".join(row["label"]) for row in records]
    found = []
    for row, label in zip(records, order, strict=True):
        model = {"low": row["lo"], "middle": row["mean"], "high": row["hi"]}
        found.append({"label": label, "kind": words.say["model"], **model})
        if pd.notna(row["reference"]):
            low = row["reference"] if pd.isna(row["reference_lo"]) else row["reference_lo"]
            high = row["reference"] if pd.isna(row["reference_hi"]) else row["reference_hi"]
            past = {"low": low, "middle": row["reference"], "high": high}
            found.append({"label": label, "kind": words.say["reference"], **past})
    table: Rows = pd.DataFrame(found).round(5)
    top = float(table["high"].max()) or 1.0
    look = {
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": 220,
        "ticks": False,
        "domain": False,
        "offset": 6,
        "labelLineHeight": 13,
        "labelOffset": -11,
    }
    y = field("label:N", sort=order, title=None, axis=look)
    scale = {"domain": [min(0.0, float(table["low"].min())), top * 1.02], "nice": False}
    axis = {"title": None, "tickCount": 5}
    legend = {"title": None, "symbolSize": 90, "symbolStrokeWidth": 0}
    names = [words.say[kind] for kind in KINDS]
    colours, shapes, dashes = ([*part] for part in zip(*KINDS.values(), strict=True))

    def kind(by: list[Any], legend: Spec | None) -> Spec:
        return field("kind:N", scale={"domain": names, "range": by}, legend=legend)

    rows_of: Spec = {
        "y": y,
        "yOffset": field("kind:N", sort=names),
        "color": kind(colours, legend),
    }
    tips = [field(f"{name}:Q", format=".3g") for name in ("low", "middle", "high")]
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
