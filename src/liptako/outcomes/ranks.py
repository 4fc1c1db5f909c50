"""Grievance in the ranks and promised dates, country by country, as one small table."""

from __future__ import annotations

from functools import partial

import pandas as pd
import xarray as xr

from liptako.model.codes import Exit
from liptako.outcomes.cut import Measure
from liptako.outcomes.dates import acts_done, aggrieved, kept
from liptako.outcomes.deaths import QUANTILES, quantiles
from liptako.outcomes.measures import exits, missed
from liptako.runs.dataset import theatre_of
from liptako.theatre.roles import members_of

COUNTED: dict[str, Measure] = {
    "aggrieved": aggrieved,
    "reshuffles": partial(acts_done, "reshuffle"),
    "mutinies": partial(exits, (Exit.MUTINY,)),
    "insiders": partial(exits, (Exit.COUP_SAME_CAMP,)),
    "promised": partial(acts_done, "promise"),
    "put_off": partial(acts_done, "extend"),
    "missed": missed,
    "kept": kept,
}
"""What the table counts over all months of a run, in its order."""


def ranks_table(run: xr.Dataset) -> pd.DataFrame:
    """Return how often each thing of `COUNTED` comes to a country with a simulated regime.

    Returns:
        Columns `country`, `measure`, `p_any` (share of futures with at least one), `mean` and
        quantiles over futures of the number in all months of the run.
    """
    rows = []
    for country in members_of(theatre_of(run)):
        for name, count in COUNTED.items():
            found = count(run, [country])
            row = {"country": country, "measure": name, "p_any": float((found > 0).mean())}
            rows.append(row | quantiles(found))
    return pd.DataFrame(rows, columns=["country", "measure", "p_any", "mean", *QUANTILES])
