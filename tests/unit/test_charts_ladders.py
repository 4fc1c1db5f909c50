"""Charts of disputes: bands by pair, and chances beside the record, from invented tables."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from liptako import charts
from liptako.charts.ladders import ANY, RUNGS, disputes_chart, ladders_chart
from liptako.errors import InputError
from liptako.model import codes
from liptako.words.disputes import say

INIT = 528
STAMP: dict[str, Any] = {"init_month": INIT, "source": "Invented; simulated by Liptako"}
DYADS = {"AAA-BBB": "Aland and Bland", "AAA-CCC": "Aland and Cland", "DDD-CCC": "Dland and Cland"}
LAST = {
    "AAA-BBB": [0.70, 0.20, 0.08, 0.012, 0.005, 0.003],
    "AAA-CCC": [0.10, 0.25, 0.55, 0.06, 0.03, 0.01],
    "DDD-CCC": [0.20, 0.60, 0.20, 0.0, 0.0, 0.0],
}
NAMES = ["ladders", "disputes"]


def shares() -> pd.DataFrame:
    rows = []
    for dyad, last in LAST.items():
        for month in range(INIT + 1, INIT + 37):
            done = (month - INIT) / 36
            now = done * np.array(last) + (1 - done) * np.eye(len(last))[0]
            rows += [(dyad, month, *pair) for pair in zip(codes.RUNGS, now, strict=True)]
    return pd.DataFrame(rows, columns=["dyad", "month", "rung", "p"])


def chances() -> pd.DataFrame:
    p = {"AAA-BBB": 0.06, "AAA-CCC": 0.14, "DDD-CCC": 0.001, ANY: 0.19}
    rows = [
        {
            "dyad": dyad, "horizon": months, "rung": rung,
            "p": share * part * months / 36, "lo": 0.6 * share * part * months / 36,
            "hi": 1.5 * share * part * months / 36, "reference": 0.05 * part,
            "reference_lo": 0.03 * part, "reference_hi": 0.08 * part,
        }
        for dyad, share in p.items()
        for months in (12, 36)
        for rung, part in (("incident", 1.0), ("clash", 0.75), ("war", 0.02))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def draw(name: str, **settings: Any) -> Any:
    if name == "ladders":
        return ladders_chart(shares(), dyads=DYADS, **STAMP, **settings)
    return disputes_chart(chances(), dyads=DYADS, **STAMP, **settings)


def _tables(spec: dict, *keys: str) -> list[list[dict]]:
    return [rows for rows in spec["datasets"].values() if rows and set(keys) <= set(rows[0])]


@pytest.mark.parametrize("name", NAMES)
def test_stamped_sourced_and_described(name: str) -> None:
    chart = draw(name)
    spec = chart.to_dict()
    small = " ".join(spec["title"]["subtitle"])
    assert "As seen from 31 Dec 2023" in small
    assert STAMP["source"] in small
    assert " ".join(spec["title"]["text"]) == spec["usermeta"]["finding"]
    assert charts.text_alternative(chart) == spec["description"]
    assert {"columns", "width", "height", "min_width", "pad"} <= set(spec["usermeta"]["layout"])
    assert draw(name, title="Mine").to_dict()["title"]["text"] == ["Mine"]


@pytest.mark.parametrize("name", NAMES)
def test_draws_without_a_network(name: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    picture = vl_convert.vegalite_to_svg(draw(name).to_dict(), allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture


def test_rungs_are_those_of_the_model_and_darken_upwards() -> None:
    assert tuple(RUNGS)[::-1] == codes.RUNGS
    greys = [
        float(np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], [0.2126, 0.7152, 0.0722]))
        for colour in RUNGS.values()
    ]
    assert all(low + 25 < high for low, high in pairwise(greys))


def test_bands_stack_from_dialogue_to_war_in_every_panel() -> None:
    spec = draw("ladders").to_dict()
    assert [panel["title"]["text"] for panel in spec["concat"]] == list(DYADS.values())
    found = _tables(spec, "low", "high")
    assert len(found) == len(DYADS)
    for rows, last in zip(found, LAST.values(), strict=True):
        end = {row["rung"]: row for row in rows if row["month"] == INIT + 36}
        names = [say[rung] for rung, p in zip(codes.RUNGS, last, strict=True) if p]
        assert list(end) == names, "rungs that nobody reaches are not drawn"
        assert end["Dialogue"]["low"] == 0
        assert end[names[-1]]["high"] == 1
        for (lower, upper), p in zip(pairwise(names), last, strict=False):
            assert end[lower]["high"] == pytest.approx(end[upper]["low"], abs=2e-4)
            assert end[lower]["high"] - end[lower]["low"] == pytest.approx(p, abs=2e-4)


def test_panels_say_what_bands_are_too_thin_to_show() -> None:
    heads = [panel["title"]["subtitle"] for panel in draw("ladders").to_dict()["concat"]]
    assert heads == [
        "at the end: 30 beyond dialogue, 2 militarised",
        "at the end: 90 beyond dialogue, 10 militarised",
        "at the end: 80 beyond dialogue, 0 militarised",
    ]


def test_the_finding_names_the_pair_furthest_up() -> None:
    text = draw("ladders").to_dict()["usermeta"]["finding"]
    assert "Dec 2026" in text
    assert "Aland and Cland stand at coercion or beyond in 65 of 100" in text
    assert "1 of the pairs is most often at dialogue" in text
    alone = ladders_chart(shares(), dyads={"AAA-BBB": "Aland and Bland"}, **STAMP)
    assert "of the pairs" not in alone.to_dict()["usermeta"]["finding"]


def test_chances_stand_beside_the_record_likeliest_first() -> None:
    spec = draw("disputes").to_dict()
    assert spec["usermeta"]["finding"] == (
        "Within 36 months Aland and Cland come to a display of force or beyond in 14 (8-21) of "
        "100 futures; a past pair of the region in 5; any of the 3 pairs in 19 (11-29)"
    )
    assert "War between any of them: < 1 (< 1-1) in 100." in " ".join(spec["title"]["subtitle"])
    dots = _tables(spec, "name", "p", "hi")
    assert len(dots) >= 2
    for rows in dots:
        assert {row["name"] for row in rows} == set(DYADS.values()), "any pair is not a pair"
    axis = spec["concat"][0]["layer"][-1]["encoding"]["y"]
    assert axis["sort"] == ["Aland and Cland", "Aland and Bland", "Dland and Cland"]
    ends = [p["layer"][-1]["encoding"]["x"]["scale"]["domain"] for p in spec["concat"]]
    assert ends[0] == ends[1] == pytest.approx([0, 105 * 1.5 * 0.14]), "one axis for both panels"
    lines = [rows for rows in _tables(spec, "reference") if set(rows[0]) == {"reference"}]
    assert sorted(row["reference"] for rows in lines for row in rows) == [3.75, 5.0]
    assert "Dland and Cland < 1 (< 1-< 1)" in spec["description"]
    assert "A past pair: 5 (3-8)." in spec["description"]


def test_without_ranges_or_a_record_dots_remain() -> None:
    table = chances().assign(lo=np.nan, hi=np.nan, reference=np.nan)
    table = table.assign(reference_lo=np.nan, reference_hi=np.nan)
    table = table[table["dyad"] == "AAA-BBB"]
    chart = disputes_chart(table, dyads=DYADS, **STAMP)
    assert chart.to_dict()["usermeta"]["finding"].endswith("beyond in 6 of 100 futures")
    assert "past pair" not in chart.description.lower()
    vl_convert = pytest.importorskip("vl_convert")
    assert "NaN" not in vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])


def test_nothing_ever_happens() -> None:
    table = chances().assign(p=0.0, lo=0.0, hi=0.0, reference_lo=0.0, reference_hi=0.0)
    spec = disputes_chart(table.assign(reference=0.0), dyads=DYADS, **STAMP).to_dict()
    assert spec["concat"][0]["layer"][-1]["encoding"]["x"]["scale"]["domain"] == [0, 1.0]


def test_refusals() -> None:
    with pytest.raises(InputError, match="no such rung"):
        ladders_chart(shares().assign(rung="quarrel"), dyads=DYADS, **STAMP)
    with pytest.raises(InputError, match="do not add up"):
        ladders_chart(shares().iloc[1:], dyads=DYADS, **STAMP)
    with pytest.raises(InputError, match="no rows"):
        ladders_chart(shares(), dyads={"XXX-YYY": "Elsewhere"}, **STAMP)
    with pytest.raises(InputError, match="'hi' is missing"):
        disputes_chart(chances().drop(columns="hi"), dyads=DYADS, **STAMP)
    with pytest.raises(InputError, match="rung clash"):
        disputes_chart(chances().query("rung != 'clash'"), dyads=DYADS, **STAMP)
