"""A run cut to the months that count, and what is left summed for each member."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.outcomes.counted import of_country

PerMember = Float[np.ndarray, " member"]
Measure = Callable[[xr.Dataset, Sequence[str]], PerMember]


def within(run: xr.Dataset, months: slice) -> xr.Dataset:
    """Return a run with some months only, counted from 0; yearly outputs stay as they are."""
    return run.isel(month=months)


def until(run: xr.Dataset, horizon: int) -> xr.Dataset:
    """Return a run up to a horizon of whole years, so that nothing later can count.

    Raises:
        InputError: the run is shorter.
    """
    if not MONTHS_PER_YEAR <= horizon <= run.sizes["month"]:
        allowed = f"{MONTHS_PER_YEAR} to {run.sizes['month']}"
        raise InputError("longer than the run", field="horizon", value=horizon, allowed=allowed)
    years = slice(0, horizon // MONTHS_PER_YEAR)
    return run.isel(month=slice(0, horizon), year=years, full_year=years)


def summed(values: xr.DataArray, countries: Sequence[str], **places: Any) -> PerMember:
    """Return the sum over everything but members, country by country: a file holds them so."""
    total = np.zeros(values.sizes["member"])
    for country in countries:
        mine = of_country(values, country, "member", ..., **places)
        total += mine.sum(axis=tuple(range(1, mine.ndim)), dtype=float)
    return total
