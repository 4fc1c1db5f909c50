"""All tables that a run writes and a report shows, by name; each is made in one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from liptako.calendar import MONTHS_PER_YEAR
from liptako.outcomes import (
    acts,
    base_rates,
    blocs,
    civilians,
    deaths,
    disputes,
    endings,
    places,
    ranks,
    rents,
    sides,
    signposts,
    wars,
)
from liptako.outcomes.counted import outcomes_of, to_frames
from liptako.runs.dataset import theatre_of

HELD = 500_000_000
"""Bytes of a run that may be held in memory while its tables are counted, some 4,000 members."""

PART = 1000
"""Members whose rows are made at once."""


def standard_tables(
    run: xr.Dataset, variants: Mapping[str, xr.Dataset] | None = None
) -> dict[str, pd.DataFrame]:
    """Return every table that a run writes and a report shows, by name.

    Args:
        run: from `simulate` or `load_run`.
        variants: the first members again with something left out, by name.
    """
    run = in_memory(run)
    variants = {name: in_memory(data) for name, data in (variants or {}).items()}
    between = disputes.dispute_tables(run)
    tables = {
        "observed": deaths.recorded(run),
        "deaths_country_month": deaths.deaths_country_month(run),
        "deaths_country_period": deaths.deaths_country_period(run),
        "deaths_members": deaths.deaths_members(run),
        "deaths_stream": deaths.deaths_stream(run),
        "dead_side": sides.dead_side(run),
        "strain": sides.strain_table(run),
        "civilians_perpetrator": civilians.civilians_perpetrator(run),
        "displaced": civilians.displaced(run),
        "cells": places.cells(run),
        "regions": places.regions(run),
        "coast": places.coast(run),
        "reach": places.reach(run),
        **endings.ending_tables(run, variants),
        **between,
        **blocs.bloc_tables(run),
        **rents.rent_tables(run),
        **acts.choice_tables(run),
    }
    if theatre_of(run).menu:
        tables["ranks"] = ranks.ranks_table(run)
    if theatre_of(run).sieges is not None:
        tables["besieged"] = places.besieged(run)
    if endings.has_endings(run):
        tables["rollback_steps"] = wars.rollback_steps(run)
        tables["war_years"] = wars.war_years(run)
        tables["attempts"] = base_rates.attempts(run)
        tables["base_rates"] = base_rates.base_rates(run, between.get("upper_rungs"))
        tables |= signposts.signpost_tables(run)
    return tables


def in_memory(run: xr.Dataset) -> xr.Dataset:
    """Return a run whose file is read once, where that takes little; else as it is."""
    return run.compute() if run.nbytes <= HELD else run


def member_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables from which endings can be counted again, one row a member and time."""
    if not endings.has_endings(run):
        return {}
    return to_frames(outcomes_of(run), int(run["month"][0]))


def yearly_deaths(run: xr.Dataset) -> Iterator[pd.DataFrame]:
    """Yield every member's yearly deaths by country and stream, some members at a time.

    Columns `member`, `year` (from 1), `country`, `stream`, `deaths`; countries without event data
    are not a number.
    """
    months = run.sizes["month"]
    firsts = np.arange(0, months, MONTHS_PER_YEAR)
    countries, streams = run["country"].to_numpy(), run["stream"].to_numpy()
    for first in range(0, run.sizes["member"], PART):
        some = run["deaths"].isel(member=slice(first, first + PART))
        monthly = some.transpose("member", "month", "country", "stream").to_numpy()
        yearly = np.add.reduceat(monthly, firsts, axis=1)
        member, year, country, stream = np.indices(yearly.shape).reshape(4, -1)
        yield pd.DataFrame(
            {
                "member": some["member"].to_numpy()[member],
                "year": year + 1,
                "country": pd.Categorical.from_codes(country, pd.Index(countries)),
                "stream": pd.Categorical.from_codes(stream, pd.Index(streams)),
                "deaths": yearly.ravel(),
            }
        )
