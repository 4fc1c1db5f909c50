"""Who is who in a theatre: whose regimes are simulated, who insurgents are, who kills civilians."""

from __future__ import annotations

from liptako.theatre.schema import Theatre

BY_INSURGENTS = 0
"""Which pressure is that of the insurgents: a theatre names theirs first."""


def members_of(theatre: Theatre) -> tuple[str, ...]:
    """Return the countries whose regimes are simulated: the allies, else those with that role."""
    return tuple(theatre.alliance.members) if theatre.alliance else theatre.by_role("member")


def insurgents_of(theatre: Theatre) -> tuple[str, ...]:
    """Return the classes of actors that are insurgents."""
    return tuple(list(theatre.pressures.values())[BY_INSURGENTS])


def killer_of(theatre: Theatre, stream: str) -> str | None:
    """Return who kills civilians on purpose in a stream: insurgents, states, militias or nobody.

    States are the sides of state-based streams that are no insurgents. Militias are all others.
    """
    if theatre.streams[stream].kind != "one_sided":
        return None
    insurgents = set(insurgents_of(theatre))
    sides = {side for s in theatre.streams_of("state_based") for side in theatre.streams[s].sides}
    kills = set(theatre.streams[stream].sides)
    if kills & insurgents:
        return "insurgents"
    return "states" if kills & (sides - insurgents) else "militias"
