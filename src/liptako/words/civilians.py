"""What is said of civilians who are killed on purpose, and by whom."""

from __future__ import annotations

from collections.abc import Mapping

from liptako.words.language import Texts
from liptako.words.numbers import MISSING, between, exact, inside_100, rounded

say = Texts(
    "civilians",
    {
        "short": "Harm to civilians",
        "on_purpose": "killed on purpose in the members",
        "by": "Killed by",
        "country": "Country",
        "all_countries": "The members together",
        "total": "Civilians killed on purpose in the members, together",
        "all_perpetrators": "All together",
        "by_country": "Civilians killed on purpose, by perpetrator and country",
        "definition": (
            "Civilians killed in attacks on civilians in a year. Black tick: recorded, {before}. "
            "Dot: middle of the futures, {after}; line: 9 in 10 futures."
        ),
        "plain": "Civilians killed in {year}, by perpetrator",
        "shares": "Of civilians killed in {year}, expected shares in 100: {shares}",
        "share": "{who} {share}",
        "words": "Civilians killed in a year, by perpetrator.",
        "words_item": "{who} {seen} in {before}, {middle} ({range}) in {after}",
        "words_country": "{country}: {items}.",
        "unknown": "unknown",
        "tip_by": "by",
        "terminal": "Civilians killed on purpose in the members, by: {shares}",
        "terminal_share": "{who} {percent}%",
        "displaced": "People newly displaced, by country of origin",
        "displaced_year": "{year}, middle",
        "displaced_note": (
            "Fitted on few and noisy yearly totals: ranges are wide. A person who flees twice is "
            "counted twice."
        ),
        "displaced_line": "Newly displaced: {items}",
        "displaced_item": "{country} {middle} ({range})",
    },
)


def finding(year: str, shares: Mapping[str, float]) -> str:
    """Return who kills most civilians, as shares in the order given; plain where none is known."""
    if not shares:
        return say("plain", year=year)
    items = [say("share", who=who, share=inside_100(share)) for who, share in shares.items()]
    return say("shares", year=year, shares=", ".join(items))


def item(
    *,
    who: str,
    seen: float | None,
    before: str,
    middle: float,
    low: float,
    high: float,
    after: str,
) -> str:
    """Return one perpetrator's row in words."""
    known = exact(seen)
    return say(
        "words_item",
        who=who,
        seen=say["unknown"] if known == MISSING else known,
        before=before,
        middle=rounded(middle),
        range=between(rounded(low), rounded(high)),
        after=after,
    )


def shares_line(shares: Mapping[str, float]) -> str:
    """Return expected shares in a line."""
    items = [
        say("terminal_share", who=who, percent=f"{100 * share:.0f}")
        for who, share in shares.items()
    ]
    return say("terminal", shares=", ".join(items))


def displaced_item(country: str, middle: float, low: float, high: float) -> str:
    """Return how many people may flee in a country.

    Example:
        >>> displaced_item("Here", 612_345.0, 250_000.0, 1_412_000.0)
        'Here 612,000 (250,000 to 1,410,000)'
    """
    span = between(rounded(low), rounded(high))
    return say("displaced_item", country=country, middle=rounded(middle), range=span)
