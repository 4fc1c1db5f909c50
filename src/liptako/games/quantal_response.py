r"""Quantal response: what players do who mostly, not always, take what pays best.

Each player $i$ mixes over its actions in proportion to the exponential of what they pay when the
others mix too. An equilibrium is a profile that answers itself:

$$x_{ia} = \frac{e^{\lambda_i u_i(a, x_{-i})}}{\sum_b e^{\lambda_i u_i(b, x_{-i})}}$$

Precision $\lambda = 0$ is a coin toss, a high one approaches a Nash equilibrium. Several
equilibria may exist; the one reached depends on where play starts, so the past matters.

References:
    McKelvey & Palfrey (1995), doi:10.1006/game.1995.1023. Smoothed best-response dynamics:
    Fudenberg & Levine (1998), The Theory of Learning in Games, chapter 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import ArrayLike

from liptako.errors import InputError
from liptako.games.discrete_choice import choice_probabilities

Strategies = Float[Array, "player action"]
Expected = Callable[[Strategies], Float[Array, "player action"]]
"""Gives each player's expected payoff of each own action, when the others mix as told."""

MOST_PLAYERS = 8

LONGEST = 1e6
"""Longest pseudo time step; at that length a step is Newton's own."""

DAMPING = 0.5
"""Share of the way to the best response that a damped step goes."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Equilibrium:
    """A profile of play, and how far it is from answering itself.

    Attributes:
        strategies: probability of each action; each player's sum to one.
        residual: largest difference between a probability and its logit response.
    """

    strategies: Strategies
    residual: Float[Array, ""]


def expected_payoffs(
    payoffs: Float[Array | np.ndarray, "player ..."], strategies: Strategies
) -> Float[Array, "player action"]:
    r"""Return what each own action pays on average when the others mix independently.

    $$u_i(a, x_{-i}) = \sum_{a_{-i}} U_i(a, a_{-i}) \prod_{j \ne i} x_j(a_j)$$

    Args:
        payoffs: payoff of each player, then one axis for the action of each player in turn.
            All menus have one length. Up to eight players.
        strategies: probability of each action.

    Raises:
        InputError: the shapes do not go together.

    Example:
        >>> prisoners = jnp.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
        >>> expected_payoffs(prisoners, jnp.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
        [[1.5, 3.0], [3.0, 5.0]]
    """
    payoffs, strategies = jnp.asarray(payoffs), jnp.asarray(strategies)
    players, actions = _shape(strategies, "strategies")
    if payoffs.shape != (players, *(actions,) * players):
        raise InputError(
            "the payoffs have not one axis for each player's action",
            field="payoffs",
            value=payoffs.shape,
            allowed=str((players, *(actions,) * players)),
        )
    rows = []
    for player in range(players):
        row = payoffs[player]
        for other in reversed(range(players)):
            if other != player:
                # a sum of slices runs eight times as fast as a product and a reduction
                slices = (
                    strategies[other, action] * jax.lax.index_in_dim(row, action, other)
                    for action in range(actions)
                )
                row = reduce(jnp.add, slices)
        rows.append(row.reshape(actions))
    return jnp.stack(rows)


def totals_of_others(levels: ArrayLike) -> Int[np.ndarray, " total"]:
    """Return every total that the others of any player can reach, from 0 in whole units.

    Example:
        >>> totals_of_others([[0, 1], [0, 1], [0, 3]]).tolist()
        [0, 1, 2, 3, 4]
    """
    most = _levels(levels).max(axis=1)
    return np.arange(most.sum() - most.min() + 1)


def payoffs_of_totals(
    own: Float[Array | np.ndarray, "player level"] | Callable[[Array], Array],
    total: Float[Array | np.ndarray, "player level total"] | Callable[[Array, Array], Array],
    levels: ArrayLike,
) -> Expected:
    r"""Return expected payoffs of a game where only the total of the others' levels matters.

    $$u_i(k, x_{-i}) = C_{ik} + \sum_t B_{ikt} \Pr\left(\sum_{j \ne i} \ell_j = t\right)$$

    The distribution of the total is the convolution of the others' distributions, so the cost
    grows with the square of the number of players, not with the number of profiles.

    Args:
        own: payoff of an own level whatever the others do; or a function of `levels`.
        total: payoff of an own level at a total of the others, finite all over the grid of
            `totals_of_others(levels)`; or a function of own level `[player, level, 1]` and of
            that grid whose result broadcasts to `[player, level, total]`.
        levels: what each action commits, in whole units of 0 or more; known before tracing.

    Returns:
        A function of strategies, to be given to `quantal_response` in place of payoffs.

    Raises:
        InputError: a level is no whole number of 0 or more, or shapes do not go together.

    Example:
        >>> levels = [[0, 1]] * 3
        >>> game = payoffs_of_totals(lambda k: -0.25 * k, lambda k, t: 1.0 * (k + t >= 2), levels)
        >>> game(jnp.full((3, 2), 0.5))[0].tolist()
        [0.25, 0.5]
    """
    levels = _levels(levels)
    others = totals_of_others(levels)
    units = jnp.asarray(levels)
    costs = jnp.asarray(own(units) if callable(own) else own)
    table = jnp.asarray(total(units[:, :, None], jnp.asarray(others)) if callable(total) else total)
    costs = _broadcast(costs, levels.shape, "own")
    table = _broadcast(table, (*levels.shape, len(others)), "total")

    def expected(strategies: Strategies) -> Float[Array, "player action"]:
        if strategies.shape != levels.shape:
            raise InputError(
                "there is not one probability for each level",
                field="strategies",
                value=strategies.shape,
                allowed=str(levels.shape),
            )
        law = _total_distribution(strategies, levels)
        return costs + jnp.einsum("pkt,pt->pk", table, law)

    return expected


def logit_response(
    payoffs: Float[Array | np.ndarray, "player ..."] | Expected,
    strategies: Strategies,
    precision: Float[Array, "*player"] | float,
) -> Strategies:
    """Return how each player answers the others: logit over its expected payoffs.

    Args:
        payoffs: as for `expected_payoffs`, or a function that gives expected payoffs.
        strategies: probability of each action.
        precision: of each player or of all, per unit of payoff; 0 or more.

    Raises:
        InputError: the shapes do not go together.

    Example:
        >>> logit_response(jnp.ones((2, 2, 2)), jnp.full((2, 2), 0.5), 3.0).tolist()
        [[0.5, 0.5], [0.5, 0.5]]
    """
    return choice_probabilities(_utility(payoffs, precision, jnp.asarray(strategies))(strategies))


def quantal_response(
    payoffs: Float[Array | np.ndarray, "player ..."] | Expected,
    precision: Float[Array, "*player"] | float,
    start: Strategies,
    *,
    steps: int = 20,
    newton: int = 12,
) -> Equilibrium:
    r"""Return the logit equilibrium that play reaches from `start`.

    Damped steps $x \leftarrow x + d(\sigma(x) - x)$ carry play into the reach of one equilibrium.
    Newton's steps then close in on the fixed point of the log odds $y = \lambda u(\sigma(y))$,
    each held back by a pseudo time step $h$ that grows as the residual falls:

    $$\left((1 + 1/h) I - \partial(\lambda u)/\partial y\right) \Delta y = \lambda u - y$$

    A Newton step that would double the residual is not taken, and $h$ shrinks. Log odds cannot
    leave the simplex. The numbers of steps are fixed, so the function can be traced, mapped over
    members and differentiated. Where play has no stable equilibrium, or precision is so high that
    play only cycles, the residual says so: reach a high precision in stages, each from the last.

    Args:
        payoffs: payoff of each player, then one axis for each player's action; or a function
            that gives expected payoffs, such as `payoffs_of_totals` builds.
        precision: of each player or of all, per unit of payoff; 0 or more.
        start: the profile before, such as last quarter's; rescaled to sum to one.
        steps: damped steps.
        newton: Newton steps.

    Returns:
        Strategies and their residual. A residual cannot be much below the rounding error of
        precision times payoff: about 1e-6 in float32 when that is below 10.

    Raises:
        InputError: the shapes do not go together, or a number of steps is negative.

    References:
        Kelley & Keyes (1998), Convergence analysis of pseudo-transient continuation,
        doi:10.1137/S0036142996304796.

    Example:
        >>> stag_hunt = jnp.array([[[4.0, 0.0], [3.0, 3.0]], [[4.0, 3.0], [0.0, 3.0]]])
        >>> trusting = jnp.array([[0.99, 0.01], [0.99, 0.01]])
        >>> bool(quantal_response(stag_hunt, 5.0, trusting).strategies[0, 0] > 0.98)
        True
    """
    for field, number in (("steps", steps), ("newton", newton)):
        if number < 0:
            raise InputError("is negative", field=field, value=number, allowed="0 or more")
    start = jnp.asarray(start)
    start = start.astype(jnp.result_type(start, float))
    utility = _utility(payoffs, precision, start)
    start = jnp.maximum(start, jnp.finfo(start.dtype).tiny)
    start = start / start.sum(axis=1, keepdims=True)

    def damped(_: Array, x: Array) -> Array:
        return x + DAMPING * (choice_probabilities(utility(x)) - x)

    x = jax.lax.fori_loop(0, steps, damped, start)
    y = jnp.log(jnp.maximum(x, jnp.finfo(x.dtype).tiny))
    strategies = choice_probabilities(_newton(utility, y, newton))
    return Equilibrium(strategies, _residual(utility, strategies))


def _newton(utility: Expected, y: Array, steps: int) -> Array:
    """Return the log odds after `steps` safeguarded Newton steps on their fixed point."""
    tiny = jnp.finfo(y.dtype).tiny

    def answer(flat: Array) -> Array:
        return utility(choice_probabilities(flat.reshape(y.shape))).ravel()

    def gap(flat: Array, answered: Array) -> Array:
        odds = jnp.stack([flat, answered]).reshape(2, *y.shape)
        return jnp.abs(jnp.subtract(*choice_probabilities(odds))).max()

    def step(_: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
        flat, answered, before, h = carry
        held = jnp.eye(flat.size, dtype=flat.dtype) * (1.0 + 1.0 / h)
        tried = flat + _solve(held - jax.jacfwd(answer)(flat), answered - flat)
        tried_answered = answer(tried)
        after = gap(tried, tried_answered)
        taken = jnp.isfinite(after) & (after <= 2.0 * before)
        faster = jnp.minimum(h * jnp.clip(before / jnp.maximum(after, tiny), 1.5, 10.0), LONGEST)
        kept = (flat, answered, before, 0.25 * h)
        return jax.tree.map(partial(jnp.where, taken), (tried, tried_answered, after, faster), kept)

    first = (y.ravel(), answer(y.ravel()))
    start = (*first, gap(*first), jnp.ones((), y.dtype))
    return jax.lax.fori_loop(0, steps, step, start)[0].reshape(y.shape)


def _solve(matrix: Array, right: Array) -> Array:
    """Return the solution of few linear equations by elimination on the diagonal.

    A library's pivoting would cost a run some 3% more, on systems this small; where the diagonal
    fails, the step is not taken and the next has a heavier one.
    """
    rows = jnp.concatenate([matrix, right[:, None]], axis=1)
    for k in range(len(right)):
        factor = jnp.where(np.arange(len(right)) == k, 0.0, rows[:, k] / rows[k, k])
        rows = rows - factor[:, None] * rows[k]
    return rows[:, -1] / jnp.diagonal(rows)


def _residual(utility: Expected, strategies: Array) -> Array:
    return jnp.abs(choice_probabilities(utility(strategies)) - strategies).max()


def _utility(
    payoffs: Array | np.ndarray | Expected, precision: Array | float, strategies: Array
) -> Expected:
    """Return precision times expected payoff as a function of strategies, in their type."""
    players, _ = _shape(strategies, "strategies")
    each = jnp.asarray(precision, strategies.dtype)
    if each.shape not in ((), (players,)):
        raise InputError(
            "is not one number, nor one for each player",
            field="precision",
            value=each.shape,
            allowed=f"() or ({players},)",
        )
    each = jnp.broadcast_to(each, (players,))[:, None]
    if callable(payoffs):
        return lambda x: (each * payoffs(x)).astype(strategies.dtype)
    table = jnp.asarray(payoffs, strategies.dtype)
    return lambda x: each * expected_payoffs(table, x)


def _total_distribution(strategies: Array, levels: np.ndarray) -> Array:
    """Return the probability of each total of the others, `[player, total]`."""
    players, size = len(levels), len(totals_of_others(levels))
    laws = []
    for player in range(players):
        law = jnp.ones(1, strategies.dtype)
        for other in (j for j in range(players) if j != player):
            most = int(levels[other].max())
            law = jnp.asarray(
                sum(
                    strategies[other, action] * jnp.pad(law, (int(level), most - int(level)))
                    for action, level in enumerate(levels[other])
                )
            )
        laws.append(jnp.pad(law, (0, size - len(law))))
    return jnp.stack(laws)


def _shape(strategies: Array, field: str) -> tuple[int, int]:
    if strategies.ndim != 2 or not 1 <= strategies.shape[0] <= MOST_PLAYERS:
        raise InputError(
            "is no table of players and actions",
            field=field,
            value=strategies.shape,
            allowed=f"(1 to {MOST_PLAYERS}, actions)",
        )
    return strategies.shape[0], strategies.shape[1]


def _levels(levels: object) -> np.ndarray:
    table = np.asarray(levels)
    if table.ndim != 2 or not np.issubdtype(table.dtype, np.integer) or (table < 0).any():
        raise InputError(
            "is no table of what each player's actions commit",
            field="levels",
            value=levels,
            allowed="whole numbers of 0 or more, [player, level]",
        )
    return table


def _broadcast(array: Array, shape: tuple[int, ...], field: str) -> Array:
    try:
        return jnp.broadcast_to(array, shape)
    except ValueError:
        raise InputError(
            "has the wrong shape", field=field, value=array.shape, allowed=str(shape)
        ) from None
