"""Everything that is estimated on the theatre's own data, in one call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from liptako import calendar
from liptako.cache import digest
from liptako.data import arrays
from liptako.data.snapshot import Snapshot
from liptako.errors import InputError
from liptako.inference.displacement_fit import fit_displacement
from liptako.inference.features import build_features
from liptako.inference.fit import FitSettings, fit
from liptako.inference.flight_record import READS as FLIGHT_READS
from liptako.inference.flight_record import flight_record
from liptako.inference.severity_fit import fit_severity
from liptako.model.posterior import TheatrePosterior
from liptako.model.structure import Structure, build_structure, layout_of
from liptako.theatre.registry import Registry
from liptako.theatre.schema import Theatre

FIRST_MONTH = calendar.month_id(1990, 1)
"""Start of the record: earlier events are few and unevenly covered."""

WARM_UP_MONTHS = 84
"""Months that only fill the memory, more than two of the longest half-lives."""

LEAST_MONTHS = 24
"""Months that a fit must have to learn from, once the memory is full."""

READS = (
    "memory.half_life",
    "violence.permeability",
    "structure.background_people",
    *FLIGHT_READS,
)
"""Parameters of the registry that the fit is made at."""

FIRST_INIT = FIRST_MONTH + WARM_UP_MONTHS + LEAST_MONTHS
"""The earliest month from which anything can be forecast."""


def fit_theatre(
    theatre: Theatre,
    registry: Registry,
    snapshot: Snapshot,
    init_month: int,
    settings: FitSettings = FitSettings(),
    progress: Callable[[int, float], None] | None = None,
) -> tuple[TheatrePosterior, Structure]:
    """Return the posterior as seen from `init_month`, and the structure it belongs to.

    Args:
        theatre: streams, countries, pressures.
        registry: half-lives, the permeability at which borders are taken in the fit, and where
            background violence may start (`READS`).
        snapshot: the data; nothing after `init_month` is looked at.
        init_month: last month used.
        settings: choices of the fit.
        progress: called with evaluation number and objective.

    Raises:
        InputError: too early to have anything to learn from.
    """
    if init_month < FIRST_INIT:
        raise InputError(
            "too early: the record before it is too short to learn from",
            field="init_time",
            value=calendar.format_month(init_month),
            allowed=f"{calendar.format_month(FIRST_INIT)} or later",
        )
    snapshot = snapshot.until(init_month)
    structure = build_structure(theatre, snapshot.cells, init_month, layout_of(registry))
    memory, borders = (registry[name] for name in READS[:2])
    half_life = np.asarray(memory.value, np.float32)
    counts, deaths = (
        arrays.by_cell(
            snapshot.events, structure.streams, structure.gid, FIRST_MONTH, init_month, value
        )
        for value in ("events", "deaths")
    )
    permeability = np.full(len(structure.neighbours.borders), borders.mean(), np.float32)
    features = build_features(structure, counts, half_life, permeability, WARM_UP_MONTHS)
    violence = fit(features, structure.members_of_pressure, settings, progress=progress)
    severity = fit_severity(counts, deaths, settings.severity_half_life)
    flight = fit_displacement(flight_record(snapshot, structure, registry, init_month))
    posterior = TheatrePosterior(
        log_weights=violence.log_weights,
        covariance=violence.covariance,
        log_dispersion=violence.log_dispersion,
        dispersion_sd=violence.dispersion_sd,
        severity=severity.mode,
        severity_covariance=severity.covariance,
        displacement=flight.mean,
        displacement_covariance=flight.covariance,
        group_means=violence.group_means,
        shocks=violence.shocks,
        about={
            "theatre": theatre.name,
            "data_until": calendar.format_month(init_month),
            "first_month": calendar.format_month(FIRST_MONTH + WARM_UP_MONTHS),
            "streams": ",".join(structure.streams),
            "countries": ",".join(structure.countries),
            "pressures": ",".join(structure.pressures),
            "half_lives": ",".join(f"{months:g}" for months in half_life),
            "log_posterior": f"{violence.log_likelihood:.1f}",
            "converged": f"no: {violence.stopped_short}" if violence.stopped_short else "yes",
            "settings": str(settings),
            "made_for": made_for(theatre, registry),
        },
    )
    return posterior, structure


def made_for(theatre: Theatre, registry: Registry) -> str:
    """Return a hash of what a fit takes from a theatre and its registry, data apart.

    Streams, countries and pressures, by order and content, and the parameters in `READS`.
    """
    return digest(
        {name: row.model_dump(exclude={"label", "note"}) for name, row in theatre.streams.items()},
        tuple(theatre.streams),
        tuple(theatre.countries),
        theatre.pressures,
        [registry[name].model_dump(include={"shape", "value", "prior"}) for name in READS],
    )
