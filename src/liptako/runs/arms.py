"""Arms: the same run with one thing changed, member by member with the same random numbers.

Variants, contrasts, past pacts and whatever else compares futures say what differs as an `Arm`;
all arms of a start share one compiled program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from liptako.errors import InputError
from liptako.model.drawn import Drawn, put
from liptako.model.params import Params, leaf_paths
from liptako.model.simulate import Start
from liptako.model.state import State
from liptako.runs.executor import Progress, run_members, silent
from liptako.runs.start import Prepared
from liptako.theatre.contrasts import Alteration

BASELINE = "baseline"
"""The policy that every scenario has."""


@dataclass(frozen=True, eq=False)
class Arm:
    """What a run differs in; nothing by default.

    Attributes:
        label: in words, after "Again,".
        policy: one of the scenario's.
        params: parameters altered in every member.
        judgement: whether judgement varies over its range or stays at its centre.
        drawn: draws that take the place of priors.
        state: where futures begin, if not where the scenario does.
    """

    label: str = ""
    policy: str = BASELINE
    params: tuple[Alteration, ...] = ()
    judgement: bool = True
    drawn: tuple[Drawn, ...] = ()
    state: State | None = None

    def under(self, policy: str) -> Arm:
        """Return the arm under a policy."""
        return replace(self, policy=policy)

    def start(self, prepared: Prepared) -> Start:
        """Return where the arm's futures begin."""
        start = prepared.start(self.policy, prepared.loaded.scenario.seed)
        return start if self.state is None else replace(start, state=self.state)

    def draw(self, prepared: Prepared, members: np.ndarray) -> Params:
        """Return the parameters of members in this arm."""
        seed = prepared.loaded.scenario.seed
        params = prepared.draw_params(seed, members, judgement=self.judgement)
        return alter(put(params, self.drawn, members), self.params)


AS_PAST = Alteration(path="alliance.markov", value=1.0)
"""The pact moves as past ones did, whatever allies gain."""

VARIANTS = {
    "reference_only": Arm(
        "judgement at its centre, the pact as past ones", params=(AS_PAST,), judgement=False
    ),
    "without_pact": Arm(
        "without the pact", params=(Alteration(path="alliance.active", value=0.0),)
    ),
    "markov_pact": Arm("the pact as past ones, whatever allies gain", params=(AS_PAST,)),
    "no_effects": Arm(
        "without what was published of levers' effects",
        params=(Alteration(path="violence.published", value=0.0),),
    ),
}
"""Runs of the first members with something left out, paired with the main run."""


def futures(
    prepared: Prepared,
    batch: Callable,
    arm: Arm,
    members: np.ndarray,
    *,
    what: str = "Simulating",
    progress: Progress = silent,
) -> Iterator[tuple[Any, int]]:
    """Yield what is kept of each batch of an arm's members, see `run_members`.

    Args:
        prepared: the start that arms share.
        batch: its compiled program, from `liptako.model.simulate.compile_batch`.
        arm: what differs.
        members: member numbers; the same numbers have the same random numbers in every arm.
        what: to say in `progress`.
        progress: called as batches finish.
    """

    def draw(chosen: np.ndarray) -> Params:
        return arm.draw(prepared, chosen)

    return run_members(batch, arm.start(prepared), draw, members, what=what, progress=progress)


def alter(params: Params, changes: Sequence[Alteration]) -> Params:
    """Return parameters with every entry of some set to a value or multiplied by a factor."""
    for change in changes:
        process, leaf = change.path.split(".")
        group = getattr(params, process)
        factor = np.float32(change.factor or 0.0)
        new = getattr(group, leaf) * factor + np.float32(change.value or 0.0)
        params = replace(params, **{process: replace(group, **{leaf: new})})
    return params


def check_paths(name: str, changes: Sequence[Alteration]) -> None:
    """Check that a contrast alters parameters that there are.

    Raises:
        InputError: there is no such parameter.
    """
    for index, change in enumerate(changes):
        if change.path not in leaf_paths():
            raise InputError(
                "no such parameter",
                field=f"{name}.params[{index}].path",
                value=change.path,
                allowed="a row of `liptako assumptions`",
            )
