"""Survival of regimes beside past ones: months of the run meet months of a regime's age."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

import regime_fixtures as rf
from liptako.runs.baseline import BORN_FROM, ages, past_survival
from liptako.runs.start import Prepared

INIT = 500
SINCE = 7
"""Months that the regime in power has lasted at the start."""


def past(*ages, coup=INIT - 80):
    """Return regimes of this age at their end, by an election, and one that is still in power."""
    ended = [{"country": f"P{n}", "coup": coup, "end": coup + age, "mode": "election"}
             for n, age in enumerate(ages)]  # fmt: skip
    return rf.regimes(*ended, {"country": "AAA", "coup": INIT - SINCE, "end": INIT})


class Allies(Prepared):
    """A prepared scenario as far as past regimes matter."""

    init_month = INIT
    allies = ("AAA", "BBB")

    def __init__(self, regimes):
        vars(self).update(
            loaded=SimpleNamespace(scenario=SimpleNamespace(months=6)),
            snapshot=SimpleNamespace(regimes=regimes),
            structure=SimpleNamespace(countries=self.allies),
        )


def test_a_months_reference_is_the_survival_of_regimes_as_old_as_this_one_will_be():
    """Four regimes outlived seven months: they ended at 9, 10, 12 and 30 months of age."""
    found = past_survival(Allies(past(3, 9, 10, 12, 30)))["survival"]
    expected = [1.0, 3 / 4, 2 / 4, 2 / 4, 1 / 4, 1 / 4]
    np.testing.assert_allclose(found.isel(country=0), expected)
    assert np.isnan(found.isel(country=1)).all(), "no regime of a coup rules there"


def test_regimes_before_the_end_of_the_cold_war_and_ends_after_the_start_do_not_count():
    early = past(9, 10, 11, coup=BORN_FROM - 1)
    late = past(9, 30, coup=INIT - 20)
    both = pd.concat([early[early["country"] != "AAA"], late], ignore_index=True)
    found = past_survival(Allies(both))["survival"]
    np.testing.assert_allclose(found.isel(country=0), [1.0] + [1 / 2] * 5)
    assert ages(Allies(both), "regime") == {"AAA": SINCE}
