"""Exhibits: each table declared once, shown in one place, and offered whole."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import compare_fixtures as cf
import politics_fixtures as pf
import table_fixtures as tf
from liptako import charts
from liptako.errors import InputError
from liptako.exhibits import EXHIBITS, exhibit, plot
from liptako.report import render
from liptako.report.sections import SECTIONS
from liptako.words.numbers import MISSING
from liptako.words.tables import say as names
from liptako.words.tables import sheet

SOURCE = Path(charts.__file__).parents[1]


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=40) | pf.tables() | cf.tables()


@pytest.fixture(scope="module")
def facts() -> Any:
    return tf.facts(
        alliance="Alliance", thresholds=pf.THRESHOLDS, dyads=pf.DYADS, compared=cf.about()
    )


def test_keys_and_tables_stand_once_and_have_names() -> None:
    assert len({each.key for each in EXHIBITS}) == len(EXHIBITS)
    assert len({each.table for each in EXHIBITS}) == len(EXHIBITS)
    assert {each.table for each in EXHIBITS} == set(names)
    assert {each.table for each in EXHIBITS if each.sheet} == set(sheet)
    assert len(set(sheet.values())) == len(sheet)
    assert all(len(name) <= 31 and not set("[]:*?/\\'") & set(name) for name in sheet.values())
    grids = [grid.key for each in EXHIBITS for grid in each.grids]
    assert len(set(grids)) == len(grids)


def test_what_is_drawn_or_printed_has_a_section_of_the_page() -> None:
    assert {each.section for each in EXHIBITS if each.section} == set(SECTIONS)
    for each in EXHIBITS:
        shown = [grid for grid in each.grids if grid.how != "first"]
        assert bool(each.section) == bool(each.chart or shown), each.key


def test_the_report_names_no_table_but_the_one_that_leads() -> None:
    parts = [path for path in (SOURCE / "report").glob("*.py") if path.name != "asked.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in parts)
    found = {name for name in names if re.search(rf'"{name}"', text)}
    assert found - set(SECTIONS) <= {"deaths_country_period", "pieces", "endings"}


def test_every_chart_is_drawn_from_its_entry(tables: dict, facts: Any) -> None:
    for each in [each for each in EXHIBITS if each.chart]:
        chart = each.draw(tables, facts)
        assert "As seen from 31 Dec 2023" in "".join(chart.usermeta["lines"])
        assert charts.text_alternative(chart)
        assert hasattr(plot, each.key)


def test_the_page_shows_every_entry_of_a_section(tables: dict, facts: Any) -> None:
    page = render(tables, facts)
    captions = []
    for each in EXHIBITS:
        if each.chart:
            assert f'data-chart="{each.key}"' in page
        assert (f'id="data-{each.table}"' in page) == (each.offered and each.table in tables)
        for grid in each.grids:
            caption = grid.make(tables[each.table], facts).caption
            assert page.replace("&#39;", "'").count(f"<caption>{caption}</caption>") == 1, each.key
            captions.append(caption)
    assert len(set(captions)) == len(captions) > 15


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(InputError, match="no such exhibit"):
        exhibit("fans")


def test_one_country_is_found_by_code_or_name(facts: Any) -> None:
    assert plot._one(facts, "BFA") == plot._one(facts, "Burkina Faso") == {"BFA": "Burkina Faso"}
    with pytest.raises(InputError, match=r"country: no such country; received 'Burkina'"):
        plot._one(facts, "Burkina")


def test_a_toll_reads_the_same_in_sentence_table_and_terminal(tables: dict, facts: Any) -> None:
    """10,394 was once "10,000" in a sentence and "10,400" in a table."""
    totals = tables["deaths_country_period"].copy()
    row = (totals["country"] == "BFA") & (totals["period"] == "next_12_months")
    totals.loc[row, ["q05", "q50", "q95"]] = [5712.0, 10394.0, 12887.0]
    mine = tables | {"deaths_country_period": totals}
    page = render(mine, replace(facts, perpetrators=tf.PERPETRATORS))
    printed = "\n".join(exhibit("annual").lines(mine, facts))
    assert "10,400 people killed (5,700 to 12,900 in 9 of 10 futures)" in page
    assert ">10,400</td>" in page
    assert "10,400  5,700-12,900" in printed
    read = re.sub(r"<(script|noscript).*?</\1>|data:text/csv[^\"]*", "", page, flags=re.DOTALL)
    for wrong in ("10,000", "10,394", "13,000", "12,887"):
        assert not re.search(rf"\b{wrong}\b", read + printed)


def test_a_coast_stands_beside_what_was_recorded_there(tables: dict, facts: Any) -> None:
    (printed,) = exhibit("coast").grids
    grid = printed.make(tables["coast"], facts)
    place = grid.head.index(f"{facts.near} months before")
    assert [row[place] for row in grid.rows] == ["122", "3"]
    assert [row[place - 1] for row in grid.rows] == ["27 in 100", "3 in 100"]


def test_a_coast_without_data_has_no_chance(tables: dict, facts: Any) -> None:
    unknown = dict.fromkeys(("probability", "mcse", "last_12_months"), np.nan)
    coast = pd.DataFrame([tables["coast"].iloc[0].to_dict() | {"counted": []} | unknown])
    lines, (printed,) = exhibit("coast").lines, exhibit("coast").grids
    assert lines is not None
    (line,) = lines(tables | {"coast": coast}, facts)
    grid = printed.make(coast, facts)
    assert grid.rows[0][2] == MISSING
    assert "nan" not in str(grid)
    assert "no coastal neighbour has event data" in line
    assert "0 in 100" not in line
