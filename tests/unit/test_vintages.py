"""Which fit a scenario gets: never one that saw later months or was made for other parts."""

from __future__ import annotations

from dataclasses import replace

import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.inference import theatre_fit, vintages
from liptako.inference.theatre_fit import FIRST_INIT, fit_theatre
from liptako.theatre.loading import load_scenario
from liptako.theatre.registry import Registry


def test_a_start_before_anything_could_be_learned_is_refused():
    loaded = mf.loaded_scenario()
    with pytest.raises(InputError, match="too early") as raised:
        fit_theatre(loaded.theatre, loaded.registry, mf.world_snapshot(), FIRST_INIT - 1)
    assert raised.value.allowed == "1999-01 or later"


def changed(loaded, path, **update):
    process, name = path.split(".")
    processes = {key: dict(rows) for key, rows in loaded.registry.processes.items()}
    processes[process][name] = processes[process][name].model_copy(update=update)
    registry = loaded.registry.model_copy(update={"processes": processes})
    assert isinstance(registry, Registry)
    return replace(loaded, registry=registry)


def test_the_shipped_fit_serves_the_theatre_it_was_made_for():
    loaded = load_scenario("sahel-2024")
    assert vintages.shipped_fit(loaded) is not None
    assert vintages.shipped_fit(changed(loaded, "memory.half_life", value=[2.0, 8.0, 30.0])) is None
    countries = {"XXX": next(iter(loaded.theatre.countries.values())), **loaded.theatre.countries}
    other = loaded.theatre.model_copy(update={"countries": countries})
    assert vintages.shipped_fit(replace(loaded, theatre=other)) is None
    early = loaded.scenario.model_copy(update={"init_time": "2023-11"})
    assert vintages.shipped_fit(replace(loaded, scenario=early)) is None


def test_a_kept_fit_is_not_given_for_other_half_lives(tmp_path, monkeypatch):
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path))
    made = []

    def fit(theatre, registry, seen, init, settings):
        made.append(registry["memory.half_life"].value)
        return vintages.shipped_fit(load_scenario("sahel-2024")), None

    monkeypatch.setattr(theatre_fit, "fit_theatre", fit)
    loaded, snapshot = mf.loaded_scenario(), mf.world_snapshot()
    for value in ([2.0, 8.0, 36.0], [2.0, 8.0, 36.0], [2.0, 8.0, 30.0]):
        vintages.theatre_fit_for(changed(loaded, "memory.half_life", value=value), snapshot)
    assert made == [[2.0, 8.0, 36.0], [2.0, 8.0, 30.0]]
