"""Survival of regimes beside past ones: months of the run meet months of a camp's age."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from liptako.execution.endings import regime_survival
from liptako.model.outcomes import Exit
from liptako.model.posterior import set_numbers

INIT = 500
SINCE = 7
"""Months that the camp in power has lasted at the start."""


def juntas(*ages):
    """Return camps of this age at their end, and one that is still in power."""
    coup = [INIT - 200 for _ in ages] + [INIT - SINCE]
    end = [INIT - 200.0 + age for age in ages] + [np.nan]
    dated = ["dated" for _ in ages] + ["none"]
    table = pd.DataFrame({"country": [f"P{n}" for n in range(len(ages))] + ["AAA"], "coup": coup})
    for field in ("next_attempt", "next_success", "leader_end", "camp_end"):
        table[field], table[f"{field}_status"] = end, dated
    return table.assign(region="west", leader_end_mode="election", camp_end_mode="")


def test_a_months_reference_is_the_survival_of_camps_as_old_as_this_one_will_be():
    """Four camps outlived seven months: they ended at 9, 10, 12 and 30 months of age."""
    exits = np.zeros((4, 6, 1), int)
    exits[0, 2, 0] = Exit.NEGOTIATED
    exits[1, 4, 0] = Exit.MUTINY
    outcomes = SimpleNamespace(exits=exits, countries=("AAA",))
    run = SimpleNamespace(
        prepared=SimpleNamespace(
            loaded=SimpleNamespace(scenario=SimpleNamespace(init_month=INIT)),
            snapshot=SimpleNamespace(juntas=juntas(3, 9, 10, 12, 30)),
        )
    )
    table = regime_survival(run, outcomes, set_numbers(np.arange(4))).set_index("lead")
    reference = {1: 1.0, 2: 3 / 4, 3: 2 / 4, 4: 2 / 4, 5: 1 / 4, 6: 1 / 4}
    assert table["reference"].to_dict() == pytest.approx(reference)
    held = {1: 1.0, 2: 1.0, 3: 3 / 4, 4: 3 / 4, 5: 3 / 4, 6: 3 / 4}
    assert table["p"].to_dict() == pytest.approx(held), "a mutiny fails, so the camp holds"
