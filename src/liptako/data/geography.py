"""PRIO-GRID arithmetic: half-degree cells, their numbers, centres and neighbours.

`gid` = (row - 1) * 720 + column, rows from 90 S and columns from 180 W, both from 1.

References:
    Tollefsen, A. F., Strand, H. and Buhaug, H. (2012). PRIO-GRID: A unified spatial data
    structure. Journal of Peace Research 49(2). https://doi.org/10.1177/0022343311431287
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from liptako.errors import InputError

CELL_DEG = 0.5
ROWS = 360
COLUMNS = 720
EARTH_RADIUS_KM = 6371.0088


def gid_of(lat: ArrayLike, lon: ArrayLike) -> np.ndarray | np.integer:
    """Return the PRIO-GRID number of the cell that holds each point.

    A point on an edge belongs to the cell north or east of it.

    Args:
        lat: degrees north, -90 to 90.
        lon: degrees east, -180 to 180.

    Returns:
        Cell numbers, the shape of the arguments.

    Raises:
        InputError: a coordinate out of range.

    Example:
        >>> int(gid_of(15.02, -12.54))
        151535
    """
    lat, lon = np.asarray(lat, dtype=float), np.asarray(lon, dtype=float)
    for name, values, limit in (("lat", lat, 90.0), ("lon", lon, 180.0)):
        bad = ~(np.abs(values) <= limit)
        if bad.any():
            raise InputError(
                "out of range",
                field=name,
                value=float(np.atleast_1d(values)[np.atleast_1d(bad)][0]),
                allowed=f"{-limit:g} to {limit:g} degrees",
            )
    row = np.minimum(np.floor((lat + 90) / CELL_DEG).astype(np.int64), ROWS - 1)
    column = np.minimum(np.floor((lon + 180) / CELL_DEG).astype(np.int64), COLUMNS - 1)
    return row * COLUMNS + column + 1


def row_column(gid: ArrayLike) -> tuple[np.ndarray | np.integer, np.ndarray | np.integer]:
    """Return the row and the column of cells, both from 1.

    Raises:
        InputError: not a cell number.

    Example:
        >>> [int(part) for part in row_column(151535)]
        [211, 335]
    """
    gid = np.asarray(gid, dtype=np.int64)
    bad = (gid < 1) | (gid > ROWS * COLUMNS)
    if bad.any():
        raise InputError(
            "not a PRIO-GRID cell",
            field="gid",
            value=int(np.atleast_1d(gid)[np.atleast_1d(bad)][0]),
            allowed=f"1 to {ROWS * COLUMNS}",
        )
    return (gid - 1) // COLUMNS + 1, (gid - 1) % COLUMNS + 1


def centroid(gid: ArrayLike) -> tuple[np.ndarray | np.floating, np.ndarray | np.floating]:
    """Return latitude and longitude of the centres of cells, in degrees.

    Example:
        >>> [float(part) for part in centroid(151535)]
        [15.25, -12.75]
    """
    row, column = row_column(gid)
    return (row - 0.5) * CELL_DEG - 90, (column - 0.5) * CELL_DEG - 180


def neighbours(gid: int, radius: int = 1) -> tuple[int, ...]:
    """Return the cells at exactly `radius` steps (Chebyshev), in ascending order.

    Columns wrap around the globe, rows end at the poles.

    Args:
        gid: a cell.
        radius: 1 gives the eight neighbours, 2 the ring of sixteen beyond, 0 the cell.

    Example:
        >>> neighbours(151535)
        (150814, 150815, 150816, 151534, 151536, 152254, 152255, 152256)
    """
    row, column = (int(part) for part in row_column(gid))
    found = {
        (row + north - 1) * COLUMNS + (column + east - 1) % COLUMNS + 1
        for north in range(-radius, radius + 1)
        for east in range(-radius, radius + 1)
        if max(abs(north), abs(east)) == radius and 1 <= row + north <= ROWS
    }
    return tuple(sorted(found))


def cell_area_km2(gid: ArrayLike) -> np.ndarray | np.floating:
    """Return the area of whole cells on the sphere, in square kilometres.

    A = R^2 * dlon * (sin(north) - sin(south)).

    Example:
        >>> int(cell_area_km2(151535).round())
        2982
    """
    lat, _ = centroid(gid)
    south, north = np.radians(lat - CELL_DEG / 2), np.radians(lat + CELL_DEG / 2)
    return EARTH_RADIUS_KM**2 * np.radians(CELL_DEG) * (np.sin(north) - np.sin(south))


def arc_km(half_chord: ArrayLike) -> np.ndarray | np.floating:
    r"""Return the great-circle distance of two points, in kilometres, from half their chord.

    $d = 2 R \arcsin(c / 2)$, with $c$ the chord on a sphere of radius one.

    Args:
        half_chord: $c / 2$, 0 to 1.

    Example:
        >>> int(arc_km(1.0).round())
        20015
    """
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(half_chord, 0, 1))


def distance_km(
    lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike
) -> np.ndarray | np.floating:
    """Return great-circle distances by the haversine formula, in kilometres.

    Args:
        lat_a: degrees north of the first points.
        lon_a: degrees east of the first points.
        lat_b: degrees north of the second points.
        lon_b: degrees east of the second points.

    Example:
        >>> int(distance_km(12.65, -8.0, 13.51, 2.11).round())
        1099
    """
    lat_a, lon_a, lat_b, lon_b = (np.radians(part) for part in (lat_a, lon_a, lat_b, lon_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2
    half = half + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return arc_km(np.sqrt(half))
