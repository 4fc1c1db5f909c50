"""Civilians killed, by who kills them: small multiples, never stacked intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, apart, concat, field, layer, panel
from liptako.charts.readers import ALL, Rows, known, near, require
from liptako.charts.theme import INK, LEAST_TOP, label_px, panel_title, perpetrator_looks
from liptako.words import civilians as words
from liptako.words.dates import period_name, small_print
from liptako.words.deaths import say as death_words

_COLUMNS = ["country", "perpetrator", "period", "observed", "q05", "q50", "q95"]


def perpetrators_chart(
    civilians: pd.DataFrame,
    *,
    countries: Mapping[str, str],
    names: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    shared_x: bool | None = None,
    columns: int = 3,
    width: int = 270,
    height: int = 80,
) -> alt.ConcatChart:
    """Draw civilian deaths by perpetrator, one panel a country.

    Args:
        civilians: `country, perpetrator, period, observed, q05, q50, q95` and, for the
            finding, `share_mean`; country `ALL` holds the sum over countries.
        countries: ISO3 code to name, in the order of the panels.
        names: perpetrator code to name, in the order of the rows; at most six.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the rows of `ALL` when absent.
        shared_x: one scale for all panels; if not said, only where that flattens none.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column or has no row for any of the countries.
    """
    require(civilians, _COLUMNS, "civilians_perpetrator")
    shown = civilians["country"].isin(list(countries)) & civilians["perpetrator"].isin(list(names))
    wide = _wide(require(civilians[shown], _COLUMNS, "civilians_perpetrator"), names)
    most = wide[["observed", "q95"]].max(axis=1).groupby(wide["country"]).max() * 1.02
    tops = {code: max(float(most[code]), LEAST_TOP) for code in countries if code in most.index}
    top = max(tops.values())
    own = apart([*tops.values()]) if shared_x is None else not shared_x
    panels = []
    for code, limit in tops.items():
        rows = wide[wide["country"] == code].drop(columns=["country", "code"])
        rows = rows.assign(place=countries[code])
        layers = _layers(rows, list(names.values()), limit if own else top)
        panels.append(panel(layers, width, height, panel_title(countries[code])))
    before, after = (period_name(p, init_month) for p in near(civilians))
    definition = words.say("definition", before=before, after=after)
    return frame(
        concat(panels, columns=columns),
        title=title or finding(civilians, names, init_month),
        lines=small_print(definition, init_month, source),
        description=describe(wide, countries, before, after),
        layout={
            "columns": columns,
            "width": width,
            "height": height,
            "min_width": 150,
            "pad": label_px(names.values()),
        },
        scales=("x", top) if own and len(panels) > 1 else None,
    )


def finding(civilians: Rows, names: Mapping[str, str], init_month: int) -> str:
    """Return the sentence above the chart: each perpetrator's share, in their one order."""
    _, ahead = near(civilians)
    year = period_name(ahead, init_month)
    if "share_mean" not in civilians.columns:
        return words.finding(year, {})
    rows = civilians[(civilians["country"] == ALL) & (civilians["period"] == ahead)]
    shares = rows.set_index("perpetrator")["share_mean"].dropna()
    known = {name: float(shares[code]) for code, name in names.items() if code in shares.index}
    return words.finding(year, known)


def describe(wide: Rows, countries: Mapping[str, str], before: str, after: str) -> str:
    """Return the text alternative: every number that the chart shows."""
    parts = [words.say["words"]]
    for code, name in countries.items():
        rows = wide[wide["country"] == code]
        items = [
            words.item(
                who=row["who"],
                seen=known(row["observed"]),
                before=before,
                middle=row["q50"],
                low=row["q05"],
                high=row["q95"],
                after=after,
            )
            for row in rows.to_dict("records")
        ]
        if items:
            parts.append(words.say("words_country", country=name, items="; ".join(items)))
    return " ".join(parts)


def _wide(table: Rows, names: Mapping[str, str]) -> Rows:
    key = ["country", "perpetrator"]
    before, after = near(table)
    seen = table[table["period"] == before][[*key, "observed"]]
    ahead = table[table["period"] == after][[*key, "q05", "q50", "q95"]]
    wide = ahead.merge(seen, on=key, how="left").rename(columns={"perpetrator": "code"})
    wide["who"] = wide["code"].map(dict(names))
    rank = {code: place for place, code in enumerate(names)}
    return wide.sort_values("code", key=lambda codes: codes.map(rank)).round(1)


_TIPS = (
    ("observed", "tip_recorded"), ("q50", "tip_middle"), ("q05", "tip_from"), ("q95", "tip_to"),
)  # fmt: skip


def _layers(rows: Rows, order: list[str], top: float) -> list[Spec]:
    look = {"labelLimit": 150, "ticks": False, "offset": 8, "domain": False}
    y = field("who:N", sort=order, title=None, axis=look)
    scale = {"domain": [0, top], "nice": False}
    axis = {"title": None, "tickCount": 4, "tickMinStep": 1, "format": ",d"}

    def x(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=axis)

    def told_apart(by: Sequence[Any]) -> Spec:
        return field("who:N", legend=None, scale={"domain": order, "range": [*by]})

    looks = perpetrator_looks(order)
    colour = told_apart([look.colour for look in looks.values()])
    dash = told_apart([look.dash for look in looks.values()])
    tips = [field("place:N", title=death_words["tip_country"])]
    tips += [field("who:N", title=words.say["tip_by"])]
    tips += [field(f"{c}:Q", title=death_words[t], format=",.0f") for c, t in _TIPS]
    dot = {"filled": True, "size": 90, "opacity": 1}
    tick = {"color": INK, "thickness": 3, "size": 18}
    return [
        layer(
            rows, "rule", {"strokeWidth": 3},
            y=y, x=x("q05"), x2=field("q95"), color=colour, strokeDash=dash,
        ),
        layer(rows, "point", dot, y=y, x=x("q50"), color=colour, tooltip=tips),
        layer(rows, "tick", tick, y=y, x=x("observed")),
    ]  # fmt: skip
