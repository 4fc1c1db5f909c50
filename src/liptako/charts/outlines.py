"""Outlines of countries with their names, drawn over a map."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from liptako.charts.panels import Spec, field, layer
from liptako.charts.theme import INK
from liptako.errors import InputError

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

_LABEL_PX = 10


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


def axes(bounds: Bounds, x: str, y: str) -> Spec:
    """Return the encodings of degrees east and north within bounds."""
    west, south, east, north = bounds
    return {
        "x": field(f"{x}:Q", axis=None, scale={"domain": [west, east], "nice": False}),
        "y": field(f"{y}:Q", axis=None, scale={"domain": [south, north], "nice": False}),
    }


def outline_layers(
    outlines: Mapping[str, Any] | None, countries: Mapping[str, str], bounds: Bounds, width: int
) -> Iterator[Spec]:
    """Yield the outlines of countries and their names; nothing where there are none.

    Args:
        outlines: GeoJSON from `read_outlines`.
        countries: ISO3 code to name.
        bounds: of the map.
        width: of a panel, in pixels.
    """
    if outlines is None:
        return
    rings = pd.DataFrame(_vertices(outlines), columns=["ring", "step", "lon", "lat"])
    line = {"color": "#4d4d4d", "strokeWidth": 0.8, "interpolate": "linear"}
    place = axes(bounds, "lon", "lat")
    step: Spec = {"detail": field("ring:N"), "order": field("step:Q")}
    yield layer(rings, "line", {"aria": False, "clip": True} | line, **place, **step)
    named = pd.DataFrame(labels(outlines, countries, bounds, width))
    if named.empty:
        return
    look = {"fontSize": _LABEL_PX, "aria": False, "clip": True}
    halo = {"stroke": "#ffffff", "strokeWidth": 2.5, "strokeJoin": "round", "opacity": 0.8}
    for paint in (halo, {"color": INK}):
        yield layer(named, "text", look | paint, **place, text=field("name:N"))


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


def labels(
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
