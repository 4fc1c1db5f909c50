"""Fit the pooled level model: weights of its parts, what followed elsewhere, how months are tied.

From every sixth month of the past each part forecasts 36 months, every third of which is scored;
weights by size of war and lead minimise the CRPS of deaths divided by the size of the war, plus the
CRPS of log(1 + deaths), so that neither the largest war nor the many small ones decide alone. Only
outcomes within the history count, and of those only the ones before 2018: a fit from an earlier
month has its own weights. The networks' share is a setting, since to train them anew at every past
month would take an hour.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float

from liptako.calendar import month_id
from liptako.errors import InputError
from liptako.files import atomic_write
from liptako.inference.network_fit import NetworkSettings, fit_networks
from liptako.inference.stacking import best_weights, crps_matrices
from liptako.model import analogues, level, networks
from liptako.model.level import LevelFit
from liptako.model.networks import Network, NetworkFit

FORMAT = 3
CHOICE_END = month_id(2017, 12)
"""Last month whose outcome may choose weights: later ones are for reporting."""


@dataclass(frozen=True)
class LevelSettings:
    """Choices of the level model, all made on outcomes before 2018.

    Args:
        origin_step: months between the past origins that weights are fitted to.
        first_origin: months of history before the first of them.
        lead_step: months between the leads that are scored.
        scale_offset: constant added to the mean that divides the loss, deaths a month.
        ridge: pull of weights towards those of all leads together, see `best_weights`.
        persistence: monthly autocorrelation of the slow part of the score.
        transient: share of the score's variance that is white noise.
        correlation: correlation of scores between neighbouring countries.
        network_share: weight of the networks by size of war, peace first.
        networks: choices of the networks.
    """

    origin_step: int = 6
    first_origin: int = 60
    lead_step: int = 3
    scale_offset: float = 5.0
    ridge: float = 0.1
    persistence: float = 0.99
    transient: float = 0.3
    correlation: float = 0.1
    network_share: tuple[float, ...] = (0.0, 0.5, 0.5, 0.5)
    networks: NetworkSettings = field(default_factory=NetworkSettings)


def fit_level(
    history: Float[np.ndarray, "month country"],
    settings: LevelSettings = LevelSettings(),
    *,
    last_month: int | None = None,
    about: dict[str, object] | None = None,
) -> LevelFit:
    """Fit the pooled level model to monthly deaths; nothing after the last row enters.

    Args:
        history: monthly deaths by country.
        settings: choices, see `LevelSettings`.
        last_month: month number of the last row, so that outcomes from 2018 on choose no weight;
            without it all outcomes do.
        about: what the history is (vintage), kept with the fit.

    Returns:
        The fit, ready for `liptako.model.level.forecast_level`.

    Raises:
        InputError: if the history is too short, not finite, or has no case of war.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> deaths = rng.poisson(rng.gamma(1.0, 20.0, (120, 6))).astype(float)
        >>> small = LevelSettings(networks=NetworkSettings(networks=2, steps=5, batch=64))
        >>> fit = fit_level(deaths, small)
        >>> float(fit.weights.sum(axis=-1).min().round(6))
        1.0
        >>> level.forecast_level(fit, deaths).cdf.shape[:2]
        (6, 36)
    """
    history = level.check_history(history)
    end = len(history) - 1
    chosen_on = end if last_month is None else end - max(last_month - CHOICE_END, 0)
    places = analogues.classes(history)
    weights = _weights(_losses(history, places, settings, chosen_on), settings)
    share = np.broadcast_to(
        np.array(settings.network_share)[:, None, None], (*weights.shape[:2], 1)
    )
    followed = analogues.count_followed(
        history, places, level.VALUES, level.MAX_LEAD, after=-1, last=end
    )
    return LevelFit(
        weights=np.concatenate([(1.0 - share) * weights, share], axis=-1),
        followed=analogues.smoothed(followed).astype(np.float32),
        networks=fit_networks(history, settings.networks),
        persistence=settings.persistence,
        transient=settings.transient,
        correlation=settings.correlation,
        about={
            "months": len(history),
            "countries": history.shape[1],
            "settings": asdict(settings),
            **(about or {}),
        },
    )


def _losses(
    history: np.ndarray, places: tuple[np.ndarray, np.ndarray], s: LevelSettings, end: int
) -> Float[np.ndarray, "size band expert expert"]:
    """Forecast from past origins up to row `end`; return the sums of `crps_matrices`."""
    n = len(level.STACKED)
    losses = np.zeros((len(level.SIZES) + 1, len(level.BANDS), n, n))
    counts, counted = np.zeros(()), -1
    leads = np.arange(1, level.MAX_LEAD + 1, s.lead_step)
    first = s.first_origin + (end - s.first_origin) % s.origin_step
    for origin in range(first, end, s.origin_step):
        seen = history[: origin + 1]
        counts = counts + analogues.count_followed(
            history, places, level.VALUES, level.MAX_LEAD, after=counted, last=origin
        )
        counted = origin
        used = leads[leads <= end - origin]
        parts = level.stacked(analogues.smoothed(counts)[used - 1], seen, len(used))
        obs, size = history[origin + used].T, level.size_of(seen)
        raw, logs = crps_matrices(parts, obs, level.VALUES)
        scale = (level.mean_deaths(seen) + s.scale_offset)[:, None, None, None]
        np.add.at(losses, (size[:, None], level.band_of(used)[None, :]), raw / scale + logs)
    return losses


def _weights(
    loss: Float[np.ndarray, "size band expert expert"], s: LevelSettings
) -> Float[np.ndarray, "size band expert"]:
    own = np.array([name != "analogues" for name in level.STACKED])
    start = own / own.sum()
    found = np.empty(loss.shape[:-1])
    for size, bands in enumerate(loss):
        together = best_weights(bands.sum(axis=0), start, s.ridge)
        for band, part in enumerate(bands):
            found[size, band] = best_weights(part, together, s.ridge)
    return found


def save_level_fit(fit: LevelFit, path: str | Path) -> None:
    """Write a fit as NPZ without pickled objects, whole or not at all."""
    if Path(path).suffix != ".npz":
        raise InputError("not an NPZ name", file=path, allowed="a name that ends in .npz")
    with atomic_write(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **to_arrays(fit))  # pyright: ignore[reportArgumentType]


_DAMAGED = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, RuntimeError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def load_level_fit(path: str | Path) -> LevelFit:
    """Read a fit written by `save_level_fit`.

    Raises:
        InputError: if the file is missing, not such a file, or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return from_arrays({name: stored[name] for name in stored.files})
    except InputError as error:
        raise InputError(
            "a level fit of another format", file=path, value=error.value, allowed=str(FORMAT)
        ) from error
    except _DAMAGED as error:
        raise InputError(
            "not a level fit", file=path, value=str(error), allowed="a file of save_level_fit"
        ) from error


def _layout() -> dict[str, object]:
    """Return what a file must agree on with this code."""
    return {
        "format": FORMAT,
        "experts": list(level.EXPERTS),
        "features": list(networks.FEATURES),
        "sizes": list(level.SIZES),
        "bands": list(level.BANDS),
        "values": len(level.VALUES),
    }


def to_arrays(fit: LevelFit) -> dict[str, np.ndarray]:
    """Return a fit as named arrays, settings as JSON in one of them."""
    about = _layout() | {
        "persistence": fit.persistence,
        "transient": fit.transient,
        "correlation": fit.correlation,
        "dispersion": list(fit.networks.dispersion),
        "stretch": fit.networks.stretch,
        "about": fit.about,
    }
    arrays = {name: getattr(fit.networks.network, name) for name in Network._fields}
    return arrays | {
        "weights": fit.weights,
        "followed": fit.followed,
        "center": fit.networks.center,
        "scale": fit.networks.scale,
        "about": np.array(json.dumps(about)),
    }


def from_arrays(arrays: Mapping[str, np.ndarray]) -> LevelFit:
    """Return the fit that `to_arrays` made arrays of.

    Raises:
        InputError: of another format.
        KeyError: an array is missing.
    """
    about = json.loads(str(arrays["about"]))
    if {name: about.get(name) for name in _layout()} != _layout():
        raise InputError("a level fit of another format", value=about.get("format"))
    shape = (len(level.SIZES) + 1, len(level.BANDS), len(level.EXPERTS))
    if arrays["weights"].shape != shape or arrays["followed"].shape[:2] != (
        level.MAX_LEAD,
        analogues.N_CLASSES,
    ):
        raise InputError("a level fit of another format", value=arrays["weights"].shape)
    return LevelFit(
        weights=arrays["weights"],
        followed=arrays["followed"],
        networks=NetworkFit(
            network=Network(*(arrays[name] for name in Network._fields)),
            center=arrays["center"],
            scale=arrays["scale"],
            dispersion=(about["dispersion"][0], about["dispersion"][1]),
            stretch=float(about["stretch"]),
        ),
        persistence=float(about["persistence"]),
        transient=float(about["transient"]),
        correlation=float(about["correlation"]),
        about=about["about"],
    )
