"""What juntas decided, as arrays: quarters with a menu, forks between two options, lenses.

A quarter is one choice among the acts that were open, or none, by the utility that the simulation
uses (`liptako.model.processes.choices`); a fork is one choice between two options. Consequences
stand in two codings. Of the situations that make an act worth more, losses and disputes are on
record before a start, both as against the start; the others are taken as at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from liptako.data.snapshot import Snapshot
from liptako.inference.motives import panel
from liptako.inference.past_cases.politics import own_losses
from liptako.model.menu import Menu
from liptako.model.processes import pressure
from liptako.model.structure import Structure
from liptako.theatre.consequences import CONSEQUENCES, Situation
from liptako.theatre.dated import promised_at, rungs_at, support_at
from liptako.theatre.motives import Motives
from liptako.theatre.registry import Registry
from liptako.theatre.schema import Theatre

CODINGS = 2
QUARTER = 3
"""Months."""


class Record(NamedTuple):
    """All that the likelihood reads; a pytree of arrays.

    Attributes:
        junta: of each quarter.
        open: options that were open, the first of them to do nothing.
        share: what was done, as shares of one choice; zeros where a quarter says nothing.
        effects: utility of each option under each lens, by coding, when nothing presses.
        more: what situations of the quarter add.
        fork_junta: of each fork.
        fork_change: 1 where the option taken breaks with what was, -1 where that refused would.
        fork_effects: utility of the option taken less that of the option refused.
        fork_taken: 1 where the option called taken was taken.
        fork_weight: 0 for a fork that does not count.
    """

    junta: Int[np.ndarray, " quarter"]
    open: Bool[np.ndarray, "quarter option"]
    share: Float[np.ndarray, "quarter option"]
    effects: Float[np.ndarray, "coding option lens"]
    more: Float[np.ndarray, "quarter option lens"]
    fork_junta: Int[np.ndarray, " fork"]
    fork_change: Float[np.ndarray, " fork"]
    fork_effects: Float[np.ndarray, "coding fork lens"]
    fork_taken: Float[np.ndarray, " fork"]
    fork_weight: Float[np.ndarray, " fork"]


@dataclass(frozen=True, eq=False)
class Names:
    """What the axes of a record are.

    Attributes:
        juntas, lenses, families, acts, forks: by their axes.
        family_of: of each lens.
        quarters: month number of the first month, by quarter.
        fork_quarter: the quarter that each fork falls in.
        weights: of the lenses, scaled: what they would be as motives of the simulation.
        countries: of the juntas.
    """

    juntas: tuple[str, ...]
    lenses: tuple[str, ...]
    families: tuple[str, ...]
    acts: tuple[str, ...]
    forks: tuple[str, ...]
    family_of: Int[np.ndarray, " lens"]
    quarters: Int[np.ndarray, " quarter"]
    fork_quarter: Int[np.ndarray, " fork"]
    weights: Float[np.ndarray, "lens consequence"]
    countries: tuple[str, ...]


def build_record(
    motives: Motives,
    theatre: Theatre,
    structure: Structure,
    snapshot: Snapshot,
    registry: Registry,
    *,
    counted: Mapping[str, bool] | None = None,
) -> tuple[Record, Names]:
    """Return a theatre's record and what its axes are.

    Args:
        motives: lenses, juntas, forks and both codings.
        theatre: its dated support, disputes and promises.
        structure: its menu; what levers may do.
        snapshot: the timeline and events, cut at the last month that counts.
        registry: its memory of losses, and what enters choices.
        counted: `joint`, `atrocity` and `said`, whether such decisions count; all do without it.
    """
    counted = dict(counted or {})
    table = panel.junta_months(motives, snapshot.timeline)
    rows, acts = panel.quarters(table), structure.menu.names
    juntas, lenses = tuple(motives.spec.juntas), tuple(motives.spec.lenses)
    weights = scaled_weights(motives, structure.menu)
    half_life = float(np.asarray(registry["memory.half_life"].value, float)[pressure.MIDDLE])
    z = _situations(
        theatre, structure, snapshot, rows, motives.spec.last, half_life,
        registry.fixed("choices.depth"),
    )  # fmt: skip
    more = np.einsum("asc,qs,lc->qal", structure.menu.when, z, weights)
    names = Names(
        juntas=juntas,
        lenses=lenses,
        families=motives.families,
        acts=acts,
        forks=tuple(motives.forks),
        family_of=np.array(
            [motives.families.index(row.family) for row in motives.spec.lenses.values()]
        ),
        quarters=rows["quarter"].to_numpy(),
        fork_quarter=_fork_quarters(motives, rows),
        weights=weights,
        countries=tuple(row.country for row in motives.spec.juntas.values()),
    )
    record = Record(
        junta=np.array([juntas.index(name) for name in rows["junta"]]),
        open=_open(motives, theatre, structure, rows, table, registry.fixed("choices.enough")),
        share=panel.shares(table, acts, **counted),
        effects=np.stack(
            [_with_none(codes @ weights.T) for codes in act_codes(motives, structure.menu)]
        ),
        more=np.concatenate([np.zeros((len(rows), 1, len(lenses))), more], axis=1),
        **_forks(motives, weights, juntas, counted),
    )
    # what was done was open
    return record._replace(open=record.open | (record.share > 0)), names


def act_codes(motives: Motives, menu: Menu) -> Float[np.ndarray, "coding act consequence"]:
    """Return what acts are expected to bring, by coding: the menu's, and the second."""
    second = np.array([_vector(motives.second.acts[name]) for name in menu.names])
    return np.stack([menu.effects.astype(float), second])


def fork_codes(motives: Motives) -> Float[np.ndarray, "coding fork consequence"]:
    """Return what the option taken was expected to bring beyond the one refused, by coding."""
    first = [_vector(f.taken.codes) - _vector(f.refused.codes) for f in motives.forks.values()]
    second = [
        _vector(motives.second.forks[name].taken) - _vector(motives.second.forks[name].refused)
        for name in motives.forks
    ]
    return np.array([first, second]).reshape(CODINGS, len(motives.forks), len(CONSEQUENCES))


def scaled_weights(motives: Motives, menu: Menu) -> Float[np.ndarray, "lens consequence"]:
    """Return the weights of lenses, so that acts' utilities have a standard deviation of one.

    Over the acts of the menu and doing nothing, and over both codings.
    """
    raw = np.array([_vector(lens.weights) for lens in motives.spec.lenses.values()])
    codes = act_codes(motives, menu)
    worth = np.concatenate([np.zeros((CODINGS, 1, len(raw))), codes @ raw.T], axis=1)
    return raw / np.sqrt(worth.var(axis=1).mean(axis=0))[:, None]


def _vector(codes: Mapping[Any, float]) -> np.ndarray:
    return np.array([codes.get(name, 0.0) for name in CONSEQUENCES])


def _with_none(utility: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros((1, utility.shape[1])), utility])


def _forks(
    motives: Motives, weights: np.ndarray, juntas: tuple[str, ...], counted: dict[str, bool]
) -> dict[str, np.ndarray]:
    forks = motives.forks.values()
    kept = [
        (counted.get("said", True) or not fork.said)
        and (counted.get("atrocity", True) or not fork.atrocity)
        for fork in forks
    ]
    return {
        "fork_junta": np.array([juntas.index(fork.junta) for fork in forks], int),
        "fork_change": np.array([float(fork.changes) for fork in forks]),
        "fork_effects": fork_codes(motives) @ weights.T,
        "fork_taken": np.ones(len(motives.forks)),
        "fork_weight": np.array(kept, float),
    }


def _fork_quarters(motives: Motives, rows: pd.DataFrame) -> np.ndarray:
    keys = list(zip(rows["junta"], rows["quarter"], strict=True))
    starts = [(fork.at - 1) // QUARTER * QUARTER + 1 for fork in motives.forks.values()]
    forks = zip(motives.forks.values(), starts, strict=True)
    return np.array([keys.index((fork.junta, start)) for fork, start in forks], int)


def _open(
    motives: Motives,
    theatre: Theatre,
    structure: Structure,
    rows: pd.DataFrame,
    table: pd.DataFrame,
    enough: float,
) -> Bool[np.ndarray, "quarter option"]:
    """Return which acts would have changed something in each quarter.

    As `liptako.model.processes.choices.feasible`, from what is dated: support that patrons gave in
    the month before, dates that stood, whether another junta ruled to make a pact with, levers
    that an act of the quarter or of the one before had moved.
    """
    menu, spec = structure.menu, motives.spec
    low, high = structure.lever_room
    moves = np.abs(np.clip(menu.levers, low, high)).max(axis=1, initial=0.0) > enough
    turned = [_turned_round(menu, at, table) for at in range(len(menu.names))]
    blocs = menu.out.max(axis=1, initial=0.0)
    out = np.ones((len(rows), len(menu.names) + 1), bool)
    for at, row in enumerate(rows.to_dict("records")):
        before, country = row["quarter"] - 1, list(theatre.countries).index(row["country"])
        support = support_at(theatre, before)[:, country]
        taken = np.clip(support + menu.wants, 0.0, 1.0) - support
        stands = promised_at(theatre, before)[country] > 0
        others = sum(
            junta.since_month <= row["quarter"] + 2
            and junta.until_month(spec.last) >= row["quarter"]
            for junta in spec.juntas.values()
            if junta.country != row["country"]
        )
        signed = theatre.alliance is not None and theatre.alliance.signed_month < row["quarter"]
        reach = {(row["junta"], quarter) for quarter in (row["quarter"], row["quarter"] - QUARTER)}
        for act in range(len(menu.names)):
            out[at, act + 1] = (
                moves[act]
                or bool(turned[act] & reach)
                or bool((np.abs(taken[act]) > enough).any())
                or (bool(menu.promise[act]) and not stands)
                or (bool(menu.extend[act]) and stands)
                or (bool(menu.deepen[act]) and others > 0)
                or (bool(menu.leave[act]) and signed)
                or blocs[act] > 0
                or bool(menu.reshuffle[act])
            )
    return out


def _turned_round(menu: Menu, act: int, table: pd.DataFrame) -> set[tuple[str, int]]:
    """Return the juntas and quarters with an act that moved a lever which this one moves back."""
    back = [
        other
        for at, other in enumerate(menu.names)
        if ((menu.levers[at] * menu.levers[act]) < 0).any()
    ]
    rows = table[table["act"].isin(back)]
    return set(panel.quarters(rows)[["junta", "quarter"]].itertuples(index=False, name=None))


def _situations(
    theatre: Theatre,
    structure: Structure,
    snapshot: Snapshot,
    rows: pd.DataFrame,
    start: int,
    half_life: float,
    depth: float,
) -> Float[np.ndarray, "quarter situation"]:
    """Return strain and dispute in the month before each quarter, against the start of runs."""
    lost = own_losses(snapshot, structure.countries, half_life)
    z = np.zeros((len(rows), len(Situation)))
    rung = rungs_at(theatre, start)
    for at, row in enumerate(rows.to_dict("records")):
        before, iso = int(row["quarter"]) - 1, row["country"]
        place = structure.countries.index(iso)
        now, then = (float(lost[iso].loc[month]) for month in (before, start))
        z[at, Situation.STRAIN] = np.log1p(now) - np.log1p(then)
        climbed = (rungs_at(theatre, before) - rung) * structure.party_matrix[:, place]
        z[at, Situation.DISPUTE] = climbed.max(initial=0.0)
    return np.clip(z, -depth, depth)
