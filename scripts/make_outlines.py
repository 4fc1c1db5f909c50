"""Make the country outlines that maps are drawn with, from Natural Earth.

Natural Earth is in the public domain. Its npm package `world-atlas` holds it as TopoJSON:

    npm install world-atlas
    python scripts/make_outlines.py node_modules/world-atlas/countries-50m.json

Arcs are simplified before they are joined, so that neighbours keep sharing a border.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon, box, mapping

TARGET = Path(__file__).parents[1] / "src/liptako/theatres/sahel/outlines.geojson"
FRAME = (-19.0, 2.0, 17.0, 30.0)  # west, south, east, north, in degrees
TOLERANCE_DEG = 0.06
SMALLEST_AREA_DEG2 = 0.02
MAX_BYTES = 40_000

# ISO 3166-1: numeric to alpha-3, for every country that reaches into the frame.
ISO3 = {
    "012": "DZA", "120": "CMR", "132": "CPV", "140": "CAF", "148": "TCD", "178": "COG",
    "204": "BEN", "226": "GNQ", "266": "GAB", "270": "GMB", "288": "GHA", "324": "GIN",
    "384": "CIV", "430": "LBR", "434": "LBY", "466": "MLI", "478": "MRT", "504": "MAR",
    "562": "NER", "566": "NGA", "624": "GNB", "678": "STP", "686": "SEN", "694": "SLE",
    "724": "ESP", "732": "ESH", "768": "TGO", "854": "BFA",
}  # fmt: skip
LONG_NAMES = {"W. Sahara": "Western Sahara", "Eq. Guinea": "Equatorial Guinea"}


def decode_arcs(topology: dict) -> list[np.ndarray]:
    """Return each arc of a quantised TopoJSON as simplified `[point, (lon, lat)]`."""
    scale = np.array(topology["transform"]["scale"])
    shift = np.array(topology["transform"]["translate"])
    arcs = []
    for arc in topology["arcs"]:
        points = np.cumsum(np.array(arc), axis=0) * scale + shift
        if len(points) > 2 and not np.array_equal(points[0], points[-1]):
            points = shapely.get_coordinates(LineString(points).simplify(TOLERANCE_DEG))
        elif len(points) > 4:
            points = simplify_loop(points)
        arcs.append(points)
    return arcs


def simplify_loop(points: np.ndarray) -> np.ndarray:
    """Simplify a closed arc (an island, an enclave) without letting it collapse."""
    loop = LineString(points).simplify(TOLERANCE_DEG)
    return shapely.get_coordinates(loop) if len(loop.coords) >= 4 else points


def join(indices: list[int], arcs: list[np.ndarray]) -> np.ndarray:
    """Join arcs into a ring; a negative index `i` means arc `~i` backwards."""
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in indices]
    return np.concatenate([parts[0], *[part[1:] for part in parts[1:]]])


def shape_of(geometry: dict, arcs: list[np.ndarray]) -> MultiPolygon:
    """Return the polygons of one TopoJSON geometry, repaired."""
    groups = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    polygons = []
    for group in groups:
        rings = [ring for ring in (join(part, arcs) for part in group) if len(ring) >= 4]
        if rings:
            polygons.append(shapely.make_valid(Polygon(rings[0], rings[1:])))
    return as_polygons(shapely.union_all(polygons))


def as_polygons(shape: shapely.Geometry) -> MultiPolygon:
    """Keep only polygons that are large enough to be seen."""
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon)]
    nested = [shapely.get_parts(part) for part in shapely.get_parts(shape)]
    parts = parts or [piece for row in nested for piece in row if isinstance(piece, Polygon)]
    return MultiPolygon([part for part in parts if part.area >= SMALLEST_AREA_DEG2])


def outlines(topology: dict) -> dict:
    """Return a GeoJSON feature collection clipped to the frame."""
    arcs = decode_arcs(topology)
    frame = box(*FRAME)
    features = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        if geometry.get("id") not in ISO3:
            continue
        shape = as_polygons(shape_of(geometry, arcs).intersection(frame))
        if shape.is_empty:
            continue
        name = geometry["properties"]["name"]
        features.append(
            {
                "type": "Feature",
                "properties": {"iso3": ISO3[geometry["id"]], "name": LONG_NAMES.get(name, name)},
                "geometry": mapping(shapely.set_precision(shape, 0.01)),
            }
        )
    features.sort(key=lambda feature: feature["properties"]["iso3"])
    return {"type": "FeatureCollection", "features": features}


def main() -> None:
    """Read the TopoJSON named on the command line and write the outlines."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("topojson", type=Path, help="countries-50m.json of the npm package")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    collection = outlines(json.loads(options.topojson.read_text(encoding="utf-8")))
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n"
    size = len(text.encode())
    if size > MAX_BYTES:
        raise SystemExit(f"outlines are {size} bytes; at most {MAX_BYTES}: raise TOLERANCE_DEG")
    options.out.write_text(text, encoding="utf-8")
    print(f"{options.out.name}: {len(collection['features'])} countries, {size} bytes")


if __name__ == "__main__":
    main()
