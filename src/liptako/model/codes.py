"""Codes of what a month may hold: how a regime ended, how far a pact or a dispute has come."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """How a regime ended in a month; a mutiny is an attempt that failed."""

    NONE = 0
    COUP_OTHER_CAMP = 1
    COUP_SAME_CAMP = 2
    MUTINY = 3
    REBELLION = 4
    CAPITAL_FALLS = 5
    NEGOTIATED = 6
    INTERVENTION = 7


class Stage(IntEnum):
    """How far a pact has come."""

    PAPER = 0
    CONSULTATIVE = 1
    OPERATIONAL = 2
    INTEGRATED = 3
    DISSOLVED = 4


class Rung(IntEnum):
    """How far a dispute between two states has climbed.

    The upper three are the levels of militarised disputes of the Correlates of War: display of
    force, use of force, war.
    """

    DIALOGUE = 0
    SANCTIONS = 1
    COERCION = 2
    INCIDENT = 3
    CLASH = 4
    WAR = 5


class Threat(IntEnum):
    """How far a bloc has gone toward force against those who rule a member."""

    NONE = 0
    THREATENED = 1
    ORDERED = 2
    SENT = 3


AGE_BANDS = (0, 6, 24, 60, 120)
"""First ages, in months since the coup, of bands within which a regime's risks are constant."""

THREATS = tuple(threat.name.lower() for threat in Threat)
RUNGS = tuple(rung.name.lower() for rung in Rung)
EXITS = tuple(kind.name.lower() for kind in Exit)
STAGES = tuple(kind.name.lower() for kind in Stage)
