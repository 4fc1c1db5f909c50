"""Emit: draws, observations, and a simulated member fed back as observations."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import model_fixtures as mf
from liptako.model import random
from liptako.model.distributions import NegativeBinomial
from liptako.model.emit import Draw, Mixed, Observed
from liptako.model.processes import severity, sides
from liptako.model.processes.pressure import MIDDLE
from liptako.model.random import Site
from liptako.model.simulate import assimilate, start_member
from liptako.model.step import step

IDS = jnp.arange(3)[:, None]
GIDS = jnp.arange(5)[None, :]
EXACT = ("counts", "traces", "reference_counts", "reference_traces")


def draw_at(month: int = 530) -> Draw:
    return Draw(random.member_key(1, 4), jnp.int32(month))


def law() -> NegativeBinomial:
    return NegativeBinomial(jnp.full((3, 5), 3.0), jnp.full((3, 1), 0.7))


def test_draw_is_the_quantile_of_its_own_uniform():
    u = random.uniform(random.at(random.member_key(1, 4), 530, Site.EVENTS), IDS, GIDS)
    drawn = draw_at()(Site.EVENTS, law(), IDS, GIDS)
    np.testing.assert_array_equal(drawn, law().quantile(u))
    assert not np.array_equal(drawn, draw_at()(Site.DEATHS, law(), IDS, GIDS))
    assert not np.array_equal(drawn, draw_at(531)(Site.EVENTS, law(), IDS, GIDS))


def test_observed_returns_the_record_and_keeps_its_log_probability():
    seen = jnp.arange(15.0).reshape(3, 5)
    emit = Observed({int(Site.EVENTS): seen})
    np.testing.assert_array_equal(emit(Site.EVENTS, law(), IDS, GIDS), seen)
    np.testing.assert_array_equal(emit.log_probs[int(Site.EVENTS)], law().log_prob(seen))
    with pytest.raises(KeyError):
        emit(Site.DEATHS, law(), IDS, GIDS)


def test_mixed_observes_where_the_mask_is_true_and_draws_elsewhere():
    seen = jnp.full((3, 5), 77.0)
    mask = jnp.asarray(np.arange(5) < 2)[None, :]
    mixed = Mixed(Observed({int(Site.EVENTS): seen}), draw_at(), mask)
    value = np.asarray(mixed(Site.EVENTS, law(), IDS, GIDS))
    assert (value[:, :2] == 77.0).all()
    np.testing.assert_array_equal(value[:, 2:], draw_at()(Site.EVENTS, law(), IDS, GIDS)[:, 2:])


def named(state) -> dict[str, np.ndarray]:
    """Return the arrays of a state by name, those of politics too."""
    paths, _ = jax.tree_util.tree_flatten_with_path(state)
    return {jax.tree_util.keystr(path).lstrip("."): np.asarray(leaf) for path, leaf in paths}


class Recorder:
    """Draws, and keeps what was drawn."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.values: dict[int, jax.Array] = {}

    def __call__(self, site, law, first, second):
        value = self.draw(site, law, first, second)
        self.values[int(site)] = value
        return value


@pytest.fixture(scope="module")
def simulated():
    """Return a member's states and draws by month, and where it began."""
    world = mf.world()
    start = world.start("one")
    shares = np.linspace(0.1, 0.5, start.background.side_shares.shape[-1])
    shares = jnp.broadcast_to(jnp.asarray(shares, jnp.float32), start.background.side_shares.shape)
    start = replace(start, background=replace(start.background, side_shares=shares))
    structure, background, params = world.structure, start.background, world.params
    key = random.member_key(start.seed, 3)
    before = start.forcing.month[0] - 1
    first = start_member(structure, background, params, start.state, key, before)

    def month(state, forcing):
        emit = Recorder(Draw(key, forcing.month))
        state, seen = step(structure, background, params, state, forcing, emit)
        return state, (state, emit.values, seen.deaths)

    _, (states, values, deaths) = jax.jit(lambda s, f: jax.lax.scan(month, s, f))(
        first, start.forcing
    )
    return world, start, first, states, values, deaths


@pytest.fixture(scope="module")
def feed_back(simulated):
    world, start, first, *_ = simulated
    return jax.jit(
        lambda values: assimilate(
            world.structure, start.background, world.params, first, start.forcing, values
        )
    )


def test_recorded_member_is_the_one_that_a_batch_simulates(simulated):
    world, start, _, states, _, deaths = simulated
    run = mf.run(world, np.array([3]), start, batch=mf.shared_batch())
    matrix = world.structure.country_matrix
    np.testing.assert_array_equal(run["events"][0], np.asarray(states.counts) @ matrix)
    np.testing.assert_array_equal(run["deaths"][0], np.asarray(deaths) @ matrix)


def test_a_simulated_member_fed_back_as_observations_reproduces_its_states(simulated, feed_back):
    states, values = simulated[3:5]
    assert np.asarray(states.counts).sum() > 100
    last, (again, log_probs) = feed_back(values)
    final = named(last)
    for name, expected in named(states).items():
        seen = named(again)[name]
        if name in EXACT:
            np.testing.assert_array_equal(seen, expected, err_msg=name)
        # two programs may round the last bit of a product apart
        np.testing.assert_allclose(seen, expected, rtol=2e-6, atol=1e-6, err_msg=name)
        np.testing.assert_array_equal(final[name], seen[-1])
    assert np.isfinite(np.asarray(log_probs)).all()


def test_regimes_lose_their_own_dead(simulated):
    """Losses are the fading mean of the dead on the state's side, and of nobody else."""
    world, start, first, states, values, deaths = simulated
    killed = np.asarray(deaths) @ world.structure.country_matrix
    seen = {site: values[int(site)] for site in (Site.CIVILIAN_SHARE, Site.STATE_SHARE)}
    faded = np.asarray(first.regime.losses)
    fade = 2.0 ** (-1 / float(world.params.memory.half_life[MIDDLE]))
    for month in range(len(killed)):
        emit = Observed({int(site): value[month] for site, value in seen.items()})
        dead = sides.share_out(
            world.structure, start.background, jnp.asarray(killed[month], jnp.float32), emit
        )
        faded = fade * faded + (1 - fade) * np.asarray(dead[sides.STATE])
        np.testing.assert_allclose(states.regime.losses[month], faded, rtol=1e-4)
    assert 0 < faded.max() < killed.max()


def test_other_observations_give_other_states(simulated, feed_back):
    states, values = simulated[3:5]
    changed = {**values, int(Site.EVENTS): values[int(Site.EVENTS)].at[4, 0, 0].add(1.0)}
    _, (again, _) = feed_back(changed)
    np.testing.assert_array_equal(again.traces[:5], states.traces[:5])
    assert not np.array_equal(again.traces[5:], states.traces[5:])


def test_later_observations_do_not_reach_back(simulated, feed_back):
    values = simulated[4]
    _, (expected, _) = feed_back(values)
    changed = {site: value.at[6:].set(1.0) for site, value in values.items()}
    _, (again, _) = feed_back(changed)
    kept = named(expected)
    for name, seen in named(again).items():
        np.testing.assert_array_equal(seen[:6], kept[name][:6])


def test_the_reference_is_what_the_level_expects_and_not_what_luck_gave(simulated):
    """Month by month its events, at their mean severity, are the deaths of the level."""
    world, states = simulated[0], simulated[3]
    per_event = np.asarray(severity.mean(world.params))
    in_block = np.arange(2)[:, None] == world.structure.block
    deaths = (in_block * per_event) @ np.asarray(states.reference_counts)
    np.testing.assert_allclose(deaths, np.exp(states.level), rtol=1e-4)
