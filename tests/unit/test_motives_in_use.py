"""What a simulation draws motives from: their prior, or a posterior that says more than none."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import motives_fixtures
import table_fixtures
from liptako.charts.lenses import lenses_chart
from liptako.errors import InputError
from liptako.exhibits import lenses as shown
from liptako.inference.motives import stored as files
from liptako.inference.motives.stored import drawn_of, motives_in_use, store, stored
from liptako.model.drawn import Drawn, put
from liptako.model.draws import set_numbers
from liptako.runs.cite import manifest, run_id_of
from liptako.theatre.loading import load_scenario
from liptako.words import lenses as words
from model_fixtures import loaded_scenario, plain_params, prepared_of, stack

STRUCTURE = prepared_of(loaded_scenario(politics=True)).structure
ACTS, HERE = STRUCTURE.menu.names, STRUCTURE.countries

DRAWS = {
    "countries": {HERE[1]: np.ones((2, 10)).tolist()},
    "readiness": {ACTS[0]: [-1.0, -2.0], ACTS[1]: [-3.0, -4.0]},
}


def test_draws_stand_where_they_are_numbers_and_by_set():
    weight, ready, precision = drawn_of(DRAWS, STRUCTURE)
    assert np.isnan(weight.values[:, 0]).all()
    assert (weight.values[:, 1] == 1.0).all()
    assert ready.values[:, :2].tolist() == [[-1.0, -3.0], [-2.0, -4.0]]
    assert np.isnan(ready.values[:, 2:]).all()
    assert precision.values.tolist() == [1.0, 1.0]
    with pytest.raises(InputError, match="no such name"):
        drawn_of({**DRAWS, "countries": {"XXX": []}}, STRUCTURE)


def test_put_replaces_by_set_of_judgement_and_leaves_what_is_no_number():
    members = np.array([0, 1, 5])
    params = stack(plain_params(STRUCTURE), len(members))
    old = np.asarray(params.motives.weight)
    values = np.full((3, *old.shape[1:]), np.nan)
    values[:, 0, 0] = [1.0, 2.0, 3.0]
    found = np.asarray(put(params, [Drawn("motives.weight", values)], members).motives.weight)
    sets = set_numbers(members)["judgement"] % 3
    assert found[:, 0, 0].tolist() == values[sets, 0, 0].tolist()
    assert (found[:, 1:] == old[:, 1:]).all()
    assert put(params, (), members) is params
    assert found.dtype == np.float32


def test_a_run_that_depends_on_the_posterior_has_another_name():
    prepared = prepared_of(loaded_scenario(politics=True))
    drawn = drawn_of(DRAWS, STRUCTURE)
    other = replace(prepared, motives=drawn)
    assert "motives" not in manifest(prepared, "baseline")
    assert run_id_of(other, "baseline") != run_id_of(prepared, "baseline")
    members = np.arange(3)
    before, after = (one.draw_params(1, members).motives.weight for one in (prepared, other))
    assert (np.asarray(after)[:, 1] == 1.0).all()
    assert (np.asarray(after)[:, 0] == np.asarray(before)[:, 0]).all()


@pytest.mark.parametrize(
    ("changed", "used"),
    [
        ({"motives_from": "prior"}, False),
        ({"motives_from": "posterior", "draws": DRAWS}, True),
        ({"motives_from": "posterior", "draws": DRAWS, "until": 529}, False),
    ],
)
def test_the_posterior_is_drawn_from_only_where_it_wins_and_is_no_later(tmp_path, changed, used):
    (tmp_path / files.FILE).write_text(json.dumps(motives_fixtures.content(**changed)))
    assert bool(motives_in_use(tmp_path, STRUCTURE, 528)) == used


def test_a_theatre_without_an_inference_draws_from_the_prior(tmp_path):
    assert motives_in_use(tmp_path, STRUCTURE, 528) == ()


def test_what_is_stored_comes_back_and_keeps_what_was_measured_apart(tmp_path):
    store({**motives_fixtures.content(), "calibration": {"passed": True}}, tmp_path)
    store({"seed": 2}, tmp_path)
    kept = stored(tmp_path)
    assert kept["calibration"] == {"passed": True}
    assert (kept["seed"], kept["until"]) == (2, 528)


@pytest.mark.parametrize("text", ["{", '{"format": 9}', '{"format": 1}', "[]"])
def test_a_damaged_file_is_refused_by_name(tmp_path, text):
    (tmp_path / files.FILE).write_text(text)
    with pytest.raises(InputError, match="lenses.json"):
        stored(tmp_path)


def test_the_shipped_inference_is_that_of_the_shipped_record():
    from liptako.experiments.lenses import case_of

    case, kept = case_of(), stored(load_scenario().folder)
    assert kept["fingerprint"] == case.fingerprint(), "run `liptako lenses --fresh --store`"
    assert kept["frozen"] == case.motives.digest()
    assert kept["panel"]["quarters"] == len(case.names.quarters) == 24
    gain = next(row for row in kept["predictive"] if row["model"] == "all lenses")
    wins = gain["beyond_none"] > gain["error"]
    assert kept["motives_from"] == ("posterior" if wins else "prior")
    assert kept["sampler"]["rhat"] < 1.01
    assert kept["sampler"]["divergent"] == 0


def test_tables_have_a_row_a_junta_and_family_and_sentences():
    tables = motives_fixtures.tables()
    assert len(tables["lenses"]) == 4
    grid = shown.shares_grid(tables["lenses"], table_fixtures.facts())
    assert grid.rows[0] == ["A land", "60 (50 to 70)", "40 (30 to 50)", "cannot be decided here"]
    assert grid.rows[1][-1] == "more consistent with idealistic"
    assert "draws motives from their prior" in grid.note
    first, second = tables["lenses_telling"]["sentence"]
    assert first.startswith("A land, 2022-06: Set a date, rather than: Set none. For idealistic")
    assert "in 7 quarters open and not taken: Leave" in second


def test_a_run_from_before_the_record_ends_shows_none(tmp_path):
    store(motives_fixtures.content(), tmp_path)
    assert set(shown.stored_tables(tmp_path, 528)) == {"lenses", "lenses_telling"}
    assert shown.stored_tables(tmp_path, 527) == {}


def test_the_picture_says_every_share_in_words():
    table = motives_fixtures.tables()["lenses"]
    chart = lenses_chart(table, init_month=528, source="")
    spec = chart.to_dict()
    assert (
        spec["usermeta"]["finding"]
        == "Decisions are more consistent with one lens in 1 of 2 juntas"
    )
    for row in table.to_dict("records"):
        assert f"{row['family']} {100 * row['mean']:.0f} in 100" in spec["description"]


def test_words_never_say_what_a_person_wanted():
    said = " ".join(words.say.values()).lower()
    for word in ("intends", "intended", "wanted", "wants", "desire"):
        assert word not in said
    assert "cannot be decided here" in said
    row = motives_fixtures.content()["juntas"]["first"]
    assert words.junta_sentence(row).endswith("it cannot be decided here.")
