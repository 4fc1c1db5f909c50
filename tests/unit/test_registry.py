"""The registry of parameters against the model that reads it."""

from dataclasses import fields
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

import model_fixtures as mf
from liptako.errors import InputError
from liptako.model import draws
from liptako.model.params import VARIANCE, leaf_paths
from liptako.model.structure import Layout, layout_of
from liptako.theatre.consequences import CONSEQUENCES
from liptako.theatre.loading import load_theatre, read_toml
from liptako.theatre.registry import STATIC, Forms, Registry
from liptako.theatre.validation import validate

SKERRIES = "theatres/skerries/params.toml"

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
    carried = [path for path, _ in registry.items() if path.split(".")[0] not in STATIC]
    variances = {path for path in leaf_paths() if path.endswith(VARIANCE)}
    assert sorted(carried) == sorted(set(leaf_paths()) - variances)
    for path in variances:
        row = registry[path.removesuffix(VARIANCE)]
        assert row.prior is not None, path
        assert row.prior.dist == "normal", f"{path}: what there is no view of has a normal prior"
        assert row.shape == mf.axes_of(path), path


def test_rows_that_no_member_carries_are_those_that_layout_and_draws_read(registry):
    static = {path for path, _ in registry.items() if path.split(".")[0] in STATIC}
    read = {f"structure.{field.name}" for field in fields(Layout)} | set(draws.READS)
    assert static == read
    assert layout_of(registry) == Layout(150.0, 0.5)
    assert not static & set(leaf_paths())


@pytest.mark.parametrize(
    "changes", [{"shape": ["stream"]}, {"value": None}, {"value": [0.5]}, {"value": {"a": 0.5}}]
)
def test_a_row_that_no_member_carries_has_one_fixed_value(changes):
    row = {**JUDGEMENT, "value": 0.5, **changes}
    content = {"structure": {"b": row}}
    with pytest.raises(InputError, match="one fixed value"):
        validate(Registry, content, Path("params.toml"), inside="processes")


def test_every_theatre_says_the_same_of_a_parameter(registry, theatre_folder):
    """Shape, status, unit, meaning and place belong to the model: no theatre may word them anew."""
    templates = Path(str(files("liptako.theatre"))) / "templates"
    others = (templates / "params.toml", Path(__file__).parents[1] / SKERRIES)
    said = {"shape", "status", "unit", "meaning", "acts_on"}
    for file in others:
        rows = read_toml(file)
        forms = validate(Forms, {"forms": rows.pop("forms")}, file).forms
        other = validate(Registry, rows, file, inside="processes")
        assert {path for path, _ in other.items()} == {path for path, _ in registry.items()}
        mine, theirs = (
            {name: (form.acts, form.options) for name, form in one.items() if not form.of_a_lever}
            for one in (registry.forms, forms)
        )
        assert theirs == mine
        for path, row in registry.items():
            assert other[path].model_dump(include=said) == row.model_dump(include=said), path


def test_a_row_that_is_drawn_is_not_held(registry):
    with pytest.raises(ValueError, match="not held"):
        registry.fixed("regime.siege")


def test_a_row_that_a_theatre_lacks_is_named(registry):
    for path in ("regime.luck", "moods.luck"):
        with pytest.raises(InputError, match=r"params.toml: \w+.luck: there is no row"):
            registry[path]


def test_the_axes_of_every_row_are_those_of_its_leaf(registry):
    for path, row in registry.items():
        if path.split(".")[0] not in STATIC:
            assert row.shape == mf.axes_of(path), path


def test_every_row_acts_on_a_function_of_the_model(registry):
    for path, row in registry.items():
        module, name = row.acts_on.split(".")
        room = "" if path.split(".")[0] in STATIC else "processes."
        process = import_module(f"liptako.model.{room}{module}")
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
    published = {
        form.acts[0].split(".")[-1]: form for form in registry.forms.values() if form.of_a_lever
    }
    money = registry["means.lever"].value
    assert isinstance(money, dict)
    assert set(money) <= set(theatre.levers)
    without_role = {name for name, lever in theatre.levers.items() if lever.role is None}
    without_role -= set(money)
    assert not set(effects) & set(published), "a view and none at once"
    assert without_role <= set(effects) | set(published) <= set(theatre.levers)
    for lever, streams in effects.items():
        assert set(streams) <= set(theatre.streams), lever


def test_tables_of_named_entries_name_what_is_in_the_theatre(registry, theatre):
    names = {
        "lever": theatre.levers, "stream": theatre.streams, "patron": theatre.patrons,
        "instrument": theatre.instruments,
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
