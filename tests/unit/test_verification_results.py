"""The stored verification and the sentence made of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from liptako.errors import InputError
from liptako.runs.dataset import TESTED
from liptako.verification import part_lines, skill_line, stored
from liptako.verification.results import FILE, store, store_part


def summary(estimate=0.1, lo=0.02, hi=0.17, windows=(2018, 2023)) -> dict:
    skill = {"estimate": estimate, "lo": lo, "hi": hi, "verdict": "better"}
    return {
        "windows": list(windows),
        "countries": ["MLI", "BFA", "NER"],
        "skill_vs_conflictology": skill,
        "scores": {"liptako": {}},
    }


@pytest.mark.parametrize(
    ("skill", "said"),
    [
        ((0.1, 0.02, 0.17), "10% (2-17) better than 'last year again'"),
        ((-0.1, -0.17, -0.02), "10% (2-17) worse than 'last year again'"),
        ((0.03, -0.05, 0.11), "no clear difference from 'last year again' (-5% to 11%)"),
        ((0.03, 0.0, 0.11), "no clear difference from 'last year again' (0% to 11%)"),
    ],
)
def test_the_sentence_follows_the_interval(skill, said):
    where = "Tested on deaths 2018-23 (state-based, 3 countries)"
    assert skill_line(summary(*skill)) == f"{where}: {said}"


def test_one_window_and_one_country_are_named_alone():
    one = summary(windows=(2020,)) | {"countries": ["NER"]}
    assert skill_line(one).startswith("Tested on deaths 2020 (state-based, 1 country): ")


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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 2, "windows": []}'])
def test_a_damaged_file_is_refused(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match=FILE):
        stored(tmp_path)


def test_another_format_is_refused(tmp_path):
    (tmp_path / FILE).write_text(json.dumps({"format": 99, **summary()}))
    with pytest.raises(InputError, match="another format"):
        stored(tmp_path)


def of_regimes() -> dict:
    """Return what `liptako verify --level regimes` gives, as far as it is kept."""
    rows = [
        {"form": "constant", "log_score": 0.556, "auc": [0.5, 0.5, 0.5]},
        {"form": "age", "log_score": 0.537, "auc": [0.52, 0.45, 0.59]},
    ]
    chosen = {"cases": 1440, "scores": rows, "differences": {"constant": {"log_score": GAIN}}}
    three = {"within": "subregion", "horizon": 36, "period": "all", "form": "age"}
    other = three | {"within": "region", "p": 0.1, "share": 0.1, "lo": 0.1, "hi": 0.1}
    three |= {"p": 0.414, "share": 0.361, "lo": 0.215, "hi": 0.599}
    return {"stayed": "age", "horizons": {"36": {"chosen_on": chosen}}, "triples": [other, three]}


GAIN = [0.019, 0.002, 0.033]


def of_pacts(gap: float, lo: float, hi: float) -> dict:
    row = {"age": 0, "event": "operation", "months": 36, "n": 24}
    kept = row | {"log_score_gap": gap, "log_score_lo": lo, "log_score_hi": hi}
    return {"left_out": [row | {"event": "exit"}, row | {"age": 3}, kept]}


def test_tests_of_politics_are_kept_beside_that_of_deaths(tmp_path):
    with pytest.raises(InputError, match="no verification of deaths"):
        store_part("regimes", of_regimes(), tmp_path)
    store(summary(), tmp_path, {})
    store_part("regimes", of_regimes(), tmp_path)
    store_part("pact", of_pacts(0.004, -0.016, 0.027), tmp_path)
    store(summary(estimate=0.2), tmp_path, {})
    back = stored(tmp_path)
    assert back is not None
    assert skill_line(back).startswith("Tested on deaths 2018-23 (state-based, 3 countries): 20%")
    regimes, pact = part_lines(back)
    assert "1,440 past cases in the world (36 months, origins before 2018)" in regimes
    assert "log score 0.537 against 0.556 for a constant (gain 0.019, 0.002 to 0.033)" in regimes
    assert "41 in 100 expected to last, 36 (22-60) did" in regimes
    assert "24 past pacts left out one by one" in pact
    assert "forecast no better than by the share of the others" in pact
    assert part_lines(None) == []


@pytest.mark.parametrize(
    ("gap", "said"), [((-0.05, -0.08, -0.01), " better "), ((0.05, 0.01, 0.08), " worse ")]
)
def test_pacts_are_forecast_better_or_worse_only_beyond_their_interval(tmp_path, gap, said):
    store(summary(), tmp_path, {})
    store_part("pact", of_pacts(*gap), tmp_path)
    assert f"is forecast{said}than" in part_lines(stored(tmp_path))[0]


@pytest.mark.parametrize(
    ("auc", "said"),
    [([0.52, 0.45, 0.59], "told no better than by chance"), ([0.7, 0.6, 0.8], "told better than")],
)
def test_what_is_said_of_telling_regimes_apart_follows_its_interval(tmp_path, auc, said):
    content = of_regimes()
    content["horizons"]["36"]["chosen_on"]["scores"][1]["auc"] = auc
    store(summary(), tmp_path, {})
    store_part("regimes", content, tmp_path)
    assert said in part_lines(stored(tmp_path))[0]


def of_world(gap: tuple[float, float, float]) -> dict:
    estimate, lo, hi = gap
    scores = {"level": {"crps": 45.71, "crps_log1p": 0.1559}}
    scores["conflictology"] = {"crps": 49.37, "crps_log1p": 0.1603}
    differences = {name: {"estimate": estimate, "lo": lo, "hi": hi} for name in ("crps",)}
    differences["crps_log1p"] = {"estimate": -0.004, "lo": -0.008, "hi": -0.001}
    return {
        "countries": 191, "windows": [2018, 2019, 2023], "scores": scores,
        "differences": {"conflictology": differences},
        "wins": {"conflictology": {"windows": {"won": 5, "tied": 0, "of": 6}}},
    }  # fmt: skip


def of_streams(worse: list) -> dict:
    gap = {"estimate": -0.0092, "lo": -0.0151, "hi": -0.004}
    less = {"conflictology": gap, "zero": {}}
    share = {"estimate": 0.89, "lo": 0.85, "hi": 0.93}
    other = {"estimate": 0.5, "lo": 0.5, "hi": 0.5}
    return {
        "origins": [2005, 2006, 2022], "worse": worse, "actors": {"jnim": "JNIM"},
        "together": {"months": {"less": less}, "years": {"less": less}},
        "coverage": [
            {"block": "together", "band": "1-12", "active": other},
            {"block": "together", "band": "together", "active": share, "covered": other},
            {"block": "state_based", "band": "together", "active": other},
        ],
    }  # fmt: skip


def of_cells(lo: float) -> dict:
    skill = {"estimate": 0.031, "lo": lo, "hi": 0.041}
    chances = {"1": {"expected": 864.2, "happened": 1382}, "25": {"expected": 82, "happened": 182}}
    return {"windows": [2018, 2023], "skill_vs_conflictology": skill, "chances": chances}


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        ("world", of_world((-3.66, -6.76, -1.51)),
         "World, 191 countries, 2018-2023, state-based deaths by the forecast of the level: better "
         "than last year again (CRPS 45.71 against 49.37, difference -3.66, -6.76 to -1.51; in "
         "logs 0.1559 against 0.1603), lower in 5 of 6 windows"),
        ("world_earlier", of_world((3.66, 1.51, 6.76)), "level: worse than last year again"),
        ("world", of_world((-3.66, -6.76, 1.51)), "level: not clearly other than last year again"),
        ("streams", of_streams([]),
         "Every stream (state-based, civilians by perpetrator, non-state), 1 to 36 months ahead, "
         "seen each October of 2005-2022, in logs against last year again: months better (-0.009, "
         "-0.015 to -0.004), totals of a year better (-0.009, -0.015 to -0.004). Of totals in "
         "countries with deaths on record 89 in 100 (85 to 93) lay inside the 90% range. "
         "No stream is worse beyond its bound"),
        ("streams", of_streams([["one_sided jnim", "1-12", "months"], ["all", "1-12", "years"]]),
         "Worse beyond its bound: civilians, by JNIM 1-12 (months); all kinds 1-12 (totals)"),
        ("pgm", of_cells(0.021),
         "Cells by month, 2018-2023: better than last year again (+3.1%, +2.1 to +4.1). 1 or more "
         "deaths: 864 cell-months expected, 1,382 came; 25 or more deaths: 82 cell-months "
         "expected, 182 came"),
        ("pgm", of_cells(-0.021), "2018-2023: not clearly other than last year again"),
    ],
)  # fmt: skip
def test_what_is_said_of_each_further_test_follows_what_was_found(tmp_path, part, content, said):
    store(summary(), tmp_path, {})
    store_part(part, content, tmp_path)
    (line,) = part_lines(stored(tmp_path))
    assert said in line


def test_further_tests_are_told_in_one_order_whenever_they_were_stored(tmp_path):
    store(summary(), tmp_path, {})
    of_pact = of_pacts(0.004, -0.016, 0.027)
    every = (("pact", of_pact), ("pgm", of_cells(0.02)), ("world", of_world((-1.0, -2.0, -0.5))))
    for part, content in every:
        store_part(part, content, tmp_path)
    said = {of: [line[:5] for line in part_lines(stored(tmp_path), of)] for of in (None, *TESTED)}
    assert said[None] == ["World", "Cells", "Pact:"]
    assert (said["tested_deaths"], said["tested"]) == (["World", "Cells"], ["Pact:"])
