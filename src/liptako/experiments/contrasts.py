r"""Contrasts under common random numbers: the sign of a difference, its error and its range.

Two arms share every member's random draws and parameters and differ in what a contrast changes.
With outcomes $y_i$ and $x_i$ of member $i$ in the changed arm and in the base, $d_i = y_i - x_i$:

$$\bar d = \frac1N \sum_i d_i, \qquad
\mathrm{mcse} = \sqrt{\frac{\sum_i (d_i - \bar d)^2}{N (N - 1)}}$$

A difference is *within Monte Carlo error* where $|\bar d|$ is at most twice the error. Beyond it,
the sign is *robust* where it also holds in nine of ten sets of assumptions: more futures of the set
move that way than the other (the mean of a set may have the sign of a few great wars). Only a
robust sign is as expected or not; any other depends on assumptions: where a rate may rise or fall
by as much, a rise compounds and a fall cannot, so that the mean is up although no view is held.

A set's own value is the mean, and what each of its draws (judgement, reference class, estimated)
moves it by. Means of a few members have a Monte Carlo error too. So what a grouping of sets moves
is shrunk until its variance is the one `liptako.outcomes.ranges` finds with that error taken out (a
constrained empirical Bayes estimate); but never below the detection limit: that sets seem not to
differ does not show that they agree.

A comparison in a model says what the assumptions imply. It is no experiment. Where an arm alters a
parameter, it tests an assumption and says nothing of the world.

References:
    Ghosh, M. (1992). Constrained Bayes estimation with applications. Journal of the American
    Statistical Association 87, 533-540.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Int

from liptako.errors import InputError
from liptako.model.simulate import compile_batch
from liptako.outcomes.cut import until
from liptako.outcomes.measures import OUTCOMES, check_horizon, countries_of
from liptako.outcomes.ranges import LEAST_FOR_RANGE, mcse_of_mean, over_each_set, set_numbers
from liptako.outcomes.violence import civilians_killed
from liptako.runs.arms import Arm, check_paths, futures
from liptako.runs.dataset import gathered, known_before
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.contrasts import Contrast, laws_of, load_contrasts
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.roles import members_of
from liptako.theatre.scenario import Policy, Scenario, check_whole_years

DEFAULT_MEMBERS = 500
ERRORS = 2.0
"""A difference of no more errors from zero is within Monte Carlo error."""

QUANTILES = (0.05, 0.5, 0.95)
"""Of the differences in sets of assumptions: ends and middle of their range."""

MOST_SETS = 0.9
"""Share of the sets of assumptions in which a robust sign holds."""

AS_EXPECTED, AGAINST = "as expected", "against expectation"
DEPENDS, OPEN = "depends on assumptions", "no sign was expected"
WITHIN, FEW = "within Monte Carlo error", "too few futures"
VERDICTS = (AS_EXPECTED, AGAINST, DEPENDS, OPEN, WITHIN, FEW)
"""In the order in which they are read. Too few futures: in sets of assumptions, not in all."""

SIGNS = {"up": 1.0, "down": -1.0}

SHARED = "baseline"
"""The scenario's policy that every arm begins with."""


class Measured(NamedTuple):
    """One outcome of all members of an arm, and the harm to civilians beside it."""

    outcome: Float[np.ndarray, " member"]
    civilians: Float[np.ndarray, " member"]


@dataclass(frozen=True)
class Plan:
    """Which arms to simulate, each once, and which two of them every contrast compares."""

    contrasts: dict[str, Contrast]
    policies: dict[str, Policy]
    """What each arm sets; a policy has its arm's name."""
    arms: dict[str, Arm]
    pairs: dict[str, tuple[str, str]]

    @property
    def months(self) -> int:
        """The longest horizon."""
        return max(contrast.horizon for contrast in self.contrasts.values())


def contrasts(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    names: Sequence[str] | None = None,
    *,
    members: int = DEFAULT_MEMBERS,
    months: int | None = None,
    seed: int | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Measure the contrasts of a scenario's theatre.

    Args:
        scenario: a name, a file, or a loaded scenario; arms begin with its baseline.
        names: of contrasts; all of them by default.
        members: futures of each arm, the same in all.
        months: an end before which every contrast is looked at; its own horizon by default.
        seed: of the random numbers; the scenario's own by default.
        progress: called as batches finish.

    Returns:
        One row a contrast, in the order of the file: `name`, `label`, the columns of `row_of`,
        `countries` that are counted, `law` (acts of armed actors that are assumed, each with
        the law that bounds it) and `altered` (assumptions that are, in words); in `attrs` what
        was run.

    Raises:
        InputError: for anything not allowed.

    Example:
        >>> contrasts("sahel-2024", ["drones_civilians"], members=100)        # doctest: +SKIP
    """
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    adjusted = loaded.scenario.adjusted(members=members, seed=seed)
    loaded = replace(loaded, scenario=adjusted)
    chosen = _chosen(load_contrasts(loaded.folder, loaded.theatre), names)
    plan = plan_of(_cut(chosen, months), loaded.scenario)
    prepared = _prepare(loaded, plan, progress)
    frame = measure(prepared, plan, np.arange(loaded.scenario.members), progress)
    frame.attrs |= {
        "scenario": loaded.scenario.name,
        "init_time": loaded.scenario.init_time,
        "seed": loaded.scenario.seed,
        "members": loaded.scenario.members,
        "arms": len(plan.arms),
    }
    return frame


def plan_of(chosen: Mapping[str, Contrast], scenario: Scenario) -> Plan:
    """Return the distinct arms of some contrasts: two with the same settings are one."""
    policies: dict[str, Policy] = {}
    arms: dict[str, Arm] = {}
    pairs = {}
    known: dict[tuple[str, str], str] = {}
    for name, contrast in chosen.items():
        both = contrast.arms(scenario.policies[SHARED], scenario.init_month)
        pair = []
        for policy, params in zip(both, ([], contrast.params), strict=True):
            content = policy.model_dump_json(exclude={"label"}), "; ".join(map(str, params))
            arm = known.setdefault(content, f"arm{len(known)}")
            policies.setdefault(arm, policy)
            arms.setdefault(arm, Arm(policy=arm, params=tuple(params)))
            pair.append(arm)
        pairs[name] = (pair[0], pair[1])
    return Plan(dict(chosen), policies, arms, pairs)


def measure(
    prepared: Prepared,
    plan: Plan,
    members: Int[np.ndarray, " member"],
    progress: Progress = silent,
) -> pd.DataFrame:
    """Simulate the arms of a plan and return one row a contrast.

    An arm's futures are let go once its outcomes are counted: memory does not grow with arms.

    Args:
        prepared: its scenario has the plan's policies.
        plan: from `plan_of`.
        members: member numbers, the same in every arm.
        progress: called as batches finish.

    Raises:
        InputError: an outcome, a country or a horizon that cannot be counted.
    """
    theatre = prepared.loaded.theatre
    known = known_before(prepared, Arm(), members)
    counted = {
        name: countries_of(name, OUTCOMES[contrast.outcome], known, contrast.countries)
        for name, contrast in plan.contrasts.items()
    }
    harmed = [iso for iso in members_of(theatre) if iso in prepared.observed]
    found: dict[tuple[str, str], Measured] = {}
    for arm, run in datasets(prepared, plan, members, progress):
        for name in [name for name, pair in plan.pairs.items() if arm in pair]:
            contrast = plan.contrasts[name]
            cut = until(run, contrast.horizon)
            outcome = OUTCOMES[contrast.outcome].measure(cut, counted[name])
            found[name, arm] = Measured(outcome, civilians_killed(cut, harmed))
    sets = set_numbers(members)
    rows = [
        {"name": name, "label": contrast.label}
        | row_of(contrast, found[name, plan.pairs[name][0]], found[name, plan.pairs[name][1]], sets)
        | {
            "countries": counted[name],
            "law": laws_of(theatre, contrast),
            "altered": [str(change) for change in contrast.params],
        }
        for name, contrast in plan.contrasts.items()
    ]
    return pd.DataFrame(rows)


def datasets(
    prepared: Prepared,
    plan: Plan,
    members: Int[np.ndarray, " member"],
    progress: Progress = silent,
) -> Iterator[tuple[str, xr.Dataset]]:
    """Yield each arm's name and dataset: the same members, compiled once.

    Args:
        prepared: its scenario has the plan's policies.
        plan: from `plan_of`.
        members: member numbers.
        progress: called as batches finish.
    """
    batch = compile_batch(prepared.structure)
    for done, (name, arm) in enumerate(plan.arms.items()):
        say = _said(progress, done, len(plan.arms))
        chunks = futures(prepared, batch, arm, members, progress=say)
        yield name, gathered(known_before(prepared, arm, members), chunks)


def row_of(
    contrast: Contrast,
    base: Measured,
    changed: Measured,
    sets: Mapping[str, Int[np.ndarray, " member"]],
) -> dict[str, Any]:
    """Return one row of the table: a contrast, its difference and its verdict.

    Args:
        contrast: what was expected.
        base: outcomes of the members in the base arm.
        changed: of the same members, in the same order, in the changed arm.
        sets: the set of assumptions of each member, by status of evidence.

    Returns:
        `outcome`, `unit`, `horizon`, `expected`; `base` and `changed` (means), `difference` and
        `mcse`; `lo`, `middle` and `hi` (5%, 50% and 95% over sets of assumptions, Monte Carlo
        error taken out) and `sign_share` (of sets where more futures have the sign of the
        difference than the other), missing below 500 futures and the last without any
        difference; `robust`; `verdict`, see `verdict`; `against` (beyond Monte Carlo error, with
        the other sign than expected); `civilians` and
        `civilians_mcse` (the difference in civilians killed on purpose in the members, whatever
        the outcome); `reason`, `explanation`.
    """
    gap = changed.outcome - base.outcome
    harm = changed.civilians - base.civilians
    difference, mcse = float(gap.mean()), mcse_of_mean(gap)
    span = _range(gap, sets)
    beyond = abs(difference) > ERRORS * mcse
    return {
        "outcome": contrast.outcome,
        "unit": OUTCOMES[contrast.outcome].unit,
        "horizon": contrast.horizon,
        "expected": contrast.expected,
        "base": float(base.outcome.mean()),
        "changed": float(changed.outcome.mean()),
        "difference": difference,
        "mcse": mcse,
        **span,
        "robust": bool(beyond and span["sign_share"] >= MOST_SETS),
        "verdict": verdict(contrast.expected, difference, beyond, span["sign_share"]),
        "against": bool(beyond and np.sign(difference) == -SIGNS.get(contrast.expected, 0.0)),
        "civilians": float(harm.mean()),
        "civilians_mcse": mcse_of_mean(harm),
        "reason": contrast.reason,
        "explanation": contrast.explanation or "",
    }


def verdict(expected: str, difference: float, beyond: bool, sign_share: float) -> str:
    """Return in words how a difference stands to what was expected of it.

    Args:
        expected: up, down, or neither.
        difference: the mean over members.
        beyond: twice its Monte Carlo error.
        sign_share: share of the sets of assumptions with its sign; not a number if not known.

    Example:
        >>> verdict("down", 0.2, beyond=True, sign_share=0.95)
        'against expectation'
        >>> verdict("down", -0.2, beyond=True, sign_share=0.6)
        'depends on assumptions'
    """
    if not beyond:
        return WITHIN
    if expected not in SIGNS:
        return OPEN
    if np.isnan(sign_share):
        return FEW
    if sign_share < MOST_SETS:
        return DEPENDS
    return AS_EXPECTED if np.sign(difference) == SIGNS[expected] else AGAINST


def _range(
    gap: Float[np.ndarray, " member"], sets: Mapping[str, Int[np.ndarray, " member"]]
) -> dict[str, float]:
    """Return middle and ends of the range over sets, and how many have the sign, if enough."""
    names = ("lo", "middle", "hi", "sign_share")
    own = over_each_set(gap, sets) if len(gap) >= LEAST_FOR_RANGE else np.full(1, np.nan)
    if not np.isfinite(own).all():
        return dict.fromkeys(names, np.nan)
    moved = over_each_set(np.sign(gap), sets)
    share = (np.sign(moved) == np.sign(gap.mean())).mean() if gap.mean() else np.nan
    return dict(zip(names, map(float, (*np.quantile(own, QUANTILES), share)), strict=True))


def _chosen(known: dict[str, Contrast], names: Sequence[str] | None) -> dict[str, Contrast]:
    for name in names or ():
        if name not in known:
            allowed = ", ".join(known)
            raise InputError("no such contrast", field="only", value=name, allowed=allowed)
    chosen = {name: row for name, row in known.items() if not names or name in names}
    for name, contrast in chosen.items():
        if contrast.outcome not in OUTCOMES:
            raise InputError(
                "no such outcome",
                field=f"{name}.outcome",
                value=contrast.outcome,
                allowed=", ".join(OUTCOMES),
            )
        check_horizon(name, contrast.outcome, contrast.horizon)
        check_paths(name, contrast.params)
    return chosen


def _cut(chosen: dict[str, Contrast], months: int | None) -> dict[str, Contrast]:
    """Return the contrasts with no horizon after `months`; one that begins later is refused."""
    if months is None:
        return chosen
    check_whole_years(months)
    cut = {}
    for name, row in chosen.items():
        leads = [c.first_lead for c in (*row.change, *row.base)]
        leads = [1, *leads, *(shock.leads[-1] for shock in row.shock)]
        if max(leads) > months:
            allowed = f"{max(leads)} or more, when {name} begins"
            raise InputError("too short", field="months", value=months, allowed=allowed)
        cut[name] = row.model_copy(update={"horizon": min(row.horizon, months)})
    return cut


def _prepare(loaded: LoadedScenario, plan: Plan, progress: Progress) -> Prepared:
    """Return the start of all arms: the scenario with the arms' settings for its policies."""
    policies = {SHARED: loaded.scenario.policies[SHARED], **plan.policies}
    changed = loaded.scenario.model_dump() | {"months": plan.months, "policies": policies}
    return start_of(replace(loaded, scenario=Scenario.model_validate(changed)), progress=progress)


def _said(progress: Progress, arm: int, arms: int) -> Progress:
    """Return a progress that says which arm is simulated."""
    return lambda what, done, total: progress(f"{what}, arm {arm + 1} of {arms}", done, total)
