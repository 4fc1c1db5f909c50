"""Disputes between states: from a run's members to tables, beside how often such pairs fought."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Int, Shaped

from liptako.errors import InputError
from liptako.inference.past_cases.rates import Gamma
from liptako.model.codes import RUNGS, Rung
from liptako.model.draws import set_numbers
from liptako.outcomes.classify import HORIZONS
from liptako.outcomes.counted import allies_of
from liptako.outcomes.ranges import LEAST_FOR_RANGE, over_sets
from liptako.runs.dataset import past_cases_of

UPPER = (Rung.INCIDENT, Rung.CLASH, Rung.WAR)
"""Levels of militarised disputes, in the order of `PastDisputes.reached`."""

ANY = "any"
"""Any of the pairs, where chances are listed by pair."""

GROUPS = ("between allies", "ally and outsider", "between outsiders", "all pairs")

PAIRS = "pairs of the theatre that touch"


class PastDisputes(NamedTuple):
    """The record that disputes are compared with.

    Args:
        reached: rates of disputes that came to each of `UPPER`, a month and pair.
        n: how many did.
        dyad_months: in which they were counted; 0 where there is no record.
        source: title and vintage of the record.
    """

    reached: tuple[Gamma, ...]
    n: tuple[int, ...]
    dyad_months: float
    source: str = ""


def past_disputes_of(run: xr.Dataset) -> PastDisputes:
    """Return the record that a run carries."""
    past = past_cases_of(run)["disputes"]
    reached = tuple(Gamma(*rate) for rate in past["reached"])
    return PastDisputes(reached, tuple(past["n"]), past["dyad_months"], past.get("source", ""))


def dispute_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return all tables on disputes, by name; none where the theatre has no ladders."""
    if not run.sizes.get("dyad", 0):
        return {}
    past, start = past_disputes_of(run), run["rung_start"].to_numpy()
    return {
        "ladder_shares": ladder_shares(run),
        "upper_rungs": upper_rungs(run, past, start),
        "dispute_chances": dispute_chances(run, past, start),
        "dispute_groups": dispute_groups(run, past, start),
    }


def ladder_shares(run: xr.Dataset) -> pd.DataFrame:
    """Return the share of members at each rung, by pair and month.

    Args:
        run: a run's dataset, with `rung`.

    Returns:
        Columns `dyad`, `month`, `rung` (a name of `liptako.model.codes.RUNGS`), `p`.
    """
    rung = _rungs(run)
    shares = np.stack([(rung == code).mean(axis=0) for code in Rung], axis=-1)
    months, dyads = run["month"].to_numpy(), run["dyad"].to_numpy()
    month, dyad, code = np.indices(shares.shape).reshape(3, -1)
    frame = pd.DataFrame(
        {
            "dyad": dyads[dyad],
            "month": months[month],
            "rung": np.array(RUNGS)[code],
            "p": shares.ravel(),
        }
    )
    order = np.lexsort((code, month, dyad))
    return frame.iloc[order].reset_index(drop=True)


def upper_rungs(
    run: xr.Dataset, past: PastDisputes, start: Shaped[np.ndarray, " dyad"] | None = None
) -> pd.DataFrame:
    """Return how often pairs come to a display of force, its use and war, a year and pair.

    A dispute counts once at each level it reaches, as in the past record, whatever its length.
    The record holds all pairs of the theatre that touch, most of them quiet; those with a ladder
    may be a chosen part.

    Args:
        run: a run's dataset, with `rung`.
        past: the record.
        start: where each dispute stood at the start; below the upper rungs if not given.

    Returns:
        Columns `group` (of `GROUPS`; those with a pair), `rung` (that or beyond), `dyads`, `rate`,
        `lo` and `hi` (nine tenths of the range over sets of assumptions), `mcse`, `reference`
        with `reference_lo` and `reference_hi` (90%), `n` (past disputes), `dyad_years` (in which
        they were counted) and `source`.
    """
    reached = _reached(run, start)
    years = run.sizes["month"] / 12.0
    sets = set_numbers(run["member"].to_numpy())
    rows = []
    for group, inside in _groups(run).items():
        for level, rung in enumerate(UPPER):
            pair_years = float(inside.sum() * years)
            rate = reached[level][:, :, inside].sum(axis=(1, 2)) / pair_years
            rows.append(
                {
                    "group": group,
                    "rung": RUNGS[rung],
                    "dyads": int(inside.sum()),
                    **_ranged(rate, 1.0 / pair_years, sets, "rate"),
                    **_past_rate(past.reached[level]),
                    "n": past.n[level],
                    "dyad_years": past.dyad_months / 12.0,
                    "source": ", ".join(filter(None, (past.source, PAIRS))),
                }
            )
    return pd.DataFrame(rows)


def dispute_chances(
    run: xr.Dataset, past: PastDisputes, start: Shaped[np.ndarray, " dyad"] | None = None
) -> pd.DataFrame:
    r"""Return the chance that a pair comes to each upper rung at least once by a horizon.

    The reference is that of a pair, or of as many pairs, at the rate of the record: over its
    posterior Gamma(a, b), $1 - (b / (b + k t))^a$ for $k$ pairs and $t$ months.

    Args:
        run: a run's dataset, with `rung`.
        past: the record.
        start: where each dispute stood at the start; below the upper rungs if not given.

    Returns:
        Columns `dyad` (a pair, or `any` of them), `horizon` (months), `rung` (that or beyond),
        `p`, `lo`, `hi`, `mcse`, `reference`, `reference_lo`, `reference_hi`.
    """
    dyads = run["dyad"].to_numpy()
    each = {str(name): dyads == name for name in dyads}
    together = {ANY: np.ones(len(dyads), bool)}
    return _chances(run, past, start, each | together).rename(columns={"pairs": "dyad"})


def dispute_groups(
    run: xr.Dataset, past: PastDisputes, start: Shaped[np.ndarray, " dyad"] | None = None
) -> pd.DataFrame:
    """Return the chance that any pair of a kind comes to each upper rung by a horizon.

    Args:
        run: a run's dataset, with `rung`.
        past: the record.
        start: where each dispute stood at the start; below the upper rungs if not given.

    Returns:
        Columns `group` (of `GROUPS`; those with a pair), `dyads`, then those of `dispute_chances`
        but for the pair; the reference is that of as many past pairs, missing where there is no
        record.
    """
    groups = _groups(run)
    found = _chances(run, past, start, groups).rename(columns={"pairs": "group"})
    found.insert(1, "dyads", [int(groups[group].sum()) for group in found["group"]])
    if not past.dyad_months:
        found[["reference", "reference_lo", "reference_hi"]] = np.nan
    return found


def _chances(
    run: xr.Dataset,
    past: PastDisputes,
    start: Shaped[np.ndarray, " dyad"] | None,
    chosen: Mapping[str, Bool[np.ndarray, " dyad"]],
) -> pd.DataFrame:
    """Return the chance that any of the chosen pairs comes to each upper rung by a horizon."""
    reached, last = _reached(run, start), run.sizes["month"]
    sets = set_numbers(run["member"].to_numpy())
    horizons = sorted({*(h for h in HORIZONS if h <= last), min(last, HORIZONS[-1])})
    happens: dict[int, Any] = {months: reached[:, :, :months].any(axis=2) for months in horizons}
    rows = []
    for name, inside in chosen.items():
        for months in horizons:
            for level, rung in enumerate(UPPER):
                any_of_them = happens[months][level][:, inside].any(axis=1)
                row = {"pairs": name, "horizon": months, "rung": RUNGS[rung]}
                chance = _ranged(any_of_them.astype(float), 1.0, sets, "p")
                pair_months = int(inside.sum()) * months
                rows.append(row | chance | _past_chance(past.reached[level], pair_months))
    return pd.DataFrame(rows)


def _rungs(run: xr.Dataset) -> Int[np.ndarray, "member month dyad"]:
    if "rung" not in run or not run.sizes["dyad"]:
        raise InputError("no ladders in this run", field="rung", allowed="a theatre with ladders")
    return run["rung"].transpose("member", "month", "dyad").to_numpy()


def _reached(
    run: xr.Dataset, start: Shaped[np.ndarray, " dyad"] | None
) -> Bool[np.ndarray, "level member month dyad"]:
    """Return, by upper rung, where a dispute first comes to it.

    A dispute lasts from its first month at an upper rung to the last one in a row.
    """
    rung = _rungs(run)
    top = np.broadcast_to(np.zeros(1) if start is None else np.asarray(start), rung.shape[::2])
    tops = []
    for month in range(rung.shape[1]):
        now = rung[:, month]
        before = np.where(top >= Rung.INCIDENT, top, 0)
        top = np.where(now >= Rung.INCIDENT, np.maximum(now, before), 0)
        tops.append((before, top))
    before, after = np.array(tops).swapaxes(0, 1)
    return np.stack([((before < rung) & (after >= rung)).swapaxes(0, 1) for rung in UPPER])


def _groups(run: xr.Dataset) -> dict[str, Bool[np.ndarray, " dyad"]]:
    """Return which pairs are in each of `GROUPS`, where there are any."""
    allies = set(allies_of(run))
    inside = np.array([len(allies & set(str(d).split("-"))) for d in run["dyad"].to_numpy()])
    masks = (inside == 2, inside == 1, inside == 0, inside >= 0)
    return {group: mask for group, mask in zip(GROUPS, masks, strict=True) if mask.any()}


def _ranged(
    values: Shaped[np.ndarray, " member"],
    one: float,
    sets: dict[str, Shaped[np.ndarray, " member"]],
    name: str,
) -> dict[str, float]:
    """Return a mean and its range.

    What came in no future, or in all of them, may yet do otherwise: three times in as many.

    Args:
        values: of each member.
        one: what a single event adds to a member's value.
        sets: of each member.
        name: of the mean.
    """
    top = max(1.0, float(values.max()))
    found = over_sets(values / top, sets)  # in 0 to 1: no range then reaches below 0
    lo, hi = found.lo * top, found.hi * top
    if len(values) < LEAST_FOR_RANGE:
        lo = hi = np.nan
    elif found.mean == 0.0:
        lo, hi = 0.0, 3.0 * one / len(values)
    elif found.mean == 1.0:
        lo, hi = top * (1.0 - 3.0 * one / len(values)), top
    return {name: found.mean * top, "lo": lo, "hi": hi, "mcse": found.mcse * top}


def _past_rate(rate: Gamma) -> dict[str, float]:
    low, high = rate.interval()
    return {"reference": 12 * rate.mean, "reference_lo": 12 * low, "reference_hi": 12 * high}


def _past_chance(rate: Gamma, months: int) -> dict[str, float]:
    low, high = rate.interval()
    mean = -np.expm1(-rate.shape * np.log1p(months / rate.rate))
    return {
        "reference": float(mean),
        "reference_lo": float(-np.expm1(-low * months)),
        "reference_hi": float(-np.expm1(-high * months)),
    }
