"""What a theatre file may say of politics: patrons, disputes, promises, acts, the pact."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from liptako import calendar
from liptako.theatre.strict import Iso3, Name, Strict, check_month

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


class Standing(Dated):
    """Where two countries stand toward each other."""

    rung: Rung


class Dyad(Strict):
    """Two countries whose dispute may climb a ladder; without rows they are at dialogue."""

    pair: tuple[Iso3, Iso3]
    standing: list[Standing] = Field(default_factory=list, description="oldest first")


class Promise(Dated):
    """A date to which a regime has promised to hand over; none where it has withdrawn one."""

    country: Iso3
    due: str | None = Field(default=None, description="month promised, YYYY-MM")

    @field_validator("due")
    @classmethod
    def _due(cls, text: str | None) -> str | None:
        return None if text is None else check_month(text)


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
    wants: dict[Name, float] = Field(
        default_factory=dict, description="added to what it would take from a patron"
    )
    transition: Literal["promise", "extend"] | None = None
    pact: Literal["deepen", "leave"] | None = None
    effects: dict[ConsequenceName, Share] = Field(
        default_factory=dict, description="consequences a regime expects"
    )
    when: dict[SituationName, dict[ConsequenceName, Share]] = Field(
        default_factory=dict, description="more of a consequence the more of a situation"
    )
    law: str | None = Field(
        default=None, description="for acts of armed actors: the law that bounds them"
    )


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
