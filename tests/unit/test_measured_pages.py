"""Pages written from measured results say when these were measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import update_readme
import write_motives

from liptako.cli.output import measured
from liptako.theatre.loading import load_scenario

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        ({"date": "2001-02-03", "python": "3.0", "machine": "abacus"},
         "Measured on 2001-02-03, Python 3.0, abacus, by `liptako verify --store`."),
        ({}, "Measured on a day that was not recorded, by `liptako verify --store`."),
    ],
)  # fmt: skip
def test_the_readme_says_the_day_of_the_verification(
    tmp_path: Path, recorded: dict, said: str
) -> None:
    content = json.loads((load_scenario().folder / "verification.json").read_text("utf-8"))
    made_from = {"liptako": "0", "data": {}} | recorded
    text = json.dumps(content | {"made_from": made_from})
    (tmp_path / "verification.json").write_text(text, encoding="utf-8")
    assert said in update_readme.skill_table(tmp_path)


def test_a_measurement_keeps_its_day_and_machine() -> None:
    assert set(measured()) == {"date", "python", "machine"}
    assert all(measured().values())


def test_the_page_of_motives_is_what_the_script_writes() -> None:
    assert write_motives.PAGE.read_text(encoding="utf-8") == write_motives.written()
