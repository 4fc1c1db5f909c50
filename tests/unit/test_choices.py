"""Choices: the logit by hand, what is open, what acts do, and whose luck they share."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import Stage
from liptako.model.emit import Draw, Observed
from liptako.model.menu import Menu, build_menu
from liptako.model.processes import alliance, choices, patrons, pressure
from liptako.model.random import Site
from liptako.model.simulate import compile_batch
from liptako.theatre.consequences import CONSEQUENCES, SITUATIONS

QUARTER, BETWEEN = 409, 410
"""January and February 2014."""

ACTS = list(mf.MENU)
READY = np.linspace(-2.0, 1.5, len(ACTS))
FREE = {"motives__weight": np.zeros((3, len(CONSEQUENCES)))}
"""Motives under which no act is worth anything."""

OPEN = {"enlist": (1, 1, 1), "strike": (1, 1, 1), "stand_down": (0, 0, 0), "court": (1, 1, 1),
        "vow": (0, 1, 1), "put_off": (1, 0, 0), "tie": (1, 1, 1), "quit": (1, 1, 1)}  # fmt: skip
"""What is open at the start: nothing to stand down from, and one date stands."""


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def ruled(world, junta=(1, 1, 1), due=None, stance=None, wanted=None, losses=None, **pact):
    """Return the start with juntas, and what is given about their conduct and the pact."""
    state = world.start().state
    given_ = {name: jnp.asarray(value, jnp.float32) for name, value in pact.items()}
    rule = replace(state.regime, junta=jnp.asarray(junta, jnp.float32))
    if losses is not None:
        rule = replace(rule, losses=jnp.asarray(losses, jnp.float32))
    conduct, held = state.conduct, state.patronage
    if due is not None:
        conduct = replace(conduct, due=jnp.asarray(due, jnp.float32))
    if stance is not None:
        conduct = replace(conduct, stance=stances(world, **stance))
    if wanted is not None:
        held = replace(held, wanted=jnp.asarray(wanted, jnp.float32))
    pact_ = replace(state.pact, trust=jnp.float32(0.5))
    return replace(
        state, regime=rule, conduct=conduct, patronage=held, pact=replace(pact_, **given_)
    )


def stances(world, **of):
    found = np.zeros((len(world.structure.levers), 3), np.float32)
    for name, value in of.items():
        found[world.structure.levers.index(name)] = value
    return jnp.asarray(found)


def in_month(world, month=QUARTER, fixed=(), **levers):
    """Return a month's forcing with levers set, and those named fixed in all countries."""
    forcing = mf.with_levers(world.structure, mf.forcing_at(world.start().forcing, 0), **levers)
    held = np.zeros(np.shape(forcing.fixed), np.float32)
    held[[world.structure.levers.index(name) for name in fixed]] = 1.0
    return replace(forcing, month=jnp.int32(month), fixed=jnp.asarray(held))


def chances(world, state=None, forcing=None, structure=None, **changes):
    """Return the probability of each act, `[act, country]`."""
    structure = world.structure if structure is None else structure
    ready = {"choices__readiness": READY[: len(structure.menu.names)]}
    params = mf.plain_params(structure, **{**ready, **changes})
    state = ruled(world) if state is None else state
    forcing = in_month(world) if forcing is None else forcing
    seen = choices.probabilities(structure, world.start().background, params, state, forcing)
    return np.asarray(seen)


def log_odds(seen):
    """Return the log odds of each act against none; missing where it is not open."""
    return np.log(np.where(seen > 0, seen, np.nan)) - np.log1p(-seen.sum(0))


def with_menu(world, acts):
    """Return the structure with another menu."""
    theatre = world.prepared.loaded.theatre
    menu = type(theatre).model_validate({**theatre.model_dump(), "menu": mf.menu_of(acts)})
    return replace(world.structure, menu=build_menu(menu))


def after(world, acts, state=None, forcing=None, **changes):
    """Return the state after given acts by country, by name or none."""
    names = [act and 1 + ACTS.index(act) for act in acts]
    emit = Observed({int(Site.ACT): jnp.asarray([name or 0 for name in names], jnp.float32)})
    params = mf.plain_params(world.structure, **changes)
    state = ruled(world) if state is None else state
    forcing = in_month(world) if forcing is None else forcing
    background = world.start().background
    return choices.decide(world.structure, background, params, state, forcing, emit)


# the logit


@pytest.mark.parametrize("changes", [FREE, {"choices__precision": 0.0}], ids=["worth", "precision"])
def test_acts_worth_nothing_are_a_logit_of_readiness_among_what_is_open(world, changes):
    open_ = np.array(list(OPEN.values()))
    weight = np.exp(READY)[:, None] * open_
    np.testing.assert_allclose(
        chances(world, **changes), weight / (1.0 + weight.sum(0)), rtol=1e-5, atol=1e-9
    )


def test_log_odds_against_none_are_readiness_and_expected_consequences(world):
    rng = np.random.default_rng(3)
    weight = rng.normal(0, 0.5, (3, len(CONSEQUENCES)))
    start = world.start()
    losses = np.asarray(start.state.regime.losses) + np.array([4.0, 0.0, 30.0])
    state = ruled(world, due=(0, 5, 0), stance={"push": 0.2}, losses=losses, trust=0.2)
    state = replace(state, rung=jnp.asarray([2.0, 1.0]))
    forcing = in_month(world, press=[0.0, 0.7, 0.0])
    z = {
        "strain": np.log1p(losses) - np.log1p(np.asarray(start.background.losses_start)),
        "pressed": np.array([0.0, 0.7, 0.0]),
        "distrust": np.full(3, 0.3),
        "dispute": np.array([2.0, 2.0, 0.0]),
    }
    seen = chances(
        world, state, forcing, motives__weight=weight, choices__precision=1.7,
    )  # fmt: skip
    for row, (name, act) in enumerate(mf.MENU.items()):
        worth = np.zeros(3)
        for consequence, value in act.get("effects", {}).items():
            worth += value * weight[:, CONSEQUENCES.index(consequence)]
        for situation, more in act.get("when", {}).items():
            for consequence, value in more.items():
                by = value * weight[:, CONSEQUENCES.index(consequence)]
                worth += np.clip(z.get(situation, np.zeros(3)), -2, 2) * by
        expected = READY[row] + 1.7 * worth
        open_ = seen[row] > 0
        assert open_.sum() >= 1, name
        np.testing.assert_allclose(log_odds(seen)[row][open_], expected[open_], atol=1e-4)


def test_losses_raise_the_act_that_answers_them_for_those_who_want_relief(world):
    """Only `enlist` answers strain, with relief from insurgents; it is served or shunned."""
    row = CONSEQUENCES.index("insurgent_pressure")
    start = np.asarray(world.start().state.regime.losses)
    for wanted, sign in ((1.0, 1), (0.0, 0), (-1.0, -1)):
        weight = np.zeros((3, len(CONSEQUENCES)))
        weight[:, row] = wanted
        calm, strained = (
            log_odds(chances(world, ruled(world, losses=losses), motives__weight=weight))
            for losses in (start, start + 20.0)
        )
        gap = strained - calm
        enlist = ACTS.index("enlist")
        np.testing.assert_array_equal(np.sign(np.round(gap[enlist], 4)), sign)
        others = np.delete(gap, enlist, axis=0)
        np.testing.assert_allclose(others[np.isfinite(others)], 0.0, atol=1e-4)


def test_only_juntas_whose_regimes_are_simulated_choose(world):
    full = chances(world)
    seen = chances(world, ruled(world, junta=(1, 0, 1)))
    np.testing.assert_array_equal(seen[:, [0, 2]], full[:, [0, 2]])
    assert not seen[:, 1].any()
    two = replace(world.structure, member=np.array([1.0, 1.0, 0.0], np.float32))
    seen = chances(world, structure=two)
    np.testing.assert_array_equal(seen[:, :2], full[:, :2])
    assert not seen[:, 2].any()


@given(st.permutations(range(len(ACTS))))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_the_order_of_the_menu_is_a_matter_of_labels(order):
    world = mf.political_world()
    acts = {ACTS[at]: mf.MENU[ACTS[at]] for at in order}
    turned = chances(world, structure=with_menu(world, acts), choices__readiness=READY[list(order)])
    np.testing.assert_allclose(turned, chances(world)[list(order)], rtol=1e-5, atol=1e-9)


# situations


def situation(world, name, state=None, forcing=None):
    state = ruled(world) if state is None else state
    forcing = in_month(world) if forcing is None else forcing
    seen = choices.situations(
        world.structure, world.start().background, world.params, state, forcing
    )
    return np.asarray(seen)[SITUATIONS.index(name)]


def test_at_the_start_regimes_are_in_no_situation(world):
    for name in SITUATIONS:
        np.testing.assert_array_equal(situation(world, name), 0.0, err_msg=name)


def test_strain_is_losses_beyond_the_start_in_logs_and_bounded(world):
    start = np.asarray(world.start().background.losses_start)
    losses = (1.0 + start) * np.exp([0.5, -0.5, 9.0]) - 1.0
    seen = situation(world, "strain", ruled(world, losses=losses))
    np.testing.assert_allclose(seen, [0.5, -0.5, 2.0], atol=1e-5)


def test_danger_is_what_the_last_month_was_drawn_with(world):
    state = ruled(world)
    state = replace(state, regime=replace(state.regime, danger=jnp.asarray([0.3, -0.4, -7.0])))
    np.testing.assert_allclose(situation(world, "danger", state), [0.3, -0.4, -2.0], rtol=1e-6)


def test_exposure_is_insurgents_in_border_cells_beyond_the_start(world):
    structure, state = world.structure, ruled(world)
    here = structure.border_cell & (structure.country == 1)
    hot = replace(state, traces=state.traces * jnp.asarray(np.where(here, 5.0, 1.0), jnp.float32))
    at_border = np.asarray(pressure.border_attacks(structure, hot))
    before = np.asarray(world.start().background.border_start)
    expected = np.log1p(at_border) - np.log1p(before)
    assert expected[1] > 0.1
    np.testing.assert_allclose(situation(world, "exposure", hot), expected, atol=1e-5)
    np.testing.assert_allclose(expected[[0, 2]], 0.0, atol=1e-6)


def test_unbacked_is_what_is_wanted_and_not_given(world):
    wanted = np.asarray(world.start().state.patronage.support).copy()
    wanted[0, 0] += 0.2
    wanted[1, 0] += 0.3
    wanted[2, 1] -= 0.4
    seen = situation(world, "unbacked", ruled(world, wanted=wanted))
    np.testing.assert_allclose(seen, [0.5, 0.0, 0.0], atol=1e-6)


def test_pressed_is_where_the_lever_stands_whoever_set_it(world):
    forcing = in_month(world, press=[0.4, 0.0, 0.0])
    state = ruled(world, stance={"press": [0.0, 0.3, 0.0]})
    np.testing.assert_allclose(situation(world, "pressed", state, forcing), [0.4, 0.3, 0.0])


def test_distrust_is_trust_below_a_half(world):
    np.testing.assert_allclose(situation(world, "distrust", ruled(world, trust=0.1)), 0.4)
    np.testing.assert_allclose(situation(world, "distrust", ruled(world, trust=0.9)), -0.4)


def test_who_is_in_no_pact_distrusts_nobody(world):
    structure = replace(world.structure, member=np.array([1.0, 0.0, 1.0], np.float32))
    state, background = ruled(world, trust=0.1), world.start().background
    seen = choices.situations(structure, background, world.params, state, in_month(world))
    np.testing.assert_allclose(seen[SITUATIONS.index("distrust")], [0.4, 0.0, 0.4], rtol=1e-6)


def test_dispute_is_the_rise_of_the_worst_one(world):
    state = ruled(world)
    for rungs, expected in (((0, 4), [0, 2, 2]), ((1, 0), [1, 1, 0]), ((2, 2), [2, 2, 1])):
        on = replace(state, rung=jnp.asarray(rungs, jnp.float32))
        np.testing.assert_array_equal(situation(world, "dispute", on), expected)


# what is open


def is_open(world, state=None, forcing=None, **changes):
    """Return what is open, by act; and check that what is not is never taken."""
    state = ruled(world) if state is None else state
    forcing = in_month(world) if forcing is None else forcing
    params = mf.plain_params(world.structure, **changes)
    seen = np.asarray(choices.feasible(world.structure, params, state, forcing))
    ready = {"choices__readiness": np.full(len(ACTS), 30.0)}
    eager = chances(world, state, forcing, **ready, **changes)
    np.testing.assert_array_equal(eager > 0, seen)
    return dict(zip(ACTS, seen.astype(int).tolist(), strict=True))


def test_what_is_open_at_the_start(world):
    assert {name: tuple(row) for name, row in is_open(world).items()} == OPEN


def test_a_lever_at_its_bound_moves_no_further_and_may_come_back(world):
    seen = is_open(world, ruled(world, stance={"patrol": [1.0, 0.995, 0.9], "push": 1.0}))
    assert seen["enlist"] == [0, 0, 1]
    assert seen["strike"] == [0, 0, 1]
    assert seen["stand_down"] == [1, 1, 1]


def test_a_lever_that_the_scenario_fixes_is_not_the_regimes_to_move(world):
    seen = is_open(world, forcing=in_month(world, fixed=["patrol"]))
    assert seen["enlist"] == [0, 0, 0]
    assert seen["strike"] == [1, 1, 1], "the other lever is free"
    seen = is_open(world, forcing=in_month(world, fixed=["patrol", "push"]))
    assert seen["strike"] == [0, 0, 0]
    one = in_month(world)
    held = np.asarray(one.fixed).copy()
    held[world.structure.levers.index("patrol"), 1] = 1.0
    seen = is_open(world, forcing=replace(one, fixed=jnp.asarray(held)))
    assert seen["enlist"] == [1, 0, 1]
    stance = {"patrol": 0.5, "push": 0.5}
    forcing = in_month(world, fixed=["push"])
    assert is_open(world, ruled(world, stance=stance), forcing)["stand_down"] == [1, 1, 1]


def test_a_patron_that_gives_all_or_nothing_cannot_be_asked_for_more_or_less(world):
    wanted = np.zeros((3, 3))
    wanted[1] = [1.0, 1.0, 0.5]
    wanted[2] = [0.0, 0.4, 0.0]
    seen = is_open(world, ruled(world, wanted=wanted))
    assert seen["court"] == [0, 1, 1], "all of the one and none of the other; then either"


def test_dates_are_promised_while_none_stands_and_put_off_while_one_does(world):
    seen = is_open(world, ruled(world, due=(3, 0, 1)))
    assert seen["vow"] == [0, 1, 0]
    assert seen["put_off"] == [1, 0, 1]


@pytest.mark.parametrize(
    ("stage", "left", "expected"),
    [
        (Stage.PAPER, (0, 1, 0), [1, 0, 1]),
        (Stage.INTEGRATED, (0, 0, 0), [1, 1, 1]),
        (Stage.DISSOLVED, (0, 0, 0), [0, 0, 0]),
    ],
)
def test_a_pact_is_deepened_or_left_by_those_inside(world, stage, left, expected):
    seen = is_open(world, ruled(world, stage=stage, left=left))
    assert seen["tie"] == seen["quit"] == expected


@pytest.mark.parametrize("off", [{"alliance__active": 0.0}, {"alliance__markov": 1.0}])
def test_where_no_act_moves_the_pact_none_on_it_is_open(world, off):
    seen, plain = is_open(world, **off), is_open(world)
    assert seen["tie"] == seen["quit"] == [0, 0, 0]
    assert {name: seen[name] for name in ACTS[:-2]} == {name: plain[name] for name in ACTS[:-2]}


# what acts do


def test_acts_move_levers_by_exactly_what_they_say_where_they_are_taken(world):
    stance = {"patrol": [0.1, 0.2, 0.9], "push": 0.4}
    done = after(world, ["enlist", "strike", "enlist"], ruled(world, stance=stance))
    faded = 0.95 * np.asarray(stances(world, **stance))
    expected = faded + np.asarray(stances(world, patrol=[0.4, 0.2, 0.4], push=[0.0, 0.5, 0.0]))
    expected = np.clip(expected, 0.0, 1.0)
    assert expected[1, 2] == 1.0, "at its bound"
    np.testing.assert_allclose(done.conduct.stance, expected, rtol=1e-6)
    np.testing.assert_array_equal(done.conduct.act, [1.0, 2.0, 1.0])


def test_a_stance_that_is_not_renewed_fades_by_its_share_a_month(world):
    state = ruled(world, stance={"patrol": 0.8, "ban": -0.6})
    began = np.asarray(state.conduct.stance)
    for months in range(1, 7):
        state = after(world, [None] * 3, state, in_month(world, BETWEEN), choices__lasting=0.9)
        np.testing.assert_allclose(state.conduct.stance, 0.9**months * began, rtol=1e-5)
    kept = after(world, [None] * 3, ruled(world, stance={"patrol": 0.8}), choices__lasting=1.0)
    np.testing.assert_array_equal(kept.conduct.stance, stances(world, patrol=0.8))


def test_acts_move_what_is_wanted_and_support_follows_as_patrons_answer(world):
    start, structure = world.start(), world.structure
    state = after(world, ["court", "court", None])
    wanted = np.asarray(start.state.patronage.wanted).copy()
    wanted[1, :2] += 0.3
    wanted[2, :2] -= 0.2
    np.testing.assert_allclose(state.patronage.wanted, wanted, rtol=1e-6)
    params = mf.plain_params(structure, patrons__answer=0.6, patrons__response=1.0)
    emit = Observed({int(Site.PATRON_CAPACITY): jnp.zeros(3)})
    state = patrons.supply(structure, start.background, params, state, in_month(world), emit)
    support = np.asarray(start.background.support_start).copy()
    support[1, :2] += 0.6 * 0.3
    support[2, :2] -= 0.2
    np.testing.assert_allclose(state.patronage.support, support, rtol=1e-5)


def test_what_a_country_wants_is_between_nothing_and_all(world):
    state = ruled(world)
    for _ in range(8):
        state = after(world, ["court"] * 3, state)
    np.testing.assert_allclose(state.patronage.wanted[1], 1.0)
    np.testing.assert_allclose(state.patronage.wanted[2], 0.0)


def test_what_a_junta_asked_of_patrons_fades_once_it_is_gone(world):
    before = np.asarray(world.start().background.support_start)
    wanted = before.copy()
    wanted[1] = [1.0, 0.5, 0.0]
    wanted[2] = [0.2, 0.0, 0.0]
    state = ruled(world, junta=(0, 1, 0), wanted=wanted)
    for months in (1, 2):
        state = after(world, [None] * 3, state, in_month(world, BETWEEN), choices__lasting=0.9)
        faded = before + 0.9**months * (wanted - before)
        expected = np.where([True, False, True], faded, wanted)
        np.testing.assert_allclose(state.patronage.wanted, expected, rtol=1e-5, atol=1e-7)


def test_dates_come_nearer_are_missed_once_and_may_be_promised_again(world):
    state = ruled(world, due=(3, 1, 0))
    seen = []
    for month in range(BETWEEN, BETWEEN + 5):
        state = after(world, [None] * 3, state, in_month(world, month))
        seen.append((np.asarray(state.conduct.due), np.asarray(state.conduct.missed)))
    np.testing.assert_array_equal(
        [due for due, _ in seen], [[2, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]
    )
    np.testing.assert_array_equal(
        [missed for _, missed in seen], [[0, 1, 0], [0, 1, 0], [1, 1, 0], [1, 1, 0], [1, 1, 0]]
    )
    state = after(world, ["vow", None, "vow"], state, choices__term=18.0)
    np.testing.assert_array_equal(state.conduct.due, [19, 0, 19])
    np.testing.assert_array_equal(state.conduct.missed, [1, 1, 0])


def test_a_date_is_missed_in_the_month_after_it(world):
    """Promised in January for a term of four months: kept or put off by May, missed in June."""
    state = after(world, ["vow"] * 3, ruled(world, due=(0, 0, 0)), choices__term=4.0)
    for month in range(QUARTER + 1, QUARTER + 5):
        state = after(world, [None] * 3, state, in_month(world, month))
        assert (state.conduct.due > 0).all()
    state = after(world, [None] * 3, state, in_month(world, QUARTER + 5))
    np.testing.assert_array_equal(state.conduct.missed, 1.0)


def test_a_date_is_put_off_by_the_term_before_it_is_missed(world):
    state = after(world, ["put_off"] * 3, ruled(world, due=(2, 20, 0)), choices__term=24.0)
    np.testing.assert_array_equal(state.conduct.due, [25, 43, 24])
    np.testing.assert_array_equal(state.conduct.missed, [0, 0, 0])


def test_a_promise_leaves_a_date_that_lies_farther_off(world):
    state = after(world, ["vow"] * 3, ruled(world, due=(30, 6, 0)), choices__term=24.0)
    np.testing.assert_array_equal(state.conduct.due, [29, 25, 25])


def test_civilians_have_no_date_and_miss_none(world):
    state = ruled(world, junta=(0, 1, 0), due=(1, 4, 9))
    state = after(world, [None] * 3, state)
    np.testing.assert_array_equal(state.conduct.due, [0, 3, 0])
    np.testing.assert_array_equal(state.conduct.missed, [0, 0, 0])
    eager = {"choices__readiness": np.full(len(ACTS), 30.0)}
    assert not chances(world, state, **eager)[:, [0, 2]].any()


def test_acts_on_the_pact_add_their_share_of_what_is_missing(world):
    state = ruled(world, trust=0.2)
    one = after(world, ["tie", None, None], state).pact
    np.testing.assert_allclose([one.pushed, one.trust], [0.1, 0.28], rtol=1e-6)
    all_ = after(world, ["tie"] * 3, state).pact
    np.testing.assert_allclose([all_.pushed, all_.trust], [0.3, 0.44], rtol=1e-6)
    most = after(world, ["tie"] * 3, state, choices__deepening=0.9).pact
    np.testing.assert_allclose([most.pushed, most.trust], 1.0)
    none = after(world, ["tie", "quit", None], state, alliance__active=0.0).pact
    for name in ("pushed", "trust", "left"):
        np.testing.assert_array_equal(getattr(none, name), getattr(state.pact, name))


def test_who_quits_is_out_and_nobody_else(world):
    state = after(world, [None, "quit", None], ruled(world, left=(0, 0, 1)))
    np.testing.assert_array_equal(state.pact.left, [0, 1, 1])
    assert float(state.pact.agenda) == 0.0


def test_a_pact_may_end_with_an_exit_by_choice(world):
    state = after(world, ["quit", None, None], ruled(world, stage=Stage.CONSULTATIVE))
    params = mf.plain_params(world.structure, alliance__follow=1.0)
    emit = Draw(random.member_key(jnp.uint32(1), jnp.uint32(1)), jnp.int32(QUARTER))
    background, forcing = world.start().background, in_month(world, QUARTER)
    pact = alliance.commit(world.structure, background, params, state, forcing, emit)[0].pact
    assert float(pact.stage) == Stage.DISSOLVED


# when, and with what luck


class Law:
    """Lets nothing happen, and keeps the law it was asked about."""

    def __init__(self):
        self.probability = np.zeros(0)

    def __call__(self, site, law, first, second):
        assert site == Site.ACT
        self.probability = np.asarray(law.probability)
        return jnp.zeros(len(first))


@pytest.mark.parametrize("month", range(409, 421))
def test_regimes_choose_in_january_april_july_and_october(world, month):
    spy, params = Law(), mf.plain_params(world.structure, choices__readiness=READY)
    state, forcing = ruled(world, due=(0, 0, 0)), in_month(world, month)
    state = replace(state, conduct=replace(state.conduct, act=jnp.full(3, 5.0)))
    background = world.start().background
    done = choices.decide(world.structure, background, params, state, forcing, spy)
    if (month - 1) % 12 + 1 in {1, 4, 7, 10}:
        expected = chances(world, state, forcing)
        np.testing.assert_allclose(spy.probability, expected, rtol=1e-6)
        np.testing.assert_array_equal(done.conduct.act, 0.0)
    else:
        assert not spy.probability.any()
        np.testing.assert_array_equal(done.conduct.act, 5.0)


@partial(jax.jit, static_argnames="structure")
def decided(structure, background, params, state, forcing, members):
    def one(member):
        emit = Draw(random.member_key(jnp.uint32(6), member), forcing.month)
        state_ = choices.decide(structure, background, params, state, forcing, emit)
        return state_.conduct.act

    return jax.vmap(one)(members)


def drawn(world, n=20_000, structure=None, readiness=READY, **changes):
    """Return the name of the act of each member and country, "" for none."""
    structure = world.structure if structure is None else structure
    params = mf.plain_params(structure, **{"choices__readiness": readiness, **changes})
    members = jnp.arange(n, dtype=jnp.uint32)
    background = world.start().background
    act = decided(structure, background, params, ruled(world), in_month(world), members)
    return np.array(["", *structure.menu.names])[np.asarray(act).astype(int)]


def test_acts_are_drawn_as_often_as_their_probabilities_say(world):
    seen, expected = drawn(world), chances(world)
    for row, name in enumerate(ACTS):
        error = np.sqrt(expected[row] * (1 - expected[row]) / len(seen))
        assert (abs((seen == name).mean(0) - expected[row]) <= 4 * error).all(), name


SHUT = {"stay": {"levers": {"patrol": -0.5}}}
"""An act that is never open: nothing has raised that lever."""


@pytest.mark.parametrize("at", [0, 3, len(ACTS)])
@pytest.mark.parametrize("kind", ["shut", "never ready"])
def test_an_act_that_cannot_be_taken_changes_no_choice_wherever_it_stands(world, at, kind):
    extra = SHUT if kind == "shut" else {"stay": {"levers": {"patrol": 0.5}}}
    names = [*ACTS[:at], "stay", *ACTS[at:]]
    structure = with_menu(world, {name: (mf.MENU | extra)[name] for name in names})
    ready = np.insert(READY, at, 30.0 if kind == "shut" else -np.inf)
    wider = drawn(world, 3000, structure, ready)
    np.testing.assert_array_equal(wider, drawn(world, 3000))
    assert len(np.unique(wider)) > 5


def test_an_act_added_at_the_end_takes_from_all_and_moves_choices_no_nearer_to_the_front(world):
    """One uniform chooses: an open act shifts others, and only toward itself or what it follows."""
    structure = with_menu(world, mf.MENU | {"stay": {"levers": {"patrol": 0.5}}})
    before, with_it = drawn(world), drawn(world, structure=structure, readiness=np.append(READY, 1))
    rank = {name: number for number, name in enumerate([*ACTS, "stay", ""])}
    order_before, order_with = (np.vectorize(rank.get)(one) for one in (before, with_it))
    acted = before != ""
    assert (order_with >= order_before)[acted].all()
    assert (with_it != "")[acted].all()
    assert set(np.unique(with_it[~acted])) == {"", "stay"}


def test_without_a_menu_nobody_chooses_and_nothing_is_drawn():
    world = mf.world()
    structure, start = world.structure, world.start()

    def emit(site, law, first, second):
        raise AssertionError("something was drawn")

    forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(QUARTER))
    state = replace(start.state, regime=replace(start.state.regime, junta=jnp.ones(3)))
    done = choices.decide(structure, start.background, world.params, state, forcing, emit)
    for before, later in zip(jax.tree.leaves(state), jax.tree.leaves(done), strict=True):
        np.testing.assert_array_equal(later, before)


LIVELY = {
    "regime__baseline": np.full(3, -1.5), "ladders__up": 0.1, "ladders__down": 0.1,
    "patrons__capacity_sd": 0.5, "alliance__to_consultative": 0.3, "commitment__launch": 0.3,
}  # fmt: skip


def futures(structure, **changes):
    world = mf.political_world()
    params = mf.plain_params(structure, **LIVELY, **changes)
    return mf.run(world, np.arange(8), params=params, batch=compile_batch(structure))


@pytest.mark.slow
def test_a_menu_of_one_act_that_is_never_open_is_no_menu_to_the_bit(world):
    one, none = (with_menu(world, acts) for acts in (SHUT, {}))
    assert isinstance(none.menu, Menu)
    assert none.menu.names == ()
    with_one = futures(one, choices__readiness=np.full(1, 30.0))
    without = futures(none)
    for name in with_one:
        np.testing.assert_array_equal(with_one[name], without[name], err_msg=name)
    assert (without["exits"] > 0).any()
    assert not without["act"].any()


def test_in_a_run_juntas_act_in_quarters_and_their_acts_reach_the_war(world):
    eager = {"choices__readiness": np.full(len(ACTS), 0.5)}
    seen, calm = futures(world.structure, **eager), futures(world.structure)
    month = world.prepared.loaded.scenario.init_month + 1 + np.arange(mf.MONTHS)
    assert not seen["act"][:, month % 3 != 1].any()
    assert seen["act"][:, month % 3 == 1].any()
    came = np.cumsum(seen["exits"] == 1, axis=1) > 0
    acted = seen["act"] > 0
    assert came[:, :-1][acted[:, 1:]].all(), "a junta comes by a coup in an earlier month"
    first = np.argmax(acted.any(axis=(0, 2)))
    np.testing.assert_array_equal(seen["deaths"][:, :first], calm["deaths"][:, :first])
    assert not np.array_equal(seen["deaths"], calm["deaths"])
    assert {field.name for field in fields(type(world.start().state.conduct))} >= {"due", "missed"}
