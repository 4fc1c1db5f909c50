"""Blocs: threats by hand, whom they reach, what they do to disputes and regimes, and who leaves."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.codes import Exit, Rung
from liptako.model.emit import Observed
from liptako.model.processes import blocs, choices, ladders, regime
from liptako.model.random import Site
from liptako.model.state import Blocs

AFTER_COUP, THREATEN, ORDER, SEND, RELENT, OVERTHROW, DETERRENCE = (
    0.2, 0.01, 0.1, 0.03, 0.12, 0.3, 0.5,
)  # fmt: skip
RATES = {
    "blocs__after_coup": AFTER_COUP, "blocs__threaten": THREATEN, "blocs__order": ORDER,
    "blocs__send": SEND, "blocs__relent": RELENT, "blocs__overthrow": OVERTHROW,
    "blocs__deterrence": DETERRENCE,
}  # fmt: skip
DOWN, UP = range(2)
ZERO, ONE = [0.0] * 3, [1.0] * 3


@pytest.fixture(scope="module")
def world() -> mf.World:
    """All three countries in one bloc; a lever of force that is another's in the theatre."""
    world = mf.political_world()
    force = np.zeros(len(world.structure.levers), np.float32)
    force[world.structure.levers.index("noise")] = 1.0
    structure = replace(
        world.structure,
        bloc_ids=np.array([7], np.uint32),
        bloc_members=np.ones((1, 3), np.float32),
        roles={**world.structure.roles, "force": force},
    )
    none = Blocs(inside=jnp.ones((1, 3)), threat=jnp.zeros((1, 3)))
    state = replace(world.prepared.state, blocs=none)
    return replace(world, prepared=replace(world.prepared, structure=structure, state=state))


def standing(world, threat=ZERO, junta=ONE, inside=ONE, commitment=0.0, coup=()):
    """Return the state with threats, juntas, members and last month's coups by country."""
    state = world.start().state
    each = [np.array(value, np.float32) for value in (threat, junta, inside)]
    exits = np.zeros(3, np.float32)
    exits[list(coup)] = float(Exit.COUP_OTHER_CAMP)
    rule = replace(state.regime, junta=jnp.asarray(each[1]), exit=jnp.asarray(exits))
    force = jnp.full(np.shape(state.pact.commitment), jnp.float32(commitment))
    pact = replace(state.pact, commitment=force)
    stood = replace(
        state.blocs, threat=jnp.asarray(each[0])[None], inside=jnp.asarray(each[2])[None]
    )
    return replace(state, blocs=stood, regime=rule, pact=pact)


def rates(world, state, force=(0.0, 0.0, 0.0), structure=None, **changes):
    structure = world.structure if structure is None else structure
    forcing = mf.with_levers(structure, mf.forcing_at(world.start().forcing, 0), noise=list(force))
    params = mf.plain_params(structure, **{**RATES, **changes})
    return np.asarray(blocs.moves(structure, params, state, forcing))[:, 0]


def test_rates_at_each_stage_are_those_by_hand(world):
    seen = rates(world, standing(world, threat=[0, 1, 2]))
    np.testing.assert_allclose(seen[UP], [THREATEN, ORDER, SEND], rtol=1e-5)
    np.testing.assert_allclose(seen[DOWN], [0.0, RELENT, RELENT], rtol=1e-6)
    sent = rates(world, standing(world, threat=[3, 3, 3]))
    np.testing.assert_allclose(sent, [[RELENT] * 3, [0.0] * 3], rtol=1e-6)


def test_a_coup_brings_a_threat_with_its_chance(world):
    seen = rates(world, standing(world, coup=[1]))
    expected = THREATEN - np.log1p(-AFTER_COUP)
    np.testing.assert_allclose(seen[UP], [THREATEN, expected, THREATEN], rtol=1e-5)


def test_allies_deter_what_is_ordered_and_sent_but_no_threat(world):
    full = rates(world, standing(world, threat=[0, 1, 2], commitment=2.0))
    by = np.exp(-DETERRENCE)
    np.testing.assert_allclose(full[UP], [THREATEN, ORDER * by, SEND * by], rtol=1e-5)
    none = rates(world, standing(world, threat=[0, 1, 2], commitment=2.0), blocs__deterrence=0.0)
    np.testing.assert_allclose(none[UP], [THREATEN, ORDER, SEND], rtol=1e-5)
    np.testing.assert_array_equal(full[DOWN], none[DOWN])


def test_the_lever_threatens_and_orders_but_never_sends_and_stands_down(world):
    seen = rates(world, standing(world, threat=[0, 1, 2]), force=[1.0, 1.0, 1.0])
    np.testing.assert_allclose(seen[UP], [THREATEN + 1, ORDER + 1, SEND], rtol=1e-5)
    seen = rates(world, standing(world, threat=[0, 1, 2]), force=[-1.0, -1.0, -1.0])
    np.testing.assert_allclose(seen[UP], [THREATEN, ORDER, SEND], rtol=1e-5)
    np.testing.assert_allclose(seen[DOWN], [0.0, RELENT + 1, RELENT + 1], rtol=1e-6)


def test_only_juntas_with_simulated_regimes_inside_the_bloc_are_threatened(world):
    state = standing(world, junta=[1, 0, 1], inside=[0, 1, 1])
    np.testing.assert_allclose(rates(world, state)[UP], [0.0, 0.0, THREATEN], rtol=1e-5)
    nobody = replace(world.structure, member=np.zeros(3, np.float32))
    assert not rates(world, state, structure=nobody)[UP].any()


def moved(world, state, move, structure=None):
    structure = world.structure if structure is None else structure
    emit = Observed({int(Site.THREAT): jnp.asarray([move], jnp.float32)})
    forcing = mf.forcing_at(world.start().forcing, 0)
    return blocs.threaten(structure, mf.plain_params(structure, **RATES), state, forcing, emit)


def test_moves_drop_a_threat_or_raise_it_a_stage(world):
    after = moved(world, standing(world, threat=[2, 0, 1]), [1, 2, 2]).blocs
    np.testing.assert_array_equal(after.threat, [[0.0, 1.0, 2.0]])


def test_a_threat_ends_with_the_junta_and_with_membership_unless_force_is_sent(world):
    state = standing(world, threat=[2, 2, 3], junta=[0, 1, 1], inside=[1, 0, 0])
    np.testing.assert_array_equal(moved(world, state, [0, 0, 0]).blocs.threat, [[0.0, 0.0, 3.0]])


def test_a_theatre_without_blocs_is_left_as_it_was(world):
    bare = mf.political_world()
    state = bare.start().state
    seen = blocs.threaten(
        bare.structure, mf.plain_params(bare.structure, **RATES), state,
        mf.forcing_at(bare.start().forcing, 0), Observed({}),
    )  # fmt: skip
    assert seen is state
    np.testing.assert_array_equal(blocs.threat(state), 0.0)
    np.testing.assert_array_equal(blocs.between(bare.structure, state), 0.0)
    np.testing.assert_array_equal(blocs.outside(bare.structure, state), 0.0)


def test_a_threat_stands_between_a_junta_and_members_without_one(world):
    """Disputes are of AAA with BBB and of BBB with CCC; who has a junta too is not opposed."""
    state = standing(world, threat=[2, 0, 0], junta=[1, 0, 1])
    np.testing.assert_array_equal(blocs.between(world.structure, state), [2.0, 0.0])
    np.testing.assert_array_equal(blocs.opposed(world.structure, state)[0], [[1, 0], [0, 1]])
    allies = standing(world, threat=[2, 0, 0], junta=[1, 1, 1])
    np.testing.assert_array_equal(blocs.between(world.structure, allies), 0.0)
    outside = standing(world, threat=[2, 0, 0], junta=[1, 0, 1], inside=[1, 0, 1])
    np.testing.assert_array_equal(blocs.between(world.structure, outside), 0.0)


@pytest.mark.parametrize(
    ("threat", "least"),
    [(0, Rung.DIALOGUE), (1, Rung.COERCION), (2, Rung.COERCION), (3, Rung.CLASH)],
)
def test_a_dispute_under_a_threat_stands_at_least_so_high(world, threat, least):
    state = standing(world, threat=[threat, 0, 0], junta=[1, 0, 0])
    state = replace(state, rung=jnp.zeros(2))
    emit = Observed({int(Site.RUNG): jnp.zeros(2)})
    forcing = mf.forcing_at(world.start().forcing, 0)
    params = mf.plain_params(world.structure)
    background = world.start().background
    after = ladders.escalate(world.structure, background, params, state, forcing, emit)
    np.testing.assert_array_equal(after.rung, [least, Rung.DIALOGUE])


def test_a_threat_multiplies_incidents_and_none_where_its_form_is_none(world):
    args = jnp.zeros(2), jnp.zeros(2), jnp.zeros(2), jnp.asarray([True, False])
    given = {"ladders__incident": 0.004, "ladders__clash": 0.5}
    params = mf.plain_params(world.structure, **given, ladders__threat=0.7)
    seen = np.asarray(ladders.moves(params, *args))[2:].sum(axis=0)
    np.testing.assert_allclose(seen, [0.004 * np.exp(0.7), 0.004], rtol=1e-5)
    none = mf.plain_params(world.structure, **given)
    seen = np.asarray(ladders.moves(none, *args))[2:].sum(axis=0)
    np.testing.assert_allclose(seen, 0.004, rtol=1e-5)


@pytest.mark.parametrize("step", [0.0, 0.5, 1.5])
def test_rungs_leave_the_mean_rate_of_incidents_as_it_is(world, step):
    """Over lower rungs as they come by themselves, in the long run."""
    up, down, incident = 0.01, 0.2, 0.004
    params = mf.plain_params(
        world.structure, ladders__up=up, ladders__down=down, ladders__incident=incident,
        ladders__step=step,
    )  # fmt: skip
    zero = jnp.zeros(3)
    onsets = np.asarray(ladders.moves(params, jnp.arange(3.0), zero, zero, zero > 0))[2:].sum(
        axis=0
    )
    shares = np.array([1.0, up / down, (up / down) ** 2])
    assert onsets @ shares / shares.sum() == pytest.approx(incident, rel=1e-5)


def test_sanctions_of_its_bloc_heats_and_keeps_the_disputes_of_a_junta_alone(world):
    state = standing(world, junta=[1, 0, 0])
    lever = np.flatnonzero(world.structure.roles["sanctions"])[0]
    name = world.structure.levers[lever]
    params = mf.plain_params(world.structure, ladders__sanctions=0.6)
    background, plain = world.start().background, mf.forcing_at(world.start().forcing, 0)
    for setting in (0.5, -0.5):
        forcing = mf.with_levers(world.structure, plain, **{name: [setting, setting, setting]})
        heat = ladders.heat(world.structure, background, params, state, forcing)
        for part, before in zip(
            heat, ladders.heat(world.structure, background, params, state, plain), strict=True
        ):
            np.testing.assert_allclose(part - before, [0.6 * setting, 0.0], atol=1e-6)


def test_force_that_was_sent_ends_rule_and_takes_the_share_from_abroad_off_the_record(world):
    rule = replace(world.start().state.regime, junta=jnp.ones(3), tenure=jnp.full(3, 30.0))
    params = mf.plain_params(
        world.structure, **RATES, regime__force=np.full(5, 0.02), regime__capital=0.25,
        regime__abroad=0.4,
    )  # fmt: skip
    structure = replace(world.structure, bloc_members=np.array([[1.0, 0.0, 1.0]], np.float32))
    invaded = blocs.sent(standing(world, threat=[3, 2, 0]))
    at = rule, jnp.int32(mf.INIT + 1), jnp.ones(3), invaded
    seen = np.asarray(regime.risks(structure, params, *at))
    kinds = list(regime.KINDS)
    np.testing.assert_allclose(seen[kinds.index(Exit.INTERVENTION)], [OVERTHROW, 0.0, 0.0])
    rebellion = 0.02 * 0.75 * np.array([0.6, 1.0, 0.6])
    np.testing.assert_allclose(seen[kinds.index(Exit.REBELLION)], rebellion, rtol=1e-5)
    np.testing.assert_allclose(seen[kinds.index(Exit.CAPITAL_FALLS)], 0.02 * 0.25, rtol=1e-5)


def test_who_leaves_a_bloc_is_out_and_may_join_again(world):
    acts = 2
    menu = replace(
        world.structure.menu,
        names=("leave", "join"),
        ids=np.array([1, 2], np.uint32),
        **{name: np.zeros((acts, *np.shape(getattr(world.structure.menu, name))[1:]), np.float32)
           for name in ("levers", "wants", "promise", "extend", "deepen", "leave",
                        "reshuffle", "effects", "when")},
        out=np.array([[1.0], [0.0]], np.float32),
        back=np.array([[0.0], [1.0]], np.float32),
    )  # fmt: skip
    structure = replace(world.structure, menu=menu)
    state = standing(world, inside=[1, 0, 1])
    params = mf.plain_params(structure)
    forcing = mf.forcing_at(world.start().forcing, 0)
    open_ = np.asarray(choices.feasible(structure, params, state, forcing))
    np.testing.assert_array_equal(open_, [[True, False, True], [False, True, False]])
    chosen = jnp.asarray([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    after = choices._done(structure, params, state, chosen)
    np.testing.assert_array_equal(after.blocs.inside, [[0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(blocs.outside(structure, after), [1.0, 0.0, 0.0])
