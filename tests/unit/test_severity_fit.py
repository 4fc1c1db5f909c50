"""The fit of severity: planted events come back stream by stream, and recent ones count more."""

from __future__ import annotations

import numpy as np

from liptako.inference.severity_fit import fit_severity

PLANTED = ((1.2, 0.9), (0.4, 0.6))
"""Log median and log sd of two streams."""

DEADLIER = 1.0
"""Rise of the log median half way through the record."""


def test_recent_events_count_and_those_ten_half_lives_old_do_not():
    """The mode lies within 4 of its standard errors of what was planted last."""
    rng, months = np.random.default_rng(4), np.arange(120)
    later = DEADLIER * (months >= 60)[:, None]
    deaths = [
        np.floor(np.exp(m + later + s * rng.standard_normal((len(months), 10)))) for m, s in PLANTED
    ]
    deaths = np.stack(deaths, axis=1)
    found = fit_severity(np.ones_like(deaths), deaths, recency_half_life=6.0)
    for (m, s), mode, covariance in zip(PLANTED, found.mode, found.covariance, strict=True):
        error = np.sqrt(np.diag(covariance))
        assert (error < 0.2).all()
        assert abs(mode[0] - m - DEADLIER) < 4 * error[0]
        assert abs(mode[1] - np.log(s)) < 4 * error[1]
