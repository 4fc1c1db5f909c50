"""What the CSV files of a run's tables hold, for machines: a Data Package beside them.

The format is Frictionless Data Package 1 (specs.frictionlessdata.io): R, Python and data
portals read from it which columns there are, of what type, and what they mean.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import xarray as xr

from liptako.exhibits.cells import STAMP
from liptako.exhibits.exhibit import Tables
from liptako.runs.cite import cite, run_id
from liptako.words import tables as words

FILE = "datapackage.json"

_MONTHS = (STAMP, "month")
"""Columns of months as YYYY-MM."""


def data_package(run: xr.Dataset, cells: Tables) -> dict[str, Any]:
    """Return the description of a run's CSV files: the run, the sources, each table's columns.

    Args:
        run: a run's dataset.
        cells: the tables by name, as their files have them.
    """
    attrs = run.attrs
    return {
        "profile": "tabular-data-package",
        "name": run_id(run).lower(),
        "title": attrs["title"],
        "description": f"{words.cover['not_forecast']} {cite(run)}",
        "version": attrs["liptako_version"],
        "run_id": run_id(run),
        "scenario": attrs["scenario"],
        "policy": attrs["policy"],
        STAMP: attrs["init_time"],
        "members": run.sizes["member"],
        "seed": int(attrs["seed"]),
        "sources": [
            {"title": f"{source['title']} ({source['vintage']}; {source['licence']})"}
            for source in json.loads(attrs["manifest"])["sources"]
        ],
        "resources": [_resource(name, table) for name, table in cells.items()],
    }


def _resource(name: str, table: pd.DataFrame) -> dict[str, Any]:
    fields = [_field(str(column), table[column]) for column in table.columns]
    return {
        "profile": "tabular-data-resource",
        "name": name.replace("_", "-"),
        "title": words.say[name],
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _field(name: str, values: pd.Series) -> dict[str, str]:
    meaning = words.meaning_of(name)
    return {"name": name, "type": _type(name, values)} | (
        {"description": meaning} if meaning else {}
    )


def _type(name: str, values: pd.Series) -> str:
    if name in _MONTHS and not pd.api.types.is_numeric_dtype(values):
        return "yearmonth"
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(values) else "string"
