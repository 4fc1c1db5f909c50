"""Contrasts: pairs of futures that differ in one thing, with the sign that is expected and why.

`contrasts.toml` in a theatre's folder holds them. Months are leads (1 is the first month
simulated), so that a file serves any start. A contrast whose measured sign goes against
expectation stays, with an explanation: a model is not made better by leaving out what it gets
wrong, nor by changing what was expected.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from liptako.calendar import format_month
from liptako.errors import InputError
from liptako.theatre import shocks
from liptako.theatre.loading import read_toml
from liptako.theatre.scenario import MAX_MONTHS, Policy, Setting, Shock, ShockKind
from liptako.theatre.schema import Theatre
from liptako.theatre.strict import Iso3, Name, Strict
from liptako.theatre.validation import validate

FILE = "contrasts.toml"

Expected = Literal["up", "down", "unclear"]


class Change(Strict):
    """One lever set to a value from a lead month on, in some countries (none named: all)."""

    lever: Name
    value: float
    countries: list[Iso3] = Field(default_factory=list)
    first_lead: int = Field(default=1, ge=1, le=MAX_MONTHS, description="first month, 1 or more")
    last_lead: int | None = Field(
        default=None, ge=1, le=MAX_MONTHS, description="last month; none: to the end"
    )
    ramp: int = Field(
        default=1, ge=1, le=MAX_MONTHS, description="months in which it is brought in, evenly"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Change:
        if self.last_lead is not None and self.last_lead < self.first_lead:
            raise ValueError(f"last_lead: {self.last_lead} is before first_lead {self.first_lead}")
        return self


class ShockAhead(Strict):
    """A shock in a lead month."""

    kind: ShockKind
    countries: list[Iso3] = Field(min_length=1)
    lead: int = Field(ge=1, le=MAX_MONTHS, description="the month it happens, 1 or more")
    last_lead: int | None = Field(
        default=None, ge=1, le=MAX_MONTHS, description="and in every month up to this one"
    )

    @model_validator(mode="after")
    def _ordered(self) -> ShockAhead:
        if self.last_lead is not None and self.last_lead < self.lead:
            raise ValueError(f"last_lead: {self.last_lead} is before lead {self.lead}")
        return self

    @property
    def leads(self) -> range:
        """The months it happens."""
        return range(self.lead, (self.last_lead or self.lead) + 1)


class Alteration(Strict):
    """A parameter of the model altered in every member: it tests an assumption, not the world."""

    path: str = Field(description="`process.name`, as in the registry of parameters")
    value: float | None = Field(
        default=None, allow_inf_nan=False, description="what every entry is set to"
    )
    factor: float | None = Field(
        default=None, allow_inf_nan=False, description="or what every entry is multiplied by"
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Alteration:
        if (self.value is None) == (self.factor is None):
            raise ValueError("name a value or a factor, one of the two")
        return self

    def __str__(self) -> str:
        """Say in words what is altered."""
        if self.factor is None:
            return f"{self.path} set to {self.value:g}"
        return f"{self.path} times {self.factor:g}"


class Contrast(Strict):
    """What changes between two arms, what is looked at, and which sign is expected."""

    label: str = Field(min_length=1, max_length=160)
    expected: Expected = Field(description="sign of the difference that the argument implies")
    outcome: Name = Field(description="one of `liptako.experiments.contrasts.OUTCOMES`")
    countries: list[Iso3] = Field(
        default_factory=list, description="whose outcome; none named: the outcome's own group"
    )
    horizon: int = Field(
        default=36, ge=12, le=MAX_MONTHS, multiple_of=12, description="months ahead, whole years"
    )
    reason: str = Field(min_length=1, description="why this sign, with a source")
    change: list[Change] = Field(default_factory=list)
    shock: list[ShockAhead] = Field(default_factory=list)
    params: list[Alteration] = Field(
        default_factory=list, description="assumptions altered in one arm"
    )
    base: list[Change] = Field(
        default_factory=list, description="what both arms have, where `change` does not differ"
    )
    explanation: str | None = Field(
        default=None, description="why it may go against expectation, or show nothing"
    )

    @model_validator(mode="after")
    def _something_changes(self) -> Contrast:
        if not (self.change or self.shock or self.params):
            raise ValueError("a contrast changes something: name a change, a shock or params")
        for lead in (*(c.first_lead for c in (*self.change, *self.base)), *_leads(self.shock)):
            if lead > self.horizon:
                raise ValueError(f"nothing after the horizon counts: {lead} is after it")
        return self

    def arms(self, shared: Policy, init_month: int) -> tuple[Policy, Policy]:
        """Return the two policies that are compared, as seen from the last month known.

        Args:
            shared: what every arm begins with, such as a scenario's baseline.
            init_month: lead 0.
        """
        settings = [*shared.set, *(setting_of(change, init_month) for change in self.base)]
        base = Policy(label=f"{self.label}: base", set=settings, shock=list(shared.shock))
        changed = Policy(
            label=self.label,
            set=[*settings, *(setting_of(change, init_month) for change in self.change)],
            shock=[
                *shared.shock,
                *(_shock(shock, init_month + lead) for shock in self.shock for lead in shock.leads),
            ],
        )
        return base, changed


class Contrasts(Strict):
    """All contrasts of a theatre, by name."""

    contrasts: dict[Name, Contrast] = Field(min_length=1)


def load_contrasts(folder: Path, theatre: Theatre) -> dict[str, Contrast]:
    """Read the contrasts of a theatre and check them against it, in the order of the file.

    Args:
        folder: of the theatre.
        theatre: levers with their ranges, countries.

    Raises:
        InputError: for anything missing or not allowed, naming file, field and value.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> loaded = load_scenario("sahel-2024")
        >>> len(load_contrasts(loaded.folder, loaded.theatre)) >= 10
        True
    """
    file = folder / FILE
    found = validate(Contrasts, read_toml(file), file, inside="contrasts").contrasts
    for name, contrast in found.items():
        _check(theatre, name, contrast, str(file))
    return found


def laws_of(theatre: Theatre, contrast: Contrast) -> tuple[str, ...]:
    """Return the acts of armed actors that a contrast assumes, each with the law that bounds it."""
    levers = [theatre.levers[change.lever] for change in (*contrast.change, *contrast.base)]
    return tuple(
        dict.fromkeys(f"{row.label}: {row.law}" for row in levers if row.law and not row.civil)
    )


def _leads(ahead: list[ShockAhead]) -> list[int]:
    return [shock.leads[-1] for shock in ahead]


def setting_of(change: Change, init_month: int) -> Setting:
    """Return a change as the setting of a policy, as seen from the last month known."""
    last = None if change.last_lead is None else format_month(init_month + change.last_lead)
    return Setting(
        lever=change.lever,
        value=change.value,
        countries=change.countries,
        first=format_month(init_month + change.first_lead),
        last=last,
        ramp=change.ramp,
    )


def _shock(shock: ShockAhead, month: int) -> Shock:
    return Shock(kind=shock.kind, countries=shock.countries, month=format_month(month))


def _check(theatre: Theatre, name: str, contrast: Contrast, file: str) -> None:
    _check_known(theatre, contrast.countries, file, f"{name}.countries")
    for part in ("change", "base"):
        for index, change in enumerate(getattr(contrast, part)):
            where = f"{name}.{part}[{index}]"
            _check_known(theatre, change.countries, file, f"{where}.countries")
            _check_lever(theatre, change, file, where)
    for index, shock in enumerate(contrast.shock):
        where = f"{name}.shock[{index}].countries"
        shocks.check_countries(theatre, shock.kind, shock.countries, file, where)


def _check_known(theatre: Theatre, countries: list[str], file: str, field: str) -> None:
    for iso in countries:
        if iso not in theatre.countries:
            known = ", ".join(theatre.countries)
            raise InputError("unknown country", file=file, field=field, value=iso, allowed=known)


def _check_lever(theatre: Theatre, change: Change, file: str, where: str) -> None:
    if change.lever not in theatre.levers:
        raise InputError(
            "no such lever",
            file=file,
            field=f"{where}.lever",
            value=change.lever,
            allowed=", ".join(theatre.levers) or "none in this theatre",
        )
    low, high = theatre.levers[change.lever].range
    if not low <= change.value <= high:
        raise InputError(
            "out of range",
            file=file,
            field=f"{where}.value",
            value=change.value,
            allowed=f"{low:g} to {high:g}",
        )
