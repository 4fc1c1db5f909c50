r"""How the pact fares in futures: what happens, and how likely each month said it was.

An event in $N$ futures is counted twice: as it happened, and by its chance. With $h_{it}$ the
chance that month $t$ of future $i$ gave it while it was still to come, $A_i(t) = \sum_{u \le t}
h_{iu}$ has the mean of the count, for their difference is a martingale, and varies several times
less. So 1,000 futures show what assumptions do, where counts would need many thousands.

Assumption: none beyond the model's; it records the distributions that are drawn from. Test:
`tests/unit/test_pact_times.py`.

References:
    Andersen & Gill (1982), doi:10.1214/aos/1176345976.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from liptako.errors import InputError
from liptako.model import random
from liptako.model.codes import Stage
from liptako.model.emit import Draw
from liptako.model.params import Params
from liptako.model.random import Ids, Site
from liptako.model.simulate import start_member
from liptako.model.state import Background, Forcing, State
from liptako.model.step import step
from liptako.model.structure import Structure
from liptako.runs.arms import Arm, futures
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.loading import LoadedScenario
from liptako.theatre.scenario import MAX_MONTHS

EVENTS = {
    "operation": "First joint operation",
    "exit": "First member leaves",
    "end": "Breaks up or falls dormant",
}
LAST = 60
"""Months after signature within which pacts are compared."""

DEFAULT_MEMBERS = 1000

OPERATIONAL, DISSOLVED = Stage.OPERATIONAL - 1, Stage.DISSOLVED - 1
"""Places of these stages among a month's moves."""


class Course(NamedTuple):
    """How the pact fared in members' futures, month by month.

    Args:
        stage: at the end of the month, see `liptako.model.codes.Stage`.
        left: whether each ally is out by then.
        provided: how much of the public good commitments provide.
        moves: chances that the month gave to each stage from consultative on.
        leaving: chance that each ally leaves in the month.
    """

    stage: Int[np.ndarray, "member month"]
    left: Bool[np.ndarray, "member month ally"]
    provided: Float[np.ndarray, "member month"]
    moves: Float[np.ndarray, "member month move"]
    leaving: Float[np.ndarray, "member month ally"]


class Listening:
    """Draws, and keeps the distributions drawn from. One object serves one month."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.distributions: dict[Site, Any] = {}

    def __call__(self, site: Site, law: Any, first: Ids, second: Ids) -> Array:
        """Return the draw at `site`."""
        self.distributions[site] = law
        return self.draw(site, law, first, second)


def prepare_pact(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    *,
    members: int | None = DEFAULT_MEMBERS,
    seed: int | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Return the start of a scenario's futures, as far ahead as a scenario may reach.

    Raises:
        InputError: no pact at the start, one that is too old, or a number out of range.
    """
    prepared = start_of(scenario, members=members, months=MAX_MONTHS, seed=seed, progress=progress)
    age_of(prepared)
    return prepared


def age_of(prepared: Prepared) -> int:
    """Return the months from the pact's signature to the start.

    Raises:
        InputError: no pact at the start, or one too old to be compared.
    """
    alliance = prepared.loaded.theatre.alliance
    if alliance is None or len(prepared.allies) < 2:
        raise InputError("no pact at the start", file=prepared.loaded.file, field="alliance",
                         allowed="a theatre with a pact signed by then")  # fmt: skip
    age = prepared.loaded.scenario.init_month - alliance.signed_month
    if age >= LAST:
        raise InputError("a pact too old to be compared", file=prepared.loaded.file,
                         field="init_time", value=prepared.loaded.scenario.init_time,
                         allowed=f"within {LAST - 1} months of its signature")  # fmt: skip
    return age


def pact_batch(structure: Structure) -> Callable:
    """Return the compiled function that simulates a batch of members and returns its `Course`."""

    def course(
        background: Background, forcing: Forcing, state: State, seed: Array, params: Params,
        member: Array,
    ) -> Course:  # fmt: skip
        key = random.member_key(seed, member)
        before = forcing.month[0] - 1
        state = start_member(structure, background, params, state, key, before)

        def month(state: State, forcing: Forcing) -> tuple[State, Any]:
            emit = Listening(Draw(key, forcing.month))
            state, seen = step(structure, background, params, state, forcing, emit)
            moves = emit.distributions[Site.PACT_STAGE].probability[:, 0]
            leaving = emit.distributions[Site.PACT_LEAVE].probability[0]
            if structure.menu.names:
                leaving = leaving + structure.menu.leave @ emit.distributions[Site.ACT].probability
            leaving = leaving[structure.allies]
            left = seen.left[structure.allies]
            return state, (seen.stage, left, seen.provided, moves, leaving)

        return Course(*jax.lax.scan(month, state, forcing)[1])

    @jax.jit
    def batch(background, forcing, state, seed, params, members, real):
        return jax.vmap(partial(course, background, forcing, state, seed))(params, members)

    return batch


def simulate_pact(
    prepared: Prepared,
    members: Int[np.ndarray, " member"],
    batch: Callable,
    arm: Arm,
    *,
    what: str = "Simulating the pact",
    progress: Progress = silent,
) -> Course:
    """Simulate members and return how the pact fared.

    Args:
        prepared: where futures begin.
        members: member numbers; the same numbers have the same random numbers.
        batch: from `pact_batch`.
        arm: what differs.
        what: to say in `progress`.
        progress: called as batches finish.
    """
    chunks = futures(prepared, batch, arm, members, what=what, progress=progress)
    parts = [[part[:real] for part in kept] for kept, real in chunks]
    stage, left, *rest = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Course(stage.round().astype(int), left > 0, *rest)


def happened(course: Course) -> dict[str, Bool[np.ndarray, "member month"]]:
    """Return whether each event has come by the end of each month.

    A member cannot leave a pact that has ended in an earlier month.
    """
    ended = course.stage == Stage.DISSOLVED
    came = {
        "operation": (course.stage >= Stage.OPERATIONAL) & ~ended,
        "exit": course.left.any(axis=2) & ~_before(ended),
        "end": ended,
    }
    return {event: np.logical_or.accumulate(now, axis=1) for event, now in came.items()}


def chances(course: Course) -> dict[str, Float[np.ndarray, "member month"]]:
    """Return for each event the chances of the months up to each, while it was still to come.

    Their mean over futures is the chance of the event; a single future's may exceed 1.
    """
    over = {event: _before(seen) for event, seen in happened(course).items()}
    stays = 1.0 - course.leaving * ~_before(course.left)
    ends = 1.0 - (1.0 - course.moves[..., DISSOLVED]) * (1.0 - _few_stay(course))
    now = {
        "operation": course.moves[..., OPERATIONAL],
        "exit": 1.0 - stays.prod(axis=2),
        "end": ends,
    }
    return {
        event: np.cumsum(chance * ~(over[event] | over["end"]), axis=1)
        for event, chance in now.items()
    }


def _few_stay(course: Course) -> Float[np.ndarray, "member month"]:
    """Return the chance that fewer than two allies are in at the end of the month."""
    stays = np.where(_before(course.left), 0.0, 1.0 - course.leaving)
    none = (1.0 - stays).prod(axis=2)
    one = np.zeros_like(none)
    for ally in range(stays.shape[2]):
        others = np.delete(1.0 - stays, ally, axis=2).prod(axis=2)
        one += stays[..., ally] * others
    return none + one


def _before(by: Bool[np.ndarray, "member month ..."]) -> Bool[np.ndarray, "member month ..."]:
    """Return what held at the end of the month before; nothing did before the first."""
    return np.concatenate([np.zeros_like(by[:, :1]), by[:, :-1]], axis=1)
