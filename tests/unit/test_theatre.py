"""The shipped theatre, and what theatre and scenario files may say."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from liptako import calendar
from liptako.errors import InputError
from liptako.theatre import levers
from liptako.theatre.loading import MAX_BYTES, load_scenario, read_toml, shipped_scenarios
from liptako.theatre.scenario import Policy, Scenario, Setting
from liptako.theatre.schema import Lever, Place, Theatre
from liptako.theatre.validation import allowed_at, validate

SCENARIO = """
name = "mine"
title = "Mine"
theatre = "sahel"
init_time = "2023-06"
months = 6
members = 8
[policies.baseline]
label = "As it is"
"""
IDS = {
    "countries": "MLI BFA NER BEN TGO GHA CIV SEN GIN GNB MRT NGA DZA",
    "streams": "state_jnim state_is state_separatist jnim_is militia_jihadist jnim_civilians "
    "is_civilians state_civilians militia_civilians",
    "levers": "civilian_protection posture mobilisation drones partner joint_operations "
    "coastal_support intelligence us_posture russia_capacity france_return europe_engagement "
    "backer ecowas_posture",
}


@pytest.fixture
def write(tmp_path):
    def written(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def refused(path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    return caught.value


@pytest.mark.parametrize("table", IDS)
def test_ids_never_change_because_they_key_the_random_numbers(theatre, table):
    found = {name: row.id for name, row in getattr(theatre, table).items()}
    known = {name: n for n, name in enumerate(IDS[table].split(), start=1)}
    assert {name: found.get(name) for name in known} == known


def test_roles_and_kinds_divide_countries_and_streams(theatre):
    roles = [theatre.by_role(role) for role in ("member", "littoral", "surroundings")]
    assert sorted(sum(roles, ())) == sorted(theatre.countries)
    assert theatre.by_role("member") == ("MLI", "BFA", "NER")
    kinds = [theatre.streams_of(kind) for kind in ("state_based", "non_state", "one_sided")]
    assert sorted(sum(kinds, ())) == sorted(theatre.streams)


def test_acts_of_armed_actors_name_the_law_that_bounds_them(theatre):
    assert {name for name, lever in theatre.levers.items() if not lever.civil} == {
        name for name, lever in theatre.levers.items() if lever.law
    }


@pytest.mark.parametrize("name", shipped_scenarios())
def test_shipped_scenarios_load_and_are_named_as_their_files(name):
    loaded = load_scenario(name)
    assert loaded.name == name
    assert loaded.file.stem == name
    assert (loaded.folder / "theatre.toml").is_file()


@pytest.mark.parametrize(
    ("table", "name", "field", "value"),
    [
        ("streams", "jnim_is", "id", 1),
        ("levers", "drones", "id", 2),
        ("countries", "NER", "id", 1),
        ("streams", "jnim_is", "sides", ["jnim", "nobody"]),
    ],
)
def test_clashing_ids_and_unknown_sides_are_refused(theatre, table, name, field, value):
    content = theatre.model_dump(mode="json")
    content[table][name][field] = value
    with pytest.raises(InputError, match=f"{table}"):
        validate(Theatre, content, Path("theatre.toml"))


def test_observed_countries_must_belong_to_the_theatre(theatre):
    content = theatre.model_dump(mode="json")
    content["observed"][0]["countries"].append("FRA")
    with pytest.raises(InputError, match=r"unknown countries \['FRA'\]"):
        validate(Theatre, content, Path("theatre.toml"))


@pytest.mark.parametrize(
    ("change", "field", "problem", "allowed"),
    [
        (("members", "memberz"), "memberz", "did you mean 'members'", "members, seed"),
        (("members = 8", 'members = "8"'), "members", "wrong type", "a whole number, 2 to 100000"),
        (("members = 8", "members = true"), "members", "wrong type", "a whole number, 2 to 100000"),
        (("members = 8", "members = 8.0"), "members", "wrong type", "a whole number, 2 to 100000"),
        (("members = 8", "members = nan"), "members", "wrong type", "a whole number"),
        (("members = 8", "members = 0"), "members", "out of range", "2 to 100000"),
        (("members = 8", "members = 1_000_000_000"), "members", "out of range", "2 to 100000"),
        (("months = 6", "months = 61"), "months", "out of range", "1 to 60"),
        (("2023-06", "2023-13"), "init_time", "not a month", "YYYY-MM"),
        (('"2023-06"', "2023-06-01"), "init_time", "not a month", "YYYY-MM"),
        (("2023-06", "1979-12"), "init_time", "before anything was observed", "or later"),
        (('title = "Mine"', ""), "title", "missing", "1 to 120 characters"),
        (('"Mine"', '""'), "title", "too short", "1 to 120 characters"),
        (('"mine"', '"My file"'), "name", "not an allowed value", "of the form"),
        (('"sahel"', '"atlantis"'), "theatre", "no such theatre", "sahel"),
        (("policies.baseline", "policies.other"), None, "baseline", None),
        (("label", "labels"), "policies.baseline", "missing (and 1 more)", None),
    ],
)
def test_a_wrong_scenario_is_refused_by_file_field_value_and_range(
    write, change, field, problem, allowed
):
    assert change[0] in SCENARIO
    path = write(SCENARIO.replace(*change))
    error = refused(path)
    assert error.file == str(path)
    assert problem in error.problem
    assert (error.field or "").startswith(field or "")
    assert (allowed or "") in (error.allowed or "")


@pytest.mark.parametrize(
    ("setting", "field", "value", "allowed"),
    [
        ("lever='tanks'\nvalue=1\nfirst='2023-07'", "lever", "tanks", "posture"),
        ("lever='posture'\nvalue=2\nfirst='2023-07'", "value", 2.0, "-1 to 1"),
        ("lever='posture'\nvalue=nan\nfirst='2023-07'", "value", None, "a number"),
        ("lever='posture'\nvalue='a'\nfirst='2023-07'", "value", "a", "a number"),
        ("lever='posture'\nvalue=1\nfirst='2023-06'", "first", "2023-06", "2023-07 to 2023-12"),
        ("lever='posture'\nvalue=1\nfirst='2024-01'", "first", "2024-01", "2023-07 to 2023-12"),
        ("lever='posture'\nvalue=1\nfirst='2023-09'\nlast='2023-08'", "last", "2023-08", "later"),
        (
            "lever='posture'\nvalue=1\nfirst='2023-07'\ncountries=['FRA']",
            "countries",
            "FRA",
            "MLI, BFA",
        ),
    ],
)
def test_a_wrong_policy_is_refused(write, setting, field, value, allowed):
    error = refused(write(f"{SCENARIO}[[policies.baseline.set]]\n{setting}\n"))
    assert error.field is not None
    assert error.field.startswith(f"policies.baseline.set[0].{field}")
    assert value is None or error.value == value
    assert allowed in str(error.allowed)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a = ", "not valid TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 100_000, "not valid TOML"),
        (b"a = 1" + b"0" * 5_000, "not valid TOML"),
        (b"#" * (MAX_BYTES + 1), "too large"),
        (b"a." * 5_000 + b"b = 1", "nested too deep"),
        (b"a = " + b"[" * 30 + b"]" * 30, "nested too deep"),
    ],
)
def test_what_is_not_a_small_toml_file_is_refused(tmp_path, content, problem):
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        read_toml(path)
    assert caught.value.file == str(path)


def test_a_byte_order_mark_is_passed_over(write):
    path = write(SCENARIO)
    expected = load_scenario(path).scenario
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_scenario(path).scenario == expected


@pytest.mark.parametrize("key", ["name", "title", "theatre"])
def test_a_name_of_5000_characters_is_refused(write, key):
    text = SCENARIO.splitlines()
    long = [f'{key} = "{"x" * 5_000}"' if row.startswith(f"{key} =") else row for row in text]
    assert long != text
    error = refused(write("\n".join(long)))
    assert error.field == key
    assert len(str(error)) < 1_000


def test_missing_files_folders_and_names_are_refused(tmp_path):
    assert refused(tmp_path / "none.toml").problem == "file not found"
    assert refused(tmp_path).problem == "a folder, not a file"
    os.mkfifo(tmp_path / "pipe.toml")
    assert "a pipe" in refused(tmp_path / "pipe.toml").problem
    assert "a device" in refused("/dev/zero").problem
    assert "no such scenario" in refused("x" * 5_000).problem
    assert "cannot be read" in refused("x" * 5_000 + ".toml").problem
    error = refused("atlantis")
    assert error.value == "atlantis"
    assert "sahel-2024" in str(error.allowed)


def test_a_theatre_beside_the_scenario_comes_before_a_shipped_one(write, tmp_path, theatre_folder):
    path = write(SCENARIO)
    assert load_scenario(path).folder == theatre_folder
    own = tmp_path / "sahel"
    own.mkdir()
    for name in ("theatre.toml", "params.toml"):
        (own / name).write_bytes((theatre_folder / name).read_bytes())
    assert load_scenario(path).folder == own


def scenario(*settings: Setting) -> Scenario:
    return Scenario(
        name="a",
        title="A",
        theatre="sahel",
        init_time="2023-12",
        months=12,
        policies={"baseline": Policy(label="-"), "other": Policy(label="-", set=list(settings))},
    )


def test_levers_left_alone_are_zero(theatre):
    values = levers.resolve(theatre, scenario(), "baseline")
    assert values.shape == (12, len(theatre.levers), len(theatre.countries))
    assert values.dtype == np.float32
    assert not values.any()


def test_a_setting_changes_its_months_lever_and_countries_only(theatre):
    setting = Setting(
        lever="posture", value=-0.5, countries=["NER"], first="2024-03", last="2024-05"
    )
    values = levers.resolve(theatre, scenario(setting), "other")
    lever = list(theatre.levers).index("posture")
    country = list(theatre.countries).index("NER")
    np.testing.assert_array_equal(values[:, lever, country], [0, 0, -0.5, -0.5, -0.5, *[0] * 7])
    values[:, lever, country] = 0
    assert not values.any()


def test_a_setting_counts_from_the_default_and_lasts_to_the_end(theatre):
    lever = theatre.levers["partner"].model_copy(update={"default": 0.25})
    changed = theatre.model_copy(update={"levers": {**theatre.levers, "partner": lever}})
    setting = Setting(lever="partner", value=1.0, first="2024-12")
    values = levers.resolve(changed, scenario(setting), "other")
    at = list(theatre.levers).index("partner")
    np.testing.assert_array_equal(values[-1, at], np.float32(0.75))
    assert not values[:-1].any()


def test_an_unknown_policy_is_refused(theatre):
    with pytest.raises(InputError, match="no such policy") as caught:
        levers.resolve(theatre, scenario(), "peace", "a.toml")
    assert (caught.value.file, caught.value.allowed) == ("a.toml", "baseline, other")


def test_allowed_values_are_told_in_words():
    assert allowed_at(Scenario, ("members",)) == "a whole number, 2 to 100000"
    assert allowed_at(Scenario, ("policies", "any", "set", 3, "value")) == "a number"
    assert allowed_at(Theatre, ("streams", "any", "sides")) == "a list of 2"
    assert allowed_at(Theatre, ("levers", "any", "civil")) == "true or false"
    assert allowed_at(Theatre, ("countries", "MLI", "role")) == (
        "one of member, littoral, surroundings"
    )
    assert allowed_at(Scenario, ("nothing",)) is None


def test_latitude_200_is_refused():
    with pytest.raises(InputError, match=re.escape("lat: out of range; received 200")):
        validate(Place, {"name": "A", "lat": 200, "lon": 0}, Path("a.toml"))


def test_observation_windows_are_months(theatre):
    for row in theatre.observed:
        assert calendar.format_month(row.first_month) == row.first
        assert row.first_month <= row.last_month


@pytest.mark.parametrize("default", [-0.1, 1.1])
def test_the_default_of_a_lever_lies_in_its_range(default):
    row = {"id": 1, "label": "Aid", "range": (0.0, 1.0), "civil": True}
    assert Lever.model_validate(row | {"default": 1.0}).default == 1.0
    with pytest.raises(ValueError, match="must lie in range"):
        Lever.model_validate(row | {"default": default})
