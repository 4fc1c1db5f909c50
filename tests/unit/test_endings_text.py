"""The terminal's lines on endings: aligned, in order, and never without their evidence."""

from __future__ import annotations

from typing import Any

import pytest
from rich.text import Text

import politics_fixtures as pf
import table_fixtures as tf
from liptako.errors import InputError
from liptako.exhibits.endings import lines


def plain(tables: dict, **named: Any) -> list[str]:
    return [Text.from_markup(line).plain for line in lines(tables, tf.facts(), **named)]


def test_the_table_reads_like_the_mock() -> None:
    assert plain(pf.tables()) == [
        "Alliance by Dec 2026            in 100   other assumptions",
        "  Fails                             57          41-74",
        "    stays on paper                  35",
        "    regime lost, pact alive         14",
        "    member leaves or dissolved       8",
        "  Endures, war not contained        34          24-43",
        "  Succeeds                           9           6-11",
        "One by one: pact alive 52, all regimes held 74, rollback 16 in 100",
        "Without the pact, rollback 12 in 100 (with it 12; 250 paired futures)",
        "Reference classes, judgement at its middle: fails 63, endures 27, succeeds 10 in 100",
        "Not tested: endings. Roughly 71% of their spread is judgement",
    ]


def test_endings_stand_in_order_of_probability() -> None:
    tables = {"endings": pf.endings()}
    names = [line.split()[0] for line in plain(tables, horizon=12)[1:4]]
    assert names == ["Endures,", "Fails", "Succeeds"]
    assert plain(tables, horizon=12)[0].startswith("Alliance by Dec 2024")


def test_without_the_other_tables_nothing_is_invented() -> None:
    found = plain({"endings": pf.endings()})
    assert len(found) == 5
    assert "is not known" in found[-1]
    assert "%" not in found[-1]


def test_no_endings_is_said() -> None:
    found = plain({})
    assert len(found) == 1
    assert "12, 24 and 36 months" in found[0]


def test_shares_that_differ_between_endings_give_a_range() -> None:
    tables = pf.tables()
    variance = tables["ending_variance"]
    chosen = (variance["ending"] == "succeeds") & (variance["status"] == "judgement")
    variance.loc[chosen, "share"] = 0.55
    assert plain(tables)[-1] == "Not tested: endings. Roughly 55-71% of their spread is judgement"


def test_what_is_rare_is_not_zero() -> None:
    tables = pf.tables()
    endings = tables["endings"].query("horizon == 36").copy()
    endings["p"] = [0.6, 0.397, 0.003]
    found = plain(tables | {"endings": endings})
    assert found[6].split()[:3] == ["Succeeds", "<", "1"]


def test_a_missing_ending_is_refused() -> None:
    with pytest.raises(InputError, match=r"endings: ending.*once at 36 months"):
        lines({"endings": pf.endings().iloc[:-1]}, tf.facts())
