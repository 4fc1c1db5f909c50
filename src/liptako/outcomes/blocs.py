"""What blocs come to: how far they go against those who rule a member, and who is out of one."""

from __future__ import annotations

import pandas as pd
import xarray as xr

from liptako.model.codes import Threat
from liptako.model.draws import set_numbers
from liptako.outcomes.acts import horizons
from liptako.outcomes.cut import within
from liptako.outcomes.measures import outside, threatened
from liptako.outcomes.ranges import chance
from liptako.runs.dataset import theatre_of
from liptako.theatre.roles import members_of

STAGES = (Threat.THREATENED, Threat.ORDERED, Threat.SENT)
OUTSIDE = "outside"


def bloc_tables(run: xr.Dataset) -> dict[str, pd.DataFrame]:
    """Return the table on blocs by name; none where the theatre has no bloc."""
    return {"blocs": blocs(run)} if theatre_of(run).blocs else {}


def blocs(run: xr.Dataset) -> pd.DataFrame:
    """Return how far blocs go against each regime, and whether its country is out of one.

    Args:
        run: a run's dataset.

    Returns:
        Columns `country`, `horizon` (months), `what` (a stage reached by then at least, of
        `STAGES`, or `OUTSIDE`: out of a bloc of the start then), `p`, `lo`, `hi`, `mcse`.
    """
    theatre, sets = theatre_of(run), set_numbers(run["member"].to_numpy())
    inside = {country for bloc in theatre.blocs.values() for country in bloc.members}
    rows = []
    for country in [iso for iso in members_of(theatre) if iso in inside]:
        for months in horizons(run.sizes["month"]):
            until = within(run, slice(0, months))
            found = {stage.name.lower(): threatened(stage, until, [country]) for stage in STAGES}
            found[OUTSIDE] = outside(until, [country])
            rows += [
                {"country": country, "horizon": months, "what": what, **chance(happens > 0, sets)}
                for what, happens in found.items()
            ]
    columns = ["country", "horizon", "what", "p", "lo", "hi", "mcse"]
    return pd.DataFrame(rows, columns=columns)
