"""What motives are inferred from: forks and codes as frozen, the panel as the timeline has it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from liptako.data.timeline import read_timeline
from liptako.errors import InputError
from liptako.inference.motives import panel
from liptako.theatre import motives as files
from liptako.theatre.loading import load_scenario
from liptako.theatre.motives import load_motives

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import second_coding
import write_panel

LOADED = load_scenario()
ACTS = tuple(LOADED.theatre.menu)
MOTIVES = load_motives(LOADED.folder, ACTS)
assert MOTIVES is not None
TIMELINE = read_timeline(LOADED.folder / "timeline.csv")
PANEL = panel.junta_months(MOTIVES, TIMELINE)


def test_lenses_forks_and_codes_are_as_frozen():
    assert files.check(MOTIVES).state == "as frozen"


def test_a_change_of_one_sign_is_seen(tmp_path):
    folder = copied(tmp_path)
    text = (folder / files.FORKS).read_text(encoding="utf-8")
    changed = text.replace("idealistic = -1, pragmatic = 1", "idealistic = 1, pragmatic = 1", 1)
    (folder / files.FORKS).write_text(changed, encoding="utf-8")
    found = files.check(load_motives(folder, ACTS))
    assert (found.state, found.changed) == ("changed", ("forks.mli_default_2023",))


@pytest.mark.parametrize("name", list(MOTIVES.forks))
def test_lenses_predict_the_signs_that_follow_from_the_first_coding(name):
    fork = MOTIVES.forks[name]
    taken, refused = fork.taken.codes, fork.refused.codes
    for lens, row in MOTIVES.spec.lenses.items():
        pull = sum(w * (taken.get(c, 0) - refused.get(c, 0)) for c, w in row.weights.items())
        assert np.sign(round(pull, 9)) == fork.predicts[lens], lens
    assert {-1, 1} <= set(fork.predicts.values()), "a fork at which lenses do not differ"


@pytest.mark.parametrize("name", list(MOTIVES.forks))
def test_a_fork_is_decided_by_a_row_that_was_dated_by_the_end(name):
    fork = MOTIVES.forks[name]
    (row,) = TIMELINE[TIMELINE["row_id"] == fork.row].to_dict("records")
    assert row["month"] <= MOTIVES.spec.last
    if fork.restraint:
        assert row["month"] <= fork.at
    else:
        assert row["month"] == fork.at


def test_every_row_that_is_named_is_a_row_of_the_timeline():
    named = {*MOTIVES.spec.left_out, *MOTIVES.spec.also}
    named |= {junta.row for junta in MOTIVES.spec.juntas.values()}
    assert named <= set(TIMELINE["row_id"])


def test_the_panel_is_what_the_script_writes():
    kept = (LOADED.folder / write_panel.FILE).read_text(encoding="utf-8")
    assert kept == write_panel.text(LOADED.folder)


def test_the_panel_has_every_month_of_every_junta_once():
    months = PANEL.groupby("junta", sort=False)["month"].nunique()
    assert months.to_dict() == {"mali": 41, "damiba": 9, "traore": 15, "niger": 6}
    assert len(panel.quarters(PANEL)) == 24


def test_a_joint_decision_is_a_third_for_each():
    joint = PANEL[PANEL["joint"] == 1]
    assert joint["row_id"].nunique() == 3
    np.testing.assert_allclose(joint["weight"], 1 / 3)
    assert (joint.groupby("row_id")["junta"].nunique() == 3).all()


def test_no_row_counts_twice():
    whole, apart = (panel.shares(PANEL, ACTS, forked=forked) for forked in (True, False))
    decided = PANEL[PANEL["fork"] != ""]
    assert len(decided) == sum(
        not fork.restraint and fork.row in set(PANEL["row_id"]) for fork in MOTIVES.forks.values()
    )
    promised = ACTS.index("promise_date") + 1
    assert (whole[:, promised] > 0).sum() == 3
    assert (apart[:, promised] > 0).sum() == 1


def test_a_quarter_is_one_choice_or_less():
    found = panel.shares(PANEL, ACTS)
    total = found.sum(axis=1)
    assert (found >= 0).all()
    assert total.max() <= 1 + 1e-12
    one = panel.shares(PANEL, ACTS, joint=False)
    assert one.sum() < found.sum()


def test_shares_of_a_quarter_with_two_acts():
    rows = [
        ("a", "MLI", "2022-01", "promise_date", 1.0, "r1", 0, 1, 0, ""),
        ("a", "MLI", "2022-03", "offensive", 1.0, "r2", 0, 0, 0, ""),
        ("a", "MLI", "2022-04", panel.NONE, 1.0, "", 0, 0, 0, ""),
    ]
    table = pd.DataFrame(rows, columns=list(panel.COLUMNS))
    acts = ("promise_date", "offensive")
    assert panel.shares(table, acts).tolist() == [[0, 0.5, 0.5], [1, 0, 0]]
    assert panel.shares(table, acts, said=False).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_the_sheet_of_the_second_coding_hides_date_name_and_choice():
    text = second_coding.sheet(LOADED.folder)
    assert "20" not in "".join(line for line in text.splitlines() if "[pair_" not in line).replace(
        "24 months", ""
    )
    for name in (*MOTIVES.forks, "Traore", "Goita", "Tiani", "Damiba"):
        assert name not in text
    turned = [row[2] for row in second_coding.shuffled(LOADED.folder)]
    assert 0 < sum(turned) < len(turned)


def test_a_filled_sheet_comes_back_in_order(tmp_path):
    rows = second_coding.shuffled(LOADED.folder)
    lines = []
    for number, (kind, name, turned, _) in enumerate(rows, start=1):
        code = MOTIVES.second.acts[name] if kind == "acts" else MOTIVES.second.forks[name]
        first, second = (code, {}) if kind == "acts" else (code.taken, code.refused)
        first, second = (second, first) if turned else (first, second)
        lines += [f"[pair_{number}]", f"first = {second_coding._inline(first)}"]
        lines += [f"second = {second_coding._inline(second)}"]
    (tmp_path / "sheet.toml").write_text("\n".join(lines), encoding="utf-8")
    kept = (LOADED.folder / files.CODES).read_text(encoding="utf-8")
    assert second_coding.codes(tmp_path / "sheet.toml", LOADED.folder) == kept


def copied(tmp_path: Path) -> Path:
    for name in (files.FILE, files.FORKS, files.CODES, files.LOCK):
        shutil.copy(LOADED.folder / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        (files.FORKS, 'month = "2022-06"', 'month = "2024-01"', "later than what may decide"),
        (files.FORKS, 'junta = "damiba"', 'junta = "nobody"', "no such name"),
        (files.FORKS, "opportunism = 1 }", "opportunist = 1 }", "no such name"),
        (files.FILE, 'until = "2023-12"', 'unto = "2023-12"', "until: missing"),
        (files.FILE, "buy_drones = [", "buy_tanks = [", "no such name"),
        (files.CODES, "buy_drones = {", "buy_tanks = {", "no such name"),
        (files.CODES, "regime_survival = ", "survival_of_regime = ", "not an allowed value"),
    ],
)
def test_what_is_not_allowed_is_named_with_its_file(tmp_path, name, old, new, words):
    folder = copied(tmp_path)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_motives(folder, ACTS)
    assert words in str(error.value)
    assert name in str(error.value)


def test_a_theatre_without_the_file_has_no_motives(tmp_path):
    assert load_motives(tmp_path, ()) is None
