"""Base rates: how many regimes, juntas or leaders of a given age outlasted some months more.

Survival of a class is the product-limit estimate of those still there after the given age, which
is the share of those at risk that lasted wherever all are followed long enough. Regimes of three
countries are put together in two ways: as the product of three survivals, as if independent, and
as groups of three that ruled at the same time. Intervals are bootstraps: over countries, so that
a country's spells stay together, and over blocks of origins.

References:
    Kaplan & Meier 1958, doi:10.1080/01621459.1958.10501452.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from liptako.data import regimes as data
from liptako.errors import InputError

N_BOOT = 2000
_TAILS = (0.05, 0.95)


class BaseRate(NamedTuple):
    """Survival after several ages, and the product.

    Args:
        survival: after each age.
        at_risk: followed past each age.
        product: of the survivals.
        lo: lower end of the product's 90% interval.
        hi: upper end.
    """

    survival: tuple[float, ...]
    at_risk: tuple[int, ...]
    product: float
    lo: float
    hi: float


def base_rate(
    regimes: pd.DataFrame,
    unit: str,
    ages: Sequence[int],
    months: int,
    *,
    born_from: int | None = None,
    subregion: str | None = None,
    seed: int = 0,
) -> BaseRate:
    """Return how often those of these ages all outlasted some months, as if independent.

    Args:
        regimes: from the snapshot, censored at what may be seen.
        unit: `leader`, `junta` or `regime`.
        ages: in whole months since the coup; 0 or more.
        months: ahead, 1 or more.
        born_from: month from which coups count; none: all.
        subregion: whose coups count; none: the world's.
        seed: of the bootstrap over countries.

    Raises:
        InputError: numbers out of range, or nobody at risk at some age.

    Example:
        >>> base_rate(s.regimes, "regime", (40, 23, 5), 36).product          # doctest: +SKIP
        0.39...
    """
    if months < 1 or not ages or min(ages) < 0:
        raise InputError("out of range", field="ages, months", allowed="0 or more, 1 or more")
    rows = data.spells(regimes, unit)
    if born_from is not None:
        rows = rows[rows["coup"] >= born_from]
    if subregion is not None:
        rows = rows[rows["subregion"] == subregion]
    place = np.unique(rows["country"].to_numpy(str), return_inverse=True)[1]
    lasted, ended = rows["months"].to_numpy(int), rows["event"].to_numpy(int) == 1
    at_risk = tuple(int((lasted > age).sum()) for age in ages)
    if min(at_risk) == 0:
        raise InputError("nobody at risk", field="ages", value=ages[at_risk.index(0)])
    n = int(place.max()) + 1
    tallies = [_tally(lasted, ended, place, n, age, months) for age in ages]
    one = np.ones((1, n))
    survivals = tuple(float(_product_limit(one, *tally)[0]) for tally in tallies)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOT).astype(float)
    products = np.prod([_product_limit(weights, *tally) for tally in tallies], axis=0)
    lo, hi = np.nanquantile(products, _TAILS)
    return BaseRate(survivals, at_risk, float(np.prod(survivals)), float(lo), float(hi))


def _tally(
    lasted: np.ndarray, ended: np.ndarray, place: np.ndarray, n: int, age: int, months: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return those at risk and those that ended by country and month after an age."""
    at = np.arange(age + 1, age + months + 1)
    risk, ends = np.zeros((2, n, months))
    np.add.at(risk, place, (lasted[:, None] >= at).astype(float))
    np.add.at(ends, place, (ended[:, None] & (lasted[:, None] == at)).astype(float))
    return risk, ends


def _product_limit(weights: np.ndarray, risk: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return survival by row of weights; missing where nobody is at risk in the first month."""
    total, gone = weights @ risk, weights @ ends
    alive = np.prod(1.0 - gone / np.where(total > 0, total, 1.0), axis=1)
    return np.where(total[:, 0] > 0, alive, np.nan)


class Triples(NamedTuple):
    """Groups of three that ruled at the same time.

    Args:
        share: of groups in which all three lasted, mean over origins.
        lo: lower end of its 90% interval.
        hi: upper end.
        cube: cube of the share of single ones that lasted, mean over origins.
        groups: groups of three, over all origins.
        origins: origins with a group.
    """

    share: float
    lo: float
    hi: float
    cube: float
    groups: int
    origins: int


def three_at_once(
    regimes: pd.DataFrame,
    unit: str,
    origins: Sequence[int],
    months: int,
    *,
    ages: tuple[int, int] = (3, 48),
    within: str | None = None,
    block: int = 5,
    seed: int = 0,
) -> Triples:
    """Return how often three that ruled at the same time all lasted.

    Origins count alike, as do the groups of an origin.

    Args:
        regimes: from the snapshot.
        unit: `leader`, `junta` or `regime`.
        origins: months, in order; their outcomes have to be in the data.
        months: ahead.
        ages: least and greatest age at the origin.
        within: column that the three share, `region` or `subregion`; none: the world.
        block: neighbouring origins drawn together in the bootstrap.
        seed: of the bootstrap.

    Raises:
        InputError: no group of three at any origin.
    """
    rows = data.spells(regimes, unit)
    names = rows[within].to_numpy(str) if within is not None else np.full(len(rows), "")
    coup, end = rows["coup"].to_numpy(int), rows["end"].to_numpy(int)
    ended = rows["event"].to_numpy(int) == 1
    found = []
    for origin in origins:
        age = origin - coup
        sits = (age >= ages[0]) & (age <= ages[1]) & np.where(ended, end > origin, end >= origin)
        known = ended | (end >= origin + months)
        lasts = np.where(ended, end > origin + months, True)
        total = whole = singles = held = 0.0
        for name in np.unique(names[sits]):
            here = sits & known & (names == name)
            n, k = int(here.sum()), int((here & lasts).sum())
            if n >= 3:
                total, whole = total + choose_three(n), whole + choose_three(k)
                singles, held = singles + n, held + k
        if total:
            found.append((whole / total, held / singles, total))
    if not found:
        raise InputError("no three at once", field="ages", value=list(ages))
    share, single, groups = np.array(found).T
    lo, hi = block_interval(share, block, seed)
    return Triples(
        float(share.mean()), lo, hi, float(single.mean() ** 3), int(groups.sum()), len(found)
    )


def choose_three(n: float | np.ndarray) -> Any:
    """Return the number of groups of three among n.

    Example:
        >>> choose_three(4)
        4.0
    """
    return n * (n - 1) * (n - 2) / 6.0


def block_interval(
    values: Float[np.ndarray, " origin"], block: int, seed: int = 0
) -> tuple[float, float]:
    """Return the 90% interval of a mean over origins, from a bootstrap of moving blocks.

    References:
        Künsch 1989, doi:10.1214/aos/1176347265.
    """
    n = len(values)
    size = min(block, n)
    starts = np.random.default_rng(seed).integers(n - size + 1, size=(N_BOOT, -(-n // size)))
    which = (starts[:, :, None] + np.arange(size)).reshape(N_BOOT, -1)[:, :n]
    lo, hi = np.quantile(values[which].mean(axis=1), _TAILS)
    return float(lo), float(hi)
