"""Regimes born of coups as data: what is taken, what is withheld, one spell a country-month."""

from __future__ import annotations

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest

from liptako import calendar
from liptako.data import regimes
from liptako.data.snapshot import OPTIONAL, TABLES, load_snapshot, write_snapshot
from liptako.errors import InputError

UNITS = ("leader", "junta", "regime")
OVERLAP = """[[overlaps]]
country = "AAA"
earlier = "1960-01"
later = "1962-03"
units = ["junta"]
outcome = "{outcome}"
reason = "A reason long enough to be one."
"""


def row(country, coup, end="2023-12", mode="in_power", *, flag="", new=1, source="Powell-Thyne"):
    """Return one row of the file; all units end alike."""
    months = calendar.parse_month(end) - calendar.parse_month(coup)
    kept = flag in regimes.USED
    found = {"iso3": country, "coup_month": coup, "flag": flag, "leader": "X", "region": "R",
             "subregion": "S", "new_regime": new if kept else None, "source": source}  # fmt: skip
    for unit in UNITS:
        has = kept and (unit != "regime" or new == 1)
        values = (end, mode, months, int(mode != "in_power")) if has else (None, None, None, None)
        found |= dict(zip((f"{unit}_{name}" for name in ("end", "mode", "months", "event")),
                          values, strict=True))  # fmt: skip
    return found


def write(folder, rows):
    path = folder / "regimes.csv"
    pd.DataFrame(rows).astype(object).to_csv(path, index=False)
    return path


def test_rows_of_a_withheld_source_are_left_out_of_both_tables(tmp_path):
    rows = [
        row("AAA", "1949-01", "1950-01", "election", source="Cline Center CDP v2.1.2; REIGN"),
        row("BBB", "1949-11", "1951-05", "coup_out", flag="gwf", source="GWF seizure_coup"),
    ]
    assert regimes.read_regimes(write(tmp_path, rows))["country"].tolist() == ["BBB"]
    text = "iso3,month,day,success,cline_same_month,cline_within_1m,region,source\n"
    text += "AAA,1949-01,1,1,coup,coup,R,Cline Center CDP v2.1.2\n"
    text += "BBB,1950-01,1,0,,,R,Powell-Thyne\n"
    (tmp_path / "coups.csv").write_text(text)
    found = regimes.read_coups_world(tmp_path / "coups.csv")
    assert found.to_dict("list") == {"country": ["BBB"], "month": [-359], "success": [0]}


def test_nothing_withheld_is_shipped(snapshot):
    first = min(snapshot.regimes["coup"].min(), snapshot.coups_world["month"].min())
    assert first == calendar.month_id(1949, 11)
    assert snapshot.coups_world["month"].min() >= calendar.month_id(1950, 1)
    names = [*snapshot.regimes, *snapshot.coups_world]
    assert not [name for name in names if "cline" in name.lower() or name == "source"]
    early = snapshot.regimes[snapshot.regimes["coup"] < calendar.month_id(1950, 1)]
    assert early["flag"].tolist() == ["gwf"]


def test_a_unit_has_one_spell_a_country_month(snapshot):
    for unit in UNITS:
        rows = regimes.spells(snapshot.regimes, unit)
        months = [
            (country, month)
            for country, coup, end in zip(rows["country"], rows["coup"], rows["end"], strict=True)
            for month in range(coup + 1, end + 1)
        ]
        assert len(months) == len(set(months)), unit
    assert len(regimes.spells(snapshot.regimes, "regime")) == 177


@pytest.mark.parametrize(
    ("outcome", "months", "modes"),
    [("ends", [26, 34], ["coup_in", "election"]), ("goes_on", [60], ["election"])],
)
def test_an_overlap_ends_as_its_file_says(tmp_path, outcome, months, modes):
    rows = [
        row("AAA", "1960-01", "1965-01", "election"),
        row("AAA", "1962-03", "1965-01", "election", new=0),
    ]
    path = write(tmp_path, rows)
    with pytest.raises(InputError, match="unit leader overlap"):
        regimes.read_regimes(path)
    file = tmp_path / "overlaps.toml"
    text = OVERLAP.format(outcome=outcome).replace('["junta"]', '["junta", "leader"]')
    file.write_text(text)
    table = regimes.read_regimes(path, file)
    found = regimes.spells(table, "junta")
    assert found["months"].tolist() == months
    assert found["mode"].tolist() == modes
    assert found["event"].eq(1).all()
    assert regimes.spells(table, "regime")["months"].tolist() == [60]


def test_every_shipped_overlap_is_resolved_once_with_a_reason(theatre_folder, snapshot):
    rows = regimes.read_overlaps(theatre_folder / "regime_overlaps.toml")
    assert len({(item.country, item.later) for item in rows}) == len(rows) == 5
    for item in rows:
        place = (snapshot.regimes["country"] == item.country) & (
            snapshot.regimes["coup"] == calendar.parse_month(item.later)
        )
        assert place.sum() == 1
        assert snapshot.regimes.loc[place, "junta_end"].isna().all() == (item.outcome == "goes_on")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"junta_months": 5}, "junta_months"),
        ({"leader_mode": "in_power"}, "leader_mode"),
        ({"regime_end": None}, "regime_end"),
        ({"new_regime": None}, "new_regime"),
        ({"flag": "other"}, "flag"),
    ],
)
def test_contradictions_are_refused(tmp_path, change, field):
    path = write(tmp_path, [row("AAA", "1960-01", "1961-01", "election") | change])
    with pytest.raises(InputError) as caught:
        regimes.read_regimes(path)
    assert field in str(caught.value.field)


def test_a_cut_follows_spells_to_the_month(snapshot):
    month = calendar.month_id(1990, 6)
    cut = snapshot.until(month)
    assert cut.regimes["coup"].max() <= month
    assert cut.coups_world["month"].max() <= month
    for unit in UNITS:
        before = regimes.spells(snapshot.regimes, unit)
        before = before[before["coup"] <= month].reset_index(drop=True)
        after = regimes.spells(cut.regimes, unit)
        later = before["end"] > month
        assert (after["end"][later] == month).all()
        assert (after["event"][later] == 0).all()
        assert (after["mode"][later] == "in_power").all()
        pd.testing.assert_frame_equal(before[~later], after[~later])
        assert (after["months"] == after["end"] - after["coup"]).all()
    ended_then = regimes.spells(snapshot.until(calendar.month_id(1991, 3)).regimes, "regime")
    assert ended_then["event"].sum() > regimes.spells(cut.regimes, "regime")["event"].sum()


def test_unused_rows_have_no_spell(snapshot):
    unused = snapshot.regimes[~snapshot.regimes["flag"].isin(regimes.USED)]
    assert set(unused["flag"]) == {"self", "demo", "X"}
    for unit in UNITS:
        found = regimes.spells(snapshot.regimes, unit)
        pairs = set(zip(found["country"], found["coup"], strict=True))
        assert not pairs & set(zip(unused["country"], unused["coup"], strict=True))
    with pytest.raises(InputError, match="unit"):
        regimes.spells(snapshot.regimes, "camp")


def test_a_snapshot_without_the_tables_has_none_of_their_rows(tmp_path, theatre_folder, snapshot):
    folder = tmp_path / "snapshot"
    older = {name: table for name, table in snapshot.tables().items() if name not in OPTIONAL}
    write_snapshot(older, snapshot.manifest, folder)
    assert set(load_snapshot(folder).tables()) == set(TABLES)
    for name, none in OPTIONAL.items():
        pd.testing.assert_frame_equal(none(), getattr(load_snapshot(folder).until(400), name))
    shutil.copytree(theatre_folder / "snapshot", tmp_path / "old")
    manifest = (tmp_path / "old/manifest.json").read_text()
    for name in OPTIONAL:
        (tmp_path / f"old/{name}.parquet").unlink()
        manifest = manifest.replace(f'"{name}": {{', f'"no_{name}": {{')
    (tmp_path / "old/manifest.json").write_text(manifest)
    assert load_snapshot(tmp_path / "old").regimes.empty


def test_empty_tables_have_the_columns_and_kinds_of_full_ones(snapshot):
    for name, none in OPTIONAL.items():
        full, empty = getattr(snapshot, name), none()
        assert list(full) == list(empty)
        assert full.dtypes.astype(str).to_dict() == empty.dtypes.astype(str).to_dict()
        assert dataclasses.replace(snapshot, **{name: empty}).until(500) is not None


def test_the_shipped_table_is_that_of_the_raw_file(raw, snapshot, theatre_folder):
    path = raw / "regimes_world/regimes_world.csv"
    table = regimes.read_regimes(path, theatre_folder / "regime_overlaps.toml")
    pd.testing.assert_frame_equal(table, snapshot.regimes, check_dtype=False)
    whole = pd.read_csv(path)
    assert len(whole) - len(table) == whole["source"].str.startswith("Cline").sum() == 19
    assert np.isin(table["flag"], regimes.FLAGS).all()
