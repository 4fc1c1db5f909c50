"""What is said of the pact: its stages, the times of its events, its two histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liptako.words.language import Texts
from liptako.words.numbers import every, of_100

say = Texts(
    "pact",
    {
        # stages
        "integrated": "Integrated",
        "operational": "Operational",
        "consultative": "Consultative",
        "paper": "Signed only",
        "broken": "Broken",
        "stages": (
            "Futures in 100, by the stage the pact has reached in a month. Signed only: no common "
            "body has met. Consultative: its bodies meet. Operational: it acts together. "
            "Integrated: it pools money. Broken: a member has left, or it is dissolved."
        ),
        "stages_finding": (
            "In {date} the pact is most often {first} ({first_count} of 100 futures), next "
            "{second} ({second_count})"
        ),
        "stages_words": "Stacked areas of the stage of the pact, futures in 100.",
        "stages_month": "{date}: {items}.",
        "stage_count": "{stage} {count}",
        "tip_futures": "futures in 100",
        "tip_month": "month",
        "tip_stage": "stage",
        "tip_from": "from",
        "tip_to": "to",
        # times of events
        "operation": "First joint operation",
        "exit": "First member leaves",
        "end": "Breaks up or falls dormant",
        "short_operation": "operations",
        "short_exit": "exits",
        "short_end": "ends",
        "game": "game",
        "markov": "Markov benchmark",
        "past": "past pacts",
        "range_game": "the game's range",
        "range_markov": "the Markov benchmark's",
        "times": (
            "Chance in 100 that the event has come, by months since signature; scales differ. "
            "Blue: the alliance game. Red dashes: the rates of past pacts, whatever members gain. "
            "Bands: 9 in 10 sets of assumptions. Black steps: past pacts, idle and whole at the "
            "same age (Aalen-Johansen; bars: 90% interval)."
        ),
        "months_since": "months since signature",
        "times_none": (
            "By month {month} after signature there are too few futures to estimate a range over "
            "assumptions"
        ),
        "times_finding": "By month {month} after signature past pacts lie {where}",
        "times_both": "inside {range} for {inside}, not {outside}",
        "times_inside": "inside {range} for {events}",
        "times_outside": "outside {range} for {events}",
        "times_words": "Chances by months since signature, in 100.",
        "times_curve": "{event}, {model}: {months}.",
        "times_month": "month {month}: {chance}",
        # two histories
        "history_paper": "begun on paper",
        "history_operating": "begun at work",
        "head_loop": "Provided, by a backer's slack",
        "head_provided": "Provided, by months ahead",
        "head_operates": "Chance that the pact operates",
        "histories": (
            "Provided: less impunity across borders, as a share of what allies' full commitment "
            "gives. Left: expected, at the centre of judgement and stakes of the start, after one "
            "quarter (dashes) and after {years} years (line) at a backer's slack. Middle and "
            "right, in 100: futures with the same parameters and random draws; bands: 9 in 10 sets "
            "of assumptions."
        ),
        "histories_finding": (
            "After {months} months a pact begun at work operates in {operating} of 100 futures, "
            "one begun on paper in {paper}"
        ),
        "histories_apart": "{text} (still apart in {share} of 100 sets of assumptions)",
        "histories_forgotten": (
            "{text}; for what is provided, history is forgotten after {time} of play"
        ),
        "histories_differ": (
            "{text}; what is provided still differs by up to {gap} in 100 after {time} of play"
        ),
        "one_quarter": "one quarter",
        "quarters": "{number} quarters",
        "a_year": "a year",
        "years": "{number} years",
        "histories_words": "What allies provide, in 100 of what full commitment gives.",
        "histories_loop": "{history}, after {time}: {items}.",
        "histories_slack": "slack {slack}: {provided}",
        "histories_lead": "{months} months ahead: {items}.",
        "histories_item": "{history} {provided}, operates {operates}",
        "histories_still": "{quantity} differs in {share} of 100 sets",
        "loop_label": "{history}, {time}",
        "loop_both": "both, after {time}",
        "axis_slack": "slack of a backer",
        "axis_ahead": "months ahead",
        "end_label": "{name} {count}",
    },
)


def times_finding(month: int, inside: Mapping[str, tuple[Sequence[str], Sequence[str]]]) -> str:
    """Return where past pacts lie inside the models' ranges.

    Args:
        month: since signature.
        inside: model to the events for which they lie inside its range, and those outside.
    """
    said = []
    for model, (within, beyond) in inside.items():
        span = say[f"range_{model}"]
        yes, no = ([say[f"short_{event}"] for event in events] for events in (within, beyond))
        if yes and no:
            said.append(say("times_both", range=span, inside=every(yes), outside=every(no)))
        elif yes or no:
            key = "times_inside" if yes else "times_outside"
            said.append(say(key, range=span, events=every(yes or no)))
    if not said:
        return say("times_none", month=month)
    return say("times_finding", month=month, where="; ".join(said))


def play_time(quarters: int) -> str:
    """Return quarters of play in words.

    Example:
        >>> play_time(1), play_time(4), play_time(6), play_time(12)
        ('one quarter', 'a year', '6 quarters', '3 years')
    """
    if quarters % 4:
        return say["one_quarter"] if quarters == 1 else say("quarters", number=quarters)
    return say["a_year"] if quarters == 4 else say("years", number=quarters // 4)


def histories_finding(
    *,
    months: int,
    operating: float,
    paper: float,
    apart: float | None,
    gap: float,
    forgotten: bool,
    quarters: int,
) -> str:
    """Return how long history lasts.

    Args:
        months: ahead, of the chances that follow.
        operating: chance that a pact begun at work operates.
        paper: chance that one begun on paper does.
        apart: share of sets of assumptions in which they differ, where it is known.
        gap: the widest difference in what is provided.
        forgotten: that difference is nothing to the eye.
        quarters: of play.
    """
    text = say("histories_finding", months=months, operating=of_100(operating), paper=of_100(paper))
    if apart is not None:
        text = say("histories_apart", text=text, share=of_100(apart))
    if forgotten:
        return say("histories_forgotten", text=text, time=play_time(quarters))
    return say("histories_differ", text=text, gap=of_100(gap), time=play_time(quarters))
