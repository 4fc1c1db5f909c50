import json
import shutil

import numpy as np
import pandas as pd
import pytest

from liptako import calendar
from liptako.data import build, cells, coverage, events, ged, imports, timeline, views
from liptako.data import snapshot as snapshot_module
from liptako.data.geography import gid_of
from liptako.errors import InputError

TOTALS = {
    ("MLI", 2022): 3650, ("MLI", 2023): 2109, ("BFA", 2022): 2609, ("BFA", 2023): 6109,
    ("NER", 2022): 664, ("NER", 2023): 534,
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory, theatre, raw):
    out = tmp_path_factory.mktemp("built") / "snapshot"
    build.build_snapshot(theatre, raw, out)
    return out


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes(built, tmp_path, theatre, raw):
    build.build_snapshot(theatre, raw, tmp_path / "again")
    for path in sorted(built.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


@pytest.mark.slow
def test_the_shipped_snapshot_is_a_fresh_build(built, snapshot):
    fresh = load(built)
    for name, table in fresh.tables().items():
        pd.testing.assert_frame_equal(getattr(snapshot, name), table, obj=name)
    left, right = ({**one.manifest, "tables": None} for one in (fresh, snapshot))
    assert left == right


def load(folder):
    return snapshot_module.load_snapshot(folder)


def test_the_snapshot_is_small_and_names_no_local_path(theatre_folder):
    paths = list((theatre_folder / "snapshot").iterdir())
    assert sum(path.stat().st_size for path in paths) < 2_000_000
    text = (theatre_folder / "snapshot/manifest.json").read_text(encoding="utf-8")
    assert "/work" not in text
    assert "/home/" not in text
    assert "/tmp" not in text
    for source in json.loads(text)["sources"]:
        assert source["title"]
        assert source["citation"]
        assert source["licence"]
        assert source["rows"] > 0
        assert all(len(digest) == 64 for digest in source["sha256"].values())


@pytest.mark.parametrize(("country", "year"), list(TOTALS))
def test_known_totals(snapshot, country, year):
    first = calendar.month_id(year, 1)
    rows = snapshot.events
    rows = rows[(rows["country"] == country) & rows["month"].between(first, first + 11)]
    assert rows["deaths"].sum() == TOTALS[country, year]


@pytest.mark.parametrize("country", ["MLI", "BFA", "NER"])
def test_state_based_deaths_are_those_that_forecasts_are_scored_on(snapshot, theatre, country):
    months = range(calendar.month_id(2018, 1), calendar.month_id(2023, 12) + 1)
    rows = snapshot.events
    rows = rows[(rows["country"] == country) & (rows["kind"] == "state_based")]
    mine = rows.groupby("month")["deaths"].sum().reindex(months, fill_value=0)
    other = snapshot.country_months
    other = other[other["country_id"] == theatre.countries[country].views_id]
    other = other.set_index("month")["deaths_sb"].reindex(months)
    assert other.notna().all()
    assert mine.tolist() == other.tolist()


def test_streams_cover_every_event(snapshot, theatre):
    rows = snapshot.events
    assert set(rows["stream"]) <= {*theatre.streams, "unmapped"}
    mapped = rows[rows["stream"] != "unmapped"]
    kinds = mapped["stream"].map({name: row.kind for name, row in theatre.streams.items()})
    assert (kinds == mapped["kind"]).all()
    assert snapshot.manifest["events"]["unmapped_deaths"] == 0
    parts = ["deaths_state", "deaths_insurgent", "deaths_civilians", "deaths_unknown"]
    assert (rows[parts].sum(axis=1) == rows["deaths"]).all()
    assert not rows.duplicated(list(events.KEYS)).any()
    assert (rows["deaths_low"] <= rows["deaths"]).all()
    assert (rows["deaths"] <= rows["deaths_high"]).all()


def test_nothing_lies_outside_a_window_of_observation(snapshot, theatre):
    names = snapshot.regions.set_index("region")["region_name"]
    rows = snapshot.events
    for country, region in rows[["country", "region"]].drop_duplicates().itertuples(index=False):
        first, last, _ = cells.observed_window(theatre, country, names.get(region, ""))
        mine = rows[(rows["country"] == country) & (rows["region"] == region)]
        assert mine["month"].between(first, last).all(), (country, region)


def test_cells(snapshot, theatre):
    table = snapshot.cells
    counts = table["country"].value_counts()
    assert set(counts.index) == set(theatre.countries)
    assert 400 <= counts["NER"] <= 440
    assert 410 <= counts["MLI"] <= 450
    assert 80 <= counts["BFA"] <= 100
    area = table.groupby("country")["area_km2"].sum()
    known = {"MLI": 1_240_000, "NER": 1_267_000, "BFA": 274_000, "CIV": 322_000, "GHA": 239_000}
    for country, km2 in known.items():
        assert area[country] == pytest.approx(km2, rel=0.1)
    whole = ["MLI", "BFA", "NER", "BEN", "TGO", "GHA", "CIV", "NGA"]
    shares = table.groupby("country")["pop_share"].sum()
    np.testing.assert_allclose(shares[whole], 1, rtol=1e-9)
    assert table["gid"].is_monotonic_increasing
    assert table["gid"].is_unique
    assert table["land_share"].between(0, 1).all()
    windows = table.set_index(["country", "region_name"])[["observed_first", "observed_last"]]
    assert windows.loc[("NGA", "Borno")].drop_duplicates().to_numpy().tolist() == [[277, 528]]
    assert windows.loc[("NGA", "Kano")].drop_duplicates().to_numpy().tolist() == [[121, 480]]
    assert windows.loc["MLI"].drop_duplicates().to_numpy().tolist() == [[109, 528]]
    assert windows.loc["DZA"].drop_duplicates().to_numpy().tolist() == [[0, 0]]


def test_regions_without_a_cell_say_where_they_are_counted(snapshot):
    table = snapshot.regions.set_index("region")
    name = table["region_name"]
    inside = table[table["counted_in"] != ""]
    assert not set(inside.index) & set(snapshot.cells["region"])
    assert set(inside["counted_in"]) <= set(snapshot.cells["region"])
    found = dict(zip(inside["region_name"], inside["counted_in"].map(name), strict=True))
    for town, around in [("Bamako", "Koulikoro"), ("Niamey", "Tillabéri"), ("Bissau", "Biombo")]:
        assert found[town].lower() == around.lower(), town
    assert len(found) == 7
    assert {"Littoral", "Mono", "Oueme"} <= set(found), "on the coast of Benin"
    elsewhere = table[(table["counted_in"] == "") & ~table.index.isin(snapshot.cells["region"])]
    assert set(elsewhere["country"]) == {"DZA", "GIN", "MRT"}, "far from any event data"


def test_each_code_is_said_to_be_what_it_is(snapshot):
    systems = snapshot.regions.groupby("country")["code_system"].unique()
    assert {len(row) for row in systems} == {1}
    kinds = {iso: row[0].split(" (")[0] for iso, row in systems.items()}
    p_codes = {iso for iso, kind in kinds.items() if kind == "P-code"}
    assert p_codes == {"BEN", "CIV", "GNB", "MLI", "NER", "SEN", "TGO"}
    assert kinds["BFA"] == "ISO 3166-2"
    assert {kinds[iso] for iso in set(kinds) - p_codes - {"BFA"}} == {"HASC"}


def test_places_known_from_the_map(snapshot):
    at = snapshot.cells.set_index("gid")
    kidal = at.loc[int(gid_of(18.44, 1.41))]
    assert (kidal["country"], kidal["region_name"]) == ("MLI", "Kidal")
    assert not kidal["border"]
    assert kidal["dist_capital_km"] == pytest.approx(1190, rel=0.05)
    djibo = at.loc[int(gid_of(14.1, -1.63))]
    assert (djibo["country"], djibo["region_name"]) == ("BFA", "Sahel")
    assert djibo["dist_border_km"] < 60
    bamako = at.loc[int(gid_of(12.65, -8.0))]
    assert bamako["dist_capital_km"] < 40
    mali = at[at["country"] == "MLI"]
    assert bamako["pop_share"] == mali["pop_share"].max()


def test_a_coarse_event_is_placed_by_its_own_id_alone(raw, theatre, snapshot):
    rows, _ = ged.read_ged(raw / "ged/ged241_west_africa_1989_2023.csv.gz")
    table = events.locate(rows, theatre, snapshot.cells, snapshot.regions)
    coarse = table[table["coarse"]]
    assert len(coarse) == (rows["where_prec"] >= 4).sum()
    assert (coarse["gid"] != coarse["gid_published"]).mean() > 0.8
    fine = table[~table["coarse"]]
    assert (fine["gid"] == fine["gid_published"]).all()
    some = rows.sample(frac=0.3, random_state=1)
    again = events.locate(some, theatre, snapshot.cells, snapshot.regions).set_index("id")
    expected = table.set_index("id").loc[again.index]
    pd.testing.assert_frame_equal(again, expected)
    at = snapshot.cells.set_index("gid")["region"]
    region_known = coarse[coarse["where_prec"] < 6]
    inside = region_known["gid"].map(at) == region_known["region"]
    kept = region_known["gid"] == region_known["gid_published"]
    assert (inside | kept).all()


def test_until_removes_everything_later(snapshot):
    month = calendar.month_id(2019, 6)
    cut = snapshot.until(month)
    for name, table in cut.tables().items():
        stamps = table.select_dtypes("number").filter(
            regex="^(month|coup|signed|next_.*|leader_end|camp_end|end|first_.*|command|"
            "consultative|observed_.*)$"
        )
        assert not (stamps > month).to_numpy().any(), name
        if name in ("vdem", "mid"):
            assert table["year"].max() <= 2018
    assert cut.last_month == month
    assert len(cut.events) < len(snapshot.events)
    whole = snapshot.until(snapshot.last_month)
    for name, table in whole.tables().items():
        pd.testing.assert_frame_equal(table, getattr(snapshot, name), obj=name)


@pytest.mark.parametrize("name", ["events.parquet", "cells.parquet"])
def test_a_damaged_table_is_refused(tmp_path, theatre_folder, name):
    folder = tmp_path / "snapshot"
    shutil.copytree(theatre_folder / "snapshot", folder)
    content = bytearray((folder / name).read_bytes())
    content[100] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        load(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match="not found"):
        load(folder)
    (folder / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="manifest"):
        load(folder)
    with pytest.raises(InputError, match="manifest is missing"):
        load(tmp_path)


def test_the_users_snapshot_goes_first(tmp_path, theatre, theatre_folder, monkeypatch):
    monkeypatch.delenv(snapshot_module.DATA_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    shipped = theatre_folder / "snapshot"
    assert snapshot_module.snapshot_folder(theatre_folder, theatre) == shipped
    shutil.copytree(shipped, tmp_path / "liptako/sahel/snapshot")
    found = snapshot_module.snapshot_folder(theatre_folder, theatre)
    assert found == tmp_path / "liptako/sahel/snapshot"
    monkeypatch.setenv(snapshot_module.DATA_VARIABLE, str(tmp_path / "other"))
    assert snapshot_module.snapshot_folder(theatre_folder, theatre) == shipped


def test_a_folder_of_something_else_is_not_replaced(tmp_path, snapshot):
    (tmp_path / "precious.txt").write_text("keep")
    with pytest.raises(InputError, match="other than a snapshot"):
        snapshot_module.write_snapshot(snapshot.tables(), snapshot.manifest, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "keep"


def test_a_failed_write_leaves_the_old_snapshot(tmp_path, snapshot, monkeypatch):
    out = tmp_path / "snapshot"
    snapshot_module.write_snapshot(snapshot.tables(), snapshot.manifest, out)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshot_module.json, "dumps", fail)
    with pytest.raises(KeyboardInterrupt):
        snapshot_module.write_snapshot(snapshot.tables(), snapshot.manifest, out)
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot"]
    load(out)


def test_the_timeline_table_is_the_shipped_file(snapshot, theatre_folder):
    rows = timeline.read_timeline(theatre_folder / "timeline.csv")
    assert len(rows) == 134
    pd.testing.assert_frame_equal(snapshot.timeline, rows)


def test_history_agrees_with_the_source(snapshot, raw):
    path = raw / "views/cm_actuals_2020.csv"
    actuals = views.read_actuals(path)
    mine = snapshot.country_months
    mine = mine[mine["month"].between(actuals["month"].min(), actuals["month"].max())]
    assert mine["deaths_sb"].sum() == actuals["outcome"].sum()
    assert mine["country_id"].nunique() == 191


def test_coverage_tells_unobserved_from_peaceful(snapshot, theatre):
    table = coverage.coverage(snapshot, theatre).set_index(["country", "year"])
    assert table.loc[("MLI", 2023), "deaths"] == 2109
    assert table.loc[("MLI", 2023), "observed_months"] == 12
    assert np.isnan(table.loc[("DZA", 2023), "deaths"])
    assert table.loc[("GNB", 2015), "deaths"] == 0
    assert 0 < table.loc[("NGA", 2023), "observed_months"] < 4
    recent = table.loc[["MLI", "BFA", "NER"]].query("year >= 2018")
    share = (recent["coarse_share"] * recent["events"]).sum() / recent["events"].sum()
    assert share == pytest.approx(1 / 7, abs=0.03)
    shown = coverage.summary(snapshot)
    assert shown["last_month"] == "2023-12"
    assert all(source["title"] for source in shown["sources"])


def ged_file(path, raw, select, shift=0, **change):
    table = pd.read_csv(raw / "ged/ged241_west_africa_1989_2023.csv.gz", dtype=str)
    table = table[select(table)].copy()
    if shift:
        for column in ("date_start", "date_end"):
            table[column] = (table[column].str[:4].astype(int) + shift).astype(str) + table[
                column
            ].str[4:]
    table.assign(**change).to_csv(path, index=False)
    return path


def test_importing_what_is_there_already_changes_no_event(tmp_path, raw, theatre, snapshot):
    file = ged_file(tmp_path / "g.csv", raw, lambda t: t["year"].isin(["2022", "2023"]))
    report = imports.import_ged(file, theatre, snapshot, tmp_path / "out")
    assert report.deaths_before == report.deaths_after
    new = load(tmp_path / "out")
    pd.testing.assert_frame_equal(new.events, snapshot.events)
    pd.testing.assert_frame_equal(new.cells, snapshot.cells)
    drop = ["vintage"]
    mine = snapshot.country_months["country"].isin(["MLI", "BFA", "NER"])
    pd.testing.assert_frame_equal(
        new.country_months[mine].drop(columns=drop),
        snapshot.country_months[mine].drop(columns=drop),
    )


def test_a_newer_file_extends_the_window(tmp_path, raw, theatre, snapshot):
    file = ged_file(
        tmp_path / "g.csv",
        raw,
        lambda t: (t["year"] == "2023") & t["country"].isin(["Mali", "Burkina Faso"]),
        shift=2,
    )
    with pytest.raises(InputError, match=r"months are missing.*MLI from 2024-01"):
        imports.import_ged(file, theatre, snapshot, tmp_path / "out", dry_run=True)
    assert not (tmp_path / "out").exists()
    file = ged_file(
        tmp_path / "g.csv",
        raw,
        lambda t: (t["year"] == "2023") & t["country"].isin(["Mali", "Burkina Faso"]),
        shift=1,
    )
    report = imports.import_ged(file, theatre, snapshot, tmp_path / "out")
    assert report.countries == ("MLI", "BFA")
    assert report.deaths_after == 2109 + 6109
    new = load(tmp_path / "out")
    assert new.last_month == calendar.month_id(2024, 12)
    last = new.cells.groupby("country")["observed_last"].max()
    assert (last["MLI"], last["BFA"], last["NER"]) == (540, 540, 528)
    added = new.events[new.events["month"] > 528]
    assert added["deaths"].sum() == 2109 + 6109
    months = new.country_months
    extra = months[(months["country"] == "MLI") & (months["month"] > 528)]
    old = months[(months["country"] == "MLI") & months["month"].between(517, 528)]
    assert extra["deaths_sb"].tolist() == old["deaths_sb"].tolist()


def test_a_file_without_the_theatre_is_refused(tmp_path, raw, theatre, snapshot):
    file = ged_file(
        tmp_path / "g.csv", raw, lambda t: t["country"] == "Togo", country="Peru", country_id="135"
    )
    with pytest.raises(InputError, match=r"Peru.*Mali"):
        imports.import_ged(file, theatre, snapshot, tmp_path / "out")
    file = ged_file(tmp_path / "g.csv", raw, lambda t: t["country"] == "Mali", country_id="436")
    with pytest.raises(InputError, match=r"column country_id.*432 for Mali"):
        imports.import_ged(file, theatre, snapshot, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_other_countries_are_counted_and_skipped(tmp_path, raw, theatre, snapshot):
    file = ged_file(tmp_path / "g.csv", raw, lambda t: t["year"] == "2023")
    table = pd.read_csv(file, dtype=str)
    togo = table["country"] == "Togo"
    table.loc[togo, ["country", "country_id"]] = ["Peru", "135"]
    table.to_csv(file, index=False)
    report = imports.import_ged(file, theatre, snapshot, tmp_path / "out")
    assert report.skipped == {"Peru": int(togo.sum())}
    assert "TGO" in report.absent
