"""What patrons gave, as dated in a theatre: the state from which their support is simulated."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from liptako.theatre.schema import Theatre


def support_at(theatre: Theatre, month: int) -> Float[np.ndarray, "patron country"]:
    """Return the level of support of each patron to each country in a month.

    The level is that of the last row whose `since` is not after the month, 0 before the first
    row and for a country without rows. What is dated later never enters.

    Args:
        theatre: patrons with their dated support; countries.
        month: a month number.

    Returns:
        Shares of full support, 0 to 1, in the theatre's order of patrons and countries.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> support_at(theatre, 528).shape == (len(theatre.patrons), len(theatre.countries))
        True
    """
    countries = list(theatre.countries)
    levels = np.zeros((len(theatre.patrons), len(countries)), np.float32)
    for at, patron in enumerate(theatre.patrons.values()):
        for row in patron.support:  # oldest first in each country: a later row replaces it
            if row.since_month <= month:
                levels[at, countries.index(row.country)] = row.level
    return levels
