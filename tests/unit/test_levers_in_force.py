"""Levers in force: parts add up and are bounded, and from a setting or an act to the events."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

import model_fixtures as mf
from liptako.model.codes import Stage
from liptako.model.emit import Observed
from liptako.model.processes import alliance, choices, patrons, violence
from liptako.model.processes.levers import set_at_home
from liptako.model.random import Site
from liptako.model.simulate import compile_batch
from liptako.model.structure import build_structure

STREAM, EFFECT = "army_civilians", 0.7
"""What `restraint` moves, as a log rate ratio at full use; no other lever acts on it."""


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def row(world, name):
    return world.structure.levers.index(name)


def by_lever(world, **of):
    """Return a table of levers by country, zero where none is given."""
    found = np.zeros((len(world.structure.levers), 3), np.float32)
    for name, value in of.items():
        found[row(world, name)] = value
    return found


def state_of(world, stance=(), gained: Any = 0.0, **pact):
    """Return the start with a stance, support beyond it of the second patron, and the pact."""
    state = world.start().state
    conduct = replace(state.conduct, stance=jnp.asarray(by_lever(world, **dict(stance))))
    support = state.patronage.support.at[1].add(jnp.asarray(gained, jnp.float32))
    given_ = {name: jnp.asarray(value, jnp.float32) for name, value in pact.items()}
    return replace(
        state,
        conduct=conduct,
        patronage=replace(state.patronage, support=support),
        pact=replace(state.pact, **given_),
    )


def at(world, policy="baseline", month=0, **set_to):
    forcing = mf.forcing_at(world.start(policy).forcing, month)
    return mf.with_levers(world.structure, forcing, **set_to)


def in_force(world, state, forcing, **changes):
    params = mf.plain_params(world.structure, **changes)
    background = world.start().background
    return np.asarray(violence.levers_in_force(world.structure, background, params, state, forcing))


# parts


def test_at_rest_every_lever_is_as_history_has_it(world):
    np.testing.assert_array_equal(in_force(world, state_of(world), at(world)), 0.0)


def test_parts_add_up(world):
    """Scenario, regime, a patron (one for one on `patrol`) and the pact (0.5 on `drill`)."""
    state = state_of(
        world, {"patrol": [0.1, 0.0, 0.2], "drill": 0.1}, [0.2, 0.1, 0.0],
        stage=Stage.OPERATIONAL, provided=0.6,
    )  # fmt: skip
    seen = in_force(world, state, at(world, patrol=[0.3, 0.0, 0.0], drill=[0.0, 0.2, 0.0]))
    expected = by_lever(world, patrol=[0.6, 0.1, 0.2], drill=[0.4, 0.6, 0.4])
    np.testing.assert_allclose(seen, expected, rtol=1e-5)
    structure, background = world.structure, world.start().background
    parts = (
        set_at_home(state, at(world, patrol=[0.3, 0.0, 0.0], drill=[0.0, 0.2, 0.0])),
        patrons.levers(structure, background, world.params, state),
        alliance.operations(structure, world.params, state),
    )
    np.testing.assert_allclose(seen, sum(map(np.asarray, parts)), rtol=1e-5)
    assert all(np.asarray(part).any() for part in parts)


@given(st.floats(-3.0, 3.0), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
@tries(max_examples=25, deadline=None, derandomize=True)
def test_levers_go_no_farther_than_full_use(set_to, stance, gained):
    world = mf.political_world()
    state = state_of(world, {"patrol": stance}, gained)
    seen = in_force(world, state, at(world, patrol=set_to))
    expected = np.clip(set_to + stance + gained, -1.0, 1.0)
    np.testing.assert_allclose(seen[row(world, "patrol")], expected, atol=1e-5)
    means = in_force(world, state_of(world), at(world, means=set_to))[row(world, "means")]
    np.testing.assert_allclose(means, np.clip(set_to, -2.0, 2.0), atol=1e-6)


def test_full_use_is_counted_from_the_default(world):
    theatre = world.prepared.loaded.theatre
    tables = theatre.model_dump()
    tables["levers"]["patrol"] |= {"range": (0.0, 1.0), "default": 0.25}
    room = np.array([[-0.25], [0.75]])
    structure = replace(world.structure, lever_room=world.structure.lever_room.copy())
    structure.lever_room[:, [row(world, "patrol")]] = room
    rebuilt = build_structure(
        type(theatre).model_validate(tables), mf.cells_of(), mf.INIT, mf.LAYOUT
    )
    np.testing.assert_allclose(rebuilt.lever_room, structure.lever_room)
    other = mf.World(replace(world.prepared, structure=structure), world.params)
    for gained in (5.0, -5.0):
        seen = in_force(other, state_of(other, gained=gained), at(other))
        np.testing.assert_allclose(seen[row(world, "patrol")], np.sign(gained) * 0.75)


# what a scenario fixes


def patrol_at_home(world, policy, stance):
    state = state_of(world, stance)
    return [
        np.asarray(set_at_home(state, at(world, policy, month)))[row(world, "patrol")].tolist()
        for month in range(5)
    ]


def test_a_lever_that_a_policy_sets_stays_fixed_and_is_free_outside_its_months(world):
    """`brief` sets patrols to one in the second and third months."""
    seen = np.array(patrol_at_home(world, "brief", {"patrol": [0.25, 0.5, 0.0]}))
    free = [0.25, 0.5, 0.0]
    np.testing.assert_allclose(seen, [free, [1.0] * 3, [1.0] * 3, free, free])


def test_a_lever_set_to_its_default_is_fixed_too_and_only_where_it_is_set(world):
    state = state_of(world, {"shelter": 0.5})
    null = np.asarray(set_at_home(state, at(world, "null")))
    np.testing.assert_array_equal(null, 0.0)
    one = np.asarray(set_at_home(state, at(world, "one", 6)))[row(world, "shelter")]
    np.testing.assert_allclose(one, [1.0, 0.5, 0.5])
    later = [
        np.asarray(set_at_home(state, at(world, "later", month)))[row(world, "shelter")]
        for month in (5, 6)
    ]
    np.testing.assert_allclose(later, [[0.5] * 3, [1.0] * 3])


def test_a_fixed_lever_leaves_the_others_to_the_regime(world):
    state = state_of(world, {"shelter": 0.5, "patrol": 0.25})
    seen = np.asarray(set_at_home(state, at(world, "whole")))
    np.testing.assert_allclose(seen, by_lever(world, shelter=1.0, patrol=0.25))


# from a setting to the events


@cache
def walked() -> mf.World:
    """Return a theatre with one lever more, which a policy sets in one country from a month on."""
    world = mf.political_world()
    theatre, scenario = world.prepared.loaded.theatre, world.prepared.loaded.scenario
    tables = theatre.model_dump()
    tables["levers"]["restraint"] = {
        "id": 90, "label": "Orders to forces", "range": (-1.0, 1.0), "civil": False,
    }  # fmt: skip
    tables["menu"] = mf.menu_of({"harden": {"levers": {"restraint": 0.5}}})
    policies = scenario.model_dump()
    policies["policies"]["harsh"] = {
        "label": "Harsh",
        "set": [{"lever": "restraint", "value": 0.5, "first": "2013-09", "countries": ["AAA"]}],
    }
    theatre = type(theatre).model_validate(tables)
    loaded = replace(
        world.prepared.loaded, theatre=theatre, scenario=type(scenario).model_validate(policies)
    )
    prepared = mf.prepared_of(loaded)
    effect = np.zeros((len(prepared.structure.levers), len(prepared.structure.streams)))
    stream = prepared.structure.streams.index(STREAM)
    effect[prepared.structure.levers.index("restraint"), stream] = EFFECT
    params = mf.plain_params(prepared.structure, violence__lever_effect=effect)
    return mf.World(prepared, params)


def log_rates(world, state, forcing):
    """Return the log of expected events, `[stream, cell]`."""
    state = replace(state, level=jnp.ones_like(state.level))
    law, *_ = violence.law(world.structure, world.start().background, world.params, state, forcing)
    return np.log(np.asarray(law.mean))


def only_where(world, countries, ratio):
    expected = np.zeros((len(world.structure.streams), world.structure.n_cells))
    here = np.isin(world.structure.country, countries)
    expected[world.structure.streams.index(STREAM), here] = ratio
    return expected


def test_a_scenario_that_sets_a_lever_moves_its_stream_by_the_log_rate_ratio():
    world = walked()
    state = world.start().state
    base, harsh = (log_rates(world, state, at(world, policy)) for policy in ("baseline", "harsh"))
    np.testing.assert_allclose(harsh - base, only_where(world, [0], 0.5 * EFFECT), atol=1e-5)


def test_an_act_that_moves_a_lever_moves_its_stream_as_the_scenario_would():
    world = walked()
    structure, start = world.structure, world.start()
    rule = replace(start.state.regime, junta=jnp.ones(3))
    state = replace(start.state, regime=rule)
    emit = Observed({int(Site.ACT): jnp.asarray([1.0, 0.0, 1.0])})
    forcing = replace(at(world), month=jnp.int32(409))
    acted = choices.decide(structure, start.background, world.params, state, forcing, emit)
    moved = log_rates(world, acted, forcing) - log_rates(world, state, forcing)
    np.testing.assert_allclose(moved, only_where(world, [0, 2], 0.5 * EFFECT), atol=1e-5)
    # where the scenario fixes the lever, what the regime chose moves nothing
    fixed = at(world, "harsh")
    kept = log_rates(world, acted, fixed) - log_rates(world, state, fixed)
    np.testing.assert_allclose(kept, only_where(world, [2], 0.5 * EFFECT), atol=1e-5)


def test_the_first_month_of_futures_has_that_many_events_more():
    world = walked()
    batch, members = compile_batch(world.structure), np.arange(400)
    base, harsh = (
        mf.run(world, members, world.start(policy), batch=batch)["events"][:, 0]
        for policy in ("baseline", "harsh")
    )
    stream = world.structure.streams.index(STREAM)
    before, later = base[:, stream, 0].astype(float), harsh[:, stream, 0].astype(float)
    gap = later - np.exp(0.5 * EFFECT) * before
    error = gap.std() / np.sqrt(len(gap))
    assert before.sum() > 100
    assert abs(gap.mean()) < 4 * error
    assert (later - before).mean() > 4 * (later - before).std() / np.sqrt(len(gap))
    assert (later >= before).all(), "the same luck"
    unmoved = harsh.copy()
    unmoved[:, stream, 0] = base[:, stream, 0]
    np.testing.assert_array_equal(unmoved, base)
