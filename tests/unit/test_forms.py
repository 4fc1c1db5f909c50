"""Structural alternatives: every form equally often, crossed with the others, read from a file."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.model.draws import set_numbers
from liptako.model.forms import ASSUMPTION_SETS, form_factors, form_numbers
from liptako.theatre import freeze
from liptako.theatre.loading import load_theatre
from liptako.theatre.registry import Registry

SETS = np.arange(ASSUMPTION_SETS)


@pytest.fixture(scope="module")
def registry(theatre_folder) -> Registry:
    return load_theatre(theatre_folder)[1]


@pytest.fixture
def mine(tmp_path: Path, theatre_folder: Path) -> Path:
    """A copy of the shipped theatre's files of judgement."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("theatre.toml", "params.toml", "menu.toml", freeze.LOCK):
        shutil.copy(theatre_folder / name, folder / name)
    return folder


def options(registry):
    return {name: tuple(form.options) for name, form in registry.forms.items()}


def test_each_form_has_its_share_of_the_sets_and_any_two_are_crossed(registry):
    """Within two sets of equal, and two and a half for pairs, of a hundred."""
    forms = options(registry)
    assert {name: len(names) for name, names in forms.items()} == {
        "cohort": 2, "coup_movers": 2, "ties": 2, "guarantees": 3, "pact": 2,
        "partner": 3, "drones": 3, "mobilisation": 3, "joint_operations": 3,
        "coastal_support": 3, "intelligence": 3, "civilian_protection": 3, "pursuit": 2,
        "recruitment": 2, "means": 2, "threats": 2, "deterrence": 3, "grievance": 2,
        "reshuffle": 3, "exits": 3, "convoys": 3, "relief": 2,
    }  # fmt: skip
    numbers = form_numbers(forms, SETS)
    assert list(numbers) == list(forms)
    for name, names in forms.items():
        times = np.bincount(numbers[name], minlength=len(names))
        assert len(times) == len(names)
        assert abs(times - ASSUMPTION_SETS / len(names)).max() <= 2, name
    for one, two in itertools.combinations(forms, 2):
        shape = len(forms[one]), len(forms[two])
        times = np.zeros(shape)
        np.add.at(times, (numbers[one], numbers[two]), 1)
        assert abs(times - ASSUMPTION_SETS / np.prod(shape)).max() < 2.5, (one, two)


def test_every_combination_of_as_many_forms_as_there_are_sets_for_comes_as_often(registry):
    forms = {name: options(registry)[name] for name in list(options(registry))[:5]}
    numbers = form_numbers(forms, SETS)
    combined = list(zip(*(numbers[name].tolist() for name in forms), strict=True))
    times = [combined.count(one) for one in set(combined)]
    assert len(times) == 2 * 2 * 2 * 3 * 2
    assert set(times) == {2, 3}


@pytest.mark.parametrize("sizes", [(2,), (3, 3), (2, 5), (10, 10), (4, 5, 5), (3, 2, 2, 2, 7)])
def test_forms_of_other_theatres_are_as_equal(sizes):
    numbers = form_numbers({str(place): size for place, size in enumerate(sizes)}, SETS)
    for place, size in enumerate(sizes):
        times = np.bincount(numbers[str(place)], minlength=size)
        assert len(times) == size
        assert abs(times - ASSUMPTION_SETS / size).max() <= 2
    assert form_numbers({}, SETS) == {}


def test_a_set_has_one_form_whatever_the_member(registry):
    members = np.array([7, 107, 907, 8, 2**30 + 7])
    sets = set_numbers(members)["judgement"]
    np.testing.assert_array_equal(sets[:3], 7)
    of_members = form_factors(registry, sets)
    of_sets = form_factors(registry, SETS)
    for path, factor in of_members.items():
        np.testing.assert_array_equal(factor, of_sets[path][sets], err_msg=path)
        assert len(set(factor[:3])) == 1, path


def test_factors_are_those_of_the_forms(registry):
    forms = options(registry)
    numbers, factors = form_numbers(forms, SETS), form_factors(registry, SETS)
    assert set(factors) == {
        "regime.cohort", "regime.losses", "regime.siege", "regime.frailty", "regime.contagion",
        "regime.guarantee", "alliance.markov", "violence.recruitment", "means.coups", "means.pay",
        "means.force", "ladders.step", "ladders.threat", "blocs.deterrence",
        "grievance.pay", "grievance.exposure", "grievance.posts", "territory.exits",
        "territory.exits_capital", "territory.convoys", "territory.relief_draws",
    }  # fmt: skip
    for name, form in registry.forms.items():
        expected = [form.options[forms[name][number]] for number in numbers[name]]
        for path in () if form.of_a_lever else form.acts:
            np.testing.assert_array_equal(factors[path], expected, err_msg=path)
    assert set(factors["regime.guarantee"]) == {-1.0, 0.0, 1.0}
    assert set(factors["alliance.markov"]) == {0.0, 1.0}


def test_at_the_middle_of_judgement_all_have_the_first_form(registry):
    for name, factor in form_factors(registry, SETS, varies=False).items():
        np.testing.assert_array_equal(factor, 0.0, err_msg=name)


FORM = """
[forms.extra]
question = "Which?"
acts = ["presence.need"]
options = { none = 0.0, some = 1.0 }
labels = { none = "none at all", some = "some of it" }
source = "s"
"""


def test_a_form_is_read_and_listed_with_judgement(mine):
    (mine / "params.toml").write_text((mine / "params.toml").read_text("utf-8") + FORM, "utf-8")
    registry = load_theatre(mine)[1]
    assert registry.forms["extra"].options == {"none": 0.0, "some": 1.0}
    assert registry.tables["forms.extra"] == {
        "acts": ["presence.need"], "options": {"none": 0.0, "some": 1.0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ('"presence.need"', '"presence.luck"', "forms.extra.acts", "no such parameter"),
        ('"presence.need"', '"regime.losses"', "forms.extra.acts", "forms.coup_movers acts on it"),
        ('"presence.need"', '"presence.need", "presence.need"', "forms.extra.acts", "twice"),
        ('some = "some of it"', 'much = "much of it"', "forms.extra", "one for each"),
        (', some = "some of it"', "", "forms.extra", "one for each"),
        (", some = 1.0", "", "forms.extra.options", "too few|too short"),
        ('acts = ["presence.need"]', "acts = []", "forms.extra.acts", "too few|too short"),
        ('source = "s"', 'colour = "red"', "forms.extra", "unknown key|missing"),
    ],
)
def test_a_wrong_form_is_refused_by_file_and_field(mine, old, new, field, said):
    assert old in FORM
    file = mine / "params.toml"
    file.write_text(file.read_text("utf-8") + FORM.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load_theatre(mine)
    assert caught.value.file == str(file)
    assert str(caught.value.field).startswith(field)


def test_the_lock_notices_a_changed_form(mine):
    file = mine / "params.toml"
    text = file.read_text("utf-8")
    assert freeze.check(load_theatre(mine)[1], mine).state == "as frozen"
    for old, new in (
        ("{ independent = 0.0, tied = 1.0 }", "{ independent = 0.0, tied = 0.5 }"),
        ('acts = ["regime.frailty", "regime.contagion"]', 'acts = ["regime.frailty"]'),
    ):
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), "utf-8")
        found = freeze.check(load_theatre(mine)[1], mine)
        assert (found.state, found.changed) == ("changed", ("forms.ties",))
    words = text.replace("Do regimes rise and fall together?", "Do they rise and fall together?")
    file.write_text(words, "utf-8")
    assert freeze.check(load_theatre(mine)[1], mine).state == "as frozen"


TABLES = """
[forms.extra]
question = "Which?"
acts = ["violence.published.posture"]
labels = { none = "none at all", helping = "some of it" }
source = "s"

[forms.extra.options]
none = {}
helping = { state_jnim = -0.3 }
"""


def test_a_form_may_set_what_a_lever_does_to_each_stream(mine):
    (mine / "params.toml").write_text((mine / "params.toml").read_text("utf-8") + TABLES, "utf-8")
    form = load_theatre(mine)[1].forms["extra"]
    assert form.of_a_lever
    assert form.options == {"none": {}, "helping": {"state_jnim": -0.3}}


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("published.posture", "published.luck", "forms.extra.acts", "no such parameter"),
        ("published.posture", "published.drones", "forms.extra.acts", "forms.drones acts on it"),
        ("state_jnim", "state_luck", "forms.extra.options.helping", "no such stream"),
        ("-0.3", "-1.3", "forms.extra.options.helping", "out of range"),
        ("none = {}", "none = 0.0", "forms.extra", "either factors"),
        ("none = {}", "none = { state_is = 0.1 }", "forms.extra", "sets nothing"),
        ('"violence.published.posture"', '"presence.need"', "forms.extra", "either factors"),
    ],
)
def test_a_form_that_cannot_be_set_is_refused_by_file_and_field(mine, old, new, field, said):
    assert old in TABLES
    file = mine / "params.toml"
    file.write_text(file.read_text("utf-8") + TABLES.replace(old, new, 1), "utf-8")
    with pytest.raises(InputError, match=said) as caught:
        load_theatre(mine)
    assert field in str(caught.value)


def test_every_lever_that_was_written_about_has_none_among_its_forms_and_a_source(registry):
    for name, form in registry.forms.items():
        if form.of_a_lever:
            assert next(iter(form.options.items())) == ("none", {}), name
            assert "Helping: " in form.source, name
            assert ("harming" in form.options) == ("Harming: " in form.source), name
