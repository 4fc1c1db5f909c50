"""Quantal response and discrete choice: Gambit's equilibria, limits, symmetries, hysteresis."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from liptako.errors import InputError
from liptako.games.discrete_choice import choice_probabilities
from liptako.games.quantal_response import (
    expected_payoffs,
    logit_response,
    payoffs_of_totals,
    quantal_response,
    totals_of_others,
)

FACTS = Path(__file__).resolve().parents[1] / "data/quantal_response_equilibria.json"
GAMES = {game["name"]: game for game in json.loads(FACTS.read_text(encoding="utf-8"))["games"]}
SOLVED = [(name, n) for name, game in GAMES.items() for n in range(len(game["equilibria"]))]
solve = jax.jit(quantal_response, static_argnames=("steps", "newton"))
expect = jax.jit(expected_payoffs)


@pytest.fixture(name="x64")
def double_precision():
    with jax.enable_x64(True):
        yield


def game(name: str) -> np.ndarray:
    return np.array(GAMES[name]["payoffs"])


def uniform(payoffs: np.ndarray) -> np.ndarray:
    return np.full(payoffs.shape[:2], 1.0 / payoffs.shape[1], payoffs.dtype)


def brute_force(payoffs: np.ndarray, play: np.ndarray) -> np.ndarray:
    expected = np.zeros_like(play)
    for profile in itertools.product(range(play.shape[1]), repeat=len(play)):
        for player, action in enumerate(profile):
            others = [play[other, a] for other, a in enumerate(profile) if other != player]
            expected[player, action] += payoffs[(player, *profile)] * np.prod(others)
    return expected


def regret(payoffs: np.ndarray, play: np.ndarray) -> float:
    pays = brute_force(payoffs, play)
    return (pays.max(axis=1) - (pays * play).sum(axis=1)).max()


@pytest.mark.parametrize(("name", "number"), SOLVED)
@pytest.mark.usefixtures("x64")
def test_equilibria_are_those_of_gambit(name, number):
    fact = GAMES[name]["equilibria"][number]
    payoffs = game(name)
    found = solve(payoffs, fact["precision"], uniform(payoffs))
    assert found.strategies.dtype == np.float64
    assert np.abs(found.strategies - np.array(fact["strategies"])).max() < 1e-8
    assert found.residual < 1e-10


def test_single_precision_comes_close_to_gambit():
    for name, number in SOLVED:
        fact = GAMES[name]["equilibria"][number]
        payoffs = game(name).astype(np.float32)
        found = solve(payoffs, fact["precision"], uniform(payoffs))
        assert found.strategies.dtype == np.float32
        assert np.abs(found.strategies - np.array(fact["strategies"])).max() < 2e-5
        assert found.residual < 1e-5


@pytest.mark.parametrize(("players", "actions"), [(1, 3), (2, 3), (3, 3), (4, 2), (8, 2)])
def test_expected_payoffs_are_those_of_brute_force(players, actions):
    rng = np.random.default_rng(1)
    payoffs = rng.normal(size=(players, *(actions,) * players))
    play = rng.dirichlet(np.ones(actions), players)
    assert np.allclose(expect(payoffs, play), brute_force(payoffs, play), atol=1e-5)


def test_no_precision_is_uniform_play():
    payoffs = game("saturating commitments").astype(np.float32)
    found = solve(payoffs, 0.0, np.eye(3, dtype=np.float32))
    assert np.allclose(found.strategies, 1 / 3, atol=1e-7)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.usefixtures("x64")
def test_high_precision_leaves_no_regret(name):
    payoffs = game(name)
    play = uniform(payoffs)
    for precision in (0.2, 1.0, 5.0, 20.0, 100.0, 500.0):
        found = solve(payoffs, precision, play, steps=0, newton=20)
        assert found.residual < 1e-8
        play = found.strategies
    # a logit response gives up at most log(actions) / precision
    assert regret(payoffs, np.asarray(found.strategies)) <= np.log(payoffs.shape[1]) / 500.0
    blunt = solve(payoffs, 0.2, uniform(payoffs))
    assert regret(payoffs, np.asarray(blunt.strategies)) > 10 * np.log(payoffs.shape[1]) / 500.0


def test_matching_pennies_approach_their_nash_equilibrium():
    payoffs = game("asymmetric matching pennies").astype(np.float32)
    found = solve(payoffs, 100.0, uniform(payoffs), newton=40)
    assert np.allclose(found.strategies, [[0.5, 0.5], [0.1, 0.9]], atol=0.02)


def test_the_past_decides_where_several_equilibria_exist():
    payoffs = game("stag hunt").astype(np.float32)
    trusting = np.array([[0.99, 0.01], [0.99, 0.01]], np.float32)
    wary = trusting[:, ::-1]
    high = [solve(payoffs, 5.0, start).strategies for start in (trusting, wary)]
    assert high[0][0, 0] > 0.98
    assert high[1][0, 0] < 0.02
    low = [solve(payoffs, 0.3, start).strategies for start in (trusting, wary)]
    assert np.allclose(low[0], low[1], atol=1e-5)


def test_each_stag_hunter_answers_on_its_side_of_the_threshold():
    payoffs = game("stag hunt").astype(np.float32)
    for share, end in ((0.70, 0.0), (0.80, 1.0)):
        start = np.array([[share, 1 - share]] * 2, np.float32)
        assert abs(solve(payoffs, 20.0, start).strategies[0, 0] - end) < 0.01


def test_permuted_players_have_the_permuted_equilibrium():
    payoffs = game("saturating commitments").astype(np.float32)
    order = [2, 0, 1]
    permuted = np.transpose(payoffs, [0, *(1 + player for player in order)])[order]
    precision = np.array([2.0, 4.0, 6.0], np.float32)
    start = np.random.default_rng(2).dirichlet(np.ones(3), 3).astype(np.float32)
    found = solve(payoffs, precision, start).strategies
    again = solve(permuted, precision[order], start[order]).strategies
    assert np.allclose(again, found[jnp.array(order)], atol=1e-5)
    assert not np.allclose(again, found, atol=1e-2)


def test_precision_of_a_player_scales_its_payoffs():
    payoffs = game("public good with a threshold").astype(np.float32)
    precision = np.array([1.0, 2.0, 3.0], np.float32)
    scaled = payoffs * precision[:, None, None, None]
    found = solve(payoffs, precision, uniform(payoffs)).strategies
    assert np.allclose(found, solve(scaled, 1.0, uniform(payoffs)).strategies, atol=1e-6)


def test_members_solved_at_once_are_those_solved_one_by_one():
    rng = np.random.default_rng(3)
    payoffs = rng.normal(size=(20, 3, 3, 3, 3)).astype(np.float32)
    precision = rng.uniform(0.5, 2.0, (20, 3)).astype(np.float32)
    start = rng.dirichlet(np.ones(3), (20, 3)).astype(np.float32)
    together = jax.jit(jax.vmap(quantal_response))(payoffs, precision, start)
    for member in range(20):
        one = solve(payoffs[member], precision[member], start[member])
        assert np.allclose(together.strategies[member], one.strategies, atol=1e-5)


@pytest.mark.usefixtures("x64")
def test_slope_in_precision_is_that_of_a_finite_difference():
    payoffs = game("saturating commitments")

    def first(precision):
        return solve(payoffs, precision, uniform(payoffs)).strategies[0, 2]

    step = 1e-5
    difference = (first(4.0 + step) - first(4.0 - step)) / (2 * step)
    assert jax.grad(first)(4.0) == pytest.approx(float(difference), rel=1e-5)


def test_pure_start_and_enormous_payoffs_stay_on_the_simplex():
    payoffs = 1e6 * game("rock, paper, scissors").astype(np.float32)
    start = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], np.float32)
    found = solve(payoffs, 10.0, start)
    assert np.isfinite(found.residual)
    assert (found.strategies >= 0).all()
    assert np.allclose(found.strategies.sum(axis=1), 1.0, atol=1e-6)


LEVELS = {
    "even": np.tile(np.arange(3), (3, 1)),
    "own menus": np.array([[0, 2, 5], [0, 1, 2], [1, 1, 4], [0, 3, 4]]),
}


@pytest.mark.parametrize("name", LEVELS)
def test_totals_form_is_the_full_form(name):
    levels = LEVELS[name]
    players, actions = levels.shape
    rng = np.random.default_rng(4)
    grid = totals_of_others(levels)
    own, total = rng.normal(size=levels.shape), rng.normal(size=(*levels.shape, len(grid)))
    full = np.zeros((players, *(actions,) * players))
    for profile in itertools.product(range(actions), repeat=players):
        units = levels[np.arange(players), profile]
        for player, action in enumerate(profile):
            others = units.sum() - units[player]
            full[(player, *profile)] = own[player, action] + total[player, action, others]
    game_of_totals = payoffs_of_totals(own, total, levels)
    play = jnp.asarray(rng.dirichlet(np.ones(actions), players), jnp.float32)
    assert np.allclose(game_of_totals(play), expect(full, play), atol=1e-5)
    found = quantal_response(game_of_totals, 1.5, play)
    assert np.allclose(found.strategies, solve(full, 1.5, play).strategies, atol=1e-5)
    assert found.residual < 1e-5


def test_totals_form_takes_functions():
    def worth(own, others):
        return jnp.array([1.0, 0.8, 1.4])[:, None, None] * (1.0 - 0.6 ** (own + others))

    costs = jnp.array([0.15, 0.2, 0.25])[:, None]
    game_of_totals = payoffs_of_totals(lambda own: -costs * own**1.5, worth, LEVELS["even"])
    for fact in GAMES["saturating commitments"]["equilibria"]:
        found = quantal_response(game_of_totals, fact["precision"], jnp.full((3, 3), 1 / 3))
        assert np.abs(found.strategies - np.array(fact["strategies"])).max() < 1e-5


@pytest.mark.slow
def test_eight_members_with_five_levels():
    levels = np.tile(np.arange(5), (8, 1))
    game_of_totals = payoffs_of_totals(
        lambda own: -0.9 * own, lambda own, others: 0.1 * own * others, levels
    )
    starts = np.full((2, 8, 5), 0.01, np.float32)
    starts[0, :, 0] = starts[1, :, 2] = 0.96
    found = jax.vmap(lambda start: quantal_response(game_of_totals, 4.0, start))(starts)
    assert (found.residual < 1e-5).all()
    assert np.allclose(found.strategies, found.strategies[:, :1], atol=1e-4)
    assert (found.strategies[0, :, 0] > 0.9).all()
    assert (found.strategies[1, :, 4] > 0.9).all()


@settings(deadline=None, max_examples=100, derandomize=True)
@given(data=st.data(), shape=st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)]))
def test_small_games_are_solved(data, shape):
    players, actions = shape
    unit = st.floats(-1.0, 1.0, width=32)
    payoffs = data.draw(arrays(np.float32, (players, *(actions,) * players), elements=unit))
    weight = data.draw(arrays(np.float32, shape, elements=st.floats(0.015625, 1.0, width=32)))
    precision = data.draw(st.floats(0.0, 2.0, width=32))
    start = weight / weight.sum(axis=1, keepdims=True)
    found = solve(payoffs, np.float32(precision), start)
    assert found.residual < 1e-5
    assert np.allclose(found.strategies.sum(axis=1), 1.0, atol=1e-6)
    assert (found.strategies >= 0).all()
    answer = logit_response(payoffs, found.strategies, precision)
    assert np.abs(answer - found.strategies).max() < 1e-5


def test_choice_is_logit_over_what_is_feasible():
    utility = jnp.array([[1.0, 2.0, 3.0], [1e30, 1e30, -1e30], [jnp.nan, 0.0, jnp.inf]])
    feasible = jnp.array([[True, True, True], [True, True, False], [False, True, False]])
    weight = np.exp([1.0, 2.0, 3.0])
    wanted = [weight / weight.sum(), [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]]
    assert np.allclose(choice_probabilities(utility, feasible), wanted, atol=1e-6)
    assert np.allclose(choice_probabilities(utility[0]), wanted[0], atol=1e-6)
    assert not choice_probabilities(utility, jnp.zeros(3, bool)).any()


def test_slope_of_a_choice_meets_no_infeasible_utility():
    def first(utility):
        return choice_probabilities(utility, jnp.array([True, True, False]))[0]

    slope = jax.grad(first)(jnp.array([0.0, 0.0, jnp.inf]))
    assert np.allclose(slope, [0.25, -0.25, 0.0])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: expected_payoffs(jnp.ones((2, 3, 2)), jnp.ones((2, 3))), "payoffs"),
        (lambda: expected_payoffs(jnp.ones((2, 3, 3)), jnp.ones(3)), "strategies"),
        (lambda: expected_payoffs(jnp.ones(3), jnp.ones((9, 2))), "strategies"),
        (lambda: logit_response(jnp.ones((2, 2, 2)), jnp.ones((2, 2)), jnp.ones(3)), "precision"),
        (lambda: quantal_response(jnp.ones((2, 2, 2)), 1.0, jnp.ones((2, 2)), steps=-1), "steps"),
        (lambda: quantal_response(jnp.ones((2, 2, 2)), 1.0, jnp.ones((2, 2)), newton=-1), "newton"),
        (lambda: payoffs_of_totals(lambda k: k, lambda k, t: k + t, [[0, 0.5]]), "levels"),
        (lambda: payoffs_of_totals(lambda k: k, lambda k, t: k + t, [[0, -1]]), "levels"),
        (lambda: payoffs_of_totals(jnp.ones(3), lambda k, t: k + t, [[0, 1]] * 2), "own"),
        (lambda: payoffs_of_totals(lambda k: k, jnp.ones(5), [[0, 1]] * 2), "total"),
        (
            lambda: payoffs_of_totals(lambda k: k, lambda k, t: k + t, [[0, 1]])(jnp.ones((1, 3))),
            "strategies",
        ),
        (lambda: choice_probabilities(jnp.ones(()), None), "utility"),
        (lambda: choice_probabilities(jnp.ones(3), jnp.ones(2, bool)), "feasible"),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, field):
    with pytest.raises(InputError) as raised:
        call()
    assert raised.value.field == field
