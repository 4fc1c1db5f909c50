"""Fits by what they may have seen: the shipped ones, or new ones for an earlier start.

A fit is used for an `init_time` only if it was made on data up to that month or earlier. Fits
made here are kept in the user's cache, named by what they depend on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
import pandas as pd

from liptako import calendar
from liptako.data.snapshot import Snapshot
from liptako.files import cache_folder
from liptako.inference.fit import FitSettings
from liptako.inference.level_fit import (
    LevelSettings,
    fit_level,
    load_level_fit,
    save_level_fit,
)
from liptako.inference.theatre_fit import fit_theatre
from liptako.model.level import LevelFit
from liptako.model.posterior import TheatrePosterior, load_posterior, save_posterior
from liptako.theatre.loading import LoadedScenario

FIT_VERSION = 1
"""Raise when a change of code changes fits."""

WORLD_COVERED = 0.8
"""Share of the world's countries that a month must cover to teach the level."""


def fits_for(
    loaded: LoadedScenario,
    snapshot: Snapshot,
    progress: Callable[[str], None] | None = None,
) -> tuple[TheatrePosterior, LevelFit]:
    """Return the fits for a scenario: shipped, cached or made now.

    Args:
        loaded: the scenario; its `init_time` bounds what a fit may have seen.
        snapshot: the data.
        progress: told in words before anything slow.
    """
    init = loaded.scenario.init_month
    shipped = loaded.folder / "fit.nc"
    if shipped.is_file():
        posterior = load_posterior(shipped)
        if calendar.parse_month(posterior.about["data_until"]) <= init:
            return posterior, load_level_fit(loaded.folder / "level.npz")
    return theatre_fit_for(loaded, snapshot, progress), level_fit_for(snapshot, init, progress)


def theatre_fit_for(
    loaded: LoadedScenario,
    snapshot: Snapshot,
    progress: Callable[[str], None] | None = None,
    settings: FitSettings = FitSettings(),
) -> TheatrePosterior:
    """Return the theatre's fit as seen from the scenario's start, from the cache or made now."""
    init = loaded.scenario.init_month
    seen = snapshot.until(init)
    depends_on = (FIT_VERSION, init, settings, loaded.theatre, seen.events, seen.displacement)
    path = cache_folder() / f"fit-{_digest(*depends_on)}.nc"
    if not path.is_file():
        if progress is not None:
            progress(f"Fitting the theatre on data up to {calendar.format_month(init)}")
        posterior, _ = fit_theatre(loaded.theatre, loaded.registry, seen, init, settings)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_posterior(posterior, path)
    return load_posterior(path)


def level_fit_for(
    snapshot: Snapshot,
    last_month: int,
    progress: Callable[[str], None] | None = None,
    settings: LevelSettings = LevelSettings(),
) -> LevelFit:
    """Return the pooled level fit on data up to a month, from the cache or made now."""
    history = world_history(snapshot, last_month)
    path = cache_folder() / f"level-{_digest(FIT_VERSION, last_month, settings, history)}.npz"
    if not path.is_file():
        if progress is not None:
            progress(f"Fitting the level on data up to {calendar.format_month(last_month)}")
        path.parent.mkdir(parents=True, exist_ok=True)
        about: dict[str, object] = {"last_month": calendar.format_month(last_month)}
        save_level_fit(fit_level(history, settings, about=about), path)
    return load_level_fit(path)


def world_history(snapshot: Snapshot, last_month: int) -> np.ndarray:
    """Return state-based deaths by month and country of the world, from the first month known.

    Months after the last that covers most of the world (a user's import may add a few countries)
    are left out: a country without data is not at peace.
    """
    table = snapshot.country_months
    table = table[table["month"] <= last_month]
    wide = table.pivot(index="month", columns="country_id", values="deaths_sb")
    covered = wide.index[wide.notna().mean(axis=1) > WORLD_COVERED]
    return wide.loc[: covered[-1]].fillna(0.0).to_numpy(float)


def _digest(*parts: object) -> str:
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, pd.DataFrame):
            digest.update(pd.util.hash_pandas_object(part, index=False).to_numpy().tobytes())
        elif isinstance(part, np.ndarray):
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:16]
