"""Numbers of judgement that are held fixed: each acts where the registry says it does."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model.codes import Stage
from liptako.model.draws import draw_params
from liptako.model.processes import choices, commitment, ladders, pressure
from liptako.model.structure import Layout, build_structure
from liptako.theatre.consequences import Situation
from liptako.theatre.roles import BY_INSURGENTS, insurgents_of


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def plain(world, **changes):
    return mf.plain_params(world.structure, **changes)


def situations(world, state, params):
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    found = choices.situations(world.structure, start.background, params, state, forcing)
    return dict(zip(Situation, np.asarray(found), strict=True))


def test_of_the_willing_a_share_gives_much(world):
    params = plain(world, commitment__willing=0.4, commitment__much=0.25)
    begun = commitment.begin(params, world.start().state.pact)
    np.testing.assert_allclose(begun.profile, [[0.6, 0.3, 0.1]] * len(begun.profile), rtol=1e-6)


def test_without_a_pact_trust_is_neutral(world):
    pact = replace(world.start().state.pact, stage=jnp.float32(Stage.DISSOLVED))
    params = plain(world, commitment__trust=0.9, commitment__neutral_trust=0.3)
    assert float(commitment.begin(params, pact).trust) == pytest.approx(0.3)
    assert float(commitment.begin(params, replace(pact, stage=jnp.float32(0))).trust) == (
        pytest.approx(0.9)
    )


def test_distrust_and_rivalry_count_from_neutral_trust(world):
    state = world.start().state
    state = replace(state, pact=replace(state.pact, trust=jnp.float32(0.3)))
    found = situations(world, state, plain(world, commitment__neutral_trust=0.45))
    np.testing.assert_allclose(found[Situation.DISTRUST], 0.15 * world.structure.member, atol=1e-6)
    start = world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    drives = [
        np.asarray(
            ladders.heat(
                world.structure, start.background,
                plain(world, ladders__rivalry=2.0, commitment__neutral_trust=neutral), state,
                forcing,
            )[0]
        )
        for neutral in (0.3, 0.45)
    ]  # fmt: skip
    allies = world.structure.member[world.structure.dyads].prod(axis=1)
    assert allies.any()
    np.testing.assert_allclose(drives[1] - drives[0], 0.3 * allies, atol=1e-6)


def test_a_situation_counts_no_more_than_its_depth(world):
    state = world.start().state
    hard = replace(state, regime=replace(state.regime, danger=jnp.asarray([9.0, -9.0, 0.5])))
    for depth in (2.0, 0.25):
        found = situations(world, hard, plain(world, choices__depth=depth))[Situation.DANGER]
        np.testing.assert_allclose(found, np.clip([9.0, -9.0, 0.5], -depth, depth), rtol=1e-6)


def test_an_act_that_changes_less_than_enough_is_not_open(world):
    structure, start = world.structure, world.start()
    menu, conduct = structure.menu, start.state.conduct
    act = int(np.flatnonzero(np.abs(menu.levers).sum(axis=1) > 0)[0])
    lever = int(np.abs(menu.levers[act]).argmax())
    only = np.zeros_like(menu.levers)
    only[act, lever] = 0.05
    quiet = np.zeros_like(menu.wants)
    changed = replace(structure, menu=replace(menu, levers=only, wants=quiet))
    forcing = mf.forcing_at(start.forcing, 0)
    state = replace(start.state, conduct=replace(conduct, stance=jnp.zeros_like(conduct.stance)))
    none = np.zeros_like(menu.promise)
    changed = replace(changed, menu=replace(changed.menu, promise=none, extend=none,
                                            deepen=none, leave=none))  # fmt: skip
    opened = [
        np.asarray(choices.feasible(changed, plain(world, choices__enough=e), state, forcing))[act]
        for e in (0.04, 0.06)
    ]
    assert opened[0].all()
    assert not opened[1].any()


def test_who_has_left_pays_for_what_it_commits(world):
    structure, pact = world.structure, world.start().state.pact
    allies = structure.allies
    left = np.zeros(len(structure.countries), np.float32)
    left[allies[0]] = 1.0
    uniform = jnp.full_like(pact.profile, 1.0 / 3.0)
    pact = replace(pact, left=jnp.asarray(left), profile=uniform, trust=jnp.float32(0.5))
    one = jnp.ones(len(allies))
    faced = commitment.Stakes(one, one, one, jnp.float32(0.0))
    given = [
        np.asarray(
            commitment.equilibrium(structure, plain(world, commitment__gone=gone), faced, pact)[0]
        )[0, 1:].sum()
        for gone in (0.0, 10.0)
    ]
    assert given[0] > 0.01
    assert given[1] < 1e-6


@pytest.mark.parametrize("most", [3.0, 1.5])
def test_stakes_are_bounded(world, most):
    structure, start = world.structure, world.start()
    regime_ = replace(start.state.regime, danger=jnp.asarray([9.0, -9.0, 0.0]),
                      losses=start.background.losses_start * 1e4 + 1e4)  # fmt: skip
    state = replace(start.state, traces=start.state.traces * 1e4, regime=regime_)
    params = plain(world, commitment__most_exposure=most, commitment__most_danger=most,
                   commitment__most_strain=most)  # fmt: skip
    forcing = mf.forcing_at(start.forcing, 0)
    faced = commitment.stakes(structure, start.background, params, state, forcing)
    assert float(faced.exposure.max()) == pytest.approx(most)
    danger = np.exp([most, -most, 0.0])[structure.allies]
    np.testing.assert_allclose(faced.danger, danger, rtol=1e-5)
    np.testing.assert_allclose(faced.strain, np.exp(most), rtol=1e-5)
    calm = replace(state, traces=0.0 * start.state.traces)
    full = replace(start.background, border_start=start.background.border_start + 1e4)
    less = commitment.stakes(structure, full, params, calm, forcing)
    np.testing.assert_allclose(less.exposure, 1.0 / most, rtol=1e-6)


def test_a_cell_is_near_the_capital_up_to_a_distance():
    cells = mf.cells_of()
    far = np.linspace(10.0, 600.0, len(cells))
    cells = cells.assign(dist_capital_km=far)
    theatre = mf.theatre_of(mf.STREAMS)
    for within in (150.0, 300.0):
        built = build_structure(theatre, cells, mf.INIT, Layout(within, 0.5))
        by_gid = dict(zip(cells["gid"], far, strict=True))
        near = [by_gid[gid] <= within for gid in built.gid]
        np.testing.assert_array_equal(built.near_capital.any(axis=1), near)
        np.testing.assert_array_equal(built.near_capital.argmax(axis=1)[near], built.country[near])


def test_background_violence_goes_by_people_and_by_land():
    cells = mf.cells_of()
    theatre = mf.theatre_of(mf.STREAMS)
    people, land, mixed = (
        build_structure(theatre, cells, mf.INIT, Layout(150.0, share)).background_share
        for share in (1.0, 0.0, 0.25)
    )
    one = build_structure(theatre, cells, mf.INIT, mf.LAYOUT)
    np.testing.assert_allclose(people, one.population_share, rtol=1e-6)
    assert np.ptp(land[one.country == 0]) < 1e-7
    np.testing.assert_allclose(mixed, 0.25 * people + 0.75 * land, rtol=1e-5)


def test_drawn_weights_lie_within_their_reach():
    world, posterior = mf.world(), mf.posterior_of(len(mf.STREAMS))
    registry = mf.registry()
    row = registry["draws.weight_reach"].model_copy(update={"value": 0.5})
    processes = {**registry.processes, "draws": {"weight_reach": row}}
    near = registry.model_copy(update={"processes": processes})
    shocks = {"persistence": 0.9, "transient": 0.2, "correlation": 0.3}
    ratio = []
    for each in (registry, near):
        drawn = draw_params(
            each, posterior, world.prepared.politics, world.structure, shocks, 1, np.arange(50)
        )
        log_weight = np.log(np.asarray(drawn.violence.background))
        centre = posterior.log_weights[:, -log_weight.shape[-1] :]
        ratio.append(abs(log_weight - centre).max() / 0.1)
    assert 2.0 < ratio[0] < 2.5 + 1e-3
    assert ratio[1] == pytest.approx(0.5, rel=1e-3)


# pressure


def test_attacks_are_those_of_insurgents_alone(world):
    structure = world.structure
    insurgents = set(insurgents_of(world.prepared.loaded.theatre))
    streams = world.prepared.loaded.theatre.streams
    theirs = [bool(insurgents & set(streams[name].sides)) for name in structure.streams]
    assert 0 < sum(theirs) < len(theirs)
    np.testing.assert_array_equal(structure.insurgent > 0, theirs)
    assert structure.pressures[BY_INSURGENTS] == next(iter(structure.pressures))
    rng = np.random.default_rng(3)
    traces = rng.random((len(theirs), 3, structure.n_cells)).astype(np.float32)
    expected = traces[theirs, pressure.MIDDLE].sum(axis=0)
    np.testing.assert_allclose(
        pressure.attacks(structure, jnp.asarray(traces)), expected, rtol=1e-6
    )
    state = replace(world.start().state, traces=jnp.asarray(traces))
    at_border = np.bincount(structure.country, expected * structure.border_cell, minlength=3)
    np.testing.assert_allclose(pressure.border_attacks(structure, state), at_border, rtol=1e-5)
    near = np.zeros_like(structure.near_capital)
    near[[0, 1], structure.country[:2]] = 1.0
    close = replace(structure, near_capital=near)
    expected = np.bincount(structure.country[:2], expected[:2], minlength=3)
    np.testing.assert_allclose(pressure.near_capital(close, state), expected, rtol=1e-5)
