"""What regimes weigh when they decide: consequences, and the situation they are in, as arrays."""

from __future__ import annotations

from enum import IntEnum


class Consequence(IntEnum):
    """A consequence that a regime may want (or shun); see `liptako.model.params.MotivesParams`.

    The signs are those of wanting: a positive weight seeks more of it. `INSURGENT_PRESSURE` is
    pressure by insurgents on the state, so its weight counts relief from it.
    """

    INSURGENT_PRESSURE = 0
    CIVILIAN_PROTECTION = 1
    REGIME_SURVIVAL = 2
    RENTS_ARMS = 3
    AUTONOMY = 4
    ALIGNMENT = 5
    POPULAR_APPROVAL = 6
    NEIGHBOUR_LEVERAGE = 7
    ALLIANCE_COMMITMENT = 8
    CORPORATE_ADVANCEMENT = 9


CONSEQUENCES = tuple(item.name.lower() for item in Consequence)


class Situation(IntEnum):
    """What a regime is in when it decides; zero at the start of a run, distrust apart.

    `STRAIN`: losses of its army. `DANGER`: of a coup. `EXPOSURE`: insurgents at its borders.
    `UNBACKED`: support by patrons that it wants and does not get. `PRESSED`: pressure for a date
    of transition. `DISTRUST`: allies do not deliver. `DISPUTE`: how far disputes with neighbours
    have climbed.
    """

    STRAIN = 0
    DANGER = 1
    EXPOSURE = 2
    UNBACKED = 3
    PRESSED = 4
    DISTRUST = 5
    DISPUTE = 6


SITUATIONS = tuple(item.name.lower() for item in Situation)
