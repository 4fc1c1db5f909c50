"""What the terminal says of politics: endings, what must stand beside them, disputes, choices."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from liptako.calendar import month_name

if TYPE_CHECKING:
    import pandas as pd

SUB_NAMES = {
    "stays_on_paper": "stays on paper",
    "breaks_up": "member leaves or dissolved",
    "rivalry": "members become rivals",
    "regime_lost": "regime lost, pact alive",
}
PAIRS = {
    "ally and outsider": "a member and a neighbour",
    "between allies": "two members",
    "between outsiders": "two others",
}
LIKELIEST = 3
"""Acts that are named."""
WIDTH = 80
_NAME, _COUNT, _RANGE = 32, 6, 20
"""Widths of the columns, in characters."""


def endings_lines(
    tables: Mapping[str, pd.DataFrame],
    *,
    init_month: int,
    horizon: int | None = None,
    why_not: str = "",
) -> list[str]:
    """Return the lines on endings, with rich markup: likeliest first, then their evidence.

    Args:
        tables: of the run: `endings`; where there are any, `sub_endings`, `ending_variants` and
            `ending_variance`.
        init_month: last month that was seen.
        horizon: months ahead; the last there is when absent.
        why_not: what to say where the run has no endings.

    Raises:
        InputError: a table lacks a column, a row or an ending.
    """
    if "endings" not in tables:
        return [f"Endings: none; {why_not or 'they are counted at 12, 24 and 36 months'}."]
    from liptako.charts import endings as ends

    ends.check_endings(tables["endings"])
    at = ends.horizons_of(tables["endings"])[-1] if horizon is None else horizon
    head = f"Alliance by {month_name(init_month + at)}"
    lines = [f"[bold]{head:<{_NAME}}[/]{'in 100':>{_COUNT}}{'other assumptions':>{_RANGE}}"]
    rows = ends.counts(tables["endings"], at)
    for row in sorted(rows, key=lambda row: -row["count"]):
        name = f"  {ends.LABELS[row['ending']]}"
        lines.append(f"{name:<{_NAME}}{row['text']:>{_COUNT}}{ends.span(row):>{_RANGE - 5}}")
        if row["ending"] == "fails" and "sub_endings" in tables:
            for way in ends.sub_counts(tables["sub_endings"], at, row["count"]):
                name = f"    {SUB_NAMES[way['sub_ending']]}"
                lines.append(f"[dim]{name:<{_NAME}}{way['text']:>{_COUNT}}[/]")
    return [*lines, *_parts(tables, at), *_variants(tables, at), _evidence(tables, at)]


def _parts(tables: Mapping[str, pd.DataFrame], horizon: int) -> list[str]:
    """Return the three readings one by one: an ending needs all of them."""
    if "ending_parts" not in tables:
        return []
    from liptako.charts import endings as ends

    alive, held, rolled = ends.parts(tables["ending_parts"], horizon)
    return [f"One by one: pact alive {alive}, all regimes held {held}, rollback {rolled} in 100"]


def _variants(tables: Mapping[str, pd.DataFrame], horizon: int) -> list[str]:
    from liptako.charts import endings as ends

    if "ending_variants" not in tables:
        return []
    variants, lines = tables["ending_variants"], []
    plain, paired, without, past = (
        ends.variant_counts(variants, name, horizon)
        for name in ("reference_only", "paired", "without_pact", "markov_pact")
    )
    if "rolled_back" in without:
        members = ends.variant_members(variants, "without_pact")
        with_ = f"with it {paired['rolled_back']}; " if "rolled_back" in paired else ""
        gap = ends.rollback_gap(variants, "without_pact", horizon)
        with_ += f"difference {gap}; " if gap else ""
        lines.append(
            f"Without the pact, rollback {without['rolled_back']} in 100 "
            f"({with_}{members:,} paired futures)"
        )
    for found, what in (
        (past, "A pact like past ones, whatever its members gain"),
        (plain, "Reference classes, judgement at its middle"),
    ):
        if "fails" in found:
            lines.append(
                f"{what}: fails {found['fails']}, endures {found['endures']}, "
                f"succeeds {found['succeeds']} in 100"
            )
    return lines


def _evidence(tables: Mapping[str, pd.DataFrame], horizon: int) -> str:
    from liptako.charts import endings as ends

    if "ending_variance" not in tables:
        return "Not tested: endings. How much of their spread is judgement is not known"
    share = ends.judgement_share(tables["ending_variance"], horizon)
    if share == "?":
        return "Not tested: endings. Too few futures to tell their spread from chance"
    return f"Not tested: endings. Roughly {share} of their spread is judgement"


def politics_lines(
    tables: Mapping[str, pd.DataFrame], *, init_month: int, countries: Mapping[str, str]
) -> list[str]:
    """Return a few lines on disputes, choices and promised dates; none where there are none.

    Args:
        tables: of the run; where there are any, `dispute_groups`, `acts` and `promises`.
        init_month: last month that was seen.
        countries: ISO3 code to name.
    """
    makers = {"dispute_groups": _disputes, "acts": _acts, "promises": _promises}
    lines = []
    for name, make in makers.items():
        if name in tables:
            table: Any = tables[name]
            last = int(table["horizon"].max())
            rows = table[table["horizon"] == last]
            text = make(rows, month_name(init_month + last), countries)
            lines += textwrap.wrap(text, WIDTH, subsequent_indent="  ")
    return lines


def _disputes(rows: Any, date: str, _: Mapping[str, str]) -> str:
    force = rows[rows["rung"] == "clash"].set_index("group")
    items = []
    for group in [group for group in PAIRS if group in force.index]:
        row = force.loc[group]
        span = "" if row[["lo", "hi"]].isna().any() else f" ({_100([row['lo'], row['hi']])})"
        item = f"{PAIRS[group]} {_100([row['p']])}{span}"
        if row["reference"] == row["reference"]:  # a missing number equals nothing
            item += f", as many past pairs {_100([row['reference']])}"
        items.append(item)
    return f"Use of force by {date}, in 100: {'; '.join(items)}"


def _acts(rows: Any, date: str, _: Mapping[str, str]) -> str:
    likely = rows.groupby("label")["p_any"].agg(["mean", "min", "max"])
    likely = likely.sort_values("mean", ascending=False, kind="stable").head(LIKELIEST)
    items = [f"{label} {_100([row['min'], row['max']])}" for label, row in likely.iterrows()]
    return f"Most likely to be chosen by {date}, in 100, by junta: {'; '.join(items)}"


def _promises(rows: Any, date: str, countries: Mapping[str, str]) -> str:
    missed = rows[rows["outcome"] == "missed"]
    pairs = zip(missed["country"], missed["p"], strict=True)
    items = [f"{countries[iso]} {_100([share])}" for iso, share in pairs]
    return f"A promised date to hand over has passed by {date}, in 100: {', '.join(items)}"


def _100(shares: Iterable[float]) -> str:
    """Return shares in 100, the ends of a range where they differ."""
    from liptako.charts.endings import few

    texts = [few(round(100 * float(share)), float(share)) for share in shares]
    return "-".join(dict.fromkeys(texts))
