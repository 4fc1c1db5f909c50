r"""Whether the pact, before any data of its own, behaves as past pacts did.

Three events, by months since signature: a first joint operation, a first member that leaves, an
end. The model's chances come from futures with all parameters drawn, under the game and under the
Markov benchmark with the same random draws. Past pacts are those that stood where this one does at
the start: alive, whole and idle at its age. Their curve is that of Aalen and Johansen with
competing ends, $P(t) = \sum_{u \le t} S(u-1)\, d_u / n_u$, treaties nested in one another sharing
one weight:

- an operation competes with any end of the pact;
- a member's leaving with an end before it;
- an end is a breaking up or falling dormant, with all members in or not; being absorbed, or done
  with the task, competes. The model knows neither, so it may end a little more often.

Two statements, of different strength. *Covered*: the past share lies between the 5% and 95%
quantiles of the model's chance over sets of assumptions. *Predicted*: it lies inside the 90% range
of the share of as many pacts, all under one set: assumptions and the sampling of few pacts
together. A share of 0 among 18 pacts is hardly ever covered, yet is what a chance of 1 in 100
predicts.

Assumption: past pacts are draws from one class. Test: `tests/unit/test_pact_times.py`.

References:
    Aalen & Johansen (1978), https://www.jstor.org/stable/4615704. Box (1980),
    doi:10.2307/2982063, on checking a model against its prior predictive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.stats import betabinom, binom

from liptako.errors import InputError
from liptako.inference.past_cases import pacts as pact_fit
from liptako.model.codes import Stage
from liptako.outcomes.ranges import (
    INSIDE,
    LEAST_FOR_RANGE,
    MOST_OF_BERNOULLI,
    _ends,
    over_sets,
    set_numbers,
)
from liptako.runs.arms import VARIANTS, Arm
from liptako.runs.executor import Progress, silent
from liptako.runs.pact_courses import (
    EVENTS,
    LAST,
    age_of,
    chances,
    pact_batch,
    simulate_pact,
)
from liptako.runs.start import Prepared

ARMS = {"game": Arm(), "markov": VARIANTS["markov_pact"]}
MODELS = {"game": "the game", "markov": "the Markov benchmark"}
HORIZONS = (12, 24, 36, 39, LAST)
"""Months since signature of the table."""

QUANTILES = (0.25, 0.5)
_SAME = 1e-9
"""Shares of pacts closer than this are one."""

REPLICATES = 2000
"""Of the bootstrap of treaties."""


@dataclass(frozen=True, eq=False)
class PactTimes:
    """Times of the three events, in the model and in the past.

    Args:
        curves: `event, model, month, p, lo, hi, at_risk`; `model` is one of `MODELS` or `past`,
            `month` is since signature, `lo` and `hi` are over sets of assumptions or, of the
            past, a 90% interval.
        table: at `HORIZONS`: `event, model, month, p, lo, hi, past, past_lo, past_hi, n_at_risk,
            covers, predicted_lo, predicted_hi, predicts`. Ranges and what follows from them are
            missing below 500 futures.
        quantiles: `event, model, q25, q50`: the month by which so many had the event, missing
            where not within `LAST` months.
        about: scenario, init time, members, seed, age of the pact, past pacts and their weight.
    """

    curves: pd.DataFrame
    table: pd.DataFrame
    quantiles: pd.DataFrame
    about: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """Return the tables as plain values, as `--json` prints them."""
        table = self.table.astype({"covers": object, "predicts": object})
        table = table.where(table.notna(), None)
        return {
            **self.about,
            "table": table.to_dict("records"),
            "quantiles": self.quantiles.to_dict("records"),
        }


def pact_times(
    prepared: Prepared, batch: Callable | None = None, progress: Progress = silent
) -> PactTimes:
    """Compare the times of a pact's events with those of past pacts.

    Args:
        prepared: from `prepare_pact`; its scenario says members and seed.
        batch: from `pact_batch`, where one is compiled already.
        progress: called as batches finish.

    Raises:
        InputError: no pact at the start, or no past pact to compare with.

    Example:
        >>> pact_times(prepare_pact(members=500)).table                      # doctest: +SKIP
    """
    scenario, alliance = prepared.loaded.scenario, prepared.loaded.theatre.alliance
    age, batch = age_of(prepared), batch or pact_batch(prepared.structure)
    if prepared.state.pact.stage >= Stage.OPERATIONAL:
        raise InputError("a pact that has operated", file=prepared.loaded.file, field="alliance",
                         allowed="one that was idle until the start")  # fmt: skip
    members = np.arange(scenario.members)
    leads = min(LAST - age, scenario.months)
    past = {
        event: past_curve(
            prepared.snapshot.pacts, scenario.init_month, event, age,
            nested=alliance.nested if alliance else (), max_months=age + leads,
        )
        for event in EVENTS
    }  # fmt: skip
    found = {("past", event): curve for event, curve in past.items()}
    for name, arm in ARMS.items():
        what = f"Simulating the pact, {MODELS[name]}"
        course = simulate_pact(prepared, members, batch, arm, what=what, progress=progress)
        for event, cumulative in chances(course).items():
            found[name, event] = model_curve(cumulative[:, :leads], age, set_numbers(members))
    weight = past["operation"].attrs["weight"]
    about = {
        "scenario": scenario.name,
        "init_time": scenario.init_time,
        "members": scenario.members,
        "seed": scenario.seed,
        "age": age,
        "past_pacts": past["operation"].attrs["n"],
        "past_weight": weight,
    }
    return PactTimes(_curves(found), _table(found, weight), _quantiles(found), about)


def model_curve(
    cumulative: Float[np.ndarray, "member month"],
    age: int,
    sets: Mapping[str, Int[np.ndarray, " member"]],
) -> pd.DataFrame:
    """Return the chance of an event by month since signature, with its range over sets.

    Args:
        cumulative: from `chances`, by months ahead.
        age: of the pact at the start, months.
        sets: the set of each member, by status of evidence.

    Returns:
        `month, p, lo, hi, sd` (over sets) and `at_risk` (futures without the event, as expected);
        `lo`, `hi` and `sd` are missing below 500 futures.
    """
    n, rows = len(cumulative), [(age, 0.0, 0.0, 0.0, 0.0, len(cumulative))]
    for lead in range(1, cumulative.shape[1] + 1):
        found = over_sets(cumulative[:, lead - 1], sets)
        p, sd = min(found.mean, 1.0), found.between_sd if n >= LEAST_FOR_RANGE else np.nan
        lo, hi = _ends(p, sd**2, True)
        rows.append((age + lead, p, lo, hi, sd, round(n * (1.0 - p))))
    return pd.DataFrame(rows, columns=["month", "p", "lo", "hi", "sd", "at_risk"])


def past_curve(
    pacts: pd.DataFrame,
    last_month: int,
    event: str,
    idle_until: int = 3,
    *,
    nested: Sequence[Sequence[str]] = (),
    max_months: int = LAST,
    tier: pact_fit.Tier = "core",
    seed: int = 0,
) -> pd.DataFrame:
    """Return the Aalen-Johansen chance of an event among past pacts idle and whole at some age.

    Intervals come from a bootstrap of treaties, nested ones together; where no pact has had the
    event yet, the upper end is the chance that 1 in 20 samples of so many pacts would not show.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        event: one of `EVENTS`.
        idle_until: months after signature until which nothing had happened.
        nested: clusters of names of pacts nested in one another.
        max_months: the last month after signature.
        tier: `core`, `comparison` or `all`.
        seed: of the bootstrap.

    Returns:
        `month, p, lo, hi, at_risk` (pacts, nested ones each), from month `idle_until`; in
        `attrs` the pacts `n` and their `weight`.

    Raises:
        InputError: an unknown event or tier, or no such pact.
    """
    if event not in EVENTS:
        raise InputError("no such event", field="event", value=event, allowed=", ".join(EVENTS))
    rows = pact_fit._rows(pacts, last_month, tier)
    ages = pact_fit._ages(rows).fillna(np.inf)
    fields = ["first_operation", "end", "first_exit"]
    known = (rows[[f"{field}_status" for field in fields]] != "unknown").all(axis=1)
    follow = last_month - rows["signed"]
    keep = known & (ages[fields].min(axis=1) > idle_until) & (follow >= idle_until)
    if not keep.any():
        raise InputError("no past pact was idle so long", field="idle_until", value=idle_until)
    rows, ages = rows[keep], ages[keep]
    came, until = _times(event, ages, pact_fit._broke(rows), follow[keep])
    base, cluster = pact_fit._weights(rows["pact"], nested), _clusters(rows["pact"], nested)
    number = int(cluster.max()) + 1
    rng = np.random.default_rng(seed)
    again = rng.multinomial(number, np.full(number, 1.0 / number), REPLICATES)
    weights = np.vstack([base, base * again[:, cluster]])
    months = np.arange(idle_until, max_months + 1)
    p = _aalen_johansen(came, until, ages["end"].to_numpy(), weights, months)
    lo, hi = np.quantile(p[1:], INSIDE, axis=0)
    unseen = 1.0 - (1.0 - INSIDE[1]) ** (1.0 / base.sum())
    hi = np.where((p[0] == 0) & (months > idle_until), unseen, hi)
    at_risk = (until[:, None] >= months).sum(axis=0)
    table = {"month": months, "p": p[0], "lo": lo, "hi": hi, "at_risk": at_risk}
    frame = pd.DataFrame(table)
    frame.attrs = {"n": len(rows), "weight": float(base.sum())}
    return frame


def _times(
    event: str, ages: pd.DataFrame, broke: pd.Series, follow: pd.Series
) -> tuple[np.ndarray, np.ndarray]:
    """Return when the event came (infinite if never), and until when it could have."""
    end = ages["end"].to_numpy()
    came = {
        "operation": ages["first_operation"].to_numpy(),
        "exit": ages["first_exit"].to_numpy(),
        "end": np.where(broke, end, np.inf),
    }[event]
    came = np.where(came <= end, came, np.inf)
    return came, np.minimum(np.minimum(came, end), follow.to_numpy(float))


def _aalen_johansen(
    came: np.ndarray, until: np.ndarray, end: np.ndarray, weights: np.ndarray, months: np.ndarray
) -> Float[np.ndarray, "sample month"]:
    """Return the cumulative chance of the event, one row a row of weights."""
    alive, reached = np.ones(len(weights)), np.zeros(len(weights))
    found = []
    for month in months:
        at_risk = weights @ (until >= month)
        first = weights @ ((until == month) & (came == month))
        last = weights @ ((until == month) & (end == month) & (came > month))
        share = np.maximum(at_risk, np.finfo(float).tiny)
        reached = reached + alive * first / share
        alive = alive * (1.0 - (first + last) / share)
        found.append(reached)
    return np.stack(found, axis=1)


def _clusters(names: pd.Series, nested: Sequence[Sequence[str]]) -> Int[np.ndarray, " pact"]:
    """Return the number of each pact's treaty: nested ones share one."""
    owner = {name: f"nested {place}" for place, names_ in enumerate(nested) for name in names_}
    treaties = np.array([owner.get(name, name) for name in names], str)
    return np.unique(treaties, return_inverse=True)[1]


def predicted(p: float, sd: float, n: int) -> tuple[float, float]:
    """Return the 90% range of a share among `n` pacts, all of one set of assumptions.

    Their number is Beta-binomial: the chance of a set has mean `p` and spread `sd`.

    Example:
        >>> predicted(0.5, 0.0, 10)
        (0.2, 0.8)
    """
    most = p * (1.0 - p)
    if most <= 0 or not np.isfinite(sd) or sd**2 <= 1e-9 * most:
        lo, hi = binom.ppf(INSIDE, n, p)
    else:
        size = most / min(sd**2, MOST_OF_BERNOULLI * most) - 1.0
        lo, hi = betabinom.ppf(INSIDE, n, p * size, (1.0 - p) * size)
    return float(lo) / n, float(hi) / n


def _curves(found: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    columns = ["event", "model", "month", "p", "lo", "hi", "at_risk"]
    parts = [curve.assign(event=event, model=name) for (name, event), curve in found.items()]
    return pd.concat(parts, ignore_index=True)[columns]


def _table(found: Mapping[tuple[str, str], pd.DataFrame], weight: float) -> pd.DataFrame:
    rows = []
    for event in EVENTS:
        past = found["past", event].set_index("month")
        for name in MODELS:
            curve = found[name, event].set_index("month")
            for month in [month for month in HORIZONS if month in curve.index]:
                own, then = curve.loc[month].to_dict(), past.loc[month].to_dict()
                ranged = np.isfinite(own["lo"])
                lo, hi = predicted(own["p"], own["sd"], round(weight))
                rows.append(
                    {
                        "event": event,
                        "model": name,
                        "month": month,
                        **{key: own[key] for key in ("p", "lo", "hi")},
                        "past": then["p"],
                        "past_lo": then["lo"],
                        "past_hi": then["hi"],
                        "n_at_risk": int(then["at_risk"]),
                        "covers": bool(own["lo"] <= then["p"] <= own["hi"]) if ranged else None,
                        "predicted_lo": lo if ranged else np.nan,
                        "predicted_hi": hi if ranged else np.nan,
                        "predicts": bool(lo - _SAME <= then["p"] <= hi + _SAME) if ranged else None,
                    }
                )
    frame = pd.DataFrame(rows)
    return frame.astype({"covers": "boolean", "predicts": "boolean"})


def _quantiles(found: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for (name, event), curve in found.items():
        months = {
            f"q{100 * share:.0f}": curve.loc[curve["p"] >= share, "month"].min()
            for share in QUANTILES
        }
        rows.append({"event": event, "model": name, **months})
    return pd.DataFrame(rows).sort_values("event", kind="stable", ignore_index=True)
