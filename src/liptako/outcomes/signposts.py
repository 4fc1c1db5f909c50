r"""Signposts: what to watch in the next months, because it would move an outcome.

An event $e$ moves an outcome $o$ by $P(o \mid e) - P(o \mid \neg e)$, counted among members. Those
that move it most are found on half of the members, by the size of that difference less 2.6 standard
errors (some four hundred events are tried), and chances are reported from the other half, which
shares no draw of judgement with it. An event has a chance of 5% to 95% in both halves. Of one thing
in one place the span that moves most is kept. Intervals are 90%, from resampled sets of assumptions
of the second half.

A signpost says what goes together in these futures. That it moves an outcome does not say that to
bring it about would: both may follow from a third.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Bool, Float, Int

from liptako.model.draws import set_numbers
from liptako.outcomes.decisive import LEADING, halves, last_horizon, outcomes_at
from liptako.outcomes.observable import Event, events

LEAST_MEMBERS = 1000
"""Futures below which half of them tell too little, and no signpost is given."""

CHANCE = (0.05, 0.95)
"""Least and most chance of an event."""

LEAST_CAME = 20
"""Members of the first half in which an outcome must come, and in which it must not."""

SURE = 2.6
"""Standard errors taken off a difference before events are ranked."""

MOST = 10
"""Signposts of an outcome."""

RESAMPLES = 400
QUANTILES = (0.05, 0.95)

COLUMNS = (
    "outcome", "horizon", "rank", "kind", "where", "months", "than", "what", "base", "chance",
    "given", "given_lo", "given_hi", "absent", "absent_lo", "absent_hi", "moves", "moves_lo",
    "moves_hi", "holds", "members",
)  # fmt: skip


def signposts(
    run: xr.Dataset,
    outcomes: Sequence[str] | None = None,
    *,
    months: int | None = None,
    most: int = MOST,
) -> pd.DataFrame:
    """Return the events of the next 3 to 12 months that would move each outcome most.

    Args:
        run: of a theatre with a pact; a thousand members or more.
        outcomes: chances of `liptako.outcomes.measures.OUTCOMES`; pieces and outcomes for the
            alliance if not given.
        months: the horizon of outcomes; the last if not given.
        most: how many of each.

    Returns:
        One row a signpost, those of an outcome by how much they move it: `outcome`, `horizon`
        (months), `rank`, the event (`kind`, `where`, `months`, `than`, `what`, see
        `liptako.outcomes.observable.Event`), `base` (the chance of the outcome), `chance` (of the
        event), `given` and `absent` (the chance of the outcome with it and without it), `moves`
        (their difference), each with its 90% interval, `holds` (that of `moves` leaves out 0),
        and `members` that report them. No rows where members are too few.

    Raises:
        InputError: no such outcome, no endings in the run.

    Example:
        >>> signposts(run, ["fails"])[["kind", "where", "chance", "given"]]    # doctest: +SKIP
    """
    horizon = months or last_horizon(run)
    if run.sizes["member"] < LEAST_MEMBERS:
        return pd.DataFrame(columns=list(COLUMNS))
    sets = set_numbers(run["member"].to_numpy())["judgement"]
    every, first = events(run, before=horizon), halves(sets)
    rows = []
    for name, values in outcomes_at(run, outcomes or LEADING, horizon).items():
        came = values > 0
        chosen = found_on(every, came, first, most)
        mine = [_row(event, came, ~first, sets) for event in chosen]
        mine.sort(key=lambda row: -abs(row["moves"]))
        for rank, row in enumerate(mine, start=1):
            rows.append({"outcome": name, "horizon": horizon, "rank": rank, **row})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def signpost_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the table of signposts by name; none where members are too few for one."""
    found = signposts(run)
    return {} if found.empty else {"signposts": found}


def found_on(
    every: Sequence[Event],
    came: Bool[np.ndarray, " member"],
    half: Bool[np.ndarray, " member"],
    most: int = MOST,
) -> list[Event]:
    """Return the events that move an outcome most among half of the members.

    Args:
        every: events; those too rare or too sure in either half are passed over.
        came: the outcome.
        half: the members that are looked at.
        most: how many at most.
    """
    if min(came[half].sum(), (~came[half]).sum()) < LEAST_CAME:
        return []
    scored = []
    for event in every:
        chances = [event.happens[part].mean() for part in (half, ~half)]
        if CHANCE[0] <= min(chances) and max(chances) <= CHANCE[1]:
            score = _surely(event.happens[half], came[half])
            if score > 0:
                scored.append((score, event))
    scored.sort(key=lambda pair: -pair[0])
    kept: dict[tuple[str, str, str], Event] = {}
    for _, event in scored:
        kept.setdefault((_matter(event.kind), event.where, event.what), event)
    return list(kept.values())[:most]


def _matter(kind: str) -> str:
    """Return what an event is about: a toll above the middle or above last year's is one matter."""
    return kind.removesuffix("_before")


def _surely(happens: Bool[np.ndarray, " member"], came: Bool[np.ndarray, " member"]) -> float:
    """Return how far an event moves an outcome, less what Monte Carlo error may make of it."""
    parts = [came[happens], came[~happens]]
    p, n = np.array([part.mean() for part in parts]), np.array([len(part) for part in parts])
    shrunk = (p * n + 1.0) / (n + 2.0)
    return float(abs(p[0] - p[1]) - SURE * np.sqrt((shrunk * (1.0 - shrunk) / n).sum()))


def _row(
    event: Event,
    came: Bool[np.ndarray, " member"],
    half: Bool[np.ndarray, " member"],
    sets: Int[np.ndarray, " member"],
) -> dict[str, Any]:
    """Return a signpost as half of the members report it."""
    happens, came = event.happens[half], came[half]
    said = {**event._asdict(), "base": float(came.mean()), "chance": float(happens.mean())}
    del said["happens"]
    found = moved(by_set(happens, came, sets[half]))
    holds = bool(found["moves_lo"] > 0 or found["moves_hi"] < 0)
    return said | found | {"holds": holds, "members": int(half.sum())}


def moved(counts: Float[np.ndarray, "set 4"]) -> dict[str, float]:
    """Return the chance of an outcome with and without an event, with 90% intervals.

    Args:
        counts: of each set of assumptions, members with the event and the outcome, with the event,
            without the event and with the outcome, without the event.

    Example:
        >>> found = moved(np.array([[5.0, 10.0, 2.0, 10.0], [5.0, 10.0, 2.0, 10.0]]))
        >>> found["given"], found["absent"], round(found["moves"], 3)
        (0.5, 0.2, 0.3)
    """
    given, absent = ((0,), (1,)), ((2,), (3,))
    return {
        **resampled(counts, "given", given),
        **resampled(counts, "absent", absent),
        **resampled(counts, "moves", given, absent),
    }


Share = tuple[tuple[int, ...], tuple[int, ...]]
"""Columns of counts whose sum stands above, and of those whose sum stands below."""


def resampled(
    counts: Float[np.ndarray, "set count"], name: str, share: Share, less: Share | None = None
) -> dict[str, float]:
    """Return a share of summed counts as `name`, with `name_lo` and `name_hi`.

    The interval is that of resampled sets, 90%. What came in none or in all of the members may yet
    do otherwise: the interval of a share of 0 or 1 reaches three in as many members.

    Args:
        counts: of each set of assumptions.
        name: of the number.
        share: columns above and below.
        less: of a share that is subtracted.
    """
    rng = np.random.default_rng(len(counts))
    weight = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES)
    drawn = np.vstack([counts.sum(axis=0), weight @ counts])
    values = _share(drawn, share) - (0.0 if less is None else _share(drawn, less))
    value, (lo, hi) = float(values[0]), np.quantile(values[1:], QUANTILES)
    if less is None:
        unseen = 3.0 / max(float(drawn[0, list(share[1])].sum()), 3.0)
        lo = min(lo, 1.0 - unseen) if value == 1 else lo
        hi = max(hi, unseen) if value == 0 else hi
    return {name: value, f"{name}_lo": float(lo), f"{name}_hi": float(hi)}


def _share(drawn: Float[np.ndarray, "draw count"], share: Share) -> Float[np.ndarray, " draw"]:
    above, below = (drawn[:, list(columns)].sum(axis=1) for columns in share)
    return above / np.maximum(below, 1.0)


def by_set(
    inside: Bool[np.ndarray, " member"],
    came: Bool[np.ndarray, " member"],
    sets: Int[np.ndarray, " member"],
) -> Float[np.ndarray, "set 4"]:
    """Return, of each set, members inside with the outcome, inside, outside with it, outside."""
    parts = np.stack([inside & came, inside, ~inside & came, ~inside], axis=1).astype(float)
    place = np.unique(sets, return_inverse=True)[1]
    counts = np.zeros((place.max() + 1, parts.shape[1]))
    np.add.at(counts, place, parts)
    return counts
