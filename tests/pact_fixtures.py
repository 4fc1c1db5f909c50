"""Past pacts as a table, each given by the dates that matter to a test."""

from __future__ import annotations

import numpy as np
import pandas as pd

DATES = ("consultative", "first_operation", "end", "first_exit")


def pacts(**rows: dict) -> pd.DataFrame:
    """Return pacts from `name=dict(...)`; dates are months after signature in month 100."""
    table = []
    for name, given in rows.items():
        row = {"pact": name, "tier": "core", "signed": 100, "pooled_money": "0"}
        row |= {"end_mode": "ongoing", "end_trigger": "n_a", "command": np.nan}
        row |= {"command_status": "none"}
        for field in DATES:
            value = given.get(field)
            row[field] = np.nan if value in (None, "unknown") else 100.0 + value
            row[f"{field}_status"] = (
                "none" if value is None else "unknown" if value == "unknown" else "dated"
            )
        if given.get("end") is not None:
            row |= {"end_mode": "dissolved", "end_trigger": "regime_change"}
        row |= {key: value for key, value in given.items() if key not in DATES}
        table.append(row)
    return pd.DataFrame(table)
