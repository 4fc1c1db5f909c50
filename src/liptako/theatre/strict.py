"""What every file record is built of: no unknown keys, names, country codes, months."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from liptako import calendar
from liptako.characters import hidden_in

Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
PatronName = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)?$", max_length=121)
]
"""A patron, or one of its instruments: `patron.kind`."""


class Strict(BaseModel):
    """A frozen record that refuses unknown keys, and text with characters that do not show."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )

    @field_validator("*", mode="after")
    @classmethod
    def _shown(cls, value: Any) -> Any:
        for text in _texts(value):
            if (found := hidden_in(text)) is not None:
                raise ValueError(f"holds {found}, a character that does not show")
        return value


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts that stand in a field itself: records inside it look at theirs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, tuple | list | set | frozenset):
        for item in value:
            yield from _texts(item)


def check_month(text: str) -> str:
    """Return `text` when it is a month, `YYYY-MM`."""
    calendar.parse_month(text)
    return text
