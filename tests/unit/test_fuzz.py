"""Files that are nearly right: every reader reads or refuses them (`make fuzz` tries 10,000)."""

import fuzz
import pytest

from liptako.errors import InputError


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.setenv("LIPTAKO_CACHE", str(tmp_path / "cache"))
    return fuzz.readers(tmp_path / "files")


def test_every_reader_reads_its_sound_file(found):
    assert len(found) >= 15
    for reader in found:
        reader.read(reader.file)


def test_readers_refuse_or_read_and_nothing_else(found):
    result = fuzz.fuzz(found, 20 * len(found), seed=2, say=pytest.fail)
    assert result["ok"]
    assert result["slowest_s"] < fuzz.LONGEST_S
    for reader in found:
        counts = result["counts"]
        assert counts.get(f"{reader.name} refused", 0) + counts.get(f"{reader.name} read", 0) == 20
    assert sum(n for name, n in counts.items() if name.endswith("refused")) > 100


@pytest.mark.parametrize(
    ("wrong", "end"),
    [
        (lambda path: 1 / 0, "crash"),
        (lambda path: [0 for _ in iter(int, 1)], "hang"),
        (lambda path: (_ for _ in ()).throw(InputError("two\nlines")), "crash"),
        (lambda path: (_ for _ in ()).throw(InputError("no")), "refused"),
    ],
    ids=["raises", "never ends", "two lines", "refuses"],
)
def test_what_a_reader_must_not_do_is_seen(tmp_path, monkeypatch, wrong, end):
    monkeypatch.setattr(fuzz, "LONGEST_S", 0.2)
    (tmp_path / "a").write_text("sound")

    def read(path):
        found = wrong(path)
        next(found)

    reader = fuzz.Reader("wrong", tmp_path / "a", read, fuzz.change_bytes)
    result = fuzz.fuzz([reader], 1, seed=1, say=lambda text: None)
    assert result["counts"] == {f"wrong {end}": 1}
    assert result["ok"] is (end == "refused")
    assert (tmp_path / "a").read_text() == "sound"


@pytest.mark.parametrize(("before", "added", "ok"), [(9, 1, True), (1, 3, False)])
def test_only_memory_that_cases_add_is_held_against_them(tmp_path, monkeypatch, before, added, ok):
    peaks = iter((before * 2**30, (before + added) * 2**30))
    monkeypatch.setattr(fuzz, "_peak_memory", lambda: next(peaks))
    (tmp_path / "a").write_text("sound")
    reader = fuzz.Reader("sound", tmp_path / "a", lambda path: None, fuzz.change_bytes)
    result = fuzz.fuzz([reader], 1, seed=1, say=pytest.fail)
    assert (result["ok"], result["added_memory_mib"]) == (ok, added * 1024)


def test_the_same_seed_gives_the_same_files(found):
    import random

    for reader in found:
        sound = reader.file.read_bytes()
        first, again, other = (reader.change(sound, random.Random(seed)) for seed in (1, 1, 2))
        assert first == again, reader.name
        assert first != other or reader.name == "views", reader.name
