"""What futures come to under several policies: the same members, one start, one compiled program.

Only measures are kept, one number a member, policy and outcome: arrays are let go block by block,
so that memory grows neither with policies nor with members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
import xarray as xr
from jaxtyping import Int, PyTree

from liptako.errors import InputError
from liptako.experiments.differences import PerMember
from liptako.model.simulate import Start, compile_batch
from liptako.outcomes import support
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.measures import OUTCOMES, Outcome, check_horizon, countries_of
from liptako.runs.arms import Arm
from liptako.runs.dataset import gathered, known_before
from liptako.runs.executor import DRAWN, Progress, run_members, silent
from liptako.runs.start import Prepared
from liptako.theatre.schema import Theatre
from liptako.words.outcomes import HARM, SHARE

BLOCK = 2 * DRAWN
"""Members whose arrays are held at a time."""

UNREAD = ("events", "cell_any", "cell_large")
"""Outputs that no outcome is measured from: they are not gathered."""

DEFAULT = (
    "pact_alive", "regimes_held", "rolled_back", *ENDINGS,
    "deaths", "civilians_killed", "civilians_by_state", "civilians_by_insurgents",
    "civilians_by_militias", "displaced", "coast_deaths", "capital_deaths", "army_dead",
    "exits", "coups", "kept", "missed", "upper_others", "disputed_others", "disputed_allies",
    "support", "besieged", "reached", "means",
)  # fmt: skip
"""Outcomes that are compared unless others are named; the last are patrons short of means."""


RULED = "ruled"
"""In how many months rules hold: compared where a policy has any."""


class Counted(NamedTuple):
    """An outcome, and the countries in which it is counted."""

    outcome: Outcome
    countries: tuple[str, ...]


def outcomes_of(theatre: Theatre) -> dict[str, Outcome]:
    """Return all outcomes that can be compared: the common ones, and the share of each patron."""
    shares = {
        f"{SHARE}{name}": Outcome(partial(support.share, name), "share of support", "regimes")
        for name in theatre.patrons
    }
    return OUTCOMES | shares


def counted_outcomes(prepared: Prepared, asked: Sequence[str] | None = None) -> dict[str, Counted]:
    """Return what is counted, by the name that was asked for.

    Args:
        prepared: the start; its scenario says how far futures go.
        asked: outcomes, each a name or `NAME:AAA,BBB` with the countries that count; those of
            `DEFAULT` that the theatre and the length of the run have, and the share of each patron
            that is short of means, if not given; and in how many months rules hold, where there
            are any.

    Raises:
        InputError: no such outcome, or one that cannot be counted there.
    """
    theatre, known = prepared.loaded.theatre, known_before(prepared, Arm(), np.arange(2))
    every, months = outcomes_of(theatre), prepared.loaded.scenario.months
    if asked is not None:
        return {name: _counted(name, every, known, months) for name in dict.fromkeys(asked)}
    found = {}
    limited = [f"{SHARE}{name}" for name, row in theatre.patrons.items() if row.limited]
    ruled = [RULED] if any(row.rule for row in prepared.loaded.scenario.policies.values()) else []
    for name in (*DEFAULT, *limited, *ruled):
        try:
            found[name] = _counted(name, every, known, months)
        except InputError:  # the theatre has none, or it is not counted at this length
            continue
    if not found:
        raise InputError("nothing to compare", field="outcome", allowed="a theatre with event data")
    return found


def with_harm(prepared: Prepared, asked: Sequence[str] | None) -> Sequence[str] | None:
    """Return what was asked for, with harm to civilians where the theatre counts it."""
    if asked is None or any(name.partition(":")[0] == HARM for name in asked):
        return asked
    try:
        counted_outcomes(prepared, [HARM])
    except InputError:
        return asked
    return [*asked, HARM]


def _counted(asked: str, every: Mapping[str, Outcome], known: xr.Dataset, months: int) -> Counted:
    name, _, named = asked.partition(":")
    if name not in every:
        raise InputError("no such outcome", field="outcome", value=name, allowed=", ".join(every))
    check_horizon(asked, name, months)
    countries = [iso for iso in named.split(",") if iso]
    return Counted(every[name], tuple(countries_of(asked, every[name], known, countries)))


def fingerprint(start: Start) -> str:
    """Return a hash of where futures begin and of all that enters: equal for equal policies."""
    digest = hashlib.sha256()
    for field in fields(start):
        for leaf in jax.tree.leaves(getattr(start, field.name)):
            digest.update(np.asarray(leaf).tobytes())
    return digest.hexdigest()


def measured(
    prepared: Prepared,
    policies: Sequence[str],
    counted: Mapping[str, Counted],
    members: Int[np.ndarray, " member"],
    progress: Progress = silent,
) -> dict[str, dict[str, PerMember]]:
    """Return each outcome of every member under each policy, by policy and outcome.

    Two policies that set the same are simulated once.

    Args:
        prepared: the start; its scenario has the policies.
        policies: names.
        counted: outcomes, see `counted_outcomes`.
        members: member numbers, the same under every policy.
        progress: called as batches finish.
    """
    seed = prepared.loaded.scenario.seed
    starts = {name: prepared.start(name, seed) for name in policies}
    first: dict[str, str] = {}
    same = {name: first.setdefault(fingerprint(start), name) for name, start in starts.items()}
    arms = list(first.values())
    batch = compile_batch(prepared.structure)
    parts: dict[str, list[dict[str, PerMember]]] = {name: [] for name in arms}
    blocks = [members[at : at + BLOCK] for at in range(0, len(members), BLOCK)]
    for number, block in enumerate(blocks):
        draw = _drawn_once(prepared, seed)
        known = known_before(prepared, Arm(), block)
        for place, name in enumerate(arms):
            done = number * BLOCK * len(arms) + place * len(block)
            say = _said(progress, done, len(members) * len(arms))
            chunks = run_members(batch, starts[name], draw, block, progress=say)
            run = gathered(known, chunks, UNREAD)
            parts[name].append(_values(run, counted))
    joined = {
        name: {key: np.concatenate([row[key] for row in rows]) for key in counted}
        for name, rows in parts.items()
    }
    return {name: joined[same[name]] for name in policies}


def _values(run: xr.Dataset, counted: Mapping[str, Counted]) -> dict[str, PerMember]:
    return {
        name: np.asarray(row.outcome.measure(run, list(row.countries)), np.float64)
        for name, row in counted.items()
    }


def _drawn_once(prepared: Prepared, seed: int) -> Callable[[np.ndarray], PyTree]:
    """Return how to draw parameters: those of the same members are drawn once for all policies."""
    kept: dict[bytes, PyTree] = {}

    def draw(members: np.ndarray) -> PyTree:
        key = members.tobytes()
        if key not in kept:
            kept[key] = prepared.draw_params(seed, members)
        return kept[key]

    return draw


def _said(progress: Progress, before: int, total: int) -> Progress:
    """Return a progress that counts the members of all policies together."""
    return lambda what, done, _: progress(what, before + done, total)
