"""Ranking of policies by hand: regret, satisficing, the Pareto front, and who may not be ranked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.experiments.compare import Comparison, check_rankable
from liptako.experiments.ema import experiments_outcomes
from liptako.experiments.measured import Counted
from liptako.experiments.robustness import (
    LESS,
    better_of,
    pareto,
    ranking,
    regret,
    satisficing,
    set_means,
)
from liptako.outcomes.measures import OUTCOMES
from liptako.runs.start import Prepared
from liptako.theatre.scenario import Policy, Setting, Shock

MEMBERS = 1000


def table(**policies: list[tuple[float, float]]) -> pd.DataFrame:
    """Return set means by hand: for each policy a pair of outcomes in each set."""
    rows = [
        {"policy": name, "set": number, "deaths": one, "reached": other}
        for name, sets in policies.items()
        for number, (one, other) in enumerate(sets)
    ]
    return pd.DataFrame(rows).set_index(["policy", "set"])


MEANS = table(
    reference=[(0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)],
    good=[(4.0, 1.0), (2.0, 1.0), (1.0, 1.0), (-1.0, 1.0)],
    worse=[(-1.0, -1.0), (-1.0, -1.0), (-1.0, -1.0), (-1.0, -1.0)],
    trade=[(9.0, -2.0), (9.0, -2.0), (9.0, -2.0), (9.0, -2.0)],
)


def test_regret_is_the_shortfall_from_the_best_in_the_same_set():
    found = regret(MEANS).set_index(["policy", "outcome"])
    assert tuple(found.loc[("trade", "deaths")]) == (0.0, 0.0)
    assert tuple(found.loc[("good", "deaths")]) == ((5 + 7 + 8 + 10) / 4, 10.0)
    assert tuple(found.loc[("trade", "reached")]) == (3.0, 3.0)
    assert (found["most"] >= found["mean"]).all()
    assert (found["mean"] >= 0).all()


def test_satisficing_counts_sets_in_which_nothing_is_worse():
    assert dict(satisficing(MEANS)) == {"reference": 1.0, "good": 0.75, "worse": 0.0, "trade": 0.0}
    slack = satisficing(MEANS, {"deaths": 1.0, "reached": 1.0})
    assert dict(slack) == {"reference": 1.0, "good": 1.0, "worse": 1.0, "trade": 0.0}


def test_the_front_holds_whom_nobody_dominates():
    assert pareto(MEANS) == ["good", "trade"]
    assert pareto(MEANS[["deaths"]]) == ["trade"]
    same = table(one=[(0.0, 0.0)], other=[(0.0, 0.0)])
    assert pareto(same) == ["one", "other"], "equals do not dominate each other"


def made(members: int = MEMBERS, **effects: float) -> Comparison:
    """Return a comparison by hand: deaths and people reached differ by an effect."""
    world = mf.world()
    noise = np.random.default_rng(1).normal(size=members)
    values: dict[str, dict[str, np.ndarray]] = {}
    for name, effect in {"baseline": 0.0, **effects}.items():
        drawn = 10.0 + effect * (1.0 + 0.1 * noise)
        values[name] = {"deaths": drawn, "reached": -drawn}
    prepared = with_policies(world.prepared, {name: Policy(label=name) for name in values}, members)
    counted = {name: Counted(OUTCOMES[name], ()) for name in ("deaths", "reached")}
    prints = {name: name for name in values}
    return Comparison(prepared, tuple(values), counted, values, np.arange(members), prints)


def with_policies(
    prepared: Prepared, policies: dict[str, Policy], members: int = MEMBERS
) -> Prepared:
    changed = {"policies": policies, "members": members}
    scenario = prepared.loaded.scenario.model_copy(update=changed)
    return replace(prepared, loaded=replace(prepared.loaded, scenario=scenario))


BETTER: dict[str, Any] = {"deaths": "less", "reached": "more"}


def test_set_means_are_signed_so_that_more_is_better():
    means = set_means(made(saves=-2.0, kills=1.0), BETTER)
    by_policy = means.groupby(level="policy").mean()
    assert (means.loc["baseline"].to_numpy() == 0).all()
    assert by_policy.loc["saves", "deaths"] == pytest.approx(2.0, abs=0.05)
    assert by_policy.loc["saves", "reached"] == pytest.approx(2.0, abs=0.05)
    assert by_policy.loc["kills", "deaths"] == pytest.approx(-1.0, abs=0.05)


def test_ranking_puts_first_who_is_no_worse_in_most_sets():
    ranked = ranking(made(saves=-2.0, kills=1.0), BETTER).set_index("policy")
    assert list(ranked.index) == ["saves", "baseline", "kills"]
    assert ranked.loc["saves", "pareto"]
    assert ranked.loc["saves", "regret_deaths"] == 0.0
    assert ranked.loc["baseline", "regret_deaths"] == pytest.approx(2.0, abs=0.05)
    hardly = ranking(made(saves=-2.0, hardly=0.05), BETTER).set_index("policy")
    assert hardly.loc["hardly", "satisficing"] == 1.0, "half of a hundredth is no worse"


def test_acts_of_armed_actors_are_refused_with_the_reason():
    found = made(saves=-2.0, armed=-5.0)
    theatre = found.prepared.loaded.theatre
    (lever,) = [name for name, row in theatre.levers.items() if not row.civil][:1]
    first = Setting(lever=lever, value=1.0, first="2013-09")
    policies = dict(found.prepared.loaded.scenario.policies)
    policies["armed"] = Policy(label="armed", set=[first])
    found = replace(found, prepared=with_policies(found.prepared, policies))
    assert list(found.assumed) == ["armed"]
    with pytest.raises(InputError, match="assumption and never advice") as caught:
        ranking(found, BETTER)
    assert caught.value.field == "policies.armed"
    assert str(theatre.levers[lever].law) in str(caught.value.value)


def test_what_happens_whatever_is_set_is_no_policy_to_be_ranked():
    found = made(saves=-2.0, coup=-5.0)
    policies = dict(found.prepared.loaded.scenario.policies)
    shock = Shock(kind="coup", countries=["AAA"], month="2013-10")
    policies["coup"] = Policy(label="coup", shock=[shock])
    found = replace(found, prepared=with_policies(found.prepared, policies))
    assert found.assumed == {"coup": ("coup, AAA, 2013-10: happens",)}
    with pytest.raises(InputError, match="assumption and never advice") as caught:
        ranking(found, BETTER)
    assert caught.value.value == "coup, AAA, 2013-10: happens"


def test_too_few_members_are_not_ranked():
    found = made(400, saves=-2.0)
    with pytest.raises(InputError, match="too few to rank") as caught:
        check_rankable(found.prepared, found.policies)
    assert caught.value.value == 400


def test_which_way_is_better_is_said_but_for_harm():
    assert better_of(["deaths", "reached", "exits=more", "deaths:AAA"]) == {
        "deaths": "less", "reached": "more", "exits": "more", "deaths:AAA": "less",
    }  # fmt: skip
    assert set(LESS) <= set(OUTCOMES)
    for wrong in ("exits", "exits=good"):
        with pytest.raises(InputError, match="which way is better"):
            better_of([wrong])


# EMA Workbench


def drawing(found: Comparison, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Draw two parameters that differ from member to member."""

    def draw(self: Prepared, seed: int, members: np.ndarray, *, judgement: bool = True):
        stacked = mf.stack(mf.world().params, len(members))
        places = np.asarray(members, np.float32) / MEMBERS
        need = mf.jnp.asarray(0.1 + 0.5 * places)
        decay = mf.jnp.asarray(100.0 + 50.0 * (places * 7 % 1))
        return replace(
            stacked,
            presence=replace(stacked.presence, need=need),
            displacement=replace(stacked.displacement, distance_decay=decay),
        )

    monkeypatch.setattr(Prepared, "draw_params", draw)
    deaths = {
        name: {"deaths": 10 * np.arange(MEMBERS) / MEMBERS + (name == "saves")}
        for name in found.policies
    }
    counted = {"deaths": found.counted["deaths"]}
    return replace(found, values=deaths, counted=counted)


def test_experiments_and_outcomes_are_in_one_order(monkeypatch):
    found = drawing(made(saves=-2.0), monkeypatch)
    experiments, outcomes = experiments_outcomes(found)
    assert list(experiments.columns) == [
        "presence.need", "displacement.distance_decay", "policy", "scenario", "model",
    ]  # fmt: skip
    assert len(experiments) == len(outcomes["deaths"]) == 2 * MEMBERS
    assert list(experiments["policy"].unique()) == ["baseline", "saves"]
    both = experiments.assign(deaths=outcomes["deaths"])
    row = both[(both["policy"] == "saves") & (both["scenario"] == 500)].iloc[0]
    assert row["deaths"] == 6.0
    assert row["presence.need"] == pytest.approx(0.35)


@pytest.mark.filterwarnings("ignore")  # its own, of newer versions of what it stands on
def test_feature_scoring_and_prim_of_ema_workbench_run(monkeypatch):
    from ema_workbench import analysis

    experiments, outcomes = experiments_outcomes(drawing(made(saves=-2.0), monkeypatch))
    scores = analysis.feature_scoring.get_feature_scores_all(experiments, outcomes)
    ours = scores.loc[["presence.need", "displacement.distance_decay"], "deaths"]
    assert ours["presence.need"] > 5 * ours["displacement.distance_decay"]
    uncertain = experiments.drop(columns=["scenario", "model"])
    box = analysis.prim.Prim(uncertain, outcomes["deaths"] > 8.0, threshold=0.8).find_box()
    assert box.density > 0.8
    assert "presence.need" in box.qp[-1]
