"""Regions drawn by their cells: strips of cells side by side, and the edges between regions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int

from liptako.charts.readers import Rows

HALF_DEG = 0.25
"""Half the side of a PRIO-GRID cell, in degrees."""

NO_CELL = -1


def strips(cells: Rows) -> pd.DataFrame:
    """Return cells of one region side by side as one strip each, which a map draws at once.

    Args:
        cells: `lon`, `lat`, `region`, `observed`, a row a cell.

    Returns:
        Columns `region`, `seen` (1 where observed), `w`, `e`, `s`, `n` (edges, in degrees).
    """
    table = cells[["lat", "lon", "region"]].assign(seen=cells["observed"].astype(bool).astype(int))
    table = table.sort_values(["lat", "lon"], ignore_index=True)
    same = (
        (table["lat"].diff() == 0)
        & np.isclose(table["lon"].diff(), 2 * HALF_DEG)
        & (table["region"] == table["region"].shift())
        & (table["seen"] == table["seen"].shift())
    )
    runs = table.groupby((~same).cumsum())
    found = runs.agg(
        region=("region", "first"), seen=("seen", "first"), w=("lon", "min"), e=("lon", "max"),
        s=("lat", "min"), n=("lat", "max"),
    )  # fmt: skip
    found[["w", "s"]] -= HALF_DEG
    found[["e", "n"]] += HALF_DEG
    return found.reset_index(drop=True)


def beyond(cells: Rows, outlines: Mapping[str, Any], countries: Collection[str]) -> pd.DataFrame:
    """Return land of a theatre's countries on which no cell lies, in cells, none of them observed.

    Args:
        cells: `lon`, `lat`, a row a cell; no farther than they go.
        outlines: GeoJSON, with the property `iso3`.
        countries: codes of those of the theatre.

    Returns:
        Columns `lat`, `lon`, `country`, `observed`.
    """
    import shapely
    from shapely.geometry import shape

    side = 2 * HALF_DEG
    lats, lons = (
        np.arange(cells[axis].min(), cells[axis].max() + HALF_DEG, side) for axis in ("lat", "lon")
    )
    lat, lon = (part.ravel() for part in np.meshgrid(lats, lons, indexing="ij"))
    taken = set(zip(cells["lat"].round(2), cells["lon"].round(2), strict=True))
    free = np.array([(a, b) not in taken for a, b in zip(lat.round(2), lon.round(2), strict=True)])
    lat, lon = lat[free], lon[free]
    found = []
    for feature in outlines["features"]:
        code = feature["properties"]["iso3"]
        if code in countries:
            inside = shapely.contains_xy(shape(feature["geometry"]), lon, lat)
            found.append(pd.DataFrame({"lat": lat[inside], "lon": lon[inside], "country": code}))
    columns = ["lat", "lon", "country"]
    land = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)
    return land.assign(observed=False)


def borders(cells: Rows) -> pd.DataFrame:
    """Return the edges between cells of different regions, joined to straight lines.

    Args:
        cells: `lon`, `lat`, `region`, a row a cell.

    Returns:
        Columns `w`, `s`, `e`, `n`: the ends of each line, in degrees. Where a cell is missing there
        is no line: a country's outline is drawn there.
    """
    side = 2 * HALF_DEG
    column = ((cells["lon"] - cells["lon"].min()) / side).round().astype(int).to_numpy()
    row = ((cells["lat"] - cells["lat"].min()) / side).round().astype(int).to_numpy()
    grid = np.full((row.max() + 1, column.max() + 1), NO_CELL)
    grid[row, column] = pd.factorize(cells["region"])[0]
    west, south = cells["lon"].min() - HALF_DEG, cells["lat"].min() - HALF_DEG
    lines = [
        {"w": west + side * at, "e": west + side * at, "s": south + side * a, "n": south + side * b}
        for at, a, b in _between(grid.T)
    ]
    lines += [
        {"w": west + side * a, "e": west + side * b, "s": south + side * at, "n": south + side * at}
        for at, a, b in _between(grid)
    ]
    return pd.DataFrame(lines, columns=["w", "s", "e", "n"])


def _between(grid: Int[np.ndarray, "row column"]) -> list[tuple[int, int, int]]:
    """Return each run of edges between rows: before which row, from which column to which."""
    found = []
    for at in range(1, len(grid)):
        above, below = grid[at - 1], grid[at]
        edge = (above != below) & (above != NO_CELL) & (below != NO_CELL)
        steps = np.flatnonzero(np.diff(np.concatenate([[0], edge.astype(int), [0]])))
        found += [(at, int(a), int(b)) for a, b in steps.reshape(-1, 2)]
    return found
