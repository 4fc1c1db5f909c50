"""How many people live in each cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer


def people_by_cell(
    cells: pd.DataFrame,
    population: pd.DataFrame,
    gid: Integer[np.ndarray, " cell"],
    countries: tuple[str, ...],
) -> Float[np.ndarray, " cell"]:
    """Return the people of each cell: its share of its country's, whether or not all is observed.

    A country without figures counts as the median of the others: one giant must not stand for all.

    Args:
        cells: the snapshot's cells, with `country` and `pop_share`.
        population: by region, from the snapshot.
        gid: the cells wanted.
        countries: over which the median is taken.
    """
    rows = cells.set_index("gid").loc[gid.astype(int)]
    known = population.groupby("country")["population"].sum().reindex(list(countries))
    totals = known.fillna(known.median()).to_dict()
    share = rows["pop_share"].fillna(0.0).to_numpy(float)
    return share * rows["country"].map(totals).to_numpy(float)
