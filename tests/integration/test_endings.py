"""Politics of the shipped scenario: files recount endings, what must stand beside them does."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import liptako
from liptako.exhibits.endings import headline
from liptako.exhibits.files import write_files
from liptako.exhibits.from_run import facts_of
from liptako.outcomes.classify import ENDINGS, classify
from liptako.outcomes.counted import from_frames, outcomes_of
from liptako.outcomes.endings import endings
from liptako.outcomes.ranges import no_range
from liptako.outcomes.summary import summary as summary_of
from liptako.outcomes.tables import standard_tables
from liptako.report import render
from liptako.runs.dataset import theatre_of
from liptako.runs.folder import load_run, open_run, to_file, write_variants
from liptako.runs.run import VARIANT_MEMBERS, run_of
from liptako.runs.start import start_of
from liptako.theatre.scenario import EndingThresholds

MEMBERS = 120


@pytest.fixture(scope="module")
def prepared():
    return start_of("sahel-2024", members=MEMBERS)


@pytest.fixture(scope="module")
def run(prepared):
    return run_of(prepared)


@pytest.fixture(scope="module")
def tables(run):
    return standard_tables(run.dataset, run.variants)


@pytest.fixture(scope="module")
def folder(prepared, run, tables, tmp_path_factory):
    """Return a run's folder, its futures simulated again and written as they came."""
    folder = tmp_path_factory.mktemp("runs")
    again = run_of(prepared, variants=False, gather=to_file(folder / "run.nc")).dataset
    write_variants(run, folder)
    write_files(again, standard_tables(again, run.variants), folder)
    return folder


def test_the_parquet_of_members_recounts_the_endings(run, folder, tables):
    names = (
        "members_year", "members_elsewhere", "members_regimes", "members_pact", "baseline",
    )  # fmt: skip
    frames = {name: pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in names}
    again = from_frames(frames)
    thresholds = EndingThresholds()
    for horizon in (12, 24, 36):
        found = classify(again, thresholds, horizon)
        mine = tables["endings"].query("horizon == @horizon").set_index("ending")["p"]
        for ending in ENDINGS:
            assert found.share(ending) == pytest.approx(mine[ending])


def test_a_dataset_alone_gives_the_same_endings(run, tables, folder):
    with pytest.warns(UserWarning, match=r"under 500 futures; this run has 120\. --members 500"):
        found = endings(run.dataset)
    with pytest.warns(UserWarning, match="--members 500 gives one"):
        pd.testing.assert_frame_equal(liptako.endings(load_run(folder)), found)
    names = ["horizon", "p", "lo", "hi", "mcse"]
    outcomes = found[found["kind"] == "outcome"].rename(columns={"name": "ending"})
    pd.testing.assert_frame_equal(
        outcomes[["ending", *names]].reset_index(drop=True), tables["endings"][["ending", *names]]
    )
    pieces = found[found["kind"] == "piece"].rename(columns={"name": "piece"})
    leading = tables["pieces"][tables["pieces"]["leads"]]
    columns = ["piece", *names, "base_rate", "base_lo", "base_hi"]
    pd.testing.assert_frame_equal(
        pieces[columns].reset_index(drop=True), leading[columns].reset_index(drop=True)
    )


def test_what_is_missing_under_500_futures_is_said_wherever_it_is(run, tables):
    assert tables["endings"]["lo"].isna().all()
    why = no_range(MEMBERS)
    facts = facts_of(run.dataset)
    assert why in facts.warnings
    assert summary_of(run.dataset, tables)["no_range"] == why
    page = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", render(tables, facts))
    assert why in page
    for text in ("? to ?", "(?", "nan"):
        assert not re.search(rf"(?<![A-Za-z]){re.escape(text)}(?![A-Za-z])", page), text
    many = {name: tables[name].assign(lo=0.1, hi=0.9) for name in ("endings", "pieces")}
    assert not no_range(500)
    assert "range unknown" not in headline({**tables, **many}, facts)


def test_the_summary_has_what_endings_need_beside_them(run, tables):
    summary = summary_of(run.dataset, tables)
    json.dumps(summary, allow_nan=False)
    assert set(summary["endings"]) == set(ENDINGS)
    for row in summary["endings"].values():
        assert set(row) == {"p", "lo", "hi", "mcse"}
        assert row["lo"] is row["hi"] is None  # too few futures here to estimate a range
    assert sum(row["p"] for row in summary["endings"].values()) == pytest.approx(1.0, abs=1e-4)
    assert len(summary["ending_table"]) == 3 * 2 * 3, "of pact, regimes and insurgents"
    assert sum(row["p"] for row in summary["ending_table"]) == pytest.approx(1.0, abs=1e-3)
    assert {"with", "without"} == set(summary["rollback_without_pact"])
    for variant in ("reference_only", "markov_pact"):
        assert set(summary[f"endings_{variant}"]) == set(ENDINGS)
    assert set(summary["exits"]) == {"MLI", "BFA", "NER"}
    assert set(summary["sub_endings"]) >= {"rivalry", "breaks_up"}
    assert summary["threshold_grid"]


def test_the_summary_has_disputes_choices_and_patrons(run, tables):
    summary, theatre = summary_of(run.dataset, tables), theatre_of(run.dataset)
    assert summary["politics_horizon_months"] == 36
    pairs = {"-".join(row.pair) for row in theatre.ladders}
    assert set(summary["disputes"]) == pairs | {"any"}
    assert set(summary["disputes"]["any"]) == {"incident", "clash", "war"}
    assert set(summary["upper_rungs"]["all pairs"]["clash"]) >= {"rate", "reference", "n"}
    assert set(summary["acts"]) == set(summary["promises"]) == {"MLI", "BFA", "NER"}
    assert set(summary["acts"]["MLI"]) == set(theatre.menu)
    assert summary["acts"]["MLI"]["target_harder"]["law"]
    assert set(summary["patrons"]) == set(theatre.instruments)
    assert set(summary["patrons"]["russia"]["ALL"]) == {"1", "2", "3"}


def test_pairs_together_are_the_pairs_one_by_one(tables):
    every = tables["dispute_groups"].query("group == 'all pairs'").reset_index(drop=True)
    one_by_one = tables["dispute_chances"].query("dyad == 'any'").reset_index(drop=True)
    columns = ["horizon", "rung", "p", "mcse", "reference", "reference_lo", "reference_hi"]
    pd.testing.assert_frame_equal(every[columns], one_by_one[columns])
    parts = tables["dispute_groups"].pivot(index=["horizon", "rung"], columns="group", values="p")
    assert (parts["all pairs"] >= parts[["between allies", "ally and outsider"]].max(axis=1)).all()
    assert (parts["all pairs"] <= parts.drop(columns="all pairs").sum(axis=1) + 1e-9).all()


def test_past_disputes_stand_among_base_rates(tables):
    rates = tables["base_rates"].set_index("quantity")
    row = rates.loc["Use of force between two neighbours in a year"]
    rungs = tables["upper_rungs"].set_index(["group", "rung"]).loc[("all pairs", "clash")]
    assert row["mean"] == rungs["rate"] > 0
    assert row["reference"] == rungs["reference"] > 0
    assert row["n"] == rungs["n"]


def test_dates_that_pass_are_those_that_the_model_counts(run, tables):
    counted = run.dataset["missed"].sel(country=["MLI", "BFA", "NER"]) > 0
    assert counted.any()
    table = tables["promises"].query("outcome == 'missed'").set_index(["country", "horizon"])["p"]
    for country in ("MLI", "BFA", "NER"):
        for months in (12, 24, 36):
            share = float(counted.sel(country=country).isel(month=months - 1).mean())
            assert table.loc[(country, months)] == pytest.approx(share)


def test_the_report_shows_disputes_choices_and_patrons(run, tables):
    page = render(tables, facts_of(run.dataset))
    assert page.index('<section id="pact"') < page.index("Rates of disputes; ")
    for chart in ("disputes", "ladders", "choices"):
        assert f'data-chart="{chart}"' in page


def test_variants_are_the_first_members_again(run):
    reference, without = run.variants["reference_only"], run.variants["without_pact"]
    assert reference.sizes["member"] == min(MEMBERS, VARIANT_MEMBERS)
    assert not without["joint_acts"].to_numpy().any()
    assert not without["left"].sel(country=["MLI", "BFA", "NER"]).to_numpy().any()
    # until a pact operates, or a regime fares or acts otherwise, a future without it is the same
    same = run.dataset.isel(member=slice(0, without.sizes["member"]))
    other = (same["stage"] >= 2) | (same["exits"] != without["exits"]).any("country")
    other |= (same["act"] != without["act"]).any("country")
    other |= (same["rung"] != without["rung"]).any("dyad")
    alike = ~np.maximum.accumulate(other.transpose("member", "month").to_numpy(), axis=1)
    assert alike.sum() > 50
    dims = ("member", "month", "stream", "country")
    deaths = [run["deaths"].transpose(*dims).to_numpy()[alike] for run in (without, same)]
    np.testing.assert_array_equal(*deaths)


def test_outcomes_compare_with_what_was_seen_before(run, prepared):
    found = outcomes_of(run.dataset)
    events = prepared.snapshot.events
    recent = events[(events["month"] > 492) & (events["country"] == "BFA")]
    insurgent = recent[recent["stream"].isin(["jnim_civilians", "is_civilians"])]["deaths"].sum()
    total = recent["deaths"].sum()
    column = found.countries.index("BFA")
    assert insurgent / 3 < found.baseline_inflicted[column] < total / 3


def test_a_start_before_the_pact_has_no_endings():
    loaded = liptako.load_scenario("sahel-2024")
    scenario = loaded.scenario.model_copy(update={"init_time": "2023-06"})
    early = start_of(replace(loaded, scenario=scenario), members=16, months=12)
    run = run_of(early)
    assert not run.variants
    assert "endings" not in standard_tables(run.dataset, run.variants)
    with pytest.raises(liptako.InputError, match="no alliance"):
        endings(run.dataset)


@pytest.mark.slow
@pytest.mark.parametrize(("members", "months"), [(2, 12), (16, 6), (16, 13)])
def test_short_and_small_runs_come_to_an_end(members, months, tmp_path):
    small = run_of(start_of("sahel-2024", members=members, months=months))
    made = standard_tables(small.dataset, small.variants)
    assert ("endings" in made) == (months >= 12)
    write_files(small.dataset, made, tmp_path)
    assert "<h1>" in render(made, facts_of(small.dataset))
    json.dumps(summary_of(small.dataset, made), allow_nan=False)
    if months < 12:
        with pytest.raises(liptako.InputError, match="too short"):
            endings(small.dataset)


def test_a_folder_opened_again_is_the_run(run, tables, folder):
    again = open_run(folder)
    assert again.dataset.attrs == run.dataset.attrs
    assert set(again.variants) == set(run.variants)
    for name in run.dataset.variables:
        expected = run.dataset[name]
        assert again.dataset[name].dims == expected.dims, name
        np.testing.assert_array_equal(again.dataset[name].to_numpy(), expected.to_numpy(), name)
    made = standard_tables(again.dataset, again.variants)
    assert list(made) == list(tables)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(made[name], table, obj=name)
        kept = pd.read_parquet(folder / "tables" / f"{name}.parquet")
        assert len(kept) == len(table)


def test_what_is_no_run_is_refused_in_words(folder, tmp_path):
    with pytest.raises(liptako.InputError, match="not a run's folder"):
        load_run(tmp_path)
    content = (folder / "run.nc").read_bytes()
    (tmp_path / "run.nc").write_bytes(content[: len(content) // 3])
    with pytest.raises(liptako.InputError, match="not a readable run"):
        load_run(tmp_path)
    older = run_without(folder, tmp_path / "older", "format")
    with pytest.raises(liptako.InputError, match="earlier version"):
        load_run(older)


def run_without(folder, target, attribute):
    """Return a copy of a run's folder that lacks an attribute."""
    import h5netcdf

    target.mkdir()
    (target / "run.nc").write_bytes((folder / "run.nc").read_bytes())
    with h5netcdf.File(target / "run.nc", "a") as file:
        del file.attrs[attribute]
    return target
