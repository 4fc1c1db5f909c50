"""Junta-months: what each junta did in each month, act by act, from the timeline.

A month counts for the junta that rules at its end. A row of all juntas together is one decision,
a third for each of three. A row that decides a fork is marked: the fork speaks for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako import calendar
from liptako.theatre.motives import Motives

NONE = "none"
"""The act of a month without an act of the menu."""

COLUMNS = ("junta", "country", "month", "act", "weight", "row_id", "joint", "said", "atrocity",
           "fork")  # fmt: skip


def junta_months(motives: Motives, timeline: pd.DataFrame) -> pd.DataFrame:
    """Return one row a junta, month and row of the timeline; months without acts have one too.

    Args:
        motives: juntas, and which kinds of rows are which act.
        timeline: from `liptako.data.timeline.read_timeline`.

    Returns:
        Columns `COLUMNS`: `weight` 1, or a share of a joint decision; `joint`, `said` (words, not
        yet conduct) and `atrocity` 0 or 1; `fork` the name of the fork that the row decides.
    """
    last = motives.spec.last
    found = sorted(_acts(motives, timeline[timeline["month"] <= last]))
    done = {(row[0], row[2]) for row in found}
    for name, junta in motives.spec.juntas.items():
        for month in range(junta.since_month, junta.until_month(last) + 1):
            if (name, month) not in done:
                found.append((name, junta.country, month, NONE, 1.0, "", 0, 0, 0, ""))
    order = {name: at for at, name in enumerate(motives.spec.juntas)}
    found.sort(key=lambda row: (order[row[0]], row[2], row[5]))
    table = pd.DataFrame(found, columns=list(COLUMNS))
    return table.assign(month=[calendar.format_month(month) for month in table["month"]])


def quarters(table: pd.DataFrame) -> pd.DataFrame:
    """Return the junta-quarters of a panel: junta, country, quarter (its first month's number)."""
    numbers = pd.Series([calendar.parse_month(text) for text in table["month"]], table.index)
    rows = table[["junta", "country"]].assign(quarter=_quarter_of(numbers))
    return rows.drop_duplicates(ignore_index=True)


def shares(
    table: pd.DataFrame,
    acts: tuple[str, ...],
    *,
    joint: bool = True,
    atrocity: bool = True,
    said: bool = True,
    forked: bool = False,
) -> Float[np.ndarray, "quarter option"]:
    """Return what each junta did in each quarter, as shares of one choice.

    A quarter of several acts is shared among them in proportion to their weights. A quarter whose
    acts are all left out says nothing and has zeros; one with joint decisions alone has their part.
    The first option is to do nothing.

    Args:
        table: from `junta_months`.
        acts: of the menu.
        joint: whether joint decisions count.
        atrocity: whether killings by the army count as decisions.
        said: whether words count.
        forked: whether rows count that decide a fork.
    """
    numbers = pd.Series([calendar.parse_month(text) for text in table["month"]], table.index)
    keys = pd.MultiIndex.from_arrays([table["junta"], _quarter_of(numbers)])
    where = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    out = np.zeros((len(where), len(acts) + 1))
    busy = np.zeros(len(where), bool)
    for key, row in zip(keys, table.to_dict("records"), strict=True):
        if row["act"] == NONE:
            continue
        at = where[key]
        busy[at] = True
        dropped = (
            (row["joint"] and not joint)
            or (row["atrocity"] and not atrocity)
            or (row["said"] and not said)
            or (row["fork"] and not forked)
        )
        if not dropped:
            place = acts.index(row["act"]) + 1
            out[at, place] = max(out[at, place], row["weight"])
    total = out.sum(axis=1, keepdims=True)
    out = np.where(total > 1.0, out / np.maximum(total, 1e-9), out)
    out[~busy, 0] = 1.0
    return out


def _quarter_of(months: pd.Series) -> pd.Series:
    return (months - 1) // 3 * 3 + 1


def _acts(motives: Motives, timeline: pd.DataFrame) -> Iterator[tuple]:
    spec = motives.spec
    atrocities = spec.killings.actions if spec.killings else []
    forks = {fork.row: name for name, fork in motives.forks.items() if not fork.restraint}
    for row in timeline.to_dict("records"):
        also = spec.also.get(row["row_id"])
        act = also.act if also else _act_of(motives, row)
        if act is None:
            continue
        month = int(row["month"])
        who = [also.junta] if also else deciders(motives, row)
        marks = (
            int(len(who) > 1),
            int(row["action"] in spec.said.actions),
            int(row["action"] in atrocities),
        )
        for name in who:
            fork = forks.get(row["row_id"], "")
            country = spec.juntas[name].country
            yield (name, country, month, act, 1.0 / len(who), row["row_id"], *marks, fork)


def deciders(motives: Motives, row: dict) -> list[str]:
    """Return the juntas that decided a row: the one of its country, or all where it has none."""
    month = int(row["month"])
    ruling = {
        junta.country: name
        for name, junta in motives.spec.juntas.items()
        if junta.since_month <= month <= junta.until_month(month)
    }
    if row["country"] in ruling:
        return [ruling[row["country"]]]
    return list(ruling.values()) if row["country"] == motives.spec.together else []


def _act_of(motives: Motives, row: dict) -> str | None:
    spec = motives.spec
    if row["lens_relevance"] != "yes" or row["row_id"] in spec.left_out:
        return None
    for act, kinds in spec.acts.items():
        for kind in kinds:
            if kind.action == row["action"] and kind.target in (None, row["target"]):
                return act
    return None
