r"""Severity: how many die, given the events of a cell and month.

Deaths of one event are $\lfloor e^{m_s + \sigma_s z} \rfloor$ with $z$ standard normal, heavy
in the tail; see `liptako.model.distributions.Severity`. A draw of a stream in a cell and month is
held at the people who live in the cell. Evidence: fitted on GED by stream, recent events counting
more; the bound has no data. Test: `tests/unit/test_distributions.py`, `tests/unit/test_people.py`.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from liptako.model.distributions import AtMost, Severity
from liptako.model.params import Params, SeverityParams
from liptako.model.state import Background

EXACT_TERMS = 8


def law(background: Background, params: Params, events: Float[Array, "stream cell"]) -> AtMost:
    """Return the law of deaths given the events: no draw exceeds the people of its cell."""
    return AtMost(law_of(params.severity, events), background.most_deaths[None, :])


def law_of(severity: SeverityParams, events: Float[Array, "stream cell"]) -> Severity:
    """Return the same law from severity's own parameters."""
    return Severity(
        events, severity.log_median[:, None], severity.log_sd[:, None], mean_of(severity)[:, None]
    )


def mean(params: Params) -> Float[Array, " stream"]:
    """Return the expected deaths of one event."""
    return mean_of(params.severity)


def mean_of(severity: SeverityParams) -> Float[Array, " stream"]:
    r"""Return the expected deaths of one event from severity's own parameters.

    $E\lfloor X \rfloor = \sum_{j \ge 1} \Pr(X \ge j)$: eight terms, and the integral of the rest
    less half its first value.
    """
    m, s = severity.log_median, severity.log_sd
    head = sum(ndtr((m - jnp.log(float(j))) / s) for j in range(1, EXACT_TERMS + 1))
    strike = float(EXACT_TERMS)
    above = (m - jnp.log(strike)) / s
    tail = jnp.exp(m + 0.5 * s**2) * ndtr(above + s) - strike * ndtr(above)
    return head + tail - 0.5 * ndtr(above)
