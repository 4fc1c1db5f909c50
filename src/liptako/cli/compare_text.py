"""What `liptako compare` prints: for each policy a sentence, then its outcomes by group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from liptako.cli.output import console
from liptako.words import outcomes
from liptako.words.compare import capital, changes, say
from liptako.words.numbers import between, every, signed

if TYPE_CHECKING:
    import pandas as pd

    from liptako.experiments.compare import Comparison

WIDE = {"outcome": 45, "base": 11, "median": 10, "range": 20, "sets": 7}
FEW = {"outcome": 45, "base": 11, "mean": 20}
"""Column to its width, in characters, with and without a range over sets of assumptions; the
verdict follows."""


def show(found: Comparison, ranked: pd.DataFrame | None = None) -> None:
    """Print what `liptako.experiments.compare.compare` found, and a ranking of it."""
    from rich.markup import escape

    about = about_of(found)
    console.print(f"[bold]{escape(about[0])}[/], {escape(about[1])}", soft_wrap=True)
    for line in lines_of(found):
        console.print(line, soft_wrap=True, markup=False)
    for line in [*ranking_lines(found, ranked), *assumed_lines(found)]:
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"\n{say['legend']}\n\n{say['footer']}", soft_wrap=True)


def about_of(found: Comparison) -> tuple[str, str]:
    """Return the scenario's name, and what was run."""
    from liptako.words.dates import month_name

    scenario, others = found.prepared.loaded.scenario, len(found.policies) - 1
    what = say(
        "about",
        date=month_name(scenario.init_month),
        policies=say["one_policy"] if others == 1 else say("policies", number=others),
        reference=found.reference,
        members=f"{len(found.members):,}",
        months=scenario.months,
        seed=scenario.seed,
    )
    return scenario.name, what


def lines_of(found: Comparison) -> list[str]:
    """Return the policies: what each sets, what it changes in a sentence, then its outcomes."""
    from liptako.experiments.differences import NO_EFFECT, ROBUST
    from liptako.outcomes.ranges import LEAST_FOR_RANGE

    policies, table, members = found.prepared.loaded.scenario.policies, found.table, found.members
    lines = []
    if len(members) < LEAST_FOR_RANGE:
        lines += ["", say("few", members=f"{len(members):,}", least=LEAST_FOR_RANGE)]
    for policy in found.policies[1:]:
        rows = table.loc[table["policy"] == policy].to_dict("records")
        lines += ["", say("named", policy=policy, changes=policies[policy].label)]
        lines.append(f"  {capital(changes(rows, ROBUST, NO_EFFECT))}")
        lines += outcome_lines(rows, found.reference, len(members))
    return lines


def outcome_lines(rows: list[dict[Any, Any]], reference: str, members: int) -> list[str]:
    """Return the outcomes of a policy by group, and in a last line those that do not change."""
    columns = FEW if all(math.isnan(row["median"]) for row in rows if row["diff"]) else WIDE
    moved = {row["outcome"]: row for row in rows if row["mcse"] or row["diff"]}
    lines: list[str] = []
    group = ""
    for name in outcomes.in_order(list(moved)):
        if outcomes.group_of(name) != group:
            group = outcomes.group_of(name)
            head = head_line(columns, group, reference) if not lines else _group(group)
            lines += ["", f"  {head}"]
        lines.append(f"  {line_of(moved[name], columns)}")
    same = [outcomes.name_of(row["outcome"]) for row in rows if row["outcome"] not in moved]
    if same:
        lines += ["", "  " + say("same", members=f"{members:,}", outcomes=every(same))]
    return lines


def head_line(columns: Mapping[str, int], group: str, reference: str) -> str:
    """Return the heads of the columns, the first group's name before them."""
    heads = {name: say(name, reference=reference, group=_group(group)) for name in columns}
    return _row(heads, columns, say["verdict"])


def line_of(row: Mapping[Any, Any], columns: Mapping[str, int] = WIDE) -> str:
    """Return the numbers of one outcome as a line.

    Example:
        >>> line_of({"outcome": "exits", "unit": "regimes ended", "base": 1.2, "diff": 0.1,
        ...     "mcse": 0.02, "median": 0.09, "lo": -0.05, "hi": 0.2, "sign_holds": 0.84,
        ...     "members_needed": float("nan"), "verdict": "depends on assumptions"}).split()[:5]
        ['Regimes', 'ended', '1.20', '+0.090', '-0.050']
    """
    scale = outcomes.scale_of(row["unit"])
    names = ("base", "diff", "mcse", "median", "lo", "hi")
    base, diff, error, median, low, high = (scale * row[name] for name in names)
    share = row["sign_holds"]
    name = outcomes.name_of(row["outcome"])
    cells = {
        "outcome": f"{name}, {outcomes.texts['in_100']}" if scale > 1 else name,
        "base": plain(base),
        "median": "-" if math.isnan(median) else signed(median),
        "range": "-" if math.isnan(low) else between(signed(low), signed(high)),
        "mean": f"{signed(diff)} ±{signed(error).removeprefix('+')}",
        "sets": "-" if math.isnan(share) else f"{100 * share:.0f}",
    }
    return _row(cells, columns, verdict_text(row["verdict"], row["members_needed"]))


def plain(value: float) -> str:
    """Return the reference's own number.

    Example:
        >>> [plain(x) for x in (28509.6, 43.5, 1.2)]
        ['28,510', '43.5', '1.20']
    """
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def verdict_text(verdict: str, needed: float) -> str:
    """Return a verdict, with how many members are needed."""
    from liptako.experiments.differences import MORE

    if verdict != MORE:
        return verdict
    return say["needed_most"] if math.isnan(needed) else say("needed", members=f"{needed:,.0f}")


def ranking_lines(found: Comparison, ranked: pd.DataFrame | None) -> list[str]:
    """Return the ranking, if there is one."""
    if ranked is None:
        return []
    regrets = [name for name in ranked.columns if name.startswith("regret_")]
    outcomes = [name.removeprefix("regret_") for name in regrets]
    heads = [say["satisficing"], say["pareto"], *(say("regret", outcome=o) for o in outcomes)]
    widths = [max(len(head) + 2, 10) for head in heads]
    aligned = zip(heads, widths, strict=True)
    lines = ["", say("rank", outcomes=every(outcomes), reference=found.reference)]
    lines += [f"  {say['policy']:<24}" + "".join(f"{head:>{width}}" for head, width in aligned)]
    for row in ranked.to_dict("records"):
        cells = [f"{100 * row['satisficing']:.0f}", "*" if row["pareto"] else ""]
        cells += [f"{row[name]:,.3g}" for name in regrets]
        numbers = "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        lines.append(f"  {row['policy']:<24}{numbers}")
    return lines


def assumed_lines(found: Comparison) -> list[str]:
    """Return the levers of armed actors that policies set, with the law that bounds each."""
    if not found.assumed:
        return []
    lines = ["", say["assumed"]]
    return lines + [f"  {name}: {law}" for name, laws in found.assumed.items() for law in laws]


def _group(group: str) -> str:
    return outcomes.texts[group]


def _row(cells: Mapping[str, str], columns: Mapping[str, int], verdict: str) -> str:
    first, *rest = columns
    numbers = "".join(f"{cells[name]:>{columns[name]}}" for name in rest)
    return f"{cells[first]:<{columns[first]}}{numbers}  {verdict}"
