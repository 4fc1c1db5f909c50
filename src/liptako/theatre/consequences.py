"""What regimes weigh when they decide: the consequences of an act, in the order of arrays."""

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
