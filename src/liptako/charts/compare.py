"""Policies compared: paired differences, a panel for each outcome and a row for each policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.readers import Rows, require
from liptako.charts.theme import DIFFERENCES, INK, MUTED, PAPER, RULE, label_px, panel_title
from liptako.experiments.differences import MORE, NO_EFFECT, ROBUST
from liptako.words import what_if as words
from liptako.words.dates import small_print
from liptako.words.numbers import signed
from liptako.words.outcomes import HARM, SHARE, ends_of, in_order, name_of, scale_of, title_of

FIRST = (
    "civilians_killed", "civilians_by_state", "deaths", "displaced", "coast_deaths",
    "capital_deaths", "pact_alive", "exits", "missed", "disputed_others", "means",
)  # fmt: skip
"""Outcomes that are drawn where there are more than `MOST`, with shares of support."""

MOST = 12
BY = "civilians_by_"
"""How outcomes begin that say who killed civilians; a robust sign of theirs is in the finding."""

ROW_PX = 15
ERRORS = 2.0
"""Monte Carlo errors to either side, where members are too few for a range over assumptions."""

GREY = "#858585"
KINDS = {
    "fewer": (DIFFERENCES[0], DIFFERENCES[0], "circle"),
    "more": (DIFFERENCES[-1], DIFFERENCES[-1], "circle"),
    "hollow": (PAPER, INK, "circle"),
    "grey": (GREY, GREY, "diamond"),
    "none": (RULE, MUTED, "square"),
}
"""Kind of mark to fill, stroke and shape: filled where robust, hollow where not, grey unknown."""

NEEDED = (
    "policy", "outcome", "unit", "base", "diff", "median", "lo", "hi", "mcse", "verdict",
)  # fmt: skip


def compare_chart(
    comparison: pd.DataFrame,
    *,
    about: Mapping[str, Any],
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 190,
) -> alt.ConcatChart:
    """Draw how outcomes differ from the reference, policy by policy.

    Args:
        comparison: one row a policy and outcome, as `Comparison.table` has them.
        about: what was compared, see `liptako.words.what_if.about_lines`.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column or has no row.
    """
    table = prepared(comparison)
    policies = list(dict.fromkeys(table["policy"]))
    pad = label_px(policies)
    panels = []
    for outcome in drawn(list(table["outcome"])):
        rows = table[table["outcome"] == outcome]
        name = title_of(outcome, str(rows["unit"].iloc[0]))
        heading = panel_title(name) | {"offset": 16}
        height = ROW_PX * max(len(policies), 2)
        panels.append(panel(_layers(rows, policies), width, height, heading))
    few = bool(table["few"].any())
    return frame(
        concat(panels, columns=columns),
        title=title or finding(table, about["reference"]),
        lines=[
            *words.about_lines({**about, "few": few}),
            small_print("", init_month, source)[1],
        ],
        description=describe(table),
        layout={
            "columns": columns, "width": width, "height": ROW_PX, "min_width": 150, "pad": pad + 6,
        },
        wrap=140,
    )  # fmt: skip


def drawn(outcomes: Sequence[str]) -> list[str]:
    """Return the outcomes that are drawn, each once, harm to civilians first.

    Example:
        >>> drawn(["exits", "civilians_killed:AAA"])
        ['civilians_killed:AAA', 'exits']
    """
    found = in_order(list(dict.fromkeys(outcomes)))
    if len(found) <= MOST:
        return found
    whole = [name for name in found if ":" not in name]
    return [name for name in whole if name in FIRST or name.startswith(SHARE)]


def prepared(comparison: Rows) -> Rows:
    """Return the rows with what is drawn: `at`, `low`, `high` as printed, and the `kind` of mark.

    Raises:
        InputError: the table lacks a column or has no row.
    """
    table = require(comparison, NEEDED, "comparison")[list(NEEDED)].reset_index(drop=True)
    scale = table["unit"].map(scale_of)
    few = table["median"].isna()
    error = ERRORS * table["mcse"]
    return table.assign(
        few=few,
        at=scale * table["diff"].where(few, table["median"]),
        low=scale * (table["diff"] - error).where(few, table["lo"]),
        high=scale * (table["diff"] + error).where(few, table["hi"]),
        kind=[kind_of(row) for row in table.to_dict("records")],
    )


def kind_of(row: Mapping[Any, Any]) -> str:
    """Return the kind of mark of a row, see `KINDS`."""
    if row["verdict"] == NO_EFFECT:
        return "none"
    if row["verdict"] == MORE:
        return "grey"
    if row["verdict"] != ROBUST:
        return "hollow"
    return "more" if row["diff"] > 0 else "fewer"


def finding(table: Rows, reference: str) -> str:
    """Return the sentence above the chart: which policies have a robust sign on civilians."""
    names = in_order(list(dict.fromkeys(table["outcome"])))
    first = next((name for name in names if name.partition(":")[0] == HARM), names[0])
    rows = table[table["outcome"] == first]
    also = {name_of(name): _signs(table, name) for name in names if name.startswith(BY)}
    return words.finding(name_of(first), reference, _signs(table, first), len(rows), also)


def _signs(table: Rows, outcome: str) -> dict[str, list[str]]:
    """Return the policies with each sign of an outcome, as `liptako.words.what_if.Signs`."""
    rows = table[table["outcome"] == outcome]
    kinds = {"fewer": "fewer", "more": "more", "unknown": "grey"}
    return {name: rows.loc[rows["kind"] == kind, "policy"].tolist() for name, kind in kinds.items()}


def describe(table: Rows) -> str:
    """Return the text alternative: every robust or open sign drawn with its numbers."""
    parts = [words.say["words"]]
    for outcome in drawn(list(table["outcome"])):
        rows = table[table["outcome"] == outcome]
        told = rows[rows["kind"].isin(["fewer", "more", "hollow"])]
        items = [_item(row) for row in told.to_dict("records")]
        for verdict in (MORE, NO_EFFECT):
            names = rows.loc[rows["verdict"] == verdict, "policy"].tolist()
            if names:
                items.append(words.say("words_rest", verdict=verdict, policies=", ".join(names)))
        name = title_of(outcome, str(rows["unit"].iloc[0]))
        parts.append(words.say("words_panel", name=name, items="; ".join(items)))
    return " ".join(parts)


def _item(row: Mapping[Any, Any]) -> str:
    numbers = {name: signed(row[key]) for name, key in
               (("median", "at"), ("low", "low"), ("high", "high"))}  # fmt: skip
    return words.say("words_item", policy=row["policy"], verdict=row["verdict"], **numbers)


def _layers(rows: Rows, policies: list[str]) -> list[Spec]:
    names = [words.say[kind] for kind in KINDS]
    fills, strokes, shapes = ([*part] for part in zip(*KINDS.values(), strict=True))
    shown = [float(f"{value:.4g}") for value in rows[["at", "low", "high"]].to_numpy().ravel()]
    numbers = pd.DataFrame(np.reshape(shown, (-1, 3)), columns=["at", "low", "high"])
    table: Rows = numbers.assign(
        policy=rows["policy"].tolist(),
        kind=[words.say[kind] for kind in rows["kind"]],
        verdict=rows["verdict"].tolist(),
    )
    span = numbers[["low", "high"]].to_numpy()
    low, high = min(0.0, float(span.min())), max(0.0, float(span.max()))
    room = 0.04 * (high - low) or 1.0
    scale = {"domain": [low - room, high + room], "nice": False}
    ticks = {"title": None, "tickCount": 4, "format": "~s" if high - low >= 1000 else ",~f"}
    legend = {"title": None, "symbolSize": 80}
    look = {"ticks": False, "domain": False, "offset": 6, "labelLimit": 240}
    y = field("policy:N", sort=policies, title=None, axis=look)

    def x(column: str) -> Spec:
        return field(f"{column}:Q", scale=scale, axis=ticks)

    def kind(by: list[Any], legend: Spec | None) -> Spec:
        return field("kind:N", scale={"domain": names, "range": by}, legend=legend)

    zero = pd.DataFrame({"zero": [0.0]})
    fewer, more = ends_of(str(rows["unit"].iloc[0]))
    ends = {"fontSize": 11, "color": MUTED, "baseline": "bottom", "dy": -4, "clip": False}
    tips = [field("policy:N"), field("verdict:N")]
    tips += [field(f"{name}:Q", format=",.4~g") for name in ("at", "low", "high")]
    return [
        layer(zero, "rule", {"color": INK, "strokeWidth": 1}, x=x("zero")),
        layer(zero, "text", {"align": "left", "text": f"← {fewer}", **ends},
              x={"value": 0}, y={"value": 0}),
        layer(zero, "text", {"align": "right", "text": f"{more} →", **ends},
              x={"value": "width"}, y={"value": 0}),
        layer(table, "rule", {"strokeWidth": 1.6}, y=y, x=x("low"),
              x2=field("high"), stroke=kind(strokes, legend)),
        layer(table, "point", {"size": 52, "opacity": 1, "strokeWidth": 1.6}, y=y, x=x("at"),
              fill=kind(fills, legend), stroke=kind(strokes, legend), shape=kind(shapes, legend),
              tooltip=tips),
    ]  # fmt: skip
