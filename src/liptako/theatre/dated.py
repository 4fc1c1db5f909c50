"""What a theatre dates: support, disputes, threats, promises, grievances, sieges, by month.

Nothing dated later than the month enters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
from jaxtyping import Float, Int

from liptako import calendar
from liptako.theatre.politics import Rung, ThreatName
from liptako.theatre.schema import Theatre

RUNGS: tuple[str, ...] = get_args(Rung)
"""Rungs of a ladder, lowest first."""

THREATS: tuple[str, ...] = get_args(ThreatName)
"""How far a bloc's threat may go, least first."""

GRIEVANCES: tuple[str, ...] = ("pay", "posts")
"""Kinds of grievances, in the order of arrays."""


def support_at(theatre: Theatre, month: int) -> Float[np.ndarray, "instrument country"]:
    """Return the level of support by each instrument of a patron to each country in a month.

    The level is that of the last row whose `since` is not after the month, 0 before the first
    row and for a country without rows.

    Args:
        theatre: patrons with their dated support; countries.
        month: a month number.

    Returns:
        Shares of full support, 0 to 1, in the theatre's order of instruments and countries.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> support_at(theatre, 528).shape == (len(theatre.instruments), len(theatre.countries))
        True
    """
    return _levels_at(theatre, month, "support", 0.0)


def offers_at(theatre: Theatre, month: int) -> Float[np.ndarray, "instrument country"]:
    """Return what each country would get in a month if it took what it is offered.

    At least what it gets; see `support_at` for arguments and order.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> bool((offers_at(theatre, 528) >= support_at(theatre, 528)).all())
        True
    """
    return np.maximum(_levels_at(theatre, month, "offers", 0.0), support_at(theatre, month))


def most_at(theatre: Theatre, month: int) -> Float[np.ndarray, "instrument country"]:
    """Return what law lets each country get at its own request in a month, 1 where none bounds it.

    At least what it gets; see `support_at` for arguments and order.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> bool((most_at(theatre, 528) >= support_at(theatre, 528)).all())
        True
    """
    return np.maximum(_levels_at(theatre, month, "most", 1.0), support_at(theatre, month))


def _levels_at(
    theatre: Theatre, month: int, field: str, without: float
) -> Float[np.ndarray, "instrument country"]:
    countries, instruments = list(theatre.countries), theatre.instruments
    levels = np.full((len(instruments), len(countries)), without, np.float32)
    for at, means in enumerate(instruments.values()):
        for row in getattr(means, field):  # oldest first in each country: a later row replaces it
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


def threats_at(theatre: Theatre, month: int) -> Int[np.ndarray, "bloc country"]:
    """Return how far each bloc has gone toward force against those who rule each country.

    The stage is that of the last row whose `since` is not after the month, none before.

    Args:
        theatre: blocs with their dated threats; countries.
        month: a month number.

    Returns:
        Positions in `THREATS`, in the theatre's order of blocs and countries.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> THREATS[threats_at(theatre, 528).max()]
        'threatened'
    """
    countries = list(theatre.countries)
    stages = np.zeros((len(theatre.blocs), len(countries)), np.int32)
    for at, bloc in enumerate(theatre.blocs.values()):
        for row in bloc.threats:  # oldest first in each country: a later row replaces it
            if row.since_month <= month:
                stages[at, countries.index(row.country)] = THREATS.index(row.stage)
    return stages


def imposed_at(theatre: Theatre, month: int) -> Float[np.ndarray, "lever country"]:
    """Return one where others impose what a lever stands for on a country in a month.

    What stands is that of the last row whose `since` is not after the month.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> int(imposed_at(theatre, 528).sum())
        3
    """
    levers, countries = list(theatre.levers), list(theatre.countries)
    stands = np.zeros((len(levers), len(countries)), np.float32)
    for row in theatre.imposed:  # oldest first in each country: a later row replaces it
        if row.since_month <= month:
            column = countries.index(row.country)
            stands[:, column] = [name in row.levers for name in levers]
    return stands


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


def grievances_at(
    theatre: Theatre, month: int, half_life: float, last_coup: Mapping[str, int]
) -> Float[np.ndarray, "kind country"]:
    """Return what each army holds against those who lead it in a month.

    Of each kind the strongest of the rows counts, faded since its month. What led to a coup, or
    came before it, went with those who fell.

    Args:
        theatre: dated grievances; countries.
        month: a month number.
        half_life: months in which half of it is forgotten.
        last_coup: month of the last coup that succeeded, by country.

    Returns:
        Shares, 0 to 1, in the order of `GRIEVANCES` and of the theatre's countries.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> grievances_at(theatre, 528, 6.0, {}).shape == (2, len(theatre.countries))
        True
    """
    countries = list(theatre.countries)
    felt = np.zeros((len(GRIEVANCES), len(countries)), np.float32)
    for row in theatre.grievances:
        if last_coup.get(row.country, -1) < row.since_month <= month:
            at = GRIEVANCES.index(row.kind), countries.index(row.country)
            faded = row.size * 2.0 ** (-(month - row.since_month) / half_life)
            felt[at] = max(felt[at], faded)
    return felt


LATELY = 12
"""Months before the start in which an outside force that left is not wholly in the level yet."""


def withdrawn_at(theatre: Theatre, month: int) -> Float[np.ndarray, " country"]:
    """Return how much outside force left each country of late, less what came.

    The force is that of `support_at`, instrument by instrument, times `force` of each. What left
    $a$ months ago counts by $1 - a/12$: the level of violence has seen the months since, so that
    what left a year ago or before counts nothing.

    Args:
        theatre: patrons with their dated support; countries.
        month: a month number.

    Returns:
        In units of a large force, 0 or more, in the theatre's order of countries.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> round(withdrawn_at(theatre, 528).max().item(), 2)
        0.75
    """
    force = np.array([row.force for row in theatre.instruments.values()], np.float32)
    stood = [force @ support_at(theatre, month - ago) for ago in range(LATELY + 1)]
    ages = np.arange(LATELY, dtype=np.float32)[:, None]
    left = (np.array(stood[1:]) - np.array(stood[:-1])) * (1.0 - ages / LATELY)
    return np.maximum(left.sum(axis=0), 0.0).astype(np.float32)


def besieged_at(
    theatre: Theatre, regions: Sequence[str], month: int
) -> Float[np.ndarray, " region"]:
    """Return one where a town of a region is besieged in a month.

    Args:
        theatre: dated sieges.
        regions: codes; a siege elsewhere is left out.
        month: a month number.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> theatre = load_scenario("sahel-2024").theatre
        >>> besieged_at(theatre, [row.region for row in theatre.sieges], 528).tolist()
        [1.0, 1.0]
    """
    found = np.zeros(len(regions), np.float32)
    for row in theatre.sieges or []:
        until = month + 1 if row.until is None else calendar.parse_month(row.until)
        if row.region in regions and row.since_month <= month < until:
            found[list(regions).index(row.region)] = 1.0
    return found
