"""Endings: a hundred dots at each horizon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, check_endings, counts, horizons_of
from liptako.charts.theme import ENDINGS as COLOURS
from liptako.charts.theme import INK, panel_title
from liptako.words import endings as words
from liptako.words.dates import month_name, small_print
from liptako.words.dates import say as date_words

ENDING_COLOURS = {
    "fails": COLOURS[1], "endures": COLOURS[2], "succeeds": COLOURS[0], "outside": COLOURS[3]
}  # fmt: skip
OUTLINES = ENDING_COLOURS | {"endures": "#6b5212", "outside": "#595959"}
"""Light colours are outlined, so that they stand on white paper."""


def endings_chart(
    endings: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 190,
) -> alt.ConcatChart:
    """Draw each ending as dots in 100 futures, one panel a horizon.

    Args:
        endings: `horizon, ending, p, lo, hi, mcse`: months ahead, `fails`, `endures`, `succeeds`
            or `outside`, its probability, the range over assumption sets, the sampling error.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column, a row or an ending, or has an unknown one.

    Example:
        >>> endings_chart(endings, init_month=528, source="Liptako")  # doctest: +SKIP
    """
    check_endings(endings)
    horizons = horizons_of(endings)
    panels = []
    for horizon in horizons:
        name = date_words("by", date=month_name(init_month + horizon))
        layers = _layers(counts(endings, horizon))
        panels.append(panel(layers, width, round(width * _TALL), panel_title(name)))
    error = f"{100 * float(endings['mcse'].max()):.1f}"
    return frame(
        concat(panels, columns=columns),
        title=title or finding(endings, init_month),
        lines=small_print(words.say("definition", error=error), init_month, source),
        description=describe(endings, init_month),
        layout={
            "columns": columns, "width": width, "height": width * _TALL,
            "min_width": 130, "pad": 4, "ratio": _TALL, "dot": _DOT, "most": 240,
        },
        wrap=104,
    )  # fmt: skip


def finding(endings: Rows, init_month: int) -> str:
    """Return the sentence above the dots: the likeliest ending, from horizon to horizon."""
    horizons = horizons_of(endings)
    by_horizon = {h: {row["ending"]: row for row in counts(endings, h)} for h in horizons}
    top = max(by_horizon[horizons[-1]].values(), key=lambda row: row["count"])["ending"]
    numbers = [by_horizon[horizon][top]["text"] for horizon in horizons]
    dates = [month_name(init_month + horizon) for horizon in horizons]
    return words.finding(top, numbers, dates)


def describe(endings: Rows, init_month: int) -> str:
    """Return the text alternative: every number that the chart shows."""
    parts = [words.say["words"]]
    for horizon in horizons_of(endings):
        items = [
            words.say(
                "words_item",
                ending=words.say[f"verb_{row['ending']}"],
                count=row["text"],
                range=words.range_words(row["low"], row["high"]),
            )
            for row in counts(endings, horizon)
        ]
        date = month_name(init_month + horizon)
        parts.append(words.say("words_horizon", date=date, items=", ".join(items)))
    return " ".join(parts)


_TALL = 1.52
"""Height of a panel by its width: ten rows of dots, and a line an ending."""

_DOT = 0.72
"""Diameter of a dot, as a share of its place."""


def _layers(rows: list[dict[str, Any]]) -> list[Spec]:
    names = [row["ending"] for row in rows for _ in range(row["count"])]
    dots = pd.DataFrame(
        {
            "x": [place % 10 + 0.5 for place in range(100)],
            "y": [place // 10 + 0.5 for place in range(100)],
            "ending": names,
        }
    )
    keys = pd.DataFrame(
        {
            "x": 0.5,
            "y": [11.2 + 1.25 * place for place in range(len(rows))],
            "ending": [row["ending"] for row in rows],
            "text": [_label(row) for row in rows],
        }
    )
    x = field("x:Q", scale={"domain": [0, 10], "nice": False}, axis=None)
    y = field("y:Q", scale={"domain": [15.2, 0], "nice": False}, axis=None)
    look = {"shape": "circle", "size": 185, "opacity": 1, "strokeWidth": 1.2, "aria": False}
    fill, stroke = _colours(ENDING_COLOURS), _colours(OUTLINES)
    text = {"align": "left", "baseline": "middle", "dx": 14, "color": INK, "fontSize": 12}
    return [
        *(
            layer(table, "point", look, x=x, y=y, fill=fill, stroke=stroke)
            for table in (dots, keys)
        ),
        layer(keys, "text", text | {"aria": False}, x=x, y=y, text=field("text:N")),
    ]


def _label(row: Mapping[str, Any]) -> str:
    span = words.range_signs(row["low"], row["high"])
    return words.say("dot_label", name=words.say[row["ending"]], count=row["text"], range=span)


def _colours(colours: Mapping[str, str]) -> Spec:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return field("ending:N", scale=scale, legend=None)
