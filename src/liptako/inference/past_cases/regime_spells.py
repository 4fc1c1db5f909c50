"""Spells of regimes born of coups as exposure and events, by cause and band of age.

Ages are whole months since the month of the coup. In month t a regime born in month c is at risk
at the age that it had when the month began, t - 1 - c: an end after k months falls at age k - 1
and closes k months of exposure. One that ended in the month of its coup counts at age 0, without
exposure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako.data import regimes as data
from liptako.model.codes import AGE_BANDS

CAUSES = ("handed_over", "coup_others", "coup_insiders", "force")
ENDING = ("handed_over", "coup_others", "force")
"""Causes that end the unit regime; a coup by insiders does not."""

MODES = {
    "handed_over": ("election", "negotiated"),
    "coup_others": ("coup_out",),
    "coup_insiders": ("coup_in", "insider"),
    "force": ("uprising", "rebellion", "foreign"),
}
BANDS = AGE_BANDS
"""First ages of the bands within which rates are constant, in months; the last has no end."""


@dataclass(frozen=True, eq=False)
class Spells:
    """Spells of the unit regime, one row each.

    Args:
        table: `country, region, subregion, coup, end, mode, months, event`.
        exposure: months at risk by band of age.
        events: by cause and band of age.
        times: `spell, month, age, cause` of every event, months as calendar months.
    """

    table: pd.DataFrame
    exposure: Float[np.ndarray, "spell band"]
    events: Float[np.ndarray, "spell cause band"]
    times: pd.DataFrame

    def where(self, keep: np.ndarray) -> Spells:
        """Return the spells for which `keep` is true."""
        place = np.cumsum(keep) - 1
        times = self.times[keep[self.times["spell"].to_numpy(int)]]
        times = times.assign(spell=place[times["spell"].to_numpy(int)]).reset_index(drop=True)
        table = self.table[keep].reset_index(drop=True)
        return Spells(table, self.exposure[keep], self.events[keep], times)


def band_of(ages: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Return the place of each age's band; an age below 0 counts as 0.

    Example:
        >>> band_of(np.array([0, 5, 6, 119, 500])).tolist()
        [0, 0, 1, 3, 4]
    """
    return np.searchsorted(BANDS, np.maximum(ages, 0), side="right") - 1


def months_in_bands(first: np.ndarray, last: np.ndarray) -> Float[np.ndarray, "n band"]:
    """Return how many of the ages `first` to `last - 1` lie in each band.

    Example:
        >>> months_in_bands(np.array([4]), np.array([30])).tolist()
        [[2.0, 18.0, 6.0, 0.0, 0.0]]
    """
    starts, ends = np.array(BANDS, float), np.array([*BANDS[1:], np.inf])
    inside = np.minimum(last[:, None], ends) - np.maximum(first[:, None], starts)
    return np.maximum(inside, 0.0)


def regime_spells(regimes: pd.DataFrame, last_month: int) -> Spells:
    """Return exposure and events of the unit regime as known at the end of a month.

    Coups by insiders are those that ended the leader's or the junta's spell, or began a later
    one, while the regime went on, each event once; and the ends of regimes that insiders changed.

    Args:
        regimes: from the snapshot; what comes after `last_month` is censored.
        last_month: the last month that may be seen.
    """
    seen = data.censor(regimes, last_month)
    table = data.spells(seen, "regime")
    cause = {mode: name for name, modes in MODES.items() for mode in modes}
    ends = [
        (spell, int(end), cause[mode])
        for spell, (end, mode, event) in enumerate(
            zip(table["end"], table["mode"], table["event"], strict=True)
        )
        if event and mode in cause
    ]
    times = pd.DataFrame([*ends, *_insiders(seen, table)], columns=["spell", "month", "cause"])
    times = times.sort_values(["spell", "month"], ignore_index=True)
    spell = times["spell"].to_numpy(int)
    times["age"] = np.maximum(times["month"].to_numpy(int) - table["coup"].to_numpy()[spell] - 1, 0)
    events = np.zeros((len(table), len(CAUSES), len(BANDS)))
    place = [CAUSES.index(name) for name in times["cause"]]
    np.add.at(events, (spell, np.array(place, int), band_of(times["age"].to_numpy(int))), 1.0)
    lasted = table["months"].to_numpy(float)
    return Spells(table, months_in_bands(np.zeros(len(table)), lasted), events, times)


def regime_months(spells: Spells) -> pd.DataFrame:
    """Return one row a month at risk: `spell, month` (calendar) and `age` when it began."""
    lasted = spells.table["months"].to_numpy(int)
    spell = np.repeat(np.arange(len(lasted)), lasted)
    age = np.arange(len(spell)) - np.repeat(np.cumsum(lasted) - lasted, lasted)
    month = spells.table["coup"].to_numpy(int)[spell] + age + 1
    return pd.DataFrame({"spell": spell, "month": month, "age": age})


def _insiders(seen: pd.DataFrame, table: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Return spell and month of coups by insiders within the spells of regimes."""
    rows = data.used(seen)
    parts = [
        rows.loc[rows[f"{unit}_mode"].isin(MODES["coup_insiders"]), ["country", f"{unit}_end"]]
        .set_axis(["country", "month"], axis=1)
        for unit in ("leader", "junta")
    ]  # fmt: skip
    parts.append(
        rows.loc[rows["new_regime"] == 0, ["country", "coup"]].set_axis(
            ["country", "month"], axis=1
        )
    )
    months = pd.concat(parts).drop_duplicates().sort_values(["country", "month"])
    gap = months.groupby("country")["month"].diff()
    months = months[~(gap <= 1)]
    spells = table[["country", "coup", "end", "event"]].rename_axis("spell").reset_index()
    both = spells.merge(months, on="country")
    went_on = (both["month"] < both["end"]) | (
        (both["event"] == 0) & (both["month"] == both["end"])
    )
    inside = both[(both["month"] > both["coup"]) & went_on]
    return [
        (int(spell), int(month), "coup_insiders")
        for spell, month in zip(inside["spell"], inside["month"], strict=True)
    ]
