"""The theatre's cells: which country and region each lies in, its people, its distances.

Each cell goes to the country of the theatre, and within it to the region, that covers most
of it; a cell that lies mostly outside the theatre belongs to it when a tenth of it is inside,
since attacks are often at the border. Kept are all cells of members and littoral countries, all
observed cells, and cells of the other countries within two steps of an observed country.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from liptako.data import geography
from liptako.errors import InputError
from liptako.theatre.schema import Observed, Theatre

MARGIN_CELLS = 2
MIN_SHARE = 1e-4
"""A region that covers less of a cell is taken for a rounding of the border."""

MIN_THEATRE_SHARE = 0.1
"""A cell mostly in a country outside the theatre is kept when this much of it is inside."""

CODE_FORMS = {
    "P-code": r"[A-Z]{2}\d{2,}",
    "ISO 3166-2": r"[A-Z]{2}-[A-Z0-9]{1,3}",
    "HASC": r"[A-Z]{2}\.[A-Z]{2}",
    "shapeID": r"\d+B\d+",
}
"""Systems of codes of regions, by the form of their codes."""

MIN_KEPT = 0.5
"""A region of which less lies in kept cells is outside them."""

OWN_CODES = "own codes"

BORDER_STEP_DEG = 0.05
_FILLER = r"\b(region|state|district|department|province|governorate|of|the|autonome|de|d)\b"


def build_cells(
    theatre: Theatre, boundaries: str | Path, population: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the table of the theatre's cells.

    Args:
        theatre: countries, capitals, what is observed.
        boundaries: GeoJSON of first-level regions, with the properties `iso3`,
            `adm1_name` and `adm1_code`.
        population: columns `country`, `region_name`, `population`; spread over each
            region by area. Only shares within a country are used.

    Returns:
        One row a cell, ascending `gid`: `gid, row, col, lat, lon, country, region,
        region_name, land_share` (share of the cell inside its country), `area_km2` (of
        that part), `pop_share` (share of the country's people), `pop_known` (False where
        the share is one of area for want of figures), `dist_capital_km`,
        `dist_border_km` (to the nearest other country of the theatre), `border` (the cell
        touches another country, of the theatre or not), `observed_first`,
        `observed_last` (month numbers, 0 where never observed).

    Raises:
        InputError: the file is no such GeoJSON, or a country of the theatre is not in it.
    """
    regions = read_regions(boundaries)
    missing = sorted(set(theatre.countries) - set(regions["country"]))
    if missing:
        raise InputError("countries without boundaries", file=boundaries, value=missing)
    pieces = _overlaps(regions)
    cells = _assign(pieces, tuple(theatre.countries))
    cells = cells.merge(regions[["region", "region_name"]], on="region", validate="m:1")
    row, column = geography.row_column(cells["gid"].to_numpy())
    cells["row"], cells["col"] = row, column
    cells["lat"], cells["lon"] = geography.centroid(cells["gid"].to_numpy())
    cells["area_km2"] = cells["land_share"] * geography.cell_area_km2(cells["gid"].to_numpy())
    cells = _population_shares(cells, pieces, regions, population)
    cells = _distances(cells, theatre, regions)
    countries_of = pieces.groupby("gid")["country"].nunique()
    cells["border"] = (cells["gid"].map(countries_of) > 1).astype(bool)
    cells = _observation(cells, theatre)
    cells = cells[_kept(cells, theatre)].sort_values("gid", ignore_index=True)
    order = (
        "gid row col lat lon country region region_name land_share area_km2 pop_share pop_known "
        "dist_capital_km dist_border_km border observed_first observed_last"
    )
    return cells[order.split()]


def read_regions(path: str | Path) -> pd.DataFrame:
    """Read first-level regions from GeoJSON.

    Returns:
        Columns `country` (ISO3), `region` (code), `region_name`, `code_system` (what the
        country's codes are, and whose, see `code_system`), `shape`.

    Raises:
        InputError: not a GeoJSON of regions, or a region code used twice in a country.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError("file not found", file=path)
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        rows = [
            {
                "country": feature["properties"]["iso3"],
                "region": feature["properties"]["adm1_code"],
                "region_name": feature["properties"]["adm1_name"],
                "source": str(feature["properties"].get("source") or ""),
                "shape": shapely.from_geojson(json.dumps(feature["geometry"])),
            }
            for feature in features
        ]
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise InputError(f"not a GeoJSON of regions ({error})", file=path) from None
    regions = pd.DataFrame(rows)
    regions["shape"] = shapely.make_valid(regions["shape"].to_numpy())
    systems = {
        country: code_system(rows["region"].astype(str), str(rows["source"].iloc[0]))
        for country, rows in regions.groupby("country")
    }
    regions["code_system"] = regions["country"].map(systems).astype("str")
    twice = regions.duplicated("region", keep=False)
    name = regions["region"] + " " + regions["region_name"]
    regions["region"] = regions["region"].where(~twice, name)
    return regions[["country", "region", "region_name", "code_system", "shape"]]


def code_system(codes: Iterable[str], source: str) -> str:
    """Return what the codes of a country's regions are, by their form, and whose.

    Example:
        >>> code_system(["AA01", "AA02"], "OCHA")
        'P-code (OCHA)'
        >>> code_system(["AA.BB", "AA.CC"], "")
        'HASC'
    """
    codes = list(codes)
    fitting = (
        name
        for name, form in CODE_FORMS.items()
        if sum(bool(re.fullmatch(form, code)) for code in codes) > len(codes) / 2
    )
    found = next(fitting, OWN_CODES)
    return f"{found} ({source})" if source else found


def counted_in(regions: pd.DataFrame, cells: pd.DataFrame) -> pd.Series:
    """Return for regions without a cell of their own the region that holds most of their ground.

    Args:
        regions: from `read_regions`.
        cells: from `build_cells`.

    Returns:
        The region of the cells of the same country on which most of the region lies; "" for a
        region with cells of its own, and where less than half of the region lies in kept cells.
    """
    own = regions["region"].isin(cells["region"])
    pieces = _overlaps(regions[~own & regions["country"].isin(cells["country"])])
    known = cells[["gid", "country", "region"]].rename(columns={"region": "around"})
    inside = pieces["share"].where(pieces["gid"].isin(cells["gid"]), 0.0)
    shares = pieces.assign(inside=inside).groupby("region")[["inside", "share"]].sum()
    kept = shares.index[shares["inside"] >= MIN_KEPT * shares["share"]]
    pieces = pieces[pieces["region"].isin(kept)].merge(known, on=["gid", "country"])
    by_area = pieces.groupby(["region", "around"])["share"].sum().unstack("around")
    found = by_area.idxmax(axis="columns")
    return regions["region"].map(found).fillna("").astype("str")


def plain_name(name: object) -> str:
    """Return a place name without accents, case and words such as "region".

    Example:
        >>> plain_name("Tillabéri region")
        'tillaberi'
    """
    text = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode().lower()
    text = re.sub(r"[^a-z ]+", " ", text)
    return re.sub(r" +", " ", re.sub(_FILLER, " ", text)).strip()


def match_region(name: str, known: dict[str, str]) -> str | None:
    """Return the code of the region with this name, allowing for small spelling differences.

    Args:
        name: as written in a source.
        known: codes by `plain_name`, of one country.

    Example:
        >>> match_region("Mopti region", {"mopti": "ML05"})
        'ML05'
    """
    import difflib

    plain = plain_name(name)
    if plain in known:
        return known[plain]
    close = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.82)
    return known[close[0]] if close else None


def _overlaps(regions: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for country, region, shape in zip(
        regions["country"], regions["region"], regions["shape"], strict=True
    ):
        west, south, east, north = shape.bounds
        lons = np.arange(np.floor(west * 2) / 2, east, geography.CELL_DEG)
        lats = np.arange(np.floor(south * 2) / 2, north, geography.CELL_DEG)
        for lat in lats:
            strip = shapely.clip_by_rect(shape, west - 1, lat, east + 1, lat + geography.CELL_DEG)
            for lon in lons:
                piece = shapely.clip_by_rect(
                    strip, lon, lat, lon + geography.CELL_DEG, lat + geography.CELL_DEG
                )
                share = shapely.area(piece) / geography.CELL_DEG**2
                if share > MIN_SHARE:
                    parts.append((country, region, lat + 0.25, lon + 0.25, share))
    pieces = pd.DataFrame(parts, columns=["country", "region", "lat", "lon", "share"])
    pieces["gid"] = geography.gid_of(pieces["lat"], pieces["lon"])
    return pieces.drop(columns=["lat", "lon"])


def _assign(pieces: pd.DataFrame, countries: tuple[str, ...]) -> pd.DataFrame:
    shares = pieces.groupby(["gid", "country"], as_index=False)["share"].sum()
    largest = shares["share"] == shares.groupby("gid")["share"].transform("max")
    mine = shares[
        shares["country"].isin(countries) & (largest | (shares["share"] >= MIN_THEATRE_SHARE))
    ]
    mine = mine.sort_values(["gid", "share", "country"], ascending=[True, False, True])
    mine = mine.drop_duplicates("gid")
    best = pieces.merge(mine[["gid", "country"]], on=["gid", "country"])
    best = best.sort_values(["gid", "share", "region"], ascending=[True, False, True])
    best = best.drop_duplicates("gid")[["gid", "region"]]
    cells = mine.rename(columns={"share": "land_share"}).merge(best, on="gid")
    cells["land_share"] = cells["land_share"].clip(upper=1.0)
    return cells.reset_index(drop=True)


def _population_shares(
    cells: pd.DataFrame,
    pieces: pd.DataFrame,
    regions: pd.DataFrame,
    population: pd.DataFrame | None,
) -> pd.DataFrame:
    pieces = pieces.merge(cells[["gid", "country"]], on=["gid", "country"])
    pieces["area"] = pieces["share"] * geography.cell_area_km2(pieces["gid"].to_numpy())
    people = {} if population is None else people_by_region(regions, population)
    known = {country for country, _ in people}
    region_area = pieces.groupby("region")["area"].transform("sum")
    total = [
        people.get(key, 0.0) if key[0] in known else np.nan
        for key in zip(pieces["country"], pieces["region"], strict=True)
    ]
    pieces["people"] = np.asarray(total) * pieces["area"] / region_area
    sums = pieces.groupby("gid")[["people", "area"]].sum(min_count=1)
    cells["pop_known"] = cells["country"].isin(known)
    weight = (
        cells["gid"].map(sums["people"]).where(cells["pop_known"], cells["gid"].map(sums["area"]))
    )
    cells["pop_share"] = weight / weight.groupby(cells["country"]).transform("sum")
    return cells


def people_by_region(
    regions: pd.DataFrame, population: pd.DataFrame
) -> dict[tuple[str, str], float]:
    """Return people by (country, region code), for countries whose regions all match.

    A country whose population table names other regions than its boundaries is left out:
    its shares would be wrong.
    """
    found: dict[tuple[str, str], float] = {}
    for country, rows in population.groupby("country"):
        mine = regions[regions["country"] == country]
        known = {
            plain_name(name): code
            for name, code in zip(mine["region_name"], mine["region"], strict=True)
        }
        codes = [match_region(name, known) for name in rows["region_name"]]
        if None not in codes and len(set(codes)) == len(known):
            for code, number in zip(codes, rows["population"], strict=True):
                found[str(country), str(code)] = float(number)
    return found


def _unit_vectors(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def _distances(cells: pd.DataFrame, theatre: Theatre, regions: pd.DataFrame) -> pd.DataFrame:
    capital_km = np.zeros(len(cells))
    border_km = np.full(len(cells), np.nan)
    edges = {}
    for country in theatre.countries:
        shapes = regions.loc[regions["country"] == country, "shape"].to_numpy()
        line = shapely.segmentize(shapely.boundary(shapely.union_all(shapes)), BORDER_STEP_DEG)
        points = shapely.get_coordinates(line)
        edges[country] = _unit_vectors(points[:, 1], points[:, 0])
    for country, row in theatre.countries.items():
        mine = (cells["country"] == country).to_numpy()
        lat, lon = cells.loc[mine, "lat"].to_numpy(), cells.loc[mine, "lon"].to_numpy()
        capital_km[mine] = geography.distance_km(lat, lon, row.capital.lat, row.capital.lon)
        others = [edge for other, edge in edges.items() if other != country]
        if others:
            chord, _ = KDTree(np.concatenate(others)).query(_unit_vectors(lat, lon))
            border_km[mine] = geography.arc_km(chord / 2)
    cells["dist_capital_km"] = capital_km
    cells["dist_border_km"] = border_km
    return cells


def observed_window(
    theatre: Theatre, country: str, region_name: str
) -> tuple[int, int, Observed | None]:
    """Return first and last observed month of a region and the row that says so.

    A row that names regions goes before one for the whole country. Where no row applies
    the months are 0 and the row is None.
    """
    plain = plain_name(region_name)
    rows = [row for row in theatre.observed if country in row.countries]
    named = [row for row in rows if plain in {plain_name(name) for name in row.regions}]
    whole = [row for row in rows if not row.regions]
    for row in (*named, *whole):
        return row.first_month, row.last_month, row
    return 0, 0, None


def _observation(cells: pd.DataFrame, theatre: Theatre) -> pd.DataFrame:
    places = cells[["country", "region_name"]].drop_duplicates()
    windows = {
        (country, name): observed_window(theatre, country, name)[:2]
        for country, name in places.itertuples(index=False)
    }
    keys = list(zip(cells["country"], cells["region_name"], strict=True))
    cells["observed_first"] = np.array([windows[key][0] for key in keys], dtype=np.int64)
    cells["observed_last"] = np.array([windows[key][1] for key in keys], dtype=np.int64)
    return cells


def _kept(cells: pd.DataFrame, theatre: Theatre) -> np.ndarray:
    observed = cells["observed_last"].to_numpy() > 0
    always = cells["country"].isin((*theatre.by_role("member"), *theatre.by_role("littoral")))
    tree = KDTree(cells.loc[observed, ["row", "col"]].to_numpy(dtype=float))
    steps, _ = tree.query(cells[["row", "col"]].to_numpy(dtype=float), p=np.inf)
    return observed | always.to_numpy() | (steps <= MARGIN_CELLS)
