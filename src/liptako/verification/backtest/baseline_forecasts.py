"""The baselines of a window, each from history up to its origin alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from liptako import calendar
from liptako.cache import code_digest, remember
from liptako.verification import baselines
from liptako.verification.backtest.windows import Window
from liptako.verification.kernels import CountKernel, fit_level_kernel, fit_mixture_kernel

CHOICE_YEARS = (2005, 2009, 2013, 2017)
"""Half-lives are chosen on history to October of the last of these before a window."""
N_DRAWS = 1000

COUNTRY_MODELS = (
    "conflictology",
    "conflictology_smoothed",
    "conflictology_neighbours",
    "last_observation_poisson",
    "bootstrap_240",
    "ew_level",
    "zero",
)
CELL_MODELS = (
    "conflictology",
    "conflictology_smoothed",
    "conflictology_neighbours",
    "last_observation_poisson",
    "ew_level",
    "zero",
)


@dataclass(frozen=True, eq=False)
class Past:
    """History that baselines are made from.

    Args:
        pool: counts by month and unit up to the origin; kernels are fitted to all units.
        columns: the units to forecast.
        first: month number of the first row.
        neighbours: for each unit to forecast, columns of its neighbours, in the pool and beyond.
        beyond: counts of neighbours that are not in the pool; their columns follow the pool's.
    """

    pool: Float[np.ndarray, "month unit"]
    columns: Sequence[int]
    first: int
    neighbours: Sequence[Sequence[int]] = ()
    beyond: Float[np.ndarray, "month neighbour"] | None = None


def make_baselines(
    past: Past, window: Window, names: Sequence[str], n_draws: int = N_DRAWS, seed: int = 0
) -> dict[str, Callable[[], Float[np.ndarray, "lead unit draw"]]]:
    """Return the baselines by name, each made when called.

    Args:
        past: history up to and with the window's origin.
        window: months to forecast.
        names: of `COUNTRY_MODELS`.
        n_draws: of those that are drawn; conflictology has its twelve.
        seed: of the draws.
    """
    own = past.pool[:, list(past.columns)]
    leads: dict[str, Any] = {"n_leads": window.n_leads}
    drawn: dict[str, Any] = {**leads, "n_draws": n_draws, "seed": seed}

    def neighbours() -> np.ndarray:
        every = past.pool if past.beyond is None else np.hstack([past.pool, past.beyond])
        units = sorted({*past.columns, *(c for near in past.neighbours for c in near)})
        lists: list[list[int]] = [[] for _ in units]
        for column, near in zip(past.columns, past.neighbours, strict=True):
            lists[units.index(column)] = [units.index(other) for other in near]
        draws = baselines.conflictology_neighbours(every[:, units], lists, **leads, n_draws=n_draws)
        return draws[:, [units.index(column) for column in past.columns]]

    def ew_level() -> np.ndarray:
        half_life = chosen_half_life(past, window)
        kernel = _kernel("level", past, window, half_life)
        return baselines.ew_level(own, half_life, kernel=kernel, **drawn)

    makers = {
        "conflictology": lambda: baselines.conflictology(own, **leads),
        "conflictology_smoothed": lambda: baselines.conflictology_smoothed(
            own, kernel=_kernel("mixture", past, window), **drawn
        ),
        "conflictology_neighbours": neighbours,
        "last_observation_poisson": lambda: baselines.last_observation_poisson(own, **drawn),
        "bootstrap_240": lambda: baselines.bootstrap_240(_kept(past.pool), **drawn)[
            :, : own.shape[1]
        ],
        "ew_level": ew_level,
        "zero": lambda: baselines.zero(own, **leads, n_draws=1),
    }
    return {name: makers[name] for name in names}


def depends_on(past: Past) -> tuple[object, ...]:
    """Return what baselines on a past depend on: it, and the code."""
    return code_digest(__name__), past


def chosen_half_life(past: Past, window: Window) -> float:
    """Return the half-life that scored best on windows before the one at hand and before 2018."""
    years = [year for year in CHOICE_YEARS if calendar.month_id(year, 10) <= window.init]
    last = calendar.month_id(years[-1], 10) if years else window.init
    seen = past.pool[: last - past.first + 1]
    leads: dict[str, Any] = {"first_lead": window.first_lead, "n_leads": _fit_leads(window)}
    made = remember(
        "half-life",
        (code_digest(__name__), seen, leads),
        lambda: {"value": np.array(baselines.choose_half_life(seen, **leads)[0])},
    )
    return float(made["value"])


def _kernel(kind: str, past: Past, window: Window, half_life: float = 0.0) -> CountKernel:
    leads: dict[str, Any] = {"first_lead": window.first_lead, "n_leads": _fit_leads(window)}

    def make() -> dict[str, np.ndarray]:
        if kind == "level":
            kernel = fit_level_kernel(past.pool, half_life, **leads)
        else:
            kernel = fit_mixture_kernel(past.pool, **leads)
        return {"kernel": np.array(kernel)}

    parts = (code_digest(__name__), past.pool, half_life, leads)
    made = remember(f"kernel-{kind}", parts, make)
    return CountKernel(*made["kernel"].tolist())


def _fit_leads(window: Window) -> int:
    """Return leads for the fit: those of a whole window, even where data cut this one short."""
    return 22 if window.first_lead == 15 else window.n_leads


def _kept(pool: np.ndarray) -> np.ndarray:
    """Return the pool without units never seen in the last 240 months."""
    return pool[:, ~np.isnan(pool[-240:]).all(axis=0)]
