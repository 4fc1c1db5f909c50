"""What is said of the endings of the alliance and of the evidence that stands beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liptako.words.language import Texts
from liptako.words.numbers import between, cardinal, either
from liptako.words.numbers import say as number_words

say = Texts(
    "endings",
    {
        "fails": "Fails",
        "endures": "Endures",
        "succeeds": "Succeeds",
        "outside": "Outside",
        "endures_note": "works, regimes hold, war not rolled back",
        "succeeds_note": "works, regimes hold, war rolled back",
        "outside_note": "works, but a regime changed: {ways}",
        "long_fails": "Fails",
        "long_endures": "Endures, war not rolled back",
        "long_succeeds": "Succeeds",
        "long_outside": "Outside: works, regime changed",
        # ways to an ending: on the first screen, in the headline, in the terminal
        "short_stays_on_paper": "on paper",
        "short_breaks_up": "break-up",
        "short_rivalry": "rivalry",
        "short_changed_by_coup": "coup",
        "short_handed_over": "handed over",
        "short_overthrown": "overthrown",
        "short_capital_lost": "capital lost",
        "verb_stays_on_paper": "stays on paper",
        "verb_breaks_up": "breaks up",
        "verb_rivalry": "turns into rivalry",
        "line_stays_on_paper": "stays on paper",
        "line_breaks_up": "an ally leaves, or dissolved",
        "line_rivalry": "members become rivals",
        "line_changed_by_coup": "by another camp's coup",
        "line_handed_over": "handed over",
        "line_overthrown": "overthrown",
        "line_capital_lost": "capital lost",
        "way": "{name} {count}",
        # pieces
        "pact_alive": "Pact alive and at work",
        "regimes_held": "All {number} regimes still rule",
        "rolled_back_piece": "War rolled back",
        "past_cases": "Past cases",
        "unit_alive": "two joint acts in the last 12 months, all members in",
        "unit_operational": "has come to joint operations, all members in",
        "unit_regime": "the camp of the start rules every member; a coup from within ends none",
        "unit_junta": "as before, and no coup from within",
        "unit_totals": "state-based deaths as the record of past wars counts them",
        "unit_inflicted": "deaths inflicted by insurgents and cells attacked, as defined below",
        "of_past": "{count} ({range})",
        "pieces": "The three pieces by {date}, each beside past cases: futures in 100",
        "piece": "Piece",
        "counted": "Counted as",
        "pieces_note": (
            "Past cases: 90% intervals. A chance that lies outside them is marked {mark}. Each "
            "piece is counted first as the outcomes use it, or as past cases are counted. No "
            "effect of levers: what is published of them, of either sign, left out."
        ),
        "mark": "(outside)",
        "mark_below": "below past cases",
        "mark_above": "above past cases",
        "no_effects": "No effect of levers",
        "no_effects_line": (
            "If nothing that was published of what levers do in the field held here: {items} in "
            "100."
        ),
        "no_effects_item": "{piece} {count}",
        # structural alternatives
        "forms": "Outcomes under each form of a mechanism, by {date}: futures in 100",
        "form": "Form",
        "forms_note": (
            "One alternative at a time, over the sets of assumptions that have the form; no score "
            "can choose between the forms of one alternative, and the run has them equally often. "
            "Sets of one form differ from those of another in all else that is assumed: standard "
            "error up to {error} in 100."
        ),
        "form_moves": "{first} ({first_label}) to {last} ({last_label})",
        "forms_move": (
            "No score can choose between forms of a mechanism; by form, the pact {what} in 100: "
            "{moves}."
        ),
        "past_line": "In past cases: {items} in 100.",
        "past_item": "{piece} {past}",
        "outside_past": (
            "{piece}: {count} in 100, outside past cases ({past}; {low} to {high}). {why}"
        ),
        "why_rolled_back": (
            "In the middle future state-based deaths of the first year are {ours} times last "
            "year's ({countries}); in past wars like these {past} times: the forecast of deaths "
            "starts higher than the record, and wars are rolled back too rarely in it."
        ),
        "why_second": (
            "Of past wars that also moved as these did in the last year: {count} in 100 ({low} to "
            "{high})."
        ),
        "why_other": "Why is not known.",
        # headline
        "lead_endures": "works and the regimes hold, with the war not rolled back",
        "lead_succeeds": "works, the regimes hold and the war is rolled back",
        "lead_outside": "works, but a regime changes",
        "lead_fails": "fails",
        "most": "By {date} the pact most likely {what}",
        "no_majority": "By {date} no outcome has a majority; most often the pact {what}",
        "headline": "{lead} ({first} in 100; {first_range} under other assumptions){held}.",
        "headline_held": "; all {number} regimes still rule in {count} of 100 ({range})",
        # chart
        "definition": (
            "Each dot is one future in 100. In brackets: 9 in 10 sets of assumptions. Fails: the "
            "pact stays on paper or breaks up. Endures: it works, the regimes hold, the war is not "
            "rolled back. Succeeds: it works, the regimes hold and the insurgents are rolled back. "
            "Outside: it works, but a regime changed. "
            "Monte Carlo error: {error} in 100 at most."
        ),
        "verb_fails": "fails",
        "verb_endures": "endures",
        "verb_succeeds": "succeeds",
        "verb_outside": "works with a changed regime",
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
        "dot_note": (
            "One dot is 5 futures in 100; numbers are rounded to add up. The range spans 9 in 10 "
            "sets of assumptions: no minimum and maximum."
        ),
        "fails_means": (
            "The pact is broken: a member has left, or it is dissolved. Or it is on paper: fewer "
            "than {min_joint_acts} joint acts in the last 12 months. Either is called rivalry "
            "where two members threatened each other, or worse, in those months."
        ),
        "endures_means": (
            "The pact is alive and the regimes hold, but the insurgents are not rolled back. They "
            "are contained where the deaths they inflict are at most {contained_share} the mean of "
            "before in every member, and reach {spread_deaths} a year in no further country."
        ),
        "outside_means": (
            "The pact is alive, but a regime changed, by {changed_by}. The argument does not say "
            "what that would be, so it stands outside its three outcomes."
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
        "evidence": (
            'Outcomes together: never tested. Roughly {share} of the spread of "{ending}" is '
            "judgement."
        ),
        "evidence_unknown": (
            "Outcomes together: never tested, and how much of their spread is judgement is not "
            "known."
        ),
        "reference_only": (
            "Reference classes, judgement at its middle: fails {fails}, endures {endures}, "
            "succeeds {succeeds}, outside {outside} in 100."
        ),
        "markov_pact": (
            "A pact like past ones, whatever its members gain: fails {fails}, endures {endures}, "
            "succeeds {succeeds}, outside {outside} in 100."
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
        "changed": "Changed",
        "rolled_back": "Insurgents rolled back",
        "contained": "Contained",
        "worse": "Worse",
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
        "negotiated_is_change": "A hand-over counts as a change",
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
        "variant_no_effects": "No published effect of levers",
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
        "line_without": (
            "Without the pact, rollback {without} in 100 ({beside}{futures} paired futures)"
        ),
        "line_with": "with it {with_}; ",
        "line_gap": "difference {gap}; ",
        "line_markov_pact": (
            "A pact like past ones, whatever its members gain: fails {fails}, endures {endures}, "
            "succeeds {succeeds}, outside {outside} in 100"
        ),
        "line_reference_only": (
            "Reference classes, judgement at its middle: fails {fails}, endures {endures}, "
            "succeeds {succeeds}, outside {outside} in 100"
        ),
        "line_past": "past cases",
        "line_unknown": (
            "Outcomes together: not tested. How much of their spread is judgement is not known"
        ),
        "line_few": "Outcomes together: not tested. Too few futures to estimate their spread",
        "line_judgement": (
            'Outcomes together: not tested. Roughly {share} of the spread of "{ending}" is '
            "judgement"
        ),
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
    held: tuple[str, str] | None,
    regimes: int,
    date: str,
) -> str:
    """Return the sentence that leads: the likeliest outcome, and whether the regimes hold.

    Args:
        first: the likeliest outcome.
        first_count: its futures in 100.
        first_text: the same as it is shown.
        first_range: over sets of assumptions, in words.
        ways: where it is failure, the ways to fail that occur, likeliest first.
        held: futures in 100 in which all regimes hold, as they are shown, and their range, where
            they were counted.
        regimes: how many there are.
        date: by when.
    """
    what = say[f"lead_{first}"]
    if first == "fails" and ways:
        what = either([say[f"verb_{way}"] for way in ways])
    also = ""
    if held is not None:
        also = say("headline_held", number=cardinal(regimes), count=held[0], range=held[1])
    return say(
        "headline",
        lead=say("most" if first_count > 50 else "no_majority", date=date, what=what),
        first=first_text,
        first_range=first_range,
        held=also,
    )


def forms_line(first: str, moves: Sequence[tuple[tuple[str, str], tuple[str, str]]]) -> str:
    """Return which structural alternatives move the likeliest outcome far; nothing where none does.

    Args:
        first: the likeliest outcome.
        moves: its futures in 100, and what the form is called, under the lowest and the highest
            form of each alternative.
    """
    if not moves:
        return ""
    return say("forms_move", what=say[f"verb_{first}"], moves="; ".join(map(form_move, moves)))


def form_move(move: tuple[tuple[str, str], tuple[str, str]]) -> str:
    """Return how far a structural alternative moves an outcome."""
    (first, first_label), (last, last_label) = move
    return say("form_moves", first=first, first_label=first_label, last=last, last_label=last_label)


def piece(name: str, regimes: int) -> str:
    """Return the name of a piece.

    Example:
        >>> piece("regimes_held", 3)
        'All three regimes still rule'
    """
    key = "rolled_back_piece" if name == "rolled_back" else name
    return say(key, number=cardinal(regimes))


def no_effects_item(name: str, regimes: int, count: str) -> str:
    """Return a piece's chance within a sentence.

    Example:
        >>> no_effects_item("regimes_held", 3, "40")
        'all three regimes still rule 40'
    """
    return say("no_effects_item", piece=_within(piece(name, regimes)), count=count)


def past_line(items: Sequence[tuple[str, str]], regimes: int) -> str:
    """Return how often the pieces came in past cases, as `(piece, count)`."""
    said = [
        say("past_item", piece=_within(piece(name, regimes)), past=past) for name, past in items
    ]
    return say("past_line", items=", ".join(said))


def _within(text: str) -> str:
    """Return a name as it stands within a sentence."""
    return text[:1].lower() + text[1:]


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


def judgement_line(share: str | None, ending: str) -> str:
    """Return how much of an outcome's spread is judgement; `?` where futures are too few."""
    if share is None:
        return say["line_unknown"]
    if share == "?":
        return say["line_few"]
    return say("line_judgement", share=share, ending=say[ending].lower())


def beside(kind: str, counts: Mapping[str, str], *, terminal: bool = False) -> str:
    """Return a variant's endings in a sentence: `markov_pact` or `reference_only`."""
    return say(f"line_{kind}" if terminal else kind, **counts)
