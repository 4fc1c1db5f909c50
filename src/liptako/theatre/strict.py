"""What every file record is built of: no unknown keys, names, country codes, months."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from liptako import calendar

Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]


class Strict(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


def check_month(text: str) -> str:
    """Return `text` when it is a month, `YYYY-MM`."""
    calendar.parse_month(text)
    return text
