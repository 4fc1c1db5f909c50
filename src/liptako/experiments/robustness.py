r"""Ranking of policies over sets of assumptions: regret, satisficing, and who is not dominated.

All work on the table of set means: $v_{pso}$ is how much outcome $o$ differs from the reference
under policy $p$ in set of assumptions $s$, Monte Carlo error taken out, signed so that more is
better. What all policies share in a set cancels, so differences rank as outcomes would.

$$\text{regret}_{pso} = \max_q v_{qso} - v_{pso}, \qquad
\text{satisficing}_p = \frac1S \sum_s \prod_o [v_{pso} \ge -\epsilon_o]$$

where $\epsilon_o$ is what counts as no worse: a hundredth of the reference's mean.

A policy is on the Pareto front if no other is at least as good on all outcomes and better on one,
by the middle over sets.

Only named policies over civil levers are ranked, and there is no search for a best one. What armed
actors do is an assumption, and its harm would be part of any optimum: policies that set such levers
are refused. Which way is better is the reader's to say, but for harm to people.

References:
    Lempert, R. J. and Collins, M. T. (2007). Managing the risk of uncertain threshold responses.
    Risk Analysis 27, 1009-1026. https://doi.org/10.1111/j.1539-6924.2007.00940.x
    Herman, J. D. et al. (2015). How should robustness be defined for water systems planning under
    change? Journal of Water Resources Planning and Management 141, 04015012.
    https://doi.org/10.1061/(ASCE)WR.1943-5452.0000509
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from liptako.errors import InputError
from liptako.experiments.compare import Comparison, check_rankable
from liptako.outcomes.ranges import over_each_set

SLACK = 0.01
"""Of the reference's mean: a policy that is worse by no more is no worse."""

Better = Literal["less", "more"]

LESS: tuple[str, ...] = (
    "deaths", "civilians_killed", "civilians_by_state", "civilians_by_insurgents",
    "civilians_by_militias", "civilians_dead", "displaced", "coast_deaths", "capital_deaths",
    "army_dead", "besieged", "people_besieged",
)  # fmt: skip
"""Harm to people: less of it is better, and need not be said."""

MORE: tuple[str, ...] = ("reached",)
"""What serves people: more of it is better."""


def better_of(named: Sequence[str]) -> dict[str, Better]:
    """Return which way is better for outcomes, each a name or `NAME=less` or `NAME=more`.

    Raises:
        InputError: neither is said, and it is no harm to people.

    Example:
        >>> better_of(["deaths", "exits=less"])
        {'deaths': 'less', 'exits': 'less'}
    """
    found: dict[str, Better] = {}
    for text in named:
        outcome, _, way = text.partition("=")
        plain = outcome.partition(":")[0]
        if not way:
            way = "less" if plain in LESS else "more" if plain in MORE else ""
        if way not in ("less", "more"):
            allowed = f"{outcome}=less or {outcome}=more"
            raise InputError("which way is better?", field="rank", value=text, allowed=allowed)
        found[outcome] = "less" if way == "less" else "more"
    return found


def set_means(found: Comparison, better: Mapping[str, Better]) -> pd.DataFrame:
    """Return the table of set means: by policy and set of assumptions, a column an outcome.

    Signed so that more is better; the reference is 0.

    Args:
        found: policies compared.
        better: outcomes, and which way is better.

    Raises:
        InputError: fewer members than sets can be told by, an outcome that was not measured, or a
            policy that sets a lever of armed actors.
    """
    check_rankable(found.prepared, found.policies)
    parts = []
    for policy in found.policies:
        columns = {}
        for outcome, way in better.items():
            each = over_each_set(found.gap(policy, outcome), found.sets)
            columns[outcome] = each if way == "more" else -each
        part = pd.DataFrame(columns) + 0.0
        parts.append(part.assign(policy=policy, set=np.arange(len(part))))
    return pd.concat(parts).set_index(["policy", "set"])


def regret(means: pd.DataFrame) -> pd.DataFrame:
    """Return how far each policy falls short of the best of the named in the same set.

    Args:
        means: from `set_means`.

    Returns:
        One row a policy and outcome, in the outcome's unit: `mean` over sets, and `most`.
    """
    best = means.groupby(level="set").transform("max")
    short = (best - means).stack().rename_axis(["policy", "set", "outcome"])
    by = short.groupby(level=["policy", "outcome"], sort=False)
    return pd.DataFrame({"mean": by.mean(), "most": by.max()}).reset_index()


def satisficing(means: pd.DataFrame, slack: Mapping[str, float] | None = None) -> pd.Series:
    """Return the share of sets in which a policy is no worse than the reference on each outcome.

    Args:
        means: from `set_means`.
        slack: by how much less still counts as no worse, by outcome; nothing if not given.
    """
    least = pd.Series(slack or {}, dtype=float).reindex(means.columns).fillna(0.0)
    good = (means >= -least).all(axis=1)
    return good.groupby(level="policy", sort=False).mean().rename("satisficing")


def pareto(means: pd.DataFrame) -> list[str]:
    """Return the policies that no other dominates, by the middle over sets.

    Args:
        means: from `set_means`.
    """
    middle = means.groupby(level="policy", sort=False).median()
    rows = [(str(name), row) for name, row in zip(middle.index, middle.to_numpy(), strict=True)]
    return [
        name
        for name, own in rows
        if not any((other >= own).all() and (other > own).any() for _, other in rows)
    ]


def ranking(found: Comparison, better: Mapping[str, Better]) -> pd.DataFrame:
    """Return policies by how often they are no worse than the reference.

    Args:
        found: policies compared.
        better: outcomes, and which way is better.

    Returns:
        `policy`, `satisficing`, `pareto` (whether no other dominates it), and the mean regret of
        each outcome as `regret_NAME`; the reference is among them.

    Raises:
        InputError: see `set_means`.
    """
    means = set_means(found, better)
    front = pareto(means)
    short = regret(means).pivot(index="policy", columns="outcome", values="mean")
    base = found.values[found.reference]
    slack = {outcome: SLACK * float(abs(base[outcome].mean())) for outcome in better}
    frame = satisficing(means, slack).to_frame().assign(pareto=lambda rows: rows.index.isin(front))
    for outcome in better:
        frame[f"regret_{outcome}"] = short[outcome]
    order = ["satisficing", "pareto"]
    return frame.sort_values(order, ascending=False, kind="stable").reset_index()
