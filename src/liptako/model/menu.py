"""The politics of a theatre as static arrays: roles of levers, patrons, the menu of acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt

from liptako.theatre.consequences import CONSEQUENCES, SITUATIONS
from liptako.theatre.politics import Act
from liptako.theatre.schema import Theatre

ROLES = (
    "joint_operations",
    "backing",
    "sanctions",
    "force",
    "offensive",
    "mediation",
    "publicity",
    "pursuit",
    "transition",
    "pay",
    "siege_relief",
)
"""What politics reads single levers for."""


@dataclass(frozen=True, eq=False)
class Patrons:
    """Outside powers that arm, pay or guard regimes, and the instruments they give by.

    Attributes:
        names: of the patrons.
        ids: permanent.
        limited: one where capacity is a process of its own, shared among clients.
        rivals: one from a patron to those whose offers shrink as its own support grows.
        capacity: one at the lever that adds to its log capacity.
        at_war: one where a war of its own takes from its capacity.
        war: one at the lever that adds to the log of deaths in that war.
        instruments: names of what they give by.
        share: of each instrument in its patron's support; zero where it is another's.
        supplies: levers that full support moves.
        money: money in full support, as a share of full aid.
        force: soldiers that full support stations in a country, as a share of a large force.
        offer: one at each lever that adds to what is offered.
    """

    names: tuple[str, ...]
    ids: UInt[np.ndarray, " patron"]
    limited: Float[np.ndarray, " patron"]
    rivals: Float[np.ndarray, "patron rival"]
    capacity: Float[np.ndarray, "patron lever"]
    at_war: Float[np.ndarray, " patron"]
    war: Float[np.ndarray, "patron lever"]
    instruments: tuple[str, ...]
    share: Float[np.ndarray, "patron instrument"]
    supplies: Float[np.ndarray, "instrument lever"]
    money: Float[np.ndarray, " instrument"]
    force: Float[np.ndarray, " instrument"]
    offer: Float[np.ndarray, "instrument lever"]

    @property
    def own(self) -> Float[np.ndarray, "patron instrument"]:
        """One where an instrument is a patron's."""
        return (self.share > 0).astype(np.float32)

    @property
    def weight(self) -> Float[np.ndarray, " instrument"]:
        """The share of each instrument in its patron's support."""
        return self.share.sum(axis=0)


@dataclass(frozen=True, eq=False)
class Menu:
    """What regimes may choose, act by act.

    Attributes:
        names: of the acts.
        ids: permanent.
        levers: what an act adds to the regime's own setting of each lever.
        wants: what it adds to what the regime would take by each instrument of a patron.
        promise, extend, deepen, leave, reshuffle: one where the act does this.
        out, back: one at the bloc that the act leaves, or joins again.
        effects: consequences expected.
        when: more of them, by situation.
    """

    names: tuple[str, ...]
    ids: UInt[np.ndarray, " act"]
    levers: Float[np.ndarray, "act lever"]
    wants: Float[np.ndarray, "act instrument"]
    promise: Float[np.ndarray, " act"]
    extend: Float[np.ndarray, " act"]
    deepen: Float[np.ndarray, " act"]
    leave: Float[np.ndarray, " act"]
    out: Float[np.ndarray, "act bloc"]
    back: Float[np.ndarray, "act bloc"]
    reshuffle: Float[np.ndarray, " act"]
    effects: Float[np.ndarray, "act consequence"]
    when: Float[np.ndarray, "act situation consequence"]


def levers_with(
    theatre: Theatre, role: str, patron: str | None = None
) -> Float[np.ndarray, " lever"]:
    """Return one at the lever that politics reads for a role."""
    found = [row.role == role and row.patron == patron for row in theatre.levers.values()]
    return np.array(found, np.float32)


def build_patrons(theatre: Theatre) -> Patrons:
    """Return a theatre's patrons as arrays."""
    names, levers = tuple(theatre.patrons), tuple(theatre.levers)
    rows, instruments = tuple(theatre.patrons.values()), theatre.instruments

    def table(
        entry: Callable[[str, str], float], rows: Sequence[str], columns: Sequence[str]
    ) -> np.ndarray:
        values = [[entry(row, column) for column in columns] for row in rows]
        return np.array(values, np.float32).reshape(len(rows), len(columns))

    def share(patron: str, instrument: str) -> float:
        mine = instrument.partition(".")[0] == patron
        return mine / max(len(theatre.patrons[patron].instruments), 1)

    return Patrons(
        names=names,
        ids=np.array([row.id for row in rows], np.uint32),
        limited=np.array([float(row.limited) for row in rows], np.float32),
        rivals=table(lambda row, name: float(name in theatre.patrons[row].rivals), names, names),
        capacity=_of_levers(theatre, "capacity", [(name,) for name in names]),
        at_war=np.array([float(row.war is not None) for row in rows], np.float32),
        war=_of_levers(theatre, "war", [(name,) for name in names]),
        instruments=tuple(instruments),
        share=table(share, names, tuple(instruments)),
        supplies=table(
            lambda row, lever: instruments[row].supplies.get(lever, 0.0), tuple(instruments), levers
        ),
        money=np.array([row.money for row in instruments.values()], np.float32),
        force=np.array([row.force for row in instruments.values()], np.float32),
        offer=_of_levers(
            theatre, "offer", [(name.partition(".")[0], name) for name in instruments]
        ),
    )


def build_menu(theatre: Theatre) -> Menu:
    """Return a theatre's menu of acts as arrays."""
    acts = tuple(theatre.menu.values())
    levers = tuple(theatre.levers)
    n, shape = len(acts), (len(SITUATIONS), len(CONSEQUENCES))
    effects, when = np.zeros((n, shape[1]), np.float32), np.zeros((n, *shape), np.float32)
    for row, act in enumerate(acts):
        for name, value in act.effects.items():
            effects[row, CONSEQUENCES.index(name)] = value
        for situation, more in act.when.items():
            for name, value in more.items():
                when[row, SITUATIONS.index(situation), CONSEQUENCES.index(name)] = value

    def table(of: Callable[[Act], dict[str, float]], columns: tuple[str, ...]) -> np.ndarray:
        rows = [[of(act).get(column, 0.0) for column in columns] for act in acts]
        return np.array(rows, np.float32).reshape(n, len(columns))

    def does(kind: str) -> Float[np.ndarray, " act"]:
        did = [(act.transition, act.pact, act.ranks) for act in acts]
        return np.array([float(kind in done) for done in did], np.float32)

    def moves(of: Callable[[Act], str | None]) -> Float[np.ndarray, "act bloc"]:
        rows = [[float(of(act) == name) for name in theatre.blocs] for act in acts]
        return np.array(rows, np.float32).reshape(n, len(theatre.blocs))

    return Menu(
        names=tuple(theatre.menu),
        ids=np.array([act.id for act in acts], np.uint32),
        levers=table(lambda act: act.levers, levers),
        wants=table(lambda act: _by_instrument(theatre, act.wants), tuple(theatre.instruments)),
        promise=does("promise"),
        extend=does("extend"),
        deepen=does("deepen"),
        leave=does("leave"),
        out=moves(lambda act: act.leaves),
        back=moves(lambda act: act.joins),
        reshuffle=does("reshuffle"),
        effects=effects,
        when=when,
    )


def _of_levers(
    theatre: Theatre, role: str, named: Sequence[tuple[str, ...]]
) -> Float[np.ndarray, "row lever"]:
    """Return one at each lever of a role that names a row by any of its names."""
    rows = [
        np.max([levers_with(theatre, role, name) for name in names], axis=0, initial=0.0)
        for names in named
    ]
    return np.array(rows, np.float32).reshape(len(rows), len(theatre.levers))


def _by_instrument(theatre: Theatre, wants: Mapping[str, float]) -> dict[str, float]:
    """Return what is asked of patrons by instrument: all of a patron's, or the one named."""
    return {
        name: wants.get(name.partition(".")[0], 0.0) + ("." in name) * wants.get(name, 0.0)
        for name in theatre.instruments
    }
