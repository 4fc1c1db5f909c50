"""Harm to civilians: who is killed on purpose and by whom, and who has to flee."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from liptako.outcomes.deaths import QUANTILES, before, near, periods, quantiles
from liptako.outcomes.measures import displaced as displaced_people
from liptako.outcomes.measures import killed, perpetrators, within
from liptako.runs.dataset import observed_countries, theatre_of

ALL = "ALL"
"""All members of the theatre together, where countries are listed."""


def civilians_perpetrator(run: xr.Dataset) -> pd.DataFrame:
    """Return civilians killed on purpose by perpetrator; country `ALL` is the members' sum."""
    theatre, observed = theatre_of(run), observed_countries(run)
    members = [iso for iso in theatre.by_role("member") if iso in observed]
    ahead = within(run, periods(run)[near(run).ahead])
    who = perpetrators(theatre)
    rows = []
    for country in [ALL, *observed]:
        counted = members if country == ALL else [country]
        seen = {actor: before(run, counted, [stream]) for actor, stream in who.items()}
        draws = {actor: killed(ahead, counted, [stream]) for actor, stream in who.items()}
        total = max(sum(draws.values()).mean(), 1e-9)  # pyright: ignore[reportAttributeAccessIssue]
        for actor in who:
            row = {"country": country, "perpetrator": actor}
            share = seen[actor] / max(sum(seen.values()), 1.0)
            observed_row = {"period": near(run).before, "observed": seen[actor]}
            rows.append(row | observed_row | {"share_mean": share})
            found = quantiles(draws[actor])
            expected = {"period": near(run).ahead, "share_mean": float(found["mean"] / total)}
            rows.append(row | expected | found)
    columns = ["country", "perpetrator", "period", "observed", "mean", *QUANTILES, "share_mean"]
    return pd.DataFrame(rows)[columns]


def displaced(run: xr.Dataset) -> pd.DataFrame:
    """Return people newly displaced by country of origin and period."""
    rows = [
        {"country": country, "period": period}
        | quantiles(displaced_people(within(run, months), [country]))
        for period, months in periods(run).items()
        for country in observed_countries(run)
    ]
    return pd.DataFrame(rows)[["country", "period", "mean", *QUANTILES]]
