"""Past pacts left out: chances in closed form, cases and scores by hand, planted rates."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from liptako.cli import verify_text
from liptako.errors import InputError
from liptako.inference.past_cases.pacts import StageFit, fit_stages
from liptako.inference.past_cases.rates import Beta, Gamma
from liptako.runs.pact_courses import EVENTS
from liptako.verification.politics.pact_cases import (
    HORIZONS,
    chance,
    left_out_cases,
    score_cases,
)
from pact_fixtures import pacts

LAST = 200
SURE = 1e6
"""Months at risk that leave nothing of a posterior's spread."""


def rates(operation: float, end: float, leave: float, follow: float) -> StageFit:
    each = [Gamma(rate * SURE, SURE) for rate in (operation, end, leave)]
    after = Beta(max(follow * SURE, 1e-3), max((1 - follow) * SURE, 1e-3))
    return StageFit(Gamma(1.0, 1.0), each[0], Gamma(1.0, 1.0), each[1], each[2], after, 1, 1.0)


def by_steps(fit: StageFit, event: str, months: int, parts: int = 200) -> float:
    """The same chance with small steps of time, state by state."""
    begin, end, leave = (rate.mean / parts for rate in (fit.operational, fit.end, fit.exit))
    follow = fit.follow.mean
    whole, less, came, ended, left = 1.0, 0.0, 0.0, 0.0, 0.0
    idle_whole, idle_less = 1.0, 0.0
    for _ in range(months * parts):
        came += begin * (idle_whole + idle_less)
        ended += end * (whole + less) + leave * follow * whole
        left += leave * whole
        idle_less += leave * (1 - follow) * idle_whole - (end + begin) * idle_less
        idle_whole -= (begin + end + leave) * idle_whole
        less += leave * (1 - follow) * whole - end * less
        whole -= (end + leave) * whole
    return {"operation": came, "end": ended, "exit": left}[event]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("months", HORIZONS)
@pytest.mark.parametrize("follow", [0.0, 0.4, 1.0])
def test_chances_are_those_of_small_steps(event, months, follow):
    fit = rates(0.02, 0.006, 0.01, follow)
    assert chance(fit, event, months) == pytest.approx(by_steps(fit, event, months), abs=2e-3)


def test_one_rate_alone_is_exponential():
    fit = rates(0.02, 1e-9, 1e-9, 0.5)
    assert chance(fit, "operation", 36) == pytest.approx(1 - np.exp(-0.72), abs=2e-3)
    with pytest.raises(InputError, match="no such event"):
        chance(fit, "merger", 12)


PACTS = pacts(
    charter={"consultative": 10},
    force={"first_operation": 6},
    soon={"first_operation": 2},
    before={"first_operation": -1},
    short={"end": 20, "first_exit": 15},
    merged={"end": 30, "end_mode": "absorbed"},
    unknown={"first_exit": "unknown"},
    late={"first_operation": 90},
)


def of(cases: pd.DataFrame, age: int, event: str, months: int) -> pd.DataFrame:
    """Return the cases of one event, by pact."""
    mine = (cases["age"] == age) & (cases["event"] == event) & (cases["months"] == months)
    return cases[mine].set_index("pact")


def test_cases_by_hand():
    cases = left_out_cases(PACTS, LAST)
    works = of(cases, 0, "operation", 12)["happened"]
    assert works.to_dict() == {
        "charter": 0, "force": 1, "soon": 1, "short": 0, "merged": 0, "late": 0,
    }  # fmt: skip
    assert of(cases, 3, "operation", 12)["happened"].to_dict() == {
        "charter": 0, "force": 1, "short": 0, "merged": 0, "late": 0,
    }  # fmt: skip
    assert of(cases, 0, "end", 24)["happened"]["short"] == 1
    assert of(cases, 0, "end", 36)["happened"].sum() == 1  # being absorbed is no failure
    assert of(cases, 0, "exit", 12)["happened"].sum() == 0
    assert of(cases, 3, "exit", 12)["happened"]["short"] == 1  # month 15 is within 3 + 12
    # of the five others two worked by month 12: charter is told (2 + 1/2) / (5 + 1)
    assert of(cases, 0, "operation", 12).loc["charter", "constant"] == pytest.approx(2.5 / 6)
    assert of(cases, 0, "operation", 12).loc["force", "constant"] == pytest.approx(1.5 / 6)


def test_a_pact_is_forecast_without_itself_and_its_treaty():
    cases = left_out_cases(PACTS, LAST)
    without = PACTS[PACTS["pact"] != "force"]
    expected = chance(fit_stages(without, LAST), "operation", 24)
    assert of(cases, 0, "operation", 24).loc["force", "markov"] == expected
    nested = [["force", "soon"]]
    cases = left_out_cases(PACTS, LAST, nested)
    without = without[without["pact"] != "soon"]
    expected = chance(fit_stages(without, LAST), "operation", 24)
    assert of(cases, 0, "operation", 24).loc["force", "markov"] == expected
    # of charter, short, merged and late none worked
    assert of(cases, 0, "operation", 12).loc["force", "constant"] == pytest.approx(0.5 / 5)
    # of the others one of four and a nested pair that shares one weight
    assert of(cases, 0, "operation", 12).loc["late", "constant"] == pytest.approx(1.5 / 5)


def test_pacts_not_followed_so_long_are_left_out():
    cases = left_out_cases(PACTS, 115)
    assert set(of(cases, 0, "operation", 24).index) == {"force", "soon"}
    assert set(of(cases, 0, "exit", 24).index) == {"short"}


def test_scores_by_hand():
    cases = left_out_cases(PACTS, LAST)
    mine = cases[(cases["age"] == 3) & (cases["event"] == "operation") & (cases["months"] == 12)]
    mine = mine.assign(markov=[0.5, 0.8, 0.5, 0.5, 0.5], constant=0.5)
    row = score_cases(mine).iloc[0]
    assert (row["n"], row["happened"], row["expected"]) == (5, 1, pytest.approx(2.8))
    assert row["log_score_constant"] == pytest.approx(np.log(2))
    assert row["log_score_markov"] == pytest.approx((4 * np.log(2) - np.log(0.8)) / 5)
    assert row["brier_gap"] == pytest.approx((0.04 - 0.25) / 5)
    assert row["log_score_lo"] <= row["log_score_gap"] <= row["log_score_hi"] <= 0.0
    pair = score_cases(mine, [["charter", "short", "merged", "late"]]).iloc[0]
    assert pair["brier_gap"] == pytest.approx((0.04 - 0.25) / 2)


def test_true_rates_beat_a_constant_that_forgets_the_horizon():
    """Planted rates: the forecast of many pacts comes near the share that had the event."""
    rng = np.random.default_rng(3)
    rows = {f"p{i}": {"first_operation": int(m)} for i, m in enumerate(rng.geometric(0.03, 60))}
    cases = left_out_cases(pacts(**rows), 100_000)
    for months in HORIZONS:
        mine = cases[(cases["age"] == 0) & (cases["event"] == "operation")]
        mine = mine[mine["months"] == months]
        p, share = mine["markov"].mean(), mine["happened"].mean()
        assert abs(p - share) < 3.0 * np.sqrt(share * (1 - share) / len(mine)) + 0.02


def test_one_treaty_teaches_nothing():
    with pytest.raises(InputError, match="nothing to learn"):
        left_out_cases(PACTS[:1], LAST)


def test_nothing_after_the_last_month_changes_a_case():
    later = PACTS.copy()
    late = later["first_operation"] > 150
    later["first_operation"] = later["first_operation"].where(~late, 199.0)
    assert left_out_cases(later, 150).equals(left_out_cases(PACTS, 150))


def test_the_past_pacts_of_the_theatre(snapshot, theatre):
    nested = theatre.alliance.nested
    table = score_cases(left_out_cases(snapshot.pacts, 528, nested), nested)
    found = table.set_index(["age", "event", "months"])
    assert found.loc[(3, "operation", 36), ["n", "happened"]].tolist() == [20, 5]
    assert found.loc[(3, "exit", 36), ["n", "happened"]].tolist() == [20, 2]
    assert len(found) == 18
    assert (found["log_score_lo"] <= found["log_score_gap"]).all()
    assert (found["log_score_gap"] <= found["log_score_hi"]).all()


def test_the_terminal_shows_every_case_and_fits_80_columns(snapshot, theatre):
    console = Console(width=80, record=True, file=io.StringIO())
    nested = theatre.alliance.nested
    rows = score_cases(left_out_cases(snapshot.pacts, 528, nested), nested).to_dict("records")
    verify_text._show_left_out(rows, console)
    text = console.export_text()
    assert "3    first operation 12     20    4    2.6      -0.02 (-0.07 to +0.05)" in text
    assert text.count(" to +") + text.count(" to -") == 18
