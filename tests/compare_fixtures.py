"""An invented comparison of policies: each verdict at least once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from liptako.experiments.differences import DEPENDS, MORE, NO_EFFECT, NO_VIEW, ROBUST

POLICIES = {
    "boats": "Boats for all islands",
    "envoys": "Envoys between two skerries",
    "patrols": "Patrols at sea",
}
OUTCOMES = {
    "civilians_killed": ("civilians killed on purpose", 200.0),
    "deaths": ("killed", 1000.0),
    "exits": ("regimes ended", 1.5),
    "fails": ("chance", 0.6),
    "share_far_crown": ("share of support", 0.3),
}
SAYS: dict[tuple[str, str], tuple[float, str]] = {
    ("boats", "civilians_killed"): (-20.0, ROBUST),
    ("boats", "deaths"): (-30.0, DEPENDS),
    ("boats", "exits"): (-0.15, ROBUST),
    ("envoys", "civilians_killed"): (2.0, NO_VIEW),
    ("envoys", "fails"): (-0.03, ROBUST),
    ("envoys", "share_far_crown"): (0.0, NO_EFFECT),
    ("patrols", "civilians_killed"): (14.0, ROBUST),
    ("patrols", "deaths"): (5.0, MORE),
}
"""All others: more members needed."""


def comparison(members: int = 1000) -> pd.DataFrame:
    """Return the table of a comparison; of fewer than 500 members without ranges."""
    rows = []
    for policy in POLICIES:
        for outcome, (unit, base) in OUTCOMES.items():
            diff, verdict = SAYS.get((policy, outcome), (0.001 * base, MORE))
            half, few = 0.5 * abs(diff), members < 500
            verdict = MORE if few else verdict
            rows.append({
                "policy": policy, "outcome": outcome, "unit": unit, "base": base, "diff": diff,
                "median": np.nan if few else 0.9 * diff,
                "lo": np.nan if few else diff - half, "hi": np.nan if few else diff + half,
                "mcse": 0.1 * abs(diff),
                "sign_holds": 0.95 if verdict == ROBUST else np.nan,
                "members_needed": 4000.0 if verdict == MORE else np.nan,
                "verdict": verdict,
            })  # fmt: skip
    return pd.DataFrame(rows)


def about(**changes: Any) -> dict[str, Any]:
    """Return what is said of it; keyword arguments replace."""
    return {
        "scenario": "skerries-2011", "reference": "baseline", "labels": POLICIES,
        "members": 1000, "months": 36, "seed": 1, "assumed": ["patrols"],
        "laws": {"patrols": ["Rule 1: protect"]},
        "command": "liptako compare skerries-2011 --members 1000 --seed 1 --store",
        "questions": [
            {"ask": "Send boats?", "policies": ["boats"], "outcomes": ["civilians_killed"]}
        ],
        "made": "2001-02-03", "hash": "0123456789abcdef", "changed": (),
    } | changes  # fmt: skip


def tables() -> dict[str, pd.DataFrame]:
    """Return it by name."""
    return {"comparison": comparison()}
