"""What the next months may show: a closed list of events, each of which happens in a future or not.

Events are counted by the measures that outcomes are counted by, over the first months of a run. A
number is above what was recorded in as many months before the start, or above the middle of
futures, which is the median and is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Bool, Shaped

from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.model.codes import Exit, Threat
from liptako.outcomes import measures, violence
from liptako.outcomes.counted import allies_of
from liptako.outcomes.cut import Measure, PerMember, within
from liptako.outcomes.measures import COUPS, pairs_of
from liptako.outcomes.territory import besieged, near_capital, reached
from liptako.runs.dataset import observed_countries, theatre_of
from liptako.theatre.roles import killer_of, members_of

WITHIN = (3, 6, 12)
"""Months after the start within which an event is looked for."""

READ = (
    "exits", "stage", "left", "joint_acts", "items", "rung", "threat", "outside", "act", "missed",
    "besieged", "reached", "capital_deaths", "displaced",
)  # fmt: skip
"""Outputs that events are counted from, besides deaths, which are large."""


class Event(NamedTuple):
    """Something that the next months may show.

    Args:
        kind: of the closed list.
        where: a country, a pair `AAA-BBB`; empty: the pact as a whole.
        months: within so many months after the start.
        than: the number that is exceeded; not a number where there is none.
        what: of an act, what it is called.
        happens: in each member.
    """

    kind: str
    where: str
    months: int
    than: float
    what: str
    happens: Bool[np.ndarray, " member"]


COMES: dict[str, Measure] = {
    "coup": partial(measures.exits, COUPS),
    "mutiny": partial(measures.exits, (Exit.MUTINY,)),
    "handed_over": partial(measures.exits, (Exit.NEGOTIATED,)),
    "promised": measures.promises,
    "missed": measures.missed,
    "threatened": partial(measures.threatened, Threat.THREATENED),
    "force_sent": partial(measures.threatened, Threat.SENT),
    "left_bloc": measures.outside,
}
"""What comes or does not, in a country whose regime is simulated."""

PACT: dict[str, Measure] = {
    "operational": measures.operational,
    "joint_act": measures.joint_acts,
    "item": measures.agenda,
}
"""What the pact as a whole comes to: one or more."""

YEARLY = {"besieged": besieged, "near_capital": near_capital}
"""Above the middle of futures, over the first year: kept by the year."""


def events(run: xr.Dataset, before: int | None = None) -> list[Event]:
    """Return the events of the next 3 to 12 months that a run can show.

    Args:
        run: a run's dataset.
        before: months; only events within fewer than so many, all if not given.

    Raises:
        InputError: the run is shorter than three months.
    """
    last = min(run.sizes["month"], MONTHS_PER_YEAR if before is None else before - 1)
    spans = [months for months in WITHIN if months <= last]
    if not spans:
        allowed = f"{WITHIN[0]} or more"
        raise InputError("too short", field="months", value=last, allowed=allowed)
    held = within(run, slice(0, MONTHS_PER_YEAR)).assign({})
    held = held.assign({name: held[name].load() for name in READ if name in held})
    found = []
    for months in spans:
        cut = within(held, slice(0, months))
        for kinds in (_politics, _pact, _pairs, _acts, _tolls):
            found += kinds(cut, months)
        if months == MONTHS_PER_YEAR:
            found += _yearly(held.isel(year=slice(0, 1)), months)
    return found


def _politics(cut: xr.Dataset, months: int) -> Iterator[Event]:
    allies = allies_of(cut)
    for country in members_of(theatre_of(cut)):
        for kind, measure in COMES.items():
            yield _comes(kind, country, months, measure(cut, [country]))
        if country in allies:
            yield _comes("left_pact", country, months, measures.left(cut, [country]))
        yield _above("reached", country, months, reached(cut, [country]))


def _pact(cut: xr.Dataset, months: int) -> Iterator[Event]:
    if allies_of(cut):
        for kind, measure in PACT.items():
            yield _comes(kind, "", months, measure(cut, allies_of(cut)))


def _pairs(cut: xr.Dataset, months: int) -> Iterator[Event]:
    theatre = theatre_of(cut)
    steps: dict[str, Callable] = {"display": measures.upper, "coercion": measures.coercion}
    for side in ("inner", "outer"):
        for pair in pairs_of(theatre, side):
            for kind, measure in steps.items():
                yield _comes(kind, pair, months, measure(side, cut, pair.split("-")))


def _acts(cut: xr.Dataset, months: int) -> Iterator[Event]:
    theatre = theatre_of(cut)
    for country in members_of(theatre):
        taken = cut["act"].sel(country=country).transpose("member", "month").to_numpy()
        for code, act in enumerate(theatre.menu.values(), start=1):
            times = (taken == code).sum(axis=1)
            yield _comes("act", country, months, times)._replace(what=act.label)


def _tolls(cut: xr.Dataset, months: int) -> Iterator[Event]:
    theatre, seen = theatre_of(cut), observed_countries(cut)
    by_state = [name for name in theatre.streams if killer_of(theatre, name) == "states"]
    for country in [iso for iso in members_of(theatre) if iso in seen]:
        killed = violence.killed(cut, [country])
        yield _above("deaths", country, months, killed)
        yield _above("deaths_before", country, months, killed, _recorded(cut, country, months))
        killed = violence.civilians_killed_by("states", cut, [country])
        past = _recorded(cut, country, months, by_state)
        yield _above("by_states_before", country, months, killed, past)
        yield _above("displaced", country, months, violence.displaced(cut, [country]))
    for country in [iso for iso in theatre.by_role("littoral") if iso in seen]:
        past = _recorded(cut, country, months)
        yield _above("deaths_before", country, months, violence.killed(cut, [country]), past)


def _yearly(year: xr.Dataset, months: int) -> Iterator[Event]:
    for country in members_of(theatre_of(year)):
        for kind, measure in YEARLY.items():
            yield _above(kind, country, months, measure(year, [country]))


def _recorded(
    run: xr.Dataset, country: str, months: int, streams: Sequence[str] | None = None
) -> float:
    """Return the deaths recorded in as many months before the start."""
    past = run["recorded_deaths"].sel(country=country).isel(past_month=slice(-months, None))
    return float((past if streams is None else past.sel(stream=list(streams))).sum())


def _comes(kind: str, where: str, months: int, times: Shaped[np.ndarray, " member"]) -> Event:
    return Event(kind, where, months, np.nan, "", np.asarray(times) > 0)


def _above(
    kind: str, where: str, months: int, values: PerMember, than: float | None = None
) -> Event:
    bar = float(np.median(values)) if than is None else than
    return Event(kind, where, months, bar, "", np.asarray(values) > bar)
