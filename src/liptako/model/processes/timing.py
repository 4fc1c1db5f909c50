"""Timing: in which months regimes choose."""

from __future__ import annotations

from jaxtyping import Array, Bool

from liptako.calendar import begins_quarter
from liptako.model.state import Forcing


def chooses(forcing: Forcing) -> Bool[Array, ""]:
    """Return whether this is a month in which regimes choose."""
    return begins_quarter(forcing.month)
