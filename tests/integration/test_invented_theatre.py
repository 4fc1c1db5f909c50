"""A second theatre, all invented, through every command: the engine knows no theatre."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
from typer.testing import CliRunner

import theatre_fixtures as invented
from liptako.cache import CACHE_VARIABLE
from liptako.cli.app import app
from liptako.data.snapshot import DATA_VARIABLE, load_snapshot
from liptako.inference import level_fit, theatre_fit
from liptako.inference.level_fit import LevelSettings
from liptako.inference.network_fit import NetworkSettings
from liptako.inference.theatre_fit import FitSettings
from liptako.theatre.loading import load_scenario, load_theatre
from liptako.theatre.schema import Theatre
from liptako.verification.backtest import scoring
from liptako.verification.backtest.forecasts import Source
from liptako.words.numbers import rounded

pytestmark = pytest.mark.slow

SMALL = {
    "fit": FitSettings(iterations=40),
    "level": LevelSettings(networks=NetworkSettings(networks=2, steps=60, batch=128)),
}
"""Fits good enough to run on; the real ones take a minute each."""

RUN = ["--members", "24", "--months", "24", "--seed", "4"]
PLACES = ("Orrin", "Veskar", "Tammel", "Halmar", "Quenby", "Brackwater")

EVENT = {
    "id": 900001, "type_of_violence": 1, "side_a": "Crown of Orrin", "side_b": "Red Reavers",
    "dyad_name": "Crown of Orrin - Red Reavers", "where_prec": 1, "adm_1": "East Orrin",
    "latitude": -28.2, "longitude": -134.3, "priogrid_gid": 88652, "country": "Orrin",
    "country_id": 951, "date_start": "2012-12-01", "date_end": "2012-12-02", "date_prec": 1,
    "deaths_a": 1, "deaths_b": 2, "deaths_civilians": 0, "deaths_unknown": 0,
    "best": 3, "high": 4, "low": 3,
}  # fmt: skip


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.out)


Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Iterator[Path]:
    """An empty place to work in, with a cache and data of its own, where fits are quick."""
    folder = tmp_path_factory.mktemp("skerries")
    quick_level = partial(level_fit.fit_level, settings=SMALL["level"])
    quick_theatre = partial(theatre_fit.fit_theatre, settings=SMALL["fit"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder / "cache"))
        patch.setenv(DATA_VARIABLE, str(folder / "data"))
        patch.setattr(level_fit, "fit_level", quick_level)
        patch.setattr(theatre_fit, "fit_theatre", quick_theatre)
        patch.setattr(scoring, "Source", partial(Source, **SMALL))
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def ask(home) -> Ask:
    def answer(*args: str) -> Answer:
        done = CliRunner().invoke(app, list(args))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Answer(done.exit_code, done.stdout, done.stderr)

    return answer


@pytest.fixture(scope="module")
def unfitted(home) -> str:
    """The scenario of a theatre that has no fit yet."""
    return str(invented.copy_theatre(home / "unfitted"))


@pytest.fixture(scope="module")
def fitted(ask, home, unfitted) -> Answer:
    """What `fit` prints; the fit then stands in the theatre's folder."""
    folder = Path(shutil.copytree(home / "unfitted", home / "fitted")) / "skerries"
    done = ask("fit", str(folder / "scenarios" / invented.SCENARIO), "--out", str(folder), "--json")
    assert done.code == 0, done.err
    return done


@pytest.fixture(scope="module")
def scenario(home, fitted) -> str:
    return str(home / "fitted/skerries/scenarios" / invented.SCENARIO)


@pytest.fixture(scope="module")
def ran(ask, scenario) -> Answer:
    done = ask("run", scenario, *RUN, "--json")
    assert done.code == 0, done.err
    return done


@pytest.fixture(scope="module")
def elsewhere(theatre: Theatre) -> re.Pattern[str]:
    """Names of the shipped theatre, none of which may be said of this one."""
    names = {
        theatre.title,
        *(row.name for row in theatre.countries.values()),
        *(row.capital.name for row in theatre.countries.values()),
        *(row.label for row in theatre.patrons.values()),
        *theatre.countries,
        *(name for name in theatre.actors if name not in ("is", "state", "militia", "civilian")),
        *("Sahel", "sahel", "African", "West Africa", "ECOWAS", "Russia", "Kidal", "JNIM"),
    }
    kept = sorted(names - {"separatist", "jihadist"}, key=len, reverse=True)
    return re.compile(rf"(?<![A-Za-z])({'|'.join(map(re.escape, kept))})(?![A-Za-z])")


def test_the_shipped_theatre_has_other_names(elsewhere):
    assert elsewhere.findall("Mali and JNIM") == ["Mali", "JNIM"]
    assert not elsewhere.findall("Orrin, state, simulated")


def test_the_fit_is_of_its_streams_and_countries(fitted, home, scenario):
    loaded = load_scenario(scenario)
    assert fitted.content["data_until"] == "2011-06"
    assert 0 < fitted.content["spectral_radius"] < 1
    assert {row["label"] for row in fitted.content["readings"]} >= {"Raids after raids"}
    assert (loaded.folder / "fit.nc").is_file()
    assert (loaded.folder / "level.npz").is_file()


def test_a_fit_that_is_not_there_cannot_be_checked(ask, unfitted):
    done = ask("fit", unfitted, "--check", "--json")
    assert done.code == 2
    assert done.content["error"]["file"].endswith("skerries/fit.nc")


def test_run_counts_the_invented_places(ran, elsewhere):
    found = ran.content
    assert set(found["deaths"]) == {"ORN", "VSK", "TML", "HLM", "QUE", "BRK"}
    assert set(found["civilian_deaths"]["ORN"]) >= {"reavers", "crown"}
    sides = found["dead_by_side"]["ORN"]
    mean = sum(sides[side]["horizon"]["mean"] for side in ("state", "insurgents", "civilians"))
    assert mean == pytest.approx(found["deaths"]["ORN"]["horizon"]["mean"], rel=1e-4)
    assert {row["measure"] for row in found["strain"]} == {"offensives", "strain"}
    assert found["as_seen_from"] == "Jun 2011"
    assert sum(row["p"] for row in found["endings"].values()) == pytest.approx(1.0)
    assert not elsewhere.findall(json.dumps(found["deaths"]) + json.dumps(found["endings"]))
    assert not elsewhere.findall(json.dumps(found["manifest"], ensure_ascii=False))


def test_past_deaths_are_those_of_the_invented_ledger(ran, scenario):
    loaded = load_scenario(scenario)
    events = load_snapshot(loaded.folder / "snapshot").events
    last = events[events["month"].between(378 - 11, 378)].groupby("country")["deaths"].sum()
    for iso in ("ORN", "HLM", "QUE"):
        assert ran.content["deaths"][iso]["last_12_months"] == last[iso]


def test_the_folder_speaks_of_the_invented_theatre(ran, elsewhere):
    folder = Path(ran.content["folder"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert all(place in page for place in PLACES)
    assert "Sundermark" in page
    assert "Tide Ledger of Invented Events (public domain)" in page
    assert "UCDP" not in page
    assert "Liptako tests: an invented ledger." in (folder / "cite.txt").read_text(encoding="utf-8")
    names = [name for name in elsewhere.findall(page) if not name.isupper()]
    assert not names
    rates = pd.read_parquet(folder / "tables/base_rates.parquet")
    assert rates["quantity"].str.contains("Halmar").any()
    assert not elsewhere.findall(rates.to_csv())
    assert not elsewhere.findall((folder / "cite.txt").read_text(encoding="utf-8"))


def test_run_prints_the_invented_places(ask, scenario, elsewhere):
    done = ask("run", scenario, *RUN, "--policy", "boats")
    assert done.code == 0, done.err
    assert all(place in done.out for place in PLACES)
    assert "Coast (Quenby, Brackwater)" in " ".join(done.out.split())
    assert "Events: Tide Ledger of Invented Events (public domain)" in done.out
    assert not elsewhere.findall(done.out)


def test_its_briefs_speak_of_the_invented_places(ask, home, scenario, ran, elsewhere):
    folder = home / ran.content["folder"]
    codes = ("ORN", "VSK", "TML", "HLM", "QUE", "BRK")
    assert {page.stem for page in (folder / "briefs").iterdir()} == set(codes)
    done = ask("brief", "orrin", "--scenario", scenario, "--run", str(folder), "--json")
    assert done.code == 0, done.err
    killed = ran.content["civilian_deaths"]["ORN"]["ALL"]
    first = done.content["numbers"][0]
    assert first["value"] == rounded(killed["next_12_months"]["median"])
    assert first["beside"].startswith(f"{killed['last_12_months']:,} recorded")
    page = (home / done.content["file"]).read_text(encoding="utf-8")
    assert page == (folder / "briefs/ORN.html").read_text(encoding="utf-8")
    assert not [name for name in elsewhere.findall(page) if not name.isupper()]


def test_of_a_place_without_a_ledger_nothing_is_said(ask, home, scenario, ran):
    folder = str(home / ran.content["folder"])
    done = ask("brief", "SND", "--scenario", scenario, "--run", folder, "--json")
    assert (done.code, done.content["kind"], done.content["numbers"]) == (0, "unknown", [])
    assert "does not mean that it is safe" in done.content["sentence"]


def test_what_no_brief_goes_by_is_answered_with_all_names(ask, scenario, ran):
    done = ask("brief", "engage", "--scenario", scenario, "--json")
    assert done.code == 2
    assert "ORN Orrin" in done.content["error"]["allowed"]
    other = ask("brief", "ORN", "--run", ran.content["folder"], "--json")
    assert other.code == 2, "a name of no country of the shipped theatre"


def test_contrasts_measure_its_own_file(ask, scenario, elsewhere):
    done = ask("contrasts", scenario, "--members", "24", "--months", "12", "--json")
    assert done.code == 0, done.err
    rows = {row["name"]: row for row in done.content["contrasts"]}
    assert set(rows) == {
        "sultan_falls_operational", "severity_crown_killing", "boats_civilians", "coup_in_orrin",
        "unpaid_crews_mutinies",
        "bread_besieged",
    }  # fmt: skip
    assert rows["bread_besieged"]["base"] > 0
    assert rows["severity_crown_killing"]["difference"] > 0
    assert not elsewhere.findall(done.out)


def test_assumptions_list_every_number(ask, scenario, elsewhere):
    done = ask("assumptions", scenario, "--json")
    assert done.code == 0
    assert done.content["theatre"] == "skerries"
    assert {"patrons.sultanate", "menu.quit_the_compact"} <= set(done.content["tables"])
    assert not elsewhere.findall(done.out)
    assert ask("assumptions", scenario, "--check").code == 1, "nothing is frozen here"


def test_data_are_shown(ask, scenario, elsewhere):
    done = ask("data", "show", "--scenario", scenario)
    assert done.code == 0
    assert all(place in done.out for place in PLACES)
    assert "Tide Ledger" in done.out
    assert not elsewhere.findall(done.out)


def test_its_events_can_be_imported(ask, home, scenario):
    file = home / "events.csv"
    pd.DataFrame([EVENT]).to_csv(file, index=False)
    done = ask("data", "import", str(file), "--scenario", scenario, "--dry-run", "--json")
    assert done.code == 0, done.err
    assert (done.content["used"], done.content["countries"]) == (1, ["ORN"])
    assert done.content["unmapped"] == []


def test_its_scenario_is_sound(ask, scenario):
    done = ask("scenario", "check", scenario, "--json")
    assert done.code == 0
    assert done.content["policies"] == ["baseline", "boats", "severe"]


def test_its_policies_are_compared(ask, scenario, elsewhere):
    done = ask("compare", scenario, "baseline", "boats", "envoys", "--members", "16", "--months",
               "12", "--json")  # fmt: skip
    assert done.code == 0, done.err
    assert done.content["policies"] == ["boats", "envoys"]
    assert set(done.content["differences"]["envoys"]) == set(done.content["base"])
    assert not elsewhere.findall(done.out)


def test_past_months_are_forecast_and_scored(ask, scenario, elsewhere):
    done = ask("verify", scenario, "--windows", "2011", "--members", "16", "--json")
    assert done.code == 0, done.err
    assert done.content["countries"] == ["ORN", "VSK", "TML", "HLM"]
    assert done.content["cases"] == 4 * 12
    assert done.content["scores"]["liptako"]["crps"] > 0
    assert not elsewhere.findall(done.out)


def test_past_months_are_scored_cell_by_cell(ask, scenario):
    done = ask("verify", scenario, "--level", "pgm", "--windows", "2011", "--members", "16",
               "--json")  # fmt: skip
    assert done.code == 0, done.err
    assert done.content["cases"] == 4 * 12 * 12


def test_months_without_data_are_not_scored(ask, scenario):
    done = ask("verify", scenario, "--members", "16", "--json")
    assert done.code == 2
    assert done.content["error"]["allowed"].endswith("2012")


def test_coups_are_forecast_from_its_own_panel(ask, scenario, elsewhere):
    done = ask("verify", scenario, "--level", "coups", "--json")
    assert done.code == 0, done.err
    assert (done.content["first_origin"], done.content["last_origin"]) == ("1999-12", "2011-12")
    assert done.content["cases"] == 13 * 10
    assert not elsewhere.findall(ask("verify", scenario, "--level", "coups").out)


def test_a_theatre_without_a_record_of_regimes_says_so(ask, scenario):
    done = ask("verify", scenario, "--level", "regimes", "--json")
    assert done.code == 2
    assert done.content["error"]["field"] == "regimes"


def test_its_pact_is_set_beside_its_own_past_pacts(ask, scenario, elsewhere):
    done = ask("verify", scenario, "--level", "pact", "--members", "16")
    assert done.code == 0, done.err
    assert re.search(r"Past: [1-8] pacts", done.out)
    assert not elsewhere.findall(done.out)


def test_its_speed_is_measured(ask, scenario):
    small = ("--members", "16", "--months", "2", "--repeats", "1", "--against", "none")
    done = ask("bench", scenario, *small, "--seconds", "1", "--json")
    assert done.code == 0, done.err
    assert done.content["cells"] == 64


def test_names_of_levers_acts_and_patrons_change_no_number(ask, home, scenario, ran):
    theatre, _ = load_theatre(home / "fitted/skerries")
    names = [*theatre.levers, *theatre.menu, *theatre.patrons]
    folder = Path(shutil.copytree(home / "fitted", home / "renamed")) / "skerries"
    other = {name: f"thing_{number}" for number, name in enumerate(names)}
    pattern = re.compile(rf"\b({'|'.join(sorted(names, key=len, reverse=True))})\b")
    for file in folder.rglob("*.toml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(pattern.sub(lambda hit: other[hit[1]], text), encoding="utf-8")
    renamed, _ = load_theatre(folder)
    assert not set(names) & {*renamed.levers, *renamed.menu, *renamed.patrons}
    again = ask("run", str(folder / "scenarios" / invented.SCENARIO), *RUN, "--json")
    assert again.code == 0, again.err
    for part in (
        "deaths", "civilian_deaths", "dead_by_side", "strain", "displaced", "endings",
        "ending_parts", "coast",
    ):  # fmt: skip
        assert again.content[part] == ran.content[part], part


def test_what_a_lever_is_for_changes_numbers(ask, home, ran):
    """The same change of a file, where it means something: the comparison above can fail."""
    folder = Path(shutil.copytree(home / "fitted", home / "other")) / "skerries"
    menu = folder / "menu.toml"
    text = menu.read_text(encoding="utf-8")
    menu.write_text(text.replace("severity_of_rule = 0.5", "severity_of_rule = -0.5"), "utf-8")
    again = ask("run", str(folder / "scenarios" / invented.SCENARIO), *RUN, "--json")
    assert again.code == 0, again.err
    assert again.content["deaths"] != ran.content["deaths"]


def test_its_own_argument_is_audited(ask, unfitted, elsewhere):
    """Claims need no fit: data, and results of the model that are not stored here."""
    done = ask("claims", "--scenario", unfitted, "--json")
    assert done.code == 0, done.err
    world = [row["world"] for row in done.content["rows"]]
    assert [row["id"] for row in done.content["rows"]] == [1, 2, 3, 4, 5]
    assert world[0]["verdict"] == "supported"
    assert world[0]["result"] == 2.0, "days from the day claimed"
    assert world[1]["tests"][0]["p"] is not None
    assert world[2]["verdict"] == world[3]["verdict"] == "cannot be decided here"
    assert {row["model"]["verdict"] for row in done.content["rows"]} == {"cannot be decided here"}
    text = ask("claims", "--scenario", unfitted).out
    assert "The raids" in text
    assert "nothing is stored" in text
    assert not elsewhere.findall(text)
