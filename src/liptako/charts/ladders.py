"""Disputes between states: how far up the ladder each pair stands, and how often they fight."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from liptako.charts.frame import frame
from liptako.charts.panels import Spec, apart, concat, field, layer, months_axis, panel, place_name
from liptako.charts.readers import Rows, known, require
from liptako.charts.theme import EDGE, FORECAST, INK, MUTED, label_px, panel_title
from liptako.errors import InputError
from liptako.words import disputes as words
from liptako.words.dates import month_name, small_print
from liptako.words.numbers import few, hundreds, of_100

RUNGS = {
    "war": "#2b0714",
    "clash": "#7d2340",
    "incident": "#bb5566",
    "coercion": "#8fabc6",
    "sanctions": "#c3d5e4",
    "dialogue": "#eef2f5",
}
"""Rung to colour, from the top; higher is darker, and a grey print keeps the order."""

UPPER = ("incident", "clash", "war")
PANELS = UPPER[:2]
"""Rungs with a panel of chances; war is too rare for one and stands in the small print."""

ANY = "any"

_ROW_PX = 23


def ladders_chart(
    ladder_shares: pd.DataFrame,
    *,
    dyads: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 205,
    height: int = 96,
) -> alt.ConcatChart:
    """Draw the share of futures at each rung as stacked areas, one panel a pair.

    Args:
        ladder_shares: `dyad, month, rung, p`; for each pair and month `p` sums to 1.
        dyads: pair to name, in the order of the panels; pairs without rows are left out.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.
        height: of one panel, in pixels.

    Raises:
        InputError: a column or row is missing, a rung is unknown, or shares do not sum to 1.
    """
    wides = _wides(ladder_shares, dyads)
    panels = []
    for name, wide in wides.items():
        heading = panel_title(name) | {
            "subtitle": _heads(wide), "subtitleFontSize": 11, "subtitlePadding": 2,
            "subtitleColor": MUTED,
        }  # fmt: skip
        panels.append(panel([_bands(wide, name)], width, height, heading))
    return frame(
        concat(panels, columns=columns, spacing=16),
        title=title or finding(wides),
        lines=small_print(words.say["bands"], init_month, source),
        description=describe(wides, init_month),
        layout={"columns": columns, "width": width, "height": height, "min_width": 150, "pad": 34},
        wrap=124,
    )


def disputes_chart(
    dispute_chances: pd.DataFrame,
    *,
    dyads: Mapping[str, str],
    init_month: int,
    source: str,
    title: str | None = None,
    width: int = 190,
) -> alt.ConcatChart:
    """Draw the chance of a militarised dispute by pair, beside the rate of past ones.

    Args:
        dispute_chances: `dyad, horizon, rung, p, lo, hi, reference, reference_lo, reference_hi`;
            the last horizon is drawn; rows of the pair `any` go into words.
        dyads: pair to name; pairs without rows are left out.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        width: of one panel, in pixels.

    Raises:
        InputError: a column is missing, or no pair has a row for a rung.
    """
    table, months = _last(dispute_chances, dyads)
    order = _order(table)
    drawn = table[table["rung"].isin(list(PANELS)) & (table["dyad"] != ANY)]
    tops = {rung: _top(drawn[drawn["rung"] == rung]) for rung in PANELS}
    own = apart([*tops.values()])
    panels = []
    for rung in PANELS:
        top = tops[rung] if own else max(tops.values())
        layers = _dots(drawn[drawn["rung"] == rung], order, top)
        panels.append(
            panel(layers, width, _ROW_PX * len(order), panel_title(words.say[f"panel_{rung}"]))
        )
    definition = words.say("dots", months=months)
    war = _row(table, ANY, "war")
    if war is not None:
        definition = words.say("dots_war", text=definition, chance=_chance(war))
    return frame(
        concat(panels, columns=2),
        title=title or finding_of_chances(table, months),
        lines=small_print(definition, init_month, source),
        description=describe_chances(table, order, months),
        layout={
            "columns": 2, "width": width, "height": _ROW_PX, "min_width": 110,
            "pad": label_px(order),
        },
        scales=("x", max(tops.values())) if own else None,
        wrap=122,
    )  # fmt: skip


def finding(wides: Mapping[str, Rows]) -> str:
    """Return the sentence above the bands: who is furthest up, how many are at dialogue."""
    beyond = {name: _beyond(wide, "coercion") for name, wide in wides.items()}
    first = max(beyond, key=lambda name: beyond[name])
    month = int(wides[first].index[-1])
    talking = sum(wide.iloc[-1].idxmax() == "dialogue" for wide in wides.values())
    return words.bands_finding(
        date=month_name(month),
        pair=first,
        share=beyond[first],
        pairs=len(wides),
        talking=int(talking),
    )


def describe(wides: Mapping[str, Rows], init_month: int) -> str:
    """Return the text alternative: every rung of every pair at the last month."""
    parts = [words.say["bands_words"]]
    for name, wide in wides.items():
        last = wide.iloc[-1]
        numbers = hundreds([float(last[rung]) for rung in RUNGS])
        items = [
            words.say(
                "bands_item", rung=words.say[rung].lower(), count=few(number, float(last[rung]))
            )
            for rung, number in zip(RUNGS, numbers, strict=True)
        ]
        date = month_name(int(wide.index[-1]))
        parts.append(words.say("bands_pair", pair=name, date=date, items=", ".join(items[::-1])))
    return " ".join(parts)


def finding_of_chances(table: Rows, months: int) -> str:
    """Return the sentence above the dots: the likeliest pair, any pair, and past ones."""
    rows = table[(table["rung"] == "incident") & (table["dyad"] != ANY)]
    row = rows.sort_values("p").iloc[-1]
    together = _row(table, ANY, "incident")
    return words.chances_finding(
        months=months,
        pair=row["name"],
        own=_chance(row),
        past=known(row["reference"]),
        pairs=len(rows),
        together=None if together is None else _chance(together),
    )


def describe_chances(table: Rows, order: list[str], months: int) -> str:
    """Return the text alternative: every chance with its range, and those of past pairs."""
    parts = [words.say("chances_words", months=months)]
    for rung in UPPER:
        rows = table[(table["rung"] == rung) & (table["dyad"] != ANY)].set_index("name")
        if rows.empty:
            continue
        items = [words.say("chances_item", pair=n, chance=_chance(rows.loc[n])) for n in order]
        what = words.say[f"panel_{rung}"]
        parts.append(words.say("chances_rung", rung=what, items="; ".join(items)))
        together, past = _row(table, ANY, rung), rows.iloc[0]
        if together is not None:
            parts.append(words.say("chances_together", chance=_chance(together)))
        if pd.notna(past["reference"]):
            share, *span = (past[f"reference{end}"] for end in ("", "_lo", "_hi"))
            places = {"chance": of_100(share), "range": "-".join(map(of_100, span))}
            parts.append(words.say("chances_past_pair", **places))
    return " ".join(parts)


def _wides(ladder_shares: Rows, dyads: Mapping[str, str]) -> dict[str, Rows]:
    """Return, by name of the pair, months down and rungs across."""
    table = require(ladder_shares, ["dyad", "month", "rung", "p"], "ladder_shares")
    unknown = sorted(set(table["rung"]) - set(RUNGS))
    if unknown:
        raise InputError(
            "no such rung", field="ladder_shares: rung", value=unknown[0], allowed=", ".join(RUNGS)
        )
    table = require(table[table["dyad"].isin(list(dyads))], ["p"], "ladder_shares")
    every = table.pivot_table(index=["dyad", "month"], columns="rung", values="p", aggfunc="sum")
    every = every.reindex(columns=list(RUNGS)).fillna(0.0).sort_index()
    wides = {}
    for code, name in dyads.items():
        if code not in every.index:
            continue
        wide = every.loc[code]
        total = wide.sum(axis=1)
        if not np.allclose(total, 1.0, atol=1e-3):
            month = int((total - 1).abs().idxmax())
            raise InputError(
                f"the rungs of {name} in {month_name(month)} do not add up",
                field="ladder_shares: p",
                value=round(float(total.loc[month]), 4),
                allowed="1",
            )
        wides[name] = wide
    return wides


def _beyond(wide: Rows, rung: str) -> float:
    """Return the share at a rung or above it in the last month."""
    return float(wide.iloc[-1][list(RUNGS)[: list(RUNGS).index(rung) + 1]].sum())


def _heads(wide: Rows) -> str:
    past, upper = (of_100(_beyond(wide, rung)) for rung in ("sanctions", UPPER[0]))
    return words.say("bands_head", beyond=past, militarised=upper)


def _bands(wide: Rows, pair: str) -> Spec:
    rising = list(RUNGS)[::-1]
    shown = [rung for rung in rising if wide[rung].any()]
    high = wide[rising].cumsum(axis=1).clip(upper=1.0)[shown]
    low = (high - wide[shown]).clip(lower=0.0)
    bands = pd.DataFrame(
        {
            "month": np.tile(wide.index, len(shown)),
            "rung": np.repeat([words.say[rung] for rung in shown], len(wide)),
            "low": low.round(4).to_numpy().ravel("F"),
            "high": high.round(4).to_numpy().ravel("F"),
            "share": (100 * wide[shown]).round(1).to_numpy().ravel("F"),
        }
    )
    names, colours = [words.say[rung] for rung in rising], [RUNGS[rung] for rung in rising]
    legend = {
        "title": None, "symbolType": "square", "symbolSize": 150, "symbolStrokeColor": MUTED
    }  # fmt: skip
    axis = {"title": None, "values": [0, 0.5, 1], "labelExpr": "100 * datum.value"}
    return layer(
        bands,
        "area",
        {"opacity": 1, "stroke": MUTED, "strokeWidth": 0.6},
        x=months_axis(int(wide.index[0]), int(wide.index[-1])),
        y=field("low:Q", scale={"domain": [0, 1], "nice": False}, axis=axis),
        y2=field("high"),
        fill=field("rung:N", scale={"domain": names, "range": colours}, legend=legend),
        transform=[place_name(pair)],
        tooltip=[
            field("place:N", title=words.say["tip_pair"]),
            field("rung:N", title=words.say["tip_rung"]),
            field("share:Q", title=words.say["tip_futures"], format=".1f"),
        ],
    )


def _last(dispute_chances: Rows, dyads: Mapping[str, str]) -> tuple[Rows, int]:
    """Return the rows of the last horizon with the pairs' names, and that horizon."""
    columns = ["dyad", "horizon", "rung", "p", "lo", "hi"]
    columns += ["reference", "reference_lo", "reference_hi"]
    table = require(dispute_chances, columns, "dispute_chances")[columns]
    months = int(table["horizon"].max())
    table = table[(table["horizon"] == months) & table["dyad"].isin([*dyads, ANY])]
    table = table.assign(name=[dyads.get(code, ANY) for code in table["dyad"]])
    for rung in PANELS:
        pairs = table[(table["rung"] == rung) & (table["dyad"] != ANY)]
        require(pairs, columns, f"dispute_chances: rung {rung}")
    return table, months


def _order(table: Rows) -> list[str]:
    rows = table[(table["rung"] == "incident") & (table["dyad"] != ANY)]
    return rows.sort_values("p", ascending=False, kind="stable")["name"].tolist()


def _row(table: Rows, dyad: str, rung: str) -> Rows | None:
    rows = table[(table["dyad"] == dyad) & (table["rung"] == rung)]
    return None if rows.empty else rows.iloc[0]


def _top(rows: Rows) -> float:
    """Return the end of the axis, in futures of 100."""
    return 105.0 * float(np.nanmax(rows[["p", "hi", "reference_hi"]].to_numpy(dtype=float))) or 1.0


def _dots(rows: Rows, order: list[str], top: float) -> list[Spec]:
    values = ["p", "lo", "hi", "reference", "reference_lo", "reference_hi"]
    table: Rows = rows[["name", *values]].assign(**(100 * rows[values]).round(3))
    past = table.iloc[:1]
    look = {"ticks": False, "domain": False, "labelLimit": 260, "labelColor": INK}
    y = field("name:N", sort=order, title=None, axis=look)

    def x(column: str) -> Spec:
        scale = {"domain": [0, top], "nice": False}
        return field(f"{column}:Q", scale=scale, axis={"title": None, "tickCount": 4})

    tips = [field("name:N", title=words.say["tip_pair"])]
    named = (("p", "tip_futures"), ("lo", "tip_from"), ("hi", "tip_to"))
    tips += [field(f"{name}:Q", title=words.say[t], format=".2g") for name, t in named]
    interval = past[["reference_lo", "reference_hi"]].dropna()
    grey = {"fill": "#e3e3e3", "stroke": EDGE, "strokeWidth": 0.7}
    dashes = {"color": "#4d4d4d", "strokeDash": [5, 3], "strokeWidth": 1.6}
    line = {"color": FORECAST, "strokeWidth": 2.5}
    dot = {"filled": True, "size": 70, "opacity": 1, "color": FORECAST}
    ranged = table.dropna(subset=["lo", "hi"])
    return [
        layer(interval, "rect", grey, x=x("reference_lo"), x2=field("reference_hi")),
        layer(past[["reference"]].dropna(), "rule", dashes, x=x("reference")),
        layer(ranged, "rule", line, x=x("lo"), x2=field("hi"), y=y),
        layer(table, "point", dot, x=x("p"), y=y, tooltip=tips),
    ]


def _chance(row: Rows) -> str:
    return words.chance(row["p"], known(row["lo"]), known(row["hi"]))
