"""Growth of all that is shown of deaths, beside how past cases of its size and last change grew."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.inference.past_cases import growth as past
from liptako.outcomes.civilians import ALL
from liptako.outcomes.wars import deaths_by_year, recorded_by_year
from liptako.runs.dataset import observed_countries, theatre_of

COLUMNS = (
    "country", "quantity", "year", "before", "last", "size", "change",
    "q05", "q50", "q95", "growth", "past_lo", "past_middle", "past_hi", "cases", "beside", "inside",
)  # fmt: skip


def growth_table(
    run: xr.Dataset, cases: Mapping[str, pd.DataFrame], displaced: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return how each quantity grows in futures, and in past cases like it.

    Args:
        run: a run's dataset.
        cases: from `liptako.inference.past_cases.growth.history`.
        displaced: people who fled by country and year, the last two known; none: not looked at.

    Returns:
        A row for each country (`ALL`: the members' sum), quantity and whole year ahead, three at
        most: `before` and `last` (recorded in the last two years), `size` (its least number),
        `change`, `q05`, `q50`, `q95` (of futures), `growth` (of the median, one added to both
        years), `past_lo`, `past_middle`, `past_hi` (5%, 50%, 95% of past cases), `cases`, `beside`
        (see `past_cases.growth.beside`) and `inside`; missing where there are too few cases.
    """
    observed = observed_countries(run)
    members = [iso for iso in theatre_of(run).by_role("member") if iso in observed]
    places = {ALL: members} if members else {}
    places |= {iso: [iso] for iso in observed}
    rows = []
    for country, counted in places.items():
        for quantity, streams in past.quantities(theatre_of(run)).items():
            recorded = recorded_by_year(run, counted, streams).sum(axis=0)
            ahead = deaths_by_year(run, counted, streams).sum(axis=1)
            rows += _rows(cases, country, quantity, recorded[-2:], ahead)
        if displaced is not None and set(counted) <= set(displaced.index):
            recorded = displaced.loc[counted, [-1, 0]].to_numpy().sum(axis=0)
            rows += _rows(cases, country, past.DISPLACED, recorded, _fled(run, counted))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(
    cases: Mapping[str, pd.DataFrame], country: str, quantity: str,
    recorded: Float[np.ndarray, "2"], ahead: Float[np.ndarray, "member year"],
) -> list[dict]:  # fmt: skip
    before, last = map(float, recorded)
    if np.isnan(last) or np.isnan(before):
        return []
    size, _ = past.size_of(last, past.sizes_of(quantity))
    change = past.change_of(before, last)
    rows = []
    for year, deaths in zip(past.AHEAD, ahead.T, strict=False):
        low, middle, high = map(float, np.quantile(deaths, past.INSIDE))
        source, band = past.beside(cases, quantity, size, change, year)
        grown = past.growth(last, middle)
        inside = band.lo <= grown <= band.hi if band.n >= past.LEAST else None
        found = (before, last, size, change, low, middle, high, grown, *band, source, inside)
        rows.append(dict(zip(COLUMNS, (country, quantity, year, *found), strict=True)))
    return rows


def _fled(run: xr.Dataset, countries: list[str]) -> Float[np.ndarray, "member year"]:
    """Return people who flee in each whole year of every future."""
    people = run["displaced"].sel(country=countries).transpose("member", "month", "country")
    monthly = people.to_numpy().sum(axis=2, dtype=float)
    years = monthly.shape[1] // MONTHS_PER_YEAR
    whole = monthly[:, : MONTHS_PER_YEAR * years]
    return whole.reshape(len(whole), years, MONTHS_PER_YEAR).sum(axis=2)
