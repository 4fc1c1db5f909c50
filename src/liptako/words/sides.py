"""What is said of whose the dead are, and of what the war costs armies."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "sides",
    {
        "caption": "Whose the dead are",
        "side": "Side",
        "state": "the state's",
        "insurgents": "insurgents",
        "civilians": "civilians",
        "note": (
            "The event data count volunteers and foreign partners on the side of the state, and "
            "on no side the civilians who die in battles: all civilians are counted here, killed "
            "on purpose or not. Recorded dead of no known side are shared out as those of their "
            "stream are."
        ),
        "strain": "Armies: offensives and strain",
        "measure": "Measure",
        "offensives": "Months of offensives",
        "strain_row": "Dead of the state, over a year's mean of the three years before",
        "year": "Year {number}, middle",
        "range": "9 in 10",
        "strain_note": (
            "A month counts as one of offensives where at least {least:g} insurgents die, and "
            "at least {times:g} for each of the state's dead: the data do not say who attacked."
        ),
    },
)
