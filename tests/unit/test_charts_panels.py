"""Panels: plain Vega-Lite, taken into one chart as it is."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from altair.utils.schemapi import SchemaValidationError

from liptako.charts.panels import concat, field, key_colour, keyed, layer, panel


@pytest.fixture
def rows():
    return pd.DataFrame(
        {"a": [1, 2], "b": [0.5, np.nan], "c": [np.inf, 1.0], "d": ["x", None], "e": [True, False]}
    )


def test_values_are_those_of_json(rows):
    spec = concat([panel([layer(rows, "point", x=field("a:Q"))], 90, 60)]).to_dict()
    (values,) = spec["datasets"].values()
    assert values == [
        {"a": 1, "b": 0.5, "c": None, "d": "x", "e": True},
        {"a": 2, "b": None, "c": 1.0, "d": None, "e": False},
    ]
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec


def test_a_table_is_held_once_however_many_layers_show_it(rows):
    twice = [layer(rows, mark, x=field("a:Q")) for mark in ("point", "line")]
    other = layer(rows.copy(), "rule", x=field("a:Q"))
    spec = concat([panel(twice, 90, 60), panel([*twice, other], 90, 60)], columns=2).to_dict()
    names = [[one["data"]["name"] for one in each["layer"]] for each in spec["concat"]]
    assert len(spec["datasets"]) == 2
    assert names[0] == names[1][:2]
    assert names[1][2] not in names[0]


def test_the_chart_is_checked_and_may_be_changed(rows):
    chart = concat([panel([layer(rows, "point", x=field("a:Q"))], 90, 60, {"text": "One"})])
    changed = chart.properties(title="All").configure_axis(grid=False).to_dict()
    assert changed["title"] == "All"
    assert changed["config"]["axis"] == {"grid": False}
    assert changed["concat"][0]["title"] == {"text": "One"}
    wrong = concat([panel([layer(rows, "no such mark")], 90, 60)])
    with pytest.raises(SchemaValidationError):
        wrong.to_dict()


def test_a_shared_legend_names_its_layers(rows):
    colour = key_colour({"one": ("First", "#000000"), "two": ("Second", "#ffffff")}, columns=2)
    assert colour["scale"] == {"domain": ["First", "Second"], "range": ["#000000", "#ffffff"]}
    assert colour["legend"]["columns"] == 2
    named = layer(rows, "line", {"strokeWidth": 2}, transform=[keyed("First")], color=colour)
    assert named["transform"] == [{"calculate": '"First"', "as": "key"}]
    assert named["mark"] == {"type": "line", "strokeWidth": 2}


def test_a_chart_can_be_saved_by_itself(rows, tmp_path):
    chart = concat([panel([layer(rows, "point", x=field("a:Q"))], 90, 60)])
    chart.save(tmp_path / "chart.html")
    assert '"table_0"' in (tmp_path / "chart.html").read_text(encoding="utf-8")
