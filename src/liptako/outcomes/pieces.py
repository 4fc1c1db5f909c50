"""The three pieces that outcomes are made of, each beside how often it came in past cases.

The pact is alive, all regimes held, the war is rolled back. Past cases are not always counted as
outcomes are, so a piece may stand in several rows, by how it is counted: the first as the outcomes
(or, for the war, as the past wars), the others beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from liptako.model.draws import set_numbers
from liptako.outcomes.classify import Classified, classify
from liptako.outcomes.counted import allies_of, outcomes_of, thresholds_of
from liptako.outcomes.cut import PerMember, until
from liptako.outcomes.measures import juntas_held, operates, state_of
from liptako.outcomes.ranges import chance, mcse_of_mean
from liptako.outcomes.wars import as_past_wars
from liptako.runs.dataset import past_cases_of


@dataclass(frozen=True)
class Cut:
    """A run up to a horizon, whose futures are classified once for all that is counted of them."""

    run: xr.Dataset

    @cached_property
    def allies(self) -> tuple[str, ...]:
        """The members of the pact at the start."""
        return allies_of(self.run)

    @cached_property
    def classified(self) -> Classified:
        """Endings at the last of the months."""
        outcomes, thresholds = outcomes_of(self.run), thresholds_of(self.run)
        return classify(outcomes, thresholds, self.run.sizes["month"])


class Count(NamedTuple):
    """One way to count a piece.

    Args:
        piece: its name.
        unit: what is counted: of past cases and of futures alike, as far as that can be.
        measure: of a run cut at the horizon.
        base: what past cases it stands beside; empty: none are counted so.
    """

    piece: str
    unit: str
    measure: Callable[[Cut], PerMember]
    base: str = ""


def _read(reading: str, name: str, cut: Cut) -> PerMember:
    return state_of(cut.classified, reading, name)


COUNTS = (
    Count("pact_alive", "alive", partial(_read, "alliance", "alive"), "pact_alive"),
    Count("pact_alive", "operational", lambda cut: operates(cut.run, cut.allies), "pact_alive"),
    Count("regimes_held", "regime", partial(_read, "regimes", "held"), "regimes_held"),
    Count("regimes_held", "junta", lambda cut: juntas_held(cut.run, cut.allies), "juntas_held"),
    Count("rolled_back", "totals", lambda cut: as_past_wars(cut.run), "rolled_back"),
    Count("rolled_back", "inflicted", partial(_read, "insurgents", "rolled_back")),
)
"""The first of each piece leads."""


def pieces(
    run: xr.Dataset, horizons: Sequence[int], no_effects: xr.Dataset | None = None
) -> pd.DataFrame:
    """Return the chance of each piece beside past cases.

    Args:
        run: of a theatre with an alliance.
        horizons: months ahead, whole years.
        no_effects: its first members again, with no published effect of any lever.

    Returns:
        Columns `horizon`, `piece`, `unit` (how it is counted), `leads` (the first count of its
        piece), `p`, `lo`, `hi`, `mcse`, `base_rate` with `base_lo` and `base_hi` (90%) and `base_n`
        (cases), all missing where there are no past cases, and `within`: whether `p` lies within;
        `none_p` (the chance where levers have no published effect: `p` and the difference among the
        members of `no_effects`) and `none_mcse` of that difference, missing without them.
    """
    past = past_cases_of(run).get("pieces", {})
    sets = set_numbers(run["member"].to_numpy())
    rows, seen = [], set()
    members = 0 if no_effects is None else no_effects.sizes["member"]
    for months in horizons:
        cut = Cut(until(run, months))
        plain = None if no_effects is None else Cut(until(no_effects, months))
        seen.clear()
        for count in COUNTS:
            base = past.get(count.base, {}).get(str(months), {})
            happens = count.measure(cut) > 0
            found = chance(happens, sets)
            row = {"horizon": months, "piece": count.piece, "unit": count.unit}
            row |= {"leads": count.piece not in seen} | found
            row |= {
                f"base_{name}": base.get(key, np.nan)
                for name, key in (("rate", "estimate"), ("lo", "lo"), ("hi", "hi"), ("n", "n"))
            }
            row["within"] = bool(row["base_lo"] <= found["p"] <= row["base_hi"]) if base else None
            gap = np.full(1, np.nan)
            if plain is not None:
                gap = (count.measure(plain) > 0) - happens[:members].astype(float)
            row["none_p"] = float(np.clip(found["p"] + gap.mean(), 0.0, 1.0))
            row["none_mcse"] = mcse_of_mean(gap) if plain is not None else np.nan
            rows.append(row)
            seen.add(count.piece)
    return pd.DataFrame(rows)
