"""What motives are inferred from, as a theatre's files say it: lenses, juntas, forks, two codings.

`motives.toml` has lenses, juntas and which rows of the timeline are which act of the menu;
`forks.toml` decisions between two options, with the first coding of both; `codes.toml` the second
coding, of acts and of options. `motives.lock` holds their hashes from before a posterior was
computed from them. A theatre without the first file has no motives to infer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre import freeze
from liptako.theatre.loading import read_toml
from liptako.theatre.politics import ConsequenceName, Share
from liptako.theatre.strict import Iso3, Name, Strict, check_month
from liptako.theatre.validation import validate

FILE, FORKS, CODES, LOCK = "motives.toml", "forks.toml", "codes.toml", "motives.lock"

Codes = dict[ConsequenceName, Share]
Sign = Literal[-1, 0, 1]
RowId = Annotated[str, Field(pattern=r"^\d{6}(\d{2})?-[A-Z]{3}-[a-z_]+(-\d+)?$")]


class Lens(Strict):
    """A weight over consequences, of a family; only its direction counts."""

    label: str = Field(min_length=1)
    family: Name
    weights: dict[ConsequenceName, Annotated[float, Field(ge=-2, le=2)]] = Field(min_length=1)
    source: str = Field(min_length=1)


class Junta(Strict):
    """Who decides, where, and from when to when."""

    label: str = Field(min_length=1)
    country: Iso3
    since: str
    until: str | None = None
    row: RowId = Field(description="the coup that brought it")

    _months = field_validator("since", "until")(
        lambda value: None if value is None else check_month(value)
    )

    @property
    def since_month(self) -> int:
        """The first month, as a month number."""
        return calendar.parse_month(self.since)

    def until_month(self, last: int) -> int:
        """Return its last month, as a month number: `last` at the latest."""
        return last if self.until is None else min(calendar.parse_month(self.until), last)


class Kind(Strict):
    """Rows of the timeline of one kind."""

    action: Name
    target: Name | None = None


class Decision(Strict):
    """An act that a junta took, in a row of another actor."""

    junta: Name
    act: Name


class Said(Strict):
    """Kinds of rows that are words and not yet conduct."""

    actions: list[Name] = Field(default_factory=list)


class Killings(Strict):
    """Which rows and which series show what the state does to civilians, and the acts they are."""

    actions: list[Name] = Field(min_length=1)
    streams: list[Name] = Field(min_length=1)
    more: Name
    less: Name


class MotivesFile(Strict):
    """What `motives.toml` may say."""

    lenses: dict[Name, Lens] = Field(min_length=2)
    juntas: dict[Name, Junta] = Field(min_length=1)
    acts: dict[Name, list[Kind]] = Field(min_length=1)
    left_out: dict[RowId, str] = Field(default_factory=dict)
    also: dict[RowId, Decision] = Field(default_factory=dict)
    said: Said = Field(default_factory=Said)
    killings: Killings | None = None
    until: str = Field(description="nothing later counts or decides a fork, YYYY-MM")
    together: str | None = Field(
        default=None, description="the country code in the timeline of all juntas together"
    )

    _month = field_validator("until")(check_month)

    @property
    def last(self) -> int:
        """The last month that counts, as a month number."""
        return calendar.parse_month(self.until)


class Option(Strict):
    """One of two options, and what it was expected to bring."""

    label: str = Field(min_length=1)
    codes: Codes


class Fork(Strict):
    """A decision between two options, one of which was taken by a month."""

    junta: Name
    month: str
    row: RowId = Field(
        description="that decides it; of a restraint, from which the option was open"
    )
    restraint: bool = False
    said: bool = False
    atrocity: bool = False
    offered_by: str = Field(min_length=1)
    changes: Sign
    taken: Option
    refused: Option
    predicts: dict[Name, Sign]
    reason: str = Field(min_length=1)

    _month = field_validator("month")(check_month)

    @property
    def at(self) -> int:
        """The month, as a month number."""
        return calendar.parse_month(self.month)


class ForksFile(Strict):
    """What `forks.toml` may say."""

    forks: dict[Name, Fork]


class Pair(Strict):
    """The second coding of a fork's options."""

    taken: Codes
    refused: Codes


class CodesFile(Strict):
    """What `codes.toml` may say: the second coding."""

    acts: dict[Name, Codes]
    forks: dict[Name, Pair]


@dataclass(frozen=True)
class Motives:
    """All of a theatre's files on motives.

    Attributes:
        spec: lenses, juntas, acts.
        forks: by name, in the order of the file.
        second: the second coding.
        folder: of the theatre.
    """

    spec: MotivesFile
    forks: Mapping[str, Fork]
    second: CodesFile
    folder: Path

    @property
    def families(self) -> tuple[str, ...]:
        """Families of lenses, in the order of the file."""
        return tuple(dict.fromkeys(lens.family for lens in self.spec.lenses.values()))

    def parts(self) -> dict[str, Any]:
        """Return what is frozen, by name, as plain values."""
        spec = self.spec
        whole: dict[str, Any] = {
            f"lenses.{name}": row.model_dump(include={"family", "weights"})
            for name, row in spec.lenses.items()
        }
        whole |= {
            f"juntas.{name}": {"since": row.since, "until": row.until, "country": row.country}
            for name, row in spec.juntas.items()
        }
        whole |= {
            f"acts.{name}": [k.model_dump() for k in kinds] for name, kinds in spec.acts.items()
        }
        whole |= {"left_out": sorted(spec.left_out), "said": sorted(spec.said.actions)}
        whole |= {"together": spec.together or "", "until": spec.until}
        whole |= {f"also.{row}": also.model_dump() for row, also in spec.also.items()}
        if spec.killings is not None:
            whole["killings"] = spec.killings.model_dump()
        for name, fork in self.forks.items():
            row = fork.model_dump(exclude={"reason", "offered_by"})
            whole[f"forks.{name}"] = {**row, "second": self.second.forks[name].model_dump()}
        whole |= {f"codes.{name}": codes for name, codes in self.second.acts.items()}
        return whole

    def digest(self) -> str:
        """Return the hash of all that is frozen."""
        return freeze.digest(self.parts())


def load_motives(folder: Path, acts: tuple[str, ...]) -> Motives | None:
    """Read a theatre's files on motives; none where it has no `motives.toml`.

    Args:
        folder: of the theatre.
        acts: of its menu.

    Raises:
        InputError: for anything not allowed, naming file, field and value.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> loaded = load_scenario("sahel-2024")
        >>> load_motives(loaded.folder, tuple(loaded.theatre.menu)).families[0]
        'idealistic'
    """
    file = folder / FILE
    if not file.is_file():
        return None
    spec = validate(MotivesFile, read_toml(file), file)
    forks = validate(ForksFile, read_toml(folder / FORKS), folder / FORKS).forks
    second = validate(CodesFile, read_toml(folder / CODES), folder / CODES)
    _check_names(spec, forks, acts, folder)
    _same_names("acts", second.acts, acts, folder / CODES)
    _same_names("forks", second.forks, tuple(forks), folder / CODES)
    return Motives(spec, forks, second, folder)


def check(motives: Motives) -> freeze.Check:
    """Compare what motives are inferred from with the lock beside it.

    Raises:
        InputError: the lock is not readable.
    """
    return freeze.check_parts(motives.parts(), motives.folder / LOCK)


def _check_names(
    spec: MotivesFile, forks: Mapping[str, Fork], acts: tuple[str, ...], folder: Path
) -> None:
    juntas, lenses = tuple(spec.juntas), tuple(spec.lenses)
    named = [*spec.acts, *(row.act for row in spec.also.values())]
    if spec.killings is not None:
        named += [spec.killings.more, spec.killings.less]
    for name in named:
        _one_of("acts", name, acts, folder / FILE)
    for row in spec.also.values():
        _one_of("also", row.junta, juntas, folder / FILE)
    for name, fork in forks.items():
        _one_of(f"forks.{name}.junta", fork.junta, juntas, folder / FORKS)
        _same_names(f"forks.{name}.predicts", fork.predicts, lenses, folder / FORKS)
        ruled = spec.juntas[fork.junta]
        first, end = ruled.since_month, ruled.until_month(spec.last)
        if not first <= fork.at <= end:
            raise InputError(
                "the junta does not rule then, or it is later than what may decide a fork",
                file=folder / FORKS,
                field=f"forks.{name}.month",
                value=fork.month,
                allowed=f"{calendar.format_month(first)} to {calendar.format_month(end)}",
            )


def _one_of(field: str, value: str, allowed: tuple[str, ...], file: Path) -> None:
    if value not in allowed:
        raise InputError("no such name", file=file, field=field, value=value,
                         allowed=", ".join(allowed))  # fmt: skip


def _same_names(field: str, rows: Mapping[str, Any], allowed: tuple[str, ...], file: Path) -> None:
    for name in rows:
        _one_of(field, name, allowed, file)
    if missing := [name for name in allowed if name not in rows]:
        raise InputError("missing", file=file, field=f"{field}.{missing[0]}")
