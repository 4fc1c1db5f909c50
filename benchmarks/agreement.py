"""Do two implementations of the model draw from the same distribution?

Both run members with the *same parameters*, so that under the null hypothesis the two futures
of a member can be exchanged. Flipping the sign of a member's differences therefore gives the
exact null distribution of any statistic of them, and that of the largest one too: one test for
all outcomes, with the false-alarm rate that is stated (Westfall & Young 1993; sign flips:
Winkler et al. 2014, doi:10.1016/j.neuroimage.2014.01.060).

Outcomes are logs of totals by country (deaths, events and displaced over all months, events of
the first and the last month) and by stream, and what a country's wandering level hides least:
deaths an event, quiet months, changes from month to month, shares of streams. Of each, the mean,
the spread about the pooled median, and the shares of members above five pooled quantiles.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

FALSE_ALARM = 0.001
"""Share of correct implementations that the test rejects."""

FLIPS = 4999
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
FEWEST_PAIRS = 8
"""A statistic in which fewer members differ cannot tell anything."""


class Agreement(NamedTuple):
    """The verdict, and where the two are furthest apart."""

    agrees: bool
    p_value: float
    false_alarm: float
    members: int
    statistics: int
    furthest: str
    largest_ks: float
    """Largest two-sample Kolmogorov-Smirnov distance of an outcome, as a description."""


def outcomes(totals: Any) -> dict[str, np.ndarray]:
    """Return outcomes by name, one value for each member.

    Args:
        totals: with `deaths` and `events` `[member, month, stream, country]` and `displaced`
            `[member, month, country]`.
    """
    deaths, events = (np.asarray(x, float) for x in (totals.deaths, totals.events))
    by_country, by_stream = events.sum((1, 2)), events.sum((1, 3))
    monthly = np.log1p(events.sum(3))
    tables = {
        "deaths of country": np.log1p(deaths.sum((1, 2))),
        "events of country": np.log1p(by_country),
        "displaced of country": np.log1p(np.asarray(totals.displaced, float).sum(1)),
        "first month's events of country": np.log1p(events[:, 0].sum(1)),
        "last month's events of country": np.log1p(events[:, -1].sum(1)),
        "deaths of stream": np.log1p(deaths.sum((1, 3))),
        "events of stream": np.log1p(by_stream),
        "deaths an event of country": np.log1p(deaths.sum((1, 2))) - np.log1p(by_country),
        "deaths an event of stream": np.log1p(deaths.sum((1, 3))) - np.log1p(by_stream),
        "deaths an event": _ratio(deaths, events)[:, None],
        "quiet country-months of stream": (events == 0).sum((1, 3)).astype(float),
        "change from month to month of stream": np.abs(np.diff(monthly, axis=1)).sum(1),
        "share of stream": np.log1p(by_stream) - np.log1p(by_stream.sum(1, keepdims=True)),
    }
    return {
        f"{name} {i}": table[:, i] for name, table in tables.items() for i in range(table.shape[1])
    }


def _ratio(deaths: np.ndarray, events: np.ndarray) -> np.ndarray:
    return np.log1p(deaths.sum((1, 2, 3))) - np.log1p(events.sum((1, 2, 3)))


def compare(
    ours: Any, theirs: Any, *, false_alarm: float = FALSE_ALARM, seed: int = 1
) -> Agreement:
    """Return whether two samples of the same members' futures agree in distribution.

    Args:
        ours: totals of members, see `outcomes`.
        theirs: totals of the same members (the same parameters, other random numbers).
        false_alarm: share of correct implementations to reject, at least `1 / (FLIPS + 1)`.
        seed: of the sign flips.
    """
    a, b = outcomes(ours), outcomes(theirs)
    names, columns, ks = [], [], 0.0
    for name, x in a.items():
        y = b[name]
        for label, difference in _differences(x, y):
            if np.count_nonzero(difference) >= FEWEST_PAIRS:
                names.append(f"{name}: {label}")
                columns.append(difference)
        ks = max(ks, _ks(x, y))
    matrix = np.stack(columns, axis=1)
    matrix = matrix / np.sqrt((matrix**2).sum(0))
    observed = np.abs(matrix.sum(0))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (FLIPS, len(matrix)))
    null = np.abs(signs @ matrix).max(axis=1)
    p_value = float((1 + (null >= observed.max()).sum()) / (1 + FLIPS))
    return Agreement(
        agrees=p_value >= false_alarm,
        p_value=p_value,
        false_alarm=false_alarm,
        members=len(matrix),
        statistics=len(names),
        furthest=names[int(observed.argmax())],
        largest_ks=ks,
    )


def _differences(x: np.ndarray, y: np.ndarray):
    pooled = np.concatenate([x, y])
    yield "mean", x - y
    middle = np.median(pooled)
    yield "spread", np.abs(x - middle) - np.abs(y - middle)
    for at, level in zip(QUANTILES, np.quantile(pooled, QUANTILES), strict=True):
        yield f"share above quantile {at}", (x > level) * 1.0 - (y > level)


def _ks(x: np.ndarray, y: np.ndarray) -> float:
    at = np.sort(np.concatenate([x, y]))
    below = [np.searchsorted(np.sort(v), at, side="right") / len(v) for v in (x, y)]
    return float(np.abs(below[0] - below[1]).max())
