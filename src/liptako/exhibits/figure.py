"""A drawn chart as a page takes it: its words, its data and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liptako.charts.frame import text_alternative
from liptako.exhibits.exhibit import Exhibit, Tables
from liptako.exhibits.facts import Facts


@dataclass(frozen=True)
class Figure:
    """A chart on the page; `spec` is JSON that is safe inside a script element.

    `still` is an SVG for readers without scripts, empty where it would be too large.
    """

    key: str
    table: str
    finding: str
    lines: list[str]
    words: str
    spec: str
    still: str


def figure(exhibit: Exhibit, tables: Tables, facts: Facts) -> Figure:
    """Draw an exhibit's chart."""
    chart = exhibit.draw(tables, facts)
    spec = chart.to_dict(validate=False)
    spec.pop("$schema", None)
    return Figure(
        key=exhibit.key,
        table=exhibit.table,
        finding=spec["usermeta"]["finding"],
        lines=spec["usermeta"]["lines"],
        words=text_alternative(chart),
        spec=json_in_html(spec),
        still=_still(spec) if exhibit.still else "",
    )


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


def _still(spec: Mapping[str, Any]) -> str:
    """Return a chart as SVG, without the title that the page carries in its own text."""
    import vl_convert

    bare = {name: part for name, part in spec.items() if name not in ("title", "datasets")}
    bare["config"] = bare["config"] | {"axis": bare["config"]["axis"] | {"labelLimit": 0}}
    return vl_convert.vegalite_to_svg(_uncut(bare) | {"datasets": spec["datasets"]})


def _uncut(part: Any) -> Any:
    """Return a part of a chart whose labels are never cut: measuring them takes a third of all."""
    if isinstance(part, dict):
        return {name: 0 if name == "labelLimit" else _uncut(inner) for name, inner in part.items()}
    return [_uncut(inner) for inner in part] if isinstance(part, list) else part
