"""Endings: what became of the alliance, its regimes and the insurgents, member by member.

Three readings, at 12, 24 or 36 months, from what a future holds up to then and nothing else:

- *alliance*: broken (dissolved, or a country has left), else on paper (too few joint acts in the
  last 12 months), else alive;
- *regimes*: changed where one ended in a way that counts, else held;
- *insurgents*: rolled back where the deaths they inflict fell far enough in enough countries for
  two years (at 12 months: for that year), rose in no other, and where they attack in fewer cells;
  else contained where those deaths stayed within their mean of before in every country and no
  further country came to many of them; else worse.

One ending follows. Broken or on paper: it fails, as *rivalry* where two members threatened each
other in the last 12 months. Alive and a regime changed: *outside* the argument's three, which says
nothing of that case, told apart by how the first regime changed. Alive and all held: it succeeds
where the insurgents are rolled back, else it endures. Thresholds are definitions; they stand in the
scenario, and `threshold_grid` moves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from jaxtyping import Bool, Int

from liptako.errors import InputError
from liptako.model.codes import EXITS, Exit, Stage
from liptako.outcomes.counted import Outcomes, from_frames, to_frames, underreported
from liptako.outcomes.ranges import mcse_of_share
from liptako.theatre.scenario import EndingThresholds

__all__ = [
    "HORIZONS",
    "Classified",
    "Exit",
    "Outcomes",
    "Stage",
    "classify",
    "ending_table",
    "from_frames",
    "threshold_grid",
    "to_frames",
    "underreported",
]

HORIZONS = (12, 24, 36)
"""Months after the start at which endings are counted."""

ALLIANCE = ("alive", "paper", "broken")
REGIMES = ("held", "changed")
INSURGENTS = ("rolled_back", "contained", "worse")
ENDINGS = ("succeeds", "endures", "fails", "outside")
WAYS = {
    "succeeds": ("succeeds",),
    "endures": ("endures",),
    "fails": ("stays_on_paper", "breaks_up", "rivalry"),
    "outside": ("changed_by_coup", "handed_over", "overthrown", "capital_lost"),
}
"""The ways to each ending; `rivalry` takes the place of the two before it."""

SUB_ENDINGS = tuple(way for ways in WAYS.values() for way in ways)
ENDING_OF_SUB = np.repeat(np.arange(len(WAYS), dtype=np.int8), [len(w) for w in WAYS.values()])

CHANGED_BY = {
    Exit.COUP_OTHER_CAMP: "changed_by_coup",
    Exit.COUP_SAME_CAMP: "changed_by_coup",
    Exit.MUTINY: "changed_by_coup",
    Exit.NEGOTIATED: "handed_over",
    Exit.REBELLION: "overthrown",
    Exit.CAPITAL_FALLS: "capital_lost",
    Exit.INTERVENTION: "overthrown",
}
"""How a regime changed, by the exit that counts as a change."""

GRID = {
    "rolled_back_share": (0.4, 0.5, 0.6, 0.7, 0.8),
    "min_joint_acts": (1, 2, 3),
    "attacked_cells_share": (0.6, 0.75, 0.9),
    "negotiated_is_change": (True, False),
}
"""The values that `threshold_grid` combines."""

TOLERANCE = 1e-9
"""Relative; a value at a threshold counts as inside whatever the rounding of their product."""


@dataclass(frozen=True, eq=False)
class Classified:
    """Endings at one horizon, one of each kind a member, as positions in the tuples of names.

    Args:
        months: the horizon.
        alliance: in `ALLIANCE`.
        regimes: in `REGIMES`.
        insurgents: in `INSURGENTS`.
        ending: in `ENDINGS`.
        sub_ending: in `SUB_ENDINGS`.
    """

    months: int
    alliance: Int[np.ndarray, " member"]
    regimes: Int[np.ndarray, " member"]
    insurgents: Int[np.ndarray, " member"]
    ending: Int[np.ndarray, " member"]
    sub_ending: Int[np.ndarray, " member"]

    def share(self, ending: str) -> float:
        """Return the share of members with an ending or a sub-ending.

        A name that is both means the same members: `succeeds` and `endures` have no parts.
        """
        if ending in SUB_ENDINGS:
            return float((self.sub_ending == SUB_ENDINGS.index(ending)).mean())
        if ending not in ENDINGS:
            allowed = ", ".join(dict.fromkeys(ENDINGS + SUB_ENDINGS))
            raise InputError("no such ending", field="ending", value=ending, allowed=allowed)
        return float((self.ending == ENDINGS.index(ending)).mean())


def classify(outcomes: Outcomes, thresholds: EndingThresholds, months: int) -> Classified:
    """Return the endings of all members at a horizon; no later month is looked at.

    Args:
        outcomes: of the members.
        thresholds: from the scenario.
        months: 12, 24 or 36.

    Raises:
        InputError: another horizon, a run that is shorter, more members asked to roll the
            insurgents back than the alliance has.

    Example:
        >>> classify(outcomes, EndingThresholds(), 36).share("succeeds")    # doctest: +SKIP
    """
    if months not in HORIZONS:
        allowed = ", ".join(map(str, HORIZONS))
        raise InputError("not a horizon of endings", field="months", value=months, allowed=allowed)
    if months > outcomes.months:
        allowed = f"at most {outcomes.months}, the whole years of this run"
        raise InputError("longer than the run", field="months", value=months, allowed=allowed)
    alliance = _alliance(outcomes, thresholds, months)
    change = _first_change(outcomes, thresholds, months)
    insurgents = _insurgents(outcomes, thresholds, months)
    ending = _ending(alliance, change > 0, insurgents == 0)
    rivals = np.asarray(outcomes.rivals)[:, months - 12 : months].any(axis=1)
    how = np.zeros(len(Exit), int)
    for kind, way in CHANGED_BY.items():
        how[kind] = SUB_ENDINGS.index(way)
    fails = np.where(alliance == 2, "breaks_up", "stays_on_paper")
    fails = np.where(rivals, "rivalry", fails)
    sub = np.select(
        [ending == ENDINGS.index("outside"), ending == ENDINGS.index("fails")],
        [how[change], pd.Index(SUB_ENDINGS).get_indexer(pd.Index(fails))],
        ending,  # the first two endings have one way each, and the same numbers
    )
    return Classified(
        months=months,
        alliance=alliance,
        regimes=(change > 0).astype(np.int8),
        insurgents=insurgents,
        ending=ending.astype(np.int8),
        sub_ending=sub.astype(np.int8),
    )


def _ending(
    alliance: Int[np.ndarray, " case"],
    changed: Bool[np.ndarray, " case"],
    back: Bool[np.ndarray, " case"],
) -> Int[np.ndarray, " case"]:
    """Return positions in `ENDINGS`: the first that applies, in this order."""
    first = ("fails", "outside", "succeeds")
    return np.select(
        [alliance > 0, changed, back],
        [ENDINGS.index(name) for name in first],
        ENDINGS.index("endures"),
    )


def _alliance(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Int[np.ndarray, " member"]:
    """Return positions in `ALLIANCE`: the pact as it stands at the end of the horizon."""
    last = months - 1
    broken = (outcomes.stage[:, last] == Stage.DISSOLVED) | outcomes.left[:, last].any(axis=1)
    acts = outcomes.joint_acts[:, months - 12 : months].sum(axis=1)
    return np.where(broken, 2, acts < thresholds.min_joint_acts).astype(np.int8)


def _first_change(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Int[np.ndarray, " member"]:
    """Return the first exit by which a regime changed, 0 where all held.

    Of two in a month, the first in the order of `Exit`.
    """
    kinds = [EXITS.index(name) for name in thresholds.changed_by]
    exits = outcomes.exits[:, :months]
    counted = np.where(np.isin(exits, kinds), exits, len(Exit)).min(axis=2)
    first = (counted < len(Exit)).argmax(axis=1)
    return counted[np.arange(outcomes.members), first] % len(Exit)


def _insurgents(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Int[np.ndarray, " member"]:
    """Return positions in `INSURGENTS`."""
    years = months // 12
    inflicted = outcomes.inflicted[:, max(years - 2, 0) : years]
    most = thresholds.contained_share * outcomes.baseline_inflicted * (1.0 + TOLERANCE)
    elsewhere = np.asarray(outcomes.elsewhere)[:, max(years - 2, 0) : years]
    within = np.all(inflicted <= most, axis=(1, 2))
    contained = within & np.all(elsewhere < thresholds.spread_deaths, axis=1)
    back = _rolled_back(outcomes, thresholds, months)
    return np.select([back, contained], [0, 1], 2).astype(np.int8)


def _rolled_back(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Bool[np.ndarray, " member"]:
    """Return members in which the insurgents are rolled back.

    A country without deaths before the start counts among those rolled back while it has none.
    """
    if thresholds.rolled_back_members > len(outcomes.countries):
        raise InputError(
            "more than the alliance has",
            field="endings.rolled_back_members",
            value=thresholds.rolled_back_members,
            allowed=f"at most {len(outcomes.countries)}",
        )
    years = months // 12
    inflicted = outcomes.inflicted[:, max(years - 2, 0) : years]
    baseline = outcomes.baseline_inflicted * (1.0 + TOLERANCE)
    fell = np.all(inflicted <= thresholds.rolled_back_share * baseline, axis=1)
    rest = np.all(inflicted <= thresholds.others_at_most * baseline, axis=1)
    attacked = outcomes.attacked[:, years - 1].sum(axis=1)
    most = thresholds.attacked_cells_share * outcomes.baseline_attacked.sum()
    return (
        (fell.sum(axis=1) >= thresholds.rolled_back_members)
        & np.all(np.logical_or(fell, rest), axis=1)
        & (attacked <= most * (1.0 + TOLERANCE))
    )


def ending_table(classified: Classified) -> pd.DataFrame:
    """Return the full table alliance by regimes by insurgents.

    Returns:
        Columns `months`, `alliance`, `regimes`, `insurgents`, `ending` (that of the row),
        `members` (how many), `p` and `mcse`; 18 rows, those without members too; `p` sums to 1.
    """
    kinds = {"alliance": ALLIANCE, "regimes": REGIMES, "insurgents": INSURGENTS}
    shape = tuple(len(names) for names in kinds.values())
    codes = [getattr(classified, kind) for kind in kinds]
    flat = np.asarray(np.ravel_multi_index(codes, shape))
    rows = np.indices(shape).reshape(len(shape), -1)
    frame = pd.DataFrame(list(product(*kinds.values())), columns=list(kinds))
    frame["ending"] = np.array(ENDINGS)[_ending(rows[0], rows[1] == 1, rows[2] == 0)]
    frame["members"] = np.bincount(flat, minlength=len(frame))
    frame["p"] = frame["members"] / len(flat)
    frame["mcse"] = mcse_of_share(frame["p"].to_numpy(), len(flat))
    frame.insert(0, "months", classified.months)
    return frame


def threshold_grid(outcomes: Outcomes, thresholds: EndingThresholds, months: int) -> pd.DataFrame:
    """Return the endings over the combinations of `GRID`, other thresholds as they are.

    Returns:
        Columns of `GRID`, then `chosen` (the scenario's own combination), one of each ending
        (shares of members) and `mcse` (the largest of them).
    """
    own = thresholds.model_dump(include=set(GRID))
    own["negotiated_is_change"] = "negotiated" in thresholds.changed_by
    others = [kind for kind in thresholds.changed_by if kind != "negotiated"]
    rows = []
    axes = {name: sorted({*values, own[name]}) for name, values in GRID.items()}
    for values in product(*axes.values()):
        row = dict(zip(GRID, values, strict=True))
        change = {name: value for name, value in row.items() if name != "negotiated_is_change"}
        change["changed_by"] = [*others, "negotiated"] if row["negotiated_is_change"] else others
        found = classify(outcomes, thresholds.model_copy(update=change), months)
        shares = {ending: found.share(ending) for ending in ENDINGS}
        mcse = {"mcse": max(mcse_of_share(p, outcomes.members) for p in shares.values())}
        rows.append(row | {"chosen": row == own} | shares | mcse)
    return pd.DataFrame(rows)
