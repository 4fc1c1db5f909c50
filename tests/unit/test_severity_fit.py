"""The fit of severity: planted events come back, recent ones count more, streams differ."""

from __future__ import annotations

import numpy as np
import pytest

from liptako.inference.severity_fit import fit_severity

PLANTED = ((1.2, 0.9), (0.4, 0.6))
"""Log median and log sd of two streams."""


def record(months: int, per_month: int, seed: int, shift: float = 0.0):
    """Return single events and their deaths; from half the months on, deadlier by a log shift."""
    rng = np.random.default_rng(seed)
    events = np.ones((months, len(PLANTED), per_month))
    later = shift * (np.arange(months) >= months // 2)
    deaths = [
        np.floor(np.exp(m + later[:, None] + s * rng.standard_normal((months, per_month))))
        for m, s in PLANTED
    ]
    return events, np.stack(deaths, axis=1)


def test_planted_severity_comes_back_stream_by_stream():
    """All months count alike; the mode lies within 4 of its standard errors."""
    found = fit_severity(*record(60, 40, seed=3), recency_half_life=1e9)
    for (m, s), mode, covariance in zip(PLANTED, found.mode, found.covariance, strict=True):
        error = np.sqrt(np.diag(covariance))
        assert (error < 0.05).all()
        assert abs(mode[0] - m) < 4 * error[0]
        assert abs(mode[1] - np.log(s)) < 4 * error[1]


@pytest.mark.parametrize("shift", [1.0, -0.5])
def test_recent_events_count_more(shift):
    """After ten half-lives of deadlier, or milder, months the old ones are forgotten."""
    found = fit_severity(*record(240, 15, seed=4, shift=shift), recency_half_life=12.0)
    for (m, _), mode in zip(PLANTED, found.mode, strict=True):
        assert mode[0] == pytest.approx(m + shift, abs=0.12)
