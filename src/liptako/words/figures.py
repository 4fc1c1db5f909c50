"""What is said of every chart: its scales and what it was made from."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "figures",
    {
        "own": "Each panel has a scale of its own: compare lengths within a panel only.",
        "shared": "All panels have one scale.",
        "events": "Events: {events}",
        "futures": "{sources}. Futures: Liptako",
        "timeline": "dated record of politics",
        "regimes": "past regimes and coups",
        "pacts": "past pacts",
        "wars": "past wars",
        "disputes": "past militarised disputes",
        "motives": "record of decisions",
        "levers": "published effects of levers",
        "displacement": "internal displacement",
        "population": "population by region",
        "outlines": "outlines of countries and regions",
        "judgement": "judgement where no data decide",
    },
)


def source_line(events: str, kinds: Sequence[str]) -> str:
    """Return the sources of a chart in a line.

    Args:
        events: the source of the events, with its licence.
        kinds: what the chart was made from, as named here; `events` among them or not.

    Example:
        >>> source_line("X 1.0", ("events", "judgement"))
        'Events: X 1.0; judgement where no data decide. Futures: Liptako'
    """
    named = [say(kind, events=events) if kind == "events" else say[kind] for kind in kinds]
    text = "; ".join(named)
    return say("futures", sources=text[:1].upper() + text[1:])
