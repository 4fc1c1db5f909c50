"""What a theatre dates: support, disputes and promises as they stood in a month.

Nothing dated later than the month enters.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
from jaxtyping import Float, Int

from liptako import calendar
from liptako.theatre.politics import Rung
from liptako.theatre.schema import Theatre

RUNGS: tuple[str, ...] = get_args(Rung)
"""Rungs of a ladder, lowest first."""


def support_at(theatre: Theatre, month: int) -> Float[np.ndarray, "patron country"]:
    """Return the level of support of each patron to each country in a month.

    The level is that of the last row whose `since` is not after the month, 0 before the first
    row and for a country without rows.

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


def rungs_at(theatre: Theatre, month: int) -> Int[np.ndarray, " dyad"]:
    """Return the rung on which the dispute of each pair of countries stands in a month.

    The rung is that of the last row whose `since` is not after the month; dialogue before the
    first row and for a pair without rows.

    Args:
        theatre: ladders with their dated rows.
        month: a month number.

    Returns:
        Positions in `RUNGS`, in the theatre's order of ladders.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> [RUNGS[rung] for rung in rungs_at(theatre, 528)].count("coercion")
        3
    """
    rungs = np.zeros(len(theatre.ladders), np.int32)
    for at, dyad in enumerate(theatre.ladders):
        for row in dyad.standing:  # oldest first
            if row.since_month <= month:
                rungs[at] = RUNGS.index(row.rung)
    return rungs


def promised_at(theatre: Theatre, month: int) -> Float[np.ndarray, " country"]:
    """Return the months until the date to hand over that stands in each country.

    The date is that of the last row whose `since` is not after the month.

    Args:
        theatre: dated promises; countries.
        month: a month number.

    Returns:
        Months until a date lapses, in the month after it; 0 where none stands or it has passed.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> promised_at(theatre, 528).max().item()
        8.0
    """
    countries = list(theatre.countries)
    left = np.zeros(len(countries), np.float32)
    for row in theatre.promises:  # oldest first in each country: a later row replaces it
        if row.since_month <= month:
            lapses = month if row.due is None else calendar.parse_month(row.due) + 1
            left[countries.index(row.country)] = lapses - month if lapses > month + 1 else 0
    return left
