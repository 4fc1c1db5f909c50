"""What is said of states' means and of the pact's agenda."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "rents",
    {
        "means": "What states can spend, in 100 of what they could at the start",
        "country": "Country",
        "means_note": (
            "Middle, and in brackets 9 in 10 futures. An index, not a budget: borders, bank, "
            "energy, mines, sanctions, aid and the pact's trade move it by judged amounts."
        ),
        "agenda": "The pact's agenda: futures in 100, with other assumptions",
        "item": "Item",
        "by_then": "By then",
        "agreed": "agreed at least",
        "in_force": "in force",
        "agenda_note": "An item is proposed, then agreed, then in force; all begin as proposed.",
    },
)
