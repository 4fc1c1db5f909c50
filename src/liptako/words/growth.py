"""What is said of growth in futures beside that of past cases."""

from __future__ import annotations

from collections.abc import Mapping

from liptako.words.language import Texts
from liptako.words.numbers import between

say = Texts(
    "growth",
    {
        "head": "Growth of what is shown, beside history's",
        "about": "as seen from {date}, {members} futures; past cases to the same month",
        "country": "country",
        "deaths": "deaths",
        "recorded": "{what}: {recorded} on record",
        "recorded_cell": "{last} ({before})",
        "year": "year {year}",
        "beside": "beside past years with",
        "last": "last year (before)",
        "class_cell": "{size}, {change} ({source})",
        "class_any": "{size} ({source})",
        "state_based": "state-based",
        "one_sided": "civilians killed on purpose",
        "one_sided_by": "civilians killed by {actor}",
        "all": "all kinds",
        "displaced": "people displaced",
        "ALL": "The members together",
        "cell": "{growth} ({range})",
        "few": "{growth} (few cases)",
        "outside_mark": "{cell} !",
        "read": (
            "Growth: the middle of the futures' deaths in a year over those of the last recorded "
            "year, one added to both. Brackets: 5% to 95% of past years of that size that had "
            "fallen by more than a quarter, risen by more than a third, or neither. !: outside."
        ),
        "inside": "No middle of {rows} lies outside the band of past cases; {sides}.",
        "outside": "{outside} of {rows} middles lie outside the band of past cases; {sides}.",
        "sides": "{above} are above the middle of past cases, {below} below",
        "explained": "{country}, {quantity}: {years}. Past years: {class_}. {side} {why}",
        "explained_year": "year {year} {growth}, past {range}",
        "higher": "Higher than nearly all past cases.",
        "lower": "Lower than nearly all past cases.",
        "unexplained": "Not explained yet.",
        "fell": "fallen",
        "level": "level",
        "rose": "risen",
        "size_none": "none",
        "size_last": "{least} or more",
        "world": "the world's state-based",
        "theatre": "the theatre's own",
        "world_state_based": "the world's state-based, own cases being few",
    },
)


def ratio(value: float) -> str:
    """Return a growth with the figures it deserves.

    Example:
        >>> [ratio(value) for value in (0.004, 0.276, 1.03, 12.4, 536.8)]
        ['0.00', '0.28', '1.0', '12', '537']
    """
    return f"{value:.2f}" if value < 0.995 else f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def band(low: float, high: float) -> str:
    """Return a range of growths.

    Example:
        >>> band(0.02, 3.45)
        '0.02 to 3.5'
    """
    return between(ratio(low), ratio(high))


def quantity(name: str, actors: Mapping[str, str]) -> str:
    """Return what a kind of deaths is called.

    Example:
        >>> quantity("one_sided x", {"x": "Raiders"}), quantity("all", {})
        ('civilians killed by Raiders', 'all kinds')
    """
    kind, _, actor = name.partition(" ")
    return say("one_sided_by", actor=actors[actor]) if actor else say[kind]


def size(least: int, most: int | None) -> str:
    """Return a size of years in words.

    Args:
        least: its least number.
        most: its greatest; none without bound.

    Example:
        >>> size(0, 0), size(25, 99), size(1000, None)
        ('none', '25 to 99', '1,000 or more')
    """
    if most is None:
        return say("size_last", least=f"{least:,}")
    return between(f"{least:,}", f"{most:,}") if most else say["size_none"]
