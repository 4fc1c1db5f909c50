"""What a brief says: one page for a country, or for a question on policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liptako.words.language import Texts
from liptako.words.numbers import MISSING, between, every, inside_100, rounded, signed
from liptako.words.outcomes import name_of, scale_of, unit_of
from liptako.words.what_if import say as what_if

say = Texts(
    "briefs",
    {
        # around a brief
        "kind_country": "Brief on a country",
        "kind_question": "Brief on a question",
        "kind_unknown": "Brief on a country without data",
        "copy": "Copy sentence",
        "copied": "Copied",
        "print": "Print or save as PDF",
        "harm": "Harm to civilians",
        "numbers": "Three numbers",
        "regions": "Where",
        "changes": "What would change it",
        "rests": "What it rests on",
        "tested": "How such forecasts did before",
        "not_for": "How it may not be used",
        "cite": "How to cite",
        "not_said": "What cannot be said",
        "law": "Law that bounds it",
        "banner": "AS SEEN FROM {date}",
        "banner_rest": "not a current forecast",
        "foot": "{name} · {stamp} · {run_id} · not a current forecast",
        # a country: the sentence and its caveat
        "sentence": (
            "{country}, {year}: the middle future has {middle} civilians killed on purpose "
            "({range} in 9 of 10 futures); {seen} were recorded in {last}. All violence: {deaths} "
            "people killed ({deaths_range}); {deaths_seen} recorded."
        ),
        "caveat": (
            "{simulated}, {stamp}; not a current forecast. In 1 of 10 futures a toll lies outside "
            "its range, and counts are a floor: much is never reported. Source: {source}; Liptako "
            "run {run_id}."
        ),
        "simulated": "Simulated",
        "simulated_under": 'Simulated under the policy "{policy}"',
        # its numbers
        "civilians": "Civilians killed on purpose, {year}",
        "deaths": "People killed, all violence, {year}",
        "still_rules": "Regime still in power, {date}",
        "hundred": "{number} or more people killed, {year}",
        "nine": "{range} in 9 of 10 futures",
        "of_futures": "in 100 futures",
        "assumptions": "in 100; {range} under other assumptions",
        "seen": "{seen} recorded in {last}",
        "killed_seen": "{seen} killed in {last}",
        "past": "past cases: {past} in 100 ({range})",
        "no_past": "no past cases to compare with",
        # its tables
        "by": "Civilians killed on purpose, by",
        "recorded": "{year}, recorded",
        "middle": "{year}, middle",
        "range": "9 in 10 futures",
        "by_none": "No perpetrator is told apart in the data.",
        "region": "Region",
        "code": "Code",
        "people": "People",
        "last_year": "Killed, last {months} months",
        "chance_3": "25 or more killed: 3 months",
        "chance_6": "6 months",
        "chance_12": "12 months",
        "regions_caption": "Regions, futures in 100 with 25 or more people killed",
        "codes": "Codes: {system}.",
        "regions_more": "{number} more, none ranked higher, are in the report and in {file}.",
        "region_inside": "{region} (within {around})",
        "at_most_sign": "≤: the most that its own can be, simulated within another region.",
        "unknown_sign": "?: not known. Not safe, unknown.",
        "no_regions": "Regions are not part of this run.",
        # its chart
        "chart": "People killed a month in {country}, all violence",
        "chart_lines": (
            "Bands are of each month taken alone: months do not add up to years. The record of "
            "the last months is revised upward later."
        ),
        # what would change it
        "signpost": '{event}. If so, "{outcome}" in {given} of 100 futures; if not, {absent}.',
        "no_signposts": "Events to watch: none is seen to move an outcome here beyond its error.",
        "few_for_signposts": "Events to watch are sought in runs of a pact with 1,000 futures.",
        "moved": "{outcome}, {months} months: {said}.",
        "fewer": "fewer under {items}",
        "more": "more under {items}",
        "policy": '"{label}" ({middle}; {range})',
        "open": "no robust sign under {number} of {of} policies",
        "open_view": "no robust sign under {number} of {of} policies (no view on {view} of them)",
        "no_policies": "Policies: none is compared for this country, so there is no view.",
        "changed": "The theatre has changed since policies were compared.",
        "comparison": "Policies: a comparison in a model, not an experiment, and no advice.",
        # what it rests on
        "data": "Data: {events}, to {until}.",
        "estimated": (
            "Estimated on them: the level of deaths and how violence follows violence. Judgement "
            "and past cases: what regimes, pacts and policies do, and what policies change."
        ),
        "judgement": (
            'Of the spread that assumptions give "{outcome}", {share} in 100 ({range}) is '
            "judgement."
        ),
        "judgement_few": (
            "How much of the spread is judgement is not known: that needs {least:,} futures or "
            "more."
        ),
        "judgement_none": (
            "How much of the spread is judgement is not known: this run has no outcomes of a pact."
        ),
        "futures": "{members} futures, {months} months, seed {seed}.",
        # how tested
        "not_tested": "Deaths: not yet tested.",
        "tested_on": "That test is of {countries} together, state-based deaths.",
        "worst": "{miss}.",
        "regimes_tested": (
            "Regimes: on {cases} past cases in the world the forecast was {how} than one chance "
            "for all of them, and told which of two lasts longer {apart}."
        ),
        "better": "better",
        "no_better": "no better",
        "by_skill": "better than by chance",
        "by_chance": "no better than by chance",
        "scrolls": "On a small screen this scrolls sideways.",
        # use
        "use": (
            "No ground to deny asylum, aid or insurance, to target, to time operations or to blame "
            "an ethnic group. Where media are silent low numbers may mean silence, not safety. No "
            "person, unit or village is forecast; no result is advice."
        ),
        # a country without data
        "unknown": (
            "{country}: nothing is known here. There are no event data for it, so nothing is "
            "counted and nothing is simulated. That does not mean that it is safe: it is unknown."
        ),
        "unknown_caveat": "Liptako, {stamp}; not a current forecast. Events: {source}.",
        "unknown_why": (
            "Recorded events of this country are not among the data that this run rests on. It is "
            "left out of every total, every score and every chance; on maps it is hatched."
        ),
        "unknown_regions": "Its regions, all of them unknown: {names}.",
        "unknown_change": (
            "Event data of this country would: the command liptako data import takes a file of "
            "events, and liptako data show says what is held."
        ),
        # a question
        "policy_title": "What if: {label}?",
        "beside": (
            '"{label}", beside "{reference}", in the same futures over {months} months: {changes}'
        ),
        "question_caveat": (
            "A comparison in a model, not an experiment, and no advice; {stamp}, not a current "
            "forecast. Signs are named only where they hold in 90 of 100 sets of assumptions. "
            "Source: {source}; Liptako comparison {run_id}."
        ),
        "both_sides": "Both sides: {label}",
        "side_better": "Better",
        "side_worse": "Worse",
        "side_politics": "Shift",
        "side_open": "Unclear",
        "side": "Side",
        "outcome": "For whom, and what",
        "reference": "Without it, mean",
        "difference": "Difference, middle (9 in 10 sets)",
        "sign": "Sign",
        "sign_fewer": "{down}, robust",
        "no_change": "no change",
        "sides_note": (
            "Over {months} months; chances and shares in 100. Shift: politics, neither gain nor "
            "cost. Unclear: the sign depends on assumptions, the model holds no view, or more "
            "futures are needed. A robust sign says which way most futures of a set move, the "
            "range how far their mean may. A few very bad futures lift a mean above the middle."
        ),
        "question_chart": "Differences from {reference}",
        "question_chart_lines": (
            "In the same futures: middle, and nine in ten sets of assumptions. Each panel has a "
            "scale of its own."
        ),
        "key_fewer": "fewer, robust",
        "key_more": "more, robust",
        "key_hollow": "no robust sign",
        "key_grey": "more futures needed",
        "key_none": "no change",
        "named": "{label} ({policy})",
        "others": "Other policies that stand for the question",
        "other_policy": "Policy",
        "other_changes": "What changes",
        "counted": "Counted: {countries}.",
        "rests_comparison": (
            "Made on {date}: {members} futures under each policy, seed {seed}, hash {hash}."
        ),
        "rests_effects": (
            "What policies do is in large part judgement; where little was published, the model "
            "holds no view by design and both signs are drawn."
        ),
        "tested_policies": (
            "Effects of policies were never tested: no past case tells them apart. What was "
            "tested is the forecast of deaths."
        ),
        "no_law": "It sets no act of armed actors.",
        "law_of": "{policy}: {law}",
        "claims": "Claims {numbers} of the argument.",
        # errors and the terminal
        "unknown_name": "no such country, question or policy",
        "known": "a country ({countries}), a question ({questions}) or a policy ({policies})",
        "none": "none",
        "terminal_number": "  {name}: {value} ({spread}); {beside}",
        "needs_run": "a country's brief is taken from a run",
        "needs_run_allowed": "what simulate or load_run gives",
        "simulating": (
            "No run of {scenario} is kept in {folder}: it is simulated first, which takes minutes."
        ),
        "reading": "From the run {folder}",
        "saved": "Saved {path}: it opens in a browser and prints on one page.",
        "other_theatre": "a run of another theatre, month or policy",
        "other_theatre_allowed": (
            "a run of {scenario} without a policy; --scenario names another scenario"
        ),
    },
)

SIGNS = Texts(
    "briefs_signs",
    {
        "depends on assumptions": "depends on assumptions",
        "no view": "no view",
        "more members needed": "more futures needed",
        "no effect": "no change",
    },
)
"""By verdict: where no sign is robust."""

NAMED = 1
"""Policies of each sign that are named before they are counted."""


def named_outcome(outcome: str, countries: Mapping[str, str]) -> str:
    """Return an outcome whose countries go by name instead of code.

    Example:
        >>> named_outcome("deaths:AAA,BBB", {"AAA": "Aland", "BBB": "Bland"})
        'deaths:Aland and Bland'
    """
    plain, _, codes = outcome.partition(":")
    names = every([countries.get(code, code) for code in codes.split(",")])
    return f"{plain}:{names}" if codes else plain


def outcome_name(outcome: str, countries: Mapping[str, str]) -> str:
    """Return what an outcome is called, with its countries by name.

    Example:
        >>> outcome_name("deaths:AAA,BBB,CCC", {"AAA": "Aland", "BBB": "Bland"})
        'People killed, all violence (Aland, Bland and CCC)'
    """
    return name_of(named_outcome(outcome, countries))


def base(value: float, unit: str) -> str:
    """Return what an outcome comes to without a policy, in the unit it is printed in.

    Example:
        >>> base(27830.0, "killed"), base(0.195, "chance"), base(1.406, "regimes ended")
        ('27,800', '20 in 100 futures', '1.4')
    """
    number = scale_of(unit) * value
    text = rounded(number) if abs(number) >= 10 else f"{number:.1f}"
    return f"{text} {unit_of(unit)}" if scale_of(unit) != 1.0 else text


def difference(at: float, low: float, high: float) -> str:
    """Return a difference with its range, already in the unit it is printed in.

    Example:
        >>> difference(-20.2, -393.5, 265.0)
        '-20 (-394 to +265)'
    """
    return f"{signed(at)} ({between(signed(low), signed(high))})"


def policy_item(label: str, at: float, low: float, high: float) -> str:
    """Return a policy by its label with the difference it makes."""
    span = between(signed(low), signed(high))
    return say("policy", label=label, middle=signed(at), range=span)


def panel(name: str, rows: Sequence[Mapping[Any, Any]]) -> str:
    """Return a panel of a comparison in words.

    Args:
        name: of the outcome.
        rows: of its policies, with `policy`, `at`, `low`, `high` and `verdict`.
    """
    items = [
        what_if(
            "words_item",
            policy=row["policy"],
            median=signed(row["at"]),
            low=signed(row["low"]),
            high=signed(row["high"]),
            verdict=SIGNS.get(row["verdict"], row["verdict"]),
        )
        for row in rows
    ]
    return what_if("words_panel", name=name, items="; ".join(items))


def moved(
    outcome: str, months: int, fewer: Sequence[str], more: Sequence[str], view: int, of: int
) -> str:
    """Return which policies move an outcome, both signs, and how many have none.

    Args:
        outcome: in words.
        months: over which it is compared.
        fewer: policies with a robust sign down, from `policy_item`, the largest first.
        more: the same up.
        view: policies on which the model holds no view.
        of: policies that are compared.

    Example:
        >>> moved("Killed", 12, [], [], 2, 3)
        'Killed, 12 months: no robust sign under 3 of 3 policies (no view on 2 of them).'
    """
    both = (("fewer", fewer), ("more", more))
    parts = [say(key, items=_few(items)) for key, items in both if items]
    if rest := of - len(fewer) - len(more):
        parts.append(say("open_view" if view else "open", number=rest, of=of, view=view))
    return say("moved", outcome=outcome, months=months, said="; ".join(parts))


def _few(items: Sequence[str]) -> str:
    if len(items) <= NAMED + 1:
        return every(list(items))
    return every([*items[:NAMED], f"{len(items) - NAMED} others"])


def chance(share: float | None) -> str:
    """Return a chance in 100, a question mark where nobody knows it.

    Example:
        >>> chance(0.27), chance(None), chance(0.001)
        ('27', '?', '< 1')
    """
    return MISSING if share is None else inside_100(share)


def people(value: float | None) -> str:
    """Return how many people live somewhere, a question mark where nobody knows it."""
    return MISSING if value is None else rounded(value)


def terminal_number(name: str, value: str, spread: str, beside: str) -> str:
    """Return one of a brief's numbers in a line."""
    return say("terminal_number", name=name, value=value, spread=spread, beside=beside)


def regimes_tested(record: Mapping[str, Any]) -> str:
    """Return how regimes were forecast before, without scores.

    Args:
        record: `cases`, `gain` and `auc` as `liptako verify` keeps them, with their intervals.

    Example:
        >>> kept = {"cases": 1440, "gain": [0.02, 0.01, 0.03], "auc": [0.5, 0.4, 0.6]}
        >>> regimes_tested(kept)[:40]
        'Regimes: on 1,440 past cases in the worl'
    """
    better, apart = record["gain"][1] > 0, record["auc"][1] > 0.5
    return say(
        "regimes_tested",
        cases=f"{record['cases']:,}",
        how=say["better" if better else "no_better"],
        apart=say["by_skill" if apart else "by_chance"],
    )


def facts_line(row: Mapping[str, Any]) -> str:
    """Return how a run was made: futures, months, seed."""
    return say("futures", members=f"{row['members']:,}", months=row["months"], seed=row["seed"])
