"""What is said of the readings of excitation: what one event tends to be followed by."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "readings",
    {
        "prior": "prior",
        "posterior": "posterior",
        "definition": (
            "Events that follow one event, over all later months. Grey: before the data (prior); "
            "blue: after (posterior); 90% intervals. Predictive: who tends to follow whom, "
            "not what causes what."
        ),
        "tip_reading": "reading",
        "axis": "events that follow one event",
        "finding": (
            "{reading}: {middle:.2f} events follow one ({low:.2f} to {high:.2f}), more than in any "
            "other reading"
        ),
        "words": "Events that follow one event, by political reading; predictive.",
        "words_item": "{reading}, {kind}: {middle:.3f}, 90% from {low:.3f} to {high:.3f}.",
    },
)
