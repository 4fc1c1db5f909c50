"""What `claims.json` may say: results that claims rest on, and what they were made from."""

from __future__ import annotations

from typing import Literal

from liptako.theatre.claims import Month
from liptako.theatre.strict import Strict

FILE = "claims.json"
FORMAT = 1


class Harmful(Strict):
    """A result with what it does to civilians, and the hash of what it is of."""

    label: str
    unit: str
    mcse: float
    lo: float | None
    hi: float | None
    civilians: float
    civilians_mcse: float
    of: str
    sha256: str


class KeptContrast(Harmful):
    """A row of `liptako contrasts`."""

    difference: float
    sign_share: float | None
    law: list[str]


class KeptPolicy(Harmful):
    """A difference of a policy from the baseline."""

    diff: float
    sign_holds: float | None
    verdict: str


class KeptChance(Strict):
    """A chance in the baseline's futures, and the share of sets in which it is above its bar."""

    p: float
    mcse: float
    unit: str
    lo: float | None
    hi: float | None
    share_above: float | None


class MadeFrom(Strict):
    """Version and hash of all that enters every result."""

    liptako: str
    sha256: str


class Kept(Strict):
    """All of the file."""

    format: Literal[1]
    made_from: MadeFrom
    measured: dict[str, str]
    members: int
    seed: int
    months: int
    init_time: Month
    contrasts: dict[str, KeptContrast]
    policies: dict[str, KeptPolicy]
    chances: dict[str, KeptChance]
