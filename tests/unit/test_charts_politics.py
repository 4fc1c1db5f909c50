"""Charts of politics: endings, stages of the pact, regimes in power, base rates."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import politics_fixtures as pf
from liptako import charts
from liptako.charts import endings as ends
from liptako.charts import readers
from liptako.charts.stages import STAGES, spaced
from liptako.errors import InputError
from liptako.exhibits import Facts
from liptako.exhibits.endings import forms_line, headline
from liptako.words.numbers import hundreds
from liptako.words.pact import say

FACTS = Facts(
    title="", init_month=pf.INIT, last_data_month=pf.INIT, months=36, members=2, seed=1, run_id="",
    data_vintages="", events="", countries=pf.CORE, perpetrators={}, allies=tuple(pf.CORE),
)  # fmt: skip
STAMP: dict[str, Any] = {"init_month": pf.INIT, "source": "Invented; simulated by Liptako"}
NAMES = ["endings", "stages", "survival", "base_rates"]


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return pf.tables()


@pytest.fixture(scope="module")
def drawn(tables: dict) -> dict[str, Any]:
    return {
        "endings": charts.endings_chart(tables["endings"], **STAMP),
        "stages": charts.stages_chart(tables["pact_stage"], **STAMP),
        "survival": charts.survival_chart(tables["regime_survival"], countries=pf.CORE, **STAMP),
        "base_rates": charts.base_rates_chart(tables["base_rates"], **STAMP),
    }


def _rows(spec: dict, *keys: str) -> list[dict]:
    return [row for rows in spec["datasets"].values() for row in rows if set(keys) <= set(row)]


def _grey(colour: str) -> float:
    return float(np.dot([int(colour[i : i + 2], 16) for i in (1, 3, 5)], [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_stamped_sourced_and_described(drawn: dict, name: str) -> None:
    spec = drawn[name].to_dict()
    small = " ".join(spec["title"]["subtitle"])
    assert "As seen from 31 Dec 2023" in small
    assert STAMP["source"] in small
    assert " ".join(spec["title"]["text"]) == spec["usermeta"]["finding"]
    assert charts.text_alternative(drawn[name]) == spec["description"]
    assert len(spec["description"]) > 150
    assert {"columns", "width", "height", "min_width", "pad"} <= set(spec["usermeta"]["layout"])


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_draws_without_a_network(drawn: dict, name: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    picture = vl_convert.vegalite_to_svg(drawn[name].to_dict(), allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture


@pytest.mark.parametrize("name", NAMES)
def test_a_given_title_replaces_the_computed_one(tables: dict, name: str) -> None:
    chart = {
        "endings": lambda: charts.endings_chart(tables["endings"], title="Mine", **STAMP),
        "stages": lambda: charts.stages_chart(tables["pact_stage"], title="Mine", **STAMP),
        "survival": lambda: charts.survival_chart(
            tables["regime_survival"], countries=pf.CORE, title="Mine", **STAMP
        ),
        "base_rates": lambda: charts.base_rates_chart(tables["base_rates"], title="Mine", **STAMP),
    }[name]()
    assert chart.to_dict()["title"]["text"] == ["Mine"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8).filter(lambda p: sum(p) > 1e-3))
def test_hundreds_add_up_and_stay_within_one_of_the_share(shares: list[float]) -> None:
    found = hundreds(shares)
    assert sum(found) == 100
    for count, share in zip(found, shares, strict=True):
        assert abs(count - 100 * share / sum(shares)) < 1 + 1e-6


def test_a_hundred_dots_at_each_horizon_as_many_as_the_label_says(drawn: dict) -> None:
    spec = drawn["endings"].to_dict()
    assert len(spec["concat"]) == 3
    dots = [rows for rows in spec["datasets"].values() if len(rows) == 100]
    keys = [rows for rows in spec["datasets"].values() if "text" in rows[0]]
    assert len(dots) == len(keys) == 3
    for places, labels in zip(dots, keys, strict=True):
        assert len({(row["x"], row["y"]) for row in places}) == 100
        found = [row["ending"] for row in places]
        for label in labels:
            assert f" {found.count(label['ending'])} (" in label["text"]
        assert list(dict.fromkeys(found)) == list(readers.ENDINGS), "one order at every horizon"


def test_endings_keep_their_colours_and_differ_in_grey(drawn: dict) -> None:
    assert ends.ENDING_COLOURS == {
        "succeeds": "#004488", "endures": "#DDAA33", "fails": "#BB5566", "outside": "#D9D9D9",
    }  # fmt: skip
    greys = sorted(map(_grey, ends.ENDING_COLOURS.values()))
    assert all(b - a > 40 for a, b in pairwise(greys))
    light = [_grey(ends.OUTLINES[name]) for name in ("endures", "outside")]
    assert max(light) < 100, "light colours are outlined in dark"
    layer = drawn["endings"].to_dict()["concat"][0]["layer"][0]["encoding"]
    for channel, colours in (("fill", ends.ENDING_COLOURS), ("stroke", ends.OUTLINES)):
        scale = layer[channel]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == colours


def test_the_headline_leads_with_the_likeliest_and_its_range(tables: dict) -> None:
    text = headline(tables, FACTS)
    assert text == (
        "By Dec 2026 no outcome has a majority; most often the pact stays on paper or breaks up "
        "(41 in 100; 30 to 53 under other assumptions); all three regimes still rule in 74 of 100 "
        "(53 to 95)."
    )
    assert forms_line(tables) == (
        "No score can choose between forms of a mechanism; by form, the pact fails in 100: 35 (the "
        "pact as past ones) to 49 (the pact as its members gain)."
    )
    alone = headline({"endings": tables["endings"]}, FACTS)
    assert alone.endswith("the pact fails (41 in 100; 30 to 53 under other assumptions).")


@pytest.mark.parametrize(
    ("shares", "start"),
    [
        ((0.1, 0.6, 0.2, 0.1), "By Dec 2026 the pact most likely works and the regimes hold, with"),
        ((0.1, 0.2, 0.6, 0.1), "By Dec 2026 the pact most likely works, the regimes hold and"),
        ((0.1, 0.2, 0.1, 0.6), "By Dec 2026 the pact most likely works, but a regime changes"),
        ((0.4, 0.3, 0.2, 0.1), "By Dec 2026 no outcome has a majority; most often the pact stays"),
    ],
)
def test_the_headline_follows_the_numbers(tables: dict, shares: tuple, start: str) -> None:
    table = tables["endings"].query("horizon == 36").assign(p=shares)
    assert headline(tables | {"endings": table}, FACTS).startswith(start)


def test_ways_sum_to_their_ending_and_leave_out_what_never_happens(tables: dict) -> None:
    ways = readers.sub_counts(tables["sub_endings"], "fails", 36, 42)
    assert sum(way["count"] for way in ways) == 42
    assert [way["sub_ending"] for way in ways] == ["stays_on_paper", "breaks_up"]
    ways = readers.sub_counts(tables["sub_endings"], "outside", 36, 16)
    assert [(way["sub_ending"], way["count"]) for way in ways] == [
        ("changed_by_coup", 8), ("handed_over", 6), ("overthrown", 2),
    ]  # fmt: skip


def test_a_variant_that_was_not_run_has_no_numbers(tables: dict) -> None:
    variants = tables["ending_variants"]
    assert readers.variant_counts(variants, "markov", 36) == {}
    assert readers.variant_members(variants, "markov") == 0
    found = readers.variant_counts(variants, "paired", 36)
    assert found == {
        "fails": "41", "endures": "34", "succeeds": "9", "outside": "16", "rolled_back": "12"
    }  # fmt: skip


def test_stages_fill_every_month_and_broken_is_at_the_bottom(drawn: dict) -> None:
    rows = pd.DataFrame(_rows(drawn["stages"].to_dict(), "low", "high"))
    for _, month in rows.groupby("month"):
        ordered = month.sort_values("low")
        assert ordered["stage"].iloc[0] == "broken"
        assert ordered["low"].iloc[0] == pytest.approx(0, abs=1e-3)
        assert ordered["high"].iloc[-1] == pytest.approx(1, abs=1e-3)
        assert np.allclose(ordered["low"].iloc[1:], ordered["high"].iloc[:-1], atol=1e-3)


def test_each_stage_is_labelled_where_its_band_ends(drawn: dict) -> None:
    spec = drawn["stages"].to_dict()
    bands = {
        say[row["stage"]]: row for row in _rows(spec, "low", "high") if row["month"] == pf.INIT + 36
    }
    labels = _rows(spec, "at", "text")
    assert len(labels) == len(bands) == len(STAGES)
    for row in labels:
        name, number = row["text"].rsplit(" ", 1)
        band = bands[name]
        assert row["at"] == pytest.approx((band["low"] + band["high"]) / 2, abs=0.04)
        assert int(number) == pytest.approx(100 * (band["high"] - band["low"]), abs=1)
    assert sum(int(row["text"].rsplit(" ", 1)[1]) for row in labels) == 100


def test_labels_of_thin_stages_do_not_overlap_and_more_is_darker(tables: dict) -> None:
    thin = {"paper": 0.97, "broken": 0.01, "integrated": 0.008, "operational": 0.012}
    stage = pd.DataFrame(
        [{"month": pf.INIT + k, "stage": s, "p": p} for k in (1, 2) for s, p in thin.items()]
    )
    labels = _rows(charts.stages_chart(stage, **STAMP).to_dict(), "at", "text")
    places = [row["at"] for row in labels]
    assert all(b - a >= 0.07 for a, b in pairwise(places))
    greys = [_grey(colour) for stage, colour in STAGES.items() if stage != "broken"]
    assert all(b - a > 25 for a, b in pairwise(greys)), "more is darker"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6).map(sorted))
def test_labels_stand_apart_within_the_chart(places: list[float]) -> None:
    found = spaced(places, 0.1)
    assert len(found) == len(places)
    assert all(b - a >= 0.1 - 1e-9 for a, b in pairwise(found))
    assert min(found) >= 0.05 - 1e-9
    assert max(found) <= 0.95 + 1e-9


def test_stages_that_do_not_add_up_or_are_unknown_are_refused(tables: dict) -> None:
    stage = tables["pact_stage"]
    with pytest.raises(InputError, match=r"stages of Jan 2024 do not add up.*allowed: 1"):
        charts.stages_chart(stage.iloc[1:], **STAMP)
    with pytest.raises(InputError, match=r"pact_stage: stage: no such stage"):
        charts.stages_chart(stage.replace("paper", "parchment"), **STAMP)


def test_survival_shows_model_and_class_apart_by_dash(drawn: dict, tables: dict) -> None:
    spec = drawn["survival"].to_dict()
    assert [panel["title"]["text"] for panel in spec["concat"]] == list(pf.CORE.values())
    for panel in spec["concat"]:
        lines = [layer["mark"] for layer in panel["layer"] if layer["mark"]["type"] == "line"]
        assert len(lines) == 2
        assert sum("strokeDash" in line for line in lines) == 1
    text = spec["description"]
    assert "Burkina Faso, Dec 2026: 47 (32-64), reference class 52 (33-72)." in text
    one = tables["regime_survival"].query("country == 'MLI'")
    alone = charts.survival_chart(one, countries=pf.CORE, **STAMP).to_dict()
    assert len(alone["concat"]) == 1
    assert "Niger" not in alone["description"]


def test_survival_without_a_class_invents_none(tables: dict) -> None:
    bare = tables["regime_survival"].assign(
        reference=np.nan, reference_lo=np.nan, reference_hi=np.nan
    )
    spec = charts.survival_chart(bare, countries=pf.CORE, **STAMP).to_dict()
    assert "reference class" not in spec["description"] + spec["usermeta"]["finding"]
    assert "nan" not in spec["description"]


def test_base_rates_name_what_lies_outside_and_what_has_no_class(drawn: dict) -> None:
    spec = drawn["base_rates"].to_dict()
    finding = spec["usermeta"]["finding"]
    assert "in 5 of 6 quantities" in finding
    assert finding.endswith("outside: Pact broken within 39 months")
    assert [panel["title"]["text"] for panel in spec["concat"]] == ["Share", "Months"]
    rows = pd.DataFrame(_rows(spec, "kind", "low"))
    border = rows[rows["label"].str.startswith("A border incident")]
    assert border["kind"].tolist() == ["Model, in this run"]
    assert border["label"].iloc[0].endswith("no past cases")
    assert "624 past cases 0.06 (0.05 to 0.08), Powell & Thyne (2011)" in spec["description"]
    assert "nan" not in spec["description"]


def test_bad_tables_are_refused_with_the_field(tables: dict) -> None:
    endings = tables["endings"]
    with pytest.raises(InputError, match=r"endings.*'mcse'"):
        charts.endings_chart(endings.drop(columns="mcse"), **STAMP)
    with pytest.raises(InputError, match=r"endings: hi: not a probability; received 1.5"):
        charts.endings_chart(endings.assign(hi=1.5), **STAMP)
    with pytest.raises(InputError, match="once at 12 months"):
        charts.endings_chart(endings.iloc[1:], **STAMP)
    with pytest.raises(InputError, match=r"regime_survival: the table has no rows"):
        charts.survival_chart(tables["regime_survival"], countries={"XXX": "X"}, **STAMP)
    with pytest.raises(InputError, match=r"base_rates.*'n'"):
        charts.base_rates_chart(tables["base_rates"].drop(columns="n"), **STAMP)
