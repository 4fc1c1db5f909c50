"""Dated facts: rows, days, counts, order; what is unsure holds nothing."""

from __future__ import annotations

from typing import Any

import pytest

import claims_fixtures as cf
from liptako.errors import InputError
from liptako.ledger.facts import dated_fact
from liptako.ledger.finding import CONTRADICTED, MIXED, SUPPORTED, UNDECIDED, Finding
from liptako.theatre.claims import DatedFact, Order, Row, Search, Stands
from liptako.theatre.schema import Theatre

ROWS = cf.timeline([
    {"row_id": "one", "date": "2010-09-12"},
    {"row_id": "next day", "date": "2010-09-13", "actor": "clan", "action": "camped"},
    {"row_id": "two", "date": "2011-01", "action": "left", "confidence": "medium"},
    {"row_id": "rumour", "date": "2011-02-03", "action": "fought", "confidence": "low"},
])  # fmt: skip


def asked(theatre: Theatre, **parts: Any) -> Finding:
    return dated_fact(DatedFact(test="dated_fact", says="it", **parts), ROWS, theatre)


@pytest.mark.parametrize(
    ("claimed", "within", "verdict", "off"),
    [
        ("2010-09-12", 0, SUPPORTED, 0.0),
        ("2010-09-10", 3, SUPPORTED, 2.0),
        ("2010-09-10", 1, CONTRADICTED, 2.0),
        ("2010-10-03", 3, CONTRADICTED, -21.0),
    ],
)
def test_a_day_that_is_claimed_is_held_against_the_row(theatre, claimed, within, verdict, off):
    found = asked(theatre, rows=[Row(row="one", claimed=claimed, within_days=within)])
    assert (found.verdict, found.result) == (verdict, off)
    assert found.robust


def test_what_no_source_holds_decides_nothing(theatre):
    found = asked(theatre, rows=[Row(row="one"), Row(row="rumour")])
    assert found.verdict == UNDECIDED
    assert found.would_decide
    counted = asked(theatre, counts=[Search(actions=["fought"], at_most=0)])
    assert counted.verdict == SUPPORTED, "a rumour is not counted"
    assert not counted.robust, "what is absent from a timeline may have happened"


def test_counts_and_order_hold_or_not(theatre):
    assert asked(theatre, counts=[Search(actors=["crown"], at_least=2)]).verdict == SUPPORTED
    assert asked(theatre, counts=[Search(actors=["crown"], at_least=3)]).verdict == CONTRADICTED
    early = Search(actors=["crown"], last="2010-12", at_most=0)
    assert asked(theatre, counts=[early]).verdict == CONTRADICTED
    found = asked(theatre, order=[Order(row="one", then="two", at_least_months=4)])
    assert (found.verdict, found.result) == (SUPPORTED, 4.0)
    late = Order(row="one", then="two", at_least_months=5)
    assert asked(theatre, rows=[Row(row="one")], order=[late]).verdict == MIXED


def test_days_of_one_month_are_in_order_too(theatre):
    def held(first: str, then: str) -> str:
        return asked(theatre, order=[Order(row=first, then=then)]).verdict

    assert held("one", "next day") == held("one", "one") == SUPPORTED
    assert held("next day", "one") == CONTRADICTED


def test_memory_is_not_robust(theatre):
    assert asked(theatre, rows=[Row(row="one")]).robust
    assert not asked(theatre, rows=[Row(row="two")]).robust


def test_support_stands_as_the_theatre_dates_it(theatre):
    there = Stands(instrument="usa.base", country="NER", month="2023-12", at_least=0.5)
    gone = Stands(instrument="usa.base", country="NER", month="2023-12", at_most=0.5)
    assert asked(theatre, stands=[there]).verdict == SUPPORTED
    assert asked(theatre, stands=[gone]).verdict == CONTRADICTED


def test_a_row_that_there_is_not_is_refused(theatre):
    with pytest.raises(InputError, match="no such row"):
        asked(theatre, rows=[Row(row="three")])
