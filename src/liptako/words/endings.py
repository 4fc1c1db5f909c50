"""What is said of the endings of the alliance and of the evidence that stands beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liptako.words.language import Texts
from liptako.words.numbers import between, either
from liptako.words.numbers import say as number_words

say = Texts(
    "endings",
    {
        "fails": "Fails",
        "endures": "Endures",
        "succeeds": "Succeeds",
        "endures_note": "regimes hold, war not contained",
        "succeeds_note": "insurgents rolled back, regimes hold",
        "long_fails": "Fails",
        "long_endures": "Endures, war not contained",
        "long_succeeds": "Succeeds",
        # ways to fail: on the first screen, in the headline, in the terminal
        "short_stays_on_paper": "on paper",
        "short_breaks_up": "break-up",
        "short_rivalry": "rivalry",
        "short_regime_lost": "regime lost",
        "verb_stays_on_paper": "stays on paper",
        "verb_breaks_up": "breaks up",
        "verb_rivalry": "turns into rivalry",
        "verb_regime_lost": "loses a regime",
        "line_stays_on_paper": "stays on paper",
        "line_breaks_up": "member leaves or dissolved",
        "line_rivalry": "members become rivals",
        "line_regime_lost": "regime lost, pact alive",
        "way": "{name} {count}",
        # headline
        "lead_fails": "the alliance fails",
        "lead_endures": "the regimes endure and the war is not contained",
        "lead_succeeds": "the alliance succeeds",
        "lead_ways": "the alliance {ways}",
        "least_fails": "Failure",
        "least_endures": "Endurance",
        "least_succeeds": "Success",
        "most": "In most simulated futures",
        "no_majority": "No ending has a majority: most often",
        "headline": (
            "{most} {what} by {date} ({first} in 100; {first_range} under other assumptions). "
            "{least} is least likely ({last} in 100; {last_range})."
        ),
        # chart
        "definition": (
            "Each dot is one future in 100. In brackets: 9 in 10 sets of assumptions. Fails: the "
            "pact stays on paper or breaks up, or a regime is lost. Endures: the regimes hold, the "
            "war is not contained. Succeeds: the regimes hold and the insurgents are rolled back. "
            "Sampling error of the simulation alone: {error} in 100 at most."
        ),
        "verb_fails": "fails",
        "verb_endures": "endures",
        "verb_succeeds": "succeeds",
        "finding": "The alliance {what} in {count} of 100 futures by {date}",
        "finding_later": "{text}, in {count} by {date}",
        "words": "Endings of the alliance, futures in 100.",
        "words_horizon": "By {date}: {items}.",
        "words_item": "{ending} {count} ({range})",
        "dot_label": "{name} {count} ({range})",
        # first screen
        "question": "Will the {alliance} work?",
        "by": "How it may end by {date}",
        "ending": "Ending",
        "in_100": "Futures in 100",
        "other_assumptions": "Other assumptions",
        "dot_note": "One dot is 5 futures in 100. The range spans 9 in 10 sets of assumptions.",
        "defined": "How endings are defined",
        "fails_means": (
            "The pact is broken: a member has left, or it is dissolved. Or it is on paper: fewer "
            "than {min_joint_acts} joint acts in the last 12 months. Either is called rivalry "
            "where two members threatened each other, or worse, in those months. Or a regime is "
            "lost, by {lost_by}; this last is outside the three endings of the argument."
        ),
        "endures_means": (
            "The pact is alive and the regimes hold, but the insurgents are not rolled back."
        ),
        "succeeds_means": (
            "The pact is alive, the regimes hold and the insurgents are rolled back: in at least "
            "{rolled_back_members} members the deaths they inflict are at most "
            "{rolled_back_share} the yearly mean of the three years before, in each of the last "
            "two years (by the end of the first year: in that year); in the others at most "
            "{others_at_most} that mean; and the cells with events of theirs are at most "
            "{attacked_cells_share} those of the year before."
        ),
        "times": "{value} times",
        # beside endings
        "trust": "Endings",
        "evidence": "Never tested. Roughly {share} of their spread rests on judgement.",
        "evidence_unknown": (
            "Never tested, and how much of their spread is judgement is not known."
        ),
        "one_by_one": (
            "One by one: pact alive {alive}, all regimes held {held}, insurgents rolled back "
            "{rolled} in 100."
        ),
        "reference_only": (
            "Reference classes, judgement at its middle: fails {fails}, endures {endures}, "
            "succeeds {succeeds} in 100."
        ),
        "markov_pact": (
            "A pact like past ones, whatever its members gain: fails {fails}, endures {endures}, "
            "succeeds {succeeds} in 100."
        ),
        "without_pact": (
            "Without the pact, rollback in {without} of 100 futures; with it in {with_}."
        ),
        "without_pact_alone": "Without the pact, rollback in {without} of 100 futures.",
        "gap": "{gap} ± {error}",
        # grids
        "cross": "Alliance, regimes and insurgents by {date}: futures in 100",
        "alliance": "Alliance",
        "regimes": "Regimes",
        "broken": "Broken",
        "paper": "On paper",
        "alive": "Alive",
        "held": "Held",
        "lost": "Lost",
        "rolled_back": "Insurgents rolled back",
        "not_contained": "Not contained",
        "cross_note": (
            "Success is the cell alive, held, rolled back. A rollback with the pact broken or on "
            "paper is not its success."
        ),
        "grid": "Endings under other thresholds: futures in 100",
        "grid_column": "Threshold",
        "grid_value": "Set to",
        "min_joint_acts": "Joint acts in 12 months, at least",
        "rolled_back_share": "Deaths inflicted, share of before",
        "rolled_back_members": "Members rolled back, at least",
        "others_at_most": "Deaths in the other members, share of before",
        "attacked_cells_share": "Cells with insurgents' events, share of before",
        "negotiated_is_lost": "A negotiated transition counts as lost",
        "grid_note": (
            "Each row holds one threshold and spans all {settings} settings of the others. These "
            "are other definitions, not other futures."
        ),
        "variants": (
            "With reference classes and judgement at its middle, with a pact like past ones, and "
            "without: endings by {date}, in 100"
        ),
        "reporting": "If less were reported: endings by {date}, in 100",
        "variant": "Run",
        "variant_paired": "As it is",
        "variant_reference_only": "Reference classes, judgement at its middle",
        "variant_without_pact": "Without the pact",
        "variant_markov_pact": "A pact like past ones",
        "variant_reporting": "{share}% less reported",
        "rolled_back_short": "Rolled back",
        "variants_note": (
            "{members} futures each, with the same random draws in every row; the row as it is may "
            "differ a little from the main run, which has more. Sampling error: up to {error} in "
            "100."
        ),
        "reporting_note": (
            "Less reporting looks like less war: what would be counted as success then is silence. "
            "{note}"
        ),
        # terminal
        "line_head": "Alliance by {date}",
        "line_in_100": "in 100",
        "line_assumptions": "other assumptions",
        "line_none": "Endings: none; {why}.",
        "line_parts": (
            "One by one: pact alive {alive}, all regimes held {held}, rollback {rolled} in 100"
        ),
        "line_without": (
            "Without the pact, rollback {without} in 100 ({beside}{futures} paired futures)"
        ),
        "line_with": "with it {with_}; ",
        "line_gap": "difference {gap}; ",
        "line_markov_pact": (
            "A pact like past ones, whatever its members gain: fails {fails}, endures {endures}, "
            "succeeds {succeeds} in 100"
        ),
        "line_reference_only": (
            "Reference classes, judgement at its middle: fails {fails}, endures {endures}, "
            "succeeds {succeeds} in 100"
        ),
        "line_unknown": ("Not tested: endings. How much of their spread is judgement is not known"),
        "line_few": "Not tested: endings. Too few futures to estimate their spread",
        "line_judgement": "Not tested: endings. Roughly {share} of their spread is judgement",
        # why there are none
        "no_alliance": "this theatre has no alliance",
        "signed_later": "the pact was signed in {date}, after this run begins",
        "too_short": "they are counted at 12, 24 and 36 months, and this run is shorter",
        "counted_at": "they are counted at 12, 24 and 36 months",
    },
)


def range_words(low: str, high: str) -> str:
    """Return a range over sets of assumptions in words.

    Example:
        >>> range_words("41", "74"), range_words("?", "?"), range_words("0", "< 1")
        ('41 to 74', 'range unknown', 'at most 1')
    """
    if low == "?":
        return number_words["range_unknown"]
    return number_words["at_most_one"] if high == number_words["below_one"] else between(low, high)


def range_signs(low: str, high: str) -> str:
    """Return a range over sets of assumptions as it stands in a column.

    Example:
        >>> range_signs("41", "74"), range_signs("?", "?"), range_signs("0", "< 1")
        ('41-74', 'unknown', '< 1')
    """
    if low == "?":
        return number_words["unknown"]
    return high if high == number_words["below_one"] else f"{low}-{high}"


def headline(
    *,
    first: str,
    first_count: int,
    first_text: str,
    first_range: str,
    ways: Sequence[str],
    last: str,
    last_text: str,
    last_range: str,
    date: str,
) -> str:
    """Return the sentence that leads: the likeliest ending and the least likely.

    Args:
        first: the likeliest ending.
        first_count: its futures in 100.
        first_text: the same as it is shown.
        first_range: over sets of assumptions, in words.
        ways: where it is failure, the ways to fail that occur, likeliest first.
        last: the least likely ending.
        last_text: its futures in 100, as they are shown.
        last_range: over sets of assumptions, in words.
        date: by when.
    """
    what = say[f"lead_{first}"]
    if first == "fails" and ways:
        what = say("lead_ways", ways=either([say[f"verb_{way}"] for way in ways]))
    return say(
        "headline",
        most=say["most" if first_count > 50 else "no_majority"],
        what=what,
        date=date,
        first=first_text,
        first_range=first_range,
        least=say[f"least_{last}"],
        last=last_text,
        last_range=last_range,
    )


def finding(ending: str, counts: Sequence[str], dates: Sequence[str]) -> str:
    """Return an ending's futures in 100 from horizon to horizon."""
    text = say("finding", what=say[f"verb_{ending}"], count=counts[0], date=dates[0])
    for count, date in zip(counts[1:], dates[1:], strict=True):
        text = say("finding_later", text=text, count=count, date=date)
    return text


def why_none(*, allied: bool, signed_later: str | None) -> str:
    """Return why a run has no endings.

    Args:
        allied: the theatre has an alliance.
        signed_later: when its pact was signed, where that is after the run begins.
    """
    if not allied:
        return say["no_alliance"]
    if signed_later is not None:
        return say("signed_later", date=signed_later)
    return say["too_short"]


def without_pact_line(*, without: str, with_: str | None, gap: str | None, futures: int) -> str:
    """Return how a rollback fares without the pact, beside the same futures with it."""
    beside = "" if with_ is None else say("line_with", with_=with_)
    beside += say("line_gap", gap=gap) if gap else ""
    return say("line_without", without=without, beside=beside, futures=f"{futures:,}")


def judgement_line(share: str | None) -> str:
    """Return how much of the endings' spread is judgement; `?` where futures are too few."""
    if share is None:
        return say["line_unknown"]
    return say["line_few"] if share == "?" else say("line_judgement", share=share)


def beside(kind: str, counts: Mapping[str, str], *, terminal: bool = False) -> str:
    """Return a variant's endings in a sentence: `markov_pact` or `reference_only`."""
    return say(f"line_{kind}" if terminal else kind, **counts)
