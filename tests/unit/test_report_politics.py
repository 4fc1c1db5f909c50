"""The report with politics: what leads, what stands beside it, and what is left as it was."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

import politics_fixtures as pf
import table_fixtures as tf
from liptako.errors import InputError
from liptako.exhibits import EXHIBITS, acts, disputes, endings, exhibit, pieces, reasons, regimes
from liptako.report import render
from liptako.words import endings as ending_words
from liptako.words import page as page_words
from liptako.words import trust as trust_words


def facts(**changes: object) -> Any:
    named = {"alliance": "Alliance of Sahel States", "thresholds": pf.THRESHOLDS, "dyads": pf.DYADS}
    return tf.facts(**(named | changes))


@pytest.fixture(scope="module")
def plain() -> dict[str, pd.DataFrame]:
    return tf.tables(cell_step=40)


@pytest.fixture(scope="module")
def full(plain: dict) -> dict[str, pd.DataFrame]:
    return plain | pf.tables()


@pytest.fixture(scope="module")
def text(full: dict) -> str:
    return render(full, facts())


def _words(page: str) -> str:
    bare = re.sub(r"<(script|style|noscript)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


SHOWN = {
    "endings": "The alliance fails in 36 of 100 futures by Dec 2024",
    "pieces": "Pact alive and at work 52 37-67 25 (13-43)",
    "forms": "the pact as past ones 52 35 34 9 16",
    "sub_endings": "on paper 34, break-up 7",
    "ending_variants": "30% less reported",
    "ending_variance": '71% of the spread of "fails" is judgement',
    "evidence": "The alliance fails 88 (75 to 99) 12 (0 to 22) 0 (0 to 8) pact 16 (5 to 33)",
    "assumptions": "What each ally trusts (commitment.trust) The alliance fails 40 52 41",
    "signposts": "Power is handed over: Niger, by Dec 2024 14 0 (0 to 2) 47 (40 to 55) -47 (-55 to",
    "ending_table": "Insurgents rolled back",
    "threshold_grid": "A hand-over counts as a change",
    "rollback_steps": "Futures, as past wars are counted 5 (4 to 6)",
    "war_years": "Mali Dec 2024 1.20 0.80 ? 10 40 ?",
    "pact_stage": "In Dec 2026 the pact is most often operational",
    "agenda": "Roads in force 10 (7 to 13)",
    "means": "Mali 98 (80 to 104)",
    "regime_survival": "Regimes still in power in Dec 2026",
    "exits": "fall of the capital",
    "attempts": "Past regimes born of coups, since 1990 80 15 4 1 < 1 0",
    "reach": "Legitimacy outside the capital has never been measured",
    "besieged": "Mali People in 100 in such regions 10 10 5 to 20",
    "base_rates": "in 5 of 6 quantities",
    "ladder_shares": "In Dec 2026 Niger and Benin stand at coercion or beyond in 70 of 100 futures",
    "dispute_chances": "Niger and Benin come to a display of force or beyond in 14 (10-18)",
    "dispute_groups": "A member and a neighbour (1) This run 14 (10 to 18) 11 (8 to 13) < 1",
    "upper_rungs": "Two members of the pact Use of force or beyond 2.2 (1.5 to 3.8) 1.3",
    "blocs": "Mali force sent 3 (2 to 4)",
    "acts": "By Dec 2026 most often chosen: Deepen the pact (48 to 66 of 100 futures",
    "promises": "has passed without a hand-over 23 (17 to 30) 47 (34 to 60) 70 (50 to 90)",
    "ranks": "Mutinies: coups that failed 50 0.5 0 to 1",
    "lenses": "A land 60 (50 to 70) 40 (30 to 50) cannot be decided here",
    "lenses_telling": "For idealistic, against opportunism: 1.2",
    "claims": "Claim 1.",
    "patrons": "The North Mali 60 60 (30 to 72)",
    "patron_wars": "The North 1.1 (0.5 to 2.0) 1.2 (0.5 to 2.0)",
}


def test_every_table_of_politics_is_optional_and_shown(text: str) -> None:
    in_words_only = {"ending_parts"}
    assert (
        set(pf.tables()) - in_words_only
        == set(SHOWN)
        <= {each.table for each in EXHIBITS if not each.needed}
    )
    shown = _words(text)
    for name, part in SHOWN.items():
        assert part in shown
        assert f'id="data-{name}"' in text


def test_evidence_says_why_no_assumption_is_ranked_and_signposts_that_fail_are_left_out(
    text: str,
) -> None:
    shown = _words(text)
    assert "held-out set means (the best explains 31 of 100)" in shown
    assert "Niger and Benin, in Jun 2024" in shown
    section = text.split('<section id="signposts"')[1].split("</section>", maxsplit=1)[0]
    assert "2,109" not in _words(section)
    ranked = pf.evidence().assign(printed=True, explained=0.7)
    assert reasons.evidence_grid(ranked, facts()).note.endswith("explains half or more.")


def test_the_alliance_leads_and_deaths_and_civilians_stay_on_the_first_screen(text: str) -> None:
    head = text[: text.index("<nav")]
    title = re.search(r"<h1>(.*?)</h1>", head)
    assert title is not None
    assert title[1].startswith("By Dec 2026 no outcome has a majority; most often the pact stays")
    shown = _words(head)
    assert "Will the Alliance of Sahel States work?" in shown
    assert shown.index("How it may end by Dec 2026") < shown.index("Harm to civilians")
    assert shown.index("Harm to civilians") < shown.index("JNIM 999 930 420 to 2,300")
    assert (
        shown.index("All together 1,969") < shown.index("People killed") < shown.index("Mali 2,109")
    )
    assert "In past cases: pact alive and at work 25, war rolled back 25 in 100. Outcomes" in shown


def test_the_first_screen_says_how_far_to_trust_endings(text: str) -> None:
    said = 'never tested. Roughly 71% of the spread of "fails" is judgement.'
    assert _words(text[: text.index("<nav")]).count(said) == 2, "as a caveat, and in the list"
    shown = _words(text[text.index('<section id="trust"') :])
    assert said in shown
    assert "Pact alive and at work: 52 in 100, outside past cases (25; 13 to 43). Why is" in shown
    assert (
        "Reference classes, judgement at its middle: fails 47, endures 27, succeeds 10, "
        "outside 16 in 100." in shown
    )
    assert "Without the pact, rollback in 12 of 100 futures; with it in 12." in shown
    assert trust_words.say["not_modelled"] not in _words(text)
    assert page_words.say["no_endings"] not in _words(text)


def test_pieces_and_outcomes_in_order_with_dots_notes_ranges_and_past_cases(text: str) -> None:
    body = text[text.index('class="ends"') :]
    rows = re.findall(r"<tr>(.*?)</tr>", body[: body.index("</table>")], flags=re.DOTALL)[1:]
    assert [row.count("<i></i>") for row in rows] == [0, 0, 0, 8, 7, 2, 3]
    assert [_words(row) for row in rows] == [
        "Pact alive and at work 52 37-67 25 (13-43) above past cases",
        "All three regimes still rule 74 53-95 ?",
        "War rolled back 16 12-20 25 (13-43)",
        "Fails on paper 34, break-up 7 41 30-53",
        "Endures works, regimes hold, war not rolled back 34 24-43",
        "Succeeds works, regimes hold, war rolled back 9 6-11",
        "Outside works, but a regime changed: coup 8, handed over 6, overthrown 2 16 12-20",
    ]


def test_pieces_stand_in_every_count_and_outside_past_cases_is_marked() -> None:
    grid = pieces.pieces_grid(pf.pieces(), facts())
    assert grid.rows[0][1:] == [
        "two joint acts in the last 12 months, all members in", "52", "37-67", "?",
        "25 (13-43) (outside)",
    ]  # fmt: skip
    assert [row[5] for row in grid.rows[1:]] == ["25 (13-43)", "?", "25 (13-43)"]


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


@pytest.mark.parametrize("missing", list(pf.THRESHOLDS))
def test_endings_without_thresholds_are_refused(missing: str) -> None:
    left = {name: value for name, value in pf.THRESHOLDS.items() if name != missing}
    with pytest.raises(InputError, match=f"thresholds: {missing}: a threshold"):
        endings.definitions(facts(thresholds=left))


def test_charts_stand_in_order_and_headings_have_no_gap(text: str) -> None:
    assert re.findall(r'data-chart="([\w-]+)"', text) == [
        "perpetrators", "fan", "annual", "map", "stages", "survival", "endings", "disputes",
        "ladders", "choices", "lenses", "base_rates",
    ]  # fmt: skip
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", text)]
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = re.findall(r'\bid="([\w-]+)"', re.sub(r"<noscript>.*?</noscript>", "", text, flags=re.S))
    assert len(ids) == len(set(ids))
    assert all(target in ids for target in re.findall(r'href="#([\w-]+)"', text))


def test_politics_without_endings_keeps_the_report_of_deaths(plain: dict) -> None:
    some = plain | {"pact_stage": pf.pact_stage(), "exits": pf.exits()}
    page = render(some, tf.facts())
    shown = _words(page)
    assert "The pact and the regimes" in shown
    assert page_words.say["no_endings"] in shown
    assert trust_words.say["not_modelled"] in shown
    assert re.findall(r"<h1>(.*?)</h1>", page)[0].startswith("The middle future for Burkina Faso")


def test_endings_alone_are_enough(plain: dict) -> None:
    shown = _words(render(plain | {"endings": pf.endings()}, facts()))
    assert "most often the pact fails (41 in 100; 30 to 53 under other assumptions)." in shown
    assert ending_words.say["evidence_unknown"] in shown
    assert "Reference classes, judgement at its middle" not in shown
    assert "Without the pact" not in shown


def test_the_cross_table_sums_to_a_hundred_at_the_last_horizon() -> None:
    grid = endings.cross_grid(pf.ending_table(), facts())
    assert grid.caption.startswith("Alliance, regimes and insurgents by Dec 2026")
    assert [row[:2] for row in grid.rows[:2]] == [["Alive", "Held"], ["Alive", "Changed"]]
    cells = [cell for row in grid.rows for cell in row[2:]]
    below = cells.count("< 1")
    assert 100 - below <= sum(int(cell) for cell in cells if cell != "< 1") <= 100
    assert grid.rows[0][2:] == ["6", "15", "17"]


def test_the_threshold_grid_spans_all_settings_of_the_others() -> None:
    table = pf.threshold_grid()
    grid = endings.thresholds_grid(table, facts())
    first = grid.rows[0]
    mine = table[table["rolled_back_share"] == 0.4]
    low, high = (round(100 * bound) for bound in (mine["fails"].min(), mine["fails"].max()))
    assert first == ["Deaths inflicted, share of before", "0.4", f"{low} to {high}", *first[3:]]
    assert len(grid.rows) == 5 + 3 + 3 + 2
    assert [row[1] for row in grid.rows[-2:]] == ["no", "yes"]
    assert "all 45 settings" in grid.note


def test_reporting_stands_apart_from_other_variants() -> None:
    variants = pf.ending_variants()
    makers = (endings.variants_grid, endings.reporting_grid)
    found, silent = (make(variants, facts()) for make in makers)
    assert [row[0] for row in found.rows] == [
        "As it is", "Reference classes, judgement at its middle", "Without the pact",
    ]  # fmt: skip
    assert [row[0] for row in silent.rows] == [
        "As it is", "10% less reported", "30% less reported", "50% less reported",
    ]  # fmt: skip
    assert silent.note.startswith("Less reporting looks like less war")
    alone = variants[variants["variant"] == "paired"]
    assert endings.reporting_grid(alone, facts()).rows == []


def test_exits_stand_by_country_and_horizon() -> None:
    grid = regimes.exits_grid(pf.exits(), facts())
    assert grid.head == ["Country", "How", "By Dec 2024", "By Dec 2025", "By Dec 2026"]
    assert len(grid.rows) == 3 * len(pf.KINDS)
    assert grid.rows[0] == [
        "Burkina Faso", "coup by another camp", "7 (3 to 10)", "14 (7 to 21)", "21 (10 to 31)",
    ]  # fmt: skip


def test_a_law_stands_under_the_table_and_once() -> None:
    grid = acts.acts_grid(pf.acts(), facts())
    assert grid.head == ["Act", "Burkina Faso", "Mali", "Niger", "Times a year"]
    assert [row[0] for row in grid.rows] == [
        "Deepen the pact", "Buy armed drones", "Turn harsher", "Leave the pact",
    ]  # fmt: skip
    assert grid.rows[0][1:] == ["66 (40 to 92)", "48 (29 to 67)", "60 (36 to 84)", "0.30"]
    assert grid.rows[3][1:4] == ["< 1"] * 3, "a range of nothing to nothing is none"
    assert "not anyone's intent" in grid.note
    assert grid.note.endswith("Buy armed drones: Rules 7 and 14. Turn harsher: Common Article 3.")
    same = pf.acts().replace("Rules 7 and 14", "Common Article 3")
    note = acts.acts_grid(same, facts()).note
    assert note.endswith("Buy armed drones, Turn harsher: Common Article 3.")
    lawless = acts.acts_grid(pf.acts().assign(law=""), facts()).note
    assert "options" not in lawless


def test_rates_of_disputes_stand_beside_the_record() -> None:
    grid = disputes.rungs_grid(pf.upper_rungs(), facts())
    assert grid.rows[0] == [
        "Two members of the pact", "Display of force or beyond", "3 (2 to 5)", "1.8 (1.1 to 2.9)",
    ]  # fmt: skip
    assert "past pairs that touch, 1,350 years of pairs" in grid.note
    assert "display of force or beyond 24, use of force or beyond 18, war 0" in grid.note
    nobody = disputes.rungs_grid(pf.upper_rungs().assign(dyad_years=0.0), facts())
    assert {row[-1] for row in nobody.rows} == {"?"}


def test_kinds_of_pairs_are_counted_at_the_last_horizon() -> None:
    table = pf.dispute_groups()
    grid = disputes.groups_grid(table, facts())
    assert grid.caption == "Any pair of a kind comes to it by Dec 2026: futures in 100"
    assert grid.rows[-2][:3] == ["Any of these (2)", "This run", "20 (14 to 26)"]
    assert grid.rows[-1][:3] == ["Any of these (2)", "Past disputes", "10"]
    unknown = disputes.groups_grid(table.assign(reference=float("nan")), facts())
    assert unknown.rows[-1][2:] == ["?"] * 3


def test_patrons_that_give_nothing_are_left_out() -> None:
    grid = acts.support_grid(pf.patrons(), facts())
    assert grid.head == ["Patron", "Country", "Start", "Dec 2024", "Dec 2025", "Dec 2026"]
    assert [row[:3] for row in grid.rows] == [
        [label, country, start]
        for label, start in (("The North", "60"), ("The South", "20"))
        for country in pf.CORE.values()
    ]


def test_disputes_without_choices_and_choices_without_disputes(plain: dict) -> None:
    every = pf.tables()
    names = {
        "disputes": ("ladder_shares", "dispute_chances", "dispute_groups", "upper_rungs"),
        "choices": ("acts", "promises"),
        "patrons": ("patrons", "patron_wars"),
    }
    heads = {"disputes": "Rates of disputes", "choices": "Promised dates", "patrons": "Patrons"}
    for group, chosen in names.items():
        page = render(plain | {name: every[name] for name in chosen}, facts())
        (more,) = re.findall(r"<summary>More: (.*?)</summary>", page.split('id="pact"')[1])[:1]
        assert [name for name, head in heads.items() if head in more] == [group]


def terminal(tables: dict) -> list[str]:
    keys = ("dispute_groups", "choices", "promises")
    return [line for key in keys for line in exhibit(key).lines(tables, facts())]


def test_the_terminal_says_the_same_in_a_few_short_lines() -> None:
    lines = terminal(pf.tables())
    assert " ".join(line.strip() for line in lines) == (
        "Use of force by Dec 2026, in 100: a member and a neighbour 11 (8-13), as many past pairs "
        "4; two members 6 (4-8), as many past pairs 4 "
        "Most likely to be chosen by Dec 2026, in 100, by junta: Deepen the pact 48-66; Buy armed "
        "drones 40-55; Turn harsher 32-44 "
        "A promised date to hand over has passed by Dec 2026, in 100: Burkina Faso 70, Mali 14, "
        "Niger 0"
    )
    assert max(map(len, lines)) <= 80


def test_the_terminal_leaves_out_what_is_not_known() -> None:
    assert terminal({}) == []
    bare = pf.dispute_groups().assign(lo=np.nan, hi=np.nan, reference=np.nan)
    bare = bare[bare["group"] != "between allies"]
    (line,) = terminal({"dispute_groups": bare})
    assert line == "Use of force by Dec 2026, in 100: a member and a neighbour 11"


def test_names_from_tables_and_facts_are_escaped(full: dict) -> None:
    evil = "</script><img src=x onerror=alert(1)>"
    tables = dict(full)
    tables["exits"] = tables["exits"].replace("mutiny", evil)
    tables["base_rates"] = tables["base_rates"].assign(quantity=evil, unit=evil, source=evil)
    tables["acts"] = tables["acts"].assign(label=evil, law=evil)
    tables["patrons"] = tables["patrons"].assign(label=evil)
    tables["ending_variants"] = tables["ending_variants"].replace("without_pact", evil)
    tables["threshold_grid"] = tables["threshold_grid"].rename(columns={"min_joint_acts": evil})
    lost = pf.THRESHOLDS | {"changed_by": [evil]}
    page = render(tables, facts(alliance=evil, thresholds=lost, dyads={"NER-BEN": evil}))
    assert evil not in page
    assert "<img src=x" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") > 5
