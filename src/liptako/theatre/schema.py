"""What a theatre file may say.

A theatre is data: countries, actors, streams and what is observed where. The engine
knows none of their names. Unknown keys and wrong types are refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from liptako import calendar

Role = Literal["member", "littoral", "surroundings"]
Kind = Literal["state_based", "non_state", "one_sided"]
LeverRole = Literal["joint_operations", "offer", "capacity", "backing", "sanctions"]
Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]

OF_A_PATRON = ("offer", "capacity")
"""Roles of levers that name a patron."""


class Strict(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


def check_month(text: str) -> str:
    """Return `text` when it is a month, `YYYY-MM`."""
    calendar.parse_month(text)
    return text


class Place(Strict):
    """A named point."""

    name: str
    lat: float = Field(ge=-90, le=90, description="degrees north")
    lon: float = Field(ge=-180, le=180, description="degrees east")


class Country(Strict):
    """A country of the theatre; `id` is permanent and keys random numbers."""

    id: int = Field(ge=1, le=255)
    name: str
    views_id: int = Field(ge=1, description="VIEWS country_id")
    gwno: int = Field(ge=2, description="Gleditsch-Ward number")
    role: Role
    capital: Place


class Observed(Strict):
    """Event data exist for these countries (or regions of one) between two months."""

    source: str
    countries: list[Iso3] = Field(min_length=1)
    regions: list[str] = Field(default_factory=list, description="empty: the whole country")
    first: str
    last: str

    _months = field_validator("first", "last")(check_month)

    @property
    def first_month(self) -> int:
        """First observed month, as a month number."""
        return calendar.parse_month(self.first)

    @property
    def last_month(self) -> int:
        """Last observed month, as a month number."""
        return calendar.parse_month(self.last)


class Stream(Strict):
    """An event stream between two classes of actors; `id` is permanent."""

    id: int = Field(ge=1, le=255)
    sides: tuple[str, str]
    kind: Kind
    label: str


class Lever(Strict):
    """Something an actor can set; `id` is permanent. Values are shares of full use, by country.

    `civil` levers (mediation, aid, protection) may be searched and ranked; the others are
    assumptions about armed actors and never are. A scenario that leaves a lever alone keeps
    it at `default`, which stands for what history already contains.
    """

    id: int = Field(ge=1, le=255)
    label: str
    range: tuple[float, float]
    default: float = 0.0
    civil: bool
    where: Literal["country", "border"] = Field(
        default="country", description="the whole country, or its border cells only"
    )
    law: str | None = Field(
        default=None, description="for acts of armed actors: the law that bounds them"
    )
    role: LeverRole | None = Field(
        default=None,
        description="what politics reads it for, beside its effects on streams. "
        "joint_operations: an operational pact moves it in its members; "
        "offer: added to what `patron` offers a country, as a share of full support; "
        "capacity: added to the log capacity of `patron` (the mean over countries whose regimes "
        "are simulated counts: set it for all of them); "
        "backing: an outside backer's support to the pact itself; "
        "sanctions: sanctions and threats of force against a regime, beyond today's",
    )
    patron: Name | None = Field(
        default=None, description="whose offer or capacity it moves; with these two roles only"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Lever:
        low, high = self.range
        if not low <= self.default <= high:
            raise ValueError(f"default {self.default} must lie in range {self.range}")
        return self

    @model_validator(mode="after")
    def _patron_with_role(self) -> Lever:
        if (self.role in OF_A_PATRON) != (self.patron is not None):
            raise ValueError(
                f"role {self.role!r} with patron {self.patron!r}: a patron is named with the "
                f"roles {' and '.join(OF_A_PATRON)}, and only with them"
            )
        return self


class Support(Strict):
    """What a patron gives a country from a month on, and what says so."""

    country: Iso3
    since: str = Field(description="first month, YYYY-MM")
    level: float = Field(
        ge=0, le=1, description="share of full support: the most it has given in the theatre"
    )
    row: str | None = Field(
        default=None, min_length=1, description="row_id in the timeline that says so"
    )
    note: str | None = Field(
        default=None, min_length=1, description="the reason, where no row says it or not all of it"
    )

    _months = field_validator("since")(check_month)

    @model_validator(mode="after")
    def _grounded(self) -> Support:
        if self.row is None and self.note is None:
            raise ValueError("a support names the row of the timeline or a note that says why")
        return self

    @property
    def since_month(self) -> int:
        """The first month, as a month number."""
        return calendar.parse_month(self.since)


class Patron(Strict):
    """An outside state or body that supports countries; `id` is permanent.

    A country without rows in `support` gets nothing.
    """

    id: int = Field(ge=1, le=255)
    label: str
    limited: bool = Field(
        default=False,
        description="its capacity is a random process and is shared among its clients",
    )
    supplies: dict[Name, float] = Field(
        default_factory=dict,
        description="levers that its full support moves, and how far beyond today's",
    )
    rivals: list[Name] = Field(
        default_factory=list,
        description="patrons whose offers shrink as this one's support grows",
    )
    support: list[Support] = Field(
        default_factory=list, description="dated levels, oldest first in each country"
    )


class Reading(Strict):
    """A political reading of a block of weights: which streams tend to follow which."""

    label: str
    leads: list[Name] = Field(min_length=1, description="streams that come first")
    follows: list[Name] = Field(min_length=1, description="streams that come after")
    place: Literal["same cell", "neighbours"] = "same cell"


class Alliance(Strict):
    """A pact among countries of the theatre, and which past pacts teach its stages."""

    name: str
    members: list[Iso3] = Field(min_length=2, max_length=8)
    signed: str
    consultative: str | None = Field(
        default=None, description="month a common organ first met, YYYY-MM"
    )
    operational: str | None = Field(
        default=None, description="month of the first joint operation, YYYY-MM"
    )
    nested: list[list[str]] = Field(
        default_factory=list, description="past pacts that are parts of one, counted as one"
    )

    @field_validator("signed", "consultative", "operational")
    @classmethod
    def _months(cls, text: str | None) -> str | None:
        return None if text is None else check_month(text)

    @property
    def signed_month(self) -> int:
        """The month number of the signature."""
        return calendar.parse_month(self.signed)


class Theatre(Strict):
    """Everything that is structure: who is there, what is counted, what is observed."""

    name: Name
    title: str
    snapshot: str = Field(description="folder with the snapshot, relative to the theatre file")
    stream_rules: str = Field(description="table from actor names to classes, likewise")
    timeline: str | None = Field(default=None, description="coded political events, likewise")
    countries: dict[Iso3, Country] = Field(min_length=1)
    observed: list[Observed] = Field(min_length=1)
    actors: dict[Name, str]
    streams: dict[Name, Stream] = Field(min_length=1)
    pressures: dict[Name, list[Name]] = Field(
        min_length=1, description="classes whose streams press on neighbours; insurgents first"
    )
    levers: dict[Name, Lever] = Field(default_factory=dict)
    patrons: dict[Name, Patron] = Field(default_factory=dict)
    readings: dict[Name, Reading] = Field(default_factory=dict)
    alliance: Alliance | None = None
    coup_panel: dict[Iso3, int] = Field(
        default_factory=dict,
        description="countries that teach the coup hazard, with their VIEWS ids",
    )

    @model_validator(mode="after")
    def _ids_unique(self) -> Theatre:
        tables = {
            "countries": self.countries,
            "streams": self.streams,
            "levers": self.levers,
            "patrons": self.patrons,
        }
        for what, table in tables.items():
            ids = [row.id for row in table.values()]
            if len(set(ids)) != len(ids):
                raise ValueError(f"{what}: every id must be unique, got {sorted(ids)}")
        for stream in self.streams.values():
            for side in stream.sides:
                if side not in self.actors:
                    raise ValueError(f"streams: side {side!r} is not one of {list(self.actors)}")
        for name, reading in self.readings.items():
            unknown = set(reading.leads + reading.follows) - set(self.streams)
            if unknown:
                raise ValueError(f"readings.{name}: unknown streams {sorted(unknown)}")
        for pressure, sides in self.pressures.items():
            if not set(sides) <= set(self.actors):
                raise ValueError(f"pressures.{pressure}: not all of {sides} are actors")
        for row in self.observed:
            unknown = set(row.countries) - set(self.countries)
            if unknown:
                raise ValueError(f"observed.countries: unknown countries {sorted(unknown)}")
        return self

    @model_validator(mode="after")
    def _politics_fits(self) -> Theatre:
        if self.alliance is not None:
            unknown = set(self.alliance.members) - set(self.countries)
            if unknown:
                raise ValueError(f"alliance.members: unknown countries {sorted(unknown)}")
        self._check_roles()
        for name, patron in self.patrons.items():
            self._check_patron(name, patron)
        return self

    def _check_roles(self) -> None:
        taken: dict[tuple[str, str | None], str] = {}
        for name, lever in self.levers.items():
            if lever.patron not in {None, *self.patrons}:
                raise ValueError(
                    f"levers.{name}.patron: {lever.patron!r} is not one of {list(self.patrons)}"
                )
            if lever.role is None:
                continue
            other = taken.setdefault((lever.role, lever.patron), name)
            if other != name:
                whose = f" of {lever.patron!r}" if lever.patron else ""
                raise ValueError(
                    f"levers.{name}.role: {lever.role!r}{whose} is the role of {other!r} already"
                )
            if lever.role == "capacity" and not self.patrons[str(lever.patron)].limited:
                raise ValueError(
                    f"levers.{name}.patron: {lever.patron!r} has no capacity: it is not limited"
                )

    def _check_patron(self, name: str, patron: Patron) -> None:
        unknown = set(patron.supplies) - set(self.levers)
        if unknown:
            raise ValueError(f"patrons.{name}.supplies: unknown levers {sorted(unknown)}")
        for supplied, change in patron.supplies.items():
            low, high = self.levers[supplied].range
            if not low <= change <= high:
                raise ValueError(
                    f"patrons.{name}.supplies.{supplied}: {change} must lie in range {low, high}"
                )
        unknown = set(patron.rivals) - (set(self.patrons) - {name})
        if unknown:
            raise ValueError(f"patrons.{name}.rivals: not other patrons {sorted(unknown)}")
        last: dict[str, Support] = {}
        for row in patron.support:
            if row.country not in self.countries:
                raise ValueError(f"patrons.{name}.support: unknown countries ['{row.country}']")
            before = last.get(row.country)
            if before is not None and row.since_month <= before.since_month:
                raise ValueError(
                    f"patrons.{name}.support: {row.country} since {row.since} must come later "
                    f"than since {before.since}, the row before"
                )
            last[row.country] = row

    def by_role(self, role: Role) -> tuple[str, ...]:
        """Return the ISO3 codes of the countries with this role, in file order."""
        return tuple(iso for iso, row in self.countries.items() if row.role == role)

    def streams_of(self, kind: Kind) -> tuple[str, ...]:
        """Return the names of the streams of one UCDP kind of violence, in file order."""
        return tuple(name for name, row in self.streams.items() if row.kind == kind)
