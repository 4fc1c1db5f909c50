"""Timing: in which months regimes choose."""

from __future__ import annotations

from jaxtyping import Array, Bool

from liptako.model.state import Forcing

QUARTER = 3
"""Months between choices."""


def chooses(forcing: Forcing) -> Bool[Array, ""]:
    """Return whether this is a month in which regimes choose."""
    return forcing.month % QUARTER == 1
