"""Hysteresis: one pact with two histories, as a loop over slack and as futures by month."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.endings import few
from liptako.charts.panels import Spec, concat, end_label, field, layer, panel
from liptako.charts.stages import spaced
from liptako.charts.theme import FORECAST, Rows, frame, panel_title, require, small_print
from liptako.errors import InputError

HISTORIES = {
    "paper": ("begun on paper", "#9a6a00"),
    "operating": ("begun at work", FORECAST),
}
"""History to label and colour."""

_LOOP = ["slack", "history", "quarters", "provided", "open"]
_QUANTITIES = {
    "provided": "Provided, by months ahead",
    "operates": "Chance that the pact operates",
}
_FUTURES = ["lead", "history", *(f"{q}{end}" for q in _QUANTITIES for end in ("", "_lo", "_hi"))]
_DIFFER = ["lead", "quantity", "difference", "share"]
_DEFINITION = (
    "Provided: less impunity across borders, as a share of what allies' full commitment gives. "
    "Left: expected, at the centre of judgement and stakes of the start, after one quarter "
    "(dashes) and after {years} years (line) at a backer's slack. Middle and right, in 100: "
    "futures with the same parameters and luck; bands: 9 in 10 sets of assumptions."
)
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
    layers = [(_loop_layers(loop), "Provided, by a backer's slack")]
    layers += [(_months_layers(histories, name), head) for name, head in _QUANTITIES.items()]
    panels = [panel(each, width, height, panel_title(head)) for each, head in layers]
    years = int(loop["quarters"].max()) // 4
    return frame(
        concat(panels, columns=columns),
        title=title or finding(loop, histories, differ),
        lines=small_print(_DEFINITION.format(years=years), init_month, source),
        description=describe(loop, histories, differ),
        layout={"columns": columns, "width": width, "height": height, "min_width": 150, "pad": 150},
        wrap=140,
    )


def finding(loop: Rows, histories: Rows, differ: Rows) -> str:
    """Return the sentence above the panels: how long history lasts."""
    gap = _widest(loop, int(loop["quarters"].max()))
    last = int(histories["lead"].max())
    ended = histories[histories["lead"] == last].set_index("history")["operates"]
    text = (
        f"After {last} months a pact begun at work operates in {_100(ended['operating'])} of 100 "
        f"futures, one begun on paper in {_100(ended['paper'])}"
    )
    share = differ[(differ["quantity"] == "operates") & (differ["lead"] == last)]["share"]
    if len(share) and pd.notna(share.iloc[0]):
        text += f" (still apart in {_100(share.iloc[0])} of 100 sets of assumptions)"
    years = _quarters(int(loop["quarters"].max()))
    settled = (
        f"for what is provided, history is forgotten after {years} of play"
        if gap < _NEAR
        else f"what is provided still differs by up to {_100(gap)} in 100 after {years} of play"
    )
    return f"{text}; {settled}"


def describe(loop: Rows, histories: Rows, differ: Rows) -> str:
    """Return the text alternative: both panels in numbers."""
    parts = ["What allies provide, in 100 of what full commitment gives."]
    for quarters in sorted(loop["quarters"].unique()):
        rows = loop[(loop["quarters"] == quarters) & loop["slack"].round(3).isin((0.0, 0.5, 1.0))]
        for history, (label, _) in HISTORIES.items():
            own = rows[rows["history"] == history].sort_values("slack")
            said = [f"slack {row.slack:.1f}: {_100(row.provided)}" for row in own.itertuples()]
            parts.append(f"{label}, after {_quarters(quarters)}: {', '.join(said)}.")
    for lead in sorted(set(differ["lead"])):
        rows = histories[histories["lead"] == lead]
        said = [
            f"{HISTORIES[row.history][0]} {_100(row.provided)}, operates {_100(row.operates)}"
            for row in rows.itertuples()
        ]
        still = [
            f"{row.quantity} differs in {_100(row.share)} of 100 sets"
            for row in differ[differ["lead"] == lead].itertuples()
            if pd.notna(row.share)
        ]
        parts.append(f"{int(lead)} months ahead: {'; '.join([*said, *still])}.")
    return " ".join(parts)


def _widest(loop: Rows, quarters: int) -> float:
    """Return the largest difference between the histories over slack, after so many quarters."""
    rows = loop[loop["quarters"] == quarters]
    wide = rows.pivot(index="slack", columns="history", values="provided")
    return float((wide["operating"] - wide["paper"]).abs().max())


def _quarters(quarters: int) -> str:
    if quarters % 4:
        return "one quarter" if quarters == 1 else f"{quarters} quarters"
    return "a year" if quarters == 4 else f"{quarters // 4} years"


def _100(share: float) -> str:
    return few(round(100 * float(share)), float(share))


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
    x, y = _scales("slack", 1, "slack of a backer", [0, 0.5, 1])
    first, last = int(loop["quarters"].min()), int(loop["quarters"].max())
    layers, ends = [], []
    closed = _widest(loop, last) < _NEAR
    for quarters in (first, last):
        for history, (label, colour) in HISTORIES.items():
            rows = loop[(loop["quarters"] == quarters) & (loop["history"] == history)]
            rows = rows[["slack", "provided"]].sort_values("slack").round(4)
            settled = quarters == last
            one = settled and closed
            if not (one and history == "paper"):
                look = {
                    "color": "#1a1a1a" if one else colour,
                    "strokeDash": [1, 0] if settled else [6, 3],
                    "strokeWidth": 2.6 if settled else 1.8,
                }
                layers.append(layer(rows, "line", look, x=x, y=y("provided")))
                after = _quarters(quarters)
                text = f"both, after {after}" if one else f"{label}, {after}"
                end = float(rows["provided"].iloc[-1])
                ends.append((end, text, "#1a1a1a" if one else colour))
    return [*layers, *_words(ends, "slack", 1.0, x, y)]


def _months_layers(histories: Rows, quantity: str) -> list[Spec]:
    last = int(histories["lead"].max())
    ticks = [float(lead) for lead in range(0, last + 1, 12)]
    x, y = _scales("lead", last, "months ahead", ticks)
    low, high = f"{quantity}_lo", f"{quantity}_hi"
    bands, lines, ends = [], [], []
    for history, (label, colour) in HISTORIES.items():
        rows = histories[histories["history"] == history].sort_values("lead")
        rows = rows[["lead", quantity, low, high]].round(4)
        band, look = rows.dropna(), {"color": colour, "opacity": 0.18}
        bands.append(layer(band, "area", look, x=x, y=y(low), y2=field(high)))
        look = {"color": colour, "strokeWidth": 2.4}
        lines.append(layer(rows, "line", look, x=x, y=y(quantity)))
        end = float(rows[quantity].iloc[-1])
        ends.append((end, f"{label} {_100(end)}", colour))
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
