"""What is known of each first-level region before the start: people, and recorded violence.

Recorded deaths and events are those of the region that the event data name, so that a region in
which no cell mostly lies, such as a capital's district, has its own. Futures are counted by the
region of the cell; deaths so counted stand beside them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from liptako.data import arrays
from liptako.model.outputs import WINDOWS
from liptako.runs.start import Prepared

STATE_BASED = "state_based"

RECORDED = ("deaths", "deaths_state_based", "events", "deaths_in_cells")
"""What is recorded by region; names in the dataset begin with `adm1_`."""


@lru_cache(maxsize=2)
def known_regions(prepared: Prepared) -> dict[str, Any]:
    """Return as coordinates of a run what is known of every region of the theatre.

    Returns:
        `past_window` (months before the start) and along `adm1`, the regions: `adm1_people` (not a
        number without a figure by region), and `adm1_` with each of `RECORDED`, by `past_window`
        (not a number where event data do not cover the longest).
    """
    regions = prepared.snapshot.regions
    recorded = recorded_by_region(prepared)
    unseen = ~covered(prepared)
    found = {
        f"adm1_{name}": (
            ("past_window", "adm1"),
            np.where(unseen, np.nan, values).astype(np.float32),
        )
        for name, values in recorded.items()
    }
    return {
        "past_window": ("past_window", np.array(WINDOWS), {"units": "months before the start"}),
        "adm1_people": ("adm1", people_of(regions, prepared.snapshot.population)),
        **found,
    }


def people_of(regions: pd.DataFrame, population: pd.DataFrame) -> Float[np.ndarray, " adm1"]:
    """Return the people of each region as published; not a number where no figure is of it.

    Figures of a country count only if each of its regions has one: where they are of other
    divisions, a region and a larger one around it may share a name.
    """
    known = {
        str(code): float(number)
        for country, rows in population.groupby("country")
        if set(rows["region"]) == set(regions.loc[regions["country"] == country, "region"])
        for code, number in zip(rows["region"], rows["population"], strict=True)
    }
    return np.array([known.get(str(code), np.nan) for code in regions["region"]])


def recorded_by_region(prepared: Prepared) -> dict[str, Float[np.ndarray, "past_window adm1"]]:
    """Return `RECORDED` by region over the last months before the start, one row a window.

    Deaths and events of the streams that are simulated, as `baseline.recorded` counts them.
    """
    snapshot, structure, init = prepared.snapshot, prepared.structure, prepared.init_month
    codes = tuple(snapshot.regions["region"].astype(str))
    first = init - max(WINDOWS) + 1
    of_region = (snapshot.events, structure.streams, codes, first, init)
    deaths = arrays.by_region(*of_region)
    fights = np.isin(structure.streams, prepared.loaded.theatre.streams_of(STATE_BASED))
    cells = arrays.by_cell(
        snapshot.events, structure.streams, structure.gid.astype(int), first, init, "deaths"
    )
    in_cells = np.zeros((len(cells), len(codes)), np.float32)
    simulated = pd.Index(codes).get_indexer(pd.Index(structure.regions))
    in_cells[:, simulated] = cells.sum(axis=1) @ structure.region_matrix
    monthly = {
        "deaths": deaths.sum(axis=1),
        "deaths_state_based": deaths[:, fights].sum(axis=1),
        "events": arrays.by_region(*of_region, "events").sum(axis=1),
        "deaths_in_cells": in_cells,
    }
    return {
        name: np.stack([values[-window:].sum(axis=0) for window in WINDOWS])
        for name, values in monthly.items()
    }


def covered(prepared: Prepared) -> Bool[np.ndarray, " adm1"]:
    """Return which regions have event data for the longest window: all of one of their cells.

    A region without cells goes by the region that it is counted in; outside the cells none has.
    """
    cells, regions = prepared.snapshot.cells, prepared.snapshot.regions
    init = prepared.init_month
    seen = (cells["observed_first"] <= init - max(WINDOWS) + 1) & (cells["observed_last"] >= init)
    place = regions["counted_in"].where(regions["counted_in"] != "", regions["region"])
    return place.isin(cells.loc[seen, "region"]).to_numpy()
