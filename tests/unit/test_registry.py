"""The registry of parameters against the model that reads it."""

from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from liptako.errors import InputError
from liptako.model import params
from liptako.model.params import leaf_paths
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.loading import load_theatre
from liptako.theatre.registry import Registry
from liptako.theatre.validation import validate

JUDGEMENT = {
    "status": "judgement",
    "unit": "share",
    "meaning": "m",
    "acts_on": "a.b",
    "source": "s",
    "prior": {"dist": "uniform"},
    "range": [0.0, 1.0],
}


@pytest.fixture(scope="module")
def registry(theatre_folder) -> Registry:
    return load_theatre(theatre_folder)[1]


def check(**changes) -> Registry:
    row = {key: value for key, value in {**JUDGEMENT, **changes}.items() if value is not None}
    return validate(Registry, {"a": {"b": row}}, Path("params.toml"), inside="processes")


def test_every_leaf_of_the_model_has_one_row_and_every_row_a_leaf(registry):
    assert sorted(path for path, _ in registry.items()) == sorted(leaf_paths())


def test_the_axes_of_every_row_are_those_of_its_leaf(registry):
    for path, row in registry.items():
        process, name = path.split(".")
        leaf = get_type_hints(get_type_hints(params.Params)[process])[name]
        assert row.shape == leaf.dim_str.split(), path


def test_every_row_acts_on_a_function_of_the_model(registry):
    for path, row in registry.items():
        module, name = row.acts_on.split(".")
        process = import_module(f"liptako.model.processes.{module}")
        assert callable(getattr(process, name, None)), f"{path} acts on {row.acts_on}"


def test_estimates_name_a_file_of_the_theatre_or_a_fit_made_at_the_start(registry, theatre_folder):
    for path, row in registry.items():
        if row.posterior is not None:
            file, _, variable = row.posterior.partition("#")
            assert file == "start" or (theatre_folder / file).is_file(), path
            assert variable, path


def test_priors_lie_inside_their_ranges(registry):
    for path, row in registry.items():
        if row.prior is not None and row.range is not None:
            low, high = row.range
            assert low <= row.mean() <= high, path


def test_effects_of_levers_name_levers_and_streams_of_the_theatre(registry, theatre):
    effects = registry["violence.lever_effect"].value
    assert isinstance(effects, dict)
    without_role = {name for name, lever in theatre.levers.items() if lever.role is None}
    assert without_role <= set(effects) <= set(theatre.levers)
    for lever, streams in effects.items():
        assert set(streams) <= set(theatre.streams), lever


def test_tables_of_named_entries_name_what_is_in_the_theatre(registry, theatre):
    names = {
        "lever": theatre.levers, "stream": theatre.streams, "patron": theatre.patrons,
        "consequence": CONSEQUENCES, "act": theatre.menu,
    }  # fmt: skip
    tables = [(path, row) for path, row in registry.items() if isinstance(row.value, dict)]
    assert len(tables) >= 5
    for path, row in tables:
        level, axes = [row.value], []
        while isinstance(level[0], dict):
            axes.append({key for table in level for key in table})
            level = [inner for table in level for inner in table.values()]
        for axis, keys in zip(row.shape[-len(axes) :], axes, strict=True):
            assert keys <= set(names[axis]), path
        low, high = row.range
        assert all(low <= value <= high for value in level), path


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": "estimated"}, "names its posterior"),
        ({"range": None}, "has a range"),
        ({"prior": None}, "and a prior"),
        ({"status": "reference class", "prior": None}, "has a value or a prior"),
        ({"range": [1.0, 0.0]}, "lower end"),
        ({"source": None}, "missing"),
        ({"status": "guess"}, "not an allowed value"),
        ({"shape": ["planet"]}, "not an allowed value"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_incomplete_rows_are_refused_at_their_place_in_the_file(changes, problem):
    check()
    with pytest.raises(InputError, match=problem) as caught:
        check(**changes)
    assert str(caught.value.field).startswith("a.b")


@pytest.mark.parametrize(
    ("prior", "mean"),
    [
        ({"dist": "normal", "mean": 2.0, "sd": 1.0}, 2.0),
        ({"dist": "lognormal", "mean": 0.0, "sd": 2.0}, 7.38905609893065),
        ({"dist": "beta", "a": 3.0, "b": 1.0}, 0.75),
        ({"dist": "uniform", "low": 1.0, "high": 3.0}, 2.0),
    ],
)
def test_the_mean_of_a_prior_is_its_closed_form(prior, mean):
    assert check(prior=prior)["a.b"].mean() == pytest.approx(mean, rel=1e-12)


def test_the_level_dynamics_are_listed_as_the_shipped_fit_holds_them():
    """They are set, not fitted, and stand in two places: here they must be one."""
    from liptako.inference.level_fit import load_level_fit
    from liptako.theatre.loading import load_scenario

    loaded = load_scenario()
    shipped = load_level_fit(loaded.folder / "level.npz")
    for name in ("persistence", "transient", "correlation"):
        assert loaded.registry[f"shocks.{name}"].value == getattr(shipped, name)
