"""What is said of why an outcome comes: assumptions that move it, boxes over them, signposts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import between, either, of_100, rounded

OUTCOMES = Texts(
    "reasons_outcomes",
    {
        "pact_alive": "The pact is alive and at work",
        "regimes_held": "All regimes of the start still rule",
        "rolled_back": "The war is rolled back",
        "succeeds": "The alliance succeeds",
        "endures": "The alliance endures, the war not rolled back",
        "fails": "The alliance fails",
        "outside": "The pact works, but a regime changed",
        "deaths": "People killed in the members",
        "civilians_killed": "Civilians killed on purpose in the members",
        "displaced": "People displaced in the members",
        "besieged": "Months of a region besieged",
    },
)

EVENTS = Texts(
    "reasons_events",
    {
        "coup": "A coup succeeds: {where}, by {date}",
        "mutiny": "A coup attempt fails: {where}, by {date}",
        "handed_over": "Power is handed over: {where}, by {date}",
        "promised": "A date to hand over is promised: {where}, by {date}",
        "missed": "A promised date passes: {where}, by {date}",
        "threatened": "A bloc threatens force: {where}, by {date}",
        "force_sent": "A bloc sends force: {where}, by {date}",
        "left_bloc": "Out of a bloc of the start: {where}, in {date}",
        "left_pact": "Out of the pact: {where}, in {date}",
        "operational": "The pact comes to joint operations by {date}",
        "joint_act": "A joint act of the pact by {date}",
        "item": "An item of the pact's agenda in force in {date}",
        "display": "A display of force, or beyond: {where}, by {date}",
        "coercion": "A dispute at coercion, or beyond: {where}, in {date}",
        "act": "{what}: {where}, by {date}",
        "deaths": "More than {than} killed: {where}, by {date} (the middle of futures)",
        "deaths_before": "More than {than} killed: {where}, by {date} (recorded in as long before)",
        "by_states_before": (
            "More than {than} civilians killed by states: {where}, by {date} (recorded in as long "
            "before)"
        ),
        "displaced": "More than {than} displaced: {where}, by {date} (the middle of futures)",
        "besieged": (
            "Regions besieged for more than {than} months in all: {where}, by {date} (the middle "
            "of futures)"
        ),
        "near_capital": (
            "More than {than} killed near the capital: {where}, by {date} (the middle of futures)"
        ),
        "reached": (
            "The state reaches more than {than} in 100 people outside the capital's region: "
            "{where}, in {date} (the middle of futures)"
        ),
    },
)
"""The closed list of events, each with where and by when."""

STATUS = Texts(
    "reasons_status",
    {
        "judgement": "judgement",
        "reference class": "reference classes",
        "estimated": "estimates",
    },
)

say = Texts(
    "reasons",
    {
        "about": (
            "as seen from {date}: {what} by {by}, {members} futures of policy {policy}"
        ),
        "sensitivity": "what moves its outcomes",
        "discover": "when one outcome comes",
        "signposts": "what to watch",
        "looked_at": "Looked at: {items}.",
        "looked_at_item": "{number} numbers from {status}",
        # sensitivity
        "shares": "of the spread that assumptions make, in 100",
        "share": "{name} {share} ({range})",
        "share_none": "Assumptions are not seen to move it: too few futures, or it is too rare.",
        "shares_by_status": "By evidence: {items}.",
        "shares_by_form": "By structural alternative: {items}.",
        "shares_no_form": "By structural alternative: none is seen to move it by itself.",
        "indices": "Of what {status} move, in 100 ({explained} of 100 explained where held out):",
        "index_head": "total",
        "first": "alone",
        "morris": "Morris",
        "given_data": "members",
        "no_index": (
            "No index for {status}: a surrogate explains {explained} of 100 of the variance of "
            "held-out set means, where 50 are asked and {possible} are possible."
        ),
        "no_index_worse": (
            "No index for {status}: a surrogate does no better than the mean on held-out sets, "
            "where {possible} of 100 of the variance of set means could be explained."
        ),
        "no_index_few": (
            "No index for {status}: {possible} of 100 of the variance of set means are not Monte "
            "Carlo error, where 50 are asked; {needed} futures would have them."
        ),
        "about_so_many": "about {number}",
        "over_most": "more than 100,000",
        "no_index_none": (
            "No index for {status}: sets of assumptions are not seen to differ."
        ),
        "sensitivity_legend": (
            "Ranges: 90%, over resampled sets of assumptions. Alone: first-order Sobol index; "
            "total: with all that it does together with others. Morris: mean elementary effect, in "
            "standard deviations. Members: first-order index straight from the set means "
            "(RBD-FAST), Monte Carlo error included. An index says what moves the model, not the "
            "world."
        ),
        # boxes
        "box": "Where {limits}: {density} in 100 ({range}), beside {base} of all.",
        "box_covers": (
            "It holds {coverage} in 100 ({coverage_range}) of the futures in which it comes, and "
            "{mass} in 100 of all."
        ),
        "box_status": "From {status}:",
        "box_fails": (
            "From {status}: a box was found, {found} in 100 inside, that does not hold in the "
            "other half: {density} in 100 ({range}), beside {base} of all."
        ),
        "box_none": "No box was found.",
        "above": "{meaning} is above {lo}",
        "below": "{meaning} is below {hi}",
        "within": "{meaning} is {range}",
        "form": "{forms}",
        "limits": "{most}, and {last}",
        "quoted": '"{meaning}" ({parameter})',
        "discover_legend": (
            "Each box is found by PRIM on half of the sets of assumptions of one status, and "
            "reported from the other half; ranges: 90%, over resampled sets. A box says under "
            "which assumptions of the model it comes, not what would bring it about."
        ),
        # signposts
        "signposts_head": "{outcome}: {base} in 100",
        "event": "Event",
        "chance": "Chance",
        "given": "If so",
        "absent": "If not",
        "moves": "Moves",
        "ahead": "What to watch",
        "signposts_none": "No event is seen to move it.",
        "signposts_lost": "Found in one half and not in the other: {number}.",
        "signposts_few": "Signposts need {least} futures or more; this run has {members}.",
        "signposts_legend": (
            "Chance: of the event, in 100. If so, if not: the outcome, in 100. Found on half of "
            "the futures, counted in the other half; ranges: 90%, over resampled sets of "
            "assumptions. What goes together in futures need not bring one another about: both may "
            "follow from a third. An act of armed actors is something to watch, never advice."
        ),
        "signposts_short": (
            "Chance: of the event, in 100. If so, if not: the outcome, in 100, with 90% ranges. "
            "What goes together in futures need not bring one another about."
        ),
        "signposts_pieces": "What would change the three pieces by {date}, in 100",
        "signposts_caption": "What would change this: the outcome by {date}, in 100",
        "outcome": "Outcome",
        "signposts_absent": "Signposts, for which a run of a pact has 1,000 futures or more",
        # evidence in the report
        "evidence_caption": "What the spread of outcomes rests on: of it, in 100, by {date}",
        "evidence_note": "Range: 90%, over resampled sets of assumptions. {indices}",
        "evidence_forms": "Forms that move most",
        "assumptions_caption": "The assumptions that move the endings most, by {date}",
        "assumption": "Assumption",
        "of_all": "Of all",
        "assumptions_note": (
            "In 100 of the spread that all assumptions make; alone and total: of what its kind of "
            "evidence moves. From a surrogate that explains half or more of held-out set means."
        ),
        "indices_none": (
            "No single assumption is ranked: no surrogate explains half of the variance of "
            "held-out set means ({best})."
        ),
        "indices_some": "Single assumptions are ranked where a surrogate explains half or more.",
        "best": "the best explains {explained} of 100",
        "best_none": "none does better than the mean",
        "evidence_absent": (
            "What the spread of outcomes rests on, of runs of 1,000 futures or more"
        ),
    },
)  # fmt: skip


MOST = 100_000
"""Futures of a run at most; beyond, how many would be needed is not said."""


def outcome(name: str) -> str:
    """Return what an outcome is called; others than the common ones by their own name.

    Example:
        >>> outcome("fails"), outcome("agenda")
        ('The alliance fails', 'agenda')
    """
    return OUTCOMES.get(name, name)


def event(row: Mapping[str, Any], where: str, date: str) -> str:
    """Return an event in words.

    Args:
        row: `kind`, `than` and `what`, see `liptako.outcomes.observable.Event`.
        where: the country or pair in words.
        date: the last month of its span.

    Example:
        >>> event({"kind": "deaths", "than": 1234.0, "what": ""}, "AAA", "Jun 2024")
        'More than 1,200 killed: AAA, by Jun 2024 (the middle of futures)'
        >>> event({"kind": "coup", "than": float("nan"), "what": ""}, "AAA", "Jun 2024")
        'A coup succeeds: AAA, by Jun 2024'
    """
    kind, than = row["kind"], float(row["than"])
    number = ""
    if not math.isnan(than):
        exact = kind.endswith("_before") or kind == "besieged"
        number = of_100(than) if kind == "reached" else f"{than:,.0f}" if exact else rounded(than)
    return EVENTS(kind, where=where, date=date, than=number, what=row["what"])


def spread(lo: float, hi: float) -> str:
    """Return a range in 100.

    Example:
        >>> spread(0.121, 0.3)
        '12 to 30'
    """
    return between(of_100(max(lo, 0.0)), of_100(max(hi, 0.0)))


def limit(parameter: str, meaning: str, lo: float, hi: float, forms: Sequence[str] = ()) -> str:
    """Return how far a box reaches along one parameter, in words.

    Args:
        parameter: its name.
        meaning: in words.
        lo: from, not a number where it is open.
        hi: to, likewise.
        forms: what those inside are called, of a structural alternative.

    Example:
        >>> limit("presence.need", "How far", 0.25, float("nan"))
        '"How far" (presence.need) is above 0.25'
        >>> limit("forms.pact", "Which?", float("nan"), float("nan"), ["the pact as past ones"])
        'the pact as past ones'
    """
    if forms:
        return say("form", forms=either(list(forms)))
    said = say("quoted", meaning=meaning, parameter=parameter)
    if math.isnan(hi):
        return say("above", meaning=said, lo=f"{lo:.3g}")
    if math.isnan(lo):
        return say("below", meaning=said, hi=f"{hi:.3g}")
    return say("within", meaning=said, range=between(f"{lo:.3g}", f"{hi:.3g}"))


def limits(items: Sequence[str]) -> str:
    """Return the limits of a box in one phrase."""
    return (
        items[0] if len(items) == 1 else say("limits", most=", ".join(items[:-1]), last=items[-1])
    )


def no_index(row: Mapping[str, Any]) -> str:
    """Return why a status has no indices.

    Args:
        row: `status`, `possible`, `explained`, `members_needed`, see `Sensitivity.surrogates`.

    Example:
        >>> no_index({"status": "judgement", "possible": 0.25, "explained": float("nan"),
        ...     "members_needed": 5960.0})[:60]
        'No index for judgement: 25 of 100 of the variance of set mea'
    """
    places = {"status": STATUS[row["status"]], "possible": of_100(row["possible"])}
    if not math.isnan(row["explained"]):
        if row["explained"] <= 0:
            return say("no_index_worse", **places)
        return say("no_index", explained=of_100(row["explained"]), **places)
    if math.isnan(row["members_needed"]):
        return say("no_index_none", **places)
    needed = row["members_needed"]
    about = say("about_so_many", number=rounded(needed))
    shown = say["over_most"] if needed > MOST else about
    return say("no_index_few", needed=shown, **places)
