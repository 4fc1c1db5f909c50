"""What a run keeps of every future: each output is declared here, once.

To keep one more thing, add it to `OUTPUTS`: what it is of a month, how months become what is kept,
its axes, unit and type. Datasets, files and memory follow from this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Shaped

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.processes import pressure
from liptako.model.step import Month
from liptako.model.structure import Structure
from liptako.theatre.roles import BY_INSURGENTS

LARGE = 25.0
"""Deaths in a cell and month that the field calls an event of conflict."""

WINDOWS = (3, 6, 12)
"""Months from the start over which deaths by region are summed."""

ByMonth = Shaped[Array, "member month ..."]


def each_month(structure: Structure, values: ByMonth) -> ByMonth:
    """Keep every month."""
    return values


def year_sum(structure: Structure, values: ByMonth) -> Shaped[Array, "member year ..."]:
    """Keep the sum over each year; a run shorter than a year has one, of all its months."""
    ends = year_ends(values.shape[1])
    firsts = [0, *(end + 1 for end in ends[:-1])]
    parts = [
        values[:, first : end + 1].sum(axis=1) for first, end in zip(firsts, ends, strict=True)
    ]
    return jnp.stack(parts, axis=1)


def first_months(structure: Structure, values: ByMonth) -> Shaped[Array, "member window ..."]:
    """Keep the sums over the first months, as many windows as fit the run; none in a short one."""
    return jnp.cumsum(values, axis=1)[:, np.array(windows_of(values.shape[1]), int) - 1]


def year_end(structure: Structure, values: ByMonth) -> Shaped[Array, "member year ..."]:
    """Keep the last month of each year; a run shorter than a year has one, its last month."""
    return values[:, year_ends(values.shape[1])]


def full_year_end(structure: Structure, values: ByMonth) -> Shaped[Array, "member full_year ..."]:
    """Keep the last month of each whole year."""
    return values[:, MONTHS_PER_YEAR - 1 :: MONTHS_PER_YEAR]


def cells_in_full_year(
    structure: Structure, values: Bool[Array, "member month cell"]
) -> Shaped[Array, "member full_year country"]:
    """Keep in how many cells of a country it happened at least once in each whole year."""
    n_members, n_months, n_cells = values.shape
    n_years = n_months // MONTHS_PER_YEAR
    years = values[:, : n_years * MONTHS_PER_YEAR].reshape(
        n_members, n_years, MONTHS_PER_YEAR, n_cells
    )
    return jnp.round(years.any(axis=2).astype(jnp.float32) @ structure.country_matrix)


def near_capital(structure: Structure, month: Month) -> Shaped[Array, " country"]:
    """Return the deaths of a month near each capital, of all kinds."""
    near = structure.near_capital.any(axis=1)
    return month.deaths[:, near].sum(axis=0) @ structure.near_capital[near]


def year_ends(months: int) -> np.ndarray:
    """Return the index of the last month of each year of a run, as `year_sum` counts them."""
    years = max(months // MONTHS_PER_YEAR, 1)
    return np.minimum(np.arange(1, years + 1) * MONTHS_PER_YEAR, months) - 1


def windows_of(months: int) -> tuple[int, ...]:
    """Return the windows that a run of so many months has, as `first_months` sums them.

    Example:
        >>> windows_of(9)
        (3, 6)
    """
    return tuple(window for window in WINDOWS if window <= months)


TIMES: dict[Callable, Literal["month", "window", "year", "full_year"]] = {
    each_month: "month",
    first_months: "window",
    year_sum: "year",
    year_end: "year",
    full_year_end: "full_year",
    cells_in_full_year: "full_year",
}
"""The axis of time that is left of the months."""


@dataclass(frozen=True)
class Output:
    """One thing that a run keeps.

    Attributes:
        of: what it is of one member's month.
        axes: after those of members and time.
        unit: as the dataset says it.
        dtype: as it is stored.
        keep: what is kept of the months, one of `TIMES`.
        counted: kept as the number of members in which it happens, without an axis of members.
    """

    of: Callable[[Structure, Month], Array]
    axes: tuple[str, ...]
    unit: str
    dtype: str
    keep: Callable = each_month
    counted: bool = False

    @property
    def dims(self) -> tuple[str, ...]:
        """All axes, in order."""
        member = () if self.counted else ("member",)
        return (*member, TIMES[self.keep], *self.axes)


CODE = "see liptako.model.codes"

OUTPUTS: dict[str, Output] = {
    "deaths": Output(
        lambda structure, month: month.deaths @ structure.country_matrix,
        ("stream", "country"), "deaths per month", "float32",
    ),
    "events": Output(
        lambda structure, month: month.events @ structure.country_matrix,
        ("stream", "country"), "events per month", "float32",
    ),
    "dead": Output(
        lambda _, month: month.dead, ("side", "country"), "deaths per month", "float32"
    ),
    "displaced": Output(
        lambda _, month: month.displaced,
        ("country",), "people newly displaced per month", "float32",
    ),
    "region_deaths": Output(
        lambda _, month: month.region_deaths,
        ("region",), "deaths in the year", "float32", year_sum,
    ),
    "region_deaths_within": Output(
        lambda _, month: month.region_deaths,
        ("region",), "deaths in the first months, as many as `window` says", "float32",
        first_months,
    ),
    "influence": Output(
        lambda _, month: month.influence,
        ("region",), "share of people, at the end of the year", "float32", year_end,
    ),
    "cell_any": Output(
        lambda _, month: month.deaths.sum(axis=0) >= 1.0,
        ("cell",), "share of members, 1 or more", "int32", counted=True,
    ),
    "cell_large": Output(
        lambda _, month: month.deaths.sum(axis=0) >= LARGE,
        ("cell",), "share of members, 25 or more", "int32", counted=True,
    ),
    "attacked_cells": Output(
        lambda structure, month: pressure.pooled(structure, month.events)[BY_INSURGENTS] > 0,
        ("country",), "cells attacked in the year", "int32", cells_in_full_year,
    ),
    "exits": Output(
        lambda _, month: month.exits, ("country",), f"how a regime ended, {CODE}", "int8"
    ),
    "stage": Output(lambda _, month: month.stage, (), f"stage of the pact, {CODE}", "int8"),
    "items": Output(
        lambda _, month: month.items, ("item",), "0 proposed, 1 agreed, 2 in force", "int8"
    ),
    "means": Output(
        lambda _, month: month.means,
        ("country",), "log of what a state can spend over the start's", "float32",
    ),
    "left": Output(lambda _, month: month.left > 0, ("country",), "out of the pact", "bool"),
    "joint_acts": Output(lambda _, month: month.joint_acts, (), "joint acts in the month", "int8"),
    "rung": Output(lambda _, month: month.rung, ("dyad",), f"rung of the dispute, {CODE}", "int8"),
    "threat": Output(
        lambda _, month: month.threat, ("country",), f"how far a bloc has gone, {CODE}", "int8"
    ),
    "outside": Output(
        lambda _, month: month.outside > 0, ("country",), "out of a bloc of the start", "bool"
    ),
    "act": Output(
        lambda _, month: month.act,
        ("country",), "act of the month, from 1 in the order of `acts`", "int8",
    ),
    "due": Output(
        lambda _, month: month.due,
        ("country",), "until a promised date lapses; 0: none stands", "int16",
    ),
    "missed": Output(
        lambda _, month: month.missed, ("country",), "promised dates that passed so far", "int8"
    ),
    "grievance": Output(
        lambda _, month: month.grievance,
        ("country",), "in the ranks beyond the start, each of three causes up to 1", "float32",
    ),
    "besieged": Output(
        lambda _, month: month.besieged,
        ("region",), "months besieged in the year", "int8", year_sum,
    ),
    "reached": Output(
        lambda _, month: month.reached,
        ("country",), "share of people outside the capital's region, as the month begins",
        "float32",
    ),
    "ruled": Output(
        lambda _, month: month.ruled > 0, ("country",), "a rule of the policy holds", "bool"
    ),
    "capital_deaths": Output(
        near_capital, ("country",), "deaths near the capital in the year", "float32", year_sum
    ),
    "support": Output(
        lambda _, month: month.support,
        ("instrument", "country"), "share of the most given by it", "float32", full_year_end,
    ),
    "toll": Output(
        lambda _, month: month.toll,
        ("patron",), "log of deaths in its own war against the start", "float32", full_year_end,
    ),
}  # fmt: skip
"""In the order of the dataset."""


def observe(structure: Structure, month: Month) -> dict[str, Array]:
    """Return what is kept of one member's month."""
    return {name: output.of(structure, month) for name, output in OUTPUTS.items()}


def gather(
    structure: Structure, seen: dict[str, ByMonth], real: Bool[Array, " member"]
) -> dict[str, Array]:
    """Return what is kept of a batch of members.

    Args:
        structure: the theatre.
        seen: from `observe`, stacked over members and months.
        real: which members are no padding; the others are left out of counts.
    """
    kept = {}
    for name, output in OUTPUTS.items():
        values = seen[name]
        if output.counted:
            values = (values & real.reshape(-1, *[1] * (values.ndim - 1))).sum(axis=0)
        else:
            values = output.keep(structure, values)
        whole = values.dtype != jnp.bool_ and output.dtype != "float32"
        kept[name] = (jnp.round(values) if whole else values).astype(output.dtype)
    return kept
