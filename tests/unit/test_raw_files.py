"""Files as others make them: packed, in other encodings, too wide, twice named, no file at all."""

from __future__ import annotations

import gzip
import io
import os
import time
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liptako import files
from liptako.data import ged, raw, tables
from liptako.data.tables import Column
from liptako.errors import InputError

SPEC = {"name": Column("str"), "n": Column("int", aliases=("number",)), "day": Column("date")}
TEXT = "name,number,day\nSégou,1,2023-12-05\nMopti,2,2023-12-06\n"


def read(tmp_path, content: bytes, name: str = "a.csv") -> pd.DataFrame:
    path = tmp_path / name
    path.write_bytes(content)
    return tables.read_csv(path, SPEC)


def zipped(**held: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, text in held.items():
            packed.writestr(name.replace("_dot_", "."), text)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        gzip.compress(TEXT.encode()),
        zipped(a_dot_csv=TEXT, read_dot_pdf="x"),
        zipped(a_dot_csv=TEXT, **{"__MACOSX/._a_dot_csv": "x"}),
        TEXT.replace("-05\n", "-05T00:00:00+00:00\n").encode(),
    ],
    ids=["mark", "utf-16", "windows", "gzip", "zip", "zip of a Mac", "time zone"],
)
def test_one_table_in_many_wrappings(tmp_path, content):
    table = read(tmp_path, content)
    assert table["name"].tolist() == ["Ségou", "Mopti"]
    assert table["day"].dt.day.tolist() == [5, 6]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (TEXT.replace(",", ";").encode(), "semicolons"),
        (TEXT.replace(",", "\t").encode(), "tabs"),
        (TEXT.encode("cp1252"), "Latin-1 or Windows-1252.*CSV UTF-8"),
        (TEXT.replace("Ségou,1,2023-12-05", "#adm1,#n,#date").encode(), "row 2: a row of HXL tags"),
        (TEXT.split("\n", 1)[1].encode(), "row of names missing"),
        (TEXT.replace("name,", "number,", 1).encode(), "number: the same column twice"),
        (zipped(a_dot_csv=TEXT, b_dot_csv=TEXT), "without one table.*a.csv.*b.csv"),
        (zipped(**{"[Content_Types]_dot_xml": "x", "xl/workbook_dot_xml": "x"}), "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel workbook"),
        (zipped(a_dot_csv=TEXT)[:80], "zip"),
        (TEXT.replace("Mopti", "M" * 2001).encode(), "column name, row 3: too long.*2000"),
        (TEXT.replace("2,", "2,,", 1).replace("1,2", "1,,2").encode(), "more cells"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_the_cause_is_named(tmp_path, content, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path, content)


def test_a_release_without_its_row_of_names_is_read(tmp_path):
    row = dict.fromkeys(ged.PUBLISHED, "") | {
        "id": "2", "type_of_violence": "1", "side_a": "Government of Mali", "side_b": "JNIM",
        "where_prec": "1", "latitude": "14.49", "longitude": "-4.19", "priogrid_gid": "150112",
        "country": "Mali", "country_id": "432", "date_start": "2023-12-05",
        "date_end": "2023-12-05", "date_prec": "1", "deaths_a": "0", "deaths_b": "1",
        "deaths_civilians": "0", "deaths_unknown": "0", "best": "1", "high": "1", "low": "1",
    }  # fmt: skip
    table = pd.DataFrame([row])
    table.to_csv(tmp_path / "with.csv", index=False)
    table.to_csv(tmp_path / "without.csv", index=False, header=False)
    expected = ged.read_ged(tmp_path / "with.csv")[0]
    pd.testing.assert_frame_equal(ged.read_ged(tmp_path / "without.csv")[0], expected)


@pytest.mark.parametrize("columns", [1001, 100_000])
def test_a_wide_header_is_refused_at_once(tmp_path, columns):
    wide = ",".join(f"c{n}" for n in range(columns))
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"too large.*1000 columns"):
        read(tmp_path, f"{wide}\n{wide}\n".encode())
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_bytes_are_bounded_when_unpacked(tmp_path, monkeypatch, pack):
    monkeypatch.setattr(raw, "MAX_BYTES", 300_000)
    with pytest.raises(InputError, match=r"too large.*300,000 bytes"):
        read(tmp_path, pack(TEXT.encode() + b"Kayes,3,2023-12-07\n" * 30_000))


def test_no_pipe_folder_or_device_is_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, words in [
        (tmp_path / "pipe", "a pipe or a device"),
        ("/dev/zero", "a pipe or a device"),
        (tmp_path, "a folder"),
        (tmp_path / "none", "file not found"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ]:
        for reader in (files.regular, raw.read_parquet, files.sha256, files.read_json):
            with pytest.raises(InputError, match=words):
                reader(path)
        with pytest.raises(InputError, match=words):
            tables.read_csv(path, SPEC)


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff", b"[" * 100_000, b'{"a": 1' * 10],
    ids=["open", "bytes", "deep", "twice"],
)
def test_what_is_not_json_is_refused(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(InputError, match=r"not valid JSON|not UTF-8"):
        files.read_json(tmp_path / "a.json")


def test_a_garbled_or_doubled_parquet_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table([[1], [2]], names=["n", "n"]), path)
    with pytest.raises(InputError, match="the same column twice"):
        raw.read_parquet(path)
    table = pa.table({"n": [1, 2]})
    pq.write_table(table.replace_schema_metadata({"pandas": b'{"index_columns": 7'}), path)
    assert raw.read_parquet(path)["n"].tolist() == [1, 2]
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match="not a readable Parquet"):
        raw.read_parquet(path)
