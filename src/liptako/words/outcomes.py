"""What outcomes are called, in which groups they stand, and what more or less of each is."""

from __future__ import annotations

from liptako.words.language import Texts

NAMES = Texts(
    "outcome_names",
    {
        "civilians_killed": "Civilians killed on purpose",
        "civilians_by_state": "Civilians killed by states",
        "civilians_by_insurgents": "Civilians killed by insurgents",
        "civilians_by_militias": "Civilians killed by militias",
        "deaths": "People killed, all violence",
        "displaced": "People displaced",
        "coast_deaths": "People killed at the coast",
        "capital_deaths": "People killed near capitals",
        "army_dead": "Dead on the side of states",
        "besieged": "Months of regions besieged",
        "reached": "People reached by their state",
        "rolled_back": "War rolled back",
        "pact_alive": "Pact alive and at work",
        "regimes_held": "All regimes of the start rule on",
        "fails": "The alliance fails",
        "endures": "Works, regimes hold, war goes on",
        "succeeds": "Works, regimes hold, war rolled back",
        "outside": "Works, but a regime changed",
        "exits": "Regimes ended",
        "coups": "Coups and attempts",
        "kept": "Hand-overs while a date stands",
        "missed": "Promised dates missed",
        "put_off": "Promised dates put off",
        "upper_others": "Displays of force to neighbours",
        "disputed_others": "Months of disputes, neighbours",
        "disputed_allies": "Months of disputes, allies",
        "support": "Support by patrons",
        "means": "Means of the states",
        "ruled": "Months in which a rule holds",
    },
)

GROUPS = {
    "harm": (
        "civilians_killed", "civilians_by_state", "civilians_by_insurgents",
        "civilians_by_militias", "civilians_dead", "deaths", "displaced", "coast_deaths",
        "capital_deaths", "army_dead", "besieged", "people_besieged", "reached",
    ),
    "alliance": (
        "pact_alive", "regimes_held", "rolled_back", "fails", "endures", "succeeds", "outside",
    ),
}  # fmt: skip
"""Group to its outcomes, in the order to show them; all others are politics."""

REST = "politics"

texts = Texts(
    "outcomes",
    {
        "harm": "People",
        "alliance": "The alliance",
        "politics": "Regimes, disputes, patrons",
        "share": "Share of support from {name}",
        "in": "{name} ({countries})",
        "with_unit": "{name}, {unit}",
        "chance": "in 100 futures",
        "in_100": "in 100",
        "often_down": "less often",
        "often_up": "more often",
        "count_down": "fewer",
        "count_up": "more",
        "much_down": "less",
        "much_up": "more",
    },
)

SHARE = "share_"
"""Before a patron's name."""

CHANCE = "chance"

HARM = "civilians_killed"
"""Always among what is compared, where a theatre counts it, and shown first."""

_UNCOUNTED = ("share", "times", "patrons in full", "full aid")
"""How units begin of which there is more or less, not more or fewer."""


def name_of(outcome: str) -> str:
    """Return what an outcome is called, with the countries that count where they are named.

    Example:
        >>> name_of("capital_deaths:AAA,BBB"), name_of("share_far_crown"), name_of("joint_acts")
        ('People killed near capitals (AAA, BBB)', 'Share of support from Far Crown', 'Joint acts')
    """
    plain, _, countries = outcome.partition(":")
    if plain in NAMES:
        name = NAMES[plain]
    elif plain.startswith(SHARE):
        patron = plain.removeprefix(SHARE).replace("_", " ").title()
        name = texts("share", name=patron)
    else:
        name = plain.replace("_", " ").capitalize()
    apart = ", ".join(part.strip() for part in countries.split(","))
    return texts("in", name=name, countries=apart) if countries else name


def unit_of(unit: str) -> str:
    """Return a unit as it is printed; chances and shares are printed in 100.

    Example:
        >>> unit_of("chance"), unit_of("share of support"), unit_of("killed")
        ('in 100 futures', 'in 100', 'killed')
    """
    if unit == CHANCE:
        return texts["chance"]
    return texts["in_100"] if unit.startswith("share") else unit


def title_of(outcome: str, unit: str) -> str:
    """Return an outcome's name, with its unit where the name does not say it.

    Example:
        >>> title_of("deaths", "killed"), title_of("fails", "chance")
        ('People killed, all violence', 'The alliance fails, in 100 futures')
    """
    name = name_of(outcome)
    return texts("with_unit", name=name, unit=unit_of(unit)) if _said(unit) else name


def _said(unit: str) -> bool:
    return unit == CHANCE or unit.startswith(_UNCOUNTED)


def scale_of(unit: str) -> float:
    """Return by what values of a unit are multiplied to be printed."""
    return 100.0 if unit == CHANCE or unit.startswith("share") else 1.0


def ends_of(unit: str) -> tuple[str, str]:
    """Return what to call the two sides of zero.

    Example:
        >>> ends_of("killed"), ends_of("chance"), ends_of("share of support")
        (('fewer', 'more'), ('less often', 'more often'), ('less', 'more'))
    """
    kind = "often" if unit == CHANCE else "much" if unit.startswith(_UNCOUNTED) else "count"
    return texts[f"{kind}_down"], texts[f"{kind}_up"]


def group_of(outcome: str) -> str:
    """Return the group of an outcome: `harm`, `alliance` or `politics`."""
    plain = outcome.partition(":")[0]
    return next((group for group, names in GROUPS.items() if plain in names), REST)


def in_order(outcomes: list[str]) -> list[str]:
    """Return outcomes by group, harm to civilians first; otherwise as they come.

    Example:
        >>> in_order(["exits", "pact_alive", "deaths:AAA", "civilians_killed"])
        ['civilians_killed', 'deaths:AAA', 'pact_alive', 'exits']
    """
    ordered = [name for names in GROUPS.values() for name in names]
    places = {name: place for place, name in enumerate(ordered)}
    return sorted(outcomes, key=lambda name: places.get(name.partition(":")[0], len(places)))
