"""Maps of chances by region and by grid cell: never of medians; the unobserved is never blank."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.outlines import Bounds, axes, outline_layers
from liptako.charts.panels import Spec, concat, field, layer, lookup, panel
from liptako.charts.readers import Rows, region_table, require, windows_in
from liptako.charts.theme import (
    CLASS_COLOURS,
    CLASS_EDGES,
    OUTSIDE,
    classes,
    panel_title,
)
from liptako.charts.tiles import HALF_DEG, beyond, borders, strips
from liptako.words import places as words
from liptako.words.dates import month_name, small_print
from liptako.words.numbers import in_hundred

_WRAP = 34
"""Characters a line of a panel\'s heading."""

_COLUMNS = [
    "gid", "lat", "lon", "country", "region", "region_name", "observed", "lead", "p_any", "p_25",
]  # fmt: skip
_CHANCES = {"p_25": 25, "p_any": 1}
"""Columns of cells, with the deaths that they are the chance of."""

_TOP = 5
"""Regions named in the text alternative."""


def map_chart(
    cells: pd.DataFrame,
    regions: pd.DataFrame | None = None,
    *,
    init_month: int,
    source: str,
    outlines: Mapping[str, Any] | None = None,
    countries: Mapping[str, str] | None = None,
    leads: Sequence[int] | None = None,
    title: str | None = None,
    columns: int | None = None,
    width: int | None = None,
) -> alt.ConcatChart:
    """Draw the chance of deaths by region, beside that by cell: a row a threshold and lead.

    Args:
        cells: `gid, lat, lon, country, region, region_name, observed, lead, p_any, p_25`, a row a
            cell and lead; the chances refer to that month alone and are ignored where `observed`
            is false.
        regions: the table of regions, whose chances refer to all months up to a lead; without it
            cells are drawn alone.
        init_month: last month that was seen.
        source: the source line.
        outlines: GeoJSON from `read_outlines`, drawn over the cells.
        countries: ISO3 code to name, for labels and tooltips.
        leads: months ahead; when absent the longest that both tables have, or all of the cells'.
        title: the finding; computed from the tables when absent.
        columns: panels a row.
        width: of one panel, in pixels; the height follows from the latitude.

    Raises:
        InputError: a column is missing, a lead has no rows, a chance lies outside 0 to 1.
    """
    require(cells, _COLUMNS, "cells")
    known = [] if regions is None else windows_in(regions)
    leads = _leads(cells, known) if leads is None else leads
    for lead in leads:
        require(cells[cells["lead"] == lead], _COLUMNS, f"cells at lead {lead}")
    beside = [lead for lead in leads if lead in known]
    columns = columns or (4 if beside else 3)
    width = width or 300
    names = countries or {}
    table, places = _wide(cells, leads), _named(cells, names)
    bounds = _bounds(table)
    west, south, east, north = bounds
    middle = math.radians((south + north) / 2)
    height = round(width * (north - south) / ((east - west) * math.cos(middle)))
    over = list(outline_layers(outlines, names, bounds, width))
    one = cells[cells["lead"] == leads[0]]
    land = one[["lat", "lon", "region", "observed"]]
    if outlines is not None:
        rest = beyond(one, outlines, names)
        land = pd.concat([land, rest.rename(columns={"country": "region"})], ignore_index=True)
    edges, tiles = borders(one), _tiles(land, regions if beside else None, beside)
    ground = _ground(bounds)
    panels = []
    for column, number in _CHANCES.items():
        for lead in leads:
            what, date = words.say[column], month_name(init_month + int(lead))
            if lead in beside:
                heading = words.say("panel_regions", what=what, months=lead, date=date)
                chance = f"p_{number}_in_{lead}"
                layers = [*_region_layers(tiles, edges, places, chance, bounds), *over]
                panels.append(panel([ground, *layers], width, height, panel_title(heading, _WRAP)))
            heading = words.say("panel", what=what, date=date)
            layers = [*_cell_layers(table, tiles, places, f"{column}_{lead}", bounds), *over]
            panels.append(panel([ground, *layers], width, height, panel_title(heading, _WRAP)))
    definition = words.say("definition", unobserved=words.say["unobserved"])
    if beside:
        definition = f"{words.say['definition_regions']} {definition}"
    told = regions if beside else None
    return frame(
        concat(panels, columns=columns),
        title=title or finding(cells, told, init_month, leads),
        lines=small_print(definition, init_month, source),
        description=describe(cells, told, init_month, leads, names),
        layout={
            "columns": columns, "width": width, "height": height,
            "min_width": 200, "pad": 4, "ratio": round(height / width, 4),
        },
    )  # fmt: skip


def finding(cells: Rows, regions: Rows | None, init_month: int, leads: Sequence[int]) -> str:
    """Return the sentence above the map: in how many places deaths are likely."""
    lead = leads[0]
    if regions is not None:
        lead = max(set(leads) & set(windows_in(regions)))
        rows, date = region_table(regions), month_name(init_month + int(lead))
        own = rows[rows["counted_in"] == ""]
        hot = int((own[f"p_25_in_{lead}"] > 0.5).sum())
        start = words.say(
            "finding_regions", what=words.say["p_25"], date=date, hot=hot, known=len(own)
        )
        unknown = len(regions) - len(rows)
        return words.say("finding_unknown", start=start, unknown=unknown) if unknown else start
    rows = cells[(cells["lead"] == lead) & cells["observed"].astype(bool)]
    hot, n = int((rows["p_any"] >= 0.2).sum()), len(rows)
    date = month_name(init_month + int(lead))
    return words.say("finding", date=date, hot=f"{hot:,}", cells=f"{n:,}")


def describe(
    cells: Rows,
    regions: Rows | None,
    init_month: int,
    leads: Sequence[int],
    countries: Mapping[str, str],
) -> str:
    """Return the text alternative: places by class, the likeliest regions, the unobserved."""
    parts = [] if regions is None else _regions_in_words(regions, init_month, leads, countries)
    first = cells[cells["lead"] == leads[0]]
    blind = int((~first["observed"].astype(bool)).sum())
    parts.append(words.say("words", blind=f"{blind:,}", unobserved=words.say["unobserved"]))
    for column in _CHANCES:
        for lead in leads:
            rows = cells[(cells["lead"] == lead) & cells["observed"].astype(bool)]
            places = {"what": words.say[column], "date": month_name(init_month + int(lead))}
            parts.append(words.say("words_panel", **places, items=_by_class(rows[column])))
    return " ".join(parts)


def _regions_in_words(
    regions: Rows, init_month: int, leads: Sequence[int], countries: Mapping[str, str]
) -> list[str]:
    rows = region_table(regions)
    parts = []
    for column, number in _CHANCES.items():
        for lead in sorted(set(leads) & set(windows_in(regions))):
            chance = f"p_{number}_in_{lead}"
            own = rows[rows["counted_in"] == ""].sort_values(chance, ascending=False, kind="stable")
            likeliest = [
                words.say(
                    "words_region", region=row["region_name"],
                    country=countries.get(row["country"], row["country"]),
                    chance=in_hundred(row[chance]),
                )
                for row in own.head(_TOP).to_dict("records")
            ]  # fmt: skip
            parts.append(
                words.say(
                    "words_regions", what=words.say[column],
                    date=month_name(init_month + int(lead)), items=_by_class(own[chance]),
                    names="; ".join(likeliest), blind=len(regions) - len(rows),
                    unobserved=words.say["unobserved"],
                )
            )  # fmt: skip
    return parts


def _by_class(chances: Rows) -> str:
    names, counts = words.classes(), classes(chances).value_counts()
    items = [
        words.say("words_item", name=names[int(k)], cells=f"{counts[k]:,}")  # type: ignore[call-overload]
        for k in sorted(counts.index)
    ]
    return ", ".join(items)


def _leads(cells: Rows, windows: Sequence[int]) -> list[int]:
    """Return the longest lead that regions have too; all of the cells' where there is none."""
    leads = sorted({int(lead) for lead in cells["lead"]})
    return [lead for lead in leads if lead in windows][-1:] or leads


def _named(cells: Rows, countries: Mapping[str, str]) -> pd.DataFrame:
    """Return what tooltips call each region, its cells, and what is unknown of it."""
    rows = cells.drop_duplicates("region")
    unknown = words.say["unobserved"]
    found = []
    for row in rows.to_dict("records"):
        country = countries.get(row["country"], row["country"])
        named = {"region": row["region_name"], "country": country}
        place = words.say("tip_region", **named)
        blind = words.say("tip_unknown", place=place, unobserved=unknown)
        cell = words.say("tip_cell", **named)
        found.append({"region": row["region"], "place": place, "cell": cell, "blind": blind})
    for code, country in countries.items():  # land on which no cell lies
        blind = words.say("tip_unknown", place=country, unobserved=unknown)
        found.append({"region": code, "place": country, "cell": country, "blind": blind})
    return pd.DataFrame(found)


def _tiles(cells: Rows, regions: Rows | None, windows: Sequence[int]) -> pd.DataFrame:
    """Return strips of cells with the chances of their regions, in 100."""
    tiles = strips(cells)
    if regions is None:
        return tiles
    chances = regions.set_index("region")
    for months in windows:
        for number in _CHANCES.values():
            column = f"p_{number}_in_{months}"
            classes(chances[column])
            known = tiles["region"].map((chances[column] * 100).round(1))
            tiles[column] = known.where(tiles["seen"] == 1)
    return tiles


def _wide(cells: Rows, leads: Sequence[int]) -> pd.DataFrame:
    base = cells.drop_duplicates("gid").set_index("gid")
    table = base[["lon", "lat", "region"]].copy()
    table["seen"] = base["observed"].astype(bool).astype(int)
    for lead in leads:
        rows = cells[cells["lead"] == lead].set_index("gid")
        for column in _CHANCES:
            known = rows[column].where(rows["observed"].astype(bool))
            classes(known)
            table[f"{column}_{lead}"] = (known * 100).round(1).reindex(table.index)
    return table.reset_index(drop=True)


def _bounds(table: Rows) -> Bounds:
    return (
        float(table["lon"].min()) - 2 * HALF_DEG,
        float(table["lat"].min()) - 2 * HALF_DEG,
        float(table["lon"].max()) + 2 * HALF_DEG,
        float(table["lat"].max()) + 2 * HALF_DEG,
    )


def _ground(bounds: Bounds) -> Spec:
    west, south, east, north = bounds
    ground = pd.DataFrame({"w": [west], "s": [south], "e": [east], "n": [north]})
    return layer(ground, "rect", {"color": OUTSIDE, "aria": False}, **_boxes(bounds))


def _boxes(bounds: Bounds) -> Spec:
    return axes(bounds, "w", "s") | {"x2": field("e"), "y2": field("n")}


def _colour(column: str) -> tuple[Spec, Spec]:
    """Return the transform to classes of chance, and their colours with the key."""
    legend = {
        "title": words.say["legend"],
        "symbolType": "square",
        "symbolStrokeColor": "#999999",
        "symbolStrokeWidth": 1,
        "symbolSize": 170,
        "columns": 6,
    }
    scale = {"domain": words.classes(), "range": list(CLASS_COLOURS)}
    named: Spec = {"calculate": _class_words(column), "as": "chance"}
    return named, field("chance:O", scale=scale, legend=legend)


def _region_layers(
    tiles: Rows, edges: Rows, places: Rows, column: str, bounds: Bounds
) -> Iterator[Spec]:
    named, colour = _colour(column)
    steps = [
        {"filter": f"isValid(datum.{column})"},
        {"calculate": "datum.n + 0.02", "as": "n"},  # a hair of overlap, or seams show
        lookup("region", places, ["place"]),
        named,
    ]
    tips = [
        field("place:N", title=words.say["tip_place"]),
        field(f"{column}:Q", title=words.say["tip_chance"]),
    ]
    look = {"aria": False}
    yield layer(tiles, "rect", look, transform=steps, **_boxes(bounds), fill=colour, tooltip=tips)
    yield from _blind_layers(tiles, places, f"!isValid(datum.{column})", bounds)
    line = {"aria": False, "color": "#8c8c8c", "strokeWidth": 0.6, "strokeCap": "square"}
    yield layer(edges, "rule", line, **_boxes(bounds))


def _blind_layers(tiles: Rows, places: Rows, which: str, bounds: Bounds) -> Iterator[Spec]:
    """Yield what is unknown: diagonal lines, one a cell, that say so where they are pointed at."""
    steps: list[Spec] = [{"filter": which}, lookup("region", places, ["blind"])]
    tip = field("blind:N", title=words.say["tip_place"])
    ground = {"color": OUTSIDE, "aria": False}
    yield layer(tiles, "rect", ground, transform=steps, **_boxes(bounds), tooltip=tip)
    apart: list[Spec] = [
        {"filter": which},
        {"calculate": f"sequence(datum.w, datum.e - {HALF_DEG}, {2 * HALF_DEG})", "as": "w"},
        {"flatten": ["w"]},
        {"calculate": f"datum.w + {2 * HALF_DEG}", "as": "e"},
    ]
    look = {"aria": False, "color": "#9a9a9a", "strokeWidth": 0.7}
    yield layer(tiles, "rule", look, transform=apart, **_boxes(bounds))


def _cell_layers(
    table: Rows, tiles: Rows, places: Rows, column: str, bounds: Bounds
) -> Iterator[Spec]:
    named, colour = _colour(column)
    half = HALF_DEG + 0.01  # a hair of overlap, or seams show between cells
    corners = {
        "w": f"datum.lon - {half}",
        "e": f"datum.lon + {half}",
        "s": f"datum.lat - {half}",
        "n": f"datum.lat + {half}",
    }
    steps: list[Spec] = [
        {"filter": "datum.seen == 1"},
        *({"calculate": text, "as": name} for name, text in corners.items()),
        lookup("region", places, ["cell"]),
        named,
    ]
    tips = [
        field(f"{column}:Q", title=words.say["tip_chance"]),
        field("cell:N", title=words.say["tip_place"]),
        field("lat:Q"),
        field("lon:Q"),
    ]
    look = {"aria": False}
    yield layer(table, "rect", look, transform=steps, **_boxes(bounds), fill=colour, tooltip=tips)
    yield from _blind_layers(tiles, places, "datum.seen == 0", bounds)


def _class_words(column: str) -> str:
    *names, last = words.classes()
    text = f"'{last}'"
    for edge, name in reversed(list(zip(CLASS_EDGES[1:-1], names, strict=True))):
        text = f"datum.{column} < {edge * 100:g} ? '{name}' : {text}"
    return text
