"""Policies compared: the same futures under each, and what differs from the first one named.

All policies share every member's random draws and parameters, one start and one compiled program,
so that a policy that sets nothing differs by exactly 0. For each policy and outcome the table has
the mean difference with its Monte Carlo error, its middle and range over sets of assumptions, the
share of sets in which its sign holds, and a verdict. In short (`liptako.experiments.differences`
has the rules):

- *robust*: beyond Monte Carlo error, and the sign holds in 90% of sets of assumptions or more,
  Monte Carlo error taken out; sets of few members cannot show that of a small effect;
- *depends on assumptions*: sets are shown to differ, and fewer have the sign;
- *no view*: so few, under two in three, that the model has none;
- *more members needed*, and about how many: neither is shown;
- *no effect*: no future changes.

A comparison in a model says what the assumptions imply. It is no experiment, and no advice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd
from jaxtyping import Int

from liptako.errors import InputError
from liptako.experiments.differences import PerMember, difference_of
from liptako.experiments.measured import Counted, counted_outcomes, fingerprint, measured, with_harm
from liptako.model.simulate import Start
from liptako.outcomes.ranges import LEAST_FOR_RANGE, set_numbers
from liptako.runs.background import as_array
from liptako.runs.cite import manifest
from liptako.runs.executor import Progress, silent
from liptako.runs.start import Prepared, start_of
from liptako.theatre.loading import LoadedScenario, load_scenario
from liptako.theatre.policies import with_policies
from liptako.theatre.scenario import check_whole_years

DEFAULT_MEMBERS = 1000
NUMBERS = ("diff", "median", "lo", "hi", "mcse", "sign_holds", "members_needed", "verdict")


@dataclass(frozen=True, eq=False)
class Comparison:
    """What futures came to under each policy, one number a member.

    Attributes:
        prepared: the start that policies share.
        policies: those compared, the reference first.
        counted: outcomes, by name.
        values: by policy and outcome.
        members: member numbers.
        prints: what each policy sets, as a hash: the key under which measures are reused.
    """

    prepared: Prepared = field(repr=False)
    policies: tuple[str, ...]
    counted: dict[str, Counted] = field(repr=False)
    values: dict[str, dict[str, PerMember]] = field(repr=False)
    members: Int[np.ndarray, " member"] = field(repr=False)
    prints: dict[str, str] = field(repr=False)

    @property
    def reference(self) -> str:
        """The policy that others are compared with."""
        return self.policies[0]

    @property
    def sets(self) -> dict[str, Int[np.ndarray, " member"]]:
        """The set of assumptions of each member, by status of evidence."""
        return set_numbers(self.members)

    def against(self, reference: str) -> Comparison:
        """Return the same futures beside another reference; nothing is simulated again."""
        _known(self, reference)
        others = [name for name in self.policies if name != reference]
        return replace(self, policies=(reference, *others))

    def gap(self, policy: str, outcome: str) -> PerMember:
        """Return the difference of an outcome from the reference, member by member."""
        _known(self, policy)
        if outcome not in self.counted:
            allowed = ", ".join(self.counted)
            raise InputError("not measured", field="outcome", value=outcome, allowed=allowed)
        return self.values[policy][outcome] - self.values[self.reference][outcome]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a policy and outcome: `policy`, `outcome`, `unit`, `base`, and `difference_of`.

        Chances and shares are in 1, not in 100; what cannot be told is not a number.
        """
        rows = []
        for policy in self.policies[1:]:
            gaps = {name: self.gap(policy, name) for name in self.counted}
            moved = any(gap.any() for gap in gaps.values())
            rows += [
                {
                    "policy": policy,
                    "outcome": name,
                    "unit": row.outcome.unit,
                    "base": float(self.values[self.reference][name].mean()),
                    **difference_of(gaps[name], self.sets, moved=moved),
                }
                for name, row in self.counted.items()
            ]
        return pd.DataFrame(rows)

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain values, as `liptako compare --json` prints it."""
        scenario = self.prepared.loaded.scenario
        differences: dict[str, dict[str, Any]] = {name: {} for name in self.policies[1:]}
        for row in self.table.to_dict("records"):
            numbers = {name: row[name] for name in (*NUMBERS, "unit")}
            differences[row["policy"]][row["outcome"]] = numbers
        base = self.values[self.reference]
        return {
            "scenario": scenario.name,
            "init_time": scenario.init_time,
            "months": scenario.months,
            "seed": scenario.seed,
            "reference": self.reference,
            "policies": list(self.policies[1:]),
            "labels": {name: scenario.policies[name].label for name in self.policies},
            "assumed": {name: list(laws) for name, laws in self.assumed.items()},
            "members": len(self.members),
            "base": {name: float(base[name].mean()) for name in self.counted},
            "differences": differences,
        }

    @property
    def assumed(self) -> dict[str, tuple[str, ...]]:
        """Levers of armed actors that policies set, each with the law that bounds it, by policy."""
        found = {name: armed_levers(self.prepared, name) for name in self.policies}
        return {name: laws for name, laws in found.items() if laws}


def compare(
    scenario: str | Path | LoadedScenario = "sahel-2024",
    policies: Sequence[str] = ("baseline",),
    *,
    members: int = DEFAULT_MEMBERS,
    months: int | None = None,
    seed: int | None = None,
    outcomes: Sequence[str] | None = None,
    beside: Sequence[str] = (),
    to_rank: bool = False,
    kept: Comparison | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Compare policies of a scenario with the first one named.

    Args:
        scenario: a name, a file, or a loaded scenario.
        policies: two or more, of the scenario or of its theatre; the first is the reference.
        members: futures under each policy, the same ones.
        months: how far, whole years; the scenario's own length if not given.
        seed: of the random numbers; likewise.
        outcomes: what is compared, `NAME` or `NAME:AAA,BBB` with countries; see
            `liptako.experiments.measured.counted_outcomes`; harm to civilians is added.
        beside: more of them, beside those or the common ones.
        to_rank: whether they are to be ranked, see `liptako.experiments.robustness`: policies that
            may not be are refused before anything is simulated.
        kept: an earlier comparison; measures of the same futures are taken from it.
        progress: called as batches finish.

    Returns:
        A comparison; `.table` has one row a policy and outcome, `.summary()` plain values.

    Raises:
        InputError: a policy that there is not, that is named twice or sets nothing that differs;
            fewer than two; an outcome that cannot be counted; a run of other than whole years.

    Example:
        >>> found = compare("sahel-2024", ["baseline", "mediate"])         # doctest: +SKIP
        >>> found.table[["policy", "outcome", "median", "verdict"]]        # doctest: +SKIP
    """
    prepared = prepare_policies(
        scenario,
        policies,
        members=members,
        months=months,
        seed=seed,
        to_rank=to_rank,
        progress=progress,
    )
    if beside:
        outcomes = [*(counted_outcomes(prepared) if outcomes is None else outcomes), *beside]
    outcomes = with_harm(prepared, outcomes)
    return compared(prepared, policies, outcomes=outcomes, kept=kept, progress=progress)


def prepare_policies(
    scenario: str | Path | LoadedScenario,
    policies: Sequence[str],
    *,
    members: int = DEFAULT_MEMBERS,
    months: int | None = None,
    seed: int | None = None,
    to_rank: bool = False,
    progress: Progress = silent,
) -> Prepared:
    """Return the start that policies share, with all of them checked; arguments as `compare`'s."""
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    names = _distinct(policies)
    adjusted = loaded.scenario.adjusted(members=members, months=months, seed=seed)
    check_whole_years(adjusted.months)  # yearly outcomes would end before the rest
    loaded = with_policies(replace(loaded, scenario=adjusted), names)
    prepared = start_of(loaded, progress=progress)
    check_differ(prepared, names)
    if to_rank:
        check_rankable(prepared, names)
    return prepared


def compared(
    prepared: Prepared,
    policies: Sequence[str],
    *,
    outcomes: Sequence[str] | None = None,
    kept: Comparison | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Compare policies of a start that is prepared, see `compare`."""
    check_differ(prepared, policies)
    counted = counted_outcomes(prepared, outcomes)
    members = np.arange(prepared.loaded.scenario.members)
    seed = prepared.loaded.scenario.seed
    prints = {name: fingerprint(prepared.start(name, seed)) for name in policies}
    known = _reused(kept, prepared, counted, prints)
    missing = [name for name in policies if name not in known]
    if missing:
        known |= measured(prepared, missing, counted, members, progress)
    values = {name: known[name] for name in policies}
    return Comparison(prepared, tuple(policies), counted, values, members, prints)


def check_differ(prepared: Prepared, policies: Sequence[str]) -> None:
    """Check that each policy that sets something differs from the reference, the first one.

    A policy that sets nothing at all is the null policy: it may be compared, and differs by 0.

    Raises:
        InputError: two policies or more are not named, or one sets what changes nothing.
    """
    scenario, file = prepared.loaded.scenario, prepared.loaded.file
    starts = {name: prepared.start(name, scenario.seed) for name in policies}
    reference = policies[0]
    for name in policies[1:]:
        says = scenario.policies[name].does()
        if says and _same(prepared, starts[name], starts[reference]):
            raise InputError(
                f"its levers do nothing that {reference} does not",
                file=file,
                field=f"policies.{name}",
                value=name,
                allowed="a policy that sets a lever, in some month and country, to another value",
            )


def _same(prepared: Prepared, one: Start, other: Start) -> bool:
    """Return whether two policies enter futures alike.

    To hold a lever where it is matters only where a regime's own choice could move it.
    """
    structure = prepared.structure
    moved = (structure.menu.levers != 0).any(axis=0)[:, None] & (structure.member > 0)[None, :]
    own, others = (
        jax.tree.leaves(
            replace(start.forcing, fixed=as_array(np.asarray(start.forcing.fixed) * moved))
        )
        for start in (one, other)
    )
    return all(np.array_equal(a, b) for a, b in zip(own, others, strict=True))


def armed_levers(prepared: Prepared, policy: str) -> tuple[str, ...]:
    """Return what a policy assumes of armed actors: levers, each with its law, and shocks.

    They are assumptions about what others do, never advice: no ranking takes them.
    """
    forcing = prepared.start(policy, prepared.loaded.scenario.seed).forcing
    touched = (np.asarray(forcing.levers) != 0) | (np.asarray(forcing.fixed) != 0)
    used = touched.transpose(1, 0, 2).reshape(touched.shape[1], -1).max(axis=1, initial=False)
    ruled = np.asarray(forcing.rules.lever) * np.asarray(forcing.rules.heard).max(2)[..., None]
    used |= ruled.max(axis=(0, 1)) > 0
    rows = zip(prepared.loaded.theatre.levers.values(), used.tolist(), strict=True)
    laws = [f"{row.label}: {row.law}" for row, set_ in rows if set_ and not row.civil]
    shocks = prepared.loaded.scenario.policies[policy].shock
    happens = [f"{row.kind}, {', '.join(row.countries)}, {row.month}: happens" for row in shocks]
    return (*laws, *happens)


def check_rankable(prepared: Prepared, policies: Sequence[str]) -> None:
    """Check that policies may be ranked.

    Raises:
        InputError: one sets a lever of armed actors, or members are too few.
    """
    members = prepared.loaded.scenario.members
    for policy in policies:
        if armed := armed_levers(prepared, policy):
            raise InputError(
                "what armed actors do is an assumption and never advice",
                file=prepared.loaded.file,
                field=f"policies.{policy}",
                value="; ".join(armed),
                allowed="policies over civil levers alone; `compare` shows the others unranked",
            )
    if members < LEAST_FOR_RANGE:
        raise InputError(
            "too few to rank over sets of assumptions",
            field="members",
            value=members,
            allowed=f"{LEAST_FOR_RANGE} or more",
        )


def _distinct(policies: Sequence[str]) -> tuple[str, ...]:
    names = (policies,) if isinstance(policies, str) else tuple(policies)
    for name in names:
        if names.count(name) > 1:
            allowed = "each policy once"
            raise InputError("named twice", field="policies", value=name, allowed=allowed)
    if len(names) < 2:
        allowed = "two or more: the first is what others are compared with"
        raise InputError("nothing to compare", field="policies", value=", ".join(names) or None,
                         allowed=allowed)  # fmt: skip
    return names


def _reused(
    kept: Comparison | None,
    prepared: Prepared,
    counted: Mapping[str, Counted],
    prints: Mapping[str, str],
) -> dict[str, dict[str, PerMember]]:
    """Return the measures of an earlier comparison that are those of the same futures."""
    if kept is None or _basis(kept.prepared) != _basis(prepared):
        return {}
    if any(kept.counted.get(name, None) is None for name in counted):
        return {}
    if any(kept.counted[name].countries != row.countries for name, row in counted.items()):
        return {}
    by_print = {kept.prints[name]: kept.values[name] for name in kept.policies}
    return {
        name: {key: by_print[print_][key] for key in counted}
        for name, print_ in prints.items()
        if print_ in by_print
    }


def _basis(prepared: Prepared) -> str:
    """Return all that futures depend on but for policies, as text."""
    about = manifest(prepared, "")
    scenario = {k: v for k, v in about["scenario"].items() if k != "policies"}
    return json.dumps({**about, "scenario": scenario}, sort_keys=True, default=str)


def _known(found: Comparison, policy: str) -> None:
    if policy not in found.values:
        allowed = ", ".join(found.values)
        raise InputError("not compared", field="policy", value=policy, allowed=allowed)
