"""Deaths by country and month: what was recorded, then the plume of simulated futures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import (
    Spec,
    apart,
    concat,
    field,
    key_colour,
    keyed,
    layer,
    months_axis,
    panel,
    place_name,
)
from liptako.charts.readers import Rows, known, require
from liptako.charts.theme import BAND, FORECAST, INK, LEAST_TOP, MUTED, panel_title
from liptako.words import deaths as words
from liptako.words.dates import month_name, small_print

COLOURS = {
    "recorded": INK,
    "median": FORECAST,
    "half": BAND,
    "nine": "#c9d6e7",
    "member": "#BB5566",
    "again": "#555555",
}


def fan_chart(
    observed: pd.DataFrame,
    forecast: pd.DataFrame,
    members: pd.DataFrame | None = None,
    *,
    countries: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    shared_y: bool | None = None,
    scale: Literal["sqrt", "linear"] = "sqrt",
    history_months: int = 36,
    columns: int = 3,
    width: int = 270,
    height: int = 115,
) -> alt.ConcatChart:
    """Draw the plume of monthly deaths, one panel a country.

    Args:
        observed: `country, month, deaths`; a month without a row is not drawn as zero.
        forecast: `country, month, mean, q05, q25, q50, q75, q95`, people killed a month.
        members: `member, country, month, deaths`, a few single futures; none if absent.
        countries: ISO3 code to name, in the order of the panels.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the tables when absent.
        shared_y: one vertical scale for all panels, so that they can be compared; if not said,
            only where that flattens none.
        scale: `sqrt` keeps small months legible beside large ones.
        history_months: months of the record to draw.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: a table lacks a column or has no rows.

    Example:
        >>> fan_chart(observed, forecast, countries=names, init_month=528,
        ...     source="UCDP GED 24.1").save("fan.html")  # doctest: +SKIP
    """
    bands = ["q05", "q25", "q50", "q75", "q95"]
    require(observed, ["country", "month", "deaths"], "observed")
    plume = require(forecast, ["country", "month", "mean", *bands], "deaths_country_month")
    if members is not None:
        require(members, ["member", "country", "month", "deaths"], "deaths_members")
    record: Rows = observed[
        (observed["month"] <= init_month) & (observed["month"] > init_month - history_months)
    ]
    present = [code for code in countries if (plume["country"] == code).any()]
    tops = {code: max(_top(record, plume, members, [code]), LEAST_TOP) for code in present}
    top = max(tops.values(), default=1.0)
    own = apart([*tops.values()]) if shared_y is None else not shared_y
    panels = []
    for code in present:
        past, future = _of(record, code), _of(plume, code)
        singles = None if members is None else _of(members, code)
        ceiling, where = tops[code] if own else top, countries[code]
        layers = _layers(past, future, singles, init_month, where, top=ceiling, scale=scale)
        panels.append(panel(layers, width, height, panel_title(countries[code])))
    definition = words.say("fan", scale=words.say[f"scale_{scale}"])
    return frame(
        concat(panels, columns=columns),
        title=title or finding(record, plume, countries, init_month),
        lines=small_print(definition, init_month, source),
        description=describe(record, plume, countries, init_month),
        layout={"columns": columns, "width": width, "height": height, "min_width": 180, "pad": 42},
        scales=("y", top) if own and len(panels) > 1 else None,
    )


def finding(observed: Rows, forecast: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the sentence above the plume: who loses most, against the last 12 months."""
    shown = forecast[forecast["country"].isin(list(countries))]
    worst = str(shown.groupby("country")["mean"].mean().idxmax())
    rows = shown[shown["country"] == worst]
    last = _last_year(observed, init_month)
    before = last.loc[last["country"] == worst, "deaths"].mean()
    return words.fan_finding(
        country=countries[worst],
        ahead=rows["mean"].mean(),
        months=rows["month"].nunique(),
        before=known(before),
    )


def describe(observed: Rows, forecast: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the text alternative: last recorded month and the range at the last lead."""
    parts = [words.say("fan_words", date=month_name(init_month))]
    for code, name in countries.items():
        rows = forecast[forecast["country"] == code].sort_values("month")
        if rows.empty:
            continue
        last = _last_year(observed, init_month)
        before = last.loc[last["country"] == code, "deaths"].mean()
        end = rows.iloc[-1]
        parts.append(
            words.fan_country(
                country=name,
                before=known(before),
                date=month_name(int(end["month"])),
                middle=end["q50"],
                low=end["q05"],
                high=end["q95"],
            )
        )
    return " ".join(parts)


def _of(table: Rows, code: str) -> Rows:
    return table[table["country"] == code]


def _last_year(observed: Rows, init_month: int) -> Rows:
    return observed[(observed["month"] > init_month - 12) & (observed["month"] <= init_month)]


def _top(
    observed: Rows,
    forecast: Rows,
    members: Rows | None,
    codes: list[str],
) -> float:
    tables = [(observed, "deaths"), (forecast, "q95")]
    if members is not None:
        tables.append((members, "deaths"))
    tops = [table.loc[table["country"].isin(codes), column].max() for table, column in tables]
    return round(float(pd.Series(tops).max()) * 1.03, 1) or 1.0


def _again(observed: Rows, forecast: Rows, init_month: int) -> pd.DataFrame:
    seen = observed.set_index("month")["deaths"]
    months = forecast["month"].sort_values()
    same = init_month - 11 + (months - init_month - 1) % 12
    return pd.DataFrame({"month": months, "deaths": seen.reindex(same).to_numpy()}).dropna()


def _layers(
    observed: Rows,
    forecast: Rows,
    members: Rows | None,
    init_month: int,
    where: str,
    *,
    top: float,
    scale: str,
) -> list[Spec]:
    first = int(min(observed["month"].min(), init_month)) if len(observed) else init_month
    x = months_axis(first, int(forecast["month"].max()))
    y_scale = {"type": scale, "domain": [0, top], "nice": False}
    y_axis = {"title": None, "tickCount": 5, "tickMinStep": 1, "format": ",d"}

    def y(column: str) -> Spec:
        return field(f"{column}:Q", scale=y_scale, axis=y_axis)

    keys = {key: (words.say[f"key_{key}"], colour) for key, colour in COLOURS.items()}
    colour = key_colour(keys, symbolStrokeWidth=5, columns=6)

    def marked(rows: Rows, mark: str, key: str, look: Spec, **channels: Any) -> Spec:
        name = keyed(keys[key][0])
        return layer(rows, mark, look, transform=[name], x=x, color=colour, **channels)

    quantiles = _light(forecast, ["month", "q05", "q25", "q50", "q75", "q95"])
    quantiles["when"] = [month_name(int(month)) for month in quantiles["month"]]
    tips = [
        field("place:N", title=words.say["tip_country"]),
        field("when:N", title=words.say["tip_month"]),
        field("q50:Q", title=words.say["tip_middle"], format=",.0f"),
        field("q05:Q", title=words.say["tip_from"], format=",.0f"),
        field("q95:Q", title=words.say["tip_to"], format=",.0f"),
    ]
    again = _light(_again(observed, forecast, init_month), ["month", "deaths"])
    record = _light(observed, ["month", "deaths"])
    now = pd.DataFrame({"month": [init_month + 0.5]})
    dashed, thin = {"strokeDash": [4, 3], "strokeWidth": 1.2}, {"strokeWidth": 0.6, "opacity": 0.85}
    edged = {"stroke": BAND, "strokeWidth": 0.8}
    single = []
    if members is not None and len(members):
        rows = _light(members, ["month", "deaths", "member"])
        single = [marked(rows, "line", "member", thin, y=y("deaths"), detail=field("member:N"))]
    return [
        marked(quantiles, "area", "nine", edged, y=y("q05"), y2=field("q95")),
        marked(quantiles, "area", "half", {}, y=y("q25"), y2=field("q75")),
        *single,
        marked(again, "line", "again", dashed, y=y("deaths")),
        marked(quantiles, "line", "median", {"strokeWidth": 2.4}, y=y("q50")),
        marked(record, "line", "recorded", {"strokeWidth": 1.6}, y=y("deaths")),
        layer(now, "rule", {"color": MUTED}, x=x),
        layer(
            quantiles, "rule", {"opacity": 0, "strokeWidth": 8},
            transform=[place_name(where)], x=x, tooltip=tips,
        ),
    ]  # fmt: skip


def _light(table: Rows, columns: list[str]) -> pd.DataFrame:
    return table[columns].sort_values("month").round(1).reset_index(drop=True)
