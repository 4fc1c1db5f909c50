"""Scores of politics from the shipped data to what is printed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from liptako.cli.app import app

pytestmark = pytest.mark.slow


def ask(*arguments: str):
    return CliRunner().invoke(app, ["verify", *arguments], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def regimes():
    done = ask("--level", "regimes", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_region_and_age_lose_little_against_age_alone(regimes):
    assert (regimes["first_origin"], regimes["last_origin"]) == ("1960-01", "2022-01")
    assert set(regimes["horizons"]) == {"12", "24", "36"}
    for loss, low, high in regimes["region_age_against_age"].values():
        assert low < loss < high
        assert loss <= regimes["allowed_loss"] == 0.005
    assert regimes["within_allowed_loss"]
    assert regimes["stayed"] in ("age", "region_age", "region_age_cohort")
    months = regimes["horizons"]["36"]
    assert months["chosen_on"]["last_origin"] == "2014-01"
    assert months["later"]["first_origin"] == "2015-01"


def test_what_stayed_is_calibrated_within_its_bands(regimes):
    form = regimes["stayed"]
    for periods in regimes["horizons"].values():
        rows = periods["chosen_on"]["reliability"][form]
        assert sum(row["n"] for row in rows) == periods["chosen_on"]["cases"]
        assert all(row["lo"] <= row["p"] <= row["hi"] for row in rows)


def test_three_at_once_stand_beside_what_happened(regimes):
    rows = [row for row in regimes["triples"] if row["period"] == "all"]
    assert {row["within"] for row in rows} == {"subregion", "region"}
    assert all(row["lo"] <= row["share"] <= row["hi"] for row in rows)
    assert all(row["difference"][1] <= 0 <= row["difference"][2] for row in rows)


def test_regimes_are_printed_for_people():
    done = ask("--level", "regimes")
    assert done.exit_code == 0, done.output
    for words in ("36 months ahead", "What stayed", "Three at once", "AUC"):
        assert words in done.output


def test_the_coup_hazard_that_stays_is_no_worse_than_time_alone():
    done = ask("--level", "coups", "--json")
    found = json.loads(done.stdout)
    scores = {row["model"]: row["log_score"] for row in found["scores"]}
    assert (found["cases"], found["events"]) == (384, 25)
    assert scores["liptako"] <= 0.2206
    assert found["against_tenure"][0] <= 0
    auc, low, high = found["auc"]["liptako"]
    assert low < auc < high


def test_people_displaced_are_forecast_within_their_ranges():
    done = ask("--level", "displacement", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    together = found["coverage"]["deaths_known"][-1]
    assert (together["country"], together["n"]) == ("all", 19)
    assert 0.85 <= together["share"] <= 0.95
    assert {row["country"] for row in found["cases"]} == {"BEN", "BFA", "MLI", "NER"}
    scores = {row["forecast"]: row["crps_log1p"] for row in found["scores"]}
    assert scores["deaths_known"] < min(scores["last_year"], scores["other_years"])
    assert {row["why"] for row in found["left_out"]} == {
        "partly_observed", "few_deaths", "nothing_reported",
    }  # fmt: skip


def test_people_displaced_are_printed_for_people():
    done = ask("--level", "displacement")
    assert done.exit_code == 0, done.output
    for words in ("deaths known", "together 17 of 19", "CRPS log", "nothing reported"):
        assert words in " ".join(done.output.split())


@pytest.mark.parametrize("level", ["regimes", "coups", "displacement"])
def test_options_of_other_levels_are_refused(level):
    for option in (["--members", "10"], ["--windows", "2020"], ["--countries", "AAA"]):
        assert ask("--level", level, *option, "--json").exit_code == 2
