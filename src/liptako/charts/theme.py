"""One look for every chart: colours, fonts, classes of chance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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

CLASS_EDGES = (0.0, 0.01, 0.05, 0.20, 0.50, 0.80, 1.0)
CLASS_COLOURS = ("#ffffff", "#f4e15f", "#b6a971", "#7c7b78", "#3e4f6d", "#00204d")
"""Zero is white; the five bins above it run through cividis from light to dark."""

DIFFERENCES = (
    "#2166AC", "#4393C3", "#92C5DE", "#D1E5F0", "#F7F7F7",
    "#FDDBC7", "#F4A582", "#D6604D", "#B2182B",
)  # fmt: skip
"""Tol's BuRd: fewer on the left, more on the right."""

PERPETRATOR_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
PERPETRATOR_DASHES = ((1, 0), (6, 2), (2, 2), (8, 2, 2, 2), (4, 4), (1, 3))
"""Okabe and Ito's colours, each with a dash of its own so that a grey print still tells them."""

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


def panel_title(text: str) -> dict[str, Any]:
    """Return the heading of one panel."""
    return {"text": text, "anchor": "start", "frame": "bounds", "fontSize": 13, "offset": 6}


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
