r"""Ranges over sets of assumptions, with the Monte Carlo error of a run taken out.

Members share draws of the parameters in sets. How far a probability moves between sets is what
assumptions do to it. The means of sets have a Monte Carlo error too, and its variance is subtracted
(law of total variance). With $S$ sets of $n_s$ members, $N$ in all, means $m_s$ and grand mean $m$:

$$\hat\sigma_b^2 = \max\Big(0, \frac{B - W}{n_0}\Big), \quad
B = \frac{\sum_s n_s (m_s - m)^2}{S - 1}, \quad
W = \frac{\sum_s \sum_{i \in s} (x_i - m_s)^2}{N - S}, \quad
n_0 = \frac{N - \sum_s n_s^2 / N}{S - 1}$$

With sets of one size $n$ this is the variance of the set means less $W/n$.

Which member draws from which set is `set_numbers`. Each hundred members in a row hold every set of
every grouping once; from one hundred to the next the groupings turn against each other by
different steps (0, 1 and 37), so that among the first 2,500 members no two share their sets in two
groupings: what one status of evidence does averages out over the sets of another.

What it can see is bounded: without any difference between sets, 100 sets of 20 members still
show a standard deviation of up to about a tenth of $\sqrt{p(1-p)}$, and zero half the time. That
sets seem not to differ does not show that they agree: so the ends of a range are never nearer than
one standard error of $\hat\sigma_b^2$ under no difference, $(s^2/n_s)\sqrt{2/(S-1)}$ for each
grouping, would put them.

References:
    Searle, S. R., Casella, G. and McCulloch, C. E. (1992). Variance Components. Wiley.
    https://doi.org/10.1002/9780470316856
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped
from scipy.special import betaincinv, ndtri

from liptako.errors import InputError
from liptako.model.draws import set_numbers
from liptako.words import run as words

__all__ = ["Range", "over_each_set", "over_sets", "set_numbers", "variance_by_status"]

INSIDE = (0.05, 0.95)
"""Quantiles between which nine sets of assumptions in ten lie."""

MOST_OF_BERNOULLI = 0.99
"""A Beta distribution has a variance below p (1 - p); estimates are held below this share."""

LEAST_OF_BERNOULLI = 1e-6
"""Below this share of p (1 - p) a Beta distribution is normal for all purposes."""


LEAST_FOR_RANGE = 500
"""Futures below which a range over assumptions is chance, and not given."""


class Range(NamedTuple):
    """A mean over members, and how far it moves between sets of assumptions.

    Args:
        mean: over all members.
        lo: 5% quantile of the mean over sets of assumptions, as if they differed by `hidden_sd` at
            least.
        hi: 95% quantile, likewise.
        mcse: Monte Carlo error of `mean`, from the scatter within sets alone.
        between_sd: standard deviation over sets, as estimated.
        hidden_sd: the detection limit: a standard deviation that Monte Carlo error could hide.

    `lo`, `hi` and `between_sd` are not a number where they cannot be estimated:
    with a single set, or where no set has two members.
    """

    mean: float
    lo: float
    hi: float
    mcse: float
    between_sd: float
    hidden_sd: float


class _Grouping(NamedTuple):
    place: Int[np.ndarray, " member"]
    """Which set each member is in, counted from 0."""
    size: Int[np.ndarray, " set"]


class _Design(NamedTuple):
    groupings: list[_Grouping]
    mixed: Float[np.ndarray, "grouping grouping"]
    """How much of the variance of each grouping (column) the raw one of another (row) holds."""
    hidden: float
    """Standard error of the variance over sets that do not differ, as a share of the total."""


def over_sets(
    values: Shaped[np.ndarray, " member"], sets: Mapping[str, Shaped[np.ndarray, " member"]]
) -> Range:
    """Return the mean of a value and its range over everything that is drawn in sets.

    The variances that the groupings add are those of `variance_by_status`, and the range is that
    of their sum, or of the detection limit where that is more; the rest is Monte Carlo error.

    The ends are quantiles of the Beta distribution with this mean and variance where all values
    lie in 0 to 1 (a probability), of the normal distribution otherwise.

    Args:
        values: of each member, such as 1 where an ending came and 0 where not.
        sets: the set of each member, in any numbers, by name of the grouping; sizes may differ.

    Raises:
        InputError: no members, values missing, arrays of different length, no grouping.

    Example:
        >>> over_sets(np.array([0, 1, 1, 1, 0, 0]), {"a": np.array([1, 1, 1, 2, 2, 2])}).mean
        0.5
    """
    raw, total, checked, design = _components(values, sets)
    hidden = total * design.hidden
    between, mean = float(np.maximum(0.0, raw.sum())), float(checked.mean())
    chance = total if np.isnan(between) else max(0.0, total - between)
    probability = bool((checked >= 0).all() and (checked <= 1).all())
    lo, hi = _ends(mean, float(np.maximum(between, hidden)), probability)
    mcse = float(np.sqrt(chance / len(checked)))
    return Range(mean, lo, hi, mcse, float(np.sqrt(between)), float(np.sqrt(hidden)))


def chance(
    happens: Shaped[np.ndarray, " member"], sets: Mapping[str, Shaped[np.ndarray, " member"]]
) -> dict[str, float]:
    """Return a chance as `p`, its range as `lo` and `hi`, and its error as `mcse`.

    No range is given of fewer than `LEAST_FOR_RANGE` futures. What came in no future, or in all of
    them, may yet do otherwise: three times in as many.

    Args:
        happens: whether it does in each member.
        sets: as for `over_sets`.
    """
    found = over_sets(happens.astype(float), sets)
    lo, hi = found.lo, found.hi
    if len(happens) < LEAST_FOR_RANGE:
        lo = hi = np.nan
    elif found.mean in (0.0, 1.0):
        unseen = 3.0 / len(happens)
        lo, hi = (0.0, unseen) if found.mean == 0.0 else (1.0 - unseen, 1.0)
    return {"p": found.mean, "lo": lo, "hi": hi, "mcse": found.mcse}


def no_range(members: int) -> str:
    """Return why so few futures have no range over assumptions, "" where they have one.

    Example:
        >>> no_range(100)
        'No range over assumptions under 500 futures; this run has 100. --members 500 gives one.'
    """
    few = members < LEAST_FOR_RANGE
    return words.say("no_range", least=LEAST_FOR_RANGE, members=members) if few else ""


def mcse_of_share(p: float | np.ndarray, members: int) -> Any:
    """Return the Monte Carlo error of a share of so many members, sets left aside.

    Example:
        >>> mcse_of_share(0.5, 100)
        0.05
    """
    error = np.sqrt(p * (1.0 - p) / members)
    return float(error) if np.isscalar(p) else error


def mcse_of_mean(values: Shaped[np.ndarray, " member"]) -> float:
    """Return the Monte Carlo error of a mean over members, sets left aside."""
    return float(values.std(ddof=1) / np.sqrt(len(values)))


def variance_by_status(
    values: Shaped[np.ndarray, " member"], sets: Mapping[str, Shaped[np.ndarray, " member"]]
) -> pd.DataFrame:
    """Return how much of the variance of a value comes from each grouping of parameters.

    The estimate above for one grouping holds a little of the others too: they neither cancel in
    the means of its sets nor scatter there as chance does. How much follows from which members
    share which sets, so all groupings are solved for together (Henderson's first method). What
    none explains by itself is `chance`: the variance of a future given all assumptions, and what
    groupings do only together.

    Args:
        values: of each member.
        sets: the set of each member, by name of the grouping.

    Returns:
        Columns `status` (the groupings, then `chance`), `variance`, `share` (of the parameters'
        variance; missing for chance, and where parameters do nothing) and `share_of_total`.

    Raises:
        InputError: as in `over_sets`; no grouping.
    """
    raw, total, *_ = _components(values, sets)
    variance = np.maximum(0.0, raw)
    known = variance.sum()
    left = max(0.0, total - known) if np.isfinite(known) else np.nan
    everything = known + left
    shares = variance / known if known > 0 else np.full(len(sets), np.nan)
    frame = pd.DataFrame({"status": [*sets, "chance"], "variance": [*variance, left]})
    frame["share"] = [*shares, np.nan]
    frame["share_of_total"] = frame["variance"] / everything if everything > 0 else np.nan
    return frame


def over_each_set(
    values: Float[np.ndarray, " member"], sets: Mapping[str, Int[np.ndarray, " member"]]
) -> Float[np.ndarray, " set"]:
    """Return the mean of a value in every set of assumptions, with Monte Carlo error out.

    Set number $k$ means the $k$-th draw of every status of evidence together. The variance over
    sets is that of `over_sets`, no less than the detection limit; the shape is that of the means of
    sets. A set where nothing moves looks like one where little does. Not numbers where the
    variance over sets cannot be estimated.
    """
    variance = variance_by_status(values, sets).set_index("status")["variance"][list(sets)]
    found, known = over_sets(values, sets), np.asarray(variance).sum()
    if known == 0:
        variance, known = variance + 1.0, float(len(sets))
    shrunk = np.maximum(found.between_sd, found.hidden_sd) ** 2 / known
    own = pd.Series(values.mean(), index=np.unique(np.concatenate(list(sets.values()))))
    for status, numbers in sets.items():
        each = pd.Series(values).groupby(numbers).mean() - values.mean()
        spread = each.std(ddof=0)
        if spread != 0:
            own = own + each * np.sqrt(shrunk * variance[status]) / spread
    return own.to_numpy()


def _components(
    values: Shaped[np.ndarray, " member"], sets: Mapping[str, Shaped[np.ndarray, " member"]]
) -> tuple[Float[np.ndarray, " grouping"], float, Float[np.ndarray, " member"], _Design]:
    """Return the variance that each grouping adds, of either sign, the total, values and sets."""
    if not sets:
        raise InputError("no grouping", field="sets", allowed="one grouping or more")
    checked = {status: _checked(values, numbers) for status, numbers in sets.items()}
    design = _design(*((number.tobytes(), number.dtype.str) for _, number in checked.values()))
    numbers = next(iter(checked.values()))[0]
    raw = np.array([_between(numbers, grouping) for grouping in design.groupings])
    found = np.full(len(raw), np.nan)
    if np.isfinite(raw).all() and np.isfinite(design.mixed).all():
        found = np.linalg.lstsq(design.mixed, raw)[0]
    return found, float(numbers.var()), numbers, design


@lru_cache(maxsize=8)
def _design(*sets: tuple[bytes, str]) -> _Design:
    """Return what follows from the sets alone, which a run's many chances share.

    Args:
        sets: of each member, a grouping at a time, as bytes and type: arrays cannot be looked up.
    """
    groupings = []
    for numbers, dtype in sets:
        _, place, size = np.unique(
            np.frombuffer(numbers, dtype), return_inverse=True, return_counts=True
        )
        groupings.append(_Grouping(place, size))
    mixed = np.array([[_held(one, other) for other in groupings] for one in groupings])
    return _Design(groupings, mixed, float(np.sqrt(sum(map(_hidden, groupings)))))


def _hidden(grouping: _Grouping) -> float:
    """Return the squared standard error of the variance over sets that do not differ."""
    count = len(grouping.size)
    return np.nan if count < 2 else 2.0 / (count - 1) / _typical(grouping.size) ** 2


def _between(values: Shaped[np.ndarray, " member"], grouping: _Grouping) -> float:
    """Return the variance between sets, below 0 where means differ less than their error."""
    place, size = grouping
    count, total = len(size), len(values)
    if not 1 < count < total:
        return np.nan
    mean = np.bincount(place, weights=values) / size
    within = ((values - mean[place]) ** 2).sum() / (total - count)
    between = (size * (mean - values.mean()) ** 2).sum() / (count - 1)
    return float((between - within) / _typical(size))


def _typical(size: Int[np.ndarray, " set"]) -> float:
    """Return $n_0$: the size of sets, where all have one."""
    return float((size.sum() - (size**2).sum() / size.sum()) / (len(size) - 1))


def _held(sets: _Grouping, others: _Grouping) -> float:
    """Return how much of the variance of another grouping the raw one of `sets` holds."""
    count, total = len(sets.size), len(sets.place)
    if not 1 < count < total:
        return np.nan
    pair, shared = np.unique(sets.place * len(others.size) + others.place, return_counts=True)
    lost = (others.size**2).sum() / total
    means = (shared**2 / sets.size[pair // len(others.size)]).sum() - lost
    between, within = means / (count - 1), (total - lost - means) / (total - count)
    return float((between - within) / _typical(sets.size))


def _ends(mean: float, variance: float, probability: bool) -> tuple[float, float]:
    """Return the two quantiles `INSIDE` of the distribution with this mean and variance.

    The mean is always inside: a Beta that is all but certain, now and then, has both quantiles
    on one side of it.
    """
    if variance == 0 or np.isnan(variance):
        end = mean if variance == 0 else np.nan
        return end, end
    most = mean * (1.0 - mean)
    if not probability or variance < LEAST_OF_BERNOULLI * most:
        lo, hi = mean + np.sqrt(variance) * ndtri(INSIDE)
        return (max(lo, 0.0), min(hi, 1.0)) if probability else (float(lo), float(hi))
    size = most / min(variance, MOST_OF_BERNOULLI * most) - 1.0
    lo, hi = betaincinv(mean * size, (1.0 - mean) * size, INSIDE)
    return min(float(lo), mean), max(float(hi), mean)


def _checked(
    values: Shaped[np.ndarray, " member"], sets: Shaped[np.ndarray, " member"]
) -> tuple[np.ndarray, np.ndarray]:
    """Return both as arrays, the values as float, or refuse them."""
    values, sets = np.asarray(values, np.float64), np.asarray(sets)
    if values.ndim != 1 or not len(values):
        allowed = "one value for each member"
        raise InputError("wrong shape", field="values", value=values.shape, allowed=allowed)
    if sets.shape != values.shape:
        allowed = f"one set for each of {len(values)} members"
        raise InputError("wrong shape", field="sets", value=sets.shape, allowed=allowed)
    if not np.isfinite(values).all():
        wrong = values[~np.isfinite(values)][0].item()
        raise InputError("missing or not finite", field="values", value=wrong, allowed="numbers")
    return values, np.unique(sets, return_inverse=True)[1] if sets.dtype.hasobject else sets
