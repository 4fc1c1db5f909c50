"""Choose the priors of the coup model by Laplace evidence on months before 2018.

    python scripts/choose_coup_settings.py SNAPSHOT_FOLDER ISO3=VIEWS_ID ISO3=VIEWS_ID ...

The evidence alone rises until both spreads are zero, the well-known fault of variance
components with few groups, so each candidate is weighed by its spreads (a gamma(2) prior with
rate near 0: Chung et al. 2013, doi:10.1007/s11336-013-9328-2). Prints the grid, best first.
The best is written by hand into `CoupSettings`.
"""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pandas as pd

from liptako.calendar import month_id
from liptako.data.snapshot import load_snapshot
from liptako.errors import InputError
from liptako.inference.past_cases.coup_panel import coup_panel
from liptako.inference.past_cases.coups import CoupSettings, fit_coups

LAST_MONTH = month_id(2017, 12)
COUNTRY_SDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0)
YEAR_SDS = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
PERSISTENCES = (0.0, 0.5, 0.7, 0.8, 0.9)


def choose(panel_before_2018: pd.DataFrame) -> tuple[CoupSettings, pd.DataFrame]:
    """Return the best settings and the grid with `log_evidence` and `criterion`, best first."""
    if panel_before_2018["month"].max() > LAST_MONTH:
        raise InputError("the panel reaches past 2017", field="panel", allowed="to 2017-12")
    grid = [
        CoupSettings(country_sd, year_sd, persistence)
        for country_sd, year_sd, persistence in itertools.product(
            COUNTRY_SDS, YEAR_SDS, PERSISTENCES
        )
    ]
    evidence = [fit_coups(panel_before_2018, settings).log_evidence for settings in grid]
    table = pd.DataFrame([vars(settings) for settings in grid]).assign(log_evidence=evidence)
    weight = np.log(table["country_sd"]) + np.log(table["year_sd"])
    table["criterion"] = table["log_evidence"] + weight
    best = grid[int(table["criterion"].to_numpy().argmax())]
    return best, table.sort_values("criterion", ascending=False, ignore_index=True)


if __name__ == "__main__":
    snapshot = load_snapshot(sys.argv[1]).until(LAST_MONTH)
    ids = {iso: int(number) for iso, number in (pair.split("=") for pair in sys.argv[2:])}
    panel = coup_panel(snapshot.coups, snapshot.country_months, snapshot.vdem, ids, LAST_MONTH)
    print(choose(panel)[1].to_string())
