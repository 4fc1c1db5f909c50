"""The drawing library that a page carries in itself."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from liptako.exhibits.stills import Ask


@lru_cache(maxsize=1)
def bundle(ask: Ask | None = None) -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script, of the version Altair writes for.

    It takes a second or so to make, which another process can do while futures are simulated. It
    is never kept on disk: the page's policy vouches for whatever stands in it.

    Args:
        ask: of another process, from `liptako.exhibits.stills.artist`.
    """
    import altair as alt
    import vl_convert

    tool: Any = vl_convert
    given = {"vl_version": ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])}
    name = "javascript_bundle"
    text = (ask(name, given).result() if ask else getattr(tool, name)(**given)).strip()
    if "</script" in text.lower() or "<!--" in text:
        raise RuntimeError("the drawing library cannot stand inside a page as it is")
    return text
