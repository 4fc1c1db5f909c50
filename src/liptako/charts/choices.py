"""What juntas may choose: the chance of each act, country by country."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, known, last_rows
from liptako.charts.theme import PERPETRATOR_COLOURS, label_px, panel_title
from liptako.errors import InputError
from liptako.words import acts as words
from liptako.words.dates import month_name, small_print

COLOURS = (*PERPETRATOR_COLOURS, "#4d4d4d", "#8c6d1f")
SHAPES = (
    "circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "triangle-right",
    "triangle-left",
)  # fmt: skip
"""Each country has a colour and a shape, so that a grey print still tells them."""

KINDS = {"free": False, "armed": True}
"""Kind of act to whether law bounds it, in the order of the panels."""

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
    for kind in KINDS:
        rows = _of(table, kind)
        if rows.empty:
            continue
        height = row_px * rows["act"].nunique()
        panels.append(panel(_layers(rows, names, pad), width, height, panel_title(words.say[kind])))
    date = month_name(init_month + months)
    return frame(
        concat(panels, columns=1),
        title=title or finding(table, date),
        lines=small_print(words.say("definition", date=date), init_month, source),
        description=describe(table, date),
        layout={
            "columns": 1, "width": width, "height": row_px, "min_width": 120,
            "pad": pad,
        },
        wrap=112,
    )  # fmt: skip


def finding(table: Rows, date: str) -> str:
    """Return the sentence above the dots: the likeliest act of each kind."""
    likeliest = {}
    for kind in KINDS:
        rows = _of(table, kind)
        mine = rows[rows["act"] == rows["act"].iloc[0]] if len(rows) else rows
        likeliest[kind] = (
            (mine["label"].iloc[0], mine["p_any"].min(), mine["p_any"].max()) if len(mine) else None
        )
    return words.finding(date, **likeliest)


def describe(table: Rows, date: str) -> str:
    """Return the text alternative: every chance with its range."""
    parts = [words.say("words", date=date)]
    for label, rows in table.groupby("label", sort=False):
        items = []
        for row in rows.to_dict("records"):
            chance = words.chance(row["p_any"], known(row["lo"]), known(row["hi"]))
            items.append(words.say("words_item", country=row["name"], chance=chance))
        parts.append(words.say("words_act", act=label, items=", ".join(items)))
    return " ".join(parts)


def _of(table: Rows, kind: str) -> Rows:
    return table[(table["law"] != "") == KINDS[kind]]


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
    tips = [field("name:N", title=words.say["tip_country"])]
    tips.append(field("label:N", title=words.say["tip_act"]))
    named = (("p_any", "tip_futures"), ("lo", "tip_from"), ("hi", "tip_to"))
    tips += [field(f"{name}:Q", title=words.say[t], format=".2g") for name, t in named]
    known = table.dropna(subset=["lo", "hi"])
    line, dot = {"strokeWidth": 1.6, "opacity": 1}, {"filled": True, "size": 48, "opacity": 1}
    return [
        layer(known, "rule", line, **rows_of, x=x("lo"), x2=field("hi")),
        layer(table, "point", dot, **rows_of, x=x("p_any"), shape=told_apart(SHAPES), tooltip=tips),
    ]
