"""An inference of motives written by hand: two juntas, two families, plain values as stored."""

from __future__ import annotations

from typing import Any

import pandas as pd

from liptako.exhibits.lenses import tables_of

FAMILIES = ("idealistic", "opportunism")


def shares(means: tuple[float, float], verdict: str) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "families": {
            family: {
                "mean": mean, "lo": mean - 0.1, "hi": mean + 0.1, "before": 0.5,
                "before_lo": 0.02, "before_hi": 0.98, "contraction": 0.4, "largest": mean,
            }
            for family, mean in zip(FAMILIES, means, strict=True)
        },
    }  # fmt: skip


def content(**changed: Any) -> dict[str, Any]:
    """Return what `lenses.json` of a made theatre would hold."""
    telling = {
        "kind": "fork", "junta": "first", "month": "2022-06", "name": "a_date",
        "what": "Set a date", "instead": "Set none", "for_family": "idealistic",
        "against_family": "opportunism", "spread": 1.25,
    }  # fmt: skip
    restraint = telling | {"kind": "restraint", "month": "7", "what": "Leave", "instead": ""}
    return {
        "format": 1,
        "juntas": {
            "first": {"label": "A land", "country": "MLI", **shares((0.6, 0.4), "undetermined")},
            "second": {"label": "B land", "country": "NER", **shares((0.95, 0.05), "idealistic")},
        },
        "together": shares((0.7, 0.3), "undetermined"),
        "predictive": [
            {"model": "all lenses", "elpd": -10.0, "beyond_none": 0.8, "error": 1.6},
            {"model": "no lens", "elpd": -10.8, "beyond_none": 0.0, "error": 0.0},
        ],
        "motives_from": "prior",
        "telling": [telling, restraint],
        "sensitivity": {},
        "until": 528,
        **changed,
    }


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of motives."""
    return tables_of(content())
