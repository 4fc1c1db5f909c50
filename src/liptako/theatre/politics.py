"""What a theatre file may say of politics: patrons, disputes, promises, acts, the pact."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from liptako import calendar
from liptako.theatre.strict import Iso3, Name, PatronName, Strict, check_month

Rung = Literal["dialogue", "sanctions", "coercion", "incident", "clash", "war"]
ConsequenceName = Literal[
    "insurgent_pressure",
    "civilian_protection",
    "regime_survival",
    "rents_arms",
    "autonomy",
    "alignment",
    "popular_approval",
    "neighbour_leverage",
    "alliance_commitment",
    "corporate_advancement",
]
SituationName = Literal[
    "strain", "danger", "exposure", "unbacked", "pressed", "distrust", "dispute"
]


ThreatName = Literal["none", "threatened", "ordered", "sent"]

Share = Annotated[float, Field(ge=-1, le=1)]


class Dated(Strict):
    """Something that holds from a month on, and what says so."""

    since: str = Field(description="first month, YYYY-MM")
    row: str | None = Field(
        default=None, min_length=1, description="row_id in the timeline that says so"
    )
    note: str | None = Field(
        default=None, min_length=1, description="the reason, where no row says it or not all of it"
    )

    _months = field_validator("since")(check_month)

    @model_validator(mode="after")
    def _grounded(self) -> Dated:
        if self.row is None and self.note is None:
            raise ValueError("names neither a row of the timeline nor a note that says why")
        return self

    @property
    def since_month(self) -> int:
        """The first month, as a month number."""
        return calendar.parse_month(self.since)


class Support(Dated):
    """What a patron gives a country from a month on."""

    country: Iso3
    level: float = Field(
        ge=0, le=1, description="share of full support: the most it has given in the theatre"
    )


class Means(Strict):
    """What a patron gives by one means: a level by country, what it moves, what bounds it.

    A country without rows in `support` gets nothing, one without rows in `offers` would get no
    more than it does, and one without rows in `most` may get all.
    """

    supplies: dict[Name, float] = Field(
        default_factory=dict,
        description="levers that full support moves, and how far beyond today's",
    )
    money: float = Field(
        default=0.0, ge=0, le=1, description="money in its full support, as a share of full aid"
    )
    force: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="soldiers that full support stations in a country, as a share of a large "
        "force; none: money or arms only",
    )
    support: list[Support] = Field(
        default_factory=list, description="dated levels, oldest first in each country"
    )
    offers: list[Support] = Field(
        default_factory=list,
        description="dated levels that it would give if the client took them, likewise",
    )
    most: list[Support] = Field(
        default_factory=list,
        description="dated levels beyond which law lets no client's request be met, likewise",
    )


DATED = ("support", "offers", "most")
"""Fields of `Means` that hold dated levels by country."""


class Instrument(Means):
    """One of the means by which a patron gives: aid, a base, intelligence, recognition."""

    label: str = Field(min_length=1, max_length=60)


class War(Dated):
    """A war of a patron's own, which absorbs what it could give."""

    country_id: int = Field(ge=1, description="VIEWS country_id of where it is fought")


class Patron(Means):
    """An outside state or body that supports countries; `id` is permanent.

    One without `instruments` gives by one means, which has its name.
    """

    id: int = Field(ge=1, le=255)
    label: str
    limited: bool = Field(
        default=False,
        description="its capacity is a random process and is shared among its clients",
    )
    rivals: list[Name] = Field(
        default_factory=list,
        description="patrons whose offers shrink as this one's support grows",
    )
    war: War | None = Field(
        default=None, description="where deaths take from the capacity of a limited patron"
    )
    instruments: dict[Name, Instrument] = Field(
        default_factory=dict, description="what it gives by; each counts alike in its support"
    )

    @model_validator(mode="after")
    def _given_once(self) -> Patron:
        own = [name for name in Means.model_fields if getattr(self, name)]
        if self.instruments and own:
            raise ValueError(f"it has instruments: {', '.join(own)} belong to each of them")
        if self.war is not None and not self.limited:
            raise ValueError("war: only a limited patron has a capacity that it takes from")
        return self


class Standing(Dated):
    """Where two countries stand toward each other."""

    rung: Rung


class Dyad(Strict):
    """Two countries whose dispute may climb a ladder; without rows they are at dialogue."""

    pair: tuple[Iso3, Iso3]
    standing: list[Standing] = Field(default_factory=list, description="oldest first")


class StandingThreat(Dated):
    """How far a bloc has gone toward force against those who rule a member, from a month on."""

    country: Iso3
    stage: ThreatName


class Bloc(Strict):
    """States that may threaten those who rule a member, and that a member may leave.

    `id` is permanent. Who is suspended is a member still; nobody is threatened without rows.
    """

    id: int = Field(ge=1, le=255)
    label: str
    members: list[Iso3] = Field(min_length=2, description="countries of the theatre")
    threats: list[StandingThreat] = Field(
        default_factory=list, description="dated, oldest first in each country"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Bloc:
        for country in {row.country for row in self.threats}:
            if country not in self.members:
                raise ValueError(f"threats: {country!r} is not one of the members {self.members}")
            months = [row.since_month for row in self.threats if row.country == country]
            if months != sorted(set(months)):
                raise ValueError(f"threats: rows of {country} are not in order of time")
        return self


class Imposed(Dated):
    """Levers that others have imposed on a country from a month on; the last row holds."""

    country: Iso3
    levers: list[Name]


class Promise(Dated):
    """A date to which a regime has promised to hand over; none where it has withdrawn one."""

    country: Iso3
    due: str | None = Field(default=None, description="month promised, YYYY-MM")

    @field_validator("due")
    @classmethod
    def _due(cls, text: str | None) -> str | None:
        return None if text is None else check_month(text)


class Grievance(Dated):
    """What an army held against those who led it, from a month on; it fades.

    Losses are none of them: event data count those. A coup ends what was held before it.
    """

    country: Iso3
    kind: Literal["pay", "posts"] = Field(
        description="pay: pay or rations late or cut; posts: commanders dismissed, moved or jailed"
    )
    size: float = Field(default=1.0, gt=0, le=1, description="share of the most")


class Siege(Dated):
    """A town that insurgents cut off from its roads, and with it the main town of its region."""

    town: str = Field(min_length=1)
    country: Iso3
    region: str = Field(min_length=1, description="code of the first-level region")
    until: str | None = Field(default=None, description="first month without it, YYYY-MM")

    @field_validator("until")
    @classmethod
    def _until(cls, text: str | None) -> str | None:
        return None if text is None else check_month(text)

    @model_validator(mode="after")
    def _ordered(self) -> Siege:
        if self.until is not None and calendar.parse_month(self.until) <= self.since_month:
            raise ValueError(f"until {self.until} must come later than since {self.since}")
        return self


class Act(Strict):
    """Something that regimes may choose; `id` is permanent.

    An act that would change nothing is not open: levers at their bounds or fixed by the scenario,
    a patron that already gives all or nothing, a pact that is left.
    """

    id: int = Field(ge=1, le=255)
    label: str
    levers: dict[Name, float] = Field(
        default_factory=dict, description="added to where the regime sets a lever"
    )
    wants: dict[PatronName, float] = Field(
        default_factory=dict,
        description="added to what it would take from a patron, or by one of its instruments",
    )
    transition: Literal["promise", "extend"] | None = None
    pact: Literal["deepen", "leave"] | None = None
    leaves: Name | None = Field(default=None, description="the bloc that a country leaves")
    joins: Name | None = Field(default=None, description="the bloc that it joins again")
    ranks: Literal["reshuffle"] | None = Field(
        default=None, description="reshuffle: commanders are dismissed or moved"
    )
    effects: dict[ConsequenceName, Share] = Field(
        default_factory=dict, description="consequences a regime expects"
    )
    when: dict[SituationName, dict[ConsequenceName, Share]] = Field(
        default_factory=dict, description="more of a consequence the more of a situation"
    )
    law: str | None = Field(
        default=None, description="for acts of armed actors: the law that bounds them"
    )


class AgendaItem(Strict):
    """One thing that allies mean to do together, and what it would do; `id` is permanent.

    Shares are of what the whole agenda does, see `means.agenda` and `commitment.agenda_lock`.
    """

    id: int = Field(ge=1, le=255)
    label: str
    means: float = Field(ge=0, le=1, description="share of what it adds to members' means")
    lock: float = Field(ge=0, le=1, description="share of what it adds to the cost of leaving")


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
    agenda: dict[Name, AgendaItem] = Field(
        default_factory=dict, description="its items; each is proposed, agreed, in force"
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
