"""Tidy tables of a run: what screens, reports, exports and scholars read of deaths.

Intervals are quantiles over members (90%: q05 to q95). Sums over months or countries are taken
member by member before any quantile: quantiles do not add.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import xarray as xr
from jaxtyping import Float

from liptako import calendar
from liptako.calendar import MONTHS_PER_YEAR
from liptako.errors import InputError
from liptako.model.codes import EXITS, RUNGS, STAGES, THREATS
from liptako.model.outputs import LARGE
from liptako.outcomes.counted import of_country
from liptako.outcomes.cut import within
from liptako.outcomes.violence import killed
from liptako.runs.dataset import observed_countries

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
THIN_MEMBERS = 5
HUNDRED = 100.0
"""Deaths of a period from which its chance is given beside that of `LARGE`."""

SUMMED_OVER: dict[str, tuple[str, ...]] = {
    "influence": (),
    "region_deaths_within": ("region",),
    "support": (),
    "due": (),
    "missed": ("country",),
}
"""Variables that are no amounts of a time and place, with the dimensions that they are summed over.
"""

CODED = {"exits": EXITS, "stage": STAGES, "rung": RUNGS, "threat": THREATS}
"""Variables that hold codes, with the labels of these."""


@runtime_checkable
class Tabled(Protocol):
    """What has a table of its own, such as policies compared."""

    @property
    def table(self) -> pd.DataFrame:
        """Its table."""
        ...


def table(
    run: xr.Dataset | Tabled,
    variable: str = "deaths",
    by: str | Sequence[str] = ("country", "month"),
) -> pd.DataFrame:
    """Return a variable over what is in `by`: amounts as quantiles and mean, codes as shares.

    Amounts are summed over what is not in `by`, future by future. What a code or a yes or no says
    is not summed: it gives the share of futures in which each label holds.

    Args:
        run: from `simulate` or `load_run`; or from `compare`, whose table is returned as it is.
        variable: a variable with the dimension `member`.
        by: dimension or dimensions to keep, in order; for codes all of them.

    Returns:
        Columns `by`, then `q05` to `q95` and `mean`, or `label` and `share`; months as `YYYY-MM`.
        What has no data is not a number; sums over countries hold those with data.

    Raises:
        InputError: an unknown variable or dimension.

    Example:
        >>> table(run, "deaths", by=["country", "month"])          # doctest: +SKIP
        >>> table(run, "stage", by="month")                        # doctest: +SKIP
    """
    if not isinstance(run, xr.Dataset):
        return run.table
    allowed = [str(name) for name in run.data_vars if "member" in run[name].dims]
    if variable not in allowed:
        problem = "no such variable" + _meant(variable, allowed)
        raise InputError(problem, field="variable", value=variable, allowed=", ".join(allowed))
    data = run[variable]
    kept = _dimensions(by, [str(dim) for dim in data.dims if dim != "member"])
    over = [dim for dim in data.dims if dim not in ("member", *kept)]
    labels = _labels(run, variable)
    _check_sums(variable, over, data, coded=labels is not None)
    if labels is None:
        known = data if data.dtype.kind != "f" else data.astype(float)
        total = known.sum(over, min_count=1 if data.dtype.kind == "f" else None)
        frame = summarised(total.transpose("member", *kept), kept)
    else:
        frame = _shares(data.transpose("member", *kept), kept, labels)
    if "month" in frame:
        frame["month"] = [calendar.format_month(int(m)) for m in frame["month"]]
    return frame


def _check_sums(
    variable: str, over: Sequence[Hashable], data: xr.DataArray, *, coded: bool
) -> None:
    """Refuse sums that mean nothing: of codes, of shares, of what is counted up to a month."""
    summed = () if coded else SUMMED_OVER.get(variable, over)
    wrong = [str(dim) for dim in over if dim not in summed]
    if wrong:
        what = "codes" if coded else "what has no sum"
        every = ", ".join(str(dim) for dim in data.dims if dim != "member" and dim not in summed)
        raise InputError(
            f"{variable} holds {what} over {', '.join(wrong)}",
            field="by",
            allowed=f"all of {every}",
        )


def _dimensions(by: Any, dims: list[str]) -> list[str]:
    """Return which dimensions to keep."""
    kept = [by] if isinstance(by, str) else by
    if not isinstance(kept, Sequence) or isinstance(kept, bytes):
        raise InputError("not a list of dimensions", field="by", value=by, allowed=", ".join(dims))
    if not kept and dims:
        raise InputError("empty", field="by", value=[], allowed=f"one or more of {', '.join(dims)}")
    for place, dim in enumerate(kept):
        if dim not in dims:
            problem = "no such dimension" + _meant(str(dim), dims)
            raise InputError(problem, field="by", value=dim, allowed=", ".join(dims))
        if dim in kept[:place]:
            raise InputError("named twice", field="by", value=dim, allowed=", ".join(dims))
    return list(kept)


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(str(name), known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _labels(run: xr.Dataset, variable: str) -> dict[int, str] | None:
    """Return the labels of a variable that holds codes or truths; none where it holds amounts."""
    if run[variable].dtype == bool:
        return {0: "no", 1: "yes"}
    if variable == "act":
        names = str(run.attrs.get("acts", "")).split(",")
        return {0: "none", **dict(enumerate(filter(None, names), start=1))}
    words = CODED.get(variable)
    return None if words is None else dict(enumerate(words))


def _shares(data: xr.DataArray, by: list[str], labels: Mapping[int, str]) -> pd.DataFrame:
    """Return the share of members in which each label holds."""
    frames = []
    for code, label in labels.items():
        share = (data == code).mean("member")
        index = pd.MultiIndex.from_product([data[dim].to_numpy() for dim in by], names=by)
        frame = pd.DataFrame({"share": share.to_numpy().ravel()}, index=index).reset_index()
        frame.insert(len(by), "label", label)
        frames.append(frame)
    places = pd.concat(frames).sort_index(kind="stable")
    return places.reset_index(drop=True)


def summarised(total: xr.DataArray, by: list[str]) -> pd.DataFrame:
    """Return quantiles and mean over members of `[member, *by]`."""
    flat = total.to_numpy().reshape(total.sizes["member"], -1)
    index = pd.MultiIndex.from_product([total[dim].to_numpy() for dim in by], names=by)
    return pd.DataFrame(quantiles(flat), index=index).reset_index()


def quantiles(draws: np.ndarray) -> dict[str, np.ndarray | np.floating]:
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
    deaths = of_country(run["deaths"], country, "member", "month", "stream")
    return deaths.sum(axis=2, dtype=float)


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
    months = min(MONTHS_PER_YEAR, run.sizes["month"])
    return Near(months, f"last_{months}_months", f"next_{months}_months")


def periods(run: xr.Dataset) -> dict[str, slice]:
    """Return the periods that totals are given for, as slices of the months simulated."""
    months = run.sizes["month"]
    spans = {near(run).ahead: slice(0, near(run).months)}
    if months >= 2 * MONTHS_PER_YEAR:
        spans["months_13_24"] = slice(MONTHS_PER_YEAR, 2 * MONTHS_PER_YEAR)
    spans["horizon"] = slice(0, months)
    return spans


def deaths_country_period(run: xr.Dataset) -> pd.DataFrame:
    """Return deaths by country over recorded months before the start and over periods ahead.

    `p_25` and `p_100` are the shares of futures in which the period has as many deaths or more.
    """
    rows = []
    cuts = {period: within(run, months) for period, months in periods(run).items()}
    for country in observed_countries(run):
        rows.append(
            {
                "country": country,
                "period": near(run).before,
                "observed": before(run, [country]),
            }
        )
        for period, cut in cuts.items():
            draws = killed(cut, [country])
            chances = {"p_25": (draws >= LARGE).mean(), "p_100": (draws >= HUNDRED).mean()}
            rows.append({"country": country, "period": period, **quantiles(draws), **chances})
    columns = ["country", "period", "observed", "mean", *QUANTILES, "p_25", "p_100"]
    return pd.DataFrame(rows)[columns]


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
        cut = within(run[["deaths"]], months)
        for country in observed_countries(run):
            for stream in streams:
                draws = killed(cut, [country], [stream])
                row = {"country": country, "stream": stream, "period": period}
                rows.append(row | quantiles(draws))
    frame = pd.DataFrame(rows)
    return frame[["country", "stream", "period", "observed", "mean", *QUANTILES]]
