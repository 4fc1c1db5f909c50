"""What is said of towns under siege."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "territory",
    {
        "caption": "Towns under siege",
        "country": "Country",
        "what": "On a mean month",
        "regions": "Regions with a town besieged",
        "people": "People in 100 in such regions",
        "start": "{date}, dated",
        "year": "Year {number}, middle",
        "range": "9 in 10",
        "note": (
            "Sieges at the start are those that the theatre dates; there may have been others. A "
            "siege cuts off a town and its road, not all people of its region."
        ),
    },
)
