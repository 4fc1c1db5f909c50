"""From cases of every stream to what is reported: by block and band, together, and coverage.

Neighbouring months of a war depend on each other, and forecasts of 36 months from yearly origins
overlap in their months. So intervals draw blocks of three years of the months forecast, with all
countries, origins and both models. The lowest bound that a block may not pass is corrected for
their number (Bonferroni): together they are wrong in one comparison of ten at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from liptako.calendar import MONTHS_PER_YEAR, year_of
from liptako.verification.backtest.comparison import verdict
from liptako.verification.backtest.scoring import OWN, REFERENCE
from liptako.verification.backtest.stream_cases import ALL, MODELS, YEARS
from liptako.verification.bootstrap import Interval, paired_difference

SCORE = "crps_log1p"
BLOCK_YEARS = 3
"""Years in a block of the bootstrap; fewer where there are fewer than three such blocks."""
LEVEL = 0.9
REPLICATES = 2000
CORRECTED_REPLICATES = 20_000
"""Enough for the tails that a correction for many comparisons asks for."""
COVERED = (0.85, 0.95)
"""Goal for the share of yearly totals inside the 90% range."""
TOGETHER = "together"
UNKNOWN = Interval(float("nan"), float("nan"), float("nan"))


def summary(cases: pd.DataFrame) -> dict[str, Any]:
    """Return everything as one plain mapping.

    Args:
        cases: from `stream_cases`.

    Returns:
        `rows` (see `table`), `comparisons` (their number, for which bounds are corrected),
        `together` and `coverage` (see the functions of these names), `worse` (the rows in which
        the corrected bound says so).
    """
    rows = table(cases)
    return {
        "countries": sorted(map(str, cases["unit"].unique())),
        "origins": sorted(int(name) for name in cases["window"].unique()),
        "last_month": int(cases["month"].max()),
        "comparisons": len(rows),
        "rows": rows,
        "together": together(cases),
        "worse": [[row[key] for key in ("block", "band", "span")] for row in rows
                  if row["corrected"]["verdict"] == "worse"],
        "coverage": coverage(cases),
    }  # fmt: skip


def table(cases: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each block, band and span.

    Returns:
        `block`, `band`, `span`, `cases`, `scores` (mean CRPS of log(1 + deaths) by model), `less`
        (our mean score less that of each other, 90% interval) and `corrected` (less that of last
        year again, with the interval corrected for the number of rows).
    """
    groups = list(cases.groupby(["block", "band", "span"], sort=False))
    level = 1 - (1 - LEVEL) / len(groups)
    rows = []
    for (block, band, span), mine in groups:
        own = mine[mine["model"] == OWN]
        rows.append(
            {
                "block": block,
                "band": band,
                "span": span,
                "cases": len(own),
                "scores": {name: _mean(mine, name) for name in (OWN, *MODELS)},
                "less": {name: difference(mine, name) for name in MODELS},
                "corrected": difference(mine, REFERENCE, level, CORRECTED_REPLICATES),
            }
        )
    return rows


def together(cases: pd.DataFrame) -> dict[str, Any]:
    """Return our score less that of others over all blocks that share no stream, by span."""
    apart = cases[cases["block"] != ALL]
    return {
        str(span): {
            "scores": {name: _mean(mine, name) for name in (OWN, *MODELS)},
            "less": {name: difference(mine, name) for name in MODELS},
        }
        for span, mine in apart.groupby("span", sort=False)
    }


def coverage(cases: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how many yearly totals lay inside the 90% range, pooled over origins.

    Where nothing happens and nothing is expected, every total is inside. So `active` leaves out
    countries without a death in the block in the three years before the origin, which was known
    then; and `exact` counts randomised ranks between 0.05 and 0.95, which are 0.9 of a calibrated
    forecast also where counts are small.

    Returns:
        `block` and `band` (`together`: pooled, over blocks that share no stream), `cases`,
        `covered`, `active_cases`, `active` and `exact` (of the active): each share with its
        interval.
    """
    own = cases[(cases["model"] == OWN) & (cases["span"] == YEARS)]
    own = own.assign(exact=own["pit"].between(0.05, 0.95).astype(float))
    apart = own[own["block"] != ALL]
    chosen = [
        (TOGETHER, TOGETHER, apart),
        *((TOGETHER, band, rows) for band, rows in apart.groupby("band", sort=False)),
        *((block, TOGETHER, rows) for block, rows in own.groupby("block", sort=False)),
    ]
    return [
        {
            "block": str(block),
            "band": str(band),
            "cases": len(rows),
            "covered": share(rows, "coverage90"),
            "active_cases": int(rows["active"].sum()),
            "active": share(rows[rows["active"]], "coverage90"),
            "exact": share(rows[rows["active"]], "exact"),
        }
        for block, band, rows in chosen
    ]


def share(rows: pd.DataFrame, column: str) -> dict[str, float]:
    """Return the mean of a column of shares with its 90% interval, blocks of three years drawn."""
    if rows.empty:
        return UNKNOWN._asdict()
    values = rows[column].to_numpy(float)
    return _interval(values, np.zeros(len(rows)), rows, LEVEL, REPLICATES)._asdict()


def difference(
    cases: pd.DataFrame, other: str, level: float = LEVEL, replicates: int = REPLICATES
) -> dict[str, Any]:
    """Return our mean score less that of another model, with interval and verdict in words."""
    keys = ["window", "month", "unit", "block"]
    a, b = (cases[cases["model"] == name].sort_values(keys) for name in (OWN, other))
    found = _interval(a[SCORE].to_numpy(), b[SCORE].to_numpy(), a, level, replicates)
    unknown = np.isnan(found.lo)
    return {**found._asdict(), "verdict": "unknown" if unknown else verdict(found, -1)}


def _interval(
    a: np.ndarray, b: np.ndarray, rows: pd.DataFrame, level: float, replicates: int
) -> Interval:
    """Return a paired difference; blocks are of months forecast, of years for yearly totals."""
    months = rows["month"].to_numpy()
    if (rows["span"] == YEARS).all():
        months, longest = np.array([year_of(int(month)) for month in months]), BLOCK_YEARS
    else:
        longest = BLOCK_YEARS * MONTHS_PER_YEAR
    block = min(longest, len(np.unique(months)) // BLOCK_YEARS)
    if block < 1:
        return Interval(float((a - b).mean()), float("nan"), float("nan"))
    units = _labels(rows, ("window", "unit", "block"))
    return paired_difference(a, b, months, units, block=block, n=replicates, level=level)


def _labels(rows: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """Return one number for each combination of some columns."""
    return rows.groupby(list(columns)).ngroup().to_numpy()


def _mean(cases: pd.DataFrame, model: str) -> float:
    return float(cases.loc[cases["model"] == model, SCORE].mean())
