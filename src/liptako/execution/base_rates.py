"""What the model says of politics before it has seen any, beside what past cases did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.execution.endings import outcomes_of
from liptako.execution.outlook import Run
from liptako.execution.sets import over_sets
from liptako.inference.coup_fit import coup_panel
from liptako.inference.pact_fit import Share, milestones, wilson
from liptako.model.outcomes import Exit, Outcomes, Stage
from liptako.model.posterior import set_numbers
from liptako.model.simulate import YEAR

HORIZON = 36
"""Months ahead at which model and past cases are compared."""

AFTER_COUPS = "From a year after a coup or attempt, UN West Africa since 1985: Powell & Thyne"

ATTEMPTS = (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)


def base_rates(run: Run) -> pd.DataFrame:
    """Return, for every political quantity, the model's chance beside that of past cases.

    Returns:
        Columns `quantity`, `unit`, `q05`, `q50`, `q95` (the model's chance over draws of its
        parameters), `reference` with `reference_lo` and `reference_hi` (90%), `n` (cases) and
        `source`.
    """
    outcomes, init = outcomes_of(run.dataset), run.prepared.loaded.scenario.init_month
    months = min(HORIZON, outcomes.stage.shape[1])
    names = {iso: row.name for iso, row in run.prepared.loaded.theatre.countries.items()}
    rows = []
    past = _after_coups(run, months)
    for column, country in enumerate(outcomes.countries):
        happens = np.isin(outcomes.exits[:, :months, column], ATTEMPTS).any(axis=1)
        label = f"Coup or attempt in {names[country]} within {months} months"
        rows.append(_row(run, label, happens, past, AFTER_COUPS))
    rows.append(_same_camp(run, outcomes, months))
    age = init - _signed(run)
    pacts = milestones(run.prepared.snapshot.pacts, init, idle_until=age, by=age + months)
    operational = _reached(outcomes, Stage.OPERATIONAL, months)
    gone = (outcomes.stage[:, :months] == Stage.DISSOLVED).any(axis=1)
    gone |= outcomes.left[:, months - 1].any(axis=1)
    source = "African pacts idle at the same age"
    rows.append(_row(run, f"First joint operation within {months} months", operational,
                     pacts.operational, source))  # fmt: skip
    rows.append(_row(run, f"Pact ended or a member gone within {months} months", gone,
                     pacts.broken, source))  # fmt: skip
    return pd.DataFrame(rows)


def _row(run: Run, quantity: str, happens: np.ndarray, past: Share, source: str) -> dict:
    groups = set_numbers(run.dataset["member"].to_numpy())
    found = over_sets(happens.astype(float), groups)
    return {
        "quantity": quantity,
        "unit": "share of futures",
        "q05": found.lo,
        "q50": found.mean,
        "q95": found.hi,
        "reference": past.estimate,
        "reference_lo": past.lo,
        "reference_hi": past.hi,
        "n": past.n,
        "source": source,
    }


def _signed(run: Run) -> int:
    alliance = run.prepared.loaded.theatre.alliance
    return run.prepared.loaded.scenario.init_month if alliance is None else alliance.signed_month


def _reached(outcomes: Outcomes, stage: Stage, months: int) -> np.ndarray:
    inside = (outcomes.stage[:, :months] >= stage) & (outcomes.stage[:, :months] < Stage.DISSOLVED)
    return inside.any(axis=1)


def _after_coups(run: Run, months: int) -> Share:
    """Return how often a coup or attempt followed, from a year after one, in so many months."""
    snapshot, theatre = run.prepared.snapshot, run.prepared.loaded.theatre
    tables = snapshot.coups, snapshot.country_months, snapshot.vdem
    panel = coup_panel(*tables, theatre.coup_panel, snapshot.last_month)
    events = panel[panel["event"] == 1]
    begun = events[events["month"] + YEAR + months <= snapshot.last_month]
    followed = [
        ((events["country"] == row.country) & (events["month"] - row.month).between(
            YEAR + 1, YEAR + months)).any()
        for row in begun.itertuples()
    ]  # fmt: skip
    return wilson(sum(followed), len(followed))


def _same_camp(run: Run, outcomes: Outcomes, months: int) -> dict:
    """Return how often a first successful coup comes from the junta's own officers."""
    exits = outcomes.exits[:, :months]
    own = (exits == Exit.COUP_SAME_CAMP).any(axis=(1, 2))
    a, b = run.prepared.politics.shares["regime.same_camp"]
    n = round(a + b - 1.0)
    past = wilson(round(a - 0.5), n)
    any_success = own | (exits == Exit.COUP_OTHER_CAMP).any(axis=(1, 2))
    groups = set_numbers(run.dataset["member"].to_numpy()[any_success])
    found = over_sets(own[any_success].astype(float), groups)
    return {
        "quantity": "A coup by the junta's own officers, where one succeeds",
        "unit": "share of futures with a coup",
        "q05": found.lo,
        "q50": found.mean,
        "q95": found.hi,
        "reference": past.estimate,
        "reference_lo": past.lo,
        "reference_hi": past.hi,
        "n": past.n,
        "source": "Coups against West African juntas since 1985",
    }
