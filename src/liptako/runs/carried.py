"""The parameters that a run's members carry, kept with the run.

Members share draws in sets, so a run keeps one draw of each set and status of evidence instead of
one a member. Forms of structural alternatives stand as parameters of their own beside what they
multiply, in the order of what they do: none lies between helping and harming.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Int

from liptako.errors import InputError
from liptako.model.draws import set_numbers
from liptako.model.forms import ASSUMPTION_SETS, form_numbers
from liptako.model.params import VARIANCE, Params, leaf_paths
from liptako.model.structure import Structure
from liptako.runs.arms import Arm
from liptako.runs.start import Prepared
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.registry import Form

FORM = "forms."
"""Begins the name of a structural alternative among the parameters."""

STORED = ("assumption", "assumption_status", "assumption_meaning", "assumed")
"""Variables of a run's dataset that hold them; variants and earlier runs have none."""


@dataclass(frozen=True, eq=False)
class Carried:
    """What varies over the members of a run.

    Attributes:
        names: `process.name`, entries of an array as `process.name[1,2]`, or `forms.NAME`.
        status: of its evidence: the grouping of whose sets it has one draw each.
        meaning: in words, with the entry.
        values: of each set.
    """

    names: tuple[str, ...]
    status: tuple[str, ...]
    meaning: tuple[str, ...]
    values: Float[np.ndarray, "assumption_set assumption"]

    def of_status(self, status: str) -> Carried:
        """Return those of one status of evidence."""
        place = np.flatnonzero(np.array(self.status) == status)
        every = (self.names, self.status, self.meaning)
        names, own, meaning = (tuple(column[at] for at in place) for column in every)
        return Carried(names, own, meaning, self.values[:, place])

    def of_members(self, members: Int[np.ndarray, " member"]) -> pd.DataFrame:
        """Return one row a member and one column a parameter."""
        sets = set_numbers(members)
        columns = zip(self.names, self.status, self.values.T, strict=True)
        return pd.DataFrame({name: drawn[sets[status]] for name, status, drawn in columns})


def varying(drawn: Params) -> dict[str, Float[np.ndarray, " member"]]:
    """Return each number that differs among members, by name; variances of others left out."""
    columns: dict[str, np.ndarray] = {}
    for path in leaf_paths():
        if path.endswith(VARIANCE):
            continue
        process, leaf = path.split(".")
        values = np.asarray(getattr(getattr(drawn, process), leaf), float)
        for place in np.ndindex(values.shape[1:]):
            entry = values[(slice(None), *place)]
            if entry.min() < entry.max():
                name = f"{path}[{','.join(map(str, place))}]" if place else path
                columns[name] = entry
    return columns


def carried_by(prepared: Prepared, arm: Arm) -> Carried:
    """Return what the members of an arm carry, one draw of each set.

    Two hundreds of members hold every set twice, each time together with others: a parameter has
    the status whose sets it follows.
    """
    registry = prepared.loaded.registry
    plain = replace(prepared.loaded, registry=registry.model_copy(update={"forms": {}}))
    members = np.arange(2 * ASSUMPTION_SETS)
    sets = set_numbers(members)
    names, status, meaning, values = [], [], [], []
    for name, drawn in varying(arm.draw(replace(prepared, loaded=plain), members)).items():
        own = drawn[:ASSUMPTION_SETS]
        names.append(name)
        status.append(next(key for key, number in sets.items() if (own[number] == drawn).all()))
        meaning.append(_meaning(name, prepared))
        values.append(own)
    if arm.judgement:
        for name, drawn in _forms(registry.forms).items():
            names.append(f"{FORM}{name}")
            status.append("judgement")
            meaning.append(registry.forms[name].question)
            values.append(drawn)
    every = np.array(values).reshape(-1, ASSUMPTION_SETS).T
    return Carried(tuple(names), tuple(status), tuple(meaning), every)


def _forms(forms: Mapping[str, Form]) -> dict[str, Float[np.ndarray, " assumption_set"]]:
    """Return what each form does, in each set: its factor, or the sum of what it sets."""
    numbers = form_numbers(
        {name: len(form.options) for name, form in forms.items()}, np.arange(ASSUMPTION_SETS)
    )
    found = {}
    for name, form in forms.items():
        sizes = [sum(o.values()) if isinstance(o, dict) else o for o in form.options.values()]
        found[name] = np.array(sizes, float)[numbers[name]]
    return found


def _meaning(name: str, prepared: Prepared) -> str:
    path, _, places = name.partition("[")
    row = prepared.loaded.registry[path]
    at = [int(place) for place in places.rstrip("]").split(",") if place]
    if not at or len(at) != len(row.shape):
        return row.meaning
    labels = _labels(prepared.structure)
    entry = [
        labels[axis][place] if axis in labels else f"{axis.replace('_', ' ')} {place + 1}"
        for axis, place in zip(row.shape, at, strict=True)
    ]
    return f"{row.meaning}: {', '.join(entry)}"


def _labels(structure: Structure) -> dict[str, tuple[str, ...]]:
    """Return the names of the places along an axis."""
    return {
        "border": structure.neighbours.borders,
        "country": structure.countries,
        "stream": structure.streams,
        "lever": structure.levers,
        "patron": structure.patrons.names,
        "instrument": structure.patrons.instruments,
        "act": structure.menu.names,
        "consequence": CONSEQUENCES,
        "pressure": structure.pressures,
    }


def with_carried(known: xr.Dataset, carried: Carried) -> xr.Dataset:
    """Return a run's dataset with what its members carry."""
    columns: dict[str, Any] = {
        "assumption": list(carried.names),
        "assumption_status": ("assumption", np.array(carried.status, str)),
        "assumption_meaning": ("assumption", np.array(carried.meaning, str)),
    }
    values = ("assumption_set", "assumption"), carried.values.astype(np.float32)
    return known.assign_coords(columns).assign(assumed=values)


def carried_of(run: xr.Dataset) -> Carried:
    """Return what the members of a run carry.

    Raises:
        InputError: the run keeps no parameters: it is of an earlier version, or a variant.
    """
    if "assumed" not in run:
        raise InputError(
            "the run keeps no parameters",
            field="assumed",
            allowed="a run of this version; run the scenario again",
        )
    names, status, meaning = (tuple(map(str, run[name].to_numpy())) for name in STORED[:-1])
    return Carried(names, status, meaning, run["assumed"].to_numpy().astype(float))
