r"""How often states that touch come to blows: a rate and two shares from past disputes.

At risk is every pair of the theatre's countries that touch, in every whole year since both were
states. With $n$ disputes that came to a display of force or beyond in $T$ dyad-months the rate is

$$\mathrm{Gamma}\Big(\frac{n + 1/2}{\varphi},\ \frac{T}{\varphi}\Big), \quad
\varphi = \max\Big(1, \frac{1}{P - 1} \sum_p \frac{(n_p - n\,t_p / T)^2}{n\,t_p / T}\Big)$$

Jeffreys' for $\varphi = 1$. The $P$ pairs scatter $\varphi$ times as widely as one rate would
have it, so their disputes tell as much of the mean pair as $n / \varphi$ unrelated ones.

Which share of those came to the use of force, and which share of *those* to war, starts from the
share $p$ in all disputes of the world, weighed so that the rarer of the two outcomes counts half
a case, as it does under Jeffreys' prior:

$$\theta \sim \mathrm{Beta}(c\,p,\ c\,(1 - p)), \quad c\,\min(p, 1 - p) = 1/2$$

A theatre without a war is so held near the world's share as firmly as half a war would hold it.
The world's own count would be too sure: one war of a coalition is many of its dyads, and most of
its disputes are other regions'.

Assumption: one mean rate for all years and rungs below, outside a dispute. Evidence: the
snapshot's `mid`. Test: `tests/unit/test_past_disputes.py`.

References:
    MID 5.0: Palmer et al. (2022), doi:10.1177/0738894221995743. Scatter: McCullagh & Nelder
    (1989), Generalized Linear Models, doi:10.1201/9780203753736.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako import calendar
from liptako.errors import InputError
from liptako.inference.past_cases.rates import Beta, Gamma, jeffreys_rate, jeffreys_share

Pair = frozenset[str]

DISPLAY, FORCE, WAR = 3, 4, 5
"""Hostility levels of the source: display of force, use of force, war."""

FIRST_YEAR = 1961
"""First year at risk of a country where none is given: the first after 1960, in which most former
colonies became states (a state's first whole year is the better choice where it came later)."""

STEPS = ((0, 1), (1, -1), (1, 0), (1, 1))
"""To four of a cell's eight neighbours; the other four see it from their side."""


@dataclass(frozen=True)
class DisputeFit:
    """Posteriors of disputes between states that touch.

    Args:
        reached: rates of disputes that came to each level at least, display of force, use of
            force and war, per dyad-month; each from its own count.
        clash: share of those that came to the use of force.
        war: share of uses of force that came to war.
        n: disputes by highest level, at least display of force, use of force, war.
        dyad_months: exposure.
        n_dyads: pairs that touch.
        last_year: of the record.
    """

    reached: tuple[Gamma, Gamma, Gamma]
    clash: Beta
    war: Beta
    n: tuple[int, int, int]
    dyad_months: float
    n_dyads: int
    last_year: int

    @property
    def incident(self) -> Gamma:
        """Rate of disputes with a display of force or more, per dyad-month."""
        return self.reached[0]


def touching(cells: pd.DataFrame) -> set[Pair]:
    """Return the pairs of countries with cells beside one another, corners included.

    Args:
        cells: `row, col, country` of the snapshot.

    Example:
        >>> cells = pd.DataFrame({"row": [1, 1], "col": [1, 2], "country": ["AAA", "BBB"]})
        >>> [sorted(pair) for pair in touching(cells)]
        [['AAA', 'BBB']]
    """
    at = cells.set_index(["row", "col"])["country"]
    found: set[Pair] = set()
    for up, right in STEPS:
        moved = cells.assign(row=cells["row"] + up, col=cells["col"] + right)
        other = moved.set_index(["row", "col"])["country"].reindex(at.index)
        found |= {
            frozenset(pair) for pair in zip(at, other, strict=True) if isinstance(pair[1], str)
        }
    return {pair for pair in found if len(pair) == 2}


def fit_disputes(
    mid: pd.DataFrame,
    pairs: Collection[Pair],
    last_month: int,
    *,
    first_years: Mapping[str, int] | None = None,
) -> DisputeFit:
    """Fit the rate of disputes and how far they go.

    Args:
        mid: onsets by `scope, country_a, country_b, year, hostility`, from the snapshot.
        pairs: countries that touch; disputes of others do not count.
        last_month: the last month that may be seen; years not over by then are left out.
        first_years: first year at risk of a country, else `FIRST_YEAR`.

    Returns:
        Posteriors.

    Raises:
        InputError: no record of the world, no pair, or no year at risk.

    Example:
        >>> fit_disputes(s.mid, touching(s.cells), 528).clash.mean           # doctest: +SKIP
        0.7...
    """
    seen: Any = mid[
        (mid["year"] < calendar.year_of(last_month + 1)) & (mid["hostility"] >= DISPLAY)
    ]
    world = seen[seen["scope"] == "world"]
    if world.empty:
        raise InputError("no disputes of the world", field="mid: scope", allowed="a row or more")
    if any(len(pair) != 2 for pair in pairs):
        raise InputError("not a pair", field="pairs", value=pairs, allowed="two countries each")
    last = int(world["year"].max())
    starts = {
        pair: max((first_years or {}).get(country, FIRST_YEAR) for country in pair)
        for pair in sorted(pairs, key=sorted)  # sums must not depend on the order of a set
    }
    months = np.array([12.0 * max(0, last + 1 - start) for start in starts.values()])
    rows = seen[seen["scope"] == "theatre"]
    counts = np.zeros((3, len(starts)), dtype=int)
    for row in rows.itertuples():
        pair = frozenset((row.country_a, row.country_b))
        if row.year >= starts.get(pair, last + 1):
            counts[: row.hostility - DISPLAY + 1, list(starts).index(pair)] += row.disputes
    display, force, war = counts
    n = int(display.sum()), int(force.sum()), int(war.sum())
    world_n = _at_least(world)
    return DisputeFit(
        reached=(_rate(display, months), _rate(force, months), _rate(war, months)),
        clash=_share(n[1], n[0], world_n[1], world_n[0]),
        war=_share(n[2], n[1], world_n[2], world_n[1]),
        n=n,
        dyad_months=float(months.sum()),
        n_dyads=len(starts),
        last_year=last,
    )


def _at_least(rows: Any) -> tuple[int, int, int]:
    """Return how many disputes came to each level or beyond."""
    display, force, war = (
        int(rows.loc[rows["hostility"] >= level, "disputes"].sum())
        for level in (DISPLAY, FORCE, WAR)
    )
    return display, force, war


def _rate(counts: Int[np.ndarray, " pair"], months: Float[np.ndarray, " pair"]) -> Gamma:
    """Return the posterior of the mean pair's monthly rate; months at risk of each pair."""
    n, exposure = int(counts.sum()), float(months.sum())
    rate = jeffreys_rate(n, exposure)
    at_risk = months > 0
    if not n or at_risk.sum() < 2:
        return rate
    expected = n * months[at_risk] / exposure
    scatter = ((counts[at_risk] - expected) ** 2 / expected).sum() / (at_risk.sum() - 1)
    wider = max(1.0, float(scatter))
    return Gamma(rate.shape / wider, rate.rate / wider)


def _share(hits: int, n: int, world_hits: int, world_n: int) -> Beta:
    """Return the posterior of a share whose prior is half a case of the world's rarer outcome."""
    rarer = min(world_hits, world_n - world_hits)
    if not rarer:
        return jeffreys_share(hits, n)
    half = 0.5 / rarer
    return Beta(half * world_hits + hits, half * (world_n - world_hits) + n - hits)
