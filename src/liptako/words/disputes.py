"""What is said of disputes between states: rungs of the ladder, chances, rates of past ones."""

from __future__ import annotations

from collections.abc import Sequence

from liptako.words.language import Texts
from liptako.words.numbers import of_100, one_or_range

say = Texts(
    "disputes",
    {
        "war": "War",
        "clash": "Use of force",
        "incident": "Display of force",
        "coercion": "Coercion",
        "sanctions": "Sanctions",
        "dialogue": "Dialogue",
        # ladders
        "bands": (
            "Futures in 100, by the rung of the dispute at the end of a month. Sanctions: short of "
            "threats. Coercion: threats, recalled envoys, closed borders. Militarised: the three "
            "darkest rungs, most too rare to see here."
        ),
        "bands_head": "at the end: {beyond} beyond dialogue, {militarised} militarised",
        "bands_finding_one": (
            "In {date} {pair} stand at coercion or beyond in {count} of 100 futures"
        ),
        "bands_finding_none": (
            "In {date} {pair} stand at coercion or beyond in {count} of 100 futures, the most of "
            "{pairs} pairs; none of the pairs are most often at dialogue"
        ),
        "bands_finding_single": (
            "In {date} {pair} stand at coercion or beyond in {count} of 100 futures, the most of "
            "{pairs} pairs; 1 of the pairs is most often at dialogue"
        ),
        "bands_finding_many": (
            "In {date} {pair} stand at coercion or beyond in {count} of 100 futures, the most of "
            "{pairs} pairs; {talking} of the pairs are most often at dialogue"
        ),
        "bands_words": "Stacked areas of the rung of each dispute, futures in 100.",
        "bands_pair": "{pair}, {date}: {items}.",
        "bands_item": "{rung} {count}",
        "tip_futures": "futures in 100",
        "tip_from": "from",
        "tip_to": "to",
        "tip_pair": "pair",
        "tip_rung": "step",
        # chances
        "dots": (
            "Chance in 100 that a pair comes to it at least once within {months} months. Line: "
            "nine tenths of the range over what is assumed. Dashes and grey band: a pair of the "
            "region that touches, at the rate of past disputes, with its 90% interval."
        ),
        "dots_war": "{text} War between any of them: {chance} in 100.",
        "panel_incident": "Display of force, or beyond",
        "panel_clash": "Use of force, or beyond",
        "panel_war": "War",
        "chances_finding": (
            "Within {months} months {pair} come to a display of force or beyond in {chance} of "
            "100 futures"
        ),
        "chances_past": "{text}; a past pair of the region in {chance}",
        "chances_any": "{text}; any of the {pairs} pairs in {chance}",
        "chances_words": "Dots: chance in 100 of a militarised dispute within {months} months.",
        "chances_rung": "{rung}: {items}.",
        "chances_item": "{pair} {chance}",
        "chances_together": "Any pair: {chance}.",
        "chances_past_pair": "A past pair: {chance} ({range}).",
        # grids
        "groups": "Any pair of a kind comes to it by {date}: futures in 100",
        "groups_note": (
            "In brackets in the first column: how many pairs. Past pairs: as many pairs of the "
            "region that touch, at the rate of past disputes."
        ),
        "group": "{name} ({pairs})",
        "pairs": "Pairs",
        "whose": "Rate",
        "here": "This run",
        "past_pairs": "Past disputes",
        "comes_to": "Comes to",
        "between allies": "Two members of the pact",
        "ally and outsider": "A member and a neighbour",
        "between outsiders": "Two others",
        "all pairs": "Any of these",
        "grid_incident": "Display of force or beyond",
        "grid_clash": "Use of force or beyond",
        "grid_war": "War",
        "rungs": "Militarised disputes in 100 years of a pair",
        "rungs_note": (
            "Past disputes: {source}, {years} years of pairs; {counts}. Most past pairs were quiet "
            "for all of these years; those listed here are a chosen part."
        ),
        "rung_count": "{rung} {count}",
        # terminal
        "short_ally and outsider": "a member and a neighbour",
        "short_between allies": "two members",
        "short_between outsiders": "two others",
        "line": "Use of force by {date}, in 100: {items}",
        "line_item": "{group} {count}",
        "line_range": "{text} ({range})",
        "line_past": "{text}, as many past pairs {count}",
        "flat": ("Not drawn: no rung's share moves by {moves} in 100 or more between {names}."),
    },
)


def flat(names: Sequence[str], moves: float) -> str:
    """Return which pairs have no panel of their own, and why."""
    return say("flat", names="; ".join(names), moves=round(100 * moves))


def group_name(group: str) -> str:
    """Return a kind of pairs; one that is not known as it is named."""
    return say.get(group, group)


def chance(share: float, low: float | None, high: float | None) -> str:
    """Return a chance in 100 with its range, where that is known.

    Example:
        >>> chance(0.14, 0.10, 0.18), chance(0.14, None, None)
        ('14 (10-18)', '14')
    """
    text = of_100(share)
    if low is None or high is None:
        return text
    return f"{text} ({of_100(low)}-{of_100(high)})"


def bands_finding(*, date: str, pair: str, share: float, pairs: int, talking: int) -> str:
    """Return who stands highest on the ladder, and how many pairs are at dialogue."""
    places = {"date": date, "pair": pair, "count": of_100(share), "pairs": pairs}
    if pairs == 1:
        return say("bands_finding_one", **places)
    key = {0: "bands_finding_none", 1: "bands_finding_single"}.get(talking, "bands_finding_many")
    return say(key, **places, talking=talking)


def chances_finding(
    *, months: int, pair: str, own: str, past: float | None, pairs: int, together: str | None
) -> str:
    """Return the likeliest pair, a past pair, and any pair."""
    text = say("chances_finding", months=months, pair=pair, chance=own)
    if past is not None:
        text = say("chances_past", text=text, chance=of_100(past))
    if together is None or pairs == 1:
        return text
    return say("chances_any", text=text, pairs=pairs, chance=together)


def rate(middle: float, low: float | None, high: float | None) -> str:
    """Return a rate in 100 years to two figures, with its range.

    Example:
        >>> rate(2.2, 1.5, 3.8), rate(3.0, None, None), rate(3.0, 0.00001, 8.0)
        ('2.2 (1.5 to 3.8)', '3', '3 (0 to 8)')
    """
    if low is None or high is None or f"{low:.2g}" == f"{high:.2g}":
        return f"{middle:.2g}"
    # what is nothing beside the middle reads as nothing, not in powers of ten
    least = f"{low:.2g}" if low > 0.001 * middle else "0"
    return f"{middle:.2g} ({one_or_range(least, f'{high:.2g}')})"


def terminal_line(date: str, items: Sequence[str]) -> str:
    """Return the chances of kinds of pairs in a line."""
    return say("line", date=date, items="; ".join(items))


def terminal_item(
    group: str, share: float, low: float | None, high: float | None, past: float | None
) -> str:
    """Return the chance of one kind of pairs, beside as many past pairs."""
    text = say("line_item", group=say[f"short_{group}"], count=of_100(share))
    if low is not None and high is not None:
        ends = dict.fromkeys([of_100(low), of_100(high)])
        text = say("line_range", text=text, range="-".join(ends))
    return text if past is None else say("line_past", text=text, count=of_100(past))
