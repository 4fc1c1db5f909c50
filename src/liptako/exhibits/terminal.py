"""Lines for the terminal: short enough, and safe to print with markup."""

from __future__ import annotations

import textwrap

WIDTH = 80


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return a sentence as lines of at most `WIDTH` characters, markup in it made harmless.

    Example:
        >>> wrapped("one " * 25, indent="  ")[1][:7]
        '  one o'
    """
    from rich.markup import escape

    return [escape(line) for line in textwrap.wrap(text, WIDTH, subsequent_indent=indent)]
