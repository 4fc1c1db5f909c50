"""What is said of blocs: threats of force, interventions, and who leaves."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "blocs",
    {
        "caption": "Blocs and juntas: futures in 100, with other assumptions",
        "country": "Country",
        "what": "By then",
        "threatened": "threatened with force, or beyond",
        "ordered": "force ordered, or beyond",
        "sent": "force sent",
        "outside": "out of the bloc at that time",
        "note": (
            "A threat of the start counts where it still stands after the first month. Force that "
            "was sent may end rule; how often it does is in the table of exits."
        ),
    },
)
