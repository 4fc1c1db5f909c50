import gzip

import pandas as pd
import pytest

from liptako.data import ged
from liptako.errors import InputError

ROW = {
    "id": "1", "year": "2023", "type_of_violence": "1", "side_a": "Government of Mali",
    "side_b": "JNIM", "dyad_name": "Government of Mali - JNIM", "where_prec": "1",
    "adm_1": "Mopti region", "latitude": "15.02", "longitude": "-12.54",
    "priogrid_gid": "151535", "country": "Mali", "country_id": "432",
    "date_start": "2023-01-30", "date_end": "2023-02-02", "date_prec": "2",
    "deaths_a": "1", "deaths_b": "2", "deaths_civilians": "0", "deaths_unknown": "0",
    "best": "3", "high": "4", "low": "3",
}  # fmt: skip


def write(path, *changes, drop=(), rename=None):
    rows = [{**ROW, "id": str(n + 1), **change} for n, change in enumerate(changes or ({},))]
    table = pd.DataFrame(rows).drop(columns=list(drop)).rename(columns=rename or {})
    table.to_csv(path, index=False)
    return path


def test_a_plain_row_is_read_into_the_month_in_which_it_ended(tmp_path):
    events, repairs = ged.read_ged(write(tmp_path / "a.csv"))
    assert tuple(events.columns) == ged.COLUMNS
    assert events["month"].tolist() == [518]
    assert events["gwno"].tolist() == [432]
    assert repairs == ged.Repairs(rows=1, low_above_best=0, best_above_high=0, parts_differ=0)


def test_variants_of_releases_give_the_same_events(tmp_path):
    expected, _ = ged.read_ged(write(tmp_path / "a.csv"))
    floats = {name: f"{ROW[name]}.0" for name in ("id", "deaths_a", "deaths_b", "high", "low")}
    times = {"date_start": "2023-01-30 00:00:00.000", "date_end": "2023-02-02 00:00:00.000"}
    other = write(tmp_path / "b.csv", {**floats, **times, "active_year": "True", "gwnoa": "432.0"})
    pd.testing.assert_frame_equal(ged.read_ged(other)[0], expected)
    packed = tmp_path / "c.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    pd.testing.assert_frame_equal(ged.read_ged(packed)[0], expected)
    old = write(
        tmp_path / "d.csv", rename={"best": "best_est", "high": "high_est", "low": "low_est"}
    )
    pd.testing.assert_frame_equal(ged.read_ged(old)[0], expected)
    bare = ged.read_ged(write(tmp_path / "e.csv", drop=["adm_1"]))[0]
    assert bare["adm_1"].isna().all()


def test_documented_slips_are_repaired_and_counted_and_best_is_kept(tmp_path):
    path = write(tmp_path / "a.csv", {"low": "9", "high": "9"}, {"high": "1", "low": "0"}, {})
    events, repairs = ged.read_ged(path)
    assert (repairs.low_above_best, repairs.best_above_high) == (1, 1)
    assert events["best"].tolist() == [3, 3, 3]
    assert events["low"].tolist() == [3, 0, 3]
    assert events["high"].tolist() == [9, 3, 4]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"latitude": "200"}, ["lat", "200", "-90 to 90", "row 3"]),
        ({"date_end": "2023-02-31"}, ["date_end", "2023-02-31", "YYYY-MM-DD"]),
        ({"date_end": "2023-01-29"}, ["date_end", "before it starts"]),
        ({"deaths_a": "-1"}, ["deaths_a", "-1", "0 to"]),
        ({"best": "many"}, ["best", "many", "not a number"]),
        ({"best": "2.5"}, ["best", "2.5", "whole number"]),
        ({"best": "inf"}, ["best", "inf"]),
        ({"best": ""}, ["best", "missing"]),
        ({"id": "1"}, ["id", "twice"]),
        ({"type_of_violence": "4"}, ["type_of_violence", "4", "1, 2, 3"]),
        ({"priogrid_gid": "151536"}, ["gid", "151536", "151535"]),
        ({"where_prec": "0"}, ["where_prec", "1 to 7"]),
        ({"country_id": "Mali"}, ["column country_id", "Mali", "not a number"]),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path, change, words):
    path = write(tmp_path / "bad.csv", {}, change)
    with pytest.raises(InputError) as caught:
        ged.read_ged(path)
    text = str(caught.value)
    assert all(word in text for word in [*words, "bad.csv", "row 3"]), text


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(InputError, match="'deaths_b' is missing"):
        ged.read_ged(write(tmp_path / "a.csv", drop=["deaths_b"]))


def test_a_misnamed_column_gets_a_suggestion(tmp_path):
    with pytest.raises(InputError, match="did you mean the column 'date_ended'"):
        ged.read_ged(write(tmp_path / "a.csv", rename={"date_end": "date_ended"}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04\x00\x00binary", "zip"),
        (b"id,side_a\n1,\x00", "binary"),
        (b"<html><body>Not found</body></html>", "not a CSV"),
        (b"\x1f\x8b\x08broken", "gzip"),
        (gzip.compress(b"", mtime=0), "empty"),
        ("id,side_a\n1,Côte".encode("latin-1"), "not UTF-8.*Latin-1"),
        ((",".join(ROW) + "\n").encode(), "no rows"),
        ((",".join(ROW) + "\n1,2\n" + "3," * 40 + "\n").encode(), "not a readable CSV"),
    ],
)
def test_what_is_no_csv_is_refused(tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        ged.read_ged(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="file not found"):
        ged.read_ged(tmp_path / "none.csv")
    with pytest.raises(InputError, match="a folder"):
        ged.read_ged(tmp_path)
