"""What is said of grievance in the ranks and of promised dates."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "ranks",
    {
        "caption": "The ranks and promised dates, over the whole run",
        "country": "Country",
        "measure": "What",
        "any": "Futures with any, in 100",
        "mean": "Mean number",
        "range": "9 in 10",
        "aggrieved": "Months of unrest in the ranks",
        "reshuffles": "Reshuffles of commanders",
        "mutinies": "Mutinies: coups that failed",
        "insiders": "Coups by a junta's own officers",
        "promised": "Dates newly promised",
        "put_off": "Dates put off",
        "missed": "Dates that passed unkept",
        "kept": "Hand-overs while a date stood",
        "note": (
            "A month counts as one of unrest where pay, posts and exposure together are at least "
            "{least:g} beyond the start: as half a year without pay, or a reshuffle half a year "
            "ago. A date that passes unkept, or is put off, is remembered; one that was broken "
            "before the start is not counted again."
        ),
    },
)
