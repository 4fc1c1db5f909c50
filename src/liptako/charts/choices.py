"""What juntas may choose: the chance of each act, country by country."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from liptako.calendar import month_name
from liptako.charts.endings import few
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.theme import (
    PERPETRATOR_COLOURS,
    Rows,
    frame,
    label_px,
    panel_title,
    require,
    small_print,
)
from liptako.errors import InputError

COLOURS = (*PERPETRATOR_COLOURS, "#4d4d4d", "#8c6d1f")
SHAPES = (
    "circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "triangle-right",
    "triangle-left",
)  # fmt: skip
"""Each country has a colour and a shape, so that a grey print still tells them."""

PANELS = {False: "Other acts", True: "Acts that law bounds"}

_NEEDED = ["country", "act", "label", "law", "horizon", "p_any", "lo", "hi"]
_DEFINITION = (
    "Chance in 100 that a junta decides so at least once by {date}. Line: nine tenths of the range "
    "over what is assumed. Decisions consistent with assumed motives; nobody's intent."
)
_WRAP = 29
"""Characters a line of a label, so that two lines leave room for the graph on a phone."""


def choices_chart(
    acts: pd.DataFrame,
    *,
    countries: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 430,
) -> alt.ConcatChart:
    """Draw the chance of each act as dots with ranges, those that law bounds in their own panel.

    Args:
        acts: `country, act, label, law, horizon, p_any, lo, hi`; the last horizon is drawn; `law`
            is what bounds an act, or empty.
        countries: ISO3 code to name, in the order of the legend; those without rows are left out.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        width: in pixels.

    Raises:
        InputError: a column is missing, no country has a row, or there are more than eight.
    """
    table = last_rows(acts, countries)
    names = list(dict.fromkeys(table["name"]))
    if len(names) > len(SHAPES):
        raise InputError(
            "too many countries for one chart", field="countries", value=len(names),
            allowed=f"up to {len(SHAPES)}",
        )  # fmt: skip
    months = int(table["horizon"].iloc[0])
    row_px = 10 + 10 * len(names)
    pad = label_px([line for label in table["label"] for line in textwrap.wrap(label, _WRAP)])
    panels = []
    for armed, heading in PANELS.items():
        rows = table[(table["law"] != "") == armed]
        if rows.empty:
            continue
        height = row_px * rows["act"].nunique()
        panels.append(panel(_layers(rows, names, pad), width, height, panel_title(heading)))
    date = month_name(init_month + months)
    return frame(
        concat(panels, columns=1),
        title=title or finding(table, date),
        lines=small_print(_DEFINITION.format(date=date), init_month, source),
        description=describe(table, date),
        layout={
            "columns": 1, "width": width, "height": row_px, "min_width": 120,
            "pad": pad,
        },
        wrap=112,
    )  # fmt: skip


def last_rows(acts: pd.DataFrame, countries: Mapping[str, str]) -> Rows:
    """Return the rows of the last horizon with the countries' names, likeliest acts first.

    Raises:
        InputError: a column is missing, or no country has a row.
    """
    table = require(acts, _NEEDED, "acts")[_NEEDED]
    table = require(table[table["country"].isin(list(countries))], _NEEDED, "acts")
    table = table[table["horizon"] == table["horizon"].max()]
    table = table.assign(law=table["law"].fillna(""), name=table["country"].map(dict(countries)))
    place = {code: index for index, code in enumerate(countries)}
    likely = table.groupby("act")["p_any"].mean()
    order = np.lexsort((table["country"].map(place), table["act"], -table["act"].map(likely)))
    return table.iloc[order].reset_index(drop=True)


def finding(table: Rows, date: str) -> str:
    """Return the sentence above the dots: the likeliest act of each kind."""
    texts = []
    for armed, lead in ((False, "most often chosen"), (True, "of those that law bounds")):
        rows = table[(table["law"] != "") == armed]
        if not rows.empty:
            mine = rows[rows["act"] == rows["act"].iloc[0]]
            low, high = _100(mine["p_any"].min()), _100(mine["p_any"].max())
            span = low if low == high else f"{low} to {high}"
            texts.append(f"{lead}: {mine['label'].iloc[0]} ({span} of 100 futures, by country)")
    text = "; ".join(texts)
    return f"By {date} {text}"


def describe(table: Rows, date: str) -> str:
    """Return the text alternative: every chance with its range."""
    parts = [f"Dots: chance in 100 that a junta decides so at least once by {date}."]
    for label, rows in table.groupby("label", sort=False):
        items = [f"{row['name']} {chance(row)}" for row in rows.to_dict("records")]
        parts.append(f"{label}: {', '.join(items)}.")
    return " ".join(parts)


def chance(row: Mapping[Any, Any]) -> str:
    """Return a chance in 100 with its range, where that can be told from chance."""
    text = _100(row["p_any"])
    if pd.isna(row["lo"]) or round(100 * row["lo"]) == round(100 * row["hi"]):
        return text
    return f"{text} ({round(100 * row['lo'])} to {round(100 * row['hi'])})"


def _100(share: float) -> str:
    return few(round(100 * float(share)), float(share))


def _layers(rows: Rows, names: list[str], pad: int) -> list[Spec]:
    labels = ["\n".join(textwrap.wrap(label, _WRAP)) for label in rows["label"]]
    values = (100 * rows[["p_any", "lo", "hi"]]).round(2)
    table = pd.DataFrame({"name": rows["name"], "label": labels}).join(values)
    look = {
        "labelExpr": "split(datum.label, '\\n')",
        "labelLimit": 240,
        "minExtent": pad - 16,
        "ticks": False,
        "domain": False,
        "offset": 6,
        "labelLineHeight": 13,
        "grid": True,
    }
    legend = {"title": None, "symbolSize": 90, "symbolStrokeWidth": 0}

    def told_apart(by: tuple[str, ...]) -> Spec:
        scale = {"domain": names, "range": [*by[: len(names)]]}
        return field("name:N", scale=scale, legend=legend)

    def x(column: str) -> Spec:
        scale = {"domain": [0, 100], "nice": False}
        return field(f"{column}:Q", scale=scale, axis={"title": None, "tickCount": 5})

    rows_of: Spec = {
        "y": field("label:N", sort=list(dict.fromkeys(labels)), title=None, axis=look),
        "yOffset": field("name:N", sort=names),
        "color": told_apart(COLOURS),
    }
    tips = [field("name:N"), field("label:N")]
    tips += [field(f"{name}:Q", format=".2g") for name in ("p_any", "lo", "hi")]
    known = table.dropna(subset=["lo", "hi"])
    line, dot = {"strokeWidth": 2, "opacity": 0.65}, {"filled": True, "size": 48, "opacity": 1}
    return [
        layer(known, "rule", line, **rows_of, x=x("lo"), x2=field("hi")),
        layer(table, "point", dot, **rows_of, x=x("p_any"), shape=told_apart(SHAPES), tooltip=tips),
    ]
