"""Charts: what each one must say, and must not."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import table_fixtures as tf
from liptako import charts
from liptako.charts import theme
from liptako.charts.readers import region_table
from liptako.errors import InputError
from liptako.words.dates import period_name
from liptako.words.numbers import rounded
from liptako.words.places import say

UNOBSERVED = say["unobserved"]


STAMP: dict[str, Any] = {"init_month": tf.INIT, "source": tf.SOURCE}


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=9)


@pytest.fixture(scope="module")
def outlines() -> dict[str, Any]:
    return charts.read_outlines(tf.OUTLINES)


@pytest.fixture(scope="module")
def drawn(tables: dict, outlines: dict) -> dict[str, Any]:
    return {
        "fan": charts.fan_chart(
            tables["observed"],
            tables["deaths_country_month"],
            tables["deaths_members"],
            countries=tf.CORE,
            **STAMP,
        ),
        "annual": charts.annual_chart(tables["deaths_country_period"], countries=tf.CORE, **STAMP),
        "perpetrators": charts.perpetrators_chart(
            tables["civilians_perpetrator"], countries=tf.CORE, names=tf.PERPETRATORS, **STAMP
        ),
        "map": charts.map_chart(
            tables["cells"], tables["regions"], outlines=outlines, countries=tf.COUNTRIES, **STAMP
        ),
    }


NAMES = ["fan", "annual", "perpetrators", "map"]


def _walk(node: Any) -> Any:
    yield node
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for child in children:
        yield from _walk(child)


def _rows(spec: dict, key: str) -> list[dict]:
    return [row for rows in spec["datasets"].values() for row in rows if key in row]


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_is_stamped_sourced_and_described(drawn: dict, name: str) -> None:
    spec = drawn[name].to_dict()
    small = " ".join(spec["title"]["subtitle"])
    assert "As seen from 31 Dec 2023" in small
    assert tf.SOURCE in small
    assert " ".join(spec["title"]["text"]) == spec["usermeta"]["finding"]
    assert charts.text_alternative(drawn[name]) == spec["description"]
    assert len(spec["description"]) > 80


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_draws_without_a_network(drawn: dict, name: str) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    picture = vl_convert.vegalite_to_svg(drawn[name].to_dict(), allowed_base_urls=[])
    assert picture.startswith("<svg")
    assert "NaN" not in picture


def test_a_given_title_replaces_the_computed_one(tables: dict) -> None:
    chart = charts.annual_chart(
        tables["deaths_country_period"], countries=tf.CORE, title="Mine", **STAMP
    )
    assert chart.to_dict()["title"]["text"] == ["Mine"]


def test_fan_shows_recorded_months_and_only_those_up_to_init(tables: dict) -> None:
    later = pd.DataFrame({"country": ["MLI"], "month": [tf.INIT + 1], "deaths": [99999.0]})
    observed = pd.concat([tables["observed"], later])
    chart = charts.fan_chart(observed, tables["deaths_country_month"], countries=tf.CORE, **STAMP)
    assert "99999" not in chart.to_json()


def test_fan_repeats_the_last_twelve_months_in_their_order(tables: dict) -> None:
    from liptako.charts.fan import _again

    seen = tables["observed"].query("country == 'BFA'")
    again = _again(seen, tables["deaths_country_month"].query("country == 'BFA'"), tf.INIT)
    assert again["deaths"].tolist() == tf.RECORDED["BFA"][12:] * 3
    assert again["month"].tolist() == list(range(tf.INIT + 1, tf.INIT + 37))


def test_fan_draws_no_zero_for_a_month_without_a_row(tables: dict) -> None:
    holed = tables["observed"].query(f"month != {tf.INIT - 3}")
    chart = charts.fan_chart(holed, tables["deaths_country_month"], countries=tf.CORE, **STAMP)
    months = {row["month"] for row in _rows(chart.to_dict(), "deaths")}
    assert tf.INIT - 3 not in months
    assert tf.INIT + 9 not in months, "a hole must not be repeated as a number"


@pytest.mark.parametrize(("shared", "distinct"), [(True, 1), (False, 3)])
def test_fan_shares_its_scale_when_asked(tables: dict, shared: bool, distinct: int) -> None:
    chart = charts.fan_chart(
        tables["observed"],
        tables["deaths_country_month"],
        countries=tf.CORE,
        shared_y=shared,
        scale="linear",
        **STAMP,
    )
    scales = {
        json.dumps(node["y"]["scale"]["domain"])
        for node in _walk(chart.to_dict()["concat"])
        if isinstance(node, dict) and "scale" in node.get("y", {})
    }
    assert len(scales) == distinct


def test_fan_names_the_country_that_loses_most(drawn: dict) -> None:
    assert drawn["fan"].to_dict()["usermeta"]["finding"].startswith("Burkina Faso loses most")


def test_annual_says_the_recorded_total_exactly_and_keeps_periods_apart(drawn: dict) -> None:
    spec = drawn["annual"].to_dict()
    assert "6,109 in 2023" in spec["usermeta"]["finding"]
    years = {row["year"] for row in _rows(spec, "year")}
    assert years == {"2023", "2024", "2025"}, "the whole horizon is not a year"


def test_a_year_that_is_no_calendar_year_says_its_months() -> None:
    assert period_name("last_12_months", tf.INIT) == "2023"
    assert period_name("last_12_months", tf.INIT - 2) == "2022-11 to 2023-10"


def test_perpetrators_are_never_stacked_and_differ_by_dash(drawn: dict) -> None:
    spec = drawn["perpetrators"].to_dict()
    marks = {node["type"] for node in _walk(spec) if isinstance(node, dict) and "type" in node}
    assert not marks & {"bar", "area"}
    dashes = [
        node["strokeDash"]["scale"]["range"]
        for node in _walk(spec)
        if isinstance(node, dict) and "scale" in node.get("strokeDash", {})
    ]
    assert dashes
    assert all(len({tuple(d) for d in row}) == len(tf.PERPETRATORS) for row in dashes)


def test_perpetrators_order_shares_from_the_largest(drawn: dict) -> None:
    finding = drawn["perpetrators"].to_dict()["usermeta"]["finding"]
    assert finding.index("JNIM") < finding.index("States") < finding.index("Militias")


@pytest.mark.parametrize(
    ("chance", "expected"),
    [(0, 0), (0.0099, 0), (0.01, 1), (0.05, 2), (0.2, 3), (0.5, 4), (0.8, 5), (1, 5)],
)
def test_classes_are_closed_below(chance: float, expected: int) -> None:
    assert theme.classes(pd.Series([chance])).tolist() == [expected]


def test_python_and_the_drawn_map_put_chances_in_the_same_class() -> None:
    from liptako.charts.map import _class_words

    words = _class_words("p")
    for chance in (0, 0.0099, 0.01, 0.049, 0.05, 0.2, 0.5, 0.8, 1):
        text = words.replace("datum.p", str(round(chance * 100, 6)))
        parts = [part.strip() for part in text.replace("?", ":").split(":")]
        found = parts[-1]
        for test, name in zip(parts[0:-1:2], parts[1:-1:2], strict=True):
            left, right = test.split("<")
            if float(left) < float(right):
                found = name
                break
        index = theme.classes(pd.Series([chance])).tolist()[0]
        assert found.strip("'") == say[f"class_{index}"]


def test_zero_is_white_and_the_bins_darken() -> None:
    light = [
        np.dot([int(c[i : i + 2], 16) for i in (1, 3, 5)], [0.2126, 0.7152, 0.0722])
        for c in theme.CLASS_COLOURS
    ]
    assert theme.CLASS_COLOURS[0] == "#ffffff"
    assert all(a > b + 15 for a, b in pairwise(light))


def test_unobserved_cells_get_lines_and_no_number(tables: dict) -> None:
    lying = tables["cells"].copy()
    lying.loc[~lying["observed"], "p_any"] = 0.77
    spec = charts.map_chart(lying, **STAMP).to_dict()
    blind = [row for row in _rows(spec, "seen") if row["seen"] == 0 and "lon" in row]
    assert len(blind) == int((~lying.query("lead == 3")["observed"]).sum()) > 50
    assert all(row["p_any_3"] is None for row in blind)
    rules = [
        layer
        for panel in spec["concat"]
        for layer in panel["layer"]
        if layer["mark"]["type"] == "rule"
    ]
    assert len(rules) == len(spec["concat"]) == 6
    assert all({"x", "y", "x2", "y2"} <= set(layer["encoding"]) for layer in rules)
    tiles = [row for row in _rows(spec, "seen") if "w" in row and row["seen"] == 0]
    across = sum(round((row["e"] - row["w"]) / 0.5) for row in tiles)
    assert across == len(blind), "each unobserved cell has a line"
    assert UNOBSERVED in " ".join(spec["title"]["subtitle"])


def test_map_marks_are_silent_for_screen_readers(drawn: dict) -> None:
    for panel in drawn["map"].to_dict()["concat"]:
        assert all(layer["mark"]["aria"] is False for layer in panel["layer"])


def test_map_labels_do_not_cover_each_other(outlines: dict) -> None:
    from liptako.charts.outlines import labels

    names = list(labels(outlines, tf.COUNTRIES, (-18.0, 4.0, 16.0, 27.5), 300))
    assert {"Mali", "Niger", "Burkina Faso"} <= {row["name"] for row in names}
    px = 300 / 34
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            wide = 3.1 * (len(a["name"]) + len(b["name"]))
            apart = abs(a["lon"] - b["lon"]) * px >= wide - 0.2
            assert apart or abs(a["lat"] - b["lat"]) * px >= 11.8, (a, b)


def test_region_table_ranks_and_leaves_out_the_unobserved(tables: dict) -> None:
    ranked = region_table(tables["regions"], top=5)
    assert ranked["p_25_in_12"].is_monotonic_decreasing
    assert len(ranked) == 5
    assert "GHA" not in set(region_table(tables["regions"])["country"])


def test_bad_tables_are_refused_with_the_field(tables: dict) -> None:
    month = tables["deaths_country_month"]
    with pytest.raises(InputError, match=r"deaths_country_month.*'q95'"):
        charts.fan_chart(tables["observed"], month.drop(columns="q95"), countries=tf.CORE, **STAMP)
    with pytest.raises(InputError, match=r"p_any.*not a probability"):
        charts.map_chart(tables["cells"].assign(p_any=1.2), **STAMP)
    with pytest.raises(InputError, match="lead 7"):
        charts.map_chart(tables["cells"], leads=(7,), **STAMP)
    with pytest.raises(InputError, match="no text alternative"):
        charts.text_alternative(__import__("altair").Chart())


def test_outlines_are_small_named_and_inside_the_frame(outlines: dict, tmp_path: Path) -> None:
    assert tf.OUTLINES.stat().st_size < 40_000
    codes = [feature["properties"]["iso3"] for feature in outlines["features"]]
    assert set(tf.COUNTRIES) <= set(codes)
    assert len(codes) == len(set(codes))
    points = np.array(
        [
            point
            for feature in outlines["features"]
            for polygon in feature["geometry"]["coordinates"]
            for ring in polygon
            for point in ring
        ]
    )
    assert points.min(axis=0).tolist() >= [-19, 2]
    assert (points.max(axis=0) <= [17, 30]).all()
    bad = tmp_path / "bad.geojson"
    bad.write_text('{"features": [{}]}', encoding="utf-8")
    with pytest.raises(InputError, match="cannot read outlines"):
        charts.read_outlines(bad)


@pytest.mark.parametrize(
    ("value", "text"),
    [(7.4, "7"), (287, "290"), (5712, "5,700"), (10394, "10,400"), (996, "1,000")],
)
def test_simulated_numbers_are_rounded_to_what_they_deserve(value: float, text: str) -> None:
    assert rounded(value) == text


def test_the_theme_is_registered_but_not_forced() -> None:
    import altair as alt

    assert "liptako" in alt.theme.names()
    assert alt.theme.active != "liptako"


def test_each_panel_of_the_map_shows_the_chances_that_its_heading_names() -> None:
    """One cell of few deaths and one of many: 50% and 7%, 90% and 60%, less at longer leads."""
    rows = [
        {"gid": gid, "lat": 12.25, "lon": lon, "country": "AAA", "region": "A1",
         "region_name": "One", "observed": True, "lead": lead,
         "p_any": p_any - lead / 100, "p_25": p_25 - lead / 1000}
        for gid, lon, p_any, p_25 in ((1, 0.25, 0.5, 0.07), (2, 0.75, 0.9, 0.6))
        for lead in (3, 12)
    ]  # fmt: skip
    spec = charts.map_chart(pd.DataFrame(rows), leads=(3, 12), **STAMP).to_dict()
    shown = {}
    for one in spec["concat"]:
        (drawn,) = [layer for layer in one["layer"] if "fill" in layer["encoding"]]
        column = drawn["encoding"]["tooltip"][0]["field"]
        assert any(f"datum.{column} " in step.get("calculate", "") for step in drawn["transform"])
        data = spec["datasets"][drawn["data"]["name"]]
        shown[" ".join(one["title"]["text"])] = [row[column] for row in data]
    assert shown == {
        "Cells: 1 or more killed in Mar 2024 alone": [47.0, 87.0],
        "Cells: 1 or more killed in Dec 2024 alone": [38.0, 78.0],
        "Cells: 25 or more killed in Mar 2024 alone": [6.7, 59.7],
        "Cells: 25 or more killed in Dec 2024 alone": [5.8, 58.8],
    }


def test_each_perpetrator_stands_beside_its_own_numbers(tables: dict, drawn: dict) -> None:
    ahead = tables["civilians_perpetrator"].query("period == 'next_12_months'")
    rows = _rows(drawn["perpetrators"].to_dict(), "who")
    for country in tf.CORE:
        for code, name in tf.PERPETRATORS.items():
            mine = ahead[(ahead["country"] == country) & (ahead["perpetrator"] == code)].iloc[0]
            expected = {"observed": float(tf.CIVILIANS[country][code]), "who": name}
            expected |= {q: round(float(mine[q]), 1) for q in ("q05", "q50", "q95")}
            assert expected | {"place": tf.CORE[country]} in rows
    words = charts.text_alternative(drawn["perpetrators"])
    assert "Burkina Faso: JNIM 830 in 2023" in words
    assert "States 345 in 2023" in words.partition("Mali:")[0]
