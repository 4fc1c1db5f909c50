"""Regimes in power, month by month, beside what became of regimes like them."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, key_colour, keyed, layer, panel, place_name
from liptako.charts.readers import Rows, known, require
from liptako.charts.theme import BAND, EDGE, FORECAST, panel_title
from liptako.words import regimes as words
from liptako.words.dates import month_name, small_print

COLOURS = {"simulated": FORECAST, "reference": "#4d4d4d"}
_COLUMNS = ["country", "lead", "p", "lo", "hi", "reference", "reference_lo", "reference_hi"]


def survival_chart(
    regime_survival: pd.DataFrame,
    *,
    countries: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 250,
    height: int = 190,
) -> alt.ConcatChart:
    """Draw survival of the regime in power, one panel a country.

    Args:
        regime_survival: `country, lead, p, lo, hi, reference, reference_lo, reference_hi`:
            months ahead, simulated survival with its range over assumption sets, and that of
            the reference class with its interval (missing where there is none).
        countries: ISO3 code to name, in the order of the panels.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column or has no row for any of the countries.
    """
    table = require(regime_survival, _COLUMNS, "regime_survival")
    table = require(table[table["country"].isin(list(countries))], _COLUMNS, "regime_survival")
    shown = {code: name for code, name in countries.items() if (table["country"] == code).any()}
    panels = []
    for code, name in shown.items():
        rows = table.loc[table["country"] == code, _COLUMNS[1:]].sort_values("lead").round(4)
        layers = _layers(rows, int(table["lead"].max()), name)
        panels.append(panel(layers, width, height, panel_title(name)))
    return frame(
        concat(panels, columns=columns),
        title=title or finding(table, shown, init_month),
        lines=small_print(words.say["survival"], init_month, source),
        description=describe(table, shown, init_month),
        layout={"columns": columns, "width": width, "height": height, "min_width": 150, "pad": 34},
    )


def finding(table: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the sentence above the curves: who is still in power at the end, beside the class."""
    lead = int(table["lead"].max())
    parts = []
    for code, name in countries.items():
        row = _at(table, code, lead)
        if row is None:
            continue
        low, high, past = (known(row[column]) for column in ("lo", "hi", "reference"))
        parts.append(words.in_power(country=name, share=row["p"], low=low, high=high, past=past))
    date = month_name(init_month + lead)
    return words.say("finding", date=date, countries=", ".join(parts))


def describe(table: Rows, countries: Mapping[str, str], init_month: int) -> str:
    """Return the text alternative: survival at the ends of years, and of the reference class."""
    last = int(table["lead"].max())
    leads = sorted({*range(12, last, 12), last})
    parts = [words.say["words"]]
    past = ("reference", "reference_lo", "reference_hi")
    for code, name in countries.items():
        for lead in leads:
            row = _at(table, code, lead)
            if row is None:
                continue
            parts.append(
                words.in_power_words(
                    country=name,
                    date=month_name(init_month + lead),
                    share=row["p"],
                    low=known(row["lo"]),
                    high=known(row["hi"]),
                    past=[known(row[column]) for column in past],
                )
            )
    return " ".join(parts)


def _at(table: Rows, code: str, lead: int) -> Rows | None:
    rows = table[(table["country"] == code) & (table["lead"] == lead)]
    return None if rows.empty else rows.iloc[0]


def _layers(rows: Rows, last: int, where: str) -> list[Spec]:
    ahead = words.say["axis_ahead"]
    ticks = {"values": list(range(0, last + 1, 12)), "title": ahead, "grid": False}
    x = field("lead:Q", scale={"domain": [0, last], "nice": False}, axis=ticks)
    scale = {"domain": [0, 1], "nice": False}
    axis = {"title": None, "values": [0, 0.25, 0.5, 0.75, 1], "labelExpr": "100 * datum.value"}

    def y(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=axis)

    keys = {key: (words.say[key], colour) for key, colour in COLOURS.items()}
    colour = key_colour(keys)

    def curve(rows: Rows, key: str, look: Spec, column: str) -> Spec:
        name = keyed(keys[key][0])
        return layer(rows, "line", look, transform=[name], color=colour, x=x, y=y(column))

    past = rows[["lead", "reference"]].dropna()
    band = rows[["lead", "reference_lo", "reference_hi"]].dropna()
    future = rows[["lead", "p", "lo", "hi"]].dropna()
    named = (("p", "simulated"), ("lo", "tip_from"), ("hi", "tip_to"))
    tips = [
        field("place:N", title=words.say["tip_country"]),
        field("lead:Q", title=ahead),
        *(field(f"{name}:Q", title=words.say[t], format=".2f") for name, t in named),
    ]
    grey = {"interpolate": "step-after", "fill": "#dfdfdf", "stroke": EDGE, "strokeWidth": 0.7}
    dashed = {"interpolate": "step-after", "strokeDash": [5, 3], "strokeWidth": 1.6}
    blue = {"fill": FORECAST, "fillOpacity": 0.25, "stroke": BAND, "strokeWidth": 0.7}
    return [
        layer(band, "area", grey, x=x, y=y("reference_lo"), y2=field("reference_hi")),
        layer(future, "area", blue, x=x, y=y("lo"), y2=field("hi")),
        curve(past, "reference", dashed, "reference"),
        curve(future, "simulated", {"strokeWidth": 2.4}, "p"),
        layer(
            future, "rule", {"opacity": 0, "strokeWidth": 8},
            transform=[place_name(where)], x=x, tooltip=tips,
        ),
    ]  # fmt: skip
