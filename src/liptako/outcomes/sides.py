"""Whose the dead are: armies, insurgents, civilians; how often armies attack, and what it costs."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from liptako.calendar import MONTHS_PER_YEAR
from liptako.model.processes.sides import SIDES
from liptako.outcomes.civilians import ALL
from liptako.outcomes.cut import within
from liptako.outcomes.deaths import QUANTILES, near, periods, quantiles
from liptako.outcomes.violence import STRAIN_MONTHS, dead, is_offensive, offensives, strain
from liptako.runs.dataset import observed_countries, theatre_of


def dead_side(run: xr.Dataset) -> pd.DataFrame:
    """Return the dead of each side by country and period, last year's as recorded.

    Country `ALL` is the members' sum. Recorded dead of no known side are shared out as those of
    their stream are.
    """
    rows = []
    cuts = {period: within(run, months) for period, months in periods(run).items()}
    for country, counted in _places(run).items():
        for side in SIDES:
            row = {"country": country, "side": side}
            past = _recorded(run, near(run).months).sel(side=side, country=counted)
            rows.append(row | {"period": near(run).before, "observed": float(past.sum())})
            for period, cut in cuts.items():
                found = quantiles(dead(side, cut, counted))
                rows.append(row | {"period": period} | found)
    return pd.DataFrame(rows)[["country", "side", "period", "observed", "mean", *QUANTILES]]


def strain_table(run: xr.Dataset) -> pd.DataFrame:
    """Return months of offensives and the strain on armies, by country with a simulated regime.

    Year 0 is the last recorded one, with `observed`; others are whole years of the run.
    """
    regimes = [iso for iso in theatre_of(run).by_role("member") if iso in observed_countries(run)]
    last = _recorded(run, MONTHS_PER_YEAR)
    rows = []
    for country in regimes:
        mine = last.sel(country=country)
        soldiers = mine.sel(side="state").to_numpy()
        yearly = _recorded(run, STRAIN_MONTHS).sel(side="state", country=country).sum()
        yearly = float(yearly) * MONTHS_PER_YEAR / STRAIN_MONTHS
        seen = {
            "offensives": float(
                is_offensive(soldiers, mine.sel(side="insurgents").to_numpy()).sum()
            ),
            "strain": float(soldiers.sum()) / max(yearly, 1.0),
        }
        for measure, count in (("offensives", offensives), ("strain", strain)):
            row = {"country": country, "measure": measure}
            rows.append(row | {"year": 0, "observed": seen[measure]})
            for year in range(1, run.sizes["month"] // MONTHS_PER_YEAR + 1):
                months = slice((year - 1) * MONTHS_PER_YEAR, year * MONTHS_PER_YEAR)
                rows.append(row | {"year": year} | quantiles(count(within(run, months), [country])))
    columns = ["country", "measure", "year", "observed", "mean", *QUANTILES]
    return pd.DataFrame(rows, columns=columns)


def _recorded(run: xr.Dataset, months: int) -> xr.DataArray:
    """Return the recorded dead of the last months before the start."""
    return run["recorded_dead"].isel(past_month=slice(-months, None)).astype(float)


def _places(run: xr.Dataset) -> dict[str, list[str]]:
    observed = observed_countries(run)
    members = [iso for iso in theatre_of(run).by_role("member") if iso in observed]
    every = {ALL: members} if members else {}
    return every | {iso: [iso] for iso in observed}
