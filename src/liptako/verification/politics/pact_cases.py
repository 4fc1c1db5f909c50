r"""How good the rates of past pacts are as a forecast: each past pact left out in turn.

The rates are fitted without the pact and without treaties nested with it, and forecast what comes
within some months of a position: idle and whole, at signature or some months on. With $\lambda$
the monthly rate of a first operation, $e$ of an end with all in, $x$ of a first exit and $f$ the
share of exits that end the pact, all drawn from their posteriors,

$$P(\text{exit}) = \tfrac{x}{e+x}\big(1 - e^{-(e+x)h}\big), \quad
P(\text{end}) = 1 - e^{-eh}\big(1 - f + f e^{-xh}\big),$$
$$P(\text{operation}) = \lambda\big((1-f)\, g(\lambda+e) + f\, g(\lambda+e+x)\big), \quad
g(a) = (1 - e^{-ah})/a.$$

The constant it is compared with is the share among the other treaties in the same position.

This is no forecast in time: later pacts teach earlier ones, for there are too few to do otherwise.
An operation before or at signature is none to forecast. Assumption: treaties are draws from one
class. Test: `tests/unit/test_pact_cases.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako.errors import InputError
from liptako.inference.past_cases import pacts as pact_fit
from liptako.outcomes.ranges import INSIDE
from liptako.runs.pact_courses import EVENTS
from liptako.verification.politics.pact_times import REPLICATES, _clusters, _times

AGES = (0, 3)
"""Months since signature of the positions."""

HORIZONS = (12, 24, 36)
DRAWS = 2000
"""Of the posteriors, the same for all pacts."""

MODELS = ("markov", "constant")


def left_out_cases(
    pacts: pd.DataFrame,
    last_month: int,
    nested: Sequence[Sequence[str]] = (),
    tier: pact_fit.Tier = "core",
) -> pd.DataFrame:
    """Return the chance of each event for each past pact, from all pacts of other treaties.

    Args:
        pacts: from the snapshot; what comes after `last_month` is blanked.
        last_month: the last month that may be seen.
        nested: clusters of names of pacts nested in one another.
        tier: `core`, `comparison` or `all`.

    Returns:
        `age, event, months, pact, treaty` (number), `happened` (0 or 1), `markov`, `constant`
        (chances). Pacts that were not followed so long are left out.

    Raises:
        InputError: an unknown tier, or fewer than two treaties.
    """
    rows = pact_fit._rows(pacts, last_month, tier)
    treaty = _clusters(rows["pact"], nested)
    if treaty.max() < 1:
        raise InputError("nothing to learn from", field="pacts", value=len(rows),
                         allowed="two treaties or more")  # fmt: skip
    fits = {
        number: pact_fit.fit_stages(rows[treaty != number], last_month, nested, "all")
        for number in np.unique(treaty).tolist()
    }
    found = []
    for age in AGES:
        for event in EVENTS:
            for months in HORIZONS:
                cases = _outcomes(rows, last_month, event, age, months).assign(treaty=treaty)
                cases = cases[cases["known"]].drop(columns="known")
                weights = pact_fit._weights(cases["pact"], nested)
                numbers, happened = cases["treaty"].to_numpy(), cases["happened"].to_numpy()
                cases["constant"] = _shares(happened, numbers, weights)
                by_treaty = {n: chance(fits[n], event, months) for n in np.unique(numbers).tolist()}
                cases["markov"] = [by_treaty[number] for number in numbers.tolist()]
                found.append(cases.assign(age=age, event=event, months=months))
    columns = ["age", "event", "months", "pact", "treaty", "happened", "markov", "constant"]
    return pd.concat(found, ignore_index=True)[columns]


def chance(fit: pact_fit.StageFit, event: str, months: int) -> float:
    """Return the chance that an event comes within some months of a pact idle and whole.

    Args:
        fit: posteriors of the monthly rates.
        event: one of `EVENTS`.
        months: ahead.
    """
    rng = np.random.default_rng(0)
    begin, end, leave = (
        rng.gamma(rate.shape, 1.0 / rate.rate, DRAWS)
        for rate in (fit.operational, fit.end, fit.exit)
    )
    follow = rng.beta(fit.follow.a, fit.follow.b, DRAWS)
    if event == "exit":
        p = leave / (end + leave) * -np.expm1(-(end + leave) * months)
    elif event == "end":
        p = 1.0 - np.exp(-end * months) * (1.0 - follow + follow * np.exp(-leave * months))
    elif event == "operation":
        apart, both = begin + end, begin + end + leave
        p = begin * (1.0 - follow) * -np.expm1(-apart * months) / apart
        p = p + begin * follow * -np.expm1(-both * months) / both
    else:
        raise InputError("no such event", field="event", value=event, allowed=", ".join(EVENTS))
    return float(p.mean())


def score_cases(
    cases: pd.DataFrame, nested: Sequence[Sequence[str]] = (), seed: int = 0
) -> pd.DataFrame:
    """Return log and Brier scores of the rates and of the constant, and how far they differ.

    Pacts nested in one another share the weight of one. Intervals come from a bootstrap of
    treaties.

    Args:
        cases: from `left_out_cases`.
        nested: as there.
        seed: of the bootstrap.

    Returns:
        By `age, event, months`: `n, happened` (pacts), `expected` (by the rates), then for
        `log_score` (natural log) and `brier`, lower being better: the score of each model and
        `_gap`, `_lo`, `_hi`: rates less constant, 90% interval.
    """
    rows = []
    for (age, event, months), mine in cases.groupby(["age", "event", "months"], sort=False):
        hit = mine["happened"].to_numpy(float)
        weights = pact_fit._weights(mine["pact"], nested)
        row: dict[str, Any] = {"age": age, "event": event, "months": months, "n": len(mine)}
        row |= {"happened": int(hit.sum()), "expected": float(mine["markov"].sum())}
        losses = {name: _losses(mine[name].to_numpy(float), hit) for name in MODELS}
        for metric in ("log_score", "brier"):
            own, other = (losses[name][metric] for name in MODELS)
            for name, loss in zip(MODELS, (own, other), strict=True):
                row[f"{metric}_{name}"] = float(np.average(loss, weights=weights))
            gap = _gap(own - other, weights, mine["treaty"].to_numpy(), seed)
            row |= dict(zip((f"{metric}_{end}" for end in ("gap", "lo", "hi")), gap, strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def _outcomes(
    rows: pd.DataFrame, last_month: int, event: str, age: int, months: int
) -> pd.DataFrame:
    """Return whether the event came by then, and whether that is known and to be forecast."""
    ages = pact_fit._ages(rows).fillna(np.inf)
    fields = ["first_operation", "end", "first_exit"]
    known = (rows[[f"{field}_status" for field in fields]] != "unknown").all(axis=1)
    follow = last_month - rows["signed"]
    idle = known & (ages[fields].min(axis=1) > age) & (follow >= age)
    came, _ = _times(event, ages, pact_fit._broke(rows), follow)
    over = np.minimum(came, ages["end"].to_numpy()) <= age + months
    certain = idle & (over | (follow >= age + months))
    happened = (came <= age + months).astype(int)
    return pd.DataFrame({"pact": rows["pact"], "happened": happened, "known": certain})


def _shares(
    happened: Int[np.ndarray, " case"],
    treaty: Int[np.ndarray, " case"],
    weights: Float[np.ndarray, " case"],
) -> Float[np.ndarray, " case"]:
    """Return the share of the other treaties in which it happened, half an event added."""
    others = treaty[None, :] != treaty[:, None]
    return (others @ (weights * happened) + 0.5) / (others @ weights + 1.0)


def _losses(
    p: Float[np.ndarray, " case"], hit: Float[np.ndarray, " case"]
) -> dict[str, Float[np.ndarray, " case"]]:
    return {"log_score": -np.log(np.where(hit == 1, p, 1.0 - p)), "brier": (p - hit) ** 2}


def _gap(
    difference: Float[np.ndarray, " case"],
    weights: Float[np.ndarray, " case"],
    treaty: Int[np.ndarray, " case"],
    seed: int,
) -> tuple[float, float, float]:
    """Return the mean difference and its 90% interval over samples of treaties."""
    place = np.unique(treaty, return_inverse=True)[1]
    number = int(place.max()) + 1
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(number, np.full(number, 1.0 / number), REPLICATES)[:, place] * weights
    samples = drawn @ difference / drawn.sum(axis=1)
    lo, hi = np.quantile(samples, INSIDE)
    return float(np.average(difference, weights=weights)), float(lo), float(hi)
