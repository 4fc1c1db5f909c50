"""The record of the shipped theatre: what was open, and what options bring."""

from __future__ import annotations

import numpy as np
import pytest

from liptako import calendar
from liptako.experiments.lenses import case_of
from liptako.theatre.loading import load_scenario


@pytest.fixture(scope="module")
def case():
    return case_of()


def opened(case, act: str) -> np.ndarray:
    return np.asarray(case.record.open)[:, case.names.acts.index(act) + 1]


def test_lenses_pull_forks_the_way_that_is_written_down(case):
    for at, fork in enumerate(case.motives.forks.values()):
        for lens, sign in fork.predicts.items():
            pull = case.record.fork_effects[0, at, case.names.lenses.index(lens)]
            assert np.sign(np.round(pull, 9)) == sign, (fork.row, lens)


def test_utilities_are_those_of_the_simulation_under_the_lens_as_motives(case):
    worth = case.menu.effects @ case.names.weights.T
    np.testing.assert_allclose(case.record.effects[0, 1:], worth, rtol=1e-6, atol=1e-9)
    assert (case.record.effects[:, 0] == 0).all(), "to do nothing"


def test_each_lens_varies_as_much_over_the_menu(case):
    variance = case.record.effects.var(axis=1).mean(axis=0)
    np.testing.assert_allclose(variance, 1.0, rtol=1e-9)


def test_what_is_open_follows_from_what_is_dated(case):
    juntas = np.array(case.names.juntas)[case.record.junta]
    quarters = np.array([calendar.format_month(int(q)) for q in case.names.quarters])
    assert set(juntas[opened(case, "expel_americans")]) == {"niger"}
    assert not opened(case, "rejoin_bloc").any(), "none had left"
    assert opened(case, "leave_pact").tolist() == (quarters >= "2023-10").tolist()
    stands = opened(case, "extend_transition")
    assert stands[(juntas == "mali") & (quarters == "2021-07")].all()
    assert not stands[juntas == "niger"].any()
    first = (juntas == "mali") & (quarters == "2020-07")
    assert not opened(case, "deepen_pact")[first].any(), "no other junta ruled"


def test_what_was_done_was_open(case):
    assert np.asarray(case.record.open)[case.record.share > 0].all()
    assert np.asarray(case.record.open)[:, 0].all()


def test_situations_are_bounded_and_only_those_on_record(case):
    depth = load_scenario().registry.fixed("choices.depth")
    from liptako.theatre.consequences import Situation

    when = np.abs(np.asarray(case.menu.when))
    known = when[:, [Situation.STRAIN, Situation.DISPUTE]].sum(axis=1) * depth
    most = known @ np.abs(case.names.weights).T
    assert (np.abs(case.record.more[:, 1:]) <= most[None] + 1e-6).all()
    assert np.abs(case.record.more).max() > 0


@pytest.mark.parametrize("name", ["without joint decisions", "without killings by the army"])
def test_a_variant_without_some_decisions_has_less(case, name):
    said = case.variants[name].share[:, 1:].sum() + case.variants[name].fork_weight.sum()
    assert said < case.record.share[:, 1:].sum() + case.record.fork_weight.sum()


def test_killings_as_the_series_has_them_replace_the_rows(case):
    one = case.variants["killings as the series has them"]
    harsher = case.names.acts.index("target_harder") + 1
    marked = case.compared.set_index(["junta", "quarter"])["ratio"] >= 2.0
    for at, (junta, quarter) in enumerate(zip(case.record.junta, case.names.quarters, strict=True)):
        key = case.names.juntas[junta], int(quarter)
        assert (one.share[at, harsher] > 0) == bool(marked.loc[key]), key
    assert (one.share.sum(axis=1) <= 1 + 1e-9).all()


def test_a_new_code_changes_the_fingerprint(case):
    changed = case.record._replace(fork_effects=case.record.fork_effects + 0.01)
    assert type(case)(**{**vars(case), "record": changed}).fingerprint() != case.fingerprint()
