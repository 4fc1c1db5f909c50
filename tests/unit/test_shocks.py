"""Shocks of a policy: where and when they stand in the array, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.theatre.loading import load_scenario
from liptako.theatre.scenario import Policy, Scenario, Shock
from liptako.theatre.shocks import KINDS, resolve_shocks

HEAD = """
name = "mine"
title = "Mine"
theatre = "sahel"
init_time = "2023-12"
months = 12
[policies.baseline]
label = "As it is"
[policies.other]
label = "Other"
"""


def scenario(*happening: Shock) -> Scenario:
    return Scenario(
        name="a",
        title="A",
        theatre="sahel",
        init_time="2023-12",
        months=12,
        policies={"baseline": Policy(label="-"), "other": Policy(label="-", shock=[*happening])},
    )


def shock(kind: str = "coup", countries: str = "BFA", month: str = "2024-03") -> Shock:
    return Shock.model_validate({"kind": kind, "countries": countries.split(), "month": month})


def test_kinds_keep_their_order_because_arrays_do():
    assert KINDS == ("coup", "spoiler")


def test_without_shocks_all_is_zero(theatre):
    happens = resolve_shocks(theatre, scenario(), "baseline")
    assert happens.shape == (12, len(KINDS), len(theatre.countries))
    assert happens.dtype == np.float32
    assert not happens.any()


def test_a_shock_stands_in_its_month_kind_and_countries_only(theatre):
    first = shock("coup", "BFA", "2024-01")
    last = shock("spoiler", "MLI BEN", "2024-12")
    happens = resolve_shocks(theatre, scenario(first, last), "other")
    place = {iso: i for i, iso in enumerate(theatre.countries)}
    ones = {(0, 0, place["BFA"]), (11, 1, place["MLI"]), (11, 1, place["BEN"])}
    assert {tuple(map(int, at)) for at in np.argwhere(happens)} == ones
    assert set(np.unique(happens)) == {0.0, 1.0}
    assert not resolve_shocks(theatre, scenario(first, last), "baseline").any()


def test_the_same_shock_twice_is_one(theatre):
    happens = resolve_shocks(theatre, scenario(shock(), shock()), "other")
    assert happens.sum() == happens.max() == 1.0


@pytest.mark.parametrize(
    ("bad", "field", "allowed"),
    [
        (shock(countries="XXX"), "countries", "MLI"),
        (shock(countries="BFA BEN"), "countries", "MLI, BFA, NER"),
        (shock(month="2023-12"), "month", "2024-01 to 2024-12"),
        (shock(month="2025-01"), "month", "2024-01 to 2024-12"),
    ],
)
def test_what_cannot_happen_is_refused(theatre, bad, field, allowed):
    with pytest.raises(InputError) as caught:
        resolve_shocks(theatre, scenario(shock(), bad), "other", "mine.toml")
    assert (caught.value.file, caught.value.field) == (
        "mine.toml",
        f"policies.other.shock[1].{field}",
    )
    assert allowed in (caught.value.allowed or "")


def test_a_spoiler_may_happen_where_no_regime_is_simulated(theatre):
    assert resolve_shocks(theatre, scenario(shock("spoiler", "BEN")), "other").sum() == 1


def test_an_unknown_policy_is_refused(theatre):
    with pytest.raises(InputError, match="no such policy"):
        resolve_shocks(theatre, scenario(), "peace")


def loaded(tmp_path, text: str):
    file = tmp_path / "mine.toml"
    file.write_text(f"{HEAD}[[policies.other.shock]]\n{text}\n", encoding="utf-8")
    return load_scenario(file)


def test_a_scenario_file_may_have_shocks(tmp_path):
    found = loaded(tmp_path, 'kind = "coup"\ncountries = ["BFA"]\nmonth = "2024-03"')
    assert found.scenario.policies["other"].shock == [shock()]
    assert found.scenario.policies["baseline"].shock == []


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('kind = "flood"\ncountries = ["BFA"]\nmonth = "2024-03"', "kind"),
        ('kind = "coup"\ncountries = []\nmonth = "2024-03"', "countries"),
        ('kind = "coup"\ncountries = ["BFA"]\nmonth = "March"', "month"),
        ('kind = "coup"\ncountries = ["BFA"]\nmonth = "2026-03"', "month"),
        ('kind = "coup"\ncountries = ["SEN"]\nmonth = "2024-03"', "countries"),
    ],
)
def test_a_wrong_shock_in_a_file_is_refused_when_it_is_loaded(tmp_path, text, field):
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, text)
    assert (caught.value.field or "").startswith(f"policies.other.shock[0].{field}")
    assert (caught.value.file or "").endswith("mine.toml")
