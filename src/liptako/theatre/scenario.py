"""What a scenario file may say: from when, how long, how many futures, which policies."""

from __future__ import annotations

from typing import Any, Literal, SupportsFloat

from pydantic import Field, field_validator, model_validator

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre.strict import Iso3, Name, Strict, check_month

MAX_MEMBERS = 100_000
MAX_MONTHS = 60

ExitKind = Literal[
    "coup_other_camp",
    "coup_same_camp",
    "mutiny",
    "rebellion",
    "capital_falls",
    "negotiated",
    "intervention",
]
ShockKind = Literal["coup", "spoiler"]
Condition = Literal["no_date", "date", "default", "coup", "attacks_rise", "killings_rise", "siege"]
"""What a rule may wait for; `liptako.model.processes.contingent` says when each holds."""

MAX_RULES = 8
"""Of a policy: arrays have room for so many, so that all policies share one compiled program."""


class Lasting(Strict):
    """One lever, a value, where, and to when."""

    lever: Name
    value: float
    countries: list[Iso3] = Field(default_factory=list, description="none named: everywhere")
    last: str | None = Field(default=None, description="last month, YYYY-MM; none: to the end")
    ramp: int = Field(
        default=1, ge=1, le=MAX_MONTHS, description="months in which it is brought in, evenly"
    )

    @field_validator("first", "last", check_fields=False)
    @classmethod
    def _months(cls, text: str | None) -> str | None:
        return None if text is None else check_month(text)


class Setting(Lasting):
    """One lever set to a value from a month on."""

    first: str = Field(description="first month the value holds, YYYY-MM")


class Rule(Lasting):
    """One lever set to a value while something holds, country by country.

    It is read in the run's first month and in the months in which regimes choose, and stands until
    it is read again. Where two rules that hold set one lever, the later one in the list counts.
    """

    when: Condition
    of: list[Iso3] = Field(
        default_factory=list,
        description="where it is looked for: in any of these, attacks in all of them together; "
        "none named: in each country by itself",
    )
    times: float = Field(
        default=1.5, ge=1, le=100, description="how many times the start's rate counts as a rise"
    )
    first: str | None = Field(
        default=None, description="first month it may hold, YYYY-MM; none: the run's first"
    )


class Shock(Strict):
    """Something that happens in a month, in some countries, whatever led to it."""

    kind: ShockKind
    countries: list[Iso3] = Field(min_length=1)
    month: str = Field(description="the month it happens, YYYY-MM")

    _month = field_validator("month")(check_month)


class Policy(Strict):
    """A named set of lever settings, of rules, and of shocks that happen whatever is set."""

    label: str
    set: list[Setting] = Field(default_factory=list)
    rule: list[Rule] = Field(default_factory=list, max_length=MAX_RULES)
    shock: list[Shock] = Field(default_factory=list)

    def does(self) -> dict[str, Any]:
        """Return what it sets and what happens under it, whatever it is called."""
        return self.model_dump(exclude={"label"}, exclude_defaults=True)


class EndingThresholds(Strict):
    """Where one ending stops and the next begins; see `liptako.outcomes.classify`."""

    min_joint_acts: int = Field(
        default=2,
        ge=0,
        le=1000,
        description="joint acts in the last 12 months below which a pact is on paper only",
    )
    rolled_back_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="most deaths inflicted by insurgents in each of the last two years, "
        "as a share of the yearly mean of the three years before the start",
    )
    rolled_back_members: int = Field(
        default=2, ge=1, le=50, description="fewest members where this must hold"
    )
    others_at_most: float = Field(
        default=1.1, ge=0, le=10, description="the same share at most in every other member"
    )
    attacked_cells_share: float = Field(
        default=0.75,
        ge=0,
        le=1,
        description="most cells attacked in the last year, in all members together, "
        "as a share of the last year before the start",
    )
    contained_share: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="the same share at most in every member for a war that is contained",
    )
    spread_deaths: float = Field(
        default=100.0,
        gt=0,
        le=1e6,
        description="deaths inflicted by insurgents in a year at which the war has come to a "
        "further country, where they were fewer a year before the start",
    )
    changed_by: list[ExitKind] = Field(
        default=["coup_other_camp", "rebellion", "capital_falls", "negotiated", "intervention"],
        min_length=1,
        description="exits after which a regime counts as changed",
    )

    @model_validator(mode="after")
    def _ordered(self) -> EndingThresholds:
        if self.others_at_most < self.rolled_back_share:
            raise ValueError(
                f"endings.others_at_most: {self.others_at_most} must not be below "
                f"rolled_back_share, {self.rolled_back_share}"
            )
        return self


class Scenario(Strict):
    """One question to the model."""

    name: Name
    title: str = Field(min_length=1, max_length=120)
    theatre: Name
    init_time: str = Field(description="last month whose events are known, YYYY-MM")
    months: int = Field(default=36, ge=1, le=MAX_MONTHS)
    members: int = Field(default=2000, ge=2, le=MAX_MEMBERS)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    policies: dict[Name, Policy] = Field(min_length=1)
    endings: EndingThresholds = EndingThresholds()

    _month = field_validator("init_time")(check_month)

    @model_validator(mode="after")
    def _baseline(self) -> Scenario:
        if "baseline" not in self.policies:
            raise ValueError("policies: a policy named 'baseline' is required")
        return self

    def adjusted(self, *, members: Any = None, months: Any = None, seed: Any = None) -> Scenario:
        """Return the scenario with the numbers given in the place of its own.

        Raises:
            InputError: one is not a whole number or out of range.
        """
        changes = {"members": members, "months": months, "seed": seed}
        given = {name: value for name, value in changes.items() if value is not None}
        for name, value in given.items():
            bounds = {
                key: getattr(row, key)
                for row in type(self).model_fields[name].metadata
                for key in ("ge", "le")
                if hasattr(row, key)
            }
            allowed = f"{bounds['ge']} to {bounds['le']}"
            if not _is_whole(value):
                raise InputError("not a whole number", field=name, value=value, allowed=allowed)
            if not bounds["ge"] <= value <= bounds["le"]:
                raise InputError("out of range", field=name, value=value, allowed=allowed)
        whole_numbers = {name: int(value) for name, value in given.items()}
        return type(self).model_validate({**self.model_dump(), **whole_numbers})

    @property
    def init_month(self) -> int:
        """The month number of `init_time`."""
        return calendar.parse_month(self.init_time)

    def lead_of(self, month: str) -> int:
        """Return how many months after `init_time` a month, `YYYY-MM`, is."""
        return calendar.parse_month(month) - self.init_month


def _is_whole(value: object) -> bool:
    """Return whether a value is a whole number, of Python or NumPy."""
    if isinstance(value, bool | str) or not isinstance(value, SupportsFloat):
        return False
    return float(value).is_integer()


def check_whole_years(months: int) -> None:
    """Check that futures go on for whole years.

    Raises:
        InputError: they do not.
    """
    year = calendar.MONTHS_PER_YEAR
    allowed = range(year, MAX_MONTHS + 1, year)
    if months not in allowed:
        said = ", ".join(map(str, allowed))
        raise InputError("not whole years", field="months", value=months, allowed=said)
