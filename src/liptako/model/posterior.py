"""What was estimated, as records, and the file of the theatre's fit.

The file is NetCDF with a group `posterior` whose dimensions are labelled, as xarray shows and ArviZ
opens it: mode and covariance, so without chains and draws. What was fitted to stands in the
attributes of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from liptako import calendar, files
from liptako.errors import InputError
from liptako.model.structure import BLOCKS, RINGS, Structure

FORMAT = 3
"""Of the file; 1 had no labels, 2 no covariance of displacement."""

GROUP = "posterior"

AXES = {
    "log_weights": ("stream", "weight"),
    "covariance": ("stream", "weight", "weight_with"),
    "log_dispersion": ("stream",),
    "dispersion_sd": ("stream",),
    "severity": ("stream", "severity_term"),
    "severity_covariance": ("stream", "severity_term", "severity_term_with"),
    "displacement": ("displacement_term",),
    "displacement_covariance": ("displacement_term", "displacement_term_with"),
    "group_means": ("group",),
    "shocks": ("block", "country", "month"),
}
"""Dimensions of each estimate; a dimension `..._with` has the labels of the one it goes with."""


@dataclass(frozen=True, eq=False)
class RegimeFit:
    """How regimes born of coups end, by cause and band of age: posteriors of monthly rates.

    A regime's age in a month is that of the month's beginning, in whole months since the coup.

    Attributes:
        causes: names of the causes; `coup_insiders` does not end a regime.
        bands: first age of each band, months; the last band has no end.
        shape: of the Gamma posterior of each rate, for the home region.
        rate: of the same, months.
        strength: pseudo-events by cause with which the home region is pooled toward the world.
        before_shape: of the rate of hand-overs by band, from regimes born before the cohort alone.
        before_rate: of the same, months; what the cohort's factor multiplies.
        cohort: shape and rate of the Gamma posterior of the factor on hand-overs of regimes born
            since `cohort_from`; prior mean 1.
        cohort_from: first month of the cohort.
        success: Beta posterior of the share of coups and attempts against sitting regimes that
            succeed.
        n_regimes: spells in the fit.
        months: regime-months at risk in the fit.
    """

    causes: tuple[str, ...]
    bands: tuple[int, ...]
    shape: Float[np.ndarray, "cause band"]
    rate: Float[np.ndarray, "cause band"]
    strength: tuple[float, ...]
    before_shape: Float[np.ndarray, " band"]
    before_rate: Float[np.ndarray, " band"]
    cohort: tuple[float, float]
    cohort_from: int
    success: tuple[float, float]
    n_regimes: int
    months: float

    @property
    def mean(self) -> Float[np.ndarray, "cause band"]:
        """Mean monthly rates."""
        return self.shape / self.rate


class RegimeTies(NamedTuple):
    """How regimes of one region rise and fall together in the record.

    Attributes:
        frailty: shape and rate of a Gamma distribution of the variance of a factor of mean 1 that
            multiplies what ends them against their will.
        contagion: mean and standard deviation of the log ratio of coups in the year after a
            successful one elsewhere in the region, to other months.
        after_coup: share of the months of regimes that follow one so.
    """

    frailty: tuple[float, float]
    contagion: tuple[float, float]
    after_coup: float


@dataclass(frozen=True, eq=False)
class PoliticsPosterior:
    """What the region's coups, past juntas and past pacts say, as distributions.

    Attributes:
        coup_mean: of `regime.baseline` by country, then `since_coup`.
        coup_covariance: of the same.
        losses: mean and standard deviation of `regime.losses`.
        rates: monthly rates by leaf, as shape and rate of a Gamma distribution.
        shares: probabilities by leaf, as the two numbers of a Beta distribution.
        regimes: how the world's regimes born of coups end; none without a record of them.
        ties: how such regimes rise and fall together; likewise.
    """

    coup_mean: Float[np.ndarray, " term"]
    coup_covariance: Float[np.ndarray, "term term"]
    losses: tuple[float, float]
    rates: dict[str, tuple[float, float]]
    shares: dict[str, tuple[float, float]]
    regimes: RegimeFit | None = None
    ties: RegimeTies | None = None


@dataclass(frozen=True, eq=False)
class TheatrePosterior:
    """Mode and covariance of everything estimated on the theatre's own events.

    Attributes:
        log_weights: by stream, excitation then contagion then background, as logarithms.
        covariance: of each stream's `log_weights`.
        log_dispersion: by stream, with `dispersion_sd`.
        severity: log median and log of the log sd, by stream, with its covariance.
        displacement: log rate by country, elasticity, log sd, with their covariance.
        shocks: analysed country shocks, by block, country and month of the record.
        about: what was fitted to, as plain text values; `streams`, `countries`, `pressures` and
            `half_lives` (months) by commas, and `first_month` of the record, give the labels.
    """

    log_weights: Float[np.ndarray, "stream weight"]
    covariance: Float[np.ndarray, "stream weight weight"]
    log_dispersion: Float[np.ndarray, " stream"]
    dispersion_sd: Float[np.ndarray, " stream"]
    severity: Float[np.ndarray, "stream 2"]
    severity_covariance: Float[np.ndarray, "stream 2 2"]
    displacement: Float[np.ndarray, " term"]
    displacement_covariance: Float[np.ndarray, "term term"]
    group_means: Float[np.ndarray, " group"]
    shocks: Float[np.ndarray, "block country month"]
    about: dict[str, str]


def labels_of(posterior: TheatrePosterior) -> dict[str, list[str]]:
    """Return the labels of each dimension of a posterior, in the order of `AXES`.

    A weight is `excitation:STREAM:MONTHSm` by the leading stream and the half-life,
    `contagion:ringN:PRESSURE` or `background:COUNTRY`.
    """
    about = posterior.about
    streams, countries, pressures = (
        about[name].split(",") for name in ("streams", "countries", "pressures")
    )
    half_lives = [f"{float(text):g}m" for text in about["half_lives"].split(",")]
    first = calendar.parse_month(about["first_month"])
    rings = [f"ring{ring}" for ring in RINGS]
    labels = {
        "stream": streams,
        "weight": [
            *(f"excitation:{stream}:{half}" for stream in streams for half in half_lives),
            *(f"contagion:{ring}:{pressure}" for ring in rings for pressure in pressures),
            *(f"background:{iso}" for iso in countries),
        ],
        "severity_term": ["log_median", "log_log_sd"],
        "displacement_term": [*(f"log_rate:{iso}" for iso in countries), "elasticity", "log_sd"],
        "group": [
            *(f"own:{half}" for half in half_lives),
            *(f"others:{half}" for half in half_lives),
            *rings,
            "background",
        ],
        "block": list(BLOCKS),
        "country": countries,
        "month": [
            calendar.format_month(first + month) for month in range(posterior.shocks.shape[-1])
        ],
    }
    for name in ("weight", "severity_term", "displacement_term"):
        labels[f"{name}_with"] = labels[name]
    return labels


def save_posterior(posterior: TheatrePosterior, path: str | Path) -> None:
    """Write a posterior as NetCDF, complete or not at all."""
    labels = labels_of(posterior)
    estimates = xr.Dataset(
        {
            name: (axes, np.asarray(getattr(posterior, name), np.float32))
            for name, axes in AXES.items()
        },
        coords=labels,
    )
    about = xr.Dataset(attrs={**posterior.about, "format": FORMAT})
    with files.atomic_write(Path(path)) as temporary:
        about.to_netcdf(temporary, engine="h5netcdf")
        estimates.to_netcdf(temporary, mode="a", group=GROUP, engine="h5netcdf")


def load_posterior(path: str | Path) -> TheatrePosterior:
    """Read a posterior.

    Raises:
        InputError: missing, damaged, of another format, or with labels that are not its own.
    """
    try:
        attributes = xr.load_dataset(path, engine="h5netcdf").attrs
        if attributes.get("format") != FORMAT:
            raise InputError(
                "a fit in another format",
                file=path,
                field="format",
                value=str(attributes.get("format")),
                allowed=f"format {FORMAT}; make it anew with `liptako fit`",
            )
        estimates = xr.load_dataset(path, group=GROUP, engine="h5netcdf")
        about = {key: str(value) for key, value in attributes.items() if key != "format"}
        arrays = {name: estimates[name].transpose(*axes).to_numpy() for name, axes in AXES.items()}
        posterior = TheatrePosterior(**arrays, about=about)
        labels = labels_of(posterior)
        wrong = [axis for axis in labels if list(estimates[axis].to_numpy()) != labels[axis]]
    except FileNotFoundError:
        raise InputError("no such file", file=path, allowed="a fit; run `liptako fit`") from None
    except InputError:
        raise
    except (OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError) as error:
        raise InputError(f"not a readable fit ({error})", file=path) from None
    if wrong:
        raise InputError("labels that are not the fit's", file=path, field=wrong[0])
    return posterior


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
