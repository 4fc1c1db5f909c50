"""What states can spend, and how far the agenda of the pact has come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.draws import set_numbers
from liptako.model.processes.commitment import IN_FORCE
from liptako.outcomes.acts import horizons
from liptako.outcomes.deaths import QUANTILES, quantiles
from liptako.outcomes.ranges import chance
from liptako.runs.dataset import theatre_of
from liptako.theatre.roles import members_of

STAGES = {"agreed": 1.0, "in_force": IN_FORCE}
"""How far an item of the agenda has come, at least."""


def rent_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return tables on means and the agenda by name: those that the theatre has something for."""
    theatre = theatre_of(run)
    tables = {}
    if members_of(theatre) and run.sizes["month"] >= MONTHS_PER_YEAR:
        tables["means"] = means(run)
    if run.sizes["item"]:
        tables["agenda"] = agenda(run)
    return tables


def means(run: xr.Dataset) -> pd.DataFrame:
    """Return what each state can spend at the end of each year, over what it could at the start.

    Args:
        run: a run's dataset.

    Returns:
        Columns `country`, `year`, `mean` and quantiles over futures.
    """
    rows = []
    for country in members_of(theatre_of(run)):
        level = np.exp(run["means"].sel(country=country).transpose("member", "month").to_numpy())
        for year in range(1, run.sizes["month"] // MONTHS_PER_YEAR + 1):
            values = level[:, year * MONTHS_PER_YEAR - 1].astype(float)
            rows.append({"country": country, "year": year} | quantiles(values))
    return pd.DataFrame(rows, columns=["country", "year", "mean", *QUANTILES])


def agenda(run: xr.Dataset) -> pd.DataFrame:
    """Return how likely each item of the agenda is to be agreed, and in force, by each horizon.

    Args:
        run: a run's dataset.

    Returns:
        Columns `item`, `label`, `horizon` (months), `stage` (of `STAGES`), `p`, `lo`, `hi`, `mcse`.
    """
    alliance, sets = theatre_of(run).alliance, set_numbers(run["member"].to_numpy())
    items = alliance.agenda if alliance else {}
    rows = []
    for name, item in items.items():
        reached = run["items"].sel(item=name).transpose("member", "month").to_numpy()
        for months in horizons(run.sizes["month"]):
            for stage, least in STAGES.items():
                found = chance(reached[:, months - 1] >= least, sets)
                row = {"item": name, "label": item.label, "horizon": months, "stage": stage}
                rows.append(row | found)
    columns = ["item", "label", "horizon", "stage", "p", "lo", "hi", "mcse"]
    return pd.DataFrame(rows, columns=columns)
