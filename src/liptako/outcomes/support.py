"""Measures of what patrons give: one number a member, at the end of the last whole year.

Each instrument counts by its share of its patron's support, so that 1 is one patron in full in one
country. Such a sum orders futures; it is no common currency, for one patron counts soldiers and
another money.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako.model.menu import build_patrons
from liptako.runs.dataset import theatre_of

PerMember = Float[np.ndarray, " member"]


def support(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return what patrons give some countries, in patrons in full."""
    return _given(run, countries) @ build_patrons(theatre_of(run)).weight


def share(patron: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the share of one patron in all that patrons give some countries; none of nothing.

    Args:
        patron: of the theatre.
        run: its last whole year counts.
        countries: clients.

    Raises:
        ValueError: there is no such patron.
    """
    patrons, given = build_patrons(theatre_of(run)), _given(run, countries)
    own = given @ patrons.share[patrons.names.index(patron)]
    return own / np.maximum(given @ patrons.weight, LEAST)


LEAST = 1e-9
"""Support below this is none."""


def money(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the money that patrons give some countries, in full aid of the largest."""
    return _given(run, countries) @ build_patrons(theatre_of(run)).money


def _given(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, "member instrument"]:
    last = run["support"].isel(full_year=-1).sel(country=list(countries))
    return last.sum("country").transpose("member", "instrument").to_numpy().astype(float)
