"""Tidy tables of a run: what screens, reports, exports and scholars read.

Intervals are quantiles over members (90%: q05 to q95). Sums over months or countries are taken
member by member before any quantile: quantiles do not add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import pandas as pd
import xarray as xr

from liptako import calendar
from liptako.data import arrays
from liptako.errors import InputError
from liptako.model.simulate import LARGE
from liptako.model.structure import members_of
from liptako.outcomes.acts import choice_tables
from liptako.outcomes.base_rates import base_rates
from liptako.outcomes.disputes import dispute_tables
from liptako.outcomes.endings import ending_tables, has_endings
from liptako.runs.run import Run
from liptako.theatre.schema import Theatre

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
MAP_LEADS = (3, 12, 36)
COAST_THRESHOLD = 100
HISTORY_MONTHS = 60
THIN_MEMBERS = 5


def table(
    run: xr.Dataset, variable: str = "deaths", by: Sequence[str] = ("country", "month")
) -> pd.DataFrame:
    """Return a variable summed over what is not in `by`, as quantiles and mean over members.

    Args:
        run: from `simulate`.
        variable: a variable with the dimension `member`.
        by: dimensions to keep, in order.

    Returns:
        Columns `by`, then `q05` to `q95` and `mean`; months as `YYYY-MM`.

    Raises:
        InputError: an unknown variable or dimension.

    Example:
        >>> table(run, "deaths", by=["country", "month"])          # doctest: +SKIP
    """
    allowed = [str(name) for name in run.data_vars if "member" in run[name].dims]
    if variable not in allowed:
        raise InputError(
            "no such variable", field="variable", value=variable, allowed=", ".join(allowed)
        )
    data = run[variable]
    over = [dim for dim in data.dims if dim != "member" and dim not in by]
    for dim in by:
        if dim not in data.dims or dim == "member":
            dims = ", ".join(str(dim) for dim in data.dims if dim != "member")
            raise InputError("no such dimension", field="by", value=dim, allowed=dims)
    total = data.sum(over).transpose("member", *by)
    frame = _summarise(total, list(by))
    if "month" in frame:
        frame["month"] = [calendar.format_month(int(m)) for m in frame["month"]]
    return frame


def _summarise(total: xr.DataArray, by: list[str]) -> pd.DataFrame:
    """Return quantiles and mean over members of `[member, *by]`."""
    flat = total.to_numpy().reshape(total.sizes["member"], -1)
    index = pd.MultiIndex.from_product([total[dim].to_numpy() for dim in by], names=by)
    columns = dict(zip(QUANTILES, np.quantile(flat, list(QUANTILES.values()), axis=0), strict=True))
    columns["mean"] = flat.mean(axis=0)
    return pd.DataFrame(columns, index=index).reset_index()


def seen_countries(run: Run) -> list[str]:
    """Return the countries with event data at the start, members first."""
    seen = {country for country, _ in run.prepared.series}
    return [iso for iso in run.prepared.loaded.theatre.countries if iso in seen]


def standard_tables(run: Run) -> dict[str, pd.DataFrame]:
    """Return every table that a run writes and a report shows, by name."""
    disputes = dispute_tables(run)
    upper = disputes.get("upper_rungs")
    return {
        "observed": observed(run),
        "deaths_country_month": deaths_country_month(run),
        "deaths_country_period": deaths_country_period(run),
        "deaths_members": deaths_members(run),
        "deaths_stream": deaths_stream(run),
        "civilians_perpetrator": civilians_perpetrator(run),
        "displaced": displaced(run),
        "cells": cells(run),
        "regions": regions(run),
        "coast": coast(run),
        "reach": reach(run),
        **ending_tables(run),
        **disputes,
        **choice_tables(run),
        **({"base_rates": base_rates(run, upper)} if has_endings(run.dataset) else {}),
    }


def observed(run: Run) -> pd.DataFrame:
    """Return observed deaths by country and month before the start."""
    init = run.prepared.loaded.scenario.init_month
    events = run.prepared.snapshot.events
    countries = seen_countries(run)
    months = np.arange(init - HISTORY_MONTHS + 1, init + 1)
    deaths = events.pivot_table(
        index="month", columns="country", values="deaths", aggfunc="sum", fill_value=0
    ).reindex(index=months, columns=countries, fill_value=0)
    deaths.columns.name = "country"
    return cast(pd.Series, deaths.T.stack()).rename("deaths").reset_index()


def _deaths(run: Run) -> xr.DataArray:
    return run.dataset["deaths"].sel(country=seen_countries(run))


def deaths_country_month(run: Run) -> pd.DataFrame:
    """Return deaths by country and month, with the chance of at least 1 and 25."""
    total = _deaths(run).sum("stream").transpose("member", "country", "month")
    frame = _summarise(total, ["country", "month"])
    draws = total.to_numpy().reshape(total.sizes["member"], -1)
    frame["lead"] = frame["month"] - run.prepared.loaded.scenario.init_month
    frame["valid_time"] = [calendar.format_month(int(m)) for m in frame["month"]]
    frame["p_any"] = (draws >= 1).mean(axis=0)
    frame["p_25"] = (draws >= LARGE).mean(axis=0)
    return frame


def periods(run: Run) -> dict[str, slice]:
    """Return the periods that totals are given for, as slices of the months simulated."""
    months = run.dataset.sizes["month"]
    spans = {"next_12_months": slice(0, min(12, months))}
    if months >= 24:
        spans["months_13_24"] = slice(12, 24)
    spans["horizon"] = slice(0, months)
    return spans


def deaths_country_period(run: Run) -> pd.DataFrame:
    """Return deaths by country over the last 12 months seen and over periods ahead."""
    past = observed(run)
    init = run.prepared.loaded.scenario.init_month
    last = past[past["month"] > init - 12].groupby("country")["deaths"].sum()
    total = _deaths(run).sum("stream")
    rows = [
        pd.DataFrame({"country": last.index, "period": "last_12_months", "observed": last.values})
    ]
    for period, months in periods(run).items():
        draws = total.isel(month=months).sum("month").transpose("member", "country")
        rows.append(_summarise(draws, ["country"]).assign(period=period, observed=np.nan))
    frame = pd.concat(rows, ignore_index=True)
    order = {iso: i for i, iso in enumerate(seen_countries(run))}
    frame = frame.sort_values("country", key=lambda c: c.map(order), kind="stable")
    return frame[["country", "period", "observed", "mean", *QUANTILES]].reset_index(drop=True)


def deaths_members(run: Run) -> pd.DataFrame:
    """Return a few single members: what one future looks like."""
    total = _deaths(run).sum("stream").isel(member=slice(0, THIN_MEMBERS))
    total = total.transpose("member", "country", "month")
    return total.reset_coords(drop=True).to_dataframe("deaths").reset_index()


def deaths_stream(run: Run) -> pd.DataFrame:
    """Return deaths by country, stream and period, with the last 12 months seen."""
    seen = cast(pd.Series, _seen_by_stream(run).stack()).rename("observed")
    rows = [seen.reset_index().assign(period="last_12_months")]
    total = _deaths(run)
    for period, months in periods(run).items():
        draws = total.isel(month=months).sum("month").transpose("member", "country", "stream")
        rows.append(_summarise(draws, ["country", "stream"]).assign(period=period))
    frame = pd.concat(rows, ignore_index=True)
    return frame[["country", "stream", "period", "observed", "mean", *QUANTILES]]


def _seen_by_stream(run: Run) -> pd.DataFrame:
    """Return deaths in the last 12 months seen, streams down and countries across."""
    streams, countries = tuple(_theatre(run).streams), tuple(seen_countries(run))
    init, events = run.prepared.loaded.scenario.init_month, run.prepared.snapshot.events
    past = arrays.by_country(events, streams, countries, init - 11, init).sum(0)
    index, columns = pd.Index(streams, name="stream"), pd.Index(countries, name="country")
    return pd.DataFrame(past, index=index, columns=columns)


def perpetrators(theatre: Theatre) -> dict[str, str]:
    """Return the stream of each class of actor that kills civilians on purpose."""
    return {theatre.streams[s].sides[0]: s for s in theatre.streams_of("one_sided")}


def civilians_perpetrator(run: Run) -> pd.DataFrame:
    """Return civilians killed on purpose by perpetrator; country `ALL` is the members' sum."""
    theatre = run.prepared.loaded.theatre
    streams = list(perpetrators(theatre).values())
    members = [iso for iso in theatre.by_role("member") if iso in seen_countries(run)]
    past = _seen_by_stream(run).loc[streams].T
    past.loc["ALL"] = past.loc[members].sum()
    draws = run.dataset["deaths"].sel(stream=streams).isel(month=periods(run)["next_12_months"])
    draws = draws.sum("month")
    every = draws.sel(country=members).sum("country")
    rows = []
    for country in ["ALL", *seen_countries(run)]:
        mine = every if country == "ALL" else draws.sel(country=country)
        values = mine.transpose("member", "stream").to_numpy()
        row = past.T[country]
        for column, (who, stream) in enumerate(perpetrators(theatre).items()):
            base = {"country": country, "perpetrator": who}
            seen = float(row[stream])
            rows.append(
                base
                | {
                    "period": "last_12_months",
                    "observed": seen,
                    "share_mean": seen / max(float(row[streams].sum()), 1.0),
                }
            )
            one = values[:, column]
            share = one.mean() / max(values.sum(axis=1).mean(), 1e-9)
            rows.append(
                base
                | {"period": "next_12_months", "share_mean": share, "mean": one.mean()}
                | {name: np.quantile(one, level) for name, level in QUANTILES.items()}
            )
    return pd.DataFrame(rows)[
        ["country", "perpetrator", "period", "observed", "mean", *QUANTILES, "share_mean"]
    ]


def displaced(run: Run) -> pd.DataFrame:
    """Return people newly displaced by country of origin and period."""
    rows = []
    data = run.dataset["displaced"].sel(country=seen_countries(run))
    for period, months in periods(run).items():
        draws = data.isel(month=months).sum("month").transpose("member", "country")
        rows.append(_summarise(draws, ["country"]).assign(period=period))
    frame = pd.concat(rows, ignore_index=True)
    return frame[["country", "period", "mean", *QUANTILES]]


def cells(run: Run) -> pd.DataFrame:
    """Return the chance of at least 1 and 25 deaths by cell, at a few months ahead.

    Cells without event data are listed with no chance: unknown, not safe.
    """
    columns = ["gid", "lat", "lon", "country", "region", "region_name"]
    known = run.prepared.snapshot.cells[columns]
    months = run.dataset.sizes["month"]
    rows = []
    for lead in [lead for lead in MAP_LEADS if lead <= months] or [months]:
        at = run.dataset.isel(month=lead - 1)
        chances = pd.DataFrame(
            {"p_any": at["cell_any"].to_numpy(), "p_25": at["cell_large"].to_numpy()},
            index=run.dataset["cell"].to_numpy(),
        ).reindex(known["gid"])
        rows.append(
            known.assign(
                observed=chances["p_any"].notna().to_numpy(),
                lead=lead,
                window=f"month {lead}",
                p_any=chances["p_any"].to_numpy(),
                p_25=chances["p_25"].to_numpy(),
            )
        )
    return pd.concat(rows, ignore_index=True)


def regions(run: Run) -> pd.DataFrame:
    """Return deaths in the next 12 months and influence after them, by first-level region."""
    structure, dataset = run.prepared.structure, run.dataset
    names = run.prepared.snapshot.cells.drop_duplicates("region").set_index("region")
    seen = structure.region_matrix.sum(0)
    cells_in = run.prepared.snapshot.cells.groupby("region").size()
    deaths = dataset["region_deaths"].isel(year=0).to_numpy()
    influence = dataset["influence"].isel(year=0).to_numpy()
    rows = []
    for i, region in enumerate(structure.regions):
        rows.append(
            {
                "country": structure.countries[structure.region_country[i]],
                "region": region,
                "region_name": names.loc[region, "region_name"],
                "observed": seen[i] / cells_in[region],
                "p_any": (deaths[:, i] >= 1).mean(),
                "p_25": (deaths[:, i] >= LARGE).mean(),
                "mean": deaths[:, i].mean(),
                "q05": np.quantile(deaths[:, i], 0.05),
                "q50": np.quantile(deaths[:, i], 0.5),
                "q95": np.quantile(deaths[:, i], 0.95),
                "influence_q50": np.quantile(influence[:, i], 0.5),
            }
        )
    return pd.DataFrame(rows).sort_values("p_25", ascending=False, ignore_index=True)


def reach(run: Run) -> pd.DataFrame:
    """Return the share of people outside the capital's region whom insurgents do not influence.

    The nearest that data come to a regime's standing outside its capital, which nobody has
    measured; an indicator, not legitimacy.
    """
    structure = run.prepared.structure
    cells = run.prepared.snapshot.cells.set_index("gid").loc[structure.gid.astype(int)]
    people = structure.population_share @ structure.region_matrix
    nearest = cells["dist_capital_km"].to_numpy()
    influence = run.dataset["influence"].transpose("member", "year", "region").to_numpy()
    frames = []
    for country in [iso for iso in seen_countries(run) if iso in members_of(_theatre(run))]:
        index = structure.countries.index(country)
        own = np.flatnonzero(structure.country == index)
        capital = structure.region[own[np.argmin(nearest[own])]]
        outside = (structure.region_country == index) & (np.arange(len(people)) != capital)
        share = 1.0 - influence[..., outside] @ people[outside] / people[outside].sum()
        values = np.quantile(share, list(QUANTILES.values()), axis=0)
        frame = pd.DataFrame(dict(zip(QUANTILES, values, strict=True)))
        frame.insert(0, "year", run.dataset["year"].to_numpy())
        frame.insert(0, "country", country)
        frames.append(frame.assign(mean=share.mean(axis=0)))
    return pd.concat(frames, ignore_index=True)


def _theatre(run: Run) -> Theatre:
    return run.prepared.loaded.theatre


def coast(run: Run) -> pd.DataFrame:
    """Return the chance that violence in the littoral states reaches a threshold in 12 months."""
    theatre = run.prepared.loaded.theatre
    littoral = theatre.by_role("littoral")
    counted = [iso for iso in littoral if iso in seen_countries(run)]
    outside = [
        iso for iso in theatre.countries if iso not in seen_countries(run)
    ] + partly_observed(run)
    draws = _deaths(run).isel(month=periods(run)["next_12_months"])
    total = draws.sel(country=counted).sum(["country", "stream", "month"]).to_numpy()
    p = float((total >= COAST_THRESHOLD).mean())
    past = observed(run)
    init = run.prepared.loaded.scenario.init_month
    seen = past[(past["month"] > init - 12) & past["country"].isin(counted)]["deaths"].sum()
    return pd.DataFrame(
        [
            {
                "group": "Littoral states",
                "counted": counted,
                "not_counted": outside,
                "threshold": COAST_THRESHOLD,
                "probability": p,
                "mcse": float(np.sqrt(p * (1 - p) / len(total))),
                "last_12_months": float(seen),
            }
        ]
    )


def partly_observed(run: Run) -> list[str]:
    """Return the countries of which only some cells have event data."""
    cells = run.prepared.snapshot.cells
    init = run.prepared.loaded.scenario.init_month
    seen = (cells["observed_first"] > 0) & (cells["observed_last"] >= init)
    share = seen.groupby(cells["country"]).mean()
    return [iso for iso in run.prepared.loaded.theatre.countries if 0 < share.get(iso, 0) < 1]
