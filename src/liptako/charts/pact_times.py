"""Times of a pact's events: the game and its Markov benchmark, beside past pacts."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, end_label, field, layer, panel
from liptako.charts.readers import Rows, require
from liptako.charts.stages import spaced
from liptako.charts.theme import FORECAST, INK, panel_title
from liptako.errors import InputError
from liptako.words.dates import small_print
from liptako.words.numbers import between, of_100
from liptako.words.pact import say, times_finding

EVENTS = ("operation", "exit", "end")
"""In the order of the panels."""

MODELS = {"game": (FORECAST, [1, 0]), "markov": ("#BB5566", [7, 3]), "past": (INK, [1, 0])}
"""Model to colour and dash."""

_COLUMNS = ["event", "model", "month", "p", "lo", "hi"]
_AT = 36
"""Month since signature that the title speaks of."""

_GAP = 0.085
"""Least distance between two labels, as a share of the height."""

_LEAST_TOP = 0.1


def pact_times_chart(
    curves: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 215,
    height: int = 240,
) -> alt.ConcatChart:
    """Draw the chance of each event by months since signature, one panel an event.

    Args:
        curves: `event, model, month, p, lo, hi`: one of `EVENTS`, one of `MODELS`, months since
            signature, chance with its range (missing where there is none).
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: a column or row is missing, or an event or model is unknown.
    """
    table = _checked(curves)
    panels = []
    for event in [event for event in EVENTS if (table["event"] == event).any()]:
        layers = _layers(table[table["event"] == event])
        panels.append(panel(layers, width, height, panel_title(say[event])))
    return frame(
        concat(panels, columns=columns),
        title=title or finding(table),
        lines=small_print(say["times"], init_month, source),
        description=describe(table),
        layout={"columns": columns, "width": width, "height": height, "min_width": 150, "pad": 140},
        wrap=140,
    )


def finding(table: Rows) -> str:
    """Return the sentence above the curves: where past pacts lie inside the models' ranges."""
    month, found = _month(table), {}
    for model in [model for model in MODELS if model != "past"]:
        inside: dict[bool, list[str]] = {True: [], False: []}
        for event in EVENTS:
            own, past = _at(table, event, model, month), _at(table, event, "past", month)
            if own is not None and past is not None and pd.notna(own["lo"]):
                inside[bool(own["lo"] <= past["p"] <= own["hi"])].append(event)
        found[model] = inside[True], inside[False]
    return times_finding(month, found)


def describe(table: Rows) -> str:
    """Return the text alternative: every curve at whole years, with its range."""
    parts = [say["times_words"]]
    for event in EVENTS:
        for model in MODELS:
            rows = table[(table["event"] == event) & (table["model"] == model)]
            rows = rows[rows["month"] % 12 == 0].sort_values("month")
            said = [
                say("times_month", month=int(row["month"]), chance=_spoken(row))
                for _, row in rows.iterrows()
            ]
            if said:
                names = {"event": say[event], "model": say[model]}
                parts.append(say("times_curve", **names, months="; ".join(said)))
    return " ".join(parts)


def _checked(curves: Rows) -> Rows:
    table = require(curves, _COLUMNS, "curves")[_COLUMNS]
    for column, known in (("event", EVENTS), ("model", MODELS)):
        unknown = sorted(set(table[column]) - set(known))
        if unknown:
            allowed = ", ".join(known)
            raise InputError(
                "is unknown", field=f"curves: {column}", value=unknown[0], allowed=allowed
            )
    return table


def _month(table: Rows) -> int:
    months = table["month"].unique()
    return _AT if _AT in months else int(months.max())


def _at(table: Rows, event: str, model: str, month: int) -> Rows | None:
    rows = table[(table["event"] == event) & (table["model"] == model) & (table["month"] == month)]
    return None if rows.empty else rows.iloc[0]


def _spoken(row: Rows) -> str:
    if pd.isna(row["lo"]):
        return of_100(row["p"])
    return f"{of_100(row['p'])} ({between(of_100(row['lo']), of_100(row['hi']))})"


def _layers(rows: Rows) -> list[Spec]:
    rows = rows.round(4)
    last = int(rows["month"].max())
    most = float(np.nanmax(rows[["p", "hi"]].to_numpy(float)))
    top = float(min(max(np.ceil(10.0 * most) / 10.0, _LEAST_TOP), 1.0))
    months = list(range(0, last + 1, 12))
    axis = {"values": months, "title": say["months_since"], "grid": False}
    x = field("month:Q", scale={"domain": [0, last], "nice": False}, axis=axis)

    def y(column: str) -> Spec:
        ticks = {"title": None, "tickCount": 5, "labelExpr": "round(100 * datum.value)"}
        return field(f"{column}:Q", scale={"domain": [0, top], "nice": False}, axis=ticks)

    layers = []
    models = [name for name in MODELS if (rows["model"] == name).any()]
    for name in [name for name in models if name != "past"]:
        own, (colour, dash) = rows[rows["model"] == name].sort_values("month"), MODELS[name]
        band, look = own.dropna(subset=["lo", "hi"]), pale(colour)
        layers.append(layer(band, "area", look, x=x, y=y("lo"), y2=field("hi")))
        look = {"color": colour, "strokeDash": dash, "strokeWidth": 2.4}
        tips = [field("month:Q"), field("p:Q", format=".2f")]
        layers.append(layer(own, "line", look, x=x, y=y("p"), tooltip=tips))
    if "past" in models:
        past: Rows = rows[rows["model"] == "past"].sort_values("month")
        bars = past[past["month"].isin(range(12, last, 12))].dropna()
        tick = {"color": INK, "thickness": 1, "size": 7, "orient": "horizontal"}
        steps = {"interpolate": "step-after", "color": INK, "strokeWidth": 1.8}
        bar = {"color": INK, "strokeWidth": 1}
        layers += [
            layer(bars, "rule", bar, x=x, y=y("lo"), y2=field("hi")),
            layer(bars, "tick", tick, x=x, y=y("lo")),
            layer(bars, "tick", tick, x=x, y=y("hi")),
            layer(past, "line", steps, x=x, y=y("p")),
        ]
    return [*layers, *_words(rows, models, top, x, y)]


def pale(colour: str) -> Spec:
    """Return the look of a range: pale, with an edge that stands on white paper."""
    edge = {"stroke": colour, "strokeWidth": 0.5, "strokeOpacity": 0.8}
    return {"fill": colour, "fillOpacity": 0.16} | edge


def _words(
    rows: Rows, models: list[str], top: float, x: Spec, y: Callable[[str], Spec]
) -> list[Spec]:
    """Return the labels at the end of the curves, moved apart where they would touch."""
    ends: Rows = rows.sort_values("month").groupby("model").tail(1).sort_values("p")
    ends = ends[ends["model"].isin(models)]
    places = spaced([float(p) / top for p in ends["p"]], _GAP)
    layers = []
    for (_, row), place in zip(ends.iterrows(), places, strict=True):
        model = str(row["model"])
        text = say("end_label", name=say[model], count=of_100(row["p"]))
        label = pd.DataFrame(
            {
                "month": [int(row["month"])],
                "at": [round(place * top, 4)],
                "text": [text],
            }
        )
        layers.append(
            layer(label, "text", end_label(MODELS[model][0]), x=x, y=y("at"), text=field("text:N"))
        )
    return layers
