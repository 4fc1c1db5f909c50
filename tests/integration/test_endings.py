"""Endings of the shipped scenario: the files recount them, and what must stand beside them does."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import liptako
from liptako.execution import outlook, store
from liptako.execution.endings import endings, outcomes_of
from liptako.execution.tables import standard_tables
from liptako.model.endings import ENDINGS, classify
from liptako.model.outcomes import from_frames
from liptako.report.from_run import report_of
from liptako.theatre.scenario import EndingThresholds

MEMBERS = 120


@pytest.fixture(scope="module")
def run():
    return outlook.run("sahel-2024", members=MEMBERS)


@pytest.fixture(scope="module")
def tables(run):
    return standard_tables(run)


@pytest.fixture(scope="module")
def folder(run, tables, tmp_path_factory):
    return store.save(run, tables, tmp_path_factory.mktemp("runs"))


def test_the_parquet_of_members_recounts_the_endings(run, folder, tables):
    names = ("members_year", "members_regimes", "members_pact", "baseline")
    frames = {name: pd.read_parquet(folder / "tables" / f"{name}.parquet") for name in names}
    again = from_frames(frames)
    thresholds = EndingThresholds()
    for horizon in (12, 24, 36):
        found = classify(again, thresholds, horizon)
        mine = tables["endings"].query("horizon == @horizon").set_index("ending")["p"]
        for ending in ENDINGS:
            assert found.share(ending) == pytest.approx(mine[ending])


def test_a_dataset_alone_gives_the_same_endings(run, tables, folder):
    import xarray as xr

    pd.testing.assert_frame_equal(endings(run.dataset), tables["endings"])
    stored = xr.load_dataset(folder / store.DATASET, engine="h5netcdf")
    pd.testing.assert_frame_equal(liptako.endings(stored), tables["endings"])


def test_the_summary_has_what_endings_need_beside_them(run, tables):
    summary = store.summary(run, tables)
    json.dumps(summary, allow_nan=False)
    assert set(summary["endings"]) == set(ENDINGS)
    for row in summary["endings"].values():
        assert set(row) == {"p", "lo", "hi", "mcse"}
        assert row["lo"] is row["hi"] is None  # too few futures here to tell a range from chance
    assert sum(row["p"] for row in summary["endings"].values()) == pytest.approx(1.0, abs=1e-4)
    assert len(summary["ending_table"]) == 12
    assert sum(row["p"] for row in summary["ending_table"]) == pytest.approx(1.0, abs=1e-3)
    assert {"with", "without"} == set(summary["rollback_without_pact"])
    for variant in ("reference_only", "markov_pact"):
        assert set(summary[f"endings_{variant}"]) == set(ENDINGS)
    assert set(summary["exits"]) == {"MLI", "BFA", "NER"}
    assert summary["threshold_grid"]


def test_variants_are_the_first_members_again(run):
    reference, without = run.variants["reference_only"], run.variants["without_pact"]
    assert reference.sizes["member"] == min(MEMBERS, outlook.VARIANT_MEMBERS)
    assert not without["joint_acts"].to_numpy().any()
    assert not without["left"].sel(country=["MLI", "BFA", "NER"]).to_numpy().any()
    # until a pact operates or a regime fares otherwise, a future without it is the same future
    same = run.dataset.isel(member=slice(0, without.sizes["member"]))
    other = (same["stage"] >= 2) | (same["exits"] != without["exits"]).any("country")
    alike = ~np.maximum.accumulate(other.transpose("member", "month").to_numpy(), axis=1)
    assert alike.mean() > 0.2
    dims = ("member", "month", "stream", "country")
    deaths = [run["deaths"].transpose(*dims).to_numpy()[alike] for run in (without, same)]
    np.testing.assert_array_equal(*deaths)


def test_outcomes_compare_with_what_was_seen_before(run):
    found = outcomes_of(run.dataset)
    events = run.prepared.snapshot.events
    recent = events[(events["month"] > 492) & (events["country"] == "BFA")]
    insurgent = recent[recent["stream"].isin(["jnim_civilians", "is_civilians"])]["deaths"].sum()
    total = recent["deaths"].sum()
    column = found.countries.index("BFA")
    assert insurgent / 3 < found.baseline_inflicted[column] < total / 3


def test_a_start_before_the_pact_has_no_endings():
    early = outlook.adjust("sahel-2024", 16, 12, None)
    early = early.__class__(
        early.scenario.model_copy(update={"init_time": "2023-06"}),
        early.theatre, early.registry, early.folder, early.file,
    )  # fmt: skip
    run = outlook.run(early)
    assert not run.variants
    assert "endings" not in standard_tables(run)
    with pytest.raises(liptako.InputError, match="no alliance"):
        endings(run.dataset)


@pytest.mark.parametrize(("members", "months"), [(2, 12), (16, 6), (16, 13)])
def test_short_and_small_runs_come_to_an_end(members, months, tmp_path):
    small = outlook.run("sahel-2024", members=members, months=months)
    made = standard_tables(small)
    assert ("endings" in made) == (months >= 12)
    folder = store.save(small, made, tmp_path, lambda: report_of(small, made))
    assert "<h1>" in (folder / "report.html").read_text(encoding="utf-8")
    json.dumps(store.summary(small, made), allow_nan=False)
    if months < 12:
        with pytest.raises(liptako.InputError, match="too short"):
            endings(small.dataset)
