r"""Studies of the record: what changed after dates, beyond others, beside a placebo.

*Event study.* With events of a place in the months after a date ($a$) and before ($b$), those of
others in the same months ($A$, $B$) and months $m$, each date gives

$$\log\frac{(a + 1/2)/m_a}{(b + 1/2)/m_b} - \log\frac{(A + 1/2)/m_a}{(B + 1/2)/m_b}$$

and the effect is their mean. *Difference in differences.* With $y = \log(1 + \text{events})$ of
each region and month, effects of region and month, and one date, the effect is the mean change of
the treated regions less that of the others; regions are the clusters (Welch's t).

*Placebo.* The same places at every other month of `YEARS` years, those near the true dates left
out. What they show on average is taken off, and their spread is a second interval: the wider of the
two is shown, and the larger p counts, so that wars that drift together, or in waves, are no effect.
Nothing is supported where the placebo itself is none: where its mean lies outside its own middle
90%, or where the same change shows at a false date before the true one. Nor where other dated rows
fall into the same windows: their effects are not told apart.

It says what followed. That it was caused is told only so far as places and months tell it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.stats import t

from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.ledger.counts import selected
from liptako.ledger.facts import row_named
from liptako.ledger.finding import TAIL, UNDECIDED, Finding, verdict_of
from liptako.theatre.claims import DiffInDiff, EventStudy, Study, Where
from liptako.words.claims import say
from liptako.words.numbers import every

YEARS = 10
"""Of the record before its last month, from which placebo dates are drawn."""

FEWEST = 20
"""Placebo dates below which there is no placebo."""

HALF = 0.5


class Effect(NamedTuple):
    """A log ratio beyond the placebo, with its ends, p on the claim's side, and the placebo.

    Attributes:
        log: the effect.
        lo: lower end of its interval.
        hi: upper end.
        p: chance of so much on the claim's side where nothing is in it.
        placebo: mean over placebo dates, or what shows at a false date.
        null: whether the placebo is none.
        dates: how many placebo dates.
    """

    log: float
    lo: float
    hi: float
    p: float
    placebo: float
    null: bool
    dates: int


def event_study(test: EventStudy, snapshot: Snapshot) -> Finding:
    """Return what changed around dates in their places, beyond others.

    Args:
        test: the filled template.
        snapshot: events and timeline, as known at the start.

    Raises:
        InputError: a date that is not in the timeline, or whose windows are not recorded.
    """
    rows = [row_named(name, snapshot.timeline) for name in test.dates]
    months = [int(row["month"]) for row in rows]
    first, last = _span(snapshot)
    pairs = []
    for row in rows:
        own, others = test.of, test.others
        if test.own_country:
            own = own.model_copy(update={"countries": [row["country"]]})
            left = [iso for iso in others.countries if iso != row["country"]]
            others = others.model_copy(update={"countries": left})
        pairs.append(
            tuple(series(test.count, where, snapshot, first, last) for where in (own, others))
        )
    at = [month - first for month in months]

    def mean_at(places: Sequence[int], before: int = test.before) -> float:
        found = [
            _log_ratio(mine, place, before, test.after, test.lead)
            - _log_ratio(rest, place, before, test.after, test.lead)
            for (mine, rest), place in zip(pairs, places, strict=True)
        ]
        return float(np.mean(found))

    each = [mean_at_one(pair, place, test) for pair, place in zip(pairs, at, strict=True)]
    _check_windows(test, at, last - first + 1)
    shifts = _elsewhen(at, test, last - first + 1)
    placebo = [mean_at([place + shift for place in at]) for shift in shifts]
    se = float(np.std(each, ddof=1) / math.sqrt(len(each))) if len(each) > 1 else None
    found = _effect(mean_at(at), se, len(each) - 1, placebo, test.expected)
    halved = mean_at(at, max(2, test.before // 2)) - float(np.mean(placebo or [0.0]))
    return _finding(test, found, snapshot, months, robust=halved * found.log > 0)


def diff_in_diff(test: DiffInDiff, snapshot: Snapshot) -> Finding:
    """Return how treated regions changed from a date on, beyond others.

    Args:
        test: the filled template; `of` the treated, `others` the rest.
        snapshot: events and timeline, as known at the start.

    Raises:
        InputError: a date that is not in the timeline, or whose windows are not recorded.
    """
    month = int(row_named(test.date, snapshot.timeline)["month"])
    first, last = _span(snapshot)
    panels = [
        by_region(test.count, where, snapshot, first, last) for where in (test.of, test.others)
    ]
    at = month - first
    _check_windows(test, [at], last - first + 1)

    def change(place: int, before: int = test.before) -> tuple[float, float, float]:
        return welch(*(_changes(panel, place, before, test.after) for panel in panels))

    log, se, free = change(at)
    shifts = _elsewhen([at], test, last - first + 1)
    placebo = [change(at + shift)[0] for shift in shifts]
    found = _effect(log, se, free, placebo, test.expected)
    # the false date's windows end in the month before the true date
    away = test.after + 1
    before, false_se, false_free = change(at - away, max(2, test.before - away))
    shown = abs(before) > t.ppf(1.0 - TAIL, max(false_free, 1.0)) * false_se
    found = found._replace(null=found.null and not shown)
    halved = change(at, max(2, test.before // 2))[0] - float(np.mean(placebo or [0.0]))
    return _finding(test, found, snapshot, [month], robust=halved * found.log > 0)


def welch(
    treated: Float[np.ndarray, " treated"], others: Float[np.ndarray, " other"]
) -> tuple[float, float, float]:
    """Return a difference of means, its standard error and degrees of freedom.

    Example:
        >>> welch(np.array([1.0, 3.0]), np.array([0.0, 0.0]))[0]
        2.0
    """
    parts = [(part.mean(), part.var(ddof=1) / len(part), len(part)) for part in (treated, others)]
    (a, va, na), (b, vb, nb) = parts
    total = va + vb
    free = total**2 / max(va**2 / (na - 1) + vb**2 / (nb - 1), 1e-300) if total > 0 else 1.0
    return float(a - b), float(math.sqrt(total)), float(free)


def series(
    count: str, where: Where, snapshot: Snapshot, first: int, last: int
) -> Float[np.ndarray, " month"]:
    """Return what is counted in each month, zero where nothing is."""
    rows = selected(where, snapshot.events)
    sums = rows.groupby("month")[count].sum()
    return sums.reindex(range(first, last + 1), fill_value=0).to_numpy(float)


def by_region(
    count: str, where: Where, snapshot: Snapshot, first: int, last: int
) -> Float[np.ndarray, "month region"]:
    """Return what is counted in each month and region that was ever active in these months.

    Raises:
        InputError: fewer than two such regions.
    """
    rows = selected(where, snapshot.events)
    rows = rows[rows["month"].between(first, last)]
    wide = rows.pivot_table(index="month", columns="region", values=count, aggfunc="sum")
    wide = wide.reindex(range(first, last + 1)).fillna(0.0)
    if wide.shape[1] < 2:
        raise InputError("fewer than two active regions", field="of", value=wide.shape[1])
    return wide.to_numpy(float)


def mean_at_one(pair: Sequence[Float[np.ndarray, " month"]], place: int, test: EventStudy) -> float:
    """Return the log ratio of one date, beyond others."""
    mine, rest = (_log_ratio(part, place, test.before, test.after, test.lead) for part in pair)
    return mine - rest


def _log_ratio(
    counts: Float[np.ndarray, " month"], at: int, before: int, after: int, lead: int
) -> float:
    """Return the log ratio of rates after a month to before it; with a lead, of what precedes."""
    start, stop = (at - lead, at) if lead else (at + 1, at + 1 + after)
    split = start if lead else at
    now, then = counts[start:stop].sum(), counts[split - before : split].sum()
    return math.log((now + HALF) / (stop - start)) - math.log((then + HALF) / before)


def _changes(
    panel: Float[np.ndarray, "month region"], at: int, before: int, after: int
) -> Float[np.ndarray, " region"]:
    logs = np.log1p(panel)
    return logs[at + 1 : at + 1 + after].mean(axis=0) - logs[at - before : at].mean(axis=0)


def _span(snapshot: Snapshot) -> tuple[int, int]:
    last = snapshot.last_month
    return last - 12 * YEARS + 1, last


def _check_windows(test: Study, at: Sequence[int], months: int) -> None:
    lead = getattr(test, "lead", 0)
    after = 0 if lead else test.after
    for place in at:
        if place - test.before - lead < 0 or place + after >= months:
            raise InputError(
                "its windows are not all recorded",
                field="dates",
                value=f"{test.before} months before, {after} after",
                allowed=f"within {months} months of record",
            )


def _elsewhen(at: Sequence[int], test: Study, months: int) -> list[int]:
    """Return by how many months dates can be moved together, clear of where they are."""
    lead = getattr(test, "lead", 0)
    after = 0 if lead else test.after
    apart = (lead or test.after) + 1
    low = max(test.before + lead - place for place in at)
    high = min(months - 1 - after - place for place in at)
    return [shift for shift in range(low, high + 1) if abs(shift) >= apart]


def _effect(
    log: float, se: float | None, free: float, placebo: Sequence[float], sign: str
) -> Effect:
    """Return an effect beyond its placebo, with the wider of two intervals."""
    if len(placebo) < FEWEST:
        return Effect(log, -math.inf, math.inf, 1.0, math.nan, False, len(placebo))
    values = np.asarray(placebo)
    usual = float(values.mean())
    beyond, around = log - usual, values - usual
    low, high = np.quantile(around, (TAIL, 1.0 - TAIL))
    lo, hi = beyond - float(high), beyond - float(low)
    signed = 1.0 if sign == "up" else -1.0
    p = float((1 + np.sum(signed * around >= signed * beyond)) / (1 + len(around)))
    if se is not None:
        reach = float(t.ppf(1.0 - TAIL, max(free, 1.0))) * se
        lo, hi = min(lo, beyond - reach), max(hi, beyond + reach)
        p = max(p, float(t.sf(signed * beyond / se, max(free, 1.0))) if se > 0 else p)
    null = bool(np.quantile(values, TAIL) <= 0.0 <= np.quantile(values, 1.0 - TAIL))
    return Effect(beyond, lo, hi, p, usual, null, len(placebo))


def _finding(
    test: Study, found: Effect, snapshot: Snapshot, months: Sequence[int], *, robust: bool
) -> Finding:
    verdict = verdict_of(found.lo, found.hi, 0.0, test.expected)
    note = say("placebo", dates=found.dates, placebo=f"{math.exp(found.placebo):.2f}")
    result = Finding(
        str(getattr(test, "test", "")), verdict, test.says,
        math.exp(found.log), _exp(found.lo), _exp(found.hi), 1.0, say["ratio"], found.p,
        robust=bool(robust), note=note if found.dates >= FEWEST else say["no_placebo"],
        would_decide=say["more_dates"] if verdict == UNDECIDED else "",
    )  # fmt: skip
    if not found.null and verdict != UNDECIDED:
        result = result.undecided(say["placebo_shows"], say["more_dates"])
    shared = [row_named(name, snapshot.timeline) for name in test.coincides]
    near = [row for row in shared if _inside(int(row["month"]), months, test)]
    if near:
        facts = every([f"{row['short_fact']} ({row['date']})" for row in near])
        result = result.undecided(say("coincides", facts=facts), say["told_apart"])
    return result


def _inside(month: int, dates: Sequence[int], test: Study) -> bool:
    return any(-test.before <= month - date <= test.after for date in dates)


def _exp(value: float) -> float:
    return math.exp(value) if math.isfinite(value) else (math.inf if value > 0 else 0.0)
