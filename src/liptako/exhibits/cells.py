"""Tables as they are written to files: months in words, stamped, safe to open in a spreadsheet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from liptako.calendar import format_month
from liptako.characters import visible

STAMP = "as_seen_from"
"""The column that says from when a row was seen."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
"""How text begins that a spreadsheet would run."""


def stamped(table: pd.DataFrame, stamp: str) -> pd.DataFrame:
    """Return a table with months as YYYY-MM, lists as text, and when it was seen from.

    Args:
        table: of a run.
        stamp: from when it was seen, such as `2023-12`.
    """
    out = table.copy()
    for name in out.columns:
        texts = pd.api.types.is_object_dtype(out[name])
        if texts and out[name].map(lambda value: isinstance(value, list | tuple)).any():
            out[name] = [", ".join(map(str, value)) for value in out[name]]
    if "month" in out.columns and pd.api.types.is_integer_dtype(out["month"]):
        months, codes = np.unique(out["month"].to_numpy(), return_inverse=True)
        names = pd.Index([format_month(int(month)) for month in months])
        out["month"] = pd.Categorical.from_codes(codes, names)
    out.insert(0, STAMP, stamp)
    return out


def safe(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose text, headings included, no spreadsheet runs; numbers stay numbers."""
    out = table.copy()
    for place, name in enumerate(table.columns):
        if not pd.api.types.is_numeric_dtype(table[name]):
            out.isetitem(place, [_cell(value) for value in table[name]])
    return out.set_axis([_cell(name) for name in table.columns], axis=1)


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    # the first character as it is: what does not show is run too
    return f"'{visible(value)}" if value.startswith(FORMULA) else visible(value)
