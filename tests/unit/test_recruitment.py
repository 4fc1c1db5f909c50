"""Recruitment: what a change in killings brings, its memory, and what of it insurgents answer."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.processes import recruitment, violence
from liptako.theatre.roles import killer_of


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


@pytest.fixture(scope="module")
def killing(world) -> int:
    (stream,) = world.structure.killings
    return int(stream)


def weights(world, killing, weight=0.3):
    """Return excitation in which all streams follow on killings by states with a weight."""
    n, half = len(world.structure.streams), len(mf.HALF_LIFE)
    excitation = np.full((n, n, half), 0.01, np.float32)
    excitation[:, killing] = weight
    return {"violence__excitation": excitation}


def held(world, memory):
    """Return the state with a memory of killings that a change brought."""
    state = world.start().state
    shape = np.shape(state.brought_traces)
    return replace(state, brought_traces=jnp.broadcast_to(jnp.float32(memory), shape))


def test_killings_by_states_are_streams_in_which_states_kill_civilians(world, killing):
    theatre = world.prepared.loaded.theatre
    assert world.structure.streams[killing] == "army_civilians"
    found = {s: killer_of(theatre, s) for s in theatre.streams}
    assert found["army_civilians"] == "states"
    assert found["rebels_civilians"] == "insurgents"
    assert found["army_rebels"] is None


@pytest.mark.parametrize(("factor", "share"), [(1.0, 0.0), (2.0, 0.5), (4.0, 0.75), (0.5, -1.0)])
def test_a_change_brings_what_it_adds_and_prevents_what_it_takes(world, killing, factor, share):
    structure = world.structure
    counts = jnp.full((len(structure.streams), structure.n_cells), 6.0)
    change = np.ones((len(structure.streams), len(structure.zones.region)), np.float32)
    change[killing] = factor
    seen = recruitment.brought(structure, counts, jnp.asarray(change))
    np.testing.assert_allclose(seen, 6.0 * share, rtol=1e-6)


def test_the_memory_is_that_of_other_events(world):
    structure = world.structure
    state = replace(held(world, 2.0), brought=jnp.full((1, structure.n_cells), 4.0))
    params = mf.plain_params(structure)
    seen = np.asarray(recruitment.absorb(structure, params, state).brought_traces)
    keep = 2.0 ** (-1.0 / np.asarray(mf.HALF_LIFE))
    expected = keep * 2.0 + (1.0 - keep) * 4.0
    np.testing.assert_allclose(seen[0], expected[:, None] * np.ones_like(seen[0]), rtol=1e-5)


def test_what_is_not_caused_is_the_weights_answer_of_insurgents_alone(world, killing):
    structure, state = world.structure, held(world, 2.0)
    params = mf.plain_params(structure, **weights(world, killing), violence__recruitment=0.25)
    seen = np.asarray(recruitment.not_caused(structure, params, state))
    expected = 0.75 * 0.3 * 2.0 * len(mf.HALF_LIFE) * structure.insurgent
    np.testing.assert_allclose(seen, expected[:, None] * np.ones_like(seen), rtol=1e-5)


@pytest.mark.parametrize(("memory", "share"), [(0.0, 0.0), (0.0, 0.5), (2.0, 1.0)])
def test_no_change_or_all_caused_moves_no_bit(world, killing, memory, share):
    structure, background = world.structure, world.start().background
    params = mf.plain_params(structure, **weights(world, killing), violence__recruitment=share)
    plain = replace(params, violence=replace(params.violence, recruitment=jnp.float32(1.0)))
    seen = violence.pressure_on_cells(structure, background, params, held(world, memory))
    same = violence.pressure_on_cells(structure, background, plain, held(world, 0.0))
    np.testing.assert_array_equal(seen, same)


def test_killings_that_recruit_nobody_bring_no_insurgent_nearer(world, killing):
    """With no share caused, insurgents see the killings there would have been without a change."""
    structure, background = world.structure, world.start().background
    given = weights(world, killing, 0.2)
    params = mf.plain_params(structure, **given, violence__recruitment=0.0)
    state = world.start().state
    more = replace(
        held(world, 3.0), traces=state.traces.at[killing].add(3.0)
    )  # three a month more, all of them brought by a change
    seen = violence.pressure_on_cells(structure, background, params, more)
    before = violence.pressure_on_cells(structure, background, params, state)
    insurgent = structure.insurgent > 0
    own = weights(world, killing, 0.2)["violence__excitation"][:, killing].sum(axis=1) * 3.0
    gained = np.asarray(seen - before)
    rings = gained[insurgent] - 0.0
    none = mf.plain_params(
        structure, **given, violence__recruitment=0.0,
        violence__contagion=np.zeros_like(params.violence.contagion),
    )  # fmt: skip
    alone = violence.pressure_on_cells(structure, background, none, more)
    alone = np.asarray(alone - violence.pressure_on_cells(structure, background, none, state))
    np.testing.assert_allclose(alone[insurgent], 0.0, atol=1e-5)
    np.testing.assert_allclose(alone[~insurgent], own[~insurgent][:, None] + 0 * alone[~insurgent],
                               rtol=1e-4)  # fmt: skip
    assert (rings >= -1e-5).all()
