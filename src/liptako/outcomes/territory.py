"""Measures of territory: towns under siege, people whom states reach, deaths near capitals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako.calendar import MONTHS_PER_YEAR

PerMember = Float[np.ndarray, " member"]

HALF = 0.5
"""A state that reaches fewer of the people outside its capital is said to hold the capital only."""


def besieged(run: xr.Dataset, countries: Sequence[str], front: bool | None = None) -> PerMember:
    """Return how many months of a region have a town besieged; at fronts only, or all others."""
    there = run["region_country"].isin(list(countries))
    if front is not None:
        there = there & (run["region_front"] == front)
    months = run["besieged"].isel(region=there.to_numpy()).transpose("member", ...)
    return months.to_numpy().sum(axis=(1, 2), dtype=float)


def people_besieged(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the share of people who live in besieged regions, over the months of the last year."""
    inside = run["region_country"].isin(list(countries)).to_numpy()
    months = run["besieged"].isel(year=-1, region=inside).transpose("member", "region").to_numpy()
    people = run["region_people"].to_numpy()[inside].astype(float)
    length = min(MONTHS_PER_YEAR, run.sizes["month"])
    return months.astype(float) @ people / people.sum() / length


def reached(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the share of people outside capitals' regions whom states reach in the last month."""
    share = run["reached"].isel(month=-1).sel(country=list(countries))
    return share.transpose("member", "country").to_numpy().astype(float) @ outside(run, countries)


def outside(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, " country"]:
    """Return the share of each country in the people who live outside capitals' regions."""
    people = run["region_people"].to_numpy().astype(float) * ~run["region_capital"].to_numpy()
    home = run["region_country"].to_numpy()
    each = np.array([people[home == iso].sum() for iso in countries])
    return each / max(each.sum(), 1.0)


def near_capital(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return people killed near capitals, whoever did it."""
    deaths = run["capital_deaths"].sel(country=list(countries)).transpose("member", ...)
    return deaths.to_numpy().sum(axis=(1, 2), dtype=float)
