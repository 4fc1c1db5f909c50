"""Every chart of the page: colours that stand on paper, scales, sources, links, saved pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import politics_fixtures as pf
import table_fixtures as tf
from liptako import charts
from liptako.charts import theme
from liptako.charts.panels import apart
from liptako.exhibits import EXHIBITS, Facts, civilians, exhibit, plot, sources, stills
from liptako.exhibits.figure import figure
from liptako.report import render
from liptako.words.figures import say

MARKS, TEXT = 3.0, 4.5
"""Least contrast to the ground of marks and of text, after WCAG 2.2, 1.4.11 and 1.4.3."""

IN_GREY = 1.4
"""Least contrast between neighbours that only colour and dash tell apart."""


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=40) | pf.tables()


@pytest.fixture(scope="module")
def facts() -> Facts:
    return tf.facts(alliance="Pact", thresholds=pf.THRESHOLDS, dyads=pf.DYADS)


@pytest.fixture(scope="module")
def drawn(tables: dict, facts: Facts) -> dict[str, dict]:
    shown = [entry for entry in EXHIBITS if entry.chart and entry.table in tables]
    return {entry.key: entry.draw(tables, facts).to_dict(validate=False) for entry in shown}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str = theme.PAPER) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def blended(colour: str, opacity: float) -> str:
    parts = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    return "#" + "".join(f"{round(255 + (part - 255) * opacity):02x}" for part in parts)


def colours(layer: dict, channel: str) -> list[str]:
    """Return the colours that a channel of a layer may have on paper, by domain where there is."""
    mark, encoded = layer["mark"], layer["encoding"].get(channel)
    opacity = mark.get("opacity", 1) * mark.get(f"{channel}Opacity", 1)
    if channel in mark:
        return [blended(mark[channel], opacity)]
    found = [] if encoded is None else encoded["scale"]["range"]
    for step in layer.get("transform", ()):
        if encoded and step["as"] == encoded["field"]:  # a layer of one colour, with a legend
            found = [found[encoded["scale"]["domain"].index(json.loads(step["calculate"]))]]
    return [blended(colour, opacity) for colour in found]


def layers(spec: dict) -> Iterator[dict]:
    for panel in spec["concat"]:
        yield from panel["layer"]


def test_marks_and_text_stand_on_white_paper(drawn: dict) -> None:
    seen = 0
    for key, spec in drawn.items():
        if key == "map":  # classes of one scale beside each other, with outlines over them
            continue
        for layer in layers(spec):
            mark = layer["mark"]
            if mark.get("opacity") == 0:  # where the pointer asks
                continue
            shades = {c: colours(layer, c) for c in ("color", "fill", "stroke")}
            least = TEXT if mark["type"] == "text" else MARKS
            inside = shades["fill"] or shades["color"]
            edges = shades["stroke"] * (len(inside) if len(shades["stroke"]) == 1 else 1)
            for place, colour in enumerate(inside or edges):
                edge = edges[place] if place < len(edges) else colour
                assert max(contrast(colour), contrast(edge)) >= least, (key, mark, colour)
                seen += 1
    assert seen > 100


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000") == pytest.approx(21.0)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)
    assert contrast("#DDAA33") < MARKS, "yellow needs the outline that it has"


@pytest.mark.parametrize("names", [theme.PERPETRATOR_COLOURS, theme.ENDINGS], ids=["who", "end"])
def test_neighbours_differ_in_grey(names: tuple[str, ...]) -> None:
    shown = names if names != theme.ENDINGS else [names[1], names[2], names[0], names[3]]
    assert all(contrast(one, other) >= IN_GREY for one, other in pairwise(shown))
    assert len({str(look.dash) for look in theme.perpetrator_looks("abcdef").values()}) == 6


def test_perpetrators_have_one_order_name_and_look_everywhere(
    tables: dict, facts: Facts, drawn: dict
) -> None:
    names = list(facts.perpetrators.values())
    scales = [
        layer["encoding"]["color"]["scale"]
        for layer in layers(drawn["perpetrators"])
        if "color" in layer["encoding"]
    ]
    looks = [look.colour for look in theme.perpetrator_looks(names).values()]
    assert scales
    assert all(s["domain"] == names and s["range"] == looks for s in scales)
    grid = civilians.total_grid(tables["civilians_perpetrator"], facts)
    assert [row[0] for row in grid.rows] == [*names, "All together"]
    finding = drawn["perpetrators"]["usermeta"]["finding"]
    line = " ".join(civilians.lines(tables, facts))
    for text in (finding, line):
        places = [text.index(f"{name} ") for name in names]
        assert places == sorted(places)
    rows = tables["civilians_perpetrator"]
    assert list(dict.fromkeys(rows["perpetrator"])) == [*facts.perpetrators, "ALL"]


def test_a_panel_that_one_scale_would_flatten_has_its_own(tables: dict, drawn: dict) -> None:
    scales = drawn["annual"]["usermeta"]["scales"]
    tops = [panel["layer"][0]["encoding"]["x"]["scale"]["domain"][1] for panel in
            drawn["annual"]["concat"]]  # fmt: skip
    assert scales["channel"] == "x"
    assert scales["domain"] == [0, max(tops)]
    assert len(set(tops)) > 1
    assert say["own"] in drawn["annual"]["usermeta"]["lines"]
    entry = exhibit("annual")
    one = entry.draw(tables, tf.facts(), shared_x=True).to_dict(validate=False)
    ends = {layer["encoding"]["x"]["scale"]["domain"][1] for layer in layers(one)}
    assert ends == {max(tops)}
    assert "scales" not in one["usermeta"]
    assert not apart([10.0, 10.0])


def test_every_chart_names_what_it_was_made_from(drawn: dict, facts: Facts) -> None:
    keys = {entry.key for entry in EXHIBITS if entry.chart}
    assert set(sources.USED) == keys
    for key in keys & set(drawn) - {"lenses"}:  # which has a line of its own
        small = " ".join(drawn[key]["title"]["subtitle"])
        assert "As seen from 31 Dec 2023" in small
        for kind in set(sources.USED[key]) - {"events"}:
            assert say[kind].lower() in small.lower(), (key, kind)
        assert (tf.facts().events in small) == ("events" in sources.USED[key])


def test_every_chart_has_a_link_and_the_tables_behind_it(tables: dict, facts: Facts) -> None:
    page = render(tables, facts)
    for entry in EXHIBITS:
        if not entry.chart or entry.table not in tables:
            continue
        start = page.index(f'<figure id="fig-{entry.key}">')
        part = page[start : page.index("</figure>", start)]
        assert f'href="#fig-{entry.key}"' in part
        assert f'data-png="{entry.key}"' in part
        linked = re.findall(r'<a href="#data-(\w+)" data-csv="\1"', part)
        assert linked == [name for name in entry.takes or (entry.table,) if name in tables]
        assert all(f'id="data-{name}"' in page for name in linked)


def test_python_draws_every_chart_of_the_page() -> None:
    assert sorted(plot.__all__) == sorted(entry.key for entry in EXHIBITS if entry.chart)
    assert all(callable(getattr(plot, name)) for name in plot.__all__)


def test_tooltips_name_places_and_no_codes(drawn: dict) -> None:
    known = {**tf.COUNTRIES, **pf.DYADS}
    for key in ("fan", "annual", "perpetrators", "survival", "disputes", "ladders", "choices"):
        told = [layer for layer in layers(drawn[key]) if "tooltip" in layer["encoding"]]
        assert told, key
        for layer in told:
            tips = layer["encoding"]["tooltip"]
            assert all(tip.get("title") for tip in tips), key
            first = tips[0]["field"]
            given = {row.get(first) for row in drawn[key]["datasets"][layer["data"]["name"]]}
            given |= {step["calculate"].strip('"') for step in layer.get("transform", ())}
            assert given & set(known.values()), key
            assert not given & set(known), key


def test_a_saved_chart_opens_without_a_network(tables: dict, tmp_path: Path) -> None:
    one = tf.facts(countries={"CIV": "Côte d'Ivoire", "MLI": "Mali"})
    exhibit("annual").draw(tables, one).save(tmp_path / "annual.html")
    page = (tmp_path / "annual.html").read_text(encoding="utf-8")
    assert not re.findall(r"<(?:script|link)[^>]*\b(?:src|href)=", page)
    assert not re.findall(r"\b(?:src|href)=['\"]https?:", page)
    assert not re.findall(r"\bimport\s*\(?['\"]https?:", page)
    assert len(page) > 500_000, "it holds what draws it"
    exhibit("annual").draw(tables, one).save(tmp_path / "annual.json")
    assert (tmp_path / "annual.json").stat().st_size < 100_000


def test_another_process_draws_the_same_picture_and_its_end_is_survived(
    tables: dict, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = exhibit("disputes")
    here = figure(entry, tables, facts).still
    with stills.artist() as ask, stills.drawn_by(ask):
        assert figure(entry, tables, facts).still == here
    monkeypatch.setattr(stills, "_CODE", "raise SystemExit")
    with stills.artist() as ask, stills.drawn_by(ask):
        assert figure(entry, tables, facts).still == here
    monkeypatch.setattr("sys.executable", "/no/such/program")
    with stills.artist() as ask:
        assert ask("vegalite_to_svg", {"vl_spec": _small()}).result().startswith("<svg")


def _small() -> dict[str, Any]:
    return {"mark": "point", "data": {"values": [{"a": 1}]}, "encoding": {"x": {"field": "a"}}}


def test_every_chart_says_itself_in_words(tables: dict, facts: Facts) -> None:
    for entry in EXHIBITS:
        if entry.chart and entry.table in tables:
            text = charts.text_alternative(entry.draw(tables, facts))
            assert len(text.split()) > 15, entry.key
