"""Folders of the VIEWS prediction challenge: actuals, history, forecasts, stored scores.

A forecast is a table of draws indexed by month, unit (`country_id` or `priogrid_gid`) and
draw, with one column `outcome`: state-based deaths. The challenge wants 1,000 draws.

References:
    Hegre, H. et al. (2025). The 2023/24 VIEWS prediction challenge. Journal of Peace
    Research. https://doi.org/10.1177/00223433241300862
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from liptako import files
from liptako.data import raw, tables
from liptako.data.tables import Column, Spec
from liptako.errors import InputError

DRAWS = 1000
"""Draws that the challenge asks for."""

METRICS = ("crps", "ign", "mis")

_MONTH = Column("int", low=1, high=2000, aliases=("month_id",))
_COUNTRY = Column("int", low=1, high=1000)
_GID = Column("int", low=1, high=259_200, aliases=("priogrid_gid", "priogrid_id", "pg_id"))
MOST_DEATHS = 1e9
"""Deaths of a unit and month that a forecast may name: more than a tenth of mankind is a slip."""

_DEATHS = Column("float", low=0, high=MOST_DEATHS)
_DRAW = Column("int", low=0, high=1_000_000)

_FORECAST_COLUMNS = frozenset(
    {"month", *_MONTH.aliases, "country_id", "gid", *_GID.aliases, "draw", "outcome"}
)

COUNTRY_SPEC: Spec = {"country_id": _COUNTRY, "name": Column("str")}
HISTORY_SPEC: Spec = {
    "month": _MONTH,
    "country_id": _COUNTRY,
    "deaths_sb": Column("int", low=0, aliases=("ged_sb",), missing=True),
}


def read_actuals(path: str | Path) -> pd.DataFrame:
    """Read what forecasts were scored against.

    Returns:
        Columns `month`, `country_id` or `gid`, `outcome` (deaths), sorted.

    Raises:
        InputError: a missing column, a negative number, or a unit-month twice.
    """
    unit, column = _unit_of(raw.header(path), path)
    spec: Spec = {"month": _MONTH, unit: column, "outcome": Column("int", low=0)}
    table = tables.read_csv(path, spec)
    bad = table.duplicated(["month", unit])
    tables.refuse_rows(bad, table, unit, "the same unit and month twice", file=path)
    return table.sort_values(["month", unit], ignore_index=True)


def read_countries(path: str | Path) -> pd.DataFrame:
    """Read the list of countries: `country_id`, `name`."""
    return tables.read_csv(path, COUNTRY_SPEC).sort_values("country_id", ignore_index=True)


def read_history(path: str | Path) -> pd.DataFrame:
    """Read past state-based deaths: `month`, `country_id`, `deaths_sb`.

    Months without a value, in which a country did not exist, are left out.
    """
    table = tables.read_csv(path, HISTORY_SPEC).dropna(subset="deaths_sb")
    table = table.astype({"deaths_sb": "int64"}).reset_index(drop=True)
    bad = table.duplicated(["month", "country_id"])
    tables.refuse_rows(bad, table, "country_id", "a country-month twice", file=path)
    return table.sort_values(["month", "country_id"], ignore_index=True)


def read_stored_scores(
    folder: str | Path, model: str, year: int, metric: Literal["crps", "ign", "mis"]
) -> pd.DataFrame:
    """Read the scores that the challenge stored for a benchmark.

    Args:
        folder: holds `bm_MODEL_YEAR_METRIC.csv`.
        model: such as `conflictology`, with or without `bm_`.
        year: window, 2018 for January to December 2018.
        metric: `crps`, `ign` or `mis`.

    Returns:
        Columns `month`, `country_id`, `value`.
    """
    if metric not in METRICS:
        raise InputError("no such score", field="metric", value=metric, allowed=", ".join(METRICS))
    name = model if model.startswith("bm_") else f"bm_{model}"
    spec: Spec = {"month": _MONTH, "country_id": _COUNTRY, "value": Column("float")}
    table = tables.read_csv(Path(folder) / f"{name}_{year}_{metric}.csv", spec)
    return table.sort_values(["month", "country_id"], ignore_index=True)


def find_forecast(folder: str | Path, level: Literal["cm", "pgm"], year: int) -> Path:
    """Return the one Parquet file of a submission for a level and a window.

    Args:
        folder: a submission, at any depth of `cm/window=Y2018/` or with flat names.
        level: `cm` or `pgm`.
        year: the window.

    Raises:
        InputError: none, or more than one.
    """
    folder = Path(folder)
    found = []
    for path in _parquet_files(folder):
        text = path.relative_to(folder).as_posix()
        words = set(text.replace(".parquet", "").replace("/", "_").replace("=", "_").split("_"))
        if level in words and words & {str(year), f"Y{year}"}:
            found.append(path)
    if len(found) != 1:
        raise InputError(
            f"expected one forecast for {level} {year}, found {len(found)}",
            file=folder,
            value=[path.relative_to(folder).as_posix() for path in found][:5],
            allowed=f"one Parquet file at {level}/window=Y{year}/",
        )
    return found[0]


def _parquet_files(folder: Path) -> list[Path]:
    """Return a folder's Parquet files, links followed; scores and leftovers of other programs not.

    Passed over are names that begin with a dot, with `eval` or with `metric=`, and `__MACOSX`.
    """
    found, seen = [], set()
    for here, below, names in os.walk(folder, followlinks=True):
        place = os.path.realpath(here)
        below[:] = [] if place in seen else sorted(name for name in below if not _passed(name))
        if place not in seen:
            found += [Path(here) / name for name in names if name.endswith(".parquet")]
        seen.add(place)
    return sorted(path for path in found if not _passed(path.name))


def _passed(name: str) -> bool:
    return name == "__MACOSX" or name.startswith((".", "eval", "metric="))


def read_forecast(path: str | Path) -> pd.DataFrame:
    """Read the draws of a forecast.

    Args:
        path: Parquet, keys in the index or in columns.

    Returns:
        Columns `month`, `country_id` or `gid`, `draw` (from 0; draws numbered from 1 are
        numbered anew), `outcome`; sorted.

    Raises:
        InputError: not such a file, negative or missing outcomes, or units with different
            sets of draws.
    """
    path = Path(path)
    table = raw.read_parquet(path, _FORECAST_COLUMNS)
    unit, column = _unit_of([str(name) for name in table.columns], path)
    spec: Spec = {"month": _MONTH, unit: column, "draw": _DRAW, "outcome": _DEATHS}
    table = tables.validate(table, spec, file=path)
    table = table.sort_values(["month", unit, "draw"], ignore_index=True)
    if table["draw"].min() == 1:
        table["draw"] -= 1
    _check_draws(table, unit, path)
    return table


def write_forecast(table: pd.DataFrame, path: str | Path) -> None:
    """Write draws in the challenge's format.

    Args:
        table: columns `month`, `country_id` or `gid`, `draw` (0 to 999), `outcome` (whole
            numbers of deaths).
        path: a Parquet file.

    Raises:
        InputError: not exactly 1,000 draws for each unit and month, or a bad value.
    """
    unit, column = _unit_of([str(name) for name in table.columns], None)
    spec: Spec = {
        "month": _MONTH,
        unit: column,
        "draw": Column("int", low=0, high=DRAWS - 1),
        "outcome": Column("int", low=0, high=2**31 - 1),
    }
    table = tables.validate(table, spec).sort_values(["month", unit, "draw"], ignore_index=True)
    _check_draws(table, unit, None)
    draws = int(table["draw"].max()) + 1
    if draws != DRAWS:
        raise InputError(
            "wrong number of draws", field="draw", value=draws, allowed=f"exactly {DRAWS}"
        )
    table["outcome"] = table["outcome"].astype("int32")
    names = {"month": "month_id", "gid": "priogrid_gid"}
    indexed = table.rename(columns=names).set_index([names["month"], names.get(unit, unit), "draw"])
    with files.atomic_write(path) as temporary:
        indexed.to_parquet(temporary, engine="pyarrow", compression="zstd")


def _unit_of(columns: list[str], path: str | Path | None) -> tuple[str, Column]:
    if "country_id" in columns:
        return "country_id", _COUNTRY
    if any(name in columns for name in ("gid", *_GID.aliases)):
        return "gid", _GID
    raise InputError(
        "no column of units", file=path, value=columns, allowed="country_id or priogrid_gid"
    )


def _check_draws(table: pd.DataFrame, unit: str, path: str | Path | None) -> None:
    sizes = table.groupby(["month", unit])["draw"].size()
    draws = int(sizes.iloc[0])
    expected = np.tile(np.arange(draws), len(sizes))
    if (sizes != draws).any() or not np.array_equal(table["draw"].to_numpy(), expected):
        case = sizes.index[int(np.argmax(sizes.to_numpy() != draws))]
        raise InputError(
            "draws are not the same for every unit and month",
            file=path,
            field=f"month {case[0]}, {unit} {case[1]}",
            value=int(sizes.loc[case]),
            allowed=f"draws 0 to {draws - 1}, each once",
        )
