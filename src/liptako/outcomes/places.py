"""Where: chances by cell and region, what insurgents influence, spread to the coast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from liptako.model.outputs import LARGE, WINDOWS, windows_of, year_ends
from liptako.outcomes.cut import within
from liptako.outcomes.deaths import QUANTILES, before, near, periods, quantiles
from liptako.outcomes.ranges import mcse_of_share
from liptako.outcomes.violence import killed
from liptako.runs.dataset import observed_countries, partly_observed, theatre_of
from liptako.theatre.dated import besieged_at
from liptako.theatre.roles import members_of
from liptako.words import places as words

MAP_LEADS = (3, 12, 36)
AT_LEAST = (1, int(LARGE), 100)
"""Deaths whose chances are given by region."""

KNOWN_OF_REGIONS = (
    "country", "region", "region_name", "code_system", "counted_in", "observed", "people",
    "last_3_months", "last_12_months",
)  # fmt: skip
RECORDED_BESIDE = ("cells_last_12_months", "state_based_last_12_months", "events_last_6_months")
"""Recorded violence as futures count it, as forecasts of state-based deaths do, and of events."""

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
    """Return what is known of every first-level region of the theatre, and its chances.

    A region in which no cell mostly lies, such as a capital's district, has people and recorded
    deaths of its own; it is simulated as part of the region `counted_in`, whose chances stand in
    its row: the most that its own can be. It has no numbers of its own ahead, since sums would
    count them twice. Where nothing is simulated chances are missing, and `why_missing` says why.

    Returns:
        One row a region, the likeliest to see 25 killed first: `country, region, region_name,
        code_system, counted_in, observed` (share of its cells), `people`, `last_3_months` and
        `last_12_months` (recorded killed, as events name the region), the chances `p_1_in_3` to
        `p_100_in_12` of `chance_column`, `mean, q05, q50, q95` (killed in the next 12 months, or
        in a shorter run), `influence_q50` (at their end), then recorded deaths as futures count
        them, by the region of the cell (`cells_last_12_months`), state-based deaths
        (`state_based_last_12_months`) and events with deaths (`events_last_6_months`), and
        `why_missing`. Chances over more months than the run has are not a number.
    """
    first = run[["region_deaths", "influence"]].isel(year=0)
    deaths = first["region_deaths"].transpose("member", "region").to_numpy().astype(float)
    influence = first["influence"].transpose("member", "region").to_numpy().astype(float)
    found = quantiles(deaths)
    ahead = {name: found[name] for name in ("mean", "q05", "q50", "q95")}
    ahead |= {"influence_q50": np.quantile(influence, 0.5, axis=0)}
    chances = region_chances(run)
    simulated = pd.DataFrame(
        {
            "region": run["region"].to_numpy(),
            "observed": run["region_observed_share"].to_numpy(),
            **ahead,
            **chances,
        }
    )
    simulated = simulated[simulated["observed"] > 0]
    frame = every_region(run).merge(simulated, on="region", how="left")
    with_cells = frame["region"].isin(run["cell_region"].to_numpy())
    frame["observed"] = frame["observed"].fillna(0.0).where(with_cells)
    frame["why_missing"] = _why_missing(frame, with_cells)
    around = frame["counted_in"].where(frame["counted_in"] != "", frame["region"])
    of_region = frame.set_index("region")
    for column in chances:
        frame[column] = around.map(of_region[column])
    order = [chance_column(n, longest(run)) for n in AT_LEAST[1:]] if longest(run) else []
    frame["rank"], frame["around"] = around.map(of_region["mean"]), around
    frame["inside"] = frame["counted_in"] != ""
    by = [*order, "rank", "country", "around", "inside", "region"]
    falling = [False] * (len(order) + 1) + [True] * 4
    frame = frame.sort_values(by, ascending=falling, ignore_index=True)
    return frame[[*KNOWN_OF_REGIONS, *chances, *ahead, *RECORDED_BESIDE, "why_missing"]]


def chance_column(at_least: int, months: int) -> str:
    """Return the name of the column with the chance of so many deaths in so many months.

    Example:
        >>> chance_column(25, 12)
        'p_25_in_12'
    """
    return f"p_{at_least}_in_{months}"


def longest(run: xr.Dataset) -> int:
    """Return the longest window of months over which deaths by region are kept; 0 for none."""
    return max(windows_of(run.sizes["month"]), default=0)


def region_chances(run: xr.Dataset) -> dict[str, np.ndarray]:
    """Return the chances of regions by column, windows in order; not a number beyond the run."""
    kept, found = set(run["window"].to_numpy().tolist()), {}
    for months in WINDOWS:
        unknown = np.full(run.sizes["region"], np.nan)
        deaths = killed_within(run, months) if months in kept else None
        for number in AT_LEAST:
            share = unknown if deaths is None else (deaths >= number).mean(axis=0)
            found[chance_column(number, months)] = share
    return found


def killed_within(run: xr.Dataset, months: int) -> Float[np.ndarray, "member region"]:
    """Return people killed in the first months by region, for a window that the run has."""
    return run["region_deaths_within"].sel(window=months).transpose("member", "region").to_numpy()


def every_region(run: xr.Dataset) -> pd.DataFrame:
    """Return what a run knows of each first-level region before its start."""
    columns = {"country": "country", "region": "", "region_name": "name"}
    columns |= {"code_system": "code_system", "counted_in": "counted_in", "people": "people"}
    known = {name: run[f"adm1_{of}" if of else "adm1"].to_numpy() for name, of in columns.items()}
    recorded = {
        "last_3_months": ("deaths", 3),
        "last_12_months": ("deaths", 12),
        "cells_last_12_months": ("deaths_in_cells", 12),
        "state_based_last_12_months": ("deaths_state_based", 12),
        "events_last_6_months": ("events", 6),
    }
    before = {
        name: run[f"adm1_{what}"].sel(past_window=months).to_numpy().astype(float)
        for name, (what, months) in recorded.items()
    }
    return pd.DataFrame(known | before)


def _why_missing(frame: pd.DataFrame, with_cells: pd.Series) -> list[str]:
    """Return in words why a region has no numbers of its own, "" where it has them."""
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
    """Return the share of people outside the capital's region whom the state reaches.

    Neither under insurgents' influence nor cut off by a siege. The nearest that data come to a
    regime's standing outside its capital, which nobody has measured; an indicator, not legitimacy.
    Year 0 is the start; others end with their last month.
    """
    observed = observed_countries(run)
    frames = []
    for iso in [iso for iso in observed if iso in members_of(theatre_of(run))]:
        ends = np.array([0, *year_ends(run.sizes["month"])])
        share = run["reached"].sel(country=iso).isel(month=ends).transpose("member", "month")
        found = quantiles(share.to_numpy().astype(float))
        mean = found.pop("mean")
        columns = {"country": iso, "year": np.arange(len(ends)), **found, "mean": mean}
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=["country", "year", *QUANTILES, "mean"])
    return pd.concat(frames, ignore_index=True)


def besieged(run: xr.Dataset) -> pd.DataFrame:
    """Return besieged regions and the people in them, by country with a simulated regime and year.

    Year 0 is the start, with `observed`; others are the mean over the months of a year.
    """
    theatre, columns = theatre_of(run), ["country", "year", "measure", "observed"]
    columns += ["mean", *QUANTILES]
    home = run["region_country"].to_numpy()
    people = run["region_people"].to_numpy().astype(float)
    start = besieged_at(theatre, run["region"].to_numpy().tolist(), int(run["month"][0]) - 1)
    ends = year_ends(run.sizes["month"])
    length = np.diff(ends, prepend=-1)
    rows = []
    for iso in [iso for iso in observed_countries(run) if iso in members_of(theatre)]:
        own = home == iso
        months = run["besieged"].isel(region=own).transpose("member", "year", "region").to_numpy()
        weights = {"regions": np.ones(own.sum()), "people": people[own] / people[own].sum()}
        for measure, weight in weights.items():
            row = {"country": iso, "measure": measure}
            rows.append(row | {"year": 0, "observed": float(start[own] @ weight)})
            each = months.astype(float) @ weight / length
            rows += [
                row | {"year": year} | quantiles(values) for year, values in enumerate(each.T, 1)
            ]
    return pd.DataFrame(rows, columns=columns)


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
