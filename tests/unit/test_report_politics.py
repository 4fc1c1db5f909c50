"""The report with endings: what leads, what stands beside it, and what is left as it was."""

from __future__ import annotations

import html
import importlib.util
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from liptako.errors import InputError
from liptako.report import render
from liptako.report import tables as grids
from liptako.report.render import OPTIONAL, POLITICS
from liptako.report.words import words


def _load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


F, P = _load("fixtures"), _load("politics_fixtures")
W = words("en")


def facts(**changes: object) -> Any:
    named = {"alliance": "Alliance of Sahel States", "thresholds": P.THRESHOLDS}
    return F.facts(**(named | changes))


@pytest.fixture(scope="module")
def plain() -> dict[str, pd.DataFrame]:
    return F.tables(cell_step=40)


@pytest.fixture(scope="module")
def full(plain: dict) -> dict[str, pd.DataFrame]:
    return plain | P.tables()


@pytest.fixture(scope="module")
def text(full: dict) -> str:
    return render(full, facts())


def _words(page: str) -> str:
    bare = re.sub(r"<(script|style|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


SHOWN = {
    "endings": "The alliance fails in 44 of 100 futures by Dec 2024",
    "sub_endings": "on paper 35, regime lost 14, break-up 8",
    "ending_variants": "30% less reported",
    "ending_variance": "71% of their spread rests on judgement",
    "ending_parts": "One by one: pact alive 52, all regimes held 74, insurgents rolled back 16",
    "ending_table": "Insurgents rolled back",
    "threshold_grid": "A negotiated transition counts as lost",
    "pact_stage": "In Dec 2026 the pact is most often operational",
    "regime_survival": "Regimes still in power in Dec 2026",
    "exits": "fall of the capital",
    "reach": "Legitimacy outside the capital has never been measured",
    "base_rates": "in 5 of 6 quantities",
}


def test_every_table_of_politics_is_optional_and_shown(text: str) -> None:
    assert set(P.tables()) == set(SHOWN) == set(POLITICS) <= set(OPTIONAL)
    shown = _words(text)
    for name, part in SHOWN.items():
        assert part in shown
        assert f'id="data-{name}"' in text


def test_the_alliance_leads_and_deaths_and_civilians_stay_on_the_first_screen(text: str) -> None:
    head = text[: text.index("<nav")]
    title = re.search(r"<h1>(.*?)</h1>", head)
    assert title is not None
    assert title[1].startswith("In most simulated futures the alliance stays on paper")
    shown = _words(head)
    assert "Will the Alliance of Sahel States work?" in shown
    assert "In 2024 the war goes on" in shown
    assert shown.index("How it may end by Dec 2026") < shown.index("People killed")
    assert "Harm to civilians Of civilians killed in 2024, expected shares: JNIM" in shown


def test_the_first_screen_says_how_far_to_trust_endings(text: str) -> None:
    shown = _words(text[: text.index("<nav")])
    assert "Never tested. Roughly 71% of their spread rests on judgement." in shown
    assert "Judgement held at its middle: fails 63, endures 27, succeeds 10 in 100." in shown
    assert "Without the pact, rollback in 12 of 100 futures; with it in 12." in shown
    assert W["not_modelled"] not in _words(text)
    assert W["endings_text"] not in _words(text)


def test_three_endings_in_order_with_dots_notes_and_ranges(text: str) -> None:
    body = text[text.index('class="ends"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", body[: body.index("</table>")], flags=re.DOTALL)[1:]
    assert [row.count("<i></i>") for row in rows] == [11, 7, 2]
    assert [_words(row) for row in rows] == [
        "Fails on paper 35, regime lost 14, break-up 8 57 41 to 74",
        "Endures regimes hold, war not contained 34 24 to 43",
        "Succeeds insurgents rolled back, regimes hold 9 6 to 11",
    ]


def test_definitions_carry_the_thresholds(text: str) -> None:
    shown = _words(text)
    for part in (
        "fewer than 2 joint acts",
        "coup by another camp, rebellion, fall of the capital, negotiated transition",
        "in at least 2 members the deaths they inflict are at most 0.5 times the yearly mean",
        "at most 1.1 times that mean",
        "cells with events of theirs are at most 0.75 times those of the year before",
    ):
        assert part in shown
    assert '<a href="#defined">' in text
    assert 'id="defined"' in text


@pytest.mark.parametrize("missing", list(P.THRESHOLDS))
def test_endings_without_thresholds_are_refused(missing: str) -> None:
    left = {name: value for name, value in P.THRESHOLDS.items() if name != missing}
    with pytest.raises(InputError, match=f"thresholds: {missing}: a threshold"):
        grids.definitions(facts(thresholds=left), W)


def test_charts_stand_in_order_and_headings_have_no_gap(text: str) -> None:
    assert re.findall(r'data-chart="([\w-]+)"', text) == [
        "endings", "stages", "survival", "base_rates", "fan", "annual", "perpetrators", "map",
    ]  # fmt: skip
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = re.findall(r'\bid="([\w-]+)"', re.sub(r"<noscript>.*?</noscript>", "", text, flags=re.S))
    assert len(ids) == len(set(ids))
    assert all(target in ids for target in re.findall(r'href="#([\w-]+)"', text))


def test_politics_without_endings_keeps_the_report_of_deaths(plain: dict) -> None:
    some = plain | {"pact_stage": P.pact_stage(), "exits": P.exits()}
    page = render(some, F.facts())
    shown = _words(page)
    assert "The pact, month by month" in shown
    assert W["endings_text"] in shown
    assert W["not_modelled"] in shown
    assert re.findall(r"<h1>(.*?)</h1>", page)[0].startswith("In 2024 the war goes on")


def test_endings_alone_are_enough(plain: dict) -> None:
    shown = _words(render(plain | {"endings": P.endings()}, facts()))
    assert "In most simulated futures the alliance fails by Dec 2026" in shown
    assert W["evidence_unknown"] in shown
    assert "Judgement held at its middle" not in shown
    assert "Without the pact" not in shown


def test_the_cross_table_sums_to_a_hundred_at_the_last_horizon() -> None:
    grid = grids.cross_grid(P.ending_table(), facts(), W)
    assert grid.caption.startswith("Alliance, regimes and insurgents by Dec 2026")
    assert [row[:2] for row in grid.rows[:2]] == [["Alive", "Held"], ["Alive", "Lost"]]
    assert sum(int(cell) for row in grid.rows for cell in row[2:]) == 100
    assert grid.rows[0][2:] == ["6", "32"]


def test_the_threshold_grid_spans_all_settings_of_the_others() -> None:
    table = P.threshold_grid()
    grid = grids.threshold_rows(table, W)
    first = grid.rows[0]
    mine = table[table["rolled_back_share"] == 0.4]
    low, high = (round(100 * bound) for bound in (mine["fails"].min(), mine["fails"].max()))
    assert first == ["Deaths inflicted, share of before", "0.4", f"{low} to {high}", *first[3:]]
    assert len(grid.rows) == 5 + 3 + 3 + 2
    assert [row[1] for row in grid.rows[-2:]] == ["no", "yes"]
    assert "all 45 settings" in grid.note


def test_reporting_stands_apart_from_other_variants() -> None:
    variants = P.ending_variants()
    found, silent = (
        grids.variants_grid(variants, facts(), W, reporting=reporting) for reporting in (0, 1)
    )
    assert [row[0] for row in found.rows] == [
        "As it is", "Judgement held at its middle", "Without the pact",
    ]  # fmt: skip
    assert [row[0] for row in silent.rows] == [
        "As it is", "10% less reported", "30% less reported", "50% less reported",
    ]  # fmt: skip
    assert silent.note.startswith("Less reporting looks like less war")
    alone = variants[variants["variant"] == "paired"]
    assert grids.variants_grid(alone, facts(), W, reporting=True).rows == []


def test_exits_stand_by_country_and_horizon() -> None:
    grid = grids.exits_grid(P.exits(), facts(), W)
    assert grid.head == ["Country", "How", "By Dec 2024", "By Dec 2025", "By Dec 2026"]
    assert len(grid.rows) == 3 * len(P.KINDS)
    assert grid.rows[0] == [
        "Burkina Faso", "coup by another camp", "7 (3 to 10)", "14 (7 to 21)", "21 (10 to 31)",
    ]  # fmt: skip


def test_names_from_tables_and_facts_are_escaped(full: dict) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    tables = dict(full)
    tables["exits"] = tables["exits"].replace("mutiny", evil)
    tables["base_rates"] = tables["base_rates"].assign(quantity=evil, unit=evil, source=evil)
    tables["ending_variants"] = tables["ending_variants"].replace("without_pact", evil)
    tables["threshold_grid"] = tables["threshold_grid"].rename(columns={"min_joint_acts": evil})
    lost = P.THRESHOLDS | {"lost_by": [evil]}
    page = render(tables, facts(alliance=evil, thresholds=lost))
    assert evil not in page
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") > 5
