"""Rules of a policy resolved to arrays: always room for as many, so that one program serves.

A rule sets a lever while something holds. What may hold is a short list of names
(`liptako.theatre.scenario.Condition`); a policy that never has the chance to act on one is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, get_args

import numpy as np
from jaxtyping import Float

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre import levers
from liptako.theatre.dated import promised_at
from liptako.theatre.roles import killer_of, members_of
from liptako.theatre.scenario import MAX_RULES, Condition, Rule, Scenario
from liptako.theatre.schema import Theatre

CONDITIONS: tuple[str, ...] = get_args(Condition)
"""In the order of the arrays."""

OF_REGIMES = ("no_date", "date", "default", "coup")
"""Conditions that only a country whose regimes are simulated can be in."""


class RuleArrays(NamedTuple):
    """Rules as arrays; rows beyond a policy's own are zero.

    Attributes:
        kind: one at the condition that a rule waits for.
        own: one where each country is looked at by itself.
        of: one in the countries that are looked at together, else.
        times: how many times the start's rate counts as a rise; 1 for what holds or does not.
        lever: one at the lever that it sets.
        value: what to, less its default.
        pace: share of the way that it is brought in each month.
        heard: one in months and countries in which it may hold.
        read: one in months in which rules are read.
    """

    kind: Float[np.ndarray, "month rule condition"]
    own: Float[np.ndarray, "month rule"]
    of: Float[np.ndarray, "month rule country"]
    times: Float[np.ndarray, "month rule"]
    lever: Float[np.ndarray, "month rule lever"]
    value: Float[np.ndarray, "month rule"]
    pace: Float[np.ndarray, "month rule"]
    heard: Float[np.ndarray, "month rule country"]
    read: Float[np.ndarray, " month"]


def resolve_rules(
    theatre: Theatre, scenario: Scenario, policy: str, file: str | None = None
) -> RuleArrays:
    """Return the rules of a policy as arrays; a policy without any has zeros.

    Args:
        theatre: names of levers and countries, ranges and defaults.
        scenario: start, length and policies.
        policy: one of them, checked by `liptako.theatre.levers.resolve`.
        file: the scenario file, for messages.

    Raises:
        InputError: for an unknown lever or country, a value out of range, months outside the run,
            a rule that cannot hold, that changes nothing, or that contradicts another.
    """
    rules = scenario.policies[policy].rule
    found = _no_rules(theatre, scenario)
    for number, rule in enumerate(rules):
        where = f"policies.{policy}.rule[{number}]"
        levers.check_setting(theatre, scenario, rule, file, where)
        chosen = levers.where_set(theatre, scenario, rule)
        found.heard[chosen.months, number][:, chosen.countries] = 1.0
        _check_possible(theatre, scenario, rule, found.read[chosen.months], file, where)
        watched = [list(theatre.countries).index(iso) for iso in rule.of]
        found.kind[:, number, CONDITIONS.index(rule.when)] = 1.0
        found.own[:, number] = float(not watched)
        found.of[:, number, watched] = 1.0
        found.times[:, number] = rule.times if rule.when.endswith("_rise") else 1.0
        found.lever[:, number, chosen.lever] = 1.0
        found.value[:, number] = rule.value - theatre.levers[rule.lever].default
        found.pace[:, number] = 1.0 / rule.ramp
    for number, other in _contradictions(rules):
        rule = rules[number]
        raise InputError(
            "set to two values by one condition",
            file=file,
            field=f"policies.{policy}.rule[{number}]",
            value=f"{rule.lever}: {rules[other].value:g} and {rule.value:g}",
            allowed="one value of a lever in each country and month, or other conditions",
        )
    _check_acts(theatre, scenario, policy, found, file)
    return found


def check_policies(theatre: Theatre, scenario: Scenario, file: str | None = None) -> None:
    """Check the rules of every policy of a scenario against its theatre.

    Raises:
        InputError: see `resolve_rules`.
    """
    for policy in scenario.policies:
        resolve_rules(theatre, scenario, policy, file)


def _no_rules(theatre: Theatre, scenario: Scenario) -> RuleArrays:
    """Return arrays of no rules, with the months in which rules are read."""
    months = np.arange(1, scenario.months + 1) + scenario.init_month
    read = calendar.begins_quarter(months)
    read[:1] = True
    widths = {
        "kind": (MAX_RULES, len(CONDITIONS)),
        "of": (MAX_RULES, len(theatre.countries)),
        "lever": (MAX_RULES, len(theatre.levers)),
        "heard": (MAX_RULES, len(theatre.countries)),
        "read": (),
    }
    shapes = {name: (len(months), *widths.get(name, (MAX_RULES,))) for name in RuleArrays._fields}
    empty = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    return RuleArrays(**empty)._replace(read=read.astype(np.float32))


def _contradictions(rules: Sequence[Rule]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rules of one condition that set one lever to two values."""
    for number, rule in enumerate(rules):
        for other in range(number):
            before = rules[other]
            alike = rule.when == before.when and set(rule.of) == set(before.of)
            alike = alike and rule.times == before.times and rule.lever == before.lever
            if alike and rule.value != before.value and levers.overlap(rule, before):
                yield number, other


def _check_possible(
    theatre: Theatre,
    scenario: Scenario,
    rule: Rule,
    read: Float[np.ndarray, " month"],
    file: str | None,
    where: str,
) -> None:
    """Check that what a rule waits for can come about where it is looked for."""
    if not read.any():
        raise InputError(
            "it is never read, so it cannot hold",
            file=file,
            field=f"{where}.last",
            value=rule.last,
            allowed="months with a January, April, July or October among them, or the run's first",
        )
    for iso in rule.of:
        if iso not in theatre.countries:
            known = ", ".join(theatre.countries)
            raise InputError(
                "unknown country", file=file, field=f"{where}.of", value=iso, allowed=known
            )
    possible = _possible(theatre, scenario, rule.when)
    field = "of" if rule.of else "countries"
    # named nowhere, it looks wherever it can hold
    for iso in rule.of or rule.countries or possible or theatre.countries:
        if iso not in possible:
            allowed = ", ".join(possible) or "none in this theatre"
            raise InputError(
                f"{rule.when} cannot hold there",
                file=file,
                field=f"{where}.{field}",
                value=iso,
                allowed=allowed,
            )


def _possible(theatre: Theatre, scenario: Scenario, when: str) -> tuple[str, ...]:
    """Return the countries in which a condition may hold."""
    if when in OF_REGIMES:
        promised = promised_at(theatre, scenario.init_month)
        acts = any(act.transition == "promise" for act in theatre.menu.values())
        open_ = zip(theatre.countries, promised.tolist(), strict=True)
        dated = {iso for iso, months in open_ if acts or months > 0}
        ruled = members_of(theatre)
        return ruled if when in ("no_date", "coup") else tuple(i for i in ruled if i in dated)
    if when == "siege":
        return members_of(theatre) if theatre.sieges is not None else ()
    killers = {killer_of(theatre, stream) for stream in theatre.streams}
    if when == "killings_rise" and "states" not in killers:
        return ()
    # a start later than the data is refused elsewhere
    init = min(scenario.init_month, max(row.last_month for row in theatre.observed))
    seen = [row for row in theatre.observed if row.first_month <= init <= row.last_month]
    counted = {iso for row in seen for iso in row.countries}
    return tuple(iso for iso in theatre.countries if iso in counted)


def _check_acts(
    theatre: Theatre, scenario: Scenario, policy: str, found: RuleArrays, file: str | None
) -> None:
    """Check that each rule sets something that its policy does not set anyway."""
    values = levers.resolve(theatre, scenario, policy, file)
    fixed = levers.fixed(theatre, scenario, policy)
    for number, rule in enumerate(scenario.policies[policy].rule):
        lever = list(theatre.levers).index(rule.lever)
        heard = found.heard[:, number] > 0
        same = (values[:, lever] == found.value[:, number, None]) & (fixed[:, lever] > 0)
        if same[heard].all():
            raise InputError(
                "it changes nothing: the policy sets the same without it",
                file=file,
                field=f"policies.{policy}.rule[{number}]",
                value=f"{rule.lever} = {rule.value:g}",
                allowed="another value, or other months and countries",
            )
