"""What the terminal says of endings: the table, and what must stand beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from liptako.calendar import month_name

if TYPE_CHECKING:
    import pandas as pd

SUB_NAMES = {
    "stays_on_paper": "stays on paper",
    "breaks_up": "member leaves or dissolved",
    "rivalry": "members become rivals",
    "regime_lost": "regime lost, pact alive",
}
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
        (plain, "Judgement held at its middle"),
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
