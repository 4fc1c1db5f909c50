"""What the run says of politics, beside what past cases did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Shaped

from liptako.model.codes import Exit
from liptako.model.draws import set_numbers
from liptako.outcomes.counted import allies_of
from liptako.outcomes.cut import within
from liptako.outcomes.disputes import GROUPS
from liptako.outcomes.measures import (
    ATTEMPTS,
    CAMP_ENDS,
    COUPS,
    FORCED,
    exits,
    operational,
    pact_over,
)
from liptako.outcomes.ranges import over_sets
from liptako.runs.dataset import past_cases_of, theatre_of

AFTER_COUPS = (
    "After {clock} quiet months since a coup or attempt, countries of the panel since 1985"
)

NEIGHBOURS = {
    "incident": "Display of force between two neighbours in a year",
    "clash": "Use of force between two neighbours in a year",
}
"""Rungs, or beyond, whose yearly rate stands beside that of past disputes; of wars, too few."""


def base_rates(run: xr.Dataset, upper_rungs: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return, for every political quantity, the model's chance beside that of past cases.

    Args:
        run: of a theatre with an alliance.
        upper_rungs: from `liptako.outcomes.disputes`, where the theatre has ladders.

    Returns:
        Columns `quantity`, `unit`, `mean`, `lo`, `hi` (its range over sets of assumptions),
        `reference` with `reference_lo` and `reference_hi` (90%), `n`
        (cases) and `source`.
    """
    past, names = past_cases_of(run), theatre_of(run).countries
    months = past["months"]
    ahead = within(run, slice(0, months))
    members, allies = run["member"].to_numpy(), allies_of(run)
    rows = []
    for country, case in past.get("attempts", {}).items():
        happens = exits(ATTEMPTS, ahead, [country]) > 0
        label = f"Coup or attempt in {names[country].name} within {months} months"
        source = AFTER_COUPS.format(clock=case["clock"])
        rows.append(_row(members, label, happens, case, source))
    if "ends" in past:
        rows.append(_insiders(ahead, past["insiders"]))
        rows += _ends(ahead, past["ends"], months)
    reached = operational(ahead)
    gone = pact_over(ahead, allies)
    source = "past pacts idle at the same age"
    for label, happens, case in (
        ("First joint operation", reached, past["pact"]["operational"]),
        ("Pact ended or a member gone", gone, past["pact"]["broken"]),
    ):
        rows.append(_row(members, f"{label} within {months} months", happens, case, source))
    rows += [] if upper_rungs is None else _disputes(upper_rungs)
    return pd.DataFrame([row for row in rows if row is not None])


def attempts(run: xr.Dataset) -> pd.DataFrame:
    """Return how many coups and attempts a country meets, beside past regimes born of coups.

    Returns:
        Columns `country`, `number` (0 to `MOST_ATTEMPTS`, which stands for as many or more), `p`
        and `past`, the share of past windows of as many months; missing where none are.
    """
    past = past_cases_of(run)
    ahead = within(run, slice(0, past["months"]))
    shares = np.array(past.get("coups_in_window", {}).get("shares", []), float)
    record = _up_to_most(np.pad(shares, (0, max(0, MOST_ATTEMPTS + 1 - len(shares)))))
    rows = []
    for country in allies_of(run):
        number = exits(ATTEMPTS, ahead, [country]).astype(int)
        found = _up_to_most(np.bincount(number, minlength=MOST_ATTEMPTS + 1) / len(number))
        for place, p in enumerate(found):
            known = float(record[place]) if len(shares) else np.nan
            rows.append({"country": country, "number": place, "p": float(p), "past": known})
    return pd.DataFrame(rows)


MOST_ATTEMPTS = 5
"""Numbers of coups and attempts from which on all are counted together."""


def _up_to_most(shares: np.ndarray) -> np.ndarray:
    return np.r_[shares[:MOST_ATTEMPTS], shares[MOST_ATTEMPTS:].sum()]


def _row(
    members: np.ndarray,
    quantity: str,
    values: Shaped[np.ndarray, " member"],
    past: dict[str, Any],
    source: str,
) -> dict[str, object]:
    found = over_sets(values.astype(float), set_numbers(members))
    return {
        "quantity": quantity,
        "unit": "share of futures",
        "mean": found.mean,
        "lo": found.lo,
        "hi": found.hi,
        "reference": past["estimate"],
        "reference_lo": past["lo"],
        "reference_hi": past["hi"],
        "n": past["n"],
        "source": source,
    }


def _ends(run: xr.Dataset, past: dict[str, Any], months: int) -> list[dict[str, object]]:
    """Return how regimes end, coups apart, beside past ones as old."""
    rows = []
    for label, name, kinds in (
        ("A regime hands over by election or deal", "handed_over", (Exit.NEGOTIATED,)),
        ("A regime ends by force, coups apart", "forced", FORCED),
    ):
        each = [_ends_so(kinds, run, country) for country in allies_of(run)]
        share = np.mean(each, axis=0)
        quantity = f"{label} within {months} months"
        source = "Regimes born of coups in the world since 1990, as old"
        row = _row(run["member"].to_numpy(), quantity, share, past[name], source)
        rows.append(row | {"unit": "share of regimes"})
    return rows


def _ends_so(kinds: tuple[Exit, ...], run: xr.Dataset, country: str) -> Bool[np.ndarray, " member"]:
    """Return whether the regime of the start ends in one of some ways, and in no other before."""
    ended = run["exits"].sel(country=country).transpose("member", "month").to_numpy()
    ends = np.isin(ended, [int(kind) for kind in CAMP_ENDS])
    first = ended[np.arange(len(ended)), ends.argmax(axis=1)]
    return ends.any(axis=1) & np.isin(first, [int(kind) for kind in kinds])


def _disputes(upper_rungs: pd.DataFrame) -> list[dict[str, object]]:
    """Return how often pairs come to blows in a year, beside the record."""
    every = upper_rungs[upper_rungs["group"] == GROUPS[-1]].set_index("rung")
    rows = []
    for rung, label in NEIGHBOURS.items():
        row = every.loc[rung]
        known = bool(row["dyad_years"] > 0)
        rows.append(
            {"quantity": label, "unit": "disputes a year, a pair",
             "mean": row["rate"], "lo": row["lo"], "hi": row["hi"],
             **{name: row[name] if known else np.nan
                for name in ("reference", "reference_lo", "reference_hi", "n")},
             "source": row["source"] if known else ""}
        )  # fmt: skip
    return rows


def _insiders(run: xr.Dataset, past: dict[str, Any]) -> dict[str, object] | None:
    """Return which share of a future's successful coups comes from the junta's own officers."""
    allies = allies_of(run)
    own = exits((Exit.COUP_SAME_CAMP,), run, allies)
    every = exits(COUPS, run, allies)
    if not every.any():
        return None
    share = own[every > 0] / every[every > 0]
    source = "Coups against juntas of the world since 1990"
    label = "Successful coups that come from the junta's own officers"
    members = run["member"].to_numpy()[every > 0]
    return _row(members, label, share, past, source) | {"unit": "share of coups"}
