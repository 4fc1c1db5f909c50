"""Annual totals: the year that was recorded beside the years that are simulated."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from liptako.calendar import format_month, month_of_year, year_of
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.theme import (
    FORECAST,
    INK,
    Rows,
    frame,
    label_px,
    panel_title,
    require,
    rounded,
    small_print,
)

YEARS = {"last_12_months": -11, "next_12_months": 1, "months_13_24": 13}
"""Period to its first month, counted from the init month; each lasts 12 months."""

_DEFINITION = (
    "People killed in a year. Black bar: recorded. Dot: middle of the futures; "
    "line: in 9 of 10 futures the toll lies inside it."
)


def period_name(period: str, init_month: int) -> str:
    """Return a period in words: the calendar year where it is one.

    Example:
        >>> period_name("next_12_months", 528), period_name("next_12_months", 531)
        ('2024', '2024-04 to 2025-03')
    """
    first = init_month + YEARS[period]
    if month_of_year(first) == 1:
        return str(year_of(first))
    return f"{format_month(first)} to {format_month(first + 11)}"


def annual(
    totals: pd.DataFrame,
    *,
    countries: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    shared_x: bool = True,
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
        shared_x: one scale for all panels.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column or has no row for any of the countries.
    """
    columns_needed = ["country", "period", "observed", "q05", "q50", "q95"]
    table = require(totals, columns_needed, "deaths_country_period")
    table = table[table["period"].isin(list(YEARS)) & table["country"].isin(list(countries))]
    table = require(table, columns_needed, "deaths_country_period")[columns_needed].copy()
    table["year"] = [period_name(str(period), init_month) for period in table["period"]]
    order = [period_name(period, init_month) for period in YEARS]
    top = float(table[["observed", "q95"]].max().max()) * 1.02
    panels = []
    for code in [code for code in countries if (table["country"] == code).any()]:
        rows = table[table["country"] == code].drop(columns=["country", "period"])
        limit = top if shared_x else float(rows[["observed", "q95"]].max().max()) * 1.02
        layers = _layers(rows.round(0), order, limit)
        panels.append(panel(layers, width, height, panel_title(countries[code])))
    return frame(
        concat(panels, columns=columns),
        title=title or finding(table, countries, init_month),
        lines=small_print(_DEFINITION, init_month, source),
        description=describe(table, countries),
        layout={
            "columns": columns,
            "width": width,
            "height": height,
            "min_width": 150,
            "pad": label_px(order),
        },
    )


def finding(totals: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the sentence above the totals: the deadliest country of the next year."""
    ahead = totals[totals["period"] == "next_12_months"].sort_values("q50")
    if ahead.empty:
        return "No year is simulated"
    row = ahead.iloc[-1]
    year = period_name("next_12_months", init_month)
    text = f"{countries[row['country']]}, {year}: {rounded(row['q50'])} killed in the middle future"
    text += f", {rounded(row['q05'])} to {rounded(row['q95'])} in 9 of 10"
    seen = totals[
        (totals["period"] == "last_12_months") & (totals["country"] == row["country"])
    ]["observed"].dropna()  # fmt: skip
    if seen.empty:
        return text
    return f"{text}; {int(seen.iloc[0]):,} in {period_name('last_12_months', init_month)}"


def describe(totals: Rows, countries: Mapping[str, str]) -> str:
    """Return the text alternative: every number that the chart shows."""
    parts = ["Annual totals of people killed."]
    for code, name in countries.items():
        for row in totals[totals["country"] == code].itertuples():
            if pd.notna(row.observed):
                parts.append(f"{name}, {row.year}: {int(row.observed):,} recorded.")  # type: ignore[arg-type]
            elif pd.notna(row.q50):
                low, mid, high = (rounded(float(v)) for v in (row.q05, row.q50, row.q95))  # type: ignore[arg-type]
                parts.append(f"{name}, {row.year}: middle {mid}, 9 in 10 futures {low} to {high}.")
    return " ".join(parts)


def _layers(rows: Rows, order: list[str], top: float) -> list[Spec]:
    look = {"labelLimit": 170, "ticks": False, "offset": 8, "domain": False}
    y = field("year:N", sort=order, title=None, axis=look)
    scale = {"domain": [0, top], "nice": False}
    axis = {"title": None, "tickCount": 4, "format": ",d"}

    def x(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=axis)

    seen = rows[rows["observed"].notna()][["year", "observed"]]
    ahead = rows[rows["observed"].isna()][["year", "q05", "q50", "q95"]].dropna()
    recorded = field("observed:Q", title="recorded", format=",.0f")
    tips = [field(f"{name}:Q", format=",.0f") for name in ("q05", "q50", "q95")]
    line = {"color": FORECAST, "strokeWidth": 5, "opacity": 0.35}
    dot = {"color": FORECAST, "filled": True, "size": 90, "opacity": 1}
    return [
        layer(seen, "bar", {"color": INK, "size": 14}, y=y, x=x("observed"), tooltip=recorded),
        layer(ahead, "rule", line, y=y, x=x("q05"), x2=field("q95")),
        layer(ahead, "point", dot, y=y, x=x("q50"), tooltip=tips),
    ]
