"""The politics of a theatre as static arrays: roles of levers, patrons, the menu of acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt

from liptako.theatre.consequences import CONSEQUENCES, SITUATIONS
from liptako.theatre.politics import Act, Patron
from liptako.theatre.schema import Theatre

ROLES = (
    "joint_operations",
    "backing",
    "sanctions",
    "offensive",
    "mediation",
    "publicity",
    "pursuit",
    "transition",
)
"""What politics reads single levers for."""


@dataclass(frozen=True, eq=False)
class Patrons:
    """Outside powers that arm, pay or guard regimes.

    Attributes:
        names: of the patrons.
        ids: permanent.
        limited: one where capacity is a process of its own, shared among clients.
        supplies: levers that full support moves.
        rivals: one from a patron to those whose offers shrink as its own support grows.
        offer: one at the lever that adds to what a patron offers.
        capacity: one at the lever that adds to its log capacity.
    """

    names: tuple[str, ...]
    ids: UInt[np.ndarray, " patron"]
    limited: Float[np.ndarray, " patron"]
    supplies: Float[np.ndarray, "patron lever"]
    rivals: Float[np.ndarray, "patron rival"]
    offer: Float[np.ndarray, "patron lever"]
    capacity: Float[np.ndarray, "patron lever"]


@dataclass(frozen=True, eq=False)
class Menu:
    """What regimes may choose, act by act.

    Attributes:
        names: of the acts.
        ids: permanent.
        levers: what an act adds to the regime's own setting of each lever.
        wants: what it adds to what the regime would take from each patron.
        promise, extend, deepen, leave: one where the act does this.
        effects: consequences expected.
        when: more of them, by situation.
    """

    names: tuple[str, ...]
    ids: UInt[np.ndarray, " act"]
    levers: Float[np.ndarray, "act lever"]
    wants: Float[np.ndarray, "act patron"]
    promise: Float[np.ndarray, " act"]
    extend: Float[np.ndarray, " act"]
    deepen: Float[np.ndarray, " act"]
    leave: Float[np.ndarray, " act"]
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
    rows = tuple(theatre.patrons.values())

    def table(entry: Callable[[Patron, str], float], columns: tuple[str, ...]) -> np.ndarray:
        values = [[entry(row, column) for column in columns] for row in rows]
        return np.array(values, np.float32).reshape(len(rows), len(columns))

    return Patrons(
        names=names,
        ids=np.array([row.id for row in rows], np.uint32),
        limited=np.array([float(row.limited) for row in rows], np.float32),
        supplies=table(lambda row, lever: row.supplies.get(lever, 0.0), levers),
        rivals=table(lambda row, name: float(name in row.rivals), names),
        offer=_by_patron(theatre, "offer"),
        capacity=_by_patron(theatre, "capacity"),
    )


def build_menu(theatre: Theatre) -> Menu:
    """Return a theatre's menu of acts as arrays."""
    acts = tuple(theatre.menu.values())
    levers, patrons = tuple(theatre.levers), tuple(theatre.patrons)
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
        return np.array([float(kind in (act.transition, act.pact)) for act in acts], np.float32)

    return Menu(
        names=tuple(theatre.menu),
        ids=np.array([act.id for act in acts], np.uint32),
        levers=table(lambda act: act.levers, levers),
        wants=table(lambda act: act.wants, patrons),
        promise=does("promise"),
        extend=does("extend"),
        deepen=does("deepen"),
        leave=does("leave"),
        effects=effects,
        when=when,
    )


def _by_patron(theatre: Theatre, role: str) -> Float[np.ndarray, "patron lever"]:
    rows = [levers_with(theatre, role, name) for name in theatre.patrons]
    return np.array(rows, np.float32).reshape(len(rows), len(theatre.levers))
