"""Sensitivity: a function whose indices are known, and runs in which it is known what decides."""

from __future__ import annotations

import json

import numpy as np
import pytest

import model_fixtures as mf
import reasons_fixtures as reasons
from liptako.errors import InputError
from liptako.experiments import sensitivity as module
from liptako.experiments import surrogate
from liptako.experiments.sensitivity import (
    form_shares,
    of_sets,
    sensitivity,
    sensitivity_tables,
    status_shares,
)
from liptako.experiments.surrogate import by_rank, explained, indices
from liptako.model.draws import set_numbers
from liptako.runs.arms import Arm
from liptako.runs.carried import carried_by, carried_of, varying, with_carried

MEMBERS = 2000


def ishigami(x: np.ndarray) -> np.ndarray:
    """Ishigami and Homma (1990), https://doi.org/10.1109/ISUMA.1990.151285."""
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def test_the_method_finds_the_indices_of_ishigami():
    """Known: first 0.314, 0.442, 0; total 0.558, 0.442, 0.244 (a = 7, b = 0.1)."""
    values = np.random.default_rng(1).uniform(-np.pi, np.pi, (300, 4))
    means = ishigami(values)
    assert explained(by_rank(values), means) > 0.8
    found = {row["input"]: row for row in indices(values, means, resamples=4)}
    for column, first, total in ((0, 0.314, 0.558), (1, 0.442, 0.442), (2, 0.0, 0.244)):
        row = found[column]
        assert row["first"] == pytest.approx(first, abs=0.06)
        assert row["total"] == pytest.approx(total, abs=0.06)
        assert row["first_lo"] <= row["first"] <= row["first_hi"]
        assert row["total_lo"] <= row["total"] <= row["total_hi"]
        assert row["given_data"] == pytest.approx(first, abs=0.15)
    assert found[3]["total"] < 0.02
    assert found[3]["morris"] < 0.3 < found[2]["morris"]


def test_a_surrogate_of_noise_explains_nothing_where_held_out():
    rng = np.random.default_rng(2)
    assert explained(by_rank(rng.uniform(size=(100, 40))), rng.normal(size=100)) < 0.15


def test_what_a_surrogate_was_fitted_on_does_not_judge_it(monkeypatch):
    """One that remembers every set it saw, and knows nothing else, explains nothing."""

    def remember(inputs: np.ndarray, means: np.ndarray) -> surrogate.Surrogate:
        known = dict(zip(map(float, inputs[:, 0]), means, strict=True))
        return surrogate.Surrogate(
            np.array([0]), lambda points: np.array([known.get(float(x), 0.0) for x in points[:, 0]])
        )

    monkeypatch.setattr(surrogate, "fit_surrogate", remember)
    rng = np.random.default_rng(8)
    assert explained(by_rank(rng.uniform(size=(100, 3))), rng.normal(size=100)) < 0.05


def test_parameters_are_picked_of_many():
    rng = np.random.default_rng(3)
    values = rng.uniform(size=(100, 60))
    means = values[:, 41] + 0.05 * rng.normal(size=100)
    found = indices(values, means, resamples=2)
    assert found[0]["input"] == 41
    assert found[0]["total"] > 0.9


def test_set_means_of_few_members_cannot_be_explained():
    """Two sets of three members, by hand: variance of means 0.5, of members 1, so 1 - 1/3 / 0.5."""
    values, sets = np.array([0.0, 1.0, 2.0, 1.0, 2.0, 3.0]), np.array([0, 0, 0, 1, 1, 1])
    means, possible, needed = of_sets(values, sets)
    assert means.tolist() == [1.0, 2.0]
    assert possible == pytest.approx(1.0 / 3.0)
    assert needed == pytest.approx(2 * 1.0 / (0.5 - 1.0 / 3.0))


@pytest.fixture(scope="module")
def run():
    return reasons.run_with_reasons()


@pytest.fixture(scope="module")
def found(run):
    return sensitivity(run, ["outside", "deaths"], resamples=3)


def test_what_decides_is_named(found):
    row = found.indices.iloc[0]
    assert (row["outcome"], row["status"], row["parameter"]) == (
        "outside",
        "judgement",
        "made.drive",
    )
    assert row["total"] > 0.8
    shares = found.shares[found.shares["outcome"] == "outside"].set_index("name")["share"]
    assert shares["judgement"] > 0.9
    assert shares["route"] < 0.1
    assert row["of_all"] == row["total"] * shares["judgement"]
    assert found.about["parameters"] == {"judgement": 12, "reference class": 10, "estimated": 10}


def test_no_index_where_too_little_is_explained(found, run, monkeypatch):
    fits = found.surrogates.set_index(["outcome", "status"])
    assert fits.loc[("outside", "judgement")]["printed"]
    printed = fits[fits["printed"]]
    assert (printed["explained"] >= 0.5).all()
    assert set(zip(found.indices["outcome"], found.indices["status"], strict=True)) <= set(
        printed.index
    )
    assert not fits.loc[("outside", "estimated")]["printed"]
    monkeypatch.setattr(module, "explained", lambda inputs, means: 0.499)
    nothing = sensitivity(run, ["outside"], resamples=2)
    assert nothing.indices.empty
    assert not nothing.surrogates["printed"].any()


def test_shares_of_forms_are_those_that_they_make():
    """Forms make 0.5 to 0.1, all else nothing: all of what assumptions make is theirs."""
    sets = set_numbers(np.arange(MEMBERS))
    rng = np.random.default_rng(4)
    came = (rng.uniform(size=MEMBERS) < np.where(sets["judgement"] % 2, 0.5, 0.1)).astype(float)
    forms = {"two": ["a", "b"], "other": ["a", "b"]}
    rows = {row["name"]: row for row in form_shares(came, sets, forms)}
    assert rows["two"]["share"] == pytest.approx(1.0, abs=0.25)
    assert rows["other"]["share"] < 0.05
    assert rows["two"]["lo"] > 0.5
    by_status = {row["name"]: row for row in status_shares(came, sets)}
    assert by_status["judgement"]["share"] > 0.85
    assert by_status["judgement"]["lo"] <= by_status["judgement"]["share"]


def test_an_outcome_and_its_opposite_are_looked_at_once():
    means = np.array([0.1, 0.5, 0.25, 0.25])
    assert module._shape(means) == module._shape(1.0 - means) != module._shape(means[::-1])


def test_a_summary_is_plain_and_says_what_was_not_indexed(found):
    said = found.summary()
    assert set(said["outcomes"]) == {"outside", "deaths"}
    assert set(said["outcomes"]["deaths"]) == {"shares", "surrogates", "indices"}
    json.dumps(said, default=float)


def test_tables_of_a_report(run, monkeypatch):
    monkeypatch.setattr(module, "FEW", 2)
    tables = sensitivity_tables(run)
    assert {"evidence", "assumptions"} == set(tables)
    assert tables["assumptions"]["of_all"].is_monotonic_decreasing
    assert set(tables["evidence"]["kind"]) == {"status", "alternative"}
    assert sensitivity_tables(run.drop_vars("assumed")) == {}
    assert sensitivity_tables(reasons.run_with_reasons(500)) == {}


def test_what_cannot_be_told_is_refused(run):
    with pytest.raises(InputError, match="too few"):
        sensitivity(reasons.run_with_reasons(500))
    with pytest.raises(InputError, match="keeps no parameters"):
        sensitivity(run.drop_vars("assumed"))
    with pytest.raises(InputError, match="no such outcome"):
        sensitivity(run, ["weather"])


# What members carry


def test_a_run_keeps_the_parameters_that_its_members_carry():
    """What is kept by set is what is drawn for each member, whatever multiplies it later."""
    prepared = mf.world().prepared
    found = carried_by(prepared, Arm())
    assert len(found.names) >= 20
    assert {"judgement", "reference class", "estimated"} >= set(found.status)
    members = np.array([0, 1, 117, 358, 1999])
    frame = found.of_members(members)
    drawn = varying(prepared.draw_params(prepared.loaded.scenario.seed, members))
    forms = prepared.loaded.registry.forms.values()
    moved = {path.rpartition(".")[0] if path.count(".") == 2 else path
             for form in forms for path in form.acts}  # fmt: skip
    same = [name for name in drawn if name.partition("[")[0] not in moved]
    assert len(same) >= 20
    for name in same:
        np.testing.assert_allclose(frame[name], drawn[name], rtol=1e-6, err_msg=name)


def test_without_judgement_nothing_of_it_is_kept():
    found = carried_by(mf.world().prepared, Arm(judgement=False))
    assert "judgement" not in found.status


def test_what_a_run_keeps_is_read_as_it_was(run):
    kept, again = reasons.carried(), carried_of(run)
    assert (kept.names, kept.status, kept.meaning) == (again.names, again.status, again.meaning)
    np.testing.assert_allclose(kept.values, again.values, atol=1e-6)
    chosen = kept.of_status("estimated")
    assert chosen.names == kept.names[21:31]
    np.testing.assert_array_equal(chosen.values, kept.values[:, 21:31])
    assert "assumed" in with_carried(run.drop_vars("assumed"), kept)
