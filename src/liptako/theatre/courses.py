"""The calendar of a policy: in which months each lever is set, or may be, as the arrays have it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liptako.theatre import levers, rules
from liptako.theatre.scenario import Rule, Scenario, Setting, Shock
from liptako.theatre.schema import Theatre

SET, RAMP, READ, STANDS, AS_IS, SHOCK = "#", "/", "R", "?", ".", "!"
"""Marks of a month: set, on the way there, a rule is read, it stands as read, as it is, a shock."""


class Course(NamedTuple):
    """What a policy does with one lever.

    Attributes:
        lever: its name; of a shock, its kind.
        countries: where; none: everywhere.
        value: what it is set to; none for a shock.
        marks: one of the marks above for each month of the run.
        rule: the rule that sets it, if one does.
    """

    lever: str
    countries: tuple[str, ...]
    value: float | None
    marks: str
    rule: Rule | None


def courses_of(theatre: Theatre, scenario: Scenario, policy: str) -> list[Course]:
    """Return what a policy does, in the order of its file: settings, rules, shocks.

    Args:
        theatre: names of levers and countries.
        scenario: start, length and policies.
        policy: one of them, checked.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> from liptako.theatre.policies import with_policies
        >>> loaded = with_policies(load_scenario("sahel-2024"), ["mediate"])
        >>> row = courses_of(loaded.theatre, loaded.scenario, "mediate")[0]
        >>> row.lever, row.value, row.marks[:3]
        ('mediation', 1.0, '###')
    """
    row = scenario.policies[policy]
    return [
        *(_of_setting(theatre, scenario, setting) for setting in row.set),
        *(_of_rule(theatre, scenario, policy, number) for number in range(len(row.rule))),
        *(_of_shock(scenario, shock) for shock in row.shock),
    ]


def _of_setting(theatre: Theatre, scenario: Scenario, setting: Setting) -> Course:
    marks = np.full(scenario.months, AS_IS)
    months = levers.where_set(theatre, scenario, setting).months
    marks[months] = SET
    marks[months][: setting.ramp - 1] = RAMP
    return Course(setting.lever, tuple(setting.countries), setting.value, "".join(marks), None)


def _of_rule(theatre: Theatre, scenario: Scenario, policy: str, number: int) -> Course:
    rule = scenario.policies[policy].rule[number]
    found = rules.resolve_rules(theatre, scenario, policy)
    heard = found.heard[:, number].any(axis=1)
    heard &= np.cumsum(heard * found.read) > 0
    marks = np.where(heard, np.where(found.read > 0, READ, STANDS), AS_IS)
    return Course(rule.lever, tuple(rule.countries), rule.value, "".join(marks), rule)


def _of_shock(scenario: Scenario, shock: Shock) -> Course:
    marks = np.full(scenario.months, AS_IS)
    marks[scenario.lead_of(shock.month) - 1] = SHOCK
    return Course(shock.kind, tuple(shock.countries), None, "".join(marks), None)
