"""The version of this package, whose it is, and where it is to be had."""

from __future__ import annotations

from importlib import metadata

__version__ = "0.1.0.dev0"

AUTHOR = "The Liptako authors"
YEAR = "2026"
"""Of this version, as CITATION.cff says it."""


def address() -> str | None:
    """Return where this package is to be had, from its metadata; none where it does not say."""
    try:
        urls = metadata.metadata("liptako").get_all("Project-URL") or []
    except metadata.PackageNotFoundError:
        return None
    return next((url.partition(", ")[2] for url in urls), None)
