"""Dates: what is remembered of promises and defaults, what they move, and a theatre without."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.codes import Rung
from liptako.model.emit import Observed
from liptako.model.processes import choices, dates, ladders, regime
from liptako.model.random import Site

FADE = 2.0 ** (-1.0 / 6.0)
QUARTER, BETWEEN = 409, 410
ACTS = list(mf.MENU)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def conduct(world, **given):
    values = {name: jnp.asarray(value, jnp.float32) for name, value in given.items()}
    return replace(world.start().state.conduct, **values)


def state_of(world, junta=(1, 1, 1), rung=None, **given):
    state = world.start().state
    rule = replace(state.regime, junta=jnp.asarray(junta, jnp.float32))
    state = replace(state, regime=rule, conduct=conduct(world, **given))
    return state if rung is None else replace(state, rung=jnp.asarray(rung, jnp.float32))


def remembered(world, before, after, junta=(1, 1, 1)):
    """Return relief and default of each country after a month."""
    params = mf.plain_params(world.structure)
    state = dates.remember(params, conduct(world, **before), state_of(world, junta, **after))
    return np.asarray(state.conduct.relief), np.asarray(state.conduct.default)


@pytest.mark.parametrize(
    ("due", "missed", "promised", "broken"),
    [
        ((0, 0), (0, 0), 0, 0),
        ((9, 8), (0, 0), 0, 0),
        ((0, 24), (0, 0), 1, 0),
        ((9, 32), (0, 0), 0, 1),
        ((1, 0), (0, 1), 0, 1),
        ((1, 24), (0, 1), 1, 1),
        ((5, 0), (0, 0), 0, 0),
        ((0, 0), (3, 3), 0, 0),
    ],
    ids=["none", "nearer", "promised", "put off", "missed", "missed and new", "gone", "long ago"],
)
def test_a_new_date_is_a_promise_and_one_missed_or_put_off_a_default(
    world, due, missed, promised, broken
):
    before, after = (
        {"due": (due[at], 0, 0), "missed": (missed[at], 0, 0)} for at in (0, 1)
    )  # fmt: skip
    relief, default = remembered(world, before, after)
    np.testing.assert_array_equal(relief, [promised, 0, 0])
    np.testing.assert_array_equal(default, [broken, 0, 0])


def test_both_fade_and_end_with_the_junta(world):
    held = {"due": (0, 0, 0), "relief": (0.5, 1.0, 0.8), "default": (1.0, 0.25, 0.6)}
    relief, default = remembered(world, held, held, junta=(1, 1, 0))
    np.testing.assert_allclose(relief, [FADE * 0.5, FADE, 0.0], rtol=1e-6)
    np.testing.assert_allclose(default, [FADE, FADE * 0.25, 0.0], rtol=1e-6)
    fresh = remembered(world, {**held, "due": (9, 0, 0)}, {**held, "due": (30, 0, 0)})[1]
    assert float(fresh[0]) == 1.0, "no more than one, however often"


def chosen(world, act, month=QUARTER, **given):
    """Return the state after an act everywhere, with its dates remembered."""
    params = mf.plain_params(world.structure, choices__term=24.0)
    state = state_of(world, **given)
    number = float(1 + ACTS.index(act)) if act else 0.0
    emit = Observed({int(Site.ACT): jnp.full(3, number)})
    forcing = replace(mf.forcing_at(world.start().forcing, 0), month=jnp.int32(month))
    background = world.start().background
    after = choices.decide(world.structure, background, params, state, forcing, emit)
    return dates.remember(params, state.conduct, after).conduct


def test_acts_of_the_menu_make_and_break_dates(world):
    vowed = chosen(world, "vow", due=(0, 0, 1))
    np.testing.assert_array_equal(vowed.relief, [1, 1, 1])
    np.testing.assert_array_equal(vowed.default, [0, 0, 1])
    later = chosen(world, "put_off", due=(9, 3, 2))
    np.testing.assert_array_equal(later.relief, 0.0)
    np.testing.assert_array_equal(later.default, 1.0)
    lapsed = chosen(world, None, BETWEEN, due=(9, 1, 0))
    np.testing.assert_array_equal(lapsed.default, [0, 1, 0])


def two_of_three(world):
    """Return the structure in which the first two are allies and the third is none."""
    return replace(world.structure, member=np.array([1.0, 1.0, 0.0], np.float32))


def test_a_default_heats_and_a_promise_cools_disputes_with_others_and_none_with_allies(world):
    params = mf.plain_params(world.structure, dates__relief=0.8, dates__default=1.5)
    state = state_of(world, relief=(0, 0.5, 0), default=(0.2, 0.4, 0))
    forcing = mf.forcing_at(world.start().forcing, 0)
    background = world.start().background
    drives, keeps = ladders.heat(two_of_three(world), background, params, state, forcing)
    np.testing.assert_allclose(drives, [0.0, 1.5 * 0.4], atol=1e-6)
    np.testing.assert_allclose(keeps, [0.0, -0.8 * 0.5], atol=1e-6)
    for part in ladders.heat(world.structure, background, params, state, forcing):
        np.testing.assert_allclose(part, 0.0, atol=1e-6, err_msg="all three are allies")


def test_sanctions_descend_faster_after_a_promise_and_climb_oftener_after_a_default(world):
    rates = {"ladders__up": 0.02, "ladders__down": 0.2, "ladders__incident": 0.001}
    params = mf.plain_params(world.structure, dates__relief=0.7, dates__default=0.9, **rates)
    forcing, background = mf.forcing_at(world.start().forcing, 0), world.start().background

    def moved(**given):
        state = state_of(world, rung=(0, Rung.SANCTIONS), **given)
        heat = ladders.heat(two_of_three(world), background, params, state, forcing)
        return np.asarray(ladders.moves(params, state.rung, *heat, state.rung < 0))[:, 1]

    calm = moved()
    down, up = ladders.MOVES.index("down"), ladders.MOVES.index("up")
    cooled = moved(relief=(0, 1, 0)) / calm
    heated = moved(default=(0, 1, 0)) / calm
    assert cooled[down] == pytest.approx(np.exp(0.7), rel=1e-5)
    assert cooled[up] == pytest.approx(1.0)
    assert heated[up] == pytest.approx(np.exp(0.9), rel=1e-5)
    assert heated[down] == pytest.approx(1.0)
    assert [float(moved(default=(0, d, 0))[up]) for d in (0.2, 0.5, 0.9)] == sorted(
        float(moved(default=(0, d, 0))[up]) for d in (0.9, 0.2, 0.5)
    )


def test_a_default_moves_the_odds_of_coups_and_keeps_their_mean(world):
    state = state_of(world, default=(1.0, 0.5, 0.0))
    forcing, background = mf.forcing_at(world.start().forcing, 0), world.start().background
    params = mf.plain_params(world.structure, dates__coups=0.4, dates__coups_variance=0.2)
    seen = regime.danger(world.structure, background, params, state, forcing)
    np.testing.assert_allclose(seen, [0.4 - 0.1, 0.2 - 0.025, 0.0], rtol=1e-5)


def test_no_date_made_or_broken_since_the_start_no_effect(world):
    start = world.start()
    np.testing.assert_array_equal(start.state.conduct.relief, 0.0)
    np.testing.assert_array_equal(start.state.conduct.default, 0.0)
    lively = {"dates__relief": 1.0, "dates__default": 2.0, "dates__coups": 0.5}
    given, none = (mf.plain_params(world.structure, **c) for c in (lively, {}))
    forcing = mf.forcing_at(start.forcing, 0)
    for params in (given, none):
        pair = dates.between_states(two_of_three(world), params, start.state)
        for part in pair:
            np.testing.assert_array_equal(part, 0.0)
    for of in (
        lambda p: ladders.heat(two_of_three(world), start.background, p, start.state, forcing),
        lambda p: [regime.danger(world.structure, start.background, p, start.state, forcing)],
    ):
        for one, other in zip(of(given), of(none), strict=True):
            np.testing.assert_array_equal(one, other)


def test_with_no_size_a_broken_date_does_nothing(world):
    """Memory goes on; heat and danger stay bit for bit."""
    start, params = world.start(), mf.plain_params(world.structure)
    forcing = mf.forcing_at(start.forcing, 0)
    broken = state_of(world, default=(1, 1, 1), relief=(1, 1, 1))
    heats = [
        ladders.heat(two_of_three(world), start.background, params, state, forcing)
        for state in (broken, replace(broken, conduct=start.state.conduct))
    ]
    for one, other in zip(*heats, strict=True):
        np.testing.assert_array_equal(one, other)
    seen = regime.danger(world.structure, start.background, params, broken, forcing)
    np.testing.assert_array_equal(
        seen, regime.danger(world.structure, start.background, params, start.state, forcing)
    )


def test_a_theatre_without_disputes_and_promises_remembers_nothing():
    alone = mf.world()
    params = mf.plain_params(alone.structure, dates__default=2.0, dates__relief=2.0)
    state = alone.start().state
    after = dates.remember(params, state.conduct, state)
    np.testing.assert_array_equal(after.conduct.relief, 0.0)
    np.testing.assert_array_equal(after.conduct.default, 0.0)
