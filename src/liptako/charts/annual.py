"""Annual totals: the year that was recorded beside the years that are simulated."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, apart, concat, field, layer, panel
from liptako.charts.readers import Rows, known, near, require
from liptako.charts.theme import BAND, FORECAST, INK, LEAST_TOP, label_px, panel_title
from liptako.words import deaths as words
from liptako.words.dates import is_span, leads_of, period_name, small_print
from liptako.words.numbers import exact


def annual_chart(
    totals: pd.DataFrame,
    *,
    countries: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    shared_x: bool | None = None,
    columns: int = 3,
    width: int = 270,
    height: int = 96,
) -> alt.ConcatChart:
    """Draw annual totals, recorded as bars and simulated as intervals, one panel a country.

    Monthly quantiles do not add up, so these totals must come from whole members.

    Args:
        totals: `country, period, observed, q05, q50, q95`, people killed; periods that are
            not a year are left out.
        countries: ISO3 code to name, in the order of the panels.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        shared_x: one scale for all panels; if not said, only where that flattens none.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column or has no row for any of the countries.
    """
    columns_needed = ["country", "period", "observed", "q05", "q50", "q95"]
    table = require(totals, columns_needed, "deaths_country_period")
    table = table[table["period"].map(is_span) & table["country"].isin(list(countries))]
    table = require(table, columns_needed, "deaths_country_period")[columns_needed].copy()
    table["year"] = [period_name(str(period), init_month) for period in table["period"]]
    periods = sorted(table["period"].unique(), key=leads_of)
    order = [period_name(period, init_month) for period in periods]
    most = table[["observed", "q95"]].max(axis=1).groupby(table["country"]).max() * 1.02
    tops = {code: max(float(most[code]), LEAST_TOP) for code in countries if code in most.index}
    top = max(tops.values())
    own = apart([*tops.values()]) if shared_x is None else not shared_x
    panels = []
    for code, limit in tops.items():
        rows = table[table["country"] == code].drop(columns=["country", "period"])
        rows = rows.round(0).assign(place=countries[code])
        layers = _layers(rows, order, limit if own else top)
        panels.append(panel(layers, width, height, panel_title(countries[code])))
    return frame(
        concat(panels, columns=columns),
        title=title or finding(table, countries, init_month),
        lines=small_print(words.say["annual"], init_month, source),
        description=describe(table, countries),
        layout={
            "columns": columns,
            "width": width,
            "height": height,
            "min_width": 150,
            "pad": label_px(order),
        },
        scales=("x", top) if own and len(panels) > 1 else None,
    )


def finding(totals: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the sentence above the totals: the deadliest country of the next year."""
    before, next_ = near(totals)
    ahead = totals[totals["period"] == next_].sort_values("q50")
    if ahead.empty:
        return words.say["annual_none"]
    row = ahead.iloc[-1]
    seen = totals[
        (totals["period"] == before) & (totals["country"] == row["country"])
    ]["observed"].dropna()  # fmt: skip
    return words.annual_finding(
        country=countries[row["country"]],
        year=period_name(next_, init_month),
        middle=row["q50"],
        low=row["q05"],
        high=row["q95"],
        seen=None if seen.empty else known(seen.iloc[0]),
        last_year=period_name(before, init_month),
    )


def describe(totals: Rows, countries: Mapping[str, str]) -> str:
    """Return the text alternative: every number that the chart shows."""
    parts = [words.say["annual_words"]]
    for code, name in countries.items():
        for row in totals[totals["country"] == code].to_dict("records"):
            where = {"country": name, "year": row["year"]}
            if pd.notna(row["observed"]):
                parts.append(words.say("annual_recorded", **where, seen=exact(row["observed"])))
            elif pd.notna(row["q50"]):
                low, middle, high = (float(row[name]) for name in ("q05", "q50", "q95"))
                parts.append(words.annual_country(**where, middle=middle, low=low, high=high))
    return " ".join(parts)


_TIPS = (("q50", "tip_middle"), ("q05", "tip_from"), ("q95", "tip_to"))


def _layers(rows: Rows, order: list[str], top: float) -> list[Spec]:
    look = {"labelLimit": 170, "ticks": False, "offset": 8, "domain": False}
    y = field("year:N", sort=order, title=None, axis=look)
    scale = {"domain": [0, top], "nice": False}
    axis = {"title": None, "tickCount": 4, "tickMinStep": 1, "format": ",d"}

    def x(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=axis)

    seen = rows[rows["observed"].notna()][["place", "year", "observed"]]
    ahead = rows[rows["observed"].isna()][["place", "year", "q05", "q50", "q95"]].dropna()
    where = [field("place:N", title=words.say["tip_country"])]
    where.append(field("year:N", title=words.say["tip_year"]))
    recorded = [*where, field("observed:Q", title=words.say["tip_recorded"], format=",.0f")]
    tips = [*where, *(field(f"{n}:Q", title=words.say[t], format=",.0f") for n, t in _TIPS)]
    line = {"color": BAND, "strokeWidth": 5}
    dot = {"color": FORECAST, "filled": True, "size": 90, "opacity": 1}
    return [
        layer(seen, "bar", {"color": INK, "size": 14}, y=y, x=x("observed"), tooltip=recorded),
        layer(ahead, "rule", line, y=y, x=x("q05"), x2=field("q95")),
        layer(ahead, "point", dot, y=y, x=x("q50"), tooltip=tips),
    ]
