"""Measures of violence: the killed, by whom and of which side, the displaced, reach of insurgents.

Each is a function of a run's dataset, cut to the months that count, and of the countries counted;
see `liptako.outcomes.measures`, which names them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from jaxtyping import Bool, Shaped

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.outputs import LARGE
from liptako.outcomes.counted import of_country, positions
from liptako.outcomes.cut import PerMember, summed, within
from liptako.runs.dataset import theatre_of
from liptako.theatre.roles import killer_of
from liptako.theatre.schema import Theatre


def killed(
    run: xr.Dataset, countries: Sequence[str], streams: Sequence[str] | None = None
) -> PerMember:
    """Return people killed, whoever did it; in some streams only where they are named."""
    places = {} if streams is None else {"stream": positions(run, "stream", streams)}
    return summed(run["deaths"], countries, **places)


def civilians_killed(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return civilians killed on purpose; those who die in battles are not known."""
    return killed(run, countries, theatre_of(run).streams_of("one_sided"))


def civilians_killed_by(who: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return civilians killed on purpose by `states`, `insurgents` or `militias`."""
    theatre = theatre_of(run)
    streams = [s for s in theatre.streams if killer_of(theatre, s) == who]
    return killed(run, countries, streams)


def inflicted(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return soldiers and civilians killed by insurgents: not their own dead."""
    share = run["inflicted_share"].to_numpy()
    total = np.zeros(run.sizes["member"])
    for country in countries:
        deaths = of_country(run["deaths"], country, "member", "month", "stream")
        total += deaths.sum(axis=1, dtype=float) @ share
    return total


def dead(side: str, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the dead of a side of `liptako.model.processes.sides.SIDES`, as shares are drawn.

    On the side of states are volunteers and foreign partners too; civilians are those killed in
    battles too.
    """
    return summed(run["dead"].sel(side=side), countries)


def offensives(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return in how many months of a country insurgents die in numbers, and few soldiers do.

    See `is_offensive`.
    """
    months = np.zeros(run.sizes["member"])
    for country in countries:
        mine = run["dead"].sel(country=country).transpose("side", "member", "month")
        soldiers, insurgents = (mine.sel(side=side).to_numpy() for side in ("state", "insurgents"))
        months += is_offensive(soldiers, insurgents).sum(axis=1)
    return months


def is_offensive(
    soldiers: Shaped[np.ndarray, "*month"], insurgents: Shaped[np.ndarray, "*month"]
) -> Bool[np.ndarray, "*month"]:
    """Return whether a month's dead are those of an offensive: data do not say who attacks.

    At least `LARGE` insurgents, and at least `EXCHANGE` for each dead on the side of the state.
    """
    return (insurgents >= LARGE) & (insurgents >= EXCHANGE * soldiers)


EXCHANGE = 3.0
"""Dead insurgents for each dead of a state in months that count as offensive."""


def strain(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the yearly dead on the side of states, as a multiple of those before the start.

    Of the last year that counts, or of all months of a shorter run, over the mean of the three
    years before, at least one a year.
    """
    months = min(MONTHS_PER_YEAR, run.sizes["month"])
    last = dead("state", within(run, slice(-months, None)), countries)
    past = run["recorded_dead"].sel(side="state", country=list(countries))
    past = past.isel(past_month=slice(-STRAIN_MONTHS, None))
    before = float(past.to_numpy().sum(dtype=float)) / STRAIN_MONTHS
    return last / months / max(before, 1.0 / MONTHS_PER_YEAR)


STRAIN_MONTHS = 36
"""Months before the start that losses of states are compared with."""


def displaced(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return people newly displaced."""
    return summed(run["displaced"], countries)


def influence(run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return the share of people where insurgents have influence, at the end of the last year."""
    inside = run["region_country"].isin(countries).to_numpy()
    share = run["influence"].isel(year=-1, region=inside).transpose("member", "region").to_numpy()
    people = run["region_people"].to_numpy()[inside].astype(float)
    return share.astype(float) @ people / people.sum()


def region_deaths(front: bool, run: xr.Dataset, countries: Sequence[str]) -> PerMember:
    """Return people killed in the regions that offensives go to, or in all others."""
    there = run["region_country"].isin(countries) & (run["region_front"] == front)
    deaths = run["region_deaths"].isel(region=there.to_numpy()).transpose("member", ...)
    return deaths.to_numpy().sum(axis=(1, 2), dtype=float)


def perpetrators(theatre: Theatre) -> dict[str, str]:
    """Return the stream of each class of actor that kills civilians on purpose."""
    return {theatre.streams[s].sides[0]: s for s in theatre.streams_of("one_sided")}
