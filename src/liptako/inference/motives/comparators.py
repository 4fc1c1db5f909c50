"""Series that stand beside juntas' decisions: killings by the state, and hand-overs elsewhere.

Killings of civilians by the state are in the events of the theatre, under juntas and under the
governments before them; how often regimes born of coups had handed over by the same age is in the
world's table of regimes. No series of sites of peacekeepers ships with a theatre, so there is none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.data.regimes import used
from liptako.data.snapshot import Snapshot
from liptako.inference.motives.record import QUARTER, Names, Record
from liptako.inference.past_cases.regime_spells import MODES
from liptako.theatre.motives import Motives

BEFORE = 36
"""Months of the government before the first junta that a country is compared with."""

MORE, LESS = 2.0, 0.5
"""Killed in a quarter, against the mean before: from where harsher, up to where restrained."""


def killings(motives: Motives, snapshot: Snapshot) -> pd.DataFrame:
    """Return civilians killed by the state under each junta, quarter by quarter.

    Returns:
        Columns `junta`, `quarter` (its first month's number), `killed`, `before` (the mean of a
        quarter under the government before the country's first junta) and `ratio`.
    """
    rule = motives.spec.killings
    if rule is None:
        return pd.DataFrame(columns=["junta", "quarter", "killed", "before", "ratio"])
    events = snapshot.events[snapshot.events["stream"].isin(rule.streams)]
    monthly = events.groupby(["country", "month"])["deaths"].sum()
    rows = []
    for name, junta in motives.spec.juntas.items():
        first = min(
            other.since_month
            for other in motives.spec.juntas.values()
            if other.country == junta.country
        )
        series = monthly.get(junta.country, pd.Series(dtype=float))
        before = series.reindex(range(first - BEFORE, first), fill_value=0).sum()
        before = float(before) * QUARTER / BEFORE
        end = junta.until_month(motives.spec.last)
        start = (junta.since_month - 1) // QUARTER * QUARTER + 1
        for quarter in range(start, end + 1, QUARTER):
            killed = float(series.reindex(range(quarter, quarter + QUARTER), fill_value=0).sum())
            rows.append((name, quarter, killed, before, killed / before if before else np.nan))
    return pd.DataFrame(rows, columns=["junta", "quarter", "killed", "before", "ratio"])


def recoded(motives: Motives, record: Record, names: Names, table: pd.DataFrame) -> Record:
    """Return a record in which the series says when an army was harsher or restrained.

    Rows of killings do not count in it; where the series has a quarter that is harsher or
    restrained, that act has as much of the quarter as all others together.
    """
    rule = motives.spec.killings
    if rule is None:
        return record
    share = np.array(record.share)
    more, less = (names.acts.index(name) + 1 for name in (rule.more, rule.less))
    share[:, more] = 0.0
    found = {(row["junta"], row["quarter"]): row["ratio"] for row in table.to_dict("records")}
    for at, (junta, quarter) in enumerate(zip(record.junta, names.quarters, strict=True)):
        ratio = found.get((names.juntas[junta], int(quarter)), np.nan)
        act = more if ratio >= MORE else less if ratio <= LESS else None
        if act is not None:
            others = share[at, 1:].sum()
            share[at, 1:] *= 0.5 / others if others > 0 else 0.0
            share[at, 0], share[at, act] = 0.0, 0.5 if others > 0 else 1.0
    empty = (share.sum(axis=1) == 0) & (record.share.sum(axis=1) > 0)
    share[empty, 0] = 1.0
    return record._replace(share=share, open=record.open | (share > 0))


def handed_over(motives: Motives, snapshot: Snapshot) -> pd.DataFrame:
    """Return how many of the world's regimes born of coups had handed over by each junta's age.

    Returns:
        Columns `junta`, `months` (its age), `regimes` (that could be followed so long) and
        `handed_over` (the share of them that had).
    """
    rows, last = [], motives.spec.last
    spells = used(snapshot.regimes) if len(snapshot.regimes) else snapshot.regimes
    for name, junta in motives.spec.juntas.items():
        age = junta.until_month(last) - junta.since_month + 1
        if not len(spells):
            continue
        past = spells[(spells["new_regime"] == 1) & (spells["coup"] <= last - age)]
        gave = (past["regime_mode"].isin(MODES["handed_over"])) & (past["regime_months"] <= age)
        rows.append((name, age, len(past), float(gave.mean()) if len(past) else np.nan))
    return pd.DataFrame(rows, columns=["junta", "months", "regimes", "handed_over"])
