"""Endings: a hundred dots at each horizon, and the sentences that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from liptako.calendar import month_name
from liptako.charts.panels import Spec, concat, field, layer, panel
from liptako.charts.theme import ENDINGS as COLOURS
from liptako.charts.theme import INK, Rows, frame, panel_title, require, small_print
from liptako.errors import InputError

ENDINGS = ("fails", "endures", "succeeds")
"""In the order the dots are laid out; the same at every horizon, so that they can be compared."""

SUB_ENDINGS = ("stays_on_paper", "breaks_up", "rivalry", "regime_lost")
"""The ways to fail."""

ENDING_COLOURS = {"fails": COLOURS[1], "endures": COLOURS[2], "succeeds": COLOURS[0]}
OUTLINES = {"fails": COLOURS[1], "endures": "#6b5212", "succeeds": COLOURS[0]}
"""Yellow is outlined, so that it stands on white paper."""

LABELS = {"fails": "Fails", "endures": "Endures, war not contained", "succeeds": "Succeeds"}
_NEEDED = ["horizon", "ending", "p", "lo", "hi", "mcse"]
_DEFINITION = (
    "Each dot is one future in 100. In brackets: 9 in 10 sets of assumptions. Fails: the pact "
    "stays on paper or breaks up, or a regime is lost. Endures: the regimes hold, the war is not "
    "contained. Succeeds: the regimes hold and the insurgents are rolled back."
)
_HEADS = {
    "fails": ("the alliance fails", "fails"),
    "endures": ("the regimes endure and the war is not contained", "endures"),
    "succeeds": ("the alliance succeeds", "succeeds"),
}
_LEAST = {"fails": "Failure", "endures": "Endurance", "succeeds": "Success"}
SUB_VERBS = {
    "stays_on_paper": "stays on paper",
    "breaks_up": "breaks up",
    "rivalry": "turns into rivalry",
    "regime_lost": "loses a regime",
}


def endings_chart(
    endings: pd.DataFrame,
    *,
    init_month: int,
    source: str,
    title: str | None = None,
    columns: int = 3,
    width: int = 190,
) -> alt.ConcatChart:
    """Draw each ending as dots in 100 futures, one panel a horizon.

    Args:
        endings: `horizon, ending, p, lo, hi, mcse`: months ahead, `fails`, `endures` or
            `succeeds`, its probability, the range over assumption sets, the sampling error.
        init_month: last month that was seen.
        source: the source line.
        title: the finding; computed from the table when absent.
        columns: panels a row.
        width: of one panel, in pixels.

    Raises:
        InputError: the table lacks a column, a row or an ending, or has an unknown one.

    Example:
        >>> endings_chart(endings, init_month=528, source="Liptako")  # doctest: +SKIP
    """
    check_endings(endings)
    horizons = horizons_of(endings)
    panels = []
    for horizon in horizons:
        name = f"By {month_name(init_month + horizon)}"
        layers = _layers(counts(endings, horizon))
        panels.append(panel(layers, width, round(width * 1.4), panel_title(name)))
    error = f"Sampling error of the simulation alone: {_error(endings)} in 100 at most."
    return frame(
        concat(panels, columns=columns),
        title=title or finding(endings, init_month),
        lines=small_print(f"{_DEFINITION} {error}", init_month, source),
        description=describe(endings, init_month),
        layout={
            "columns": columns, "width": width, "height": width * 1.4,
            "min_width": 130, "pad": 4, "ratio": 1.4, "dot": _DOT, "most": 240,
        },
        wrap=104,
    )  # fmt: skip


def check_endings(endings: Rows) -> None:
    """Check that each horizon has each ending once, as a probability; ranges may be unknown.

    Raises:
        InputError: naming the column and the value.
    """
    table = require(endings, _NEEDED, "endings")
    for horizon in horizons_of(table):
        found = sorted(table.loc[table["horizon"] == horizon, "ending"])
        if found != sorted(ENDINGS):
            raise InputError(
                f"each ending must stand once at {horizon} months",
                field="endings: ending",
                value=found,
                allowed=", ".join(ENDINGS),
            )
    for column in ("p", "lo", "hi"):
        unknown = table[column].isna() & (column != "p")
        wrong = table.loc[~table[column].between(0, 1) & ~unknown, column]
        if len(wrong):
            raise InputError(
                "not a probability", field=f"endings: {column}", value=float(wrong.iloc[0]),
                allowed="0 to 1",
            )  # fmt: skip


def horizons_of(table: Rows) -> list[int]:
    """Return the horizons of a table, in months, ascending."""
    return sorted({int(horizon) for horizon in table["horizon"]})


def hundreds(shares: Sequence[float], total: int = 100) -> list[int]:
    """Return whole numbers in proportion to `shares` that add up to `total` (largest remainder).

    Example:
        >>> hundreds([0.576, 0.337, 0.087])
        [57, 34, 9]
    """
    values = np.asarray(shares, dtype=float)
    whole = values.sum()
    if whole <= 0:
        return [0] * len(values)
    exact = values / whole * total
    floors = np.floor(exact + 1e-9)
    rest = int(total - floors.sum())
    order = np.argsort(-(exact - floors), kind="stable")
    floors[order[:rest]] += 1
    return [int(value) for value in floors]


def counts(endings: Rows, horizon: int) -> list[dict[str, Any]]:
    """Return each ending at a horizon with its futures in 100 and its range, which sum to 100."""
    mine = endings[endings["horizon"] == horizon].set_index("ending")
    numbers = hundreds([float(mine.loc[name, "p"]) for name in ENDINGS])
    return [
        {
            "ending": name,
            "count": number,
            "text": few(number, float(mine.loc[name, "p"])),
            "low": in_100(mine.loc[name, "lo"]),
            "high": "< 1" if 0 < mine.loc[name, "hi"] < 0.005 else in_100(mine.loc[name, "hi"]),
        }
        for name, number in zip(ENDINGS, numbers, strict=True)
    ]


def sub_counts(sub_endings: Rows, horizon: int, total: int) -> list[dict[str, Any]]:
    """Return the ways to fail at a horizon, likeliest first; their counts sum to `total`."""
    needed = ["horizon", "sub_ending", "p"]
    table = require(sub_endings, needed, "sub_endings")
    mine = table[(table["horizon"] == horizon) & table["sub_ending"].isin(SUB_ENDINGS)]
    mine = mine[mine["p"] > 0].sort_values("p", ascending=False, kind="stable")
    shares = [float(share) for share in mine["p"]]
    return [
        {"sub_ending": str(name), "count": number, "text": few(number, share)}
        for name, number, share in zip(
            mine["sub_ending"], hundreds(shares, total), shares, strict=True
        )
    ]


def in_100(share: float) -> str:
    """Return a share in 100; a question mark where too few futures leave it unknown."""
    return "?" if np.isnan(share) else str(round(100 * float(share)))


def few(count: int, share: float) -> str:
    """Return a count in 100 futures; what is not never is not 0."""
    return "< 1" if count == 0 and share > 0 else str(count)


def headline(endings: Rows, sub_endings: Rows | None, *, init_month: int) -> str:
    """Return the sentence that leads: the likeliest ending at the last horizon, and the least.

    Example:
        >>> table = pd.DataFrame({"horizon": [36] * 3, "ending": list(ENDINGS), "mcse": 0.01,
        ...     "p": [0.58, 0.34, 0.08], "lo": [0.41, 0.21, 0.03], "hi": [0.72, 0.49, 0.15]})
        >>> headline(table, None, init_month=528)[:67]
        'In most simulated futures the alliance fails by Dec 2026 (58 in 100'
    """
    check_endings(endings)
    horizon = horizons_of(endings)[-1]
    rows = sorted(counts(endings, horizon), key=lambda row: -row["count"])
    first, last = rows[0], rows[-1]
    what = _HEADS[first["ending"]][0]
    if first["ending"] == "fails" and sub_endings is not None:
        ways = sub_counts(sub_endings, horizon, first["count"])
        verbs = [SUB_VERBS[way["sub_ending"]] for way in ways if way["count"]]
        what = f"the alliance {_either(verbs)}" if verbs else what
    most = (
        "In most simulated futures"
        if first["count"] > 50
        else "No ending has a majority: most often"
    )
    return (
        f"{most} {what} by {month_name(init_month + horizon)} ({first['text']} in 100; "
        f"{_to(first)} under other assumptions). {_LEAST[last['ending']]} is "
        f"least likely ({last['text']} in 100; {_to(last)})."
    )


def _to(row: Mapping[str, Any]) -> str:
    if row["low"] == "?":
        return "range unknown"
    return "at most 1" if row["high"] == "< 1" else f"{row['low']} to {row['high']}"


def variant_counts(variants: Rows, variant: str, horizon: int) -> dict[str, str]:
    """Return the endings of a variant of the run in 100 futures, and `rolled_back` if it is there.

    Empty where the variant was not run.
    """
    table = require(variants, ["variant", "horizon", "ending", "p", "members"], "ending_variants")
    mine = table[(table["variant"] == variant) & (table["horizon"] == horizon)]
    shares = {str(name): float(p) for name, p in zip(mine["ending"], mine["p"], strict=True)}
    found = {}
    if set(ENDINGS) <= set(shares):
        numbers = hundreds([shares[name] for name in ENDINGS])
        found = {n: few(count, shares[n]) for n, count in zip(ENDINGS, numbers, strict=True)}
    if "rolled_back" in shares:
        rolled = shares["rolled_back"]
        found["rolled_back"] = few(round(100 * rolled), rolled)
    return found


def parts(table: Rows, horizon: int) -> tuple[str, str, str]:
    """Return futures in 100 with the pact alive, all regimes held, the insurgents rolled back."""
    mine = require(table, ["horizon", "reading", "state", "p"], "ending_parts")
    mine = mine[mine["horizon"] == horizon].set_index(["reading", "state"])["p"]
    wanted = ("alliance", "alive"), ("regimes", "held"), ("insurgents", "rolled_back")
    shares = [float(mine.loc[key]) for key in wanted]
    alive, held, rolled = (few(round(100 * share), share) for share in shares)
    return alive, held, rolled


def rollback_gap(variants: Rows, variant: str, horizon: int) -> str:
    """Return how a variant moves the rollback, in 100 and with its 90% error; empty if unknown."""
    if "difference" not in variants:
        return ""
    mine = variants[(variants["variant"] == variant) & (variants["horizon"] == horizon)]
    mine = mine[mine["ending"] == "rolled_back"]
    if mine.empty:
        return ""
    row = mine.iloc[0]
    return f"{100 * row['difference']:+.1f} ± {100 * 1.645 * row['difference_mcse']:.1f}"


def variant_members(variants: Rows, variant: str) -> int:
    """Return how many futures a variant of the run has, 0 where it was not run."""
    mine = variants.loc[variants["variant"] == variant, "members"]
    return int(mine.max()) if len(mine) else 0


def judgement_share(variance: Rows, horizon: int) -> str:
    """Return how much of the endings' spread over assumptions is judgement: `71%` or `55-71%`.

    Of all ways to end together where the table has that row; else the endings with the least
    and the most of it.
    """
    table = require(variance, ["horizon", "ending", "status", "share"], "ending_variance")
    mine = table[(table["horizon"] == horizon) & (table["status"] == "judgement")]
    if "all" in set(mine["ending"]):
        mine = mine[mine["ending"] == "all"]
    shares = 100 * mine["share"].dropna()
    if shares.empty:
        return "?"
    low, high = round(float(shares.min())), round(float(shares.max()))
    return f"{low}%" if low == high else f"{low}-{high}%"


def span(row: Mapping[str, Any]) -> str:
    """Return the range of a row of `counts`."""
    if row["low"] == "?":
        return "unknown"
    return row["high"] if row["high"] == "< 1" else f"{row['low']}-{row['high']}"


def finding(endings: Rows, init_month: int) -> str:
    """Return the sentence above the dots: the likeliest ending, from horizon to horizon."""
    horizons = horizons_of(endings)
    by_horizon = {h: {row["ending"]: row for row in counts(endings, h)} for h in horizons}
    top = max(by_horizon[horizons[-1]].values(), key=lambda row: row["count"])["ending"]
    numbers = [by_horizon[horizon][top]["text"] for horizon in horizons]
    dates = [month_name(init_month + horizon) for horizon in horizons]
    text = f"The alliance {_HEADS[top][1]} in {numbers[0]} of 100 futures by {dates[0]}"
    later = [f"in {n} by {date}" for n, date in zip(numbers[1:], dates[1:], strict=True)]
    return ", ".join([text, *later])


def describe(endings: Rows, init_month: int) -> str:
    """Return the text alternative: every number that the chart shows."""
    parts = ["Endings of the alliance, futures in 100."]
    for horizon in horizons_of(endings):
        items = [f"{row['ending']} {row['text']} ({_to(row)})" for row in counts(endings, horizon)]
        parts.append(f"By {month_name(init_month + horizon)}: {', '.join(items)}.")
    return " ".join(parts)


_DOT = 0.72
"""Diameter of a dot, as a share of its place."""


def _layers(rows: list[dict[str, Any]]) -> list[Spec]:
    names = [row["ending"] for row in rows for _ in range(row["count"])]
    dots = pd.DataFrame(
        {
            "x": [place % 10 + 0.5 for place in range(100)],
            "y": [place // 10 + 0.5 for place in range(100)],
            "ending": names,
        }
    )
    keys = pd.DataFrame(
        {
            "x": 0.5,
            "y": [11.2 + 1.25 * place for place in range(len(rows))],
            "ending": [row["ending"] for row in rows],
            "text": [f"{_short(row)} {row['text']} ({span(row)})" for row in rows],
        }
    )
    x = field("x:Q", scale={"domain": [0, 10], "nice": False}, axis=None)
    y = field("y:Q", scale={"domain": [14, 0], "nice": False}, axis=None)
    look = {"shape": "circle", "size": 185, "opacity": 1, "strokeWidth": 1.2, "aria": False}
    fill, stroke = _colours(ENDING_COLOURS), _colours(OUTLINES)
    words = {"align": "left", "baseline": "middle", "dx": 14, "color": INK, "fontSize": 12}
    return [
        *(
            layer(table, "point", look, x=x, y=y, fill=fill, stroke=stroke)
            for table in (dots, keys)
        ),
        layer(keys, "text", words | {"aria": False}, x=x, y=y, text=field("text:N")),
    ]


def _short(row: Mapping[str, Any]) -> str:
    return LABELS[row["ending"]].split(",")[0]


def _colours(colours: Mapping[str, str]) -> Spec:
    scale = {"domain": list(colours), "range": list(colours.values())}
    return field("ending:N", scale=scale, legend=None)


def _either(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} or {items[-1]}"


def _error(endings: Rows) -> str:
    return f"{100 * float(endings['mcse'].max()):.1f}"
