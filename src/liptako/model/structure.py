"""What never changes in a run: cells, borders, streams, as arrays. Static to the compiler.

Only cells with event data at the start are here. The others have no level to simulate: they
are unknown, are drawn as unknown on maps, and press on nobody, in the fit as in the futures.

Built once from a theatre and its snapshot; every number that can vary is elsewhere, in
`Params`, `State` or `Forcing`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int, UInt

from liptako.model.menu import (
    ROLES,
    Menu,
    Patrons,
    build_menu,
    build_patrons,
    levers_with,
)
from liptako.theatre.registry import Registry
from liptako.theatre.roles import BY_INSURGENTS, insurgents_of, killer_of, members_of
from liptako.theatre.schema import Theatre

BLOCKS = ("state_based", "other")
"""Each country has a level for state-based deaths and one for all others."""

RINGS = (1, 2)
"""Rings of neighbours, by Chebyshev distance in cells."""


@dataclass(frozen=True)
class Layout:
    """Numbers by which a theatre is laid out: rows of the registry that no member carries.

    Attributes:
        near_capital_km: attacks no farther than this move the capital.
        background_people: share of background violence that goes by people, the rest by land.
    """

    near_capital_km: float
    background_people: float


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The rings of cells around each cell, and which neighbours lie across a national border.

    All cells stand on one flattened grid with an empty margin, where a neighbour is a fixed number
    of places away. Lists are padded: `cell_at` and `across` with `n_cells`, `border` with the
    number of borders. A pressure padded by one zero cell therefore needs no mask. `across` has a
    row only for the cells that have such neighbours; `slot` points from a cell to its row, or to a
    last row of padding.

    Attributes:
        borders: pairs of countries that touch, as `AAA-BBB` in alphabetical order.
        cell_at: the cell at each place of the grid.
        place: the place of each cell, counted from the end of the margin.
        away: by ring, how many places away its cells are.
    """

    borders: tuple[str, ...]
    cell_at: Int[np.ndarray, " place"]
    place: Int[np.ndarray, " cell"]
    away: tuple[tuple[int, ...], ...]
    across: tuple[Int[np.ndarray, "slot _neighbour"], ...]
    border: tuple[Int[np.ndarray, "slot _neighbour"], ...]
    slot: Int[np.ndarray, " cell"]


@dataclass(frozen=True, eq=False)
class Zones:
    """Cells that levers, presence and exits cannot tell apart.

    A region, at a border or not, near the capital or not.

    Attributes:
        of: the zone of each cell.
        region: of each zone, with its country.
        border: whether the zone's cells touch a national border.
        near: whether they lie near their capital.
    """

    of: Int[np.ndarray, " cell"]
    region: Int[np.ndarray, " zone"]
    country: Int[np.ndarray, " zone"]
    border: Bool[np.ndarray, " zone"]
    near: Bool[np.ndarray, " zone"]


@dataclass(frozen=True, eq=False)
class Structure:
    """A theatre as arrays; axis order stream, cell.

    Attributes:
        dyads: pairs of countries whose disputes may climb.
        bloc_ids: permanent, of the blocs that may threaten those who rule a member.
        bloc_members: one where a country is in a bloc at the start, suspended or not.
        lever_room: how far below and above its default each lever may be set.
        front: region that each country's offensives go to.
        capital: region with the observed cell nearest to each country's capital.
        region_ids: permanent, from the regions' codes.
        sieges: whether towns may be besieged.
        one_sided: one where a stream kills civilians on purpose.
        shield: by border of an ally with another country, the ally's regions along it, as shares.
        roles: by what politics reads a lever for, one at that lever; see `schema.Lever.role`.
        member: one where a regime is simulated.
        allies: members of the pact as positions among the countries; none without a pact.
        allied_border: both countries of a border between allies, else one past the last.
        killings: streams in which states kill civilians on purpose, as positions.
        imposes: whether a lever is something that others impose on a country.
        bloc_pairs: one where a country's dispute is with another member of its bloc.
        item_ids: permanent, of the items of the pact's agenda.
        agenda_means: share of what the whole agenda adds to means, by item.
        agenda_lock: share of what it adds to the cost of leaving, by item.
        ranks: whether the theatre says anything of grievances in the ranks.
    """

    countries: tuple[str, ...]
    streams: tuple[str, ...]
    regions: tuple[str, ...]
    levers: tuple[str, ...]
    pressures: tuple[str, ...]
    patrons: Patrons
    menu: Menu
    dyads: Int[np.ndarray, "dyad 2"]
    bloc_ids: UInt[np.ndarray, " bloc"]
    bloc_members: Float[np.ndarray, "bloc country"]
    country_ids: UInt[np.ndarray, " country"]
    stream_ids: UInt[np.ndarray, " stream"]
    gid: UInt[np.ndarray, " cell"]
    country: Int[np.ndarray, " cell"]
    region: Int[np.ndarray, " cell"]
    border_cell: Bool[np.ndarray, " cell"]
    zones: Zones
    lever_on_border: Float[np.ndarray, " lever"]
    lever_room: Float[np.ndarray, "2 lever"]
    roles: dict[str, Float[np.ndarray, " lever"]]
    member: Float[np.ndarray, " country"]
    allies: Int[np.ndarray, " player"]
    allied_border: Int[np.ndarray, "border 2"]
    front: Int[np.ndarray, " country"]
    capital: Int[np.ndarray, " country"]
    region_ids: UInt[np.ndarray, " region"]
    sieges: bool
    one_sided: Float[np.ndarray, " stream"]
    shield: Float[np.ndarray, "border region"]
    near_capital: Float[np.ndarray, "cell country"]
    population_share: Float[np.ndarray, " cell"]
    background_share: Float[np.ndarray, " cell"]
    block: Int[np.ndarray, " stream"]
    members_of_pressure: Float[np.ndarray, "pressure stream"]
    insurgent_against_others: Float[np.ndarray, " stream"]
    killings: Int[np.ndarray, " killing"]
    imposes: Bool[np.ndarray, " lever"]
    bloc_pairs: Float[np.ndarray, "dyad country"]
    item_ids: UInt[np.ndarray, " item"]
    agenda_means: Float[np.ndarray, " item"]
    agenda_lock: Float[np.ndarray, " item"]
    neighbours: Neighbours
    region_country: Int[np.ndarray, " region"]
    ranks: bool

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.gid)

    @property
    def insurgent(self) -> Float[np.ndarray, " stream"]:
        """One where insurgents are a side of a stream."""
        return self.members_of_pressure[BY_INSURGENTS]

    @property
    def country_matrix(self) -> Float[np.ndarray, "cell country"]:
        """One where a cell lies in a country: sums over cells, by country."""
        return _one_hot(self.country, len(self.countries))

    @property
    def region_matrix(self) -> Float[np.ndarray, "cell region"]:
        """One where a cell lies in a region: sums over cells, by region."""
        return _one_hot(self.region, len(self.regions))

    @property
    def region_country_matrix(self) -> Float[np.ndarray, "region country"]:
        """One where a region lies in a country: sums over regions, by country."""
        return _one_hot(self.region_country, len(self.countries))

    @property
    def ally_matrix(self) -> Float[np.ndarray, "player country"]:
        """One where a member of the pact is a country."""
        return _one_hot(self.allies, len(self.countries))

    @property
    def party_matrix(self) -> Float[np.ndarray, "dyad country"]:
        """One where a country is a party to a dyad's dispute."""
        sides = (_one_hot(side, len(self.countries)) for side in self.dyads.T)
        return sum(sides, np.zeros((len(self.dyads), len(self.countries)), np.float32))


def layout_of(registry: Registry) -> Layout:
    """Return the numbers by which a theatre is laid out."""
    return Layout(
        **{field.name: registry.fixed(f"structure.{field.name}") for field in fields(Layout)}
    )


def build_structure(
    theatre: Theatre, cells: pd.DataFrame, init_month: int, layout: Layout
) -> Structure:
    """Return the arrays of a theatre as seen from `init_month`.

    Args:
        theatre: countries, streams, pressures, levers.
        cells: the snapshot's cells, see `liptako.data.cells`.
        init_month: cells whose window of observation contains this month are kept.
        layout: see `layout_of`.
    """
    cells = cells[_observed(cells, init_month)].sort_values("gid").reset_index(drop=True)
    countries, streams = tuple(theatre.countries), tuple(theatre.streams)
    country = cells["country"].map({c: i for i, c in enumerate(countries)}).to_numpy(np.int32)
    regions = tuple(sorted(cells["region"].unique()))
    region = cells["region"].map({r: i for i, r in enumerate(regions)}).to_numpy(np.int32)
    region_country = np.zeros(len(regions), np.int32)
    region_country[region] = country
    pressures = tuple(theatre.pressures)
    neighbours = _neighbours(cells, country, countries)
    allies = tuple(theatre.alliance.members) if theatre.alliance else ()
    near_capital = _near_capital(cells, country, len(countries), layout.near_capital_km)
    return Structure(
        countries=countries,
        streams=streams,
        regions=regions,
        levers=tuple(theatre.levers),
        pressures=pressures,
        patrons=build_patrons(theatre),
        menu=build_menu(theatre),
        dyads=np.array(
            [[countries.index(c) for c in row.pair] for row in theatre.ladders], np.int32
        ).reshape(len(theatre.ladders), 2),
        bloc_ids=np.array([bloc.id for bloc in theatre.blocs.values()], np.uint32),
        bloc_members=np.array(
            [[float(c in bloc.members) for c in countries] for bloc in theatre.blocs.values()],
            np.float32,
        ).reshape(len(theatre.blocs), len(countries)),
        country_ids=np.array([theatre.countries[c].id for c in countries], np.uint32),
        stream_ids=np.array([theatre.streams[s].id for s in streams], np.uint32),
        gid=cells["gid"].to_numpy(np.uint32),
        country=country,
        region=region,
        border_cell=cells["border"].to_numpy(bool),
        zones=_zones(
            region, region_country, cells["border"].to_numpy(bool), near_capital.max(axis=1) > 0
        ),
        lever_on_border=np.array(
            [float(lever.where == "border") for lever in theatre.levers.values()], np.float32
        ),
        lever_room=np.array(
            [np.subtract(row.range, row.default) for row in theatre.levers.values()], np.float32
        )
        .reshape(len(theatre.levers), 2)
        .T,
        roles={role: levers_with(theatre, role) for role in ROLES},
        member=np.array([float(c in members_of(theatre)) for c in countries], np.float32),
        allies=np.array([countries.index(c) for c in allies], np.int32),
        allied_border=_allied_border(neighbours.borders, countries, allies),
        front=_front(theatre, cells, countries, regions),
        capital=_capital(cells, countries, regions),
        region_ids=np.array([zlib.crc32(code.encode()) for code in regions], np.uint32),
        sieges=theatre.sieges is not None,
        one_sided=np.array(
            [float(theatre.streams[s].kind == "one_sided") for s in streams], np.float32
        ),
        shield=_shield(neighbours, country, region, countries, allies, len(regions)),
        near_capital=near_capital,
        population_share=_share(cells["pop_share"].to_numpy(), country),
        background_share=_background(cells, country, layout.background_people),
        block=np.array([int(theatre.streams[s].kind != BLOCKS[0]) for s in streams], np.int32),
        members_of_pressure=np.array(
            [
                [float(bool(set(theatre.streams[s].sides) & set(sides))) for s in streams]
                for sides in theatre.pressures.values()
            ],
            np.float32,
        ),
        insurgent_against_others=np.array(
            [float(_one_side_insurgent(theatre, s)) for s in streams], np.float32
        ),
        killings=np.flatnonzero([killer_of(theatre, s) == "states" for s in streams]).astype(
            np.int32
        ),
        imposes=np.array([row.imposes for row in theatre.levers.values()], bool),
        bloc_pairs=_bloc_pairs(theatre, countries),
        **_agenda(theatre),
        neighbours=neighbours,
        region_country=region_country,
        ranks=_speaks_of_ranks(theatre),
    )


def _bloc_pairs(theatre: Theatre, countries: tuple[str, ...]) -> Float[np.ndarray, "dyad country"]:
    """Return one where a country's dispute is with another member of a bloc of both."""
    together = np.zeros((len(theatre.ladders), len(countries)), np.float32)
    for dyad, row in enumerate(theatre.ladders):
        if any(set(row.pair) <= set(bloc.members) for bloc in theatre.blocs.values()):
            together[dyad, [countries.index(iso) for iso in row.pair]] = 1.0
    return together


def _agenda(theatre: Theatre) -> dict[str, np.ndarray]:
    """Return the items of the pact's agenda with their shares of what the whole does."""
    items = list(theatre.alliance.agenda.values()) if theatre.alliance else []
    shares = np.array([[item.means, item.lock] for item in items], np.float32).reshape(-1, 2)
    shares = shares / np.maximum(shares.sum(axis=0), 1e-9)
    ids = np.array([item.id for item in items], np.uint32)
    return {"item_ids": ids, "agenda_means": shares[:, 0], "agenda_lock": shares[:, 1]}


def _one_hot(number: Int[np.ndarray, " row"], n: int) -> Float[np.ndarray, "row column"]:
    """Return one in each row at the column of its number."""
    return (number[:, None] == np.arange(n)).astype(np.float32)


def _speaks_of_ranks(theatre: Theatre) -> bool:
    acts = any(act.ranks for act in theatre.menu.values())
    return acts or bool(theatre.grievances) or bool(levers_with(theatre, "pay").any())


def _one_side_insurgent(theatre: Theatre, stream: str) -> bool:
    insurgents = insurgents_of(theatre)
    return sum(side in insurgents for side in theatre.streams[stream].sides) == 1


def _front(
    theatre: Theatre, cells: pd.DataFrame, countries: tuple[str, ...], regions: tuple[str, ...]
) -> Int[np.ndarray, " country"]:
    """Return each country's front: as the theatre names it, else its farthest region.

    A front without observed cells is none; a country without any has its front nowhere of its own.
    """
    far = cells.groupby(["country", "region"])["dist_capital_km"].mean().reset_index()
    far = far.sort_values("dist_capital_km").groupby("country")["region"].last()
    fronts = []
    for iso in countries:
        named = theatre.countries[iso].front
        chosen = named if named in regions else far.get(iso, regions[0])
        fronts.append(regions.index(chosen))
    return np.array(fronts, np.int32)


def _capital(
    cells: pd.DataFrame, countries: tuple[str, ...], regions: tuple[str, ...]
) -> Int[np.ndarray, " country"]:
    """Return the region of each country's observed cell nearest to its capital.

    A country without any has its capital nowhere of its own.
    """
    first = cells.sort_values("dist_capital_km", kind="stable").groupby("country")["region"].first()
    return np.array([regions.index(first.get(iso, regions[0])) for iso in countries], np.int32)


def _shield(
    neighbours: Neighbours,
    country: np.ndarray,
    region: np.ndarray,
    countries: tuple[str, ...],
    allies: tuple[str, ...],
    n_regions: int,
) -> Float[np.ndarray, "border region"]:
    """Return shares of an ally's cells along each border with another country, by region."""
    weight = np.zeros((len(neighbours.borders), n_regions), np.float32)
    inside = np.isin(np.array(countries)[country], allies)
    touching = neighbours.border[0][neighbours.slot]
    for border, pair in enumerate(neighbours.borders):
        if sum(iso in allies for iso in pair.split("-")) == 1:
            along = (touching == border).any(axis=1) & inside
            np.add.at(weight[border], region[along], 1.0)
    return weight / np.maximum(weight.sum(axis=1, keepdims=True), 1.0)


def _allied_border(
    borders: tuple[str, ...], countries: tuple[str, ...], allies: tuple[str, ...]
) -> Int[np.ndarray, "border 2"]:
    pairs = [pair.split("-") for pair in borders]
    nobody = len(countries)
    rows = [
        [countries.index(iso) for iso in pair] if set(pair) <= set(allies) else [nobody] * 2
        for pair in pairs
    ]
    return np.array(rows, np.int32).reshape(len(rows), 2)


def _near_capital(cells: pd.DataFrame, country: np.ndarray, n: int, within_km: float) -> np.ndarray:
    near = np.zeros((len(cells), n), np.float32)
    near[np.arange(len(cells)), country] = cells["dist_capital_km"] <= within_km
    return near


def _zones(
    region: np.ndarray, region_country: np.ndarray, border: np.ndarray, near: np.ndarray
) -> Zones:
    codes, of = np.unique(4 * region + 2 * border + near, return_inverse=True)
    return Zones(
        of=of.astype(np.int32),
        region=codes // 4,
        country=region_country[codes // 4],
        border=codes // 2 % 2 == 1,
        near=codes % 2 == 1,
    )


def _observed(cells: pd.DataFrame, month: int) -> np.ndarray:
    first, last = cells["observed_first"], cells["observed_last"]
    return ((first > 0) & (first <= month) & (month <= last)).to_numpy()


def _share(weight: np.ndarray, country: np.ndarray) -> np.ndarray:
    """Return weights that sum to one in each country."""
    weight = np.nan_to_num(weight)
    total = np.bincount(country, weight, minlength=country.max() + 1)
    return (weight / np.maximum(total[country], 1e-12)).astype(np.float32)


def _background(cells: pd.DataFrame, country: np.ndarray, by_people: float) -> np.ndarray:
    """Return where background violence may start: in part by people, in part by land."""
    people = _share(cells["pop_share"].to_numpy(), country)
    land = _share(cells["area_km2"].to_numpy(), country)
    return by_people * people + (1.0 - by_people) * land


def _neighbours(cells: pd.DataFrame, country: np.ndarray, countries: tuple[str, ...]) -> Neighbours:
    row, col = cells["row"].to_numpy(), cells["col"].to_numpy()
    index = {(r, c): i for i, (r, c) in enumerate(zip(row, col, strict=True))}
    n = len(cells)
    names: dict[str, int] = {}
    across: list[list[list[tuple[int, int]]]] = [[[] for _ in range(n)] for _ in RINGS]
    for i in range(n):
        for ring, reach in enumerate(RINGS):
            for dr, dc in _steps(reach):
                j = index.get((row[i] + dr, col[i] + dc))
                if j is None or country[i] == country[j]:
                    continue
                pair = "-".join(sorted((countries[country[i]], countries[country[j]])))
                across[ring][i].append((j, names.setdefault(pair, len(names))))
    slots = [i for i in range(n) if any(ring[i] for ring in across)]
    slot = np.full(n, len(slots), np.int32)
    slot[slots] = np.arange(len(slots))
    edges = [[ring[i] for i in slots] + [[]] for ring in across]
    cell_at, place, away = _grid(row, col)
    return Neighbours(
        borders=tuple(names),
        cell_at=cell_at,
        place=place,
        away=away,
        across=tuple(_padded([[j for j, _ in e] for e in ring], n) for ring in edges),
        border=tuple(_padded([[b for _, b in e] for e in ring], len(names)) for ring in edges),
        slot=slot,
    )


def _grid(
    row: np.ndarray, col: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple[tuple[int, ...], ...]]:
    """Return `Neighbours.cell_at`, `place` and `away`."""
    width = int(np.ptp(col)) + 1 + max(RINGS)  # a row's end is the margin of the next one's start
    away = tuple(tuple(dr * width + dc for dr, dc in _steps(reach)) for reach in RINGS)
    margin = max(max(steps) for steps in away)
    place = ((row - row.min()) * width + col - col.min()).astype(np.int32)
    cell_at = np.full(2 * margin + place.max() + 1, len(row), np.int32)
    cell_at[margin + place] = np.arange(len(row))
    return cell_at, place, away


def _steps(reach: int) -> list[tuple[int, int]]:
    """Return the steps, in rows and columns, to the cells at one Chebyshev distance."""
    span = range(-reach, reach + 1)
    return [(dr, dc) for dr in span for dc in span if max(abs(dr), abs(dc)) == reach]


def _padded(lists: list[list[int]], fill: int) -> Int[np.ndarray, "row entry"]:
    width = max(max((len(entries) for entries in lists), default=0), 1)
    table = np.full((len(lists), width), fill, np.int32)
    for row, entries in enumerate(lists):
        table[row, : len(entries)] = entries
    return table
