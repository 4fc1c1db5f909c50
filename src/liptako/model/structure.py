"""What never changes in a run: cells, borders, streams, as arrays. Static to the compiler.

Built once from a theatre and its snapshot; every number that can vary is elsewhere, in
`Params`, `State` or `Forcing`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from jaxtyping import Bool, Float, Int

from liptako.theatre.schema import Theatre

BLOCKS = ("state_based", "other")
"""Each country has a level for state-based deaths and one for all others."""

RINGS = (1, 2)
"""Rings of neighbours, by Chebyshev distance in cells."""

PAD = 2
"""Empty rows and columns around the grid, so that shifted copies never wrap onto cells."""


@dataclass(frozen=True, eq=False)
class Borders:
    """Neighbour pairs that cross a national border, for the cells that have any.

    `neighbour` and `border` are padded with `n_cells` and `n_borders`, whose values are zero.
    """

    names: tuple[str, ...]
    slot: Int[np.ndarray, " cell"]
    neighbour: Int[np.ndarray, "ring slot edge"]
    border: Int[np.ndarray, "ring slot edge"]


@dataclass(frozen=True, eq=False)
class Structure:
    """A theatre as arrays; axis order stream, cell."""

    countries: tuple[str, ...]
    streams: tuple[str, ...]
    regions: tuple[str, ...]
    levers: tuple[str, ...]
    pressures: tuple[str, ...]
    country_ids: Int[np.ndarray, " country"]
    stream_ids: Int[np.ndarray, " stream"]
    gid: Int[np.ndarray, " cell"]
    country: Int[np.ndarray, " cell"]
    region: Int[np.ndarray, " cell"]
    observed: Bool[np.ndarray, " cell"]
    border_cell: Bool[np.ndarray, " cell"]
    lever_on_border: Float[np.ndarray, " lever"]
    population_share: Float[np.ndarray, " cell"]
    background_share: Float[np.ndarray, " cell"]
    block: Int[np.ndarray, " stream"]
    members_of_pressure: Float[np.ndarray, "pressure stream"]
    grid_shape: tuple[int, int]
    to_grid: Int[np.ndarray, " grid"]
    from_grid: Int[np.ndarray, " cell"]
    borders: Borders
    region_country: Int[np.ndarray, " region"]

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.gid)

    @property
    def country_matrix(self) -> Float[np.ndarray, "cell country"]:
        """One where an observed cell lies in a country: sums over cells, by country."""
        matrix = np.zeros((self.n_cells, len(self.countries)), np.float32)
        matrix[np.arange(self.n_cells), self.country] = self.observed
        return matrix

    @property
    def region_matrix(self) -> Float[np.ndarray, "cell region"]:
        """One where an observed cell lies in a region: sums over cells, by region."""
        matrix = np.zeros((self.n_cells, len(self.regions)), np.float32)
        matrix[np.arange(self.n_cells), self.region] = self.observed
        return matrix


def build_structure(theatre: Theatre, cells: pd.DataFrame, init_month: int) -> Structure:
    """Return the arrays of a theatre as seen from `init_month`.

    Args:
        theatre: countries, streams, pressures, levers.
        cells: the snapshot's cells, see `liptako.data.cells`.
        init_month: a cell is observed if its window of observation contains this month.
    """
    cells = _with_margin(cells, init_month)
    countries, streams = tuple(theatre.countries), tuple(theatre.streams)
    country = cells["country"].map({c: i for i, c in enumerate(countries)}).to_numpy(np.int32)
    observed = _observed(cells, init_month)
    regions = tuple(sorted(cells["region"].unique()))
    region = cells["region"].map({r: i for i, r in enumerate(regions)}).to_numpy(np.int32)
    region_country = np.zeros(len(regions), np.int32)
    region_country[region] = country
    grid_shape, from_grid = _grid(cells)
    to_grid = np.full(grid_shape[0] * grid_shape[1], len(cells), np.int32)
    to_grid[from_grid] = np.arange(len(cells))
    pressures = tuple(theatre.pressures)
    return Structure(
        countries=countries,
        streams=streams,
        regions=regions,
        levers=tuple(theatre.levers),
        pressures=pressures,
        country_ids=np.array([theatre.countries[c].id for c in countries], np.uint32),
        stream_ids=np.array([theatre.streams[s].id for s in streams], np.uint32),
        gid=cells["gid"].to_numpy(np.uint32),
        country=country,
        region=region,
        observed=observed,
        border_cell=cells["border"].to_numpy(bool),
        lever_on_border=np.array(
            [float(lever.where == "border") for lever in theatre.levers.values()], np.float32
        ),
        population_share=_share(cells["pop_share"].to_numpy(), country, observed),
        background_share=_background(cells, country, observed),
        block=np.array([int(theatre.streams[s].kind != BLOCKS[0]) for s in streams], np.int32),
        members_of_pressure=np.array(
            [
                [float(bool(set(theatre.streams[s].sides) & set(sides))) for s in streams]
                for sides in theatre.pressures.values()
            ],
            np.float32,
        ),
        grid_shape=grid_shape,
        to_grid=to_grid,
        from_grid=from_grid,
        borders=_borders(cells, country, countries),
        region_country=region_country,
    )


def _observed(cells: pd.DataFrame, month: int) -> np.ndarray:
    first, last = cells["observed_first"], cells["observed_last"]
    return ((first > 0) & (first <= month) & (month <= last)).to_numpy()


def _with_margin(cells: pd.DataFrame, month: int) -> pd.DataFrame:
    """Return the cells observed in `month` and those within two steps of them, by `gid`."""
    cells = cells.sort_values("gid").reset_index(drop=True)
    observed = _observed(cells, month)
    row, col = cells["row"].to_numpy(), cells["col"].to_numpy()
    tree = cKDTree(np.c_[row, col][observed])
    steps, _ = tree.query(np.c_[row, col], p=np.inf)
    return cells[steps <= max(RINGS)].reset_index(drop=True)


def _grid(cells: pd.DataFrame) -> tuple[tuple[int, int], np.ndarray]:
    row, col = cells["row"].to_numpy(), cells["col"].to_numpy()
    row, col = row - row.min() + PAD, col - col.min() + PAD
    shape = (int(row.max()) + 1 + PAD, int(col.max()) + 1 + PAD)
    return shape, (row * shape[1] + col).astype(np.int32)


def _share(weight: np.ndarray, country: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return weights of observed cells that sum to one in each country."""
    weight = np.where(observed, np.nan_to_num(weight), 0.0)
    total = np.bincount(country, weight, minlength=country.max() + 1)
    return (weight / np.maximum(total[country], 1e-12)).astype(np.float32)


def _background(cells: pd.DataFrame, country: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Return where background violence may start: half by people, half by land."""
    people = _share(cells["pop_share"].to_numpy(), country, observed)
    land = _share(cells["area_km2"].to_numpy(), country, observed)
    return 0.5 * people + 0.5 * land


def _borders(cells: pd.DataFrame, country: np.ndarray, countries: tuple[str, ...]) -> Borders:
    row, col = cells["row"].to_numpy(), cells["col"].to_numpy()
    index = {(r, c): i for i, (r, c) in enumerate(zip(row, col, strict=True))}
    names: dict[str, int] = {}
    crossing: dict[int, list[list[tuple[int, int]]]] = {}
    for i in range(len(cells)):
        found: list[list[tuple[int, int]]] = [[] for _ in RINGS]
        for ring, reach in enumerate(RINGS):
            for dr in range(-reach, reach + 1):
                for dc in range(-reach, reach + 1):
                    j = index.get((row[i] + dr, col[i] + dc))
                    if j is None or max(abs(dr), abs(dc)) != reach or country[i] == country[j]:
                        continue
                    pair = "-".join(sorted((countries[country[i]], countries[country[j]])))
                    found[ring].append((j, names.setdefault(pair, len(names))))
        if any(found):
            crossing[i] = found
    width = max((len(edges) for found in crossing.values() for edges in found), default=1)
    shape = (len(RINGS), len(crossing) + 1, max(width, 1))
    neighbour = np.full(shape, len(cells), np.int32)
    border = np.full(shape, len(names), np.int32)
    slot = np.full(len(cells), len(crossing), np.int32)
    for place, (i, found) in enumerate(crossing.items()):
        slot[i] = place
        for ring, edges in enumerate(found):
            for edge, (j, pair_id) in enumerate(edges):
                neighbour[ring, place, edge] = j
                border[ring, place, edge] = pair_id
    return Borders(tuple(names), slot, neighbour, border)
