"""A drawn chart as a page takes it: its words, its data and a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from liptako.charts.frame import text_alternative
from liptako.exhibits import stills
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.facts import Facts
from liptako.words import tables as names


@dataclass(frozen=True)
class Figure:
    """A chart on the page; `spec` is JSON that is safe inside a script element.

    `takes` names the tables behind it that are offered; `alike` says that its panels, which have
    scales of their own, may be given one.

    `still` is an SVG for readers without scripts, empty where it would be too large; it is drawn
    while others are made, and waited for when it is asked for.
    """

    key: str
    table: str
    takes: dict[str, str]
    finding: str
    lines: list[str]
    words: str
    spec: str
    alike: bool
    picture: Callable[[], str]

    @cached_property
    def still(self) -> str:
        """The picture."""
        return self.picture()


def figure(exhibit: Exhibit, tables: Tables, facts: Facts) -> Figure:
    """Draw an exhibit's chart."""
    chart = exhibit.draw(tables, facts)
    spec = chart.to_dict(validate=False)
    spec.pop("$schema", None)
    return Figure(
        key=exhibit.key,
        table=exhibit.table,
        takes=_takes(exhibit, tables),
        finding=spec["usermeta"]["finding"],
        lines=spec["usermeta"]["lines"],
        words=text_alternative(chart),
        spec=json_in_html(spec),
        alike="scales" in spec["usermeta"],
        picture=_still(spec) if exhibit.still else str,
    )


def _takes(exhibit: Exhibit, tables: Tables) -> dict[str, str]:
    """Return the tables that a chart takes, as far as a run has them, with their names."""
    taken = exhibit.takes or (exhibit.table,)
    return {name: names.say[name] for name in taken if name in tables}


def json_in_html(value: object) -> str:
    r"""Return JSON that cannot end the script element it stands in.

    Example:
        >>> json_in_html("</script>")
        '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _still(spec: Mapping[str, Any]) -> Callable[[], str]:
    """Begin to draw a chart, without the title that the page carries in its own text."""
    bare = {name: part for name, part in spec.items() if name not in ("title", "datasets")}
    bare["config"] = bare["config"] | {"axis": bare["config"]["axis"] | {"labelLimit": 0}}
    return stills.svg(_uncut(bare) | {"datasets": spec["datasets"]})


def _uncut(part: Any) -> Any:
    """Return a part of a chart whose labels are never cut: measuring them takes a third of all."""
    if isinstance(part, dict):
        return {name: 0 if name == "labelLimit" else _uncut(inner) for name, inner in part.items()}
    return [_uncut(inner) for inner in part] if isinstance(part, list) else part
