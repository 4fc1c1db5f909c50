"""Results are kept by what they depend on, and never believed when damaged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from liptako import cache
from liptako.cache import CACHE_VARIABLE, digest, remember
from liptako.verification.backtest.windows import window


@pytest.fixture
def counted(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    calls = []

    def make():
        calls.append(1)
        return {"x": np.arange(50.0), "n": np.array(3)}

    return tmp_path, calls, make


def test_computed_once_for_the_same_parts(counted):
    _, calls, make = counted
    first, second = (remember("a", (1, np.ones(3)), make) for _ in range(2))
    np.testing.assert_array_equal(first["x"], second["x"])
    assert int(second["n"]) == 3
    assert len(calls) == 1
    remember("a", (1, np.zeros(3)), make)
    assert len(calls) == 2


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "other"])
def test_a_damaged_entry_is_computed_again(counted, damage):
    folder, calls, make = counted
    remember("a", (1,), make)
    (path,) = folder.glob("a-*.npz")
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 3] ^= 0xFF
    new = {"cut": content[: len(content) // 2], "flip": content, "empty": b"", "text": b"hello"}
    if damage == "other":
        np.savez_compressed(path, x=np.ones(50), n=np.array(3), checksum=np.array("0"))
    else:
        path.write_bytes(bytes(new[damage]))
    again = remember("a", (1,), make)
    np.testing.assert_array_equal(again["x"], np.arange(50.0))
    assert len(calls) == 2
    remember("a", (1,), make)
    assert len(calls) == 2


def test_an_interrupted_computation_leaves_nothing(counted):
    folder, _, _ = counted

    def fails():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remember("a", (1,), fails)
    assert list(folder.iterdir()) == []


def test_digest_tells_values_types_shapes_and_names_apart():
    table = pd.DataFrame({"a": [1, 2]})
    different = [
        np.zeros(2), np.zeros(3), np.zeros(2, np.float32), np.zeros((2, 1)), np.zeros((1, 2)),
        table, table.rename(columns={"a": "b"}), table.iloc[::-1], {"a": 1}, {"a": 2}, {"b": 1},
        (1, 2), (12,), ("1", "2"), window(2018), window(2019), None,
    ]  # fmt: skip
    assert len({digest(value) for value in different}) == len(different)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_the_code_of_a_result_is_that_of_all_it_imports(tmp_path, monkeypatch):
    package = tmp_path / "one"
    package.mkdir()
    (package / "__init__.py").write_text("from one import apart\n")
    (package / "a.py").write_text("def f():\n    from one.b import x\n    return x\n")
    (package / "b.py").write_text("from one import c as other\nx = other.y\n")
    (package / "c.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import one.d\ny = 1\n"
    )
    for name in ("d", "apart"):
        (package / f"{name}.py").write_text("z = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = {"one", "one.a", "one.b", "one.c", "one.apart"}
    assert set(cache._sources("one.a")) == names
    before = {name: cache.code_digest.__wrapped__(name) for name in ("one.a", "one.d")}
    (package / "c.py").write_text("y = 2\n")
    after = {name: cache.code_digest.__wrapped__(name) for name in ("one.a", "one.d")}
    assert before["one.a"] != after["one.a"]
    assert before["one.d"] == after["one.d"]
    with pytest.raises(ModuleNotFoundError):
        cache.code_digest("one.moved")


def test_a_folder_that_cannot_be_used_is_done_without(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("in the way")
    monkeypatch.setenv(CACHE_VARIABLE, str(file))
    assert remember("a", (1,), lambda: {"x": np.ones(2)})["x"].sum() == 2.0
