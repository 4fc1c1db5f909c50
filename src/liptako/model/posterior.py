"""What was estimated, as records, and the file of the theatre's fit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako import files
from liptako.errors import InputError
from liptako.model.structure import RINGS, Structure

FORMAT = 1


@dataclass(frozen=True, eq=False)
class PoliticsPosterior:
    """What the region's coups, past juntas and past pacts say, as distributions.

    Attributes:
        coup_mean: of `regime.baseline` by country, then `since_coup`, `losses` and `wave`.
        coup_covariance: of the same.
        wave: standard deviation and yearly persistence of the wave.
        rates: monthly rates by leaf, as shape and rate of a Gamma distribution.
        shares: probabilities by leaf, as the two numbers of a Beta distribution.
    """

    coup_mean: Float[np.ndarray, " term"]
    coup_covariance: Float[np.ndarray, "term term"]
    wave: tuple[float, float]
    rates: dict[str, tuple[float, float]]
    shares: dict[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class TheatrePosterior:
    """Mode and covariance of everything estimated on the theatre's own events.

    Attributes:
        log_weights: by stream, excitation then contagion then background, as logarithms.
        covariance: of each stream's `log_weights`.
        log_dispersion: by stream, with `dispersion_sd`.
        severity: log median and log of the log sd, by stream, with its covariance.
        displacement: log rate by country, elasticity, log sd, with standard errors.
        shocks: analysed country shocks, by block, country and month of the record.
        about: what was fitted to, as plain text values.
    """

    log_weights: Float[np.ndarray, "stream weight"]
    covariance: Float[np.ndarray, "stream weight weight"]
    log_dispersion: Float[np.ndarray, " stream"]
    dispersion_sd: Float[np.ndarray, " stream"]
    severity: Float[np.ndarray, "stream 2"]
    severity_covariance: Float[np.ndarray, "stream 2 2"]
    displacement: Float[np.ndarray, " term"]
    displacement_sd: Float[np.ndarray, " term"]
    group_means: Float[np.ndarray, " group"]
    shocks: Float[np.ndarray, "block country month"]
    about: dict[str, str]


def save_posterior(posterior: TheatrePosterior, path: str | Path) -> None:
    """Write a posterior as NetCDF, complete or not at all."""
    arrays = {f.name: getattr(posterior, f.name) for f in fields(posterior) if f.name != "about"}
    dataset = xr.Dataset(
        {
            name: ([f"{name}_{axis}" for axis in range(array.ndim)], array.astype(np.float32))
            for name, array in arrays.items()
        },
        attrs={**posterior.about, "format": FORMAT},
    )
    with files.atomic_write(Path(path)) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf")


def load_posterior(path: str | Path) -> TheatrePosterior:
    """Read a posterior.

    Raises:
        InputError: missing, damaged or of another format.
    """
    try:
        dataset = xr.load_dataset(path, engine="h5netcdf")
    except FileNotFoundError:
        raise InputError("no such file", file=path, allowed="a fit; run `liptako fit`") from None
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable fit ({error})", file=path) from None
    if dataset.attrs.get("format") != FORMAT:
        raise InputError("another format of fit", file=path, allowed=f"format {FORMAT}")
    about = {key: str(value) for key, value in dataset.attrs.items() if key != "format"}
    arrays = {f.name: f for f in fields(TheatrePosterior) if f.name != "about"}
    return TheatrePosterior(**{name: dataset[name].to_numpy() for name in arrays}, about=about)


def split_weights(
    log_weights: Float[np.ndarray, "*case stream weight"], structure: Structure, n_half: int
) -> dict[str, np.ndarray]:
    """Return excitation, contagion and background from joined log weights."""
    n_streams, n_pressures = len(structure.streams), len(structure.pressures)
    weights = np.exp(log_weights)
    lead = weights.shape[:-1]
    first = n_streams * n_half
    second = first + len(RINGS) * n_pressures
    ring = weights[..., first:second].reshape(*lead, len(RINGS), n_pressures)
    return {
        "violence.excitation": weights[..., :first].reshape(*lead, n_streams, n_half),
        "violence.contagion": np.swapaxes(ring, -1, -2),
        "violence.background": weights[..., second:],
    }
