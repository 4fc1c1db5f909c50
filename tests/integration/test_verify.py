"""The backtest from data to printed result, on few countries and with fits of a few steps."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from liptako import calendar
from liptako.cache import CACHE_VARIABLE
from liptako.cli import verify, verify_streams, verify_world
from liptako.cli.app import app
from liptako.data import views
from liptako.data.snapshot import DATA_VARIABLE
from liptako.errors import InputError
from liptako.inference.level_fit import LevelSettings
from liptako.inference.network_fit import NetworkSettings
from liptako.inference.theatre_fit import FitSettings
from liptako.model.simulate import compile_batch
from liptako.runs.arms import Arm, futures
from liptako.runs.start import prepare
from liptako.theatre.loading import load_scenario
from liptako.verification import conflictology, crps_ensemble, results
from liptako.verification.backtest import forecasts, prospective, record, scoring, windows
from liptako.verification.backtest.cases import SCORES
from liptako.verification.backtest.forecasts import Source

pytestmark = pytest.mark.slow
SPAN = windows.window(2020)
MEMBERS = 32
KEPT = ("BFA", "BEN", "TGO", "CIV")
SMALL = {
    "fit": FitSettings(iterations=2),
    "level": LevelSettings(networks=NetworkSettings(networks=2, steps=5, batch=64)),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Folders of cache and user data of this module's own."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder / "cache"))
        patch.setenv(DATA_VARIABLE, str(folder / "data"))
        yield folder


@pytest.fixture(scope="module")
def source(home, snapshot) -> Source:
    cells = snapshot.cells[snapshot.cells["country"].isin(KEPT)].reset_index(drop=True)
    events = snapshot.events[snapshot.events["country"].isin(KEPT)].reset_index(drop=True)
    few = replace(snapshot, cells=cells, events=events)
    return Source(load_scenario("sahel-2024"), few, MEMBERS, **SMALL)


@pytest.fixture(scope="module")
def small_cli(source):
    """Run a command with the small fits."""

    def small(scenario, members, progress):
        return replace(source, members=members)

    def run(*arguments: str):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scoring, "source_of", small)
            return CliRunner().invoke(app, ["verify", *arguments])

    return run


@pytest.fixture(scope="module")
def result(source) -> scoring.Verification:
    return scoring.score_windows(source, windows=[2020])


def noise_after(snapshot, month: int):
    """Return the snapshot with every number later than a month replaced."""
    rng = np.random.default_rng(7)
    changed = {}
    keys = ("month", "gid", "gid_published", "country_id")
    for name in ("events", "country_months", "coups", "displacement"):
        table = getattr(snapshot, name).copy()
        later = (table["month"] > month).to_numpy()
        assert later.any()
        for column in table.columns:
            if column not in keys and table[column].dtype.kind in "if":
                values = table[column].to_numpy().copy()
                values[later] = rng.integers(0, 500, later.sum())
                table[column] = values
        changed[name] = table
    return replace(snapshot, **changed)


def test_nothing_after_the_training_month_enters_a_forecast(source, monkeypatch, tmp_path):
    before = forecasts.theatre_draws(source, SPAN, cells=True)
    level = forecasts.level_draws(source, SPAN, ("BFA", "CIV"))
    past = scoring.country_past(source, SPAN, ("BFA", "CIV"))
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))  # or the cache would hide a leak
    noisy = replace(source, snapshot=noise_after(source.snapshot, SPAN.init))
    after = forecasts.theatre_draws(noisy, SPAN, cells=True)
    np.testing.assert_array_equal(before.deaths, after.deaths)
    np.testing.assert_array_equal(before.cells, after.cells)
    np.testing.assert_array_equal(level, forecasts.level_draws(noisy, SPAN, ("BFA", "CIV")))
    again = scoring.country_past(noisy, SPAN, ("BFA", "CIV"))
    np.testing.assert_array_equal(past.pool, again.pool)
    earlier = replace(source, snapshot=noise_after(source.snapshot, SPAN.init - 1))
    assert (scoring.country_past(earlier, SPAN, ("BFA", "CIV")).pool != past.pool).any()


def test_the_scored_draws_are_those_that_simulate_returns(source):
    loaded = forecasts.scenario_for(source.loaded, SPAN, MEMBERS)
    fits = forecasts.fits_at(source, SPAN)
    prepared = prepare(loaded, source.snapshot, *fits)
    batch, members = compile_batch(prepared.structure), np.arange(MEMBERS)
    chunks = list(futures(prepared, batch, Arm(), members))
    deaths = np.concatenate([kept["deaths"][:real] for kept, real in chunks])
    draws = forecasts.theatre_draws(source, SPAN, cells=True)
    ahead = np.moveaxis(deaths[:, SPAN.first_lead - 1 :], 0, -1)
    np.testing.assert_array_equal(draws.deaths, np.nan_to_num(ahead))
    assert draws.deaths.any()
    every = forecasts.country_draws(draws, source, draws.countries)
    np.testing.assert_array_equal(draws.cells.sum(axis=1), every.sum(axis=1))
    whole = scoring.country_run(source, SPAN)
    assert (whole.deaths == draws.deaths).mean() > 0.999


def test_country_months_are_scored_for_all_models(result, snapshot):
    summary = result.summary()
    assert set(summary["scores"]) == {"liptako", "level", *scoring.COUNTRY_MODELS}
    assert all(set(row) == set(SCORES) for row in summary["scores"].values())
    assert (summary["cases"], summary["countries"]) == (12, ["BFA"])
    obs = record.country_deaths(snapshot, ("BFA",), SPAN.first, SPAN.last)
    assert summary["scores"]["zero"]["crps"] == pytest.approx(obs.mean())
    year = record.country_deaths(snapshot, ("BFA",), SPAN.init - 11, SPAN.init)
    expected = crps_ensemble(obs, conflictology(year)).mean()
    assert summary["scores"]["conflictology"]["crps"] == pytest.approx(expected)
    assert summary["skill_vs_conflictology"]["lo"] <= summary["skill_vs_conflictology"]["hi"]
    assert summary["all_observed"]["countries"] == sorted(KEPT)
    assert set(summary["one_sided"]["by_perpetrator"]) == {"jnim", "is", "state", "militia"}
    assert summary["worst_miss"]["month"].startswith("2020-")
    json.dumps(summary, default=lambda value: value.item())


def test_a_second_look_is_read_from_the_cache(source, result, monkeypatch):
    def no(*_):
        raise AssertionError("computed again")

    monkeypatch.setattr(forecasts, "_simulate", no)
    again = scoring.score_windows(source, windows=[2020])
    np.testing.assert_array_equal(again.cases["crps"], result.cases["crps"])


def test_a_damaged_fit_in_the_cache_is_fitted_again(source, home):
    (fit,) = (home / "cache").glob("fit-*.npz")
    content = bytearray(fit.read_bytes())
    content[len(content) // 2] ^= 0xFF
    fit.write_bytes(content)
    said = []
    heard = replace(source, progress=lambda what, done, total: said.append(what))
    posterior, _ = forecasts.fits_at(heard, SPAN)
    assert posterior.about["data_until"] == "2019-10"
    assert any("damaged" in what for what in said), said
    again, _ = forecasts.fits_at(source, SPAN)
    np.testing.assert_array_equal(again.log_weights, posterior.log_weights)


def test_export_is_read_back_and_scored_as_against(source, small_cli, tmp_path):
    full = replace(source, members=1000)
    draws = scoring.country_run(full, SPAN)
    done = small_cli("--export", str(tmp_path), "--windows", "2020", "--json")
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    (path,) = content["exported"]
    ours = forecasts.country_draws(draws, full, KEPT)
    table = views.read_forecast(path)
    assert len(table) == ours.size == 12 * 4 * 1000
    burkina = table[table["country_id"] == full.loaded.theatre.countries["BFA"].views_id]
    np.testing.assert_array_equal(burkina["outcome"].to_numpy().reshape(12, 1000), ours[:, 0])
    back = small_cli("--against", str(tmp_path), "--windows", "2020", "--json")
    assert back.exit_code == 0, back.output
    scores = json.loads(back.stdout)["against"]["scores"]
    assert scores["against"] == pytest.approx(scores["liptako"])
    text = small_cli("--windows", "2020", "--countries", "BFA,BEN")
    assert text.exit_code == 0, text.output
    assert "last year again" in text.stdout
    assert "Worst miss" in text.stdout


def test_cell_months(source):
    result = scoring.score_windows(source, level="pgm", windows=[2020], countries=["BFA"])
    summary = result.summary()
    assert set(summary["scores"]) == {"liptako", *scoring.CELL_MODELS}
    assert summary["cases"] == 12 * 87
    assert set(summary["chances"]) == {"1", "25"}
    assert summary["leads_15_36"] is None
    assert summary["one_sided"] is None


def test_long_leads_are_scored_from_octobers(source, monkeypatch):
    late = windows.long_windows(source.snapshot.last_month, 2019)[:2]
    monkeypatch.setattr(scoring, "long_windows", lambda last: late)
    long = scoring.score_windows(source, windows=[2020], long_leads=True).summary()["leads_15_36"]
    assert long["origins"] == [2019, 2020]
    assert set(long["scores"]) == {"level", *scoring.LONG_MODELS}
    assert long["with_liptako"]["origins"] == [2019]
    assert set(long["with_liptako"]["scores"]) == {"liptako", *long["scores"]}
    assert list(long["with_liptako"]["coverage90_by_lead"]) == [str(n) for n in range(15, 37)]


def test_a_stored_forecast_is_scored_when_data_arrive(source, tmp_path):
    then = calendar.parse_month("2019-10")
    early = replace(source, snapshot=source.snapshot.until(then), members=1000)
    path = prospective.store(early, "cm", tmp_path)
    found, notes = prospective.score(early, tmp_path, "cm")
    assert (found, len(notes)) == ([], 1)
    later = replace(source, snapshot=source.snapshot.until(then + 6))
    ((row,), notes) = prospective.score(later, tmp_path, "cm")
    assert notes == []
    assert row["months"] == ["2019-11", "2020-04"]
    assert {"liptako", "conflictology", "ew_level", "zero"} <= set(row["scores"])
    assert row["skill"]["conflictology"]["lo"] <= row["skill"]["conflictology"]["hi"]
    ((whole,), _) = prospective.score(source, tmp_path, "cm")
    assert whole["months"] == ["2019-11", "2020-12"]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="does not match its hash"):
        prospective.score(later, tmp_path, "cm")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--windows", "2031"],
        ["--windows", "2024"],
        ["--windows", "many"],
        ["--countries", "MLI,ATL"],
        ["--countries", "NGA"],
        ["--level", "km"],
        ["--members", "0"],
        ["--members", "ten"],
        ["--against", "no/such/folder"],
        ["--prospective", "--folder", "no/such/folder"],
        ["--folder", "x"],
        ["--store", "--windows", "2020"],
        ["--store", "--world", "--windows", "2000-2005"],
        ["--store", "--level", "coups"],
        ["--store", "--level", "pgm", "--windows", "2020"],
        ["--export", "x", "--members", "10"],
    ],
)
def test_bad_input_is_refused_with_code_2(arguments):
    done = CliRunner().invoke(app, ["verify", *arguments, "--json"])
    assert done.exit_code == 2, done.output
    error = json.loads(done.stdout)["error"]
    assert error["problem"]
    assert error["field"] or error["file"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--world"], "world"),
        (["--world", "--windows", "1996-2017"], "world_earlier"),
        (["--streams"], "streams"),
        (["--level", "pgm"], "pgm"),
        (["--level", "regimes"], "regimes"),
    ],
)
def test_what_is_stored_goes_under_its_name(arguments, part, monkeypatch):
    made = {"level": "made"}
    kept = []
    for module, name in (
        (verify_world, "content"), (verify_streams, "found"), (verify, "_backtest"),
        (verify, "_of_level"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, lambda *_, **__: made)
    monkeypatch.setattr(results, "store_part", lambda *given: kept.append(given[:2]) or "there")
    done = CliRunner().invoke(app, ["verify", *arguments, "--store", "--json"])
    assert done.exit_code == 0, done.output
    assert kept == [(part, made)]
    assert json.loads(done.stdout)["stored"] == "there"


def test_where_nothing_is_stored_no_test_begins(monkeypatch):
    begun = []
    monkeypatch.setattr(verify_world, "content", lambda *_, **__: begun.append("world") or {})
    monkeypatch.setattr(results, "stored", lambda folder: None)
    done = CliRunner().invoke(app, ["verify", "--world", "--store", "--json"])
    assert done.exit_code == 2, done.output
    assert "no verification of deaths to stand beside" in done.output
    assert begun == []
