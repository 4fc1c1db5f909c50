"""Tidy tables of a run: what screens, reports, exports and scholars read of deaths.

Intervals are quantiles over members (90%: q05 to q95). Sums over months or countries are taken
member by member before any quantile: quantiles do not add.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from liptako import calendar
from liptako.errors import InputError
from liptako.model.outputs import LARGE, YEAR
from liptako.outcomes.measures import killed, within
from liptako.runs.dataset import observed_countries

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
THIN_MEMBERS = 5


def table(
    run: xr.Dataset, variable: str = "deaths", by: Sequence[str] = ("country", "month")
) -> pd.DataFrame:
    """Return a variable summed over what is not in `by`, as quantiles and mean over members.

    Args:
        run: from `simulate` or `load_run`.
        variable: a variable with the dimension `member`.
        by: dimensions to keep, in order.

    Returns:
        Columns `by`, then `q05` to `q95` and `mean`; months as `YYYY-MM`. What has no data is not
        a number; sums over countries hold those with data.

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
    known = data if data.dtype.kind != "f" else data.astype(float)
    total = known.sum(over, min_count=1 if data.dtype.kind == "f" else None)
    frame = summarised(total.transpose("member", *by), list(by))
    if "month" in frame:
        frame["month"] = [calendar.format_month(int(m)) for m in frame["month"]]
    return frame


def summarised(total: xr.DataArray, by: list[str]) -> pd.DataFrame:
    """Return quantiles and mean over members of `[member, *by]`."""
    flat = total.to_numpy().reshape(total.sizes["member"], -1)
    index = pd.MultiIndex.from_product([total[dim].to_numpy() for dim in by], names=by)
    return pd.DataFrame(quantiles(flat), index=index).reset_index()


def quantiles(draws: np.ndarray) -> dict[str, np.ndarray]:
    """Return quantiles and mean over the first axis, by name."""
    draws = np.asarray(draws, float)
    found = np.quantile(draws, list(QUANTILES.values()), axis=0)
    return {**dict(zip(QUANTILES, found, strict=True)), "mean": draws.mean(axis=0)}


def recorded(run: xr.Dataset) -> pd.DataFrame:
    """Return recorded deaths by country and month before the start."""
    countries = observed_countries(run)
    deaths = run["recorded_deaths"].sel(country=countries).astype(float).sum("stream")
    frame = deaths.transpose("country", "past_month").rename(past_month="month")
    frame = frame.to_dataframe("deaths").reset_index()
    return frame[["country", "month", "deaths"]].astype({"deaths": int})


def before(
    run: xr.Dataset, countries: Sequence[str], streams: Sequence[str] | None = None
) -> float:
    """Return recorded deaths of as many months before the start as `near` has.

    In some streams only where they are named.
    """
    past = run["recorded_deaths"].isel(past_month=slice(-near(run).months, None))
    months = past.sel(country=list(countries))
    inside = months if streams is None else months.sel(stream=list(streams))
    return float(inside.to_numpy().sum(dtype=float))


def monthly(run: xr.Dataset, country: str) -> Float[np.ndarray, "member month"]:
    """Return people killed in a country, month by month."""
    deaths = run["deaths"].sel(country=country).transpose("member", "month", "stream")
    return deaths.to_numpy().sum(axis=2, dtype=float)


def deaths_country_month(run: xr.Dataset) -> pd.DataFrame:
    """Return deaths by country and month, with the chance of at least 1 and 25."""
    months, leads = run["month"].to_numpy(), run["lead_time"].to_numpy()
    frames = []
    for country in observed_countries(run):
        draws = monthly(run, country)
        frame = pd.DataFrame({"country": country, "month": months, **quantiles(draws)})
        frame["lead"] = leads
        frame["valid_time"] = run["valid_time"].to_numpy()
        frame["p_any"] = (draws >= 1).mean(axis=0)
        frame["p_25"] = (draws >= LARGE).mean(axis=0)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


class Near(NamedTuple):
    """The next year and what it is compared with; fewer months in a run that is shorter.

    Args:
        months: how many.
        before: name of the recorded period.
        ahead: name of the simulated one.
    """

    months: int
    before: str
    ahead: str


def near(run: xr.Dataset) -> Near:
    """Return the next year of a run, and as many months before it."""
    months = min(YEAR, run.sizes["month"])
    return Near(months, f"last_{months}_months", f"next_{months}_months")


def periods(run: xr.Dataset) -> dict[str, slice]:
    """Return the periods that totals are given for, as slices of the months simulated."""
    months = run.sizes["month"]
    spans = {near(run).ahead: slice(0, near(run).months)}
    if months >= 2 * YEAR:
        spans["months_13_24"] = slice(YEAR, 2 * YEAR)
    spans["horizon"] = slice(0, months)
    return spans


def deaths_country_period(run: xr.Dataset) -> pd.DataFrame:
    """Return deaths by country over recorded months before the start and over periods ahead."""
    rows = []
    for country in observed_countries(run):
        rows.append(
            {
                "country": country,
                "period": near(run).before,
                "observed": before(run, [country]),
            }
        )
        for period, months in periods(run).items():
            draws = killed(within(run, months), [country])
            rows.append({"country": country, "period": period, **quantiles(draws)})
    return pd.DataFrame(rows)[["country", "period", "observed", "mean", *QUANTILES]]


def deaths_members(run: xr.Dataset) -> pd.DataFrame:
    """Return a few single members: what one future looks like."""
    few = run.isel(member=slice(0, THIN_MEMBERS))
    members, months = few["member"].to_numpy(), few["month"].to_numpy()
    frames = []
    for country in observed_countries(run):
        member, month = np.indices((len(members), len(months))).reshape(2, -1)
        deaths = monthly(few, country).ravel()
        columns = {"member": members[member], "country": country, "month": months[month]}
        frames.append(pd.DataFrame({**columns, "deaths": deaths}))
    frame = pd.concat(frames).astype({"deaths": int})
    return frame.sort_values("member", kind="stable", ignore_index=True)


def deaths_stream(run: xr.Dataset) -> pd.DataFrame:
    """Return deaths by country, stream and period, with the months before."""
    streams, rows = run["stream"].to_numpy().tolist(), []
    for stream in streams:
        for country in observed_countries(run):
            row = {"stream": stream, "country": country, "period": near(run).before}
            rows.append(row | {"observed": before(run, [country], [stream])})
    for period, months in periods(run).items():
        for country in observed_countries(run):
            for stream in streams:
                draws = killed(within(run, months), [country], [stream])
                row = {"country": country, "stream": stream, "period": period}
                rows.append(row | quantiles(draws))
    frame = pd.DataFrame(rows)
    return frame[["country", "stream", "period", "observed", "mean", *QUANTILES]]
