"""How good a forecast was: scores, calibration, baselines and paired comparisons."""

from __future__ import annotations

from liptako.verification.baselines import (
    bootstrap_240,
    choose_half_life,
    conflictology,
    conflictology_neighbours,
    conflictology_smoothed,
    ew_level,
    last_observation_poisson,
    zero,
)
from liptako.verification.bootstrap import Interval, paired_difference, paired_skill
from liptako.verification.calibration import (
    Reliability,
    SpreadSkill,
    coverage,
    covered,
    pit,
    pit_histogram,
    rank_histogram,
    reliability,
    spread_skill,
)
from liptako.verification.kernels import CountKernel, fit_level_kernel, fit_mixture_kernel
from liptako.verification.results import part_lines, skill_line, stored
from liptako.verification.scores import (
    IGNORANCE_EDGES,
    crps_ensemble,
    crps_log1p,
    fourier_resample,
    ignorance,
    ignorance_resampled,
    interval_score,
)

__all__ = [
    "IGNORANCE_EDGES",
    "CountKernel",
    "Interval",
    "Reliability",
    "SpreadSkill",
    "bootstrap_240",
    "choose_half_life",
    "conflictology",
    "conflictology_neighbours",
    "conflictology_smoothed",
    "coverage",
    "covered",
    "crps_ensemble",
    "crps_log1p",
    "ew_level",
    "fit_level_kernel",
    "fit_mixture_kernel",
    "fourier_resample",
    "ignorance",
    "ignorance_resampled",
    "interval_score",
    "last_observation_poisson",
    "paired_difference",
    "paired_skill",
    "part_lines",
    "pit",
    "pit_histogram",
    "rank_histogram",
    "reliability",
    "skill_line",
    "spread_skill",
    "stored",
    "zero",
]
