"""Texts by key, in the language that is spoken; English is the source, others are catalogues."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from liptako.errors import InputError

SOURCE = "en"

CATALOGUES: dict[str, Mapping[str, Mapping[str, str]]] = {}
"""Language to subject to key to text, for every language but English."""

SUBJECTS: dict[str, Texts] = {}
"""Every subject that was imported, to check catalogues against."""

_language: ContextVar[str] = ContextVar("language", default=SOURCE)


class Texts(Mapping[str, str]):
    """The texts of one subject.

    Args:
        subject: its name in catalogues.
        english: key to text; places that vary are named in braces.

    Example:
        >>> say = Texts("greetings", {"hello": "Good day, {name}"})
        >>> say["hello"], say("hello", name="Fatou")
        ('Good day, {name}', 'Good day, Fatou')
    """

    def __init__(self, subject: str, english: Mapping[str, str]) -> None:
        self._subject = subject
        self._english = dict(english)
        SUBJECTS[subject] = self

    def __getitem__(self, key: str) -> str:
        """Return the text in the language that is spoken, places unfilled."""
        language = _language.get()
        if language == SOURCE:
            return self._english[key]
        return CATALOGUES[language][self._subject][key]

    def __call__(self, key: str, **places: object) -> str:
        """Return the text with its places filled."""
        return self[key].format(**places)

    def __iter__(self) -> Iterator[str]:
        """Give the keys, in the order of the source."""
        return iter(self._english)

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self._english)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in a language, until the block ends.

    Raises:
        InputError: there is no such translation.
    """
    known = (SOURCE, *CATALOGUES)
    if language not in known:
        raise InputError(
            "no translation", field="language", value=language, allowed=", ".join(known)
        )
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)
