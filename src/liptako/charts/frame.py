"""What stands around every chart: finding, small print, text alternative, look."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import altair as alt

from liptako.charts.theme import CONFIG
from liptako.errors import InputError
from liptako.words.figures import say

WRAP = 132
"""Characters a line before a title and its lines break."""

Chart = TypeVar("Chart", bound=alt.TopLevelMixin)


@alt.theme.register("liptako", enable=False)
def theme() -> alt.theme.ThemeConfig:
    """Return the theme for `altair.theme.enable("liptako")`; our own charts carry it already."""
    return alt.theme.ThemeConfig(config=CONFIG)  # type: ignore[typeddict-item]


def frame(
    chart: Chart,
    *,
    title: str,
    lines: Sequence[str],
    description: str,
    layout: Mapping[str, float] | None = None,
    scales: tuple[str, float] | None = None,
    wrap: int = WRAP,
) -> Chart:
    """Put the finding, the small print, the text alternative and the look around a chart.

    Args:
        chart: the bare chart.
        title: the finding, in one sentence.
        lines: definition and units, then stamp and source.
        description: the text alternative.
        layout: how a page may refit the panels (`columns`, `width`, `height`, `min_width`,
            `pad`, `ratio`); kept in `usermeta`, ignored by Vega.
        scales: where each panel has its own, their channel and the end of one for all of them,
            which a page may put in their place; kept in `usermeta` too.
        wrap: characters a line before the title and the lines break.
    """
    meta: dict[str, Any] = {"layout": dict(layout or {}), "finding": title}
    if scales:
        channel, top = scales
        meta["scales"] = {"channel": channel, "domain": [0, top]}
        meta["scales"] |= {name: say[name] for name in ("own", "shared")}
        lines = [*lines, say["own"]]
    block: dict[str, Any] = {
        "text": textwrap.wrap(title, int(wrap * 0.8)),
        "subtitle": [part for line in lines for part in textwrap.wrap(line, wrap)],
    }
    dressed: Any = chart.properties(
        title=block,
        description=description,
        usermeta=meta | {"lines": list(lines), "wrap": wrap},
    )
    dressed.config = alt.Config(**CONFIG)
    return dressed


def with_line(chart: Chart, line: str) -> Chart:
    """Add one more line of small print to a chart of `frame`, and return it."""
    dressed: Any = chart
    title, meta = dressed.title, dressed.usermeta
    lines, size = [*meta["lines"], line], meta.get("wrap", WRAP)
    subtitle = [*title["subtitle"], *textwrap.wrap(line, size)]
    dressed.title, dressed.usermeta = title | {"subtitle": subtitle}, meta | {"lines": lines}
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
