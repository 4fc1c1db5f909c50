"""Endings: what became of the alliance, its regimes and the insurgents, member by member.

Three readings, at 12, 24 or 36 months, from what a future holds up to then and nothing else:

- *alliance*: broken (dissolved, or a country has left), else on paper (too few joint acts in the
  last 12 months), else alive;
- *regimes*: lost where one ended in a way that counts, else held;
- *insurgents*: rolled back where the deaths they inflict fell far enough in enough countries for
  two years (at 12 months: for that year), rose in no other, and where they attack in fewer cells;
  else not contained.

One ending follows. Broken or on paper: it fails, as *rivalry* where two members threatened each
other in the last 12 months. Else lost: it fails, *regime lost*, which lies outside an argument that
asks whether the alliance works. Else rolled back: it succeeds. Else it endures. Thresholds are
definitions; they stand in the scenario, and `threshold_grid` moves them.
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
REGIMES = ("held", "lost")
INSURGENTS = ("rolled_back", "not_contained")
ENDINGS = ("succeeds", "endures", "fails")
SUB_ENDINGS = ("succeeds", "endures", "stays_on_paper", "breaks_up", "rivalry", "regime_lost")
"""The last four are ways to fail; `rivalry` takes the place of the two before it."""

ENDING_OF_SUB = np.array([0, 1, 2, 2, 2, 2], np.int8)

GRID = {
    "rolled_back_share": (0.4, 0.5, 0.6, 0.7, 0.8),
    "min_joint_acts": (1, 2, 3),
    "attacked_cells_share": (0.6, 0.75, 0.9),
    "negotiated_is_lost": (True, False),
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

    @property
    def outside(self) -> Bool[np.ndarray, " member"]:
        """Members that fail by a lost regime alone: outside the argument's three endings."""
        return np.equal(self.sub_ending, SUB_ENDINGS.index("regime_lost"))

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
    lost = _lost(outcomes, thresholds, months)
    back = _rolled_back(outcomes, thresholds, months)
    sub = _sub_ending(alliance, lost, back)
    rivals = np.asarray(outcomes.rivals)[:, months - 12 : months].any(axis=1)
    sub = np.where((alliance > 0) & rivals, SUB_ENDINGS.index("rivalry"), sub)
    return Classified(
        months=months,
        alliance=alliance,
        regimes=lost.astype(np.int8),
        insurgents=(~back).astype(np.int8),
        ending=ENDING_OF_SUB[sub],
        sub_ending=sub.astype(np.int8),
    )


def _sub_ending(
    alliance: Int[np.ndarray, " member"],
    lost: Bool[np.ndarray, " member"],
    back: Bool[np.ndarray, " member"],
) -> Int[np.ndarray, " member"]:
    """Return positions in `SUB_ENDINGS`: the first that applies, in this order."""
    first = ("breaks_up", "stays_on_paper", "regime_lost", "succeeds")
    return np.select(
        [alliance == 2, alliance == 1, lost, back],
        [SUB_ENDINGS.index(name) for name in first],
        SUB_ENDINGS.index("endures"),
    )


def _alliance(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Int[np.ndarray, " member"]:
    """Return positions in `ALLIANCE`: the pact as it stands at the end of the horizon."""
    last = months - 1
    broken = (outcomes.stage[:, last] == Stage.DISSOLVED) | outcomes.left[:, last].any(axis=1)
    acts = outcomes.joint_acts[:, months - 12 : months].sum(axis=1)
    return np.where(broken, 2, acts < thresholds.min_joint_acts).astype(np.int8)


def _lost(
    outcomes: Outcomes, thresholds: EndingThresholds, months: int
) -> Bool[np.ndarray, " member"]:
    """Return members in which a regime of the alliance ended in a way that counts."""
    kinds = [EXITS.index(name) for name in thresholds.lost_by]
    return np.any(np.isin(outcomes.exits[:, :months], kinds), axis=(1, 2))


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
        `outside` (a regime lost while the pact is alive), `members` (how many), `p` and `mcse`;
        12 rows, those without members too; `p` sums to 1.
    """
    kinds = {"alliance": ALLIANCE, "regimes": REGIMES, "insurgents": INSURGENTS}
    shape = tuple(len(names) for names in kinds.values())
    codes = [getattr(classified, kind) for kind in kinds]
    flat = np.asarray(np.ravel_multi_index(codes, shape))
    rows = np.indices(shape).reshape(len(shape), -1)
    sub = _sub_ending(rows[0], rows[1] == 1, rows[2] == 0)
    frame = pd.DataFrame(list(product(*kinds.values())), columns=list(kinds))
    frame["ending"] = np.array(ENDINGS)[ENDING_OF_SUB[sub]]
    frame["outside"] = sub == SUB_ENDINGS.index("regime_lost")
    frame["members"] = np.bincount(flat, minlength=len(frame))
    frame["p"] = frame["members"] / len(flat)
    frame["mcse"] = mcse_of_share(frame["p"].to_numpy(), len(flat))
    frame.insert(0, "months", classified.months)
    return frame


def threshold_grid(outcomes: Outcomes, thresholds: EndingThresholds, months: int) -> pd.DataFrame:
    """Return the endings over the combinations of `GRID`, other thresholds as they are.

    Returns:
        Columns of `GRID`, then `chosen` (the scenario's own combination), `succeeds`, `endures`,
        `fails` (shares of members) and `mcse` (the largest of the three).
    """
    own = thresholds.model_dump(include=set(GRID))
    own["negotiated_is_lost"] = "negotiated" in thresholds.lost_by
    others = [kind for kind in thresholds.lost_by if kind != "negotiated"]
    rows = []
    axes = {name: sorted({*values, own[name]}) for name, values in GRID.items()}
    for values in product(*axes.values()):
        row = dict(zip(GRID, values, strict=True))
        change = {name: value for name, value in row.items() if name != "negotiated_is_lost"}
        change["lost_by"] = [*others, "negotiated"] if row["negotiated_is_lost"] else others
        found = classify(outcomes, thresholds.model_copy(update=change), months)
        shares = {ending: found.share(ending) for ending in ENDINGS}
        mcse = {"mcse": max(mcse_of_share(p, outcomes.members) for p in shares.values())}
        rows.append(row | {"chosen": row == own} | shares | mcse)
    return pd.DataFrame(rows)
