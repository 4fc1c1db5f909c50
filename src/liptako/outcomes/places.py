"""Where: chances by cell and region, what insurgents influence, spread to the coast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from liptako.model.outputs import LARGE
from liptako.model.structure import members_of
from liptako.outcomes.deaths import QUANTILES, before, near, periods, quantiles
from liptako.outcomes.measures import killed, within
from liptako.outcomes.ranges import mcse_of_share
from liptako.runs.dataset import observed_countries, partly_observed, theatre_of

MAP_LEADS = (3, 12, 36)
COAST_THRESHOLD = 100


def cells(run: xr.Dataset) -> pd.DataFrame:
    """Return the chance of at least 1 and 25 deaths by cell, at a few months ahead.

    Cells without event data are listed with no chance: unknown, not safe.
    """
    known = pd.DataFrame(
        {
            "gid": run["cell"].to_numpy(),
            **{
                name: run[f"cell_{name}"].to_numpy()
                for name in ("lat", "lon", "country", "region", "region_name")
            },
        }
    )
    months = run.sizes["month"]
    rows = []
    for lead in [lead for lead in MAP_LEADS if lead <= months] or [months]:
        at = run[["cell_any", "cell_large"]].isel(month=lead - 1)
        rows.append(
            known.assign(
                observed=run["cell_observed"].to_numpy(),
                lead=lead,
                window=f"month {lead}",
                p_any=at["cell_any"].to_numpy().astype(float),
                p_25=at["cell_large"].to_numpy().astype(float),
            )
        )
    return pd.concat(rows, ignore_index=True)


def regions(run: xr.Dataset) -> pd.DataFrame:
    """Return deaths in the next 12 months and influence after them, by first-level region."""
    first = run[["region_deaths", "influence"]].isel(year=0)
    deaths = first["region_deaths"].transpose("member", "region").to_numpy().astype(float)
    influence = first["influence"].transpose("member", "region").to_numpy().astype(float)
    found = quantiles(deaths)
    frame = pd.DataFrame(
        {
            "country": run["region_country"].to_numpy(),
            "region": run["region"].to_numpy(),
            "region_name": run["region_name"].to_numpy(),
            "observed": run["region_observed_share"].to_numpy(),
            "p_any": (deaths >= 1).mean(axis=0),
            "p_25": (deaths >= LARGE).mean(axis=0),
            **{name: found[name] for name in ("mean", "q05", "q50", "q95")},
            "influence_q50": np.quantile(influence, 0.5, axis=0),
        }
    )
    return frame.sort_values("p_25", ascending=False, ignore_index=True)


def reach(run: xr.Dataset) -> pd.DataFrame:
    """Return the share of people outside the capital's region whom insurgents do not influence.

    The nearest that data come to a regime's standing outside its capital, which nobody has
    measured; an indicator, not legitimacy.
    """
    country, capital = run["region_country"].to_numpy(), run["region_capital"].to_numpy()
    people = run["region_people_share"].to_numpy()
    observed = observed_countries(run)
    frames = []
    for iso in [iso for iso in observed if iso in members_of(theatre_of(run))]:
        outside = (country == iso) & ~capital
        influence = run["influence"].isel(region=outside).transpose("member", "year", "region")
        share = 1.0 - influence.to_numpy() @ people[outside] / people[outside].sum()
        found = quantiles(share)
        mean = found.pop("mean")
        columns = {"country": iso, "year": run["year"].to_numpy(), **found, "mean": mean}
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=["country", "year", *QUANTILES, "mean"])
    return pd.concat(frames, ignore_index=True)


def coast(run: xr.Dataset) -> pd.DataFrame:
    """Return the chance that violence in the littoral states reaches a threshold in 12 months.

    Where none of them has event data, chance and recorded deaths are not a number.
    """
    theatre, observed = theatre_of(run), observed_countries(run)
    counted = [iso for iso in theatre.by_role("littoral") if iso in observed]
    outside = [iso for iso in theatre.countries if iso not in observed] + partly_observed(run)
    total = killed(within(run, periods(run)[near(run).ahead]), counted)
    p = float((total >= COAST_THRESHOLD).mean()) if counted else np.nan
    row = {
        "group": "Littoral states",
        "counted": counted,
        "not_counted": outside,
        "threshold": COAST_THRESHOLD,
        "probability": p,
        "mcse": mcse_of_share(p, len(total)),
        "months": near(run).months,
        near(run).before: before(run, counted) if counted else np.nan,
    }
    return pd.DataFrame([row])
