"""The machine-readable summary of a run, made from its tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
import xarray as xr

from liptako import calendar
from liptako.outcomes.classify import ENDINGS
from liptako.outcomes.ranges import no_range
from liptako.runs.cite import run_id
from liptako.runs.dataset import manifest_of
from liptako.words.dates import month_name


def summary(run: xr.Dataset, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return the machine-readable summary of a run, as `--json` prints it."""
    attrs = run.attrs
    return {
        "scenario": attrs["scenario"],
        "run_id": run_id(run),
        "init_time": attrs["init_time"],
        "as_seen_from": month_name(calendar.parse_month(attrs["init_time"])),
        "policy": attrs["policy"],
        "members": int(run.sizes["member"]),
        "months": int(run.sizes["month"]),
        "seed": int(attrs["seed"]),
        "deaths": _deaths(tables["deaths_country_period"]),
        "civilian_deaths": _civilians(tables["civilians_perpetrator"]),
        "dead_by_side": _sides(tables["dead_side"]),
        "strain": _records(tables["strain"]),
        "displaced": _periods(tables["displaced"], "country"),
        "coast": _plain(tables["coast"].iloc[0]),
        "reach_outside_the_capital": {
            country: _by(rows.drop(columns="country"), "year")
            for country, rows in tables["reach"].groupby("country")
        },
        **({"no_range": why} if (why := no_range(run.sizes["member"])) else {}),
        **_endings(tables),
        **_politics(tables),
        "skill": attrs.get("skill", "not yet tested"),
        "manifest": manifest_of(run),
    }


def _quantities(row: pd.Series) -> dict[str, float]:
    return {
        "median": round(float(row["q50"]), 3),
        "q05": round(float(row["q05"]), 3),
        "q95": round(float(row["q95"]), 3),
        "mean": round(float(row["mean"]), 3),
    }


def _deaths(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        mine = found.setdefault(row["country"], {})
        if str(row["period"]).startswith("last_"):
            mine[row["period"]] = int(row["observed"])
        else:
            mine[row["period"]] = _quantities(row)
    return found


def _endings(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return endings at the last horizon and what stands beside them; none without a pact."""
    if "endings" not in tables:
        return {}
    last = int(tables["endings"]["horizon"].max())
    at = {
        name: frame[frame["horizon"] == last].drop(columns="horizon")
        for name, frame in tables.items()
        if "horizon" in frame
    }
    variants = at["ending_variants"].set_index(["variant", "ending"])

    def ends(variant: str, ending: str) -> dict[str, Any]:
        return _plain(cast(pd.Series, variants.loc[(variant, ending)]))

    return {
        "endings_horizon_months": last,
        "pieces": _pieces(tables["pieces"])[str(last)],
        "pieces_by_horizon": _pieces(tables["pieces"]),
        "pieces_counted_otherwise": _records(at["pieces"][~at["pieces"]["leads"]]),
        "outcomes": _by(at["endings"], "ending"),
        "forms": _records(at["forms"]),
        "endings": _by(at["endings"], "ending"),
        "sub_endings": _by(at["sub_endings"], "sub_ending"),
        "endings_by_horizon": {
            str(horizon): _by(frame.drop(columns="horizon"), "ending")
            for horizon, frame in tables["endings"].groupby("horizon")
        },
        "ending_parts": _records(at["ending_parts"]),
        "ending_table": _records(at["ending_table"]),
        "threshold_grid": _records(at["threshold_grid"]),
        "rollback_without_pact": {
            "with": ends("paired", "rolled_back"),
            "without": ends("without_pact", "rolled_back"),
        },
        **{
            f"endings_{variant}": {ending: ends(variant, ending) for ending in ENDINGS}
            for variant in ("reference_only", "markov_pact")
        },
        "endings_underreported": {
            variant: {ending: ends(variant, ending) for ending in ENDINGS}
            for variant in cast(pd.MultiIndex, variants.index).levels[0]
            if variant.startswith("reporting")
        },
        "ending_variance": _records(at["ending_variance"]),
        "exits": {
            country: _by(rows.drop(columns="country"), "kind")
            for country, rows in at["exits"].groupby("country")
        },
    }


def _pieces(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return by horizon the first count of each piece."""
    leads = table[table["leads"]].drop(columns="leads")
    return {
        str(horizon): _by(rows.drop(columns="horizon").astype(object), "piece")
        for horizon, rows in leads.groupby("horizon")
    }


def _politics(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return disputes, choices and support, each at its last horizon; none where there are none."""
    nested = {
        "disputes": ("dispute_chances", "dyad", "rung"),
        "disputes_together": ("dispute_groups", "group", "rung"),
        "acts": ("acts", "country", "act"),
        "promises": ("promises", "country", "outcome"),
    }
    found: dict[str, Any] = {}
    for key, (name, outer, inner) in nested.items():
        if name in tables:
            last = int(tables[name]["horizon"].max())
            rows = tables[name][tables[name]["horizon"] == last].drop(columns="horizon")
            found |= {"politics_horizon_months": last, key: _by_two(rows, outer, inner)}
    if "upper_rungs" in tables:
        found["upper_rungs"] = _by_two(tables["upper_rungs"], "group", "rung")
    if "patrons" in tables:
        found["patrons"] = {
            name: _by_two(rows.drop(columns=["patron", "instrument", "label"]), "country", "year")
            for name, rows in tables["patrons"].groupby("instrument", sort=False)
        }
    if "patron_wars" in tables:
        wars = tables["patron_wars"].drop(columns="label")
        found["patron_wars"] = _by_two(wars, "patron", "year")
    return found


def _by_two(frame: pd.DataFrame, outer: str, inner: str) -> dict[str, Any]:
    return {
        str(name): _by(rows.drop(columns=outer).astype(object), inner)
        for name, rows in frame.groupby(outer, sort=False)
    }


def _by(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    return {
        str(name): _plain(row)
        for name, (_, row) in zip(frame[key], frame.drop(columns=key).iterrows(), strict=True)
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for _, row in frame.iterrows()]


def _plain(row: pd.Series) -> dict[str, Any]:
    """Return a row as JSON takes it: plain numbers, none where there is no number."""
    return {str(name): _number(value) for name, value in row.items()}


def _number(value: Any) -> Any:
    if isinstance(value, (float, np.floating)):
        return None if np.isnan(value) else round(float(value), 5)
    return value.item() if isinstance(value, (np.integer, np.bool_)) else value


def _periods(table: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        found.setdefault(row[key], {})[row["period"]] = _quantities(row)
    return found


def _sides(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        mine = found.setdefault(row["country"], {}).setdefault(row["side"], {})
        seen = str(row["period"]).startswith("last_")
        mine[row["period"]] = round(float(row["observed"]), 1) if seen else _quantities(row)
    return found


def _civilians(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for _, row in table.iterrows():
        mine = found.setdefault(row["country"], {}).setdefault(row["perpetrator"], {})
        if str(row["period"]).startswith("last_"):
            mine[row["period"]] = int(row["observed"])
        else:
            mine[row["period"]] = {**_quantities(row), "share": round(row["share_mean"], 4)}
    return found
