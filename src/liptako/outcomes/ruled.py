"""In how many months a rule of the policy holds, see `liptako.model.processes.contingent`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Float


def months(run: xr.Dataset, countries: Sequence[str]) -> Float[np.ndarray, " member"]:
    """Return the share of months in which a rule holds in any of some countries."""
    held = run["ruled"].sel(country=list(countries)).any("country")
    return np.asarray(held.mean("month"), float)
