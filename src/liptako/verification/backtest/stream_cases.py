"""All that is shown of deaths, scored: every block of streams, months and yearly totals.

From October of each year, as the challenge's windows, so that one simulation serves both. A block
is a kind of violence, civilians killed by one class of actor, or all kinds together. Leads 1 to
12, 13 to 24 and 25 to 36 are bands; the months of a band are a year, whose total is scored too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from liptako import calendar
from liptako.cache import code_digest, remember
from liptako.calendar import MONTHS_PER_YEAR
from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.theatre.schema import Theatre
from liptako.verification import year_totals
from liptako.verification.backtest import record, scoring
from liptako.verification.backtest.baseline_forecasts import Past, depends_on, make_baselines
from liptako.verification.backtest.cases import remembered_cases
from liptako.verification.backtest.forecasts import Source
from liptako.verification.backtest.windows import (
    FIRST_LONG_ORIGIN,
    INIT_MONTH,
    LAST_LONG_LEAD,
    Window,
    parse_windows,
)
from liptako.verification.kernels import CountKernel

MEMBERS = 300
"""Draws of our forecasts: scores of logarithms need fewer than the challenge's thousand."""
YEARS_AHEAD = (1, 2, 3)
MODELS = ("conflictology", "conflictology_smoothed", "zero")
MONTHS, YEARS = "months", "years"
ALL = "all"
ACTIVE_MONTHS = 36
"""A country is active in a block where it has a death on record in so many months before."""


Made = dict[str, tuple[Callable[[], np.ndarray], tuple[object, ...]]]
"""By model: its draws when called, and what these depend on."""


def blocks_of(theatre: Theatre) -> dict[str, tuple[str, ...]]:
    """Return the streams of each block by its name; those before the last share no stream."""
    who = record.perpetrator_streams(theatre)
    return {
        record.STATE_BASED: theatre.streams_of(record.STATE_BASED),
        **{f"{record.ONE_SIDED} {actor}": (stream,) for actor, stream in who.items()},
        "non_state": theatre.streams_of("non_state"),
        ALL: tuple(theatre.streams),
    }


def band_of(ahead: int) -> str:
    """Return the leads of a year ahead.

    Example:
        >>> [band_of(ahead) for ahead in YEARS_AHEAD]
        ['1-12', '13-24', '25-36']
    """
    return f"{MONTHS_PER_YEAR * (ahead - 1) + 1}-{MONTHS_PER_YEAR * ahead}"


def origin_years(text: str | None, until: int) -> tuple[int, ...]:
    """Return the years whose October is an origin: a whole year must follow it.

    Args:
        text: years and ranges of years; none: all since 2005.
        until: last month whose outcomes may be looked at.

    Raises:
        InputError: not years, one out of range, or no whole year to score.

    Example:
        >>> origin_years("2015-2016", calendar.month_id(2017, 12))
        (2015, 2016)
    """
    last = calendar.year_of(until - MONTHS_PER_YEAR - INIT_MONTH + 1)
    if last < FIRST_LONG_ORIGIN:
        raise InputError(
            "no whole year after the first origin", field="until",
            value=calendar.format_month(until),
            allowed=f"{calendar.format_month(_init(FIRST_LONG_ORIGIN) + MONTHS_PER_YEAR)} or later",
        )  # fmt: skip
    given = f"{FIRST_LONG_ORIGIN}-{last}" if text is None else text
    return parse_windows(given, last, first=FIRST_LONG_ORIGIN, field="origins")


def stream_cases(source: Source, years: Sequence[int], until: int) -> pd.DataFrame:
    """Return the cases of every model, block and band from the origins given.

    Args:
        source: theatre, data and settings.
        years: whose Octobers are origins.
        until: last month whose outcomes are looked at; a later one is not read.

    Returns:
        Columns of `frame_of`, and `block`, `band`, `span` (`months` or `years`: a year's total,
        whose month and lead are its last) and `active`.
    """
    theatre, snapshot = source.loaded.theatre, source.snapshot
    first = _init(min(years)) - MONTHS_PER_YEAR + 1
    countries = record.observed_countries(theatre, snapshot, first, snapshot.last_month)
    if not countries:
        raise InputError("no country is observed throughout", field="origins", value=min(years))
    parts = [cases_of_origin(source, year, countries, until) for year in years]
    return pd.concat(parts, ignore_index=True)


def cases_of_origin(
    source: Source, year: int, countries: tuple[str, ...], until: int
) -> pd.DataFrame:
    """Return the cases of one origin."""
    init = _init(year)
    source.say(f"Every stream from {calendar.format_month(init)}")
    whole = Window(year, init, init + 1, init + LAST_LONG_LEAD)
    draws = scoring.country_run(source, whole)
    seen, outcomes = source.snapshot.until(init), source.snapshot.until(until)
    parts = []
    for name, streams in blocks_of(source.loaded.theatre).items():
        block = Block(
            name=name,
            whole=whole,
            countries=countries,
            past=past_of(source, seen, whole, name, countries),
            obs=deaths_of(outcomes, streams, countries, whole.first, min(whole.last, until)),
            own=draws.of(streams, countries).sum(axis=1),
        )
        before = deaths_of(seen, streams, countries, init - ACTIVE_MONTHS + 1, init)
        active = dict(zip(countries, before.sum(axis=0) > 0, strict=True))
        for ahead in YEARS_AHEAD:
            parts += [
                table.assign(block=name, band=band_of(ahead), active=table["unit"].map(active))
                for table in (block.months(ahead), block.total(ahead))
                if not table.empty
            ]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, eq=False)
class Block:
    """One block from one origin: what happened, what was forecast, what baselines know.

    Args:
        name: of the block.
        whole: all 36 leads.
        countries: ISO3 codes, in the order of the axes.
        past: what baselines are made from.
        obs: deaths from the first lead on, as far as outcomes may be looked at.
        own: our draws.
    """

    name: str
    whole: Window
    countries: tuple[str, ...]
    past: Past
    obs: Float[np.ndarray, "month country"]
    own: Int[np.ndarray, "lead country draw"]

    def months(self, ahead: int) -> pd.DataFrame:
        """Return the cases of a band's months, as far as outcomes go; none where they end before.

        A band that outcomes cut is forecast whole, and scored as far as they go.
        """
        obs = self.obs[_rows(ahead)]
        if not len(obs):
            return pd.DataFrame()
        first = self.whole.first + _rows(ahead).start
        band = replace(self.whole, first=first, last=first + MONTHS_PER_YEAR - 1)
        made: Made = {scoring.OWN: (lambda: self.own[_rows(ahead)], (self.own,))}
        for name, make in make_baselines(self.past, band, MODELS).items():
            made[name] = (make, depends_on(self.past))
        return self._scored(replace(band, last=first + len(obs) - 1), obs, made, MONTHS)

    def total(self, ahead: int) -> pd.DataFrame:
        """Return the cases of a band's total; none where outcomes end before the year does."""
        obs = self.obs[_rows(ahead)]
        if len(obs) < MONTHS_PER_YEAR:
            return pd.DataFrame()
        last = self.whole.init + MONTHS_PER_YEAR * ahead
        own = self.own[_rows(ahead)].sum(axis=0)[None]
        made: Made = {scoring.OWN: (lambda: own, (own,))}
        for name, make in year_baselines(self.past, ahead).items():
            made[name] = (lambda make=make: make()[None], (code_digest(__name__), self.past))
        span = replace(self.whole, first=last, last=last)
        return self._scored(span, obs.sum(axis=0)[None], made, YEARS)

    def _scored(self, span: Window, obs: np.ndarray, made: Made, kind: str) -> pd.DataFrame:
        parts = [
            remembered_cases(
                model, span, self.countries, obs,
                lambda make=make: make()[: len(obs)], (kind, self.name, *depends),
            )
            for model, (make, depends) in made.items()
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True).assign(span=kind)


def year_baselines(
    past: Past, ahead: int
) -> dict[str, Callable[[], Float[np.ndarray, "unit draw"]]]:
    """Return the baselines of a year's total by name, each made when called."""
    own = past.pool[:, list(past.columns)]

    def smoothed() -> np.ndarray:
        made = remember(
            "kernel-total",
            (code_digest(year_totals.__name__), past.pool, ahead),
            lambda: {"kernel": np.array(year_totals.fit_total_kernel(past.pool, ahead))},
        )
        law = CountKernel(*made["kernel"].tolist())
        return year_totals.smoothed_total(own, past.pool, ahead=ahead, kernel=law)

    makers = {
        "conflictology": lambda: year_totals.conflictology_total(own),
        "conflictology_smoothed": smoothed,
        "zero": lambda: np.zeros((own.shape[1], 1)),
    }
    return {name: makers[name] for name in MODELS}


def past_of(
    source: Source, seen: Snapshot, whole: Window, block: str, countries: tuple[str, ...]
) -> Past:
    """Return what a block's baselines are made from: the world's record of battles, or our own.

    Laws around values are fitted to the countries of the world for state-based deaths, to all
    perpetrators and countries for one-sided deaths, and to the countries for other blocks.
    """
    theatre, start = source.loaded.theatre, record.history_start()
    if block == record.STATE_BASED:
        return scoring.country_past(source, whole, countries)
    names = list(blocks_of(theatre))
    if block.startswith(record.ONE_SIDED):
        pool = record.one_sided_deaths(seen, theatre, countries, start, whole.init)
        one_sided = [name for name in names if name.startswith(record.ONE_SIDED)]
        at = one_sided.index(block) * len(countries)
        return Past(pool, range(at, at + len(countries)), start)
    pool = deaths_of(seen, blocks_of(theatre)[block], countries, start, whole.init)
    return Past(pool, range(len(countries)), start)


def deaths_of(
    snapshot: Snapshot, streams: Sequence[str], countries: Sequence[str], first: int, last: int
) -> Float[np.ndarray, "month country"]:
    """Return deaths in some streams by the country that the events name."""
    events = snapshot.events
    each = arrays.by_country(events, tuple(streams), tuple(countries), first, last)
    return each.sum(axis=1, dtype=float)


def _init(year: int) -> int:
    return calendar.month_id(year, INIT_MONTH)


def _rows(ahead: int) -> slice:
    return slice(MONTHS_PER_YEAR * (ahead - 1), MONTHS_PER_YEAR * ahead)
