r"""Hysteresis: whether a pact stays what it has been, with the same parameters and random draws.

Two pictures of one mechanism. The *histories*: futures that begin on paper (allies expected to
give next to nothing, little trust, a pact that only meets) and the same futures begun with a pact
at work (allies expected to give, much trust, a joint operation behind them). Nothing else differs.

The *loop*: at the centre of all judgement, with stakes as at the start, and a backer's slack held
at each of many values, quarters are played on from a profile of nearly all `none` and little trust,
and from one of nearly all `much` and much trust. Expectations, not draws: each quarter's
equilibrium is reached from the last one's profile, and trust follows the share of allies expected
to give. Where the two lie apart, what the pact is depends on what it was; whether they still do
after years tells a second equilibrium from trust that lingers.

Assumption: the alliance game, `liptako.model.processes.commitment`. Test:
`tests/unit/test_hysteresis.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float, Int

from liptako.experiments.contrasts import over_each_set
from liptako.model.codes import Stage
from liptako.model.draws import ASSUMPTION_SETS
from liptako.model.params import Params
from liptako.model.processes import commitment
from liptako.model.processes.commitment import LEVELS, MOST, Stakes
from liptako.model.state import Pact
from liptako.model.structure import Structure
from liptako.outcomes.ranges import INSIDE, LEAST_FOR_RANGE, over_sets, set_numbers
from liptako.runs.arms import Arm
from liptako.runs.executor import Progress, silent
from liptako.runs.pact_courses import Course, age_of, pact_batch, simulate_pact
from liptako.runs.start import Prepared
from liptako.theatre.contrasts import Alteration


class History(NamedTuple):
    """What a pact has been when futures begin.

    Args:
        label: in words.
        willing: the chance that an ally gives something, half of it much: what others expect.
        trust: how far promised force is counted on.
        stage: of the pact.
    """

    label: str
    willing: float
    trust: float
    stage: Stage


HISTORIES = {
    "paper": History("has been on paper", 0.02, 0.15, Stage.CONSULTATIVE),
    "operating": History("has been at work", 0.98, 0.9, Stage.OPERATIONAL),
}
HORIZONS = (12, 24, 36, 60)
"""Months ahead at which the two histories are compared."""

DIFFERS = 0.1
"""Difference, as a share of the full good or a chance, from which histories count as apart."""

QUARTERS = (1, 4, 12, 40)
"""Quarters played at each slack of the loop; after the last, trust has settled."""

GRID = np.linspace(0.0, 1.0, 21)
"""Slack of a backer along the loop."""

PROFILES = {"paper": (0.96, 0.03, 0.01), "operating": (0.01, 0.03, 0.96)}
"""Where each side of the loop begins: chances of committing none, some, much."""


@dataclass(frozen=True, eq=False)
class Hysteresis:
    """What two histories do to a pact.

    Attributes:
        loop: `slack, history, quarters, provided, lo, hi, open`: what allies are expected to
            provide after so many quarters, with its 90% range over draws of judgement, and the
            share of those draws in which the two histories lie `DIFFERS` or more apart.
        histories: `month, lead, history, provided, provided_lo, provided_hi, operates,
            operates_lo, operates_hi`: means over futures and their range over sets.
        differ: `lead, quantity, difference, lo, hi, share`: the paired difference, and the share
            of sets of assumptions in which it is `DIFFERS` or more; missing below 500 futures.
        about: scenario, init time, members, seed.
    """

    loop: pd.DataFrame
    histories: pd.DataFrame
    differ: pd.DataFrame
    about: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """Return the tables as plain values, as `--json` prints them."""
        yearly = self.histories[self.histories["lead"].isin(HORIZONS)]
        return {
            **self.about,
            "differs": DIFFERS,
            "differ": self.differ.to_dict("records"),
            "histories": yearly.to_dict("records"),
            "loop": self.loop.to_dict("records"),
        }


def hysteresis(
    prepared: Prepared, batch: Callable | None = None, progress: Progress = silent
) -> Hysteresis:
    """Compare two histories of a pact, future by future, and walk around the loop.

    Args:
        prepared: from `liptako.runs.pact_courses.prepare_pact`.
        batch: from `pact_batch`, where one is compiled already.
        progress: called as batches finish.

    Raises:
        InputError: no pact at the start.

    Example:
        >>> hysteresis(prepare_pact(members=500)).differ                     # doctest: +SKIP
    """
    scenario = prepared.loaded.scenario
    age_of(prepared)
    batch = batch or pact_batch(prepared.structure)
    members = np.arange(scenario.members)
    courses = {
        name: simulate_history(prepared, members, batch, history, progress)
        for name, history in HISTORIES.items()
    }
    sets = set_numbers(members)
    return Hysteresis(
        loop=loop(prepared),
        histories=compared(courses, sets, scenario.init_month),
        differ=apart(courses, sets),
        about={
            "scenario": scenario.name,
            "init_time": scenario.init_time,
            "members": scenario.members,
            "seed": scenario.seed,
        },
    )


def simulate_history(
    prepared: Prepared,
    members: Int[np.ndarray, " member"],
    batch: Callable,
    history: History,
    progress: Progress = silent,
) -> Course:
    """Return how the pact fares in members' futures after a history."""
    begun = {"commitment.willing": history.willing, "commitment.trust": history.trust}
    changes = tuple(Alteration(path=path, value=value) for path, value in begun.items())
    pact = replace(prepared.state.pact, stage=jnp.float32(history.stage))
    arm = Arm(params=changes, state=replace(prepared.state, pact=pact))
    what = f"Simulating a pact that {history.label}"
    return simulate_pact(prepared, members, batch, arm, what=what, progress=progress)


def measured(course: Course) -> dict[str, Float[np.ndarray, "member month"]]:
    """Return what each future's pact provides, and whether it operates; none once dissolved."""
    alive = course.stage < Stage.DISSOLVED
    return {
        "provided": course.provided * alive,
        "operates": (alive & (course.stage >= Stage.OPERATIONAL)).astype(float),
    }


def compared(
    courses: Mapping[str, Course], sets: Mapping[str, Int[np.ndarray, " member"]], init_month: int
) -> pd.DataFrame:
    """Return what pacts provide and whether they operate, by month and history."""
    rows = []
    for history, course in courses.items():
        values = measured(course)
        for place in range(course.stage.shape[1]):
            row: dict[str, Any] = {"month": init_month + place + 1, "lead": place + 1}
            row["history"] = history
            for quantity, value in values.items():
                mean, lo, hi = _ranged(value[:, place], sets)
                row |= {quantity: mean, f"{quantity}_lo": lo, f"{quantity}_hi": hi}
            rows.append(row)
    return pd.DataFrame(rows)


def apart(
    courses: Mapping[str, Course],
    sets: Mapping[str, Int[np.ndarray, " member"]],
    horizons: tuple[int, ...] = HORIZONS,
) -> pd.DataFrame:
    """Return in how many sets of assumptions the two histories still differ, future by future.

    Args:
        courses: of `paper` and `operating`, the same members in the same order.
        sets: the set of each member, by status of evidence.
        horizons: months ahead; those beyond the futures are passed over.
    """
    paper, operating = measured(courses["paper"]), measured(courses["operating"])
    rows = []
    for quantity in paper:
        gap = operating[quantity] - paper[quantity]
        for lead in [lead for lead in horizons if lead <= gap.shape[1]]:
            own = gap[:, lead - 1]
            row = {"lead": lead, "quantity": quantity, "difference": float(own.mean())}
            rows.append(row | _by_set(own, sets))
    return pd.DataFrame(rows)


def _by_set(
    gap: Float[np.ndarray, " member"], sets: Mapping[str, Int[np.ndarray, " member"]]
) -> dict[str, float]:
    """Return ends over sets with chance taken out, and the share of sets that differ.

    Missing below 500 futures, see `liptako.experiments.contrasts.over_each_set`.
    """
    each = over_each_set(gap, sets) if len(gap) >= LEAST_FOR_RANGE else np.full(1, np.nan)
    if not np.isfinite(each).all():
        return dict.fromkeys(("lo", "hi", "share"), np.nan)
    lo, hi = np.quantile(each, INSIDE)
    return {"lo": float(lo), "hi": float(hi), "share": float((each >= DIFFERS).mean())}


def loop(prepared: Prepared, grid: Float[np.ndarray, " slack"] = GRID) -> pd.DataFrame:
    """Return the loop at the centre of judgement, with its range over draws of judgement.

    Args:
        prepared: whose pact and judgement.
        grid: slack of a backer.
    """
    seed = prepared.loaded.scenario.seed
    centre = prepared.draw_params(seed, np.zeros(1, int), judgement=False)
    drawn = prepared.draw_params(seed, np.arange(ASSUMPTION_SETS))
    both = jax.tree.map(lambda one, many: np.concatenate([one, many]), centre, drawn)
    found = played(prepared.structure, both, grid)
    gap = np.abs(found["operating"] - found["paper"])[1:]
    parts = []
    for history, provided in found.items():
        lo, hi = np.quantile(provided[1:], INSIDE, axis=0)
        for place, quarters in enumerate(QUARTERS):
            table = {
                "slack": grid,
                "history": history,
                "quarters": quarters,
                "provided": provided[0, :, place],
                "lo": lo[:, place],
                "hi": hi[:, place],
                "open": (gap[..., place] >= DIFFERS).mean(axis=0),
            }
            parts.append(pd.DataFrame(table))
    return pd.concat(parts, ignore_index=True)


def played(
    structure: Structure, params: Params, grid: Float[np.ndarray, " slack"]
) -> dict[str, Float[np.ndarray, "member slack played"]]:
    """Return what allies are expected to provide after each of `QUARTERS`, by history.

    Args:
        structure: who the allies are.
        params: stacked over members.
        grid: slack of a backer.
    """
    ones = jnp.ones(len(structure.allies))

    def one(profile: Array, trust: Array, params: Params, slack: Array) -> Array:
        faced = Stakes(exposure=ones, danger=ones, strain=ones, slack=slack)

        def quarter(carry: tuple[Array, Array], _: Any) -> tuple[tuple[Array, Array], Array]:
            profile, trust = carry
            pact = _pact(structure, profile, trust)
            profile, _ = commitment.equilibrium(structure, params, faced, pact)
            gives = (1.0 - profile[:, 0]).mean()
            trust = trust + params.commitment.trust_pace * (gives - trust)
            return (profile, trust), expected(params, profile, slack)

        provided = jax.lax.scan(quarter, (profile, trust), None, QUARTERS[-1])[1]
        return provided[np.array(QUARTERS) - 1]

    each = jax.vmap(one, (None, None, None, 0))
    each = jax.vmap(each, (None, None, 0, None))
    each = jax.jit(jax.vmap(each, (0, 0, None, None)))
    shares = np.array([PROFILES[history] for history in HISTORIES], np.float32)
    profiles = np.repeat(shares[:, None], len(structure.allies), axis=1)
    trust = np.array([history.trust for history in HISTORIES.values()], np.float32)
    provided = np.asarray(each(profiles, trust, params, np.asarray(grid, np.float32)))
    return dict(zip(HISTORIES, provided, strict=True))


def expected(
    params: Params, profile: Float[Array, "player level"], slack: Float[Array, ""]
) -> Float[Array, ""]:
    """Return the mean of what a profile's commitments provide, allies drawing independently."""
    law = jnp.ones(1)
    for own in profile:
        law = jnp.convolve(law, own)
    most = MOST * len(profile)
    share = np.arange(len(profile) * (len(LEVELS) - 1) + 1) / most
    return (law * commitment.provision(params, jnp.asarray(share), slack)).sum()


def _pact(structure: Structure, profile: Array, trust: Array) -> Pact:
    zero, players = jnp.zeros(()), len(structure.allies)
    return Pact(
        stage=zero,
        left=jnp.zeros(len(structure.countries)),
        profile=profile,
        commitment=jnp.zeros(players),
        worth=jnp.zeros(players),
        trust=trust,
        items=jnp.zeros(len(structure.item_ids)),
        pushed=zero,
        agenda=zero,
        provided=zero,
    )


def _ranged(
    value: Float[np.ndarray, " member"], sets: Mapping[str, Int[np.ndarray, " member"]]
) -> tuple[float, float, float]:
    """Return a mean and its range over sets, missing if too few futures."""
    found = over_sets(value, sets)
    if len(value) < LEAST_FOR_RANGE:
        return found.mean, np.nan, np.nan
    return found.mean, found.lo, found.hi
