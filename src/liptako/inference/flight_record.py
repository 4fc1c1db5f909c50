"""What the record says of flight: totals of country-years beside monthly deaths by region.

IDMC's months are lumpy: reports arrive in batches, a third of months is empty, and disasters are
mixed in. So totals of calendar years are used. A year of which nothing was reported is missing, not
peaceful. Left out as well: a country not all of whose cells are observed, a year with fewer than
`MIN_DEATHS` deaths.

The months of a year run through the function of the model that moves people, at that rate of
flight which gives the year's total: so it is known who was away when the next year began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Bool, Float, Int

from liptako import calendar
from liptako.data import arrays
from liptako.data.people import people_by_cell
from liptako.data.snapshot import Snapshot
from liptako.model.processes import displacement
from liptako.model.structure import Structure
from liptako.theatre.registry import Registry

MIN_DEATHS = 12
LOG_RATES = (-25.0, 3.0)
"""Between which a year's rate of flight is looked for."""

HALVINGS = 40
STEP = 0.05
NEARLY_ALL = 0.95
"""Share of what the bound allows in a year that a larger total counts as."""

READS = ("displacement.most", "displacement.return_rate")
"""Parameters of the registry at whose means people are moved through the record."""


@dataclass(frozen=True, eq=False)
class FlightRecord:
    """Years of displacement and deaths.

    Attributes:
        displaced: people newly displaced by year and country; not a number where left out.
        deaths: by year, month of the year and region, of all kinds.
        years: calendar years, whole ones, from the year before the first that has totals.
        people: by region.
        region_country: of each region.
        most: largest share of those at home who leave in a month.
        return_rate: share of those away who return in a month.
        left_out: `country, year, displaced, deaths, why` (`partly_observed`, `few_deaths`,
            `nothing_reported`) of the years with either that are not used.
    """

    displaced: Float[np.ndarray, "year country"]
    deaths: Float[np.ndarray, "year 12 region"]
    years: tuple[int, ...]
    people: Float[np.ndarray, " region"]
    region_country: Int[np.ndarray, " region"]
    most: float
    return_rate: float
    left_out: pd.DataFrame

    @property
    def used(self) -> Bool[np.ndarray, "year country"]:
        """Which country-years teach."""
        return np.isfinite(self.displaced)

    @property
    def killed(self) -> Float[np.ndarray, "year country"]:
        """Deaths by year and country."""
        return self.deaths.sum(axis=1) @ self.country_matrix

    @property
    def country_matrix(self) -> Float[np.ndarray, "region country"]:
        """One where a region lies in a country."""
        one = self.region_country[:, None] == np.arange(self.displaced.shape[1])
        return one.astype(np.float32)

    def through(
        self,
        y: int,
        away: Float[np.ndarray, "case region"],
        log_rate: Float[np.ndarray, "case country"],
        elasticity: Float[np.ndarray, " case"],
        times: Float[np.ndarray, "case country"] | None = None,
    ) -> tuple[Float[np.ndarray, "case region"], Float[np.ndarray, "case region"]]:
        """Return who leaves each region in the `y`-th year, and who is away when it ends.

        Args:
            y: place among `years`; its deaths count.
            away: when it begins.
            log_rate: of flight, the year's noise included.
            elasticity: of those who flee in deaths.
            times: what deaths are multiplied by; one if none.
        """
        factor = np.ones_like(log_rate) if times is None else times
        deaths = self.deaths[y] * factor[:, None, self.region_country]
        by_region = log_rate[:, self.region_country]
        arguments = self.people, away, deaths, by_region, elasticity, self.most, self.return_rate
        left, then = through_year(*(jnp.asarray(x, jnp.float32) for x in arguments))
        return np.asarray(left, float), np.asarray(then)

    def without(self, year: int) -> FlightRecord:
        """Return the record without the totals of a year; its deaths stay."""
        gone = np.array(self.years) == year
        return replace(self, displaced=np.where(gone[:, None], np.nan, self.displaced))


def flight_record(
    snapshot: Snapshot, structure: Structure, registry: Registry, last_month: int
) -> FlightRecord:
    """Return the record of whole years up to a month.

    Args:
        snapshot: the data; nothing after `last_month` is looked at.
        structure: countries, regions and cells.
        registry: for `READS`.
        last_month: the last month that may be seen.
    """
    table = snapshot.displacement
    table = table[table["country"].isin(structure.countries)]
    after = calendar.year_of(last_month + 1)
    first_year = after
    if len(table):
        first_year = min(calendar.year_of(int(table["month"].min())) - 1, after)
    last_year = after - 1
    years = tuple(range(first_year, last_year + 1))
    first, last = calendar.month_id(first_year, 1), calendar.month_id(last_year, 12)
    gid, streams = structure.gid, structure.streams
    people = people_by_cell(snapshot.cells, snapshot.population, gid, structure.countries)
    deaths = arrays.by_cell(snapshot.events, streams, gid, first, last, "deaths").sum(axis=1)
    deaths = (deaths @ structure.region_matrix).reshape(len(years), 12, len(structure.regions))
    most, return_rate = (registry[path].mean() for path in READS)
    record = FlightRecord(
        displaced=_totals(table, structure.countries, years),
        deaths=deaths,
        years=years,
        people=people @ structure.region_matrix,
        region_country=structure.region_country,
        most=most,
        return_rate=return_rate,
        left_out=pd.DataFrame(),
    )
    inside = np.isin(snapshot.cells["gid"].to_numpy(), gid)
    whole = pd.Series(inside).groupby(snapshot.cells["country"].to_numpy()).all()
    observed = whole.reindex(list(structure.countries), fill_value=False).to_numpy(bool)
    return _without_gaps(record, structure.countries, observed)


def _totals(
    table: pd.DataFrame, countries: Sequence[str], years: Sequence[int]
) -> Float[np.ndarray, "year country"]:
    sums = table.assign(year=table["month"].map(calendar.year_of))
    sums = sums.groupby(["year", "country"])["displaced"].sum().unstack()
    return sums.reindex(index=list(years), columns=list(countries)).to_numpy(float)


def _without_gaps(
    record: FlightRecord, countries: Sequence[str], observed: Bool[np.ndarray, " country"]
) -> FlightRecord:
    """Return the record with what cannot teach taken out, and a list of that."""
    total, killed = record.displaced, record.killed
    reasons = {
        "partly_observed": np.broadcast_to(~observed, total.shape),
        "few_deaths": killed < MIN_DEATHS,
        "nothing_reported": np.nan_to_num(total) <= 0,
    }
    out = [
        {"country": countries[k], "year": record.years[y], "displaced": total[y, k]}
        | {"deaths": killed[y, k], "why": next(why for why, at in reasons.items() if at[y, k])}
        for y, k in np.argwhere(np.any(list(reasons.values()), axis=0)).tolist()
        if np.isfinite(total[y, k]) and (killed[y, k] >= MIN_DEATHS or total[y, k] > 0)
    ]
    kept = np.where(np.any(list(reasons.values()), axis=0), np.nan, record.displaced)
    return replace(record, displaced=kept, left_out=pd.DataFrame(out))


@jax.jit
def through_year(
    people: Float[Array, " region"],
    away: Float[Array, "case region"],
    deaths: Float[Array, "case 12 region"],
    log_rate: Float[Array, "case region"],
    elasticity: Float[Array, " case"],
    most: Float[Array, ""],
    return_rate: Float[Array, ""],
) -> tuple[Float[Array, "case region"], Float[Array, "case region"]]:
    """Return who left each region in a year, month by month in the model, and who is away then.

    Args:
        people: by region.
        away: when the year begins.
        deaths: by month and region.
        log_rate: of flight, the year's noise included.
        elasticity: of those who flee in deaths.
        most: largest share of those at home who leave in a month.
        return_rate: share of those away who return in a month.
    """

    def year(away: Array, deaths: Array, log_rate: Array, elasticity: Array) -> tuple[Array, Array]:
        def month(away: Array, killed: Array) -> tuple[Array, Array]:
            gone = displacement.leaving(people - away, killed, log_rate, elasticity, most)
            return (1.0 - return_rate) * away + gone, gone

        away, gone = jax.lax.scan(month, away, deaths)
        return gone.sum(axis=0), away

    return jax.vmap(year)(away, deaths, log_rate, elasticity)


@dataclass(frozen=True, eq=False)
class Flights:
    """The record run through the model, at each of several elasticities.

    Attributes:
        log_rate: of flight that gives each recorded total; not a number where there is none.
        log_slope: log of how much the log total moves with it, 0 far below the bound.
        away: people away by region when each year begins, and when the last ends.
    """

    log_rate: Float[np.ndarray, "elasticity year country"]
    log_slope: Float[np.ndarray, "elasticity year country"]
    away: Float[np.ndarray, "elasticity moment region"]


def flights(record: FlightRecord, elasticity: Float[np.ndarray, " elasticity"]) -> Flights:
    """Return the rates of flight behind the record's totals, and who was away.

    Args:
        record: the years.
        elasticity: each at which to do so.
    """
    used, stay = record.used, 1.0 - record.return_rate
    shape = (len(elasticity), *used.shape)
    found, slope = np.full(shape, np.nan), np.full(shape, np.nan)
    away = np.zeros((len(elasticity), len(record.years) + 1, len(record.people)), np.float32)
    for y, seen in enumerate(used):
        if not seen.any():
            away[:, y + 1] = stay**12 * away[:, y]
            continue
        rates, away[:, y + 1], steepness = _year(record, y, away[:, y], elasticity)
        found[:, y] = np.where(seen, rates, np.nan)
        slope[:, y] = np.where(seen, np.log(steepness), np.nan)
    return Flights(found, slope, away)


def _year(
    record: FlightRecord,
    y: int,
    away: Float[np.ndarray, "elasticity region"],
    elasticity: Float[np.ndarray, " elasticity"],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return log rates of a year, who is away when it ends, and slopes, by halving."""
    seen, matrix = record.used[y], record.country_matrix

    def run(log_rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        left, then = record.through(y, away, log_rate, elasticity)
        return left @ matrix, then

    low, high = (np.full((len(elasticity), len(seen)), end) for end in LOG_RATES)
    want = np.minimum(np.nan_to_num(record.displaced[y]), NEARLY_ALL * run(high)[0])
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        more = run(middle)[0] < want
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    rate = np.where(seen, 0.5 * (low + high), -np.inf)
    up, down = (np.log(np.maximum(run(rate + side)[0], 1e-6)) for side in (STEP, -STEP))
    return rate, run(rate)[1], np.maximum(up - down, 1e-6) / (2 * STEP)
