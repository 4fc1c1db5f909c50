"""Regimes: hazards as written, kinds of exit, what they leave behind, and both couplings."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import model_fixtures as mf
from liptako.model import random
from liptako.model.emit import Observed
from liptako.model.laws import Categorical
from liptako.model.outcomes import Exit
from liptako.model.processes import regime, violence
from liptako.model.random import Site
from liptako.model.simulate import start_member


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


def params(world, **changes):
    n = len(world.structure.countries)
    shaky = {"regime__baseline": np.full(n, -3.0), "regime__forced": 0.01}
    return mf.plain_params(world.structure, **{**shaky, "regime__negotiated": 0.02, **changes})


def month_after(world, exits, state=None, deaths=None, **changes):
    structure = world.structure
    state = world.start().state if state is None else state
    forcing = mf.forcing_at(world.start().forcing, 0)
    seen = {int(Site.EXIT): jnp.asarray(exits, jnp.float32), int(Site.COUP_WAVE): jnp.zeros(1)}
    deaths = np.zeros((len(structure.streams), 3)) if deaths is None else deaths
    return regime.survive(
        structure, world.start().background, params(world, **changes), state, forcing,
        jnp.asarray(deaths, jnp.float32), Observed(seen),
    )  # fmt: skip


def chances(world, **changes):
    start = world.start()
    state = start.state
    junta = jnp.asarray([1.0, 0.0, 1.0])
    return np.asarray(
        regime.probabilities(
            world.structure,
            start.background,
            params(world, **changes),
            replace(state.regime, junta=junta),
        )
    )


def test_probabilities_are_those_of_the_equations(world):
    start = world.start()
    seen = chances(world)
    clock = np.asarray(start.state.regime.coup_clock)
    event = 1 / (1 + np.exp(3.0 + 0.3 * np.log(clock + 2.0)))
    np.testing.assert_allclose(seen[2], 0.5 * event, rtol=1e-5)
    np.testing.assert_allclose(seen[0], 0.5 * event * [0.7, 1.0, 0.7], rtol=1e-5)
    np.testing.assert_allclose(seen[1], 0.5 * event * [0.3, 0.0, 0.3], rtol=1e-5)
    np.testing.assert_allclose(seen[3] + seen[4], [0.01, 0.0, 0.01], rtol=1e-5)
    np.testing.assert_allclose(seen[5], [0.02, 0.0, 0.02], rtol=1e-5)


def test_only_members_have_regimes(world):
    structure = replace(world.structure, member=np.array([1.0, 0.0, 0.0], np.float32))
    start = world.start()
    seen = regime.probabilities(structure, start.background, params(world), start.state.regime)
    assert not np.asarray(seen)[:, 1:].any()


def test_categorical_draws_each_kind_as_often_as_it_should():
    law = Categorical(jnp.asarray([[0.1], [0.0], [0.25]]))
    u = (jnp.arange(1000) + 0.5) / 1000
    drawn = np.asarray(law.quantile(u))
    np.testing.assert_array_equal(np.bincount(drawn.astype(int), minlength=4), [650, 100, 0, 250])
    assert float(law.log_prob(jnp.asarray([0.0]))[0]) == pytest.approx(np.log(0.65), rel=1e-5)
    assert float(law.log_prob(jnp.asarray([3.0]))[0]) == pytest.approx(np.log(0.25), rel=1e-5)


def test_exits_move_clock_camp_and_memory(world):
    exits = [Exit.COUP_OTHER_CAMP, Exit.MUTINY, Exit.NONE]
    before = replace(world.start().state.regime, junta=jnp.asarray([0.0, 1.0, 1.0]))
    state = replace(world.start().state, regime=before)
    after = month_after(world, exits, state, regime__rally=0.7).regime
    clock = np.asarray(before.coup_clock)
    np.testing.assert_allclose(after.coup_clock, [0.0, 0.0, clock[2] + 1.0])
    np.testing.assert_array_equal(after.junta, [1.0, 1.0, 1.0])
    np.testing.assert_allclose(after.legitimacy, [0.7, 0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(after.shake, [1.0, 0.0, 0.0], atol=1e-6)
    for kind in (Exit.NEGOTIATED, Exit.REBELLION, Exit.CAPITAL_FALLS):
        gone = month_after(world, [kind] * 3, state).regime
        np.testing.assert_array_equal(gone.junta, 0.0)
        np.testing.assert_allclose(gone.shake, 1.0)
    own = month_after(world, [Exit.COUP_SAME_CAMP] * 3, state).regime
    np.testing.assert_array_equal(own.junta, before.junta)


def test_losses_in_battle_raise_the_odds_of_a_coup(world):
    structure = world.structure
    deaths = np.zeros((len(structure.streams), 3))
    deaths[structure.streams.index("army_rebels"), 0] = 500.0
    deaths[structure.streams.index("rebels_civilians"), 1] = 500.0
    state = month_after(world, [0, 0, 0], deaths=deaths)
    quiet = month_after(world, [0, 0, 0])
    background = world.start().background
    more = params(world, regime__losses=0.4)
    gap = np.asarray(
        regime.coup_log_odds(background, more, state.regime)
        - regime.coup_log_odds(background, more, quiet.regime)
    )
    assert gap[0] > 0.5
    np.testing.assert_allclose(gap[1:], 0.0, atol=1e-6)


def test_attacks_near_the_capital_cost_legitimacy_and_those_far_off_do_not(world):
    structure = replace(world.structure, near_capital=_near(world.structure, [0, 1, 2]))
    start = world.start()
    background = replace(start.background, siege_start=regime.near_capital(structure, start.state))
    closer = np.asarray(start.state.traces).copy()
    closer[:, :, [0, 1, 2]] += 5.0
    farther = np.asarray(start.state.traces).copy()
    farther[:, :, [6, 7, 8]] += 5.0
    found = {}
    for name, traces in (("closer", closer), ("farther", farther)):
        state = replace(start.state, traces=jnp.asarray(traces))
        seen = {int(Site.EXIT): jnp.zeros(3), int(Site.COUP_WAVE): jnp.zeros(1)}
        found[name] = regime.survive(
            structure, background, params(world, regime__siege=0.5), state,
            mf.forcing_at(start.forcing, 0), jnp.zeros((len(structure.streams), 3)),
            Observed(seen),
        ).regime.legitimacy  # fmt: skip
    assert float(found["closer"][0]) < -0.01
    np.testing.assert_allclose(found["farther"], 0.0, atol=1e-6)


def _near(structure, cells):
    near = np.zeros((structure.n_cells, len(structure.countries)), np.float32)
    near[cells, structure.country[cells]] = 1.0
    return near


def test_exits_move_violence_through_posture_and_capacity(world):
    structure = world.structure
    effect = np.zeros(len(structure.streams))
    effect[structure.streams.index("army_civilians")] = 0.3
    moved = params(world, regime__exit_effect=effect)
    state = month_after(world, [Exit.COUP_OTHER_CAMP, 0, 0])
    forcing = mf.forcing_at(world.start().forcing, 0)
    background = world.start().background
    log = np.asarray(violence.modifiers(structure, background, moved, state, forcing))
    calm = np.asarray(
        violence.modifiers(structure, background, moved, month_after(world, [0, 0, 0]), forcing)
    )
    gap = log - calm
    expected = np.zeros_like(gap)
    row = structure.streams.index("army_civilians")
    expected[row, structure.zones.country == 0] = 0.3
    np.testing.assert_allclose(gap, expected, atol=1e-6)


def test_the_wave_moves_in_january_only(world):
    start = world.start()
    shaken = replace(start.state, regime=replace(start.state.regime, wave=jnp.float32(0.8)))
    seen = {int(Site.EXIT): jnp.zeros(3), int(Site.COUP_WAVE): jnp.ones(1)}
    for month, expected in ((409, 0.8 * 0.5 + 0.5 * np.sqrt(0.75)), (410, 0.8)):
        forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(month))
        state = regime.survive(
            world.structure, start.background, params(world), shaken, forcing,
            jnp.zeros((len(world.structure.streams), 3)), Observed(seen),
        )  # fmt: skip
        assert float(state.regime.wave) == pytest.approx(expected, rel=1e-5)


def test_a_member_starts_in_its_own_wave(world):
    start, key = world.start(), random.member_key(jnp.uint32(1), jnp.uint32(0))
    state = start_member(
        world.structure, start.background, params(world, regime__wave=0.4), start.state, key,
        start.forcing.month[0] - 1,
    )  # fmt: skip
    assert float(state.regime.wave) == pytest.approx(0.4)
