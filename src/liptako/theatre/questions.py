"""Questions on policies that a theatre's argument asks, and which policies stand for the answers.

`questions.toml` in a theatre's folder holds them. What they look at beside the common outcomes is
measured when the comparison of a theatre's policies is stored.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from liptako.theatre.loading import read_toml
from liptako.theatre.strict import Name, Strict
from liptako.theatre.validation import validate

FILE = "questions.toml"


class Question(Strict):
    """One question.

    Attributes:
        ask: in words.
        claims: numbers of the claims that it tests.
        policies: that stand for what it asks of.
        outcomes: that it looks at, each `NAME` or `NAME:AAA,BBB` with the countries that count.
        not_said: what a comparison cannot say of it.
    """

    ask: str = Field(min_length=1, max_length=200)
    claims: list[int] = Field(default_factory=list)
    policies: list[Name] = Field(min_length=1)
    outcomes: list[str] = Field(min_length=1)
    not_said: str = Field(min_length=1, max_length=600)


class Questions(Strict):
    """All questions of a theatre, by name."""

    questions: dict[Name, Question]


def load_questions(folder: str | Path) -> dict[str, Question]:
    """Read the questions of a theatre; none without a file.

    Args:
        folder: of the theatre.

    Raises:
        InputError: for anything not allowed, naming file, field and value.

    Example:
        >>> load_questions("no/such/folder")
        {}
    """
    file = Path(folder) / FILE
    if not file.is_file():
        return {}
    return validate(Questions, read_toml(file), file, inside="questions").questions


def outcomes_asked(folder: str | Path) -> list[str]:
    """Return the outcomes that a theatre's questions look at, each once."""
    rows = load_questions(folder).values()
    return list(dict.fromkeys(name for row in rows for name in row.outcomes))
