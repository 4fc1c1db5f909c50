"""The registry of parameters: every number of the model with its status, range and source.

`params.toml` is the only place where they stand. Everything that lists, varies or documents
parameters (`liptako assumptions`, sensitivity ranges, the schema) reads this registry.
"""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from liptako.errors import InputError
from liptako.theatre.strict import Name, Strict

Status = Literal["estimated", "reference class", "judgement"]
Axis = Literal[
    "country",
    "stream",
    "half_life",
    "lever",
    "border",
    "pressure",
    "ring",
    "block",
    "patron",
    "instrument",
    "consequence",
    "act",
    "age_band",
]


STATIC = ("structure", "draws")
"""Processes whose rows are read before members are: when a theatre is laid out, when parameters are
drawn. No member carries them, so each is one fixed number."""


class Prior(Strict):
    """A distribution a parameter is drawn from.

    `normal(mean, sd)`, `lognormal(mean, sd)` of the logarithm, `beta(a, b)`,
    `uniform(low, high)`.
    """

    dist: Literal["normal", "lognormal", "beta", "uniform"]
    mean: float = 0.0
    sd: float = Field(default=1.0, gt=0)
    a: float = Field(default=1.0, gt=0)
    b: float = Field(default=1.0, gt=0)
    low: float = 0.0
    high: float = 1.0


class Parameter(Strict):
    """One parameter (an array when `shape` names axes)."""

    shape: list[Axis] = Field(default_factory=list)
    status: Status
    unit: str = Field(min_length=1)
    meaning: str = Field(min_length=1)
    acts_on: str = Field(min_length=1, description="the function of the model that reads it")
    source: str = Field(min_length=1)
    value: float | list | dict | None = Field(
        default=None,
        description="fixed value; a table names entries of the last axes, and the prior is that "
        "of what is added to each; entries without a name are zero",
    )
    prior: Prior | None = None
    range: tuple[float, float] | None = None
    posterior: str | None = Field(
        default=None,
        description="file#variable of the fit; start#... for a fit made when a run starts",
    )

    @field_validator("range")
    @classmethod
    def _ordered(cls, pair: tuple[float, float] | None) -> tuple[float, float] | None:
        if pair is not None and pair[0] > pair[1]:
            raise ValueError("the lower end must come first")
        return pair

    @model_validator(mode="after")
    def _complete(self) -> Parameter:
        if self.status == "estimated" and self.posterior is None:
            raise ValueError("an estimated parameter names its posterior")
        fixed = self.value is not None and not isinstance(self.value, dict)
        known = self.prior is not None or fixed
        if self.status == "judgement" and (self.range is None or not known):
            raise ValueError("a judgement has a range, and a prior unless it is held fixed")
        if self.status == "reference class" and self.value is None and self.prior is None:
            raise ValueError("a reference class has a value or a prior")
        return self

    def mean(self) -> float:
        """Return the mean of the prior of a parameter that has one."""
        prior = self.prior
        if prior is None:
            raise ValueError("this parameter has no prior")
        if prior.dist == "beta":
            return prior.a / (prior.a + prior.b)
        if prior.dist == "uniform":
            return 0.5 * (prior.low + prior.high)
        return prior.mean if prior.dist == "normal" else math.exp(prior.mean + prior.sd**2 / 2)


class Form(Strict):
    """A structural alternative: forms of a mechanism between which no score can choose.

    Each set of assumptions has one of the forms, and the sets have them equally often and crossed
    with other alternatives.
    """

    question: str = Field(min_length=1, description="what the forms answer differently")
    acts: list[str] = Field(
        min_length=1,
        description="parameters that a form multiplies; or one entry of a parameter, as "
        "process.name.entry, that it sets",
    )
    options: dict[Name, float | dict[Name, float]] = Field(
        min_length=2,
        description="factor by form, or what it sets by name of the last axis; the first is that "
        "of the run at the middle of judgement",
    )
    labels: dict[Name, str] = Field(description="what readers call each form")
    source: str = Field(min_length=1, description="why each of them, and why these weights")

    @model_validator(mode="after")
    def _labelled(self) -> Form:
        if set(self.labels) != set(self.options):
            raise ValueError("labels: one for each of the options")
        return self

    @model_validator(mode="after")
    def _of_one_kind(self) -> Form:
        kinds = {isinstance(option, dict) for option in self.options.values()}
        entries = {path.count(".") == 2 for path in self.acts}
        if len(kinds) > 1 or kinds != entries or (self.of_a_lever and len(self.acts) > 1):
            raise ValueError("either factors of parameters, or tables that set one entry of one")
        if self.of_a_lever and self.tables()[0]:
            raise ValueError("the first of forms that set an entry sets nothing: none")
        return self

    @property
    def of_a_lever(self) -> bool:
        """Whether a form sets what a lever does to each stream, rather than multiply parameters."""
        return isinstance(next(iter(self.options.values())), dict)

    def tables(self) -> list[dict[str, float]]:
        """Return what each form sets, by stream; empty tables where forms are factors."""
        return [option if isinstance(option, dict) else {} for option in self.options.values()]


class Forms(Strict):
    """Structural alternatives of a theatre, by name."""

    forms: dict[Name, Form]


class Registry(Strict):
    """All parameters, by process and name.

    Attributes:
        processes: parameters by process and name.
        forms: structural alternatives by name.
        tables: judgement that stands in the theatre's other files, by name, as plain values; it
            is frozen and listed with the parameters.
    """

    processes: dict[str, dict[str, Parameter]]
    forms: dict[str, Form] = Field(default_factory=dict)
    tables: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _static_rows_are_fixed(self) -> Registry:
        for path, row in self.items():
            if path.split(".")[0] in STATIC and (row.shape or not isinstance(row.value, float)):
                raise ValueError(f"{path}: no member carries it, so it has one fixed value")
        return self

    def fixed(self, path: str) -> float:
        """Return the number at which a parameter is held."""
        value = self[path].value
        if not isinstance(value, float):
            raise ValueError(f"{path} is not held at one number")
        return value

    def __getitem__(self, path: str) -> Parameter:
        """Return the parameter at `process.name`.

        Raises:
            InputError: there is no such row.
        """
        process, name = path.split(".")
        row = self.processes.get(process, {}).get(name)
        if row is None:
            raise InputError("there is no row for this parameter", field=path, file="params.toml")
        return row

    def items(self) -> list[tuple[str, Parameter]]:
        """Return `(process.name, parameter)` in file order."""
        return [
            (f"{process}.{name}", parameter)
            for process, names in self.processes.items()
            for name, parameter in names.items()
        ]
