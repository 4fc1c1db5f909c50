"""What is said of political quantities in the run, beside past cases."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts

say = Texts(
    "base_rates",
    {
        "model": "Model, in this run",
        "reference": "Reference class (dashes)",
        "definition": (
            "Dot: middle; line: 90% interval. Blue: the run. Grey diamond, dashed line: past cases "
            "of the same kind, with their number."
        ),
        "definition_sources": "{definition} Past cases from: {sources}.",
        "finding_none": "No political quantity has a reference class",
        "finding": "The run lies inside the range of past cases in {inside} of {known} quantities",
        "finding_outside": "{text}; outside: {names}",
        "words": "What the run expects, beside reference classes.",
        "words_alone": "{quantity} ({unit}): model {model}.",
        "words_past": "{quantity} ({unit}): model {model}; {cases} {past}, {source}.",
        "past_cases": "past cases",
        "one_past_case": "1 past case",
        "number_of_past_cases": "{number} past cases",
        "no_past_cases": "no past cases",
        "span": "{middle} ({low} to {high})",
    },
)


def finding(inside: int, known: int, outside: Sequence[str]) -> str:
    """Return in how many quantities the run lies inside the range of past cases."""
    if not known:
        return say["finding_none"]
    text = say("finding", inside=inside, known=known)
    return say("finding_outside", text=text, names=", ".join(outside)) if outside else text


def cases(number: int | None) -> str:
    """Return how many past cases there are.

    Example:
        >>> cases(None), cases(1), cases(1350)
        ('past cases', '1 past case', '1,350 past cases')
    """
    if number is None:
        return say["past_cases"]
    if number == 1:
        return say["one_past_case"]
    return say("number_of_past_cases", number=f"{number:,}")


def span(middle: float, low: float | None, high: float | None) -> str:
    """Return a quantity to three figures with its interval, where that is known."""
    if low is None or high is None:
        return f"{middle:.3g}"
    return say("span", middle=f"{middle:.3g}", low=f"{low:.3g}", high=f"{high:.3g}")
