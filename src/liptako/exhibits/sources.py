"""What each chart was made from: futures too rest on all that their part of the model reads."""

from __future__ import annotations

from liptako.exhibits.facts import Facts
from liptako.words.figures import source_line

_VIOLENCE = ("events", "population", "judgement")
_POLITICS = ("events", "timeline", "regimes", "pacts", "wars", "disputes", "judgement")

USED = {
    "fan": _VIOLENCE,
    "annual": _VIOLENCE,
    "perpetrators": _VIOLENCE,
    "map": (*_VIOLENCE, "outlines"),
    "endings": _POLITICS,
    "stages": ("events", "timeline", "regimes", "pacts", "disputes", "judgement"),
    "survival": ("timeline", "regimes", "events", "judgement"),
    "disputes": ("timeline", "disputes", "events", "judgement"),
    "ladders": ("timeline", "disputes", "events", "judgement"),
    "choices": ("timeline", "motives", "events", "judgement"),
    "lenses": ("timeline", "motives", "judgement"),
    "base_rates": _POLITICS,
    "compare": (*_POLITICS, "levers"),
}
"""By key of the exhibit, in the order to name them."""


def source_of(key: str, facts: Facts) -> str:
    """Return the source line of a chart: of events alone where nothing more is known of it."""
    return source_line(facts.events, USED[key]) if key in USED else facts.source
