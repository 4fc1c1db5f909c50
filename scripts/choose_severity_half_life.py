"""Choose how fast severity forgets, on outcomes before 2018.

    python scripts/choose_severity_half_life.py SCENARIO [ISO3 ...]

Severity is fitted through each October from 2005 to 2016, with each half-life, and scored on the
cells and months with events in the 14 months after it: the logarithm of the mean probability of
the deaths recorded, over draws from the posterior, as members draw it. Prints for each half-life
the sum, its difference from the best with a 90% interval (origins drawn with replacement) and at
how many origins it is better than the best. With countries, only their cells are scored; the fit
is the same. The best of all observed countries is written by hand into `FitSettings`.
"""

from __future__ import annotations

import sys

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jaxtyping import Array, Float

from liptako.calendar import month_id
from liptako.data import arrays
from liptako.data.snapshot import load_snapshot, snapshot_folder
from liptako.errors import InputError
from liptako.inference.severity_fit import SeverityPosterior, fit_severity
from liptako.inference.theatre_fit import FIRST_MONTH
from liptako.model.params import SeverityParams
from liptako.model.processes import severity
from liptako.model.structure import build_structure, layout_of
from liptako.theatre.loading import load_scenario

LAST_MONTH = month_id(2017, 12)
ORIGINS = tuple(month_id(year, 10) for year in range(2005, 2017))
MONTHS_AHEAD = 14
HALF_LIVES = (12.0, 24.0, 36.0, 48.0, 60.0, 120.0, float("inf"))
DRAWS = 200
RESAMPLES = 4000


def log_score(
    posterior: SeverityPosterior,
    events: Float[np.ndarray, "month stream cell"],
    deaths: Float[np.ndarray, "month stream cell"],
) -> float:
    """Return the log probability of deaths given events, each averaged over posterior draws."""
    z = np.random.default_rng(1).standard_normal((DRAWS, *posterior.mode.shape))
    factor = np.linalg.cholesky(posterior.covariance)
    draws = posterior.mode + np.einsum("sij,dsj->dsi", factor, z)
    month, stream, cell = np.nonzero(events)
    known, came = (jnp.asarray(table[month, stream, cell]) for table in (events, deaths))

    def of_draw(theta: Array) -> Array:
        params = SeverityParams(theta[stream, 0], jnp.exp(theta[stream, 1]))
        return severity.law_of(params, known[:, None]).log_prob(came[:, None])[:, 0]

    rows = jax.vmap(of_draw)(jnp.asarray(draws, jnp.float32))
    return float((jax.nn.logsumexp(rows, axis=0) - np.log(DRAWS)).sum())


def scores(
    events: Float[np.ndarray, "month stream cell"],
    deaths: Float[np.ndarray, "month stream cell"],
    last_month: int,
    scored: np.ndarray | slice = slice(None),
) -> pd.DataFrame:
    """Return the log score by origin and half-life.

    Args:
        events: from `FIRST_MONTH` to `last_month`, by month, stream and cell.
        deaths: likewise.
        last_month: of both; not after 2017.
        scored: which cells.
    """
    if last_month > LAST_MONTH:
        raise InputError("the record reaches past 2017", field="record", allowed="to 2017-12")
    found: dict[float, list[float]] = {half_life: [] for half_life in HALF_LIVES}
    for origin in ORIGINS:
        seen = origin - FIRST_MONTH + 1
        ahead = slice(seen, seen + MONTHS_AHEAD)
        for half_life, column in found.items():
            posterior = fit_severity(events[:seen], deaths[:seen], half_life)
            column.append(
                log_score(posterior, events[ahead][:, :, scored], deaths[ahead][:, :, scored])
            )
    return pd.DataFrame(found, index=list(ORIGINS))


def comparison(table: pd.DataFrame) -> pd.DataFrame:
    """Return each half-life's sum, and its difference from the best with a 90% interval."""
    best = table.sum().idxmax()
    away = table.sub(table[best], axis=0)
    picks = np.random.default_rng(1).integers(0, len(table), (RESAMPLES, len(table)))
    drawn = away.to_numpy()[picks].sum(1)
    return pd.DataFrame(
        {
            "log_score": table.sum(),
            "difference": away.sum(),
            "q05": np.quantile(drawn, 0.05, axis=0),
            "q95": np.quantile(drawn, 0.95, axis=0),
            "better_at": (away > 0).sum(),
        }
    ).rename_axis("half_life")


def record(scenario: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return events and deaths of a scenario's theatre to the end of 2017, and cells' countries."""
    loaded = load_scenario(scenario)
    snapshot = load_snapshot(snapshot_folder(loaded.folder, loaded.theatre)).until(LAST_MONTH)
    structure = build_structure(
        loaded.theatre, snapshot.cells, LAST_MONTH, layout_of(loaded.registry)
    )
    events, deaths = (
        arrays.by_cell(
            snapshot.events, structure.streams, structure.gid, FIRST_MONTH, LAST_MONTH, value
        )
        for value in ("events", "deaths")
    )
    return events, deaths, np.array(structure.countries)[structure.country]


if __name__ == "__main__":
    events, deaths, country = record(sys.argv[1])
    scored = np.isin(country, sys.argv[2:]) if sys.argv[2:] else slice(None)
    print(comparison(scores(events, deaths, LAST_MONTH, scored)).round(1).to_string())
