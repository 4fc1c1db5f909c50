"""Invented records of flight: totals that the model itself would give, with noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from liptako.inference.flight_record import FlightRecord

ELASTICITY, NOISE_SD, MOST, RETURN_RATE = 0.7, 0.5, 0.03, 0.02
LOG_RATES = np.array([-7.2, -6.8, -6.4, -6.0])
COUNTRIES = ("AAA", "BBB", "CCC", "DDD")
YEARS = tuple(range(2009, 2018))


def planted_record(seed: int, log_rates=LOG_RATES, elasticity=ELASTICITY, sd=NOISE_SD):
    """Return a record of four countries with two regions each; the first year has no totals."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(2.0, 4.0, (len(YEARS), 1, 8))
    record = FlightRecord(
        displaced=np.full((len(YEARS), 4), np.nan),
        deaths=rng.poisson(level, (len(YEARS), 12, 8)).astype(float),
        years=YEARS,
        people=rng.uniform(5e5, 3e6, 8),
        region_country=np.repeat(np.arange(4), 2),
        most=MOST,
        return_rate=RETURN_RATE,
        left_out=pd.DataFrame(),
    )
    away, totals = np.zeros((1, 8)), record.displaced.copy()
    for y in range(1, len(YEARS)):
        log_rate = (np.asarray(log_rates) + sd * rng.standard_normal(4))[None]
        left, away = record.through(y, away, log_rate, np.array([elasticity]))
        totals[y] = (left @ record.country_matrix)[0]
    return replace(record, displaced=totals)
