"""The chance that at least so many are killed, by country, region or cell: `liptako.chance`."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from liptako.errors import InputError
from liptako.model.outputs import LARGE
from liptako.outcomes.deaths import near
from liptako.outcomes.places import every_region, killed_within
from liptako.outcomes.ranges import mcse_of_share

BY: dict[str, tuple[str, ...]] = {
    "deaths": ("country", "region", "cell"),
    "events": ("country",),
    "displaced": ("country",),
}
"""What chances are given of, and of which places each is kept."""

OF_CELLS = {1: "cell_any", int(LARGE): "cell_large"}
"""What is kept of cells, by the least deaths in a month."""


CELL_COLUMNS = ("country", "region", "region_name", "lat", "lon")


def chance(
    run: xr.Dataset,
    variable: str = "deaths",
    *,
    at_least: float = 1,
    by: str = "country",
    months: int | None = None,
    month: int | None = None,
) -> pd.DataFrame:
    """Return the chance of at least so many in the first months of a run, or in one month.

    A run keeps every month by country; by region the first 3, 6 and 12 months together, as far as
    it goes; by cell each month alone, at 1 and at 25 deaths.

    Args:
        run: from `simulate` or `load_run`.
        variable: `deaths`; by country also `events` and `displaced`.
        at_least: above 0.
        by: `country`, `region` or `cell`.
        months: ahead, taken together; a year if not given, or a shorter run as a whole.
        month: ahead, alone, instead of `months`; by country and by cell.

    Returns:
        Columns `country`; of regions and cells `region` and `region_name`; of regions
        `counted_in`; of cells `cell`, `lat` and `lon`; then `p` and `mcse` (its Monte Carlo
        error). The likeliest first; what has no event data is not a number: unknown, not safe. A
        region in which no cell mostly lies has the chance of the region that it is counted in,
        the most that its own can be.

    Raises:
        InputError: what a run does not keep; the message says what it does.

    Example:
        >>> chance(run, "deaths", at_least=25, by="region", months=6)    # doctest: +SKIP
        >>> chance(run, by="cell", month=3)                              # doctest: +SKIP
    """
    if variable not in BY:
        raise _refused("no chance is given of it", "variable", variable, BY)
    if by not in BY[variable]:
        raise _refused(f"{variable} are not kept so", "by", by, BY[variable])
    if isinstance(at_least, bool) or not isinstance(at_least, Real) or not float(at_least) > 0:
        raise _refused("not a number above 0", "at_least", at_least, ["1, 25, 100, ..."])
    if months is not None and month is not None:
        raise _refused("months together or one alone", "month", month, ["`months` or `month`"])
    if by == "cell":
        frame = _of_cells(run, at_least, months, month)
    elif by == "region":
        frame = _of_regions(run, at_least, months, month)
    else:
        frame = _of_countries(run, variable, at_least, months, month)
    frame["mcse"] = mcse_of_share(frame["p"].to_numpy(), run.sizes["member"])
    return frame.sort_values("p", ascending=False, kind="stable", ignore_index=True)


def _of_countries(
    run: xr.Dataset, variable: str, at_least: float, months: int | None, month: int | None
) -> pd.DataFrame:
    if month is None:
        chosen = slice(0, near(run).months if months is None else _whole(run, "months", months))
    else:
        chosen = slice(_whole(run, "month", month) - 1, month)
    share = []
    for country in run["country"].to_numpy():
        mine = run[variable].isel(month=chosen).sel(country=country).transpose("member", ...)
        total = mine.to_numpy().sum(axis=tuple(range(1, mine.ndim)), dtype=float)
        share.append(np.nan if np.isnan(total).any() else float((total >= at_least).mean()))
    return pd.DataFrame({"country": run["country"].to_numpy(), "p": share})


def _of_regions(
    run: xr.Dataset, at_least: float, months: int | None, month: int | None
) -> pd.DataFrame:
    windows = run["window"].to_numpy().tolist()
    if month is not None:
        raise _refused("a month alone is not kept by region", "month", month, ["`months`"])
    ahead = max(windows, default=0) if months is None else months
    if isinstance(ahead, bool) or ahead not in windows:
        allowed = windows or ["none in so short a run"]
        raise _refused("not kept by region", "months", months, allowed)
    found = (killed_within(run, int(ahead)) >= at_least).mean(axis=0)
    frame = every_region(run)[["country", "region", "region_name", "counted_in"]]
    known = np.where(run["region_observed_share"].to_numpy() > 0, found, np.nan)
    of_region = pd.Series(known, index=run["region"].to_numpy())
    around = frame["counted_in"].where(frame["counted_in"] != "", frame["region"])
    return frame.assign(p=around.map(of_region))


def _of_cells(
    run: xr.Dataset, at_least: float, months: int | None, month: int | None
) -> pd.DataFrame:
    if months is not None or month is None:
        allowed = [f"`month`, 1 to {run.sizes['month']}"]
        raise _refused("cells are kept one month at a time", "months", months, allowed)
    if at_least not in OF_CELLS:
        raise _refused("not kept by cell", "at_least", at_least, OF_CELLS)
    kept = run[OF_CELLS[int(at_least)]].isel(month=_whole(run, "month", month) - 1)
    columns = {name: run[f"cell_{name}"].to_numpy() for name in CELL_COLUMNS}
    return pd.DataFrame(
        columns | {"cell": run["cell"].to_numpy(), "p": kept.to_numpy().astype(float)}
    )


def _whole(run: xr.Dataset, name: str, value: Any) -> int:
    most = run.sizes["month"]
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not 1 <= int(value) <= most:
        raise _refused("not a month of the run", name, value, [f"1 to {most}"])
    return int(value)


def _refused(problem: str, field: str, value: Any, allowed: Any) -> InputError:
    return InputError(problem, field=field, value=value, allowed=", ".join(map(str, allowed)))
