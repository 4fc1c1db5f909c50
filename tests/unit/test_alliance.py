"""The pact: stages at the rates given, leaving, joint acts, and what it does to the war."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import model_fixtures as mf
from liptako.model import random
from liptako.model.emit import Draw
from liptako.model.outcomes import Exit, Stage
from liptako.model.processes import alliance, violence
from liptako.model.state import Pact


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def state_at(world, stage, left=(0.0, 0.0, 0.0), exits=(0.0, 0.0, 0.0)):
    state = world.start().state
    politics = replace(state.regime, exit=jnp.asarray(exits, jnp.float32))
    pact = Pact(jnp.float32(stage), jnp.asarray(left, jnp.float32))
    return replace(state, regime=politics, pact=pact)


def months(world, state, n=4000, **changes):
    """Return the pact after one month in many members, and their joint acts."""
    params = mf.plain_params(world.structure, **changes)

    def one(member):
        emit = Draw(random.member_key(jnp.uint32(3), member), jnp.int32(410))
        after, acts = alliance.commit(world.structure, params, state, emit)
        return after.pact.stage, after.pact.left, acts

    return jax.jit(jax.vmap(one))(jnp.arange(n, dtype=jnp.uint32))


RATES = {
    "alliance__to_consultative": 0.2,
    "alliance__to_operational": 0.1,
    "alliance__to_integrated": 0.3,
    "alliance__end": 0.05,
}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.PAPER, {Stage.CONSULTATIVE: 0.2, Stage.OPERATIONAL: 0.1, Stage.DISSOLVED: 0.05}),
        (Stage.CONSULTATIVE, {Stage.OPERATIONAL: 0.1, Stage.DISSOLVED: 0.05}),
        (Stage.OPERATIONAL, {Stage.INTEGRATED: 0.3, Stage.DISSOLVED: 0.05}),
        (Stage.INTEGRATED, {Stage.DISSOLVED: 0.05}),
        (Stage.DISSOLVED, {}),
    ],
)
def test_stages_follow_at_the_rates_given(world, stage, expected):
    reached, _, _ = months(world, state_at(world, stage), **RATES)
    share = np.bincount(np.asarray(reached).astype(int), minlength=5) / len(reached)
    for other in Stage:
        if other != stage:
            chance = -np.expm1(-expected.get(other, 0.0))
            assert share[other] == pytest.approx(chance, abs=0.02), other
            assert (share[other] > 0) == (chance > 0)


def test_a_member_may_leave_after_a_coup_and_two_gone_end_the_pact(world):
    state = state_at(world, Stage.CONSULTATIVE, exits=(Exit.COUP_OTHER_CAMP, Exit.MUTINY, 0.0))
    _, left, _ = months(world, state, alliance__leave_after_coup=0.4)
    np.testing.assert_allclose(np.asarray(left).mean(0), [0.4, 0.0, 0.0], atol=0.03)
    stage, _, _ = months(world, state_at(world, Stage.OPERATIONAL, left=(1.0, 1.0, 0.0)))
    assert (np.asarray(stage) == Stage.DISSOLVED).all()
    stage, left, _ = months(world, state_at(world, Stage.OPERATIONAL, left=(1.0, 0.0, 0.0)))
    assert (np.asarray(stage) == Stage.OPERATIONAL).all()
    np.testing.assert_array_equal(np.asarray(left).mean(0), [1.0, 0.0, 0.0])


def test_joint_acts_come_at_the_rate_of_the_stage(world):
    rates = {"alliance__acts_operational": 12.0, "alliance__acts_consultative": 3.0}
    for stage, yearly in (
        (Stage.PAPER, 0.0),
        (Stage.CONSULTATIVE, 3.0),
        (Stage.INTEGRATED, 12.0),
        (Stage.DISSOLVED, 0.0),
    ):
        _, _, acts = months(world, state_at(world, stage), **rates)
        assert np.asarray(acts).mean() == pytest.approx(yearly / 12.0, abs=0.05)
    stage, _, acts = months(
        world, state_at(world, Stage.CONSULTATIVE),
        alliance__to_operational=50.0, alliance__acts_operational=0.0,
    )  # fmt: skip
    assert (np.asarray(stage) == Stage.OPERATIONAL).all()
    assert (np.asarray(acts) == 1.0).all()


def test_without_the_pact_nothing_happens(world):
    state = state_at(world, Stage.CONSULTATIVE, exits=(Exit.COUP_OTHER_CAMP, 0.0, 0.0))
    off = {**RATES, "alliance__leave_after_coup": 0.9, "alliance__active": 0.0}
    stage, left, acts = months(world, state, **off, alliance__acts_consultative=24.0)
    assert (np.asarray(stage) == Stage.CONSULTATIVE).all()
    assert not np.asarray(left).any()
    assert not np.asarray(acts).any()


def test_an_operational_pact_moves_its_lever_in_members_that_stay(world):
    structure = replace(world.structure, pact_lever=np.array([0.0, 1.0], np.float32))
    params = mf.plain_params(structure)
    forcing = mf.forcing_at(world.start().forcing, 0)
    for stage, left, moved in (
        (Stage.CONSULTATIVE, (0.0, 0.0, 0.0), ()),
        (Stage.OPERATIONAL, (0.0, 1.0, 0.0), (0, 2)),
        (Stage.DISSOLVED, (0.0, 0.0, 0.0), ()),
    ):
        state = state_at(world, stage, left)
        added = np.asarray(alliance.operations(structure, params, state))
        expected = np.zeros((2, 3))
        expected[1, list(moved)] = 0.5
        np.testing.assert_allclose(added, expected)
        background, apart = world.start().background, state_at(world, Stage.PAPER)
        log = np.asarray(violence.modifiers(structure, background, params, state, forcing))
        log = log - np.asarray(violence.modifiers(structure, background, params, apart, forcing))
        at_border = structure.zones.border & np.isin(structure.zones.country, moved)
        row = structure.streams.index("army_rebels")
        np.testing.assert_allclose(log[row], 0.3 * 0.5 * at_border, atol=1e-6)
