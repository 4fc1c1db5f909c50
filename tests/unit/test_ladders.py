"""Ladders: monthly rates by hand, what drives them, base rates by simulation, what they touch."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import Exit, Rung
from liptako.model.emit import Draw, Observed
from liptako.model.processes import ladders, pressure
from liptako.model.random import Site
from liptako.theatre import shocks

UP, DOWN, INCIDENT, CLASH, WAR, CALM, STEP = 0.03, 0.2, 0.004, 0.6, 0.1, 0.3, 0.5
RATES = {
    "ladders__up": UP, "ladders__down": DOWN, "ladders__incident": INCIDENT,
    "ladders__clash": CLASH, "ladders__war": WAR, "ladders__calm": CALM, "ladders__step": STEP,
}  # fmt: skip

FIRST, SECOND = range(2)
"""The disputes of AAA with BBB, and of BBB with CCC."""

MONTH = 410
SPOILER = shocks.KINDS.index("spoiler")


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def on(world, *rungs):
    return replace(world.start().state, rung=jnp.asarray(rungs, jnp.float32))


def in_month(world, spoiled=(), month=MONTH, **levers):
    """Return a month's forcing with levers, and spoilers in the countries at these positions."""
    start = world.start()
    forcing = mf.with_levers(world.structure, mf.forcing_at(start.forcing, 0), **levers)
    hit = np.zeros(np.shape(forcing.shocks), np.float32)
    hit[SPOILER, list(spoiled)] = 1.0
    return replace(forcing, month=jnp.int32(month), shocks=jnp.asarray(hit))


def heats(world, state=None, forcing=None, structure=None, **changes):
    """Return what drives each dispute up, and what keeps it from calming down."""
    structure = world.structure if structure is None else structure
    state = world.start().state if state is None else state
    forcing = in_month(world) if forcing is None else forcing
    params = mf.plain_params(structure, **changes)
    seen = ladders.heat(structure, world.start().background, params, state, forcing)
    return tuple(np.asarray(part) for part in seen)


# rates


ODDS = UP / DOWN
BY_THEMSELVES = (1 + ODDS * np.exp(STEP) + ODDS**2 * np.exp(2 * STEP)) / (1 + ODDS + ODDS**2)
"""The mean of what rungs do to incidents, over lower rungs as they come by themselves."""


def by_hand(rung, heat, publicity):
    low = rung < Rung.INCIDENT
    onset = INCIDENT * np.exp(heat + STEP * rung) * low / BY_THEMSELVES
    fall = DOWN * (rung > 0) if low else CALM
    return [
        fall * np.exp(-publicity),
        UP * np.exp(heat) * (rung < 2),
        onset * 0.4,
        onset * 0.6 * 0.9,
        onset * 0.6 * 0.1,
    ]


@pytest.mark.parametrize(("heat", "publicity"), [(0.0, 0.0), (0.7, 0.0), (-0.4, 0.9)])
def test_rates_at_each_rung_are_those_by_hand(world, heat, publicity):
    params = mf.plain_params(world.structure, **RATES)
    rung = jnp.arange(6.0)
    seen = ladders.moves(
        params, rung, jnp.full(6, heat), jnp.full(6, publicity), jnp.zeros(6, bool)
    )
    expected = np.transpose([by_hand(one, heat, publicity) for one in range(6)])
    np.testing.assert_allclose(seen, expected, rtol=1e-5, atol=1e-9)


def test_at_dialogue_nothing_calms_down_and_war_goes_no_higher(world):
    params = mf.plain_params(world.structure, **RATES)
    none = jnp.zeros(2)
    seen = np.asarray(ladders.moves(params, jnp.asarray([0.0, 5.0]), none, none, none > 0))
    assert seen[0, 0] == 0.0
    assert (seen[1:, 0] > 0).all()
    np.testing.assert_allclose(seen[:, 1], [CALM, 0.0, 0.0, 0.0, 0.0], rtol=1e-6)


def escalated(world, state, move, forcing=None, **changes):
    """Return the state after given moves."""
    emit = Observed({int(Site.RUNG): jnp.asarray(move, jnp.float32)})
    forcing = in_month(world) if forcing is None else forcing
    params = mf.plain_params(world.structure, **{**RATES, **changes})
    background = world.start().background
    return ladders.escalate(world.structure, background, params, state, forcing, emit)


@pytest.mark.parametrize(
    ("rung", "move", "reached"),
    [
        (Rung.DIALOGUE, None, Rung.DIALOGUE),
        (Rung.WAR, None, Rung.WAR),
        (Rung.SANCTIONS, "down", Rung.DIALOGUE),
        (Rung.COERCION, "down", Rung.SANCTIONS),
        (Rung.INCIDENT, "down", Rung.COERCION),
        (Rung.CLASH, "down", Rung.COERCION),
        (Rung.WAR, "down", Rung.COERCION),
        (Rung.DIALOGUE, "up", Rung.SANCTIONS),
        (Rung.SANCTIONS, "up", Rung.COERCION),
        (Rung.DIALOGUE, "incident", Rung.INCIDENT),
        (Rung.COERCION, "clash", Rung.CLASH),
        (Rung.SANCTIONS, "war", Rung.WAR),
    ],
)
def test_moves_lead_where_they_say_and_leave_the_other_dispute_alone(world, rung, move, reached):
    number = 0 if move is None else 1 + ladders.MOVES.index(move)
    after = escalated(world, on(world, rung, Rung.SANCTIONS), [number, 0])
    np.testing.assert_array_equal(after.rung, [reached, Rung.SANCTIONS])


# what drives them


def test_at_the_start_nothing_drives_disputes_of_trusting_allies(world):
    lively = {f"ladders__{name}": 1.0 for name in ("crossing", "spoiler", "coup", "pursuit")}
    state = world.start().state
    state = replace(state, pact=replace(state.pact, trust=jnp.float32(0.5)))
    for part in heats(world, state, **lively, ladders__rivalry=1.0):
        np.testing.assert_array_equal(part, 0.0)


def test_mediation_cools_disputes_of_the_country_and_calms_them_down(world):
    set_to = {"ladders__mediation": 0.8}
    drives, keeps = heats(world, forcing=in_month(world, talks=[0.5, 0.0, 0.0]), **set_to)
    np.testing.assert_allclose(drives, [-0.4, 0.0], rtol=1e-6)
    np.testing.assert_allclose(keeps, [-0.4, 0.0], rtol=1e-6)
    params = mf.plain_params(world.structure, **RATES)
    with_talks, without = (
        np.asarray(ladders.moves(params, jnp.ones(2), *map(jnp.asarray, heat), jnp.zeros(2, bool)))
        for heat in ((drives, keeps), (0 * drives, 0 * keeps))
    )
    expected = np.exp([0.4, -0.4, -0.4, -0.4, -0.4])
    np.testing.assert_allclose(with_talks[:, FIRST] / without[:, FIRST], expected, rtol=1e-5)
    np.testing.assert_array_equal(with_talks[:, SECOND], without[:, SECOND])


def test_publicity_raises_disputes_that_stand_and_keeps_all_up(world):
    forcing = in_month(world, noise=[0.0, 0.0, 1.0])
    drives, keeps = heats(world, on(world, 0, 1), forcing, ladders__publicity=0.6)
    np.testing.assert_allclose(drives, [0.0, 0.6], rtol=1e-6)
    np.testing.assert_allclose(keeps, [0.0, 0.6], rtol=1e-6)
    drives, keeps = heats(world, on(world, 1, 0), forcing, ladders__publicity=0.6)
    np.testing.assert_allclose(drives, [0.0, 0.0], atol=1e-7)
    np.testing.assert_allclose(keeps, [0.0, 0.6], rtol=1e-6)


@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        ([1.0, -1.0, 0.0], [0.0, -0.6]),
        ([-1.0, -0.5, 0.0], [-0.6, -0.3]),
        ([0.5, 1.0, -0.5], [0.6, 0.3]),
    ],
)
def test_of_two_sides_the_loudest_counts_and_the_quietest(world, noise, expected):
    set_to = {"ladders__publicity": 0.6}
    drives, keeps = heats(world, on(world, 1, 1), in_month(world, noise=noise), **set_to)
    np.testing.assert_allclose(drives, expected, atol=1e-6)
    np.testing.assert_allclose(keeps, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("at", "expected"), [((0,), [0.7, 0.0]), ((1,), [0.7, 0.7]), ((2,), [0.0, 0.7]), ((), [0, 0])]
)
def test_a_spoiler_raises_the_disputes_of_its_country(world, at, expected):
    drives, keeps = heats(world, forcing=in_month(world, at), ladders__spoiler=0.7)
    np.testing.assert_allclose(drives, expected, rtol=1e-6)
    np.testing.assert_array_equal(keeps, 0.0)


def test_a_spoiler_in_a_scenario_moves_its_month_and_no_other(world):
    """From the shock of a policy to the law of each month."""
    scenario = world.prepared.loaded.scenario
    shock = {"kind": "spoiler", "countries": ["CCC"], "month": "2013-11"}
    policy = {"label": "Spoiled", "shock": [shock]}
    given = {**scenario.model_dump(), "policies": {"baseline": {"label": "b"}, "spoiled": policy}}
    loaded = replace(world.prepared.loaded, scenario=type(scenario).model_validate(given))
    forcing = replace(world.prepared, loaded=loaded).start("spoiled", 1).forcing
    drives = [
        heats(world, forcing=mf.forcing_at(forcing, month), ladders__spoiler=0.7)[0]
        for month in range(mf.MONTHS)
    ]
    expected = np.zeros((mf.MONTHS, 2))
    expected[2, SECOND] = 0.7
    np.testing.assert_allclose(drives, expected, rtol=1e-6)


def test_pursuit_without_consent_raises_the_disputes_of_the_pursuer(world):
    forcing = in_month(world, chase=[0.5, 0.0, 0.0])
    drives, keeps = heats(world, forcing=forcing, ladders__pursuit=0.8)
    np.testing.assert_allclose(drives, [0.4, 0.0], rtol=1e-6)
    np.testing.assert_array_equal(keeps, 0.0)


def test_what_a_regime_chooses_drives_disputes_as_what_a_scenario_sets(world):
    structure, state = world.structure, world.start().state
    stance = np.zeros((len(structure.levers), 3), np.float32)
    stance[structure.levers.index("chase"), 0] = 0.5
    chosen = replace(state, conduct=replace(state.conduct, stance=jnp.asarray(stance)))
    drives, _ = heats(world, chosen, ladders__pursuit=0.8)
    np.testing.assert_allclose(drives, [0.4, 0.0], rtol=1e-6)


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        ((Exit.COUP_OTHER_CAMP, 0, 0), [1.5, 0.0]),
        ((0, 0, Exit.COUP_OTHER_CAMP), [0.0, 1.5]),
        ((Exit.COUP_SAME_CAMP, Exit.MUTINY, Exit.NEGOTIATED), [0.0, 0.0]),
    ],
)
def test_a_coup_by_another_camp_raises_disputes_for_a_month(world, exits, expected):
    state = world.start().state
    state = replace(state, regime=replace(state.regime, exit=jnp.asarray(exits, jnp.float32)))
    np.testing.assert_allclose(heats(world, state, ladders__coup=1.5)[0], expected, rtol=1e-6)


def test_insurgents_in_border_cells_raise_the_disputes_of_the_country(world):
    structure, start = world.structure, world.start()
    at_border = structure.border_cell & (structure.country == 0)
    more = np.asarray(start.state.traces) * np.where(at_border, 6.0, 1.0)
    before, after = (
        np.asarray(pressure.border_attacks(structure, replace(start.state, traces=traces)))
        for traces in (start.state.traces, jnp.asarray(more, jnp.float32))
    )
    assert after[0] > before[0] > 0
    state = replace(start.state, traces=jnp.asarray(more, jnp.float32))
    drives, _ = heats(world, state, ladders__crossing=0.5)
    expected = 0.5 * np.log((1 + after[:2].sum()) / (1 + before[:2].sum()))
    np.testing.assert_allclose(drives, [expected, 0.0], rtol=1e-4, atol=1e-6)
    inland = np.asarray(start.state.traces) * np.where(structure.border_cell, 1.0, 9.0)
    state = replace(start.state, traces=jnp.asarray(inland, jnp.float32))
    np.testing.assert_array_equal(heats(world, state, ladders__crossing=0.5)[0], 0.0)


def test_distrust_makes_rivals_of_allies_and_of_nobody_else(world):
    state = world.start().state
    low = replace(state, pact=replace(state.pact, trust=jnp.float32(0.1)))
    high = replace(state, pact=replace(state.pact, trust=jnp.float32(0.9)))
    rivalry = {"ladders__rivalry": 1.5}
    np.testing.assert_allclose(heats(world, low, **rivalry)[0], [0.6, 0.6], rtol=1e-6)
    np.testing.assert_allclose(heats(world, high, **rivalry)[0], [-0.6, -0.6], rtol=1e-6)
    two = replace(world.structure, member=np.array([1.0, 1.0, 0.0], np.float32))
    np.testing.assert_allclose(heats(world, low, None, two, **rivalry)[0], [0.6, 0.0], rtol=1e-6)
    without = heats(world, low, **rivalry, alliance__active=0.0)[0]
    np.testing.assert_array_equal(without, 0.0)


def test_drives_add_up_and_are_bounded(world):
    forcing = in_month(world, (0,), chase=[1.0, 0.0, 0.0], talks=[0.5, 0.0, 0.0])
    changes = {"ladders__spoiler": 0.7, "ladders__pursuit": 0.3, "ladders__mediation": 0.4}
    drives, _ = heats(world, forcing=forcing, **changes)
    np.testing.assert_allclose(drives, [0.7 + 0.3 - 0.2, 0.0], rtol=1e-5)
    for size in (50.0, -50.0):
        drives, _ = heats(world, forcing=forcing, ladders__spoiler=size)
        np.testing.assert_array_equal(drives, [np.sign(size) * 4.0, 0.0])


# what they touch


def test_trust_is_lost_while_allies_stand_at_coercion_or_beyond(world):
    def trust_after(*rungs, structure=world.structure, left=(0, 0, 0)):
        state, left = on(world, *rungs), jnp.asarray(left, jnp.float32)
        state = replace(state, pact=replace(state.pact, trust=jnp.float32(0.5), left=left))
        other = mf.World(replace(world.prepared, structure=structure), world.params)
        return float(escalated(other, state, [0, 0], ladders__distrust=0.1).pact.trust)

    assert trust_after(1, 1) == 0.5
    assert trust_after(2, 0) == pytest.approx(0.45)
    assert trust_after(0, 5) == pytest.approx(0.45)
    assert trust_after(3, 4) == pytest.approx(0.45)
    assert trust_after(2, 0, left=(0, 0, 1)) == pytest.approx(0.45)
    assert trust_after(2, 0, left=(1, 0, 0)) == 0.5
    two = replace(world.structure, member=np.array([1.0, 1.0, 0.0], np.float32))
    assert trust_after(0, 4, structure=two) == 0.5
    assert trust_after(2, 4, structure=two) == pytest.approx(0.45)


def test_trust_follows_the_rung_of_this_month(world):
    state = on(world, 1, 0)
    state = replace(state, pact=replace(state.pact, trust=jnp.float32(0.5)))
    up = 1 + ladders.MOVES.index("up")
    after = escalated(world, state, [up, 0], ladders__distrust=0.1)
    assert float(after.pact.trust) == pytest.approx(0.45)


def test_sanctioned_is_the_change_in_the_share_of_disputes_past_dialogue(world):
    """At the start the first stands at dialogue and the second at sanctions."""
    structure, background = world.structure, world.start().background
    for rungs, expected in (
        ((0, 1), [0.0, 0.0, 0.0]),
        ((1, 1), [1.0, 0.5, 0.0]),
        ((4, 5), [1.0, 0.5, 0.0]),
        ((0, 0), [0.0, -0.5, -1.0]),
        ((2, 0), [1.0, 0.0, -1.0]),
    ):
        seen = ladders.sanctioned(structure, background, on(world, *rungs))
        np.testing.assert_allclose(seen, expected)


# how often


MEMBERS = 40_000


@partial(jax.jit, static_argnames=("structure", "months"))
def climbed(structure, background, params, state, forcing, members, months):
    def one(member):
        key = random.member_key(jnp.uint32(4), member)

        def month(state, number):
            emit = Draw(key, number)
            state = ladders.escalate(structure, background, params, state, forcing, emit)
            return state, state.rung

        return jax.lax.scan(month, state, MONTH + jnp.arange(months))[1]

    return jax.vmap(one)(members)


def simulated(world, state, members=MEMBERS, months=1, structure=None, forcing=None, **changes):
    """Return rungs, `[member, month, dyad]`."""
    structure = world.structure if structure is None else structure
    params = mf.plain_params(structure, **{**RATES, **changes})
    forcing = in_month(world) if forcing is None else forcing
    background = world.start().background
    numbers = jnp.arange(members, dtype=jnp.uint32)
    return np.asarray(climbed(structure, background, params, state, forcing, numbers, months))


def standard_error(share, n):
    return np.sqrt(share * (1.0 - share) / n)


def test_without_heat_incidents_come_at_their_base_rate(world):
    """Disputes at dialogue that stay below until one comes: events over dyad-months at risk."""
    rung = simulated(world, on(world, 0, 0), 3000, 60, ladders__up=0.0)
    upper = np.maximum.accumulate(rung >= Rung.INCIDENT, axis=1)
    at_risk = (~upper).sum() + upper.any(axis=1).sum()
    entered = upper.any(axis=1).sum()
    monthly = -np.expm1(-INCIDENT)
    error = standard_error(monthly, at_risk)
    assert entered > 500
    assert abs(entered / at_risk - monthly) < 4 * error
    assert abs(entered / at_risk - INCIDENT) < 4 * error + INCIDENT**2
    # a rate a quarter higher would be seen
    assert abs(1.25 * INCIDENT - entered / at_risk) > 4 * error


def test_disputes_start_as_clash_and_war_in_the_shares_given(world):
    rung = simulated(world, on(world, 0, 0), ladders__up=0.0, ladders__incident=0.2)[:, 0]
    came = rung[rung >= Rung.INCIDENT]
    for rung, share in ((Rung.INCIDENT, 0.4), (Rung.CLASH, 0.54), (Rung.WAR, 0.06)):
        seen = (came == rung).mean()
        assert abs(seen - share) < 4 * standard_error(share, len(came)), rung


@pytest.mark.parametrize("rung", list(Rung))
def test_a_month_takes_disputes_where_the_rates_say(world, rung):
    seen = simulated(world, on(world, rung, rung))[:, 0]
    rates = np.array(by_hand(rung, 0.0, 0.0))
    chances = rates * -np.expm1(-rates.sum()) / rates.sum()
    expected = np.zeros(6)
    expected[rung] = 1.0 - chances.sum()
    fallen = min(rung - 1, 2) if rung > 0 else 0
    for reached, chance in zip((fallen, min(rung + 1, 5), 3, 4, 5), chances, strict=True):
        expected[reached] += chance
    counted = np.bincount(seen.astype(int).ravel(), minlength=6) / seen.size
    error = standard_error(expected, seen.size)
    assert (abs(counted - expected) <= 4 * error + 1e-12).all(), (counted, expected)


def test_disputes_go_as_far_as_the_shares_of_past_ones_say(world):
    """The record counts a dispute once, at the highest level that it reached."""
    changes = {"ladders__up": 0.0, "ladders__step": 0.0, "ladders__incident": 0.02}
    rung = simulated(world, on(world, 0, 0), 1500, 120, **changes)
    highest, over = [], np.zeros(rung[:, 0].shape)
    for month in rung.transpose(1, 0, 2):
        ended = (month < Rung.INCIDENT) & (over > 0)
        highest.append(over[ended])
        over = np.where(month < Rung.INCIDENT, 0.0, np.maximum(over, month))
    reached = np.concatenate(highest)
    for level, share in ((Rung.CLASH, 0.6), (Rung.WAR, 0.06)):
        seen = (reached >= level).mean()
        assert abs(seen - share) < 4 * standard_error(share, len(reached)), (level, seen)


def test_heat_in_a_month_multiplies_what_climbs(world):
    changes: dict = {"ladders__spoiler": 1.0, "ladders__incident": 0.05, "ladders__up": 0.0}
    calm = simulated(world, on(world, 0, 0), **changes)
    hot = simulated(world, on(world, 0, 0), forcing=in_month(world, (0,)), **changes)
    share = (hot[:, 0] >= Rung.INCIDENT).mean(0)
    expected = -np.expm1(-0.05 * np.array([np.e, 1.0]))
    assert (abs(share - expected) < 4 * standard_error(expected, MEMBERS)).all()
    np.testing.assert_array_equal(hot[..., SECOND], calm[..., SECOND])
    # the same luck: what came without heat comes with it, if not always on the same rung
    assert (hot[..., FIRST] > 0)[calm[..., FIRST] > 0].all()


def test_wars_end_in_coercion_at_the_rate_of_calm(world):
    rung = simulated(world, on(world, 5, 5), 20_000)[:, 0]
    assert set(np.unique(rung)) == {float(Rung.COERCION), float(Rung.WAR)}
    ended = -np.expm1(-CALM)
    assert abs((rung == Rung.COERCION).mean() - ended) < 4 * standard_error(ended, rung.size)


def test_the_order_of_disputes_is_a_matter_of_labels(world):
    structure, start = world.structure, world.start()
    turned = replace(structure, dyads=structure.dyads[::-1].copy())
    background = replace(start.background, rung_start=start.background.rung_start[::-1])
    other = mf.World(replace(world.prepared, structure=turned, background=background), world.params)
    forcing = in_month(world, (2,), noise=[1.0, 0.0, 0.0])
    causes = {"ladders__spoiler": 1.0, "ladders__publicity": 0.5, "ladders__incident": 0.1}
    one = simulated(world, on(world, 1, 2), 500, 12, forcing=forcing, **causes)
    same = simulated(other, on(world, 2, 1), 500, 12, turned, forcing, **causes)
    np.testing.assert_array_equal(same[..., ::-1], one)
    assert len(np.unique(one)) == 6


def test_a_theatre_without_disputes_has_none(world):
    alone = mf.world()
    structure, start = alone.structure, alone.start()
    assert structure.dyads.shape == (0, 2)
    forcing = mf.forcing_at(start.forcing, 0)
    emit = Draw(random.member_key(jnp.uint32(1), jnp.uint32(1)), forcing.month)
    params = mf.plain_params(structure, **RATES, ladders__distrust=0.5)
    after = ladders.escalate(structure, start.background, params, start.state, forcing, emit)
    assert after.rung.shape == (0,)
    assert after is start.state
    np.testing.assert_array_equal(ladders.sanctioned(structure, start.background, start.state), 0.0)
    assert float(ladders.rivals(structure, start.state)) == 0.0
