"""What is said of regimes: who still rules, how they may end, whom the state still reaches."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts
from liptako.words.numbers import of_100
from liptako.words.numbers import say as numbers

say = Texts(
    "regimes",
    {
        "simulated": "Simulated",
        "tip_country": "country",
        "tip_from": "from",
        "tip_to": "to",
        "reference": "Reference class (dashes)",
        "attempts": "Coups and attempts within {months} months: futures in 100 by their number",
        "attempts_past": "Past regimes born of coups, since 1990",
        "attempts_note": (
            "Past: windows of as many months that began under such a regime, in the whole world."
        ),
        "survival": (
            "Futures in 100 in which the regime of the start still holds power. Blue: simulated, "
            "band over 9 in 10 sets of assumptions. Grey dashes: past regimes that came by coup "
            "(Kaplan-Meier, 90% band)."
        ),
        "finding": "Regimes still in power in {date}, futures in 100: {countries}",
        "finding_alone": "{country} {count} ({range})",
        "finding_past": "{country} {count} ({range}; reference class {past})",
        "words": "Survival of the regime in power, futures in 100.",
        "words_alone": "{country}, {date}: {count} ({range}).",
        "words_past": (
            "{country}, {date}: {count} ({range}), reference class {past} ({past_range})."
        ),
        "axis_ahead": "months ahead",
        "country": "Country",
        "exits": "How regimes may end: futures in 100, with other assumptions",
        "exit_kind": "How",
        "exits_note": ("A mutiny is an attempt that failed. One future may count in several rows."),
        "coup_other_camp": "coup by another camp",
        "coup_same_camp": "coup by the same officers",
        "mutiny": "mutiny",
        "rebellion": "rebellion",
        "capital_falls": "fall of the capital",
        "negotiated": "negotiated transition",
        "intervention": "intervention from abroad",
        "any": "any of these",
        "reach": ("Standing outside the capital: people in 100 whom the state reaches"),
        "reach_note": (
            "Legitimacy outside the capital has never been measured. This counts people outside "
            "the capital's region who neither live where insurgents have lately been active nor "
            "are cut off by a siege, as the month begins. The first column is the start, with all "
            "assumptions."
        ),
    },
)


def exit_name(kind: str) -> str:
    """Return a way in which a regime ends; one that is not known as it is named.

    Example:
        >>> exit_name("capital_falls"), exit_name("palace_revolt")
        ('fall of the capital', 'palace revolt')
    """
    return say[kind] if kind in say else kind.replace("_", " ")


def signs_100(low: float | None, high: float | None) -> str:
    """Return a range in 100 as it stands in brackets."""
    if low is None or high is None:
        return numbers["range_unknown"]
    return f"{round(100 * low)}-{round(100 * high)}"


def in_power(
    *, country: str, share: float, low: float | None, high: float | None, past: float | None
) -> str:
    """Return how often a country's regime is still in power, beside regimes like it."""
    places = {"country": country, "count": of_100(share), "range": signs_100(low, high)}
    if past is None:
        return say("finding_alone", **places)
    return say("finding_past", **places, past=of_100(past))


def in_power_words(
    *,
    country: str,
    date: str,
    share: float,
    low: float | None,
    high: float | None,
    past: Sequence[float | None],
) -> str:
    """Return the same with its date and the range of regimes like it.

    Args:
        country: its name.
        date: in words.
        share: of futures.
        low: end of the range over sets of assumptions.
        high: the other end.
        past: of regimes like it: share, low, high; empty where there are none.
    """
    places = {"country": country, "date": date, "count": of_100(share)}
    places["range"] = signs_100(low, high)
    if not past or past[0] is None:
        return say("words_alone", **places)
    return say("words_past", **places, past=of_100(past[0]), past_range=signs_100(past[1], past[2]))
