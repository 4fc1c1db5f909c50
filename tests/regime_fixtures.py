"""Regimes born of coups made by hand, as the snapshot holds them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from liptako.data import regimes as data

LAST = 528


def regimes(*rows: dict) -> pd.DataFrame:
    """Return a table of regimes: `country, coup` and what differs from one that goes on.

    `end, mode` are of all units that a row has; `junta` and `leader` give (end, mode) of theirs.
    """
    return pd.DataFrame([_row(**row) for row in rows]).astype(
        data.no_regimes().dtypes.to_dict()
    )  # fmt: skip


def _row(
    country="AAA", coup=0, end=LAST, mode=data.IN_POWER, *, flag="", new=1.0, region="R",
    subregion="S", **units,
):  # fmt: skip
    found = {"country": country, "coup": coup, "flag": flag, "leader": "X", "region": region,
             "subregion": subregion, "new_regime": new}  # fmt: skip
    for unit in data.UNITS:
        last, how = units.get(unit, (end, mode))
        values = (float(last), how, float(last - coup), float(how != data.IN_POWER))
        if flag not in data.USED or (unit == "regime" and new == 0):
            values = (np.nan, "", np.nan, np.nan)
        names = (f"{unit}_{name}" for name in ("end", "mode", "months", "event"))
        found |= dict(zip(names, values, strict=True))
    return found


def coups(*rows: tuple[str, int, int]) -> pd.DataFrame:
    """Return coups and attempts of the world: country, month, success."""
    names = ["country", "month", "success"]
    return pd.DataFrame(list(rows), columns=names).astype({"month": "int64", "success": "int64"})


def world(seed: int, rates: dict[str, np.ndarray], n: int = 400, subregions: int = 8):
    """Draw regimes of many countries whose ends come at given monthly rates by band of age."""
    from liptako.inference.past_cases.regime_spells import BANDS, band_of

    rng = np.random.default_rng(seed)
    modes = {"handed_over": "election", "coup_others": "coup_out", "force": "rebellion"}
    by_age = band_of(np.arange(600))
    rows = []
    for place in range(n):
        coup = int(rng.integers(-300, LAST - 12))
        when = {}
        for cause, rate in rates.items():
            left = rng.exponential()
            total = np.cumsum(np.asarray(rate)[by_age])
            when[cause] = int(np.searchsorted(total, left)) + 1
        cause = min(when, key=lambda name: when[name])
        end = coup + when[cause]
        over = end <= LAST
        rows.append({"country": f"C{place:03d}", "coup": coup, "end": end if over else LAST,
                     "mode": modes[cause] if over else data.IN_POWER,
                     "subregion": f"S{place % subregions}", "region": f"R{place % 2}"})  # fmt: skip
    assert len(BANDS) == len(next(iter(rates.values())))
    return regimes(*rows)
