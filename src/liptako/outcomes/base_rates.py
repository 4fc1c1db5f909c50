"""What the run says of politics, beside what past cases did."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.inference.past_cases.coup_panel import coup_panel
from liptako.inference.past_cases.exits import FORCED, NEGOTIATED, camp_end_mode, home
from liptako.inference.past_cases.pacts import Share, milestones, wilson
from liptako.model.codes import Exit, Stage
from liptako.model.posterior import set_numbers
from liptako.outcomes.counted import Outcomes
from liptako.outcomes.disputes import GROUPS
from liptako.outcomes.endings import outcomes_of
from liptako.outcomes.ranges import over_sets
from liptako.runs.run import Run

HORIZON = 36
"""Months ahead at which model and past cases are compared."""

AFTER_COUPS = (
    "After {clock} quiet months since a coup or attempt, countries of the panel since 1985"
)

NEIGHBOURS = {
    "incident": "Display of force between two neighbours in a year",
    "clash": "Use of force between two neighbours in a year",
}
"""Rungs, or beyond, whose yearly rate stands beside that of past disputes; of wars, too few."""

ATTEMPTS = (Exit.COUP_OTHER_CAMP, Exit.COUP_SAME_CAMP, Exit.MUTINY)


def base_rates(run: Run, upper_rungs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return, for every political quantity, the model's chance beside that of past cases.

    Args:
        run: of a theatre with an alliance.
        upper_rungs: from `liptako.outcomes.disputes`, where the theatre has ladders.

    Returns:
        Columns `quantity`, `unit`, `q05`, `q50`, `q95` (the chance over draws of the parameters;
        the middle one is the mean), `reference` with `reference_lo` and `reference_hi` (90%), `n`
        (cases) and `source`.
    """
    outcomes, init = outcomes_of(run.dataset), run.prepared.loaded.scenario.init_month
    theatre = run.prepared.loaded.theatre
    months = min(HORIZON, outcomes.stage.shape[1])
    names = {iso: row.name for iso, row in theatre.countries.items()}
    members = run.dataset["member"].to_numpy()
    rows = []
    if theatre.coup_panel:
        snapshot = run.prepared.snapshot
        tables = snapshot.coups, snapshot.country_months, snapshot.vdem
        panel = coup_panel(*tables, theatre.coup_panel, snapshot.last_month)
        clocks = np.asarray(run.prepared.state.regime.coup_clock)
        for column, country in enumerate(outcomes.countries):
            clock = round(float(clocks[run.prepared.structure.countries.index(country)]))
            happens = np.any(np.isin(outcomes.exits[:, :months, column], ATTEMPTS), axis=1)
            label = f"Coup or attempt in {names[country]} within {months} months"
            source = AFTER_COUPS.format(clock=clock)
            rows.append(_row(members, label, happens, _after_coups(panel, clock, months), source))
        rows.append(_same_camp(run, outcomes, months))
    rows += _camps(run, outcomes, months)
    age = init - _signed(run)
    pacts = milestones(run.prepared.snapshot.pacts, init, idle_until=age, by=age + months)
    operational = _reached(outcomes, Stage.OPERATIONAL, months)
    gone = (outcomes.stage[:, :months] == Stage.DISSOLVED).any(axis=1)
    gone |= outcomes.left[:, months - 1].any(axis=1)
    source = "past pacts idle at the same age"
    rows.append(_row(members, f"First joint operation within {months} months", operational,
                     pacts.operational, source))  # fmt: skip
    rows.append(_row(members, f"Pact ended or a member gone within {months} months", gone,
                     pacts.broken, source))  # fmt: skip
    rows += [] if upper_rungs is None else _disputes(upper_rungs)
    return pd.DataFrame([row for row in rows if row is not None])


def _row(
    members: np.ndarray, quantity: str, happens: np.ndarray, past: Share, source: str
) -> dict[str, object]:
    found = over_sets(happens.astype(float), set_numbers(members))
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


def _camps(run: Run, outcomes: Outcomes, months: int) -> list[dict[str, object]]:
    """Return how juntas end, coups apart, beside past camps of the region from their birth."""
    init, juntas = run.prepared.loaded.scenario.init_month, run.prepared.snapshot.juntas
    camps = juntas[home(juntas)]
    ended = camps["camp_end"] - camps["coup"] <= months
    followed = camps[ended | (camps["coup"] + months <= init)]
    mode, soon = camp_end_mode(followed), ended[followed.index]
    rows = []
    for label, modes, kinds in (
        ("A junta hands over by election or deal", NEGOTIATED, (Exit.NEGOTIATED,)),
        ("A junta ends by force, coups apart", FORCED, (Exit.REBELLION, Exit.CAPITAL_FALLS)),
    ):
        share = np.isin(outcomes.exits[:, :months], kinds).any(axis=1).mean(axis=1)
        past = wilson(int((soon & mode.isin(modes)).sum()), len(followed))
        quantity = f"{label} within {months} months"
        source = "Camps of the region from their birth, since 1985"
        members = run.dataset["member"].to_numpy()
        rows.append(_row(members, quantity, share, past, source) | {"unit": "share of juntas"})
    return rows


def _disputes(upper_rungs: pd.DataFrame) -> list[dict[str, object]]:
    """Return how often pairs come to blows in a year, beside the record."""
    every = upper_rungs[upper_rungs["group"] == GROUPS[-1]].set_index("rung")
    rows = []
    for rung, label in NEIGHBOURS.items():
        row = every.loc[rung]
        known = bool(row["dyad_years"] > 0)
        rows.append(
            {"quantity": label, "unit": "disputes a year, a pair",
             "q05": row["lo"], "q50": row["rate"], "q95": row["hi"],
             **{name: row[name] if known else np.nan
                for name in ("reference", "reference_lo", "reference_hi", "n")},
             "source": row["source"] if known else ""}
        )  # fmt: skip
    return rows


def _signed(run: Run) -> int:
    alliance = run.prepared.loaded.theatre.alliance
    return run.prepared.loaded.scenario.init_month if alliance is None else alliance.signed_month


def _reached(outcomes: Outcomes, stage: Stage, months: int) -> np.ndarray:
    inside = (outcomes.stage[:, :months] >= stage) & (outcomes.stage[:, :months] < Stage.DISSOLVED)
    return np.any(inside, axis=1)


def _after_coups(panel: pd.DataFrame, clock: int, months: int) -> Share:
    """Return how often a coup or attempt came in so many months, after a quiet time since one.

    The quiet time is the country's own, so that past cases start where it stands.
    """
    events = panel[panel["event"] == 1]
    last = panel["month"].max()
    followed = []
    for _, mine in events.groupby("country")["month"]:
        for month in mine.to_numpy():
            since = mine.to_numpy() - month
            if month + clock + months > last or ((since >= 1) & (since <= clock)).any():
                continue
            followed.append(((since > clock) & (since <= clock + months)).any())
    return wilson(int(sum(followed)), len(followed))


def _same_camp(run: Run, outcomes: Outcomes, months: int) -> dict | None:
    """Return which share of a future's successful coups comes from the junta's own officers."""
    exits = outcomes.exits[:, :months]
    own = (exits == Exit.COUP_SAME_CAMP).sum(axis=(1, 2))
    every = own + (exits == Exit.COUP_OTHER_CAMP).sum(axis=(1, 2))
    if not every.any():
        return None
    a, b = run.prepared.politics.shares["regime.same_camp"]
    past = wilson(round(a - 0.5), round(a + b - 1.0))
    share = own[every > 0] / every[every > 0]
    source = "Coups against juntas of the region since 1985"
    label = "Successful coups that come from the junta's own officers"
    members = run.dataset["member"].to_numpy()[every > 0]
    return _row(members, label, share, past, source) | {"unit": "share of coups"}
