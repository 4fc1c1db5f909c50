"""What is said of how far to trust a run."""

from __future__ import annotations

from liptako.words.language import Texts

say = Texts(
    "trust",
    {
        "deaths": "Deaths",
        "politics": "Regimes, pact, outcomes",
        "forms": "Forms of mechanisms",
        "data": "Data",
        "not_verified": "Deaths: not yet verified against the record",
        "not_modelled": (
            "None in this run: it is shorter than a year, or no pact was signed by then."
        ),
    },
)


def sentence(text: str) -> str:
    """Return a line as a sentence.

    Example:
        >>> sentence("Tested"), sentence("Not tested.")
        ('Tested.', 'Not tested.')
    """
    return text if text.endswith(".") else f"{text}."
