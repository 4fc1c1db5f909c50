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
from liptako.words import places as words

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
    """Return deaths in the next 12 months and influence after them, by first-level region.

    Every region of the theatre has a row. Where nothing is simulated the numbers are missing and
    `why_missing` says why: no cell lies mostly in the region, so what happens there is counted
    in the region `counted_in`; it has no event data; or it lies outside the cells.
    """
    first = run[["region_deaths", "influence"]].isel(year=0)
    deaths = first["region_deaths"].transpose("member", "region").to_numpy().astype(float)
    influence = first["influence"].transpose("member", "region").to_numpy().astype(float)
    found = quantiles(deaths)
    simulated = pd.DataFrame(
        {
            "region": run["region"].to_numpy(),
            "observed": run["region_observed_share"].to_numpy(),
            "p_any": (deaths >= 1).mean(axis=0),
            "p_25": (deaths >= LARGE).mean(axis=0),
            **{name: found[name] for name in ("mean", "q05", "q50", "q95")},
            "influence_q50": np.quantile(influence, 0.5, axis=0),
        }
    )
    frame = _every_region(run).merge(simulated, on="region", how="left")
    with_cells = frame["region"].isin(run["cell_region"].to_numpy())
    frame["observed"] = frame["observed"].fillna(0.0).where(with_cells)
    frame["why_missing"] = _why_missing(frame, with_cells)
    order = ["p_25", "country", "region"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _every_region(run: xr.Dataset) -> pd.DataFrame:
    columns = {"country": "country", "region": "", "region_name": "name"}
    columns |= {"code_system": "code_system", "counted_in": "counted_in"}
    return pd.DataFrame(
        {name: run[f"adm1_{of}" if of else "adm1"].to_numpy() for name, of in columns.items()}
    )


def _why_missing(frame: pd.DataFrame, with_cells: pd.Series) -> list[str]:
    """Return in words why a region has no numbers, "" where it has them."""
    names = dict(zip(frame["region"], frame["region_name"], strict=True))
    found = []
    for around, number, own in zip(frame["counted_in"], frame["mean"], with_cells, strict=True):
        if around:
            region = f"{names.get(around, around)} ({around})"
            found.append(words.say("in_another", region=region))
        elif own:
            found.append(words.say["no_event_data"] if pd.isna(number) else "")
        else:
            found.append(words.say["outside_cells"])
    return found


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
