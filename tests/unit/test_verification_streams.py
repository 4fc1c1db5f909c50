"""Every stream of deaths, scored: blocks, bands, totals, bounds and coverage by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from liptako import calendar
from liptako.cache import CACHE_VARIABLE
from liptako.cli import verify_streams
from liptako.cli.app import app
from liptako.cli.output import console
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.theatre.loading import load_scenario
from liptako.theatre.schema import Theatre
from liptako.verification.backtest import scoring, stream_cases, stream_table
from liptako.verification.backtest.baseline_forecasts import Past
from liptako.verification.backtest.forecasts import Source, TheatreDraws
from liptako.verification.backtest.stream_cases import Block, blocks_of, origin_years
from liptako.verification.backtest.windows import Window

UNTIL = calendar.month_id(2017, 12)
INIT = calendar.month_id(2012, 10)
COUNTRIES = ("AAA", "BBB")


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Results of its own, and no law that has to be fitted."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(stream_cases, "MODELS", ("conflictology", "zero"))
    monkeypatch.setattr(stream_table, "MODELS", ("conflictology", "zero"))


def block(obs: np.ndarray, own: np.ndarray, pool: np.ndarray | None = None) -> Block:
    pool = np.ones((240, 2)) if pool is None else pool
    whole = Window(2012, INIT, INIT + 1, INIT + 36)
    return Block("any", whole, COUNTRIES, Past(pool, (0, 1), INIT - len(pool) + 1), obs, own)


def test_blocks_share_no_stream_and_hold_all_together(theatre: Theatre):
    blocks = blocks_of(theatre)
    *apart, whole = blocks.values()
    assert sorted(name for streams in apart for name in streams) == sorted(theatre.streams)
    assert set(whole) == set(theatre.streams)
    assert len([name for name in blocks if name.startswith("one_sided ")]) == 4


@pytest.mark.parametrize(
    ("text", "until", "years"),
    [
        ("2015-2016", "2017-12", (2015, 2016)),
        (None, "2017-12", tuple(range(2005, 2017))),
        (None, "2017-10", tuple(range(2005, 2017))),
        (None, "2017-09", tuple(range(2005, 2016))),
    ],
)
def test_a_whole_year_follows_every_origin(text, until, years):
    assert origin_years(text, calendar.parse_month(until)) == years


@pytest.mark.parametrize(
    ("text", "until"),
    [("2017", "2017-12"), ("2004", "2017-12"), (None, "2006-09"), ("x", "2017-12")],
)
def test_other_origins_are_refused(text, until):
    with pytest.raises(InputError) as caught:
        origin_years(text, calendar.parse_month(until))
    assert caught.value.field in ("origins", "until")


def test_a_perfect_forecast_scores_zero_in_its_own_months():
    obs = np.arange(72.0).reshape(36, 2)
    own = np.repeat(obs[:, :, None], 5, axis=2).astype(int)
    for ahead, months in ((1, (1, 12)), (2, (13, 24)), (3, (25, 36))):
        cases = block(obs, own).months(ahead)
        mine = cases[cases["model"] == "liptako"]
        assert (mine["lead"].min(), mine["lead"].max()) == months
        assert (mine["month"] - mine["lead"] == INIT).all()
        assert len(mine) == 24
        assert mine["crps_log1p"].abs().max() < 1e-12
        total = block(obs, own).total(ahead)
        mine = total[total["model"] == "liptako"].set_index("unit")
        rows = slice(12 * (ahead - 1), 12 * ahead)
        assert mine["obs"].tolist() == obs[rows].sum(axis=0).tolist()
        assert mine["crps_log1p"].abs().max() < 1e-12
        assert set(mine["lead"]) == {12 * ahead}


def test_totals_add_up_within_a_future():
    """Two futures that take turns: each month is uncertain, no year is."""
    obs = np.full((36, 2), 5.0)
    own = np.zeros((36, 2, 2), int)
    own[::2, :, 0] = own[1::2, :, 1] = 10
    cases = block(obs, own).total(1)
    assert cases[cases["model"] == "liptako"]["crps"].tolist() == [0.0, 0.0]
    months = block(obs, own).months(1)
    assert (months[months["model"] == "liptako"]["crps"] > 0).all()


def test_last_year_again_is_that_of_the_last_year():
    pool = np.full((240, 2), 1e5)
    pool[-12:] = 3.0
    obs = np.full((36, 2), 3.0)
    made = block(obs, np.zeros((36, 2, 4), int), pool)
    for cases in (made.months(2), made.total(3)):
        assert (cases[cases["model"] == "conflictology"]["crps"] == 0).all()
        assert (cases[cases["model"] == "zero"]["crps"] >= 3).all()


def test_a_band_that_outcomes_cut_is_scored_as_far_as_they_go():
    obs, own = np.ones((14, 2)), np.ones((36, 2, 4), int)
    own[14:] = 999
    made = block(obs, own)
    assert len(made.months(1)) == 3 * 24
    assert sorted(set(made.months(2)["lead"])) == [13, 14]
    assert (made.months(2)["q95"] <= 1).all()
    assert made.months(3).empty
    assert len(made.total(1)) == 3 * 2
    assert made.total(2).empty


class Made:
    """A simulation in which one is killed in each month, stream and country."""

    def __init__(self, source: Source) -> None:
        theatre = source.loaded.theatre
        sizes = (36, len(theatre.streams), len(theatre.countries), 4)
        self.draws = TheatreDraws(
            tuple(theatre.streams), tuple(theatre.countries), np.ones(sizes, np.int32),
            np.zeros(0, np.int64), np.zeros((36, 0, 4), np.int32), "made",
        )  # fmt: skip

    def __call__(self, source: Source, span: Window) -> TheatreDraws:
        return self.draws


def noise_after(snapshot: Snapshot, month: int) -> Snapshot:
    events = snapshot.events.copy()
    later = events["month"] > month
    assert later.any()
    events["deaths"] = events["deaths"].where(~later, 7777).astype(events["deaths"].dtype)
    return replace(snapshot, events=events)


def test_no_outcome_after_the_last_month_is_looked_at(monkeypatch, snapshot):
    source = Source(load_scenario("sahel-2024"), snapshot, 4)
    monkeypatch.setattr(scoring, "country_run", Made(source))
    noisy = replace(source, snapshot=noise_after(snapshot, UNTIL))
    cases, again = (stream_cases.stream_cases(some, (2015,), UNTIL) for some in (source, noisy))
    pd.testing.assert_frame_equal(cases, again)
    assert cases["month"].max() == UNTIL
    months = cases[cases["span"] == "months"]
    assert set(months["band"]) == {"1-12", "13-24", "25-36"}
    assert set(cases[cases["span"] == "years"]["band"]) == {"1-12", "13-24"}
    assert sorted(set(cases["unit"])) == ["BEN", "BFA", "CIV", "GNB", "MLI", "NER", "SEN", "TGO"]
    events = snapshot.events
    first = cases["window"].iloc[0] and calendar.month_id(2015, 10)
    for name, streams in blocks_of(source.loaded.theatre).items():
        mine = cases[
            (cases["block"] == name) & (cases["model"] == "liptako") & (cases["band"] == "1-12")
            & (cases["span"] == "months") & (cases["unit"] == "MLI")
        ]  # fmt: skip
        rows = events["month"].between(first + 1, first + 12) & events["stream"].isin(streams)
        assert mine["obs"].sum() == events[rows & (events["country"] == "MLI")]["deaths"].sum()
        assert set(mine["q50"]) == {len(streams)}
    assert cases[(cases["block"] == "all") & (cases["unit"] == "MLI")]["active"].all()
    assert not cases[cases["unit"] == "GNB"]["active"].any()


def cases_of(
    losses: dict[str, dict[str, float]], years: int = 12, held: float = 1.0, seed: int = 3
) -> pd.DataFrame:
    """Return cases with a mean score by block and model, a yearly total covered as often."""
    rng = np.random.default_rng(seed)
    rows = []
    for block_name, by_model in losses.items():
        for year in range(years):
            for unit in COUNTRIES:
                inside = float(rng.random() < held)
                for model, loss in by_model.items():
                    common = {"model": model, "window": 2005 + year, "unit": unit, "active": True}
                    common |= {"block": block_name, "band": "1-12", "pit": 0.5, "lead": 1}
                    first = calendar.month_id(2005 + year, 11)
                    rows += [
                        common | {"month": first + month, "span": "months", "coverage90": 1.0,
                                  "crps_log1p": loss + 0.02 * rng.standard_normal()}
                        for month in range(12)
                    ]  # fmt: skip
                    rows.append(common | {"month": first + 11, "span": "years",
                                          "coverage90": inside, "crps_log1p": loss})  # fmt: skip
    return pd.DataFrame(rows)


SAME = {"liptako": 0.5, "conflictology": 0.5, "zero": 0.5}
BETTER = {"liptako": 0.4, "conflictology": 0.5, "zero": 0.9}
WORSE = {"liptako": 0.7, "conflictology": 0.5, "zero": 0.9}


def test_each_block_is_told_apart_and_a_worse_one_is_named():
    found = stream_table.summary(cases_of({"a": BETTER, "b": WORSE, "c": SAME, "all": BETTER}))
    rows = {(row["block"], row["span"]): row for row in found["rows"]}
    assert found["comparisons"] == len(rows) == 8
    assert rows["a", "months"]["scores"]["liptako"] == pytest.approx(0.4, abs=0.01)
    assert rows["a", "months"]["less"]["conflictology"]["estimate"] == pytest.approx(-0.1, abs=0.01)
    assert rows["a", "months"]["corrected"]["verdict"] == "better"
    assert rows["c", "months"]["corrected"]["verdict"] == "no clear difference"
    assert found["worse"] == [["b", "1-12", "months"], ["b", "1-12", "years"]]


def test_bounds_widen_with_the_number_of_comparisons():
    few, many = (
        stream_table.table(cases_of(dict.fromkeys(names, SAME)))[0] for names in ("a", "abcdefghij")
    )
    for row in (few, many):
        assert row["corrected"]["lo"] < row["less"]["conflictology"]["lo"]
        assert row["corrected"]["hi"] > row["less"]["conflictology"]["hi"]
    widths = [row["corrected"]["hi"] - row["corrected"]["lo"] for row in (few, many)]
    assert widths[1] > 1.1 * widths[0]


def test_all_kinds_do_not_count_twice_in_what_is_said_together():
    found = stream_table.together(cases_of({"a": BETTER, "b": SAME, "all": WORSE}))
    assert found["months"]["less"]["conflictology"]["estimate"] == pytest.approx(-0.05, abs=0.01)
    assert found["years"]["less"]["conflictology"]["estimate"] == pytest.approx(-0.05)
    assert found["months"]["less"]["conflictology"]["verdict"] == "better"


def test_blocks_of_the_bootstrap_are_three_years():
    """A difference that lasts three years is one draw, not 36: its interval is wide."""
    cases = cases_of({"a": SAME}, years=9)
    own = (cases["model"] == "liptako") & (cases["month"] < calendar.month_id(2008, 11))
    cases.loc[own, "crps_log1p"] += 0.3
    row = stream_table.difference(cases[cases["span"] == "months"], "conflictology")
    assert row["estimate"] == pytest.approx(0.1, abs=0.01)
    assert row["lo"] < 0.02


def test_coverage_is_pooled_over_origins_and_of_active_countries_apart():
    cases = cases_of({"a": SAME, "b": SAME, "all": SAME}, years=18, held=0.7)
    quiet = cases["unit"] == "BBB"
    cases.loc[quiet, "active"] = False
    cases.loc[quiet, "coverage90"] = 1.0
    cases.loc[(cases["span"] == "years") & (cases["block"] == "b"), "pit"] = 0.96
    found = stream_table.coverage(cases)
    whole = found[0]
    own = cases[(cases["model"] == "liptako") & (cases["span"] == "years")]
    apart = own[own["block"] != "all"]
    assert (whole["block"], whole["cases"], whole["active_cases"]) == ("together", 72, 36)
    assert whole["covered"]["estimate"] == pytest.approx(apart["coverage90"].mean())
    active = apart[apart["unit"] == "AAA"]["coverage90"].mean()
    assert whole["active"]["estimate"] == pytest.approx(active)
    assert whole["active"]["lo"] < active < whole["active"]["hi"] <= 1.0
    assert whole["exact"]["estimate"] == pytest.approx(0.5)
    assert [row["block"] for row in found] == ["together", "together", "a", "b", "all"]


def test_one_origin_has_scores_and_no_interval_of_its_totals():
    found = stream_table.summary(cases_of({"a": BETTER}, years=1))
    by_span = {row["span"]: row["corrected"] for row in found["rows"]}
    assert by_span["years"]["verdict"] == "unknown"
    assert by_span["years"]["estimate"] == pytest.approx(-0.1)
    assert by_span["months"]["verdict"] == "better"
    assert np.isnan(found["coverage"][0]["covered"]["lo"])


@pytest.fixture
def run_cli(monkeypatch, snapshot):
    def small(scenario, members, progress):
        return Source(load_scenario(scenario), snapshot, members)

    monkeypatch.setattr(scoring, "source_of", small)
    monkeypatch.setattr(verify_streams, "OTHERS", ("conflictology", "zero"))
    monkeypatch.setattr(scoring, "country_run", Made(small("sahel-2024", 4, None)))
    return lambda *words: CliRunner().invoke(app, ["verify", "--streams", *words])


def test_the_command_scores_what_is_asked_for_and_no_later_outcome(run_cli):
    done = run_cli("--origins", "2015", "--until", "2017-12", "--members", "4", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["origins"], found["until"], found["members"]) == ([2015], "2017-12", 4)
    assert found["comparisons"] == 7 * 5
    usual = run_cli("--origins", "2015", "--until", "2016-10", "--json")
    assert json.loads(usual.stdout)["members"] == stream_cases.MEMBERS
    assert json.loads(usual.stdout)["until"] == "2016-10"


def test_people_read_blocks_verdicts_and_coverage(capsys):
    cases = cases_of({"state_based": BETTER, "one_sided x": WORSE, "all": SAME})
    twin = cases[cases["model"] == "zero"].assign(model="conflictology_smoothed")
    names = ("conflictology", "conflictology_smoothed", "zero")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream_table, "MODELS", names)
        found = stream_table.summary(pd.concat([cases, twin], ignore_index=True))
    content = found | {"members": 4, "until": "2017-10", "actors": {"x": "Raiders"}}
    verify_streams.show(content, console)
    text = capsys.readouterr().out
    assert "civilians, by Raiders" in text
    assert "Worse beyond its bound: civilians, by Raiders 1-12 (months)" in text
    assert "better" in text
    assert "all 24: 100" in text


@pytest.mark.parametrize(
    "words",
    [
        ["--streams", "--store", "--members", "50"],
        ["--streams", "--store", "--until", "2017-12"],
        ["--growth", "--store"],
        ["--streams", "--level", "pgm"],
        ["--streams", "--growth"],
        ["--streams", "--origins", "2017", "--until", "2017-12"],
        ["--streams", "--until", "last year"],
        ["--origins", "2010"],
        ["--until", "2017-12"],
    ],
)
def test_options_that_do_not_go_together_are_refused(words):
    done = CliRunner().invoke(app, ["verify", *words, "--json"])
    assert done.exit_code == 2, done.output
    assert json.loads(done.stdout)["error"]["field"]
