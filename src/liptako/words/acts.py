"""What is said of what juntas may choose, of dates they promise, and of who supports them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liptako.words.language import Texts
from liptako.words.numbers import between, of_100, one_or_range

say = Texts(
    "acts",
    {
        "free": "Other acts",
        "armed": "Acts that law bounds",
        "tip_country": "country",
        "tip_act": "act",
        "tip_futures": "futures in 100",
        "tip_from": "from",
        "tip_to": "to",
        "definition": (
            "Chance in 100 that a junta decides so at least once by {date}. Line: nine tenths of "
            "the range over what is assumed. Decisions consistent with assumed motives; nobody's "
            "intent."
        ),
        "finding_both": "By {date} {free}; {armed}",
        "finding_one": "By {date} {only}",
        "finding_free": "most often chosen: {act} ({chances} of 100 futures, by country)",
        "finding_armed": ("of those that law bounds: {act} ({chances} of 100 futures, by country)"),
        "words": "Dots: chance in 100 that a junta decides so at least once by {date}.",
        "words_act": "{act}: {items}.",
        "words_item": "{country} {chance}",
        # grids
        "acts": "Chosen at least once by {date}: futures in 100, with other assumptions",
        "act": "Act",
        "per_year": "Times a year",
        "note": (
            "Each quarter a junta takes one act or none. These are decisions consistent with "
            "assumed motives, not anyone's intent, and no advice. Times a year: mean of the "
            "countries. Without a range: there are too few futures to estimate one."
        ),
        "note_law": (
            "{note} Acts that law bounds are listed because people suffer them, not as options. "
            "{laws}"
        ),
        "law": "{acts}: {law}.",
        "promises": "Promised dates to hand over: futures in 100, with other assumptions",
        "country": "Country",
        "promised": "A date",
        "stands": "stands then",
        "missed": "has passed without a hand-over",
        "handed_over": "stood when power was handed over",
        "promises_note": (
            "A date that stands at the start counts, and so do those promised later. A date that "
            "is put off before it is due has not passed."
        ),
        "patron": "Patron",
        "at_start": "Start",
        "support": "What each gives whom, in 100 of the most that it has given",
        "support_note": (
            "Middle, and in brackets 9 in 10 futures. Each patron, or each of its instruments, is "
            "counted in the most that it has given itself, so numbers of two cannot be added. Who "
            "gives nothing is left out."
        ),
        "wars": "How deadly a patron's own war is, as a multiple of the start",
        "wars_note": (
            "Middle, and in brackets 9 in 10 futures, of a fading mean of monthly deaths. How much "
            "of it is missing in what the patron gives is judgement: from nothing to as much."
        ),
        # terminal
        "line_acts": "Most likely to be chosen by {date}, in 100, by junta: {items}",
        "line_promises": "A promised date to hand over has passed by {date}, in 100: {items}",
        "line_item": "{name} {chance}",
    },
)


def chance(share: float, low: float | None, high: float | None) -> str:
    """Return a chance in 100, with its range where there are futures enough for one.

    Example:
        >>> chance(0.48, 0.29, 0.67), chance(0.001, 0.001, 0.001)
        ('48 (29 to 67)', '< 1')
    """
    text = of_100(share)
    if low is None or high is None or round(100 * low) == round(100 * high):
        return text
    return f"{text} ({between(round(100 * low), round(100 * high))})"


def finding(
    date: str, free: tuple[str, float, float] | None, armed: tuple[str, float, float] | None
) -> str:
    """Return the likeliest act of each kind.

    Args:
        date: by when.
        free: the likeliest act that no law bounds, and the ends of its chances by country.
        armed: the same of those that law bounds.
    """
    texts = {
        kind: say(f"finding_{kind}", act=found[0], chances=one_or_range(*map(of_100, found[1:])))
        for kind, found in (("free", free), ("armed", armed))
        if found is not None
    }
    if len(texts) == 2:
        return say("finding_both", date=date, **texts)
    return say("finding_one", date=date, only="".join(texts.values()))


def note(laws: Mapping[str, Sequence[str]]) -> str:
    """Return what stands under the table of acts, with the law that bounds some of them.

    Args:
        laws: law to the acts that it bounds.
    """
    if not laws:
        return say["note"]
    texts = [say("law", acts=", ".join(acts), law=law) for law, acts in laws.items()]
    return say("note_law", note=say["note"], laws=" ".join(texts))


def terminal_item(name: str, shares: Sequence[float]) -> str:
    """Return a name with its chance in 100, the ends of a range where they differ."""
    ends = dict.fromkeys(of_100(share) for share in shares)
    return say("line_item", name=name, chance="-".join(ends))
