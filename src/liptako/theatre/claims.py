"""Claims of an argument, each with the tests that would decide it: in the world, and in the model.

`claims.toml` in a theatre's folder holds them, by number and in the order of the argument. A claim
fills templates of a closed list; no verdict stands in the file. WORLD asks what data say; MODEL
asks what the assumptions imply. A side that nothing at hand can decide says why, and what would.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre.contrasts import load_contrasts
from liptako.theatre.loading import read_toml
from liptako.theatre.policies import load_policies
from liptako.theatre.schema import Theatre
from liptako.theatre.strict import Iso3, Name, Strict, check_month
from liptako.theatre.validation import validate

FILE = "claims.toml"

Sign = Literal["up", "down"]
Kind = Literal["fact", "mechanism", "motive", "forecast", "policy"]
Count = Literal["events", "deaths", "deaths_civilians", "deaths_state", "deaths_insurgent"]
Month = Annotated[str, AfterValidator(check_month)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Says = Annotated[str, Field(min_length=1, max_length=200, description="what it looks at")]


class Undecidable(Strict):
    """Nothing at hand can decide it: why, and what would."""

    test: Literal["undecidable"]
    reason: str = Field(min_length=1)
    would_decide: str = Field(min_length=1)


class Near(Strict):
    """Cells whose centres lie no farther from a place."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    km: float = Field(gt=0, le=2000)


class Where(Strict):
    """Which events are counted: all that meet every condition; a condition not named is none."""

    countries: list[Iso3] = Field(default_factory=list)
    streams: list[Name] = Field(default_factory=list)
    regions: list[str] = Field(default_factory=list)
    near: Near | None = None


class Window(Where):
    """Events of some months."""

    first: Month
    last: Month

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.last < self.first:
            raise ValueError(f"last: {self.last} is before first {self.first}")
        return self


class Row(Strict):
    """A row of the timeline, and the day that is claimed for it where one is."""

    row: str = Field(min_length=1)
    claimed: Day | None = None
    within_days: int = Field(default=3, ge=0)


class Search(Strict):
    """Rows of the timeline that meet every condition, and how many are claimed."""

    actors: list[str] = Field(default_factory=list)
    actions: list[str] = Field(default_factory=list)
    targets: list[str] = Field(default_factory=list)
    first: Month | None = None
    last: Month | None = None
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _bounded(self) -> Search:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("name at_least or at_most, one of the two")
        return self


class Order(Strict):
    """Two rows of the timeline, and how many months at least lie between them."""

    row: str
    then: str
    at_least_months: int = Field(default=0, ge=0)


class Stands(Strict):
    """What a patron gives in a month, as the theatre dates it."""

    instrument: str
    country: Iso3
    month: Month
    at_least: float | None = Field(default=None, ge=0, le=1)
    at_most: float | None = Field(default=None, ge=0, le=1)


class DatedFact(Strict):
    """Rows of the timeline, counts of them, their order, and dated support: each holds or not."""

    test: Literal["dated_fact"]
    says: Says
    rows: list[Row] = Field(default_factory=list)
    counts: list[Search] = Field(default_factory=list)
    order: list[Order] = Field(default_factory=list)
    stands: list[Stands] = Field(default_factory=list)

    @model_validator(mode="after")
    def _something(self) -> DatedFact:
        if not (self.rows or self.counts or self.order or self.stands):
            raise ValueError("name rows, counts, order or stands")
        return self


class Statistic(Strict):
    """A total, a ratio of two rates, or a share, against the value from which a claim holds."""

    test: Literal["statistic"]
    says: Says
    count: Count
    how: Literal["total", "ratio", "share"]
    of: Window
    against: Window | None = Field(default=None, description="for a ratio or a share")
    per_person: bool = Field(default=False, description="rates by people of the countries")
    null: float = Field(default=1.0, ge=0, description="the claim holds above or below it")
    expected: Sign

    @model_validator(mode="after")
    def _compared(self) -> Statistic:
        if (self.how == "total") != (self.against is None):
            raise ValueError("against: a ratio and a share need it, a total has none")
        return self


class Study(Strict):
    """What changed after dates, beyond others, beside a placebo."""

    says: Says
    count: Count
    of: Where
    others: Where = Field(description="who shows what would have been")
    before: int = Field(ge=2, le=60, description="months")
    after: int = Field(ge=1, le=60, description="months")
    expected: Sign
    coincides: list[str] = Field(
        default_factory=list, description="rows of the timeline that fall into the windows too"
    )


class EventStudy(Study):
    """A log ratio around dates; `lead` months before them where what precedes is asked."""

    test: Literal["event_study"]
    dates: list[str] = Field(min_length=1, description="rows of the timeline")
    lead: int = Field(default=0, ge=0, le=24, description="the window ends at the date if above 0")
    own_country: bool = Field(default=True, description="each date counts in its row's country")


class Killings(Strict):
    """Insurgent events around killings by states, as `liptako verify --level recruitment`."""

    test: Literal["killings_study"]
    says: Says
    expected: Sign


class DiffInDiff(Study):
    """Regions treated from a date on, beside others: region and month effects."""

    test: Literal["diff_in_diff"]
    date: str = Field(description="a row of the timeline")


class ContrastTest(Strict):
    """A contrast of the theatre, and the sign that the claim implies."""

    test: Literal["contrast"]
    name: Name
    sign: Sign


class PolicyTest(Strict):
    """A policy beside the baseline, an outcome, and the sign that the claim implies."""

    test: Literal["policy"]
    policy: Name
    outcome: str = Field(min_length=1, description="NAME or NAME:AAA,BBB with countries")
    sign: Sign


class Chance(Strict):
    """A chance in the run's futures, against a bar or against other chances."""

    test: Literal["forecast"]
    says: Says
    outcome: str = Field(min_length=1, description="NAME or NAME:AAA,BBB with countries")
    level: float | None = Field(default=None, description="of a count: it reaches so much")
    bar: float = Field(default=0.5, ge=0, le=1)
    beside: str | None = Field(default=None, description="another outcome in place of the bar")
    sign: Sign


class Open(Strict):
    """A forecast: no verdict before its date; until then what was so before."""

    test: Literal["forecast"]
    until: Month
    base: Annotated[Statistic | DatedFact, Field(discriminator="test")] | None = None
    past_cases: Name | None = Field(default=None, description="a piece of the endings")


class Lens(Strict):
    """Which motives decisions are consistent with."""

    test: Literal["lens"]
    lens: Name
    of: list[Iso3] = Field(default_factory=list)


WorldTest = Annotated[
    DatedFact | Statistic | EventStudy | Killings | DiffInDiff | Open | Undecidable,
    Field(discriminator="test"),
]
ModelTest = Annotated[
    ContrastTest | PolicyTest | Chance | Lens | Undecidable, Field(discriminator="test")
]


class Claim(Strict):
    """One claim, in our words, and its tests."""

    id: int = Field(ge=1, le=10_000)
    type: Kind
    section: Name
    text: str = Field(min_length=1, max_length=300)
    world: list[WorldTest] = Field(min_length=1)
    model: list[ModelTest] = Field(min_length=1)
    would_decide: str = Field(default="", description="beyond what its tests say")
    doubt: str = Field(default="", description="a known doubt about it, in a sentence")


class Claims(Strict):
    """All claims of a theatre."""

    argument: str = Field(min_length=1, description="whose it is, with its date")
    seen_from: Month = Field(description="the last month that its tests need known")
    sections: dict[Name, str] = Field(min_length=1)
    claims: list[Claim] = Field(min_length=1)

    @model_validator(mode="after")
    def _numbered(self) -> Claims:
        seen: set[int] = set()
        for claim in self.claims:
            if claim.id in seen:
                raise ValueError(f"claims: number {claim.id} stands twice")
            if claim.section not in self.sections:
                raise ValueError(f"claims: {claim.id} is in section {claim.section!r}: not known")
            seen.add(claim.id)
        return self


def has_claims(folder: Path) -> bool:
    """Return whether a theatre audits an argument."""
    return (folder / FILE).is_file()


def audited_from(folder: Path, init_month: int) -> bool:
    """Return whether a theatre audits an argument that is no later than a start."""
    if not has_claims(folder):
        return False
    seen = validate(Claims, read_toml(folder / FILE), folder / FILE).seen_from
    return calendar.parse_month(seen) <= init_month


def load_claims(folder: Path, theatre: Theatre, init_month: int) -> Claims:
    """Read the claims of a theatre and check them against it, in the order of the file.

    Args:
        folder: of the theatre.
        theatre: countries, streams.
        init_month: the last month known.

    Raises:
        InputError: there are none, or one names what there is not: file, field and value.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> loaded = load_scenario("sahel-2024")
        >>> len(load_claims(loaded.folder, loaded.theatre, loaded.scenario.init_month).claims)
        81
    """
    file = folder / FILE
    if not has_claims(folder):
        raise InputError(
            "this theatre audits no argument", file=file, allowed="a theatre with claims.toml"
        )
    found = validate(Claims, read_toml(file), file)
    if init_month < calendar.parse_month(found.seen_from):
        raise InputError(
            "the argument is of a later month than the scenario's start",
            file=file,
            field="seen_from",
            value=calendar.format_month(init_month),
            allowed=f"{found.seen_from} or later",
        )
    contrasts = load_contrasts(folder, theatre)
    policies = load_policies(folder, init_month)
    known = {
        "countries": tuple(theatre.countries),
        "of": tuple(theatre.countries),
        "streams": tuple(theatre.streams),
        "name": tuple(contrasts),
        "policy": tuple(policies),
        "instrument": tuple(theatre.instruments),
    }
    for claim in found.claims:
        for side in ("world", "model"):
            for place, test in enumerate(getattr(claim, side)):
                _check(test.model_dump(), known, file, f"{claim.id}.{side}[{place}]")
    return found


def _check(
    content: dict[str, Any], known: dict[str, tuple[str, ...]], file: Path, where: str
) -> None:
    """Check names of countries, streams, contrasts, policies and instruments, however deep."""
    for key, value in content.items():
        at = f"{where}.{key}"
        if isinstance(value, dict):
            _check(value, known, file, at)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for place, item in enumerate(value):
                _check(item, known, file, f"{at}[{place}]")
        elif key in known and value:
            for name in value if isinstance(value, list) else [value]:
                if name not in known[key]:
                    allowed = ", ".join(known[key])
                    raise InputError("not known", file=file, field=at, value=name, allowed=allowed)


def months_of(window: Window) -> tuple[int, int]:
    """Return the first and the last month of a window, as month numbers."""
    return calendar.parse_month(window.first), calendar.parse_month(window.last)
