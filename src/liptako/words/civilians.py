"""What is said of civilians who are killed on purpose, and by whom."""

from __future__ import annotations

from collections.abc import Mapping

from liptako.words.language import Texts
from liptako.words.numbers import MISSING, between, exact, in_hundred, rounded

say = Texts(
    "civilians",
    {
        "short": "Harm to civilians",
        "by": "Killed by",
        "country": "Country",
        "all_countries": "All countries shown",
        "total": "Civilians killed, all countries together",
        "by_country": "Civilians killed, by perpetrator and country",
        "definition": (
            "Civilians killed in attacks on civilians in a year. Black tick: recorded, {before}. "
            "Dot: middle of the futures, {after}; line: 9 in 10 futures."
        ),
        "plain": "Civilians killed in {year}, by perpetrator",
        "shares": "Of civilians killed in {year}, expected shares: {shares}",
        "share": "{who} {share}",
        "words": "Civilians killed in a year, by perpetrator.",
        "words_item": "{who} {seen} in {before}, {middle} ({range}) in {after}",
        "words_country": "{country}: {items}.",
        "unknown": "unknown",
        "tip_by": "by",
        "terminal": "Civilians killed on purpose in the members, by: {shares}",
        "terminal_share": "{who} {percent}%",
    },
)


def finding(year: str, shares: Mapping[str, float]) -> str:
    """Return who kills most civilians, as shares in the order given; plain where none is known."""
    if not shares:
        return say("plain", year=year)
    items = [say("share", who=who, share=in_hundred(share)) for who, share in shares.items()]
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
