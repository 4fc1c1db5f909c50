"""The shipped ledger: every claim once, known doubts come out, no verdict in the file, the page."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import write_claims
from scipy.stats import false_discovery_control

import liptako
from liptako.errors import InputError
from liptako.ledger import claims as module
from liptako.ledger.claims import Ledger, Record, claims, world_finding
from liptako.ledger.finding import SUPPORTED, TAIL, UNDECIDED, VERDICTS, Finding
from liptako.theatre.claims import (
    FILE,
    Claims,
    Open,
    Statistic,
    Window,
    audited_from,
    load_claims,
)
from liptako.theatre.loading import load_scenario, load_theatre, read_toml
from liptako.theatre.validation import validate
from liptako.words.claims import MARKS, chance_line, said_of

ROOT = Path(__file__).parents[2]
SKERRIES = ROOT / "tests/theatres/skerries"
KEYS = {"verdict", "result", "lo", "hi", "test", "robust", "would_decide"}


PAST = (44, 45, 48, 50, 53, 56)
"""Claims beside base rates of past cases, which need the start of a run."""


@pytest.fixture(scope="module")
def found() -> Ledger:
    return claims("sahel-2024", [number for number in range(1, 82) if number not in PAST])


@pytest.fixture(scope="module")
def rows(found: Ledger) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in found.summary()["rows"]}


def test_every_claim_of_the_argument_stands_once_and_in_order(found):
    every = found.claims.claims
    assert [claim.id for claim in every] == list(range(1, 82))
    sections = [claim.section for claim in every]
    assert list(dict.fromkeys(sections)) == list(found.claims.sections)
    assert sections == sorted(sections, key=list(found.claims.sections).index)
    assert len({claim.text for claim in every}) == 81


def test_each_side_has_all_that_readers_need(rows):
    for number, row in rows.items():
        for side in ("world", "model"):
            assert set(row[side]) >= KEYS, number
            assert row[side]["verdict"] in VERDICTS
            if row[side]["verdict"] == UNDECIDED:
                assert row[side]["would_decide"], (number, side)
            for test in row[side]["tests"]:
                assert said_of(test)


def test_no_verdict_stands_in_the_file(theatre_folder):
    text = (theatre_folder / FILE).read_text(encoding="utf-8").split("argument =")[1]
    assert not re.search(r"verdict|supported|contradicted|mixed\b(?!, of)", text)


def test_violence_against_civilians_depends_on_the_measure(rows):
    tests = rows[6]["world"]["tests"]
    assert rows[6]["world"]["verdict"] == "mixed"
    assert [test["note"] for test in tests] == [
        "99 against 104 events.", "475 against 1,455 killed.", "41 against 24 events.",
    ]  # fmt: skip
    assert tests[0]["result"] < 1 < tests[2]["result"]
    assert tests[1]["hi"] < 1
    assert rows[6]["doubt"]


def test_the_attack_is_of_november(rows):
    tests = rows[11]["world"]["tests"]
    assert [test["result"] for test in tests] == [40.0, 46.0, 0.0, -21.0]
    assert [test["verdict"] for test in tests] == [
        "supported", "supported", "contradicted", "contradicted",
    ]  # fmt: skip
    assert rows[11]["world"]["verdict"] == "mixed"


def test_a_forecast_has_no_verdict_before_its_date(found, rows):
    for row in found.rows:
        if row.claim.type == "forecast":
            assert row.world.verdict == UNDECIDED, row.claim.id
            assert "Open until 20" in rows[row.claim.id]["world"]["tests"][0]["says"]


def test_what_was_so_before_is_no_verdict_on_a_forecast_that_is_due():
    record = Record(load_scenario("sahel-2024"))
    window = Window(countries=["MLI"], first="2022-01", last="2022-12")
    base = Statistic(
        test="statistic", says="it", count="deaths", how="total", of=window, null=0, expected="up"
    )
    due = record.test(Open(test="forecast", until="2023-06", base=base))
    assert due.verdict == UNDECIDED
    assert "has passed" in due.says
    assert due.result > 0, "it is shown beside"
    assert "2023-06" in due.would_decide


def test_base_rates_of_a_forecast_are_those_of_its_own_date():
    loaded = load_scenario("sahel-2024")
    scenario = loaded.scenario.model_copy(update={"months": 12})
    record = Record(replace(loaded, scenario=scenario))
    asked = {"test": "forecast", "past_cases": "regimes_held"}
    dates = ("2024-12", "2026-12", "2027-03")
    rates = {until: record.test(Open(**asked, until=until)).result for until in dates}
    assert rates["2024-12"] > rates["2026-12"] > 0
    assert rates["2026-12"] == pytest.approx(0.27, abs=0.01)
    assert rates["2027-03"] is None, "not counted for so many months"


def test_wishes_are_not_decided_in_the_world(rows):
    for number in (26, 27, 36, 40, 60, 63):
        assert rows[number]["world"]["verdict"] == UNDECIDED
        assert rows[number]["type"] == "motive"


def test_a_count_supports_no_mechanism(found):
    claim = next(row.claim for row in found.rows if row.claim.type == "mechanism")
    counted = Finding("statistic", SUPPORTED, "it", 2.0, 1.5, 2.5, 1.0, "times", 0.01)
    assert world_finding(claim, counted).verdict == UNDECIDED
    estimated = Finding("diff_in_diff", SUPPORTED, "it", 2.0, 1.5, 2.5, 1.0, "times", 0.01)
    assert world_finding(claim, estimated).verdict == SUPPORTED
    for row in found.rows:
        if row.claim.type == "mechanism" and row.world.verdict == SUPPORTED:
            assert {test.test for test in row.world.tests} <= {"event_study", "diff_in_diff"}


def test_chance_and_false_discoveries_are_counted(found):
    tests = [test for row in found.rows for test in row.world.tests if test.p is not None]
    chance = found.by_chance
    assert chance["tests"] == len(tests)
    assert chance["expected"] == pytest.approx(TAIL * len(tests))
    kept = false_discovery_control([test.p for test in tests]) <= 0.10
    both = [one for one, test in zip(kept, tests, strict=True) if one and test.verdict == SUPPORTED]
    assert chance["survive"] == len(both) <= chance["passed"]
    assert f"{len(tests)} tests" in chance_line(found.summary())


def test_the_table_is_flat(found):
    table = found.table
    assert len(table) == 81 - len(PAST)
    assert set(table["world_verdict"]) <= set(VERDICTS)
    assert len(table.attrs["notes"]) == 2
    assert table["text"].str.len().max() < 200


def test_a_few_claims_are_asked_alone_and_others_refused(monkeypatch):
    monkeypatch.setattr(module, "start_of", lambda *_, **__: pytest.fail("nothing is simulated"))
    assert [row.claim.id for row in claims(ids=[23, 6]).rows] == [6, 23]
    with pytest.raises(InputError, match="no such claim"):
        claims(ids=[82])


def test_the_public_name_is_a_function():
    assert liptako.claims is claims


@pytest.mark.slow
def test_the_page_is_what_the_script_writes():
    page = (ROOT / "docs/claims.md").read_text(encoding="utf-8")
    assert page == write_claims.page(claims().summary()), "run scripts/write_claims.py"
    assert [int(n) for n in re.findall(r"(?m)^### (\d+)\. ", page)] == list(range(1, 82))
    assert all(mark in page for mark in MARKS.values())


def test_each_contrast_that_a_mechanism_ties_to_a_claim_is_known(found, theatre_folder):
    """A contrast named for a claim in the table of mechanisms is of that claim's model or none."""
    table = read_toml(theatre_folder / "mechanisms.toml")
    used = {t.name for row in found.claims.claims for t in row.model if t.test == "contrast"}
    known = {name for row in table.values() for name in row["contrasts"]}
    assert used <= known
    assert len(used) > 40


def test_what_a_file_names_must_be_there(theatre, theatre_folder, tmp_path):
    text = (theatre_folder / FILE).read_text(encoding="utf-8")
    for name in ("contrasts.toml", "policies.toml"):
        (tmp_path / name).write_bytes((theatre_folder / name).read_bytes())
    for old, new, where in (
        ('name = "drones_inflicted"', 'name = "drones_everywhere"', "model"),
        ('policy = "mediate"', 'policy = "meditate"', "model"),
        ('"state_civilians"', '"state_cats"', "streams"),
        ("id = 2\n", "id = 1\n", "stands twice"),
        ('section = "war"', 'section = "peace"', "section"),
        ('test = "dated_fact"', 'test = "hearsay"', "test"),
    ):
        changed = text.replace(old, new, 1)
        assert changed != text
        (tmp_path / FILE).write_text(changed, encoding="utf-8")
        with pytest.raises(InputError, match=re.escape(where)):
            load_claims(tmp_path, theatre, 528)


def test_an_argument_is_not_audited_before_its_time(theatre, theatre_folder, tmp_path):
    assert audited_from(theatre_folder, 528)
    assert not audited_from(theatre_folder, 527)
    assert not audited_from(tmp_path, 528)
    with pytest.raises(InputError, match="later month"):
        load_claims(theatre_folder, theatre, 500)
    with pytest.raises(InputError, match="audits no argument"):
        load_claims(tmp_path, theatre, 528)


def test_the_invented_theatre_audits_an_argument_of_its_own():
    theatre, _ = load_theatre(SKERRIES)
    init = load_scenario(SKERRIES / "scenarios/skerries-2011.toml").scenario.init_month
    own = load_claims(SKERRIES, theatre, init)
    assert [claim.id for claim in own.claims] == [1, 2, 3, 4, 5]
    assert validate(Claims, read_toml(SKERRIES / FILE), SKERRIES / FILE) == own
