"""Scenario discovery: under which assumptions an outcome comes, as boxes over parameters.

PRIM (Friedman & Fisher 1999), as EMA Workbench has it, peels a run's members down to a box in
which the outcome is frequent. Each status of evidence has its own box, for its sets can be halved:
a box is found on the members of half of them, and its coverage and density are reported from the
other half, which shares no draw with the first.

References:
    Friedman, J. H. and Fisher, N. I. (1999). Bump hunting in high-dimensional data. Statistics and
    Computing 9, 123-143. https://doi.org/10.1023/A:1008894516817
    Bryant, B. P. and Lempert, R. J. (2010). Thinking inside the box. Technological Forecasting and
    Social Change 77, 34-49. https://doi.org/10.1016/j.techfore.2009.08.002
"""

from __future__ import annotations

import logging
import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Int

from liptako.errors import InputError
from liptako.experiments.ema import experiments_outcomes
from liptako.model.draws import set_numbers
from liptako.outcomes.decisive import halves, last_horizon
from liptako.outcomes.measures import CHANCE, OUTCOMES
from liptako.outcomes.signposts import LEAST_CAME, LEAST_MEMBERS, by_set, resampled
from liptako.runs.carried import FORM, Carried, carried_of

MOST_LIMITS = 3
"""Parameters that a box may limit: more can hardly be said in a sentence."""

LEAST_MASS = 0.1
"""Share of the members of the first half that a box must hold."""

CANDIDATES = 20
"""Parameters of a status that go with the outcome most in the first half, and all forms."""

PEELED = 0.1
"""Share of the members that a step of peeling takes off: sets are few, so not less."""


class Limit(NamedTuple):
    """How far a box reaches along one parameter.

    Args:
        parameter: its name.
        meaning: in words.
        lo: from, not a number where it is open.
        hi: to, likewise.
        forms: those inside, of a structural alternative; none of a number.
    """

    parameter: str
    meaning: str
    lo: float
    hi: float
    forms: tuple[str, ...] = ()


def discover(run: xr.Dataset, outcome: str = "endures") -> pd.DataFrame:
    """Return under which assumptions an outcome comes most.

    Args:
        run: of a theatre with a pact; a thousand members or more.
        outcome: a chance of `liptako.outcomes.measures.OUTCOMES`.

    Returns:
        One row a status of evidence in which a box was found: `outcome`, `status`, `limits` (a
        tuple of `Limit`), `base` (the chance of the outcome), `density` (its chance inside the
        box), `coverage` (share of its futures that lie inside), `mass` (share of all futures
        inside), the last three with 90% intervals, all of the second half of the sets;
        `found_density` of the first; `holds`: the interval of the density lies above the base;
        `members` that report.

    Raises:
        InputError: a run that keeps no parameters or has too few members, no such outcome, or one
            that comes too rarely or too surely.

    Example:
        >>> discover(run, "endures")[["status", "density", "coverage"]]      # doctest: +SKIP
    """
    horizon = last_horizon(run)
    if run.sizes["member"] < LEAST_MEMBERS:
        allowed = f"{LEAST_MEMBERS} or more"
        raise InputError(
            "too few to halve", field="members", value=run.sizes["member"], allowed=allowed
        )
    experiments, outcomes = experiments_outcomes(run, [outcome])
    if OUTCOMES[outcome].unit != CHANCE:
        allowed = ", ".join(name for name, row in OUTCOMES.items() if row.unit == CHANCE)
        raise InputError("no chance", field="outcome", value=outcome, allowed=allowed)
    came, carried = outcomes[outcome] > 0, carried_of(run)
    if min(came.sum(), (~came).sum()) < 2 * LEAST_CAME:
        raise InputError(
            f"too rare, or too sure, to tell when it comes ({came.sum()} of {len(came)} futures)",
            field="outcome",
            value=outcome,
            allowed=f"one that comes in {2 * LEAST_CAME} futures or more, and fails to in as many",
        )
    rows = []
    for status, sets in set_numbers(run["member"].to_numpy()).items():
        found = _box(experiments, came, sets, carried.of_status(status))
        if found is not None:
            rows.append({"outcome": outcome, "horizon": horizon, "status": status, **found})
    return pd.DataFrame(rows)


def _box(
    experiments: pd.DataFrame,
    came: Bool[np.ndarray, " member"],
    sets: Int[np.ndarray, " member"],
    carried: Carried,
) -> dict[str, Any] | None:
    """Return the box of one status of evidence, none where nothing can be limited."""
    first = halves(sets)
    columns = _candidates(experiments[list(carried.names)], came, first)
    limits, density = _peeled(experiments.loc[first, columns], came[first])
    if not limits:
        return None
    inside = np.ones(len(came), bool)
    meanings = dict(zip(carried.names, carried.meaning, strict=True))
    said = []
    for name, limit in limits.items():
        values = experiments[name].to_numpy()
        if isinstance(limit, tuple):
            lo, hi = limit
            inside &= (values >= (-np.inf if np.isnan(lo) else lo)) & (
                values <= (np.inf if np.isnan(hi) else hi)
            )
            said.append(Limit(name, meanings[name], lo, hi))
        else:
            inside &= np.isin(values, list(limit))
            said.append(Limit(name, meanings[name], np.nan, np.nan, tuple(sorted(limit))))
    return reported(inside, came, sets, first) | {"limits": tuple(said), "found_density": density}


def reported(
    inside: Bool[np.ndarray, " member"],
    came: Bool[np.ndarray, " member"],
    sets: Int[np.ndarray, " member"],
    first: Bool[np.ndarray, " member"],
) -> dict[str, Any]:
    """Return what the second half of the sets says of a box: members of the first do not count."""
    counts = by_set(inside[~first], came[~first], sets[~first])
    base = float(came[~first].mean())
    found = {
        **resampled(counts, "density", ((0,), (1,))),
        **resampled(counts, "coverage", ((0,), (0, 2))),
        **resampled(counts, "mass", ((1,), (1, 3))),
    }
    held = bool(counts[:, 1].sum() > 0 and found["density_lo"] > base)
    return found | {"base": base, "holds": held, "members": int((~first).sum())}


def _candidates(
    columns: pd.DataFrame, came: Bool[np.ndarray, " member"], first: Bool[np.ndarray, " member"]
) -> list[str]:
    """Return the numbers that go with the outcome most in the first half, and all forms."""
    forms = [name for name in columns if str(name).startswith(FORM)]
    numbers = columns.loc[first].drop(columns=forms).rank()
    strength = numbers.corrwith(pd.Series(came[first].astype(float), numbers.index)).abs()
    first_ones = strength.sort_values(ascending=False).index[:CANDIDATES]
    return [*map(str, forms), *map(str, first_ones)]


def _peeled(
    columns: pd.DataFrame, came: Bool[np.ndarray, " member"]
) -> tuple[dict[str, tuple[float, float] | set[str]], float]:
    """Return the limits of the box that PRIM peels, and how dense it is there.

    Of all boxes on the way, that of at most `MOST_LIMITS` parameters whose density is most
    standard errors above the mean.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of newer versions of what it stands on
        from ema_workbench.analysis import prim

        logging.getLogger("EMA").setLevel(logging.ERROR)
        peeling = prim.Prim(
            columns.reset_index(drop=True), came.astype(int), threshold=came.mean(),
            peel_alpha=PEELED, paste_alpha=PEELED, mass_min=LEAST_MASS,
            # a form takes half of the members off at once: not to be weighed by how many go
            obj_function=prim.PRIMObjectiveFunctions.ORIGINAL,
        )  # fmt: skip
        box: Any = peeling.find_box()
    way = box.peeling_trajectory
    allowed = way[(way["res_dim"] >= 1) & (way["res_dim"] <= MOST_LIMITS)]
    if allowed.empty:
        return {}, float(came.mean())
    above = (allowed["density"] - came.mean()) * np.sqrt(allowed["mass"])
    best = int(above.to_numpy().argmax())
    start, lims = peeling.box_init, box.box_lims[int(allowed.index[best])]
    found: dict[str, tuple[float, float] | set[str]] = {}
    for name in lims.columns:
        lo, hi = lims[name].tolist()
        if isinstance(lo, set):
            if lo != start[name].iloc[0]:
                found[name] = {str(form) for form in lo}
        elif (lo, hi) != tuple(start[name].tolist()):
            open_lo, open_hi = start[name].tolist()
            found[name] = (np.nan if lo == open_lo else lo, np.nan if hi == open_hi else hi)
    return found, float(allowed["density"].iloc[best])
