"""Levers resolved to arrays: every policy is the same shape, so all share one compiled program."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre.scenario import Scenario, Setting
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
        _check(theatre, scenario, setting, file, f"policies.{policy}.set[{index}]")
        change = setting.value - theatre.levers[setting.lever].default
        values[_where(theatre, scenario, setting)] = change
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
        values[_where(theatre, scenario, setting)] = 1.0
    return values


def _empty(theatre: Theatre, scenario: Scenario) -> Float[np.ndarray, "month lever country"]:
    shape = scenario.months, len(theatre.levers), len(theatre.countries)
    return np.zeros(shape, np.float32)


def _where(theatre: Theatre, scenario: Scenario, setting: Setting) -> tuple[slice, int, list[int]]:
    """Return the months, lever and countries of a setting, as positions."""
    countries = list(theatre.countries)
    first = calendar.parse_month(setting.first) - scenario.init_month - 1
    last = scenario.months - 1
    if setting.last is not None:
        last = calendar.parse_month(setting.last) - scenario.init_month - 1
    chosen = [countries.index(iso) for iso in setting.countries or countries]
    return slice(max(first, 0), last + 1), list(theatre.levers).index(setting.lever), chosen


def check_policies(theatre: Theatre, scenario: Scenario, file: str | None = None) -> None:
    """Check every policy of a scenario against its theatre.

    Raises:
        InputError: see `resolve`.
    """
    for policy in scenario.policies:
        resolve(theatre, scenario, policy, file)


def _check(
    theatre: Theatre, scenario: Scenario, setting: Setting, file: str | None, where: str
) -> None:
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
    first = calendar.parse_month(setting.first)
    end = scenario.init_month + scenario.months
    if not scenario.init_month < first <= end:
        raise InputError(
            "outside the run",
            file=file,
            field=f"{where}.first",
            value=setting.first,
            allowed=f"{calendar.format_month(scenario.init_month + 1)} to "
            f"{calendar.format_month(end)}",
        )
    if setting.last is not None and calendar.parse_month(setting.last) < first:
        raise InputError(
            "ends before it starts",
            file=file,
            field=f"{where}.last",
            value=setting.last,
            allowed=f"{setting.first} or later",
        )
