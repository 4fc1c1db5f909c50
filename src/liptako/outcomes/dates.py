"""What is counted of promised dates and of the ranks; `liptako.outcomes.measures` names it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako.model.codes import Exit
from liptako.runs.dataset import theatre_of

AGGRIEVED = 0.5
"""Grievance beyond the start at which a month counts as one of unrest in the ranks: as much as half
a year without pay, or a reshuffle half a year ago."""


def acts_done(kind: str, run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, " member"]:
    """Return how many acts of a kind (`promise`, `extend`, `reshuffle`) were taken."""
    menu = theatre_of(run).menu
    codes = [
        number
        for number, act in enumerate(menu.values(), 1)
        if kind in (act.transition, act.pact, act.ranks)
    ]
    taken = run["act"].sel(country=list(countries)).isin(codes)
    return taken.sum(["month", "country"]).to_numpy().astype(float)


def kept(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, " member"]:
    """Return how often power was handed over while a promised date stood."""
    mine = run[["due", "exits"]].sel(country=list(countries))
    over = (mine["exits"] == int(Exit.NEGOTIATED)) & (mine["due"] > 0)
    return over.sum(["month", "country"]).to_numpy().astype(float)


def aggrieved(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, " member"]:
    """Return in how many months of a country the ranks hold much against those who lead them."""
    much = run["grievance"].sel(country=list(countries)) >= AGGRIEVED
    return much.sum(["month", "country"]).to_numpy().astype(float)
