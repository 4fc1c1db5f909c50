r"""A difference between two policies: its error, its range over assumptions, and a verdict.

With outcomes $y_i$ and $x_i$ of member $i$ under a policy and under the reference, $d_i = y_i -
x_i$, the mean difference is $\bar d$ and its Monte Carlo error that of `liptako.experiments
.contrasts`. `median`, `lo` and `hi` are the middle and the 5% and 95% ends of the difference over
sets of assumptions, Monte Carlo error taken out (`liptako.outcomes.ranges.over_each_set`); the ends
are no nearer to $\bar d$ than what Monte Carlo error could hide, also where few futures differ.
`sign_holds` is the share of sets in which more futures move the way of $\bar d$ than the other,
likewise (as counted, or as if sets were normal: the less). Let $m$ be the mean of the signs of
$d_i$, $\sigma_b$ its standard deviation over sets and $\sigma_h$ the detection limit: what Monte
Carlo error alone could hide. Verdicts, in this order:

1. *no effect*: no future changes, $d_i = 0$ for all; of fewer than 500 futures, only where they
   change in no outcome, for what is rare may be missing among so few.
2. *robust*: $|\bar d|$ is more than twice its error, and the sign holds in 90% of sets or more,
   where sets are taken to differ by $\sigma_h$ at least. So sets of few members cannot show a
   robust sign unless it is large beside $\sigma_h$, about six times the error of $m$.
3. Sets are shown to differ ($\sigma_b^2 > 2\sigma_h^2$: two standard errors of none): *no view*
   where fewer than two in three sets agree on a sign, else *depends on assumptions*. It depends on
   assumptions too where most futures move against the mean, which is that of a few great wars.
4. *more members needed* otherwise, with how many: as many as bring $|\bar d|$ to twice its error
   and let 90% of sets show the sign if they agree, $N (1.28\,\sigma_h / |m|)^2$; where they seem
   not to, as many as would show that, $2 N \sigma_h^2 / \sigma_b^2$. Never fewer than 500.

`sign_holds` is missing where the members of a set are too few to tell: in the fourth case, and
where nothing changes. A comparison in a model says what the assumptions imply. It is no experiment,
and no advice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

from liptako.outcomes.ranges import LEAST_FOR_RANGE, Range, mcse_of_mean, over_each_set, over_sets
from liptako.theatre.scenario import MAX_MEMBERS

PerMember = Float[np.ndarray, " member"]
ERRORS = 2.0
QUANTILES = (0.05, 0.5, 0.95)
MOST_SETS = 0.9
"""Share of the sets of assumptions in which a robust sign holds."""

VIEW = 2.0 / 3.0
"""Share of the sets that must agree on a sign for the model to have a view."""

SHOWN = 2.0
"""Variance over sets, in detection limits, from which sets are shown to differ."""

A_FEW_MORE = 1.1
"""Times the members there are; a sign that so many would not show is said to need more."""

ROBUST, DEPENDS, MORE = "robust", "depends on assumptions", "more members needed"
NO_VIEW, NO_EFFECT = "no view", "no effect"
VERDICTS = (ROBUST, DEPENDS, NO_VIEW, MORE, NO_EFFECT)

Sets = Mapping[str, Int[np.ndarray, " member"]]


def difference_of(gap: PerMember, sets: Sets, *, moved: bool = False) -> dict[str, Any]:
    """Return what is said of one outcome under one policy, see the head of this module.

    Args:
        gap: the difference of each member from the reference.
        sets: the set of assumptions of each member, by status of evidence.
        moved: whether futures change in another outcome.

    Returns:
        `diff`, `median`, `lo`, `hi`, `mcse`, `sign_holds`, `members_needed`, `verdict`. Not a
        number: what is not known; of members needed, where none are, or more than 100,000.

    Example:
        >>> from liptako.outcomes.ranges import set_numbers
        >>> members = np.arange(1000)
        >>> difference_of(np.zeros(1000), set_numbers(members))["verdict"]
        'no effect'
    """
    if not gap.any():
        zeros = dict.fromkeys(("diff", "median", "lo", "hi", "mcse"), 0.0) | {"sign_holds": np.nan}
        if moved and len(gap) < LEAST_FOR_RANGE:
            return {**zeros, "members_needed": float(LEAST_FOR_RANGE), "verdict": MORE}
        return {**zeros, "members_needed": np.nan, "verdict": NO_EFFECT}
    diff, mcse = float(gap.mean()), mcse_of_mean(gap)
    signs = np.sign(gap)
    found = over_sets(signs, sets)
    said = {"diff": diff, **dict.fromkeys(("median", "lo", "hi"), np.nan), "mcse": mcse}
    share, verdict = np.nan, MORE
    own = over_each_set(gap, sets) if len(gap) >= LEAST_FOR_RANGE else np.full(1, np.nan)
    if np.isfinite(own).all():
        lo, median, hi = np.quantile(own, QUANTILES)
        hidden = ndtri(QUANTILES[-1]) * over_sets(gap, sets).hidden_sd
        lo, hi = min(lo, diff - hidden), max(hi, diff + hidden)
        said |= {"median": float(median), "lo": float(lo), "hi": float(hi)}
        share = sign_share(np.sign(diff), over_each_set(signs, sets), found)
        verdict = verdict_of(diff, mcse, share, found)
    more = verdict == MORE
    return {
        **said,
        "sign_holds": np.nan if more else share,
        "members_needed": needed(len(gap), diff, mcse, found) if more else np.nan,
        "verdict": verdict,
    }


def sign_share(sign: float, each: Float[np.ndarray, " set"], signs: Range) -> float:
    """Return the share of sets of assumptions with a sign: as counted, or as if normal, the less.

    The shape of the means of sets is partly Monte Carlo error where a set has few members.

    Args:
        sign: 1 or -1.
        each: mean of the signs of members' differences in every set, Monte Carlo error taken out.
        signs: the same over all sets.
    """
    counted, limit = (np.sign(each) == sign).mean(), max(signs.between_sd, signs.hidden_sd)
    if limit == 0:
        return float(counted)
    return float(min(counted, ndtr(sign * signs.mean / limit)))


def verdict_of(diff: float, mcse: float, share: float, signs: Range) -> str:
    """Return the verdict on a difference in which some future changes.

    Args:
        diff: the mean over members.
        mcse: its Monte Carlo error.
        share: of the sets of assumptions with its sign.
        signs: the signs of members' differences over sets.

    Example:
        >>> verdict_of(3.0, 0.5, 0.97, Range(0.4, 0.1, 0.7, 0.02, 0.1, 0.1))
        'robust'
        >>> verdict_of(3.0, 0.5, 0.80, Range(0.2, -0.3, 0.7, 0.02, 0.3, 0.1))
        'depends on assumptions'
    """
    if abs(diff) > ERRORS * mcse and share >= MOST_SETS:
        return ROBUST
    limit = max(signs.between_sd, signs.hidden_sd)
    if np.sign(signs.mean) == -np.sign(diff) and abs(signs.mean) > ndtri(MOST_SETS) * limit:
        return DEPENDS
    if signs.between_sd**2 > SHOWN * signs.hidden_sd**2 and share < MOST_SETS:
        return NO_VIEW if max(share, 1.0 - share) < VIEW else DEPENDS
    return MORE


def needed(members: int, diff: float, mcse: float, signs: Range) -> float:
    """Return about how many members would settle a difference; not a number beyond the most.

    Args:
        members: how many there are.
        diff: the mean over members.
        mcse: its Monte Carlo error.
        signs: the signs of members' differences over sets.

    Example:
        >>> needed(1000, 1.0, 1.0, Range(0.1, 0.0, 0.2, 0.02, 0.0, 0.15))
        4000.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        error = members * (ERRORS * mcse / np.float64(abs(diff))) ** 2
        agree = members * (ndtri(MOST_SETS) * signs.hidden_sd / np.float64(abs(signs.mean))) ** 2
    if agree <= members and signs.between_sd > signs.hidden_sd:
        agree = members * SHOWN * (signs.hidden_sd / signs.between_sd) ** 2
    known = [float(number) for number in (error, agree) if not np.isnan(number)]
    most = max(*known, float(LEAST_FOR_RANGE), A_FEW_MORE * members)
    if not most <= MAX_MEMBERS:
        return math.nan
    step = 10.0 ** (math.floor(math.log10(most)) - 1)
    return max(math.ceil(round(most / step, 6)) * step, float(LEAST_FOR_RANGE))
