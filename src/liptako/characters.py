"""Characters that do not show, or turn text around: refused in files, made visible elsewhere."""

from __future__ import annotations

import re

_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f"
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_HIDDEN = re.compile(f"[{_CONTROL}{_TURNING}{_UNSEEN}\ud800-\udfff]")

IN_PLACE = "\ufffd"
"""What stands in place of such a character."""


def hidden_in(text: str) -> str | None:
    """Return the first character of a text that would not show, such as `U+202E`; none is best.

    Tab and line feed may stand in a text; bidirectional, other control and unseen characters
    (Unicode TR 36, 2.10) and halves of surrogate pairs may not.

    Example:
        >>> hidden_in("plain"), hidden_in("plain" + chr(0x202E))
        (None, 'U+202E')
    """
    found = _HIDDEN.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def visible(text: str) -> str:
    """Return a text in which every character shows.

    Example:
        >>> visible("a" + chr(27) + "[31mb") == f"a{IN_PLACE}[31mb"
        True
    """
    return _HIDDEN.sub(IN_PLACE, text)
