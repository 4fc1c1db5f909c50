"""Policies of a theatre: what a scenario may run or compare beside its own.

`policies.toml` in a theatre's folder holds them. Months are leads (1 is the first month simulated),
so that a file serves any start. A theatre without the file has none. Only those that are asked for
enter a scenario, so that a run's record holds what was run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from liptako.calendar import format_month
from liptako.errors import InputError
from liptako.theatre import levers, rules, shocks
from liptako.theatre.contrasts import Change, setting_of
from liptako.theatre.loading import LoadedScenario, read_toml
from liptako.theatre.scenario import (
    MAX_RULES,
    Condition,
    Policy,
    Rule,
    Scenario,
)
from liptako.theatre.strict import Iso3, Name, Strict
from liptako.theatre.validation import validate

FILE = "policies.toml"


class RuleAhead(Change):
    """A lever set to a value while something holds, from a lead month on; see `Rule`."""

    when: Condition
    of: list[Iso3] = Field(default_factory=list, description="where it is looked for")
    times: float = Field(default=1.5, ge=1, le=100, description="what counts as a rise")

    def as_seen_from(self, init_month: int) -> Rule:
        """Return the rule in calendar months; a first month 1 is the run's, whichever it is."""
        leads = {"first": self.first_lead if self.first_lead > 1 else None, "last": self.last_lead}
        months = {
            name: None if lead is None else format_month(init_month + lead)
            for name, lead in leads.items()
        }
        said = self.model_dump(exclude={"first_lead", "last_lead"})
        return Rule.model_validate({**said, **months})


class PolicyAhead(Strict):
    """A named set of lever settings and rules, by lead month."""

    label: str = Field(min_length=1, max_length=160)
    of: list[Name] = Field(
        default_factory=list,
        description="policies above it whose settings and rules it begins with",
    )
    set: list[Change] = Field(default_factory=list)
    rule: list[RuleAhead] = Field(default_factory=list, max_length=MAX_RULES)


class Policies(Strict):
    """All policies of a theatre, by name."""

    policies: dict[Name, PolicyAhead] = Field(min_length=1)


def load_policies(folder: Path, init_month: int) -> dict[str, Policy]:
    """Read the policies of a theatre, as seen from the last month known; none without a file.

    Args:
        folder: of the theatre.
        init_month: lead 0.

    Raises:
        InputError: for anything not allowed, naming file, field and value.

    Example:
        >>> from liptako.theatre.loading import load_scenario
        >>> loaded = load_scenario("sahel-2024")
        >>> "mediate" in load_policies(loaded.folder, loaded.scenario.init_month)
        True
    """
    file = folder / FILE
    if not file.is_file():
        return {}
    rows = validate(Policies, read_toml(file), file, inside="policies").policies
    found: dict[str, Policy] = {}
    for name, row in rows.items():
        for part in row.of:
            if part not in found:
                raise InputError(
                    "no such policy above it",
                    file=file,
                    field=f"{name}.of",
                    value=part,
                    allowed=", ".join(found) or "none: it is the first",
                )
        parts = [setting for part in row.of for setting in found[part].set]
        own = [setting_of(change, init_month) for change in row.set]
        heard = [rule for part in row.of for rule in found[part].rule]
        heard += [rule.as_seen_from(init_month) for rule in row.rule]
        if len(heard) > MAX_RULES:
            raise InputError(
                "too many rules", file=file, field=f"{name}.rule", value=len(heard),
                allowed=f"{MAX_RULES} at most, with those of the policies it begins with",
            )  # fmt: skip
        found[name] = Policy(label=row.label, set=[*parts, *own], rule=heard)
        levers.check_consistent(found[name].set, str(file), f"{name}.set")
    return found


def with_policies(loaded: LoadedScenario, names: Sequence[str]) -> LoadedScenario:
    """Return a scenario with some policies of its theatre beside its own.

    A policy of the scenario's own comes before one of the theatre's with the same name.

    Args:
        loaded: the scenario.
        names: of policies, of the scenario or of the theatre.

    Raises:
        InputError: no such policy, or one whose levers or months do not fit the scenario.
    """
    scenario = loaded.scenario
    if all(name in scenario.policies for name in names):
        return loaded
    shared = load_policies(loaded.folder, scenario.init_month)
    file = str(loaded.folder / FILE)
    for name in names:
        if name not in scenario.policies and name not in shared:
            known = ", ".join(dict.fromkeys([*scenario.policies, *shared]))
            raise InputError(
                "no such policy", file=loaded.file, field="policy", value=name, allowed=known
            )
    added = {name: shared[name] for name in names if name not in scenario.policies}
    policies = {**scenario.policies, **added}
    wider = Scenario.model_validate({**scenario.model_dump(), "policies": policies})
    for name in added:
        levers.resolve(loaded.theatre, wider, name, file)
        shocks.resolve_shocks(loaded.theatre, wider, name, file)
        rules.resolve_rules(loaded.theatre, wider, name, file)
    return replace(loaded, scenario=wider)
