"""What a theatre file may say.

A theatre is data: countries, actors, streams and what is observed where. The engine
knows none of their names. Unknown keys and wrong types are refused.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from liptako import calendar
from liptako.theatre.politics import (
    DATED,
    Act,
    Alliance,
    Bloc,
    Dyad,
    Grievance,
    Imposed,
    Instrument,
    Means,
    Patron,
    Promise,
    Siege,
    Support,
)
from liptako.theatre.strict import Iso3, Name, PatronName, Strict, check_month

Role = Literal["member", "littoral", "surroundings"]
Kind = Literal["state_based", "non_state", "one_sided"]
LeverRole = Literal[
    "joint_operations",
    "offer",
    "capacity",
    "war",
    "backing",
    "sanctions",
    "force",
    "offensive",
    "mediation",
    "publicity",
    "pursuit",
    "transition",
    "pay",
    "siege_relief",
]
OF_A_PATRON = ("offer", "capacity", "war")
"""Roles of levers that name a patron."""


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
    front: str | None = Field(
        default=None, description="region that an offensive goes to; none: the farthest one"
    )


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


class Actor(Strict):
    """A class of armed actors that streams tell apart, or civilians."""

    label: str = Field(min_length=1, max_length=40, description="in charts and tables, short")
    definition: str = Field(description="who is counted in it")


class Stream(Strict):
    """An event stream between two classes of actors; `id` is permanent."""

    id: int = Field(ge=1, le=255)
    sides: tuple[str, str]
    kind: Kind
    label: str
    note: str | None = Field(
        default=None, description="what a reader must know of what is counted here, or is not"
    )


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
        "offer: added to what `patron` offers a country, as a share of full support; law bounds "
        "it no more, for who sets it can waive it; "
        "capacity: added to the log capacity of `patron` (the mean over countries whose regimes "
        "are simulated counts: set it for all of them); "
        "war: added to the log of deaths in the war of `patron`, likewise; "
        "backing: an outside backer's support to the pact itself; "
        "sanctions: sanctions against a regime, beyond today's; "
        "force: threats of force by a bloc against a regime: 1 threatens and orders within about a "
        "month each, -1 stands down as fast; "
        "offensive: share of its reach that a state throws at its front; "
        "mediation: between a country and its neighbours; "
        "publicity: how far disputes are fought out in public, beyond today's; "
        "pursuit: of insurgents across borders without consent; "
        "transition: pressure on a regime for a date to hand over, beyond today's; "
        "pay: pay and rations of the army, beyond today's; "
        "siege_relief: corridors and escorted supplies to besieged towns, beyond today's",
    )
    imposes: bool = Field(
        default=False,
        description="others impose it on a country: it stands as `imposed` dates it, -1 lifts it "
        "and 1 imposes it, where that changes something",
    )
    patron: PatronName | None = Field(
        default=None,
        description="whose offer, capacity or war it moves, with these roles only; an offer may "
        "name one instrument, `patron.kind`",
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
                f"roles {', '.join(OF_A_PATRON)}, and only with them"
            )
        return self


class Reading(Strict):
    """A political reading of a block of weights: which streams tend to follow which."""

    label: str
    leads: list[Name] = Field(min_length=1, description="streams that come first")
    follows: list[Name] = Field(min_length=1, description="streams that come after")
    place: Literal["same cell", "neighbours"] = "same cell"


class Theatre(Strict):
    """Everything that is structure: who is there, what is counted, what is observed."""

    name: Name
    title: str
    snapshot: str = Field(description="folder with the snapshot, relative to the theatre file")
    stream_rules: str = Field(description="table from actor names to classes, likewise")
    timeline: str | None = Field(default=None, description="coded political events, likewise")
    countries: dict[Iso3, Country] = Field(min_length=1)
    observed: list[Observed] = Field(min_length=1)
    actors: dict[Name, Actor]
    streams: dict[Name, Stream] = Field(min_length=1)
    pressures: dict[Name, list[Name]] = Field(
        min_length=1, description="classes whose streams press on neighbours; insurgents first"
    )
    levers: dict[Name, Lever] = Field(default_factory=dict)
    patrons: dict[Name, Patron] = Field(default_factory=dict)
    ladders: list[Dyad] = Field(default_factory=list)
    blocs: dict[Name, Bloc] = Field(default_factory=dict)
    imposed: list[Imposed] = Field(
        default_factory=list, description="what others impose on a country, oldest first"
    )
    promises: list[Promise] = Field(default_factory=list, description="oldest first")
    grievances: list[Grievance] = Field(
        default_factory=list, description="what armies held against those who led them"
    )
    menu: dict[Name, Act] = Field(
        default_factory=dict, description="what regimes may choose, each quarter"
    )
    sieges: list[Siege] | None = Field(
        default=None,
        description="towns that insurgents have besieged; an empty list: none yet. Without it no "
        "town is ever besieged, and whom a state reaches moves no regime",
    )
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
            "menu": self.menu,
            "blocs": self.blocs,
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
        self._check_ladders()
        for name, act in self.menu.items():
            known = {*self.patrons, *self.instruments}
            unknown = (set(act.levers) - set(self.levers)) | (set(act.wants) - known)
            if unknown:
                raise ValueError(f"menu.{name}: no such levers or patrons: {sorted(unknown)}")
            unknown = {act.leaves, act.joins} - {None, *self.blocs}
            if unknown:
                raise ValueError(f"menu.{name}: no such blocs: {sorted(map(str, unknown))}")
        self._check_countries()
        return self

    def _check_countries(self) -> None:
        """Check the countries, and what else is named, of dated rows."""
        named = {
            **{f"blocs.{name}.members": bloc.members for name, bloc in self.blocs.items()},
            "imposed": [row.country for row in self.imposed],
            "promises": [row.country for row in self.promises],
            "grievances": [row.country for row in self.grievances],
            "sieges": [row.country for row in self.sieges or []],
        }
        for where, countries in named.items():
            unknown = set(countries) - set(self.countries)
            if unknown:
                raise ValueError(f"{where}: unknown countries {sorted(unknown)}")
        levers = {name for name, lever in self.levers.items() if lever.imposes}
        for row in self.imposed:
            if not set(row.levers) <= levers:
                raise ValueError(
                    f"imposed: {row.country} since {row.since}: {sorted(set(row.levers) - levers)} "
                    f"are not levers that impose something, of {sorted(levers)}"
                )

    def _check_ladders(self) -> None:
        pairs = [frozenset(row.pair) for row in self.ladders]
        for row, pair in zip(self.ladders, pairs, strict=True):
            if len(pair) < 2 or not pair <= set(self.countries):
                raise ValueError(f"ladders: {list(row.pair)} are not two countries of the theatre")
            months = [standing.since_month for standing in row.standing]
            if months != sorted(set(months)):
                raise ValueError(f"ladders: {list(row.pair)}: rows are not in order of time")
        if len(set(pairs)) < len(pairs):
            raise ValueError("ladders: a pair of countries twice")

    def _check_roles(self) -> None:
        taken: dict[tuple[str, str | None], str] = {}
        for name, lever in self.levers.items():
            known = [*self.patrons, *(i for i in self.instruments if i not in self.patrons)]
            known = known if lever.role == "offer" else list(self.patrons)
            if lever.patron not in {None, *known}:
                raise ValueError(f"levers.{name}.patron: {lever.patron!r} is not one of {known}")
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
            if lever.role == "war" and self.patrons[str(lever.patron)].war is None:
                raise ValueError(f"levers.{name}.patron: {lever.patron!r} has no war")

    def _check_patron(self, name: str, patron: Patron) -> None:
        self._check_means(f"patrons.{name}", patron)
        for kind, instrument in patron.instruments.items():
            self._check_means(f"patrons.{name}.instruments.{kind}", instrument)
        unknown = set(patron.rivals) - (set(self.patrons) - {name})
        if unknown:
            raise ValueError(f"patrons.{name}.rivals: not other patrons {sorted(unknown)}")

    def _check_means(self, name: str, means: Means) -> None:
        unknown = set(means.supplies) - set(self.levers)
        if unknown:
            raise ValueError(f"{name}.supplies: unknown levers {sorted(unknown)}")
        for supplied, change in means.supplies.items():
            low, high = self.levers[supplied].range
            if not low <= change <= high:
                raise ValueError(
                    f"{name}.supplies.{supplied}: {change} must lie in range {low, high}"
                )
        for field in DATED:
            self._check_dated(f"{name}.{field}", getattr(means, field))

    def _check_dated(self, name: str, rows: list[Support]) -> None:
        last: dict[str, Support] = {}
        for row in rows:
            if row.country not in self.countries:
                raise ValueError(f"{name}: unknown countries ['{row.country}']")
            before = last.get(row.country)
            if before is not None and row.since_month <= before.since_month:
                raise ValueError(
                    f"{name}: {row.country} since {row.since} must come later "
                    f"than since {before.since}, the row before"
                )
            last[row.country] = row

    @property
    def instruments(self) -> dict[str, Instrument]:
        """What patrons give by, by name: `patron.kind`, or the patron's own where it has one."""
        found = {}
        for name, patron in self.patrons.items():
            for kind, row in patron.instruments.items():
                label = f"{patron.label}: {row.label}"[:60]
                found[f"{name}.{kind}"] = row.model_copy(update={"label": label})
            if not patron.instruments:
                own = {field: getattr(patron, field) for field in Means.model_fields}
                found[name] = Instrument.model_construct(label=patron.label, **own)
        return found

    def by_role(self, role: Role) -> tuple[str, ...]:
        """Return the ISO3 codes of the countries with this role, in file order."""
        return tuple(iso for iso, row in self.countries.items() if row.role == role)

    def streams_of(self, kind: Kind) -> tuple[str, ...]:
        """Return the names of the streams of one UCDP kind of violence, in file order."""
        return tuple(name for name, row in self.streams.items() if row.kind == kind)
