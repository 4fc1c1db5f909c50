"""Hysteresis: one pact with two histories, as a loop over slack and as futures by month."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.pact_times import pale
from liptako.charts.panels import Spec, concat, end_label, field, layer, panel
from liptako.charts.readers import Rows, known, require
from liptako.charts.stages import spaced
from liptako.charts.theme import FORECAST, INK, panel_title
from liptako.errors import InputError
from liptako.words.dates import small_print
from liptako.words.numbers import of_100
from liptako.words.pact import histories_finding, play_time, say

HISTORIES = {"paper": "#9a6a00", "operating": FORECAST}
"""History to colour."""

_LOOP = ["slack", "history", "quarters", "provided", "open"]
_QUANTITIES = ("provided", "operates")
_FUTURES = ["lead", "history", *(f"{q}{end}" for q in _QUANTITIES for end in ("", "_lo", "_hi"))]
_DIFFER = ["lead", "quantity", "difference", "share"]
_GAP = 0.08
_NEAR = 0.02
"""Lines closer than this over the whole of the slack are one to the eye."""


def hysteresis_chart(
    loop: pd.DataFrame,
    histories: pd.DataFrame,
    differ: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 205,
    height: int = 240,
) -> alt.ConcatChart:
    """Draw what allies provide after two histories: over slack, and month by month.

    Args:
        loop: `slack, history, quarters, provided, open`: expected after so many quarters at a
            slack, and the share of draws of judgement in which the two histories lie apart.
        histories: `lead, history`, and `provided` and `operates`, each with `_lo` and `_hi`:
            means over futures, by months ahead, with their range (missing where there is none).
        differ: `lead, quantity, difference, share`: by `provided` and `operates`, the difference,
            and the share of sets of assumptions in which the histories still differ.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the tables when absent.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: a column, row or history is missing.
    """
    loop = require(loop, _LOOP, "loop")
    histories = require(histories, _FUTURES, "histories")
    require(differ, _DIFFER, "differ")
    for name, table in (("loop", loop), ("histories", histories)):
        if set(table["history"]) != set(HISTORIES):
            found = sorted(set(table["history"]))
            allowed = " and ".join(HISTORIES)
            raise InputError("not the two", field=f"{name}: history", value=found, allowed=allowed)
    layers = {"loop": _loop_layers(loop)}
    layers |= {name: _months_layers(histories, name) for name in _QUANTITIES}
    panels = [
        panel(each, width, height, panel_title(say[f"head_{name}"]))
        for name, each in layers.items()
    ]
    years = int(loop["quarters"].max()) // 4
    return frame(
        concat(panels, columns=columns),
        title=title or finding(loop, histories, differ),
        lines=small_print(say("histories", years=years), init_month, source),
        description=describe(loop, histories, differ),
        layout={"columns": columns, "width": width, "height": height, "min_width": 150, "pad": 150},
        wrap=140,
    )


def finding(loop: Rows, histories: Rows, differ: Rows) -> str:
    """Return the sentence above the panels: how long history lasts."""
    gap = _widest(loop, int(loop["quarters"].max()))
    last = int(histories["lead"].max())
    ended = histories[histories["lead"] == last].set_index("history")["operates"]
    share = differ[(differ["quantity"] == "operates") & (differ["lead"] == last)]["share"]
    return histories_finding(
        months=last,
        operating=ended["operating"],
        paper=ended["paper"],
        apart=known(share.iloc[0]) if len(share) else None,
        gap=gap,
        forgotten=gap < _NEAR,
        quarters=int(loop["quarters"].max()),
    )


def describe(loop: Rows, histories: Rows, differ: Rows) -> str:
    """Return the text alternative: both panels in numbers."""
    parts = [say["histories_words"]]
    for quarters in sorted(loop["quarters"].unique()):
        rows = loop[(loop["quarters"] == quarters) & loop["slack"].round(3).isin((0.0, 0.5, 1.0))]
        for history in HISTORIES:
            own = rows[rows["history"] == history].sort_values("slack")
            said = [
                say("histories_slack", slack=f"{row.slack:.1f}", provided=of_100(row.provided))
                for row in own.itertuples()
            ]
            names = {"history": say[f"history_{history}"], "time": play_time(int(quarters))}
            parts.append(say("histories_loop", **names, items=", ".join(said)))
    for lead in sorted(set(differ["lead"])):
        rows = histories[histories["lead"] == lead]
        said = [
            say(
                "histories_item",
                history=say[f"history_{row.history}"],
                provided=of_100(row.provided),
                operates=of_100(row.operates),
            )
            for row in rows.itertuples()
        ]
        still = [
            say("histories_still", quantity=row.quantity, share=of_100(row.share))
            for row in differ[differ["lead"] == lead].itertuples()
            if pd.notna(row.share)
        ]
        items = "; ".join([*said, *still])
        parts.append(say("histories_lead", months=int(lead), items=items))
    return " ".join(parts)


def _widest(loop: Rows, quarters: int) -> float:
    """Return the largest difference between the histories over slack, after so many quarters."""
    rows = loop[loop["quarters"] == quarters]
    wide = rows.pivot(index="slack", columns="history", values="provided")
    return float((wide["operating"] - wide["paper"]).abs().max())


def _scales(
    x: str, most: float, heading: str, ticks: list[float]
) -> tuple[Spec, Callable[[str], Spec]]:
    across = field(
        f"{x}:Q",
        scale={"domain": [0, most], "nice": False},
        axis={"values": ticks, "title": heading, "grid": False},
    )

    def y(column: str) -> Spec:
        axis = {"title": None, "values": [0, 0.25, 0.5, 0.75, 1], "labelExpr": "100 * datum.value"}
        return field(f"{column}:Q", scale={"domain": [0, 1], "nice": False}, axis=axis)

    return across, y


def _loop_layers(loop: Rows) -> list[Spec]:
    x, y = _scales("slack", 1, say["axis_slack"], [0, 0.5, 1])
    first, last = int(loop["quarters"].min()), int(loop["quarters"].max())
    layers, ends = [], []
    closed = _widest(loop, last) < _NEAR
    for quarters in (first, last):
        for history, colour in HISTORIES.items():
            rows = loop[(loop["quarters"] == quarters) & (loop["history"] == history)]
            rows = rows[["slack", "provided"]].sort_values("slack").round(4)
            settled = quarters == last
            one = settled and closed
            if not (one and history == "paper"):
                look = {
                    "color": INK if one else colour,
                    "strokeDash": [1, 0] if settled else [6, 3],
                    "strokeWidth": 2.6 if settled else 1.8,
                }
                layers.append(layer(rows, "line", look, x=x, y=y("provided")))
                time, label = play_time(quarters), say[f"history_{history}"]
                text = say("loop_both", time=time)
                text = text if one else say("loop_label", history=label, time=time)
                end = float(rows["provided"].iloc[-1])
                ends.append((end, text, INK if one else colour))
    return [*layers, *_words(ends, "slack", 1.0, x, y)]


def _months_layers(histories: Rows, quantity: str) -> list[Spec]:
    last = int(histories["lead"].max())
    ticks = [float(lead) for lead in range(0, last + 1, 12)]
    x, y = _scales("lead", last, say["axis_ahead"], ticks)
    low, high = f"{quantity}_lo", f"{quantity}_hi"
    bands, lines, ends = [], [], []
    for history, colour in HISTORIES.items():
        rows = histories[histories["history"] == history].sort_values("lead")
        rows = rows[["lead", quantity, low, high]].round(4)
        band, look = rows.dropna(), pale(colour)
        bands.append(layer(band, "area", look, x=x, y=y(low), y2=field(high)))
        look = {"color": colour, "strokeWidth": 2.4}
        lines.append(layer(rows, "line", look, x=x, y=y(quantity)))
        end = float(rows[quantity].iloc[-1])
        label = say("end_label", name=say[f"history_{history}"], count=of_100(end))
        ends.append((end, label, colour))
    return [*bands, *lines, *_words(ends, "lead", float(last), x, y)]


def _words(
    ends: list[tuple[float, str, str]], column: str, at: float, x: Spec, y: Callable[[str], Spec]
) -> list[Spec]:
    """Return labels at the ends of lines, moved apart where they would touch."""
    ends = sorted(ends)
    places = spaced([float(np.clip(end, 0.0, 1.0)) for end, _, _ in ends], _GAP)
    layers = []
    for place, (_, text, colour) in zip(places, ends, strict=True):
        label = pd.DataFrame({column: [at], "at": [round(place, 4)], "text": [text]})
        layers.append(layer(label, "text", end_label(colour), x=x, y=y("at"), text=field("text:N")))
    return layers
