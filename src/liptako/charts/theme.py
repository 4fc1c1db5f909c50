"""One look for every chart: colours, fonts, classes of chance."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from liptako.errors import InputError

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, RULE, PAPER = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
OUTSIDE = "#eceef0"
"""Behind the map: neither observed nor zero."""

ENDINGS = ("#004488", "#BB5566", "#DDAA33", "#D9D9D9")
FORECAST = "#004488"
"""Tol's high-contrast scheme, in the order of the endings, and light grey for what is outside."""

BAND = "#6a8fbf"
"""Ranges around what is simulated, and the edge of lighter ones."""

EDGE = "#8c8c8c"
"""The edge of grey areas."""

LEAST_TOP = 5.0
"""An axis of people killed reaches so far at least: nobody is killed in part."""

CLASS_EDGES = (0.0, 0.01, 0.05, 0.20, 0.50, 0.80, 1.0)
CLASS_COLOURS = ("#ffffff", "#f4e15f", "#b6a971", "#7c7b78", "#3e4f6d", "#00204d")
"""Zero is white; the five bins above it run through cividis from light to dark."""

DIFFERENCES = (
    "#2166AC", "#4393C3", "#92C5DE", "#D1E5F0", "#F7F7F7",
    "#FDDBC7", "#F4A582", "#D6604D", "#B2182B",
)  # fmt: skip
"""Tol's BuRd: fewer on the left, more on the right."""

PERPETRATOR_COLOURS = ("#004C80", "#D55E00", "#00604A", "#C2609A", "#6B4A00", "#2C8CC9")
PERPETRATOR_DASHES = ((1, 0), (6, 2), (2, 2), (8, 2, 2, 2), (4, 4), (1, 3))
"""Hues of Okabe and Ito's colours, dark and lighter in turn so that a grey print tells neighbours,
each with a dash of its own; all have a contrast of 3 to white paper."""


class Look(NamedTuple):
    """How a perpetrator is drawn."""

    colour: str
    dash: list[int]


def perpetrator_looks(names: Iterable[str]) -> dict[str, Look]:
    """Return how each perpetrator is drawn, by name, in their one order.

    Example:
        >>> perpetrator_looks(["A", "B"])["B"].colour
        '#D55E00'
    """
    looks = zip(names, PERPETRATOR_COLOURS, PERPETRATOR_DASHES, strict=False)
    return {name: Look(colour, list(dash)) for name, colour, dash in looks}


CONFIG: dict[str, Any] = {
    "background": PAPER,
    "font": FONT,
    "view": {"stroke": None},
    "padding": 6,
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "color": INK,
        "fontSize": 15,
        "fontWeight": 600,
        "subtitleColor": MUTED,
        "subtitleFontSize": 12,
        "subtitlePadding": 5,
        "subtitleLineHeight": 16,
        "offset": 14,
    },
    "axis": {
        "labelColor": MUTED,
        "labelFontSize": 11,
        "titleColor": MUTED,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": "#ececec",
        "domainColor": RULE,
        "tickColor": RULE,
    },
    "header": {"labelColor": INK, "labelFontSize": 13, "labelFontWeight": 600},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "orient": "bottom",
        "labelLimit": 320,
        "columnPadding": 16,
    },
    "concat": {"spacing": 22},
}


def panel_title(text: str, wrap: int = 0) -> dict[str, Any]:
    """Return the heading of one panel; in lines of at most `wrap` characters, where it is given."""
    return {
        "text": textwrap.wrap(text, wrap) if wrap else text,
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 13,
        "offset": 6,
    }


def label_px(labels: Iterable[str]) -> int:
    """Return the room that axis labels take beside a panel, in pixels."""
    return round(6.2 * max(map(len, labels))) + 18


def classes(probability: pd.Series) -> pd.Series:
    """Return the map class, 0 to 5, of probabilities in 0 to 1; a missing one stays missing.

    Raises:
        InputError: a value lies outside 0 to 1.

    Example:
        >>> classes(pd.Series([0.0, 0.01, 0.2, 1.0])).tolist()
        [0, 1, 3, 5]
    """
    values = probability.to_numpy(dtype=float)
    outside = (values < 0) | (values > 1)
    if outside.any():
        raise InputError(
            "not a probability", field=str(probability.name), value=float(values[outside][0]),
            allowed="0 to 1",
        )  # fmt: skip
    found = pd.Series(np.digitize(values, CLASS_EDGES[1:-1]), index=probability.index)
    return found.where(probability.notna()).astype("Int64")
