"""Endings: each branch by hand, the thresholds themselves, and the tables to recount from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

import typecheck
from liptako import files
from liptako.errors import InputError
from liptako.outcomes import classify as endings
from liptako.outcomes.classify import (
    HORIZONS,
    Classified,
    Exit,
    Outcomes,
    Stage,
    classify,
    ending_table,
    from_frames,
    threshold_grid,
    to_frames,
    underreported,
)
from liptako.theatre.loading import load_scenario
from liptako.theatre.scenario import EndingThresholds, ExitKind

COUNTRIES = ("AAA", "BBB", "CCC")
OURS = EndingThresholds()
KINDS = ("alliance", "regimes", "insurgents", "ending", "sub_ending")


def outcomes(members: int = 1, months: int = 36) -> Outcomes:
    """A pact alive, regimes that hold, a war as before: every member endures."""
    yearly, monthly = (members, months // 12, 3), (members, months, 3)
    return Outcomes(
        countries=COUNTRIES,
        inflicted=np.full(yearly, 100.0),
        attacked=np.full(yearly, 20),
        exits=np.zeros(monthly, int),
        stage=np.full(monthly[:2], Stage.OPERATIONAL),
        left=np.zeros(monthly, bool),
        joint_acts=np.ones(monthly[:2], int),
        baseline_inflicted=np.array([100.0, 100.0, 100.0]),
        baseline_attacked=np.array([20.0, 20.0, 20.0]),
    )


def put(o: Outcomes, name: str, at: tuple, value: object) -> Outcomes:
    array = getattr(o, name).copy()
    array[at] = value
    return replace(o, **{name: array})


def back(o: Outcomes, last: int = 3) -> Outcomes:
    """Rolled back in two countries over two years and level in the third."""
    for year in range(max(0, last - 2), last):
        o = put(o, "inflicted", (..., year, slice(None)), [50.0, 30.0, 110.0])
    return put(o, "attacked", (..., last - 1, slice(None)), [20, 25, 0])


def read(found: Classified, member: int = 0) -> tuple[str, ...]:
    names = (
        endings.ALLIANCE,
        endings.REGIMES,
        endings.INSURGENTS,
        endings.ENDINGS,
        endings.SUB_ENDINGS,
    )
    return tuple(row[getattr(found, kind)[member]] for kind, row in zip(KINDS, names, strict=True))


def ending(o: Outcomes, thresholds: EndingThresholds = OURS, months: int = 36) -> str:
    return read(classify(o, thresholds, months))[-1]


def mixed(members: int = 400, months: int = 36, seed: int = 3) -> Outcomes:
    """Members of every kind."""
    rng = np.random.default_rng(seed)
    yearly, monthly = (members, months // 12, 3), (members, months, 3)
    happens = rng.random(monthly) < 0.003
    return Outcomes(
        countries=COUNTRIES,
        inflicted=rng.gamma(2.0, 35.0, (members, 1, 1)) * rng.uniform(0.6, 1.2, yearly),
        attacked=rng.integers(0, 26, yearly),
        exits=rng.integers(1, len(Exit), monthly) * happens,
        stage=np.minimum(np.cumsum(rng.random(monthly[:2]) < 0.02, axis=1), 4),
        left=np.cumsum(rng.random(monthly) < 0.001, axis=1) > 0,
        joint_acts=rng.poisson(0.25, monthly[:2]),
        baseline_inflicted=np.array([100.0, 200.0 / 3.0, 90.0]),
        baseline_attacked=np.array([20.0, 16.0, 15.0]),
        elsewhere=rng.gamma(0.5, 100.0, yearly[:2]),
    )


# branches


def test_a_war_as_before_endures():
    expected = ("alive", "held", "contained", "endures", "endures")
    assert read(classify(outcomes(), OURS, 36)) == expected


@pytest.mark.parametrize("months", HORIZONS)
def test_rolled_back_succeeds(months):
    found = classify(back(outcomes(), months // 12), OURS, months)
    assert read(found) == ("alive", "held", "rolled_back", "succeeds", "succeeds")


def test_a_dissolved_pact_breaks_up_even_where_all_else_goes_well():
    dissolved = put(back(outcomes()), "stage", (0, slice(30, None)), Stage.DISSOLVED)
    assert read(classify(dissolved, OURS, 36)) == (
        "broken", "held", "rolled_back", "fails", "breaks_up"
    )  # fmt: skip


def test_one_country_that_leaves_breaks_the_pact():
    gone = put(outcomes(), "left", (0, slice(20, None), 1), True)
    assert ending(gone) == "breaks_up"
    assert ending(gone, months=12) == "endures"


def test_broken_comes_before_paper():
    o = put(outcomes(), "joint_acts", (0,), 0)
    assert ending(put(o, "left", (0, slice(20, None), 1), True)) == "breaks_up"
    assert read(classify(o, OURS, 36))[:1] == ("paper",)
    assert ending(o) == "stays_on_paper"


def test_only_joint_acts_of_the_last_12_months_count():
    early = put(outcomes(), "joint_acts", (0, slice(24, None)), 0)
    assert ending(early) == "stays_on_paper"
    assert ending(early, months=24) == "endures"
    assert ending(put(early, "joint_acts", (0, 24), 2)) == "endures"
    assert ending(put(early, "joint_acts", (0, 24), 1)) == "stays_on_paper"


@pytest.mark.parametrize("kind", list(Exit))
def test_exits_that_count_change_the_regime(kind):
    o = put(back(outcomes()), "exits", (0, 5, 2), kind)
    changed = kind.name.lower() in OURS.changed_by
    found = classify(o, OURS, 36)
    assert read(found)[1] == ("changed" if changed else "held")
    how = {
        Exit.COUP_OTHER_CAMP: "changed_by_coup",
        Exit.NEGOTIATED: "handed_over",
        Exit.REBELLION: "overthrown",
        Exit.CAPITAL_FALLS: "capital_lost",
        Exit.INTERVENTION: "overthrown",
    }
    assert read(found)[-2:] == (
        ("outside", how[kind]) if changed else ("succeeds", "succeeds")
    )  # fmt: skip


def test_the_first_change_says_how_and_what_does_not_count_says_nothing():
    o = put(outcomes(), "exits", (0, 20, 0), Exit.COUP_OTHER_CAMP)
    o = put(put(o, "exits", (0, 9, 2), Exit.NEGOTIATED), "exits", (0, 3, 1), Exit.MUTINY)
    assert ending(o) == "handed_over"
    strict = EndingThresholds(changed_by=["mutiny", "negotiated"])
    assert ending(o, strict) == "changed_by_coup"
    assert ending(put(o, "exits", (0, 9), [Exit.CAPITAL_FALLS, 0, Exit.NEGOTIATED])) == (
        "capital_lost"
    )


def test_a_changed_regime_is_outside_only_while_the_pact_is_alive():
    o = put(put(outcomes(), "exits", (0, 5, 2), Exit.REBELLION), "joint_acts", (0,), 0)
    found = classify(o, OURS, 36)
    assert read(found) == ("paper", "changed", "contained", "fails", "stays_on_paper")


def test_a_war_is_contained_within_its_mean_and_its_countries():
    o = outcomes()
    assert read(classify(o, OURS, 36))[2] == "contained"
    for year in (1, 2):
        more = put(o, "inflicted", (0, year, 1), 101.0)
        assert read(classify(more, OURS, 36))[2] == "worse"
        assert read(classify(more, EndingThresholds(contained_share=1.01), 36))[2] == "contained"
        spread = replace(o, elsewhere=np.where(np.arange(3) == year, 100.0, 0.0)[None])
        assert read(classify(spread, OURS, 36))[2] == "worse"
        assert read(classify(spread, EndingThresholds(spread_deaths=101), 36))[2] == "contained"
    early = put(o, "inflicted", (0, 0), 1000.0)
    early = replace(early, elsewhere=np.array([[500.0, 99.0, 99.0]]))
    assert read(classify(early, OURS, 36))[2] == "contained"
    assert read(classify(early, OURS, 12))[2] == "worse"
    assert read(classify(back(o), OURS, 36))[2] == "rolled_back"


def test_rivals_turn_a_pact_that_fails_into_a_rivalry_and_no_other():
    o = outcomes(members=3)
    o = put(put(o, "joint_acts", (0,), 0), "left", (1, 35, 0), True)
    found = classify(replace(o, rivals=np.ones_like(o.stage, bool)), OURS, 36)
    assert [read(found, i)[-2:] for i in range(3)] == [
        ("fails", "rivalry"), ("fails", "rivalry"), ("endures", "endures")
    ]  # fmt: skip
    early = np.broadcast_to(np.arange(o.stage.shape[1]) < 24, o.stage.shape)
    none = classify(replace(o, rivals=early), OURS, 36)
    assert [read(none, i)[-1] for i in range(3)] == ["stays_on_paper", "breaks_up", "endures"]


@pytest.mark.parametrize(
    ("name", "at", "value"),
    [
        ("inflicted", (0, 1, 0), 51.0),
        ("inflicted", (0, 2, 1), 51.0),
        ("inflicted", (0, 2, 2), 111.0),
        ("inflicted", (0, 1, 2), 111.0),
        ("attacked", (0, 2, 2), 1),
    ],
)
def test_each_year_and_each_country_must_hold_for_a_rollback(name, at, value):
    o = back(outcomes())
    assert ending(o) == "succeeds"
    assert ending(put(o, name, at, value)) == "endures"


def test_years_before_the_last_two_do_not_count():
    o = back(outcomes())
    assert ending(put(o, "inflicted", (0, 0), 1000.0)) == "succeeds"
    assert ending(put(o, "attacked", (0, 1), 1000)) == "succeeds"


def test_nothing_after_the_horizon_counts():
    o = back(outcomes(), 2)
    later = put(put(o, "inflicted", (0, 2), 9999.0), "attacked", (0, 2), 9999)
    later = put(put(later, "exits", (0, 24), Exit.REBELLION), "joint_acts", (0, slice(24, None)), 0)
    later = put(put(later, "left", (0, slice(24, None)), True), "stage", (0, 24), Stage.DISSOLVED)
    assert ending(o, months=24) == ending(later, months=24) == "succeeds"


# thresholds


@pytest.mark.parametrize("share", [0.29, 0.35, 0.5, 0.57, 0.7])
def test_exactly_at_the_threshold_is_inside(share):
    thresholds = EndingThresholds(
        rolled_back_share=share, others_at_most=share + 0.6, attacked_cells_share=share
    )
    at = np.round([100 * share, 100 * share, 100 * share + 60])
    o = put(outcomes(), "inflicted", (0,), at)
    o = replace(o, baseline_attacked=np.array([100.0, 60.0, 40.0]))
    o = put(o, "attacked", (0, 2), [round(200 * share), 0, 0])
    assert ending(o, thresholds) == "succeeds"
    for name, where in (("inflicted", (0, 1, 0)), ("inflicted", (0, 1, 2)), ("attacked", (0, 2))):
        more = getattr(o, name)[where] * (1 + 1e-6) + (name == "attacked")
        assert ending(put(o, name, where, more), thresholds) == "endures"


def test_a_country_rolled_back_need_not_meet_the_bound_on_the_others():
    strange = EndingThresholds.model_construct(others_at_most=0.4)
    o = put(back(outcomes()), "inflicted", (0, slice(1, None)), [50.0, 45.0, 40.0])
    assert ending(o, strange) == "succeeds"
    o = put(o, "inflicted", (0, 2), [55.0, 45.0, 40.0])
    assert ending(o, strange) == "endures"


def test_as_many_members_as_asked_must_roll_back():
    o = back(outcomes())
    assert ending(o, EndingThresholds(rolled_back_members=3)) == "endures"
    quiet = put(o, "inflicted", (0, slice(1, None), 2), 50.0)
    assert ending(quiet, EndingThresholds(rolled_back_members=3)) == "succeeds"
    one = put(o, "inflicted", (0, 2, 1), 60.0)
    assert ending(one) == "endures"
    assert ending(one, EndingThresholds(rolled_back_members=1)) == "succeeds"


def test_no_war_before_and_none_after_is_a_war_rolled_back():
    o = replace(outcomes(), baseline_inflicted=np.zeros(3), baseline_attacked=np.zeros(3))
    o = put(put(o, "inflicted", (0,), 0.0), "attacked", (0,), 0)
    assert ending(o) == "succeeds"
    assert ending(put(o, "inflicted", (0, 2, 0), 1.0)) == "endures"


def test_the_scenario_file_says_what_the_code_assumes():
    loaded = load_scenario("sahel-2024")
    assert loaded.scenario.endings == OURS
    assert "[endings]" in loaded.file.read_text(encoding="utf-8")


def test_kinds_of_exit_have_one_name():
    assert get_args(ExitKind) == tuple(kind.name.lower() for kind in Exit if kind)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("min_joint_act = 2", "endings.min_joint_act"),
        ("rolled_back_share = 1.5", "endings.rolled_back_share"),
        ("rolled_back_members = 0", "endings.rolled_back_members"),
        ('changed_by = ["coup"]', "endings.changed_by[0]"),
        ("changed_by = []", "endings.changed_by"),
        ("spread_deaths = 0", "endings.spread_deaths"),
    ],
)
def test_thresholds_that_are_not_allowed_are_refused(tmp_path, text, field):
    file = load_scenario("sahel-2024").file.read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(file.split("[endings]")[0] + f"[endings]\n{text}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_scenario(mine)
    assert refused.value.field == field


# tables


def test_the_table_holds_every_member_once():
    found = classify(mixed(), OURS, 36)
    table = ending_table(found)
    assert len(table) == 18
    assert not table.duplicated(["alliance", "regimes", "insurgents"]).any()
    assert table["members"].sum() == 400
    assert table["p"].sum() == pytest.approx(1.0)
    shares = table.groupby("ending")["p"].sum()
    for name in endings.ENDINGS:
        assert shares[name] == pytest.approx(found.share(name))
    assert (table["members"] > 0).sum() >= 8, "members of nearly every kind"
    first = {name: read(found)[i] for i, name in enumerate(KINDS[:4])}
    row = table[(table[list(first)] == pd.Series(first)).all(axis=1)]
    assert len(row) == 1
    assert row["members"].item() > 0


def test_the_grid_moves_each_threshold():
    grid = threshold_grid(mixed(), OURS, 36)
    assert len(grid) == 90
    assert grid["chosen"].sum() == 1
    chosen = grid[grid["chosen"]].iloc[0]
    found = classify(mixed(), OURS, 36)
    for name in endings.ENDINGS:
        assert chosen[name] == found.share(name)
    np.testing.assert_allclose(grid[list(endings.ENDINGS)].sum(axis=1), 1.0)
    for name in endings.GRID:
        means = grid.groupby(name)[list(endings.ENDINGS)].mean()
        assert means.nunique().max() == len(endings.GRID[name]), f"{name} does nothing"
    strict = grid[grid["negotiated_is_change"]]["succeeds"].to_numpy()
    assert (strict <= grid[~grid["negotiated_is_change"]]["succeeds"].to_numpy()).all()


def test_shares_are_asked_for_by_name():
    found = classify(mixed(), OURS, 36)
    assert found.share("fails") == pytest.approx(
        sum(found.share(sub) for sub in ("stays_on_paper", "breaks_up", "rivalry"))
    )
    ways = ("changed_by_coup", "handed_over", "overthrown", "capital_lost")
    assert found.share("outside") == pytest.approx(sum(found.share(way) for way in ways))
    with pytest.raises(InputError, match="no such ending"):
        found.share("wins")


# silence


def test_less_reported_is_less_inflicted_and_nothing_else():
    o = mixed()
    seen = underreported(o, 0.3)
    np.testing.assert_allclose(seen.inflicted, 0.7 * o.inflicted)
    assert seen.attacked.dtype == o.attacked.dtype
    assert abs(seen.attacked - 0.7 * o.attacked).max() <= 0.5
    for name in ("exits", "stage", "left", "joint_acts", "baseline_inflicted", "baseline_attacked"):
        np.testing.assert_array_equal(getattr(seen, name), getattr(o, name))
    np.testing.assert_array_equal(underreported(o, 0.0).inflicted, o.inflicted)


def test_silence_alone_can_pass_for_a_rollback():
    o = put(outcomes(), "attacked", (0,), 19)
    assert ending(underreported(o, 0.4)) == "endures"
    assert ending(underreported(o, 0.5)) == "succeeds"
    with pytest.raises(InputError, match="share"):
        underreported(o, 1.5)


# round trip


@pytest.fixture(params=["parquet", "csv", "frames"])
def again(request, tmp_path):
    """Write tables as a run does, with their date and in another order, and read them back."""

    def passed(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        back_again = {}
        for name, frame in frames.items():
            shuffled = frame if name == "baseline" else frame.sample(frac=1, random_state=1)
            shuffled = shuffled.assign(as_seen_from="2023-12")
            path = tmp_path / f"{name}.{request.param}"
            if request.param != "frames":
                files.write_table(shuffled, path)
                read_table = pd.read_parquet if request.param == "parquet" else pd.read_csv
                shuffled = read_table(path)
            back_again[name] = shuffled
        return back_again

    return passed


@pytest.mark.parametrize("first_month", [1, 529])
def test_tables_recount_the_same_endings(again, first_month):
    o = mixed()
    o = underreported(o, 0.1)
    kept = from_frames(again(to_frames(o, first_month)))
    assert kept.countries == o.countries
    for name in o.__dataclass_fields__:
        if name != "countries":
            np.testing.assert_array_equal(getattr(kept, name), getattr(o, name), err_msg=name)
            assert getattr(kept, name).dtype == getattr(o, name).dtype
    for months in HORIZONS:
        one, other = classify(o, OURS, months), classify(kept, OURS, months)
        for kind in KINDS:
            np.testing.assert_array_equal(getattr(one, kind), getattr(other, kind))


def test_tables_have_the_columns_they_promise():
    frames = to_frames(outcomes(2), 529)
    assert {name: list(frame) for name, frame in frames.items()} == {
        "members_year": ["member", "year", "country", "inflicted", "attacked"],
        "members_elsewhere": ["member", "year", "inflicted"],
        "members_regimes": ["member", "month", "country", "exit", "left"],
        "members_pact": ["member", "month", "stage", "joint_acts", "rivals"],
        "baseline": ["country", "inflicted", "attacked"],
    }
    assert frames["members_regimes"]["month"].agg(["min", "max"]).tolist() == [529, 564]
    assert set(frames["members_regimes"]["exit"]) == {"none"}
    assert frames["members_regimes"].memory_usage(index=False).sum() <= 12 * 2 * 36 * 3 + 2000


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("table", "spoil", "said"),
    [
        ("members_pact", lambda f: None, "no such table"),
        ("members_year", lambda f: f.drop(columns="attacked"), "no column 'attacked'"),
        ("members_year", lambda f: f.iloc[1:], "rows missing or twice"),
        ("members_year", lambda f: pd.concat([f, f.iloc[:1]]), "rows missing or twice"),
        ("members_year", lambda f: f[f["year"] > 1], "not in a row"),
        ("members_pact", lambda f: f[f["month"] != 7], "not in a row"),
        ("members_pact", lambda f: f.assign(member=f["member"] + 1), "other members"),
        ("members_pact", lambda f: f.assign(stage="gone"), "not an allowed value"),
        ("members_regimes", lambda f: f.assign(country="DDD"), "not an allowed value"),
        ("members_year", lambda f: f.assign(inflicted=np.nan), "out of range"),
        ("members_regimes", lambda f: f.assign(left="no"), "wrong type"),
        ("members_year", lambda f: f.iloc[:0], "no rows"),
        ("baseline", lambda f: pd.concat([f, f]), "twice"),
    ],
)
def test_spoilt_tables_are_refused(table, spoil, said):
    frames = to_frames(outcomes(2))
    spoilt = spoil(frames.pop(table))
    if spoilt is not None:
        frames[table] = spoilt
    with pytest.raises(InputError, match=said):
        from_frames(frames)


# bad input


@pytest.mark.parametrize("months", [0, 6, 35, 48])
def test_other_horizons_are_refused(months):
    with pytest.raises(InputError, match="months"):
        classify(outcomes(months=60), OURS, months)


def test_a_run_that_is_shorter_is_refused():
    with pytest.raises(InputError, match="longer than the run"):
        classify(outcomes(months=24), OURS, 36)
    two = np.ones((1, 2, 3))
    short = replace(outcomes(), inflicted=two, attacked=two, elsewhere=two[..., 0])
    with pytest.raises(InputError, match="longer than the run"):
        classify(short, OURS, 36)
    assert ending(outcomes(months=24), months=24) == "endures"


def test_more_members_than_there_are_is_refused():
    with pytest.raises(InputError, match="rolled_back_members"):
        classify(outcomes(), EndingThresholds(rolled_back_members=4), 36)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inflicted", np.ones((1, 3, 2))),
        ("inflicted", np.full((1, 3, 3), -1.0)),
        ("inflicted", np.full((1, 3, 3), np.nan)),
        ("inflicted", np.ones(3)),
        ("attacked", np.full((1, 3, 3), 0.5)),
        ("exits", np.full((1, 36, 3), 8)),
        ("stage", np.full((1, 36), 5)),
        ("joint_acts", np.ones((1, 12))),
        ("baseline_attacked", np.full(3, np.inf)),
        ("countries", ("AAA", "AAA", "CCC")),
    ],
)
def test_outcomes_that_do_not_fit_are_refused(name, value):
    with pytest.raises(InputError, match=name):
        replace(outcomes(), **{name: value})


def test_numbers_as_the_model_gives_them_are_taken():
    o = outcomes()
    floats = {name: getattr(o, name).astype(np.float32) for name in ("exits", "stage", "left")}
    assert ending(replace(back(o), **floats)) == "succeeds"
    with typecheck.off(), pytest.raises(InputError, match="rivals"):
        replace(o, rivals=np.ones(2, bool))
