r"""Wars of patrons' own: deaths up to the start, and how they go on.

$x_t$, the log of one plus a month's deaths less its fading mean at the start, goes on as a
mean-reverting walk, $x_{t+1} = \mu + \phi (x_t - \mu) + \sigma \sqrt{1 - \phi^2}\,z$. $\mu$ and
$\sigma$ are the mean and the standard deviation of the months since the war began, $\phi$ their
correlation from one month to the next, within 0 and `MAX_PERSISTENCE`. A war of less than a year
says too little: it stays as it was of late.

Assumption: one law for the whole war; its mean is no forecast of who tires first. Single months
stand far out, so what counts for capacity is the fading mean. Test: `tests/unit/test_wars.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from liptako.calendar import MONTHS_PER_YEAR
from liptako.data.snapshot import Snapshot
from liptako.theatre.politics import War
from liptako.theatre.schema import Theatre

MAX_PERSISTENCE = 0.98
"""A walk that hardly comes back could not be told from one that never does."""


class Wars(NamedTuple):
    """How patrons' own wars stand and go on, by patron; zero for who fights none.

    Attributes:
        last: log of the last month's deaths, less their fading mean at the start.
        law: mean, persistence and standard deviation of what follows, in this order.
    """

    last: Float[np.ndarray, " patron"]
    law: Float[np.ndarray, "3 patron"]


def wars_of(theatre: Theatre, snapshot: Snapshot, month: int, half_life: float) -> Wars:
    """Return the wars of a theatre's patrons as seen at the end of a month.

    Args:
        theatre: patrons, and which of them fights where since when.
        snapshot: deaths by country and month; rows after `month` are not read.
        month: last month known.
        half_life: of the fading mean, months.
    """
    last, law = np.zeros(len(theatre.patrons)), np.zeros((3, len(theatre.patrons)))
    for at, patron in enumerate(theatre.patrons.values()):
        if patron.war is not None:
            logs = log_deaths(patron.war, snapshot, month)
            last[at], *law[:, at] = fit(logs, half_life)
    return Wars(last, law)


def log_deaths(war: War, snapshot: Snapshot, month: int) -> Float[np.ndarray, " month"]:
    """Return the log of one plus deaths in each month of a war, up to a month."""
    table = snapshot.country_months
    table = table[(table["country_id"] == war.country_id) & table["month"].le(month)]
    table = table[table["month"] >= war.since_month].sort_values("month")
    return np.log1p(table["deaths_sb"].to_numpy(float))


def fit(logs: Float[np.ndarray, " month"], half_life: float) -> tuple[float, float, float, float]:
    """Return where a walk stands and its law: last value, mean, persistence, standard deviation.

    Args:
        logs: of deaths, month by month.
        half_life: of the fading mean that values are counted from, months.

    Example:
        >>> fit(np.zeros(24), 8.0)
        (0.0, 0.0, 0.0, 0.0)
    """
    if len(logs) < MONTHS_PER_YEAR:
        return 0.0, 0.0, 0.0, 0.0
    weight = np.exp2(-np.arange(len(logs))[::-1] / half_life)
    level = float(weight @ logs / weight.sum())
    around = logs - logs.mean()
    spread = float(around.std())
    keep = 0.0
    if spread > 0:
        keep = float(around[1:] @ around[:-1] / (around @ around))
    keep = float(np.clip(keep, 0.0, MAX_PERSISTENCE))
    return float(logs[-1] - level), float(logs.mean() - level), keep, spread
