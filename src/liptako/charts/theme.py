"""One look for every chart: colours, fonts, the frame with its stamp, the text alternative."""

from __future__ import annotations

import calendar as days
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import altair as alt
import numpy as np
import pandas as pd

from liptako.calendar import month_name, month_of_year, year_of
from liptako.errors import InputError

Rows: TypeAlias = Any
"""A pandas table whose columns are already checked; pandas' types cannot follow selections."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, MUTED, RULE, PAPER = "#1a1a1a", "#595959", "#d9d9d9", "#ffffff"
OUTSIDE = "#eceef0"
"""Behind the map: neither observed nor zero."""

ENDINGS = ("#004488", "#BB5566", "#DDAA33")
FORECAST = "#004488"
"""Tol's high-contrast scheme, in the order the endings are listed."""

CLASS_EDGES = (0.0, 0.01, 0.05, 0.20, 0.50, 0.80, 1.0)
CLASS_NAMES = ("under 1%", "1-5%", "5-20%", "20-50%", "50-80%", "80-100%")
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


@alt.theme.register("liptako", enable=False)
def theme() -> alt.theme.ThemeConfig:
    """Return the theme for `altair.theme.enable("liptako")`; our own charts carry it already."""
    return alt.theme.ThemeConfig(config=CONFIG)  # type: ignore[typeddict-item]


def as_seen_from(init_month: int) -> str:
    """Return the stamp that every chart, table and file carries.

    Example:
        >>> as_seen_from(528)
        'as seen from 31 Dec 2023'
    """
    last = days.monthrange(year_of(init_month), month_of_year(init_month))[1]
    return f"as seen from {last} {month_name(init_month)}"


def panel_title(text: str) -> dict[str, Any]:
    """Return the heading of one panel."""
    return {"text": text, "anchor": "start", "frame": "bounds", "fontSize": 13, "offset": 6}


Chart = TypeVar("Chart", bound=alt.TopLevelMixin)


def frame(
    chart: Chart,
    *,
    title: str,
    lines: Sequence[str],
    description: str,
    layout: Mapping[str, float] | None = None,
    wrap: int = 132,
) -> Chart:
    """Put the finding, the small print, the text alternative and the look around a chart.

    Args:
        chart: the bare chart.
        title: the finding, in one sentence.
        lines: definition and units, then stamp and source.
        description: the text alternative.
        layout: how a page may refit the panels (`columns`, `width`, `height`, `min_width`,
            `pad`, `ratio`); kept in `usermeta`, ignored by Vega.
        wrap: characters a line before the title and the lines break.
    """
    block: dict[str, Any] = {
        "text": textwrap.wrap(title, int(wrap * 0.8)),
        "subtitle": [part for line in lines for part in textwrap.wrap(line, wrap)],
    }
    dressed: Any = chart.properties(
        title=block,
        description=description,
        usermeta={"layout": dict(layout or {}), "finding": title, "lines": list(lines)},
    )
    dressed.config = alt.Config(**CONFIG)
    return dressed


def text_alternative(chart: alt.TopLevelMixin) -> str:
    """Return the one text alternative of a chart.

    Raises:
        InputError: the chart was not made by this package and has none.
    """
    text = getattr(chart, "description", alt.Undefined)
    if not isinstance(text, str) or not text:
        raise InputError("no text alternative", field="chart", allowed="a chart of liptako.charts")
    return text


def small_print(definition: str, init_month: int, source: str) -> list[str]:
    """Return the lines under a title: what is shown, then stamp and source."""
    stamp = as_seen_from(init_month)
    return [definition, f"{stamp[0].upper()}{stamp[1:]}. Source: {source}"]


def label_px(labels: Iterable[str]) -> int:
    """Return the room that axis labels take beside a panel, in pixels."""
    return round(6.2 * max(map(len, labels))) + 18


def require(table: Rows, columns: Sequence[str], name: str) -> Rows:
    """Return `table` when it has rows and these columns.

    Raises:
        InputError: a column is missing, or there is no row.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(
            f"column {missing[0]!r} is missing",
            field=name,
            value=list(table.columns),
            allowed=", ".join(columns),
        )
    if table.empty:
        raise InputError("the table has no rows", field=name, allowed="at least one row")
    return table


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


def rounded(value: float) -> str:
    """Return a simulated number of people at the precision it deserves.

    Example:
        >>> [rounded(x) for x in (7.4, 287.0, 5712.0, 10394.0)]
        ['7', '290', '5,700', '10,400']
    """
    step = 100 if abs(value) >= 1000 else 10 if abs(value) >= 100 else 1
    return f"{int(round(value / step) * step):,}"


def in_hundred(probability: float) -> str:
    """Return a probability in words that do not promise more than it holds.

    Example:
        >>> [in_hundred(p) for p in (0.0, 0.27, 0.999)]
        ['fewer than 1 in 100', '27 in 100', 'more than 99 in 100']
    """
    if probability < 0.005:
        return "fewer than 1 in 100"
    if probability > 0.995:
        return "more than 99 in 100"
    return f"{round(probability * 100)} in 100"
