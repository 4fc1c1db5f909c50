"""Maps of chances by grid cell: never of medians, and what is unobserved is never blank."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, require
from liptako.charts.theme import (
    CLASS_COLOURS,
    CLASS_EDGES,
    INK,
    OUTSIDE,
    classes,
    panel_title,
)
from liptako.errors import InputError
from liptako.words import places as words
from liptako.words.dates import month_name, small_print

HALF_DEG = 0.25
"""Half the side of a PRIO-GRID cell, in degrees."""

_COLUMNS = ["gid", "lat", "lon", "observed", "lead", "p_any", "p_25"]
_CHANCES = ("p_any", "p_25")
_LABEL_PX = 10
Bounds = tuple[float, float, float, float]


def read_outlines(path: str | Path) -> dict[str, Any]:
    """Read country outlines (GeoJSON, properties `iso3` and `name`).

    Raises:
        InputError: the file is not such a collection.
    """
    try:
        collection = json.loads(Path(path).read_text(encoding="utf-8"))
        for feature in collection["features"]:
            _ = feature["properties"]["iso3"], feature["geometry"]["coordinates"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"cannot read outlines ({error})", file=path, allowed="GeoJSON") from error
    return collection


def map_chart(
    cells: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    outlines: Mapping[str, Any] | None = None,
    countries: Mapping[str, str] | None = None,
    leads: Sequence[int] | None = None,
    title: str | None = None,
    columns: int = 3,
    width: int = 300,
) -> alt.ConcatChart:
    """Draw the chance of deaths by cell: a row a threshold, a column a lead.

    Args:
        cells: `gid, lat, lon, observed, lead, p_any, p_25`, a row a cell and lead; the
            chances refer to that month alone and are ignored where `observed` is false.
        init_month: last month that was seen.
        source: the source line.
        outlines: GeoJSON from `read_outlines`, drawn over the cells.
        countries: ISO3 code to name, for the labels on the map.
        leads: months ahead; all that the table has when absent.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels; the height follows from the latitude.

    Raises:
        InputError: a column is missing, a lead has no rows, a chance lies outside 0 to 1.
    """
    require(cells, _COLUMNS, "cells")
    leads = sorted({int(lead) for lead in cells["lead"]}) if leads is None else leads
    for lead in leads:
        require(cells[cells["lead"] == lead], _COLUMNS, f"cells at lead {lead}")
    table = _wide(cells, leads)
    bounds = _bounds(table)
    west, south, east, north = bounds
    middle = math.radians((south + north) / 2)
    height = round(width * (north - south) / ((east - west) * math.cos(middle)))
    over = list(_outline_layers(outlines, countries or {}, bounds, width))
    panels = []
    for column in _CHANCES:
        for lead in leads:
            date = month_name(init_month + int(lead))
            heading = words.say("panel", what=words.say[column], date=date)
            layers = [*_cell_layers(table, f"{column}_{lead}", bounds), *over]
            panels.append(panel(layers, width, height, panel_title(heading)))
    definition = words.say("definition", unobserved=words.say["unobserved"])
    return frame(
        concat(panels, columns=columns),
        title=title or finding(cells, init_month, leads),
        lines=small_print(definition, init_month, source),
        description=describe(cells, init_month, leads),
        layout={
            "columns": columns, "width": width, "height": height,
            "min_width": 215, "pad": 4, "ratio": round(height / width, 4),
        },
    )  # fmt: skip


def finding(cells: Rows, init_month: int, leads: Sequence[int]) -> str:
    """Return the sentence above the map: how many cells are likely to see deaths."""
    lead = leads[0]
    rows = cells[(cells["lead"] == lead) & cells["observed"].astype(bool)]
    hot, n = int((rows["p_any"] >= 0.2).sum()), len(rows)
    date = month_name(init_month + int(lead))
    return words.say("finding", date=date, hot=f"{hot:,}", cells=f"{n:,}")


def describe(cells: Rows, init_month: int, leads: Sequence[int]) -> str:
    """Return the text alternative: the number of cells in each class, and the unobserved."""
    first = cells[cells["lead"] == leads[0]]
    blind = int((~first["observed"].astype(bool)).sum())
    parts = [words.say("words", blind=f"{blind:,}", unobserved=words.say["unobserved"])]
    names = words.classes()
    for column in _CHANCES:
        for lead in leads:
            rows = cells[(cells["lead"] == lead) & cells["observed"].astype(bool)]
            counts = classes(rows[column]).value_counts()
            items = [
                words.say("words_item", name=names[int(k)], cells=f"{counts[k]:,}")  # type: ignore[call-overload]
                for k in sorted(counts.index)
            ]
            places = {"what": words.say[column], "date": month_name(init_month + int(lead))}
            parts.append(words.say("words_panel", **places, items=", ".join(items)))
    return " ".join(parts)


def _wide(cells: Rows, leads: Sequence[int]) -> pd.DataFrame:
    base = cells.drop_duplicates("gid").set_index("gid")
    table = base[["lon", "lat"]].copy()
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


def _axes(bounds: Bounds, x: str, y: str) -> Spec:
    west, south, east, north = bounds
    return {
        "x": field(f"{x}:Q", axis=None, scale={"domain": [west, east], "nice": False}),
        "y": field(f"{y}:Q", axis=None, scale={"domain": [south, north], "nice": False}),
    }


def _cell_layers(table: Rows, column: str, bounds: Bounds) -> Iterator[Spec]:
    west, south, east, north = bounds
    ground = pd.DataFrame({"w": [west], "s": [south], "e": [east], "n": [north]})
    boxes: Spec = _axes(bounds, "w", "s") | {"x2": field("e"), "y2": field("n")}
    yield layer(ground, "rect", {"color": OUTSIDE, "aria": False}, **boxes)
    half = HALF_DEG + 0.01  # a hair of overlap, or seams show between cells
    corners = {
        "w": f"datum.lon - {half}",
        "e": f"datum.lon + {half}",
        "s": f"datum.lat - {half}",
        "n": f"datum.lat + {half}",
        "chance": _class_words(column),
    }
    placed: list[Spec] = [{"calculate": text, "as": name} for name, text in corners.items()]
    legend = {
        "title": words.say["legend"],
        "symbolType": "square",
        "symbolStrokeColor": "#999999",
        "symbolStrokeWidth": 1,
        "symbolSize": 170,
        "columns": 6,
    }
    scale = {"domain": words.classes(), "range": list(CLASS_COLOURS)}
    colour = field("chance:O", scale=scale, legend=legend)
    tips = [field(f"{column}:Q", title=words.say["tip_chance"]), field("lat:Q"), field("lon:Q")]
    seen, blind = ([*placed, {"filter": f"datum.seen == {is_seen}"}] for is_seen in (1, 0))
    look = {"aria": False}
    yield layer(table, "rect", look, transform=seen, **boxes, fill=colour, tooltip=tips)
    look |= {"color": "#9a9a9a", "strokeWidth": 0.7}
    yield layer(table, "rule", look, transform=blind, **boxes)


def _class_words(column: str) -> str:
    *names, last = words.classes()
    text = f"'{last}'"
    for edge, name in reversed(list(zip(CLASS_EDGES[1:-1], names, strict=True))):
        text = f"datum.{column} < {edge * 100:g} ? '{name}' : {text}"
    return text


def _outline_layers(
    outlines: Mapping[str, Any] | None, countries: Mapping[str, str], bounds: Bounds, width: int
) -> Iterator[Spec]:
    if outlines is None:
        return
    rings = pd.DataFrame(_vertices(outlines), columns=["ring", "step", "lon", "lat"])
    line = {"color": "#4d4d4d", "strokeWidth": 0.8, "interpolate": "linear"}
    place = _axes(bounds, "lon", "lat")
    step: Spec = {"detail": field("ring:N"), "order": field("step:Q")}
    yield layer(rings, "line", {"aria": False, "clip": True} | line, **place, **step)
    labels = pd.DataFrame(_labels(outlines, countries, bounds, width))
    if labels.empty:
        return
    look = {"fontSize": _LABEL_PX, "aria": False, "clip": True}
    halo = {"stroke": "#ffffff", "strokeWidth": 2.5, "strokeJoin": "round", "opacity": 0.8}
    for paint in (halo, {"color": INK}):
        yield layer(labels, "text", look | paint, **place, text=field("name:N"))


def _polygons(feature: Mapping[str, Any]) -> list[Any]:
    geometry = feature["geometry"]
    many = geometry["type"] == "MultiPolygon"
    return list(geometry["coordinates"] if many else [geometry["coordinates"]])


def _vertices(outlines: Mapping[str, Any]) -> Iterator[tuple[int, int, float, float]]:
    ring = 0
    for feature in outlines["features"]:
        for polygon in _polygons(feature):
            for points in polygon:
                ring += 1
                for step, (lon, lat) in enumerate(points):
                    yield ring, step, lon, lat


def _labels(
    outlines: Mapping[str, Any], countries: Mapping[str, str], bounds: Bounds, width: int
) -> Iterator[dict[str, Any]]:
    """Yield a label a country, the largest first, where it covers no other; else none."""
    from shapely.geometry import MultiPolygon, box, shape

    px_per_deg = width / (bounds[2] - bounds[0])
    view = box(*bounds)
    found = []
    for feature in outlines["features"]:
        code = feature["properties"]["iso3"]
        seen = shape(feature["geometry"]).intersection(view)
        if code in countries and not seen.is_empty:
            parts = list(seen.geoms) if isinstance(seen, MultiPolygon) else [seen]
            found.append((max(parts, key=lambda part: part.area), code))
    taken: list[Any] = []
    for land, code in sorted(found, key=lambda item: -item[0].area):
        west, south, east, north = land.bounds
        fits = (east - west) * px_per_deg > 0.58 * _LABEL_PX * len(countries[code])
        name = countries[code] if fits else code
        half = (0.31 * _LABEL_PX * len(name) / px_per_deg, 0.6 * _LABEL_PX / px_per_deg)
        centre = land.centroid if land.contains(land.centroid) else land.representative_point()
        for y in (centre.y, (centre.y + south) / 2, (centre.y + north) / 2, south - 1.2 * half[1]):
            spot = box(centre.x - half[0], y - half[1], centre.x + half[0], y + half[1])
            if not any(spot.intersects(other) for other in taken):
                taken.append(spot)
                yield {"name": name, "lon": round(centre.x, 2), "lat": round(y, 2)}
                break
