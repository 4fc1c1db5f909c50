"""Charts of the pact: its times beside past pacts, and two histories."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from liptako import charts
from liptako.charts import hysteresis as hy
from liptako.charts import pact_times as pt
from liptako.errors import InputError

STAMP: dict[str, Any] = {"init_month": 528, "source": "Invented; simulated by Liptako"}
TOPS = {
    "operation": {"game": 0.4, "markov": 0.44, "past": 0.26},
    "exit": {"game": 0.2, "markov": 0.3, "past": 0.16},
    "end": {"game": 0.08, "markov": 0.12, "past": 0.4},
}


def curves() -> pd.DataFrame:
    rows = []
    for event, tops in TOPS.items():
        for model, top in tops.items():
            for month in range(3, 61):
                p = top * (month - 3) / 57
                if model == "past":
                    p = top * (month // 15) / 4
                rows.append(
                    {"event": event, "model": model, "month": month, "p": p, "lo": 0.5 * p,
                     "hi": min(1.5 * p, 1.0)}
                )  # fmt: skip
    return pd.DataFrame(rows)


def loop(apart: float = 0.0) -> pd.DataFrame:
    rows = []
    for quarters, gap in ((1, 0.2), (40, apart)):
        for slack in np.linspace(0, 1, 5):
            for history, sign in (("paper", 0), ("operating", 1)):
                provided = 0.6 * slack + sign * gap * slack * (1 - slack) * 4
                rows.append(
                    {"slack": slack, "history": history, "quarters": quarters,
                     "provided": provided, "open": 0.1}
                )  # fmt: skip
    return pd.DataFrame(rows)


def histories() -> pd.DataFrame:
    rows = []
    for history, start in (("paper", 0.1), ("operating", 0.9)):
        for lead in range(1, 61):
            p = 0.4 + (start - 0.4) * 0.96**lead
            row = {"lead": lead, "history": history}
            for name in ("provided", "operates"):
                row |= {name: p, f"{name}_lo": p - 0.1, f"{name}_hi": p + 0.1}
            rows.append(row)
    return pd.DataFrame(rows)


def differ(share: float = 0.37) -> pd.DataFrame:
    return pd.DataFrame(
        {"lead": [12, 60] * 2, "quantity": ["provided"] * 2 + ["operates"] * 2,
         "difference": 0.1, "share": share}
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    return {
        "times": charts.pact_times_chart(curves(), **STAMP),
        "two": charts.hysteresis_chart(loop(), histories(), differ(), **STAMP),
    }


@pytest.mark.parametrize("name", ["times", "two"])
def test_every_chart_is_stamped_described_and_draws_alone(drawn, name):
    vl_convert = pytest.importorskip("vl_convert")
    spec = drawn[name].to_dict()
    small = " ".join(spec["title"]["subtitle"])
    assert "As seen from 31 Dec 2023" in small
    assert STAMP["source"] in small
    assert len(charts.text_alternative(drawn[name])) > 300
    assert len(spec["concat"]) == 3
    picture = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture


def test_title_says_where_past_pacts_lie():
    said = pt.finding(curves())
    assert "inside the game's range for operations and exits, not ends" in said
    assert "the Markov benchmark's for operations, not exits and ends" in said
    near = curves()
    near.loc[(near["event"] == "end") & (near["model"] == "past"), "p"] = 0.05
    assert "inside the game's range for operations, exits and ends;" in pt.finding(near)
    assert "too few futures" in pt.finding(near.assign(lo=np.nan, hi=np.nan))


def test_every_number_of_whole_years_is_in_the_text(drawn):
    text = charts.text_alternative(drawn["times"])
    assert "First joint operation, game: month 12: 6 (3 to 9)" in text
    assert "Breaks up or falls dormant, past pacts" in text
    assert "month 60: 40 (20 to 60)" in text


def test_labels_name_model_and_number(drawn):
    spec = drawn["times"].to_dict()
    texts = {row["text"] for rows in spec["datasets"].values() for row in rows if "text" in row}
    assert {"game 40", "Markov benchmark 44", "past pacts 26", "past pacts 40"} <= texts


def test_curves_without_ranges_are_drawn_too():
    chart = charts.pact_times_chart(curves().assign(lo=np.nan, hi=np.nan), **STAMP)
    vl_convert = pytest.importorskip("vl_convert")
    assert "NaN" not in vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])


def test_a_closed_loop_is_one_line_and_an_open_one_two():
    def labels(chart):
        sets = chart.to_dict()["datasets"].values()
        return {row["text"] for rows in sets for row in rows if "text" in row}

    closed = labels(charts.hysteresis_chart(loop(), histories(), differ(), **STAMP))
    assert "both, after 10 years" in closed
    opened = charts.hysteresis_chart(loop(0.3), histories(), differ(), **STAMP)
    assert {"begun on paper, 10 years", "begun at work, 10 years"} <= labels(opened)
    assert "differs by up to 30 in 100" in opened.to_dict()["usermeta"]["finding"]


def test_title_says_what_history_still_does():
    said = hy.finding(loop(), histories(), differ())
    assert "begun at work operates in 44 of 100 futures, one begun on paper in 37" in said
    assert "37 of 100 sets" in said
    assert "forgotten after 10 years" in said
    assert "sets" not in hy.finding(loop(), histories(), differ(np.nan))


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: charts.pact_times_chart(curves().assign(event="war"), **STAMP), "curves: event"),
        (lambda: charts.pact_times_chart(curves().assign(model="best"), **STAMP), "curves: model"),
        (lambda: charts.pact_times_chart(curves().drop(columns="lo"), **STAMP), "curves"),
        (
            lambda: charts.hysteresis_chart(
                loop()[loop()["history"] == "paper"], histories(), differ(), **STAMP
            ),
            "loop: history",
        ),
        (lambda: charts.hysteresis_chart(loop(), histories()[:0], differ(), **STAMP), "histories"),
    ],
)
def test_bad_tables_are_refused(call, field):
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field
