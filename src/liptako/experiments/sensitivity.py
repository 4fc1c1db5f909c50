r"""Which assumptions move an outcome: shares by evidence and form, and indices of parameters.

All of it is read off the members of one run: nothing is simulated. The variance of an outcome
between members is mostly Monte Carlo error, so everything is about the means of sets of
assumptions.

- *Shares by evidence*: `liptako.outcomes.ranges.variance_by_status`.
- *Shares by structural alternative*: with the mean $\mu_l$ of the set means under each form $l$,
  the variance that forms make, $\sum_l w_l (\mu_l - \mu)^2$ less what other differences of sets
  put into it, $(L - 1) s^2 / S$ for $L$ forms and $S$ sets of residual variance $s^2$, over the
  variance that all assumptions make.
- *Indices*: Sobol' and Morris on a surrogate of each status of evidence
  (`liptako.experiments.surrogate`), only where it explains at least half of the variance of
  held-out set means. Where it does not, that is said. Means of small sets can be explained in part
  only: at most $1 - s_w^2 / (n s_m^2)$, with variance $s_w^2$ of members, $n$ in a set, and $s_m^2$
  of the means.

Intervals are 90%, over resampled sets. What is counted in people or times enters as its logarithm,
one added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float, Int, Shaped
from threadpoolctl import threadpool_limits

from liptako.errors import InputError
from liptako.experiments.surrogate import RESAMPLES, by_rank, explained, indices
from liptako.model.draws import set_numbers
from liptako.model.forms import form_numbers
from liptako.outcomes.decisive import COSTS, LEADING, last_horizon, outcomes_at
from liptako.outcomes.endings import has_endings
from liptako.outcomes.measures import CHANCE, OUTCOMES
from liptako.outcomes.ranges import variance_by_status
from liptako.outcomes.signposts import LEAST_MEMBERS
from liptako.runs.carried import Carried, carried_of
from liptako.runs.dataset import forms_of
from liptako.runs.executor import Progress, silent

LEAST_EXPLAINED = 0.5
"""Share of the held-out variance of set means below which no index is given."""

SHARE_RESAMPLES = 200
QUANTILES = (0.05, 0.95)
TOP = 10

Values = Float[np.ndarray, " member"]


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """What moves the outcomes of a run.

    Attributes:
        about: scenario, horizon, members, and how many parameters of each status were looked at.
        shares: `outcome`, `kind` (`status` or `alternative`), `name`, `share` of the variance that
            assumptions make, `lo`, `hi`; not a number where they seem to make none.
        surrogates: `outcome`, `status`, `parameters` (looked at), `possible` (share of the variance
            of set means that is not Monte Carlo error), `explained` (of it, held out; not a number
            where less than half is possible), `printed`, `members_needed` (for half to be possible;
            not a number where it is, or where sets seem not to differ).
        indices: of surrogates that are printed: `outcome`, `status`, `parameter`, `meaning`,
            `first` and `total` (shares of what the status moves), `of_all` (the total index times
            the status' share), `morris`, `given_data`; intervals as `_lo` and `_hi`.
    """

    about: dict[str, Any]
    shares: pd.DataFrame = field(repr=False)
    surrogates: pd.DataFrame = field(repr=False)
    indices: pd.DataFrame = field(repr=False)

    def summary(self) -> dict[str, Any]:
        """Return all of it as plain values, as `liptako sensitivity --json` prints it."""
        outcomes = {}
        for name in self.about["outcomes"]:
            tables = (self.shares, self.surrogates, self.indices)
            mine = [table[table["outcome"] == name].drop(columns="outcome") for table in tables]
            keys = ("shares", "surrogates", "indices")
            outcomes[name] = {
                key: table.to_dict("records") for key, table in zip(keys, mine, strict=True)
            }
        return {**self.about, "outcomes": outcomes}


def sensitivity(
    run: xr.Dataset,
    outcomes: Sequence[str] | None = None,
    *,
    resamples: int = RESAMPLES,
    progress: Progress = silent,
) -> Sensitivity:
    """Return which assumptions move the outcomes of a run.

    Args:
        run: from `simulate` or `load_run`, a thousand members or more.
        outcomes: of `liptako.outcomes.measures.OUTCOMES`; the three pieces, the four outcomes for
            the alliance and what they cost if not given.
        resamples: of sets, for the intervals of indices.
        progress: called as outcomes are done.

    Raises:
        InputError: a run that keeps no parameters or has too few members, no such outcome, no
            endings.

    Example:
        >>> found = sensitivity(run)                                    # doctest: +SKIP
        >>> found.shares.query("outcome == 'pact_alive'")               # doctest: +SKIP
    """
    members = run["member"].to_numpy()
    if len(members) < LEAST_MEMBERS:
        allowed = f"{LEAST_MEMBERS} or more"
        raise InputError(
            "too few to tell assumptions from Monte Carlo error",
            field="members", value=len(members), allowed=allowed,
        )  # fmt: skip
    horizon, carried = last_horizon(run), carried_of(run)
    forms = {name: list(options) for name, options in forms_of(run).items()}
    sets = set_numbers(members)
    values = outcomes_at(run, outcomes or (*LEADING, *COSTS))
    shares, surrogates, found = [], [], []
    known: dict[tuple[str, bytes], tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for done, (name, raw) in enumerate(values.items()):
        progress("Sensitivity", done, len(values))
        own = raw if OUTCOMES[name].unit == CHANCE else np.log1p(raw)
        by_status = status_shares(own, sets)
        shares += [{"outcome": name, **row} for row in by_status]
        shares += [{"outcome": name, **row} for row in form_shares(own, sets, forms)]
        for row in by_status:
            status = row["name"]
            means, possible, needed = of_sets(own, sets[status])
            own_key = status, _shape(means)
            if own_key not in known:  # an outcome and its opposite have the same indices
                mine = carried.of_status(status)
                with threadpool_limits(limits=1, user_api="blas"):  # for small matrices, 3 times
                    known[own_key] = _indices(means, possible, mine, resamples)
            fit, rows = known[own_key]
            whose = {"outcome": name, "status": status}
            surrogates.append({**whose, **fit, "members_needed": needed})
            found += [{**whose, **one, "of_all": row["share"] * one["total"]} for one in rows]
    about = {
        "scenario": run.attrs["scenario"],
        "init_time": run.attrs["init_time"],
        "policy": run.attrs["policy"],
        "horizon": horizon,
        "members": len(members),
        "outcomes": list(values),
        "parameters": {status: carried.status.count(status) for status in sets},
    }
    return Sensitivity(
        about, pd.DataFrame(shares), pd.DataFrame(surrogates), pd.DataFrame(found, columns=_INDICES)
    )


_INDICES = [
    "outcome", "status", "parameter", "meaning",
    *(f"{name}{end}" for name in ("first", "total", "morris") for end in ("", "_lo", "_hi")),
    "of_all", "given_data",
]  # fmt: skip


def of_sets(
    values: Values, sets: Int[np.ndarray, " member"]
) -> tuple[Float[np.ndarray, " set"], float, float]:
    """Return the means of sets, and how much of their variance is no Monte Carlo error.

    Returns:
        The means; the share of their variance that can be explained at best; the members with which
        that would be half, not a number where it is already or where sets seem not to differ.
    """
    place = np.unique(sets, return_inverse=True)[1]
    size = np.bincount(place)
    means = np.bincount(place, weights=values) / size
    within = ((values - means[place]) ** 2).sum() / max(len(values) - len(size), 1)
    spread = means.var(ddof=1)
    if spread == 0:
        return means, 0.0, np.nan
    noise = within / size.mean()
    possible = float(max(0.0, 1.0 - noise / spread))
    between = spread - noise
    wanted = LEAST_EXPLAINED / (1.0 - LEAST_EXPLAINED) * within / between if between > 0 else np.nan
    needed = len(size) * wanted if possible < LEAST_EXPLAINED else np.nan
    return means, possible, float(needed)


def _shape(means: Float[np.ndarray, " set"]) -> bytes:
    """Return what set means have in common with their opposite, as bytes."""
    centred = means - means.mean()
    scaled = centred / max(float(np.abs(centred).max()), 1e-12)
    turned = scaled * np.sign(scaled[np.abs(scaled).argmax()])
    return (turned.round(6) + 0.0).tobytes()


def _indices(
    means: Float[np.ndarray, " set"],
    possible: float,
    carried: Carried,
    resamples: int,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what a surrogate of one status explains and, where that is enough, its indices."""
    fit = {"parameters": len(carried.names), "possible": possible, "explained": np.nan}
    if possible >= LEAST_EXPLAINED and carried.names:
        fit["explained"] = explained(by_rank(carried.values), means)
    fit["printed"] = bool(fit["explained"] >= LEAST_EXPLAINED)
    if not fit["printed"]:
        return fit, []
    rows = indices(carried.values, means, resamples)
    for row in rows:
        place = row.pop("input")
        row |= {"parameter": carried.names[place], "meaning": carried.meaning[place]}
    return fit, rows


def status_shares(
    values: Values, sets: dict[str, Int[np.ndarray, " member"]]
) -> list[dict[str, Any]]:
    """Return how much of the variance that assumptions make comes from each status of evidence."""
    found = variance_by_status(values, sets).set_index("status")["share"]
    rng, drawn = np.random.default_rng(len(values)), {}
    for status, numbers in sets.items():
        means, possible, _ = of_sets(values, numbers)
        noise = (1.0 - possible) * means.var(ddof=1)
        again = rng.choice(means, (SHARE_RESAMPLES, len(means))).var(axis=1, ddof=1)
        drawn[status] = np.maximum(0.0, again - noise)
    total = np.maximum(sum(drawn.values()), 1e-12)
    rows = []
    for status in sets:
        share = float(found[status])
        lo, hi = np.quantile(drawn[status] / total, QUANTILES)
        known = np.isfinite(share)
        lo, hi = (min(lo, share), max(hi, share)) if known else (np.nan, np.nan)
        rows.append({"kind": "status", "name": status, "share": share, "lo": lo, "hi": hi})
    return rows


def form_shares(
    values: Values,
    sets: dict[str, Int[np.ndarray, " member"]],
    forms: dict[str, list[str]],
) -> list[dict[str, Any]]:
    """Return how much of the variance that assumptions make each structural alternative does."""
    variance = variance_by_status(values, sets).set_index("status")["variance"]
    everything = float(variance[list(sets)].sum())
    means, _, _ = of_sets(values, sets["judgement"])
    own = np.unique(sets["judgement"])
    numbers = form_numbers(forms, own)
    rng, size = np.random.default_rng(len(values)), len(means)
    drawn = rng.multinomial(size, np.full(size, 1.0 / size), SHARE_RESAMPLES)
    weight = np.vstack([np.ones(size), drawn])
    rows = []
    for name in forms:
        row: dict[str, Any] = {"kind": "alternative", "name": name}
        if not everything > 0:
            rows.append(row | dict.fromkeys(("share", "lo", "hi"), np.nan))
            continue
        made = np.clip(_made_by_forms(means, numbers[name], weight) / everything, 0.0, 1.0)
        share, (lo, hi) = float(made[0]), np.quantile(made[1:], QUANTILES)
        rows.append(row | {"share": share, "lo": min(lo, share), "hi": max(hi, share)})
    return sorted(rows, key=lambda row: -np.nan_to_num(row["share"]))


def _made_by_forms(
    means: Float[np.ndarray, " set"],
    form: Shaped[np.ndarray, " set"],
    weight: Float[np.ndarray, "draw set"],
) -> Float[np.ndarray, " draw"]:
    """Return the variance that forms make among set means, below 0 where they differ by less.

    Args:
        means: of sets.
        form: of each set.
        weight: how often each set counts, a row a resample; rows have one sum.
    """
    inside = (form[:, None] == np.unique(form)).astype(float)
    count, total = weight @ inside, weight.sum(axis=1)
    kept = (count > 0).sum(axis=1)
    centred = means - means.mean()
    centre = (weight * centred) @ inside / np.maximum(count, 1.0)
    middle = weight @ centred / total
    between = (count * centre**2).sum(axis=1) - total * middle**2
    rest = weight @ centred**2 - (count * centre**2).sum(axis=1)
    return (between - (kept - 1) * rest / np.maximum(total - kept, 1.0)) / total


def sensitivity_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the tables on what the endings rest on, by name; none where they cannot be told.

    `evidence` has the shares and what surrogates explain, `assumptions` the indices that are given.
    """
    if "assumed" not in run or run.sizes["member"] < LEAST_MEMBERS or not has_endings(run):
        return {}
    found = sensitivity(run, LEADING, resamples=FEW)
    about = found.surrogates.rename(columns={"status": "name"}).assign(kind="status")
    evidence = found.shares.merge(about, how="left", on=["outcome", "kind", "name"])
    tables = {"evidence": evidence.assign(horizon=found.about["horizon"])}
    if len(found.indices):
        top = found.indices.sort_values("of_all", ascending=False, kind="stable")
        tables["assumptions"] = top.assign(horizon=found.about["horizon"])
    return tables


FEW = 20
"""Resamples for a report, which is made with every run."""
