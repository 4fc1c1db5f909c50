"""Shocks of a policy resolved to arrays: what happens in which month, whatever led to it.

A shock asks "and if this happened?": it is no forecast, and no act that a policy could choose.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
from jaxtyping import Float

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre.scenario import Scenario, Shock, ShockKind
from liptako.theatre.schema import Theatre

KINDS: tuple[str, ...] = get_args(ShockKind)
"""Kinds of shocks, in the order of the array. A coup: the camp in power falls to another. A
spoiler: outsiders inflame the tension between a country and its neighbours."""


def resolve_shocks(
    theatre: Theatre, scenario: Scenario, policy: str, file: str | None = None
) -> Float[np.ndarray, "month shock country"]:
    """Return one where a shock happens and zero elsewhere, by month, kind and country.

    The null policy is all zeros.

    Args:
        theatre: names of countries, and whose regimes are simulated.
        scenario: start, length and policies.
        policy: the policy's name.
        file: the scenario file, for messages.

    Raises:
        InputError: for an unknown policy or country, a month outside the run, or a coup where
            no regime is simulated.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> loaded = load_scenario("sahel-2024")
        >>> bool(resolve_shocks(loaded.theatre, loaded.scenario, "baseline").any())
        False
    """
    if policy not in scenario.policies:
        known = ", ".join(scenario.policies)
        raise InputError("no such policy", file=file, field="policy", value=policy, allowed=known)
    countries = list(theatre.countries)
    happens = np.zeros((scenario.months, len(KINDS), len(countries)), np.float32)
    for index, shock in enumerate(scenario.policies[policy].shock):
        where = f"policies.{policy}.shock[{index}]"
        check_countries(theatre, shock.kind, shock.countries, file, f"{where}.countries")
        _check_month(scenario, shock, file, where)
        month = scenario.lead_of(shock.month) - 1
        chosen = [countries.index(iso) for iso in shock.countries]
        happens[month, KINDS.index(shock.kind), chosen] = 1.0
    return happens


def check_policies(theatre: Theatre, scenario: Scenario, file: str | None = None) -> None:
    """Check the shocks of every policy of a scenario against its theatre.

    Raises:
        InputError: see `resolve_shocks`.
    """
    for policy in scenario.policies:
        resolve_shocks(theatre, scenario, policy, file)


def check_countries(
    theatre: Theatre, kind: str, countries: list[str], file: str | None, field: str
) -> None:
    """Check where a shock happens.

    Raises:
        InputError: for an unknown country, or a coup where no regime is simulated.
    """
    ruled = theatre.alliance.members if theatre.alliance else theatre.by_role("member")
    for iso in countries:
        if iso not in theatre.countries:
            known = ", ".join(theatre.countries)
            raise InputError("unknown country", file=file, field=field, value=iso, allowed=known)
        if kind == "coup" and iso not in ruled:
            raise InputError(
                "no regime is simulated there, so none can fall",
                file=file,
                field=field,
                value=iso,
                allowed=", ".join(ruled),
            )


def _check_month(scenario: Scenario, shock: Shock, file: str | None, where: str) -> None:
    month, end = calendar.parse_month(shock.month), scenario.init_month + scenario.months
    if not scenario.init_month < month <= end:
        first = calendar.format_month(scenario.init_month + 1)
        raise InputError(
            "outside the run",
            file=file,
            field=f"{where}.month",
            value=shock.month,
            allowed=f"{first} to {calendar.format_month(end)}",
        )
