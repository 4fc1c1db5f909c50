"""Skeletons to start from: they load, explain themselves, and never overwrite."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from liptako import files
from liptako.cli.app import app
from liptako.data.build import read_sources
from liptako.data.streams import read_stream_rules
from liptako.errors import InputError
from liptako.model.params import VARIANCE, leaf_paths
from liptako.theatre import skeleton
from liptako.theatre.contrasts import Change, Contrast, load_contrasts
from liptako.theatre.loading import load_scenario, load_theatre
from liptako.theatre.politics import (
    Act,
    AgendaItem,
    Alliance,
    Bloc,
    Dyad,
    Imposed,
    Patron,
    Promise,
    Standing,
    StandingThreat,
    Support,
)
from liptako.theatre.scenario import EndingThresholds, Policy, Rule, Scenario, Setting
from liptako.theatre.schema import Country, Lever, LeverRole, Observed, Reading, Stream, Theatre

Ask = Callable[..., Result]
TEMPLATES = Path(skeleton.__file__).parent / "templates"
TOML = sorted(TEMPLATES.glob("*.toml"))
ROWS = {path for path in leaf_paths() if not path.endswith(VARIANCE)}


@pytest.fixture
def ask(tmp_path, monkeypatch) -> Ask:
    """Run `liptako scenario` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIPTAKO_DATA", str(tmp_path / "none"))

    def answer(*args: str) -> Result:
        done = CliRunner().invoke(app, ["scenario", *args])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return answer


@pytest.fixture
def island(tmp_path) -> Path:
    """A new theatre's scenario."""
    return skeleton.new_theatre("island", tmp_path)


def listing(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_new_scenario_of_a_shipped_theatre_loads(tmp_path, theatre):
    file = skeleton.new_scenario("my-question", theatre.name, tmp_path / "made")
    loaded = load_scenario(file)
    assert (loaded.name, loaded.scenario.theatre) == ("my-question", theatre.name)
    assert loaded.scenario.title == "My question"
    assert loaded.scenario.init_time == "2023-12", "the last month of data"
    assert set(loaded.scenario.policies) == {"baseline", "example"}
    setting = loaded.scenario.policies["example"].set[0]
    assert theatre.levers[setting.lever].civil
    text = file.read_text(encoding="utf-8")
    assert all(f"#   {name} " in text for name in theatre.levers)


def test_the_example_in_a_comment_is_sound_too(tmp_path, theatre):
    file = skeleton.new_scenario("mine", theatre.name, tmp_path)
    text = file.read_text(encoding="utf-8")
    shock = re.search(r"^#   (shock = .*)$", text, re.MULTILINE)
    assert shock is not None
    with_shock = text.replace("\n# The levers", f"\n{shock[1]}\n# The levers")
    file.write_text(with_shock, encoding="utf-8")
    assert load_scenario(file).scenario.policies["example"].shock[0].kind == "coup"


def test_a_new_theatre_loads_with_all_its_files(island):
    loaded = load_scenario(island)
    folder = loaded.folder
    assert folder.resolve() == island.parents[1].resolve()
    assert loaded.theatre.name == folder.name == "island"
    assert loaded.theatre.alliance is not None
    assert loaded.theatre.menu
    assert load_contrasts(folder, loaded.theatre)
    assert read_sources(folder / "sources.toml")
    rules = read_stream_rules(folder / loaded.theatre.stream_rules, loaded.theatre)
    assert rules.actor_class("First Liberation Front") == "rebels"
    assert set(listing(folder)) == {*skeleton.FILES, "scenarios/island.toml"}


def test_its_parameters_are_those_of_the_model(island):
    loaded = load_scenario(island)
    registry, theatre = loaded.registry, loaded.theatre
    assert {path for path, _ in registry.items()} >= ROWS
    for path, row in registry.items():
        if row.prior is not None and row.range is not None:
            assert row.range[0] <= row.mean() <= row.range[1], path
    readiness = registry["choices.readiness"].value
    assert isinstance(readiness, dict)
    assert set(readiness) == set(theatre.menu)
    effects = registry["violence.lever_effect"].value
    assert isinstance(effects, dict)
    assert set(effects) <= set(theatre.levers)
    assert all(set(streams) <= set(theatre.streams) for streams in effects.values())


def test_it_builds_the_arrays_of_the_model(island):
    from liptako.model.menu import build_menu, build_patrons

    theatre = load_scenario(island).theatre
    assert build_menu(theatre).levers.any()
    assert build_patrons(theatre).supplies.any()


def test_it_is_found_from_inside_its_own_folder(island, monkeypatch):
    monkeypatch.chdir(island.parents[1])
    assert load_scenario(Path("scenarios/island.toml")).theatre.name == "island"


@pytest.mark.parametrize("file", TOML, ids=lambda file: file.name)
def test_every_line_stands_under_a_comment_or_an_explained_table(file):
    """Each table is explained, and each new key of a scenario by a comment of its own."""
    blocks = re.split(r"\n\n+", file.read_text(encoding="utf-8").strip())
    assert blocks[0].startswith("#")
    if file.name == "scenario.toml":
        for block in blocks:
            lines = [line for line in block.splitlines() if line]
            for before, line in zip(["", *lines], lines, strict=False):
                if re.match(r"[a-z_]+ = ", line) and not before.startswith("["):
                    assert before.startswith("#") or before.startswith("label"), line


def test_every_key_there_is_stands_in_the_skeletons():
    in_theatre = (Theatre, Country, Observed, Stream, Lever, Reading, Patron, Support, Alliance,
                  Dyad, Standing, Promise, Bloc, StandingThreat, Imposed, AgendaItem)  # fmt: skip
    assert absent("theatre.toml", in_theatre) == {"menu"}, "which has a file of its own"
    assert not absent("scenario.toml", (Scenario, EndingThresholds, Policy, Setting, Rule))
    assert not absent("menu.toml", (Act,))
    assert not absent("contrasts.toml", (Contrast, Change))


def absent(file: str, models: tuple[type[BaseModel], ...]) -> set[str]:
    """Return the keys that a template neither sets nor speaks of."""
    text = (TEMPLATES / file).read_text(encoding="utf-8")
    keys = {key for model in models for key in model.model_fields}
    return {key for key in keys if not re.search(rf"\b{key} = |\[{key}[\].]|`{key}`", text)}


def test_the_command_writes_and_says_what_next(ask, tmp_path):
    done = ask("new", "mine")
    assert done.exit_code == 0
    assert "liptako run mine.toml" in done.stdout
    assert ask("check", "mine.toml").exit_code == 0
    done = ask("new", "island", "--theatre", "new", "--dir", "far/away", "--json")
    content = json.loads(done.stdout)
    assert content["scenario"] == "far/away/island/scenarios/island.toml"
    assert {Path(file).name for file in content["written"]} >= set(skeleton.FILES)
    assert all((tmp_path / file).is_file() for file in content["written"])
    assert content["next"]


def test_check_says_that_only_data_are_missing(ask):
    ask("new", "island", "--theatre", "new")
    done = ask("check", "island/scenarios/island.toml", "--json")
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert error["problem"] == "the files are sound, but there are no data yet"
    assert error["file"].endswith("island/snapshot")


def test_check_looks_at_contrasts_too(ask, tmp_path):
    ask("new", "island", "--theatre", "new")
    file = tmp_path / "island/contrasts.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('lever = "protection"', 'lever = "magic"'), encoding="utf-8")
    done = ask("check", "island/scenarios/island.toml", "--json")
    assert json.loads(done.stdout)["error"]["value"] == "'magic'"


@pytest.mark.parametrize(
    ("args", "field", "problem"),
    [
        (["Big"], "name", "not a name"),
        (["../up"], "name", "not a name"),
        (["a" * 61], "name", "not a name"),
        (["x", "--theatre", "mars"], "theatre", "no such theatre"),
        (["sahel", "--theatre", "new"], "name", "the name of a shipped theatre"),
    ],
)
def test_bad_names_are_refused_and_nothing_is_written(ask, tmp_path, args, field, problem):
    done = ask("new", *args, "--json")
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert (error["field"], error["problem"]) == (field, problem)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("more", [[], ["--theatre", "new"]])
def test_nothing_is_overwritten(ask, tmp_path, more):
    assert ask("new", "mine", *more).exit_code == 0
    before = listing(tmp_path)
    done = ask("new", "mine", *more, "--json")
    assert done.exit_code == 2
    assert json.loads(done.stdout)["error"]["problem"] == "is there already"
    assert listing(tmp_path) == before


def test_a_folder_that_cannot_be_written_is_bad_input(ask, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    for more in ([], ["--theatre", "new"]):
        done = ask("new", "mine", "--dir", "file", *more, "--json")
        assert done.exit_code == 2
        assert "cannot be written" in json.loads(done.stdout)["error"]["problem"]


def test_a_theatre_comes_whole_or_not_at_all(tmp_path, monkeypatch):
    def fails(folder: Path):
        raise InputError("broken on purpose")

    monkeypatch.setattr(skeleton, "load_theatre", fails)
    with pytest.raises(InputError, match="on purpose"):
        skeleton.new_theatre("island", tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_scenario_comes_whole_or_not_at_all(tmp_path, theatre, monkeypatch):
    def fails(path: object):
        raise KeyboardInterrupt

    monkeypatch.setattr(files, "_sync", fails)
    with pytest.raises(KeyboardInterrupt):
        skeleton.new_scenario("mine", theatre.name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_invented_theatre_of_the_tests_loads_as_well():
    folder = Path(__file__).parents[1] / "theatres/skerries"
    theatre, registry = load_theatre(folder)
    assert theatre.alliance is not None
    assert len(theatre.alliance.members) == 4
    assert {path for path, _ in registry.items()} >= ROWS
    roles = {row.role for row in theatre.levers.values()} - {None}
    assert roles == set(get_args(LeverRole))
