"""Compute logit equilibria with Gambit, as facts for the tests of quantal response.

    python scripts/gambit_equilibria.py tests/data/quantal_response_equilibria.json

Needs pygambit, which the product does not. Each equilibrium lies on the principal branch, the
one that starts at uniform play when precision is 0.

References:
    McKelvey & Palfrey (1995), doi:10.1006/game.1995.1023. Turocy (2005),
    doi:10.1016/j.geb.2004.04.003 (the method).
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

TOLERANCE = 1e-8
"""Largest difference allowed here between a probability and its logit response."""


def symmetric(own: list[list[float]]) -> np.ndarray:
    """Return both players' payoffs of a symmetric game of two."""
    return np.stack([np.array(own), np.array(own).T])


def of_profiles(players: int, actions: int, payoff: Callable[[int, tuple], float]) -> np.ndarray:
    """Return payoffs `[player, *actions]` of a function of player and profile."""
    table = np.zeros((players, *(actions,) * players))
    for profile in itertools.product(range(actions), repeat=players):
        for player in range(players):
            table[(player, *profile)] = payoff(player, profile)
    return table


def threshold(player: int, profile: tuple) -> float:
    """Public good worth 2, 1.5 and 1.2 once two of three give, at costs that differ."""
    return (2.0, 1.5, 1.2)[player] * (sum(profile) >= 2) - (0.5, 0.6, 0.7)[player] * profile[player]


def volunteer(player: int, profile: tuple) -> float:
    """Everyone gains 1 if anyone volunteers; the volunteers pay."""
    return float(sum(profile) > 0) - (0.2, 0.3, 0.4, 0.6)[player] * profile[player]


def commitments(player: int, profile: tuple) -> float:
    """Return a good that saturates in the total of three levels, less a convex cost at home."""
    worth, cost = (1.0, 0.8, 1.4)[player], (0.15, 0.2, 0.25)[player]
    return worth * (1.0 - 0.6 ** sum(profile)) - cost * profile[player] ** 1.5


def games() -> dict[str, tuple[np.ndarray, tuple[float, ...]]]:
    """Return the payoffs of each game and the precisions at which it is solved."""
    pennies = np.array([[[9.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    sexes = np.array([[[3.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 2.0]]])
    paper = np.array([[0.0, -1.0, 2.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
    return {
        "prisoners' dilemma": (symmetric([[3.0, 0.0], [5.0, 1.0]]), (0.2, 1.0, 3.0)),
        "asymmetric matching pennies": (pennies, (0.3, 1.0, 5.0)),
        "stag hunt": (symmetric([[4.0, 0.0], [3.0, 3.0]]), (0.2, 1.0, 3.0)),
        "battle of the sexes": (sexes, (0.5, 1.5, 5.0)),
        "rock, paper, scissors": (np.stack([paper, -paper]), (0.5, 2.0, 6.0)),
        "public good with a threshold": (of_profiles(3, 2, threshold), (0.5, 2.0, 6.0)),
        "saturating commitments": (of_profiles(3, 3, commitments), (1.0, 4.0, 12.0)),
        "volunteer's dilemma": (of_profiles(4, 2, volunteer), (1.0, 4.0, 12.0)),
    }


def solve(payoffs: np.ndarray, precision: float) -> np.ndarray:
    """Return Gambit's equilibrium, `[player, action]`, once it is seen to answer itself."""
    import pygambit

    game = pygambit.Game.from_arrays(*payoffs)  # pyright: ignore[reportAttributeAccessIssue]
    (found,) = pygambit.qre.logit_solve_lambda(game, precision)
    play = np.array([[float(p) for _, p in mix] for _, mix in found.profile.mixed_strategies()])
    odds = np.zeros_like(play)
    for profile in itertools.product(range(play.shape[1]), repeat=len(play)):
        for player, action in enumerate(profile):
            others = [play[other, a] for other, a in enumerate(profile) if other != player]
            odds[player, action] += precision * payoffs[(player, *profile)] * np.prod(others)
    response = np.exp(odds - odds.max(axis=1, keepdims=True))
    response /= response.sum(axis=1, keepdims=True)
    if np.abs(response - play).max() > TOLERANCE:
        raise ArithmeticError(f"residual {np.abs(response - play).max():.1e} at {precision}")
    return play


def facts() -> dict:
    """Return all games with their equilibria and how they were computed."""
    import pygambit

    return {
        "computed_by": f"pygambit {pygambit.__version__}, pygambit.qre.logit_solve_lambda",
        "tolerance": TOLERANCE,
        "games": [
            {
                "name": name,
                "payoffs": payoffs.tolist(),
                "equilibria": [
                    {"precision": precision, "strategies": solve(payoffs, precision).tolist()}
                    for precision in precisions
                ],
            }
            for name, (payoffs, precisions) in games().items()
        ],
    }


if __name__ == "__main__":
    found = facts()
    lines = ",\n".join(json.dumps(game) for game in found.pop("games"))
    head = json.dumps(found)[:-1]
    Path(sys.argv[1]).write_text(f'{head}, "games": [\n{lines}\n]}}\n', encoding="utf-8")
