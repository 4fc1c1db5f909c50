"""Processes: closed forms, brute force, conservation and bounds, on the invented theatre."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

import model_fixtures as mf
from liptako.model import random, rings
from liptako.model.emit import Draw
from liptako.model.processes import (
    displacement,
    influence,
    memory,
    presence,
    severity,
    shocks,
    violence,
)
from liptako.model.structure import RINGS

RNG = np.random.default_rng(12)


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.world()


@pytest.fixture(scope="module")
def start(world):
    """Return the start with state presence where it already stands, as members begin."""
    start = world.start()
    background = start.background
    stands = presence.toward(world.params, background.presence_start, background.attack_share)
    return replace(start, state=replace(start.state, presence=stands))


def with_traces(world, state, traces):
    """Return a state whose reference follows its traces."""
    matrix = world.structure.country_matrix
    return replace(state, traces=jnp.asarray(traces), reference_traces=jnp.asarray(traces) @ matrix)


# memory


def test_memory_is_its_closed_form():
    params = mf.plain_params(mf.world().structure)
    counts = RNG.poisson(2.0, (40, 4, 6)).astype(np.float32)
    decay = jnp.exp2(-1.0 / params.memory.half_life)
    traces = jnp.zeros((4, 3, 6))
    for month in counts:
        traces = memory.fade(traces, jnp.asarray(month), decay)
    for h, half_life in enumerate(mf.HALF_LIFE):
        d = 2.0 ** (-1.0 / half_life)
        weight = (1 - d) * d ** np.arange(len(counts))[::-1]
        expected = np.einsum("t,tsc->sc", weight, counts)
        np.testing.assert_allclose(traces[:, h], expected, rtol=1e-5)


def test_memory_neither_makes_nor_loses_events():
    # One event leaves sum over months of (1-d) d^n, which is one: no more, no less.
    decay = jnp.exp2(-1.0 / jnp.asarray(mf.HALF_LIFE))
    traces = memory.fade(jnp.zeros((1, 3, 1)), jnp.ones((1, 1)), decay)
    total = np.zeros(3)
    for _ in range(1500):
        total += np.asarray(traces)[0, :, 0]
        traces = memory.fade(traces, jnp.zeros((1, 1)), decay)
    np.testing.assert_allclose(total, 1.0, rtol=1e-4)


def test_a_steady_war_stays_in_memory_as_it_is():
    counts = jnp.asarray(RNG.gamma(1.0, 2.0, (4, 6)), jnp.float32)
    traces = jnp.broadcast_to(counts[:, None], (4, 3, 6))
    decay = jnp.exp2(-1.0 / jnp.asarray(mf.HALF_LIFE))
    np.testing.assert_allclose(memory.fade(traces, counts, decay), traces, rtol=1e-6)


def test_absorb_treats_cells_and_reference_alike(world, start):
    matrix = world.structure.country_matrix
    state = start.state
    state = replace(state, reference_counts=state.counts @ matrix)
    after = memory.absorb(world.params, state)
    np.testing.assert_allclose(after.reference_traces, after.traces @ matrix, rtol=1e-5)
    assert float(abs(after.traces - state.traces).max()) > 0


# rings


def brute_rings(pressure: np.ndarray, permeability: np.ndarray) -> np.ndarray:
    cells = mf.cells_of()
    row, col, country = (cells[name].to_numpy() for name in ("row", "col", "country"))
    apart = np.maximum(abs(row[:, None] - row), abs(col[:, None] - col))
    passes = np.where(country[:, None] == country, 1.0, permeability[0])
    return np.stack([pressure @ ((apart == reach) * passes).T for reach in RINGS])


def pressure_and_permeability(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    cells = len(mf.cells_of())
    return (
        rng.gamma(0.5, 1.0, (n, 3, cells)).astype(np.float32),
        rng.uniform(0, 1, (n, 1)).astype(np.float32),
    )


@pytest.mark.parametrize("batched", ["neither", "both", "pressure", "permeability"])
def test_rings_by_brute_force(world, batched):
    pressure, permeability = pressure_and_permeability(3)
    around = lambda p, q: rings.around(world.structure.neighbours, p, q)  # noqa: E731
    if batched == "neither":
        seen = [jax.jit(around)(pressure[0], permeability[0])]
        pressure, permeability = pressure[:1], permeability[:1]
    else:
        axes = {"both": (0, 0), "pressure": (0, None), "permeability": (None, 0)}[batched]
        given = [
            table if axis == 0 else table[0]
            for table, axis in zip((pressure, permeability), axes, strict=True)
        ]
        seen = jax.jit(jax.vmap(around, axes))(*given)
        pressure, permeability = (
            table if axis == 0 else np.repeat(table[:1], 3, axis=0)
            for table, axis in zip((pressure, permeability), axes, strict=True)
        )
    for one, p, q in zip(seen, pressure, permeability, strict=True):
        np.testing.assert_allclose(one, brute_rings(p, q), rtol=2e-5, atol=1e-5)


@pytest.mark.parametrize("batched", [False, True])
def test_weighted_rings_are_the_weighted_sum_of_rings(world, batched):
    near = world.structure.neighbours
    pressure, permeability = pressure_and_permeability(3)
    weight = np.random.default_rng(5).gamma(1.0, 0.1, (4, 3, len(RINGS))).astype(np.float32)
    given = jnp.asarray(pressure), jnp.asarray(permeability)

    def weighted(p, q):
        return rings.weighted(near, p, q, jnp.asarray(weight))

    seen = (
        jax.vmap(weighted)(*given)
        if batched
        else [weighted(p, q) for p, q in zip(*given, strict=True)]
    )
    for one, p, q in zip(seen, pressure, permeability, strict=True):
        expected = np.einsum("rpc,spr->sc", brute_rings(p, q), weight)
        np.testing.assert_allclose(one, expected, rtol=2e-5, atol=1e-5)


def test_closed_borders_let_nothing_through(world):
    pressure, _ = pressure_and_permeability(1)
    structure = world.structure
    home = pressure[0] * (structure.country == 0)
    near = structure.neighbours
    around = np.asarray(rings.around(near, jnp.asarray(home), jnp.zeros(1)))
    # what lies there is a difference of two sums
    assert around[..., structure.country == 1].max() <= 1e-6 * home.sum()
    opened = np.asarray(rings.around(near, jnp.asarray(home), jnp.ones(1)))
    assert opened[..., structure.country == 1].any()
    assert not opened[..., structure.country == 2].any()


# presence


def allocated(world, start, state, forcing=None, **changes):
    """Return the state with presence a month on."""
    params = mf.plain_params(world.structure, **changes)
    forcing = mf.forcing_at(start.forcing, 0) if forcing is None else forcing
    return presence.allocate(world.structure, start.background, params, state, forcing)


def test_presence_is_a_budget_of_one_per_country(world, start):
    structure, state = world.structure, start.state
    for month in range(30):
        traces = state.traces * jnp.asarray(RNG.gamma(0.5, 2.0, state.traces.shape), jnp.float32)
        state = replace(state, traces=traces * (month != 7))
        state = allocated(world, start, state)
        total = np.bincount(structure.region_country, np.asarray(state.presence))
        np.testing.assert_allclose(total, 1.0, atol=2e-5)
        assert (np.asarray(state.presence) >= 0).all()
        change = np.asarray(presence.change(world.params, start.background, state))
        assert (abs(change) <= 1).all()


def test_presence_stands_still_where_nothing_changes(world, start):
    state = allocated(world, start, start.state)
    np.testing.assert_allclose(state.presence, start.state.presence, atol=1e-6)
    change = presence.change(world.params, start.background, state)
    np.testing.assert_allclose(change, 0.0, atol=1e-5)


def test_presence_follows_attacks_and_suppresses_insurgents_only(world, start):
    structure, params = world.structure, world.params
    hot = np.asarray(start.state.traces) * np.where(structure.region == 0, 20.0, 1.0)
    state = replace(start.state, traces=jnp.asarray(hot))
    state = allocated(world, start, state)
    change = np.asarray(presence.change(params, start.background, state))
    assert change[0] > 0 > change[1]
    np.testing.assert_allclose(change[2:], 0.0, atol=1e-5)
    forcing = mf.forcing_at(start.forcing, 0)
    effect = np.asarray(violence.modifiers(structure, start.background, params, state, forcing))
    rebels = structure.insurgent > 0
    assert (effect[rebels][:, structure.zones.region == 0] < 0).all()
    assert not effect[~rebels].any()
    assert abs(effect).max() <= float(params.presence.suppression) + 1e-6


# offensives


@pytest.fixture(scope="module")
def armed() -> mf.World:
    """Return the theatre with a lever for offensives; fronts are the regions of fewer cells."""
    world = mf.political_world()
    fronts = np.array([world.structure.regions.index(f"{iso}02") for iso in ("AAA", "BBB")])
    structure = replace(world.structure, front=np.r_[fronts, 4].astype(np.int32))
    return mf.World(replace(world.prepared, structure=structure), world.params)


def thrown(armed, drive, **changes):
    """Return presence a month after offensives by country, and before; no inertia."""
    start = armed.start()
    forcing = mf.with_levers(armed.structure, mf.forcing_at(start.forcing, 0), push=drive)
    changes = {"presence__inertia": 0.0} | changes
    after = allocated(armed, start, start.state, forcing, **changes).presence
    before = allocated(armed, start, start.state, **changes).presence
    return np.asarray(after), np.asarray(before)


def test_an_offensive_throws_the_stated_share_at_the_front_and_loses_the_stated_part_of_it(armed):
    after, before = thrown(armed, [1.0, 0.5, 0.0])
    at_front = np.array([0.0, 1.0, 0.0, 1.0, 0.0])
    share = 0.4 * np.array([1.0, 1.0, 0.5, 0.5, 0.0])
    expected = (1.0 - share) * before + share * (1.0 - 0.25) * at_front
    np.testing.assert_allclose(after, expected, rtol=1e-5)
    total = np.bincount(armed.structure.region_country, after)
    np.testing.assert_allclose(total, [1.0 - 0.4 * 0.25, 1.0 - 0.2 * 0.25, 1.0], rtol=1e-5)
    whole, _ = thrown(armed, 1.0, presence__supply_loss=0.0)
    np.testing.assert_allclose(np.bincount(armed.structure.region_country, whole), 1.0, rtol=1e-5)
    assert after[1] > before[1]
    assert after[0] < before[0]


@pytest.mark.parametrize(("drive", "as_if"), [(-0.5, 0.0), (3.0, 1.0)])
def test_an_offensive_is_between_none_and_full(armed, drive, as_if):
    seen, expected = (thrown(armed, one)[0] for one in (drive, as_if))
    np.testing.assert_array_equal(seen, expected)


def test_presence_comes_to_an_offensive_and_back_at_the_pace_of_its_inertia(armed):
    fast, before = thrown(armed, 1.0)
    start = armed.start()
    at_rest = replace(start.state, presence=jnp.asarray(before))
    forcing = mf.with_levers(armed.structure, mf.forcing_at(start.forcing, 0), push=1.0)
    slow = allocated(armed, start, at_rest, forcing, presence__inertia=0.75).presence
    np.testing.assert_allclose(slow - before, 0.25 * (fast - before), atol=1e-6)
    back = allocated(armed, start, replace(at_rest, presence=slow), presence__inertia=0.75)
    np.testing.assert_allclose(back.presence - before, 0.75 * (slow - before), atol=1e-6)


def test_an_offensive_moves_insurgents_from_the_front_to_everywhere_else_in_the_country(armed):
    structure, start = armed.structure, armed.start()
    stands = presence.toward(
        armed.params, start.background.presence_start, start.background.attack_share
    )
    state = replace(start.state, presence=stands)
    forcing = mf.forcing_at(start.forcing, 0)
    driven = mf.with_levers(structure, forcing, push=[1.0, 0.0, 0.0])

    def log(forcing, **changes):
        params = mf.plain_params(structure, **changes)
        after = allocated(armed, start, state, forcing, **changes)
        modifiers = violence.modifiers(structure, start.background, params, after, forcing)
        return np.asarray(modifiers)

    gap = log(driven, presence__suppression=0.5) - log(forcing, presence__suppression=0.5)
    rebels = structure.insurgent > 0
    region = structure.zones.region
    assert (gap[rebels][:, region == 1] < -0.01).all()
    assert (gap[rebels][:, region == 0] > 0.01).all()
    np.testing.assert_allclose(gap[rebels][:, region > 1], 0.0, atol=1e-6)
    np.testing.assert_allclose(gap[~rebels], 0.0, atol=1e-6)
    none = {"presence__suppression": 0.0}
    np.testing.assert_allclose(log(driven, **none), log(forcing, **none), atol=1e-6)


def test_an_offensive_that_arrives_nowhere_is_missed_everywhere(armed):
    after, before = thrown(armed, 1.0, presence__supply_loss=1.0)
    np.testing.assert_allclose(after, 0.6 * before, rtol=1e-5)


# displacement


def at_home(start):
    nobody = jnp.zeros_like(start.state.away)
    return replace(start, state=replace(start.state, displaced=nobody, away=nobody))


def moved(world, start, deaths, **changes):
    params = mf.plain_params(world.structure, **changes)
    draw = Draw(random.member_key(1, 2), jnp.int32(mf.INIT + 1))
    forcing = mf.forcing_at(start.forcing, 0)
    by_region = jnp.asarray(deaths.sum(0) @ world.structure.region_matrix)
    state, new = displacement.move(
        world.structure, start.background, params, start.state, forcing, by_region, draw
    )
    return np.asarray(state.displaced), np.asarray(new)


def test_everybody_who_leaves_arrives(world, start):
    start = at_home(start)
    deaths = RNG.poisson(3.0, (4, world.structure.n_cells)).astype(np.float32)
    displaced, new = moved(world, start, deaths)
    assert (new > 0).all()
    assert (displaced >= 0).all()
    assert displaced.sum() == pytest.approx(new.sum(), rel=1e-5)
    began = replace(start, state=replace(start.state, displaced=jnp.full(5, 1000.0)))
    later, again = moved(world, began, deaths, displacement__return_rate=0.1)
    np.testing.assert_array_equal(again, new)
    np.testing.assert_allclose(later, displaced + 900.0, rtol=1e-5)


def test_the_noise_of_flight_is_one_for_a_year_and_new_in_january(world, start):
    structure, start = world.structure, at_home(start)
    params = mf.plain_params(structure, displacement__return_rate=1.0)
    deaths = jnp.ones(len(structure.regions))
    state, seen = start.state, []
    for month in range(405, 412):  # September to March
        forcing = replace(mf.forcing_at(start.forcing, 0), month=jnp.int32(month))
        draw = Draw(random.member_key(1, 2), jnp.int32(month))
        state, new = displacement.move(
            structure, start.background, params, state, forcing, deaths, draw
        )
        seen.append(np.asarray(new))
    for before, after in ((0, 3), (4, 6)):
        np.testing.assert_allclose(seen[before], seen[after], rtol=1e-3)
    assert not np.allclose(seen[3], seen[4], rtol=0.01)


def test_nobody_flees_from_peace_and_more_flee_from_more(world, start):
    structure, start = world.structure, at_home(start)
    deaths = np.zeros((4, structure.n_cells), np.float32)
    displaced, new = moved(world, start, deaths)
    assert not displaced.any()
    assert not new.any()
    deaths[0, structure.country == 1] = 1.0
    few, new_few = moved(world, start, deaths)
    many, new_many = moved(world, start, 10 * deaths)
    assert new_few[1] > 0 == new_few[0] == new_few[2]
    assert new_many[1] > new_few[1]
    assert np.isfinite(many).all()
    assert (few > 0).any()


def test_displacement_is_its_formula_without_noise(world, start):
    deaths = np.full((4, world.structure.n_cells), 0.5, np.float32)
    _, new = moved(world, at_home(start), deaths, displacement__log_sd=0.0)
    killed = deaths.sum(0) @ world.structure.region_matrix
    people = np.asarray(start.background.population)
    called = people * np.exp(-6.9) * (1e5 * killed / people) ** 0.7
    expected = people * -np.expm1(-called / people)
    by_country = expected @ world.structure.region_country_matrix
    np.testing.assert_allclose(new, by_country, rtol=1e-4)


# influence


def test_influence_is_a_share_and_grows_with_events(world, start):
    structure = world.structure
    before = np.zeros(len(structure.regions))
    for scale in (0.0, 0.1, 1.0, 10.0, 1e4):
        state = replace(start.state, traces=start.state.traces * scale)
        share = np.asarray(influence.share(structure, world.params, state))
        assert (share >= before - 1e-6).all()
        assert (share >= 0).all()
        assert (share <= 1 + 1e-6).all()
        before = share
    assert before.max() > 0.5
    nothing = replace(start.state, traces=0 * start.state.traces)
    assert not np.asarray(influence.share(structure, world.params, nothing)).any()


# shocks


def test_level_is_the_quantile_function_at_its_score(world, start):
    scores = np.asarray(start.background.scores)
    nodes = np.cumsum(RNG.gamma(1.0, 1.0, (2, 3, len(scores))), axis=-1).astype(np.float32)
    score = RNG.normal(0, 2.5, (2, 3)).astype(np.float32)
    seen = shocks.interpolate(start.background.scores, jnp.asarray(nodes), jnp.asarray(score))
    for b in range(2):
        for k in range(3):
            expected = np.interp(score[b, k], scores, nodes[b, k])
            assert float(seen[b, k]) == pytest.approx(expected, rel=1e-4)


# violence


def expected_deaths(world, start, state, params, month=0):
    """Return deaths that the law expects, by block and country, and the reference it keeps."""
    structure = world.structure
    forcing = mf.forcing_at(start.forcing, month)
    law, reference, _ = violence.law(structure, start.background, params, state, forcing)
    each = np.asarray(severity.mean(params))[:, None]
    by_country = (np.asarray(law.mean) * each) @ structure.country_matrix
    in_block = np.arange(2)[:, None] == structure.block
    return in_block @ by_country, law, reference


def test_a_country_that_followed_its_level_has_the_deaths_its_level_says(world, start):
    level = np.log(np.array([[30.0, 60.0, 3.0], [20.0, 5.0, 0.5]]))
    state = replace(start.state, level=jnp.asarray(level, jnp.float32))
    deaths, law, reference = expected_deaths(world, start, state, world.params)
    np.testing.assert_allclose(deaths, np.exp(level), rtol=1e-4)
    sums = np.asarray(law.mean) @ world.structure.country_matrix
    np.testing.assert_allclose(sums, reference, rtol=1e-4)


def test_without_neighbours_it_goes_on_to_do_so(world, start):
    # Each month sees exactly what the law expects; contagion alone moves shares between cells.
    structure = world.structure
    params = mf.plain_params(
        structure, violence__contagion=np.zeros((4, 3, 2)), presence__suppression=0.0
    )
    state = start.state
    for month in range(12):
        state = memory.absorb(params, state)
        level = np.log(RNG.uniform(1.0, 60.0, (2, 3)))
        state = replace(state, level=jnp.asarray(level, jnp.float32))
        deaths, law, reference = expected_deaths(world, start, state, params, month)
        np.testing.assert_allclose(deaths, np.exp(level), rtol=1e-3)
        state = replace(state, counts=law.mean, reference_counts=reference)


def test_more_violence_than_the_level_says_is_carried_on(world, start):
    state = replace(start.state, level=jnp.full((2, 3), 3.0), traces=2.0 * start.state.traces)
    deaths, *_ = expected_deaths(world, start, state, world.params)
    assert (deaths > 1.05 * np.exp(3.0)).all()
    assert (deaths < 2.0 * np.exp(3.0)).all()


def test_levers_act_where_and_on_what_they_say(world, start):
    structure, params = world.structure, world.params
    for policy, lever, stream, effect in (
        ("whole", 0, "rebels_civilians", -0.4),
        ("edge", 1, "army_rebels", 0.3),
    ):
        forcing = mf.forcing_at(world.start(policy).forcing, 0)
        log = np.asarray(
            violence.modifiers(structure, start.background, params, start.state, forcing)
        )[:, structure.zones.of]
        touched = np.zeros_like(log)
        everywhere = structure.border_cell if lever else np.ones(structure.n_cells, bool)
        touched[structure.streams.index(stream), everywhere] = effect
        np.testing.assert_allclose(log, touched, atol=1e-5)


def test_published_effects_act_on_what_is_moved_and_on_nothing_else(world, start):
    """Half use of an effect that holds to a quarter; what stands as at the start does nothing."""
    structure = world.structure
    published = np.zeros_like(world.params.violence.published)
    published[:2] = np.random.default_rng(5).normal(0.0, 0.5, published[:2].shape)
    size = np.ones(len(structure.levers))
    size[:2] = 0.25, 0.5
    params = mf.plain_params(
        structure, violence__published=published, violence__published_size=size,
        violence__lever_effect=np.zeros_like(published),
    )  # fmt: skip

    def log(policy):
        forcing = mf.forcing_at(world.start(policy).forcing, 0)
        found = violence.modifiers(structure, start.background, params, start.state, forcing)
        return np.asarray(found)[:, structure.zones.of]

    assert not log("baseline").any(), "no change, no effect"
    whole = np.broadcast_to(0.25 * published[0][:, None], log("whole").shape)
    np.testing.assert_allclose(log("whole"), whole, atol=1e-6)
    np.testing.assert_allclose(log("small"), 0.2 * whole, atol=1e-6)
    np.testing.assert_allclose(
        log("edge"), 0.5 * published[1][:, None] * structure.border_cell, atol=1e-6
    )


def test_published_effects_of_no_size_change_no_bit(world, start):
    forcing = mf.forcing_at(world.start("whole").forcing, 0)
    published = np.full_like(world.params.violence.published, 0.7)
    nothing = mf.plain_params(
        world.structure, violence__published=published,
        violence__published_size=np.zeros(len(world.structure.levers)),
    )  # fmt: skip
    plain, off = (
        violence.modifiers(world.structure, start.background, given, start.state, forcing)
        for given in (world.params, nothing)
    )
    np.testing.assert_array_equal(plain, off)


def test_levers_of_which_there_is_no_view_keep_the_mean_rate(world, start):
    """Over equal steps of the prior's probability, whatever the use, inland and at the border."""
    structure, sd = world.structure, np.zeros_like(world.params.violence.lever_effect)
    row = {name: structure.streams.index(name) for name in ("rebels_civilians", "army_rebels")}
    sd[0, row["rebels_civilians"]], sd[1, row["army_rebels"]] = 0.25, 0.4
    z = norm.ppf((np.arange(20001) + 0.5) / 20001)
    variance = jnp.asarray(sd**2, jnp.float32)

    def mean_rate(policy, variance):
        forcing = mf.forcing_at(world.start(policy).forcing, 0)

        def log(z):
            effect = {"lever_effect": jnp.asarray(sd) * z, "lever_effect_variance": variance}
            changed = replace(world.params.violence, **effect)
            params = replace(world.params, violence=changed)
            return violence.modifiers(structure, start.background, params, start.state, forcing)

        rates = np.exp(np.asarray(jax.vmap(log)(jnp.asarray(z, jnp.float32)), float))
        return rates.mean(axis=0)

    for policy, use in (("whole", 1.0), ("small", 0.2), ("edge", 1.0), ("baseline", 0.0)):
        np.testing.assert_allclose(mean_rate(policy, variance), 1.0, atol=5e-4, err_msg=policy)
        plain = mean_rate(policy, jnp.zeros_like(variance))
        lever = int(policy == "edge")
        expected = np.exp(0.5 * (sd[lever] * use) ** 2)
        np.testing.assert_allclose(plain.max(axis=1), expected, atol=5e-4, err_msg=policy)


def test_rates_are_bounded(world, start):
    state = replace(start.state, level=jnp.full((2, 3), 30.0))
    _, law, _ = expected_deaths(world, start, state, world.params)
    assert float(law.mean.max()) == violence.MOST_PER_MONTH
    assert np.isfinite(np.asarray(law.mean)).all()
