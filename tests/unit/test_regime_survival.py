"""Survival of regimes beside past ones: months of the run meet months of a camp's age."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from liptako.runs.baseline import past_survival
from liptako.runs.start import Prepared

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


class Allies(Prepared):
    """A prepared scenario as far as past camps matter."""

    init_month = INIT
    allies = ("AAA", "BBB")

    def __init__(self, juntas):
        vars(self).update(
            loaded=SimpleNamespace(scenario=SimpleNamespace(months=6)),
            snapshot=SimpleNamespace(juntas=juntas),
            structure=SimpleNamespace(countries=self.allies),
        )


def test_a_months_reference_is_the_survival_of_camps_as_old_as_this_one_will_be():
    """Four camps outlived seven months: they ended at 9, 10, 12 and 30 months of age."""
    found = past_survival(Allies(juntas(3, 9, 10, 12, 30)))["survival"]
    expected = [1.0, 3 / 4, 2 / 4, 2 / 4, 1 / 4, 1 / 4]
    np.testing.assert_allclose(found.isel(country=0), expected)
    assert np.isnan(found.isel(country=1)).all(), "no camp rules there"
