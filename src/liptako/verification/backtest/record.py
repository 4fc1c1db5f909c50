"""What happened, as arrays: deaths by country, by cell and by perpetrator, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.theatre.schema import Theatre

STATE_BASED = "state_based"
ONE_SIDED = "one_sided"


def observed_countries(
    theatre: Theatre, snapshot: Snapshot, first: int, last: int
) -> tuple[str, ...]:
    """Return the countries all of whose cells are observed from one month to another.

    A country observed in part is left out: its unobserved cells are unknown, not peaceful.
    """
    cells = snapshot.cells
    seen = (cells["observed_first"].between(1, first)) & (cells["observed_last"] >= last)
    whole = seen.groupby(cells["country"]).all()
    return tuple(iso for iso in theatre.countries if whole.get(iso, False))


def checked_countries(
    wanted: Sequence[str] | None, theatre: Theatre, observed: Sequence[str]
) -> tuple[str, ...]:
    """Return the countries to score: those given, or the theatre's observed members.

    Raises:
        InputError: a country that the theatre lacks or that is not observed throughout.
    """
    if wanted is None:
        return tuple(iso for iso in theatre.by_role("member") if iso in observed)
    chosen = tuple(dict.fromkeys(iso.strip().upper() for iso in wanted))
    for iso in chosen:
        if iso not in observed:
            known = iso in theatre.countries
            unknown = "no such country in the theatre" + _meant(iso, theatre)
            raise InputError(
                "not observed throughout" if known else unknown,
                field="countries",
                value=iso,
                allowed=", ".join(observed),
            )
    if not chosen:
        raise InputError("no country", field="countries", allowed=", ".join(observed))
    return chosen


def _meant(given: str, theatre: Theatre) -> str:
    """Return which code was meant by what comes near a country's name or code."""
    codes = {
        name.upper(): iso for iso, row in theatre.countries.items() for name in (row.name, iso)
    }
    close = get_close_matches(given.upper(), codes, n=1)
    return f" (did you mean {codes[close[0]]}?)" if close else ""


def world_table(snapshot: Snapshot) -> pd.DataFrame:
    """Return state-based deaths of all countries, months by `country_id`; `nan` is unknown."""
    return snapshot.country_months.pivot(
        index="month", columns="country_id", values="deaths_sb"
    ).astype(float)


def country_deaths(
    snapshot: Snapshot, countries: Sequence[str], first: int, last: int
) -> Float[np.ndarray, "month country"]:
    """Return state-based deaths by the country that the events name."""
    return _sums(snapshot.events, "country", list(countries), first, last)


def cell_deaths(
    snapshot: Snapshot, gid: Int[np.ndarray, " cell"], first: int, last: int
) -> Float[np.ndarray, "month cell"]:
    """Return state-based deaths by the cell that was published, the challenge's truth."""
    return _sums(snapshot.events, "gid_published", list(gid), first, last)


def cells_of(snapshot: Snapshot, countries: Sequence[str]) -> Int[np.ndarray, " cell"]:
    """Return the cells of countries, each cell in the country of most of its land."""
    cells = snapshot.cells
    return np.sort(cells.loc[cells["country"].isin(list(countries)), "gid"].to_numpy(int))


def perpetrator_streams(theatre: Theatre) -> dict[str, str]:
    """Return the stream of each class of actor that kills civilians on purpose."""
    return {theatre.streams[name].sides[0]: name for name in theatre.streams_of(ONE_SIDED)}


def one_sided_deaths(
    snapshot: Snapshot, theatre: Theatre, countries: Sequence[str], first: int, last: int
) -> Float[np.ndarray, "month unit"]:
    """Return one-sided deaths; units are perpetrator by country, countries varying fastest."""
    streams = tuple(perpetrator_streams(theatre).values())
    deaths = arrays.by_country(snapshot.events, streams, tuple(countries), first, last)
    return deaths.reshape(len(deaths), -1).astype(float)


def country_neighbours(
    snapshot: Snapshot, theatre: Theatre, countries: Sequence[str]
) -> dict[str, list[str]]:
    """Return each country's neighbours in the theatre: those with adjoining cells."""
    cells = snapshot.cells[["row", "col", "country"]]
    place = {(row, col): iso for row, col, iso in cells.itertuples(index=False)}
    near: dict[str, set[str]] = {iso: set() for iso in countries}
    for (row, col), iso in place.items():
        if iso not in near:
            continue
        around = [place.get((row + i, col + j)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        near[iso].update(other for other in around if other is not None and other != iso)
    return {iso: [other for other in theatre.countries if other in near[iso]] for iso in near}


def cells_around(
    snapshot: Snapshot, gid: Int[np.ndarray, " cell"], first: int, last: int
) -> tuple[Int[np.ndarray, " neighbour"], list[list[int]]]:
    """Return the cells next to some cells, and which of both adjoin each of the latter.

    Args:
        snapshot: its cells.
        gid: ascending.
        first: first month in which a neighbour must have been observed.
        last: last such month.

    Returns:
        The neighbours that are not in `gid`, and for each of `gid` the up to eight cells around it
        as positions in `gid` followed by those neighbours.
    """
    cells = snapshot.cells
    seen = cells["observed_first"].between(1, first) & (cells["observed_last"] >= last)
    rows = cells[seen | cells["gid"].isin(gid)]
    at = {(row, col): int(g) for g, row, col in rows[["gid", "row", "col"]].to_numpy()}
    of = {g: place for place, g in at.items()}
    steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    near = []
    for row, col in (of[int(g)] for g in gid):
        around = (at.get((row + i, col + j)) for i, j in steps)
        near.append([g for g in around if g is not None])
    beyond = np.array(sorted({g for row in near for g in row} - set(gid.tolist())), int)
    place = {g: i for i, g in enumerate([*gid.tolist(), *beyond.tolist()])}
    return beyond, [[place[g] for g in row] for row in near]


def history_start() -> int:
    """Return the first month of histories by cell and by perpetrator."""
    return FIRST_MONTH


def _sums(events: pd.DataFrame, unit: str, units: list, first: int, last: int) -> np.ndarray:
    rows = events[
        (events["kind"] == STATE_BASED) & events["month"].between(first, last)
        & events[unit].isin(units)
    ]  # fmt: skip
    wide = rows.pivot_table(index="month", columns=unit, values="deaths", aggfunc="sum")
    months = range(first, last + 1)
    return wide.reindex(index=months, columns=units).fillna(0.0).to_numpy(float)
