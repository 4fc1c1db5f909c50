"""Harm to civilians: who is killed on purpose and by whom, and who has to flee."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from liptako.outcomes.cut import within
from liptako.outcomes.deaths import QUANTILES, before, near, periods, quantiles
from liptako.outcomes.violence import displaced as displaced_people
from liptako.outcomes.violence import killed, perpetrators
from liptako.runs.dataset import observed_countries, theatre_of

ALL = "ALL"
"""All members of the theatre together, where countries are listed; all perpetrators likewise."""


def civilians_perpetrator(run: xr.Dataset) -> pd.DataFrame:
    """Return civilians killed on purpose by perpetrator and country.

    Country `ALL` is the members' sum and perpetrator `ALL` that of all perpetrators, both added up
    future by future before any quantile is taken.
    """
    theatre, observed = theatre_of(run), observed_countries(run)
    members = [iso for iso in theatre.by_role("member") if iso in observed]
    ahead = within(run, periods(run)[near(run).ahead])
    who = perpetrators(theatre)
    rows = []
    for country in [ALL, *observed]:
        counted = members if country == ALL else [country]
        seen = {actor: before(run, counted, [stream]) for actor, stream in who.items()}
        draws = {actor: killed(ahead, counted, [stream]) for actor, stream in who.items()}
        seen[ALL] = before(run, counted, list(who.values()))
        draws[ALL] = killed(ahead, counted, list(who.values()))
        total = max(float(draws[ALL].mean()), 1e-9)
        for actor in [*who, ALL]:
            row = {"country": country, "perpetrator": actor}
            share = seen[actor] / max(seen[ALL], 1.0)
            observed_row = {"period": near(run).before, "observed": seen[actor]}
            rows.append(row | observed_row | {"share_mean": share})
            found = quantiles(draws[actor])
            expected = {"period": near(run).ahead, "share_mean": float(found["mean"] / total)}
            rows.append(row | expected | found)
    columns = ["country", "perpetrator", "period", "observed", "mean", *QUANTILES, "share_mean"]
    return pd.DataFrame(rows)[columns]


def displaced(run: xr.Dataset) -> pd.DataFrame:
    """Return people newly displaced by country of origin and period."""
    cuts = {period: within(run, months) for period, months in periods(run).items()}
    rows = [
        {"country": country, "period": period} | quantiles(displaced_people(cut, [country]))
        for period, cut in cuts.items()
        for country in observed_countries(run)
    ]
    return pd.DataFrame(rows)[["country", "period", "mean", *QUANTILES]]
