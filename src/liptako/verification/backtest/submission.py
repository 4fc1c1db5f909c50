"""Forecasts in the challenge's format: scoring somebody else's, writing our own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from liptako.data import views
from liptako.errors import InputError
from liptako.theatre.loading import LoadedScenario
from liptako.verification.backtest.cases import score_cases
from liptako.verification.backtest.windows import Window

UNIT_COLUMNS = {"cm": "country_id", "pgm": "gid"}


def find(folder: str | Path, level: str, years: Sequence[int]) -> dict[int, Path]:
    """Return the file of each window in a folder in the challenge's format.

    Raises:
        InputError: no such folder, or not exactly one file for a window.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            "no such folder", field="against", value=str(folder), allowed="a folder of forecasts"
        )
    return {year: views.find_forecast(folder, level, year) for year in years}  # pyright: ignore[reportArgumentType]


def score(found: dict[int, Path], cases: pd.DataFrame, loaded: LoadedScenario) -> pd.DataFrame:
    """Return the cases of an outside forecast, for the months and units of `cases` it holds.

    Args:
        found: file of each window.
        cases: of our models, with observations.
        loaded: says which country has which VIEWS number.

    Raises:
        InputError: a file that is no forecast, or holds none of the cases.
    """
    parts = [
        _score_window(path, cases[cases["window"] == year], loaded) for year, path in found.items()
    ]
    return pd.concat(parts, ignore_index=True)


def check(
    found: dict[int, Path], level: str, spans: Sequence[Window], loaded: LoadedScenario
) -> None:
    """Refuse an outside forecast that cannot be scored, before anything slow is done.

    Args:
        found: file of each window.
        level: `cm` or `pgm`.
        spans: the windows.
        loaded: says which country has which VIEWS number.

    Raises:
        InputError: as `score`.
    """
    for span in spans:
        path = found[span.name]
        months = _with_units(path, level == "cm", loaded)["month"]
        if not months.isin(span.months).any():
            raise _none_held(path, months, span.months)


def _with_units(path: Path, by_country: bool, loaded: LoadedScenario) -> pd.DataFrame:
    """Return a forecast with the column `unit`: ISO3 codes or cells, missing where not ours."""
    table = views.read_forecast(path)
    if ("country_id" in table) != by_country:
        raise InputError("a forecast of the other level", file=path, value=list(table.columns))
    if not by_country:
        return table.assign(unit=table["gid"])
    countries = loaded.theatre.countries
    table["unit"] = table["country_id"].map({row.views_id: iso for iso, row in countries.items()})
    if table["unit"].isna().all():
        other = {row.gwno: row for row in countries.values()}
        found = [number for number in table["country_id"].unique() if number in other]
        raise InputError(
            "Gleditsch-Ward numbers, where VIEWS numbers belong" if found else "no country of ours",
            file=path,
            field="country_id",
            value=int(found[0]) if found else int(table["country_id"].iloc[0]),
            allowed=", ".join(f"{row.views_id} ({row.name})" for row in countries.values()),
        )
    return table


def _none_held(path: Path, months: pd.Series, wanted: Sequence[int]) -> InputError:
    return InputError(
        "holds none of the months and units scored",
        file=path,
        value=[int(months.min()), int(months.max())],
        allowed=f"months {min(wanted)} to {max(wanted)}",
    )


def _score_window(path: Path, cases: pd.DataFrame, loaded: LoadedScenario) -> pd.DataFrame:
    keys = ["window", "month", "lead", "unit"]
    wanted = cases[[*keys, "obs"]].drop_duplicates(keys)
    by_country = bool(wanted["unit"].isin(loaded.theatre.countries).any())
    table = _with_units(path, by_country, loaded)
    wide = table.dropna(subset="unit").pivot(
        index=["month", "unit"], columns="draw", values="outcome"
    )
    index = pd.MultiIndex.from_frame(wanted[["month", "unit"]])
    held = index.isin(wide.index)
    if not held.any():
        raise _none_held(path, table["month"], wanted["month"].tolist())
    rows = wanted[held].reset_index(drop=True)
    draws = wide.loc[index[held]].to_numpy(float)
    values = score_cases(rows["obs"].to_numpy(), draws)
    return rows[keys].assign(model="against", **values)


def write(
    draws: np.ndarray,
    months: Sequence[int],
    units: Sequence[int],
    level: str,
    folder: str | Path,
    name: str,
) -> Path:
    """Write draws as the challenge wants them, and return the file.

    Args:
        draws: `[month, unit, draw]`, exactly 1,000 whole numbers for each month and unit.
        months: month numbers.
        units: VIEWS country numbers or cells.
        level: `cm` or `pgm`.
        folder: the submission; the file goes to `LEVEL/window=YNAME/`.
        name: year of the window, or the month it was made from.

    Raises:
        InputError: another number of draws.
    """
    n_months, n_units, n_draws = draws.shape
    path = Path(folder) / level / f"window=Y{name}" / f"liptako_{level}_{name}.parquet"
    table = pd.DataFrame(
        {
            "month": np.repeat(np.asarray(months), n_units * n_draws),
            UNIT_COLUMNS[level]: np.tile(np.repeat(np.asarray(units), n_draws), n_months),
            "draw": np.tile(np.arange(n_draws), n_months * n_units),
            "outcome": np.asarray(draws).reshape(-1).astype(np.int64),
        }
    )
    views.write_forecast(table, path)
    return path
