"""Grievance in the ranks: what is remembered, what it moves, and a theatre that says nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.calendar import month_id
from liptako.model import random
from liptako.model.codes import Exit
from liptako.model.emit import Draw, Observed
from liptako.model.menu import build_menu
from liptako.model.processes import choices, grievance, regime
from liptako.model.random import Site
from liptako.model.step import step
from liptako.theatre.dated import GRIEVANCES, grievances_at
from liptako.theatre.politics import Grievance

QUARTER, BETWEEN = 409, 410
"""January and February 2014."""

HALF = 6.0
FADE = 2.0 ** (-1.0 / HALF)
PAY, POSTS = grievance.PAY, grievance.POSTS
ACTS = {**mf.MENU, "sack": {"ranks": "reshuffle", "effects": {"regime_survival": 0.3}}}


@pytest.fixture(scope="module")
def world() -> mf.World:
    """The invented theatre with a lever for pay (the one for publicity) and a reshuffle."""
    base = mf.political_world()
    theatre = base.prepared.loaded.theatre
    theatre = type(theatre).model_validate({**theatre.model_dump(), "menu": mf.menu_of(ACTS)})
    pay = np.array([name == "noise" for name in base.structure.levers], np.float32)
    structure = replace(
        base.structure,
        menu=build_menu(theatre),
        roles=base.structure.roles | {"pay": pay},
        ranks=True,
    )
    return mf.World(replace(base.prepared, structure=structure), base.params)


def params(world, **changes):
    return mf.plain_params(world.structure, **changes)


def in_month(world, month=BETWEEN, pay=0.0):
    forcing = mf.with_levers(world.structure, mf.forcing_at(world.start().forcing, 0), noise=pay)
    return replace(forcing, month=jnp.int32(month))


def state_with(world, felt=((0, 0, 0), (0, 0, 0)), act=None, **rule):
    """Return the start with juntas everywhere, what is felt, and the act of the quarter."""
    state = world.start().state
    given = {name: jnp.asarray(value, jnp.float32) for name, value in rule.items()}
    given = {"junta": jnp.ones(3)} | given
    regime_ = replace(state.regime, grievance=jnp.asarray(felt, jnp.float32), **given)
    state = replace(state, regime=regime_)
    if act is not None:
        number = 1.0 + list(ACTS).index(act)
        state = replace(state, conduct=replace(state.conduct, act=jnp.full(3, number)))
    return state


def felt_after(world, state, background=None, month=BETWEEN, pay: Any = 0.0, **changes: Any):
    background = world.start().background if background is None else background
    given = params(world, **changes)
    return grievance.feel(world.structure, background, given, state, in_month(world, month, pay))


def test_pay_is_remembered_as_a_fading_mean_and_a_reshuffle_as_a_fading_mark(world):
    state = state_with(world, [(0.4, 0.0, -0.2), (0.6, 0.0, 1.0)])
    after = felt_after(world, state, pay=[-1.0, 0.5, 0.0]).regime.grievance
    np.testing.assert_allclose(
        after[PAY],
        [FADE * 0.4 + 1 - FADE, -0.5 * (1 - FADE), FADE * -0.2],
        rtol=1e-5,
    )
    np.testing.assert_allclose(after[POSTS], [FADE * 0.6, 0.0, FADE], rtol=1e-5)
    sacked = felt_after(world, state_with(world, act="sack"), month=QUARTER).regime.grievance
    np.testing.assert_array_equal(sacked, [[0, 0, 0], [1, 1, 1]])
    for act, month in (("sack", BETWEEN), ("enlist", QUARTER)):
        other = felt_after(world, state_with(world, act=act), month=month).regime.grievance
        np.testing.assert_array_equal(other, 0.0, err_msg=f"{act} {month}")


def test_half_of_it_is_forgotten_in_its_half_life(world):
    state = state_with(world, [(0.8, 0, 0), (0.4, 0, 0)])
    for _ in range(6):
        state = felt_after(world, state)
    np.testing.assert_allclose(state.regime.grievance[:, 0], [0.4, 0.2], rtol=1e-5)
    unpaid = state_with(world)
    seen = []
    for _ in range(60):
        unpaid = felt_after(world, unpaid, pay=-3.0)
        seen.append(float(unpaid.regime.grievance[PAY, 0]))
    assert (np.diff(seen) > 0).all()
    assert 0.99 < seen[-1] <= 1.0, "no more than all, whatever the lever says"


def test_what_the_ranks_feel_is_by_hand_and_from_the_start(world):
    start = world.start()
    background = replace(
        start.background,
        grievance_start=jnp.asarray([(0.5, 0.0, 0.0), (0.2, 0.0, 0.0)]),
        losses_start=jnp.asarray([4.0, 4.0, 4.0]),
    )
    losses = np.array([4.0, 24.0, 0.0])
    state = state_with(world, [(0.7, 0.0, 0.1), (0.0, 0.9, 0.0)], losses=losses)
    changes = {
        "grievance__pay": 0.6, "grievance__posts": -0.4,
        "grievance__exposure": 0.3, "grievance__exposure_variance": 0.04,
    }  # fmt: skip
    exposed = np.tanh(np.log((1 + losses) / 5.0) / 1.4)
    expected = 0.6 * np.array([0.2, 0.0, 0.1]) - 0.4 * np.array([-0.2, 0.9, 0.0])
    expected = expected + 0.3 * exposed - 0.02 * exposed**2
    given = params(world, **changes)
    seen = grievance.within(world.structure, background, given, state)
    np.testing.assert_allclose(seen, expected, rtol=1e-4, atol=1e-6)
    in_all = grievance.level(world.structure, background, given, state)
    of_memory = np.array([0.2 - 0.2, 0.9, 0.1])
    np.testing.assert_allclose(in_all, exposed + of_memory, rtol=1e-4, atol=1e-6)


LIVELY = {
    "grievance__pay": 0.9, "grievance__posts": 0.9, "grievance__exposure": 0.4,
    "grievance__exposure_variance": 0.1,
}  # fmt: skip


def test_no_change_no_effect(world):
    """What was felt, and the losses, as at the start move nothing, whatever the sizes."""
    felt = jnp.asarray([(0.5, 0.1, 0.0), (0.2, 0.0, 0.9)])
    losses = jnp.asarray([4.0, 9.0, 0.0])
    background = replace(world.start().background, grievance_start=felt, losses_start=losses)
    state = state_with(world, felt, losses=losses)
    seen = grievance.within(world.structure, background, params(world, **LIVELY), state)
    np.testing.assert_array_equal(seen, 0.0)


def test_without_sizes_no_rate_is_moved(world):
    """The form in which nothing moves coups: memory goes on, rates stay bit for bit."""
    state = state_with(world, [(1.0, 1.0, 1.0)] * 2, losses=[50.0, 0.0, 3.0])
    after = felt_after(world, state, pay=-1.0)
    np.testing.assert_array_equal(after.regime.within, 0.0)
    assert np.asarray(after.regime.grievance).any()


RATES = {
    "regime__coup_others": np.full(5, 0.02), "regime__coup_insiders": np.full(5, 0.01),
    "regime__force": np.full(5, 0.004), "regime__handed_over": np.full(5, 0.03),
    "regime__success": 0.4, "regime__capital": 0.25, "regime__baseline": np.full(3, -3.0),
}  # fmt: skip


def test_coups_from_within_and_mutinies_are_moved_and_nothing_else(world):
    given = params(world, **RATES)
    calm, angry = (
        np.asarray(
            regime.risks(
                world.structure, given, state_with(world, within=within).regime,
                jnp.int32(mf.INIT + 1), jnp.ones(3), jnp.zeros(3),
            )
        )
        for within in ((0.0, 0.0, 0.0), (0.5, -0.3, 0.0))
    )  # fmt: skip
    kinds = list(regime.KINDS)
    moved = [kinds.index(Exit.COUP_SAME_CAMP), kinds.index(Exit.MUTINY)]
    kept = [row for row in range(len(kinds)) if row not in moved]
    np.testing.assert_allclose(angry[moved] / calm[moved], [np.exp([0.5, -0.3, 0.0])] * 2, 1e-5)
    np.testing.assert_array_equal(angry[kept], calm[kept])
    odds = [
        np.asarray(regime.coup_log_odds(given, state_with(world, within=within).regime))
        for within in ((0.0, 0.0, 0.0), (0.5, -0.3, 0.0))
    ]
    np.testing.assert_allclose(odds[1] - odds[0], [0.5, -0.3, 0.0], atol=1e-6)


@pytest.mark.parametrize("cause", ["pay", "posts", "exposure"])
def test_coups_from_within_grow_with_what_is_felt(world, cause):
    def at(size):
        felt = np.zeros((2, 3))
        if cause != "exposure":
            felt[GRIEVANCES.index(cause)] = size
        start = world.start().background
        background = replace(start, losses_start=jnp.full(3, 5.0))
        losses = 5.0 + 20.0 * size * (cause == "exposure")
        state = state_with(world, felt, losses=jnp.full(3, losses))
        given = params(world, **{f"grievance__{cause}": 0.5})
        return float(grievance.within(world.structure, background, given, state)[0])

    seen = [at(size) for size in (0.0, 0.25, 0.5, 1.0)]
    assert seen[0] == 0.0
    assert (np.diff(seen) > 0).all()
    assert seen[-1] <= 0.5 + 1e-6, "bounded"


@pytest.mark.parametrize(
    ("exit_", "left"),
    [
        (Exit.NONE, 0.6), (Exit.MUTINY, 0.6), (Exit.NEGOTIATED, 0.6), (Exit.COUP_OTHER_CAMP, 0.0),
        (Exit.COUP_SAME_CAMP, 0.0), (Exit.REBELLION, 0.0), (Exit.CAPITAL_FALLS, 0.0),
    ],
)  # fmt: skip
def test_a_coup_or_force_sweeps_the_memory_out(world, exit_, left):
    state = state_with(world, [(0.6, 0.6, 0.6)] * 2)
    seen = Observed({int(Site.EXIT): jnp.asarray([float(exit_), 0.0, 0.0])})
    after = regime.survive(
        world.structure, world.start().background, params(world), state, in_month(world),
        jnp.zeros(3), seen,
    ).regime.grievance  # fmt: skip
    np.testing.assert_allclose(after, [[left, 0.6, 0.6]] * 2, rtol=1e-6)


def test_a_reshuffle_is_open_where_the_last_one_is_not_fresh(world):
    state = state_with(world, [(0, 0, 0), (1.0, 0.7, 0.0)])
    given = params(world, choices__readiness=np.zeros(len(ACTS)))
    seen = choices.feasible(world.structure, given, state, in_month(world, QUARTER))
    np.testing.assert_array_equal(seen[list(ACTS).index("sack")], [False, True, True])


def test_only_countries_with_a_simulated_regime_have_ranks(world):
    structure = replace(world.structure, member=np.array([1.0, 0.0, 1.0], np.float32))
    some = mf.World(replace(world.prepared, structure=structure), world.params)
    state = state_with(some, [(0.5, 0.5, 0.5)] * 2)
    after = felt_after(some, state, None, BETWEEN, -1.0, **LIVELY)
    np.testing.assert_array_equal(np.asarray(after.regime.grievance)[:, 1], 0.0)
    assert float(after.regime.within[1]) == 0.0


def test_a_theatre_that_says_nothing_of_its_ranks_has_none():
    alone = mf.political_world()
    assert not alone.structure.ranks
    start = alone.start()
    losses = replace(start.state.regime, losses=jnp.full(3, 90.0))
    state = replace(start.state, regime=losses)
    given = params(alone, **LIVELY)
    forcing = mf.forcing_at(start.forcing, 0)
    assert grievance.feel(alone.structure, start.background, given, state, forcing) is state
    seen = grievance.level(alone.structure, start.background, given, state)
    np.testing.assert_array_equal(seen, 0.0)


def test_a_month_of_the_model_carries_what_is_felt(world):
    start = world.start()
    given = params(world, **LIVELY)
    key = random.member_key(jnp.uint32(1), jnp.uint32(1))
    forcing = in_month(world, pay=-1.0)
    state, month = step(
        world.structure, start.background, given, state_with(world), forcing,
        Draw(key, forcing.month),
    )  # fmt: skip
    np.testing.assert_allclose(state.regime.grievance[PAY], 1 - FADE, rtol=1e-5)
    expected = grievance.level(world.structure, start.background, given, state)
    np.testing.assert_array_equal(month.grievance, expected)
    assert (np.asarray(state.regime.within) > 0).all()


# dated rows


def with_rows(*rows):
    theatre = mf.political_world().prepared.loaded.theatre
    held = [Grievance(note="invented", **row) for row in rows]
    return theatre.model_copy(update={"grievances": held})


def test_dated_grievances_fade_and_the_strongest_of_a_kind_counts():
    month = month_id(2013, 8)
    theatre = with_rows(
        {"country": "AAA", "since": "2013-02", "kind": "pay"},
        {"country": "AAA", "since": "2013-08", "kind": "pay", "size": 0.2},
        {"country": "BBB", "since": "2013-05", "kind": "posts", "size": 0.5},
        {"country": "BBB", "since": "2013-09", "kind": "posts"},
    )
    seen = grievances_at(theatre, month, 6.0, {})
    np.testing.assert_allclose(seen, [[0.5, 0, 0], [0, 0.5 * 2**-0.5, 0]], rtol=1e-6)


@pytest.mark.parametrize(("coup", "left"), [("2013-01", 0.5), ("2013-02", 0.0), ("2013-04", 0.0)])
def test_what_led_to_a_coup_went_with_those_who_fell(coup, left):
    theatre = with_rows({"country": "AAA", "since": "2013-02", "kind": "posts"})
    last = {"AAA": month_id(*map(int, coup.split("-")))}
    seen = grievances_at(theatre, month_id(2013, 8), 6.0, last)
    assert float(seen[POSTS, 0]) == pytest.approx(left)


def test_the_order_of_kinds_is_that_of_the_schema():
    assert set(GRIEVANCES) == {"pay", "posts"}
    assert (GRIEVANCES[PAY], GRIEVANCES[POSTS]) == ("pay", "posts")
