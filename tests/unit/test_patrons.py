"""Patrons: what they give in closed form, within capacity, and what their support moves."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model_fixtures as mf
from liptako.model import random
from liptako.model.codes import AGE_BANDS
from liptako.model.emit import Draw, Observed
from liptako.model.processes import patrons, regime, violence
from liptako.model.random import Site

POOR, RICH, SPURNED = range(3)
START = np.array([[0.75, 0.25, 0.0], [0.5, 0.0, 0.0], [0.8, 0.4, 0.0]], np.float32)
HALF = float(np.log(0.5))


@pytest.fixture(scope="module")
def world() -> mf.World:
    return mf.political_world()


def supplied(world, months, news=None, state=None, levers=(), **changes):
    """Return support and log capacity month by month; `news` are the draws of capacity."""
    start, structure = world.start(), world.structure
    params = mf.plain_params(structure, **changes)
    forcing = mf.with_levers(structure, mf.forcing_at(start.forcing, 0), **dict(levers))
    news = np.zeros((months, 3)) if news is None else news

    def month(state, z):
        emit = Observed({int(Site.PATRON_CAPACITY): z})
        state = patrons.supply(structure, start.background, params, state, forcing, emit)
        return state, (state.patronage.support, state.patronage.capacity)

    run = jax.jit(lambda state, news: jax.lax.scan(month, state, news)[1])
    seen = run(start.state if state is None else state, jnp.asarray(news, jnp.float32))
    return tuple(np.asarray(part) for part in seen)


def with_support(world, gained):
    state = world.start().state
    support = jnp.asarray(START + np.asarray(gained, np.float32))
    return replace(state, patronage=replace(state.patronage, support=support))


# what they give


def test_nothing_changes_while_nothing_changes(world):
    support, capacity = supplied(world, 36, news=np.ones((36, 3)))
    np.testing.assert_array_equal(support, np.broadcast_to(START, support.shape))
    assert not capacity.any()


@pytest.mark.parametrize("by", ["lever", "parameter"])
def test_half_the_capacity_gives_each_client_half_in_the_limit(world, by):
    if by == "lever":
        changes: dict = {"levers": {"means": HALF}}
    else:
        changes = {
            "patrons__capacity": np.full(3, HALF),
            "patrons__capacity_persistence": 0.5,
        }
    support, _ = supplied(world, 120, **changes)
    np.testing.assert_allclose(support[-1][POOR], 0.5 * START[POOR], rtol=1e-5)
    assert (np.diff(support[:, POOR, 0]) <= 1e-7).all()
    np.testing.assert_array_equal(support[-1][[RICH, SPURNED]], START[[RICH, SPURNED]])


def test_twice_the_capacity_gives_nobody_more_than_the_offer(world):
    support, _ = supplied(world, 24, levers={"means": -HALF})
    np.testing.assert_array_equal(support[-1], START)


def test_log_capacity_answers_news_as_a_mean_reverting_walk_of_the_spread_given(world):
    news = np.zeros((400, 3))
    news[0] = 1.0
    _, capacity = supplied(
        world, 400, news=news, patrons__capacity_sd=0.4, patrons__capacity_persistence=0.9
    )
    first = 0.4 * np.sqrt(1.0 - 0.9**2)
    np.testing.assert_allclose(capacity[:, POOR], first * 0.9 ** np.arange(400), atol=1e-6)
    assert (capacity[:, POOR] ** 2).sum() == pytest.approx(0.4**2, rel=1e-4)
    assert not capacity[:, [RICH, SPURNED]].any()
    _, pulled = supplied(
        world, 60, patrons__capacity=np.full(3, -0.7), patrons__capacity_persistence=0.9
    )
    closed = -0.7 * (1.0 - 0.9 ** np.arange(1, 61))
    np.testing.assert_allclose(pulled[:, POOR], closed, atol=1e-5)


@given(
    wanted=st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3),
    means=st.floats(-3.0, 2.0),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_a_limited_patron_shares_what_it_has_in_proportion(wanted, means):
    world = mf.political_world()
    state = world.start().state
    offers = START.copy()
    offers[POOR] = wanted
    state = replace(state, patronage=replace(state.patronage, wanted=jnp.asarray(offers)))
    support, _ = supplied(world, 1, state=state, levers={"means": means}, patrons__response=1.0)
    limit, total = np.exp(means) * START[POOR].sum(), offers[POOR].sum()
    assert support[-1][POOR].sum() <= limit * (1 + 1e-5)
    expected = offers[POOR] * min(1.0, limit / max(total, 1e-6))
    np.testing.assert_allclose(support[-1][POOR], expected, rtol=1e-4, atol=1e-6)


def test_an_offer_closes_the_gap_at_the_pace_of_response(world):
    support, _ = supplied(world, 30, levers={"invite": 0.3}, patrons__response=0.25)
    n = np.arange(1, 31)[:, None]
    target = np.array([0.8, 0.3, 0.3])
    closed = target + (START[RICH] - target) * 0.75**n
    np.testing.assert_allclose(support[:, RICH], closed, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(support[-1][POOR], START[POOR])


@pytest.mark.parametrize(("invite", "end"), [(1.0, 1.0), (-1.0, 0.0)])
def test_offers_stay_between_nothing_and_full_support(world, invite, end):
    support, _ = supplied(world, 80, levers={"invite": invite}, patrons__response=0.5)
    np.testing.assert_allclose(support[-1][RICH], end, atol=1e-6)
    assert support.min() >= 0.0
    assert support.max() <= 1.0 + 1e-6


def test_the_rift_costs_the_rival_where_the_other_gains(world):
    policy = {"invite": [0.5, 0.0, 0.0]}
    fast = {"levers": policy, "patrons__response": 1.0}
    support, _ = supplied(world, 3, patrons__rift=0.6, **fast)
    expected = START.copy()
    expected[RICH, 0] = 1.0
    np.testing.assert_allclose(support[0], expected, rtol=1e-6)
    expected[SPURNED, 0] = 0.8 * (1.0 - 0.6 * 0.5)
    np.testing.assert_allclose(support[-1], expected, rtol=1e-6)
    without, _ = supplied(world, 3, **fast)
    np.testing.assert_allclose(without[-1][SPURNED], START[SPURNED])


def test_a_patron_that_leaves_brings_its_rival_nothing(world):
    support, _ = supplied(
        world, 3, levers={"invite": -0.5}, patrons__rift=1.0, patrons__response=1.0
    )
    assert support[-1][RICH, 0] == 0.0
    np.testing.assert_allclose(support[-1][SPURNED], START[SPURNED])


@pytest.mark.parametrize(
    ("wanted", "invite", "due"),
    [(0.0, 0.4, 0.0), (0.25, 0.4, 0.45), (0.5, 0.4, 0.9), (0.7, 0.2, 0.9), (0.25, -0.1, 0.15)],
)
def test_who_has_sent_a_patron_away_is_not_won_back_by_its_lever(world, wanted, invite, due):
    state, asked = world.start().state, START.copy()
    asked[RICH, 0] = wanted
    state = replace(state, patronage=replace(state.patronage, wanted=jnp.asarray(asked)))
    support, _ = supplied(
        world, 1, state=state, levers={"invite": [invite, 0, 0]}, patrons__response=1.0
    )
    expected = START.copy()
    expected[RICH, 0] = due
    np.testing.assert_allclose(support[0], expected, rtol=1e-5, atol=1e-6)


def test_a_patron_grants_a_share_of_what_is_newly_asked_and_all_that_is_given_back(world):
    state, asked = world.start().state, START.copy()
    asked[RICH], asked[SPURNED] = [1.0, 0.4, 0.0], [0.3, 0.4, 0.0]
    state = replace(state, patronage=replace(state.patronage, wanted=jnp.asarray(asked)))
    support, _ = supplied(world, 1, state=state, patrons__answer=0.6, patrons__response=1.0)
    expected = START.copy()
    expected[RICH] += 0.6 * (asked[RICH] - START[RICH])
    expected[SPURNED, 0] = 0.3
    np.testing.assert_allclose(support[0], expected, rtol=1e-5)


def test_one_rival_that_leaves_does_not_make_up_for_another_that_gains(world):
    both = world.structure.patrons.rivals.copy()
    both[POOR, SPURNED] = 1.0
    structure = replace(world.structure, patrons=replace(world.structure.patrons, rivals=both))
    start, state = world.start(), with_support(world, [[-0.4, 0, 0], [0.5, 0, 0], [0, 0, 0]])
    params = mf.plain_params(structure, patrons__rift=0.6, patrons__response=1.0)
    emit = Observed({int(Site.PATRON_CAPACITY): jnp.zeros(3)})
    forcing = mf.forcing_at(start.forcing, 0)
    after = patrons.supply(structure, start.background, params, state, forcing, emit)
    seen = float(after.patronage.support[SPURNED, 0])
    assert seen == pytest.approx(0.8 * (1.0 - 0.6 * 0.5), rel=1e-5)


def test_capacity_is_drawn_for_each_member_and_patron(world):
    start, params = world.start(), mf.plain_params(world.structure, patrons__capacity_sd=0.5)
    forcing = mf.forcing_at(start.forcing, 0)

    @jax.jit
    @jax.vmap
    def one(member):
        draw = Draw(random.member_key(jnp.uint32(2), member), forcing.month)
        after = patrons.supply(
            world.structure, start.background, params, start.state, forcing, draw
        )
        return after.patronage.capacity

    seen = np.asarray(one(jnp.arange(4000, dtype=jnp.uint32)))
    # 5 standard errors of a standard deviation of 4,000 draws
    assert seen[:, POOR].std() == pytest.approx(0.5 * np.sqrt(1 - 0.95**2), rel=0.06)
    assert not seen[:, [RICH, SPURNED]].any()


# what it moves


GAINED = np.array([[0.2, -0.1, 0.0], [0.0, 0.4, 0.3], [-0.3, 0.0, 0.1]], np.float32)


def test_supplies_and_tolerance_reach_their_levers_and_no_others(world):
    structure, background = world.structure, world.start().background
    tolerance = np.zeros((3, len(structure.levers)))
    tolerance[SPURNED, structure.levers.index("drill")] = 0.3
    params = mf.plain_params(structure, patrons__tolerance=tolerance)
    state = with_support(world, GAINED)
    seen = np.asarray(patrons.levers(structure, background, params, state))
    expected = np.zeros_like(seen)
    expected[structure.levers.index("shelter")] = 0.5 * GAINED[POOR]
    expected[structure.levers.index("patrol")] = GAINED[RICH]
    expected[structure.levers.index("drill")] = 0.3 * GAINED[SPURNED]
    np.testing.assert_allclose(seen, expected, atol=1e-6)
    assert not np.asarray(patrons.levers(structure, background, params, world.start().state)).any()


def test_what_they_supply_moves_violence_where_they_give_it(world):
    structure, start = world.structure, world.start()
    forcing, params = mf.forcing_at(start.forcing, 0), world.params

    def log(state):
        return np.asarray(violence.modifiers(structure, start.background, params, state, forcing))

    moved = log(with_support(world, GAINED)) - log(start.state)
    expected = np.zeros_like(moved)
    at = structure.zones.country
    expected[structure.streams.index("rebels_civilians")] = -0.4 * 0.5 * GAINED[POOR][at]
    border = structure.zones.border
    expected[structure.streams.index("army_rebels")] = 0.3 * GAINED[RICH][at] * border
    np.testing.assert_allclose(moved, expected, atol=1e-6)


def test_insurance_comes_off_the_log_odds_of_a_coup(world):
    structure, start = world.structure, world.start()
    insurance = np.array([0.7, -0.4, 0.2])
    params = mf.plain_params(structure, patrons__insurance=insurance)
    forcing = mf.forcing_at(start.forcing, 0)
    seen = regime.danger(structure, start.background, params, with_support(world, GAINED), forcing)
    np.testing.assert_allclose(seen, -insurance @ GAINED, atol=1e-6)
    spread = np.array([0.25, 0.09, 0.0])
    unknown = mf.plain_params(
        structure, patrons__insurance=insurance, patrons__insurance_variance=spread
    )
    less = regime.danger(structure, start.background, unknown, with_support(world, GAINED), forcing)
    expected = -insurance @ GAINED - 0.5 * spread @ np.square(GAINED)
    np.testing.assert_allclose(less, expected, atol=1e-6)
    none = regime.danger(structure, start.background, params, start.state, forcing)
    np.testing.assert_array_equal(none, 0.0)


class Laws:
    """Lets nothing happen, and keeps the laws it was asked about."""

    def __init__(self):
        self.asked = {}

    def __call__(self, site, law, first, second):
        self.asked[site] = law
        return jnp.zeros(np.broadcast_shapes(first.shape, second.shape))


def test_entrenchment_takes_its_share_off_handing_over_and_off_nothing_else(world):
    structure, start = world.structure, world.start()
    entrench = np.array([1.5, 0.0, 0.5])
    junta = replace(start.state.regime, junta=jnp.ones(3))
    bands, seen = len(AGE_BANDS), {}
    for name, gained in (("start", 0.0 * GAINED), ("gained", GAINED)):
        state, laws = replace(with_support(world, gained), regime=junta), Laws()
        regime.survive(
            structure, start.background,
            mf.plain_params(
                structure, patrons__entrenchment=entrench,
                regime__handed_over=np.full(bands, 0.02), regime__force=np.full(bands, 0.01),
            ),
            state, mf.forcing_at(start.forcing, 0), jnp.zeros(3), laws,
        )  # fmt: skip
        seen[name] = np.asarray(laws.asked[Site.EXIT].probability)
    for name, handed in (
        ("start", np.full(3, 0.02)),
        ("gained", 0.02 * np.exp(-entrench @ GAINED)),
    ):
        total = handed + 0.01
        exits = -np.expm1(-total) / total
        np.testing.assert_allclose(seen[name][5], handed * exits, rtol=1e-5)
        np.testing.assert_allclose(seen[name][3:5].sum(axis=0), 0.01 * exits, rtol=1e-5)
        np.testing.assert_array_equal(seen[name][:3], 0.0)


def test_backing_is_the_most_that_one_patron_spares_for_all_allies(world):
    structure, state = world.structure, world.start().state

    def most(structure, **changes):
        return float(patrons.backing(structure, mf.plain_params(structure, **changes), state))

    assert most(structure) == 0.0
    shares = {"patrons__backing": np.array([0.5, 0.1, 0.6])}
    assert most(structure, **shares) == pytest.approx(0.6 * (0.8 + 0.4) / 3, rel=1e-6)
    gone = replace(state, pact=replace(state.pact, left=jnp.asarray([1.0, 0.0, 0.0])))
    spared = patrons.backing(structure, mf.plain_params(structure, **shares), gone)
    assert float(spared) == pytest.approx(0.6 * 0.4 / 3, rel=1e-6)
    pair = replace(structure, allies=np.array([0, 2], np.int32))
    assert most(pair, **shares) == pytest.approx(0.6 * 0.8 / 2, rel=1e-6)
    one = {"patrons__backing": np.array([0.0, 1.0, 0.0])}
    assert most(structure, **one) == pytest.approx(0.5 / 3, rel=1e-6)


def test_a_theatre_without_patrons_is_one_where_they_give_nothing():
    world = mf.world()
    structure, start = world.structure, world.start()
    forcing = mf.forcing_at(start.forcing, 0)
    draw = Draw(random.member_key(1, 1), forcing.month)
    state = patrons.supply(structure, start.background, world.params, start.state, forcing, draw)
    assert state.patronage.support.shape == (0, 3)
    added = patrons.levers(structure, start.background, world.params, state)
    np.testing.assert_array_equal(added, np.zeros((len(structure.levers), 3)))
    allied = replace(structure, allies=np.array([0, 1, 2], np.int32))
    assert float(patrons.backing(allied, world.params, state)) == 0.0
    danger = regime.danger(structure, start.background, world.params, state, forcing)
    np.testing.assert_array_equal(danger, 0.0)
