"""Panels in plain Vega-Lite, joined to one Altair chart.

Altair checks and copies its own objects each time charts are combined; dictionaries it takes as
they are, which makes drawing many times as fast. What it is given here is checked as a whole, by
`to_dict` and by what calls it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import altair as alt
import numpy as np
import pandas as pd

from liptako.calendar import month_of_year
from liptako.charts.readers import Rows

Spec: TypeAlias = dict[str, Any]
"""A piece of Vega-Lite, as `json` would read it; in `data`, a table may stand."""

_TYPES = {"Q": "quantitative", "N": "nominal", "O": "ordinal"}


class _Verbatim:
    """Given out as it was taken in."""

    _class_is_valid_at_instantiation = False
    _kwds: dict[str, Any]

    def to_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        del args, kwargs  # Altair's, for objects that hold others
        return {name: part for name, part in self._kwds.items() if part is not alt.Undefined}


class _Panel(_Verbatim, alt.LayerSpec):
    pass


class Drawn(alt.ConcatChart):
    """Panels side by side; as HTML they hold the scripts that draw them."""

    def save(self, fp: Any, format: Any = None, **how: Any) -> None:
        """Write the chart as HTML, JSON, PNG or SVG; HTML opens without any network."""
        name = str(format or getattr(fp, "name", fp))
        inside = {"inline": True, "embed_options": {"actions": {"editor": False}}}
        super().save(fp, format, **((inside | how) if name.endswith("html") else how))


class _Tables(_Verbatim, alt.Datasets):
    pass


def field(shorthand: str, **more: Any) -> Spec:
    """Return the encoding of a column.

    Args:
        shorthand: the column and the letter of its type; the type may be missing where another
            channel gives it.
        more: properties, as Vega-Lite names them.

    Example:
        >>> field("p:Q", title=None)
        {'field': 'p', 'type': 'quantitative', 'title': None}
    """
    column, _, kind = shorthand.partition(":")
    return {"field": column} | ({"type": _TYPES[kind]} if kind else {}) | more


def months_axis(first: int, last: int) -> Spec:
    """Return the encoding of months across a panel, with a tick each January."""
    ticks = [month for month in range(first, last + 1) if month_of_year(month) == 1]
    years = "1980 + (datum.value - 1) / 12"
    return field(
        "month:Q",
        scale={"domain": [first, last], "nice": False},
        axis={"values": ticks, "labelExpr": years, "title": None, "grid": False},
    )


def key_colour(keys: Mapping[str, tuple[str, str]], **legend: Any) -> Spec:
    """Return the encoding of layers that have one colour each and share a legend, see `keyed`.

    Args:
        keys: to the label and colour of each layer.
        legend: properties that differ.
    """
    labels, colours = zip(*keys.values(), strict=True)
    look = {"title": None, "symbolType": "stroke", "symbolStrokeWidth": 4, "symbolSize": 180}
    scale = {"domain": [*labels], "range": [*colours]}
    return field("key:N", scale=scale, legend=look | legend)


def keyed(label: str) -> Spec:
    """Return the transform that gives all rows of a layer its label in `key_colour`."""
    return {"calculate": json.dumps(label, ensure_ascii=False), "as": "key"}


def place_name(name: str) -> Spec:
    """Return the transform that gives all rows of a layer the name of their place, for tooltips."""
    return {"calculate": json.dumps(name, ensure_ascii=False), "as": "place"}


def layer(
    rows: Rows,
    mark: str,
    look: Spec | None = None,
    *,
    transform: Sequence[Spec] = (),
    **channels: Any,
) -> Spec:
    """Return a layer: a mark for the rows of a table.

    Args:
        rows: the table; layers that are given the same object share it in the chart.
        mark: its type.
        look: of the mark.
        transform: of the rows, in order.
        channels: encodings, from `field`.
    """
    spec: Spec = {"data": rows, "mark": {"type": mark} | (look or {}), "encoding": channels}
    return spec | ({"transform": list(transform)} if transform else {})


def lookup(key: str, rows: Rows, columns: Sequence[str]) -> Spec:
    """Return the transform that takes columns from another table, by a column that both have."""
    return {"lookup": key, "from": {"data": rows, "key": key, "fields": [*columns]}}


def apart(tops: Sequence[float]) -> bool:
    """Return whether one scale would flatten a panel: its values end below half of it.

    Example:
        >>> apart([100.0, 40.0]), apart([100.0, 60.0]), apart([100.0])
        (True, False, False)
    """
    return 2.0 * min(tops, default=0.0) < max(tops, default=0.0)


def end_label(colour: str, gap: float = 6) -> Spec:
    """Return the look of text to the right of where a curve ends, `gap` pixels off."""
    return {
        "align": "left", "baseline": "middle", "dx": gap, "color": colour, "fontSize": 12,
        "clip": False,
    }  # fmt: skip


def panel(layers: Sequence[Spec], width: int, height: float, title: Spec | None = None) -> Spec:
    """Return layers as a panel, sizes in pixels."""
    spec: Spec = {"layer": list(layers), "width": width, "height": height}
    return spec | ({"title": title} if title else {})


def concat(panels: Sequence[Spec], **properties: Any) -> Drawn:
    """Return panels side by side as one chart.

    Args:
        panels: from `panel`.
        properties: of the chart, such as `columns`.
    """
    names: dict[int, str] = {}
    tables: dict[str, list[Spec]] = {}

    def named(spec: Spec) -> Spec:
        table = spec["data"]
        if id(table) not in names:
            names[id(table)] = f"table_{len(names)}"
            tables[names[id(table)]] = _values(table)
        steps = [
            step | {"from": named(step["from"])} if "lookup" in step else step
            for step in spec.get("transform", ())
        ]
        return spec | {"data": {"name": names[id(table)]}} | ({"transform": steps} if steps else {})

    named_panels: list[Spec] = [
        one | {"layer": [named(each) for each in one["layer"]]} for one in panels
    ]
    drawn = [_Panel(**one) for one in named_panels]
    return Drawn(concat=drawn, datasets=_Tables(**tables), **properties)


def _values(table: pd.DataFrame) -> list[Spec]:
    """Return rows as JSON takes them: plain numbers and text, none where there is no number."""
    columns = [_plain(table[name]) for name in table]
    names = [str(name) for name in table]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _plain(column: pd.Series) -> list[Any]:
    missing = column.isna().to_numpy()
    if column.dtype.kind == "f":
        missing = ~np.isfinite(column.to_numpy())
    values = column.tolist()
    if not missing.any():
        return values
    return [None if gone else value for value, gone in zip(values, missing, strict=True)]
