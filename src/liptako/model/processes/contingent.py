r"""Contingent levers: rules of a policy set levers while what they wait for holds.

Rules are read in the months in which regimes choose and in the run's first, from the state at the
end of the month before, and stand as read until the next reading. A rule waits for one of these, in
each country by itself or in any of some countries:

- *no date*: a junta rules, and no promised date to hand over stands; *date*: one stands;
- *default*: a junta rules that has let a date pass, or put it off, since the run began;
- *coup*: one has succeeded in the last twelve months, since the run began;
- *attacks rise*, *killings rise*: insurgent events, or killings of civilians by states, come at
  least $x$ times as often as at the start (fading means; fewer than `LEAST` a month are no rise),
  counted in all countries that are looked at together;
- *siege*: a town is besieged.

While it holds, its lever stands where the rule sets it, whatever the policy sets else or a regime
would choose; a lever that is brought in over $n$ months goes there evenly. Where it no longer
holds, the lever is back at once.

A policy without rules changes nothing here: levers pass as they are.

Assumption: those who set levers see the month before as it was, and act at once. Test:
`tests/unit/test_contingent.py`.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.codes import Exit
from liptako.model.processes.pressure import MIDDLE, attacks
from liptako.model.state import Answers, Forcing, Rules, State
from liptako.model.structure import Structure
from liptako.theatre.rules import CONDITIONS
from liptako.theatre.scenario import MAX_RULES

COUNTED = ("attacks_rise", "killings_rise")
"""Conditions that compare events with those at the start."""

LEAST = 0.5
"""Events a month: fewer are no rise, however few there were at the start."""


def begin(structure: Structure, state: State) -> State:
    """Return the state with what rules compare with: events as they were at the start."""
    return replace(state, answers=replace(state.answers, begun=_events(structure, state)))


def answer(structure: Structure, state: State, forcing: Forcing) -> tuple[State, Forcing]:
    """Return the state with what rules have found, and what enters with the levers they set.

    Args:
        structure: the theatre.
        state: at the end of last month.
        forcing: calendar, levers and rules.
    """
    rules, before = forcing.rules, state.answers
    struck = (state.regime.exit == float(Exit.COUP_OTHER_CAMP)) | (
        state.regime.exit == float(Exit.COUP_SAME_CAMP)
    )
    after_coup = jnp.where(struck, MONTHS_PER_YEAR, jnp.maximum(before.after_coup - 1.0, 0.0))
    answers = replace(before, after_coup=after_coup)
    found = holds(structure, rules, replace(state, answers=answers))
    held = jnp.where(rules.read > 0, found, before.held) * rules.heard
    months = (before.months + 1.0) * held
    state = replace(state, answers=replace(answers, held=held, months=months))
    return state, _set(rules, held, months, forcing)


def holds(structure: Structure, rules: Rules, state: State) -> Float[Array, "rule country"]:
    """Return one where what a rule waits for holds, for each country that it looks at."""
    now, begun = _now(structure, state)
    least = np.array([LEAST if kind in COUNTED else 1.0 for kind in CONDITIONS], np.float32)
    bar = jnp.maximum(_looked_at(rules, begun), (rules.kind @ least)[:, None])
    return (_looked_at(rules, now) >= rules.times[:, None] * bar).astype(jnp.float32)


def _now(
    structure: Structure, state: State
) -> tuple[Float[Array, "condition country"], Float[Array, "condition country"]]:
    """Return each condition as it stands, and as it stood at the start where that counts."""
    junta, conduct = state.regime.junta * structure.member, state.conduct
    events = zip(COUNTED, _events(structure, state), strict=True)
    at_start = dict(zip(COUNTED, state.answers.begun, strict=True))
    stands = {
        "no_date": junta * (conduct.due == 0),
        "date": junta * (conduct.due > 0),
        "default": junta * (conduct.default > 0),
        "coup": (state.answers.after_coup > 0) * structure.member,
        "siege": jnp.minimum(state.territory.besieged @ structure.region_country_matrix, 1.0),
        **dict(events),
    }
    started = dict.fromkeys(CONDITIONS, jnp.zeros(len(structure.countries))) | at_start
    now = jnp.stack([stands[kind] * 1.0 for kind in CONDITIONS])
    return now, jnp.stack([started[kind] for kind in CONDITIONS])


def _events(structure: Structure, state: State) -> Float[Array, "counted country"]:
    """Return the fading means of `COUNTED`: insurgent events and killings by states a month."""
    insurgent = attacks(structure, state.traces) @ structure.country_matrix
    by_states = state.traces[structure.killings, MIDDLE].sum(axis=0) @ structure.country_matrix
    return jnp.stack([insurgent, by_states])


def _looked_at(
    rules: Rules, found: Float[Array, "condition country"]
) -> Float[Array, "rule country"]:
    """Return what each rule sees for each country: there, or in the countries it names, summed."""
    seen = rules.kind @ found
    together = (rules.of * seen).sum(axis=1, keepdims=True)
    return jnp.where(rules.own[:, None] > 0, seen, together)


def _set(
    rules: Rules,
    held: Float[Array, "rule country"],
    months: Float[Array, "rule country"],
    forcing: Forcing,
) -> Forcing:
    """Return what enters with the levers of rules that hold; later rules over earlier ones."""
    levers, fixed = forcing.levers, forcing.fixed
    for rule in range(MAX_RULES):
        on = rules.lever[rule][:, None] * held[rule] > 0
        share = months[rule] * rules.pace[rule]
        partly = levers + share * (rules.value[rule] - levers)
        levers = jnp.where(on, jnp.where(share < 1.0, partly, rules.value[rule]), levers)
        fixed = jnp.where(on, 1.0, fixed)
    return replace(forcing, levers=levers, fixed=fixed)


def none_yet(structure: Structure) -> Answers:
    """Return answers before any rule was read."""
    nobody = np.zeros((MAX_RULES, len(structure.countries)), np.float32)
    return Answers(
        held=jnp.asarray(nobody),
        months=jnp.asarray(nobody),
        after_coup=jnp.asarray(nobody[0]),
        begun=jnp.asarray(nobody[: len(COUNTED)]),
    )
