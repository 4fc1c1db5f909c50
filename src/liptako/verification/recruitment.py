r"""Recruitment against the record: insurgent events near killings by states, before and after.

A killing is a cell and month in which states killed at least `LEAST` civilians on purpose.
Insurgent events within `NEAR_KM` of it in the `WINDOW` months after ($a$) and before ($b$) are set
against those of the rest of its country in the same months ($A$, $B$), so that a war that grows
everywhere shows nothing:

$$\log\frac{a + 1/2}{b + 1/2} - \log\frac{A + 1/2}{B + 1/2}$$

Placebo: the same cells in months drawn at random, at least `APART` months from a killing there.
Killings of one country and year are drawn together in the bootstrap, whose spread is widened as few
such groups ask (Student's t). An effect that would show in eight of ten such records at 90% is 2.5
standard errors: smaller ones cannot be seen.

It says what followed, not what was caused: states kill where the war grows, or where it is about to
fall. Test: `tests/unit/test_verification_recruitment.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int
from scipy.stats import t

from liptako.data import arrays, geography
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.model.structure import Structure

LEAST = 10.0
"""Civilians killed by states in a cell and month from which it counts as a killing."""

NEAR_KM = 60.0
"""Centres of cells no farther than this: the cell itself and the four beside it."""

WINDOW, APART = 6, 12
"""Months before and after; months that a placebo lies from any killing in its cell."""

FEWEST = 3
"""Killings below which there is nothing to compare."""

DRAWS, SEED = 1000, 0
SEEN = 2.5
"""Standard errors of an effect that shows in eight of ten records, at 90%."""


@dataclass(frozen=True)
class Study:
    """What followed on killings, as log ratios.

    Attributes:
        killings: how many.
        effect: mean log ratio after to before, beyond the rest of the country.
        se: its standard error.
        lo, hi: its 90% interval.
        free: degrees of freedom of the error: killings of a country and year count together.
        placebo: the same at random months in the same cells, mean over draws.
        placebo_se: its spread over draws.
        least_seen: smallest log ratio that would show.
    """

    killings: int
    effect: float
    se: float
    lo: float
    hi: float
    free: int
    placebo: float
    placebo_se: float
    least_seen: float

    def summary(self) -> dict[str, Any]:
        """Return it as plain numbers."""
        return asdict(self)


def after_killings(
    snapshot: Snapshot, structure: Structure, first_month: int, last_month: int
) -> Study:
    """Return what insurgents did around killings by states, beside a placebo.

    Args:
        snapshot: events.
        structure: cells, countries and which streams are such killings.
        first_month: from which killings count.
        last_month: the last month of events.

    Raises:
        InputError: fewer than `FEWEST` killings whose windows lie in the record.
    """
    start = first_month - WINDOW
    counts = arrays.by_cell(snapshot.events, structure.streams, structure.gid, start, last_month)
    insurgent = counts[:, structure.insurgent_against_others > 0].sum(axis=1).astype(float)
    at = _killings(snapshot, structure, start, len(insurgent))
    if len(at) < FEWEST:
        raise InputError(
            "too few killings by states", field="events", value=len(at), allowed=f"{FEWEST} or more"
        )
    near = _near(structure)
    found = _log_ratios(insurgent, at, near, structure.country)
    rng = np.random.default_rng(SEED)
    groups = pd.factorize(structure.country[at[:, 1]] * 10_000 + (at[:, 0] + start) // 12)[0]
    means = _bootstrap(found, groups, rng)
    free = _far_from_killings(at, insurgent.shape)
    draws = [
        _log_ratios(insurgent, _elsewhen(at, free, rng), near, structure.country).mean()
        for _ in range(DRAWS // 10)
    ]
    degrees = max(int(groups.max()), 1)
    se = float(means.std() * np.sqrt((groups.max() + 1) / degrees))
    reach = float(t.ppf(0.95, degrees)) * se
    return Study(
        killings=len(at),
        effect=float(found.mean()),
        se=se,
        lo=float(found.mean()) - reach,
        hi=float(found.mean()) + reach,
        free=degrees,
        placebo=float(np.mean(draws)),
        placebo_se=float(np.std(draws)),
        least_seen=SEEN * se,
    )


def _killings(
    snapshot: Snapshot, structure: Structure, start: int, months: int
) -> Int[np.ndarray, "killing 2"]:
    """Return month (from the first of the record) and cell of each killing with whole windows."""
    streams = [structure.streams[stream] for stream in structure.killings]
    events = snapshot.events[snapshot.events["stream"].isin(streams)]
    dead = events.groupby(["month", "gid"])["deaths"].sum()
    dead = dead[dead >= LEAST].reset_index()
    dead = dead[dead["gid"].isin(structure.gid)]
    month = dead["month"].to_numpy() - start
    whole = (month >= WINDOW) & (month < months - WINDOW)
    cell = np.searchsorted(structure.gid, dead["gid"].to_numpy())
    return np.stack([month, cell], axis=1)[whole].astype(int)


def _near(structure: Structure) -> Bool[np.ndarray, "cell cell"]:
    lat, lon = (np.asarray(part, float) for part in geography.centroid(structure.gid))
    return np.asarray(geography.distance_km(lat[:, None], lon[:, None], lat, lon) <= NEAR_KM)


def _log_ratios(
    counts: Float[np.ndarray, "month cell"],
    at: Int[np.ndarray, "killing 2"],
    near: Bool[np.ndarray, "cell cell"],
    country: Int[np.ndarray, " cell"],
) -> Float[np.ndarray, " killing"]:
    found = []
    for month, cell in at:
        before, after = counts[month - WINDOW : month], counts[month + 1 : month + 1 + WINDOW]
        rest = (country == country[cell]) & ~near[cell]
        sums = [
            part[:, where].sum() + 0.5 for where in (near[cell], rest) for part in (after, before)
        ]
        found.append(np.log(sums[0] / sums[1]) - np.log(sums[2] / sums[3]))
    return np.array(found)


def _bootstrap(
    values: Float[np.ndarray, " killing"],
    groups: Int[np.ndarray, " killing"],
    rng: np.random.Generator,
) -> Float[np.ndarray, " draw"]:
    """Return means of samples of whole groups with replacement."""
    sums = np.bincount(groups, values)
    sizes = np.bincount(groups)
    drawn = rng.integers(0, len(sums), (DRAWS, len(sums)))
    return sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)


def _far_from_killings(
    at: Int[np.ndarray, "killing 2"], shape: tuple[int, ...]
) -> Bool[np.ndarray, "month cell"]:
    free = np.ones(shape, bool)
    free[:WINDOW], free[shape[0] - WINDOW :] = False, False
    for month, cell in at:
        free[max(month - APART, 0) : month + APART + 1, cell] = False
    return free


def _elsewhen(
    at: Int[np.ndarray, "killing 2"], free: Bool[np.ndarray, "month cell"], rng: np.random.Generator
) -> Int[np.ndarray, "killing 2"]:
    """Return a random free month for the cell of each killing; one without any is left out."""
    rows = []
    for _, cell in at:
        months = np.flatnonzero(free[:, cell])
        if len(months):
            rows.append((int(rng.choice(months)), int(cell)))
    return np.array(rows, int).reshape(-1, 2)
