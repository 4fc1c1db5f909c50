"""Fits by what they may have seen: the shipped ones, or new ones for an earlier start.

A fit is used for an `init_time` only if it was made on data up to that month or earlier, and for
the streams, countries and parameters of the theatre at hand. Fits made here are kept in the user's
cache, named by what they depend on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields

import numpy as np

from liptako import calendar
from liptako.cache import code_digest, remember
from liptako.data.snapshot import Snapshot
from liptako.inference import level_fit, theatre_fit
from liptako.inference.fit import FitSettings
from liptako.inference.level_fit import LevelSettings
from liptako.model.level import LevelFit
from liptako.model.posterior import TheatrePosterior, load_posterior
from liptako.theatre.loading import LoadedScenario

WORLD_COVERED = 0.8
"""Share of the world's countries that a month must cover to teach the level."""

Say = Callable[[str], None]


def fits_for(
    loaded: LoadedScenario, snapshot: Snapshot, progress: Say | None = None
) -> tuple[TheatrePosterior, LevelFit]:
    """Return the fits for a scenario: shipped, cached or made now.

    Args:
        loaded: the scenario; its `init_time` bounds what a fit may have seen.
        snapshot: the data.
        progress: told in words before anything slow.
    """
    init = loaded.scenario.init_month
    posterior = shipped_fit(loaded)
    if posterior is not None:
        return posterior, level_fit.load_level_fit(loaded.folder / "level.npz")
    return theatre_fit_for(loaded, snapshot, progress), level_fit_for(snapshot, init, progress)


def shipped_fit(loaded: LoadedScenario) -> TheatrePosterior | None:
    """Return the shipped fit where it may be used: not made later, nor for other streams."""
    path = loaded.folder / "fit.nc"
    if not path.is_file():
        return None
    posterior = load_posterior(path)
    later = calendar.parse_month(posterior.about["data_until"]) > loaded.scenario.init_month
    same = posterior.about.get("made_for") == theatre_fit.made_for(loaded.theatre, loaded.registry)
    return posterior if same and not later else None


def theatre_fit_for(
    loaded: LoadedScenario,
    snapshot: Snapshot,
    progress: Say | None = None,
    settings: FitSettings = FitSettings(),
) -> TheatrePosterior:
    """Return the theatre's fit as seen from the scenario's start, from the cache or made now."""
    theatre, init = loaded.theatre, loaded.scenario.init_month
    seen = snapshot.until(init)

    def make() -> dict[str, np.ndarray]:
        if progress is not None:
            progress(f"Fitting the theatre on data up to {calendar.format_month(init)}")
        fitted, _ = theatre_fit.fit_theatre(theatre, loaded.registry, seen, init, settings=settings)
        if progress is not None and fitted.about["converged"] != "yes":
            progress(f"The fit has not converged ({fitted.about['converged']})")
        return _arrays(fitted)

    parts = (
        code_digest(theatre_fit.__name__),
        init,
        settings,
        theatre.model_dump(),
        theatre_fit.made_for(theatre, loaded.registry),
        seen.cells,
        seen.events,
        seen.displacement,
    )
    return _posterior(remember("fit", parts, make, progress))


def level_fit_for(
    snapshot: Snapshot,
    last_month: int,
    progress: Say | None = None,
    settings: LevelSettings = LevelSettings(),
) -> LevelFit:
    """Return the pooled level fit on data up to a month, from the cache or made now."""
    history = world_history(snapshot, last_month)

    def make() -> dict[str, np.ndarray]:
        until = calendar.format_month(last_month)
        if progress is not None:
            progress(f"Fitting the level on data up to {until}")
        about: dict[str, object] = {"last_month": until}
        return level_fit.to_arrays(
            level_fit.fit_level(history, settings=settings, last_month=last_month, about=about)
        )

    parts = (code_digest(level_fit.__name__), last_month, settings, history)
    return level_fit.from_arrays(remember("level", parts, make, progress))


def _arrays(posterior: TheatrePosterior) -> dict[str, np.ndarray]:
    """Return a posterior as named arrays, what it was fitted to as JSON in one of them."""
    found = {f.name: np.asarray(getattr(posterior, f.name)) for f in fields(posterior)}
    return found | {"about": np.array(json.dumps(posterior.about))}


def _posterior(arrays: dict[str, np.ndarray]) -> TheatrePosterior:
    return TheatrePosterior(**{**arrays, "about": json.loads(str(arrays["about"]))})  # pyright: ignore[reportArgumentType]


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
