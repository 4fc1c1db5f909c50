"""Survival and competing ends of past cases against lifelines, delayed entry included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from liptako.inference.past_cases.pacts import milestones, operation_curve
from liptako.inference.past_cases.rates import survival

LAST, LONGEST = 400, 60


def cases(n=80):
    """Return months of cases with many ties, and which ended: two thirds of them."""
    rng = np.random.default_rng(11)
    followed = np.minimum(rng.geometric(0.03, n), 150)
    return followed, rng.random(n) < 2 / 3


def pacts(n=70):
    """Return pacts that operate, end or go on, no two of them followed for as long."""
    rng = np.random.default_rng(12)
    followed = rng.permutation(np.arange(1, 120))[:n]
    cause = rng.integers(0, 3, n)  # goes on, operates, ends
    signed = np.where(cause == 0, LAST - followed, rng.integers(1, 200, n))
    table = pd.DataFrame({
        "pact": [f"p{i}" for i in range(n)], "tier": "core", "signed": signed,
        "pooled_money": "0", "command": np.nan, "command_status": "none",
        "end_mode": np.where(cause == 2, "dissolved", "ongoing"),
        "end_trigger": np.where(cause == 2, "regime_change", "n_a"),
    })  # fmt: skip
    for field, which in {"consultative": -1, "first_operation": 1, "end": 2,
                         "first_exit": -1}.items():  # fmt: skip
        table[field] = np.where(cause == which, signed + followed, np.nan)
        table[f"{field}_status"] = np.where(cause == which, "dated", "none")
    return table, followed, cause


@pytest.mark.parametrize("since", [0, 12])
def test_survival_is_that_of_kaplan_and_meier(since):
    followed, ended = cases()
    found = survival(followed, ended, LONGEST, since).set_index("month")
    kept = followed > since
    oracle = KaplanMeierFitter(alpha=0.1).fit(
        followed[kept], ended[kept], entry=np.full(kept.sum(), since), timeline=found.index
    )
    np.testing.assert_allclose(found["survival"], oracle.survival_function_.iloc[:, 0], rtol=1e-12)
    inner = (found["survival"] < 1) & (found["survival"] > 0)
    assert inner.sum() > 30
    for mine, column in (("lo", 0), ("hi", 1)):
        theirs = oracle.confidence_interval_.iloc[:, column]
        np.testing.assert_allclose(found[mine][inner], theirs[inner], rtol=1e-6)
    at_risk = [(followed[kept] >= age).sum() for age in found.index]
    assert found["at_risk"].tolist() == at_risk


@pytest.mark.parametrize("since", [0, 7])
def test_competing_ends_are_those_of_aalen_and_johansen(since):
    table, followed, cause = pacts()
    if since:
        found = milestones(table, LAST, idle_until=since, by=LONGEST).curve
    else:
        found = operation_curve(table, LAST, LONGEST)
    found = found.set_index("month")
    kept = followed > since
    entry = np.full(kept.sum(), since)
    for column, of in (("p_operational", 1), ("p_ended", 2)):
        oracle = AalenJohansenFitter(calculate_variance=False).fit(
            followed[kept], cause[kept], event_of_interest=of, entry=entry if since else None
        )
        density = oracle.cumulative_density_.iloc[:, 0]
        expected = [density[density.index <= month].iloc[-1] for month in found.index]
        np.testing.assert_allclose(found[column], expected, rtol=1e-10, atol=1e-12)
    assert found.loc[LONGEST, "p_operational"] > 0.05
    assert found.loc[LONGEST, "p_ended"] > 0.05
