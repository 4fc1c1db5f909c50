"""Axis names and shared type aliases.

Axis order everywhere: member, month, country (or actor, or stream), cell.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Int

MEMBER = "member"
MONTH = "month"
COUNTRY = "country"
REGION = "region"
STREAM = "stream"
CELL = "cell"

Draws: TypeAlias = Float[np.ndarray, "*case draw"]
"""Forecast draws, the last axis counts them."""

MonthIds: TypeAlias = Int[np.ndarray, " month"]
"""VIEWS month numbers, see `liptako.calendar`."""
