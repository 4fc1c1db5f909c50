import os

import pandas as pd
import pytest

from liptako import files
from liptako.data import raw
from liptako.errors import InputError


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def half():
        with files.atomic_write(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        half()
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.csv"]


def test_the_old_file_is_seen_until_the_block_ends(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with files.atomic_write(path) as temporary:
        temporary.write_text("all")
        assert not path.exists()
        assert temporary.parent == path.parent
    assert path.read_text() == "all"


def test_sha256_is_that_of_the_standard(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.sha256(path) == expected
    with pytest.raises(InputError, match="not found"):
        files.sha256(tmp_path / "none")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_the_same_table_gives_the_same_bytes(tmp_path, suffix):
    table = pd.DataFrame({"a": [1, 2], "b": ["é", "x"]})
    files.write_table(table, tmp_path / f"1{suffix}")
    files.write_table(table.set_axis([5, 9]), tmp_path / f"2{suffix}")
    assert (tmp_path / f"1{suffix}").read_bytes() == (tmp_path / f"2{suffix}").read_bytes()


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(InputError, match="allowed"):
        files.write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.xlsx")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_folder_whose_name_is_not_utf_8_is_written_and_read(tmp_path, suffix):
    folder = tmp_path / os.fsdecode(b"d\xe9p\xf4t")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("names are UTF-8 on this file system")
    table = pd.DataFrame({"a": [1, 2]})
    files.write_table(table, folder / f"t{suffix}")
    plain = tmp_path / f"t{suffix}"
    files.write_table(table, plain)
    assert (folder / plain.name).read_bytes() == plain.read_bytes()
    if suffix == ".parquet":
        pd.testing.assert_frame_equal(raw.read_parquet(folder / plain.name), table)
