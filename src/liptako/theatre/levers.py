"""Levers resolved to arrays: every policy is the same shape, so all share one compiled program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre.scenario import Rule, Scenario, Setting
from liptako.theatre.schema import Theatre


def resolve(
    theatre: Theatre, scenario: Scenario, policy: str, file: str | None = None
) -> Float[np.ndarray, "month lever country"]:
    """Return what each lever is set to, less its default, by month, lever and country.

    Zero therefore means "as history has it": the null policy is all zeros.

    Args:
        theatre: names of levers and countries, ranges and defaults.
        scenario: start, length and policies.
        policy: the policy's name.
        file: the scenario file, for messages.

    Raises:
        InputError: for an unknown policy, lever or country, a value out of range, or months
            outside the run.
    """
    if policy not in scenario.policies:
        raise InputError(
            "no such policy",
            file=file,
            field="policy",
            value=policy,
            allowed=", ".join(scenario.policies),
        )
    values = _empty(theatre, scenario)
    for index, setting in enumerate(scenario.policies[policy].set):
        check_setting(theatre, scenario, setting, file, f"policies.{policy}.set[{index}]")
        change = np.float32(setting.value - theatre.levers[setting.lever].default)
        months, lever, chosen = where_set(theatre, scenario, setting)
        before = values[months, lever][:, chosen]
        share = np.minimum(np.arange(1, len(before) + 1) / setting.ramp, 1.0)[:, None]
        values[months, lever, chosen] = np.where(
            share < 1.0, before + share * (change - before), change
        )
    return values


def fixed(
    theatre: Theatre, scenario: Scenario, policy: str
) -> Float[np.ndarray, "month lever country"]:
    """Return one where a policy sets a lever, whatever to: there no regime's choice moves it.

    Args:
        theatre: names of levers and countries.
        scenario: start, length and policies.
        policy: one of them, checked by `resolve`.
    """
    values = _empty(theatre, scenario)
    for setting in scenario.policies[policy].set:
        months, lever, chosen = where_set(theatre, scenario, setting)
        values[months, lever, chosen] = 1.0
    return values


def _empty(theatre: Theatre, scenario: Scenario) -> Float[np.ndarray, "month lever country"]:
    shape = scenario.months, len(theatre.levers), len(theatre.countries)
    return np.zeros(shape, np.float32)


class Place(NamedTuple):
    """Months, lever and countries of a setting or rule, as positions."""

    months: slice
    lever: int
    countries: list[int]


def where_set(theatre: Theatre, scenario: Scenario, row: Setting | Rule) -> Place:
    """Return where a setting holds, or a rule may."""
    countries = list(theatre.countries)
    first, last = 0, scenario.months - 1
    if row.first is not None:
        first = scenario.lead_of(row.first) - 1
    if row.last is not None:
        last = scenario.lead_of(row.last) - 1
    chosen = [countries.index(iso) for iso in row.countries or countries]
    months = slice(max(first, 0), last + 1)
    return Place(months, list(theatre.levers).index(row.lever), chosen)


def check_policies(theatre: Theatre, scenario: Scenario, file: str | None = None) -> None:
    """Check the settings of every policy of a scenario against its theatre.

    A run that is made shorter may end before a setting does; as the file says it, none may.

    Raises:
        InputError: see `resolve` and `check_consistent`; a last month outside the run.
    """
    for policy, row in scenario.policies.items():
        resolve(theatre, scenario, policy, file)
        check_consistent(row.set, file, f"policies.{policy}.set")
        for kind, rows in (("set", row.set), ("rule", row.rule)):
            for index, one in enumerate(rows):
                _check_inside(scenario, one.last, file, f"policies.{policy}.{kind}[{index}].last")


def check_consistent(settings: Sequence[Setting], file: str | None, where: str) -> None:
    """Check that no lever is set to two values in one country and month.

    Raises:
        InputError: one is.
    """
    for place, one in enumerate(settings):
        for other in settings[:place]:
            if one.lever == other.lever and one.value != other.value and overlap(one, other):
                raise InputError(
                    "set to two values at once",
                    file=file,
                    field=where,
                    value=f"{one.lever}: {other.value:g} and {one.value:g}",
                    allowed="one value of a lever in each country and month",
                )


def overlap(one: Setting | Rule, other: Setting | Rule) -> bool:
    """Return whether two settings or rules may hold in one country and month."""
    everywhere = not one.countries or not other.countries
    shared = everywhere or set(one.countries) & set(other.countries)
    ends = (row.last or _LAST for row in (one, other))
    return bool(shared) and max(one.first or "", other.first or "") <= min(ends)


_LAST = "9999-12"
"""Of a setting that holds to the end; months are written so that they sort."""


def check_setting(
    theatre: Theatre, scenario: Scenario, setting: Setting | Rule, file: str | None, where: str
) -> None:
    """Check the lever, value, countries and months of a setting or rule.

    Raises:
        InputError: one is unknown, out of range or outside the run.
    """
    if setting.lever not in theatre.levers:
        raise InputError(
            "no such lever",
            file=file,
            field=f"{where}.lever",
            value=setting.lever,
            allowed=", ".join(theatre.levers) or "none in this theatre",
        )
    low, high = theatre.levers[setting.lever].range
    if not low <= setting.value <= high:
        raise InputError(
            "out of range",
            file=file,
            field=f"{where}.value",
            value=setting.value,
            allowed=f"{low:g} to {high:g}",
        )
    for iso in setting.countries:
        if iso not in theatre.countries:
            raise InputError(
                "unknown country",
                file=file,
                field=f"{where}.countries",
                value=iso,
                allowed=", ".join(theatre.countries),
            )
    _check_inside(scenario, setting.first, file, f"{where}.first")
    if setting.first and setting.last and setting.last < setting.first:
        raise InputError(
            "ends before it starts",
            file=file,
            field=f"{where}.last",
            value=setting.last,
            allowed=f"{setting.first} or later",
        )


def _check_inside(scenario: Scenario, month: str | None, file: str | None, where: str) -> None:
    start, end = scenario.init_month + 1, scenario.init_month + scenario.months
    if month is not None and not start <= calendar.parse_month(month) <= end:
        raise InputError(
            "outside the run",
            file=file,
            field=where,
            value=month,
            allowed=f"{calendar.format_month(start)} to {calendar.format_month(end)}",
        )
