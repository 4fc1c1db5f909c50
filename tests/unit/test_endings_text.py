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
        "Alliance by Dec 2026              in 100   other assumptions    past cases",
        "  Pact alive and at work              52          37-67         25 (13-43)",
        "  All three regimes still rule        74          53-95",
        "  War rolled back                     16          12-20         25 (13-43)",
        "  Fails                               41          30-53",
        "    stays on paper                    34",
        "    an ally leaves, or dissolved       7",
        "  Endures, war not rolled back        34          24-43",
        "  Succeeds                             9           6-11",
        "  Outside: works, regime changed      16          12-20",
        "    by another camp's coup             8",
        "    handed over                        6",
        "    overthrown                         2",
        "Pact alive and at work: 52 in 100, outside past cases (25; 13 to 43). Why is not",
        "known.",
        "Without the pact, rollback 12 in 100 (with it 12; 250 paired futures)",
        "Reference classes, judgement at its middle: fails 47, endures 27, succeeds 10, "
        "outside 16 in 100",
        'Outcomes together: not tested. Roughly 71% of the spread of "fails" is judgement',
    ]


def test_outcomes_stand_in_one_order_at_every_horizon() -> None:
    tables = {"endings": pf.endings()}
    for horizon in (12, 36):
        names = [line.split()[0].strip(",:") for line in plain(tables, horizon=horizon)[1:5]]
        assert names == ["Fails", "Endures", "Succeeds", "Outside"]
    assert plain(tables, horizon=12)[0].startswith("Alliance by Dec 2024")


def test_without_the_other_tables_nothing_is_invented() -> None:
    found = plain({"endings": pf.endings()})
    assert len(found) == 6
    assert "is not known" in found[-1]
    assert "%" not in found[-1]


def test_a_war_outside_past_wars_says_how_deaths_move_in_both() -> None:
    tables = pf.tables()
    pieces = tables["pieces"].copy()
    rolled = pieces["piece"] == "rolled_back"
    pieces.loc[rolled, "within"] = False
    found = " ".join(plain(tables | {"pieces": pieces}))
    assert "War rolled back: 16 in 100, outside past cases (25; 13 to 43). In the middle" in found
    assert "times last year's (Burkina Faso, Mali, Niger); in past wars like these" in found


def test_no_endings_is_said() -> None:
    found = plain({})
    assert len(found) == 1
    assert "12, 24 and 36 months" in found[0]


def test_the_share_of_judgement_is_that_of_the_outcome_that_leads() -> None:
    tables = pf.tables()
    variance = tables["ending_variance"]
    chosen = (variance["ending"] == "endures") & (variance["status"] == "judgement")
    variance.loc[chosen, "share"] = 0.55
    assert '71% of the spread of "fails"' in plain(tables)[-1]
    assert '55% of the spread of "endures"' in plain(tables, horizon=12)[-1]


def test_what_is_rare_is_not_zero() -> None:
    tables = pf.tables()
    endings = tables["endings"].query("horizon == 36").copy()
    endings["p"] = [0.5, 0.397, 0.003, 0.1]
    found = plain(tables | {"endings": endings})
    (line,) = [line for line in found if "Succeeds" in line]
    assert line.split()[:3] == ["Succeeds", "<", "1"]


def test_a_missing_ending_is_refused() -> None:
    with pytest.raises(InputError, match=r"endings: ending.*once at 36 months"):
        lines({"endings": pf.endings().iloc[:-1]}, tf.facts())


def test_a_reason_is_given_only_where_the_run_holds_it() -> None:
    tables = pf.tables()
    pieces = tables["pieces"].copy()
    pieces.loc[pieces["piece"] == "rolled_back", "within"] = False
    calm = tables["war_years"].assign(over_last=0.5)
    tables |= {"pieces": pieces, "war_years": calm}
    steps = tables["rollback_steps"].copy()
    second = (steps["step"] == "past_wars_second") & (steps["horizon"] == 36)
    steps.loc[second, ["p", "lo", "hi"]] = 0.11, 0.07, 0.19
    found = " ".join(plain(tables | {"rollback_steps": steps}))
    assert "in the last year: 11 in 100 (7 to 19)." in found
    assert "starts higher" not in found
    own = tables["rollback_steps"].query("step != 'past_wars_second'")
    found = " ".join(plain(tables | {"rollback_steps": own}))
    assert "War rolled back: 16 in 100, outside past cases (25; 13 to 43). Why is not" in found
    assert "starts higher" not in found
