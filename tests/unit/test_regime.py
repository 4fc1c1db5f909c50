"""Regimes: hazards as written, kinds of exit, what they leave behind, and both couplings."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import Exit
from liptako.model.distributions import Categorical
from liptako.model.emit import Draw, Observed
from liptako.model.processes import pressure, regime, violence
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
    rule = replace(state.regime, junta=junta)
    return np.asarray(
        regime.probabilities(world.structure, params(world, **changes), rule, jnp.ones(3))
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
    junta = replace(start.state.regime, junta=jnp.ones(3))
    seen = regime.probabilities(structure, params(world), junta, jnp.ones(3))
    assert np.asarray(seen)[:, 0].all()
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
    start, more = world.start(), params(world, regime__losses=0.4)
    forcing = mf.forcing_at(start.forcing, 0)
    gap = np.asarray(
        regime.danger(structure, start.background, more, state, forcing)
        - regime.danger(structure, start.background, more, quiet, forcing)
    )
    fade = 2.0 ** (-1 / 8)
    before = fade * np.asarray(start.state.regime.losses)[0]
    expected = 0.4 * np.log((1 + before + (1 - fade) * 500.0) / (1 + before))
    assert gap[0] == pytest.approx(expected, rel=1e-4)
    assert gap[0] > 0.5
    np.testing.assert_allclose(gap[1:], 0.0, atol=1e-6)


def test_at_the_start_danger_is_none_whatever_the_parameters(world):
    lively = {"regime__losses": 0.7, "regime__sanctions": 0.5, "regime__guarantee": 0.9}
    for one in (world, mf.political_world()):
        start, losses = one.start(), jnp.asarray([20.0, 5.0, 0.0])
        state = replace(start.state, regime=replace(start.state.regime, losses=losses))
        background = replace(start.background, losses_start=losses)
        forcing = mf.forcing_at(start.forcing, 0)
        seen = regime.danger(one.structure, background, params(one, **lively), state, forcing)
        np.testing.assert_array_equal(seen, 0.0)


def test_sanctions_add_to_the_odds_of_a_coup_where_they_are_set():
    world = mf.political_world()
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    forcing = mf.with_levers(world.structure, forcing, ban=[0.5, 0.0, -1.0], friend=1.0)
    seen = regime.danger(
        world.structure,
        start.background,
        params(world, regime__sanctions=0.6),
        start.state,
        forcing,
    )
    np.testing.assert_allclose(seen, [0.3, 0.0, -0.6], rtol=1e-6)


def test_disputes_that_climb_past_dialogue_add_as_sanctions_do():
    """At the start the first stands at dialogue, the second at sanctions; shares by country."""
    world = mf.political_world()
    start = world.start()
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), ban=[0.5, 0.0, 0.0])
    for rungs, change in (((0, 1), [0, 0, 0]), ((1, 4), [1, 0.5, 0]), ((0, 0), [0, -0.5, -1])):
        state = replace(start.state, rung=jnp.asarray(rungs, jnp.float32))
        seen = regime.danger(
            world.structure, start.background, params(world, regime__sanctions=0.6), state, forcing
        )
        expected = 0.6 * np.add(change, [0.5, 0.0, 0.0])
        np.testing.assert_allclose(seen, expected, atol=1e-6)


class Laws:
    """Lets nothing happen, and keeps the laws it was asked about."""

    def __init__(self):
        self.asked = {}

    def __call__(self, site, law, first, second):
        self.asked[site] = law
        return jnp.zeros(np.broadcast_shapes(first.shape, second.shape))


def exits_asked(due, tenure=0.0, stance=0.0, **changes):
    """Return the probability of each kind of exit of three juntas, pressed by a half, 0 and 1."""
    world = mf.political_world()
    structure, start, laws = world.structure, world.start(), Laws()
    rule = replace(start.state.regime, junta=jnp.ones(3), tenure=jnp.full(3, tenure))
    conduct = replace(start.state.conduct, due=jnp.asarray(due, jnp.float32))
    moved = conduct.stance.at[structure.levers.index("press")].set(stance)
    state = replace(start.state, regime=rule, conduct=replace(conduct, stance=moved))
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), press=[0.5, 0.0, 1.0])
    changes = {"regime__negotiated": 0.02, "regime__negotiated_later": 0.005} | changes
    regime.survive(
        structure, start.background, params(world, **changes), state, forcing,
        jnp.zeros((len(structure.streams), 3)), laws,
    )  # fmt: skip
    return np.asarray(laws.asked[Site.EXIT].probability)


@pytest.mark.parametrize(("tenure", "rate"), [(10.0, 0.02), (70.0, 0.005)])
def test_a_promised_date_and_pressure_for_one_multiply_handing_over_and_nothing_else(tenure, rate):
    plain = exits_asked((0, 0, 0), tenure)
    np.testing.assert_allclose(plain[5], rate, rtol=1e-6)
    effects = {"regime__promise": 0.9, "regime__pressure": 0.4}
    seen = exits_asked((3, 1, 0), tenure, **effects)
    np.testing.assert_allclose(seen[5], rate * np.exp([0.9 + 0.2, 0.9, 0.4]), rtol=1e-5)
    np.testing.assert_array_equal(seen[:5], plain[:5])
    missed = exits_asked((0, 0, 0), tenure, **effects)
    np.testing.assert_allclose(missed[5], rate * np.exp([0.2, 0.0, 0.4]), rtol=1e-5)


def test_pressure_counts_whoever_moved_the_lever():
    seen = exits_asked((0, 0, 0), stance=0.5, regime__pressure=0.4)
    np.testing.assert_allclose(seen[5], 0.02 * np.exp([0.4, 0.2, 0.6]), rtol=1e-5)


def test_danger_moves_the_log_odds_one_for_one(world):
    rule = world.start().state.regime
    at = replace(rule, danger=jnp.asarray([0.0, 0.4, -1.0]))
    gap = regime.coup_log_odds(params(world), at) - regime.coup_log_odds(params(world), rule)
    np.testing.assert_allclose(gap, [0.0, 0.4, -1.0], atol=1e-5)


def test_a_month_keeps_the_danger_it_was_drawn_with():
    """What allies expect of one another next quarter is read from it."""
    world = mf.political_world()
    start = world.start()
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), ban=1.0)
    seen = {int(Site.EXIT): jnp.zeros(3), int(Site.COUP_WAVE): jnp.zeros(1)}
    after = regime.survive(
        world.structure, start.background, params(world, regime__sanctions=0.6), start.state,
        forcing, jnp.zeros((len(world.structure.streams), 3)), Observed(seen),
    )  # fmt: skip
    np.testing.assert_allclose(after.regime.danger, 0.6, rtol=1e-6)


def test_a_coup_forced_on_a_month_happens_there_and_then_and_nowhere_else(world):
    start, structure = world.start(), world.structure
    given = mf.plain_params(structure, regime__rally=0.7)
    shocks = np.zeros((6, *start.forcing.shocks.shape[1:]), np.float32)
    shocks[3, regime.COUP, 1] = 1.0
    old = replace(
        start.state.regime, coup_clock=jnp.full(3, 40.0), tenure=jnp.full(3, 30.0),
        junta=jnp.asarray([1.0, 0.0, 0.0]),
    )  # fmt: skip
    state, seen = replace(start.state, regime=old), []
    for month in range(6):
        forcing = replace(mf.forcing_at(start.forcing, month), shocks=jnp.asarray(shocks[month]))
        draw = Draw(random.member_key(jnp.uint32(1), jnp.uint32(0)), forcing.month)
        state = regime.survive(
            structure, start.background, given, state, forcing,
            jnp.zeros((len(structure.streams), 3)), draw,
        )  # fmt: skip
        seen.append(state.regime)
    exits = np.array([np.asarray(one.exit) for one in seen])
    expected = np.zeros((6, 3))
    expected[3, 1] = Exit.COUP_OTHER_CAMP
    np.testing.assert_array_equal(exits, expected)
    for field, at_first in (("coup_clock", 40.0), ("tenure", 30.0)):
        months = np.array([np.asarray(getattr(one, field)) for one in seen])
        went_on = at_first + np.arange(1, 7)
        np.testing.assert_array_equal(months[:, [0, 2]], np.stack([went_on, went_on], 1))
        np.testing.assert_array_equal(months[:, 1], [*went_on[:3], 0, 1, 2], err_msg=field)
    np.testing.assert_array_equal(seen[-1].junta, [1.0, 1.0, 0.0])
    np.testing.assert_allclose(seen[3].legitimacy, [0.0, 0.7, 0.0], atol=1e-6)


def test_a_forced_coup_replaces_what_luck_had_drawn(world):
    start = world.start()
    shocks = np.zeros(start.forcing.shocks.shape[1:], np.float32)
    shocks[regime.COUP, [0, 1]] = 1.0
    shocks[np.arange(len(shocks)) != regime.COUP] = 1.0
    forcing = replace(mf.forcing_at(start.forcing, 0), shocks=jnp.asarray(shocks))
    drawn = jnp.asarray([Exit.MUTINY, Exit.NEGOTIATED, Exit.MUTINY], jnp.float32)
    seen = {int(Site.EXIT): drawn, int(Site.COUP_WAVE): jnp.zeros(1)}
    after = regime.survive(
        world.structure, start.background, params(world), start.state, forcing,
        jnp.zeros((len(world.structure.streams), 3)), Observed(seen),
    )  # fmt: skip
    one = float(Exit.COUP_OTHER_CAMP)
    np.testing.assert_array_equal(after.regime.exit, [one, one, float(Exit.MUTINY)])


def test_attacks_near_the_capital_cost_legitimacy_and_those_far_off_do_not(world):
    structure = replace(world.structure, near_capital=_near(world.structure, [0, 1, 2]))
    start = world.start()
    background = replace(
        start.background, siege_start=pressure.near_capital(structure, start.state)
    )
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


def test_legitimacy_keeps_coups_and_force_away(world):
    """A legitimacy of 0.4 takes 0.4 off the log odds of a coup and off the log rate of force."""
    start, legitimacy = world.start(), np.array([0.0, 0.4, -1.0])
    rule = replace(
        start.state.regime, legitimacy=jnp.asarray(legitimacy, jnp.float32), junta=jnp.ones(3)
    )
    forcing, given = mf.forcing_at(start.forcing, 0), params(world, regime__capital=0.2)
    danger = regime.danger(
        world.structure, start.background, given, replace(start.state, regime=rule), forcing
    )
    np.testing.assert_allclose(danger, -legitimacy, atol=1e-6)
    kinds = np.asarray(regime.probabilities(world.structure, given, rule, jnp.ones(3)))
    forced = 0.01 * np.exp(-legitimacy)
    np.testing.assert_allclose(kinds[3], 0.8 * forced, rtol=1e-5)
    np.testing.assert_allclose(kinds[4], 0.2 * forced, rtol=1e-5, err_msg="the capital falls")


def test_commitments_of_allies_keep_coups_away():
    """Half of what the others could give guards a regime by half of the guarantee."""
    world = mf.political_world()
    start = world.start()
    given = jnp.asarray([2.0, 1.0, 1.0])
    state = replace(start.state, pact=replace(start.state.pact, commitment=given))
    forcing = mf.forcing_at(start.forcing, 0)
    seen = regime.danger(
        world.structure, start.background, params(world, regime__guarantee=0.8), state, forcing
    )
    order = np.argsort(world.structure.allies)
    np.testing.assert_allclose(seen, -0.8 * np.array([0.5, 0.75, 0.75])[order], rtol=1e-5)
