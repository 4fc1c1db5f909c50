"""Means: what moves what states can spend, by hand, and what that moves."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.processes import commitment, grievance, means, regime
from liptako.model.state import Blocs

LEVER, SANCTIONS, AGENDA, OUTSIDE, PACE = -0.2, 0.4, 0.1, 0.15, 0.25
AT = "noise"
"""A lever of the theatre that here stands for borders that others close."""


@pytest.fixture(scope="module")
def world() -> mf.World:
    """All three in one bloc; neighbours have closed the borders of AAA at the start."""
    world = mf.political_world()
    plain, n = world.structure, len(world.structure.levers)
    place = plain.levers.index(AT)
    structure = replace(
        plain,
        imposes=np.arange(n) == place,
        bloc_ids=np.array([7], np.uint32),
        bloc_members=np.ones((1, 3), np.float32),
        bloc_pairs=np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]], np.float32),
    )
    stood = np.zeros((n, 3), np.float32)
    stood[place, 0] = 1.0
    background = replace(world.prepared.background, imposed_start=jnp.asarray(stood))
    blocs = Blocs(inside=jnp.ones((1, 3)), threat=jnp.zeros((1, 3)))
    state = replace(world.prepared.state, blocs=blocs)
    prepared = replace(world.prepared, structure=structure, background=background, state=state)
    return replace(world, prepared=prepared)


def params(world, **changes):
    lever = np.zeros(len(world.structure.levers))
    lever[world.structure.levers.index(AT)] = LEVER
    given = {"means__lever": lever, "means__sanctions": SANCTIONS, "means__agenda": AGENDA,
             "means__outside": OUTSIDE, "means__pace": PACE}  # fmt: skip
    return mf.plain_params(world.structure, **{**given, **changes})


def target(world, state=None, lever=(0.0, 0.0, 0.0), **changes):
    start = world.start()
    state = start.state if state is None else state
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), **{AT: list(lever)})
    given = params(world, **changes)
    return np.asarray(means.target(world.structure, start.background, given, state, forcing))


def test_at_the_start_nothing_moves_means(world):
    np.testing.assert_array_equal(target(world), 0.0)


@pytest.mark.parametrize(
    ("setting", "change"),
    [(1.0, [0, 1, 1]), (-1.0, [-1, 0, 0]), (0.5, [0, 0.5, 0.5]), (-0.5, [-0.5, 0, 0])],
)
def test_what_is_imposed_cannot_be_imposed_again_and_what_is_not_cannot_be_lifted(
    world, setting, change
):
    seen = target(world, lever=[setting] * 3)
    np.testing.assert_allclose(seen, LEVER * np.array(change), atol=1e-7)


def test_a_lever_that_nobody_imposes_moves_means_as_it_is_set(world):
    structure = replace(world.structure, imposes=np.zeros(len(world.structure.levers), bool))
    free = replace(world, prepared=replace(world.prepared, structure=structure))
    np.testing.assert_allclose(target(free, lever=[-1.0, 0.5, 1.0]), [-LEVER, LEVER / 2, LEVER])


def test_sanctions_count_as_a_share_of_disputes_with_the_bloc_beyond_the_start(world):
    start = world.start()
    state = replace(start.state, rung=jnp.asarray([1.0, 0.0]))
    before = np.asarray(start.background.rung_start) >= 1
    change = np.array([1.0, 0.0]) - before
    expected = [change[0], change.mean(), change[1]]
    np.testing.assert_allclose(target(world, state), -SANCTIONS * np.array(expected), atol=1e-7)


def test_only_items_in_force_bring_members_that_stay_means(world):
    pact = world.start().state.pact
    for items, share in (([2.0, 0.0], 0.75), ([2.0, 2.0], 1.0), ([1.0, 1.0], 0.0)):
        moved = replace(pact, items=jnp.asarray(items), left=jnp.asarray([0.0, 1.0, 0.0]))
        state = replace(world.start().state, pact=moved)
        expected = AGENDA * share * np.array([1.0, 0.0, 1.0])
        np.testing.assert_allclose(target(world, state), expected, rtol=1e-6, atol=1e-8)


def test_being_out_of_a_bloc_costs(world):
    state = world.start().state
    out = replace(state, blocs=replace(state.blocs, inside=jnp.asarray([[1.0, 0.0, 1.0]])))
    np.testing.assert_allclose(target(world, out), [0.0, -OUTSIDE, 0.0], rtol=1e-6)


def test_money_of_patrons_beyond_the_start_adds_means(world):
    start, patrons = world.start(), world.structure.patrons
    money = np.linspace(0.2, 1.0, len(patrons.instruments)).astype(np.float32)
    structure = replace(world.structure, patrons=replace(patrons, money=money))
    there = replace(world, prepared=replace(world.prepared, structure=structure))
    more = start.state.patronage.support.at[0, 1].add(0.5)
    state = replace(start.state, patronage=replace(start.state.patronage, support=more))
    seen = target(there, state, means__aid=0.3)
    np.testing.assert_allclose(seen, [0.0, 0.3 * 0.2 * 0.5, 0.0], rtol=1e-5, atol=1e-8)


def test_means_move_pay_as_far_as_they_do(world):
    start = world.start()
    state = replace(start.state, means=jnp.asarray([-0.5, 0.0, 4.0]))
    forcing = mf.forcing_at(start.forcing, 0)
    seen = grievance.paid(world.structure, params(world, means__pay=0.6), state, forcing)
    np.testing.assert_allclose(seen, [-0.3, 0.0, 1.0], rtol=1e-6)


def test_means_close_a_share_of_the_gap_each_month(world):
    start = world.start()
    state = replace(start.state, means=jnp.asarray([0.4, 0.0, -0.2]))
    forcing = mf.forcing_at(start.forcing, 0)
    after = means.spend(world.structure, start.background, params(world), state, forcing).means
    np.testing.assert_allclose(after, np.array([0.4, 0.0, -0.2]) * (1.0 - PACE), rtol=1e-6)


def test_fewer_means_bring_coups_and_count_as_losses_do(world):
    start = world.start()
    poor = replace(start.state, means=jnp.full(3, -0.5))
    forcing = mf.forcing_at(start.forcing, 0)

    def seen(state, **changes):
        given = params(world, **changes)
        at = world.structure, start.background, given, state
        return (
            np.asarray(regime.danger(*at, forcing)),
            np.log(np.asarray(commitment.strain(*at))),
        )

    moved = {"means__coups": 0.6, "means__force": 0.4, "commitment__most_strain": 5.0}
    danger, strain = (a - b for a, b in zip(seen(poor, **moved), seen(start.state), strict=True))
    np.testing.assert_allclose(danger, 0.3, rtol=1e-4)
    np.testing.assert_allclose(strain, 0.2, rtol=1e-4)
    for part, plain in zip(seen(poor), seen(start.state), strict=True):
        np.testing.assert_array_equal(part, plain)
