"""The stored verification and the sentence made of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.verification import skill_line, stored
from liptako.verification.results import FILE, store


def summary(estimate=0.1, lo=0.02, hi=0.17, windows=(2018, 2023)) -> dict:
    skill = {"estimate": estimate, "lo": lo, "hi": hi, "verdict": "better"}
    return {"windows": list(windows), "skill_vs_conflictology": skill, "scores": {"liptako": {}}}


@pytest.mark.parametrize(
    ("skill", "said"),
    [
        ((0.1, 0.02, 0.17), "Tested on deaths 2018-23: 10% (2-17) better than 'last year again'"),
        ((-0.1, -0.17, -0.02), "Tested on deaths 2018-23: 10% (2-17) worse than 'last year again'"),
        (
            (0.03, -0.05, 0.11),
            "Tested on deaths 2018-23: no clear difference from 'last year again' (-5% to 11%)",
        ),
        (
            (0.03, 0.0, 0.11),
            "Tested on deaths 2018-23: no clear difference from 'last year again' (0% to 11%)",
        ),
    ],
)
def test_the_sentence_follows_the_interval(skill, said):
    assert skill_line(summary(*skill)) == said


def test_one_window_is_named_alone():
    assert skill_line(summary(windows=(2020,))).startswith("Tested on deaths 2020:")


def test_stored_comes_back(tmp_path):
    content = {**summary(), "cases": np.int64(216), "calibration": {"x": [float("nan"), 1 / 3]}}
    path = store({**content, "exported": ["not kept"]}, tmp_path, {"data": {"events": "ab"}})
    assert path == tmp_path / FILE
    back = stored(tmp_path)
    assert back is not None
    assert back["skill_vs_conflictology"]["hi"] == 0.17
    assert back["calibration"]["x"] == [None, 0.333333]
    assert back["made_from"]["data"] == {"events": "ab"}
    assert "exported" not in back


def test_none_where_nothing_is_stored(tmp_path):
    assert stored(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "windows": []}'])
def test_a_damaged_file_is_refused(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match=FILE):
        stored(tmp_path)


def test_another_format_is_refused(tmp_path):
    (tmp_path / FILE).write_text(json.dumps({"format": 99, **summary()}))
    with pytest.raises(InputError, match="another format"):
        stored(tmp_path)
